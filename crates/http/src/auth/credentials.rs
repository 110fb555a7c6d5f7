//! Credentials that were checked already: the same bytes come with every request of a connector, and reading its keys and the issuer's signature anew
//! costs more than all the rest of a request. Kept is only what the issuer signed; whether it is valid now is asked each time, and so is, by the caller,
//! whether it was revoked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use xinyu_identity::{Credential, IdentityError};

use super::Trust;

/// A memory of credentials of one issuer, bounded.
#[derive(Debug)]
pub struct Credentials {
    capacity: usize,
    /// By their exact bytes.
    checked: Mutex<HashMap<String, Arc<Credential>>>,
}

impl Credentials {
    /// An empty memory that holds at most `capacity` credentials.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, checked: Mutex::default() }
    }

    /// As [`Credential::verify`], for the issuer whom this memory is about.
    ///
    /// # Errors
    /// As [`Credential::verify`].
    pub fn verify(&self, jws: &str, trust: Trust<'_>, now: Timestamp) -> Result<Arc<Credential>, IdentityError> {
        let known = self.checked.lock().unwrap_or_else(PoisonError::into_inner).get(jws).map(Arc::clone);
        if let Some(credential) = known {
            credential.check_time(now)?;
            return Ok(credential);
        }
        let credential = Arc::new(Credential::verify(jws, trust.issuer_keys, trust.issuer, now)?);
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= self.capacity {
            checked.retain(|_, credential| credential.check_time(now).is_ok());
        }
        if checked.len() < self.capacity {
            checked.insert(jws.to_owned(), Arc::clone(&credential));
        }
        Ok(credential)
    }
}
