//! What a record of evidence is searched by: told from the signed record itself, so that the columns of the search say nothing that the record does not.
//! TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d. Pure.

use std::collections::HashMap;

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

/// Makes an index for one record after the other, and looks into each contract's identifier once.
#[derive(Debug, Default)]
pub struct Indexer {
    /// By contract its policy; none where the identifier is none.
    policies: HashMap<String, Option<String>>,
}

impl Indexer {
    /// Of a record.
    pub fn index(&mut self, record: &Record) -> Index {
        let policy = record.contract.as_ref().and_then(|contract| match self.policies.get(contract) {
            Some(known) => known.clone(),
            None => {
                let found = ContractId::parse(contract).ok().as_ref().map(strategy_id);
                self.policies.insert(contract.clone(), found.clone());
                found
            }
        });
        Index::with(record, policy)
    }
}

impl Index {
    /// Of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Indexer::default().index(record)
    }

    /// Of a record whose contract has this policy.
    fn with(record: &Record, strategy_id: Option<String>) -> Self {
        let fact = |name: &str| record.facts.get(name).and_then(Value::as_str).map(str::to_owned);
        let is_about_product =
            ["product.", "application.", "lineage."].iter().any(|start| record.kind.starts_with(start));
        let subject = record.subject.clone();
        Self {
            strategy_id,
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
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;

    fn record(contract: Option<&str>) -> Record {
        Record {
            v: 1,
            id: "r".to_owned(),
            kind: "usage.done".to_owned(),
            space: "s".to_owned(),
            contract: contract.map(str::to_owned),
            subject: None,
            actor: "me".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            facts: BTreeMap::new(),
            refs: Vec::new(),
        }
    }

    #[test]
    fn records_of_several_contracts_have_each_the_policy_of_their_own() {
        let real = ["C491350100M000100Y43350120250829120000A1B2C3D4B", "none"];
        let mut indexer = Indexer::default();
        let mut policy = |contract| indexer.index(&record(contract)).strategy_id;
        let first = policy(Some(real[0]));
        assert_eq!(first, ContractId::parse(real[0]).ok().as_ref().map(strategy_id));
        assert!(first.is_some());
        assert_eq!([policy(Some(real[1])), policy(None), policy(Some(real[0]))], [None, None, first]);
    }

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
