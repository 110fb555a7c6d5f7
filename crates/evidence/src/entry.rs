//! Entries: one record of what happened, signed by who did it. 可信存证; TC609-6-2025-01 §5.2.2.12 日志上报.
//!
//! The bytes of a leaf are the canonical JSON (RFC 8785) of a [`SignedRecord`]; other bytes for the same record are
//! refused. A record holds digests, counters, codes and identifiers: never payload, tokens or personal data, so that a
//! duty to erase never meets a log that cannot forget. Whether a signer is known is for [`crate::registry`].

use std::collections::BTreeMap;
use std::ops::{Deref, Range};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::{Digest, PublicKey, SignatureError, SigningKey, Suite};
use xinyu_protocol::json::{self, JsonError};

use crate::batch::{self, Batch, Checked};
use crate::proof::ProofError;
use crate::tile::ENTRY_MAX_BYTES;
use crate::tree::leaf_hash_of;

#[cfg(test)]
mod tests;

/// The version of the record's form that this crate writes and reads.
pub const VERSION: u8 = 1;

/// Stands before the record's bytes when they are signed, so that the signature is good for nothing else.
const CONTEXT: &[u8] = b"xinyu/evidence/record/v1\n";

/// What happened, before it is signed. Here and in [`SignedRecord`] the members stand in the order of the canonical form, which is then written without sorting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Who did it: the 32-character code of a platform or a connector (NDI-TR-2025-04).
    pub actor: String,
    /// When, by the actor's clock; microseconds at the finest.
    pub at: Timestamp,
    /// The digital contract (合约标识) it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Digests, counters, codes, pointers to clauses. Numbers are integers below 2^53.
    pub facts: BTreeMap<String, Value>,
    /// Given by the actor; unique in the log. This and every other identifier here: 1 to 128 characters, no white space.
    pub id: String,
    /// What kind of event: dotted lower-case words such as `usage.refused`.
    pub kind: String,
    /// Ids of earlier records that this one builds on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// The space whose log this is.
    pub space: String,
    /// What it is about: a product, a negotiation, a use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// [`VERSION`].
    pub v: u8,
}

/// A record with its actor's signature: a leaf of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRecord {
    /// Its place in the batch that was signed, if it was signed with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// The name of the actor's key: its thumbprint.
    pub kid: String,
    /// The record.
    pub record: Record,
    /// Signature of the actor in base64url without padding: over this record, or over the batch that it is one of.
    pub signature: String,
}

/// A record that cannot be in a log.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A member of the record is not what it must be.
    #[error("{member} of the record {problem}")]
    Member {
        /// The member's name.
        member: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A leaf has at most 65 535 bytes.
    #[error("the record has {bytes} bytes, more than {ENTRY_MAX_BYTES}")]
    Length {
        /// Its bytes.
        bytes: usize,
    },
    /// Not JSON, not a signed record, or not its canonical bytes.
    #[error("the bytes are not a canonical signed record: {0}")]
    Json(#[from] JsonError),
    /// The key it was checked with is not the one it names.
    #[error("the record is signed with key {found}, not with {expected}")]
    Key {
        /// The key asked for.
        expected: String,
        /// The key it names.
        found: String,
    },
    /// The signature does not verify.
    #[error("the signature of the record is wrong: {0}")]
    Signature(#[from] SignatureError),
    /// Its place in the batch is none.
    #[error("the record is not in the batch that it names: {0}")]
    Batch(#[from] ProofError),
}

impl SignedRecord {
    /// Signs a record. The key must be the actor's own.
    ///
    /// # Errors
    /// A member is malformed, or the leaf would be too long or too deep.
    pub fn sign(record: Record, key: &SigningKey) -> Result<Self, RecordError> {
        record.check()?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(&record.signed_bytes()?));
        // Read back at once: what no verifier could read shall not be signed.
        Self::parse(&Self { record, kid: key.public().kid(), signature, batch: None }.to_bytes()?)
    }

    /// Signs records that belong to one actor: with one signature for all of them, if there are several. Each is a record that is verified by itself.
    ///
    /// # Errors
    /// As [`Self::sign`], of any of them: then none is signed.
    pub fn sign_all(records: Vec<Record>, key: &SigningKey) -> Result<Vec<Self>, RecordError> {
        if records.len() < 2 {
            return records.into_iter().map(|record| Self::sign(record, key)).collect();
        }
        let mut bytes = Vec::with_capacity(records.len());
        for record in &records {
            record.check()?;
            bytes.push(record.signed_bytes()?);
        }
        let (text, places) = batch::build(key.suite(), &bytes)?;
        let (kid, signature) = (key.public().kid(), BASE64_URL_SAFE_NO_PAD.encode(key.sign(&text)));
        let signed = records.into_iter().zip(places).map(|(record, place)| {
            let (kid, signature) = (kid.clone(), signature.clone());
            Self::parse(&Self { record, kid, signature, batch: Some(place) }.to_bytes()?)
        });
        signed.collect()
    }

    /// Checks the signature with the key that the record names.
    ///
    /// # Errors
    /// Another key, or a signature that is not over this record.
    pub fn verify(&self, key: &PublicKey) -> Result<(), RecordError> {
        self.verify_with(key, &mut Checked::default())
    }

    /// The same for one of many: the signature of a batch that was checked already is not checked again.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_with(&self, key: &PublicKey, checked: &mut Checked) -> Result<(), RecordError> {
        self.verify_over(&json::canonical(&self.record)?, key, checked)
    }

    /// The same, with the bytes of the record at hand.
    fn verify_over(&self, record: &[u8], key: &PublicKey, checked: &mut Checked) -> Result<(), RecordError> {
        if !key.is_named(&self.kid) {
            return Err(RecordError::Key { expected: key.kid(), found: self.kid.clone() });
        }
        let signature = self.signature_bytes()?;
        match &self.batch {
            None => Ok(key.verify(&signed_bytes(record), &signature)?),
            Some(batch) => checked.check(key, batch, &leaf_of_batch(key.suite(), record), signature),
        }
    }

    pub(crate) fn signature_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let wrong = |_| RecordError::Member { member: "signature", problem: "is not base64url without padding" };
        BASE64_URL_SAFE_NO_PAD.decode(&self.signature).map_err(wrong)
    }

    /// The leaf: canonical JSON.
    ///
    /// # Errors
    /// Longer than a leaf may be.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let bytes = json::canonical(self)?;
        if bytes.len() > ENTRY_MAX_BYTES { Err(RecordError::Length { bytes: bytes.len() }) } else { Ok(bytes) }
    }

    /// Reads a leaf. Every byte counts: what [`Self::to_bytes`] would write otherwise is refused.
    ///
    /// # Errors
    /// Not canonical, or with a malformed member. The signature is not checked here.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > ENTRY_MAX_BYTES {
            return Err(RecordError::Length { bytes: bytes.len() });
        }
        let signed: Self = json::parse_canonical(bytes)?;
        signed.record.check()?;
        Ok(signed)
    }
}

/// A leaf as it was read: a record with its bytes, which are then not written again to be checked or appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    signed: SignedRecord,
    bytes: Vec<u8>,
    /// Where the record that is signed stands in them.
    record: Range<usize>,
}

impl Leaf {
    /// Reads a leaf as [`SignedRecord::parse`] does.
    ///
    /// # Errors
    /// As that has.
    pub fn read(bytes: Vec<u8>) -> Result<Self, RecordError> {
        let signed = SignedRecord::parse(&bytes)?;
        let record = record_within(&signed, &bytes)?;
        Ok(Self { signed, bytes, record })
    }

    /// Its bytes: the canonical JSON.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The record and the bytes of the leaf.
    pub fn into_parts(self) -> (SignedRecord, Vec<u8>) {
        (self.signed, self.bytes)
    }

    /// Checks the signature as [`SignedRecord::verify_with`] does.
    ///
    /// # Errors
    /// As that has.
    pub fn verify_with(&self, key: &PublicKey, checked: &mut Checked) -> Result<(), RecordError> {
        self.signed.verify_over(self.bytes.get(self.record.clone()).unwrap_or_default(), key, checked)
    }
}

impl Deref for Leaf {
    type Target = SignedRecord;

    fn deref(&self) -> &SignedRecord {
        &self.signed
    }
}

/// A record as it is written into a log.
impl TryFrom<SignedRecord> for Leaf {
    type Error = RecordError;

    fn try_from(signed: SignedRecord) -> Result<Self, RecordError> {
        let bytes = signed.to_bytes()?;
        let record = record_within(&signed, &bytes)?;
        Ok(Self { signed, bytes, record })
    }
}

/// Where the record stands in the canonical bytes of a leaf. The names that it stands between cannot be within a text, where quotes have a backslash before them.
pub(crate) fn record_within(signed: &SignedRecord, bytes: &[u8]) -> Result<Range<usize>, RecordError> {
    const BEFORE: &[u8] = b",\"record\":";
    const AFTER: &[u8] = b",\"signature\":\"";
    // Each hash of the way takes up at least as much before it.
    let way = signed.batch.as_ref().map_or(0, |batch| batch.path.len() * 2 * Digest::BYTES);
    let before = bytes.get(way..).and_then(|rest| rest.windows(BEFORE.len()).position(|text| text == BEFORE));
    let after = bytes.windows(AFTER.len()).rposition(|text| text == AFTER);
    let place = before.zip(after).map(|(before, after)| way + before + BEFORE.len()..after);
    place
        .filter(|place| place.start <= place.end)
        .ok_or(RecordError::Member { member: "record", problem: "is missing" })
}

/// What is signed of a record that is signed alone.
pub(crate) fn signed_bytes(record: &[u8]) -> Vec<u8> {
    [CONTEXT, record].concat()
}

/// The hash of a record in a batch: of the same bytes.
pub(crate) fn leaf_of_batch(suite: Suite, record: &[u8]) -> Digest {
    leaf_hash_of(suite, &[CONTEXT, record])
}

impl Record {
    fn signed_bytes(&self) -> Result<Vec<u8>, JsonError> {
        Ok(signed_bytes(&json::canonical(self)?))
    }

    fn check(&self) -> Result<(), RecordError> {
        // Not ASCII only: the codes of products (NDI-TR-2025-04) may have a • before their extension.
        let is_code = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            (1..=128).contains(&if is_plain { text.len() } else { text.chars().count() })
                && (is_plain || !text.contains(|c: char| c.is_whitespace() || c.is_control()))
        };
        // The check character of MOD 37-2 may be a star.
        let digits = self.actor.strip_suffix('*').unwrap_or(&self.actor);
        let is_party = self.actor.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-')
        };
        let is_kind = self.kind.len() <= 64 && self.kind.contains('.') && self.kind.split('.').all(is_word);
        let checks = [
            (self.v == VERSION, "v", "is not 1"),
            (is_code(&self.id), "id", "is not 1 to 128 characters without white space"),
            (is_kind, "kind", "is not dotted lower-case words"),
            (is_code(&self.space), "space", "is not 1 to 128 characters without white space"),
            (
                self.contract.as_deref().is_none_or(is_code),
                "contract",
                "is not 1 to 128 characters without white space",
            ),
            (self.subject.as_deref().is_none_or(is_code), "subject", "is not 1 to 128 characters without white space"),
            (is_party, "actor", "is not a code of 32 letters and digits"),
            (self.at.as_nanosecond() % 1000 == 0, "at", "is finer than a microsecond"),
            (self.facts.values().all(is_integral), "facts", "hold a number that is not an integer"),
            (
                self.refs.iter().all(|id| is_code(id)),
                "refs",
                "hold an id that is not 1 to 128 characters without white space",
            ),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, member, problem)) => Err(RecordError::Member { member, problem }),
            None => Ok(()),
        }
    }
}

/// Whether every number in a fact is an integer; that it is one which every reader reads exactly is for the canonical form.
fn is_integral(fact: &Value) -> bool {
    match fact {
        Value::Number(number) => !number.is_f64(),
        Value::Array(items) => items.iter().all(is_integral),
        Value::Object(members) => members.values().all(is_integral),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}
