//! Records of streams, one JSON object each.

use super::json::Object;
use super::{SourceError, Spooling};

/// Writes a record as a line; whether it is an object.
pub(in super::super) fn write(record: &[u8], into: &mut Spooling) -> Result<bool, SourceError> {
    match serde_json::from_slice::<Object>(record) {
        Ok(object) => object.write(into).map(|()| true),
        Err(_) => Ok(false),
    }
}
