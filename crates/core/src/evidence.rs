//! What a record of evidence is searched by: told from the signed record itself, so that the columns of the search say nothing that the record does not.
//! TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d. Pure.

use serde_json::Value;
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::ContractId;

use crate::contract::strategy_id;

/// What one record is found by, beside its kind, its contract, its actor and its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// 操作主体: what it is about: a use, a product, a member.
    pub subject: Option<String>,
    /// 策略 ID: the policy of its contract.
    pub strategy_id: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// Whoever used, by its pseudonym.
    pub person: Option<String>,
    /// 执行结果: one of [`RESULTS`].
    pub result: String,
}

/// The results that can be searched for.
pub const RESULTS: [&str; 9] =
    ["allowed", "conditional", "denied", "done", "stopped", "failed", "parsed", "rejected", "recorded"];

impl Index {
    /// Of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let fact = |name: &str| record.facts.get(name).and_then(Value::as_str).map(str::to_owned);
        let contract = record.contract.as_deref().and_then(|id| ContractId::parse(id).ok());
        let is_about_product =
            ["product.", "application.", "lineage."].iter().any(|start| record.kind.starts_with(start));
        let subject = record.subject.clone();
        Self {
            strategy_id: contract.as_ref().map(strategy_id),
            product_id: fact("product").or_else(|| subject.clone().filter(|_| is_about_product)),
            person: fact("user").filter(|person| !person.is_empty()),
            result: result(&record.kind, fact("outcome").as_deref()).to_owned(),
            subject,
        }
    }
}

/// What came of it: of decisions, uses and duties what was decided and done; everything else was recorded.
fn result(kind: &str, outcome: Option<&str>) -> &'static str {
    match (kind, outcome) {
        ("usage.started", _) => "allowed",
        ("usage.awaiting", _) => "conditional",
        ("usage.refused", _) => "denied",
        ("usage.done", _) | ("usage.duty", Some("done")) => "done",
        ("usage.stopped" | "usage.frozen", _) => "stopped",
        ("usage.failed" | "usage.duty", _) => "failed",
        ("usage.parsed", Some("parsed")) => "parsed",
        ("usage.parsed", _) => "rejected",
        (other, _) if other.ends_with(".refused") => "rejected",
        _ => "recorded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tc609_15_7_1_3_c_what_is_searched_by_is_told_from_the_record() {
        for (kind, outcome, expect) in [
            ("usage.started", None, "allowed"),
            ("usage.awaiting", None, "conditional"),
            ("usage.refused", None, "denied"),
            ("usage.done", None, "done"),
            ("usage.stopped", None, "stopped"),
            ("usage.failed", None, "failed"),
            ("usage.duty", Some("done"), "done"),
            ("usage.duty", Some("failed"), "failed"),
            ("usage.parsed", Some("parsed"), "parsed"),
            ("usage.parsed", Some("contract-differs"), "rejected"),
            ("product.refused", None, "rejected"),
            ("transfer.completed", None, "recorded"),
        ] {
            assert_eq!(result(kind, outcome), expect, "{kind} {outcome:?}");
            assert!(RESULTS.contains(&expect));
        }
    }
}
