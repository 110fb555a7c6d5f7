//! Metering by both sides, and its reconciliation. A difference is a thing of its own, never silently averaged. Pure.

use serde::{Deserialize, Serialize};
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// The three meters of one contract, and whether they agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// What the provider counted.
    pub provider: Option<Meter>,
    /// What the consumer counted.
    pub consumer: Option<Meter>,
    /// What the platform counted from the evidence that both sent.
    pub platform: Meter,
    /// The counters that differ, by name.
    pub differences: Vec<String>,
}

impl Reconciliation {
    /// Both sides reported and all three agree.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.provider.is_some() && self.consumer.is_some() && self.differences.is_empty()
    }
}

/// Compares the meters.
#[must_use]
pub fn reconcile(provider: Option<Meter>, consumer: Option<Meter>, platform: Meter) -> Reconciliation {
    type Counter = (&'static str, fn(&Meter) -> u64);
    const COUNTERS: [Counter; 6] = [
        ("deliveries", |m| m.deliveries),
        ("rows", |m| m.rows),
        ("bytes", |m| m.bytes),
        ("uses", |m| m.uses),
        ("refused", |m| m.refused),
        ("stopped", |m| m.stopped),
    ];
    let reported: Vec<&Meter> = provider.iter().chain(consumer.iter()).collect();
    let differences = COUNTERS
        .iter()
        .filter(|(_, counter)| reported.iter().any(|meter| counter(meter) != counter(&platform)))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    Reconciliation { provider, consumer, platform, differences }
}

/// A statement over which the meters differ is not paid until they agree. TC609-6-2025-01 §5.2.2.9 c.
#[must_use]
pub fn contested(id: &ContractId, zh: &str, en: &str) -> Rejection {
    Rejection::conflict(
        "statement-contested",
        format!("合约 {id} 的结算单有争议，计量不一致：{zh}"),
        format!("the statement of contract {id} is contested, the meters differ: {en}"),
    )
    .clause("TC609-6-2025-01 §5.2.2.9 c")
    .next(Text::new("请双方与平台核对计量，一致后再支付", "settle the difference of the meters first, then pay"))
}

/// The facts that are counted, by kind of record.
const QUANTITIES: [(&str, &[&str]); 2] =
    [("transfer.completed", &["rows", "bytes"]), ("transfer.delivered", &["rows", "bytes"])];

/// That what a record tells can be counted: a quantity that is none is refused when it comes, rather than taken for nothing.
///
/// # Errors
/// If a quantity is negative or no number.
pub fn must_count(record: &Record) -> Result<(), Rejection> {
    let counted = QUANTITIES.iter().filter(|(kind, _)| *kind == record.kind).flat_map(|(_, names)| names.iter());
    for name in counted {
        if let Some(value) = record.facts.get(*name).filter(|value| value.as_u64().is_none()) {
            return Err(Rejection::bad(
                "meter-quantity",
                format!("存证「{}」的 {name} 应为非负整数，不能是 {value}", record.kind),
                format!("{name} of a record {} must be an integer from 0, not {value}", record.kind),
            )
            .clause(format!("/record/facts/{name}")));
        }
    }
    Ok(())
}

/// Adds one record of evidence to a meter, by its kind. Deliveries are counted from the consumer's record of what it received.
#[must_use]
pub fn count(mut meter: Meter, kind: &str, facts: &dyn Fn(&str) -> Option<u64>) -> Meter {
    match kind {
        "transfer.completed" => {
            meter.deliveries = meter.deliveries.saturating_add(1);
            meter.rows = meter.rows.saturating_add(facts("rows").unwrap_or(0));
            meter.bytes = meter.bytes.saturating_add(facts("bytes").unwrap_or(0));
        }
        "usage.done" => meter.uses = meter.uses.saturating_add(1),
        "usage.refused" => meter.refused = meter.refused.saturating_add(1),
        "usage.stopped" | "usage.failed" => meter.stopped = meter.stopped.saturating_add(1),
        _ => {}
    }
    meter
}

/// The uses of each version of a contract, by the order of its log: a use is at the price of the version that was in force when its record came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByVersion {
    ended: Vec<u64>,
}

impl ByVersion {
    /// The platform's record of a later version came when so many uses had been counted.
    pub fn version(&mut self, uses: u64) {
        self.ended.push(uses);
    }

    /// Of each version, when so many uses were counted in all.
    #[must_use]
    pub fn uses(&self, all: u64) -> Vec<u64> {
        let mut before = 0;
        self.ended.iter().chain([&all]).map(|&uses| uses.saturating_sub(std::mem::replace(&mut before, uses))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_meters_agree_and_a_difference_is_named() {
        let meter = Meter { deliveries: 1, rows: 10, bytes: 99, uses: 3, refused: 1, stopped: 0 };
        assert!(reconcile(Some(meter), Some(meter), meter).is_agreed());
        let other = Meter { uses: 4, ..meter };
        assert_eq!(reconcile(Some(meter), Some(other), meter).differences, ["uses"]);
        assert!(!reconcile(Some(meter), None, meter).is_agreed());
    }

    #[test]
    fn uses_belong_to_the_version_in_force_when_their_record_came() {
        let mut by_version = ByVersion::default();
        assert_eq!(by_version.uses(7), [7]);
        by_version.version(3);
        by_version.version(3);
        assert_eq!(by_version.uses(7), [3, 0, 4]);
    }
}
