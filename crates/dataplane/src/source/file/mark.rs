//! How far files were read, and by what each is recognised: a file by its stamp and the digest of its bytes, an object by its tag, what was fetched by its digest.

use std::io::Read;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::Pulse;
use super::super::kind::Guess;
use super::place::Stamp;
use super::{Found, SourceError};

/// Bytes that are looked at in one turn.
const PIECE: usize = 256 << 10;

/// How far files of one table were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Mark {
    /// Their form: how names of such files end.
    pub(super) form: String,
    pub(super) parts: Vec<PartMark>,
}

/// How far one file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartMark {
    pub(super) name: String,
    pub(super) seal: Seal,
    pub(super) columns: Vec<(String, Guess)>,
    pub(super) rows: u64,
    pub(super) encoding: Option<String>,
}

/// By what a file is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Seal {
    /// A file of this machine.
    File {
        /// As it was found.
        stamp: Stamp,
        /// What it held.
        content: Content,
    },
    /// This version of an object.
    Object {
        /// What the store calls it.
        tag: String,
        /// How large it is.
        bytes: u64,
    },
    /// What was fetched.
    Fetched {
        /// Its content.
        content: Content,
    },
}

/// What some bytes are, without any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) bytes: u64,
    /// SHA-256, in hexadecimal.
    pub(super) digest: String,
    /// Ends of lines.
    pub(super) lines: u64,
    /// Whether the last byte ends a line.
    pub(super) is_line: bool,
    /// Whether every quote has its other.
    pub(super) is_quoted: bool,
}

impl PartMark {
    /// What was found in it then.
    pub(super) fn found(&self) -> Found {
        Found { columns: self.columns.clone(), rows: self.rows, encoding: self.encoding() }
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        let name = self.encoding.as_deref()?;
        encoding_rs::Encoding::for_label(name.as_bytes()).map(encoding_rs::Encoding::name)
    }
}

impl Content {
    /// Looks at all bytes of a reader, and at the first `before` of them by themselves. The first are none if there are not so many.
    pub(super) fn read(
        mut input: impl Read,
        before: Option<u64>,
        pulse: &Pulse,
    ) -> Result<(Option<Self>, Self), SourceError> {
        let mut counted = Counted::default();
        let mut first = before.filter(|before| *before == 0).map(|_| counted.content());
        let mut piece = vec![0_u8; PIECE];
        loop {
            let read = input.read(&mut piece).map_err(|_| SourceError::Interrupted)?;
            let Some(mut bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            let until = before.and_then(|before| usize::try_from(before.checked_sub(counted.bytes)?).ok());
            if let Some((begin, rest)) =
                until.filter(|until| *until > 0).and_then(|until| bytes.split_at_checked(until))
            {
                counted.take(begin);
                first = Some(counted.content());
                bytes = rest;
            }
            counted.take(bytes);
            if pulse.is_stopped() {
                return Err(SourceError::Interrupted);
            }
        }
        Ok((first, counted.content()))
    }
}

/// Bytes being looked at.
#[derive(Default)]
struct Counted {
    bytes: u64,
    hash: Sha256,
    lines: u64,
    last: Option<u8>,
    quotes: bool,
}

impl Counted {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.hash.update(bytes);
        for byte in bytes {
            self.lines = self.lines.saturating_add(u64::from(*byte == b'\n'));
            self.quotes ^= *byte == b'"';
        }
        self.last = bytes.last().copied().or(self.last);
    }

    fn content(&self) -> Content {
        Content {
            bytes: self.bytes,
            digest: hex::encode(self.hash.clone().finalize()),
            lines: self.lines,
            is_line: self.last.is_none_or(|last| last == b'\n'),
            is_quoted: !self.quotes,
        }
    }
}
