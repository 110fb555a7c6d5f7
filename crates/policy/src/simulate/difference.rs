//! What changes between two versions of a policy: what is written differently, and what is decided differently. The second is found by the cases that
//! either version distinguishes, so a clause that moves or is said in other words makes no difference in effect.

use jiff::Timestamp;
use xinyu_protocol::api::policy::{EffectChange, PolicyDifference, Ruling};
use xinyu_protocol::text::Text;

use super::table::{Table, essence};
use super::{MOST_WORK, Told, Work, openness, reach, written};
use crate::action::Action;
use crate::decision::Decision;
use crate::operand::Limit;
use crate::policy::{Policy, required};

/// Compares two versions. `at` is the time of cases that need one and do not depend on it.
#[must_use]
pub fn difference(old: &Policy, new: &Policy, at: Timestamp) -> PolicyDifference {
    let told = [Told::of(old), Told::of(new)];
    let mut work = Work::new(MOST_WORK);
    let mut found = PolicyDifference { changes: written::changes(old, new), effects: Vec::new(), complete: true };
    for group in reach::groups(&[old, new]).into_iter().filter(|group| group.spoken) {
        let table = Table::build(&[old, new], group.lead(), at, &mut work);
        found.complete &= table.is_complete();
        for (when, (effect, [old_ruling, new_ruling]), witness) in table.cases(|decisions| effect(decisions, &told)) {
            let change = EffectChange {
                effect: effect.to_owned(),
                actions: group.names(),
                when,
                old: old_ruling,
                new: new_ruling,
                witness: serde_json::to_value(&witness).unwrap_or_default(),
            };
            add(&mut found.effects, change);
        }
        rows(old, new, &group, &table, &told, &mut found.effects);
    }
    found
}

/// How two decisions on one request differ.
fn effect(decisions: &[Decision], told: &[Told; 2]) -> Option<(&'static str, [Ruling; 2])> {
    let [old, new] = decisions else { return None };
    let effect = match openness(new.decision).cmp(&openness(old.decision)) {
        std::cmp::Ordering::Greater => "loosened",
        std::cmp::Ordering::Less => "tightened",
        std::cmp::Ordering::Equal if openness(old.decision) > 0 && essence(old) != essence(new) => "duties",
        std::cmp::Ordering::Equal => return None,
    };
    let [of_old, of_new] = told;
    Some((effect, [of_old.ruling(old), of_new.ruling(new)]))
}

/// Conditions on rows are no part of a decision: they are compared as they are written.
fn rows(
    old: &Policy,
    new: &Policy,
    group: &reach::Group,
    table: &Table<'_>,
    told: &[Told; 2],
    effects: &mut Vec<EffectChange>,
) {
    let action = group.lead();
    let filters = |policy: &Policy| {
        let mut filters: Vec<_> = policy.row_filters(action).iter().map(ToString::to_string).collect();
        filters.sort();
        filters
    };
    if filters(old) == filters(new) {
        return;
    }
    let is_open = |decisions: &[Decision]| {
        let [one, other] = decisions else { return None };
        (openness(one.decision) > 0 && openness(other.decision) > 0).then(|| (one.clone(), other.clone()))
    };
    let Some((_, (one, other), witness)) = table.cases(is_open).into_iter().next() else {
        return;
    };
    let [of_old, of_new] = told;
    let change = EffectChange {
        effect: "rows".to_owned(),
        actions: group.names(),
        when: Vec::new(),
        old: on_rows(of_old.ruling(&one), old, action, of_old),
        new: on_rows(of_new.ruling(&other), new, action, of_new),
        witness: serde_json::to_value(&witness).unwrap_or_default(),
    };
    add(effects, change);
}

/// A ruling told by its condition on rows.
fn on_rows(ruling: Ruling, policy: &Policy, action: Action, told: &Told) -> Ruling {
    let leaves = policy.permissions(action).flat_map(|rule| required(&rule.constraints));
    let pointers: Vec<_> =
        leaves.filter(|leaf| matches!(leaf.limit, Limit::Rows(_))).map(|leaf| leaf.pointer.clone()).collect();
    match pointers.first() {
        Some(first) => {
            let texts: Vec<_> = pointers.iter().map(|pointer| told.text(pointer)).collect();
            Ruling { clause: first.clone(), text: super::words::list(&texts), ..ruling }
        }
        None => Ruling { text: Text::new("不限行", "any row"), ..ruling },
    }
}

/// Adds a change, to the actions of one that is the same if there is one.
fn add(effects: &mut Vec<EffectChange>, change: EffectChange) {
    let is_same = |other: &&mut EffectChange| {
        other.effect == change.effect && other.when == change.when && other.old == change.old && other.new == change.new
    };
    match effects.iter_mut().find(is_same) {
        Some(other) => {
            for action in change.actions {
                if !other.actions.contains(&action) {
                    other.actions.push(action);
                }
            }
        }
        None => effects.push(change),
    }
}
