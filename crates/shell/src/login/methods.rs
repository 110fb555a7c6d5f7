//! How people may log in at a node besides by password, as configured.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use xinyu_crypto::x509::Certificate;
use xinyu_protocol::api::login::{LoginMethods, ProviderInfo};

use super::oidc::provider::Provider;
use crate::node::{Node, NodeKind};

/// What is configured.
#[derive(Clone, Debug, Default)]
pub struct LoginOptions {
    /// Authorities whose certificates of people are accepted, beside a platform's own.
    pub authorities: Vec<PeopleAuthority>,
    /// Providers of identities.
    pub providers: Vec<Provider>,
}

/// An authority that issues certificates to people.
#[derive(Clone, Debug)]
pub struct PeopleAuthority {
    /// For people and logs.
    pub name: String,
    /// Its roots.
    pub roots: Vec<Certificate>,
    /// The file with its revocation lists, one of each authority in its chains. It is read at each login: without a current list nobody gets in.
    pub lists_file: PathBuf,
}

/// `GET /api/v1/login/providers`.
pub async fn list(State(node): State<Arc<Node>>) -> Json<LoginMethods> {
    let has_authority = node.kind == NodeKind::Platform;
    Json(LoginMethods {
        certificate: has_authority || !node.login.authorities.is_empty(),
        did: true,
        issues_certificates: has_authority,
        providers: node.login.providers.iter().map(info).collect(),
    })
}

fn info(provider: &Provider) -> ProviderInfo {
    ProviderInfo { id: provider.id.clone(), name: provider.name.clone() }
}
