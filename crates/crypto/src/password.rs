//! Login passwords: argon2id (RFC 9106; 19 MiB, 2 passes, 1 lane) in PHC string form.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::CryptoRng;

/// The PHC string to store for `password`, salted from `rng`.
#[expect(clippy::expect_used, reason = "parameters and salt length are constants within argon2's bounds")]
pub fn hash(password: &str, rng: &mut impl CryptoRng) -> String {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constant parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_with_salt(password.as_bytes(), &salt).expect("hash within bounds").to_string()
}

/// Checks `password` against a stored PHC string, in time that does not depend on where they differ.
///
/// # Errors
/// The password is another one, or the stored string is none of ours (not argon2id v19, or costly beyond bounds).
pub fn verify(password: &str, stored: &str) -> Result<(), PasswordError> {
    let stored = PasswordHash::new(stored).map_err(|_| PasswordError::Stored)?;
    let params = Params::try_from(&stored).map_err(|_| PasswordError::Stored)?;
    let is_ours = stored.hash.is_some()
        && stored.salt.is_some()
        && stored.algorithm.as_str() == "argon2id"
        && stored.version == Some(Version::V0x13.into())
        && params.m_cost() <= MEMORY_KIB * 8
        && params.t_cost() <= PASSES * 8
        && params.p_cost() <= LANES * 8;
    if !is_ours {
        return Err(PasswordError::Stored);
    }
    match Argon2::default().verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(()),
        Err(Error::PasswordInvalid) => Err(PasswordError::Wrong),
        Err(_) => Err(PasswordError::Stored),
    }
}

/// A password that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Another password.
    #[error("password is wrong")]
    Wrong,
    /// The stored hash cannot be used.
    #[error("stored password hash is malformed or out of bounds")]
    Stored,
}

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

#[cfg(test)]
mod tests;
