//! Duties that nobody could fulfil, or that never come due. Pure.

use xinyu_protocol::text::Text;

use super::authorisation::permits;
use super::formula::{Formula, Goal, Truths};
use super::search::{Answer, Budget, find as search};
use super::{Conflict, ConflictKind, add, of_kind, undecided};
use crate::action::{Action, Timing};
use crate::operand::{Operand, Sense};
use crate::policy::{Constraint, Duty, Policy, Rule, RuleKind, leaves, required};
use crate::request::Request;

pub(super) fn find(policy: &Policy, rule: &Rule, budget: &mut Budget, found: &mut Vec<Conflict>) {
    for duty in &rule.duties {
        if duty.action == Action::Delete && duty.timing == Timing::Before {
            let text = Text::new(
                "删除不能作为前置义务：删除后已无数据可用",
                "delete cannot come before the use: nothing would be left",
            );
            add(found, blocking(duty, text, None, None));
            continue;
        }
        match due(rule, duty, budget) {
            Answer::Yes(request) => prohibited(policy, rule, duty, *request, budget, found),
            Answer::No => never_due(rule, duty, budget, found),
            Answer::Undecided => add(found, undecided(vec![duty.clause.clone()])),
        }
    }
}

fn blocking(duty: &Duty, text: Text, other: Option<String>, witness: Option<Request>) -> Conflict {
    let pointers = std::iter::once(duty.clause.clone()).chain(other).collect();
    Conflict { kind: ConflictKind::Duty, pointers, text, blocking: true, witness }
}

/// That a use is made under the rule, with the duty.
fn use_with<'p>(rule: &'p Rule, duty: &'p Duty) -> Vec<Goal<'p>> {
    let conditions = duty.constraints.iter().map(|constraint| Formula::of(constraint, Sense::Forbid));
    let use_made = match rule.kind {
        RuleKind::Permission => permits(rule),
        RuleKind::Prohibition | RuleKind::Obligation => Formula::All(Formula::scope(rule)).wants(Truths::MET),
    };
    vec![use_made, Formula::All(conditions.collect()).wants(Truths::NOT_RULED_OUT)]
}

/// Looks for a use that brings the duty about.
fn due(rule: &Rule, duty: &Duty, budget: &mut Budget) -> Answer {
    match search(&use_with(rule, duty), budget) {
        Answer::Yes(request) => {
            let action = if rule.kind == RuleKind::Permission { rule.actions.first() } else { None };
            Answer::Yes(Box::new(Request { action: action.copied().unwrap_or(Action::Use).into(), ..*request }))
        }
        other => other,
    }
}

/// Whether the same contract prohibits the duty wherever it comes due. What is done after the use is done at another time, so for it
/// only a prohibition without conditions counts.
fn prohibited(
    policy: &Policy,
    rule: &Rule,
    duty: &Duty,
    witness: Request,
    budget: &mut Budget,
    found: &mut Vec<Conflict>,
) {
    for prohibition in of_kind(policy, RuleKind::Prohibition) {
        if !budget.take(1) {
            return add(found, undecided(vec![duty.clause.clone()]));
        }
        let is_later = duty.timing == Timing::After && !prohibition.constraints.is_empty();
        if is_later || !forbids_wholly(prohibition, duty.action) {
            continue;
        }
        let mut goals = use_with(rule, duty);
        goals.push(Formula::rule(prohibition, Sense::Forbid).wants(Truths::NOT_MET));
        match search(&goals, budget) {
            Answer::Yes(_) => {}
            Answer::Undecided => add(found, undecided(vec![duty.clause.clone(), prohibition.pointer.clone()])),
            Answer::No => {
                let label = duty.action.label();
                let text = Text::new(
                    format!("义务“{}”同时被合约禁止", label.zh),
                    format!("the duty to {} is prohibited by the same contract", label.en),
                );
                return add(found, blocking(duty, text, Some(prohibition.pointer.clone()), Some(witness)));
            }
        }
    }
}

/// Whether an action is forbidden as such, and not because of a part of it.
fn forbids_wholly(prohibition: &Rule, action: Action) -> bool {
    prohibition.actions.iter().any(|own| own.prohibits(action) && (*own == action || !action.permits(*own)))
}

/// A duty that no use brings about: because its term is over before the use may begin, or because its conditions exclude those of the use. If
/// one of the two cannot hold by itself, that is a contradiction and told as such.
fn never_due(rule: &Rule, duty: &Duty, budget: &mut Budget, found: &mut Vec<Conflict>) {
    let goals = use_with(rule, duty);
    if goals.into_iter().any(|goal| search(&[goal], budget) == Answer::No) {
        return;
    }
    let is_time = |constraint: &&Constraint| {
        leaves(std::slice::from_ref(*constraint))
            .iter()
            .all(|leaf| matches!(leaf.operand, Operand::Time | Operand::TimeWindow))
    };
    let of_time = |constraints| -> Vec<Goal<'_>> {
        let parts = Vec::from_iter(constraints);
        parts.into_iter().filter(is_time).map(|part| Formula::of(part, Sense::Permit).wants(Truths::MET)).collect()
    };
    let mut times = of_time(rule.constraints.iter());
    let rule_alone = search(&times, budget);
    let duty_times = of_time(duty.constraints.iter());
    let duty_alone = search(&duty_times, budget);
    times.extend(duty_times);
    let is_late = match (rule_alone, duty_alone, search(&times, budget)) {
        (Answer::Yes(of_use), Answer::Yes(of_duty), Answer::No) => of_duty.time < of_use.time,
        _ => false,
    };
    if is_late {
        let start = required(&rule.constraints).into_iter().find(|leaf| leaf.operand == Operand::Time);
        let text = Text::new("义务的期限早于允许使用的时间", "the duty is due before the use is permitted at all");
        return add(found, blocking(duty, text, start.map(|leaf| leaf.pointer.clone()), None));
    }
    let text = Text::new(
        "义务的条件与该条款的使用条件互相排斥，义务永远不会触发",
        "the conditions of the duty exclude those of the use: it never comes due",
    );
    let pointers = vec![duty.clause.clone(), rule.pointer.clone()];
    add(found, Conflict { kind: ConflictKind::Scope, pointers, text, blocking: false, witness: None });
}
