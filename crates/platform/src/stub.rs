//! Signed stubs of lineages at the platform: of its own spaces, for others; and of others, for products of its spaces.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::{Direction, stub};
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::stub::{ForeignLineage, NewStub, StubInfo};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::lineage::Start;

use crate::app::Platform;
use crate::lineage::{abreast, must_be_space, part, unknown};

/// Which node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its id.
    #[serde(default)]
    node: String,
}

/// `GET /api/v1/evidence/{space}/lineage/stub?node=`: the stub of a node: itself and what leads to it, with the entries that prove it.
///
/// # Errors
/// 404 if the log knows no such node; 400 if it stands on more entries than a stub has.
pub async fn give(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Response, Failure> {
    let left = abreast(&platform, &space).await?;
    let origin = xinyu_shell::log::origin(platform.options.platform_id.as_str(), &space);
    let (looked, id) = (space.clone(), wanted.node.clone());
    let found = platform.node.store.read("stub.part", move |tx| {
        Box::pin(async move {
            must_be_space(tx, &looked).await?;
            let start = Start::Node(id.clone(), Some(Direction::Up));
            let graph = part(tx, &looked, &start, left).await?.graph;
            let Some(part) = stub::part(&graph, &id) else { return Ok(None) };
            let contracts: BTreeSet<&String> = part.nodes.values().filter_map(|node| node.contract.as_ref()).collect();
            let mut needed = Vec::new();
            for entry in xinyu_store::lineage::supports(tx, &looked, &contracts).await? {
                let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
                if stub::is_needed(&part, &record) {
                    needed.push(entry.position);
                }
            }
            Ok::<_, Failure>(Some((part, needed)))
        })
    });
    let unknown = || unknown(&wanted.node, left);
    let (part, needed) = found.await?.ok_or_else(unknown)?;
    let node = part.nodes.get(&wanted.node).ok_or_else(unknown)?;
    let bytes = xinyu_shell::stub::make(&platform.node, &space, &origin, (&part, node), needed).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"lineage.stub.json\""),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /api/v1/lineage/stubs`: takes the stub of another log, from which a product of a space of ours comes.
///
/// # Errors
/// If there is no such product, or by what of the stub does not hold.
pub async fn take(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<NewStub>,
) -> Result<Json<StubInfo>, Failure> {
    let new = body.value;
    let foreign = xinyu_shell::stub::check(&new)?;
    let this = platform.clone();
    let taken = platform.node.store.write("stub.take", move |tx| {
        Box::pin(async move {
            let listing = xinyu_store::listing::find(tx, &new.product_id).await?.ok_or_else(|| {
                let id = &new.product_id;
                Rejection::unknown("unknown-product", format!("没有产品 {id}"), format!("there is no product {id}"))
            })?;
            xinyu_shell::stub::keep(&this.node, tx, (&new, &foreign), &listing.request.space_id, &person).await
        })
    });
    Ok(Json(taken.await?))
}

/// Stubs of which product.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    /// Its id; all if it is empty.
    #[serde(default)]
    product: String,
}

/// `GET /api/v1/lineage/stubs?product=`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(of): Query<Of>,
    _: Person,
) -> Result<Json<List<StubInfo>>, Failure> {
    Ok(Json(xinyu_shell::stub::list(&platform.node, of.product).await?))
}

/// `GET /api/v1/lineage/stubs/{id}`.
///
/// # Errors
/// If there is none.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ForeignLineage>, Failure> {
    Ok(Json(xinyu_shell::stub::show(&platform.node, id).await?))
}
