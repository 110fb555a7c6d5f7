//! The routes that both kinds of node have for people, in the order of the list of operations. One line each.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::node::Node;
use crate::{
    access, audit, evidence, exception, grant, harvest, live, login, policy, retention, run_log, second_factor,
    session, user, warning, witness,
};

/// Accounts, sessions, roles, what people did, what changes.
pub fn people<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    Router::new()
        .route("/api/v1/login", post(login::password::login))
        .route("/api/v1/openapi.json", get(access::document))
        .route("/api/v1/login/providers", get(login::methods::list))
        .route("/api/v1/login/certificate/challenge", post(login::certificate::challenge))
        .route("/api/v1/login/certificate", post(login::certificate::login))
        .route("/api/v1/login/did/challenge", post(login::did::challenge))
        .route("/api/v1/login/did", post(login::did::login))
        .route("/api/v1/login/oidc/start", post(login::oidc::start))
        .route("/api/v1/login/oidc", post(login::oidc::login))
        .route("/api/v1/login/oidc/code", post(login::oidc::code))
        .route("/api/v1/me/login-keys/certificate/challenge", post(login::certificate::bind_challenge))
        .route("/api/v1/me/login-keys/certificate", post(login::certificate::bind))
        .route("/api/v1/me/login-keys/did/challenge", post(login::did::bind_challenge))
        .route("/api/v1/me/login-keys/did", post(login::did::bind))
        .route("/api/v1/me/login-keys/oidc/start", post(login::oidc::bind_start))
        .route("/api/v1/me/login-keys/oidc", post(login::oidc::bind))
        .route("/api/v1/logout", post(session::logout))
        .route("/api/v1/me", get(session::me))
        .route("/api/v1/me/password", post(user::change_password))
        .route("/api/v1/me/second-factor", post(second_factor::begin))
        .route("/api/v1/me/second-factor/confirmation", post(second_factor::confirm))
        .route("/api/v1/me/sessions", get(session::list))
        .route("/api/v1/me/sessions/{id}/end", post(session::end))
        .route("/api/v1/me/login-keys", get(login::key::list))
        .route("/api/v1/me/login-keys/{id}/removal", post(login::key::remove))
        .route("/api/v1/login/captcha", post(login::captcha::give))
        .route("/api/v1/login/passkey/challenge", post(login::passkey::begin))
        .route("/api/v1/login/passkey", post(login::passkey::login))
        .route("/api/v1/me/passkeys", post(login::passkey::registration::begin))
        .route("/api/v1/me/passkeys/confirmation", post(login::passkey::registration::confirm))
        .route("/api/v1/policies/check", post(policy::check))
        .route("/api/v1/policies/simulation", post(policy::simulate))
        .route("/api/v1/policies/difference", post(policy::compare))
        .route("/api/v1/witness", get(witness::show))
        .route("/api/v1/permissions", get(access::permissions))
        .route("/api/v1/live", get(live::follow))
        .route("/api/v1/warnings", get(warning::list))
        .route("/api/v1/exceptions", get(exception::list))
        .route("/api/v1/exceptions/{id}/decision", post(exception::decide))
        .route("/api/v1/retention", get(retention::list))
        .route("/api/v1/retention/{contract}/disposal", post(retention::dispose_of))
        .route("/api/v1/retention/{contract}/hold", post(retention::hold))
        .route("/api/v1/retention/{contract}/release", post(retention::release))
        .route("/api/v1/users", get(user::list).post(user::create))
        .route("/api/v1/users/{name}/disabling", post(user::disable))
        .route("/api/v1/users/{name}/enabling", post(user::enable))
        .route("/api/v1/users/{name}/password", post(user::reset_password))
        .route("/api/v1/users/{name}/unlocking", post(user::unlock))
        .route("/api/v1/users/{name}/second-factor/reset", post(second_factor::reset))
        .route("/api/v1/users/{name}/grants", post(grant::propose))
        .route("/api/v1/grants/{id}/confirmation", post(grant::confirm))
        .route("/api/v1/grants/{id}/withdrawal", post(grant::withdraw))
        .route("/api/v1/administrators", post(user::appoint))
        .route("/api/v1/reviews", get(grant::due))
        .route("/api/v1/reviews/{grant}/decision", post(grant::review))
        .route("/api/v1/reviews/report", get(grant::report))
        .route("/api/v1/alerts", get(audit::alerts))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/audit/verification", get(audit::verify))
        .route("/api/v1/run-log", get(run_log::list))
        .route("/api/v1/run-log/sources", get(run_log::sources))
        .route("/api/v1/run-log/verification", get(run_log::verify))
        .route("/api/v1/evidence", get(evidence::search))
        .route("/api/v1/evidence/summary", get(evidence::summary))
        .route("/api/v1/harvests", get(harvest::list).post(harvest::add))
        .route("/api/v1/harvests/file", post(harvest::file::hand_in))
        .route("/api/v1/harvests/{id}", get(harvest::show).post(harvest::change))
        .route("/api/v1/harvests/{id}/run", post(harvest::start))
        .route("/api/v1/harvests/{id}/removal", post(harvest::remove))
        .route("/api/v1/harvested", get(harvest::search))
        .route("/api/v1/harvested/{id}", get(harvest::record))
}
