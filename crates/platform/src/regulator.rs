//! Orders of a regulator. TC609-6-2025-01 §7.4.3.

use std::sync::Arc;

use axum::extract::State;
use xinyu_core::effect::Effect;
use xinyu_core::{contract, regulator};
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::regulator::FreezeOrder;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use crate::app::Platform;
use crate::evidence;

/// `POST /tc609/freeze`, by a regulator's seat: the order is recorded as the regulator signed it, and both connectors are told at once.
///
/// # Errors
/// If the caller is no regulator, or the contract is over.
pub async fn freeze(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: FreezeOrder = call.parse()?;
    call.must_be(Role::Regulator)?;
    let record = SignedRecord::parse(&xinyu_protocol::json::canonical(&order.record).map_err(Failure::broken)?)
        .map_err(|error| evidence::malformed(&error.to_string()))?;
    evidence::check_author(&call, &record)?;
    let node = Arc::clone(&platform.node);
    call.once(&platform.node, "contract.freeze", move |tx| {
        Box::pin(async move {
            let id = order.contract_id.as_str();
            let registered = xinyu_store::contract::lock(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            let now = tx.now();
            let (registered, effects) = regulator::freeze(registered, &order, now)?;
            xinyu_store::contract::save(tx, &registered).await?;
            let (sends, records) = effects.into_iter().partition(|effect| matches!(effect, Effect::Send(_)));
            effect::apply(&node, tx, sends).await?;
            xinyu_shell::log::append(tx, &record).await?;
            effect::apply(&node, tx, records).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}
