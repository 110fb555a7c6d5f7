//! What comes from elsewhere and may come otherwise a second time (answers of an API, a stretch of a stream) is written into a nameless file first: it
//! is looked at and read as any file is, takes no memory, and is gone with its last reader, or with the process.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::SourceError;

/// A nameless file that is being written.
pub(in super::super) struct Spooling {
    file: BufWriter<File>,
    bytes: u64,
    most: u64,
}

impl Spooling {
    /// An empty one, for `most` bytes.
    pub(in super::super) fn new(most: u64) -> Result<Self, SourceError> {
        let file = tempfile::tempfile().map_err(|error| failed(&error))?;
        Ok(Self { file: BufWriter::with_capacity(64 << 10, file), bytes: 0, most })
    }

    pub(in super::super) fn write(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.bytes > self.most {
            return Err(too_much(self.most));
        }
        self.file.write_all(bytes).map_err(|error| failed(&error))
    }

    /// All of it, to be read.
    pub(in super::super) fn done(self) -> Result<Spool, SourceError> {
        let file = self.file.into_inner().map_err(|error| failed(error.error()))?;
        Ok(Spool { file: Arc::new(file), bytes: self.bytes })
    }
}

/// A nameless file that was written.
#[derive(Clone)]
pub(in super::super) struct Spool {
    file: Arc<File>,
    bytes: u64,
}

impl Spool {
    pub(in super::super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// For a reader that wants a file; such readers share one place in it.
    pub(super) fn file(&self) -> Result<File, SourceError> {
        self.file.try_clone().map_err(|_| SourceError::Interrupted)
    }

    /// All of it, into another.
    pub(in super::super) fn copy(&self, into: &mut Spooling) -> Result<(), SourceError> {
        let (mut reader, mut piece) = (self.reader(), vec![0_u8; 64 << 10]);
        loop {
            let read = reader.read(&mut piece).map_err(|_| SourceError::Interrupted)?;
            match piece.get(..read).filter(|piece| !piece.is_empty()) {
                Some(piece) => into.write(piece)?,
                None => return Ok(()),
            }
        }
    }

    /// From its beginning; each reader has its own place in it.
    pub(in super::super) fn reader(&self) -> Spooled {
        Spooled { spool: self.clone(), at: 0 }
    }
}

/// A reader of it.
pub(in super::super) struct Spooled {
    spool: Spool,
    at: u64,
}

impl Read for Spooled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.spool.file.read_at(buffer, self.at)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

impl Seek for Spooled {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.spool.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn failed(error: &io::Error) -> SourceError {
    SourceError::Write { path: std::env::temp_dir(), error: error.kind().into() }
}

fn too_much(most: u64) -> SourceError {
    let mib = most >> 20;
    SourceError::remote(format!("数据超过 {mib} MiB"), format!("there are more than {mib} MiB of it"))
}
