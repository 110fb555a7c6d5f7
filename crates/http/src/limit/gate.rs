//! How many requests of a caller are at work at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts per caller. Callers with nothing at work take no memory.
#[derive(Debug)]
pub struct Gate {
    at_once: usize,
    inside: Arc<Mutex<HashMap<String, usize>>>,
}

/// One request at work; leaving is dropping it.
#[derive(Debug)]
pub struct Permit {
    caller: String,
    inside: Arc<Mutex<HashMap<String, usize>>>,
}

impl Gate {
    /// At most `at_once` for each caller.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { at_once, inside: Arc::default() }
    }

    /// Lets a request in, unless its caller has too many inside.
    #[must_use]
    pub fn enter(&self, caller: &str) -> Option<Permit> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.get(caller).copied().unwrap_or(0);
        if count >= self.at_once {
            return None;
        }
        inside.insert(caller.to_owned(), count + 1);
        Some(Permit { caller: caller.to_owned(), inside: Arc::clone(&self.inside) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        match inside.get_mut(&self.caller) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                inside.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_makes_room_again() {
        let gate = Gate::new(2);
        let first = gate.enter("a");
        let second = gate.enter("a");
        assert!(first.is_some() && second.is_some() && gate.enter("a").is_none());
        assert!(gate.enter("b").is_some());
        drop(first);
        assert!(gate.enter("a").is_some());
        drop(second);
        assert!(gate.inside.lock().unwrap().is_empty());
    }
}
