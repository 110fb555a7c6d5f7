//! Token buckets, one a caller. Integers only: a request costs a million micro-tokens, and a bucket fills by `per_second` of them a microsecond.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A steady rate and what may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second in the long run; at least 1.
    pub per_second: u32,
    /// Requests that a caller may make at once after a pause; at least 1.
    pub burst: u32,
}

/// Buckets of all callers. Bounded: when there are too many callers to remember, the newcomers share one bucket.
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    micro_tokens: u64,
    filled_at: Timestamp,
}

impl RateLimiter {
    /// Empty of callers: everyone begins with a full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let rate = Rate { per_second: rate.per_second.max(1), burst: rate.burst.max(1) };
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes a token of the caller's.
    ///
    /// # Errors
    /// If none is left: the seconds after which one will be, at least 1.
    pub fn take(&self, caller: &str, now: Timestamp) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(caller) && buckets.len() >= MAX_CALLERS {
            buckets.retain(|_, bucket| self.filled(*bucket, now).micro_tokens < self.capacity());
        }
        let has_room = buckets.contains_key(caller) || buckets.len() < MAX_CALLERS;
        let key = if has_room { caller } else { SHARED };
        let full = Bucket { micro_tokens: self.capacity(), filled_at: now };
        let bucket = self.filled(buckets.get(key).copied().unwrap_or(full), now);
        let taken = bucket.micro_tokens.checked_sub(COST);
        let left = Bucket { micro_tokens: taken.unwrap_or(bucket.micro_tokens), ..bucket };
        buckets.insert(key.to_owned(), left);
        match taken {
            Some(_) => Ok(()),
            None => Err((COST - bucket.micro_tokens).div_ceil(u64::from(self.rate.per_second) * COST).max(1)),
        }
    }

    fn filled(&self, bucket: Bucket, now: Timestamp) -> Bucket {
        // A clock that goes back fills nothing.
        let elapsed_us = u64::try_from(now.duration_since(bucket.filled_at).as_micros()).unwrap_or(0);
        let added = elapsed_us.saturating_mul(u64::from(self.rate.per_second));
        let micro_tokens = bucket.micro_tokens.saturating_add(added).min(self.capacity());
        Bucket { micro_tokens, filled_at: bucket.filled_at.max(now) }
    }

    fn capacity(&self) -> u64 {
        u64::from(self.rate.burst) * COST
    }
}

const COST: u64 = 1_000_000;
const MAX_CALLERS: usize = 10_000;
const SHARED: &str = "";

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_burst_then_the_steady_rate() {
        let limiter = RateLimiter::new(Rate { per_second: 2, burst: 3 });
        let cases = [
            ("a", 0, Ok(())),
            ("a", 0, Ok(())),
            ("a", 0, Ok(())),
            ("a", 0, Err(1)),
            ("b", 0, Ok(())),
            ("a", 499, Err(1)),
            ("a", 500, Ok(())),
            ("a", 500, Err(1)),
            ("a", 400, Err(1)),
            ("a", 100_000, Ok(())),
            ("a", 100_000, Ok(())),
            ("a", 100_000, Ok(())),
            ("a", 100_000, Err(1)),
        ];
        for (step, (caller, millis, expect)) in cases.into_iter().enumerate() {
            assert_eq!(limiter.take(caller, at(millis)), expect, "step {step}");
        }
    }

    #[test]
    fn strangers_without_number_do_not_fill_the_memory() {
        let limiter = RateLimiter::new(Rate { per_second: 1, burst: 2 });
        for number in 0..MAX_CALLERS {
            limiter.take(&number.to_string(), at(0)).unwrap();
        }
        assert_eq!([0, 0, 0].map(|_| limiter.take("one more", at(0))), [Ok(()), Ok(()), Err(1)]);
        assert_eq!(limiter.take("another", at(0)), Err(1), "newcomers share a bucket");
        assert!(limiter.buckets.lock().unwrap().len() <= MAX_CALLERS + 1);
        assert_eq!(limiter.take("another", at(2000)), Ok(()), "who is full is forgotten");
        assert!(limiter.buckets.lock().unwrap().len() < 10);
    }
}
