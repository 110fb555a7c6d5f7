//! A stretch of a file that may grow while it is read, or of which the beginning was read before: it ends where the file ended when it was found.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::super::Pulse;
use super::SourceError;

/// A stretch of a file. Each reader has its own place in it.
#[derive(Clone)]
pub(in super::super) struct Span {
    pub(super) file: Arc<File>,
    pub(super) from: u64,
    pub(super) to: u64,
    /// What is known of what was read before; none where it begins with the file.
    pub(super) head: Option<Arc<Head>>,
    pub(super) pulse: Pulse,
}

/// What is known of the beginning of a file that is read on.
pub(super) struct Head {
    /// The columns, in their order.
    pub(super) names: Vec<String>,
    pub(super) encoding: Option<&'static str>,
    /// How many lines there are.
    pub(super) lines: u64,
}

impl Span {
    pub(super) fn reader(&self) -> Spanned {
        Spanned { span: self.clone(), at: 0 }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    /// For a reader that wants a file; such readers share one place in it.
    pub(super) fn file(&self) -> Result<File, SourceError> {
        self.file.try_clone().map_err(|_| SourceError::Interrupted)
    }

    /// What went wrong, where a reader of the form could not say it.
    pub(super) fn fault(&self) -> Option<SourceError> {
        self.pulse.is_stopped().then_some(SourceError::Interrupted)
    }
}

/// A reader of it.
pub(super) struct Spanned {
    span: Span,
    at: u64,
}

impl Read for Spanned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.span.bytes().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let piece = buffer.get_mut(..length).unwrap_or_default();
        let read = self.span.file.read_at(piece, self.span.from.saturating_add(self.at))?;
        let bytes = u64::try_from(read).unwrap_or(0);
        self.at = self.at.saturating_add(bytes);
        if self.span.pulse.beat(bytes) { Ok(read) } else { Err(io::ErrorKind::Other.into()) }
    }
}

impl Seek for Spanned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.span.bytes().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
