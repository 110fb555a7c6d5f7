//! Signed notes: a short text and the signatures under it. C2SP signed-note.
//!
//! Two signature types: Ed25519 as the standard assigns it (0x01), which stock tools read, and SM2-with-SM3 under the
//! byte that the standard leaves to others (0xff) with a longer identifier of ours behind it.

use std::{fmt, str::FromStr};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use xinyu_crypto::{PublicKey, SigningKey, Suite};

#[cfg(test)]
mod tests;

/// The signature type byte of Ed25519.
const ED25519: &[u8] = &[0x01];

/// The type of SM2-with-SM3 signatures (64 bytes, r ‖ s; user id 1234567812345678): 0xff, then our identifier. The
/// public key follows as an uncompressed point, 65 bytes. There is no assigned byte for SM2.
const SM2: &[u8] = b"\xffxinyu/sm2-with-sm3/v1\n";

/// Longest note that is read, in bytes.
pub(crate) const NOTE_MAX_BYTES: usize = 64 * 1024;

/// Most signatures on a note that is read; the standard asks for at least 16.
const SIGNATURES_MAX: usize = 64;

/// A public key with the name under which it signs notes. As text the verifier form `name+hexid+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: PublicKey,
}

/// A note as it was read. Nothing of it is to be believed before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text with its last newline.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Id of the key: with the name it says which key and which algorithm.
    pub id: [u8; 4],
    /// The signature proper.
    pub bytes: Vec<u8>,
}

/// A note or verifier that cannot be read, or is not signed as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The name of a key has a space or a plus sign, or is empty.
    #[error("{0:?} cannot be the name of a note key")]
    Name(String),
    /// The text of a note ends in a newline and has no other control characters.
    #[error("the text of a note must end in a newline and have no other control characters")]
    Text,
    /// More than we read.
    #[error("the note is longer than {NOTE_MAX_BYTES} bytes or has more than {SIGNATURES_MAX} signatures")]
    Length,
    /// No blank line with signature lines after it.
    #[error("the note has no signatures")]
    Unsigned,
    /// A line under the blank line that is not a signature.
    #[error("signature line {0} of the note is malformed")]
    Line(usize),
    /// Not of the form `name+hexid+base64`, or the id is not that of the key.
    #[error("not a verifier key")]
    Verifier,
    /// The signature of a key that we know does not verify.
    #[error("the signature of {0} does not verify")]
    Invalid(String),
    /// None of the signatures is by a key that we know.
    #[error("no signature is by a known key")]
    Unknown,
}

impl Verifier {
    /// A key under a name.
    ///
    /// # Errors
    /// The name is empty or has white space, control characters or a plus sign.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, NoteError> {
        if is_name(name) { Ok(Self { name: name.to_owned(), key }) } else { Err(NoteError::Name(name.to_owned())) }
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key itself.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key's id: the first four bytes of SHA-256 over name, newline, type and key, for both types of signature.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.encoded())
    }

    /// Type and key.
    fn encoded(&self) -> Vec<u8> {
        [signature_type(self.key.suite()), self.key.as_bytes()].concat()
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&verifier_text(&self.name, &self.encoded()))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, encoded) = split_verifier(text).ok_or(NoteError::Verifier)?;
        let key = [Suite::Intl, Suite::Sm]
            .into_iter()
            .find_map(|suite| {
                let key = encoded.strip_prefix(signature_type(suite))?;
                Some(PublicKey::from_bytes(suite, key))
            })
            .ok_or(NoteError::Verifier)?
            .map_err(|_| NoteError::Verifier)?;
        let verifier = Self::new(name, key)?;
        // One spelling only, and the id must be the key's.
        if verifier.to_string() == text { Ok(verifier) } else { Err(NoteError::Verifier) }
    }
}

/// A note of `text` with one signature, by `key` under `name`.
///
/// # Errors
/// Text or name cannot be those of a note.
pub fn sign(text: &str, name: &str, key: &SigningKey) -> Result<Note, NoteError> {
    if !is_text(text) {
        return Err(NoteError::Text);
    }
    let verifier = Verifier::new(name, key.public())?;
    let signature = Signature { name: name.to_owned(), id: verifier.id(), bytes: key.sign(text.as_bytes()) };
    Ok(Note { text: text.to_owned(), signatures: vec![signature] })
}

impl Note {
    /// Reads a note, strictly.
    ///
    /// # Errors
    /// Control characters, a malformed or missing signature line, or more than we read.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_MAX_BYTES {
            return Err(NoteError::Length);
        }
        if !is_text(note) {
            return Err(NoteError::Text);
        }
        let (body, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
        let signatures = signatures(lines)?;
        match signatures.len() {
            0 => Err(NoteError::Unsigned),
            1..=SIGNATURES_MAX => Ok(Self { text: format!("{body}\n"), signatures }),
            _ => Err(NoteError::Length),
        }
    }

    /// Checks the signatures of the known keys and says whose they are. Those of unknown keys are passed over, as the
    /// standard demands: cosignatures, and the log's own newer keys.
    ///
    /// # Errors
    /// A known key's signature that does not verify, or no known key at all.
    pub fn verify<'a>(&self, known: &[&'a Verifier]) -> Result<Vec<&'a Verifier>, NoteError> {
        let mut signers = Vec::new();
        for signature in &self.signatures {
            for verifier in
                known.iter().filter(|verifier| verifier.name == signature.name && verifier.id() == signature.id)
            {
                let verified = verifier.key.verify(self.text.as_bytes(), &signature.bytes);
                verified.map_err(|_| NoteError::Invalid(signature.name.clone()))?;
                signers.push(*verifier);
            }
        }
        if signers.is_empty() { Err(NoteError::Unknown) } else { Ok(signers) }
    }

    /// Puts one more signature line under the note; an earlier line of the same name and id makes room for it. Whether the
    /// signature is any good is the caller's to check first.
    ///
    /// # Errors
    /// The note would be longer than what [`Self::parse`] reads; it is then as it was.
    pub fn append(&mut self, signature: Signature) -> Result<(), NoteError> {
        let is_other = |line: &&Signature| line.name != signature.name || line.id != signature.id;
        let mut signatures: Vec<_> = self.signatures.iter().filter(is_other).cloned().collect();
        signatures.push(signature);
        let grown = Self { text: self.text.clone(), signatures };
        if grown.signatures.len() > SIGNATURES_MAX || grown.to_string().len() > NOTE_MAX_BYTES {
            return Err(NoteError::Length);
        }
        *self = grown;
        Ok(())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "— {} {}", self.name, BASE64_STANDARD.encode([&self.id, self.bytes.as_slice()].concat()))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let decoded = BASE64_STANDARD.decode(encoded).ok()?;
        let (id, bytes) = decoded.split_first_chunk::<4>()?;
        (is_name(name) && !bytes.is_empty()).then(|| Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

/// Reads signature lines, each with its newline.
///
/// # Errors
/// [`NoteError::Line`], counted from 1.
pub(crate) fn signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    let lines = lines.split_terminator('\n').enumerate();
    lines.map(|(number, line)| Signature::parse(line).ok_or(NoteError::Line(number + 1))).collect()
}

/// The id of a key: the first four bytes of SHA-256 over name, newline, and type and key as `encoded`.
pub(crate) fn key_id(name: &str, encoded: &[u8]) -> [u8; 4] {
    let digest = Suite::Intl.hash(&[name.as_bytes(), b"\n", encoded].concat());
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

/// The verifier form of a key, `name+hexid+base64`.
pub(crate) fn verifier_text(name: &str, encoded: &[u8]) -> String {
    format!("{name}+{}+{}", hex::encode(key_id(name, encoded)), BASE64_STANDARD.encode(encoded))
}

/// Name, and type and key, of a verifier form. The id is not yet compared.
pub(crate) fn split_verifier(text: &str) -> Option<(&str, Vec<u8>)> {
    let mut parts = text.splitn(3, '+');
    let (name, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, BASE64_STANDARD.decode(encoded).ok()?))
}

fn signature_type(suite: Suite) -> &'static [u8] {
    match suite {
        Suite::Intl => ED25519,
        Suite::Sm => SM2,
    }
}

pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

pub(crate) fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !text.contains(|c: char| c < ' ' && c != '\n')
}
