//! What the payees say: whether the money has come. Pure.

use jiff::Timestamp;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::payment::PaymentAnswer;
use xinyu_protocol::text::Text;

use super::state::{Act, target};
use super::{CLAUSE, Order, Refusal, check, stream};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// How long a reason may be.
pub const REASON_CHARS: usize = 256;

/// A payee's people say whether the money of an attempt has come. Said again it changes nothing.
///
/// # Errors
/// If they are no payee's, nothing was paid, or what they say contradicts what they have said.
pub fn answer(
    order: Order,
    payees: Vec<ParticipantId>,
    attempt: u32,
    verdict: Verdict<'_>,
    now: Timestamp,
) -> Result<(Order, Option<PaymentAnswer>), Rejection> {
    if payees.is_empty() {
        return Err(check::not_a_payee(&order));
    }
    if order.newest() == 0 {
        return Err(nothing_paid(&order));
    }
    let is_open = order.open().any(|payee| payees.contains(&payee.participant_id));
    // Who has confirmed already is not asked again.
    let payees = order.open().map(|payee| payee.participant_id.clone()).filter(|one| payees.contains(one)).collect();
    let (received, reason) = match verdict {
        Verdict::Received if !is_open => return Ok((order, None)),
        Verdict::Received => (true, String::new()),
        Verdict::Refused(_) if !is_open => return Err(confirmed_before(&order)),
        Verdict::Refused(reason) => (false, sound(reason)?),
    };
    let answer = PaymentAnswer { contract_id: order.contract_id.clone(), attempt, payees, received, reason, at: now };
    if !received && attempt < order.newest() {
        return Err(superseded(&order, attempt));
    }
    if !received && has_refused(&order, &answer) {
        return Ok((order, None));
    }
    Ok((learn(order, &answer)?, Some(answer)))
}

/// What a payee says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It has come.
    Received,
    /// It has not, and why that is thought.
    Refused(&'a str),
}

/// What a payee said arrives, or is said here. What it said of an attempt that another one has followed is too late to refuse it.
///
/// # Errors
/// If it is of an attempt that is not known, or of somebody to whom nothing is owed.
pub fn learn(mut order: Order, answer: &PaymentAnswer) -> Result<Order, Rejection> {
    let newest = order.newest();
    if answer.attempt == 0 || answer.attempt > newest {
        return Err(check::out_of_order(&order, answer.attempt));
    }
    let is_payee = |one: &ParticipantId| order.payees.iter().any(|payee| payee.participant_id == *one);
    if answer.payees.is_empty() || !answer.payees.iter().all(is_payee) {
        return Err(check::not_a_payee(&order));
    }
    if answer.received {
        let mut has_changed = false;
        for payee in order.payees.iter_mut().filter(|payee| answer.payees.contains(&payee.participant_id)) {
            has_changed |= payee.confirmed_at.is_none();
            payee.confirmed_at.get_or_insert(answer.at);
        }
        let act = if order.open().next().is_none() { Act::Settle } else { Act::Confirm };
        if has_changed {
            order.state = target(order.state, act).unwrap_or(order.state);
        }
        return Ok(order);
    }
    let is_open = order.open().any(|payee| answer.payees.contains(&payee.participant_id));
    if answer.attempt == newest && is_open && !has_refused(&order, answer) {
        let refusal = |payee: &ParticipantId| Refusal {
            payee: Some(payee.clone()),
            reason: answer.reason.clone(),
            at: answer.at,
        };
        if let Some(last) = order.attempts.last_mut() {
            last.refusals.extend(answer.payees.iter().map(refusal));
        }
        order.state = target(order.state, Act::Refuse).unwrap_or(order.state);
    }
    Ok(order)
}

/// The platform did not take what the payer said: it is due again, and the payer sees why.
#[must_use]
pub fn bounce(mut order: Order, attempt: u32, reason: &str, now: Timestamp) -> Order {
    if attempt != order.newest() {
        return order;
    }
    let reason: String = reason.chars().take(REASON_CHARS).collect();
    if let Some(last) = order.attempts.last_mut() {
        last.refusals.push(Refusal { payee: None, reason, at: now });
    }
    order.state = target(order.state, Act::Refuse).unwrap_or(order.state);
    order
}

/// What an answer of our own people leaves: a record, and the answer on its way to the others.
///
/// # Errors
/// If the message has no canonical form.
pub fn effects(
    order: &Order,
    answer: &PaymentAnswer,
    to: &[&str],
    is_platform: bool,
) -> Result<Vec<Effect>, Rejection> {
    let shares = order.payees.iter().filter(|payee| answer.payees.contains(&payee.participant_id));
    let amount = shares.fold(0, |sum: u64, payee| sum.saturating_add(payee.amount_fen));
    let kind = if answer.received { "payment.confirmed" } else { "payment.refused" };
    let draft = Draft::new(kind, &order.space_id)
        .contract(&order.contract_id)
        .fact("attempt", answer.attempt)
        .fact("amount_fen", amount)
        .fact("statement", order.statement_hash.as_str());
    let draft = if answer.received { draft } else { draft.fact("reason", answer.reason.as_str()) };
    let mut effects = vec![Effect::Record(draft)];
    for to in to {
        effects.push(if is_platform {
            super::relay(to, "payment.answer", "/tc609/paymentAnswer", answer)?
        } else {
            Effect::Send(Outgoing::json(to, stream(order), "payment.answer", "/tc609/paymentAnswer", answer)?)
        });
    }
    Ok(effects)
}

fn has_refused(order: &Order, answer: &PaymentAnswer) -> bool {
    let refusals = order.attempts.last().map_or(&[][..], |last| &last.refusals);
    answer.payees.iter().all(|one| refusals.iter().any(|refusal| refusal.payee.as_ref() == Some(one)))
}

fn sound(reason: &str) -> Result<String, Rejection> {
    let reason = reason.trim();
    if !reason.is_empty() && reason.chars().count() <= REASON_CHARS {
        return Ok(reason.to_owned());
    }
    Err(Rejection::bad(
        "refusal-reason",
        format!("拒绝确认须写明理由（1–{REASON_CHARS} 个字符）"),
        format!("a refusal needs a reason of 1 to {REASON_CHARS} characters"),
    )
    .clause("/reason"))
}

fn nothing_paid(order: &Order) -> Rejection {
    let id = &order.contract_id;
    Rejection::conflict(
        "nothing-paid",
        format!("合约 {id} 尚未登记支付，无从确认"),
        format!("nothing was said to have been paid for contract {id}"),
    )
    .clause(CLAUSE)
    .next(Text::new("请等待使用方登记支付", "wait until the consumer says that it has paid"))
}

fn confirmed_before(order: &Order) -> Rejection {
    let id = &order.contract_id;
    Rejection::conflict(
        "already-confirmed",
        format!("您已确认收到合约 {id} 的款项，不能再拒绝"),
        format!("you have confirmed the money of contract {id}, it cannot be refused any more"),
    )
}

fn superseded(order: &Order, attempt: u32) -> Rejection {
    let newest = order.newest();
    Rejection::conflict(
        "attempt-superseded",
        format!("第 {attempt} 次支付之后已有第 {newest} 次，请对最新一次作答"),
        format!("attempt {attempt} was followed by attempt {newest}, answer the newest"),
    )
    .clause("/attempt")
}
