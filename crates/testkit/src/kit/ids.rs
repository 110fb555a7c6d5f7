//! The identifiers that a sequence uses, as the official kits are given them.

use std::collections::BTreeMap;

/// Identifiers by sequence; without an entry of its own, a sequence uses those of the official samples.
#[derive(Debug, Clone, Default)]
pub struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Entries as in the official kit's file, for example `CN_01_01_DATASETID` and `ACN0101`.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(entries.into_iter().collect())
    }

    /// The entry for a sequence, for example `CN:01-01`, and a key, for example `DATASETID`.
    pub(crate) fn find(&self, sequence: &str, key: &str) -> Option<String> {
        let entry = format!("{}_{key}", sequence.replace([':', '-'], "_"));
        self.0.get(&entry).filter(|value| !value.is_empty()).cloned()
    }
}
