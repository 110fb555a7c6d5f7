//! JSON: objects, one a line or in one list; a member is a column. What is not plain is text, as JSON. A column is there if any object has it; what an object lacks
//! is no value.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use xinyu_core::data::{Cell, Column, ColumnKind};

use super::super::kind::{self, Guess};
use super::{
    Budget, Capped, Found, Input, Known, LineFault, Outlet, SourceError, Spooling, changed, decode, must_be_named,
};

/// Columns at most: objects may each have other members.
const COLUMNS_MAX: usize = 4096;

/// An object; of one that has a member twice nobody can say what it means.
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// As a line.
    pub(super) fn write(&self, into: &mut Spooling) -> Result<(), SourceError> {
        let mut line = serde_json::to_vec(&self.0).map_err(|_| SourceError::Interrupted)?;
        line.push(b'\n');
        into.write(&line)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Object(members))
    }
}

/// Takes an object and the number of it; whether more are wanted.
type Take<'t> = dyn FnMut(u64, Object) -> Result<bool, SourceError> + 't;
type Walk = fn(&Input, Option<&'static str>, &mut Take<'_>) -> Result<(), SourceError>;

/// Reads lines to their end.
pub(super) fn look_lines(input: &Input) -> Result<Found, SourceError> {
    look(input, walk_lines)
}

/// Reads a list to its end.
pub(super) fn look_list(input: &Input) -> Result<Found, SourceError> {
    look(input, walk_list)
}

/// Sends the rows of lines.
pub(super) fn send_lines(
    input: &Input,
    found: &Known,
    chosen: &[usize],
    outlet: &mut Outlet,
) -> Result<(), SourceError> {
    send(input, found, chosen, outlet, walk_lines)
}

/// Sends the rows of a list.
pub(super) fn send_list(
    input: &Input,
    found: &Known,
    chosen: &[usize],
    outlet: &mut Outlet,
) -> Result<(), SourceError> {
    send(input, found, chosen, outlet, walk_list)
}

fn look(input: &Input, walk: Walk) -> Result<Found, SourceError> {
    let is_encoding = |error: &SourceError| matches!(error, SourceError::Line { fault: LineFault::Encoding, .. });
    decode::tried(input, is_encoding, |encoding| {
        let names = input.head().map_or(&[][..], |head| head.names.as_slice());
        let mut columns: Vec<(String, Guess)> = names.iter().map(|name| (name.clone(), Guess::default())).collect();
        let mut places: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        let mut rows = 0_u64;
        walk(input, encoding, &mut |number, object| {
            rows = rows.saturating_add(1);
            for (name, value) in object.0 {
                let next = columns.len();
                let place = *places.entry(name.clone()).or_insert(next);
                if place == next {
                    if next >= COLUMNS_MAX {
                        return Err(SourceError::Line { line: number, fault: LineFault::Shape });
                    }
                    columns.push((name, Guess::default()));
                }
                if let (Some(kind), Some((_, guess))) = (kind_of(&value), columns.get_mut(place)) {
                    guess.take(kind);
                }
            }
            Ok(true)
        })?;
        must_be_named(columns.iter().map(|(name, _)| name.as_str()))?;
        Ok(Found { columns, rows, encoding })
    })
}

fn send(input: &Input, found: &Known, chosen: &[usize], outlet: &mut Outlet, walk: Walk) -> Result<(), SourceError> {
    let columns: Vec<&Column> = chosen.iter().filter_map(|index| found.columns.get(*index)).collect();
    walk(input, found.encoding, &mut |number, object| {
        let cell = |column: &&Column| {
            object.0.get(&column.name).map_or(Some(Cell::Null), |value| cell(value.clone(), column.kind))
        };
        let row: Option<Vec<Cell>> = columns.iter().map(cell).collect();
        Ok(outlet.push(row.ok_or_else(|| changed(number))?))
    })
}

/// What a value is; none of no value. A string is what its writer made it: text, unless it is a day or a moment.
fn kind_of(value: &Value) -> Option<ColumnKind> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => ColumnKind::Boolean,
        Value::Number(number) if number.is_i64() => ColumnKind::Integer,
        Value::Number(number) if number.is_f64() => ColumnKind::Real,
        Value::String(text) => match kind::kind_of(text) {
            day @ (ColumnKind::Date | ColumnKind::Timestamp) => day,
            _ => ColumnKind::Text,
        },
        Value::Number(_) | Value::Array(_) | Value::Object(_) => ColumnKind::Text,
    })
}

/// A value of a column; none if it does not fit.
fn cell(value: Value, kind: ColumnKind) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (ColumnKind::Text, Value::String(text)) => Cell::Text(text),
        (ColumnKind::Text, other) => Cell::Text(other.to_string()),
        (ColumnKind::Boolean, Value::Bool(truth)) => Cell::Boolean(truth),
        (ColumnKind::Integer, Value::Number(number)) => Cell::Integer(number.as_i64()?),
        (ColumnKind::Real, Value::Number(number)) => Cell::Real(number.as_f64().filter(|number| number.is_finite())?),
        (ColumnKind::Date | ColumnKind::Timestamp, Value::String(text)) if kind::kind_of(&text) == kind => {
            Cell::Text(text)
        }
        _ => return None,
    })
}

fn walk_lines(input: &Input, encoding: Option<&'static str>, take: &mut Take<'_>) -> Result<(), SourceError> {
    let (capped, budget) = Capped::new(decode::reader(input, encoding)?);
    let mut reader = BufReader::with_capacity(64 << 10, capped);
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        number = number.saturating_add(1);
        budget.renew();
        let read = reader.read_until(b'\n', &mut line).map_err(|error| failed(&error, number))?;
        if read == 0 {
            return Ok(());
        }
        let text =
            std::str::from_utf8(&line).map_err(|_| SourceError::Line { line: number, fault: LineFault::Encoding })?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let object = serde_json::from_str(text).map_err(|error| fault(&error, number))?;
        if !take(number, object)? {
            return Ok(());
        }
    }
}

fn walk_list(input: &Input, encoding: Option<&'static str>, take: &mut Take<'_>) -> Result<(), SourceError> {
    let (capped, budget) = Capped::new(decode::unmarked(input, encoding)?);
    let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 << 10, capped));
    let mut walked = Ok(());
    let list = reader.deserialize_seq(List { take, walked: &mut walked, budget });
    walked?;
    let ended = match list {
        Ok(true) => reader.end(),
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    ended.map_err(|error| fault(&error, u64::try_from(error.line()).unwrap_or(u64::MAX)))
}

/// A list of which each element is taken as it comes; whether it was read to its end.
struct List<'l, 't> {
    take: &'l mut Take<'t>,
    walked: &'l mut Result<(), SourceError>,
    budget: Budget,
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let mut number = 0_u64;
        while let Some(object) = list.next_element::<Object>()? {
            number = number.saturating_add(1);
            self.budget.renew();
            match (self.take)(number, object) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => {
                    *self.walked = Err(error);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

fn failed(error: &io::Error, line: u64) -> SourceError {
    let fault = match error.kind() {
        io::ErrorKind::InvalidData => LineFault::Encoding,
        io::ErrorKind::FileTooLarge => LineFault::TooLong,
        _ => return SourceError::Interrupted,
    };
    SourceError::Line { line, fault }
}

fn fault(error: &serde_json::Error, line: u64) -> SourceError {
    let fault = match error.io_error_kind() {
        Some(io::ErrorKind::InvalidData) => LineFault::Encoding,
        Some(io::ErrorKind::FileTooLarge) => LineFault::TooLong,
        _ if error.to_string().starts_with("invalid unicode code point") => LineFault::Encoding,
        _ => LineFault::Shape,
    };
    SourceError::Line { line, fault }
}
