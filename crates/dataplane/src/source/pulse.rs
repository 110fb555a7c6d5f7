//! How a reading goes on, seen from outside: how much of a source was looked at, when it answered, and whether nobody wants it any more.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The pulse of one reading. Clones share it.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Beats>);

#[derive(Debug)]
struct Beats {
    begun: Instant,
    answered: OnceLock<Duration>,
    bytes: AtomicU64,
    known: AtomicU64,
    is_stopped: AtomicBool,
}

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Beats {
            begun: Instant::now(),
            answered: OnceLock::new(),
            bytes: AtomicU64::new(0),
            known: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        }))
    }
}

impl Pulse {
    /// Since when the reading goes on.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.begun.elapsed()
    }

    /// After how long the source gave a first answer, if it did.
    #[must_use]
    pub fn answered(&self) -> Option<Duration> {
        self.0.answered.get().copied()
    }

    /// Bytes looked at before the first row, of how many; of a source that is no text, none of none.
    #[must_use]
    pub fn looked(&self) -> (u64, u64) {
        (self.0.bytes.load(Ordering::Relaxed), self.0.known.load(Ordering::Relaxed))
    }

    /// Nobody wants it any more: what looks at a file stops with its next piece.
    pub fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::Relaxed)
    }

    /// The source is there.
    pub(super) fn answers(&self) {
        // Only the first answer counts.
        let _ = self.0.answered.set(self.elapsed());
    }

    /// So many more bytes will be looked at.
    pub(super) fn expect(&self, bytes: u64) {
        self.0.known.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many more bytes were looked at. Whether to go on.
    pub(super) fn beat(&self, bytes: u64) -> bool {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        !self.is_stopped()
    }
}
