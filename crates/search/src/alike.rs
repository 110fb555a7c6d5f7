//! Which entries mean what is asked, among those that the caller may see. The vectors are part of the entries, so that they are committed, replaced and merged with
//! them; of each segment they are read once into memory, 256 bytes an entry, and compared one by one: exactly, and without a structure that could tell of what is not visible.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::{BitSet, DocId, Searcher, SegmentReader};

use crate::semantic::{AXES, Meaning, SIMILAR, product, shortening};
use crate::visible::{Sets, Visible};

/// What is found by its meaning is at least so near as this share of what is nearest of all that the caller may see.
const NEAR: f32 = 0.8;
/// From which similarity on two products are related; one of a hundred pairs of products of different kinds lies above it. Products have more in common with each other than with questions.
const RELATED: f32 = 0.45;
/// Bytes of a number of the column that a vector is kept in.
const WORD: usize = 8;
/// Name of that column.
pub(crate) const COLUMN: &str = "meaning";

/// A vector as numbers of a column.
pub(crate) fn packed(meaning: &Meaning) -> impl Iterator<Item = u64> {
    let (words, _) = meaning.numbers().as_chunks::<WORD>();
    words.iter().map(|word| u64::from_le_bytes(word.map(i8::cast_unsigned)))
}

/// The vectors of all entries of a state of the index, by segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vectors(HashMap<SegmentId, Arc<Segment>>);

/// The vectors of a segment.
#[derive(Debug)]
struct Segment {
    numbers: Vec<i8>,
    /// By what a product is multiplied so that lengths do not count; 0 where there is no vector.
    shortening: Vec<f32>,
}

impl Vectors {
    /// Of all segments, reading only those that were not there before.
    pub(crate) fn of(searcher: &Searcher, before: &Self) -> tantivy::Result<Self> {
        let mut all = HashMap::new();
        for reader in searcher.segment_readers() {
            let id = reader.segment_id();
            let segment = match before.0.get(&id) {
                Some(segment) => Arc::clone(segment),
                None => Arc::new(Segment::read(reader)?),
            };
            all.insert(id, segment);
        }
        Ok(Self(all))
    }
}

impl Segment {
    fn read(reader: &SegmentReader) -> tantivy::Result<Self> {
        let column: Column<u64> = reader.fast_fields().u64(COLUMN)?;
        let count = usize::try_from(reader.max_doc()).unwrap_or_default();
        let mut numbers = Vec::with_capacity(count.saturating_mul(AXES));
        let mut lengths = Vec::with_capacity(count);
        for doc in 0..reader.max_doc() {
            let from = numbers.len();
            numbers.extend(column.values_for_doc(doc).flat_map(u64::to_le_bytes).map(u8::cast_signed));
            let vector = numbers.get(from..).unwrap_or_default();
            lengths.push(if vector.len() == AXES { shortening(vector) } else { 0.0 });
            numbers.resize(from.saturating_add(AXES), 0);
        }
        Ok(Self { numbers, shortening: lengths })
    }

    /// How near each visible entry is to what is asked; 0 for the others.
    fn near(&self, asked: &Meaning, visible: &BitSet) -> Vec<f32> {
        let mine = asked.shortening();
        let vectors = (0..).zip(self.numbers.chunks_exact(AXES)).zip(&self.shortening);
        let near = |((doc, vector), shortening): ((DocId, &[i8]), &f32)| {
            if visible.contains(doc) { product(asked.numbers(), vector) * shortening * mine } else { 0.0 }
        };
        vectors.map(near).collect()
    }
}

/// How near all that is visible is to a question, and what of it is near enough to be found.
#[derive(Debug, Default)]
pub(crate) struct Alike {
    near: HashMap<SegmentId, Arc<Vec<f32>>>,
    pub(crate) sets: Arc<Sets>,
    /// From which similarity on something is found; it rests on what is visible alone, not on filters: these narrow what was found and never bring in anything new.
    least: f32,
}

impl Alike {
    /// Compares what is visible with a question.
    pub(crate) fn with_question(vectors: &Vectors, asked: &Meaning, visible: &Visible) -> Arc<Self> {
        Self::of(vectors, asked, visible, |nearest| (nearest * NEAR).max(SIMILAR))
    }

    /// Compares what is visible with a product.
    pub(crate) fn with_product(vectors: &Vectors, product: &Meaning, visible: &Visible) -> Arc<Self> {
        Self::of(vectors, product, visible, |_| RELATED)
    }

    fn of(vectors: &Vectors, asked: &Meaning, visible: &Visible, least: impl Fn(f32) -> f32) -> Arc<Self> {
        let mut near = HashMap::new();
        let mut nearest = 0.0_f32;
        for (id, set) in visible.sets.iter() {
            if let Some(segment) = vectors.0.get(id) {
                let all = segment.near(asked, set);
                nearest = all.iter().copied().fold(nearest, f32::max);
                near.insert(*id, Arc::new(all));
            }
        }
        let least = least(nearest);
        let mut sets = HashMap::new();
        for (id, all) in &near {
            let mut set = BitSet::with_max_value(DocId::try_from(all.len()).unwrap_or_default());
            for (doc, near) in (0..).zip(all.iter()) {
                if *near >= least {
                    set.insert(doc);
                }
            }
            sets.insert(*id, set);
        }
        Arc::new(Self { near, sets: Arc::new(sets), least })
    }

    /// How near each entry of a segment is.
    pub(crate) fn in_segment(&self, segment: &SegmentReader) -> Near {
        Near { all: self.near.get(&segment.segment_id()).cloned().unwrap_or_default(), least: self.least }
    }
}

/// How near the entries of a segment are to a question.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    all: Arc<Vec<f32>>,
    least: f32,
}

impl Near {
    /// How near an entry is.
    pub(crate) fn of(&self, doc: DocId) -> f32 {
        usize::try_from(doc).ok().and_then(|doc| self.all.get(doc)).copied().unwrap_or_default()
    }

    /// Whether that is near enough to be found by it.
    pub(crate) fn is_found(&self, doc: DocId) -> bool {
        self.least > 0.0 && self.of(doc) >= self.least
    }
}
