//! The eye on a running query: the engine asks it every few hundred instructions whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::authorizer::memory_used;
use crate::{CancelToken, Limits, SandboxError};

/// Instructions of the engine's virtual machine between two looks: 10 to 50 µs.
pub(crate) const INSTRUCTIONS: i32 = 500;

/// Watches one query.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    cancel: CancelToken,
    deadline: Option<Instant>,
    /// Of all of this process: the engine does not count by connection what a sort or a recursion takes. Queries that
    /// run beside this one can therefore only make the limit stricter.
    memory_max_bytes: i64,
    limits: Limits,
    verdict: Arc<AtomicU8>,
}

const CANCELLED: u8 = 1;
const TIMED_OUT: u8 = 2;
const OUT_OF_MEMORY: u8 = 3;

impl Watch {
    /// Begins to watch, now.
    pub(crate) fn new(limits: Limits, cancel: &CancelToken) -> Self {
        let more = i64::try_from(limits.max_memory_bytes).unwrap_or(i64::MAX);
        Self {
            cancel: cancel.clone(),
            deadline: Instant::now().checked_add(Duration::from_millis(limits.max_millis)),
            memory_max_bytes: memory_used().saturating_add(more),
            limits,
            verdict: Arc::default(),
        }
    }

    /// Whether the query may go on.
    pub(crate) fn may_go_on(&self) -> bool {
        let verdict = if self.cancel.is_cancelled() {
            CANCELLED
        } else if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            TIMED_OUT
        } else if memory_used() > self.memory_max_bytes {
            OUT_OF_MEMORY
        } else {
            return true;
        };
        self.verdict.store(verdict, Ordering::Release);
        false
    }

    /// Why the query was stopped, if it was.
    pub(crate) fn why_stopped(&self) -> Option<SandboxError> {
        match self.verdict.load(Ordering::Acquire) {
            CANCELLED => Some(SandboxError::Cancelled),
            TIMED_OUT => Some(SandboxError::TimedOut(self.limits.max_millis)),
            OUT_OF_MEMORY => Some(SandboxError::OutOfMemory(self.limits.max_memory_bytes)),
            _ => None,
        }
    }
}
