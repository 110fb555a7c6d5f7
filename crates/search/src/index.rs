//! The index on disk: what was read of the store, and up to where.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::directory::error::LockError;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::{Directory as _, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError};

use crate::alike::Vectors;
use crate::document::Document;
use crate::error::Error;
use crate::kept::{self, Kept};
use crate::schema::{Fields, VERSION, hash};
use crate::semantic::Encoder;
use crate::visible::Remembered;

/// Memory that new entries take before they become a segment.
const MEMORY_BYTES: usize = 32 << 20;

/// What changed in the store, up to a position.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Products that are in the catalogue, as they are now.
    pub upserts: Vec<Document>,
    /// Products that are not, or no longer.
    pub removals: Vec<String>,
    /// Up to which change of the store these are all.
    pub position: u64,
}

/// The index of a catalogue. Searched by many while one keeps it.
pub struct Index {
    /// None: in memory.
    folder: Option<PathBuf>,
    origin: String,
    open: RwLock<Open>,
    /// None after a failure, until it is needed again.
    writer: Mutex<Option<Writer>>,
}

/// Who writes the index has it alone, and with it what texts mean.
struct Writer {
    index: IndexWriter,
    kept: Kept,
}

struct Open {
    index: tantivy::Index,
    reader: IndexReader,
    /// As it was when the vectors were read.
    searcher: Searcher,
    vectors: Vectors,
    remembered: Arc<Remembered>,
    fields: Fields,
    position: u64,
}

/// One state of the index: it stays as it is while a question is answered.
pub(crate) struct State {
    pub(crate) searcher: Searcher,
    pub(crate) vectors: Vectors,
    pub(crate) remembered: Arc<Remembered>,
    pub(crate) fields: Fields,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("folder", &self.folder)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index of a catalogue, which is named by its origin, in a folder of its own. One that is damaged, of another form or of another catalogue is begun again, at
    /// position 0. Where the folder cannot be used, or another process keeps it, the index is in memory.
    ///
    /// # Errors
    /// If not even that is possible.
    pub fn open(folder: &Path, origin: &str) -> Result<Self, Error> {
        // Vectors of one model mean nothing to another: with another, or none, the index is made again.
        let model = Encoder::shared().map(Encoder::digest).unwrap_or_default();
        let origin = &format!("{origin} {model:x}");
        match Open::on_disk(folder, origin) {
            Ok(open) => Ok(Self::with(Some(folder.to_owned()), origin, open)),
            Err(error) => {
                tracing::warn!(%error, folder = %folder.display(), "the index of the catalogue is kept in memory: {error}");
                Self::in_memory(origin)
            }
        }
    }

    /// An index that is gone with the process.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn in_memory(origin: &str) -> Result<Self, Error> {
        Ok(Self::with(None, origin, Open::in_memory()?))
    }

    fn with(folder: Option<PathBuf>, origin: &str, open: Open) -> Self {
        Self { folder, origin: origin.to_owned(), open: RwLock::new(open), writer: Mutex::new(None) }
    }

    /// Up to which change of the store it has read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.open.read().unwrap_or_else(PoisonError::into_inner).position
    }

    pub(crate) fn state(&self) -> State {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        State {
            searcher: open.searcher.clone(),
            vectors: open.vectors.clone(),
            remembered: Arc::clone(&open.remembered),
            fields: open.fields,
        }
    }

    /// Takes changes in, all and with their position or none; what was taken in before is replaced. On return they are found, and durable.
    ///
    /// # Errors
    /// If they cannot be written; the index is as it was.
    pub fn apply(&self, changes: &Changes) -> Result<(), Error> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (index, reader, before, fields) = {
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            (open.index.clone(), open.reader.clone(), open.vectors.clone(), open.fields)
        };
        // A writer that failed is let go, with all that it had not committed.
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.writer(&index, reader.searcher().num_docs())?,
        };
        self.write(&mut writer, &fields, changes)?;
        let writer = slot.insert(writer);
        reader.reload()?;
        let searcher = reader.searcher();
        let vectors = Vectors::of(&searcher, &before)?;
        writer.kept.tidy(count(searcher.num_docs()), || vectors.marks());
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.searcher = searcher;
        open.vectors = vectors;
        open.remembered = Arc::default();
        open.position = changes.position;
        Ok(())
    }

    fn writer(&self, index: &tantivy::Index, entries: u64) -> Result<Writer, Error> {
        let index = index.writer_with_num_threads(1, MEMORY_BYTES)?;
        // Without a model nothing is looked up, and what one left there stays for it.
        let model = Encoder::shared().map(Encoder::digest);
        let folder = self.folder.as_deref().filter(|_| model.is_some());
        Ok(Writer { index, kept: Kept::open(folder, model.unwrap_or_default(), count(entries)) })
    }

    fn write(&self, writer: &mut Writer, fields: &Fields, changes: &Changes) -> Result<(), Error> {
        let Writer { index: writer, kept } = writer;
        for product in &changes.removals {
            writer.delete_term(fields.by_id(product));
        }
        let spoken: Vec<String> = changes.upserts.iter().map(Document::spoken).collect();
        let meanings = Encoder::shared().map(|encoder| kept.meanings(encoder, &spoken)).unwrap_or_default();
        let meanings = meanings.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        for (document, meaning) in changes.upserts.iter().zip(meanings) {
            writer.delete_term(fields.by_id(&document.product_id));
            writer.add_document(fields.entry(document, meaning))?;
        }
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&payload(&self.origin, changes.position));
        prepared.commit()?;
        Ok(())
    }

    /// Throws everything away, to be read again from the beginning.
    ///
    /// # Errors
    /// If the folder cannot be emptied.
    pub fn reset(&self) -> Result<(), Error> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Merging ends first, so that nothing of the old is written into the new; whether it went well no longer matters.
        drop(slot.take().map(|writer| writer.index.wait_merging_threads()));
        let fresh = match &self.folder {
            Some(folder) => Open::fresh(folder)?,
            None => Open::in_memory()?,
        };
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl Open {
    fn on_disk(folder: &Path, origin: &str) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        // Held until it is known whether the folder is sound: nobody shall empty one that another process keeps.
        let lock = directory.acquire_lock(&INDEX_WRITER_LOCK);
        let _lock = lock.map_err(|error| match error {
            LockError::LockBusy => Error::Index("another process keeps the index".to_owned()),
            LockError::IoError(error) => Error::Index(error.to_string()),
        })?;
        match Self::found(directory, origin) {
            Ok(open) => Ok(open),
            Err(error) => {
                if std::fs::read_dir(folder)?.flatten().any(|file| file.file_name() == "meta.json") {
                    tracing::warn!(%error, folder = %folder.display(), "the index of the catalogue is made again: {error}");
                }
                Self::fresh(folder)
            }
        }
    }

    /// What is there, if all of it is sound.
    fn found(directory: MmapDirectory, origin: &str) -> Result<Self, Error> {
        let index = tantivy::Index::open(directory)?;
        let (schema, fields) = Fields::schema();
        if index.schema() != schema {
            return Err(Error::Index("it is of another form".to_owned()));
        }
        let damaged = index.validate_checksum()?;
        if let Some(file) = damaged.iter().next() {
            return Err(Error::Index(format!("{} is damaged", file.display())));
        }
        let metas = index.load_metas()?;
        let position = match metas.payload {
            Some(payload) => position(origin, &payload)?,
            None if metas.segments.is_empty() => 0,
            None => return Err(Error::Index("it does not say what it has read".to_owned())),
        };
        Self::of(index, fields, position)
    }

    /// Begun again, with nothing of what was there but what texts mean, which stays true.
    fn fresh(folder: &Path) -> Result<Self, Error> {
        for file in std::fs::read_dir(folder)? {
            let file = file?;
            match file.file_type()?.is_dir() {
                true => std::fs::remove_dir_all(file.path())?,
                false if file.file_name() != kept::NAME => std::fs::remove_file(file.path())?,
                false => {}
            }
        }
        let (schema, fields) = Fields::schema();
        Self::of(tantivy::Index::create_in_dir(folder, schema)?, fields, 0)
    }

    fn in_memory() -> Result<Self, Error> {
        let (schema, fields) = Fields::schema();
        Self::of(tantivy::Index::create_in_ram(schema), fields, 0)
    }

    fn of(index: tantivy::Index, fields: Fields, position: u64) -> Result<Self, Error> {
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher = reader.searcher();
        let vectors = Vectors::of(&searcher, &Vectors::default())?;
        Ok(Self { index, reader, searcher, vectors, remembered: Arc::default(), fields, position })
    }
}

fn count(entries: u64) -> usize {
    usize::try_from(entries).unwrap_or(usize::MAX)
}

/// What stands beside a commit: the form, the position, and a sum over both and the catalogue's name.
fn payload(origin: &str, position: u64) -> String {
    let sum = hash(format!("{VERSION} {position} {origin}").as_bytes());
    format!("{VERSION} {position} {sum:016x}")
}

fn position(origin: &str, text: &str) -> Result<u64, Error> {
    let position = text.split(' ').nth(1).and_then(|position| position.parse().ok());
    position
        .filter(|position| payload(origin, *position) == text)
        .ok_or_else(|| Error::Index("it is of another form or of another catalogue".to_owned()))
}
