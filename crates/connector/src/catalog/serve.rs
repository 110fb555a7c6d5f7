//! Our own offers for the Dataspace Protocol. DSP 2025-1 §5, §6: pages are linked, filters are refused, what one may not see is not there.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_protocol::dsp::catalog as wire;
use xinyu_protocol::dsp::transfer::{HTTP_PULL, HTTP_PUSH};
use xinyu_shell::Failure;
use xinyu_shell::dsp::{Caller, DspCall};
use xinyu_shell::peer::Answer;

use super::is_visible;
use crate::app::Connector;
use crate::negotiation::{must_be, name_of_us, offer_of, protocol};

/// How many datasets a page has.
const PAGE: u32 = 100;

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// After this key.
    #[serde(default)]
    after: String,
}

/// `POST /catalog/request`, and the same under the address of a page.
///
/// # Errors
/// 400 for a filter: no filter language is agreed on.
pub async fn request(
    State(connector): State<Connector>,
    Query(page): Query<Page>,
    call: DspCall,
) -> Result<Response, Failure> {
    let message: wire::CatalogRequestMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::CatalogRequestMessage::TYPE)?;
    if message.filter.iter().any(asks) {
        return Err(Rejection::bad("filter", "不支持目录过滤条件", "catalogue filters are not supported")
            .clause("DSP 2025-1 §6.1")
            .into());
    }
    let base = protocol(&connector.node.address);
    let rows = connector.node.store.read("catalog.page", move |tx| {
        Box::pin(
            async move { xinyu_store::offering::list_listed(tx, &page.after, PAGE + 1).await.map_err(Failure::from) },
        )
    });
    let mut rows = rows.await?;
    let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|last| next_page(&base, &last.listing_id)).transpose()?;
    let me = me(&connector, &call.caller);
    let mut datasets = Vec::new();
    for offering in rows.iter().filter(|offering| is_open(&connector, offering, &call.caller)) {
        datasets.push(dataset(offering, name_of(offering), &me)?);
    }
    let service = wire::DataService { id: service_of(&me), r#type: "DataService".to_owned(), endpoint_url: base };
    let catalog = wire::Catalog::new(format!("urn:xinyu:catalog:{me}"), me, datasets, vec![service]);
    let mut response = Answer::json(200, &catalog)?.into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}

/// Whether a filter asks for anything. Other makers send one that only says how many datasets they would like; pages are ours to cut.
fn asks(filter: &Value) -> bool {
    let Some(members) = filter.as_object() else {
        return !filter.is_null();
    };
    let is_first_page = members.get("offset").is_none_or(|offset| offset.as_u64() == Some(0));
    let says_nothing = |(name, value): (&String, &Value)| {
        matches!(name.as_str(), "@type" | "limit" | "offset" | "sortOrder")
            || value.as_array().is_some_and(Vec::is_empty)
            || value.is_null()
    };
    !(is_first_page && members.iter().all(says_nothing))
}

fn next_page(base: &str, after: &str) -> Result<HeaderValue, Failure> {
    let url = url::Url::parse_with_params(&format!("{base}/catalog/request"), [("after", after)]);
    let url = url.map_err(Failure::broken)?;
    HeaderValue::try_from(format!("<{url}>; rel=\"next\"")).map_err(Failure::broken)
}

/// `GET /catalog/datasets/{id}`.
///
/// # Errors
/// 404 if there is no such dataset for the caller.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let target = id.clone();
    let found = connector.node.store.read("catalog.dataset", move |tx| {
        Box::pin(async move { xinyu_store::offering::find_by_target(tx, &target).await.map_err(Failure::from) })
    });
    let offering = found.await?.filter(|offering| is_open(&connector, offering, &call.caller)).ok_or_else(|| {
        Rejection::unknown("unknown-dataset", format!("没有数据集 {id}"), format!("dataset {id} does not exist"))
    })?;
    let mut dataset = dataset(&offering, &id, &me(&connector, &call.caller))?;
    dataset.context = Some(xinyu_protocol::dsp::Context::default());
    Answer::json(200, &dataset)
}

/// Members see what the platform lists, partners what their space allows.
fn is_open(connector: &Connector, offering: &Offering, caller: &Caller) -> bool {
    match caller {
        Caller::Partner(partner) => is_visible(connector, offering, partner),
        Caller::Member(_) => offering.state == xinyu_protocol::tc609::catalog::ListingState::Listed,
    }
}

fn name_of(offering: &Offering) -> &str {
    offering.product_id.as_ref().map_or(offering.listing_id.as_str(), |id| id.as_str())
}

fn dataset(offering: &Offering, id: &str, me: &str) -> Result<wire::Dataset, Failure> {
    let distribution = |format: &str| wire::Distribution {
        r#type: "Distribution".to_owned(),
        format: format.to_owned(),
        access_service: json!(service_of(me)),
    };
    Ok(wire::Dataset {
        context: None,
        id: id.to_owned(),
        r#type: "Dataset".to_owned(),
        has_policy: vec![offer_of(offering, id, None, me)?],
        distribution: vec![distribution(HTTP_PULL), distribution(HTTP_PUSH)],
        title: Some(offering.request.product.name.clone()),
    })
}

/// Under what name the caller knows us.
fn me(connector: &Connector, caller: &Caller) -> String {
    name_of_us(connector, caller.id())
}

fn service_of(me: &str) -> String {
    format!("urn:xinyu:service:{me}")
}
