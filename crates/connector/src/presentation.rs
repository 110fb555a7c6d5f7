//! The connector's credentials, shown to who may see them: a verifier brings the right that we gave it, and gets what both the right and its question
//! cover, one presentation for each profile. DCP 1.0.1 §5.4.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::issuance::Held;
use xinyu_identity::presentation::present;
use xinyu_identity::self_issued::open_access;
use xinyu_protocol::dcp::presentation::{PresentationQuery, PresentationResponse};
use xinyu_protocol::dcp::{Profile, Scope};
use xinyu_shell::Failure;
use xinyu_shell::dcp::call::{DcpCall, not_believed};

use crate::app::Connector;

/// The most scopes of one question.
const MANY: usize = 32;

/// `POST /dcp/presentations/query`.
///
/// # Errors
/// If the right is not one that we gave to the caller, or the question is not one for scopes.
pub async fn query(State(connector): State<Connector>, call: DcpCall) -> Result<Json<PresentationResponse>, Failure> {
    let query: PresentationQuery = call.parse()?;
    let node = &connector.node;
    let asked = scopes(&query)?;
    let now = node.store.clock().now();
    let access = call.claims.token.as_deref().ok_or_else(|| {
        let mut rejection = Rejection::forbidden(
            "no-access",
            "令牌中没有本连接器给出的出示授权",
            "the token brings no right that this connector gave",
        );
        rejection.status = 401;
        rejection
    })?;
    let chain = node.dcp.chain();
    let keys = chain.believed().map(|link| &link.key);
    let access =
        open_access(access, &node.dcp.did, &call.claims.iss, keys, now).map_err(|error| not_believed(&error))?;
    let held = node.store.read("held.valid", move |tx| {
        Box::pin(async move { xinyu_store::held::valid(tx, now).await.map_err(Failure::from) })
    });
    let covers =
        |scopes: &[Scope], one: &Held| scopes.iter().any(|scope| scope.covers(Some(&one.credential_id), &one.types));
    let mut shown: BTreeMap<Profile, Vec<String>> = BTreeMap::new();
    let mut newest = std::collections::BTreeSet::new();
    for one in held.await? {
        if !covers(&asked, &one) || !covers(&access.scope, &one) {
            continue;
        }
        // Newest first: an older one of the same issuer, type and profile says nothing more.
        if newest.insert((one.issuer.clone(), one.types.clone(), one.profile)) {
            shown.entry(one.profile).or_default().push(one.jwt);
        }
    }
    let audience = call.sender();
    let present = |(profile, credentials): (&Profile, &Vec<String>)| {
        let jti = node.store.ids().new_id();
        node.dcp.sign(|signer| present(signer, *profile, audience, credentials, jti, now))
    };
    Ok(Json(PresentationResponse::of(shown.iter().map(present).collect())))
}

fn scopes(query: &PresentationQuery) -> Result<Vec<Scope>, Rejection> {
    let bad = |zh: &str, en: String| Rejection::bad("presentation-query", zh, en).clause("DCP 1.0.1 §5.4.1");
    match (&query.scope, &query.presentation_definition) {
        (Some(_), Some(_)) => Err(bad(
            "scope 与 presentationDefinition 只能有其一",
            "there are both scope and presentationDefinition".to_owned(),
        )),
        (None, Some(_)) => {
            let mut rejection = bad(
                "不支持 presentationDefinition，请使用 scope",
                "presentationDefinition is not supported, ask by scope".to_owned(),
            );
            // An empty one is not a definition at all.
            let is_empty = query.presentation_definition.as_ref().is_none_or(|one| one.get("id").is_none());
            rejection.status = if is_empty { 400 } else { 501 };
            Err(rejection)
        }
        (None, None) => Err(bad("没有 scope", "there is no scope".to_owned())),
        (Some(scopes), None) if scopes.is_empty() || scopes.len() > MANY => {
            Err(bad("scope 为空或过多", format!("there are {} scopes", scopes.len())))
        }
        (Some(scopes), None) => {
            scopes.iter().map(|text| Scope::parse(text).map_err(|why| bad("scope 无法识别", why))).collect()
        }
    }
}
