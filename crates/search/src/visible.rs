//! What a caller may see, as a set of entries; everything that is answered is answered out of it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::postings::SegmentPostings;
use tantivy::query::{
    BitSetDocSet, Bm25StatisticsProvider, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet as _, Score, Searcher, SegmentReader, TERMINATED, TantivyError, Term};

use crate::facet::Facet;
use crate::schema::{EVERYBODY, Fields, label};

/// What a caller may see. Without a space, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Visibility {
    /// The spaces that it is a member of.
    pub spaces: BTreeSet<String>,
    /// Connectors of which nothing can be had.
    pub barred: BTreeSet<String>,
    /// Its roles and attributes, for products that are not for all of their space.
    pub labels: BTreeSet<String>,
}

/// How many who asked last are remembered with what they may see: a bit for each entry.
const REMEMBERED: usize = 32;

/// Terms of which is remembered how many visible entries hold them.
const TERMS: usize = 4_096;

/// What those who asked last may see of one state of the index, so that it is not looked up for each page again. Gone with the state.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<VecDeque<(Visibility, Arc<Visible>)>>);

impl Remembered {
    /// What somebody may see of this state.
    pub(crate) fn of(&self, searcher: &Searcher, fields: &Fields, who: &Visibility) -> tantivy::Result<Arc<Visible>> {
        let is_it = |one: &&(Visibility, Arc<Visible>)| one.0 == *who;
        let known =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(is_it).map(|one| Arc::clone(&one.1));
        if let Some(known) = known {
            return Ok(known);
        }
        let visible = Visible::of(searcher, fields, who)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((who.clone(), Arc::clone(&visible)));
        if all.len() > REMEMBERED {
            all.pop_front();
        }
        Ok(visible)
    }
}

/// Entries, by segment.
pub(crate) type Sets = HashMap<SegmentId, BitSet>;

/// The entries that a caller may see, of one state of the index.
#[derive(Debug)]
pub(crate) struct Visible {
    pub(crate) sets: Arc<Sets>,
    count: u64,
    /// How many of them hold a term that was asked for before.
    frequencies: Mutex<HashMap<Term, u64>>,
}

impl Visible {
    /// Looks them up.
    fn of(searcher: &Searcher, fields: &Fields, who: &Visibility) -> tantivy::Result<Arc<Self>> {
        let mut sets = HashMap::new();
        let mut count = 0_u64;
        for segment in searcher.segment_readers() {
            let set = in_segment(segment, fields, who)?;
            count = count.saturating_add(u64::try_from(set.len()).unwrap_or(u64::MAX));
            sets.insert(segment.segment_id(), set);
        }
        Ok(Arc::new(Self { sets: Arc::new(sets), count, frequencies: Mutex::default() }))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// How many of a term's entries are among them.
    pub(crate) fn count_in(&self, segment: &SegmentReader, mut postings: SegmentPostings) -> u64 {
        let Some(set) = self.sets.get(&segment.segment_id()) else { return 0 };
        let mut count = 0_u64;
        each(&mut postings, |doc| count = count.saturating_add(u64::from(set.contains(doc))));
        count
    }

    /// How many of them hold a term.
    pub(crate) fn frequency(&self, searcher: &Searcher, term: &Term) -> tantivy::Result<u64> {
        let known = self.frequencies.lock().unwrap_or_else(PoisonError::into_inner).get(term).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut count = 0_u64;
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(term.field())?;
            if let Some(postings) = index.read_postings(term, IndexRecordOption::Basic)? {
                count = count.saturating_add(self.count_in(segment, postings));
            }
        }
        let mut frequencies = self.frequencies.lock().unwrap_or_else(PoisonError::into_inner);
        if frequencies.len() < TERMS {
            frequencies.insert(term.clone(), count);
        }
        Ok(count)
    }
}

fn each(postings: &mut SegmentPostings, mut see: impl FnMut(DocId)) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        see(doc);
        doc = postings.advance();
    }
}

fn in_segment(segment: &SegmentReader, fields: &Fields, who: &Visibility) -> tantivy::Result<BitSet> {
    let posted = |field: Field, value: &str| -> tantivy::Result<Option<SegmentPostings>> {
        let term = Term::from_field_text(field, value);
        Ok(segment.inverted_index(field)?.read_postings(&term, IndexRecordOption::Basic)?)
    };
    let mut addressed = BitSet::with_max_value(segment.max_doc());
    let names = who.labels.iter().map(|name| label(name));
    for name in names.chain([EVERYBODY.to_owned()]) {
        if let Some(mut postings) = posted(fields.audience, &name)? {
            each(&mut postings, |doc| _ = addressed.insert(doc));
        }
    }
    for connector in &who.barred {
        if let Some(mut postings) = posted(fields.connector, connector)? {
            each(&mut postings, |doc| addressed.remove(doc));
        }
    }
    let mut visible = BitSet::with_max_value(segment.max_doc());
    for space in &who.spaces {
        if let Some(mut postings) = posted(fields.facet(Facet::Space), space)? {
            each(&mut postings, |doc| {
                if addressed.contains(doc) && !segment.is_deleted(doc) {
                    visible.insert(doc);
                }
            });
        }
    }
    Ok(visible)
}

/// Finds exactly the entries of sets, and says nothing of how good they are.
#[derive(Clone)]
pub(crate) struct Among(pub(crate) Arc<Sets>);

impl fmt::Debug for Among {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Among({})", self.0.values().map(BitSet::len).sum::<usize>())
    }
}

impl Query for Among {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Among {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let nothing = || BitSet::with_max_value(segment.max_doc());
        let set = self.0.get(&segment.segment_id()).cloned().unwrap_or_else(nothing);
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(set), 0.0)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Err(TantivyError::InvalidArgument("what is in a set is not scored".to_owned()))
    }
}

/// The statistics that scores rest on, over what is visible.
pub(crate) struct Statistics<'a> {
    pub(crate) searcher: &'a Searcher,
    pub(crate) fields: &'a Fields,
    pub(crate) visible: &'a Visible,
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.visible.count.max(1).saturating_mul(self.fields.usual_words(field)))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.visible.count.max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.visible.frequency(self.searcher, term)
    }
}
