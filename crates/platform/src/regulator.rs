//! Orders of a regulator: a freeze, its lifting, the end of a contract. TC609-6-2025-01 §7.4.3.

use axum::extract::State;
use serde_json::Value;
use xinyu_core::contract::{self, Registered};
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::regulator::{self, Ordered};
use xinyu_core::termination::{Ground, register};
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::regulator::{EndOrder, FreezeOrder, LiftOrder};
use xinyu_protocol::tc609::termination::TerminationKind;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::termination::{Seal, breach, must_be_disposable};
use crate::{evidence, onward};

/// `POST /tc609/freeze`, by a regulator's seat: the order is recorded as the regulator signed it, and both connectors are told at once.
///
/// # Errors
/// If the caller is no regulator, or the contract is over.
pub async fn freeze(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: FreezeOrder = call.parse()?;
    let draft = regulator::order("", &order.contract_id, &order.order_id, &Ordered::Freeze, &order.ground);
    let record = signed(&call, &order.record, &draft)?;
    let this = platform.clone();
    call.once(&platform.node, "contract.freeze", move |tx| {
        Box::pin(async move {
            let registered = lock(tx, &order.contract_id).await?;
            let now = tx.now();
            let (registered, effects) = regulator::freeze(registered, &order, now)?;
            obey(&this, tx, registered, effects, &record).await
        })
    })
    .await
}

/// `POST /tc609/unfreeze`, by a regulator's seat: the contract goes on as it was; what was agreed meanwhile, or is over, ends now.
///
/// # Errors
/// If the caller is no regulator, or nothing is frozen.
pub async fn lift(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: LiftOrder = call.parse()?;
    let draft = regulator::order("", &order.contract_id, &order.order_id, &Ordered::Lift, &order.ground);
    let record = signed(&call, &order.record, &draft)?;
    let this = platform.clone();
    call.once(&platform.node, "contract.unfreeze", move |tx| {
        Box::pin(async move {
            let registered = lock(tx, &order.contract_id).await?;
            let now = tx.now();
            let (registered, mut effects) = regulator::lift(registered, &order, now)?;
            let seal = Seal::of(&this);
            let (registered, more) = register::look(registered, &this.options.operator_id, &seal.at(now))?;
            effects.extend(more);
            obey(&this, tx, registered, effects, &record).await
        })
    })
    .await
}

/// `POST /tc609/endContract`, by a regulator's seat: the contract ends at once, frozen or not, and its data goes as the order says.
///
/// # Errors
/// If the caller is no regulator, or the contract is over.
pub async fn end(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: EndOrder = call.parse()?;
    let what = Ordered::End(order.disposal);
    let draft = regulator::order("", &order.contract_id, &order.order_id, &what, &order.ground);
    let record = signed(&call, &order.record, &draft)?;
    let issuer = (call.connector()?.as_str().to_owned(), call.peer.participant.clone());
    let this = platform.clone();
    call.once(&platform.node, "contract.end_by_order", move |tx| {
        Box::pin(async move {
            let registered = lock(tx, &order.contract_id).await?;
            must_be_disposable(order.disposal, &registered)?;
            let now = tx.now();
            let ground = Ground {
                termination_id: format!("order-{}", order.order_id),
                kind: TerminationKind::Order,
                reason: order.ground.clone(),
                disposal: order.disposal,
                agreed_end: None,
                issuer,
                clause: None,
                records: vec![record.record.id.clone()],
            };
            let seal = Seal::of(&this);
            let (registered, mut effects) = register::decide(registered, ground, &seal.at(now))?;
            effects.extend(breach::end(tx, order.contract_id.as_str()).await?);
            obey(&this, tx, registered, effects, &record).await
        })
    })
    .await
}

/// The regulator's own record of an order: signed by the caller, and of this order.
fn signed(call: &PeerCall, record: &Value, draft: &Draft) -> Result<SignedRecord, Failure> {
    call.must_be(Role::Regulator)?;
    let record = SignedRecord::parse(&xinyu_protocol::json::canonical(record).map_err(Failure::broken)?)
        .map_err(|error| evidence::malformed(&error.to_string()))?;
    evidence::check_author(call, &record)?;
    regulator::must_be_signed(draft, &record.record)?;
    Ok(record)
}

async fn lock(tx: &mut Tx, id: &ContractId) -> Result<Registered, Failure> {
    let found = xinyu_store::contract::lock(tx, id.as_str()).await?;
    Ok(found.ok_or_else(|| contract::unknown(id.as_str()))?)
}

/// Messages first, then the regulator's record, then ours of what followed from it.
async fn obey(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    effects: Vec<Effect>,
    record: &SignedRecord,
) -> Result<Answer, Failure> {
    xinyu_store::contract::save(tx, &registered).await?;
    let effects = onward::reach(tx, &registered, effects).await?;
    let (sends, records) = effects.into_iter().partition(|effect| matches!(effect, Effect::Send(_)));
    effect::apply(&platform.node, tx, sends).await?;
    xinyu_shell::log::append(tx, record).await?;
    effect::apply(&platform.node, tx, records).await?;
    tx.signal(Topic::Contract);
    Answer::json(200, &Status::done())
}
