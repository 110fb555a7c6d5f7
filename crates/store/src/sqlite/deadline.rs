//! The end of a statement that would not end by itself. A closure that is given up is only dropped; SQLite, in its own thread, would go on.

use sqlx::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When the statements of a connection are interrupted.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    start: Instant,
    /// Microseconds after the start.
    micros: Arc<AtomicU64>,
}

/// Steps of SQLite's virtual machine between two looks at the time: some 0.1 ms.
const STEPS: i32 = 10_000;

/// The closure is given up first, so that its error is the one that is told.
const GRACE: Duration = Duration::from_millis(100);

impl Deadline {
    /// Watch a connection, without a deadline for now.
    pub(super) async fn watch(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let deadline = Self { start: Instant::now(), micros: Arc::new(AtomicU64::new(u64::MAX)) };
        let watched = deadline.clone();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !watched.has_passed());
        Ok(deadline)
    }

    /// Interrupt what runs longer than this from now on.
    pub(super) fn set(&self, limit: Duration) {
        let end = self.start.elapsed() + limit + GRACE;
        self.micros.store(u64::try_from(end.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Interrupt nothing.
    pub(super) fn clear(&self) {
        self.micros.store(u64::MAX, Ordering::Relaxed);
    }

    fn has_passed(&self) -> bool {
        self.start.elapsed().as_micros() > u128::from(self.micros.load(Ordering::Relaxed))
    }
}
