//! What a text means, as a vector: texts in Chinese and English that say the same with other words lie near each other (语义发现). TC609-6-2025-16 7.3.
//!
//! The model is Google's universal-sentence-encoder-multilingual v3, cut to Chinese and English (docs/adr/0042-meaning-without-a-network.md); `cargo xtask encoder` brings it once, and
//! nothing is asked of a network after that. It is pure arithmetic: the same text has the same vector, whatever it is encoded together with.

mod model;
mod network;
mod pieces;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;

use self::model::Model;
use crate::schema::hash;

/// Numbers of a vector.
pub(crate) const AXES: usize = 256;
/// From which similarity on two texts have anything to do with each other. Measured (ADR 0042): one of twenty pairs of unrelated texts lies above it, no paraphrase below.
pub const SIMILAR: f32 = 0.2;
/// Pieces of a text that are read; what follows is left out.
const PIECES: usize = 128;
/// Pieces that are computed together: so many that the matrices are read for all of them once, so few that all stays near the processor.
const TOGETHER: usize = 512;

/// What a text means: a direction. Two of them are compared by [`Meaning::similarity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning([i8; AXES]);

impl Meaning {
    /// Of a direction; its length is lost.
    fn of(numbers: &[f32]) -> Self {
        let largest = numbers.iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
        let mut rounded = [0; AXES];
        for (rounded, number) in rounded.iter_mut().zip(numbers) {
            *rounded = whole(number / largest * 127.0);
        }
        Self(rounded)
    }

    /// Of its numbers, as they were kept.
    pub(crate) fn kept(numbers: [i8; AXES]) -> Self {
        Self(numbers)
    }

    /// How near two meanings are: 1 is the same, 0 is nothing in common.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        product(&self.0, &other.0) * self.shortening() * other.shortening()
    }

    /// The numbers, as they are kept.
    #[must_use]
    pub fn numbers(&self) -> &[i8; AXES] {
        &self.0
    }

    /// By what a product with it is multiplied so that its length does not count.
    pub(crate) fn shortening(&self) -> f32 {
        shortening(&self.0)
    }
}

/// The model, once it was brought.
#[derive(Debug)]
pub struct Encoder {
    model: Model,
    digest: u64,
}

/// Names another place of the model's file.
const VARIABLE: &str = "XINYU_ENCODER";
/// What the file is called beside the program, or up to two folders above it.
const NAME: &str = "encoder.bin";

impl Encoder {
    /// The one encoder of the process; it takes some hundredths of a second to be made when it is first asked for. None where the file was not brought, which
    /// `cargo xtask encoder` does: what is searched is then found by words alone.
    #[must_use]
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Encoder>> = OnceLock::new();
        SHARED.get_or_init(|| places().iter().find_map(|path| Self::open(path))).as_ref()
    }

    fn open(path: &Path) -> Option<Self> {
        let file = std::fs::read(path).ok()?;
        let digest = hash(&file);
        // Read in place for as long as the process lives.
        let model = Model::read(file.leak());
        if model.is_none() {
            tracing::warn!(path = %path.display(), "the file of the model is none: bring it again with cargo xtask encoder");
        }
        Some(Self { model: model?, digest })
    }

    /// What vectors of this encoder are known by.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// What a text means.
    #[must_use]
    pub fn encode(&self, text: &str) -> Meaning {
        self.encode_all(&[text]).pop().unwrap_or(Meaning([0; AXES]))
    }

    /// What each of many texts means, on all processors if there are enough of them.
    #[must_use]
    pub fn encode_all(&self, texts: &[&str]) -> Vec<Meaning> {
        let share = texts.len().div_ceil(processors()).max(ALONE);
        if texts.len() <= share {
            return self.in_turn(texts);
        }
        thread::scope(|scope| {
            let parts: Vec<_> = texts.chunks(share).map(|part| (part, scope.spawn(|| self.in_turn(part)))).collect();
            parts.into_iter().flat_map(|(part, done)| done.join().unwrap_or_else(|_| self.in_turn(part))).collect()
        })
    }

    fn in_turn(&self, texts: &[&str]) -> Vec<Meaning> {
        let mut meanings = Vec::with_capacity(texts.len());
        let mut batch: Vec<Vec<usize>> = Vec::new();
        let mut count = 0_usize;
        for text in texts {
            let pieces = self.model.pieces.cut(text, PIECES);
            count = count.saturating_add(pieces.len());
            batch.push(pieces);
            if count >= TOGETHER {
                meanings.extend(self.model.network.run(&self.model.table, &batch).iter().map(|one| Meaning::of(one)));
                batch.clear();
                count = 0;
            }
        }
        meanings.extend(self.model.network.run(&self.model.table, &batch).iter().map(|one| Meaning::of(one)));
        meanings
    }
}

/// How many there are; asked of the system once, which takes it longer than to compare some thousand texts.
pub(crate) fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Texts that are not worth a thread of their own.
const ALONE: usize = 16;

/// Where the file may be, the first that is there counts.
fn places() -> Vec<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let program = std::env::current_exe().unwrap_or_default();
    named.into_iter().chain(program.ancestors().skip(1).take(3).map(|folder| folder.join(NAME))).collect()
}

/// The product of two vectors of whole numbers.
fn product(one: &[i8], other: &[i8]) -> f32 {
    let sum: i32 = one.iter().zip(other).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum();
    narrow(sum)
}

fn shortening(numbers: &[i8]) -> f32 {
    1.0 / product(numbers, numbers).max(1.0).sqrt()
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "within -127 and 127, and rounding is meant"
)]
fn whole(number: f32) -> i8 {
    number.round() as i8
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "256 products of seven bits each are below the 24 bits of a float"
)]
pub(crate) fn narrow(sum: i32) -> f32 {
    sum as f32
}

/// The model, where it was brought.
#[cfg(test)]
pub(crate) fn brought() -> Option<&'static Encoder> {
    let encoder = Encoder::shared();
    if encoder.is_none() {
        tests::left_out();
    }
    encoder
}
