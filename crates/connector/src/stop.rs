//! Orders to stop: obeyed at once, and kept when they come before there is anything to stop. TC609-6-2025-15 §9.2.3; TC609-6-2025-01 §7.4.3.

use axum::extract::State;
use xinyu_core::contract;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::negotiation::Side;
use xinyu_core::termination::{End, over};
use xinyu_core::usage::{self, Stop};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::regulator::Resumption;
use xinyu_protocol::tc609::usage::AbnormalTermination;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::termination;

/// `POST /tc609/abnormalTermination`, by the platform (for a regulator too) or the provider: stop. Running uses are cancelled as soon as it is durable.
/// What the platform stops before it is signed gets no further.
///
/// # Errors
/// If the caller may not stop this contract.
pub async fn obey(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let order: AbnormalTermination = call.parse()?;
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    let is_platform = call.must_be_platform(&connector.node).is_ok();
    let contract_id = order.contract_id.as_str().to_owned();
    let answer = call
        .once(&connector.node, "stop.obey", move |tx| {
            Box::pin(async move {
                let id = order.contract_id.as_str();
                let stop = Stop {
                    order_id: order.termination_id.clone(),
                    ordered_at: order.timestamp,
                    arrived_at: tx.now(),
                    reason: order.reason.clone(),
                    by: order.triggered_by.clone(),
                };
                // A move of ours holds the negotiation: it is either made before the order, or sees it.
                let negotiation = match xinyu_store::negotiation::find_by_contract(tx, id).await? {
                    Some(found) => xinyu_store::negotiation::lock(tx, found.pid()).await?,
                    None => None,
                };
                let agreement = xinyu_store::agreement::lock(tx, id).await?;
                let may_stop = |side: Side, other: &str| is_platform || (side == Side::Consumer && other == peer);
                if !agreement.as_ref().map_or(is_platform, |agreement| may_stop(agreement.side, &agreement.peer)) {
                    return Err(contract::unknown(id).into());
                }
                if is_platform && xinyu_store::setting::find(tx, &lifted(&stop.order_id)).await?.is_some() {
                    // The order was overtaken by the one that lifts it.
                    return Answer::json(200, &Status::done());
                }
                if is_platform {
                    keep(tx, id, &stop).await?;
                }
                let mut effects = Vec::new();
                if let Some(mut agreement) = agreement {
                    agreement.stopped.get_or_insert_with(|| stop.clone());
                    xinyu_store::agreement::save(tx, &agreement).await?;
                } else if let Some(negotiation) = negotiation {
                    let draft = Draft::new("usage.frozen", &negotiation.space_id).contract(&negotiation.contract_id);
                    let draft = draft.subject(stop.order_id.clone()).fact("by", stop.by.clone());
                    effects.push(Effect::Record(draft.fact("reason", stop.reason.clone())));
                }
                if let Some(holding) = xinyu_store::holding::lock(tx, id).await? {
                    let (holding, told) = usage::stop(holding, stop);
                    xinyu_store::holding::save(tx, &holding).await?;
                    effects.extend(told);
                }
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Usage);
                tx.signal(Topic::Contract);
                tx.signal(Topic::Negotiation);
                Answer::json(200, &Status::done())
            })
        })
        .await?;
    let id = contract_id.clone();
    let holds = connector.node.store.read("stop.holds", move |tx| {
        Box::pin(async move { xinyu_store::holding::find(tx, &id).await.map_err(Failure::from) })
    });
    // An order that was overtaken stops nothing.
    if holds.await?.is_some_and(|holding| holding.stopped.is_some()) {
        connector.running.stop(&contract_id);
    }
    Ok(answer)
}

/// `POST /tc609/resumption`, by the platform for a regulator: the order that it names holds no longer, nor will it if it comes after all. Uses go on with the
/// counters as they are.
///
/// # Errors
/// If the caller is not the platform.
pub async fn lift(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let order: Resumption = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "stop.lift", move |tx| {
        Box::pin(async move {
            let id = order.contract_id.as_str();
            let agreement = xinyu_store::agreement::lock(tx, id).await?;
            xinyu_store::setting::set(tx, &lifted(&order.lifts), &order.order_id).await?;
            if find(tx, id).await?.is_some_and(|stop| stop.is_lifted_by(&order.lifts)) {
                xinyu_store::setting::remove(tx, &name(id)).await?;
            }
            if let Some(mut agreement) = agreement {
                agreement.stopped = agreement.stopped.filter(|stop| !stop.is_lifted_by(&order.lifts));
                xinyu_store::agreement::save(tx, &agreement).await?;
            }
            if let Some(holding) = xinyu_store::holding::lock(tx, id).await? {
                let (holding, told) = usage::resume(holding, &order.lifts, &order.order_id, &order.reason);
                xinyu_store::holding::save(tx, &holding).await?;
                effect::apply(&this.node, tx, told).await?;
            }
            tx.signal(Topic::Usage);
            tx.signal(Topic::Contract);
            tx.signal(Topic::Negotiation);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

fn lifted(order_id: &str) -> String {
    format!("lifted/{order_id}")
}

fn name(contract_id: &str) -> String {
    format!("stop/{contract_id}")
}

async fn keep(tx: &mut Tx, contract_id: &str, stop: &Stop) -> Result<(), Failure> {
    let text = serde_json::to_string(stop).map_err(Failure::broken)?;
    xinyu_store::setting::find_or_set(tx, &name(contract_id), &text).await?;
    Ok(())
}

/// The platform's order that holds a contract, if there is one.
///
/// # Errors
/// If the store fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Stop>, Failure> {
    let kept = xinyu_store::setting::find(tx, &name(contract_id)).await?;
    kept.map(|text| serde_json::from_str(&text).map_err(Failure::broken)).transpose()
}

/// That no order of the platform holds a contract; whether it has ended is no matter.
///
/// # Errors
/// If one does, with its ground.
pub async fn must_not_be_frozen(tx: &mut Tx, id: &ContractId) -> Result<(), Failure> {
    match find(tx, id.as_str()).await? {
        Some(stop) => Err(contract::frozen(id, Some(&stop.reason)).into()),
        None => Ok(()),
    }
}

/// That no order of the platform holds a contract, and none has ended it.
///
/// # Errors
/// If one does, with its ground.
pub async fn must_not_hold(tx: &mut Tx, id: &ContractId) -> Result<(), Failure> {
    must_not_be_frozen(tx, id).await?;
    match termination::end::find(tx, id.as_str()).await? {
        Some(voucher) => Err(over(id, &End::of(&voucher)).into()),
        None => Ok(()),
    }
}
