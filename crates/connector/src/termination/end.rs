//! The end takes effect: at once, or at its time. Uses are cancelled, deliveries and negotiation terminated, the data disposed of (`destruction`).
//! TC609-6-2025-14 §7.6 c, d; TC609-6-2025-15 §7.1.2.4 g.

use xinyu_core::agreement::Agreement;
use xinyu_core::contract::{self, signing};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::termination::{Basis, End, proposal, register};
use xinyu_core::usage::{Holding, HoldingState, Stop};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::termination::{ContractTerminate, TerminateType, TerminationKind, TerminationVoucher};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::{negotiation, performance, transfer};

/// The platform's voucher is kept, and takes effect when it is time. The same voucher again, with what was done afterwards, is kept in its place.
///
/// # Errors
/// If there is no voucher.
pub(super) async fn obey(connector: Connector, call: PeerCall, message: ContractTerminate) -> Result<Answer, Failure> {
    let this = connector.clone();
    let contract_id = message.contract_id.as_str().to_owned();
    let voucher = message.expansion_item.and_then(|expansion| expansion.voucher).ok_or_else(|| {
        Rejection::bad("no-voucher", "终止报文没有终止凭证", "the message carries no voucher").clause("/expansionItem")
    })?;
    if voucher.notice.contract_id != message.contract_id {
        return Err(contract::unknown(voucher.notice.contract_id.as_str()).into());
    }
    let answer = call
        .once(&connector.node, "termination.obey", move |tx| {
            Box::pin(async move {
                let id = voucher.notice.contract_id.as_str().to_owned();
                keep(tx, &voucher).await?;
                let agreement = xinyu_store::agreement::lock(tx, &id).await?;
                match agreement {
                    Some(agreement) => take_up(tx, agreement, voucher.clone()).await?,
                    None => note(tx, &id, &End::of(&voucher)).await?,
                }
                take_effect(&this, tx, &id, Some(End::of(&voucher))).await?;
                for open in xinyu_store::termination::list(tx, &id).await? {
                    let note = "合约以其他方式终止 / the contract ends otherwise";
                    let filed = proposal::filed(open, &voucher.notice.termination_id, note);
                    xinyu_store::termination::save(tx, &filed).await?;
                }
                tx.signal(Topic::Usage);
                tx.signal(Topic::Contract);
                tx.signal(Topic::Negotiation);
                Answer::json(200, &Status::done())
            })
        })
        .await?;
    stop_uses(&connector, &contract_id).await?;
    Ok(answer)
}

/// The data knows when it ends; what is over there already needs no end. Data that was handed on to us has no agreement here, and ends like any other.
async fn note(tx: &mut Tx, id: &str, end: &End) -> Result<(), Failure> {
    if let Some(mut holding) = xinyu_store::holding::lock(tx, id).await?
        && matches!(holding.state, HoldingState::Awaited | HoldingState::Held)
    {
        holding.ending = Some(end.clone());
        if end.kind == TerminationKind::Order && holding.terms.handed_on().is_some() {
            // The end takes the place of the freeze.
            holding.stopped = holding.stopped.filter(|stop: &Stop| !stop.is_freeze());
        }
        xinyu_store::holding::save(tx, &holding).await?;
    }
    Ok(())
}

async fn take_up(tx: &mut Tx, mut agreement: Agreement, voucher: TerminationVoucher) -> Result<(), Failure> {
    note(tx, agreement.contract_id.as_str(), &End::of(&voucher)).await?;
    agreement.ending = Some(voucher);
    Ok(xinyu_store::agreement::save(tx, &agreement).await?)
}

fn name(contract_id: &str) -> String {
    format!("end/{contract_id}")
}

/// So that a contract that is ended before it is signed gets no further.
async fn keep(tx: &mut Tx, voucher: &TerminationVoucher) -> Result<(), Failure> {
    let text = serde_json::to_string(voucher).map_err(Failure::broken)?;
    Ok(xinyu_store::setting::set(tx, &name(voucher.notice.contract_id.as_str()), &text).await?)
}

/// The platform's voucher of a contract, if there is one.
///
/// # Errors
/// If the store fails.
pub(crate) async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<TerminationVoucher>, Failure> {
    let kept = xinyu_store::setting::find(tx, &name(contract_id)).await?;
    kept.map(|text| serde_json::from_str(&text).map_err(Failure::broken)).transpose()
}

/// Ends a contract on this side if it is time and no freeze holds it; `end` is known from elsewhere where there is no agreement yet.
///
/// # Errors
/// If the store fails.
pub(crate) async fn take_effect(connector: &Connector, tx: &mut Tx, id: &str, end: Option<End>) -> Result<(), Failure> {
    let now = tx.now();
    let negotiation = match xinyu_store::negotiation::find_by_contract(tx, id).await? {
        Some(found) => xinyu_store::negotiation::lock(tx, found.pid()).await?,
        None => None,
    };
    let agreement = xinyu_store::agreement::lock(tx, id).await?;
    let is_frozen = agreement.as_ref().is_some_and(Agreement::is_frozen);
    let Some(end) = agreement.as_ref().and_then(Agreement::end).or(end) else {
        return Ok(());
    };
    if !end.is_effective(is_frozen, now) {
        return Ok(());
    }
    if let Some(mut agreement) = agreement {
        if agreement.ended_at.is_some() {
            return Ok(());
        }
        agreement.ended_at = Some(now);
        let holding = xinyu_store::holding::lock(tx, id).await?;
        if end.kind == TerminationKind::Order {
            // The end takes the place of the freeze.
            agreement.stopped = agreement.stopped.filter(|stop| !stop.is_freeze());
            if let Some(holding) = holding {
                let stopped = holding.stopped.clone().filter(|stop: &Stop| !stop.is_freeze());
                xinyu_store::holding::save(tx, &Holding { stopped, ..holding }).await?;
            }
        }
        xinyu_store::agreement::save(tx, &agreement).await?;
        performance::wake(connector, tx, id).await?;
    }
    for open in xinyu_store::transfer::lock_open(tx, id).await? {
        transfer::terminate(connector, tx, open, &end.reason).await?;
    }
    if let Some(negotiation) = negotiation {
        negotiation::end(connector, tx, negotiation, &end.reason).await?;
    }
    tx.signal(Topic::Usage);
    tx.signal(Topic::Contract);
    Ok(())
}

/// The contract's own time is over: the platform is told in the standard's own fields, signed over the notice that they mean. B.2.6 `02`.
///
/// # Errors
/// If the store fails. With a partner there is nothing to tell.
pub(crate) async fn expire(connector: &Connector, tx: &mut Tx, holding: &Holding) -> Result<(), Failure> {
    let Some(signed) = holding.terms.signed() else {
        return Ok(());
    };
    let (basis, now) = (Basis::of(signed, &signing::hash(&signed.contract)?)?, tx.now());
    let mut message = ContractTerminate {
        contract_name: basis.name.clone(),
        contract_id: basis.contract_id.clone(),
        issue_time: now,
        terminate_type: TerminateType::Expiry,
        activation_time: basis.activation,
        scheduled_end_time: basis.scheduled_end,
        agreed_end_time: None,
        issuer_id: holding.holder.as_str().to_owned(),
        issuer_entity_id: connector.options.participant_id.clone(),
        signature: String::new(),
        expansion_item: None,
    };
    message.signature = super::sign(connector, &register::expiry_notice(&basis, &message))?.signature;
    let (platform, stream) = (connector.node.platform_id(), format!("termination/{}", basis.contract_id));
    let send = Outgoing::json(&platform, stream, "termination", "/tc609/contractTerminate", &message)?;
    effect::apply(&connector.node, tx, vec![Effect::Send(send)]).await
}

/// Cancels the running uses of a contract whose end has taken effect.
pub(crate) async fn stop_uses(connector: &Connector, id: &str) -> Result<(), Failure> {
    let (wanted, now) = (id.to_owned(), connector.node.store.clock().now());
    let found = connector.node.store.read("termination.holding", move |tx| {
        Box::pin(async move { xinyu_store::holding::find(tx, &wanted).await.map_err(Failure::from) })
    });
    if found.await?.is_some_and(|holding| holding.ended(now).is_some()) {
        connector.running.stop(id);
    }
    Ok(())
}

/// Ends what is agreed for a time that has come. When the next one comes, if one is known.
///
/// # Errors
/// If the store fails.
pub(crate) async fn round(connector: &Connector) -> Result<Option<jiff::Timestamp>, Failure> {
    let all = connector.node.store.read("agreement.ending", |tx| {
        Box::pin(async move { xinyu_store::agreement::ending(tx).await.map_err(Failure::from) })
    });
    let now = connector.node.store.clock().now();
    let mut next = None;
    for agreement in all.await? {
        let Some(end) = agreement.end() else { continue };
        if end.ends_at > now {
            next = next.or(Some(end.ends_at));
            continue;
        }
        if !end.is_effective(agreement.is_frozen(), now) {
            continue;
        }
        let (this, id) = (connector.clone(), agreement.contract_id.as_str().to_owned());
        let ended = connector
            .node
            .store
            .write("termination.end", move |tx| Box::pin(async move { take_effect(&this, tx, &id, None).await }));
        ended.await?;
        stop_uses(connector, agreement.contract_id.as_str()).await?;
    }
    Ok(next)
}
