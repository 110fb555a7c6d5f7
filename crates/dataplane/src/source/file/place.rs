//! Where the bytes of a file lie: in a file of this machine, in memory, in an object store, or in a nameless file that they were fetched into.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::SourceError;
use super::super::object::{Object, Ranged};
use super::span::Span;
use super::spool::Spool;
use serde::{Deserialize, Serialize};

/// Files of a folder, at most.
pub(in super::super) const FILES_MAX: usize = 10_000;

/// Where the bytes of a file lie.
#[derive(Clone)]
pub(in super::super) enum Place {
    /// A file, as it was found: no other may take its place.
    File {
        path: PathBuf,
        stamp: Stamp,
    },
    Bytes(Bytes),
    /// An object of a store, as it was listed.
    Object(Object),
    /// What was fetched.
    Spool(Spool),
    /// A stretch of a file that may grow meanwhile.
    Span(Span),
}

/// What tells a file from another, and from itself after it was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Stamp {
    device: u64,
    node: u64,
    pub(in super::super) bytes: u64,
    written: (i64, i64),
}

impl Stamp {
    /// When it was last written to.
    pub(in super::super) fn written_at(&self) -> Option<jiff::Timestamp> {
        let (seconds, nanoseconds) = self.written;
        jiff::Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
    }

    pub(in super::super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            node: metadata.ino(),
            bytes: metadata.len(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// What is not there or cannot be read.
fn failed(path: &Path) -> impl Fn(io::Error) -> SourceError {
    move |error| SourceError::File { path: path.to_owned(), error }
}

impl Place {
    /// A file of this machine, links followed.
    pub(super) fn file(path: &Path) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(path).map_err(failed(path))?;
        Ok(Self::File { path: path.to_owned(), stamp: Stamp::of(&metadata) })
    }

    /// Opens it, if it is still what it was.
    pub(super) fn open(&self) -> Result<Input, SourceError> {
        match self {
            Self::File { path, stamp } => {
                let file = File::open(path).map_err(failed(path))?;
                let found = Stamp::of(&file.metadata().map_err(failed(path))?);
                if found == *stamp { Ok(Input::File(file)) } else { Err(super::changed(1)) }
            }
            Self::Bytes(bytes) => Ok(Input::Bytes(bytes.clone())),
            Self::Object(object) => Ok(Input::Object(object.opened())),
            Self::Spool(spool) => Ok(Input::Spool(spool.clone())),
            Self::Span(span) => Ok(Input::Span(span.clone())),
        }
    }
}

/// The files of a folder that have this ending, or any; without those whose names begin with a point or an underscore, which programs leave beside their
/// parts, without links, and without folders.
pub(super) fn files_of(folder: &Path, ending: Option<&str>) -> Result<Vec<(String, Place)>, SourceError> {
    let failed = failed(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = entry.metadata().map_err(&failed)?;
        if !metadata.is_file() || !is_part(&name, ending) {
            continue;
        }
        if files.len() >= FILES_MAX {
            return Err(SourceError::TooMany { most: FILES_MAX });
        }
        files.push((name, Place::File { path: entry.path(), stamp: Stamp::of(&metadata) }));
    }
    Ok(files)
}

/// Whether a file of this name is a part of the whole.
pub(in super::super) fn is_part(name: &str, ending: Option<&str>) -> bool {
    let has_ending = |ending: &str| name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(ending));
    !name.starts_with(['.', '_']) && ending.is_none_or(has_ending)
}

/// Bytes that can be read.
pub(super) enum Input {
    File(File),
    Bytes(Bytes),
    Object(Object),
    Spool(Spool),
    Span(Span),
}

impl Input {
    /// What is known of the lines before, where it is not read from its beginning.
    pub(super) fn head(&self) -> Option<&super::span::Head> {
        match self {
            Self::Span(span) => span.head.as_deref(),
            Self::File(_) | Self::Bytes(_) | Self::Object(_) | Self::Spool(_) => None,
        }
    }

    /// Lines before it.
    pub(super) fn lines(&self) -> u64 {
        self.head().map_or(0, |head| head.lines)
    }

    /// What went wrong, where a reader of the form could not say it.
    pub(super) fn fault(&self) -> Option<SourceError> {
        match self {
            Self::Object(object) => object.fault(),
            Self::Span(span) => span.fault(),
            Self::File(_) | Self::Bytes(_) | Self::Spool(_) => None,
        }
    }

    /// From its beginning.
    pub(super) fn reader(&self) -> Result<Box<dyn ReadSeek + '_>, SourceError> {
        match self {
            Self::File(file) => {
                let mut file = file;
                file.rewind().map_err(|_| SourceError::Interrupted)?;
                Ok(Box::new(file))
            }
            Self::Bytes(bytes) => Ok(Box::new(io::Cursor::new(bytes))),
            Self::Object(object) => Ok(Box::new(Ranged::new(object.clone(), 0))),
            Self::Spool(spool) => Ok(Box::new(spool.reader())),
            Self::Span(span) => Ok(Box::new(span.reader())),
        }
    }
}

/// What reads and seeks.
pub(super) trait ReadSeek: Read + io::Seek {}
impl<T: Read + io::Seek> ReadSeek for T {}
