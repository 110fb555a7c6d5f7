//! A question to the catalogue and its answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EnableScoring, Occur, Query as Part, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Executor, Term};

use crate::alike::Alike;
use crate::collect::{Harvest, Walk};
use crate::cursor;
use crate::error::Error;
use crate::facet::{Facet, FacetCount};
use crate::index::{Index, State};
use crate::schema::{Fields, hash};
use crate::semantic::{Encoder, processors};
use crate::suggest::suggest;
use crate::text::{Asked, asked, fold};
use crate::visible::{Among, Statistics, Visibility, Visible};

/// Characters that a question has at most.
pub const LONGEST_TEXT: usize = 200;
/// Hits that a page has at most.
pub const LONGEST_PAGE: usize = 100;
/// Words of a question that are looked for.
const WORDS: usize = 16;
/// Values of a facet that are told.
const VALUES: usize = 30;
/// Entries from which on it is worth while to wake other processors.
const MANY: u64 = 50_000;
/// Suggestions that are made.
const SUGGESTIONS: usize = 8;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What fits best; without words, the newest.
    #[default]
    Relevance,
    /// What came last into the catalogue.
    Newest,
    /// What costs least.
    Price,
    /// What is best by 质量等级.
    Quality,
}

/// By what products are found, and by what one was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The words of the question stand in it, or most of them.
    Words,
    /// It means what the question means, or nearly.
    Meaning,
    /// One or the other; of a hit: both.
    #[default]
    Both,
}

/// What is asked. The default asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words, in any language; nothing in it is an operator.
    pub text: String,
    /// Whether the words are to stand there, or something that means the same.
    pub by: By,
    /// Values of which one has to be there, by facet.
    pub filters: BTreeMap<Facet, BTreeSet<String>>,
    /// What one use may cost.
    pub price_at_most_fen: Option<u64>,
    /// What comes first.
    pub order: Order,
    /// The cursor of the page before; empty for the first page.
    pub after: String,
    /// How many hits; 0 is as many as a page has.
    pub limit: usize,
}

/// The answer, of what the caller may see alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many products there are.
    pub total: u64,
    /// The products of this page, the best first.
    pub hits: Vec<String>,
    /// By what each of them was found, in the same order; without a question by its words, there being none.
    pub by: Vec<By>,
    /// The cursor of the next page; none after the last.
    pub next: Option<String>,
    /// How often each value is there, for each facet as if nothing were chosen in it.
    pub facets: BTreeMap<Facet, Vec<FacetCount>>,
    /// What the text could become.
    pub suggestions: Vec<String>,
}

impl Query {
    /// A number that two questions hardly share, whatever page of them is asked for.
    fn fingerprint(&self) -> u64 {
        hash(format!("{:?}", (&self.text, self.by, &self.filters, self.price_at_most_fen, self.order)).as_bytes())
    }

    fn check(&self) -> Result<(), Error> {
        if self.text.chars().count() > LONGEST_TEXT {
            return Err(Error::question(
                "question-too-long",
                format!("检索词不超过 {LONGEST_TEXT} 个字符"),
                format!("a question has {LONGEST_TEXT} characters at most"),
            ));
        }
        if self.limit > LONGEST_PAGE {
            return Err(Error::question(
                "page-too-long",
                format!("每页不超过 {LONGEST_PAGE} 条"),
                format!("a page has {LONGEST_PAGE} products at most"),
            ));
        }
        Ok(())
    }
}

impl Index {
    /// Answers a question of somebody who may see so much.
    ///
    /// # Errors
    /// If the text or the page is too long or the cursor none, or if the index cannot be read.
    pub fn search(&self, query: &Query, who: &Visibility) -> Result<Found, Error> {
        query.check()?;
        let fingerprint = query.fingerprint();
        let after = if query.after.is_empty() { None } else { Some(cursor::read(fingerprint, &query.after)?) };
        let limit = if query.limit == 0 { 20 } else { query.limit };
        let state = self.state();
        let visible = state.visible(who)?;
        let words = asked(&query.text, WORDS);
        let is_empty = !query.text.trim().is_empty() && words.is_empty();
        let alike = state.alike(&query.text, query.by, &visible);
        let by_words = if query.by == By::Meaning { None } else { of_words(&state.fields, &query.text, &words) };
        let parts = either(by_words, alike.as_ref());
        let is_empty = is_empty || (parts.is_none() && !words.is_empty());
        let walk = Walk {
            order: query.order,
            is_scored: !words.is_empty() && (query.order == Order::Relevance || alike.is_some()),
            alike,
            filters: query.filters.clone(),
            price_at_most_fen: query.price_at_most_fen,
            after,
            limit,
        };
        let harvest = if is_empty { Harvest::default() } else { state.walk(&visible, parts, &walk)? };
        let is_last = harvest.following <= u64::try_from(limit).unwrap_or(u64::MAX);
        let next = harvest.page.last().filter(|_| !is_last).map(|(key, ..)| cursor::write(fingerprint, *key));
        let facets = Facet::ALL.into_iter().zip(harvest.facets);
        let facets = facets.map(|(facet, counts)| (facet, told(counts, query.filters.get(&facet))));
        let (hits, by) = harvest.page.into_iter().map(|(_, id, by)| (id, by)).unzip();
        Ok(Found {
            total: harvest.total,
            hits,
            by,
            next,
            facets: facets.collect(),
            suggestions: suggest(&state, &visible, &query.text, SUGGESTIONS)?,
        })
    }

    /// What a text that somebody is writing could become.
    ///
    /// # Errors
    /// If the text is too long, or the index cannot be read.
    pub fn suggest(&self, text: &str, who: &Visibility) -> Result<Vec<String>, Error> {
        Query { text: text.to_owned(), ..Query::default() }.check()?;
        let state = self.state();
        let visible = state.visible(who)?;
        Ok(suggest(&state, &visible, text, SUGGESTIONS)?)
    }
}

impl State {
    /// What somebody may see of it.
    pub(crate) fn visible(&self, who: &Visibility) -> tantivy::Result<Arc<Visible>> {
        self.remembered.of(&self.searcher, &self.fields, who)
    }

    /// How near what is visible is to a text that is asked for; none if it is not asked for by its meaning, or has no word that could have one.
    fn alike(&self, text: &str, by: By, visible: &Visible) -> Option<Arc<Alike>> {
        if by == By::Words || !text.chars().any(char::is_alphabetic) {
            return None;
        }
        let asked = Encoder::shared()?.encode(text);
        Some(Alike::with_question(&self.vectors, &asked, visible))
    }

    /// Walks over what is visible and, if there are parts, matches them.
    pub(crate) fn walk(
        &self,
        visible: &Arc<Visible>,
        parts: Option<Box<dyn Part>>,
        walk: &Walk,
    ) -> tantivy::Result<Harvest> {
        let only: Box<dyn Part> = Box::new(Among(Arc::clone(&visible.sets)));
        let whole = match parts {
            Some(parts) => Box::new(BooleanQuery::new(vec![(Occur::Must, only), (Occur::Must, parts)])),
            None => only,
        };
        let statistics = Statistics { searcher: &self.searcher, fields: &self.fields, visible };
        let scoring = if walk.is_scored {
            EnableScoring::enabled_from_statistics_provider(&statistics, &self.searcher)
        } else {
            EnableScoring::disabled_from_searcher(&self.searcher)
        };
        self.searcher.search_with_executor(&whole, walk, executor(visible.count()), scoring)
    }
}

/// Who walks over so many entries: of many, all processors take a segment each.
fn executor(entries: u64) -> &'static Executor {
    static ALONE: Executor = Executor::SingleThread;
    static TOGETHER: OnceLock<Executor> = OnceLock::new();
    if entries < MANY {
        return &ALONE;
    }
    TOGETHER.get_or_init(|| Executor::multi_thread(processors(), "catalogue-").unwrap_or(Executor::SingleThread))
}

/// The values that occur most, and those that are chosen whether they occur or not.
fn told(counts: BTreeMap<String, u64>, chosen: Option<&BTreeSet<String>>) -> Vec<FacetCount> {
    let mut all: Vec<FacetCount> = counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect();
    all.sort_by(|one, next| next.count.cmp(&one.count).then_with(|| one.value.cmp(&next.value)));
    let is_chosen = |value: &str| chosen.is_some_and(|chosen| chosen.contains(value));
    let mut told: Vec<FacetCount> = Vec::new();
    for one in all {
        if told.len() < VALUES || is_chosen(&one.value) {
            told.push(one);
        }
    }
    told
}

/// What has the words, or the meaning.
fn either(words: Option<Box<dyn Part>>, alike: Option<&Arc<Alike>>) -> Option<Box<dyn Part>> {
    let alike: Option<Box<dyn Part>> = alike.map(|alike| -> Box<dyn Part> { Box::new(Among(Arc::clone(&alike.sets))) });
    match (words, alike) {
        (Some(words), Some(alike)) => Some(Box::new(BooleanQuery::union(vec![words, alike]))),
        (words, alike) => words.or(alike),
    }
}

/// Of up to three words, all have to be there; of more, two thirds.
fn of_words(fields: &Fields, text: &str, words: &[Asked]) -> Option<Box<dyn Part>> {
    let needed = if words.len() <= 3 { words.len() } else { words.len().saturating_mul(2).div_ceil(3) };
    let parts: Vec<Box<dyn Part>> = words.iter().map(|word| of_word(fields, word)).collect();
    if parts.is_empty() {
        return None;
    }
    let words: Box<dyn Part> = Box::new(BooleanQuery::union_with_minimum_required_clauses(parts, needed));
    let whole = exact(fields.phrase, fold(text.trim()));
    let whole: Box<dyn Part> = Box::new(ConstScoreQuery::new(whole, 5.0));
    Some(Box::new(BooleanQuery::new(vec![(Occur::Must, words), (Occur::Should, whole)])))
}

/// A word wherever it may stand; where several places have it, the best decides, and the others help a little.
fn of_word(fields: &Fields, asked: &Asked) -> Box<dyn Part> {
    let mut places: Vec<Box<dyn Part>> = Vec::new();
    for (field, weight) in [(fields.name, 4.0), (fields.keywords, 3.0), (fields.owner, 1.5), (fields.body, 1.0)] {
        places.push(Box::new(BoostQuery::new(word(field, &asked.word), weight)));
    }
    places.push(Box::new(ConstScoreQuery::new(exact(fields.identifier, &asked.word), 5.0)));
    if !asked.grams.is_empty() {
        let pairs = asked.grams.iter().map(|pair| exact(fields.grams, pair.clone())).collect();
        places.push(Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::intersection(pairs)), 0.5)));
    }
    Box::new(DisjunctionMaxQuery::with_tie_breaker(places, 0.1))
}

pub(crate) fn word(field: Field, word: &str) -> Box<dyn Part> {
    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
}

pub(crate) fn exact(field: Field, value: impl AsRef<str>) -> Box<dyn Part> {
    Box::new(TermQuery::new(Term::from_field_text(field, value.as_ref()), IndexRecordOption::Basic))
}
