//! 语义模型: the terms that a space agrees on, and which of them a column that nobody has mapped may mean. By words alone: shared words, synonyms and small
//! differences of spelling, each with its reason, so that a person can judge. Nothing is mapped by itself.

use serde::{Deserialize, Serialize};
use xinyu_core::data::ColumnKind;
use xinyu_protocol::text::Text;

use super::model::{Field, Phrase};

/// A term of a glossary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// The concept, by its IRI.
    pub concept: String,
    /// What it is called.
    pub label: Phrase,
    /// What it is called too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// What its values are, if that is agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ColumnKind>,
}

/// A term that a column may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    /// The concept.
    pub concept: String,
    /// How well it fits, of a thousand.
    pub permille: u16,
    /// Why.
    pub reason: Text,
}

/// Below this a likeness is chance.
const LEAST: u16 = 500;
/// Taken off where the kind of the column is another one.
const OTHER_KIND: u16 = 250;
/// Suggestions for a column at most.
const MOST: usize = 5;
/// Characters of a name that are compared.
const MAX_NAME: usize = 128;

/// Which terms a column may mean, the likeliest first. A column that is mapped already gets none.
#[must_use]
pub fn suggest(field: &Field, glossary: &[Term]) -> Vec<Suggestion> {
    if field.concept.is_some() {
        return Vec::new();
    }
    let mut found: Vec<Suggestion> = glossary.iter().filter_map(|term| judge(field, term)).collect();
    found.sort_by(|one, other| (other.permille, &one.concept).cmp(&(one.permille, &other.concept)));
    found.truncate(MOST);
    found
}

fn judge(field: &Field, term: &Term) -> Option<Suggestion> {
    let own = [field.name.as_str(), &field.title.zh, &field.title.en];
    let labels = [term.label.zh.as_str(), &term.label.en].into_iter().map(|name| (name, true));
    let names: Vec<(&str, bool)> = labels.chain(term.synonyms.iter().map(|name| (name.as_str(), false))).collect();
    let pairs = own.iter().flat_map(|own| names.iter().map(move |(name, is_label)| (*own, *name, *is_label)));
    let likeness =
        pairs.filter_map(|(own, name, is_label)| likeness(own, name, is_label)).max_by_key(|(permille, _)| *permille);
    let (mut permille, mut reason) = likeness?;
    if term.kind.is_some_and(|kind| kind != field.kind) {
        permille = permille.saturating_sub(OTHER_KIND);
        reason =
            Text::new(format!("{}；但数据类型不同", reason.zh), format!("{}; but its kind is another one", reason.en));
    }
    (permille >= LEAST).then(|| Suggestion { concept: term.concept.clone(), permille, reason })
}

/// How alike two names are, and in what.
fn likeness(own: &str, name: &str, is_label: bool) -> Option<(u16, Text)> {
    let (left, right) = (words(own), words(name));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left == right {
        return Some(if is_label {
            (1000, Text::new("与术语同名", "it has the name of the term"))
        } else {
            (950, Text::new("与同义词同名", "it has the name of a synonym"))
        });
    }
    let shared = left.iter().filter(|word| right.contains(word)).count();
    let overlap = share(2 * shared, left.len() + right.len(), 900);
    let (one, other): (Vec<char>, Vec<char>) = (left.concat().chars().collect(), right.concat().chars().collect());
    let longest = one.len().max(other.len());
    // Of short words every other one is a neighbour.
    let spelling = if longest >= 5 { share(longest - distance(&one, &other), longest, 900) } else { 0 };
    Some(if overlap >= spelling {
        (
            overlap,
            Text::new(
                format!("与术语名共有 {shared} 个词"),
                format!("it shares {shared} words with a name of the term"),
            ),
        )
    } else {
        (spelling, Text::new("拼写相近", "it is spelt nearly alike"))
    })
}

fn share(part: usize, whole: usize, most: usize) -> u16 {
    u16::try_from(part.saturating_mul(most) / whole.max(1)).unwrap_or_default()
}

/// Words of a name in small letters; of Chinese the single characters, since its names are short.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars().take(MAX_NAME) {
        let is_word = c.is_alphanumeric();
        let is_wide = is_word && !c.is_ascii();
        let is_break = !previous.is_alphanumeric()
            || is_wide
            || !previous.is_ascii()
            || (c.is_uppercase() && previous.is_lowercase());
        let lower = c.to_lowercase();
        match words.last_mut() {
            _ if !is_word => {}
            Some(last) if !is_break => last.extend(lower),
            _ => words.push(lower.collect()),
        }
        previous = c;
    }
    words
}

/// Letters to insert, leave out or replace.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.iter().enumerate() {
        let mut corner = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (above, d) in row.iter().skip(1).zip(other) {
            left = (corner + usize::from(c != d)).min(above + 1).min(left + 1);
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glossary() -> Vec<Term> {
        let term = |concept: &str, zh: &str, en: &str, synonyms: &[&str], kind| Term {
            concept: concept.to_owned(),
            label: Phrase { zh: zh.to_owned(), en: en.to_owned() },
            synonyms: synonyms.iter().map(|name| (*name).to_owned()).collect(),
            kind,
        };
        vec![
            term("t:amount", "订单金额", "order amount", &["total price", "amt"], Some(ColumnKind::Real)),
            term("t:date", "下单日期", "order date", &["ordered on"], Some(ColumnKind::Date)),
            term("t:customer", "客户编号", "customer number", &["client id"], None),
        ]
    }

    fn check(name: &str, kind: ColumnKind, expect: Option<(&str, u16)>) {
        let found = suggest(&Field::new(name, kind), &glossary());
        assert_eq!(found.first().map(|first| (first.concept.as_str(), first.permille)), expect, "{name}: {found:?}");
    }

    #[test]
    fn columns_are_mapped_by_words_synonyms_and_spelling() {
        check("order_amount", ColumnKind::Real, Some(("t:amount", 1000)));
        check("OrderAmount", ColumnKind::Real, Some(("t:amount", 1000)));
        check("订单金额", ColumnKind::Real, Some(("t:amount", 1000)));
        check("AMT", ColumnKind::Real, Some(("t:amount", 950)));
        check("order_amount", ColumnKind::Text, Some(("t:amount", 750)));
        check("订单总金额", ColumnKind::Real, Some(("t:amount", 800)));
        check("costumer_number", ColumnKind::Integer, Some(("t:customer", 771)));
        check("clientId", ColumnKind::Integer, Some(("t:customer", 950)));
        check("colour", ColumnKind::Text, None);
        check("", ColumnKind::Text, None);
    }

    #[test]
    fn what_is_mapped_gets_no_suggestion() {
        let mut field = Field::new("order_amount", ColumnKind::Real);
        field.concept = Some("t:other".to_owned());
        assert_eq!(suggest(&field, &glossary()), []);
    }
}
