//! Conflict detection (冲突检测). TC609-6-2025-15 §7.1.2.2 d: 授权冲突, 条件约束矛盾, 范围不一致; and duties that nobody could fulfil. Pure.
//!
//! It runs before a policy is published or signed. Every finding about conditions is the answer to one question: is there a request with which these
//! rules hold together, as the engine itself decides? The search ([`search`]) goes over values that stand for all others ([`fact`]), so "yes" comes
//! with a request as witness, "no" is proven, and what takes longer than the budget is told as [`ConflictKind::Undecided`] and never left out.
//!
//! Facts are taken as a request states them, each by itself: that a node lies in one region by its address and in another by its code, or that more
//! uses fall into a window than were made at all, is not held against a policy. Row filters are not compared: the rows decide on those.

mod authorisation;
mod between;
mod contradiction;
mod duty;
mod fact;
mod formula;
mod scope;
mod search;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

pub(crate) use self::between::between;
use self::search::Budget;
use crate::policy::{Policy, Rule, RuleKind};
use crate::request::Request;

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
    /// A request that shows it: of an authorisation conflict one that the permission allows and the prohibition refuses, of a duty one that
    /// brings the duty about. A contradiction has none: that is what is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Request>,
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
    /// The clauses are too many or too involved for the search: there may be a conflict between them.
    Undecided,
}

/// Finds the conflicts within a policy.
#[must_use]
pub fn conflicts(policy: &Policy) -> Vec<Conflict> {
    within(policy, &mut Budget::new())
}

fn within(policy: &Policy, budget: &mut Budget) -> Vec<Conflict> {
    let mut found = Vec::new();
    authorisation::find(policy, budget, &mut found);
    for rule in &policy.rules {
        if budget.is_spent() {
            add(&mut found, undecided(vec![policy.root.clone()]));
            break;
        }
        contradiction::find(rule, budget, &mut found);
        duty::find(policy, rule, budget, &mut found);
    }
    scope::find(policy, &mut found);
    found
}

fn of_kind(policy: &Policy, kind: RuleKind) -> impl Iterator<Item = &Rule> {
    policy.rules.iter().filter(move |rule| rule.kind == kind)
}

/// Adds a finding, unless it was made already.
fn add(found: &mut Vec<Conflict>, conflict: Conflict) {
    if !found.contains(&conflict) {
        found.push(conflict);
    }
}

/// The search gave up on these clauses. Nobody is stopped by it, and nobody is left to believe that they were compared.
fn undecided(pointers: Vec<String>) -> Conflict {
    let text = Text::new(
        "条款过多或过于复杂，未能在限定的计算量内判断它们是否冲突；按可能冲突处理，请人工确认",
        "too many or too involved clauses: whether they conflict was not decided within the budget; take it that they may, and look yourself",
    );
    Conflict { kind: ConflictKind::Undecided, pointers, text, blocking: false, witness: None }
}
