//! Private keys at rest: a small secret in a JSON document, under a passphrase or a key file. GB/T 39786 应用和数据.
//!
//! Passphrase → argon2id (RFC 9106), key file → HKDF-SHA-256, then AES-256-GCM. The document says how its key was
//! derived; the parameters are bounded on reading, so that a planted document cannot eat the machine's memory.
//! Always AES, whatever the spaces use: these bytes never leave the node.

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::aead::{Cipher, NONCE_BYTES, TAG_BYTES};
use crate::{Suite, base64url, object};

#[cfg(test)]
mod tests;

/// What protects keys at rest. Shown by no `Debug`.
pub enum Secret {
    /// Something a person types. Not empty.
    Passphrase(Zeroizing<String>),
    /// The content of a file of at least 32 random bytes.
    KeyFile(Zeroizing<Vec<u8>>),
}

impl Secret {
    fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::KeyFile(_) => "key file",
        }
    }

    fn check(&self) -> Result<(), SealedError> {
        match self {
            Self::Passphrase(passphrase) if passphrase.is_empty() => Err(SealedError::EmptyPassphrase),
            Self::KeyFile(bytes) if bytes.len() < KEY_FILE_MIN_BYTES => {
                Err(SealedError::ShortKeyFile { found: bytes.len() })
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.kind())
    }
}

/// Encrypts `plaintext` under `secret` into a JSON document.
///
/// # Errors
/// An empty passphrase or a key file below 32 bytes.
pub fn seal(plaintext: &[u8], secret: &Secret, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealedError> {
    secret.check()?;
    let mut salt = [0; SALT_BYTES];
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let kdf = match secret {
        Secret::Passphrase(_) => Kdf::Argon2id { params: Cost::DEFAULT },
        Secret::KeyFile(_) => Kdf::HkdfSha256,
    };
    let cipher = kdf.cipher(secret, &salt)?;
    let mut ciphertext = plaintext.to_vec();
    let tag = cipher.encrypt(&nonce, ASSOCIATED, &mut ciphertext);
    ciphertext.extend_from_slice(&tag);
    let document = Document {
        version: VERSION,
        kdf,
        salt: base64url::encode(&salt),
        cipher: CIPHER.into(),
        nonce: base64url::encode(&nonce),
        ciphertext: base64url::encode(&ciphertext),
    };
    let mut text = serde_json::to_vec_pretty(&document).map_err(|_| SealedError::Document("not JSON"))?;
    text.push(b'\n');
    Ok(text)
}

/// Decrypts a document that [`seal`] made.
///
/// # Errors
/// [`SealedError::WrongSecret`] for a wrong secret as well as for altered bytes: the two cannot be told apart.
pub fn open(document: &[u8], secret: &Secret) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    secret.check()?;
    if document.len() > DOCUMENT_MAX_BYTES {
        return Err(SealedError::Document("more than 1 MiB"));
    }
    let document: Document = object::from_slice(document).map_err(|_| SealedError::Document("not in this format"))?;
    if document.version != VERSION {
        return Err(SealedError::Version(document.version));
    }
    if document.cipher != CIPHER {
        return Err(SealedError::Document("unknown cipher"));
    }
    let salt: [u8; SALT_BYTES] = base64url::decode_array(&document.salt).ok_or(SealedError::Document("salt"))?;
    let nonce = base64url::decode_array(&document.nonce).ok_or(SealedError::Document("nonce"))?;
    let mut plain = Zeroizing::new(base64url::decode(&document.ciphertext).ok_or(SealedError::Document("ciphertext"))?);
    let cipher = document.kdf.cipher(secret, &salt)?;
    let (body, tag) = plain.split_last_chunk_mut::<TAG_BYTES>().ok_or(SealedError::Document("ciphertext"))?;
    cipher.decrypt(&nonce, ASSOCIATED, body, tag).map_err(|_| SealedError::WrongSecret)?;
    let length = body.len();
    plain.truncate(length);
    Ok(plain)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    kdf: Kdf,
    salt: String,
    cipher: String,
    nonce: String,
    ciphertext: String,
}

/// How the key is derived.
#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
enum Kdf {
    Argon2id { params: Cost },
    HkdfSha256,
}

impl Kdf {
    fn secret_kind(&self) -> &'static str {
        match self {
            Self::Argon2id { .. } => "passphrase",
            Self::HkdfSha256 => "key file",
        }
    }

    fn cipher(&self, secret: &Secret, salt: &[u8; SALT_BYTES]) -> Result<Cipher, SealedError> {
        let mut key = Zeroizing::new([0; 32]);
        match (self, secret) {
            (Self::Argon2id { params }, Secret::Passphrase(passphrase)) => params
                .argon2()?
                .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
                .map_err(|_| SealedError::Cost)?,
            (Self::HkdfSha256, Secret::KeyFile(bytes)) => Hkdf::<Sha256>::new(Some(salt), bytes)
                .expand(ASSOCIATED, key.as_mut_slice())
                .map_err(|_| SealedError::Cost)?,
            _ => {
                return Err(SealedError::Kind { sealed: self.secret_kind(), given: secret.kind() });
            }
        }
        Cipher::new(Suite::Intl, key.as_slice()).ok_or(SealedError::Cost)
    }
}

/// The cost of argon2id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    const DEFAULT: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    fn argon2(&self) -> Result<Argon2<'static>, SealedError> {
        let is_bounded = (8..=MEMORY_MAX_KIB).contains(&self.memory_kib)
            && (1..=PASSES_MAX).contains(&self.passes)
            && (1..=LANES_MAX).contains(&self.lanes);
        if !is_bounded {
            return Err(SealedError::Cost);
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(|_| SealedError::Cost)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Keys at rest that cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// No passphrase.
    #[error("passphrase is empty")]
    EmptyPassphrase,
    /// A key file with too little in it.
    #[error("key file has {found} bytes, fewer than 32")]
    ShortKeyFile {
        /// Bytes in the file.
        found: usize,
    },
    /// A passphrase where a key file is needed, or the reverse.
    #[error("sealed under a {sealed}, but a {given} was given")]
    Kind {
        /// What it was sealed under.
        sealed: &'static str,
        /// What was given.
        given: &'static str,
    },
    /// The secret does not fit, or the document was altered.
    #[error("the secret does not open this document, or the document was altered")]
    WrongSecret,
    /// Written by another version of the format.
    #[error("sealed document has version {0}, not 1")]
    Version(u32),
    /// Not a document of this format, and where.
    #[error("sealed document: {0}")]
    Document(&'static str),
    /// The cost of the key derivation is out of bounds.
    #[error("sealed document asks for a key derivation out of bounds")]
    Cost,
    /// It opened, but holds something else.
    #[error("sealed document holds no {0}")]
    Content(&'static str),
}

const VERSION: u32 = 1;
const CIPHER: &str = "AES-256-GCM";
const ASSOCIATED: &[u8] = b"xinyu sealed 1";
const SALT_BYTES: usize = 16;
const KEY_FILE_MIN_BYTES: usize = 32;
const DOCUMENT_MAX_BYTES: usize = 1 << 20;
const MEMORY_MAX_KIB: u32 = 1 << 18;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 8;
