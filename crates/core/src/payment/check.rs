//! What must hold of a payment before it is taken, and how its lack is told. Pure.

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::tc609::payment::{Paid, PaymentNotice};
use xinyu_protocol::text::Text;

use super::state::{Act, State, target};
use super::{CLAUSE, Order};
use crate::dispute::CONTEST;
use crate::event::yuan;
use crate::fault::Rejection;
use crate::metering;

/// How long a bank's reference may be.
pub const REFERENCE_CHARS: std::ops::RangeInclusive<usize> = 4..=64;
/// How much older than its statement a payment may be: banks tell days.
const EARLIEST: SignedDuration = SignedDuration::from_hours(24);

/// That something is due that this pays, and where that leads.
pub(super) fn may_pay(order: &Order, paid: &Paid) -> Result<State, Rejection> {
    let id = &order.contract_id;
    if paid.payment_id.trim().is_empty() || paid.payment_id.chars().count() > 64 {
        return Err(Rejection::bad(
            "payment-id",
            "支付编号应为 1–64 个字符",
            "the key of a payment has 1 to 64 characters",
        )
        .clause("/paymentId"));
    }
    must_not_be_contested(order)?;
    let to = target(order.state, Act::Pay).ok_or_else(|| not_due(order))?;
    if paid.statement_hash != order.statement_hash {
        return Err(Rejection::conflict(
            "statement-changed",
            format!("合约 {id} 的结算单已不是您所支付的那一份"),
            format!("the statement of contract {id} is not the one that you pay"),
        )
        .clause(CLAUSE)
        .next(Text::new("请重新打开结算单，核对后再支付", "look at the statement again before you pay it")));
    }
    reference(&paid.reference)?;
    Ok(to)
}

/// That the meters agree: a statement that is contested is not paid.
fn must_not_be_contested(order: &Order) -> Result<(), Rejection> {
    if order.contested.is_empty() {
        return Ok(());
    }
    if let Some(dispute) = order.contested.iter().find_map(|one| one.strip_prefix(CONTEST)) {
        let id = &order.contract_id;
        return Err(Rejection::conflict(
            "payment-disputed",
            format!("合约 {id} 的支付在争议 {dispute} 中，了结前不到期"),
            format!("the payment of contract {id} is in dispute {dispute}, it is not due until that is closed"),
        )
        .clause(crate::dispute::CLAUSE)
        .next(Text::new(
            "请在争议中陈述、和解，或等待裁决",
            "speak in the dispute, settle it, or wait for the decision",
        )));
    }
    let counters = order.contested.join(", ");
    Err(metering::contested(&order.contract_id, &counters, &counters))
}

fn not_due(order: &Order) -> Rejection {
    let id = &order.contract_id;
    if order.state == State::Confirmed {
        return Rejection::conflict(
            "already-confirmed",
            format!("合约 {id} 的结算单已付清，收款方均已确认"),
            format!("the statement of contract {id} is paid, all payees have confirmed it"),
        );
    }
    Rejection::conflict(
        "already-paid",
        format!("合约 {id} 的结算单已登记支付，正待收款方确认"),
        format!("the statement of contract {id} was paid already, the payees have to confirm it"),
    )
    .next(Text::new("请等待收款方确认；被拒绝后可再次支付", "wait for the payees; what they refuse can be paid again"))
}

fn reference(reference: &str) -> Result<(), Rejection> {
    let is_sound = REFERENCE_CHARS.contains(&reference.chars().count())
        && reference.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '/' | '.' | '_'));
    if is_sound {
        return Ok(());
    }
    Err(Rejection::bad(
        "payment-reference",
        "银行流水号应为 4–64 个字母、数字或 - / . _",
        "a bank's reference has 4 to 64 letters, digits or - / . _",
    )
    .clause("/reference")
    .next(Text::new("请照银行回单填写流水号", "copy the reference from the bank's receipt")))
}

/// That it pays what is open.
pub(super) fn amount(paid: &Paid, open_fen: u64) -> Result<(), Rejection> {
    if paid.amount_fen == open_fen {
        return Ok(());
    }
    let (said, open) = (yuan(paid.amount_fen), yuan(open_fen));
    Err(Rejection::bad(
        "payment-amount",
        format!("应付 {open} 元，填报为 {said} 元"),
        format!("{open} CNY are due, not {said} CNY"),
    )
    .clause("/amountFen"))
}

/// That it was paid by now, and not before there was anything to pay.
pub(super) fn time(order: &Order, paid: &Paid, now: Timestamp) -> Result<(), Rejection> {
    let at = paid.paid_at;
    if at > now {
        return Err(Rejection::bad(
            "payment-in-future",
            format!("支付时间 {at} 尚未到来"),
            format!("the time of the payment, {at}, is yet to come"),
        )
        .clause("/paidAt"));
    }
    if at.checked_add(EARLIEST).is_ok_and(|latest| latest < order.stated_at) {
        let stated = order.stated_at;
        return Err(Rejection::bad(
            "payment-before-statement",
            format!("支付时间 {at} 早于结算单出具时间 {stated}"),
            format!("the time of the payment, {at}, is before the statement was made, {stated}"),
        )
        .clause("/paidAt"));
    }
    Ok(())
}

/// That a notice covers whatever is open here, and pays what it covers: a confirmation that the payer has not heard of may be under way to it.
pub(super) fn covers(order: &Order, notice: &PaymentNotice) -> Result<(), Rejection> {
    let mut sum = 0_u64;
    for covered in &notice.covers {
        let payee = order.payees.iter().find(|payee| payee.participant_id == *covered);
        let payee = payee.ok_or_else(|| not_a_payee(order))?;
        sum = sum.saturating_add(payee.amount_fen);
    }
    let names_once = notice.covers.iter().enumerate().all(|(at, one)| !notice.covers.iter().take(at).any(|x| x == one));
    if !names_once || order.open().any(|payee| !notice.covers.contains(&payee.participant_id)) {
        return Err(Rejection::bad(
            "payment-covers",
            format!("合约 {} 的支付未覆盖全部未收份额", order.contract_id),
            format!("the payment of contract {} does not cover every open share once", order.contract_id),
        )
        .clause("/covers"));
    }
    amount(&notice.paid, sum)
}

/// Another payment under a key that is taken.
pub(super) fn taken(payment_id: &str) -> Rejection {
    Rejection::conflict(
        "payment-id-taken",
        format!("支付编号 {payment_id} 已用于另一笔支付"),
        format!("payment {payment_id} is another one"),
    )
}

/// A message about an attempt whose predecessor has not come.
pub(super) fn out_of_order(order: &Order, attempt: u32) -> Rejection {
    let id = &order.contract_id;
    Rejection::conflict(
        "payment-out-of-order",
        format!("合约 {id} 没有第 {attempt} 次支付"),
        format!("contract {id} has no attempt {attempt} at paying it"),
    )
}

/// Somebody to whom nothing is owed.
pub(super) fn not_a_payee(order: &Order) -> Rejection {
    let id = &order.contract_id;
    Rejection::forbidden(
        "not-a-payee",
        format!("您不是合约 {id} 结算单的收款方"),
        format!("nothing of the statement of contract {id} is owed to you"),
    )
    .clause(CLAUSE)
}

/// There is no such order here.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-payment",
        format!("合约 {contract_id} 没有应付的结算单"),
        format!("contract {contract_id} has no statement that is to be paid"),
    )
}
