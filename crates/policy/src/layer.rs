//! Layers (策略继承): the policies of the space, of the product and of the contract in one decision. TC609-6-2025-15 §7.2.2.1 b (优先级), §7.1.2.2 d and
//! §7.2.2.3 d (多个策略). Pure. Why it is so and not otherwise: docs/adr/0012-layers-only-narrow.md.
//!
//! 1. Records of one layer that are enabled are one policy, the higher priority first. A prohibition wins over every permission of the layer, whatever
//!    their priorities: priority says which clause is named first and whose duties count where several permissions hold alike.
//! 2. The contract always speaks: what it does not allow is refused, and so is everything where there is no contract.
//! 3. The space and the product speak on a use when a permission of theirs names its action on its product: then one of their permissions
//!    has to hold. Where they are silent they leave it to the contract. Their prohibitions and their duties count in any case.
//! 4. The strictest word counts: deny, deny by default, allow if, allow.
//!
//! So a layer can only narrow what the others leave open: with one layer more nothing is opened that was closed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use crate::conflict::{self, ConflictKind};
use crate::decision::{Decision, DutyView, Reason, Verdict};
use crate::parse::child;
use crate::policy::{Policy, Syntax};
use crate::record::Record;
use crate::request::Request;
use crate::verify::{obligations_alone, verify};

/// Whose policy it is, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The operator's, for everything in the space.
    Space,
    /// The provider's, for every contract about a product.
    Product,
    /// What the parties signed.
    Contract,
}

/// The records that count for one use, by layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Those with at least one enabled record, the contract in any case; their pointers begin with layer and record.
    policies: Vec<(Layer, Policy)>,
}

/// A clause: layer, record, and the JSON pointer within the record's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose.
    pub layer: Layer,
    /// The record's id; empty where a layer has none.
    pub record: String,
    /// JSON pointer into its policy.
    pub clause: String,
}

/// A decision of several layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerDecision {
    /// The answer.
    pub decision: Verdict,
    /// Why: of a refusal, of each layer that refuses; else of each that spoke. Never empty.
    pub reasons: Vec<LayerReason>,
    /// As those of [`Decision`], those of wider layers first.
    pub duties: Vec<LayerDuty>,
}

/// One clause of one layer and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReason {
    /// Whose clause.
    pub layer: Layer,
    /// The record's id.
    pub record: String,
    /// The clause within the record's policy, and what came of it.
    #[serde(flatten)]
    pub reason: Reason,
}

/// A duty and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerDuty {
    /// Whose.
    pub layer: Layer,
    /// The record's id.
    pub record: String,
    /// What is to be done.
    #[serde(flatten)]
    pub duty: DutyView,
}

/// Clauses of one or several layers that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerConflict {
    /// How.
    pub kind: ConflictKind,
    /// Which.
    pub clauses: Vec<Place>,
    /// For people.
    pub text: Text,
    /// Whether a clause can never have an effect.
    pub blocking: bool,
    /// A request that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Request>,
}

impl Layer {
    const ALL: [Self; 3] = [Self::Space, Self::Product, Self::Contract];

    /// `space`, `product` or `contract`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Product => "product",
            Self::Contract => "contract",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Text {
        match self {
            Self::Space => Text::new("空间", "space"),
            Self::Product => Text::new("数据产品", "product"),
            Self::Contract => Text::new("合约", "contract"),
        }
    }
}

impl Layers {
    /// Puts records together, in whatever order they come.
    #[must_use]
    pub fn new(records: &[Record]) -> Self {
        let mut enabled: Vec<&Record> = records.iter().filter(|record| record.enabled).collect();
        enabled.sort_by(|one, other| other.priority.cmp(&one.priority).then_with(|| one.id.cmp(&other.id)));
        let of = |layer: Layer| {
            let root = child("", layer.name());
            let own: Vec<_> = enabled.iter().filter(|record| record.layer == layer).collect();
            let placed = own.iter().map(|record| record.policy.placed_at(&child(&root, &record.id)));
            let rules: Vec<_> = placed.flat_map(|policy| policy.rules).collect();
            let counts = layer == Layer::Contract || !own.is_empty();
            counts.then_some((layer, Policy { syntax: Syntax::Tc609, id: None, rules, root }))
        };
        Self { policies: Layer::ALL.into_iter().filter_map(of).collect() }
    }

    /// What a layer says, all its records together; none where it has none.
    #[must_use]
    pub fn policy(&self, layer: Layer) -> Option<&Policy> {
        self.policies.iter().find(|(own, _)| *own == layer).map(|(_, policy)| policy)
    }

    /// As [`Policy::next_change`], over all layers.
    #[must_use]
    pub fn next_change(&self, request: &Request) -> Option<Timestamp> {
        self.policies.iter().filter_map(|(_, policy)| policy.next_change(request)).min()
    }

    /// Decides on one request.
    #[must_use]
    pub fn decide(&self, request: &Request) -> LayerDecision {
        let mut decisions: Vec<(Layer, Decision)> = Vec::new();
        for (layer, policy) in &self.policies {
            let own = verify(policy, request);
            let is_silent = own.decision == Verdict::DenyByDefault && *layer != Layer::Contract;
            decisions.push((*layer, if is_silent { obligations_alone(policy, request) } else { own }));
        }
        let strictest = decisions.iter().map(|(_, own)| own.decision).max_by_key(|verdict| strictness(*verdict));
        let decision = strictest.unwrap_or(Verdict::DenyByDefault);
        let is_refused = strictness(decision) >= strictness(Verdict::DenyByDefault);
        if is_refused {
            decisions.retain(|(_, own)| strictness(own.decision) >= strictness(Verdict::DenyByDefault));
            // What is denied in so many words comes before what is not mentioned.
            decisions.sort_by_key(|(_, own)| own.decision != Verdict::Deny);
        }
        let (mut reasons, mut duties) = (Vec::new(), Vec::new());
        for (layer, own) in decisions {
            reasons.extend(own.reasons.into_iter().map(|reason| of_layer(layer, reason)));
            if own.decision == decision {
                duties.extend(own.duties.into_iter().map(|duty| duty_of_layer(layer, duty)));
            }
        }
        duties.sort_by_key(|duty| duty.duty.timing);
        LayerDecision { decision, reasons, duties }
    }

    /// Conflicts within and between the layers.
    #[must_use]
    pub fn conflicts(&self) -> Vec<LayerConflict> {
        let found = conflict::between(&self.policies);
        let conflicts = found.into_iter().map(|conflict| LayerConflict {
            kind: conflict.kind,
            clauses: conflict.pointers.iter().filter_map(|pointer| place(pointer)).collect(),
            text: conflict.text,
            blocking: conflict.blocking,
            witness: conflict.witness,
        });
        conflicts.collect()
    }
}

pub(crate) fn strictness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::AllowIf => 1,
        Verdict::DenyByDefault => 2,
        Verdict::Deny => 3,
    }
}

fn of_layer(layer: Layer, mut reason: Reason) -> LayerReason {
    let (record, clause) = split(layer, &reason.clause);
    reason.clause = clause;
    LayerReason { layer, record, reason }
}

fn duty_of_layer(layer: Layer, mut duty: DutyView) -> LayerDuty {
    let (record, clause) = split(layer, &duty.clause);
    duty.clause = clause;
    LayerDuty { layer, record, duty }
}

fn place(pointer: &str) -> Option<Place> {
    let is_of =
        |layer: &Layer| pointer.strip_prefix('/').is_some_and(|rest| rest.split('/').next() == Some(layer.name()));
    let layer = Layer::ALL.into_iter().find(is_of)?;
    let (record, clause) = split(layer, pointer);
    Some(Place { layer, record, clause })
}

/// `/layer/record/rest` → the record's id and `/rest`.
fn split(layer: Layer, pointer: &str) -> (String, String) {
    let rest = pointer.strip_prefix(&child("", layer.name())).unwrap_or(pointer);
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let (record, clause) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (record.replace("~1", "/").replace("~0", "~"), clause.to_owned())
}
