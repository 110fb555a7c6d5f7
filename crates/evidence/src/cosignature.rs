//! Cosignatures: a witness's word that a checkpoint is the largest head it has seen of a log. C2SP tlog-cosignature.
//!
//! Version 1, Ed25519 under the signature type 0x04: what is signed is the whole text of the checkpoint, extension lines
//! included, with the time before it. On the checkpoint it is one more signature line, which
//! [`Note::verify`](crate::note::Note::verify) of those who do not know the cosigner passes over.
//! Not here: the ML-DSA-44 type (0x06), and any clock; a cosignature of a time to come is for the caller to doubt.

use std::{fmt, str::FromStr};

use xinyu_crypto::{PublicKey, SIGNATURE_BYTES, SigningKey, Suite};

use crate::note::{self, Note, NoteError, Signature};

#[cfg(test)]
mod tests;

/// The signature type byte of Ed25519 cosignatures.
const COSIGNATURE: &[u8] = &[0x04];

/// The latest time that a cosignature can bear, in seconds since 1970.
pub const SECONDS_MAX: u64 = (1 << 63) - 1;

/// Who cosigns: an Ed25519 key with its name. As text the verifier form `name+hexid+base64`. The name is not part of what
/// is signed, so a key must not cosign under two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigner {
    name: String,
    key: PublicKey,
    id: [u8; 4],
}

/// A cosignature or cosigner that cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The name of the key, or the text that is signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Only Ed25519 has a signature type for cosignatures here.
    #[error("a cosigner signs with Ed25519, not with {0}")]
    Suite(Suite),
    /// Not of the form `name+hexid+base64`, of another type, or the id is not that of the key.
    #[error("not the verifier key of a cosigner")]
    Cosigner,
    /// A time is 1 to 2^63 - 1 seconds; 0 is no time in the witness protocol.
    #[error("{0} is not a time that a cosignature can bear")]
    Time(u64),
    /// By another key: another name, or another id.
    #[error("the signature is not by {0}")]
    Other(String),
    /// A cosignature is 8 bytes of time and 64 of signature.
    #[error("the cosignature of {name} has {found} bytes, not {}", 8 + SIGNATURE_BYTES)]
    Length {
        /// Whose.
        name: String,
        /// Bytes it has.
        found: usize,
    },
    /// Does not verify.
    #[error("the cosignature of {0} does not verify")]
    Invalid(String),
}

impl Cosigner {
    /// A key under a name.
    ///
    /// # Errors
    /// The name cannot be that of a note key, or the key is not Ed25519.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, CosignatureError> {
        if key.suite() != Suite::Intl {
            return Err(CosignatureError::Suite(key.suite()));
        }
        if !note::is_name(name) {
            return Err(NoteError::Name(name.to_owned()).into());
        }
        let id = note::key_id(name, &encoded(&key));
        Ok(Self { name: name.to_owned(), key, id })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key itself.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key's id on signature lines.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether a signature line claims to be by this cosigner.
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Checks that `signature` is this cosigner's on the note of `text`, and says of when: seconds since 1970.
    ///
    /// # Errors
    /// It is by another key, has another length or an impossible time, or does not verify.
    pub fn verify(&self, text: &str, signature: &Signature) -> Result<u64, CosignatureError> {
        if !self.is_named_by(signature) {
            return Err(CosignatureError::Other(self.name.clone()));
        }
        let length = || CosignatureError::Length { name: self.name.clone(), found: signature.bytes.len() };
        let (time, bytes) = signature.bytes.split_first_chunk::<8>().ok_or_else(length)?;
        if bytes.len() != SIGNATURE_BYTES {
            return Err(length());
        }
        let seconds = u64::from_be_bytes(*time);
        let verified = self.key.verify(message(text, seconds)?.as_bytes(), bytes);
        verified.map_err(|_| CosignatureError::Invalid(self.name.clone()))?;
        Ok(seconds)
    }

    /// Looks for this cosigner's lines on a note and checks them all: seconds since 1970 of the latest, none when it has
    /// not cosigned.
    ///
    /// # Errors
    /// A line of this cosigner that is wrong. The standard has the whole note rejected then.
    pub fn verify_note(&self, note: &Note) -> Result<Option<u64>, CosignatureError> {
        let mine = note.signatures.iter().filter(|signature| self.is_named_by(signature));
        mine.map(|signature| self.verify(&note.text, signature))
            .try_fold(None, |latest, seconds| Ok(latest.max(Some(seconds?))))
    }
}

impl fmt::Display for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::verifier_text(&self.name, &encoded(&self.key)))
    }
}

impl FromStr for Cosigner {
    type Err = CosignatureError;

    fn from_str(text: &str) -> Result<Self, CosignatureError> {
        let (name, encoded) = note::split_verifier(text).ok_or(CosignatureError::Cosigner)?;
        let key = encoded.strip_prefix(COSIGNATURE).ok_or(CosignatureError::Cosigner)?;
        let key = PublicKey::from_bytes(Suite::Intl, key).map_err(|_| CosignatureError::Cosigner)?;
        let cosigner = Self::new(name, key)?;
        // One spelling only, and the id must be the key's.
        if cosigner.to_string() == text { Ok(cosigner) } else { Err(CosignatureError::Cosigner) }
    }
}

/// Cosigns the note of `text`, a checkpoint's with its last newline, as of `seconds` since 1970. The caller has seen to
/// it that this is the largest head of its log, and consistent with all that it cosigned before.
///
/// # Errors
/// The key is not Ed25519, the name or the text cannot be those of a note, or the time is 0 or above [`SECONDS_MAX`].
pub fn cosign(key: &SigningKey, name: &str, text: &str, seconds: u64) -> Result<Signature, CosignatureError> {
    let cosigner = Cosigner::new(name, key.public())?;
    if !note::is_text(text) {
        return Err(NoteError::Text.into());
    }
    let signature = key.sign(message(text, seconds)?.as_bytes());
    Ok(Signature {
        name: cosigner.name,
        id: cosigner.id,
        bytes: [&seconds.to_be_bytes(), signature.as_slice()].concat(),
    })
}

/// What is signed.
fn message(text: &str, seconds: u64) -> Result<String, CosignatureError> {
    match seconds {
        1..=SECONDS_MAX => Ok(format!("cosignature/v1\ntime {seconds}\n{text}")),
        _ => Err(CosignatureError::Time(seconds)),
    }
}

/// Type and key.
fn encoded(key: &PublicKey) -> Vec<u8> {
    [COSIGNATURE, key.as_bytes()].concat()
}
