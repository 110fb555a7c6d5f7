//! Rows that hold one JSON document of a domain type beside the columns that are searched.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Row, StoreError};

/// The document of a value.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::column("body", error))
}

/// The value of the `body` column.
pub(crate) fn read<T: DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    serde_json::from_str(&row.text("body")?).map_err(|error| StoreError::column("body", error))
}

/// The values of the `body` column of many rows.
pub(crate) fn read_all<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}
