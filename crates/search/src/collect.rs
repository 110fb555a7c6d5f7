//! One walk over all that is found: how many, how many by each value of each facet, and the best that follow a cursor.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::alike::{Alike, Near};
use crate::cursor::Key;
use crate::facet::Facet;
use crate::query::{By, Order};

/// A score of words that is worth half of what the best could be.
const HALF: Score = 10.0;
const FACETS: usize = Facet::ALL.len();

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) order: Order,
    /// Whether scores say anything.
    pub(crate) is_scored: bool,
    /// How near all is to what is asked, if it is asked by its meaning too.
    pub(crate) alike: Option<Arc<Alike>>,
    /// Values of which one has to be there, by facet.
    pub(crate) filters: BTreeMap<Facet, BTreeSet<String>>,
    pub(crate) price_at_most_fen: Option<u64>,
    pub(crate) after: Option<Key>,
    pub(crate) limit: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    pub(crate) total: u64,
    /// How many of them come after the cursor.
    pub(crate) following: u64,
    /// Those of the page, with their identifiers and by what they were found, the best first.
    pub(crate) page: Vec<(Key, String, By)>,
    /// By the place of the facet in [`Facet::ALL`].
    pub(crate) facets: Vec<BTreeMap<String, u64>>,
}

/// The walk through one segment.
pub(crate) struct SegmentWalk {
    order: Order,
    is_scored: bool,
    near: Option<Near>,
    price_at_most_fen: u64,
    after: Option<Key>,
    limit: usize,
    columns: Vec<Counted>,
    ids: Option<StrColumn>,
    listed: Column<u64>,
    price: Column<u64>,
    rank: Column<u64>,
    serial: Column<u64>,
    total: u64,
    following: u64,
    /// The worst of the best on top.
    best: BinaryHeap<(Key, DocId, By)>,
}

/// A facet in one segment, its values as the segment numbers them.
struct Counted {
    column: Option<StrColumn>,
    wanted: Option<Vec<u64>>,
    counts: Vec<u64>,
}

impl Counted {
    fn open(segment: &SegmentReader, facet: Facet, wanted: Option<&BTreeSet<String>>) -> tantivy::Result<Self> {
        let column = segment.fast_fields().str(facet.name())?;
        let wanted = wanted.filter(|wanted| !wanted.is_empty()).map(|wanted| {
            let known = wanted.iter().filter_map(|value| column.as_ref()?.dictionary().term_ord(value).transpose());
            known.collect::<std::io::Result<Vec<u64>>>()
        });
        let values = column.as_ref().map_or(0, |column| column.num_terms());
        Ok(Self { column, wanted: wanted.transpose()?, counts: vec![0; values] })
    }

    fn passes(&self, doc: DocId) -> bool {
        let Some(wanted) = &self.wanted else { return true };
        self.column
            .as_ref()
            .is_some_and(|column| column.ords().values_for_doc(doc).any(|value| wanted.contains(&value)))
    }

    fn count(&mut self, doc: DocId) {
        for value in self.column.iter().flat_map(|column| column.ords().values_for_doc(doc)) {
            let place = usize::try_from(value).ok();
            if let Some(count) = place.and_then(|place| self.counts.get_mut(place)) {
                *count = count.saturating_add(1);
            }
        }
    }

    fn named(&self) -> BTreeMap<String, u64> {
        let mut named = BTreeMap::new();
        let mut name = String::new();
        for (value, count) in (0_u64..).zip(&self.counts).filter(|(_, count)| **count > 0) {
            let told = self.column.as_ref().map(|column| column.ord_to_str(value, &mut name));
            if matches!(told, Some(Ok(true))) {
                named.insert(name.clone(), *count);
            }
        }
        named
    }
}

impl Collector for Walk {
    type Fruit = Harvest;
    type Child = SegmentWalk;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentWalk> {
        let fast = segment.fast_fields();
        let columns = Facet::ALL.iter().map(|facet| Counted::open(segment, *facet, self.filters.get(facet)));
        Ok(SegmentWalk {
            order: self.order,
            is_scored: self.is_scored,
            near: self.alike.as_ref().map(|alike| alike.in_segment(segment)),
            price_at_most_fen: self.price_at_most_fen.unwrap_or(u64::MAX),
            after: self.after,
            limit: self.limit,
            columns: columns.collect::<tantivy::Result<_>>()?,
            ids: fast.str("id")?,
            listed: fast.u64("listed")?,
            price: fast.u64("price")?,
            rank: fast.u64("rank")?,
            serial: fast.u64("serial")?,
            total: 0,
            following: 0,
            best: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.is_scored
    }

    fn merge_fruits(&self, parts: Vec<tantivy::Result<Harvest>>) -> tantivy::Result<Harvest> {
        let mut whole = Harvest { facets: vec![BTreeMap::new(); FACETS], ..Harvest::default() };
        for part in parts {
            let part = part?;
            whole.total = whole.total.saturating_add(part.total);
            whole.following = whole.following.saturating_add(part.following);
            whole.page.extend(part.page);
            for (sum, counts) in whole.facets.iter_mut().zip(part.facets) {
                for (value, count) in counts {
                    let all = sum.entry(value).or_default();
                    *all = all.saturating_add(count);
                }
            }
        }
        whole.page.sort_unstable();
        whole.page.truncate(self.limit);
        Ok(whole)
    }
}

impl SegmentWalk {
    fn key(&self, doc: DocId, score: Score) -> Key {
        let of = |column: &Column<u64>| column.first(doc).unwrap_or_default();
        let newest = !of(&self.listed);
        let first = match self.order {
            // What a hit is worth is not negative, so its bits are in order; the last of them tell only in which order it was added up.
            Order::Relevance if self.is_scored => u64::from(!(self.worth(doc, score).to_bits() & !0xFFF)),
            Order::Relevance | Order::Newest => newest,
            Order::Price => of(&self.price),
            Order::Quality => of(&self.rank),
        };
        (first, newest, of(&self.serial))
    }

    /// The score of the words, and how near the meaning is, on one scale. Both are the entry's own, so that a page begins where the last one ended whatever came in between;
    /// places in two lists, as [`crate::fuse`] has them, would shift.
    fn worth(&self, doc: DocId, score: Score) -> Score {
        match &self.near {
            Some(near) => score / (score + HALF) + near.of(doc).max(0.0),
            None => score,
        }
    }

    /// By what an entry was found.
    fn by(&self, doc: DocId, score: Score) -> By {
        match &self.near {
            Some(near) if near.is_found(doc) && score > 0.0 => By::Both,
            Some(near) if near.is_found(doc) => By::Meaning,
            _ => By::Words,
        }
    }
}

impl SegmentCollector for SegmentWalk {
    type Fruit = tantivy::Result<Harvest>;

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.price.first(doc).unwrap_or_default() > self.price_at_most_fen {
            return;
        }
        // What one filter alone keeps out still counts for that one's own facet: it tells what else could be chosen there.
        let mut kept_out_by = None;
        for (place, counted) in self.columns.iter().enumerate() {
            if !counted.passes(doc) && kept_out_by.replace(place).is_some() {
                return;
            }
        }
        for (place, counted) in self.columns.iter_mut().enumerate() {
            if kept_out_by.is_none_or(|filter| filter == place) {
                counted.count(doc);
            }
        }
        if kept_out_by.is_some() {
            return;
        }
        self.total = self.total.saturating_add(1);
        let key = self.key(doc, score);
        if self.after.is_some_and(|after| key <= after) {
            return;
        }
        self.following = self.following.saturating_add(1);
        if self.best.len() < self.limit {
            self.best.push((key, doc, self.by(doc, score)));
        } else if self.best.peek().is_some_and(|worst| key < worst.0) {
            let by = self.by(doc, score);
            if let Some(mut worst) = self.best.peek_mut() {
                *worst = (key, doc, by);
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut page = Vec::with_capacity(self.best.len());
        for (key, doc, by) in self.best {
            let mut id = String::new();
            if let Some(ids) = &self.ids
                && let Some(value) = ids.ords().first(doc)
                && ids.ord_to_str(value, &mut id)?
            {
                page.push((key, id, by));
            }
        }
        let facets = self.columns.iter().map(Counted::named).collect();
        Ok(Harvest { total: self.total, following: self.following, page, facets })
    }
}
