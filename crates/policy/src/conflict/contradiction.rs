//! 条件约束矛盾: conditions of one rule that no request can meet together, two or more of them. Pure.

use xinyu_protocol::text::Text;

use super::formula::{Formula, Truths};
use super::search::{Answer, Budget, find as search};
use super::{Conflict, ConflictKind, add, undecided};
use crate::operand::Sense;
use crate::policy::{Constraint, Rule, RuleKind};

/// One of the conditions that all have to hold.
#[derive(Clone)]
struct Part<'p> {
    pointer: &'p str,
    formula: Formula<'p>,
}

pub(super) fn find(rule: &Rule, budget: &mut Budget, found: &mut Vec<Conflict>) {
    let sense = if rule.kind == RuleKind::Permission { Sense::Permit } else { Sense::Forbid };
    let blocking = rule.kind != RuleKind::Prohibition;
    let scope = Formula::scope(rule).into_iter().map(|formula| Part { pointer: &rule.pointer, formula });
    let mut parts: Vec<Part<'_>> = scope.collect();
    parts.extend(required(&rule.constraints, sense));
    report(&rule.pointer, parts, blocking, budget, found);
    alternatives(rule, sense, budget, found);
    for duty in &rule.duties {
        report(&duty.clause, required(&duty.constraints, Sense::Forbid), blocking, budget, found);
    }
}

/// The conditions at the top and under `and`.
fn required(constraints: &[Constraint], sense: Sense) -> Vec<Part<'_>> {
    let each = constraints.iter().flat_map(|constraint| match constraint {
        Constraint::And(_, parts) => required(parts, sense),
        other => vec![Part { pointer: other.pointer(), formula: Formula::of(other, sense) }],
    });
    each.collect()
}

/// Finds sets of conditions of which none can be left out, each condition in one set at the most.
fn report(place: &str, mut parts: Vec<Part<'_>>, blocking: bool, budget: &mut Budget, found: &mut Vec<Conflict>) {
    loop {
        match can_hold(&parts, budget) {
            Answer::Yes(_) => return,
            Answer::Undecided => return add(found, undecided(vec![place.to_owned()])),
            Answer::No => {}
        }
        let mut needed = parts.clone();
        let mut at = 0;
        while at < needed.len() {
            let mut fewer = needed.clone();
            fewer.remove(at);
            match can_hold(&fewer, budget) {
                Answer::No => needed = fewer,
                _ => at = at.saturating_add(1),
            }
        }
        let mut pointers: Vec<String> = needed.iter().map(|part| part.pointer.to_owned()).collect();
        pointers.dedup();
        let text = if needed.len() == 1 {
            Text::new("该约束永远无法满足", "this constraint can never be met")
        } else {
            Text::new("这些约束相互矛盾，不可能同时满足", "these constraints can never be met together")
        };
        parts.retain(|part| !pointers.iter().any(|pointer| pointer == part.pointer));
        let kind = ConflictKind::Contradiction;
        add(found, Conflict { kind, pointers, text, blocking, witness: None });
    }
}

/// Ways out that lead nowhere: parts of an `or` or `xone` that can never hold while the rest of the rule does.
fn alternatives(rule: &Rule, sense: Sense, budget: &mut Budget, found: &mut Vec<Conflict>) {
    let whole = required(&rule.constraints, sense);
    let choices = choices(&rule.constraints);
    if choices.is_empty() || !matches!(can_hold(&whole, budget), Answer::Yes(_)) {
        return;
    }
    for part in choices {
        let mut all = whole.clone();
        all.push(Part { pointer: part.pointer(), formula: Formula::of(part, sense) });
        match can_hold(&all, budget) {
            Answer::Yes(_) => {}
            Answer::Undecided => add(found, undecided(vec![part.pointer().to_owned()])),
            Answer::No => {
                let text =
                    Text::new("该备选条件在本条款中永远无法满足", "this alternative can never be met within its rule");
                let (kind, pointers) = (ConflictKind::Contradiction, vec![part.pointer().to_owned()]);
                add(found, Conflict { kind, pointers, text, blocking: false, witness: None });
            }
        }
    }
}

/// The parts of each `or` and `xone`.
fn choices(constraints: &[Constraint]) -> Vec<&Constraint> {
    let mut all = Vec::new();
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(_) => {}
            Constraint::And(_, parts) => all.extend(choices(parts)),
            Constraint::Or(_, parts) | Constraint::Xone(_, parts) => {
                all.extend(parts);
                all.extend(choices(parts));
            }
        }
    }
    all
}

fn can_hold(parts: &[Part<'_>], budget: &mut Budget) -> Answer {
    let goals: Vec<_> = parts.iter().map(|part| part.formula.clone().wants(Truths::MET)).collect();
    search(&goals, budget)
}
