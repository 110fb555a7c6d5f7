//! Resolution of identifiers: where the thing is that a code names, here first, then by what function nodes told. NDI-TR-2025-04 §6, Appendix A.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::device::Resolution;
use xinyu_protocol::id::{Strictness, check};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use crate::app::Platform;

/// What a connector asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    code: String,
}

/// `GET /api/v1/identifiers/{code}`.
///
/// # Errors
/// If the code is none, or names nothing that is known.
pub async fn show(
    State(platform): State<Platform>,
    Path(code): Path<String>,
    _: Person,
) -> Result<Json<Resolution>, Failure> {
    resolve(&platform, code).await.map(Json)
}

/// `POST /tc609/identifier`, by a connector.
///
/// # Errors
/// As [`show`].
pub async fn ask(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let question: Question = call.parse()?;
    Answer::json(200, &resolve(&platform, question.code).await?)
}

async fn resolve(platform: &Platform, code: String) -> Result<Resolution, Failure> {
    let report = check(&code, Strictness::Lenient);
    if !report.valid {
        return Err(Rejection::bad(
            "identifier",
            format!("标识「{}」不符合编码规则", code.chars().take(80).collect::<String>()),
            format!("{:?} is no identifier", code.chars().take(80).collect::<String>()),
        )
        .clause("NDI-TR-2025-04 §4")
        .into());
    }
    let this = platform.clone();
    let found = platform.node.store.read("identifier.resolve", move |tx| {
        Box::pin(async move { local(&this, tx, &code).await?.ok_or_else(|| unknown(&code).into()) })
    });
    found.await
}

async fn local(platform: &Platform, tx: &mut Tx, code: &str) -> Result<Option<Resolution>, Failure> {
    let here = platform.options.platform_id.as_str();
    let resolution = |kind: &str, name: &str, status: &str, address: &str, node: &str| Resolution {
        code: code.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        status: status.to_owned(),
        address: address.to_owned(),
        node_id: node.to_owned(),
    };
    let own = platform.node.address.as_str();
    if code == here {
        return Ok(Some(resolution("platform", &platform.node.name, "online", own, here)));
    }
    if let Some(node) = platform.options.nodes.iter().find(|node| node.id == code) {
        return Ok(Some(resolution("platform", &node.name, "known", &node.address, &node.id)));
    }
    if let Some(member) = xinyu_store::member::find(tx, code).await? {
        let pulses = xinyu_store::heartbeat::list(tx).await?;
        let pulse = pulses.iter().find(|pulse| pulse.connector_id == code);
        // Whether it was admitted tells more than whether it beats.
        let status = match pulse {
            Some(pulse) if member.state == xinyu_core::participant::MemberState::Approved => pulse.liveness.as_str(),
            _ => member.state.as_str(),
        };
        return Ok(Some(resolution("connector", &member.name, status, &member.address, here)));
    }
    if let Some(one) = xinyu_store::heterogeneous::find(tx, code).await? {
        let pulse = xinyu_store::heartbeat::find(tx, code).await?;
        let status = match &pulse {
            Some(pulse) if one.state.is_admitted() => pulse.liveness.as_str(),
            _ => one.state.as_str(),
        };
        let name = one.statement.device.name_or(&one.participant_name);
        return Ok(Some(resolution("connector", &name, status, &one.probed.endpoint, here)));
    }
    if let Some((node_id, told)) = xinyu_store::ndi::foreign(tx, code).await? {
        // Where it is, its node knows: what is told is the node's address.
        let node = platform.options.nodes.iter().find(|node| node.id == node_id);
        let status = if told.base_info.identity_status == "1" { "usable" } else { "unusable" };
        let address = node.map(|node| node.address.as_str()).unwrap_or_default();
        return Ok(Some(resolution("connector", &told.base_info.connector_name, status, address, &node_id)));
    }
    for listing in xinyu_store::listing::list(tx, None).await? {
        if listing.product_id.as_str() == code {
            let state = serde_json::to_value(listing.state).ok();
            let state = state.as_ref().and_then(serde_json::Value::as_str).unwrap_or("listed").to_owned();
            return Ok(Some(resolution("product", &listing.request.product.name, &state, own, here)));
        }
    }
    Ok(None)
}

fn unknown(code: &str) -> Rejection {
    Rejection::unknown(
        "unknown-identifier",
        format!("标识 {code} 在本平台及已知功能节点均未查到"),
        format!("identifier {code} is known neither here nor by what function nodes told"),
    )
    .clause("NDI-TR-2025-04 §6")
}
