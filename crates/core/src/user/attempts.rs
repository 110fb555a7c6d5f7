//! How often logging in failed lately, by name and by address: what decides when a person has to read a picture first. Names that nobody has are counted
//! as others are, so that it tells nothing. Bounded: whoever makes up names pushes out the oldest, and is counted by address all the same. Pure.

use std::collections::HashMap;
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};

/// Failures that are not forgotten yet, by what they are counted by.
#[derive(Debug)]
pub struct Attempts<K> {
    seen: HashMap<K, Seen>,
    most: usize,
    window: SignedDuration,
}

#[derive(Debug)]
struct Seen {
    count: u32,
    last: Timestamp,
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// None yet. At most `most` are kept, each for `window` after the last failure.
    #[must_use]
    pub fn new(most: usize, window: SignedDuration) -> Self {
        Self { seen: HashMap::new(), most, window }
    }

    /// Begins an attempt, unless one of the keys failed as often as its limit says. It counts as failed until [`Self::forgive`]: of many at once no more
    /// begin than of many in turn.
    pub fn begin(&mut self, keys: &[(K, u32)], now: Timestamp) -> bool {
        if keys.iter().any(|(key, limit)| self.count(key, now) >= *limit) {
            return false;
        }
        keys.iter().for_each(|(key, _)| self.add(key, now));
        true
    }

    /// Begins one in any case.
    pub fn begin_anyway(&mut self, keys: &[(K, u32)], now: Timestamp) {
        keys.iter().for_each(|(key, _)| self.add(key, now));
    }

    /// One attempt did not fail after all.
    pub fn forgive(&mut self, key: &K) {
        if let Some(seen) = self.seen.get_mut(key) {
            seen.count = seen.count.saturating_sub(1);
            if seen.count == 0 {
                self.seen.remove(key);
            }
        }
    }

    /// Nothing is held against it any more.
    pub fn forget(&mut self, key: &K) {
        self.seen.remove(key);
    }

    fn count(&self, key: &K, now: Timestamp) -> u32 {
        self.seen.get(key).filter(|seen| self.is_fresh(seen, now)).map_or(0, |seen| seen.count)
    }

    fn add(&mut self, key: &K, now: Timestamp) {
        let count = self.count(key, now);
        if !self.seen.contains_key(key) && self.seen.len() >= self.most {
            self.make_room(now);
        }
        self.seen.insert(key.clone(), Seen { count: count.saturating_add(1), last: now });
    }

    fn make_room(&mut self, now: Timestamp) {
        let window = self.window;
        self.seen.retain(|_, seen| seen.last.checked_add(window).is_ok_and(|end| end > now));
        if self.seen.len() >= self.most {
            let oldest = self.seen.iter().min_by_key(|(_, seen)| seen.last).map(|(key, _)| key.clone());
            oldest.map(|key| self.seen.remove(&key));
        }
    }

    fn is_fresh(&self, seen: &Seen, now: Timestamp) -> bool {
        seen.last.checked_add(self.window).is_ok_and(|end| end > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn attempts(most: usize) -> Attempts<&'static str> {
        Attempts::new(most, SignedDuration::from_mins(15))
    }

    #[test]
    fn who_failed_as_often_as_the_limit_begins_no_more() {
        let mut attempts = attempts(10);
        let keys = [("name", 2), ("address", 5)];
        assert!(attempts.begin(&keys, at(0)) && attempts.begin(&keys, at(1)));
        assert!(!attempts.begin(&keys, at(2)), "the third");
        assert!(attempts.begin(&[("other", 2), ("address", 5)], at(2)), "another name");
        attempts.begin_anyway(&keys, at(3));
        attempts.forgive(&"name");
        attempts.forgive(&"name");
        assert!(attempts.begin(&keys, at(4)), "one is left");
        assert!(!attempts.begin(&[("third", 2), ("address", 5)], at(5)), "the address is over its limit");
        attempts.forget(&"address");
        assert!(attempts.begin(&[("third", 2), ("address", 5)], at(5)));
        assert!(!attempts.begin(&[("new", 0), ("address", 5)], at(5)), "none at all is always");
    }

    #[test]
    fn failures_are_forgotten_a_window_after_the_last() {
        let mut attempts = attempts(10);
        for seconds in [0, 600] {
            assert!(attempts.begin(&[("name", 2)], at(seconds)));
        }
        assert!(!attempts.begin(&[("name", 2)], at(1_499)));
        assert!(attempts.begin(&[("name", 2)], at(1_500)));
    }

    #[test]
    fn no_more_are_kept_than_there_may_be() {
        let names: Vec<String> = (0..50).map(|n| format!("n{n}")).collect();
        let mut attempts = Attempts::new(10, SignedDuration::from_mins(15));
        for (second, name) in (0..).zip(&names) {
            attempts.begin_anyway(&[(name.as_str(), 1)], at(second));
            assert!(attempts.seen.len() <= 10);
        }
        assert!(!attempts.begin(&[("n49", 1)], at(60)) && attempts.begin(&[("n0", 1)], at(60)), "the oldest went");
    }
}
