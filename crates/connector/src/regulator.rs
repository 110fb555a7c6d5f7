//! The seat of a regulator: orders are signed here, with the regulator's own key, before the platform sees them. TC609-6-2025-01 §7.4.3.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::regulator::{self, Ordered};
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::termination::EndContract;
use xinyu_protocol::api::{ContractLife, Freeze};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::regulator::{EndOrder, FreezeOrder, LiftOrder};
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
    let Freeze { order_id, ground } = body.value;
    give(&connector, &id, order_id, ground, Ordered::Freeze).await
}

/// `POST /api/v1/contracts/{id}/unfreeze`: a freeze is lifted, the contract goes on as it was.
///
/// # Errors
/// If this is no regulator's seat, or what the platform says.
pub async fn lift(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Freeze>,
) -> Result<Json<ContractLife>, Failure> {
    let Freeze { order_id, ground } = body.value;
    give(&connector, &id, order_id, ground, Ordered::Lift).await
}

/// `POST /api/v1/contracts/{id}/termination`: the contract ends at once, frozen or not, and its data goes as the order says.
///
/// # Errors
/// If this is no regulator's seat, or what the platform says.
pub async fn end(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<EndContract>,
) -> Result<Json<ContractLife>, Failure> {
    let EndContract { order_id, ground, disposal } = body.value;
    give(&connector, &id, order_id, ground, Ordered::End(disposal)).await
}

/// Signs an order once, has the platform obey it, and keeps the record.
async fn give(
    connector: &Connector,
    id: &str,
    order_id: String,
    ground: String,
    what: Ordered,
) -> Result<Json<ContractLife>, Failure> {
    must_be_regulator(connector, &what)?;
    if ground.trim().is_empty() || ground.chars().count() > 256 {
        return Err(Rejection::bad(
            "freeze-ground",
            "指令依据应为 1–256 个字符",
            "the ground of an order must have 1 to 256 characters",
        )
        .into());
    }
    let contract_id = ContractId::parse(id).map_err(|_| xinyu_core::contract::unknown(id))?;
    let space = contract::find(connector, id).await?.line.space_id;
    let order = Order { contract_id, order_id, ground, what };
    let record = sign(connector, &space, &order).await?;
    let Order { contract_id, order_id, ground, what } = order;
    match what {
        Ordered::Freeze => {
            ask(connector, "/tc609/freeze", &FreezeOrder { order_id, contract_id, ground, record: record.clone() })
                .await
        }
        Ordered::Lift => {
            ask(connector, "/tc609/unfreeze", &LiftOrder { order_id, contract_id, ground, record: record.clone() })
                .await
        }
        Ordered::End(disposal) => {
            let order = EndOrder { order_id, contract_id, ground, disposal, record: record.clone() };
            ask(connector, "/tc609/endContract", &order).await
        }
    }?;
    keep(connector, serde_json::from_value(record).map_err(Failure::broken)?).await?;
    contract::find(connector, id).await.map(Json)
}

struct Order {
    contract_id: ContractId,
    order_id: String,
    ground: String,
    what: Ordered,
}

/// The record of an order under its key; one that is given again under its key must be the same.
async fn sign(connector: &Connector, space: &str, order: &Order) -> Result<Value, Failure> {
    let Order { contract_id, order_id, ground, what } = order;
    let draft = regulator::order(space, contract_id, order_id, what, ground);
    let (name, node) = (format!("order/{order_id}"), std::sync::Arc::clone(&connector.node));
    let stored = connector.node.store.write("regulator.order", move |tx| {
        Box::pin(async move {
            let record = serde_json::to_string(&effect::sign(&node, tx, draft.clone())?).map_err(Failure::broken)?;
            let stored = xinyu_store::setting::find_or_set(tx, &name, &record).await?;
            let signed: SignedRecord = serde_json::from_str(&stored).map_err(Failure::broken)?;
            if regulator::must_be_signed(&draft, &signed.record).is_err() {
                return Err(Failure::from(Rejection::conflict(
                    "order-taken",
                    "该指令编号已用于另一指令",
                    "another order was given under this id",
                )));
            }
            Ok(stored)
        })
    });
    serde_json::from_str(&stored.await?).map_err(Failure::broken)
}

async fn ask<B: Serialize>(connector: &Connector, path: &str, order: &B) -> Result<(), Failure> {
    let _: Status = platform::ask(&connector.node, path, order).await?;
    Ok(())
}

fn must_be_regulator(connector: &Connector, what: &Ordered) -> Result<(), Rejection> {
    if connector.options.role == Role::Regulator {
        return Ok(());
    }
    let (zh, en) = match what {
        Ordered::Freeze => ("冻结合约", "freeze a contract"),
        Ordered::Lift => ("解除冻结", "lift a freeze"),
        Ordered::End(_) => ("下令终止合约", "order a contract to end"),
    };
    Err(Rejection::forbidden("wrong-role", format!("只有监管方可以{zh}"), format!("only a regulator can {en}")))
}

/// Keeps the record of what the platform obeyed or heard among our own. One that it refused is nobody's evidence.
///
/// # Errors
/// If the store fails.
pub(crate) async fn keep(connector: &Connector, signed: SignedRecord) -> Result<(), Failure> {
    let node = std::sync::Arc::clone(&connector.node);
    connector
        .node
        .store
        .write("regulator.keep", move |tx| {
            Box::pin(async move {
                if xinyu_store::record::is_kept(tx, &signed.record.id).await? {
                    return Ok(());
                }
                effect::keep_all(&node, tx, vec![signed]).await
            })
        })
        .await
}
