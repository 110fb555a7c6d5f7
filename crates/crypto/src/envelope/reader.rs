//! Opening a stream.

use std::fmt;

use super::header::{Header, LEAD_BYTES};
use super::{CHUNK_BYTES, FRAME_BYTES, LAST_FLAG, PREFIX_BYTES, nonce};
use crate::aead::{Cipher, TAG_BYTES};
use crate::{KeyRing, OpenError, OpeningKey, Suite, base64url};

/// The private keys that an envelope may be for: one, or a node's one for each suite.
#[derive(Clone, Debug)]
pub struct Openers(Vec<OpeningKey>);

impl From<&OpeningKey> for Openers {
    fn from(key: &OpeningKey) -> Self {
        Self(vec![key.clone()])
    }
}

impl From<&KeyRing> for Openers {
    fn from(ring: &KeyRing) -> Self {
        Self(Suite::ALL.into_iter().map(|suite| ring.opening(suite).clone()).collect())
    }
}

/// Decrypts an envelope as its bytes arrive; holds back at most one chunk.
///
/// What it puts out is authentic at once, but it is all of the data only when [`Self::finish`] has agreed: until then
/// the end may be missing. After an error it gives that same error for ever.
pub struct EnvelopeReader {
    openers: Openers,
    context: Vec<u8>,
    pending: Vec<u8>,
    state: State,
}

enum State {
    Header,
    Body(Box<Body>),
    Done { last: u32 },
    Failed(OpenError),
}

struct Body {
    cipher: Cipher,
    header: Vec<u8>,
    prefix: [u8; PREFIX_BYTES],
    chunk: u32,
    frame: Option<Frame>,
}

#[derive(Clone, Copy)]
struct Frame {
    is_last: bool,
    bytes: usize,
}

impl EnvelopeReader {
    /// A reader that opens with `openers` (a `&OpeningKey` or a `&KeyRing`) what was sealed under `context`.
    pub fn new(openers: impl Into<Openers>, context: &[u8]) -> Self {
        Self { openers: openers.into(), context: context.to_vec(), pending: Vec::new(), state: State::Header }
    }

    /// Takes the next bytes of the envelope, header first, in pieces of any size; appends plaintext to `out`.
    ///
    /// # Errors
    /// Not an envelope, not for these keys or this context, or a chunk that is not what the sender wrote there.
    pub fn push(&mut self, ciphertext: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        self.take(ciphertext, out).inspect_err(|error| self.state = State::Failed(error.clone()))
    }

    /// Checks that the envelope has come to its end.
    ///
    /// # Errors
    /// [`OpenError::Truncated`], or [`OpenError::Header`] if not even the header is whole; after an earlier error, that one.
    pub fn finish(self) -> Result<(), OpenError> {
        match self.state {
            State::Header => Err(OpenError::Header("is cut off")),
            State::Body(body) => Err(OpenError::Truncated { chunk: body.chunk }),
            State::Done { .. } => Ok(()),
            State::Failed(error) => Err(error),
        }
    }

    fn take(&mut self, ciphertext: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        let mut rest = ciphertext;
        loop {
            let wanted = match &self.state {
                State::Header => self.header_bytes()?,
                State::Body(body) => body.frame.map_or(FRAME_BYTES, |frame| frame.bytes),
                State::Done { .. } if rest.is_empty() => return Ok(()),
                State::Done { last } => return Err(OpenError::Trailing { chunk: *last }),
                State::Failed(error) => return Err(error.clone()),
            };
            let missing = wanted.saturating_sub(self.pending.len());
            let (taken, left) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
            self.pending.extend_from_slice(taken);
            rest = left;
            if self.pending.len() < wanted {
                return Ok(());
            }
            self.step(out)?;
        }
    }

    /// How many bytes the header has, as far as is known.
    fn header_bytes(&self) -> Result<usize, OpenError> {
        self.pending.first_chunk().map_or(Ok(LEAD_BYTES), Header::length)
    }

    /// Handles the piece that is now whole in `pending`: a header (or its lead), a frame, or a chunk.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        match &mut self.state {
            State::Header => {
                if self.header_bytes()? == self.pending.len() {
                    self.state = State::Body(Box::new(self.open_header()?));
                    self.pending.clear();
                }
            }
            State::Body(body) => {
                if let Some(frame) = body.frame.take() {
                    body.open_chunk(frame, &self.pending, out)?;
                    if frame.is_last {
                        self.state = State::Done { last: body.chunk };
                    } else {
                        body.chunk = body.chunk.checked_add(1).ok_or(OpenError::Chunk { chunk: u32::MAX })?;
                    }
                } else {
                    body.frame = Some(body.read_frame(&self.pending)?);
                }
                self.pending.clear();
            }
            State::Done { .. } | State::Failed(_) => {}
        }
        Ok(())
    }

    fn open_header(&self) -> Result<Body, OpenError> {
        let header = Header::parse(&self.pending)?;
        let opener = self
            .openers
            .0
            .iter()
            .find(|key| key.suite() == header.suite && key.public().thumbprint() == header.recipient)
            .ok_or_else(|| OpenError::Recipient { found: base64url::encode(&header.recipient) })?;
        let context = Header::wrap_context(header.suite, &header.prefix, &header.recipient, &self.context);
        let key = opener.unwrap(&header.wrapped, &context)?;
        let cipher = Cipher::new(header.suite, &key).ok_or(OpenError::Wrapped)?;
        Ok(Body { cipher, header: self.pending.clone(), prefix: header.prefix, chunk: 0, frame: None })
    }
}

impl Body {
    /// Refuses every frame that a writer does not write, before waiting for what it promises.
    fn read_frame(&self, bytes: &[u8]) -> Result<Frame, OpenError> {
        let altered = OpenError::Chunk { chunk: self.chunk };
        let word = bytes.first_chunk().copied().map(u32::from_be_bytes).ok_or(altered.clone())?;
        let is_last = word & LAST_FLAG != 0;
        let bytes = usize::try_from(word & !LAST_FLAG).map_err(|_| altered.clone())?;
        let full = CHUNK_BYTES + TAG_BYTES;
        let is_sound = match (is_last, self.chunk) {
            (false, _) => bytes == full,
            (true, 0) => (TAG_BYTES..=full).contains(&bytes),
            (true, _) => (TAG_BYTES + 1..=full).contains(&bytes),
        };
        if is_sound { Ok(Frame { is_last, bytes }) } else { Err(altered) }
    }

    fn open_chunk(&self, frame: Frame, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        let altered = OpenError::Chunk { chunk: self.chunk };
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(altered.clone())?;
        let nonce = nonce(&self.prefix, self.chunk, frame.is_last);
        let start = out.len();
        out.extend_from_slice(ciphertext);
        let opened =
            out.get_mut(start..).is_some_and(|buffer| self.cipher.decrypt(&nonce, &self.header, buffer, tag).is_ok());
        if !opened {
            out.truncate(start);
            return Err(altered);
        }
        Ok(())
    }
}

impl fmt::Debug for EnvelopeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Header => "header".to_owned(),
            State::Body(body) => format!("chunk {}", body.chunk),
            State::Done { .. } => "done".to_owned(),
            State::Failed(error) => format!("failed: {error}"),
        };
        write!(f, "EnvelopeReader({state})")
    }
}
