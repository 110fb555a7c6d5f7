//! Work that computes for milliseconds and more, beside the tasks of the node: among them it would keep a thread for itself on which others wait for their turn.

use std::num::NonZero;

use tokio::sync::Semaphore;

use crate::failure::Failure;

/// As many work at once as there are processors but one: that is for the tasks and the writer of the store, which everything waits for in the end.
pub struct Crew(Semaphore);

impl Default for Crew {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self(Semaphore::new(processors.saturating_sub(1).max(1)))
    }
}

impl Crew {
    /// Does a piece of work when its turn comes.
    ///
    /// # Errors
    /// If it panics, or the node ends.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        let _turn = self.0.acquire().await.map_err(Failure::broken)?;
        tokio::task::spawn_blocking(work).await.map_err(Failure::broken)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    use super::*;

    #[tokio::test]
    async fn all_is_done_and_never_more_at_once_than_there_are_turns() {
        let crew = Crew(Semaphore::new(2));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Nobody goes on before a second one works.
        let pair = Arc::new(Barrier::new(2));
        let works = (0..20_usize).map(|at| {
            let (now, most, pair) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&pair));
            crew.work(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pair.wait();
                now.fetch_sub(1, Ordering::SeqCst);
                at
            })
        });
        let done: Vec<usize> = futures::future::join_all(works).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done, (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_panics_takes_no_turn_with_it() {
        let crew = Crew(Semaphore::new(1));
        assert!(crew.work(|| panic!("as told")).await.is_err());
        assert!(matches!(crew.work(|| 1).await, Ok(1)));
    }
}
