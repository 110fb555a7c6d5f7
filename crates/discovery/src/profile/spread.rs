//! How the numbers of a column are spread, in bounded memory: values in the order of their bits, with as many low bits left out as it takes to keep at most
//! [`MOST`] different ones. Few different values are so counted exactly; of many the counts stay exact and the values become ranges whose width is a share of
//! the value. What is left out depends on the values and not on their order, so parts merge in any order to the same result, which t-digest and KLL do not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Different ranges kept. Values over twenty powers of two so come out within 1/128 of themselves.
const MOST: usize = 4096;

/// Values by the leading bits of their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spread {
    /// Low bits left out.
    dropped: u32,
    counts: BTreeMap<u64, u64>,
    /// The order of the least and of the greatest value.
    ends: Option<(u64, u64)>,
}

/// A range of values and how many are in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) count: u64,
}

impl Spread {
    pub(super) fn observe(&mut self, value: f64) {
        if value.is_finite() {
            let order = order(value);
            self.ends = Some(self.ends.map_or((order, order), |(least, most)| (least.min(order), most.max(order))));
            *self.counts.entry(order >> self.dropped).or_default() += 1;
            self.shrink();
        }
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.ends = match (self.ends, other.ends) {
            (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
            (one, two) => one.or(two),
        };
        let dropped = self.dropped.max(other.dropped);
        self.drop_to(dropped);
        other.drop_to(dropped);
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.shrink();
    }

    /// Whether every value is known as it was.
    pub(super) fn is_exact(&self) -> bool {
        self.dropped == 0
    }

    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The ranges in their order; the first begins with the least value, the last ends with the greatest.
    pub(super) fn ranges(&self) -> Vec<Range> {
        let (least, most) = self.ends.unwrap_or_default();
        let range = |(key, count): (&u64, &u64)| {
            let low = key << self.dropped;
            let high = low | (1_u64 << self.dropped).wrapping_sub(1);
            Range { low: value(low.max(least)), high: value(high.min(most)), count: *count }
        };
        self.counts.iter().map(range).collect()
    }

    fn shrink(&mut self) {
        while self.counts.len() > MOST {
            self.drop_to(self.dropped + 1);
        }
    }

    /// Sixty bits at most: two signs are left then.
    fn drop_to(&mut self, dropped: u32) {
        let more = dropped.min(60).saturating_sub(self.dropped);
        if more > 0 {
            let mut counts = BTreeMap::new();
            for (key, count) in &self.counts {
                *counts.entry(key >> more).or_default() += count;
            }
            (self.counts, self.dropped) = (counts, self.dropped + more);
        }
    }
}

/// Of ranges in order, the one with the value of a rank, from 0.
pub(super) fn at_rank(ranges: &[Range], rank: u64) -> Option<Range> {
    let mut before = 0;
    ranges
        .iter()
        .find(|range| {
            before += range.count;
            before > rank
        })
        .or(ranges.last())
        .copied()
}

/// A number that orders as the value does; both zeros are one.
fn order(value: f64) -> u64 {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

fn value(order: u64) -> f64 {
    f64::from_bits(if order >> 63 == 1 { order & !(1 << 63) } else { !order })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Spread {
        let mut spread = Spread::default();
        values.iter().for_each(|value| spread.observe(*value));
        spread
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn order_is_kept_and_comes_back(a: f64, b: f64) {
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert_eq!(value(order(a)), a);
            prop_assert_eq!(a.partial_cmp(&b).unwrap(), order(a).cmp(&order(b)));
        }

        #[test]
        fn parts_merge_in_any_order_to_the_same(values in proptest::collection::vec(-1e6..1e6, 0..9000), cut in 0..=1000_usize) {
            let at = values.len() * cut / 1000;
            let (left, right) = values.split_at(at);
            let whole = of(&values);
            for (mut first, second) in [(of(left), of(right)), (of(right), of(left))] {
                first.merge(second);
                prop_assert_eq!(&first, &whole);
            }
        }
    }

    #[test]
    fn ranks_are_exact_and_values_within_a_share_of_themselves() {
        // Heavy tails: three million values over seven powers of ten.
        let mut spread = Spread::default();
        let count = 3_000_000_u32;
        for n in 1..=count {
            spread.observe(f64::from(count) / f64::from(n));
        }
        let ranges = spread.ranges();
        assert!(ranges.len() <= MOST);
        for (rank, expect) in [(0, 1.0), (count / 2, 2.0), (count / 4 * 3, 4.0), (count - 3, 1_000_000.0)] {
            let found = at_rank(&ranges, u64::from(rank)).unwrap();
            assert!(found.low <= expect * 1.0001 && expect * 0.9999 <= found.high, "{found:?} {expect}");
            assert!(found.high - found.low <= expect / 128.0, "{found:?}");
        }
    }

    #[test]
    fn few_values_are_exact() {
        let spread = of(&[1.0, -2.5, 1.0, 0.0, -0.0]);
        assert!(spread.is_exact());
        let ranges: Vec<_> = spread.ranges().iter().map(|range| (range.low, range.high, range.count)).collect();
        assert_eq!(ranges, [(-2.5, -2.5, 1), (0.0, 0.0, 2), (1.0, 1.0, 2)]);
    }
}
