//! Reading at a function node who somebody is: the user has authorised it there and brought the code, which is turned into a token and that into the
//! identity. What comes is shown once to the person who asked, and is kept nowhere. NDI-TR-2025-03 §7.1.5, §8.3.2.1 to 8.3.2.7.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::ndi::{IdentityAnswer, IdentityQuery};
use xinyu_protocol::ndi::{Interface, Outcome};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use super::client::{self, CallError};
use super::node::FunctionNode;
use crate::app::Platform;

/// `POST /api/v1/nodes/{id}/identity`.
///
/// # Errors
/// If there is no such node or kind, the code is used up or another's, or the node does not know whom it is about.
pub async fn read(
    State(platform): State<Platform>,
    Path(node_id): Path<String>,
    person: Person,
    body: StrictJson<IdentityQuery>,
) -> Result<Json<IdentityAnswer>, Failure> {
    let IdentityQuery { auth_code, kind, is_across } = body.value;
    let node = platform.options.nodes.iter().find(|node| node.id == node_id).ok_or_else(|| {
        Rejection::unknown(
            "unknown-node",
            format!("没有配置功能节点 {node_id}"),
            format!("function node {node_id} is not configured"),
        )
    })?;
    let interface = match (kind.as_str(), is_across) {
        ("person", false) => Interface::GetPersonInfo,
        ("person", true) => Interface::GetPersonBaseInfo,
        ("enterprise", false) => Interface::GetEnterpriseInfo,
        ("enterprise", true) => Interface::GetEnterpriseBaseInfo,
        ("operator", false) => Interface::GetOperatorInfo,
        ("operator", true) => Interface::GetOperatorBaseInfo,
        _ => {
            return Err(Rejection::bad(
                "identity-kind",
                "身份类型可选：person, enterprise, operator",
                "an identity is a person's, an enterprise's or an operator's",
            )
            .into());
        }
    };
    let code = auth_code.trim();
    if code.is_empty() || code.len() > 256 {
        return Err(Rejection::bad("auth-code", "请填写用户授权码", "the user's authorisation is needed").into());
    }
    // Who looks at personal data is in the log; what it is, is not.
    tracing::info!(node = %node_id, by = %person.name, "an identity is read at node {node_id}");
    let token = ask(&platform, node, Interface::GetToken, &json!({ "authCode": code })).await?;
    let token = token.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| unusable("答复中没有令牌", "its answer has no token"))?;
    let identity = ask(&platform, node, interface, &json!({ "token": token })).await?;
    let base = if is_across { Some(&identity) } else { identity.get("baseInfo") };
    let has_code =
        base.and_then(|base| base.get("identityCode")).and_then(Value::as_str).is_some_and(|one| !one.is_empty());
    if !has_code {
        return Err(unusable("答复中没有身份标识", "its answer names nobody").into());
    }
    Ok(Json(IdentityAnswer { kind, node_id, identity }))
}

async fn ask(platform: &Platform, node: &FunctionNode, interface: Interface, body: &Value) -> Result<Value, Failure> {
    let body = xinyu_protocol::json::canonical(body).map_err(Failure::broken)?;
    match client::call(platform, node, interface, &body).await {
        Ok(data) => Ok(data.unwrap_or_default()),
        Err(CallError::Refused { code, message, .. }) => {
            let refuse = if code.outcome == Outcome::NotFound { Rejection::unknown } else { Rejection::conflict };
            Err(refuse(
                "node-refuses",
                format!("功能节点答复 {code}：{message}"),
                format!("the function node answers {code}: {message}"),
            )
            .clause("NDI-TR-2025-03 Appendix C")
            .into())
        }
        Err(error) => Err(super::report::unreached(&error.to_string()).into()),
    }
}

fn unusable(zh: &str, en: &str) -> Rejection {
    let mut rejection = Rejection::conflict("node-answer", format!("功能节点{zh}"), format!("the function node: {en}"));
    rejection.status = 502;
    rejection
}
