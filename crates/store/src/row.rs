//! A row, read out of the connection and detached from it. Columns are asked for by name and by type; a wrong one is an error that names it.

use crate::StoreError;
use crate::Value;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Database, Decode, Row as _, TypeInfo as _, ValueRef as _};
use std::sync::Arc;
use uuid::Uuid;

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// The value of a column as it is.
    ///
    /// # Errors
    /// [`StoreError::Column`] when there is none of that name.
    pub fn value(&self, column: &str) -> Result<&Value, StoreError> {
        let position = self.columns.iter().position(|name| name == column);
        position
            .and_then(|position| self.values.get(position))
            .ok_or_else(|| StoreError::column(column, format!("there are only {}", self.columns.join(", "))))
    }

    /// A text that is always there.
    ///
    /// # Errors
    /// [`StoreError::Column`] when it is missing, null or of another kind; so for all that follow.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.optional_text(column)?.ok_or_else(|| null(column))
    }

    /// A text that may be null.
    pub fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value.clone())),
            other => Err(wrong(column, other, "text")),
        }
    }

    /// An integer that is always there.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        self.optional_integer(column)?.ok_or_else(|| null(column))
    }

    /// An integer that may be null.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(*value)),
            other => Err(wrong(column, other, "an integer")),
        }
    }

    /// Bytes that are always there.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.optional_bytes(column)?.ok_or_else(|| null(column))
    }

    /// Bytes that may be null.
    pub fn optional_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value.clone())),
            other => Err(wrong(column, other, "bytes")),
        }
    }

    /// A number that is never negative.
    pub fn unsigned(&self, column: &str) -> Result<u64, StoreError> {
        let value = self.integer(column)?;
        u64::try_from(value).map_err(|_| StoreError::column(column, format!("{value} is negative")))
    }

    /// A small count.
    pub fn count(&self, column: &str) -> Result<u32, StoreError> {
        let value = self.integer(column)?;
        u32::try_from(value).map_err(|_| StoreError::column(column, format!("{value} is no 32-bit count")))
    }

    /// Yes or no: 1 or 0.
    pub fn bool(&self, column: &str) -> Result<bool, StoreError> {
        match self.integer(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(StoreError::column(column, format!("{other} is neither 0 nor 1"))),
        }
    }

    /// An instant, stored as microseconds since 1970.
    pub fn timestamp(&self, column: &str) -> Result<Timestamp, StoreError> {
        instant(column, self.integer(column)?)
    }

    /// An instant that may be null.
    pub fn optional_timestamp(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.optional_integer(column)?.map(|micros| instant(column, micros)).transpose()
    }

    /// A UUID, stored as its hyphenated text.
    pub fn uuid(&self, column: &str) -> Result<Uuid, StoreError> {
        Uuid::parse_str(&self.text(column)?).map_err(|error| StoreError::column(column, error))
    }
}

fn instant(column: &str, micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::column(column, error))
}

fn null(column: &str) -> StoreError {
    StoreError::column(column, "it is null")
}

fn wrong(column: &str, found: &Value, expected: &str) -> StoreError {
    StoreError::column(column, format!("it holds {}, not {expected}", found.kind()))
}

/// Detach the rows of SQLite, whose values carry their own types.
pub(crate) fn from_sqlite(rows: &[SqliteRow]) -> Result<Vec<Row>, StoreError> {
    detach(rows, |row, index| {
        let value = row.try_get_raw(index).map_err(|error| error.to_string())?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        let kind = value.type_info().into_owned();
        match kind.name() {
            "INTEGER" | "BOOLEAN" => decode::<sqlx::Sqlite, i64>(value).map(Value::Integer),
            "TEXT" => decode::<sqlx::Sqlite, String>(value).map(Value::Text),
            "BLOB" => decode::<sqlx::Sqlite, Vec<u8>>(value).map(Value::Bytes),
            other => Err(unsupported(other)),
        }
    })
}

/// Detach the rows of PostgreSQL, whose columns have a type each.
pub(crate) fn from_postgres(rows: &[PgRow]) -> Result<Vec<Row>, StoreError> {
    detach(rows, |row, index| {
        let value = row.try_get_raw(index).map_err(|error| error.to_string())?;
        let kind = value.type_info().into_owned();
        if value.is_null() || kind.name() == "VOID" {
            return Ok(Value::Null);
        }
        match kind.name() {
            "INT8" => decode::<sqlx::Postgres, i64>(value).map(Value::Integer),
            "INT4" => decode::<sqlx::Postgres, i32>(value).map(Value::from),
            "INT2" => decode::<sqlx::Postgres, i16>(value).map(|value| Value::Integer(i64::from(value))),
            "BOOL" => decode::<sqlx::Postgres, bool>(value).map(Value::from),
            "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" => decode::<sqlx::Postgres, String>(value).map(Value::Text),
            "BYTEA" => decode::<sqlx::Postgres, Vec<u8>>(value).map(Value::Bytes),
            other => Err(unsupported(other)),
        }
    })
}

fn detach<R: sqlx::Row>(rows: &[R], read: impl Fn(&R, usize) -> Result<Value, String>) -> Result<Vec<Row>, StoreError> {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    let detach = |row| {
        let read =
            |(index, column): (usize, &String)| read(row, index).map_err(|reason| StoreError::column(column, reason));
        let values = columns.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Row { columns: Arc::clone(&columns), values })
    };
    rows.iter().map(detach).collect()
}

fn decode<'r, D: Database, T: Decode<'r, D>>(value: D::ValueRef<'r>) -> Result<T, String> {
    T::decode(value).map_err(|error| error.to_string())
}

fn unsupported(kind: &str) -> String {
    format!("it is of type {kind}: cast it to BIGINT or TEXT in the statement")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let columns = ["name", "n", "none", "raw", "at"].map(String::from);
        let values = crate::args!["a", -1, None::<i64>, vec![1_u8], 1_000_000];
        Row { columns: columns.into(), values }
    }

    #[test]
    fn columns_are_read_by_name_and_type() {
        let row = row();
        assert_eq!(row.text("name").unwrap(), "a");
        assert_eq!(row.integer("n").unwrap(), -1);
        assert_eq!(row.optional_integer("none").unwrap(), None);
        assert_eq!(row.bytes("raw").unwrap(), [1]);
        assert_eq!(row.timestamp("at").unwrap().as_second(), 1);
    }

    #[test]
    fn a_wrong_column_is_named() {
        let row = row();
        let check = |error: StoreError, expect: &str| assert_eq!(error.to_string(), expect);
        check(row.text("x").unwrap_err(), "column x cannot be read: there are only name, n, none, raw, at");
        check(row.integer("none").unwrap_err(), "column none cannot be read: it is null");
        check(row.text("n").unwrap_err(), "column n cannot be read: it holds an integer, not text");
        check(row.unsigned("n").unwrap_err(), "column n cannot be read: -1 is negative");
        check(row.bool("n").unwrap_err(), "column n cannot be read: -1 is neither 0 nor 1");
    }
}
