//! The fields of a use: a set, of which comparisons ask whether all of it, some of it or enough of it is listed. Pure.
//!
//! What a comparison makes of a set follows from how its worst, its best and, for each listed value, its nearest member lie. These features of a union
//! follow from those of its parts, so all sets are found by uniting single fields until nothing new comes up.

use std::collections::BTreeMap;

use super::{Value, Values};
use crate::operand::{Limit, Operand, Relation};
use crate::operator::Operator;
use crate::policy::Leaf;

/// How many kinds of sets are looked for; lists that have to be covered name by name can have more.
const MOST: usize = 1_024;

/// The nearest as 2, the farthest as 0.
type Features = Vec<u8>;

pub(super) fn values(leaves: &[&Leaf]) -> Values {
    let listed = |leaf: &Leaf| match &leaf.limit {
        Limit::Words(words) => words.clone(),
        _ => Vec::new(),
    };
    let mut names: Vec<String> = leaves.iter().flat_map(|leaf| listed(leaf)).collect();
    names.sort_unstable();
    names.dedup();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut single: BTreeMap<Features, Vec<String>> = BTreeMap::new();
    for field in (Operand::DataField.spec().near)(&words) {
        single.entry(features(leaves, &field)).or_insert_with(|| vec![field]);
    }
    let mut known = single.clone();
    let mut open: Vec<(Features, Vec<String>)> = single.clone().into_iter().collect();
    let mut are_complete = true;
    while let Some((features, fields)) = open.pop() {
        for (other, more) in &single {
            let united = unite(leaves, &features, other);
            if known.len() >= MOST && !known.contains_key(&united) {
                are_complete = false;
                continue;
            }
            known.entry(united).or_insert_with_key(|united| {
                let mut fields = fields.clone();
                fields.extend(more.iter().filter(|field| !fields.contains(field)).cloned().collect::<Vec<_>>());
                open.push((united.clone(), fields.clone()));
                fields
            });
        }
    }
    let mut all: Vec<Vec<String>> = known.into_values().collect();
    if !are_complete {
        all.extend(leaves.iter().map(|leaf| listed(leaf)));
    }
    all.sort_by_key(Vec::len);
    Values { all: all.into_iter().map(Value::Fields).collect(), are_complete }
}

/// For each comparison: how the field lies to the nearest listed value, twice (as worst and as best of a set), and to each value that has to be
/// covered.
fn features(leaves: &[&Leaf], field: &str) -> Features {
    let relate = Operand::DataField.spec().relate;
    let rank = |relation: Relation| match relation {
        Relation::Within => 2,
        Relation::Unclear => 1,
        Relation::Outside => 0,
    };
    let mut features = Vec::new();
    for leaf in leaves {
        let Limit::Words(words) = &leaf.limit else { continue };
        let nearest = words.iter().map(|word| rank(relate(field, word))).max().unwrap_or(0);
        features.extend([nearest, nearest]);
        if covers(leaf) {
            features.extend(words.iter().map(|word| rank(relate(word, field))));
        }
    }
    features
}

/// Whether the comparison asks for each value by itself.
fn covers(leaf: &Leaf) -> bool {
    matches!(leaf.operator, Operator::HasPart | Operator::IsAllOf)
}

fn unite(leaves: &[&Leaf], one: &Features, other: &Features) -> Features {
    let mut pairs = one.iter().zip(other);
    let mut united = Vec::with_capacity(one.len());
    for leaf in leaves {
        let Limit::Words(words) = &leaf.limit else { continue };
        united.extend(pairs.next().map(|(a, b)| *a.min(b)));
        let rest = if covers(leaf) { words.len().saturating_add(1) } else { 1 };
        united.extend(pairs.by_ref().take(rest).map(|(a, b)| *a.max(b)));
    }
    united
}
