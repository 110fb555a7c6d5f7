//! One side's account of one contract: events go into the period in which they happened, once; a period that was counted is never touched again, and what
//! comes too late for it is an adjustment in the next one. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_protocol::tc609::metering::{Count, Tally};

use super::definition;

/// The periods of a contract: numbered from 1, each as long as the one before, from the creation of the contract on, which all sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The beginning of the first.
    pub since: Timestamp,
    /// The length of each.
    pub seconds: u64,
}

impl Calendar {
    /// The period of a moment; the first for whatever was before. The moment at which one ends is in the next.
    #[must_use]
    pub fn period(&self, at: Timestamp) -> u32 {
        let seconds = at.as_second().saturating_sub(self.since.as_second()).max(0);
        let period = seconds.checked_div(i64::try_from(self.seconds.max(1)).unwrap_or(i64::MAX)).unwrap_or(0);
        u32::try_from(period).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// When a period begins.
    #[must_use]
    pub fn from(&self, period: u32) -> Timestamp {
        self.until(period.saturating_sub(1))
    }

    /// When a period ends.
    #[must_use]
    pub fn until(&self, period: u32) -> Timestamp {
        let seconds = i64::try_from(self.seconds).unwrap_or(i64::MAX).saturating_mul(i64::from(period));
        self.since.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }
}

/// What one side has counted, and counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The last period that was counted; 0 before the first.
    pub closed: u32,
    /// What came for periods that were not counted yet.
    pub open: BTreeMap<u32, Tally>,
    /// What came for those that were, since the last count.
    pub late: BTreeMap<u32, Tally>,
    /// All that was counted.
    pub total: Tally,
    /// Whether the last count was the final one.
    pub is_final: bool,
}

impl Account {
    /// Takes what one event adds to the period in which it happened.
    pub fn add(&mut self, period: u32, tally: &Tally) {
        if tally.is_empty() {
            return;
        }
        let to = if period <= self.closed { &mut self.late } else { &mut self.open };
        add(to.entry(period).or_default(), tally);
    }

    /// Whether something waits that no count has told.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.open.is_empty() || !self.late.is_empty()
    }

    /// Counts the next period, for good. The final count takes in what was told of later periods: nobody waits for them.
    pub fn close(&mut self, is_final: bool) -> Count {
        let period = self.closed.saturating_add(1);
        let mut counted = self.open.remove(&period).unwrap_or_default();
        if is_final {
            for tally in std::mem::take(&mut self.open).into_values() {
                add(&mut counted, &tally);
            }
        }
        let adjustments = std::mem::take(&mut self.late);
        for tally in adjustments.values().chain([&counted]) {
            add(&mut self.total, tally);
        }
        (self.closed, self.is_final) = (period, is_final);
        Count { period, counted, adjustments, total: self.total.clone(), is_final, definitions: definition::digest() }
    }
}

/// Adds up; what comes to nothing is left out.
pub(crate) fn add(to: &mut Tally, more: &Tally) {
    for (name, quantity) in more {
        let there = to.entry(name.clone()).or_insert(0);
        *there = there.saturating_add(*quantity);
    }
    to.retain(|_, quantity| *quantity != 0);
}

/// Whether a count says what follows on the total before it, so that nothing is left out or counted twice.
#[must_use]
pub fn follows(before: &Tally, count: &Count) -> bool {
    let mut total = before.clone();
    for tally in count.adjustments.values().chain([&count.counted]) {
        add(&mut total, tally);
    }
    total == count.total && count.adjustments.keys().all(|period| *period < count.period)
}
