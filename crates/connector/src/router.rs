//! The connector's routes, in the order of the standards and of the management API. One line each.

use axum::Json;
use axum::Router;
use axum::routing::{delete, get, post, put};
use xinyu_protocol::dsp::version::VersionDocument;
use xinyu_shell::arranged::{self, ArrangedKind};
use xinyu_shell::dcp::{document, key};
use xinyu_shell::{access, operation};

use crate::app::Connector;
use crate::{
    agreement, application, catalog, certificate, certification, contract, dataflow, delegation, delivery, device,
    feedback, heterogeneous, identity, issuance, negotiation, overview, partner, plane, presentation, product,
    registration, regulator, resource, standing, stop, transfer, usage,
};

/// All routes but the console's.
pub fn router(connector: Connector) -> Router {
    let dataspace = Router::new()
        .route("/dsp/2025-1/catalog/request", post(catalog::serve::request))
        .route("/dsp/2025-1/catalog/datasets/{id}", get(catalog::serve::show))
        .route("/dsp/2025-1/negotiations/request", post(negotiation::receive::request))
        .route("/dsp/2025-1/negotiations/offers", post(negotiation::receive::initial_offer))
        .route("/dsp/2025-1/negotiations/{pid}", get(negotiation::state))
        .route("/dsp/2025-1/negotiations/{pid}/request", post(negotiation::receive::counter))
        .route("/dsp/2025-1/negotiations/{pid}/offers", post(negotiation::receive::offer))
        .route("/dsp/2025-1/negotiations/{pid}/agreement", post(negotiation::receive::agreement))
        .route("/dsp/2025-1/negotiations/{pid}/agreement/verification", post(negotiation::receive::verification))
        .route("/dsp/2025-1/negotiations/{pid}/events", post(negotiation::receive::event))
        .route("/dsp/2025-1/negotiations/{pid}/termination", post(negotiation::receive::termination))
        .route("/dsp/2025-1/transfers/request", post(transfer::receive::request))
        .route("/dsp/2025-1/transfers/{pid}", get(transfer::receive::state))
        .route("/dsp/2025-1/transfers/{pid}/start", post(transfer::receive::started))
        .route("/dsp/2025-1/transfers/{pid}/suspension", post(transfer::receive::suspended))
        .route("/dsp/2025-1/transfers/{pid}/completion", post(transfer::receive::completed))
        .route("/dsp/2025-1/transfers/{pid}/termination", post(transfer::receive::terminated));
    let control_plane = Router::new()
        .route("/dps/control/transfers/{id}/dataflow/{what}", post(transfer::control::told))
        .route("/dps/control/transfers/{id}/agreement", get(transfer::control::agreement))
        .route("/dps/control/dataplanes", put(transfer::control::register))
        .route("/dps/control/dataplanes/{id}", delete(plane::deregister));
    let data_plane = Router::new()
        .route("/dps/data/dataflows/prepare", post(dataflow::api::preparing))
        .route("/dps/data/dataflows/start", post(dataflow::api::starting))
        .route("/dps/data/dataflows/{id}/status", get(dataflow::api::status))
        .route("/dps/data/dataflows/{id}/{verb}", post(dataflow::api::told))
        .route("/dps/data/controlplanes", put(dataflow::api::register))
        .route("/dps/data/controlplanes/{id}", delete(plane::deregister));
    let holder = Router::new()
        .route("/dcp/presentations/query", post(presentation::query))
        .route("/dcp/credentials", post(issuance::take))
        .route("/dcp/offers", post(issuance::offer));
    let peers = Router::new()
        .route("/dataplane/{pid}", get(delivery::serve))
        .route("/tc609/credential", post(registration::receive))
        .route("/tc609/addressCheck", post(device::check_address))
        .route("/tc609/certificateRevocation", post(certificate::revoked))
        .route("/tc609/participantStatus", post(standing::learn))
        .route("/tc609/delegationEnd", post(delegation::told))
        .route("/tc609/certificationNotice", post(certification::told))
        .route("/tc609/listingDecision", post(product::decision))
        .route("/tc609/applicationNotice", post(application::notice))
        .route("/tc609/contractCreate", post(negotiation::standard::create))
        .route("/tc609/contractNegotiate", post(negotiation::standard::negotiate))
        .route("/tc609/strategySend", post(agreement::strategy))
        .route("/tc609/executionFeedback", post(feedback::use_feedback))
        .route("/tc609/abnormalTermination", post(stop::obey))
        .route("/tc609/fulfillmentProof", post(feedback::proof))
        .route("/tc609/statement", post(agreement::statement));
    let people = xinyu_shell::router::people()
        .route("/api/v1/node", get(overview::node))
        .route("/api/v1/overview", get(overview::show))
        .route("/api/v1/events", get(overview::events))
        .route("/api/v1/registration", get(registration::show).post(registration::apply))
        .route("/api/v1/registration/departure", post(registration::leave))
        .route("/api/v1/identity", get(identity::show).post(identity::state))
        .route("/api/v1/identity/attachments", post(identity::attach))
        .route("/api/v1/delegations", get(delegation::list).post(delegation::register))
        .route("/api/v1/delegations/{id}/end", post(delegation::end))
        .route("/api/v1/certificationSchemes", get(certification::schemes))
        .route("/api/v1/certifications", get(certification::list).post(certification::apply))
        .route("/api/v1/reputation", get(certification::reputation))
        .route("/api/v1/did", get(key::show::<Connector>))
        .route("/api/v1/did/rotation", post(key::rotate::<Connector>))
        .route("/api/v1/credentials", get(issuance::list))
        .route("/api/v1/certificates", get(certificate::list).post(certificate::request))
        .route("/api/v1/certificates/{serial}/file", get(certificate::export))
        .route("/api/v1/device", get(device::show))
        .route("/api/v1/attachments", post(device::attach))
        .route("/api/v1/heterogeneousConnectors", get(heterogeneous::list).post(heterogeneous::enrol))
        .route("/api/v1/identifiers/{code}", get(device::resolve))
        .route("/api/v1/resources", get(resource::list).post(resource::connect))
        .route("/api/v1/products", get(product::list).post(product::wrap))
        .route("/api/v1/catalog", get(catalog::search))
        .route("/api/v1/applications", get(application::list).post(application::submit))
        .route("/api/v1/applications/{id}/decision", post(application::decide))
        .route("/api/v1/partners", get(partner::list))
        .route("/api/v1/partners/{id}/catalog", get(catalog::of_partner))
        .route("/api/v1/negotiations", get(negotiation::list).post(negotiation::start::start))
        .route("/api/v1/negotiations/{pid}", get(negotiation::show))
        .route("/api/v1/negotiations/{pid}/decision", post(negotiation::decide))
        .route("/api/v1/negotiations/{pid}/rounds", get(negotiation::archive::rounds))
        .route("/api/v1/negotiations/{pid}/history", get(negotiation::archive::export))
        .route("/api/v1/transfers", get(transfer::list).post(transfer::start))
        .route("/api/v1/transfers/{pid}", get(transfer::show))
        .route("/api/v1/transfers/{pid}/decision", post(transfer::decide))
        .route("/api/v1/dataflows", get(dataflow::api::list))
        .route("/api/v1/dataflows/{id}/decision", post(dataflow::api::decide))
        .route("/api/v1/agreements", get(agreement::list))
        .route("/api/v1/agreements/{id}", get(agreement::show))
        .route("/api/v1/agreements/{id}/file", get(agreement::export))
        .route("/api/v1/uses", get(usage::list).post(usage::ask))
        .route("/api/v1/contracts", get(contract::list))
        .route("/api/v1/contracts/{id}", get(contract::show))
        .route("/api/v1/contracts/{id}/freeze", post(regulator::freeze));
    let open = Router::new()
        .route("/data/{flow}", get(delivery::plain::serve).post(delivery::plain::take))
        .route("/data/{flow}/token", post(delivery::plain::token))
        .route("/.well-known/did.json", get(document::serve::<Connector>))
        .route("/.well-known/dspace-version", get(|| async { Json(VersionDocument::ours()) }))
        .route("/.well-known/xinyu", get(operation::card::<Connector>))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz::<Connector>))
        .route("/metrics", get(operation::metrics::<Connector>));
    let node = &connector.node;
    let people = access::guarded(people, node);
    let known = xinyu_shell::peer::authenticated(peers, node)
        .merge(xinyu_shell::dsp::authenticated(dataspace, node))
        .merge(arranged::authenticated(control_plane, node, ArrangedKind::DataPlane))
        .merge(arranged::authenticated(data_plane, node, ArrangedKind::ControlPlane));
    xinyu_shell::peer::layers(known.merge(people).merge(holder).merge(open), &connector.node).with_state(connector)
}
