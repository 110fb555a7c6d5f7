//! What a report contradicts: the node's own records in the platform's log, its own account, the reports of the other side. Pure.

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::performance::{Against, Counts, Discrepancy, PerformanceReport};

use super::Chain;
use crate::negotiation::Side;

type Counter<T> = (&'static str, fn(&T) -> u64);

const COUNTERS: [Counter<Counts>; 11] = [
    ("records", |counts| counts.records),
    ("deliveries", |counts| counts.deliveries),
    ("rows", |counts| counts.rows),
    ("bytes", |counts| counts.bytes),
    ("delivery_failures", |counts| counts.delivery_failures),
    ("done", |counts| counts.done),
    ("refused", |counts| counts.refused),
    ("stopped", |counts| counts.stopped),
    ("failed", |counts| counts.failed),
    ("duties_done", |counts| counts.duties_done),
    ("duties_failed", |counts| counts.duties_failed),
];

/// What both sides count. What is refused after the account is closed is counted by the consumer alone.
const ACCOUNT: [Counter<Meter>; 5] = [
    ("deliveries", |meter| meter.deliveries),
    ("rows", |meter| meter.rows),
    ("bytes", |meter| meter.bytes),
    ("uses", |meter| meter.uses),
    ("stopped", |meter| meter.stopped),
];

/// Compares the counts of a period with those of the node's records.
#[must_use]
pub fn with_evidence(report: &PerformanceReport, counted: &Counts) -> Vec<Discrepancy> {
    let mut found: Vec<Discrepancy> = COUNTERS
        .iter()
        .filter(|(_, counter)| counter(&report.period) != counter(counted))
        .map(|(name, counter)| discrepancy(Against::Evidence, name, counter(&report.period), counter(counted)))
        .collect();
    if found.is_empty() && report.period.actions != counted.actions {
        let all = |counts: &Counts| counts.actions.values().fold(0, |sum: u64, one| sum.saturating_add(one.allowed));
        found.push(discrepancy(Against::Evidence, "actions", all(&report.period), all(counted)));
    }
    found
}

/// Compares the consumer's sums with its own account.
#[must_use]
pub fn with_account(chain: &Chain, report: &PerformanceReport) -> Vec<Discrepancy> {
    if chain.side != Side::Consumer {
        return Vec::new();
    }
    let (total, meter) = (&report.total, &report.meter);
    let pairs = [
        ("deliveries", total.deliveries, meter.deliveries),
        ("rows", total.rows, meter.rows),
        ("bytes", total.bytes, meter.bytes),
        ("uses", total.done, meter.uses),
    ];
    let differs = pairs.into_iter().filter(|(_, said, found)| said != found);
    differs.map(|(name, said, found)| discrepancy(Against::Account, name, said, found)).collect()
}

/// Compares with the reports of the other side. Neither hears at once of what the other does, so that only what cannot be a matter of one period is a
/// contradiction: less than the other knew a period before, or more than it knew a period later. When both are done they must say the same.
#[must_use]
pub fn with_peer(chain: &Chain, report: &PerformanceReport, peers: &[PerformanceReport]) -> Vec<Discrepancy> {
    let period = SignedDuration::from_secs(i64::try_from(chain.period_seconds).unwrap_or(i64::MAX));
    let before = report.until.checked_sub(period).unwrap_or(Timestamp::MIN);
    let after = report.until.checked_add(period).unwrap_or(Timestamp::MAX);
    let last = peers.iter().find(|peer| peer.is_final);
    let earlier = match last.filter(|_| report.is_final) {
        Some(last) => Some(last),
        None => peers.iter().filter(|peer| peer.until <= before).max_by_key(|peer| peer.number),
    };
    let later = last.or_else(|| peers.iter().filter(|peer| peer.until >= after).min_by_key(|peer| peer.number));
    let mut found = Vec::new();
    for (name, counter) in ACCOUNT {
        let said = counter(&report.meter);
        let least = earlier.map(|peer| counter(&peer.meter)).filter(|least| said < *least);
        let most = later.map(|peer| counter(&peer.meter)).filter(|most| said > *most);
        if let Some(other) = least.or(most) {
            found.push(discrepancy(Against::Peer, name, said, other));
        }
    }
    found
}

fn discrepancy(against: Against, counter: &str, said: u64, found: u64) -> Discrepancy {
    Discrepancy { against, counter: counter.to_owned(), said, found }
}
