//! What governs a use: the contract's policy and, around it, the records of space and product that are in force (策略继承). TC609-6-2025-15 §7.1.2.2 d,
//! §7.1.2.3, §7.2.2.3 d, i. Pure. Where no record counts it is the contract's policy and nothing else, at no cost.

use std::collections::BTreeSet;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_policy::{Action, Decision, DutyView, Layer, LayerDecision, Layers, Policy, Reason, Record, Request, verify};
use xinyu_protocol::api::policy_record::CountedRecordInfo;
use xinyu_protocol::tc609::policy_record::PolicyRecordStatement;
use xinyu_protocol::text::Text;

use super::reference;
use crate::usage::Bar;

/// The clause of a refusal because the records that count in the space are not known here.
pub const POLICY_SET: &str = "/policySet";

/// Which version of a record counted in a decision: what stands in the evidence of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedRecord {
    /// `space` or `product`.
    pub layer: String,
    /// Which record.
    pub record_id: String,
    /// Which version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Hash of what its author signed.
    pub hash: String,
}

impl CountedRecord {
    /// `layer/record@version hash`: the fact of a decision's evidence.
    #[must_use]
    pub fn fact(&self) -> String {
        format!("{}/{} {}", self.layer, reference(&self.record_id, self.version), self.hash)
    }

    /// For people.
    #[must_use]
    pub fn info(&self) -> CountedRecordInfo {
        CountedRecordInfo {
            layer: self.layer.clone(),
            record_id: self.record_id.clone(),
            version: self.version,
            name: self.name.clone(),
            hash: self.hash.clone(),
        }
    }
}

/// A record of a set, ready to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Its executable form.
    pub record: Record,
    /// Which it is.
    pub named: CountedRecord,
    /// About which product; none: everything in the space.
    pub product_id: Option<String>,
    /// From when on it counts.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
}

impl Counted {
    /// A record that was signed and read.
    #[must_use]
    pub fn new(record: Record, statement: &PolicyRecordStatement, hash: String) -> Self {
        let written = &statement.record;
        let named = CountedRecord {
            layer: written.layer.as_str().to_owned(),
            record_id: written.record_id.clone(),
            version: statement.version,
            name: written.name.clone(),
            hash,
        };
        Self {
            record,
            named,
            product_id: written.product_id.clone(),
            valid_from: written.valid_from,
            valid_until: written.valid_until,
        }
    }

    fn is_about(&self, product_id: &str) -> bool {
        self.product_id.as_deref().is_none_or(|own| own == product_id)
    }

    fn is_in_force(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now < until)
    }
}

/// All records that are enabled in a space.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The space.
    pub space_id: String,
    /// Counts up with every change.
    pub sequence: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// The records.
    pub records: Vec<Counted>,
}

/// The policies under which a use stands. What asks for the contract's policy alone, such as what is to be destroyed when, finds it by itself.
#[derive(Clone, Debug)]
pub struct Governing {
    contract: Policy,
    around: Option<Around>,
}

/// What is around the contract.
#[derive(Clone, Debug)]
struct Around {
    sequence: u64,
    /// None: nothing in the set counts for the product now.
    layers: Option<Layers>,
    counted: Vec<CountedRecord>,
    /// When the next record begins or ceases to count.
    next: Option<Timestamp>,
}

impl From<Policy> for Governing {
    fn from(contract: Policy) -> Self {
        Self { contract, around: None }
    }
}

impl Deref for Governing {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.contract
    }
}

impl Governing {
    /// The contract's policy, within what a set of records says of the product at a time.
    #[must_use]
    pub fn within(contract: Policy, set: Option<&Set>, product_id: &str, now: Timestamp) -> Self {
        let Some(set) = set else {
            return Self::from(contract);
        };
        let about: Vec<&Counted> = set.records.iter().filter(|one| one.is_about(product_id)).collect();
        let moments = about.iter().flat_map(|one| [one.valid_from, one.valid_until]).flatten();
        let next = moments.filter(|moment| *moment > now).min();
        let counting: Vec<&Counted> = about.into_iter().filter(|one| one.is_in_force(now)).collect();
        let counted = counting.iter().map(|one| one.named.clone()).collect();
        let layers = (!counting.is_empty()).then(|| {
            let mut records: Vec<Record> = counting.iter().map(|one| narrowed(&one.record, product_id)).collect();
            records.push(Record::of(Layer::Contract, "contract", contract.clone()));
            Layers::new(&records)
        });
        Self { contract, around: Some(Around { sequence: set.sequence, layers, counted, next }) }
    }

    /// Decides on one request, over all layers. Every reason names its layer, record, version and clause.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        match self.layers() {
            None => verify(&self.contract, request),
            Some(layers) => self.worded(layers.decide(request)),
        }
    }

    /// When time alone may change what is decided.
    #[must_use]
    pub fn next_change(&self, request: &Request) -> Option<Timestamp> {
        let own = match self.layers() {
            None => self.contract.next_change(request),
            Some(layers) => layers.next_change(request),
        };
        own.into_iter().chain(self.around.as_ref().and_then(|around| around.next)).min()
    }

    /// The records of space and product that count.
    #[must_use]
    pub fn counted(&self) -> &[CountedRecord] {
        self.around.as_ref().map_or(&[], |around| &around.counted)
    }

    /// The sequence of the set that they stand in; none where no record was ever enabled.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.around.as_ref().map(|around| around.sequence)
    }

    /// The policies around the contract.
    #[must_use]
    pub fn around(&self) -> Vec<&Policy> {
        let Some(layers) = self.layers() else {
            return Vec::new();
        };
        [Layer::Space, Layer::Product].into_iter().filter_map(|layer| layers.policy(layer)).collect()
    }

    /// The fields that may be read by one of these uses, of those that the contract permits, as far as space and product speak of it; all, where they do not.
    #[must_use]
    pub fn readable_around(&self, uses: &[Action]) -> Option<BTreeSet<String>> {
        let is_permitted = |policy: &Policy, action: Action| policy.rules.iter().any(|rule| rule.permits(action));
        let uses: Vec<Action> = uses.iter().copied().filter(|action| is_permitted(&self.contract, *action)).collect();
        let of = |policy: &Policy| -> Option<BTreeSet<String>> {
            // Of a use of which a layer does not speak it limits nothing.
            let fields = uses
                .iter()
                .map(|action| is_permitted(policy, *action).then(|| policy.allowed_fields(*action)).flatten());
            let fields: Option<Vec<BTreeSet<String>>> = fields.collect();
            fields.map(|fields| fields.into_iter().flatten().collect())
        };
        let limits = self.around().into_iter().filter_map(of);
        limits.reduce(|one, other| one.intersection(&other).cloned().collect())
    }

    fn layers(&self) -> Option<&Layers> {
        self.around.as_ref().and_then(|around| around.layers.as_ref())
    }

    fn worded(&self, decided: LayerDecision) -> Decision {
        let LayerDecision { decision, reasons, duties } = decided;
        let reasons = reasons.into_iter().map(|own| self.reason(own.layer, &own.record, own.reason)).collect();
        let placed = |layer: Layer, record: &str, mut view: DutyView| {
            view.clause = place(layer, record, &view.clause);
            view
        };
        let duties = duties.into_iter().map(|own| placed(own.layer, &own.record, own.duty)).collect();
        Decision { decision, reasons, duties }
    }

    fn reason(&self, layer: Layer, record: &str, mut reason: Reason) -> Reason {
        if layer == Layer::Contract {
            return reason;
        }
        let is_it = |one: &&CountedRecord| reference(&one.record_id, one.version) == record;
        let named = self.counted().iter().find(is_it);
        let label = layer.label();
        let (id, name, version) =
            named.map_or((record, "", 0), |one| (one.record_id.as_str(), one.name.as_str(), one.version));
        // What is said of a contract is said of this policy here.
        let zh = reason.zh.strip_prefix("合约").map_or_else(|| reason.zh.clone(), |rest| format!("该策略{rest}"));
        let en = reason.en.strip_prefix("the contract").map_or_else(|| reason.en.clone(), |rest| format!("it{rest}"));
        let text = Text::new(
            format!("{}策略 {id}「{name}」第 {version} 版：{zh}", label.zh),
            format!("{} policy {id} ({name}), version {version}: {en}", label.en),
        );
        reason.clause = place(layer, record, &reason.clause);
        reason.zh = text.zh;
        reason.en = text.en;
        reason
    }
}

/// What a record says of a product.
fn narrowed(record: &Record, product_id: &str) -> Record {
    let mut record = record.clone();
    record.policy.rules.retain(|rule| rule.products.is_empty() || rule.products.iter().any(|one| one == product_id));
    record
}

/// A clause of a layer: that of the contract as it stands in the contract, others below layer and record.
fn place(layer: Layer, record: &str, clause: &str) -> String {
    match layer {
        Layer::Contract => clause.to_owned(),
        _ => format!("/{}/{record}{clause}", layer.name()),
    }
}

/// Why there must be no use: the records that count in the space are not known here, or not all of them.
#[must_use]
pub fn missing(space_id: &str, required: u64, held: Option<u64>) -> Bar {
    let (held_zh, held_en) = held.map_or_else(
        || ("尚未收到".to_owned(), "none is here".to_owned()),
        |held| (format!("本端为第 {held} 号"), format!("number {held} is here")),
    );
    let why = Text::new(
        format!("空间「{space_id}」的策略集须为第 {required} 号或更新，{held_zh}，暂不能决策"),
        format!(
            "set {required} of the policies of space {space_id}, or a newer one, is needed and {held_en}: nothing is decided"
        ),
    );
    Bar { clause: POLICY_SET, why }
}
