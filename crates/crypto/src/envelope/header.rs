//! The header: whose envelope, under which suite, with which key.

use super::PREFIX_BYTES;
use crate::{OpenError, Suite};

pub(super) const MAGIC: [u8; 4] = *b"XYE1";
/// Magic and length.
pub(super) const LEAD_BYTES: usize = 6;
const FIXED_BYTES: usize = 1 + PREFIX_BYTES + 32;
const REST_MAX_BYTES: usize = 512;

/// A header taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) suite: Suite,
    pub(super) prefix: [u8; PREFIX_BYTES],
    pub(super) recipient: [u8; 32],
    pub(super) wrapped: Vec<u8>,
}

impl Header {
    /// What the key is wrapped under: all that precedes it in the header, and the caller's context.
    pub(super) fn wrap_context(
        suite: Suite,
        prefix: &[u8; PREFIX_BYTES],
        recipient: &[u8; 32],
        context: &[u8],
    ) -> Vec<u8> {
        [MAGIC.as_slice(), &[suite_byte(suite)], prefix, recipient, context].concat()
    }

    /// The bytes of the header.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A wrapped key has at most 161 bytes, so the length always fits.
        let length = u16::try_from(FIXED_BYTES + self.wrapped.len()).unwrap_or(u16::MAX);
        [
            MAGIC.as_slice(),
            &length.to_be_bytes(),
            &[suite_byte(self.suite)],
            &self.prefix,
            &self.recipient,
            &self.wrapped,
        ]
        .concat()
    }

    /// How long the whole header is, from its first [`LEAD_BYTES`].
    pub(super) fn length(lead: &[u8; LEAD_BYTES]) -> Result<usize, OpenError> {
        let [magic @ .., high, low] = lead;
        if *magic != MAGIC {
            return Err(OpenError::Header("does not begin with XYE1"));
        }
        let rest = usize::from(u16::from_be_bytes([*high, *low]));
        if !(FIXED_BYTES..=REST_MAX_BYTES).contains(&rest) {
            return Err(OpenError::Header("length is out of bounds"));
        }
        Ok(LEAD_BYTES + rest)
    }

    /// Reads a whole header, whose length is known to be right.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, OpenError> {
        let cut = OpenError::Header("is cut off");
        let (_, rest) = bytes.split_first_chunk::<LEAD_BYTES>().ok_or(cut.clone())?;
        let (suite, rest) = rest.split_first().ok_or(cut.clone())?;
        let (prefix, rest) = rest.split_first_chunk().ok_or(cut.clone())?;
        let (recipient, wrapped) = rest.split_first_chunk().ok_or(cut)?;
        let suite = Suite::ALL
            .into_iter()
            .find(|candidate| suite_byte(*candidate) == *suite)
            .ok_or(OpenError::Header("names an unknown suite"))?;
        Ok(Self { suite, prefix: *prefix, recipient: *recipient, wrapped: wrapped.to_vec() })
    }
}

fn suite_byte(suite: Suite) -> u8 {
    match suite {
        Suite::Sm => 1,
        Suite::Intl => 2,
    }
}
