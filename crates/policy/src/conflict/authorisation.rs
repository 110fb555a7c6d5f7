//! 授权冲突: what is permitted and prohibited, in part or so that the permission never takes effect. Pure.

use xinyu_protocol::text::Text;

use super::formula::{Formula, Goal, Truths};
use super::search::{Answer, Budget, find as search};
use super::{Conflict, ConflictKind, add, of_kind, undecided};
use crate::action::Action;
use crate::operand::Sense;
use crate::policy::{Policy, Rule, RuleKind};
use crate::request::Request;

/// How many findings anybody reads; a policy with more is told to be undecided.
const MOST: usize = 500;

/// A prohibition that applies somewhere where the permission holds.
struct Overlap<'p> {
    prohibition: &'p Rule,
    witness: Request,
}

pub(super) fn find(policy: &Policy, budget: &mut Budget, found: &mut Vec<Conflict>) {
    for permission in of_kind(policy, RuleKind::Permission) {
        let mut overlaps = Vec::new();
        for prohibition in of_kind(policy, RuleKind::Prohibition) {
            if !budget.take(1) || found.len() >= MOST {
                add(found, undecided(vec![permission.pointer.clone()]));
                return;
            }
            let Some(action) = common_action(permission, prohibition) else { continue };
            if overlaps.len() >= MOST {
                add(found, undecided(vec![permission.pointer.clone()]));
                break;
            }
            let both = [permits(permission), Formula::rule(prohibition, Sense::Forbid).wants(Truths::NOT_RULED_OUT)];
            match search(&both, budget) {
                Answer::Yes(request) => {
                    let witness = Request { action: action.into(), ..*request };
                    overlaps.push(Overlap { prohibition, witness });
                }
                Answer::No => {}
                Answer::Undecided => {
                    add(found, undecided(vec![permission.pointer.clone(), prohibition.pointer.clone()]));
                }
            }
        }
        report(permission, &overlaps, budget, found);
    }
}

/// Says of each overlap whether that prohibition closes an action for good, and whether several do so together.
fn report(permission: &Rule, overlaps: &[Overlap<'_>], budget: &mut Budget, found: &mut Vec<Conflict>) {
    let mut closed: Vec<Action> = Vec::new();
    for overlap in overlaps {
        let own = closed_by(permission, &[overlap.prohibition], budget, found);
        let label = own.first().copied().or_else(|| overlap.witness.action.known()).unwrap_or(Action::Use).label();
        let text = if own.is_empty() {
            Text::new(
                format!("“{}”在部分条件下既被允许又被禁止，以禁止为准", label.zh),
                format!("to {} is permitted and in part prohibited: there the prohibition wins", label.en),
            )
        } else {
            Text::new(
                format!("“{}”既被允许又被禁止，允许永远不会生效", label.zh),
                format!("to {} is permitted and prohibited: the permission never takes effect", label.en),
            )
        };
        let pointers = vec![permission.pointer.clone(), overlap.prohibition.pointer.clone()];
        add(found, conflict(pointers, text, !own.is_empty(), &overlap.witness));
        closed.extend(own);
    }
    if overlaps.len() < 2 {
        return;
    }
    let all: Vec<&Rule> = overlaps.iter().map(|overlap| overlap.prohibition).collect();
    for action in closed_by(permission, &all, budget, found).into_iter().filter(|action| !closed.contains(action)) {
        let mut needed = all.clone();
        for prohibition in &all {
            let fewer: Vec<&Rule> =
                needed.iter().copied().filter(|other| !std::ptr::eq(*other, *prohibition)).collect();
            if is_closed(permission, action, &fewer, budget) == Answer::No {
                needed = fewer;
            }
        }
        let label = action.label();
        let text = Text::new(
            format!("“{}”被允许，但这些禁止合起来覆盖了全部情形，允许永远不会生效", label.zh),
            format!(
                "to {} is permitted, and these prohibitions together leave no case: the permission never takes effect",
                label.en
            ),
        );
        let pointers = std::iter::once(permission).chain(needed.iter().copied()).map(|rule| rule.pointer.clone());
        let witness =
            overlaps.iter().find(|overlap| needed.iter().any(|rule| std::ptr::eq(*rule, overlap.prohibition)));
        if let Some(witness) = witness {
            add(found, conflict(pointers.collect(), text, true, &witness.witness));
        }
    }
}

fn conflict(pointers: Vec<String>, text: Text, blocking: bool, witness: &Request) -> Conflict {
    Conflict { kind: ConflictKind::Authorisation, pointers, text, blocking, witness: Some(witness.clone()) }
}

/// An action that one permits and the other prohibits; one that the permission names, if there is such.
fn common_action(permission: &Rule, prohibition: &Rule) -> Option<Action> {
    let is_common = |action: &Action| permission.permits(*action) && prohibition.prohibits(*action);
    let named = permission.actions.iter().copied().find(is_common);
    named.or_else(|| Action::ALL.iter().copied().find(is_common))
}

/// The actions that a permission names and that these prohibitions together leave no request for.
fn closed_by(permission: &Rule, by: &[&Rule], budget: &mut Budget, found: &mut Vec<Conflict>) -> Vec<Action> {
    let mut closed = Vec::new();
    for action in &permission.actions {
        match is_closed(permission, *action, by, budget) {
            Answer::No => closed.push(*action),
            Answer::Yes(_) => {}
            Answer::Undecided => {
                let rules = std::iter::once(permission).chain(by.iter().copied());
                add(found, undecided(rules.map(|rule| rule.pointer.clone()).collect()));
            }
        }
    }
    closed
}

/// Looks for a request by which the permission of an action takes effect beside these prohibitions; "no" means that there is none.
fn is_closed(permission: &Rule, action: Action, by: &[&Rule], budget: &mut Budget) -> Answer {
    let mut answer = Answer::No;
    for included in Action::ALL.iter().copied().filter(|included| action.permits(*included)) {
        let prohibitions = by.iter().filter(|rule| rule.prohibits(included));
        let mut goals = vec![permits(permission)];
        goals.extend(prohibitions.map(|rule| Formula::rule(rule, Sense::Forbid).wants(Truths::NOT_MET)));
        match search(&goals, budget) {
            Answer::No => {}
            Answer::Undecided => answer = Answer::Undecided,
            Answer::Yes(request) => return Answer::Yes(request),
        }
    }
    answer
}

/// That a permission holds.
pub(super) fn permits(permission: &Rule) -> Goal<'_> {
    Formula::rule(permission, Sense::Permit).wants(Truths::MET)
}
