//! What is written differently in two versions, rule by rule in plain words. Rules are paired by what they say, not by where they stand; within a pair
//! a condition is paired with one on the same operand and a duty with one of the same action.

use xinyu_protocol::api::policy::{ClauseChange, Worded};
use xinyu_protocol::text::Text;

use super::Told;
use crate::action::Action;
use crate::operator::Operator;
use crate::policy::{Constraint, Duty, Leaf, Policy, Rule, RuleKind};

/// More rules than these are paired in their order.
const PAIRED: usize = 200;

/// One clause of a rule.
#[derive(Clone, Debug)]
struct Line {
    /// What it is about, closely and loosely.
    about: [String; 2],
    pointer: String,
    text: Text,
}

/// A rule, or what all rules share.
#[derive(Clone, Debug)]
struct Block {
    kind: Option<RuleKind>,
    actions: Vec<Action>,
    lines: Vec<Line>,
}

pub(super) fn changes(old: &Policy, new: &Policy) -> Vec<ClauseChange> {
    let (old, new) = (blocks(old), blocks(new));
    let mut found = Vec::new();
    for (old, new) in pairs(old, new) {
        let (old, new) =
            (old.map_or_else(Vec::new, |block| block.lines), new.map_or_else(Vec::new, |block| block.lines));
        lines(old, new, &mut found);
    }
    found
}

fn blocks(policy: &Policy) -> Vec<Block> {
    let told = Told::of(policy);
    let mut shared = Block { kind: None, actions: Vec::new(), lines: Vec::new() };
    let mut blocks = Vec::new();
    for rule in &policy.rules {
        let (own, outer): (Vec<_>, Vec<_>) =
            of_rule(rule, &told).into_iter().partition(|line| line.pointer.starts_with(&rule.pointer));
        for line in outer {
            if !shared.lines.iter().any(|other| other.pointer == line.pointer) {
                shared.lines.push(line);
            }
        }
        blocks.push(Block { kind: Some(rule.kind), actions: rule.actions.clone(), lines: own });
    }
    blocks.push(shared);
    blocks
}

fn of_rule(rule: &Rule, told: &Told) -> Vec<Line> {
    let line = |pointer: &str, close: String, loose: String| Line {
        about: [close, loose],
        pointer: pointer.to_owned(),
        text: told.text(pointer),
    };
    let mut lines = vec![line(&rule.pointer, "rule".to_owned(), "rule".to_owned())];
    for constraint in &rule.constraints {
        let (close, loose) = match constraint {
            Constraint::Leaf(leaf) => {
                (format!("{} {}", leaf.operand.name(), way(leaf)), leaf.operand.name().to_owned())
            }
            _ => ("group".to_owned(), "group".to_owned()),
        };
        lines.push(line(constraint.pointer(), close, loose));
    }
    let of_duty = |prefix: &str, duty: &Duty| {
        let loose = format!("{prefix} {}", duty.action.code());
        line(&duty.clause, format!("{loose} {}", duty.timing.name()), loose)
    };
    if rule.kind != RuleKind::Obligation {
        lines.extend(rule.duties.iter().map(|duty| of_duty("duty", duty)));
    }
    lines.extend(rule.consequences.iter().map(|duty| of_duty("breach", duty)));
    lines
}

/// From which side a comparison limits.
fn way(leaf: &Leaf) -> &'static str {
    match leaf.operator {
        Operator::Gt | Operator::Gteq => "from",
        Operator::Neq | Operator::IsNoneOf => "not",
        Operator::Lt | Operator::Lteq => "to",
        _ => "is",
    }
}

/// Rules with their counterparts: those that say the same, then those that have most in common, then those that are left alone.
fn pairs(old: Vec<Block>, new: Vec<Block>) -> Vec<(Option<Block>, Option<Block>)> {
    let mut old: Vec<Option<Block>> = old.into_iter().map(Some).collect();
    let mut new: Vec<Option<Block>> = new.into_iter().map(Some).collect();
    let says = |block: &Option<Block>| {
        block.as_ref().map(|block| block.lines.iter().map(|line| line.text.zh.clone()).collect::<Vec<_>>())
    };
    let mut pairs: Vec<(usize, Option<Block>, Option<Block>)> = Vec::new();
    for place in 0..old.len() {
        let own = old.get(place).and_then(says);
        let same = new.iter().position(|other| other.is_some() && says(other) == own);
        if let Some(same) = same {
            take(place, same, &mut old, &mut new, &mut pairs);
        }
    }
    if old.iter().flatten().count() <= PAIRED && new.iter().flatten().count() <= PAIRED {
        while let Some((_, one, other)) = closest(&old, &new) {
            take(one, other, &mut old, &mut new, &mut pairs);
        }
    } else {
        for place in 0..old.len().min(new.len()) {
            take(place, place, &mut old, &mut new, &mut pairs);
        }
    }
    let alone = old.into_iter().enumerate().filter_map(|(place, block)| block.map(|block| (place, Some(block), None)));
    pairs.extend(alone);
    pairs.sort_by_key(|(place, ..)| *place);
    let added = new.into_iter().flatten().map(|block| (None, Some(block)));
    pairs.into_iter().map(|(_, old, new)| (old, new)).chain(added).collect()
}

fn take(
    one: usize,
    other: usize,
    old: &mut [Option<Block>],
    new: &mut [Option<Block>],
    pairs: &mut Vec<(usize, Option<Block>, Option<Block>)>,
) {
    let (a, b) = (old.get_mut(one).and_then(Option::take), new.get_mut(other).and_then(Option::take));
    pairs.push((one, a, b));
}

/// The two rules that have most in common, if any two have something.
fn closest(old: &[Option<Block>], new: &[Option<Block>]) -> Option<(usize, usize, usize)> {
    let mut best: Option<(usize, usize, usize)> = None;
    for (one, a) in old.iter().enumerate() {
        for (other, b) in new.iter().enumerate() {
            let (Some(a), Some(b)) = (a, b) else { continue };
            let common = common(a, b);
            if common > 0 && best.is_none_or(|(most, ..)| common > most) {
                best = Some((common, one, other));
            }
        }
    }
    best
}

fn common(one: &Block, other: &Block) -> usize {
    if one.kind != other.kind {
        return 0;
    }
    if one.kind.is_none() {
        return 1;
    }
    let actions = one.actions.iter().filter(|action| other.actions.contains(action)).count();
    let lines = one.lines.iter().filter(|line| other.lines.iter().any(|own| own.text == line.text)).count();
    if actions == 0 { 0 } else { actions.saturating_mul(10).saturating_add(lines) }
}

fn lines(mut old: Vec<Line>, mut new: Vec<Line>, found: &mut Vec<ClauseChange>) {
    // What is still there needs no word, wherever it stands now.
    old.retain(|line| match new.iter().position(|other| other.text == line.text) {
        Some(same) => {
            new.remove(same);
            false
        }
        None => true,
    });
    let worded = |line: Line| Worded { clause: line.pointer, text: line.text };
    let mut changed = Vec::new();
    for closeness in 0..2 {
        old.retain(|line| {
            let about = |line: &Line| line.about.get(closeness).cloned();
            match new.iter().position(|other| about(other) == about(line)) {
                Some(place) => {
                    changed.push((line.clone(), new.remove(place)));
                    false
                }
                None => true,
            }
        });
    }
    let change = |change: &str, old: Option<Line>, new: Option<Line>| ClauseChange {
        change: change.to_owned(),
        old: old.map(worded),
        new: new.map(worded),
    };
    found.extend(changed.into_iter().map(|(old, new)| change("changed", Some(old), Some(new))));
    found.extend(old.into_iter().map(|line| change("removed", Some(line), None)));
    found.extend(new.into_iter().map(|line| change("added", None, Some(line))));
}
