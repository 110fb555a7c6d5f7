//! Which terms a column may mean, each with its reasons: its name, what its values are, what they look like, where they lie, and whether they are codes of the
//! term. Names are compared in many spellings ([`super::name`]). Nothing is mapped by itself.

use std::collections::BTreeSet;

use serde::Serialize;
use xinyu_core::data::ColumnKind;
use xinyu_protocol::text::Text;

use super::name::Name;
use super::{Range, Term, Vocabulary};
use crate::profile::{ColumnProfile, Pattern};

/// A column that nobody has mapped.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// What people call it; empty if that is not known.
    pub title: &'a str,
    /// What its values are.
    pub kind: ColumnKind,
    /// What a profile tells of its values.
    pub hints: &'a Hints,
}

/// What is known of the values of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// What they look like, and how many of a thousand.
    pub patterns: Vec<(Pattern, u16)>,
    /// Between which numbers they lie.
    pub range: Option<Range>,
    /// Some of them, where they are few; of personal data none. They are compared and never told.
    pub values: Vec<String>,
}

/// A term that a column may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The term, by its IRI.
    pub term: String,
    /// How well it fits, of a thousand.
    pub permille: u16,
    /// Why, the weightiest first.
    pub reasons: Vec<Text>,
}

impl Hints {
    /// What a profile tells.
    #[must_use]
    pub fn of(profile: &ColumnProfile) -> Self {
        let number = |said: &str| said.parse::<f64>().ok().filter(|number| number.is_finite());
        let range = profile.distribution.as_ref().and_then(|spread| number(&spread.from).zip(number(&spread.to)));
        Self {
            patterns: profile.patterns.iter().map(|share| (share.pattern, share.permille)).collect(),
            range: range.map(|(minimum, maximum)| Range { minimum, maximum }),
            // A profile holds no value of a person; should one ever, it is not looked at.
            values: match profile.settled() {
                Some(_) => Vec::new(),
                None => profile.frequent.iter().map(|count| count.value.clone()).collect(),
            },
        }
    }
}

/// A vocabulary made ready for many columns.
#[derive(Clone, Debug)]
pub struct Lexicon<'a> {
    terms: Vec<(&'a Term, Vec<(Name, bool)>)>,
}

/// Below this a likeness is chance.
const LEAST: i32 = 500;
/// Suggestions for a column at most.
const MOST: usize = 5;
/// Of a thousand values this many look alike before the column is taken for it.
const MOSTLY: u16 = 600;

/// Which terms a column may mean, the likeliest first. For many columns a [`Lexicon`] is quicker.
#[must_use]
pub fn suggest(column: &Column<'_>, vocabulary: &Vocabulary) -> Vec<Suggestion> {
    Lexicon::of(vocabulary).suggest(column)
}

impl<'a> Lexicon<'a> {
    /// Makes the names of a vocabulary ready.
    #[must_use]
    pub fn of(vocabulary: &'a Vocabulary) -> Self {
        let names = |term: &'a Term| {
            let label = |name: &str| [&term.name.zh, &term.name.en].iter().any(|label| *label == name);
            (term, term.names().map(|name| (Name::of(name), label(name))).collect())
        };
        Self { terms: vocabulary.terms.iter().map(names).collect() }
    }

    /// Which terms a column may mean, the likeliest first.
    #[must_use]
    pub fn suggest(&self, column: &Column<'_>) -> Vec<Suggestion> {
        let own: Vec<Name> =
            [column.name, column.title].into_iter().filter(|name| !name.is_empty()).map(Name::of).collect();
        let judge = |(term, names): &(&Term, Vec<(Name, bool)>)| judge(column, &own, term, names);
        let mut found: Vec<Suggestion> = self.terms.iter().filter_map(judge).collect();
        found.sort_by(|one, other| (other.permille, &one.term).cmp(&(one.permille, &other.term)));
        found.truncate(MOST);
        found
    }
}

/// A reason, and how many thousandths it is worth.
type Reason = (i32, Text);

fn reason(worth: i32, zh: impl Into<String>, en: impl Into<String>) -> Reason {
    (worth, Text::new(zh, en))
}

fn judge(column: &Column<'_>, own: &[Name], term: &Term, names: &[(Name, bool)]) -> Option<Suggestion> {
    let pairs = own.iter().flat_map(|own| names.iter().map(move |(name, is_label)| (own, name, *is_label)));
    let alike = pairs.filter_map(|(own, name, is_label)| likeness(own, name, is_label)).max_by_key(|(worth, _)| *worth);
    let mut reasons: Vec<Reason> = alike.into_iter().collect();
    reasons.extend(pattern(column.hints, term));
    reasons.extend(coded(column.hints, term));
    // What speaks for a term by itself; the rest only adds to it or takes from it.
    if reasons.iter().all(|(worth, _)| *worth <= 0) {
        return None;
    }
    reasons.extend(kind(column.kind, term));
    reasons.extend(range(column.hints, term));
    let sum: i32 = reasons.iter().map(|(worth, _)| worth).sum();
    if sum < LEAST {
        return None;
    }
    reasons.sort_by_key(|(worth, _)| -worth.abs());
    Some(Suggestion {
        term: term.id.clone(),
        permille: u16::try_from(sum.clamp(0, 1_000)).unwrap_or_default(),
        reasons: reasons.into_iter().map(|(_, text)| text).collect(),
    })
}

/// How alike two names are, and in what.
fn likeness(own: &Name, name: &Name, is_label: bool) -> Option<Reason> {
    if own.words.is_empty() || name.words.is_empty() {
        return None;
    }
    if own.words == name.words || (own.letters == name.letters && !own.letters.is_empty()) {
        return Some(if is_label {
            reason(900, "与术语同名", "it has the name of the term")
        } else {
            reason(880, "与同义词同名", "it has the name of a synonym")
        });
    }
    let first_letters = own.is_letters() && name.initials.contains(&own.letters);
    if first_letters {
        // Two letters are soon the same.
        let worth = match own.letters.len() {
            2 => 600,
            3 => 780,
            _ => 860,
        };
        return Some(reason(worth, "是术语名的拼音首字母", "it is the first letters of a name of the term in Pinyin"));
    }
    [shared(own, name), spelling(own, name)].into_iter().flatten().max_by_key(|(worth, _)| *worth)
}

/// Words of both, of all their words. What a name is of stands at its end, in both languages: `legalPersonPhone` is a telephone, and no legal person.
fn shared(own: &Name, name: &Name) -> Option<Reason> {
    let left: BTreeSet<&String> = own.words.iter().collect();
    let right: BTreeSet<&String> = name.words.iter().collect();
    let both = left.intersection(&right).count();
    let mut worth = thousandths(2 * both, left.len() + right.len()) * 4 / 5;
    let is_last = own.words.last() == name.words.last();
    if both > 0 && is_last {
        worth += 60;
    }
    if right.is_subset(&left) || left.is_subset(&right) {
        worth += 40;
    }
    if right.is_subset(&left) && own.words.last().is_some_and(|last| !right.contains(last)) {
        worth -= 70;
    }
    if own.words.ends_with(&name.words) && name.letters.chars().count() > 1 {
        // Of two that stand at the end the longer says more.
        let length = i32::try_from(name.words.len().min(10)).unwrap_or_default();
        worth = worth.max(700 + 10 * length);
    }
    (worth >= 400).then(|| {
        reason(worth, format!("与术语名共有 {both} 个词"), format!("it shares {both} words with a name of the term"))
    })
}

/// Letters that differ, of names of some length.
fn spelling(own: &Name, name: &Name) -> Option<Reason> {
    let (one, other): (Vec<char>, Vec<char>) = (own.letters.chars().collect(), name.letters.chars().collect());
    let longest = one.len().max(other.len());
    // Of short words every other one is a neighbour; and what differs in every fourth letter is another word.
    if longest < 5 || one.len().abs_diff(other.len()) * 4 > longest {
        return None;
    }
    let apart = distance(&one, &other);
    (apart * 4 <= longest)
        .then(|| reason(thousandths(longest - apart, longest) * 4 / 5, "拼写相近", "it is spelt nearly alike"))
}

fn thousandths(part: usize, whole: usize) -> i32 {
    i32::try_from(part.saturating_mul(1_000) / whole.max(1)).unwrap_or_default()
}

/// Whether the values look like those of the term.
fn pattern(hints: &Hints, term: &Term) -> Option<Reason> {
    let expected = term.pattern?;
    let share = |(pattern, permille): &&(Pattern, u16)| *pattern != Pattern::Masked && *permille >= MOSTLY;
    let seen: Vec<Pattern> = hints.patterns.iter().filter(share).map(|(pattern, _)| *pattern).collect();
    if seen.contains(&expected) {
        return Some(reason(
            560,
            "多数取值符合该术语的识别规则",
            "most of its values are recognised as those of the term",
        ));
    }
    (!seen.is_empty())
        .then(|| reason(-300, "多数取值被识别为别的内容", "most of its values are recognised as something else"))
}

/// Whether the values are codes of the term.
fn coded(hints: &Hints, term: &Term) -> Option<Reason> {
    if term.codes.is_empty() || hints.values.is_empty() {
        return None;
    }
    let is_code = |value: &&String| {
        let value = value.trim();
        let is_it = |code: &super::Code| {
            code.code.eq_ignore_ascii_case(value) || code.name.zh == value || code.name.en.eq_ignore_ascii_case(value)
        };
        !value.is_empty() && term.codes.iter().any(is_it)
    };
    let known = hints.values.iter().filter(is_code).count();
    let all = hints.values.len();
    match thousandths(known, all) {
        // A single value, or figures that stand for anything, say little.
        900..
            if all > 1 && hints.values.iter().any(|value| !value.trim().bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            Some(reason(520, "取值都在术语的代码表中", "its values are codes of the term"))
        }
        900.. => Some(reason(60, "取值都在术语的代码表中", "its values are codes of the term")),
        ..300 => Some(reason(-250, "取值多不在术语的代码表中", "most of its values are no codes of the term")),
        _ => None,
    }
}

fn kind(own: ColumnKind, term: &Term) -> Option<Reason> {
    use ColumnKind::{Date, Integer, Real, Text as Words, Timestamp};
    let expected = term.kind?;
    Some(match (own, expected) {
        _ if own == expected => reason(40, "数据类型一致", "its kind is that of the term"),
        (Integer, Real) | (Real, Integer) | (Date, Timestamp) | (Timestamp, Date) => {
            reason(-20, "数据类型相近", "its kind is close to that of the term")
        }
        // Whatever comes from a text file is text, and codes of figures are read as numbers.
        (Words, _) | (Integer, Words) => {
            reason(-80, "数据类型可以转换", "its kind can be converted to that of the term")
        }
        _ => reason(-250, "数据类型不同", "its kind is another one"),
    })
}

/// Whether the numbers lie where those of the term do; the figures of a profile are rounded outward.
fn range(hints: &Hints, term: &Term) -> Option<Reason> {
    let (seen, agreed) = (hints.range?, term.range?);
    let slack = (agreed.maximum - agreed.minimum) / 10.0;
    let is_inside = seen.minimum >= agreed.minimum - slack && seen.maximum <= agreed.maximum + slack;
    Some(if is_inside {
        reason(50, "取值在术语的范围内", "its values lie in the range of the term")
    } else {
        reason(-250, "取值超出术语的范围", "its values lie beyond the range of the term")
    })
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
