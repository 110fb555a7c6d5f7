//! The one clock: the only place that reads the system's time.
//!
//! The real clock never repeats an instant and never steps back within a process, whatever the system's time does: two transactions of a process
//! never carry the same time. When the system's is set back, this one goes on at half its pace until the system's has come up to it, so that
//! whatever waits goes on meanwhile. A manual clock stands still until a test moves it.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A source of the present time, in whole microseconds. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<watch::Sender<i64>>),
}

/// The last instant that the system's clock gave to anyone in this process, if it gave one.
static LAST: Mutex<Option<Given>> = Mutex::new(None);

/// An instant that was given out.
#[derive(Debug, Clone, Copy)]
struct Given {
    /// In microseconds since 1970.
    micros: i64,
    /// When that was, by a clock that nobody sets.
    when: Instant,
}

impl Clock {
    /// The system's time, strictly rising.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(watch::channel(start.as_microsecond()).0)))
    }

    /// The present time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Source::System => {
                let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
                after(&mut last, Timestamp::now().as_microsecond(), Instant::now())
            }
            Source::Manual(now) => *now.borrow(),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Set a manual clock. The system's clock is not moved: false.
    pub fn set(&self, now: Timestamp) -> bool {
        self.store(|_| now.as_microsecond())
    }

    /// Move a manual clock on. The system's clock is not moved: false.
    pub fn advance(&self, by: SignedDuration) -> bool {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.store(|now| now.saturating_add(micros))
    }

    fn store(&self, next: impl Fn(i64) -> i64) -> bool {
        match &self.0 {
            Source::System => false,
            Source::Manual(now) => {
                now.send_modify(|now| *now = next(*now));
                true
            }
        }
    }

    /// Waits until it is this time. The system's clock may be set: it is looked at again at least once a minute.
    pub async fn reach(&self, at: Timestamp) {
        match &self.0 {
            Source::Manual(now) => {
                // The sender lives as long as this clock does.
                let _ = now.subscribe().wait_for(|now| *now >= at.as_microsecond()).await;
            }
            Source::System => {
                while let Some(left) = self.left(at) {
                    tokio::time::sleep(left.min(LONGEST)).await;
                }
            }
        }
    }

    /// How long it is until then, if it is to come.
    fn left(&self, at: Timestamp) -> Option<Duration> {
        let left = at.duration_since(self.now());
        Duration::try_from(left).ok().filter(|left| !left.is_zero())
    }
}

const LONGEST: Duration = Duration::from_mins(1);

/// The system's time, or what has to follow the last instant that was given out if that is later.
fn after(last: &mut Option<Given>, system: i64, when: Instant) -> i64 {
    let least = last.map_or(i64::MIN, |last| {
        let passed = when.saturating_duration_since(last.when).as_micros() / 2;
        last.micros.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX).max(1))
    });
    let micros = system.max(least);
    *last = Some(Given { micros, when });
    micros
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn time_rises_strictly_when_the_system_steps_back() {
        let (mut last, when) = (None, Instant::now());
        let given: Vec<i64> = [10, 10, 5, 11, 40].iter().map(|now| after(&mut last, *now, when)).collect();
        assert_eq!(given, [10, 11, 12, 13, 40]);
    }

    #[test]
    fn time_goes_on_while_the_system_is_set_back_and_meets_it_again() {
        let (mut last, start) = (None, Instant::now());
        let mut at = |system: i64, passed: u64| after(&mut last, system, start + Duration::from_micros(passed));
        assert_eq!(at(1_000_000, 0), 1_000_000);
        // Set back by 100 000, which half a pace makes good in 200 000.
        assert_eq!(at(950_000, 50_000), 1_025_000);
        assert_eq!(at(1_050_000, 150_000), 1_075_000);
        assert_eq!(at(1_100_000, 200_000), 1_100_000);
        assert_eq!(at(1_150_000, 250_000), 1_150_000);
        // Set forward it follows at once.
        assert_eq!(at(9_000_000, 250_001), 9_000_000);
    }

    #[test]
    fn no_instant_is_given_twice_to_many_threads() {
        let take = || (0..2_000).map(|_| Clock::system().now()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(take)).collect();
        let given: Vec<Timestamp> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(given.iter().collect::<HashSet<_>>().len(), 8_000);
    }

    #[tokio::test]
    async fn a_time_is_waited_for_on_either_clock() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let clock = Clock::manual(start);
        clock.reach(start).await;
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reach(start + SignedDuration::from_secs(2)).await }
        });
        clock.advance(SignedDuration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(SignedDuration::from_secs(1));
        waiting.await.unwrap();
        Clock::system().reach(start.min(Clock::system().now())).await;
    }

    #[test]
    fn a_manual_clock_is_moved_by_hand() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let clock = Clock::manual(start);
        let shared = clock.clone();
        assert_eq!(clock.now(), start);
        assert!(shared.advance(SignedDuration::from_secs(2)));
        assert_eq!(clock.now().as_second(), 1_800_000_002);
        assert!(!Clock::system().set(start));
    }
}
