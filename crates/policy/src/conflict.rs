//! Conflict detection (冲突检测). TC609-6-2025-15 §7.1.2.2 d: 授权冲突, 条件约束矛盾, 范围不一致; and duties that nobody could fulfil. Pure.
//!
//! It runs before a policy is published or signed. It finds what follows from the clauses as they are written, comparison by comparison;
//! alternatives (`or`, `xone`) are taken to be satisfiable.

mod domain;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use self::domain::Domain;
use crate::action::{Action, Timing};
use crate::operand::{Sense, may_be_same_field};
use crate::policy::{Constraint, Duty, Leaf, Policy, Rule, RuleKind, required};

/// Clauses that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// How.
    pub kind: ConflictKind,
    /// JSON pointers of the clauses.
    pub pointers: Vec<String>,
    /// For people.
    pub text: Text,
    /// Whether the policy must not be signed like this: a clause in it can never have an effect. Otherwise it may be meant.
    pub blocking: bool,
}

/// The kinds of conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// 授权冲突: permitted and prohibited.
    Authorisation,
    /// 条件约束矛盾: conditions that can never hold together.
    Contradiction,
    /// 范围不一致: rules about different products, nodes or fields.
    Scope,
    /// A duty that can never be fulfilled.
    Duty,
}

/// Finds the conflicts within a policy.
#[must_use]
pub fn conflicts(policy: &Policy) -> Vec<Conflict> {
    let mut found = Vec::new();
    authorisation(policy, &mut found);
    for rule in &policy.rules {
        contradictions(rule, &mut found);
        duties(policy, rule, &mut found);
    }
    scopes(policy, &mut found);
    found
}

fn of_kind(policy: &Policy, kind: RuleKind) -> impl Iterator<Item = &Rule> {
    policy.rules.iter().filter(move |rule| rule.kind == kind)
}

fn authorisation(policy: &Policy, found: &mut Vec<Conflict>) {
    for permission in of_kind(policy, RuleKind::Permission) {
        for prohibition in of_kind(policy, RuleKind::Prohibition) {
            let action = permission.actions.iter().copied().find(|action| prohibition.prohibits(*action));
            let Some(action) = action else { continue };
            if !scopes_meet(permission, prohibition) || are_apart(&permission.constraints, &prohibition.constraints) {
                continue;
            }
            let blocking = permission.actions.iter().any(|action| forbids_wholly(prohibition, *action))
                && covers(prohibition, permission);
            let label = action.label();
            let text = if blocking {
                Text::new(
                    format!("“{}”既被允许又被禁止，允许永远不会生效", label.zh),
                    format!("to {} is permitted and prohibited: the permission never takes effect", label.en),
                )
            } else {
                Text::new(
                    format!("“{}”在部分条件下既被允许又被禁止，以禁止为准", label.zh),
                    format!("to {} is permitted and in part prohibited: there the prohibition wins", label.en),
                )
            };
            found.push(Conflict {
                kind: ConflictKind::Authorisation,
                pointers: vec![permission.pointer.clone(), prohibition.pointer.clone()],
                text,
                blocking,
            });
        }
    }
}

/// Whether an action is forbidden as such, and not because of a part of it.
fn forbids_wholly(prohibition: &Rule, action: Action) -> bool {
    prohibition.actions.iter().any(|own| own.prohibits(action) && (*own == action || !action.permits(*own)))
}

/// Whether two rules can be about one product and one party.
fn scopes_meet(one: &Rule, other: &Rule) -> bool {
    let products = one.products.is_empty()
        || other.products.is_empty()
        || one.products.iter().any(|product| other.products.contains(product));
    let parties = match (&one.parties.assignee, &other.parties.assignee) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    products && parties
}

/// Whether two lists of conditions can never hold at once.
fn are_apart(one: &[Constraint], other: &[Constraint]) -> bool {
    required(one).iter().any(|one| {
        required(other).iter().any(|other| {
            domains(one, Sense::Permit, other, Sense::Forbid).is_some_and(|(one, other)| one.is_apart(&other))
        })
    })
}

/// The values that two comparisons of one fact allow.
fn domains<'a>(one: &'a Leaf, of_one: Sense, other: &'a Leaf, of_other: Sense) -> Option<(Domain<'a>, Domain<'a>)> {
    let (one_fact, one) = Domain::of(one, of_one)?;
    let (other_fact, other) = Domain::of(other, of_other)?;
    (one_fact == other_fact).then_some((one, other))
}

/// Whether a prohibition holds wherever the permission does.
fn covers(prohibition: &Rule, permission: &Rule) -> bool {
    let products = prohibition.products.is_empty()
        || (!permission.products.is_empty()
            && permission.products.iter().all(|product| prohibition.products.contains(product)));
    let parties = prohibition.parties.assignee.is_none() || prohibition.parties == permission.parties;
    let conditions = prohibition.constraints.iter().all(|condition| {
        let Constraint::Leaf(outer) = condition else {
            return false;
        };
        required(&permission.constraints).iter().any(|inner| {
            domains(inner, Sense::Permit, outer, Sense::Forbid).is_some_and(|(inner, outer)| inner.is_within(&outer))
        })
    });
    products && parties && conditions
}

fn contradictions(rule: &Rule, found: &mut Vec<Conflict>) {
    let sense = if rule.kind == RuleKind::Permission { Sense::Permit } else { Sense::Forbid };
    let blocking = rule.kind != RuleKind::Prohibition;
    let of_duties = rule.duties.iter().map(|duty| (duty.constraints.as_slice(), Sense::Forbid));
    for (constraints, sense) in std::iter::once((rule.constraints.as_slice(), sense)).chain(of_duties) {
        for pointers in contradicting(constraints, sense) {
            let text = if pointers.len() == 1 {
                Text::new("该约束永远无法满足", "this constraint can never be met")
            } else {
                Text::new("这些约束相互矛盾，不可能同时满足", "these constraints can never be met together")
            };
            let conflict = Conflict { kind: ConflictKind::Contradiction, pointers, text, blocking };
            if !found.contains(&conflict) {
                found.push(conflict);
            }
        }
    }
}

/// Comparisons that are empty by themselves, and pairs that exclude each other.
fn contradicting(constraints: &[Constraint], sense: Sense) -> Vec<Vec<String>> {
    let leaves = required(constraints);
    let is_empty = |leaf: &&&Leaf| Domain::of(leaf, sense).is_some_and(|(_, domain)| domain.is_empty());
    let mut found: Vec<_> = leaves.iter().filter(is_empty).map(|leaf| vec![leaf.pointer.clone()]).collect();
    for (index, one) in leaves.iter().enumerate() {
        for other in leaves.iter().skip(index.saturating_add(1)) {
            let apart = domains(one, sense, other, sense)
                .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && a.is_apart(&b));
            if apart {
                found.push(vec![one.pointer.clone(), other.pointer.clone()]);
            }
        }
    }
    found
}

fn duties(policy: &Policy, rule: &Rule, found: &mut Vec<Conflict>) {
    for duty in &rule.duties {
        if let Some((text, other)) = obstacle(policy, rule, duty) {
            let pointers = std::iter::once(duty.clause.clone()).chain(other).collect();
            found.push(Conflict { kind: ConflictKind::Duty, pointers, text, blocking: true });
        }
    }
}

/// Why a duty can never be fulfilled, and the clause in its way.
fn obstacle(policy: &Policy, rule: &Rule, duty: &Duty) -> Option<(Text, Option<String>)> {
    if duty.action == Action::Delete && duty.timing == Timing::Before {
        let text = Text::new(
            "删除不能作为前置义务：删除后已无数据可用",
            "delete cannot come before the use: nothing would be left",
        );
        return Some((text, None));
    }
    let mut prohibitions = of_kind(policy, RuleKind::Prohibition);
    let in_the_way = prohibitions.find(|prohibition| {
        prohibition.constraints.is_empty()
            && forbids_wholly(prohibition, duty.action)
            && scopes_meet(prohibition, rule)
            && covers(prohibition, rule)
    });
    if let Some(prohibition) = in_the_way {
        let label = duty.action.label();
        let text = Text::new(
            format!("义务“{}”同时被合约禁止", label.zh),
            format!("the duty to {} is prohibited by the same contract", label.en),
        );
        return Some((text, Some(prohibition.pointer.clone())));
    }
    let too_early = required(&duty.constraints).into_iter().find_map(|deadline| {
        required(&rule.constraints).into_iter().find(|start| {
            domains(deadline, Sense::Permit, start, Sense::Permit)
                .is_some_and(|(deadline, start)| deadline.ends_before(&start))
        })
    })?;
    let text = Text::new("义务的期限早于允许使用的时间", "the duty is due before the use is permitted at all");
    Some((text, Some(too_early.pointer.clone())))
}

fn scopes(policy: &Policy, found: &mut Vec<Conflict>) {
    let permissions: Vec<_> = of_kind(policy, RuleKind::Permission).collect();
    let is_open = permissions.iter().any(|rule| rule.products.is_empty());
    let products: BTreeSet<_> = permissions.iter().flat_map(|rule| &rule.products).collect();
    let nodes: BTreeSet<_> = permissions.iter().flat_map(|rule| &rule.parties.assignee).collect();
    let mut add = |pointers: Vec<String>, zh: &str, en: &str| {
        found.push(Conflict { kind: ConflictKind::Scope, pointers, text: Text::new(zh, en), blocking: false });
    };
    for rule in policy.rules.iter().filter(|rule| rule.kind != RuleKind::Permission) {
        let is_foreign = !rule.products.is_empty() && !rule.products.iter().any(|product| products.contains(product));
        if is_foreign && !is_open && !permissions.is_empty() {
            add(
                vec![rule.pointer.clone()],
                "该条款涉及的数据产品不在任何允许策略之内",
                "this clause is about products that no permission names",
            );
        }
        let is_elsewhere = rule.parties.assignee.as_ref().is_some_and(|node| !nodes.contains(node));
        if is_elsewhere && !nodes.is_empty() {
            add(
                vec![rule.pointer.clone()],
                "该条款约束的执行节点不在任何允许策略之内",
                "this clause binds a node that no permission names",
            );
        }
    }
    for rule in &permissions {
        let Some(open) = policy.fields_of(rule) else {
            continue;
        };
        for duty in &rule.duties {
            let named = duty.parameters.get("fields").and_then(serde_json::Value::as_array);
            let is_closed = |field: &str| !open.iter().any(|other| may_be_same_field(field, other));
            let closed = named.into_iter().flatten().filter_map(serde_json::Value::as_str).any(is_closed);
            if closed {
                add(
                    vec![duty.clause.clone(), rule.pointer.clone()],
                    "义务涉及的字段不在该允许策略开放的字段之内",
                    "the duty names fields that the permission does not open",
                );
            }
        }
    }
}
