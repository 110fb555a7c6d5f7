//! The consumer's store of what was delivered (NDI-TR-2025-05 使用环境; TC609-6-2025-15 delete, destruct): one file for each
//! contract, the envelope as it came. Never is plaintext on disk. Destruction overwrites before it removes, can be
//! repeated, and leaves a note of what was there, so that it tells the same after a crash.
//!
//! Overwriting cannot reach what a disk has moved elsewhere by itself; what it holds there is ciphertext.
//! Not here: when to destroy, and the proof of it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use xinyu_core::data::pack::{Event, UnpackError, Unpacker};
use xinyu_crypto::{EnvelopeReader, OpenError, OpeningKey, Suite};
use zeroize::Zeroizing;

use self::erase::{private, sync};

mod erase;
#[cfg(test)]
mod tests;

pub use self::erase::Destruction;

/// Ending of a delivery.
const HELD: &str = "xye";
/// Ending of a delivery under way.
const PART: &str = "part";
/// Ending of the note of what was destroyed.
const NOTE: &str = "destroyed";

/// Bytes read at once.
const PIECE_BYTES: usize = 64 << 10;

/// A folder of deliveries. Only one process may have it open.
#[derive(Debug)]
pub struct Vault {
    dir: PathBuf,
    /// Held while files change places.
    moving: Arc<Mutex<()>>,
}

/// A delivery that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The file's name in the vault.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// The suite's hash of it, in hexadecimal digits.
    pub digest: String,
}

/// What the vault cannot do.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The disk refuses.
    #[error("vault: {0}")]
    Io(#[from] io::Error),
    /// What was coming broke off. Nothing of it is kept, and what was held before still is.
    #[error("delivery broke off: {0}")]
    BrokenOff(String),
    /// Nothing is held for the contract.
    #[error("nothing is held for contract {0}")]
    Missing(String),
    /// The data is not what the provider sealed for this key and this contract.
    #[error("held data does not open: {0}")]
    Open(#[from] OpenError),
    /// The data opens and is no package.
    #[error("held data is no package: {0}")]
    Unpack(#[from] UnpackError),
    /// Whoever takes the rows wants no more.
    #[error("{0}")]
    Stopped(String),
    /// A file is still there after it was removed.
    #[error("{0} is still there after it was removed")]
    Remains(String),
}

impl Vault {
    /// Opens the vault in `dir`, which is made if need be, for its owner alone. Removes what an interrupted receipt left.
    ///
    /// # Errors
    /// If the folder cannot be made, read or written.
    pub fn open(dir: &Path) -> io::Result<Self> {
        erase::private_folder(dir)?;
        for path in erase::files(dir, |name| name.ends_with(&format!(".{PART}")))? {
            erase::erase(&path)?;
        }
        sync(dir)?;
        Ok(Self { dir: dir.to_owned(), moving: Arc::default() })
    }

    /// Takes a delivery as it comes; only when the stream has ended well, and all is safe on disk, does it become the one
    /// held for the contract. One that was held before is overwritten then. Whether it opens, [`Self::count_rows`] says.
    ///
    /// # Errors
    /// If the stream or the disk fails, or the contract's data is destroyed meanwhile.
    pub async fn receive<S, E>(&self, contract_id: &str, suite: Suite, mut stream: S) -> Result<Received, VaultError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: fmt::Display,
    {
        let part = Part::create(&self.dir, contract_id)?;
        let mut file = tokio::fs::File::from_std(part.file.try_clone()?);
        let (mut hasher, mut bytes) = (suite.hasher(), 0_u64);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| VaultError::BrokenOff(error.to_string()))?;
            hasher.update(&piece);
            bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        drop(file);
        let held = self.held(contract_id);
        let (place, note, moving) = (held.clone(), self.note(contract_id), Arc::clone(&self.moving));
        tokio::task::spawn_blocking(move || put(part, &place, &note, &moving)).await.map_err(io::Error::other)??;
        Ok(Received { file: name_of(&held), bytes, digest: hasher.finalize().to_string() })
    }

    /// Gives all that the contract's package says, in order. Blocks.
    ///
    /// Each row is authentic when it comes, but only after the end is it known that none is missing: after an error,
    /// discard what came.
    ///
    /// # Errors
    /// If nothing is held, if it does not open with `opening` for this contract, is no package, or `each` fails.
    pub fn unpack(
        &self,
        contract_id: &str,
        opening: OpeningKey,
        mut each: impl FnMut(Event) -> Result<(), String>,
    ) -> Result<(), VaultError> {
        let missing = || VaultError::Missing(contract_id.to_owned());
        let mut file = there(File::open(self.held(contract_id)))?.ok_or_else(missing)?;
        let mut reader = EnvelopeReader::new(&opening, contract_id.as_bytes());
        let mut unpacker = Unpacker::default();
        let mut sealed = vec![0; PIECE_BYTES];
        let mut plain = Zeroizing::new(Vec::new());
        let mut events = Vec::new();
        loop {
            let length = file.read(&mut sealed)?;
            if length == 0 {
                break;
            }
            reader.push(sealed.get(..length).unwrap_or_default(), &mut plain)?;
            unpacker.push(&plain, &mut events)?;
            plain.clear();
            events.drain(..).try_for_each(&mut each).map_err(VaultError::Stopped)?;
        }
        reader.finish()?;
        Ok(unpacker.finish()?)
    }

    /// How many rows are held, counted by opening all of it: nothing that the provider says is believed. Blocks.
    ///
    /// # Errors
    /// As [`Self::unpack`].
    pub fn count_rows(&self, contract_id: &str, opening: OpeningKey) -> Result<u64, VaultError> {
        let mut rows = 0_u64;
        self.unpack(contract_id, opening, |event| {
            rows = rows.saturating_add(u64::from(matches!(event, Event::Row(_))));
            Ok(())
        })?;
        Ok(rows)
    }

    /// Overwrites and removes all that is held for the contract, and tells what it was. Blocks. May be repeated, also after
    /// a crash in its middle: it goes on, and tells the same, until something is received anew.
    ///
    /// # Errors
    /// If the disk refuses or a file remains; then it is not destroyed.
    pub fn destroy(&self, contract_id: &str) -> Result<Destruction, VaultError> {
        let _moving = lock(&self.moving);
        let stem = stem(contract_id);
        let note = self.note(contract_id);
        let found = erase::files(&self.dir, |name| {
            name.starts_with(&stem) && (name.ends_with(&format!(".{HELD}")) || name.ends_with(&format!(".{PART}")))
        })?;
        let destruction = erase::noted(&note, &found)?;
        for path in &found {
            erase::erase(path)?;
        }
        sync(&self.dir)?;
        match found.iter().find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(VaultError::Remains(name_of(path))),
            None => Ok(destruction),
        }
    }

    fn held(&self, contract_id: &str) -> PathBuf {
        self.dir.join(format!("{}.{HELD}", stem(contract_id)))
    }

    fn note(&self, contract_id: &str) -> PathBuf {
        self.dir.join(format!("{}.{NOTE}", stem(contract_id)))
    }
}

/// What the lock guards is on disk, and is read anew each time: a panic leaves nothing half done in memory.
fn lock(moving: &Mutex<()>) -> MutexGuard<'_, ()> {
    moving.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets a delivery that is whole take its place.
fn put(part: Part, held: &Path, note: &Path, moving: &Mutex<()>) -> io::Result<()> {
    let _moving = lock(moving);
    let before = there(fs::OpenOptions::new().write(true).open(held))?;
    there(fs::remove_file(note))?;
    fs::rename(&part.path, held)?;
    part.keep();
    if let Some(dir) = held.parent() {
        sync(dir)?;
    }
    before.map_or(Ok(()), |mut before| erase::overwrite(&mut before))
}

/// None for what is not there.
fn there<T>(tried: io::Result<T>) -> io::Result<Option<T>> {
    match tried {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file that is being written, removed if it does not become more.
struct Part {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Part {
    fn create(dir: &Path, contract_id: &str) -> io::Result<Self> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(io::Error::other)?;
        let path = dir.join(format!("{}.{}.{PART}", stem(contract_id), hex::encode(unique)));
        Ok(Self { file: private().create_new(true).open(&path)?, path, is_kept: false })
    }

    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is when the vault is opened next.
            let _ = erase::erase(&self.path);
        }
    }
}

/// A file name for any contract id: nothing in an id is read as a path.
fn stem(contract_id: &str) -> String {
    let mut stem = Suite::Intl.hash(contract_id.as_bytes()).to_string();
    stem.truncate(32);
    stem
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
