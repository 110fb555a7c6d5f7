//! The platform's routes, in the order of the standards and of the management API. One line each.

use axum::Router;
use axum::routing::{get, post};
use xinyu_shell::{access, operation};

use crate::app::Platform;
use crate::{
    application, bundle, contract, evidence, listing, metering, overview, participant, partner, regulator, space,
};

/// All routes but the console's.
pub fn router(platform: Platform) -> Router {
    let peers = Router::new()
        .route("/tc609/listing", post(listing::request))
        .route("/tc609/catalog", post(listing::search))
        .route("/tc609/application", post(application::submit))
        .route("/tc609/applicationDecision", post(application::decide_by_provider))
        .route("/tc609/applications", post(application::list_for_peer))
        .route("/tc609/contractRegistrate", post(contract::file))
        .route("/tc609/contracts", post(contract::list_for_peer))
        .route("/tc609/contract", post(contract::show_to_peer))
        .route("/tc609/partnerContract", post(partner::register))
        .route("/tc609/evidence", post(evidence::report))
        .route("/tc609/bundle", post(bundle::take))
        .route("/tc609/fulfillmentProof", post(metering::prove))
        .route("/tc609/metering", post(metering::report))
        .route("/tc609/freeze", post(regulator::freeze));
    let people = xinyu_shell::router::people()
        .route("/api/v1/node", get(overview::node))
        .route("/api/v1/overview", get(overview::show))
        .route("/api/v1/spaces", get(space::list).post(space::open))
        .route("/api/v1/participants", get(participant::list))
        .route("/api/v1/participants/{id}/decision", post(participant::decide))
        .route("/api/v1/listings", get(listing::list))
        .route("/api/v1/listings/{id}/decision", post(listing::decide))
        .route("/api/v1/applications", get(application::list))
        .route("/api/v1/applications/{id}/decision", post(application::decide))
        .route("/api/v1/contracts", get(contract::list))
        .route("/api/v1/contracts/{id}", get(contract::show))
        .route("/api/v1/contracts/{id}/file", get(contract::export))
        .route("/api/v1/evidence/{space}/events", get(evidence::events))
        .route("/api/v1/evidence/{space}/verify", get(evidence::verify));
    let open = Router::new()
        .route("/tc609/registration", post(participant::register))
        .route("/.well-known/xinyu", get(operation::card::<Platform>))
        .route("/evidence/{space}/receipt/{record}", get(evidence::receipt))
        .route("/evidence/{space}/{*path}", get(evidence::tile))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz::<Platform>))
        .route("/metrics", get(operation::metrics::<Platform>));
    let peers = xinyu_shell::peer::authenticated(peers, &platform.node);
    let people = access::guarded(people, &platform.node);
    xinyu_shell::peer::layers(peers.merge(people).merge(open), &platform.node).with_state(platform)
}
