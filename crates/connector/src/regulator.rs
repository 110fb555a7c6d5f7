//! The seat of a regulator: orders are signed here, with the regulator's own key, before the platform sees them. TC609-6-2025-01 §7.4.3.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::regulator;
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::{ContractLife, Freeze};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::regulator::FreezeOrder;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};

use crate::app::Connector;
use crate::{contract, platform};

/// `POST /api/v1/contracts/{id}/freeze`. The same order id is the same order, however often it is sent.
///
/// # Errors
/// If this is no regulator's seat, or what the platform says.
pub async fn freeze(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Freeze>,
) -> Result<Json<ContractLife>, Failure> {
    if connector.options.role != Role::Regulator {
        return Err(Rejection::forbidden(
            "wrong-role",
            "只有监管方可以冻结合约",
            "only a regulator can freeze a contract",
        )
        .into());
    }
    let Freeze { order_id, ground } = body.value;
    if ground.trim().is_empty() || ground.chars().count() > 256 {
        return Err(Rejection::bad(
            "freeze-ground",
            "冻结依据应为 1–256 个字符",
            "the ground of a freeze must have 1 to 256 characters",
        )
        .into());
    }
    let contract_id = ContractId::parse(&id).map_err(|_| xinyu_core::contract::unknown(&id))?;
    let space = contract::find(&connector, &id).await?.line.space_id;
    let node = std::sync::Arc::clone(&connector.node);
    let stored = connector
        .node
        .store
        .write("regulator.order", move |tx| {
            Box::pin(async move {
                let draft = regulator::order(&space, &contract_id, &order_id, &ground);
                let record = serde_json::to_value(effect::sign(&node, tx, draft)?).map_err(Failure::broken)?;
                let order = FreezeOrder { order_id: order_id.clone(), contract_id, ground, record };
                let text = serde_json::to_string(&order).map_err(Failure::broken)?;
                xinyu_store::setting::find_or_set(tx, &format!("freeze/{order_id}"), &text).await.map_err(Failure::from)
            })
        })
        .await?;
    let order: FreezeOrder = serde_json::from_str(&stored).map_err(Failure::broken)?;
    let _: Status = platform::ask(&connector.node, "/tc609/freeze", &order).await?;
    keep(&connector, order.record).await?;
    contract::find(&connector, &id).await.map(Json)
}

/// Keeps the record of an order that the platform obeyed among our own. One that it refused is nobody's evidence.
async fn keep(connector: &Connector, record: serde_json::Value) -> Result<(), Failure> {
    let signed: SignedRecord = serde_json::from_value(record).map_err(Failure::broken)?;
    let node = std::sync::Arc::clone(&connector.node);
    connector
        .node
        .store
        .write("regulator.keep", move |tx| {
            Box::pin(async move {
                if xinyu_store::record::is_kept(tx, &signed.record.id).await? {
                    return Ok(());
                }
                effect::keep(&node, tx, &signed).await
            })
        })
        .await
}
