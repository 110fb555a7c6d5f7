//! The platform's routes, in the order of the standards and of the management API. One line each.

use axum::Router;
use axum::routing::{get, post};
use xinyu_shell::dcp::{document, key};
use xinyu_shell::{access, operation};

use crate::app::Platform;
use crate::{
    application, bundle, certificate, connector, contract, delegation, evidence, heartbeat, heterogeneous, identifier,
    identity, issuance, listing, metering, ndi, overview, participant, partner, regulator, space, verification,
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
        .route("/tc609/certificateRequest", post(certificate::request))
        .route("/tc609/connectorDeclaration", post(connector::declare))
        .route("/tc609/heartbeat", post(heartbeat::beat))
        .route("/tc609/heterogeneousConnector", post(heterogeneous::enrol_own))
        .route("/tc609/heterogeneousConnectors", post(heterogeneous::list_own))
        .route("/tc609/heterogeneousCard", post(heterogeneous::card))
        .route("/tc609/addressReport", post(connector::address::report))
        .route("/tc609/attachment", post(connector::attachment::upload))
        .route("/tc609/identifier", post(identifier::ask))
        .route("/tc609/freeze", post(regulator::freeze))
        .route("/tc609/leave", post(participant::standing::leave))
        .route("/tc609/delegation", post(delegation::register))
        .route("/tc609/delegationEnd", post(delegation::end))
        .route("/tc609/operatorStatus", post(delegation::status));
    let people = xinyu_shell::router::people()
        .route("/api/v1/node", get(overview::node))
        .route("/api/v1/overview", get(overview::show))
        .route("/api/v1/did", get(key::show::<Platform>))
        .route("/api/v1/did/rotation", post(key::rotate::<Platform>))
        .route("/api/v1/credentials", get(issuance::list))
        .route("/api/v1/credentials/revocation", post(issuance::revoke))
        .route("/api/v1/spaces", get(space::list).post(space::open))
        .route("/api/v1/participants", get(participant::list))
        .route("/api/v1/participants/{id}", get(participant::show))
        .route("/api/v1/participants/{id}/decision", post(participant::decide))
        .route("/api/v1/certificates", get(certificate::list))
        .route("/api/v1/certificates/{serial}/file", get(certificate::export))
        .route("/api/v1/certificates/{serial}/revocation", post(certificate::revoke))
        .route("/api/v1/connectors", get(connector::list))
        .route("/api/v1/connectors/{id}", get(connector::show))
        .route("/api/v1/connectors/{id}/deregistration", post(connector::deregister))
        .route("/api/v1/connectors/{id}/attachments/{key}", get(connector::attachment::file))
        .route("/api/v1/heterogeneousConnectors", post(heterogeneous::enrol_for))
        .route("/api/v1/heterogeneousConnectors/{id}/decision", post(heterogeneous::decide))
        .route("/api/v1/heterogeneousConnectors/{id}/standing", post(heterogeneous::standing))
        .route("/api/v1/heterogeneousConnectors/{id}/look", post(heterogeneous::look_again))
        .route("/api/v1/identifiers/{code}", get(identifier::show))
        .route("/api/v1/nodes", get(ndi::node::list))
        .route("/api/v1/nodes/{id}/identity", post(ndi::lookup::read))
        .route("/api/v1/participants/{id}/identityGrants", post(ndi::grant::allow))
        .route("/api/v1/operators/logoff", post(ndi::report::log_off))
        .route("/api/v1/operators/status", post(ndi::report::status))
        .route("/api/v1/participants/{id}/identity", get(identity::show))
        .route("/api/v1/participants/{id}/attachments/{attachment}", get(identity::attachment))
        .route("/api/v1/participants/{id}/verifications", post(verification::again))
        .route("/api/v1/participants/{id}/delegations", get(delegation::list))
        .route("/api/v1/participants/{id}/delegations/{delegation}/end", post(delegation::end_by_operator))
        .route("/api/v1/participants/{id}/standing", post(participant::standing::change))
        .route("/api/v1/listings", get(listing::list))
        .route("/api/v1/listings/{id}/decision", post(listing::decide))
        .route("/api/v1/applications", get(application::list))
        .route("/api/v1/applications/{id}/decision", post(application::decide))
        .route("/api/v1/contracts", get(contract::list))
        .route("/api/v1/contracts/{id}", get(contract::show))
        .route("/api/v1/contracts/{id}/file", get(contract::export))
        .route("/api/v1/evidence/{space}/events", get(evidence::events))
        .route("/api/v1/evidence/{space}/verify", get(evidence::verify));
    let issuer = Router::new()
        .route("/dcp/metadata", get(issuance::metadata))
        .route("/dcp/credentials", post(issuance::request))
        .route("/dcp/requests/{pid}", get(issuance::status))
        .route("/dcp/status/{form}/{list}", get(issuance::status_list))
        .route("/dcp/schemas/{kind}", get(issuance::schema));
    let open = Router::new()
        .route("/.well-known/did.json", get(document::serve::<Platform>))
        .route("/tc609/registration", post(participant::register))
        .route("/ndi/{interface}", post(ndi::serve))
        .route("/authority/{suite}/root.pem", get(certificate::root))
        .route("/authority/{suite}/issuing.pem", get(certificate::issuing))
        .route("/authority/{suite}/list.crl", get(certificate::revocation_list))
        .route("/tc609/applicant", post(identity::status))
        .route("/tc609/identityAttachment", post(identity::attach))
        .route("/.well-known/xinyu", get(operation::card::<Platform>))
        .route("/status/{list}", get(participant::credential::list))
        .route("/evidence/{space}/receipt/{record}", get(evidence::receipt))
        .route("/evidence/{space}/{*path}", get(evidence::tile))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz::<Platform>))
        .route("/metrics", get(operation::metrics::<Platform>));
    let peers = xinyu_shell::peer::authenticated(peers, &platform.node);
    let people = access::guarded(people, &platform.node);
    xinyu_shell::peer::layers(peers.merge(people).merge(issuer).merge(open), &platform.node).with_state(platform)
}
