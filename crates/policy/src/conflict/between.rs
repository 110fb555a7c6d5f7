//! Conflicts between policies that all count at once: a prohibition of any closes what a permission of another opens, and permissions of several can ask
//! for conditions that exclude each other. Pure.

use xinyu_protocol::text::Text;

use super::authorisation::permits;
use super::formula::{Atom, Formula, Goal, Truths};
use super::search::{Answer, Budget, find as search};
use super::{Conflict, ConflictKind, add, of_kind, undecided, within};
use crate::action::Action;
use crate::layer::Layer;
use crate::operand::Sense;
use crate::policy::{Policy, Rule, RuleKind};

/// Finds the conflicts within and between layers, whose pointers tell them apart.
pub(crate) fn between(layers: &[(Layer, Policy)]) -> Vec<Conflict> {
    let mut budget = Budget::new();
    let Some((_, contract)) = layers.iter().find(|(layer, _)| *layer == Layer::Contract) else {
        return Vec::new();
    };
    let mut all = contract.clone();
    all.rules.clear();
    all.rules.extend(layers.iter().flat_map(|(_, policy)| policy.rules.iter().cloned()));
    let mut found = within(&all, &mut budget);
    let others: Vec<&Policy> =
        layers.iter().filter(|(layer, _)| *layer != Layer::Contract).map(|(_, policy)| policy).collect();
    for permission in of_kind(contract, RuleKind::Permission) {
        for action in &permission.actions {
            exclusion(permission, *action, &others, &all, &mut budget, &mut found);
        }
    }
    found
}

/// A permission of the contract that the permissions of the layers around it leave no request for.
fn exclusion(
    permission: &Rule,
    action: Action,
    others: &[&Policy],
    all: &Policy,
    budget: &mut Budget,
    found: &mut Vec<Conflict>,
) {
    let is_told = |conflict: &Conflict| conflict.blocking && conflict.pointers.contains(&permission.pointer);
    let mut rivals: Vec<&Rule> = Vec::new();
    let mut answer = Answer::No;
    for included in Action::ALL.iter().copied().filter(|included| action.permits(*included)) {
        let mut goals = vec![permits(permission)];
        for policy in others {
            goals.extend(agrees(policy, included));
            rivals.extend(policy.permissions(included));
        }
        let prohibitions = all.rules.iter().filter(|rule| rule.prohibits(included));
        goals.extend(prohibitions.map(|rule| Formula::rule(rule, Sense::Forbid).wants(Truths::NOT_MET)));
        match search(&goals, budget) {
            Answer::Yes(_) => return,
            Answer::Undecided => answer = Answer::Undecided,
            Answer::No => {}
        }
    }
    if rivals.is_empty() || found.iter().any(is_told) || search(&[permits(permission)], budget) == Answer::No {
        return;
    }
    let mut pointers = vec![permission.pointer.clone()];
    rivals.iter().for_each(|rule| pointers.push(rule.pointer.clone()));
    pointers.sort_unstable();
    pointers.dedup();
    if answer == Answer::Undecided {
        return add(found, undecided(pointers));
    }
    let label = action.label();
    let text = Text::new(
        format!("合约允许“{}”，但空间或数据产品的策略对它另有要求，没有任何请求能同时满足", label.zh),
        format!(
            "the contract allows to {}, and what the space or the product asks of it no request can meet as well",
            label.en
        ),
    );
    add(found, Conflict { kind: ConflictKind::Contradiction, pointers, text, blocking: true, witness: None });
}

/// That a layer agrees: one of its permissions of the action holds, or none is about the product.
fn agrees(policy: &Policy, action: Action) -> Option<Goal<'_>> {
    let permissions: Vec<&Rule> = policy.permissions(action).collect();
    let about = |rule: &'_ &Rule| !rule.products.is_empty();
    let mut ways: Vec<Formula<'_>> = permissions.iter().map(|rule| Formula::rule(rule, Sense::Permit)).collect();
    if permissions.iter().all(about) {
        let silent = permissions.iter().map(|rule| Formula::Not(Box::new(Formula::Atom(Atom::Product(rule)))));
        ways.push(Formula::All(silent.collect()));
    }
    (!permissions.is_empty()).then(|| Formula::Any(ways).wants(Truths::MET))
}
