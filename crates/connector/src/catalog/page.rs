//! One page of our catalogue: what the caller may see and its filter fits, in the order asked for. A page ends at a dataset and the next one begins
//! behind it, so that what is listed meanwhile neither repeats nor hides another. DSP 2025-1 §6.3.1.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_protocol::dsp::filter::{Field, Filter, Order};
use xinyu_protocol::dsp::transfer::{HTTP_PULL, HTTP_PUSH};
use xinyu_shell::Failure;
use xinyu_shell::dsp::Caller;

use super::serve::is_open;
use crate::app::Connector;

/// How many datasets a page has at most.
const PAGE: usize = 100;
/// How many offerings are read at once.
const BATCH: u32 = 500;
/// The ways in which every dataset can be had.
pub(super) const FORMATS: [&str; 2] = [HTTP_PULL, HTTP_PUSH];

/// What is asked for, and behind which dataset it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    filter: Filter,
    after: Option<Place>,
}

/// Where a dataset stands: its value in the order, and our key of its listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place(String, String);

/// A question on its way through the address of the next page. It grants nothing: it is read as strictly as a request, and what one may see is
/// looked up anew.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    filter: Vec<Value>,
    after: Place,
}

/// A page, and the token of the next one.
pub(super) struct Page {
    pub(super) offerings: Vec<Offering>,
    pub(super) next: Option<String>,
}

impl Question {
    /// A request, on its first page or a later one.
    ///
    /// # Errors
    /// If the filter or the token is not understood, or they do not belong together.
    pub(super) fn parse(filter: &[Value], token: Option<&str>) -> Result<Self, Rejection> {
        let asked = parse_filter(filter)?;
        let Some(token) = token else {
            return Ok(Self { filter: asked, after: None });
        };
        let Token { filter, after } = read(token).ok_or_else(unreadable)?;
        // Where to go on is what the token says.
        let filter = parse_filter(&filter)?.from_the_start();
        // Who follows a link may leave the filter out, or send it again.
        if asked.asks_like(&Filter::default()) || asked.asks_like(&filter) {
            return Ok(Self { filter, after: Some(after) });
        }
        Err(Rejection::bad(
            "continuation-token",
            "该分页链接属于另一个过滤条件，请从第一页重新请求目录",
            "this link to a page belongs to another filter; ask for the first page again",
        ))
    }

    fn token(&self, last: Place) -> Result<String, Failure> {
        let filter = self.filter.clone().from_the_start().to_values();
        let token = serde_json::to_vec(&Token { filter, after: last }).map_err(Failure::broken)?;
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    fn place(&self, offering: &Offering) -> Place {
        let value = self.filter.order.and_then(|order| values(offering, order.field).first().copied());
        Place(value.unwrap_or_default().to_owned(), offering.listing_id.clone())
    }

    /// How many a page has.
    fn size(&self) -> usize {
        self.filter.limit.map_or(PAGE, |limit| limit.min(PAGE))
    }

    /// The page for a caller.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn page(&self, connector: &Connector, caller: &Caller) -> Result<Page, Failure> {
        let mut found = match self.filter.order {
            None => self.in_our_order(connector, caller).await?,
            Some(order) => self.in_order(order, connector, caller).await?,
        };
        let has_more = found.len() > self.size();
        found.truncate(self.size());
        let next = found.last().filter(|_| has_more).map(|last| self.token(self.place(last))).transpose()?;
        Ok(Page { offerings: found, next })
    }

    /// From the place on, until the page is full and it is known whether there is more.
    async fn in_our_order(&self, connector: &Connector, caller: &Caller) -> Result<Vec<Offering>, Failure> {
        let wanted = self.filter.offset.saturating_add(self.size()).saturating_add(1);
        let mut after = self.after.clone().map(|Place(_, key)| key).unwrap_or_default();
        let mut passed = 0;
        let mut found = Vec::new();
        loop {
            let batch = batch(connector, after).await?;
            let Some(last) = batch.last() else { return Ok(found) };
            after = last.listing_id.clone();
            for offering in batch.into_iter().filter(|offering| self.fits(connector, offering, caller)) {
                passed += 1;
                if passed > self.filter.offset {
                    found.push(offering);
                }
                if passed == wanted {
                    return Ok(found);
                }
            }
        }
    }

    /// All that fit, put in order.
    async fn in_order(&self, order: Order, connector: &Connector, caller: &Caller) -> Result<Vec<Offering>, Failure> {
        let compare = |one: &Place, other: &Place| order.compare((&one.0, &one.1), (&other.0, &other.1));
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let batch = batch(connector, after).await?;
            let Some(last) = batch.last() else { break };
            after = last.listing_id.clone();
            found.extend(batch.into_iter().filter(|offering| self.fits(connector, offering, caller)));
        }
        let is_behind = |place: &Place| self.after.as_ref().is_none_or(|after| compare(place, after).is_gt());
        found.retain(|offering| is_behind(&self.place(offering)));
        found.sort_by(|one, other| compare(&self.place(one), &self.place(other)));
        let kept = found.into_iter().skip(self.filter.offset).take(self.size().saturating_add(1));
        Ok(kept.collect())
    }

    fn fits(&self, connector: &Connector, offering: &Offering, caller: &Caller) -> bool {
        is_open(connector, offering, caller) && self.filter.fits(|field| values(offering, field))
    }
}

async fn batch(connector: &Connector, after: String) -> Result<Vec<Offering>, Failure> {
    let read = connector.node.store.read("catalog.page", move |tx| {
        Box::pin(async move { xinyu_store::offering::list_listed(tx, &after, BATCH).await.map_err(Failure::from) })
    });
    read.await
}

/// What a dataset says in a field: the same as [`super::serve`] writes.
fn values(offering: &Offering, field: Field) -> Vec<&str> {
    let card = &offering.request.product;
    match field {
        Field::Id => vec![super::serve::name_of(offering)],
        Field::Title => vec![&card.name],
        Field::Description => vec![&card.description],
        Field::Keyword => card.keywords.iter().map(String::as_str).collect(),
        Field::Theme => vec![&card.topic],
        Field::Format => FORMATS.to_vec(),
    }
}

fn parse_filter(filter: &[Value]) -> Result<Filter, Rejection> {
    Filter::parse(filter).map_err(|unfit| {
        let text = unfit.0;
        Rejection::bad("filter", text.zh, text.en).clause("DSP 2025-1 §6.2.1")
    })
}

fn read(token: &str) -> Option<Token> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

fn unreadable() -> Rejection {
    Rejection::bad(
        "continuation-token",
        "无法识别分页链接，请从第一页重新请求目录",
        "this link to a page is none of ours; ask for the first page again",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place() -> Place {
        Place("泊位".to_owned(), "listing-1".to_owned())
    }

    #[test]
    fn a_token_carries_the_question_on_and_only_that_one() {
        let filter =
            [json!({"field": "keyword", "value": "港口"}), json!({"offset": 3, "limit": 2, "sortField": "title"})];
        let first = Question::parse(&filter, None).unwrap();
        assert_eq!((first.filter.offset, &first.after), (3, &None));
        let token = first.token(place()).unwrap();
        let next = Question { filter: first.filter.from_the_start(), after: Some(place()) };
        assert_eq!(Question::parse(&[], Some(&token)), Ok(next.clone()));
        assert_eq!(Question::parse(&filter, Some(&token)), Ok(next));
        let refused = Question::parse(&[json!({"field": "title", "value": "x"})], Some(&token)).unwrap_err();
        assert_eq!((refused.status, refused.code), (400, "continuation-token"));
    }

    #[test]
    fn a_token_that_is_not_ours_is_refused() {
        let token = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let after = json!(["", "listing-1"]);
        for (token, code) in [
            (String::new(), "continuation-token"),
            ("%%%".to_owned(), "continuation-token"),
            (token(json!([])), "continuation-token"),
            (token(json!({"filter": [], "after": ["only"]})), "continuation-token"),
            (token(json!({"filter": [], "after": after, "me": 1})), "continuation-token"),
            (token(json!({"filter": [{"field": "price", "value": "1"}], "after": after})), "filter"),
        ] {
            assert_eq!(Question::parse(&[], Some(&token)).unwrap_err().code, code, "{token}");
        }
        assert!(Question::parse(&[], Some(&token(json!({"filter": [], "after": after})))).is_ok());
    }
}
