//! Automatic renewal (自动续签): a version that nobody signs, since both have signed before that it follows. TC609-6-2025-14 §7.5 c. Pure.
//!
//! The contract says by how long it renews itself, how often, under which condition, and how long before its end either party may still refuse. Whether it does
//! is decided by its smart clauses over the log; what comes of it is computed from the version before and the record of the moment, to the last byte, by
//! whoever wants to know. [`super::must_follow`] compares.

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::tc609::contract::Contract;
use xinyu_protocol::tc609::smart_clause::{Consequence, SmartClause};
use xinyu_protocol::tc609::version::{RenewedBy, VersionKind, VersionLink};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use super::LONGEST_ANSWER;
use crate::contract::signing;
use crate::fault::Rejection;

/// The clause of the standard that this is about.
pub const CLAUSE: &str = "TC609-6-2025-14 §7.5 c";
/// The record by which a party says that it does not want the renewal.
pub const REFUSED: &str = "renewal.refused";

/// What a contract says of its renewal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms<'a> {
    /// The clause.
    pub clause: &'a SmartClause,
    /// By how long.
    pub by: &'a str,
    /// How long before the end it is decided.
    pub notice: &'a str,
}

/// The clause by which a contract renews itself, if it has one.
#[must_use]
pub fn of(clauses: &[SmartClause]) -> Option<Terms<'_>> {
    clauses.iter().find_map(|clause| match &clause.then {
        Consequence::Renew { by, notice } => Some(Terms { clause, by, notice }),
        _ => None,
    })
}

/// When it is decided: until then either party may refuse.
#[must_use]
pub fn moment(terms: Terms<'_>, ends_at: Timestamp) -> Option<Timestamp> {
    let notice = time::parse_duration(terms.notice).ok()?;
    // Counted from the end backwards, in whole spans of the calendar.
    time::add(ends_at, &notice.negate()).ok()
}

/// The next version as everybody computes it.
///
/// # Errors
/// A [`Rejection`] if the version before does not say that it renews itself so, or not then.
pub fn renewed(previous: &Contract, by: RenewedBy) -> Result<Contract, Rejection> {
    let id = &previous.contract_id;
    let wrong = |zh: &str, en: &str| {
        Rejection::bad(
            "version-renewal",
            format!("合约 {id} 的自动续签不成立：{zh}"),
            format!("contract {id} is not renewed by itself: {en}"),
        )
        .clause("/expansionItem/version/renewedBy")
    };
    let terms = of(&previous.expansion_item.smart_clauses)
        .filter(|terms| terms.clause.id == by.clause)
        .ok_or_else(|| wrong("合约中没有双方约定的该续签条款", "the parties have not agreed on such a clause"))?;
    let unwritable = |error: time::TimeError| Rejection::unwritable(&error.to_string());
    let (end, signed) =
        (time::parse_compact(&previous.indate).map_err(unwritable)?, time::parse_compact(&previous.sign_time));
    let (signed, span) = (signed.map_err(unwritable)?, time::parse_duration(terms.by).map_err(unwritable)?);
    let moment = moment(terms, end).ok_or_else(|| wrong("通知期无效", "its period of notice is none"))?;
    if by.at < moment || by.at >= end {
        return Err(wrong("时间不在通知期至到期之间", "it is not between the period of notice and the end"));
    }
    let at = by.at.max(signed);
    let longest = at.checked_add(LONGEST_ANSWER.saturating_sub(SignedDuration::from_secs(2))).unwrap_or(end);
    let mut next = previous.clone();
    next.sign_time = time::compact(at);
    next.indate = time::compact(time::add(end, &span).map_err(unwritable)?);
    next.expansion_item.version = Some(VersionLink {
        number: previous.version().saturating_add(1),
        previous: signing::hash(previous)?,
        kind: VersionKind::Renewal,
        reason: format!("智能条款 {} 自动续签", by.clause),
        answer_by: end.min(longest),
        renewed_by: Some(by),
    });
    Ok(next)
}

/// That a party may still say that it does not want the renewal.
///
/// # Errors
/// If the contract does not renew itself, or that is decided already.
pub fn must_be_refusable(contract: &Contract, now: Timestamp) -> Result<(), Rejection> {
    let id = &contract.contract_id;
    let Some(terms) = of(&contract.expansion_item.smart_clauses) else {
        return Err(Rejection::conflict(
            "renewal-none",
            format!("合约 {id} 没有自动续签条款，到期即终止"),
            format!("contract {id} does not renew itself, it ends at its time"),
        )
        .clause(CLAUSE));
    };
    let end = time::parse_compact(&contract.indate).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    if moment(terms, end).is_some_and(|moment| now < moment) {
        return Ok(());
    }
    Err(Rejection::conflict(
        "renewal-late",
        format!("合约 {id} 的续签通知期已过，本期不能再拒绝"),
        format!("the period of notice of contract {id} is over, this renewal cannot be refused any more"),
    )
    .clause(CLAUSE)
    .next(Text::new("可与对方协商提前终止", "propose to the other party to end the contract")))
}
