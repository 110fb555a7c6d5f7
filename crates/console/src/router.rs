//! The console's routes, one line each.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};

use crate::app::{Console, ConsoleError, ConsoleOptions};
use crate::pages::{
    account, agreement, application, asset, audit, catalog, certificate, certification, component, connector, contract,
    credential, dataflow, decision, device, evidence, evidence_search, heterogeneous, identifier, live, login_key,
    login_method, lookup, missing, negotiation, node, overview, participant, partner, passkey, payment, permission,
    product, product_template, registration, resource, review, scheme, simulator, space, template, termination,
    transfer, user,
};
use crate::{guard, session};

/// All pages, to be merged into a node's router.
///
/// # Errors
/// If an address is not a URL, or TLS cannot be set up.
pub fn router(options: ConsoleOptions) -> Result<Router, ConsoleError> {
    let console = Console::new(options)?;
    let pages = Router::new()
        .route("/", get(overview::show))
        .route("/login", get(session::form).post(session::login))
        .route("/login/callback", get(login_method::arrive))
        .route("/login/callback/code", post(login_method::code))
        .route("/login/oidc/{provider}", post(login_method::leave))
        .route("/login/{method}", get(login_method::show).post(login_method::answer))
        .route("/logout", post(session::logout))
        .route("/decide", post(decision::decide))
        .route("/participants", get(participant::list))
        .route("/credentials", get(credential::list).post(credential::revoke))
        .route("/did", post(credential::rotate))
        .route("/connectors", get(connector::list))
        .route("/connectors/{id}", get(connector::show).post(connector::deregister))
        .route("/connectors/{id}/attachments/{key}", get(connector::file))
        .route("/identifiers", get(identifier::show))
        .route("/heterogeneous", get(heterogeneous::list).post(heterogeneous::enrol))
        .route("/heterogeneous/{id}", post(heterogeneous::act))
        .route("/certificates", get(certificate::list).post(certificate::request))
        .route("/certificates/{serial}/file", get(certificate::file))
        .route("/certificates/{serial}/revocation", post(certificate::revoke))
        .route("/certifications", get(certification::list).post(certification::apply))
        .route("/certifications/{id}/report", get(certification::report))
        .route("/certifications/{id}", get(certification::show).post(certification::act))
        .route("/schemes", get(scheme::list).post(scheme::define))
        .route("/schemes/{id}", get(scheme::show).post(scheme::replace))
        .route("/lookup", get(lookup::show))
        .route("/participants/{id}", get(participant::show).post(participant::act))
        .route("/participants/{id}/reputation", get(participant::statement))
        .route("/participants/{id}/grants", post(participant::allow))
        .route("/participants/{id}/attachments/{attachment}", get(participant::attachment))
        .route("/registration", get(registration::show).post(registration::act))
        .route("/registration/attachments", post(registration::attach))
        .route("/device", get(device::show).post(device::attach))
        .route("/nodes", get(node::list))
        .route("/nodes/identity", post(node::read))
        .route("/nodes/operators", post(node::operator))
        .route("/spaces", get(space::list).post(space::open))
        .route("/resources", get(resource::list).post(resource::connect))
        .route("/components", get(component::list).post(component::register))
        .route("/components/{id}", get(component::show).post(component::decide))
        .route("/components/{id}/file/{version}", get(component::file))
        .route("/templates", get(template::list).post(template::save))
        .route("/templates/{id}", get(template::show).post(template::decide))
        .route("/templates/{id}/file/{version}", get(template::file))
        .route("/products", get(product::list).post(product::offer))
        .route("/products/templates", get(product_template::choose).post(product_template::fill))
        .route("/simulator", get(simulator::show).post(simulator::run))
        .route("/catalog", get(catalog::list))
        .route("/catalog/{id}", get(catalog::show))
        .route("/applications", get(application::list).post(application::apply))
        .route("/partners", get(partner::list))
        .route("/partners/{id}", get(partner::show))
        .route("/negotiations", get(negotiation::list).post(negotiation::start))
        .route("/negotiations/{pid}", get(negotiation::show).post(negotiation::decide))
        .route("/negotiations/{pid}/history", get(negotiation::history))
        .route("/agreements", get(agreement::list))
        .route("/agreements/{id}", get(agreement::show).post(agreement::ask))
        .route("/transfers", get(transfer::list).post(transfer::start))
        .route("/transfers/{pid}", get(transfer::show).post(transfer::decide))
        .route("/dataflows", get(dataflow::list))
        .route("/dataflows/{id}", post(dataflow::decide))
        .route("/contracts", get(contract::list))
        .route("/contracts/{id}", get(contract::show))
        .route("/contracts/{id}/file", get(contract::file))
        .route("/contracts/{id}/freeze", post(contract::freeze))
        .route("/contracts/{id}/payment", post(payment::act))
        .route("/contracts/{id}/unfreeze", post(termination::lift))
        .route("/contracts/{id}/termination", post(termination::order))
        .route("/contracts/{id}/voucher", get(termination::file))
        .route("/agreements/{id}/termination", post(termination::act))
        .route("/breaches/{id}", post(termination::decide))
        .route("/evidence", get(evidence::show))
        .route("/evidence/search", get(evidence_search::show))
        .route("/account", get(account::show))
        .route("/account/password", post(account::password))
        .route("/account/second-factor", post(account::begin))
        .route("/account/second-factor/confirmation", post(account::confirm))
        .route("/account/sessions/{id}", post(account::end))
        .route("/account/certificate", get(login_key::order).post(login_key::issue))
        .route("/account/login-keys/{method}", get(login_key::show).post(login_key::tie))
        .route("/account/oidc", post(login_key::leave))
        .route("/account/oidc/tie", post(login_key::arrive))
        .route("/account/login-keys/{id}/removal", post(account::remove_key))
        .route("/account/passkeys", post(passkey::add))
        .route("/account/passkeys/challenge", post(passkey::begin_adding))
        .route("/login/passkey", post(passkey::login))
        .route("/login/passkey/challenge", post(passkey::begin_login))
        .route("/users", get(user::list).post(user::create))
        .route("/users/{name}", post(user::act))
        .route("/grants/{id}", post(user::grant))
        .route("/reviews", get(review::list))
        .route("/reviews/{grant}", post(review::decide))
        .route("/audit", get(audit::list))
        .route("/permissions", get(permission::list))
        .route("/live", get(live::relay))
        .route("/assets/{name}", get(asset::serve))
        .route("/{*path}", any(missing::show));
    Ok(pages
        .route_layer(from_fn(guard::remember_language))
        .route_layer(from_fn_with_state(console.clone(), guard::same_origin))
        .route_layer(from_fn(xinyu_http::pages::page_headers))
        .with_state(console))
}
