//! Profiling of a table row by row, in memory that does not grow with the rows.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};
use xinyu_protocol::text::Text;

use super::distinct::{self, Distinct};
use super::hint::{self, Hint};
use super::inside::Inside;
use super::{ColumnProfile, Pattern, PatternShare, PersonalKind, Quality, SecurityLevel, TableProfile, permille};
use crate::recognise::{is_citizen, recognise};

/// Forms of days and moments told apart in one column.
const MAX_FORMS: usize = 16;

/// Sees all rows of a table once.
#[derive(Debug)]
pub struct TableProfiler {
    name: String,
    rows: u64,
    columns: Vec<ColumnProfiler>,
    whole_rows: Distinct,
    birth: Option<usize>,
    citizen: Option<usize>,
    births: Tally,
}

#[derive(Debug)]
struct ColumnProfiler {
    column: Column,
    is_citizen: bool,
    nulls: u64,
    values: u64,
    valid: u64,
    distinct: Distinct,
    lengths: Lengths,
    hits: BTreeMap<Pattern, u64>,
    inside: Inside,
    forms: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct Lengths {
    min: Option<u64>,
    max: u64,
    sum: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    right: u64,
    all: u64,
}

impl TableProfiler {
    /// Begins with a table.
    #[must_use]
    pub fn new(schema: &TableSchema) -> Self {
        let hinted = |kind| {
            schema.columns.iter().position(|column| {
                matches!(hint::of(&column.name), Some(Hint::Strong(found) | Hint::Weak(found)) if found == kind)
            })
        };
        Self {
            name: schema.name.clone(),
            rows: 0,
            columns: schema.columns.iter().map(ColumnProfiler::new).collect(),
            whole_rows: Distinct::default(),
            birth: hinted(PersonalKind::BirthDate),
            citizen: hinted(PersonalKind::CitizenId),
            births: Tally::default(),
        }
    }

    /// Sees one row, its cells in the order of the columns. Missing cells are no values; cells too many are not looked at.
    pub fn observe(&mut self, row: &[Cell]) {
        self.rows += 1;
        self.whole_rows.observe(distinct::hash(row));
        for (position, column) in self.columns.iter_mut().enumerate() {
            column.observe(row.get(position).unwrap_or(&Cell::Null));
        }
        let cell = |position: Option<usize>| position.and_then(|position| row.get(position)).map(Cell::to_string);
        if let (Some(citizen), Some(birth)) = (cell(self.citizen), cell(self.birth))
            && is_citizen(&citizen)
        {
            let day: String = birth.chars().filter(char::is_ascii_digit).take(8).collect();
            if day.len() == 8 {
                self.births.all += 1;
                self.births.right += u64::from(citizen.get(6..14) == Some(day.as_str()));
            }
        }
    }

    /// What was seen.
    #[must_use]
    pub fn finish(self) -> TableProfile {
        let quality = self.quality();
        let columns: Vec<ColumnProfile> = self.columns.into_iter().map(ColumnProfiler::finish).collect();
        let level = columns.iter().filter_map(|column| column.personal).map(PersonalKind::level).max();
        TableProfile {
            name: self.name,
            rows: self.rows,
            columns,
            quality,
            security_level: level.unwrap_or(SecurityLevel::One),
            grading: None,
        }
    }

    fn quality(&self) -> Quality {
        let (mut values, mut nulls, mut valid, mut forms) = (0, 0, 0, self.births);
        for column in &self.columns {
            values += column.values;
            nulls += column.nulls;
            valid += column.valid;
            forms.all += column.forms.values().sum::<u64>();
            forms.right += column.forms.values().max().copied().unwrap_or_default();
        }
        let share = |right: u64, all: u64| (all > 0).then(|| permille(right, all));
        Quality::new(
            share(values, values + nulls),
            share(valid, values),
            (self.rows > 0).then(|| self.whole_rows.first_permille()),
            share(forms.right, forms.all),
        )
    }
}

impl ColumnProfiler {
    fn new(column: &Column) -> Self {
        let hint = hint::of(&column.name);
        Self {
            column: column.clone(),
            is_citizen: hint == Some(Hint::Strong(PersonalKind::CitizenId)),
            nulls: 0,
            values: 0,
            valid: 0,
            distinct: Distinct::default(),
            lengths: Lengths::default(),
            hits: BTreeMap::new(),
            inside: Inside::default(),
            forms: BTreeMap::new(),
        }
    }

    fn observe(&mut self, cell: &Cell) {
        let printed;
        let value = match cell {
            Cell::Null => "",
            Cell::Text(text) => text,
            other => {
                printed = other.to_string();
                &printed
            }
        };
        if value.trim().is_empty() {
            self.nulls += 1;
            return;
        }
        self.values += 1;
        self.distinct.observe(distinct::hash(std::slice::from_ref(cell)));
        self.lengths.observe(value);
        self.valid += u64::from(self.is_valid(cell, value));
        if matches!(cell, Cell::Text(_) | Cell::Integer(_)) {
            let trimmed = value.trim();
            let found = recognise(trimmed);
            for pattern in Pattern::ALL.into_iter().filter(|pattern| pattern.matches(trimmed, &found)) {
                *self.hits.entry(pattern).or_default() += 1;
            }
            self.inside.observe(trimmed, &found);
        }
        if matches!(self.column.kind, ColumnKind::Date | ColumnKind::Timestamp) {
            self.note_form(value);
        }
    }

    /// Whether a value is of the declared kind; of text, that it is clean, and a citizen number where the name of the column says so.
    fn is_valid(&self, cell: &Cell, value: &str) -> bool {
        match (self.column.kind, cell) {
            (ColumnKind::Text, _) => {
                let is_clean = !value.chars().any(|c| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()));
                is_clean && value.trim() == value && (!self.is_citizen || is_citizen(value))
            }
            (ColumnKind::Integer, Cell::Integer(_)) | (ColumnKind::Boolean, Cell::Boolean(_)) => true,
            (ColumnKind::Boolean, Cell::Integer(number)) => matches!(number, 0 | 1),
            (ColumnKind::Real, Cell::Real(number)) => number.is_finite(),
            (ColumnKind::Real, Cell::Integer(_)) => true,
            (ColumnKind::Date, Cell::Text(text)) => text.parse::<Date>().is_ok(),
            (ColumnKind::Timestamp, Cell::Text(text)) => {
                text.parse::<jiff::Timestamp>().is_ok() || text.parse::<DateTime>().is_ok()
            }
            _ => false,
        }
    }

    /// `2026-11-23` as `9-9-9`: digits and letters told apart, not counted.
    fn note_form(&mut self, value: &str) {
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
        let is_known = self.forms.contains_key(&form);
        let form = if is_known || self.forms.len() < MAX_FORMS { form } else { String::new() };
        *self.forms.entry(form).or_default() += 1;
    }

    fn finish(self) -> ColumnProfile {
        let values = self.values;
        let shares = |(pattern, count): (Pattern, u64)| PatternShare {
            pattern,
            values: count,
            permille: permille(count, values),
        };
        let mut profile = ColumnProfile {
            name: self.column.name,
            kind: self.column.kind,
            nulls: self.nulls,
            distinct_estimate: self.distinct.estimate(),
            unique: values > 0 && self.distinct.is_unique(),
            min_length: self.lengths.min.unwrap_or_default(),
            max_length: self.lengths.max,
            average_length: self.lengths.sum / values.max(1),
            patterns: self.hits.into_iter().map(shares).collect(),
            inside: self.inside.shares(values),
            personal: None,
            basis: None,
            sensitive: false,
            advice: Text::default(),
            judgement: None,
        };
        if let Some((kind, basis)) = profile.judge() {
            profile.personal = Some(kind);
            profile.basis = Some(basis);
            profile.sensitive = kind.is_sensitive();
            profile.advice = kind.advice_for(basis);
        }
        profile
    }
}

impl Lengths {
    fn observe(&mut self, value: &str) {
        let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
        self.min = Some(self.min.map_or(length, |min| min.min(length)));
        self.max = self.max.max(length);
        self.sum = self.sum.saturating_add(length);
    }
}
