//! Checkpoints: the signed heads of the two trees of one log. C2SP tlog-checkpoint; docs/adr/0002-two-trees-one-log.md.
//!
//! `checkpoint` is the SHA-256 tree's, signed with Ed25519, with the root of the SM3 tree in its extension line;
//! `sm3/checkpoint` is the SM3 tree's, of origin `<origin>/sm3`, signed with SM2, with the SHA-256 root in its own. So
//! each signature commits to both trees, and a log that showed different entries in them would have signed the proof.

use std::{fmt, str::FromStr};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use xinyu_crypto::{Digest, PublicKey, SigningKey, Suite};

use crate::{
    growth::LogState,
    note::{self, Note, NoteError, Verifier},
};

pub(crate) mod foreign;
#[cfg(test)]
mod tests;

pub use foreign::ForeignCheckpoint;

/// Where the head of the SHA-256 tree stands in a log.
pub const PATH: &str = "checkpoint";
/// Where the head of the SM3 tree stands.
pub const SM3_PATH: &str = "sm3/checkpoint";
/// Where the two verifier keys stand, one on each line.
pub const KEY_PATH: &str = "key";

/// The head of one of the trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log and which of its trees.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of this tree.
    pub root: Digest,
    /// Root of the other tree over the same entries.
    pub other: Digest,
}

/// The head of a log: what its two checkpoints say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose log: the origin of the SHA-256 tree.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the SHA-256 tree.
    pub sha256: Digest,
    /// Root of the SM3 tree.
    pub sm3: Digest,
}

/// The two public keys of a log, in verifier form one on each line: Ed25519 first, SM2 second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    ed25519: Verifier,
    sm2: Verifier,
}

/// A checkpoint that cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The bytes are not UTF-8.
    #[error("the checkpoint is not UTF-8")]
    Utf8,
    /// A line of it is not what it must be.
    #[error("line {0} of the checkpoint is malformed")]
    Line(usize),
    /// Of another log, or of the other tree.
    #[error("the checkpoint is of {found}, not of {expected}")]
    Origin {
        /// The origin wanted.
        expected: String,
        /// The origin found.
        found: String,
    },
    /// The two checkpoints are not heads of one log at one size.
    #[error("the two checkpoints do not agree on {0}")]
    Pair(&'static str),
    /// The key file, or keys that are not an Ed25519 and an SM2 key under the names of one origin.
    #[error("not the two keys of a log")]
    Keys,
}

impl Keys {
    /// The keys of the log of `origin`.
    ///
    /// # Errors
    /// The origin cannot be the name of a note key, or the keys are not one of each suite.
    pub fn new(origin: &str, ed25519: PublicKey, sm2: PublicKey) -> Result<Self, CheckpointError> {
        if ed25519.suite() != Suite::Intl || sm2.suite() != Suite::Sm {
            return Err(CheckpointError::Keys);
        }
        let sm3_origin = origin_of(Suite::Sm, origin);
        Ok(Self { ed25519: Verifier::new(origin, ed25519)?, sm2: Verifier::new(&sm3_origin, sm2)? })
    }

    /// The origin of the log.
    pub fn origin(&self) -> &str {
        self.ed25519.name()
    }

    /// The verifier of a tree's checkpoints.
    pub fn verifier(&self, suite: Suite) -> &Verifier {
        match suite {
            Suite::Intl => &self.ed25519,
            Suite::Sm => &self.sm2,
        }
    }
}

impl fmt::Display for Keys {
    /// The text of the key file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.ed25519)?;
        writeln!(f, "{}", self.sm2)
    }
}

impl FromStr for Keys {
    type Err = CheckpointError;

    /// Reads the text of a key file, strictly.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.split('\n');
        let (Some(first), Some(second), Some(""), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Keys);
        };
        let (first, second): (Verifier, Verifier) = (first.parse()?, second.parse()?);
        let keys = Self::new(first.name(), first.key().clone(), second.key().clone())?;
        if keys.sm2 == second { Ok(keys) } else { Err(CheckpointError::Keys) }
    }
}

impl Checkpoint {
    /// The text that is signed.
    fn text(&self, suite: Suite) -> String {
        let Self { origin, size, root, other } = self;
        let (root, other) = (BASE64_STANDARD.encode(root), BASE64_STANDARD.encode(other));
        format!("{origin}\n{size}\n{root}\n{} {other}\n", extension(suite))
    }

    /// Reads and checks the checkpoint of one tree; also that of an earlier time.
    ///
    /// # Errors
    /// Not signed by the log's key, or not of the form this log writes.
    pub fn parse_and_verify(suite: Suite, bytes: &[u8], keys: &Keys) -> Result<Self, CheckpointError> {
        let note = Note::parse(std::str::from_utf8(bytes).map_err(|_| CheckpointError::Utf8)?)?;
        let verifier = keys.verifier(suite);
        note.verify(&[verifier])?;
        let checkpoint = Self::parse_text(suite, &note.text)?;
        if checkpoint.origin != verifier.name() {
            return Err(CheckpointError::Origin { expected: verifier.name().to_owned(), found: checkpoint.origin });
        }
        Ok(checkpoint)
    }

    /// What an unchecked checkpoint claims: good for nothing but to find what belongs to it.
    pub(crate) fn parse_unverified(suite: Suite, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(std::str::from_utf8(bytes).map_err(|_| CheckpointError::Utf8)?)?;
        Self::parse_text(suite, &note.text)
    }

    fn parse_text(suite: Suite, text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        let [origin, size, root, other] = lines.as_slice() else {
            return Err(CheckpointError::Line(lines.len().min(4) + 1));
        };
        let other = other.strip_prefix(extension(suite)).and_then(|line| line.strip_prefix(' '));
        let checkpoint = Self {
            origin: (*origin).to_owned(),
            size: size.parse().map_err(|_| CheckpointError::Line(2))?,
            root: digest(root).ok_or(CheckpointError::Line(3))?,
            other: other.and_then(digest).ok_or(CheckpointError::Line(4))?,
        };
        // The size has one spelling: no sign, no leading zero.
        if checkpoint.text(suite) == text { Ok(checkpoint) } else { Err(CheckpointError::Line(2)) }
    }
}

/// Signs the heads of both trees: the texts of [`PATH`] and of [`SM3_PATH`]. The caller sees to it that no other head
/// was ever signed for this size.
///
/// # Errors
/// The origin cannot be the name of a note key, or the keys are not one of each suite.
pub fn sign_pair(
    origin: &str,
    size: u64,
    sha256_root: Digest,
    sm3_root: Digest,
    ed25519: &SigningKey,
    sm2: &SigningKey,
) -> Result<(String, String), CheckpointError> {
    let keys = Keys::new(origin, ed25519.public(), sm2.public())?;
    let sign = |suite, root, other, key| {
        let name = keys.verifier(suite).name();
        let checkpoint = Checkpoint { origin: name.to_owned(), size, root, other };
        note::sign(&checkpoint.text(suite), name, key).map(|note| note.to_string())
    };
    Ok((sign(Suite::Intl, sha256_root, sm3_root, ed25519)?, sign(Suite::Sm, sm3_root, sha256_root, sm2)?))
}

/// Signs the present state: the files to write after a growth, in this order: [`KEY_PATH`], [`SM3_PATH`], [`PATH`].
///
/// # Errors
/// As [`sign_pair`].
pub fn publish(
    state: &LogState,
    origin: &str,
    ed25519: &SigningKey,
    sm2: &SigningKey,
) -> Result<[(&'static str, String); 3], CheckpointError> {
    let keys = Keys::new(origin, ed25519.public(), sm2.public())?;
    let roots = (state.root(Suite::Intl), state.root(Suite::Sm));
    let (checkpoint, sm3) = sign_pair(origin, state.size(), roots.0, roots.1, ed25519, sm2)?;
    Ok([(KEY_PATH, keys.to_string()), (SM3_PATH, sm3), (PATH, checkpoint)])
}

/// Reads and checks both checkpoints of a log, and that they are of one size and commit to each other.
///
/// # Errors
/// One of them is wrong, or they do not belong together.
pub fn parse_and_verify(sha256: &[u8], sm3: &[u8], keys: &Keys) -> Result<Head, CheckpointError> {
    let sha256 = Checkpoint::parse_and_verify(Suite::Intl, sha256, keys)?;
    let sm3 = Checkpoint::parse_and_verify(Suite::Sm, sm3, keys)?;
    join(sha256, &sm3)
}

/// The head that two checked checkpoints make.
pub(crate) fn join(sha256: Checkpoint, sm3: &Checkpoint) -> Result<Head, CheckpointError> {
    if sha256.size != sm3.size {
        return Err(CheckpointError::Pair("the size"));
    }
    if sha256.root != sm3.other {
        return Err(CheckpointError::Pair("the SHA-256 root"));
    }
    if sha256.other != sm3.root {
        return Err(CheckpointError::Pair("the SM3 root"));
    }
    Ok(Head { origin: sha256.origin, size: sha256.size, sha256: sha256.root, sm3: sm3.root })
}

impl Head {
    /// Root of the tree of a suite.
    pub fn root(&self, suite: Suite) -> Digest {
        match suite {
            Suite::Intl => self.sha256,
            Suite::Sm => self.sm3,
        }
    }
}

/// The keyword of the extension line: which tree the other root is of.
fn extension(suite: Suite) -> &'static str {
    match suite {
        Suite::Intl => "sm3",
        Suite::Sm => "sha256",
    }
}

fn origin_of(suite: Suite, origin: &str) -> String {
    match suite {
        Suite::Intl => origin.to_owned(),
        Suite::Sm => format!("{origin}/sm3"),
    }
}

pub(crate) fn digest(text: &str) -> Option<Digest> {
    let bytes: [u8; 32] = BASE64_STANDARD.decode(text).ok()?.try_into().ok()?;
    Some(Digest::from_bytes(bytes))
}
