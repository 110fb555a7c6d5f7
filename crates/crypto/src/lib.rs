//! Cryptography of the space: two suites behind one small interface, chosen per space.
//!
//! [`Suite::Sm`] is 国密 (SM2, SM3, SM4-GCM; GB/T 32918, 32905, 32907), as NDI-TR-2025-03 App. C and TC609-6-2025-11
//! §10.4 ask; [`Suite::Intl`] is Ed25519, SHA-256, AES-256-GCM and HPKE (RFC 8032, 9180). The primitives are
//! RustCrypto's; what stands here is the choice of them, strict parsing, and the formats built on them. What participants
//! of other makers sign is verified by [`ForeignKey`], with ES256 besides; what they are to verify is signed by
//! [`Es256Key`], of which a [`KeyChain`] keeps the history.
//!
//! Pure: no IO, no clock, and randomness is always the caller's `rng`. Secrets are wiped when dropped and appear in no
//! `Debug` and no error. Certificates stand in [`x509`], trusted time in [`timestamp`].
//! Not here: TLS, hardware tokens.

mod aead;
mod base64url;
mod digest;
mod envelope;
mod es256;
mod foreign;
mod holder;
mod jwk;
pub mod jws;
mod keychain;
mod keyring;
mod object;
pub mod password;
pub mod sealed;
mod sealing;
pub mod shared;
mod signing;
mod suite;
pub mod timestamp;
pub mod x509;

pub use digest::{Digest, DigestError};
pub use envelope::{CHUNK_BYTES, EnvelopeReader, EnvelopeWriter, Openers, SealError};
pub use es256::Es256Key;
pub use foreign::{ForeignJws, ForeignKey};
pub use holder::HolderKey;
pub use jwk::KeyError;
pub use keychain::{KeyChain, Link};
pub use keyring::{KeyRing, PublicKeys};
pub use sealed::{SealedError, Secret};
pub use sealing::{OpenError, OpeningKey, SealingKey};
pub use signing::{PublicKey, SIGNATURE_BYTES, SignatureError, SigningKey};
pub use suite::{Hasher, Suite, UnknownSuite};
