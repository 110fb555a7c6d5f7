//! The most frequent texts of a column, in bounded memory (Misra and Gries 1982; merged as in Agarwal et al. 2012): exact as long as there are no more different
//! ones than counters, then each count is too low by at most the error that is told.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Longer texts are no categories.
pub(super) const LONGEST: usize = 64;

/// Counters of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frequent {
    most: usize,
    /// By how much a count may be too low; 0 when all are exact.
    error: u64,
    counts: HashMap<String, u64>,
}

impl Frequent {
    /// With so many counters.
    pub(super) fn new(most: usize) -> Self {
        Self { most, error: 0, counts: HashMap::new() }
    }

    pub(super) fn observe(&mut self, text: &str) {
        if let Some(count) = self.counts.get_mut(text) {
            *count += 1;
        } else if self.counts.len() < self.most {
            self.counts.insert(text.to_owned(), 1);
        } else {
            self.take(1);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.error += other.error;
        for (text, count) in other.counts {
            *self.counts.entry(text).or_default() += count;
        }
        if self.counts.len() > self.most {
            let mut counts: Vec<u64> = self.counts.values().copied().collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            self.take(counts.get(self.most).copied().unwrap_or_default());
        }
    }

    /// The most frequent first; those of one count by their text.
    pub(super) fn ranked(&self) -> Vec<(&str, u64)> {
        let mut ranked: Vec<_> = self.counts.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        ranked
    }

    /// At least how often a text came.
    pub(super) fn count(&self, text: &str) -> u64 {
        self.counts.get(text).copied().unwrap_or_default()
    }

    pub(super) fn error(&self) -> u64 {
        self.error
    }

    fn take(&mut self, share: u64) {
        self.error += share;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(share);
            *count > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u32]) -> Frequent {
        let mut frequent = Frequent::new(8);
        values.iter().for_each(|value| frequent.observe(&value.to_string()));
        frequent
    }

    proptest! {
        #[test]
        fn counts_are_within_the_error_however_parts_are_merged(values in proptest::collection::vec(0_u32..30, 0..400), at in 0_usize..400) {
            let (left, right) = values.split_at(at.min(values.len()));
            let mut merged = of(right);
            merged.merge(of(left));
            for found in [of(&values), merged] {
                prop_assert!(found.error() * 9 <= u64::try_from(values.len()).unwrap());
                for value in 0..30_u32 {
                    let truth: u64 = values.iter().map(|other| u64::from(*other == value)).sum();
                    let count = found.count(&value.to_string());
                    prop_assert!(count <= truth && truth <= count + found.error(), "{value}");
                }
            }
        }
    }

    #[test]
    fn few_texts_are_counted_exactly() {
        let found = of(&[1, 2, 2, 3, 3, 3]);
        assert_eq!((found.ranked(), found.error()), (vec![("3", 3), ("2", 2), ("1", 1)], 0));
    }
}
