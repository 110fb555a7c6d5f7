//! The use that runs is decided again (持续决策): whenever something changed that the decision rests on, and at the moment at which time alone may change it.
//! What is permitted no more is stopped. TC609-6-2025-15 §7.1.1.3, §7.1.2.4 g, §8.1 f. Pure: the shell wakes, and cancels.

use jiff::{SignedDuration, Timestamp};
use xinyu_policy::{Decision, Verdict};

use super::decide::{Bar, CONTRACT_STATUS, decide, refuse};
use super::{Holding, Use, UseState};
use crate::policy_record::governing::Governing;

/// What is decided on a running use now, if it is permitted no more. The facts are those of its beginning, with the time of now; contract, data and standing are
/// those of now.
#[must_use]
pub fn review(holding: &Holding, policy: &Governing, one: &Use, bar: Option<&Bar>, now: Timestamp) -> Option<Decision> {
    if one.state != UseState::Running {
        return None;
    }
    let now = holding.time(now);
    let Some(mut request) = one.request.clone() else {
        return Some(unknown());
    };
    request.time = Some(now);
    let decision = decide(holding, policy, &one.beyond, &request, bar, now);
    (decision.decision != Verdict::Allow).then_some(decision)
}

/// When a running use has to be looked at again though nobody says that anything changed; none if time changes nothing.
#[must_use]
pub fn next_look(holding: &Holding, policy: &Governing, one: &Use, now: Timestamp) -> Option<Timestamp> {
    let now = holding.time(now);
    let mut request = one.request.clone()?;
    request.time = Some(now);
    let own = holding.terms.ends_at().and_then(|end| end.checked_add(SignedDuration::from_micros(1)).ok());
    let early = holding.ending.as_ref().map(|end| end.ends_at);
    let inherited = one.beyond.next_change(&request);
    own.into_iter().chain(early).filter(|end| *end > now).chain(policy.next_change(&request)).chain(inherited).min()
}

/// More was touched than was known when the use was decided on: a quota is judged by what really happened.
#[must_use]
pub fn touched(mut one: Use, rows: u64, bytes: u64) -> Use {
    if let Some(request) = &mut one.request {
        request.data_record = request.data_record.max(Some(rows));
        request.data_size = request.data_size.max(Some(bytes));
    }
    one
}

/// Of a use that was stopped and of which nothing more is known.
pub(super) fn unknown() -> Decision {
    refuse(
        CONTRACT_STATUS,
        "使用已被中止，其决策依据未留存".to_owned(),
        "the use was stopped, and what it was decided on is not kept".to_owned(),
    )
}
