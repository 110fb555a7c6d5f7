//! The life of a product at the platform: taken down by its provider or the operator, out of the register when that is decided, and its history.
//! NDI-TR-2025-06 §9.2.3, §9.4.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_core::listing::life::{self as domain, END, Edition, Next};
use xinyu_core::review::Finding;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::ListingInfo;
use xinyu_protocol::api::listing::{EndReason, ProductHistory, StepInfo, VersionInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::catalog::{ListingEnd, ListingState};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::listing::changes;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use super::{registration, settle, unknown};
use crate::app::Platform;

/// Versions that are told at most.
const MOST: u32 = 200;
/// Contracts of a provider that are looked through.
const CONTRACTS: u32 = 10_000;

/// `POST /tc609/delisting`, by the provider's connector: it takes its product down.
///
/// # Errors
/// If it has no such product in the catalogue.
pub async fn delist(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let end: ListingEnd = call.parse()?;
    let (node, options, by) = (Arc::clone(&platform.node), Arc::clone(&platform.options), call.connector()?);
    call.once(&platform.node, "listing.delist", move |tx| {
        Box::pin(async move {
            let listing = own(tx, by.as_str(), &end).await?;
            // What is down already is down.
            if listing.state != ListingState::Delisted {
                let turn = domain::delist(listing, (by.as_str(), &end.reason), tx.now())?;
                settle(&node, &options, tx, turn).await?;
            }
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/deregistration`, by the provider's connector: it wants its product out of the register.
///
/// # Errors
/// If it has no such product.
pub async fn deregister(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let end: ListingEnd = call.parse()?;
    let (node, options, by) = (Arc::clone(&platform.node), Arc::clone(&platform.options), call.connector()?);
    call.once(&platform.node, "listing.deregister", move |tx| {
        Box::pin(async move {
            let listing = own(tx, by.as_str(), &end).await?;
            let turn = domain::ask_deregistration(listing, &end.reason, tx.now())?;
            settle(&node, &options, tx, turn).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn own(tx: &mut Tx, connector: &str, end: &ListingEnd) -> Result<Listing, Failure> {
    let found = xinyu_store::listing::lock_by_key(tx, connector, &end.listing_id).await?;
    Ok(found.ok_or_else(|| unknown(&end.listing_id))?)
}

/// That no contract about a product is in force, or under way: it is out of the register only when nothing is done under it any more.
///
/// # Errors
/// Naming one of them.
pub(super) async fn must_be_free(tx: &mut Tx, listing: &Listing) -> Result<(), Failure> {
    let (product, key) = (listing.product_id.as_str(), &listing.request.listing_id);
    let open = xinyu_store::contract::open_of(tx, listing.connector_id.as_str(), CONTRACTS).await?;
    let mut about = open.iter().filter(|one| one.provider == listing.connector_id.as_str());
    let Some(contract) = about.find(|one| one.product_id == product || one.product_id == *key) else { return Ok(()) };
    let id = &contract.contract_id;
    Err(Rejection::conflict(
        "product-in-use",
        format!("产品 {product} 尚有未终止的合约 {id}"),
        format!("contract {id} about product {product} has not ended"),
    )
    .clause(END)
    .next(Text::new(
        "可先下架，待合约终止后再注销",
        "take it down now, and out of the register when its contracts have ended",
    ))
    .into())
}

/// `POST /api/v1/listings/{id}/delisting`: the operator takes a product down.
///
/// # Errors
/// If it is not in the catalogue, or no reason is given.
pub async fn take_down(
    State(platform): State<Platform>,
    Path(product): Path<String>,
    person: Person,
    body: StrictJson<EndReason>,
) -> Result<Json<ListingInfo>, Failure> {
    let (node, options, reason) = (Arc::clone(&platform.node), Arc::clone(&platform.options), body.value.reason);
    let taken = platform.node.store.write("listing.take_down", move |tx| {
        Box::pin(async move {
            let listing = xinyu_store::listing::lock(tx, &product).await?.ok_or_else(|| unknown(&product))?;
            let turn = domain::delist(listing, (&person.name, &reason), tx.now())?;
            let listing = settle(&node, &options, tx, turn).await?;
            xinyu_store::audit::append(tx, &person.happened("listing.delist", &product, "done")).await?;
            registration::told(&options, tx, &listing).await
        })
    });
    Ok(Json(taken.await?))
}

/// `GET /api/v1/listings/{id}/versions`.
///
/// # Errors
/// If there is no such product.
pub async fn versions(
    State(platform): State<Platform>,
    Path(product): Path<String>,
    _: Person,
) -> Result<Json<ProductHistory>, Failure> {
    let found = platform.node.store.read("listing.versions", move |tx| {
        Box::pin(async move {
            let listing = xinyu_store::listing::find(tx, &product).await?.ok_or_else(|| unknown(&product))?;
            let mut versions = xinyu_store::listing::versions(tx, &product, MOST).await?;
            // One that was listed by an earlier program has never been kept by itself.
            if !versions.iter().any(|one| one.request.version == listing.version()) {
                versions.push(listing.edition());
            }
            Ok::<_, Failure>((listing, versions))
        })
    });
    let (listing, all) = found.await?;
    let version = |(place, one): (usize, &Edition)| VersionInfo {
        version: one.request.version,
        reason: one.request.reason.clone(),
        state: Some(one.state),
        requested_at: Some(one.requested_at),
        note: one.note.clone(),
        findings: one.findings.iter().map(Finding::info).collect(),
        changes: all
            .get(place.saturating_add(1))
            .map(|before| changes(&before.request, &one.request))
            .unwrap_or_default(),
        product: None,
    };
    let steps = listing.steps.iter().rev().map(|step| StepInfo {
        at: step.at,
        version: step.version,
        act: step.act.as_str().to_owned(),
        by: step.by.clone(),
        reason: step.reason.clone(),
    });
    Ok(Json(ProductHistory {
        versions: all.iter().enumerate().map(version).collect(),
        steps: steps.collect(),
        listing_id: listing.request.listing_id.clone(),
        product_id: Some(listing.product_id.as_str().to_owned()),
        name: listing.request.product.name.clone(),
        state: listing.state,
        version: listing.version(),
        next: matches!(listing.next, Some(Next::Version(_))).then(|| listing.latest()),
        ending: match listing.next {
            Some(Next::Deregistration { reason, .. }) => Some(reason),
            _ => None,
        },
    }))
}
