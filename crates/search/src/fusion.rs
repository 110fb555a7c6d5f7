//! Reciprocal rank fusion: several ranked lists of the same things become one, without scores that would have to be comparable (Cormack, Clarke and
//! Büttcher 2009). Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How much the first places are levelled; the value of the paper.
const LEVEL: u64 = 60;
/// What a place is worth is counted in these parts, so that the same lists give the same order on every machine.
const PARTS: u64 = 1_000_000_000;

/// One list out of many, the best first: what stands near the top of several lists wins. A thing that a list names twice counts where it stands first; ties
/// are broken by the things themselves.
#[must_use]
pub fn fuse<T: Ord + Clone>(lists: &[Vec<T>]) -> Vec<T> {
    let mut worth: BTreeMap<T, u64> = BTreeMap::new();
    for list in lists {
        let mut seen = std::collections::BTreeSet::new();
        for (place, one) in (1_u64..).zip(list.iter().filter(|one| seen.insert(*one))) {
            let share = PARTS.checked_div(LEVEL.saturating_add(place)).unwrap_or_default();
            let sum = worth.entry(one.clone()).or_default();
            *sum = sum.saturating_add(share);
        }
    }
    let mut all: Vec<(Reverse<u64>, T)> = worth.into_iter().map(|(one, worth)| (Reverse(worth), one)).collect();
    all.sort();
    all.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_both_find_comes_first() {
        assert_eq!(fuse(&[vec!["a", "b", "c"], vec!["d", "b", "e"]]), ["b", "a", "d", "c", "e"]);
        assert_eq!(fuse(&[vec!["b", "a", "b"], vec![]]), ["b", "a"]);
        assert!(fuse::<u8>(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_loses_and_invents_nothing_and_keeps_a_single_list(lists in prop::collection::vec(prop::collection::vec(0_u8..40, 0..30), 0..5)) {
            let fused = fuse(&lists);
            let mut all: Vec<u8> = lists.concat();
            all.sort_unstable();
            all.dedup();
            let mut sorted = fused.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, all);
            let mut mirrored = lists.clone();
            mirrored.reverse();
            prop_assert_eq!(&fuse(&mirrored), &fused, "the order of the lists does not matter");
            prop_assert_eq!(fuse(std::slice::from_ref(&fused)), fused);
        }
    }
}
