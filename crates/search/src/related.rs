//! Products that are like one, and products whose tables join with one's: found in the index by what few others have; why is said by [`shared_words`] and
//! [`crate::joins`], out of what the store holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as Part};
use tantivy::schema::Field;
use tantivy::{Score, Term};

use crate::alike::Alike;
use crate::collect::Walk;
use crate::column::{self, Column};
use crate::document::Document;
use crate::error::Error;
use crate::facet::Facet;
use crate::fusion::fuse;
use crate::index::{Index, State};
use crate::query::{Order, exact, word};
use crate::semantic::Encoder;
use crate::text::{is_stop, words};
use crate::visible::{Among, Visibility, Visible};

/// Words by which the like is looked for.
const WORDS: usize = 20;

impl Index {
    /// Products that are like one and visible, by their words or by what they mean, the most alike first; never the one itself.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn related(&self, to: &Document, who: &Visibility, limit: usize) -> Result<Vec<String>, Error> {
        let state = self.state();
        let visible = state.visible(who)?;
        let fields = &state.fields;
        let mut parts: Vec<Box<dyn Part>> = Vec::new();
        for (telling, weight) in telling(&state, &visible, to)? {
            for (field, more) in [(fields.name, 3.0), (fields.keywords, 3.0), (fields.body, 1.0)] {
                parts.push(Box::new(BoostQuery::new(word(field, &telling), weight * more)));
            }
        }
        let mut lists = Vec::new();
        if !parts.is_empty() {
            let words: Box<dyn Part> = Box::new(BooleanQuery::union(parts));
            let topic = exact(fields.facet(Facet::Topic), &to.topic);
            let topic: Box<dyn Part> = Box::new(ConstScoreQuery::new(topic, 3.0));
            let parts = vec![(Occur::Must, words), (Occur::Should, topic)];
            lists.push(best(&state, &visible, parts, None, &to.product_id, limit)?);
        }
        if let Some(encoder) = Encoder::shared() {
            let alike = Alike::with_product(&state.vectors, &encoder.encode(&to.spoken()), &visible);
            let part: Box<dyn Part> = Box::new(Among(Arc::clone(&alike.sets)));
            lists.push(best(&state, &visible, vec![(Occur::Must, part)], Some(alike), &to.product_id, limit)?);
        }
        let mut related = fuse(&lists);
        related.truncate(limit);
        Ok(related)
    }

    /// Visible products that have columns which join with some of these, those with the rarest first; but not the one that the columns are of.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn joinable(&self, columns: &[Column], of: &str, who: &Visibility, limit: usize) -> Result<Vec<String>, Error> {
        let state = self.state();
        let visible = state.visible(who)?;
        let keys: BTreeSet<String> = columns.iter().flat_map(column::keys).collect();
        let parts: Vec<Box<dyn Part>> = keys.iter().map(|key| exact(state.fields.column, key)).collect();
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let any: Box<dyn Part> = Box::new(BooleanQuery::union(parts));
        best(&state, &visible, vec![(Occur::Must, any)], None, of, limit)
    }
}

/// The best of what is visible and no single product.
fn best(
    state: &State,
    visible: &Arc<Visible>,
    mut parts: Vec<(Occur, Box<dyn Part>)>,
    alike: Option<Arc<Alike>>,
    but: &str,
    limit: usize,
) -> Result<Vec<String>, Error> {
    parts.push((Occur::MustNot, exact(state.fields.id, but)));
    let walk = Walk {
        order: Order::Relevance,
        is_scored: true,
        alike,
        filters: BTreeMap::new(),
        price_at_most_fen: None,
        after: None,
        limit: limit.min(crate::query::LONGEST_PAGE),
    };
    let harvest = state.walk(visible, Some(Box::new(BooleanQuery::new(parts))), &walk)?;
    Ok(harvest.page.into_iter().map(|(_, id, _)| id).collect())
}

/// The words of a product that tell it from others, with what they weigh by where they stand: those that few visible products have.
fn telling(state: &State, visible: &Visible, of: &Document) -> Result<Vec<(String, Score)>, Error> {
    let mut weights: BTreeMap<String, Score> = BTreeMap::new();
    for (text, weight) in [(&of.name, 2.0), (&of.keywords.join(" "), 2.0), (&of.description, 1.0)] {
        for word in words(text).into_iter().filter(|word| is_telling(word)) {
            let known = weights.entry(word).or_insert(weight);
            *known = known.max(weight);
        }
    }
    let mut ranked = Vec::new();
    for (word, weight) in weights {
        let of = |field: Field| visible.frequency(&state.searcher, &Term::from_field_text(field, &word));
        let known = of(state.fields.body)?.max(of(state.fields.name)?).max(of(state.fields.keywords)?);
        // A word that only this product has, or that a fifth of all have, finds nothing that is alike.
        if known > 0 && (visible.count() < 50 || known.saturating_mul(5) < visible.count()) {
            ranked.push((known, word, weight));
        }
    }
    ranked.sort_by(|one, next| next.2.total_cmp(&one.2).then(one.0.cmp(&next.0)).then_with(|| one.1.cmp(&next.1)));
    Ok(ranked.into_iter().take(WORDS).map(|(_, word, weight)| (word, weight)).collect())
}

fn is_telling(word: &str) -> bool {
    word.chars().count() > 1 && !is_stop(word) && !word.chars().all(char::is_numeric)
}

/// Words of names and keywords that two products share, the whole ones only, for saying why one is related to the other.
#[must_use]
pub fn shared_words(one: &Document, other: &Document) -> Vec<String> {
    let of = |document: &Document| -> BTreeSet<String> {
        let text = format!("{} {}", document.name, document.keywords.join(" "));
        words(&text).into_iter().filter(|word| is_telling(word)).collect()
    };
    let shared: BTreeSet<String> = of(one).intersection(&of(other)).cloned().collect();
    let is_part = |word: &str| shared.iter().any(|longer| longer.len() > word.len() && longer.contains(word));
    shared.iter().filter(|word| !is_part(word)).cloned().collect()
}
