//! Our own offers for the Dataspace Protocol. DSP 2025-1 §5, §6: pages are linked, what one may not see is not there.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_protocol::dsp::catalog as wire;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::catalog::audience::labels;
use xinyu_shell::Failure;
use xinyu_shell::dsp::{Caller, DspCall};
use xinyu_shell::peer::Answer;

use super::is_visible;
use super::page::{FORMATS, Question};
use crate::app::Connector;
use crate::negotiation::{must_be, name_of_us, offer_of, protocol};

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Continued {
    /// As the link to it says.
    continuation_token: Option<String>,
}

/// `POST /catalog/request`, and the same under the address of a page.
///
/// # Errors
/// 400 for a filter that is not understood.
pub async fn request(
    State(connector): State<Connector>,
    Query(continued): Query<Continued>,
    call: DspCall,
) -> Result<Response, Failure> {
    let message: wire::CatalogRequestMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::CatalogRequestMessage::TYPE)?;
    let question = Question::parse(&message.filter, continued.continuation_token.as_deref())?;
    let page = question.page(&connector, &call.caller).await?;
    let base = protocol(&connector.node.address);
    let next = page.next.map(|token| link(&base, &token)).transpose()?;
    let me = me(&connector, &call.caller);
    let datasets = page.offerings.iter().map(|offering| dataset(offering, name_of(offering), &me));
    let datasets = datasets.collect::<Result<_, _>>()?;
    let service = wire::DataService { id: service_of(&me), r#type: "DataService".to_owned(), endpoint_url: base };
    let catalog = wire::Catalog::new(format!("urn:xinyu:catalog:{me}"), me, datasets, vec![service]);
    let mut response = Answer::json(200, &catalog)?.into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}

fn link(base: &str, token: &str) -> Result<HeaderValue, Failure> {
    let url = url::Url::parse_with_params(&format!("{base}/catalog/request"), [("continuationToken", token)]);
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

/// Members see what the platform lists for them, partners what their space allows.
pub(super) fn is_open(connector: &Connector, offering: &Offering, caller: &Caller) -> bool {
    match caller {
        Caller::Partner(partner) => is_visible(connector, offering, partner),
        Caller::Member(peer) => {
            let audience = &offering.request.audience;
            let is_for = |id: &ConnectorId| {
                let labels = labels(peer.role, &peer.participant, id);
                audience.iter().any(|label| labels.contains(label))
            };
            // The platform knows all that it lists.
            let is_for = audience.is_empty() || peer.party.connector().is_none_or(|id| is_for(&id));
            offering.state == ListingState::Listed && is_for
        }
    }
}

pub(super) fn name_of(offering: &Offering) -> &str {
    offering.product_id.as_ref().map_or(offering.listing_id.as_str(), |id| id.as_str())
}

fn dataset(offering: &Offering, id: &str, me: &str) -> Result<wire::Dataset, Failure> {
    let distribution = |format: &str| wire::Distribution {
        r#type: "Distribution".to_owned(),
        format: format.to_owned(),
        access_service: json!(service_of(me)),
    };
    let card = &offering.request.product;
    Ok(wire::Dataset {
        context: None,
        id: id.to_owned(),
        r#type: "Dataset".to_owned(),
        has_policy: vec![offer_of(offering, id, None, me)?],
        distribution: FORMATS.map(distribution).to_vec(),
        title: Some(card.name.clone()),
        description: Some(card.description.clone()),
        keyword: card.keywords.clone(),
        theme: Some(card.topic.clone()),
    })
}

/// Under what name the caller knows us.
fn me(connector: &Connector, caller: &Caller) -> String {
    name_of_us(connector, caller.id())
}

fn service_of(me: &str) -> String {
    format!("urn:xinyu:service:{me}")
}
