//! What is declared of a table before it is read, and what is known besides its rows when it is judged. Nothing of it needs to be there: what is missing is not
//! measured.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rule::Rule;
use crate::grade::Grade;

/// Declared before the first row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Declared {
    /// Decides which rows are the samples, and keeps hashes of the state from being compared with those of others. States of one table have one seed.
    pub seed: u64,
    /// How many rows the source says it has.
    pub rows: Option<u64>,
    /// Columns whose values together are different in every row.
    pub key: Vec<String>,
    /// Code lists by column.
    pub codes: BTreeMap<String, BTreeSet<String>>,
    /// The least and the greatest that a number can be, by column.
    pub ranges: BTreeMap<String, (i64, i64)>,
    /// What columns of one row say of each other, besides what their names tell.
    pub rules: Vec<Rule>,
    /// Grades by column: of important data only the shape is shown.
    pub grades: BTreeMap<String, Grade>,
}

/// Known when the profile is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The present.
    pub now: Option<Timestamp>,
    /// How often it is renewed, the code of NDI-TR-2025-06: `001` at once to `009` history only.
    pub update_frequency: Option<String>,
    /// How the source could be read.
    pub access: Option<Access>,
    /// The states of the source that were seen, oldest first.
    pub renewals: Vec<Renewal>,
}

/// A state of a source: from when it was so, and until when it was seen to be so. Between the last look at one and the next nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// When the source was written, or else when it was first seen so.
    pub at: Timestamp,
    /// When it was last seen to be so.
    pub seen_until: Timestamp,
}

impl Renewal {
    /// Whole days that it is known to have stood.
    pub(super) fn days(self) -> u64 {
        let seconds = self.seen_until.as_second().saturating_sub(self.at.as_second()).max(0);
        u64::try_from(seconds / 86_400).unwrap_or(0)
    }
}

/// Adds what a look at a source has seen: whether it was another than before, and when it was written, if it says so. The latest `most` are kept.
pub fn renew(
    renewals: &mut Vec<Renewal>,
    is_changed: bool,
    written_at: Option<Timestamp>,
    now: Timestamp,
    most: usize,
) {
    match renewals.last_mut().filter(|_| !is_changed) {
        Some(last) => last.seen_until = last.seen_until.max(now),
        None => {
            // A stamp may be set to anything: it lies neither before what was seen last nor in the future.
            let earliest = renewals.last().map_or(Timestamp::MIN, |last| last.seen_until);
            let at = written_at.unwrap_or(now).max(earliest).min(now);
            renewals.push(Renewal { at, seen_until: now });
        }
    }
    let spare = renewals.len().saturating_sub(most);
    renewals.drain(..spare);
}

/// Reads of a source, as they were measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Tried.
    pub reads: u64,
    /// Succeeded.
    pub succeeded: u64,
    /// Of these, in time.
    pub in_time: u64,
    /// What counts as in time.
    pub limit_ms: u64,
}

/// Days between two updates and half of them as grace, by code. What is renewed at once or at no fixed time has no cycle to be measured by; history has none.
pub(super) fn cycle_days(code: &str) -> Option<u32> {
    Some(match code {
        "001" => 1,
        "002" => 2,
        "003" => 11,
        "004" => 46,
        "005" => 138,
        "006" => 276,
        "007" => 549,
        _ => return None,
    })
}

/// How far the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Rows seen.
    pub rows: u64,
    /// Rows that there are, if the source says so.
    pub known: Option<u64>,
}

impl Progress {
    /// The share of the rows that were seen.
    #[must_use]
    pub fn permille(self) -> Option<u16> {
        self.known.map(|known| if known == 0 { 1000 } else { super::permille(self.rows, known) })
    }
}
