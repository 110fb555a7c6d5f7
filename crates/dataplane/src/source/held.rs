//! What an API or a stream gave when it was described: a moment later it may give something else, so that the next reading is of this.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::file::Opened;

/// What was described and not read yet; clones of a source share it. Takes room on the disk only.
#[derive(Clone, Default)]
pub struct Held(Arc<Mutex<Option<Opened>>>);

impl Held {
    pub(super) fn keep(&self, opened: Opened) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    /// Only once: who reads again wants what is there now.
    pub(super) fn take(&self) -> Option<Opened> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What was read says nothing about where it lies.
impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}
