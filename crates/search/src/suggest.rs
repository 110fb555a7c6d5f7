//! What a text could become that somebody is writing: names, keywords, words and columns of products that the caller may see, those that most products have first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tantivy::schema::IndexRecordOption;

use crate::document::Document;
use crate::index::State;
use crate::text::{fold, is_han, is_stop, words};
use crate::visible::Visible;

/// Characters of the longest that is suggested.
const LONGEST: usize = 40;

/// What of a product can be suggested.
pub(crate) fn phrases(document: &Document) -> BTreeSet<String> {
    let names = document.columns.iter().map(|column| &column.name);
    let whole = [&document.name].into_iter().chain(&document.keywords).chain(names).map(|text| fold(text.trim()));
    let spoken = words(&document.name).into_iter().filter(|word| word.chars().all(is_han) && !is_stop(word));
    let mut all: BTreeSet<String> = whole.chain(spoken).collect();
    all.retain(|phrase| (2..=LONGEST).contains(&phrase.chars().count()));
    all
}

/// What a text could become: as a whole, or by its last word.
pub(crate) fn suggest(state: &State, visible: &Visible, text: &str, most: usize) -> tantivy::Result<Vec<String>> {
    let text = fold(text.trim_start());
    let mut found = beginning(state, visible, &text)?;
    if let Some((head, last)) = text.rsplit_once(char::is_whitespace) {
        for (phrase, count) in beginning(state, visible, last)? {
            found.insert(format!("{head} {phrase}"), count);
        }
    }
    found.remove(text.trim());
    let mut ranked: Vec<(Reverse<u64>, String)> =
        found.into_iter().map(|(phrase, count)| (Reverse(count), phrase)).collect();
    ranked.sort();
    Ok(ranked.into_iter().map(|(_, phrase)| phrase).take(most).collect())
}

/// Phrases with this beginning, each with how many visible products have it.
fn beginning(state: &State, visible: &Visible, prefix: &str) -> tantivy::Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    let is_enough = prefix.chars().any(is_han) || prefix.chars().count() > 1;
    if !is_enough {
        return Ok(found);
    }
    for segment in state.searcher.segment_readers() {
        let index = segment.inverted_index(state.fields.phrase)?;
        let mut terms = index.terms().range().ge(prefix).into_stream()?;
        while let Some((phrase, info)) = terms.next() {
            if !phrase.starts_with(prefix.as_bytes()) {
                break;
            }
            let count = visible.count_in(segment, index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?);
            if let (Ok(phrase), true) = (std::str::from_utf8(phrase), count > 0) {
                let sum: &mut u64 = found.entry(phrase.to_owned()).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }
    Ok(found)
}
