//! What a member asks, as the index understands it, and what is told of why an entry is there.

use std::collections::{BTreeMap, BTreeSet};

use xinyu_core::fault::Rejection;
use xinyu_protocol::tc609::catalog::{CatalogCount, CatalogJoin, CatalogQuery, CatalogReason};
use xinyu_search::{
    By, Document, Error, Facet, FacetCount, Found, Index, LONGEST_PAGE, Order, Query, Visibility, joins, marks,
    shared_words,
};
use xinyu_shell::Failure;
use xinyu_store::Tx;

/// Products that are like one, or join with it, as many as are told.
const ALIKE: usize = 10;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) enum Question {
    /// By words and facets.
    Words(Query),
    /// For one product.
    Product(String),
    /// For products that are like one.
    Like(String, usize),
    /// For products whose tables join with one's.
    Joins(String, usize),
}

impl Question {
    /// # Errors
    /// If it asks by what there is not, or for several things at once.
    pub(super) fn read(wanted: &CatalogQuery) -> Result<Self, Rejection> {
        let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let alike = if limit == 0 { ALIKE } else { limit.min(LONGEST_PAGE) };
        match (wanted.product.as_str(), wanted.like.as_str(), wanted.joins.as_str()) {
            ("", "", "") => Ok(Self::Words(Query {
                text: wanted.q.clone(),
                by: By::Both,
                filters: wanted
                    .filters
                    .iter()
                    .map(|(name, values)| Ok((facet(name)?, values.iter().cloned().collect())))
                    .collect::<Result<_, Rejection>>()?,
                price_at_most_fen: wanted.price_at_most_fen,
                order: order(&wanted.order)?,
                after: wanted.after.clone(),
                limit,
            })),
            (product, "", "") => Ok(Self::Product(product.to_owned())),
            ("", like, "") => Ok(Self::Like(like.to_owned(), alike)),
            ("", "", joins) => Ok(Self::Joins(joins.to_owned(), alike)),
            _ => Err(Rejection::bad(
                "catalog-query",
                "product、like、joins 只能给出一个",
                "give one of product, like and joins",
            )),
        }
    }

    /// The product that it is about, if it is about one.
    pub(super) fn about(&self) -> Option<&str> {
        match self {
            Self::Words(_) => None,
            Self::Product(product) | Self::Like(product, _) | Self::Joins(product, _) => Some(product),
        }
    }

    /// Asks it.
    pub(super) fn ask(&self, index: &Index, about: Option<&Document>, who: &Visibility) -> Result<Found, Error> {
        let hits = match (self, about) {
            (Self::Words(query), _) => return index.search(query, who),
            (Self::Product(product), _) => vec![product.clone()],
            (Self::Like(_, limit), Some(about)) => index.related(about, who, *limit)?,
            (Self::Joins(_, limit), Some(about)) => index.joinable(&about.columns, &about.product_id, who, *limit)?,
            (Self::Like(..) | Self::Joins(..), None) => Vec::new(),
        };
        Ok(Found { total: u64::try_from(hits.len()).unwrap_or(u64::MAX), hits, ..Found::default() })
    }

    /// By what a product was found; of a question without words nothing is said.
    pub(super) fn said(&self, by: By) -> &'static str {
        match (self, by) {
            (Self::Words(query), _) if query.text.trim().is_empty() => "",
            (Self::Words(_), By::Words) => "words",
            (Self::Words(_), By::Meaning) => "meaning",
            (Self::Words(_), By::Both) => "both",
            _ => "",
        }
    }

    /// Why a product is in the answer.
    pub(super) fn reason(&self, entry: &Document, about: Option<&Document>) -> CatalogReason {
        match (self, about) {
            (Self::Words(query), _) => CatalogReason {
                name: narrow(marks(&query.text, &entry.name)),
                description: narrow(marks(&query.text, &entry.description)),
                ..CatalogReason::default()
            },
            (Self::Like(..), Some(about)) => {
                CatalogReason { shared: shared_words(about, entry), ..CatalogReason::default() }
            }
            (Self::Joins(..), Some(about)) => {
                let found = joins(&about.columns, &entry.columns).into_iter().map(|join| CatalogJoin {
                    mine: (join.mine.table, join.mine.name),
                    theirs: (join.theirs.table, join.theirs.name),
                    score: join.score,
                    reason: join.reason,
                });
                CatalogReason { joins: found.collect(), ..CatalogReason::default() }
            }
            _ => CatalogReason::default(),
        }
    }
}

fn narrow(ranges: Vec<(usize, usize)>) -> Vec<(u32, u32)> {
    ranges.into_iter().filter_map(|(from, to)| Some((u32::try_from(from).ok()?, u32::try_from(to).ok()?))).collect()
}

fn facet(name: &str) -> Result<Facet, Rejection> {
    Facet::ALL
        .into_iter()
        .find(|facet| facet.name() == name)
        .ok_or_else(|| one_of("facet", "筛选项", name, &Facet::ALL.map(Facet::name)))
}

fn order(name: &str) -> Result<Order, Rejection> {
    match name {
        "" | "relevance" => Ok(Order::Relevance),
        "newest" => Ok(Order::Newest),
        "price" => Ok(Order::Price),
        "quality" => Ok(Order::Quality),
        other => Err(one_of("order", "排序方式", other, &["relevance", "newest", "price", "quality"])),
    }
}

fn one_of(en: &str, zh: &str, given: &str, known: &[&str]) -> Rejection {
    let zh = format!("{zh}「{given}」应为 {} 之一", known.join("、"));
    Rejection::bad("catalog-query", zh, format!("{en} {given} must be one of {}", known.join(", ")))
}

/// The names of the values that have names: of providers and spaces.
pub(super) async fn names(
    tx: &mut Tx,
    facets: &BTreeMap<Facet, Vec<FacetCount>>,
) -> Result<BTreeMap<String, String>, Failure> {
    let values =
        |facet| facets.get(&facet).into_iter().flatten().map(|count| count.value.clone()).collect::<BTreeSet<_>>();
    let mut names = xinyu_store::member::names(tx, &values(Facet::Provider)).await?;
    for space in values(Facet::Space) {
        if let Some(found) = xinyu_store::space::find(tx, &space).await? {
            names.insert(space, found.name);
        }
    }
    Ok(names)
}

/// Counts as they are told.
pub(super) fn counts(
    facets: BTreeMap<Facet, Vec<FacetCount>>,
    names: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<CatalogCount>> {
    let told = |count: FacetCount| CatalogCount {
        name: names.get(&count.value).cloned().unwrap_or_default(),
        value: count.value,
        count: count.count,
    };
    facets
        .into_iter()
        .map(|(facet, counts)| (facet.name().to_owned(), counts.into_iter().map(told).collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_question_is_named() {
        let refused = |wanted: CatalogQuery| Question::read(&wanted).expect_err("no question").text;
        let filters = BTreeMap::from([("colour".to_owned(), vec!["red".to_owned()])]);
        assert!(refused(CatalogQuery { filters, ..CatalogQuery::default() }).zh.contains("topic"));
        assert!(
            refused(CatalogQuery { order: "best".to_owned(), ..CatalogQuery::default() }).en.contains("order best")
        );
        let both = CatalogQuery { like: "A".to_owned(), joins: "B".to_owned(), ..CatalogQuery::default() };
        assert!(refused(both).en.contains("one of"));
        let old: CatalogQuery = serde_json::from_str(r#"{"q": "港口"}"#).expect("the form of before");
        assert!(matches!(Question::read(&old), Ok(Question::Words(query)) if query.text == "港口"));
    }
}
