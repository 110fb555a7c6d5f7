//! Where this crate takes time and ids from: two closures, so that a test or a simulation can replace both. And randomness.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use thiserror::Error;
use uuid::Uuid;

/// The operating system gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the operating system gives no randomness")]
pub struct EntropyError;

/// Randomness for keys, seeded by the operating system. Not from a [`Source`]: no test may foresee a key.
///
/// # Errors
/// If the operating system gives none.
pub fn entropy() -> Result<StdRng, EntropyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| EntropyError)?;
    Ok(StdRng::from_seed(seed))
}

/// The clock and the id source of a node. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl Source {
    /// From a clock and a source of random (version 4) UUIDs.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        id: impl Fn() -> Uuid + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), id: Arc::new(id) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// An id never given before.
    #[must_use]
    pub fn id(&self) -> Uuid {
        (self.id)()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}
