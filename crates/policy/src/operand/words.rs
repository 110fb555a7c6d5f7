//! Comparison of names and codes, shared by the operands that list what is allowed. A single fact counts as a list of one.
//!
//! * `eq`, `isA`, `isAnyOf`, `isPartOf`: the fact lies within one of the listed values; of several facts (fields) all, and in a prohibition
//!   at least one. The standard's own examples use the four alike (Appendix D).
//! * `neq`, `isNoneOf`: the fact lies within none of them.
//! * `hasPart`: the facts cover every listed value.
//! * `isAllOf`: the facts are exactly the listed values (完全匹配约束值的所有内容); in a prohibition covering them is enough.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Sense, Test, Tested, Truth, expected, one_text};
use crate::operator::Operator;

/// The operators that compare names.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::Eq,
    Operator::Neq,
    Operator::IsA,
    Operator::IsAnyOf,
    Operator::IsAllOf,
    Operator::IsNoneOf,
    Operator::IsPartOf,
    Operator::HasPart,
];

/// How a fact lies to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The fact is the value or a part of it.
    Within,
    /// The fact overlaps the value, or cannot be compared with it.
    Unclear,
    /// They have nothing in common.
    Outside,
}

impl From<Relation> for Truth {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Within => Self::Met,
            Relation::Unclear => Self::Unknown,
            Relation::Outside => Self::NotMet,
        }
    }
}

/// Names that are equal or not.
pub(super) fn same(fact: &str, value: &str) -> Relation {
    if fact == value { Relation::Within } else { Relation::Outside }
}

/// Names of registered components, `identifier@version`: a value without a version stands for all of them.
pub(super) fn versioned(fact: &str, value: &str) -> Relation {
    let (id_of_fact, id_of_value) = (id(fact), id(value));
    match (fact.contains('@'), value.contains('@')) {
        _ if fact == value => Relation::Within,
        (true, false) if id_of_fact == value => Relation::Within,
        // Without a version it may be the one that is meant, or another.
        (false, true) if fact == id_of_value => Relation::Unclear,
        _ => Relation::Outside,
    }
}

fn id(name: &str) -> &str {
    name.split_once('@').map_or(name, |(id, _)| id)
}

/// The values themselves, and a name that is none of them.
pub(super) fn near(values: &[&str]) -> Vec<String> {
    let mut near: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    near.push(fresh("other", values));
    near
}

/// A name like this one that is none of the values, whatever the case.
pub(super) fn fresh(name: &str, values: &[&str]) -> String {
    let is_taken = |name: &str| values.iter().any(|value| value.eq_ignore_ascii_case(name));
    let mut fresh = name.to_owned();
    while is_taken(&fresh) {
        fresh.push('x');
    }
    fresh
}

/// Reads a list: a JSON array, the same as a string (`["a","b"]`, `[a, b]`), or names separated by commas or semicolons, Chinese or not.
pub(super) fn read(value: &Value) -> Result<Limit, Text> {
    let words = match value {
        Value::Array(items) => items.iter().map(one_text).collect(),
        Value::String(text) => split(text),
        other => one_text(other).map(|word| vec![word]),
    };
    match words {
        Some(words) if !words.is_empty() && words.iter().all(|word| !word.is_empty()) => Ok(Limit::Words(words)),
        _ => Err(expected(value, "非空的名称列表", "a list of names")),
    }
}

fn split(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        return items.iter().map(one_text).collect();
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    Some(inner.split([',', '，', ';', '；', '、', '\n']).map(|word| word.trim().to_owned()).collect())
}

/// Compares facts with the listed values.
pub(super) fn test(test: &Test<'_>, facts: &[&str]) -> Tested {
    let Limit::Words(values) = &test.leaf.limit else {
        return test.unreadable();
    };
    let relate = test.leaf.operand.spec().relate;
    if facts.is_empty() {
        return test.missing();
    }
    let within = |fact: &str| Truth::any(values.iter().map(|value| relate(fact, value).into()));
    let covered =
        || Truth::all(values.iter().map(|value| Truth::any(facts.iter().map(|fact| relate(value, fact).into()))));
    let of_each = |truth: &dyn Fn(&str) -> Truth| {
        let truths = facts.iter().map(|fact| truth(fact));
        if test.sense == Sense::Permit { Truth::all(truths) } else { Truth::any(truths) }
    };
    let truth = match test.leaf.operator {
        Operator::Neq | Operator::IsNoneOf => of_each(&|fact| within(fact).not()),
        Operator::HasPart => covered(),
        Operator::IsAllOf if test.sense == Sense::Forbid => covered(),
        Operator::IsAllOf => Truth::all([of_each(&within), covered()]),
        _ => of_each(&within),
    };
    test.tested(truth, || explain(test, truth, facts, values, &within))
}

fn explain(test: &Test<'_>, truth: Truth, facts: &[&str], values: &[String], within: &dyn Fn(&str) -> Truth) -> Text {
    let spec = test.leaf.operand.spec();
    let (zh, en) = (spec.zh, spec.en);
    let excludes = matches!(test.leaf.operator, Operator::Neq | Operator::IsNoneOf);
    let named = |wanted: Truth| {
        let hits: Vec<_> = facts.iter().copied().filter(|fact| within(fact) == wanted).collect();
        list(test, if hits.is_empty() { facts } else { &hits })
    };
    let values = list(test, &values.iter().map(String::as_str).collect::<Vec<_>>());
    match (truth, test.sense, excludes) {
        (Truth::Unknown, ..) => {
            let fact = named(Truth::Unknown);
            Text::new(
                format!("无法判断{zh} {} 是否在合约约定的范围内：{}", fact.zh, values.zh),
                format!(
                    "it cannot be told whether the {en} {} lies within what the contract names: {}",
                    fact.en, values.en
                ),
            )
        }
        (Truth::Met, Sense::Permit, _) => Text::new(
            format!("{zh}符合合约约定：{}", list(test, facts).zh),
            format!("the {en} is as the contract allows: {}", list(test, facts).en),
        ),
        (Truth::NotMet, Sense::Permit, false) => {
            let fact = named(Truth::NotMet);
            match test.leaf.operator {
                Operator::HasPart | Operator::IsAllOf => Text::new(
                    format!("{zh} {} 与合约约定的不完全一致：{}", fact.zh, values.zh),
                    format!("{en} {} is not all that the contract asks for: {}", fact.en, values.en),
                ),
                _ => Text::new(
                    format!("{zh} {} 不在合约允许的{zh}内：{}", fact.zh, values.zh),
                    format!("{en} {} is not among those that the contract allows: {}", fact.en, values.en),
                ),
            }
        }
        (Truth::NotMet, Sense::Permit, true) => {
            let fact = named(Truth::Met);
            Text::new(
                format!("{zh} {} 被合约排除：{}", fact.zh, values.zh),
                format!("{en} {} is excluded by the contract: {}", fact.en, values.en),
            )
        }
        (Truth::Met, Sense::Forbid, false) => {
            let fact = named(Truth::Met);
            Text::new(
                format!("{zh} {} 属于合约禁止的范围：{}", fact.zh, values.zh),
                format!("{en} {} is among what the contract prohibits: {}", fact.en, values.en),
            )
        }
        (Truth::Met, Sense::Forbid, true) => {
            let fact = named(Truth::NotMet);
            Text::new(
                format!("{zh} {} 不在禁止条款豁免的范围内：{}", fact.zh, values.zh),
                format!("{en} {} is not among what the prohibition spares: {}", fact.en, values.en),
            )
        }
        (Truth::NotMet, Sense::Forbid, _) => Text::new(
            format!("{zh}不属于合约禁止的范围：{}", list(test, facts).zh),
            format!("the {en} is not among what the contract prohibits: {}", list(test, facts).en),
        ),
    }
}

/// At most eight names, so that a sentence stays one; codes with what they mean.
fn list(test: &Test<'_>, words: &[&str]) -> Text {
    let shown: Vec<_> = words
        .iter()
        .take(8)
        .map(|word| test.leaf.operand.code_label(word).unwrap_or_else(|| Text::new(*word, *word)))
        .collect();
    let more = if words.len() > shown.len() { ", …" } else { "" };
    let join = |pick: fn(&Text) -> &str| format!("{}{more}", shown.iter().map(pick).collect::<Vec<_>>().join(", "));
    Text::new(join(|text| &text.zh), join(|text| &text.en))
}
