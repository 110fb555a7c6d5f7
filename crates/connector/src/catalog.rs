//! The catalogue: the platform's as this member sees it, our own offers for the Dataspace Protocol, and a partner's. TC609-6-2025-01 §5.2.2.4; DSP 2025-1 §5.

pub mod export;
mod page;
mod search;
pub mod serve;

pub use search::search;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_core::fault::Rejection;
use xinyu_core::heterogeneous::hold;
use xinyu_core::offering::Offering;
use xinyu_protocol::dsp::catalog as wire;
use xinyu_protocol::dsp::filter::{self, Wish};
use xinyu_protocol::dsp::tolerant;
use xinyu_shell::Failure;
use xinyu_shell::arranged::Arranged;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::negotiation::start::known;

/// How many pages of a partner's catalogue are read.
const PAGES: usize = 100;

/// What to ask a partner for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// A JSON array; empty for all.
    #[serde(default)]
    filter: String,
}

impl Asked {
    /// The filter of the message: criteria of ours together as one query, or whatever the partner alone understands as it stands.
    fn filter(&self) -> Result<Vec<Value>, Rejection> {
        if self.filter.is_empty() {
            return Ok(Vec::new());
        }
        let elements: Vec<Value> = serde_json::from_str(&self.filter).map_err(|error| unreadable(&error))?;
        let (ours, mut filter): (Vec<_>, Vec<_>) =
            elements.into_iter().partition(|element| element.get("field").is_some());
        let wishes = ours.into_iter().map(serde_json::from_value).collect::<Result<Vec<Wish>, _>>();
        let wishes = wishes.map_err(|error| unreadable(&error))?;
        if !wishes.is_empty() {
            filter.insert(0, filter::query(&wishes));
        }
        Ok(filter)
    }
}

fn unreadable(error: &serde_json::Error) -> Rejection {
    let example = r#"[{"field": "title", "operator": "ilike", "value": "%port%"}]"#;
    Rejection::bad(
        "filter",
        format!("filter 无法解析：{error}；应为 JSON 数组，如 {example}"),
        format!("filter does not parse: {error}; it must be a JSON array such as {example}"),
    )
}

/// `GET /api/v1/partners/{id}/catalog?filter=`: a partner's catalogue in the form of DSP, all its pages in one.
///
/// # Errors
/// If the filter does not parse, or the partner is not arranged, cannot be reached, or answers something else.
pub async fn of_partner(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<Value>, Failure> {
    let partner = known(&connector, &id).await?;
    let client = &connector.node.arranged_client;
    let message = json!(wire::CatalogRequestMessage::new(asked.filter()?));
    let mut whole: Option<Value> = None;
    let mut next = Some(format!("{}/catalog/request", partner.address));
    for _ in 0..PAGES {
        let Some(url) = next.take() else { break };
        let request = client.request(&partner, reqwest::Method::POST, &url)?.json(&message);
        let (head, page) = client.page(&partner, request).await?;
        let page = understood(&partner, head.status, &page)?;
        next = head.next;
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => {
                let more = page.get("dataset").and_then(Value::as_array).cloned().unwrap_or_default();
                if let Some(datasets) = whole.get_mut("dataset").and_then(Value::as_array_mut) {
                    datasets.extend(more);
                }
            }
        }
    }
    Ok(Json(whole.unwrap_or_default()))
}

fn understood(partner: &Arranged, status: u16, body: &[u8]) -> Result<Value, Failure> {
    let parsed = serde_json::from_slice(body).map(tolerant::plain);
    match parsed {
        Ok(value) if (200..300).contains(&status) => Ok(value),
        Ok(value) => Err(refused(partner, status, &value)),
        Err(_) => Err(refused(partner, status, &Value::Null)),
    }
}

fn refused(partner: &Arranged, status: u16, body: &Value) -> Failure {
    let why = body.get("reason").map(Value::to_string).unwrap_or_default();
    let mut rejection = Rejection::conflict(
        "partner-refuses",
        format!("{} 答复 {status} {why}", partner.title),
        format!("{} answered {status} {why}", partner.title),
    );
    rejection.status = 502;
    rejection.into()
}

/// One offer of a partner's dataset, by its name or the first.
///
/// # Errors
/// If the dataset or the offer is not there.
pub(crate) async fn offer_of(
    connector: &Connector,
    partner: &Arranged,
    dataset: &str,
    offer_id: Option<&str>,
) -> Result<Value, Failure> {
    let client = &connector.node.arranged_client;
    let mut url = url::Url::parse(&format!("{}/catalog/datasets/", partner.address)).map_err(Failure::broken)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(dataset);
    }
    let request = client.request(partner, reqwest::Method::GET, url.as_str())?;
    let (status, body) = client.exchange(partner, request).await?;
    let found = understood(partner, status, &body)?;
    let offers = found.get("hasPolicy").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_wanted =
        |offer: &&Value| offer_id.is_none_or(|wanted| offer.get("@id").and_then(Value::as_str) == Some(wanted));
    offers.iter().find(is_wanted).cloned().ok_or_else(|| {
        Rejection::unknown(
            "unknown-offer",
            format!("数据集「{dataset}」没有这样的要约"),
            format!("dataset {dataset} has no such offer"),
        )
        .into()
    })
}

/// Whether a partner may see an offering: it is offered to it, under a policy that it can keep.
#[must_use]
pub fn is_visible(connector: &Connector, offering: &Offering, partner: &Arranged) -> bool {
    is_offered(connector, offering, partner) && must_hold(partner, &offering.policy_document()).is_ok()
}

/// That a partner can keep a policy. One whose maker's word the platform has reviewed is held to that; of one that was arranged, who arranged it knows.
///
/// # Errors
/// Naming what it cannot keep.
pub fn must_hold(partner: &Arranged, policy: &Value) -> Result<(), Rejection> {
    partner.enforces.as_ref().map_or(Ok(()), |enforces| hold::must_hold(policy, enforces))
}

/// Whether an offering is listed for all of the partner's space, and the space lets an unsigned agreement be enough. What is for some members alone is for
/// no partner: it has none of their labels.
#[must_use]
pub fn is_offered(connector: &Connector, offering: &Offering, partner: &Arranged) -> bool {
    let space = &offering.request.space_id;
    let rules = connector.node.rules_of(space);
    offering.state == xinyu_protocol::tc609::catalog::ListingState::Listed
        && *space == partner.space_id
        && offering.request.audience.is_empty()
        && rules.is_some_and(|rules| rules.unsigned_agreements)
}
