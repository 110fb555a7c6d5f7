//! Profiling of a table row by row, in memory that does not grow with the rows. What was seen can be kept (serde), continued with more rows, and merged with what
//! was seen of other rows of the same table: counts come out the same in whichever order. It holds values: it stays where the data lies.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use xinyu_core::data::{Cell, TableSchema};
use xinyu_protocol::text::Text;

use super::column::ColumnState;
use super::declared::{Circumstances, Declared, Progress};
use super::distinct::{self, Distinct};
use super::rule::{Kept, Rule};
use super::{PersonalKind, Quality, SecurityLevel, TableProfile, measure, show};

/// Rows shown as samples.
const SAMPLES: usize = 5;

/// Sees all rows of a table once.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfiler {
    version: Version,
    schema: TableSchema,
    pub(super) declared: Declared,
    pub(super) rows: u64,
    pub(super) columns: Vec<ColumnState>,
    pub(super) whole_rows: Distinct,
    pub(super) keys: Distinct,
    /// Rows with as many cells as there are columns.
    pub(super) full_rows: u64,
    pub(super) rules: Vec<Kept>,
    /// The rows whose hash is smallest, of different rows: as good as drawn by lot, and the same in any order.
    samples: BTreeMap<u64, Vec<Cell>>,
}

/// Why two states are not of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// Columns or name differ.
    Schema,
    /// What was declared differs.
    Declared,
}

impl Unlike {
    /// As a person reads it.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Schema => Text::new("两份画像状态的表结构不同", "the states are of tables with different columns"),
            Self::Declared => Text::new("两份画像状态的声明不同", "the states rest on different declarations"),
        }
    }
}

/// The values that it holds are nobody's to see.
impl fmt::Debug for TableProfiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableProfiler")
            .field("name", &self.schema.name)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl TableProfiler {
    /// Begins with a table.
    #[must_use]
    pub fn new(schema: &TableSchema) -> Self {
        Self::with(schema, Declared::default())
    }

    /// Begins with a table of which something is declared. A rule or a key of columns that it has not is left out.
    #[must_use]
    pub fn with(schema: &TableSchema, declared: Declared) -> Self {
        let rules = Rule::of_names(schema).into_iter().chain(declared.rules.iter().cloned());
        Self {
            version: Version,
            schema: schema.clone(),
            rows: 0,
            columns: schema.columns.iter().map(|column| ColumnState::new(column, &declared)).collect(),
            whole_rows: Distinct::default(),
            keys: Distinct::default(),
            full_rows: 0,
            rules: rules.filter_map(|rule| rule.keep(schema)).collect(),
            samples: BTreeMap::new(),
            declared,
        }
    }

    /// Sees one row, its cells in the order of the columns. Missing cells are no values; cells too many are not looked at.
    pub fn observe(&mut self, row: &[Cell]) {
        let seed = self.declared.seed;
        self.rows += 1;
        self.full_rows += u64::from(row.len() >= self.columns.len());
        let hash = distinct::hash(seed, row);
        self.whole_rows.observe(hash);
        self.sample(distinct::mix(hash ^ distinct::mix(seed)), row);
        for (position, column) in self.columns.iter_mut().enumerate() {
            column.observe(seed, row.get(position).unwrap_or(&Cell::Null));
        }
        self.rules.iter_mut().for_each(|rule| rule.observe(row));
        if !self.declared.key.is_empty() {
            let key = self.declared.key.iter().filter_map(|name| row.get(self.schema.position(name)?)).cloned();
            self.keys.observe(distinct::hash(seed, &key.collect::<Vec<_>>()));
        }
    }

    /// Together with what was seen of other rows of the table.
    ///
    /// # Errors
    /// When it is another table, or other things were declared.
    pub fn merge(&mut self, other: Self) -> Result<(), Unlike> {
        if self.schema != other.schema {
            return Err(Unlike::Schema);
        }
        if (Declared { rows: None, ..self.declared.clone() }) != (Declared { rows: None, ..other.declared.clone() }) {
            return Err(Unlike::Declared);
        }
        // Each part may know its own rows only, or the whole's.
        self.declared.rows = self.declared.rows.max(other.declared.rows);
        self.rows += other.rows;
        self.full_rows += other.full_rows;
        self.whole_rows.merge(other.whole_rows);
        self.keys.merge(other.keys);
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.merge(more);
        }
        for (rule, more) in self.rules.iter_mut().zip(other.rules) {
            rule.tally.add(more.tally);
        }
        self.samples.extend(other.samples);
        while self.samples.len() > SAMPLES {
            self.samples.pop_last();
        }
        Ok(())
    }

    /// How far the reading is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { rows: self.rows, known: self.declared.rows }
    }

    /// The source says anew how many rows it has.
    pub fn expect_rows(&mut self, rows: u64) {
        self.declared.rows = Some(rows);
    }

    /// The seed of its hashes.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.declared.seed
    }

    /// The table whose rows it sees.
    #[must_use]
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// What was seen, without anything known besides.
    #[must_use]
    pub fn finish(self) -> TableProfile {
        self.profile(&Circumstances::default())
    }

    /// What was seen until now.
    #[must_use]
    pub fn profile(&self, circumstances: &Circumstances) -> TableProfile {
        let seed = self.declared.seed;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (position, state) in self.columns.iter().enumerate() {
            let mut column = state.profile();
            let cells = self.samples.values().map(|row| row.get(position).unwrap_or(&Cell::Null));
            column.samples = cells.map(|cell| show::sample(seed, cell, state, &column)).collect();
            columns.push(column);
        }
        let level = columns.iter().filter_map(|column| column.personal).map(PersonalKind::level).max();
        TableProfile {
            name: self.schema.name.clone(),
            rows: self.rows,
            columns,
            quality: Quality::of(measure::all(self, circumstances)),
            security_level: level.unwrap_or(SecurityLevel::One),
            grading: None,
        }
    }

    fn sample(&mut self, lot: u64, row: &[Cell]) {
        let is_in = self.samples.len() < SAMPLES || self.samples.last_key_value().is_some_and(|(last, _)| lot < *last);
        if is_in && !self.samples.contains_key(&lot) {
            self.samples.insert(lot, row.iter().take(self.columns.len()).map(show::keep).collect());
            if self.samples.len() > SAMPLES {
                self.samples.pop_last();
            }
        }
    }
}

/// The form of a kept state. One of another form is not read: the table is then read anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version;

const VERSION: u32 = 1;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => Err(de::Error::custom(format!("state of a profile in form {other}, known is {VERSION}"))),
        }
    }
}
