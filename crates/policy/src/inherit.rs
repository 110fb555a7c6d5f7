//! Inheritance (策略继承): what data stays under that was made from other data or handed on to a third party. TC609-6-2025-15 §7.1.2.4 i; TC609-6-2025-14 C.5
//! `distribute`, `grantUse`, `plicyTransmit`. Pure.
//!
//! 1. Of several inputs the strictest word counts: nothing is allowed that one of them does not allow.
//! 2. What is handed on is the same policy with less in it: rules are bound to the receiver, permissions may lose actions and gain constraints, nothing else.
//!    So whatever it allows the receiver, the original allows the sender.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::action::Action;
use crate::decision::{Decision, DutyView, Verdict};
use crate::layer::strictness;
use crate::operand::Operand;
use crate::operator::Operator;
use crate::policy::{Parties, Policy, RuleKind, leaves, required};
use crate::request::Request;
use crate::verify::verify;

/// To whom a policy goes, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop<'a> {
    /// The connector that hands on.
    pub sender: &'a str,
    /// The connector that gets it.
    pub receiver: &'a str,
    /// How many uses go with it.
    pub uses: Option<u64>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether the receiver may hand it on as well.
    pub may_hand_on: bool,
}

/// The decision of several policies on one request: the strictest word, and the duties of all that say it.
#[must_use]
pub fn verify_all<'p>(policies: impl IntoIterator<Item = &'p Policy>, request: &Request) -> Decision {
    strictest(policies.into_iter().map(|policy| verify(policy, request)))
}

/// The strictest of several decisions; without any, nothing is allowed.
#[must_use]
pub fn strictest(decisions: impl IntoIterator<Item = Decision>) -> Decision {
    let decisions: Vec<Decision> = decisions.into_iter().collect();
    let word = decisions.iter().map(|own| own.decision).max_by_key(|verdict| strictness(*verdict));
    let mut strictest =
        Decision { decision: word.unwrap_or(Verdict::DenyByDefault), reasons: Vec::new(), duties: Vec::new() };
    let mut seen: BTreeSet<(Action, &'static str, String)> = BTreeSet::new();
    for own in decisions.into_iter().filter(|own| own.decision == strictest.decision) {
        strictest.reasons.extend(own.reasons);
        let mut is_new = |duty: &DutyView| seen.insert((duty.action, duty.timing.name(), duty.clause.clone()));
        strictest.duties.extend(own.duties.into_iter().filter(|duty| is_new(duty)));
    }
    strictest
}

impl Policy {
    /// The policy that goes with data that is handed on, as a document: this one, bound to the receiver and narrowed. It never permits to sell or to develop
    /// jointly, and to hand on only where the hop says so.
    #[must_use]
    pub fn handed_on(&self, hop: &Hop<'_>) -> Value {
        let goes = |action: &Action| match action {
            Action::Sell | Action::JointDevelop => false,
            Action::Distribute | Action::GrantUse => hop.may_hand_on,
            _ => true,
        };
        let mut handed = self.clone();
        for rule in &mut handed.rules {
            if rule.kind == RuleKind::Permission {
                rule.actions.retain(goes);
            }
            if rule.kind == RuleKind::Permission || rule.parties.assignee.is_some() {
                rule.parties =
                    Parties { assigner: Some(hop.sender.to_owned()), assignee: Some(hop.receiver.to_owned()) };
                rule.source.execution_node = None;
            }
        }
        handed.rules.retain(|rule| !rule.actions.is_empty());
        let mut document = json!({ "contractPolicies": handed.to_tc609() });
        let narrowed = [
            hop.uses.map(|uses| limit("count", &uses.to_string())),
            hop.until.map(|until| limit("time", &xinyu_protocol::time::compact(until))),
        ];
        let permissions = document.pointer_mut("/contractPolicies/0/permissionPolicies").and_then(Value::as_array_mut);
        for rule in permissions.into_iter().flatten().filter_map(Value::as_object_mut) {
            let constraints = rule.entry("constraints").or_insert_with(|| json!([]));
            if let Value::Array(constraints) = constraints {
                constraints.extend(narrowed.iter().flatten().cloned());
            }
        }
        document
    }

    /// The smallest number of uses that a permission allows in all, and its clause: what is handed on is taken from it.
    #[must_use]
    pub fn least_count(&self) -> Option<(u64, String)> {
        let permissions = self.rules.iter().filter(|rule| rule.kind == RuleKind::Permission);
        let counted = permissions.flat_map(|rule| required(&rule.constraints)).filter(|leaf| leaf.window.is_none());
        counted.filter_map(|leaf| Some((leaf.most_uses()?, leaf.pointer.clone()))).min()
    }

    /// A clause that counts uses over a window, or in a way that cannot be divided between two holders.
    #[must_use]
    pub fn indivisible(&self) -> Option<&str> {
        let permissions = self.rules.iter().filter(|rule| rule.kind == RuleKind::Permission);
        let all = permissions.flat_map(|rule| {
            let plain: Vec<&str> = required(&rule.constraints).into_iter().map(|leaf| leaf.pointer.as_str()).collect();
            leaves(&rule.constraints).into_iter().map(move |leaf| (leaf, plain.contains(&leaf.pointer.as_str())))
        });
        let mut counted = all.filter(|(leaf, is_plain)| match leaf.operand {
            Operand::Frequency => true,
            Operand::Count => leaf.window.is_some() || !is_plain || leaf.most_uses().is_none(),
            _ => false,
        });
        counted.next().map(|(leaf, _)| leaf.pointer.as_str())
    }

    /// A permission of an action that names no receivers; none if all do. TC609-6-2025-15 §7.1.2.1 b (应在合约中明确分发对象).
    #[must_use]
    pub fn unnamed_receivers(&self, action: Action) -> Option<&str> {
        let names = |operator: Operator| {
            matches!(operator, Operator::Eq | Operator::IsA | Operator::IsAnyOf | Operator::IsPartOf)
        };
        let mut permissions = self.permissions(action).filter(|rule| {
            !required(&rule.constraints).iter().any(|leaf| leaf.operand == Operand::Subject && names(leaf.operator))
        });
        permissions.next().map(|rule| rule.pointer.as_str())
    }
}

fn limit(name: &str, value: &str) -> Value {
    json!({ "constraintName": name, "constraintOperator": "lteq", "constraintValue": value })
}
