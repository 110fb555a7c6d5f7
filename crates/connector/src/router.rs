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
    agreement, application, catalog, certificate, certification, component, contract, countersigning, dataflow,
    delegation, delivery, device, dispute, feedback, heterogeneous, identity, issuance, negotiation, overview, partner,
    payment, performance, plane, policy_record, presentation, product, registration, regulator, resource, standing,
    stop, template, termination, transfer, usage, version,
};

/// All routes but the console's.
pub fn router(connector: Connector) -> Router {
    routes(connector, true)
}

/// What peers can call, and nothing that is for people.
pub(crate) fn for_peers(connector: Connector) -> Router {
    routes(connector, false)
}

fn routes(connector: Connector, for_people: bool) -> Router {
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
        .route("/tc609/componentStatus", post(component::told))
        .route("/tc609/policySet", post(policy_record::set::told))
        .route("/tc609/listingDecision", post(product::decision))
        .route("/tc609/applicationNotice", post(application::notice))
        .route("/tc609/contractCreate", post(negotiation::standard::create))
        .route("/tc609/contractNegotiate", post(negotiation::standard::negotiate))
        .route("/tc609/strategySend", post(agreement::strategy))
        .route("/tc609/executionFeedback", post(feedback::use_feedback))
        .route("/tc609/abnormalTermination", post(stop::obey))
        .route("/tc609/resumption", post(stop::lift))
        .route("/tc609/countersigning", post(countersigning::asked))
        .route("/tc609/countersigningEnd", post(countersigning::side::ended))
        .route("/tc609/terminationProposal", post(termination::proposed))
        .route("/tc609/terminationAnswer", post(termination::answered))
        .route("/tc609/contractVersion", post(version::answer::proposed))
        .route("/tc609/contractVersionAnswer", post(version::answer::answered))
        .route("/tc609/contractTerminate", post(termination::terminate))
        .route("/tc609/breachNotice", post(termination::breach::told))
        .route("/tc609/performanceNotice", post(performance::told))
        .route("/tc609/disputeNotice", post(dispute::told))
        .route("/tc609/fulfillmentProof", post(feedback::proof))
        .route("/tc609/statement", post(agreement::statement))
        .route("/tc609/payment", post(payment::told))
        .route("/tc609/paymentAnswer", post(payment::answered))
        .route("/tc609/paymentContest", post(payment::contested));
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
        .route("/api/v1/templates", get(template::list))
        .route("/api/v1/templates/{id}", get(template::show))
        .route("/api/v1/templateInstances", post(template::instance))
        .route("/api/v1/policyRecords", get(policy_record::list).post(policy_record::save))
        .route("/api/v1/policyRecords/{id}", get(policy_record::show))
        .route("/api/v1/policyRecords/{id}/versions/{version}/submission", post(policy_record::submit))
        .route("/api/v1/policyRecords/{id}/versions/{version}/decision", post(policy_record::decide))
        .route("/api/v1/policySets/{space}", get(policy_record::file))
        .route("/api/v1/components", get(component::list).post(component::register))
        .route("/api/v1/components/{id}", get(component::show))
        .route("/api/v1/components/{id}/versions/{version}/file", get(component::file))
        .route("/api/v1/components/{id}/versions/{version}/withdrawal", post(component::withdraw))
        .route("/api/v1/componentChecks", post(usage::component::check))
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
        .route("/api/v1/payments", get(payment::list))
        .route("/api/v1/payments/{id}", get(payment::show))
        .route("/api/v1/payments/{id}/pay", post(payment::pay))
        .route("/api/v1/payments/{id}/answer", post(payment::answer))
        .route("/api/v1/agreements/{id}/versions", get(version::list).post(version::propose))
        .route("/api/v1/agreements/{id}/versions/decision", post(version::answer::decide))
        .route("/api/v1/agreements/{id}/versions/renewal", post(version::renewal::refuse))
        .route("/api/v1/agreements/{id}/versions/{number}/file", get(version::export))
        .route("/api/v1/countersignings", get(countersigning::list))
        .route("/api/v1/countersignings/{id}", get(countersigning::show))
        .route("/api/v1/countersignings/{id}/decision", post(countersigning::decide))
        .route("/api/v1/countersignings/{id}/versions/{number}/file", get(countersigning::export))
        .route("/api/v1/countersignings/{id}/voucher", get(countersigning::voucher))
        .route("/api/v1/performance", get(performance::list))
        .route("/api/v1/agreements/{id}/performance", get(performance::show).post(performance::report))
        .route("/api/v1/agreements/{id}/performance/file", get(performance::export))
        .route("/api/v1/disputes", get(dispute::list).post(dispute::open))
        .route("/api/v1/disputes/{id}", get(dispute::show))
        .route("/api/v1/disputes/{id}/statements", post(dispute::speak))
        .route("/api/v1/disputes/{id}/bundle", get(dispute::bundle::export))
        .route("/api/v1/agreements/{id}/termination", get(termination::show).post(termination::propose))
        .route("/api/v1/agreements/{id}/termination/decision", post(termination::decide))
        .route("/api/v1/agreements/{id}/voucher", get(termination::export))
        .route("/api/v1/agreements/{id}/breaches", post(termination::breach::claim))
        .route("/api/v1/agreements/{id}/breaches/answer", post(termination::breach::answer))
        .route("/api/v1/uses", get(usage::list).post(usage::ask))
        .route("/api/v1/contracts", get(contract::list))
        .route("/api/v1/contracts/{id}", get(contract::show))
        .route("/api/v1/contracts/{id}/freeze", post(regulator::freeze))
        .route("/api/v1/contracts/{id}/unfreeze", post(regulator::lift))
        .route("/api/v1/contracts/{id}/termination", post(regulator::end));
    let open = Router::new()
        .route("/data/{flow}", get(delivery::plain::serve).post(delivery::plain::take))
        .route("/data/{flow}/token", post(delivery::plain::token))
        .route("/.well-known/did.json", get(document::serve::<Connector>))
        // Where the document of a DID is whose address has a path, such as one at a platform.
        .route("/did.json", get(document::serve::<Connector>))
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
    let known = if for_people { known.merge(people) } else { known };
    xinyu_shell::peer::layers(known.merge(holder).merge(open), &connector.node).with_state(connector)
}
