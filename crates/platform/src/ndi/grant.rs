//! What a participant allows a function node to learn of it: a code, handed over by the user, that the node turns into a token once.
//! NDI-TR-2025-03 §7.1.5 c, §8.3.2.1.

use axum::Json;
use axum::extract::{Path, State};
use jiff::SignedDuration;
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::ndi::{IdentityGrant, NewIdentityGrant};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::ndi::Grant;

use super::registry::OPERATOR;
use crate::app::Platform;

/// How long a code may be handed over.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What is kept of a code.
pub(super) fn digest(code: &str) -> String {
    Suite::Intl.hash(code.as_bytes()).to_string()
}

/// `POST /api/v1/participants/{id}/identityGrants`: a code by which a node may read the participant's identity, once.
///
/// # Errors
/// If there is no such connector or node.
pub async fn allow(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
    body: StrictJson<NewIdentityGrant>,
) -> Result<Json<IdentityGrant>, Failure> {
    let NewIdentityGrant { node_id, delegation_id } = body.value;
    if !platform.options.nodes.iter().any(|node| node.id == node_id) {
        return Err(Rejection::unknown(
            "unknown-node",
            format!("没有配置功能节点 {node_id}"),
            format!("function node {node_id} is not configured"),
        )
        .into());
    }
    let made = platform.node.store.write("identity.allow", move |tx| {
        Box::pin(async move {
            let member = xinyu_store::member::find(tx, &connector).await?.ok_or_else(|| {
                Rejection::unknown(
                    "unknown-participant",
                    format!("没有接入连接器 {connector}"),
                    format!("connector {connector} does not exist"),
                )
            })?;
            let code = hex::encode(tx.entropy_bytes::<32>());
            let expires_at = tx.now().checked_add(CODE_LIFE).map_err(Failure::broken)?;
            let participant_id = match delegation_id {
                None => member.participant_id.as_str().to_owned(),
                Some(id) => {
                    let found = xinyu_store::delegation::find(tx, &id).await?;
                    let own = found.filter(|found| found.connector_id == connector).ok_or_else(|| {
                        Rejection::unknown(
                            "unknown-delegation",
                            format!("没有经办人授权 {id}"),
                            format!("delegation {id} does not exist"),
                        )
                    })?;
                    format!("{OPERATOR}{}", own.delegation_id)
                }
            };
            xinyu_store::ndi::allow(tx, &digest(&code), &Grant { participant_id, node_id, expires_at }).await?;
            Ok::<_, Failure>(IdentityGrant { auth_code: code, expires_at })
        })
    });
    Ok(Json(made.await?))
}
