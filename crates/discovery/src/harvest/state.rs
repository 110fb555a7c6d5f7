//! What is kept of a source between two runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::Next;

/// What is kept of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Kept {
    /// Its records, by the source's identifier.
    pub records: BTreeMap<String, Mark>,
    /// What the source said of its catalogue, if that is a single page: only then does it speak of the whole.
    pub validators: Validators,
    /// From when on the next run need ask for changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Runs since the whole was read.
    pub runs: u32,
    /// Where a broken read of the whole would have gone on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Next>,
    /// Records without an identifier in the last whole read.
    pub unnamed: u64,
}

/// What is kept of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The digest of the record.
    pub digest: String,
    /// When the source last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// By what a source tells whether its answer has changed. RFC 9110 §8.8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Validators {
    /// `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Bytes of a header's value that are kept.
const MAX_VALUE: usize = 512;

impl Validators {
    /// Of the headers of an answer. A value that could not be sent back as it is, is none.
    #[must_use]
    pub fn of(etag: Option<&str>, last_modified: Option<&str>) -> Self {
        let plain = |value: &str| {
            let is_plain = value.len() <= MAX_VALUE && value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            (is_plain && !value.trim().is_empty()).then(|| value.trim().to_owned())
        };
        Self { etag: etag.and_then(plain), last_modified: last_modified.and_then(plain) }
    }
}
