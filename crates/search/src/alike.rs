//! Which entries mean what is asked, among those that the caller may see. The vectors are part of the entries, so that they are committed, replaced and merged with
//! them; of each segment they are read once into memory, 256 bytes an entry, and compared one by one on all processors: exactly, and without a structure that could tell of what is not
//! visible. What is not visible is not even compared.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread;

use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::{BitSet, DocId, Searcher, SegmentReader};

use crate::kept::Kept;
use crate::semantic::{AXES, Meaning, SIMILAR, narrow, processors};
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

/// A vector as it lies in memory: in each word two of its numbers, which a processor takes apart faster than it widens bytes.
type Pairs = [i16; AXES / 2];

/// The vectors of a segment.
#[derive(Debug, Default)]
struct Segment {
    numbers: Vec<Pairs>,
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

    /// By what the vectors that are there are known to [`Kept`].
    pub(crate) fn marks(&self) -> HashSet<u64> {
        let all = self.0.values().flat_map(|segment| &segment.numbers);
        all.map(|pairs| Kept::mark(&numbers(pairs))).collect()
    }
}

impl Segment {
    fn read(reader: &SegmentReader) -> tantivy::Result<Self> {
        let column: Column<u64> = reader.fast_fields().u64(COLUMN)?;
        let count = usize::try_from(reader.max_doc()).unwrap_or_default();
        let mut segment = Self { numbers: Vec::with_capacity(count), shortening: Vec::with_capacity(count) };
        for doc in 0..reader.max_doc() {
            let mut numbers = [0; AXES];
            let mut is_there = false;
            for (word, into) in column.values_for_doc(doc).zip(numbers.as_chunks_mut::<WORD>().0) {
                *into = word.to_le_bytes().map(u8::cast_signed);
                is_there = true;
            }
            let meaning = Meaning::kept(numbers);
            segment.numbers.push(pairs(&numbers));
            segment.shortening.push(if is_there { meaning.shortening() } else { 0.0 });
        }
        Ok(segment)
    }

    /// How near each visible entry is to what is asked; 0 for the others.
    fn near(&self, asked: &Asked, visible: &BitSet) -> Vec<f32> {
        let mut near = vec![0.0; self.numbers.len()];
        let threads = if visible.len() < ALONE { 1 } else { processors() };
        let share = near.len().div_ceil(threads).next_multiple_of(BUCKET).max(BUCKET);
        let rows = near.chunks_mut(share).zip(self.numbers.chunks(share)).zip(self.shortening.chunks(share));
        let buckets = (0_u32..).step_by(share / BUCKET);
        let mut parts =
            buckets.zip(rows).map(|(bucket, ((near, numbers), shortening))| Part { bucket, near, numbers, shortening });
        thread::scope(|scope| {
            let mine = parts.next();
            for part in parts {
                scope.spawn(move || part.compare(asked, visible));
            }
            mine.into_iter().for_each(|part| part.compare(asked, visible));
        });
        near
    }
}

/// Entries that a set holds in one word.
const BUCKET: usize = 64;
/// Entries that are not worth a thread of their own.
const ALONE: usize = 16_384;

/// Neighbours in a segment that one processor compares.
struct Part<'a> {
    /// The word of the set that they begin with.
    bucket: u32,
    near: &'a mut [f32],
    numbers: &'a [Pairs],
    shortening: &'a [f32],
}

impl Part<'_> {
    fn compare(self, asked: &Asked, visible: &BitSet) {
        let rows = self.near.chunks_mut(BUCKET).zip(self.numbers.chunks(BUCKET)).zip(self.shortening.chunks(BUCKET));
        for (bucket, ((near, numbers), shortening)) in (self.bucket..).zip(rows) {
            for at in visible.tinyset(bucket) {
                let Ok(at) = usize::try_from(at) else { continue };
                if let (Some(near), Some(pairs), Some(shortening)) =
                    (near.get_mut(at), numbers.get(at), shortening.get(at))
                {
                    *near = asked.product(pairs) * shortening;
                }
            }
        }
    }
}

/// What is compared with: its numbers widened once, the first of each pair and the second.
struct Asked {
    first: Pairs,
    second: Pairs,
    shortening: f32,
}

impl Asked {
    fn of(meaning: &Meaning) -> Self {
        let (mut first, mut second) = ([0; AXES / 2], [0; AXES / 2]);
        for ((first, second), [one, next]) in
            first.iter_mut().zip(&mut second).zip(meaning.numbers().as_chunks::<2>().0)
        {
            (*first, *second) = (i16::from(*one), i16::from(*next));
        }
        Self { first, second, shortening: meaning.shortening() }
    }

    fn product(&self, pairs: &Pairs) -> f32 {
        let mut sum = 0_i32;
        for ((pair, first), second) in pairs.iter().zip(&self.first).zip(&self.second) {
            let (one, next) = ((*pair << 8) >> 8, *pair >> 8);
            sum += i32::from(one) * i32::from(*first) + i32::from(next) * i32::from(*second);
        }
        narrow(sum) * self.shortening
    }
}

fn pairs(numbers: &[i8; AXES]) -> Pairs {
    let mut pairs = [0; AXES / 2];
    for (pair, two) in pairs.iter_mut().zip(numbers.as_chunks::<2>().0) {
        *pair = i16::from_le_bytes(two.map(i8::cast_unsigned));
    }
    pairs
}

fn numbers(pairs: &Pairs) -> [i8; AXES] {
    let mut numbers = [0; AXES];
    for (two, pair) in numbers.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
        *two = pair.to_le_bytes().map(u8::cast_signed);
    }
    numbers
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
        let asked = Asked::of(asked);
        let mut near = HashMap::new();
        let mut nearest = 0.0_f32;
        for (id, set) in visible.sets.iter() {
            if let Some(segment) = vectors.0.get(id) {
                let all = segment.near(&asked, set);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn a_meaning() -> impl Strategy<Value = Meaning> {
        prop::collection::vec(prop_oneof![Just(-127_i8), Just(127), -127..=127_i8], AXES)
            .prop_map(|numbers| Meaning::kept(numbers.try_into().unwrap()))
    }

    proptest! {
        #[test]
        fn in_pairs_they_are_as_near_as_one_by_one(one in a_meaning(), other in a_meaning()) {
            prop_assert_eq!(numbers(&pairs(one.numbers())), *one.numbers());
            let near = Asked::of(&one).product(&pairs(other.numbers())) * other.shortening();
            prop_assert!((near - one.similarity(&other)).abs() < 1e-6);
        }
    }

    #[test]
    fn on_several_processors_each_visible_entry_is_compared_and_no_other() {
        let meaning = |at: u32| {
            let mut numbers = [1; AXES];
            for (into, byte) in numbers.iter_mut().zip(at.to_le_bytes()) {
                *into = byte.cast_signed();
            }
            Meaning::kept(numbers)
        };
        let asked = meaning(77);
        for count in [0, 1, 63, 64, 65, 40_001_u32] {
            let mut segment = Segment::default();
            let mut visible = BitSet::with_max_value(count);
            for doc in 0..count {
                segment.numbers.push(pairs(meaning(doc).numbers()));
                segment.shortening.push(meaning(doc).shortening());
                if doc % 3 != 1 {
                    visible.insert(doc);
                }
            }
            let near = segment.near(&Asked::of(&asked), &visible);
            assert_eq!(near.len(), usize::try_from(count).unwrap());
            for (doc, near) in (0..).zip(near) {
                let expected = if doc % 3 == 1 { 0.0 } else { meaning(doc).similarity(&asked) };
                assert!((near - expected).abs() < 1e-6, "{doc} of {count}");
            }
        }
    }
}
