//! Keys and tokens of participants of other makers, verified and never made: ES256 (RFC 7518 §3.4), EdDSA (RFC 8037;
//! RFC 9864 calls it `Ed25519`), and SM2 as our own tokens have it.
//!
//! Apart from `PublicKey` and `jws`, so that accepting an algorithm of somebody else never widens what our own tokens
//! may be signed with. Others describe their keys and tokens more freely, so members without a meaning here are passed
//! over; what decides anything is as strict as for ours. Not here: RSA, other curves, HMAC, `publicKeyMultibase`.

mod es256;
mod jws;
mod key;
#[cfg(test)]
mod tests;

pub use jws::ForeignJws;
pub use key::ForeignKey;
