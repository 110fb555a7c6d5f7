//! Fields: a use names several at once, so what a policy distinguishes is sets of them. Fields that every comparison answers alike are one for this; sets
//! are then tried from the smallest on, as long as they are answered differently from those before.

use serde_json::json;
use xinyu_protocol::text::Text;

use super::fact::{Asked, Candidate, Fact, Shown, Watch};
use super::words::{list, values};
use super::{TooMuch, Work, reach};
use crate::action::Action;
use crate::operand::{Operand, Truth};
use crate::operator::Operator;
use crate::policy::Leaf;

/// A field that no policy names.
const NO_FIELD: &str = "xinyu_other_field";
/// A table that no policy names.
const NO_TABLE: &str = "xinyu_other_table";
/// How many sets are tried.
const MOST_SETS: usize = 512;

/// Fields that are answered alike.
struct Kind<'v> {
    /// That the policy names.
    fields: Vec<&'v str>,
    /// That it does not name as they are written: another field, or one whose table or spelling leaves it unclear which it is.
    other: Option<String>,
    /// The field of the policy that it may be, written in another way.
    may_be: Option<&'v str>,
}

pub(super) fn candidates(watch: &Watch<'_>, action: Action, work: &mut Work) -> Result<Vec<Candidate>, TooMuch> {
    let named = values(&watch.leaves);
    let weight = watch.leaves.iter().map(|(leaf, _)| reach::size(leaf)).sum::<usize>().saturating_add(4);
    let mut key = |fields: &[&str]| -> Result<Vec<Truth>, TooMuch> {
        work.spend(u64::try_from(weight.saturating_mul(fields.len())).unwrap_or(u64::MAX))?;
        let mut asked = Asked::new(action);
        asked.set(Fact::Word(Operand::DataField).member(), json!(fields));
        Ok(watch.key(&asked.request(action)))
    };
    let whole = |leaf: &Leaf| matches!(leaf.operator, Operator::HasPart | Operator::IsAllOf);
    let asks_for_all = watch.leaves.iter().any(|(leaf, _)| whole(leaf));
    let mut kinds: Vec<(Vec<Truth>, Kind<'_>)> = Vec::new();
    for field in &named {
        let own = key(&[field])?;
        match kinds.iter_mut().find(|(other, _)| *other == own && !asks_for_all) {
            Some((_, kind)) => kind.fields.push(field),
            None => kinds.push((own, Kind { fields: vec![field], other: None, may_be: None })),
        }
    }
    for (field, may_be) in unnamed(&named) {
        let own = key(&[&field])?;
        // Beside others it can be answered in another way than alone, where all are asked for.
        let is_alike = |kind: &Kind<'_>| !asks_for_all || (kind.other.is_some() && kind.may_be == may_be);
        if !kinds.iter().any(|(other, kind)| *other == own && is_alike(kind)) {
            kinds.push((own, Kind { fields: Vec::new(), other: Some(field), may_be }));
        }
    }
    let kinds: Vec<Kind<'_>> = kinds.into_iter().map(|(_, kind)| kind).collect();
    let fields_of = |set: &[usize]| -> Vec<&str> {
        let chosen = set.iter().filter_map(|index| kinds.get(*index));
        chosen.flat_map(|kind| kind.fields.iter().copied().chain(kind.other.as_deref())).collect()
    };
    // Sets in the order in which they are found, each with what it is answered.
    let mut sets: Vec<(Vec<usize>, Vec<Truth>)> = Vec::new();
    let mut queue: Vec<Vec<usize>> = (0..kinds.len()).map(|index| vec![index]).collect();
    if asks_for_all {
        queue.extend(sought(watch, &named, &kinds));
    }
    let mut next = 0;
    while let Some(set) = queue.get(next).cloned() {
        next = next.saturating_add(1);
        let own = key(&fields_of(&set))?;
        let is_new = !sets.iter().any(|(_, other)| *other == own);
        if is_new {
            sets.push((set.clone(), own));
        } else if !asks_for_all || set.len() > 1 {
            continue;
        }
        for more in (0..kinds.len()).filter(|index| !set.contains(index)) {
            let mut larger = set.clone();
            larger.push(more);
            larger.sort_unstable();
            if !queue.contains(&larger) {
                queue.push(larger);
            }
        }
        if queue.len() > MOST_SETS {
            return Err(TooMuch);
        }
    }
    let mut found = Vec::new();
    for (set, own) in sets {
        // Everything that can be added without another answer is told with it.
        let (mut full, mut is_any) = (set.clone(), true);
        for more in (0..kinds.len()).filter(|index| !set.contains(index)) {
            let mut larger = full.clone();
            larger.push(more);
            larger.sort_unstable();
            if key(&fields_of(&larger))? == own {
                full = larger;
            }
        }
        for index in &full {
            is_any &= key(&fields_of(&[*index]))? == own;
        }
        let shown = shown(&kinds, &set, &full, is_any);
        found.push(Candidate::word(Fact::Word(Operand::DataField).member(), json!(fields_of(&set)), shown));
    }
    Ok(found)
}

/// A field that nobody names, and ways to write one so that it is unclear which is meant: without its table, with one where none is named, or in other
/// letters.
fn unnamed<'v>(named: &[&'v str]) -> Vec<(String, Option<&'v str>)> {
    let mut found = vec![(NO_FIELD.to_owned(), None)];
    for field in named {
        let other_way = match field.rsplit_once('.') {
            Some((_, column)) => column.to_owned(),
            None => format!("{NO_TABLE}.{field}"),
        };
        let loud = Some(field.to_uppercase()).filter(|loud| loud != field);
        let ways = [other_way].into_iter().chain(loud).filter(|way| !named.contains(&way.as_str()));
        found.extend(ways.map(|way| (way, Some(*field))));
    }
    found
}

/// What comparisons that ask for all of their fields can be answered: all, all but one, all with another, and all with one written in another way.
fn sought(watch: &Watch<'_>, named: &[&str], kinds: &[Kind<'_>]) -> Vec<Vec<usize>> {
    let place = |field: &str| kinds.iter().position(|kind| kind.fields.contains(&field));
    let other = kinds.iter().position(|kind| kind.other.as_deref() == Some(NO_FIELD));
    let mut sets = Vec::new();
    let lists =
        watch.leaves.iter().map(|(leaf, _)| values(&[(*leaf, crate::operand::Sense::Permit)])).chain([named.to_vec()]);
    for list in lists {
        let mut all: Vec<usize> = list.iter().filter_map(|field| place(field)).collect();
        all.sort_unstable();
        all.dedup();
        sets.push(all.clone());
        sets.push(all.iter().copied().skip(1).collect());
        for (place, kind) in kinds.iter().enumerate() {
            let Some(field) = kind.may_be.filter(|field| list.contains(field)) else { continue };
            let own = kinds.iter().position(|kind| kind.fields.contains(&field));
            let mut rewritten: Vec<usize> = all.iter().copied().filter(|index| Some(*index) != own).collect();
            rewritten.push(place);
            rewritten.sort_unstable();
            sets.push(rewritten);
        }
        let mut more = all;
        more.extend(other);
        more.sort_unstable();
        more.dedup();
        sets.push(more);
    }
    sets.retain(|set| !set.is_empty());
    sets
}

fn shown(kinds: &[Kind<'_>], set: &[usize], full: &[usize], is_any: bool) -> Shown {
    let others: Vec<_> = set.iter().filter_map(|index| kinds.get(*index)?.other.as_deref()).collect();
    let fields = |indexes: &[usize]| {
        let chosen = indexes.iter().filter_map(|index| kinds.get(*index)).flat_map(|kind| kind.fields.iter());
        let mut texts: Vec<Text> = chosen.map(|field| Text::new(*field, *field)).collect();
        let all = texts.len();
        if all > 8 {
            texts.truncate(8);
            texts.push(Text::new(format!("等 {all} 个"), format!("… {all} in all")));
        }
        list(&texts)
    };
    if !others.is_empty() {
        return Shown::Other(match (kinds.len(), others.contains(&NO_FIELD)) {
            (1, _) => Text::new("任意字段", "any field"),
            (_, true) => Text::new("含其他字段", "with another field"),
            (_, false) => Text::new("含写法不明的字段", "with a field that is not clearly written"),
        });
    }
    if is_any {
        let all = fields(full);
        return Shown::Word(Text::new(format!("仅 {}", all.zh), format!("only of {}", all.en)));
    }
    let own = fields(set);
    Shown::Word(Text::new(format!("同时含 {}", own.zh), format!("{} together", own.en)))
}
