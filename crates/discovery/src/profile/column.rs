//! One column while it is read: counts and sketches of bounded memory that merge. It holds values (frequent texts, samples are the table's), so it stays where
//! the data lies; what is recognised as personal in a value is not kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use xinyu_core::data::{Cell, Column, ColumnKind};
use xinyu_protocol::text::Text;

use super::declared::Declared;
use super::distinct::{self, Distinct};
use super::distribution::{Distribution, Scale};
use super::frequent::{self, Frequent};
use super::grid::{days, real};
use super::hint::{self, Hint};
use super::inside::Inside;
use super::spread::Spread;
use super::{ColumnProfile, Exposure, Pattern, PatternShare, PersonalKind, Tally, check, permille, plausible, show};
use crate::grade::Grade;
use crate::recognise::{Finding, is_citizen, recognise};

/// Forms of days and moments told apart in one column.
const MOST_FORMS: usize = 64;
/// Texts counted by themselves in one column.
const MOST_TEXTS: usize = 256;

/// Whole numbers below this have too few digits for what the recognisers know.
const SHORT: u64 = 1_000_000;

/// Lengths of text counted together: to this many characters.
pub(super) const LENGTHS: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, u64::MAX];

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnState {
    pub(super) column: Column,
    is_citizen: bool,
    codes: Option<BTreeSet<String>>,
    range: Option<(i64, i64)>,
    grade: Option<Grade>,
    pub(super) nulls: u64,
    blanks: u64,
    pub(super) values: u64,
    pub(super) valid: Tally,
    pub(super) coded: Tally,
    pub(super) plausible: Tally,
    pub(super) dates: Tally,
    pub(super) clean: Tally,
    pub(super) checks: check::Checks,
    distinct: Distinct,
    lengths: Lengths,
    hits: BTreeMap<Pattern, u64>,
    inside: Inside,
    pub(super) forms: Frequent,
    frequent: Frequent,
    pub(super) spread: Spread,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lengths {
    min: Option<u64>,
    max: u64,
    sum: u64,
    classes: [u64; LENGTHS.len()],
}

impl ColumnState {
    pub(super) fn new(column: &Column, declared: &Declared) -> Self {
        let range = declared.ranges.get(&column.name).copied();
        Self {
            column: column.clone(),
            is_citizen: hint::of(&column.name) == Some(Hint::Strong(PersonalKind::CitizenId)),
            codes: declared.codes.get(&column.name).cloned(),
            range: range.or_else(|| plausible::of(&column.name, column.kind)),
            grade: declared.grades.get(&column.name).copied(),
            nulls: 0,
            blanks: 0,
            values: 0,
            valid: Tally::default(),
            coded: Tally::default(),
            plausible: Tally::default(),
            dates: Tally::default(),
            clean: Tally::default(),
            checks: check::Checks::default(),
            distinct: Distinct::default(),
            lengths: Lengths::default(),
            hits: BTreeMap::new(),
            inside: Inside::default(),
            forms: Frequent::new(MOST_FORMS),
            frequent: Frequent::new(MOST_TEXTS),
            spread: Spread::default(),
        }
    }

    pub(super) fn observe(&mut self, seed: u64, cell: &Cell) {
        let printed;
        let value = match cell {
            Cell::Null => {
                self.nulls += 1;
                return;
            }
            Cell::Text(text) => text,
            other => {
                printed = other.to_string();
                &printed
            }
        };
        let trimmed = value.trim();
        if trimmed.is_empty() {
            (self.nulls, self.blanks) = (self.nulls + 1, self.blanks + 1);
            return;
        }
        self.values += 1;
        self.distinct.observe(distinct::hash(seed, std::slice::from_ref(cell)));
        self.lengths.observe(value);
        if let Some(codes) = &self.codes {
            self.coded.count(codes.contains(value));
        }
        let is_valid = match self.column.kind {
            ColumnKind::Date | ColumnKind::Timestamp => self.observe_day(cell, value),
            _ => self.is_valid(cell, value),
        };
        self.valid.count(is_valid);
        match cell {
            // A real day is nothing else.
            Cell::Text(_) if is_valid && self.column.kind != ColumnKind::Text => self.clean.count(true),
            Cell::Integer(number) if number.unsigned_abs() < SHORT => {}
            Cell::Text(_) | Cell::Integer(_) => self.observe_form(cell, trimmed),
            Cell::Boolean(_) => self.frequent.observe(value),
            _ => {}
        }
        let number = match cell {
            Cell::Integer(number) => Some(real(*number)),
            Cell::Real(number) => Some(*number),
            _ => None,
        };
        if let Some(number) = number {
            self.spread.observe(number);
            if let Some((least, most)) = self.range {
                self.plausible.count((real(least)..=real(most)).contains(&number));
            }
        }
    }

    /// What a text or a whole number looks like.
    fn observe_form(&mut self, cell: &Cell, trimmed: &str) {
        let found = recognise(trimmed);
        for pattern in Pattern::ALL.into_iter().filter(|pattern| pattern.matches(trimmed, &found)) {
            *self.hits.entry(pattern).or_default() += 1;
        }
        self.inside.observe(trimmed, &found);
        self.checks.observe(trimmed, &found);
        if let Cell::Text(text) = cell {
            self.clean.count(is_clean(text));
            let is_category = text.len() <= frequent::LONGEST && !found.iter().any(is_personal);
            if is_category && self.column.kind == ColumnKind::Text {
                self.frequent.observe(text);
            }
        }
    }

    /// Whether it is of the declared kind; notes the form and the day.
    fn observe_day(&mut self, cell: &Cell, value: &str) -> bool {
        self.forms.observe(&form(value));
        let Cell::Text(text) = cell else {
            return false;
        };
        let is_date = self.column.kind == ColumnKind::Date;
        let day = match is_date {
            true => text.parse::<jiff::civil::Date>().ok(),
            false => super::rule::moment(text).map(|moment| jiff::tz::TimeZone::UTC.to_datetime(moment).date()),
        };
        if let Some(day) = day {
            self.spread.observe(days(day));
        }
        // In the form of a day, is it one that there was or will be?
        if text.len() >= 10 && form(text.get(..10).unwrap_or_default()) == "9-9-9" {
            self.dates.count(day.is_some_and(|day| (1900..=2100).contains(&day.year())));
        }
        day.is_some()
    }

    /// Whether a value is of the declared kind; of text, that it is clean, and a citizen number where the name of the column says so.
    fn is_valid(&self, cell: &Cell, value: &str) -> bool {
        match (self.column.kind, cell) {
            (ColumnKind::Text, _) => {
                is_clean(value) && value.trim() == value && (!self.is_citizen || is_citizen(value))
            }
            (ColumnKind::Integer, Cell::Integer(_)) | (ColumnKind::Boolean, Cell::Boolean(_)) => true,
            (ColumnKind::Boolean, Cell::Integer(number)) => matches!(number, 0 | 1),
            (ColumnKind::Real, Cell::Real(number)) => number.is_finite(),
            (ColumnKind::Real, Cell::Integer(_)) => true,
            _ => false,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.nulls += other.nulls;
        self.blanks += other.blanks;
        self.values += other.values;
        self.valid.add(other.valid);
        self.coded.add(other.coded);
        self.plausible.add(other.plausible);
        self.dates.add(other.dates);
        self.clean.add(other.clean);
        self.checks.merge(other.checks);
        self.distinct.merge(other.distinct);
        self.lengths.merge(&other.lengths);
        for (pattern, count) in other.hits {
            *self.hits.entry(pattern).or_default() += count;
        }
        self.inside.merge(other.inside);
        self.forms.merge(other.forms);
        self.frequent.merge(other.frequent);
        self.spread.merge(other.spread);
    }

    /// In how many rows a value is, at least.
    pub(super) fn rows_of(&self, seed: u64, cell: &Cell) -> u64 {
        let kept = self.distinct.count(distinct::hash(seed, std::slice::from_ref(cell)));
        kept.unwrap_or_else(|| self.frequent.count(&cell.to_string()))
    }

    /// What was seen, without samples, which the table has.
    pub(super) fn profile(&self) -> ColumnProfile {
        let values = self.values;
        let shares = |(pattern, count): (&Pattern, &u64)| PatternShare {
            pattern: *pattern,
            values: *count,
            permille: permille(*count, values),
        };
        let mut profile = ColumnProfile {
            name: self.column.name.clone(),
            kind: self.column.kind,
            nulls: self.nulls,
            blanks: self.blanks,
            distinct_estimate: self.distinct.estimate(),
            unique: values > 0 && self.distinct.is_unique(),
            min_length: self.lengths.min.unwrap_or_default(),
            max_length: self.lengths.max,
            average_length: self.lengths.sum / values.max(1),
            lengths: self.lengths.shares(),
            patterns: self.hits.iter().map(shares).collect(),
            inside: self.inside.shares(values),
            personal: None,
            basis: None,
            sensitive: false,
            advice: Text::default(),
            exposure: Exposure::Nothing,
            distribution: None,
            frequent: Vec::new(),
            frequent_error: 0,
            samples: Vec::new(),
            judgement: None,
        };
        if let Some((kind, basis)) = profile.judge() {
            profile.personal = Some(kind);
            profile.basis = Some(basis);
            profile.sensitive = kind.is_sensitive();
            profile.advice = kind.advice_for(basis);
        }
        profile.exposure = show::exposure(&profile, self.grade);
        let (scale, is_whole) = match self.column.kind {
            ColumnKind::Date | ColumnKind::Timestamp => (Scale::Day, true),
            kind => (Scale::Number, kind == ColumnKind::Integer),
        };
        profile.distribution = Distribution::of(&self.spread, scale, is_whole, profile.exposure);
        if profile.exposure == Exposure::Open {
            profile.frequent = show::frequent(&self.frequent, values);
            profile.frequent_error = self.frequent.error();
        }
        profile
    }
}

/// Whether something found belongs to a person.
pub(super) fn is_personal(finding: &Finding) -> bool {
    finding.kind.personal().is_some()
}

/// Text without characters that came of a wrong decoding.
fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()))
        && !["锟斤拷", "烫烫烫", "ï»¿", "Ã©"].iter().any(|trace| text.contains(trace))
}

/// `2026-11-23` as `9-9-9`: digits and letters told apart, not counted.
fn form(value: &str) -> String {
    let mut form = String::new();
    for c in value.chars().take(40) {
        let class = match c {
            _ if c.is_ascii_digit() => '9',
            _ if c.is_alphabetic() => 'a',
            _ => c,
        };
        if !form.ends_with(class) {
            form.push(class);
        }
    }
    form
}

impl Lengths {
    fn observe(&mut self, value: &str) {
        let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
        self.min = Some(self.min.map_or(length, |min| min.min(length)));
        self.max = self.max.max(length);
        self.sum = self.sum.saturating_add(length);
        let class = LENGTHS.iter().position(|most| length <= *most);
        if let Some(count) = class.and_then(|class| self.classes.get_mut(class)) {
            *count += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.min = self.min.into_iter().chain(other.min).min();
        self.max = self.max.max(other.max);
        self.sum = self.sum.saturating_add(other.sum);
        for (count, more) in self.classes.iter_mut().zip(other.classes) {
            *count += more;
        }
    }

    fn shares(&self) -> Vec<super::LengthShare> {
        let classes = LENGTHS.iter().zip(self.classes).filter(|(_, values)| *values > 0);
        classes.map(|(most, values)| super::LengthShare { to: (*most).min(self.max), values }).collect()
    }
}
