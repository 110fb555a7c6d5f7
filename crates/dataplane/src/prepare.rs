//! Preparation before delivery (NDI-TR-2025-05 数据预处理; TC609-6-2025-14 C.6 数据字段, 数据字段值): of a table only the chosen
//! fields, only the rows that match, and masked what is to be masked.

use std::collections::BTreeMap;

use xinyu_core::data::{Cell, Column, TableSchema};
use xinyu_policy::{Expression, Value};

use crate::source::{Source, SourceError};

mod mask;
#[cfg(test)]
mod tests;

pub use self::mask::{METHODS, MaskMethod};

/// What is delivered of one table.
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// What it is called in the package.
    pub table: String,
    /// Where its rows lie.
    pub source: Source,
    /// The fields delivered, in this order; a table without any is left out.
    pub fields: Vec<String>,
    /// All must match for a row to be delivered. They name a field as `name` or `table.name`, delivered or not, and see it
    /// before it is masked.
    pub filter: Vec<Expression>,
    /// Fields and how each is masked; several for one field apply one after another. One that is not delivered is let be.
    pub masks: Vec<(String, MaskMethod)>,
}

/// A plan that does not fit its source.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The source cannot be read.
    #[error("table {table}: {error}")]
    Source {
        /// The table of the plan.
        table: String,
        /// Why.
        error: SourceError,
    },
    /// A field that the source does not have. Nothing is delivered then, rather than too much or something else.
    #[error("table {table} has no field {field} to {purpose}")]
    Field {
        /// The table of the plan.
        table: String,
        /// The field, as written.
        field: String,
        /// `deliver`, `filter by` or `mask`.
        purpose: &'static str,
    },
    /// A field twice.
    #[error("field {field} of table {table} is asked for twice")]
    Repeated {
        /// The table of the plan.
        table: String,
        /// The field.
        field: String,
    },
}

/// A plan made to fit a source.
#[derive(Debug)]
pub(crate) struct Preparation {
    /// The delivered table.
    pub(crate) schema: TableSchema,
    /// What to read: the delivered fields, then those that only filters see.
    pub(crate) columns: Vec<String>,
    filter: Vec<Expression>,
    /// For a field as a filter writes it: where it stands in a row.
    places: BTreeMap<String, usize>,
    masks: Vec<(usize, MaskMethod)>,
}

impl Preparation {
    /// Fits a plan to the source's columns.
    pub(crate) fn new(plan: &TablePlan, source: &TableSchema) -> Result<Self, PrepareError> {
        let missing =
            |field: &str, purpose| PrepareError::Field { table: plan.table.clone(), field: field.to_owned(), purpose };
        let mut columns: Vec<String> = Vec::new();
        let mut delivered: Vec<Column> = Vec::new();
        for field in &plan.fields {
            if columns.contains(field) {
                return Err(PrepareError::Repeated { table: plan.table.clone(), field: field.clone() });
            }
            let found = source.columns.iter().find(|column| column.name == *field);
            delivered.push(found.ok_or_else(|| missing(field, "deliver"))?.clone());
            columns.push(field.clone());
        }
        let mut masks = Vec::new();
        for (field, method) in &plan.masks {
            if source.position(field).is_none() {
                return Err(missing(field, "mask"));
            }
            let place = columns.iter().position(|column| column == field);
            if let Some((place, column)) = place.and_then(|place| Some((place, delivered.get_mut(place)?))) {
                column.kind = method.kind(column.kind);
                masks.push((place, *method));
            }
        }
        let mut places = BTreeMap::new();
        for written in plan.filter.iter().flat_map(Expression::fields) {
            let field = own_field(&written, &plan.table).ok_or_else(|| missing(&written, "filter by"))?;
            if source.position(field).is_none() {
                return Err(missing(&written, "filter by"));
            }
            let place = columns.iter().position(|column| column == field).unwrap_or_else(|| {
                columns.push(field.to_owned());
                columns.len().saturating_sub(1)
            });
            places.insert(written, place);
        }
        let schema = TableSchema { name: plan.table.clone(), columns: delivered };
        Ok(Self { schema, columns, filter: plan.filter.clone(), places, masks })
    }

    /// The row as it is delivered, or none if a filter keeps it back.
    pub(crate) fn row(&self, mut row: Vec<Cell>, salt: &[u8]) -> Option<Vec<Cell>> {
        let value = |field: &str| row.get(*self.places.get(field)?).map(value);
        if !self.filter.iter().all(|filter| filter.matches(&value)) {
            return None;
        }
        row.truncate(self.schema.columns.len());
        for (place, method) in &self.masks {
            if let Some(cell) = row.get_mut(*place) {
                *cell = method.apply(std::mem::replace(cell, Cell::Null), salt);
            }
        }
        Some(row)
    }
}

/// The field that is meant, if it is one of this table.
fn own_field<'a>(written: &'a str, table: &str) -> Option<&'a str> {
    match written.split_once('.') {
        Some((owner, field)) => (owner == table).then_some(field),
        None => Some(written),
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Real(number) => Value::Number(*number),
        Cell::Boolean(truth) => Value::Bool(*truth),
    }
}
