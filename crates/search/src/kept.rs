//! What texts mean, kept by what they say: a text that was encoded once is not encoded again, whether its product got another price, the index is made again, or another product says
//! the same.
//!
//! A file beside the segments, of records of one length in the order in which they came: the digest of the model and the text, the vector, and a sum over both. In memory there is only where
//! each stands. It is a cache of what can be had again, so nothing waits for a disk: what a crash left half written is cut off, and a record whose sum or digest is not right is as if it
//! were not there. A model's file is begun again by another model. Once it has grown to twice of what the index holds, what no entry has any more is left out.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::schema::hash;
use crate::semantic::{AXES, Encoder, Meaning};

/// What the file is called in the index's folder.
pub(crate) const NAME: &str = "meanings";
/// What a file begins with; behind it the digest of its model.
const MAGIC: &[u8; 8] = b"XYmean01";
const HEAD: usize = 16;
const DIGEST: usize = 16;
const SUM: usize = 8;
const RECORD: usize = DIGEST + AXES + SUM;
/// So many may be there in vain, however small the index is.
const SPARE: usize = 4_096;

/// Says which text of which model, and cannot be made to say another.
type Digest = [u8; DIGEST];

/// The meanings that are kept. Only the one who writes the index has them open.
pub(crate) struct Kept {
    model: u64,
    /// None: nothing is kept, be it that there is no folder or that it failed.
    open: Option<Open>,
}

struct Open {
    path: PathBuf,
    file: File,
    /// By the beginning of its digest, which record is a text's.
    places: HashMap<u64, u32>,
    /// How many records there are.
    count: u32,
    /// How many were of use when that was last known.
    used: usize,
}

impl Kept {
    /// Opens what is kept of a model beside an index that holds so many entries.
    pub(crate) fn open(folder: Option<&Path>, model: u64, entries: usize) -> Self {
        let open = folder.map(|folder| Open::of(folder.join(NAME), model, entries)).transpose();
        Self { model, open: open.unwrap_or_else(|error| failed(&error)) }
    }

    /// What each text means; what is not kept yet is encoded, each text once, and kept.
    pub(crate) fn meanings(&mut self, encoder: &Encoder, texts: &[String]) -> Vec<Option<Meaning>> {
        let digests: Vec<Digest> = texts.iter().map(|text| digest(self.model, text)).collect();
        let mut known: HashMap<Digest, Option<Meaning>> = HashMap::new();
        let mut new = Vec::new();
        for (digest, text) in digests.iter().zip(texts) {
            if let Entry::Vacant(unknown) = known.entry(*digest) {
                let meaning = self.find(digest);
                if meaning.is_none() {
                    new.push((*digest, text.as_str()));
                }
                unknown.insert(meaning);
            }
        }
        let (asked, unknown): (Vec<Digest>, Vec<&str>) = new.into_iter().unzip();
        let encoded: Vec<(Digest, Meaning)> = asked.into_iter().zip(encoder.encode_all(&unknown)).collect();
        self.add(&encoded);
        known.extend(encoded.into_iter().map(|(digest, meaning)| (digest, Some(meaning))));
        digests.iter().map(|digest| known.get(digest).cloned().flatten()).collect()
    }

    /// Leaves out what none of these vectors' numbers are, if there is too much of it. `vectors` gives their [`Kept::mark`]s.
    pub(crate) fn tidy(&mut self, entries: usize, vectors: impl FnOnce() -> HashSet<u64>) {
        let Some(open) = &mut self.open else { return };
        let most = open.used.max(entries).saturating_mul(2).saturating_add(SPARE);
        if usize::try_from(open.count).is_ok_and(|count| count > most)
            && let Err(error) = open.rewrite(self.model, &vectors())
        {
            self.open = failed(&error);
        }
    }

    /// By what [`Kept::tidy`] knows a vector.
    pub(crate) fn mark(numbers: &[i8]) -> u64 {
        numbers.as_chunks::<8>().0.iter().fold(0, |mark: u64, eight| {
            let word = u64::from_le_bytes(eight.map(i8::cast_unsigned));
            (mark.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        })
    }

    /// Keeps what a text is said to mean.
    #[cfg(test)]
    pub(crate) fn keep(&mut self, text: &str, meaning: &Meaning) {
        self.add(&[(digest(self.model, text), meaning.clone())]);
    }

    fn find(&mut self, digest: &Digest) -> Option<Meaning> {
        let open = self.open.as_mut()?;
        let place = *open.places.get(&beginning(digest))?;
        match open.read(place) {
            Ok(record) => {
                sound(&record).filter(|(whose, _)| whose == digest).map(|(_, numbers)| Meaning::kept(numbers))
            }
            Err(error) => {
                self.open = failed(&error);
                None
            }
        }
    }

    fn add(&mut self, meanings: &[(Digest, Meaning)]) {
        let Some(open) = &mut self.open else { return };
        if let Err(error) = open.add(meanings) {
            self.open = failed(&error);
        }
    }
}

impl Open {
    fn of(path: PathBuf, model: u64, entries: usize) -> Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut open = Self { path, file, places: HashMap::new(), count: 0, used: 0 };
        let mut reader = BufReader::with_capacity(1 << 20, &open.file);
        let mut found = [0; HEAD];
        if reader.read_exact(&mut found).is_err() || found != head(model) {
            open.file.set_len(0)?;
            open.file.seek(SeekFrom::Start(0))?;
            open.file.write_all(&head(model))?;
            return Ok(open);
        }
        let mut record = [0; RECORD];
        while reader.read_exact(&mut record).is_ok() {
            open.places.insert(u64::from_le_bytes(*record.first_chunk().unwrap_or(&[0; 8])), open.count);
            open.count = open.count.saturating_add(1);
        }
        open.file.set_len(place(open.count))?;
        // An index that is begun again will want all of them.
        open.used = if entries > 0 { entries } else { usize::try_from(open.count).unwrap_or(usize::MAX) };
        Ok(open)
    }

    fn read(&mut self, at: u32) -> Result<[u8; RECORD]> {
        let mut record = [0; RECORD];
        self.file.seek(SeekFrom::Start(place(at)))?;
        self.file.read_exact(&mut record)?;
        Ok(record)
    }

    /// Puts meanings behind the others, all at once.
    fn add(&mut self, meanings: &[(Digest, Meaning)]) -> Result<()> {
        let mut records = Vec::with_capacity(meanings.len().saturating_mul(RECORD));
        for (digest, meaning) in meanings {
            let from = records.len();
            records.extend(digest);
            records.extend(meaning.numbers().iter().map(|number| number.cast_unsigned()));
            let sum = hash(records.get(from..).unwrap_or_default());
            records.extend(sum.to_le_bytes());
        }
        self.file.seek(SeekFrom::Start(place(self.count)))?;
        self.file.write_all(&records)?;
        for (digest, _) in meanings {
            self.places.insert(beginning(digest), self.count);
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }

    /// Begins a new file with what is of use in this one, which it then takes the place of.
    fn rewrite(&mut self, model: u64, used: &HashSet<u64>) -> Result<()> {
        let part = self.path.with_extension("part");
        let mut into = std::io::BufWriter::new(File::create(&part)?);
        into.write_all(&head(model))?;
        self.file.seek(SeekFrom::Start(place(0)))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        let mut record = [0; RECORD];
        let mut kept = 0_usize;
        for at in 0..self.count {
            reader.read_exact(&mut record)?;
            // Of a text that was encoded twice, the first having been damaged, the last counts.
            let is_last = |digest: &Digest| self.places.get(&beginning(digest)) == Some(&at);
            if let Some((_, numbers)) = sound(&record).filter(|(digest, _)| is_last(digest))
                && used.contains(&Kept::mark(&numbers))
            {
                into.write_all(&record)?;
                kept = kept.saturating_add(1);
            }
        }
        into.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&part, &self.path)?;
        *self = Self::of(self.path.clone(), model, kept)?;
        Ok(())
    }
}

/// The digest and the numbers of a record, if its sum is right.
fn sound(record: &[u8; RECORD]) -> Option<(Digest, [i8; AXES])> {
    let (said, sum) = record.split_last_chunk::<SUM>()?;
    let (digest, numbers) = said.split_first_chunk::<DIGEST>()?;
    (hash(said) == u64::from_le_bytes(*sum)).then_some((*digest, numbers.first_chunk::<AXES>()?.map(u8::cast_signed)))
}

fn digest(model: u64, text: &str) -> Digest {
    let whole = Sha256::new().chain_update(model.to_le_bytes()).chain_update(text).finalize();
    whole.first_chunk().copied().unwrap_or_default()
}

fn beginning(digest: &Digest) -> u64 {
    u64::from_le_bytes(*digest.first_chunk().unwrap_or(&[0; 8]))
}

fn head(model: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    for (into, from) in head.iter_mut().zip(MAGIC.iter().copied().chain(model.to_le_bytes())) {
        *into = from;
    }
    head
}

/// Where a record begins.
fn place(at: u32) -> u64 {
    const { assert!(HEAD == 16 && RECORD == 280) }
    u64::from(at).saturating_mul(280).saturating_add(16)
}

fn failed<T>(error: &std::io::Error) -> Option<T> {
    tracing::warn!(%error, "what the catalogue's texts mean cannot be kept: {error}");
    None
}
