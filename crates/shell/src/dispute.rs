//! Disputes as both kinds of node keep and show them. Who says what in one is decided by the core.

use jiff::Timestamp;
use xinyu_core::dispute::{self, Dispute};
use xinyu_core::payment;
use xinyu_protocol::api::dispute::{DisputeInfo, DisputeStepInfo};
use xinyu_protocol::tc609::dispute::DisputeStep;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;

/// How many disputes are listed.
pub const MOST: u32 = 500;

/// Keeps a dispute as it is now, and what it means for the payment of its contract: while one over it is open, the payment is not due.
///
/// # Errors
/// If the store fails, or the id is another dispute already.
pub async fn keep(tx: &mut Tx, one: &Dispute, is_new: bool) -> Result<(), Failure> {
    if is_new {
        let is_free = xinyu_store::dispute::insert(tx, one).await?;
        if !is_free {
            return Err(dispute::taken(&one.dispute_id).into());
        }
    } else {
        xinyu_store::dispute::save(tx, one).await?;
    }
    contest(tx, one.place.contract_id.as_str()).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// Has the payment of a contract, if there is one, be contested by the open disputes over it.
///
/// # Errors
/// If the store fails.
pub async fn contest(tx: &mut Tx, contract_id: &str) -> Result<(), Failure> {
    let Some(mut order) = xinyu_store::payment::lock(tx, contract_id).await? else { return Ok(()) };
    let open = dispute::contests(&xinyu_store::dispute::of_contract(tx, contract_id).await?);
    if payment::dispute(&mut order, &open) {
        xinyu_store::payment::save(tx, &order).await?;
    }
    Ok(())
}

/// A dispute for people of a node that is known as `me`, with its statements; whom `name_of` does not know has no name.
///
/// # Errors
/// If a statement has no canonical form, which its check has ruled out.
pub fn info(
    dispute: &Dispute,
    me: &str,
    name_of: &dyn Fn(&str) -> String,
    now: Timestamp,
) -> Result<DisputeInfo, Failure> {
    let steps = dispute.steps.iter().map(|step| step_info(step, me, name_of)).collect::<Result<Vec<_>, Failure>>()?;
    let last = dispute.last().filter(|_| !dispute.state.is_open());
    Ok(DisputeInfo {
        dispute_id: dispute.dispute_id.clone(),
        contract_id: dispute.place.contract_id.as_str().to_owned(),
        space_id: dispute.place.space_id.clone(),
        subject: dispute.subject,
        amount_fen: dispute.amount_fen(),
        state: dispute.state.as_str().to_owned(),
        ruling: dispute.ruling(),
        opener: dispute.opener.clone(),
        opener_name: name_of(&dispute.opener),
        respondent: dispute.respondent().to_owned(),
        respondent_name: name_of(dispute.respondent()),
        opened_at: dispute.opened_at,
        answer_by: dispute.answer_by,
        is_heard: dispute.is_heard(now),
        closed_at: last.map(|last| last.at),
        statements: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        steps,
        moves: dispute.moves(me, now).into_iter().map(|act| act.as_str().to_owned()).collect(),
    })
}

/// The line of a list: without what was said.
#[must_use]
pub fn line(info: DisputeInfo) -> DisputeInfo {
    DisputeInfo { steps: Vec::new(), ..info }
}

fn step_info(step: &DisputeStep, me: &str, name_of: &dyn Fn(&str) -> String) -> Result<DisputeStepInfo, Failure> {
    let said = &step.statement;
    Ok(DisputeStepInfo {
        number: said.number,
        act: said.act,
        author: said.author.clone(),
        author_name: name_of(&said.author),
        is_ours: said.author == me,
        at: said.at,
        text: said.text.clone(),
        ruling: said.ruling,
        records: said.records.clone(),
        attachments: said.attachments.clone(),
        digest: dispute::digest(said)?,
    })
}
