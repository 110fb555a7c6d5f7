//! The connector's routes, in the order of the standards and of the management API. One line each.

use axum::Json;
use axum::Router;
use axum::routing::{get, post};
use xinyu_protocol::dsp::version::VersionDocument;
use xinyu_shell::{operation, user};

use crate::app::Connector;
use crate::negotiation::{consumer, provider};
use crate::{
    agreement, application, catalog, contract, delivery, feedback, negotiation, overview, product, registration,
    regulator, resource, transfer, usage,
};

/// All routes but the console's.
pub fn router(connector: Connector) -> Router {
    let peers = Router::new()
        .route("/dsp/2025-1/negotiations/request", post(provider::request))
        .route("/dsp/2025-1/negotiations/{pid}", get(negotiation::state))
        .route("/dsp/2025-1/negotiations/{pid}/agreement", post(consumer::agreement))
        .route("/dsp/2025-1/negotiations/{pid}/agreement/verification", post(provider::verification))
        .route("/dsp/2025-1/negotiations/{pid}/events", post(consumer::event))
        .route("/dsp/2025-1/negotiations/{pid}/termination", post(consumer::termination))
        .route("/dsp/2025-1/transfers/request", post(transfer::request))
        .route("/dsp/2025-1/transfers/{pid}", get(transfer::state))
        .route("/dsp/2025-1/transfers/{pid}/start", post(transfer::started))
        .route("/dsp/2025-1/transfers/{pid}/completion", post(transfer::completed))
        .route("/dsp/2025-1/transfers/{pid}/termination", post(transfer::terminated))
        .route("/dataplane/{pid}", get(delivery::serve))
        .route("/tc609/credential", post(registration::receive))
        .route("/tc609/listingDecision", post(product::decision))
        .route("/tc609/applicationNotice", post(application::notice))
        .route("/tc609/strategySend", post(agreement::strategy))
        .route("/tc609/executionFeedback", post(feedback::use_feedback))
        .route("/tc609/abnormalTermination", post(agreement::stop))
        .route("/tc609/fulfillmentProof", post(feedback::proof))
        .route("/tc609/statement", post(agreement::statement));
    let people = Router::new()
        .route("/api/v1/login", post(user::login))
        .route("/api/v1/logout", post(user::logout))
        .route("/api/v1/me", get(user::me))
        .route("/api/v1/node", get(overview::node))
        .route("/api/v1/overview", get(overview::show))
        .route("/api/v1/events", get(overview::events))
        .route("/api/v1/registration", get(registration::show).post(registration::apply))
        .route("/api/v1/resources", get(resource::list).post(resource::connect))
        .route("/api/v1/products", get(product::list).post(product::wrap))
        .route("/api/v1/catalog", get(catalog::search))
        .route("/api/v1/applications", get(application::list).post(application::submit))
        .route("/api/v1/applications/{id}/decision", post(application::decide))
        .route("/api/v1/negotiations", get(negotiation::list).post(consumer::start))
        .route("/api/v1/negotiations/{pid}/decision", post(provider::decide))
        .route("/api/v1/transfers", get(transfer::list).post(transfer::start))
        .route("/api/v1/agreements", get(agreement::list))
        .route("/api/v1/agreements/{id}", get(agreement::show))
        .route("/api/v1/agreements/{id}/file", get(agreement::export))
        .route("/api/v1/uses", get(usage::list).post(usage::ask))
        .route("/api/v1/contracts", get(contract::list))
        .route("/api/v1/contracts/{id}", get(contract::show))
        .route("/api/v1/contracts/{id}/freeze", post(regulator::freeze));
    let open = Router::new()
        .route("/.well-known/dspace-version", get(|| async { Json(VersionDocument::ours()) }))
        .route("/.well-known/xinyu", get(operation::card::<Connector>))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz::<Connector>))
        .route("/metrics", get(operation::metrics::<Connector>));
    let peers = xinyu_shell::peer::authenticated(peers, &connector.node);
    xinyu_shell::peer::layers(peers.merge(people).merge(open), &connector.node).with_state(connector)
}
