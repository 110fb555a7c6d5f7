//! The one source of identifiers and entropy: the operating system's, or a seeded one that repeats itself in a test.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A source of identifiers. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Ids(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Ids {
    /// Entropy that nobody can foresee, seeded by the operating system: fit for tokens.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same identifiers for the same seed. Only for tests and simulation: everybody can foresee them.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// A new UUID of version 4.
    pub fn new_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// 64 bits of entropy.
    pub fn entropy(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// As many bytes of entropy as are asked for.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => rand::rng().fill_bytes(&mut bytes),
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        let (one, two) = (Ids::seeded(7), Ids::seeded(7));
        assert_eq!((one.new_id(), one.entropy()), (two.new_id(), two.entropy()));
        assert_ne!(one.new_id(), one.new_id());
        assert_ne!(Ids::system().entropy(), Ids::system().entropy());
    }

    #[test]
    fn an_identifier_is_a_version_4_uuid() {
        let id = Ids::seeded(1).new_id();
        assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
    }
}
