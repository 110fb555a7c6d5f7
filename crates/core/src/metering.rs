//! Metering by both sides, and its reconciliation: in all when a contract is over (here), and period after period while it runs ([`ledger`], by the
//! meters of [`definition`]). A difference is a thing of its own, never silently averaged. Pure.

pub mod account;
pub mod book;
pub mod definition;
pub mod ledger;
pub(crate) mod tell;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// The clause that asks for it.
pub const CLAUSE: &str = "NDI-TR-2025-05 §6.2.5 b";

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

/// That what a record tells can be counted: a quantity that is none is refused when it comes, rather than taken for nothing.
///
/// # Errors
/// If a quantity is negative or no number.
pub fn must_count(record: &Record) -> Result<(), Rejection> {
    for name in definition::facts(&record.kind) {
        let is_none = |value: &&serde_json::Value| value.as_u64().is_none_or(|value| i64::try_from(value).is_err());
        if let Some(value) = record.facts.get(name).filter(is_none) {
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
