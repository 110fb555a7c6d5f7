//! Signed stubs of other lineages at a member: what a product of ours comes from, proven by the log of another space.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::stub::{ForeignLineage, NewStub, StubInfo};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;

/// `POST /api/v1/lineage/stubs`: takes the stub of another log, from which a listed product of ours comes.
///
/// # Errors
/// If we offer no such product, or by what of the stub does not hold.
pub async fn take(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewStub>,
) -> Result<Json<StubInfo>, Failure> {
    let new = body.value;
    let foreign = xinyu_shell::stub::check(&new)?;
    let this = connector.clone();
    let taken = connector.node.store.write("stub.take", move |tx| {
        Box::pin(async move {
            let offering = xinyu_store::offering::find_by_target(tx, &new.product_id).await?.filter(|offering| {
                let is_its = offering.product_id.as_ref().is_some_and(|id| id.as_str() == new.product_id);
                offering.state == ListingState::Listed && is_its
            });
            let offering = offering.ok_or_else(|| {
                let id = &new.product_id;
                let (zh, en) = (format!("没有已上架的产品 {id}"), format!("no product {id} of ours is listed"));
                Rejection::unknown("unknown-product", zh, en)
            })?;
            xinyu_shell::stub::keep(&this.node, tx, (&new, &foreign), &offering.request.space_id, &person).await
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
    State(connector): State<Connector>,
    Query(of): Query<Of>,
    _: Person,
) -> Result<Json<List<StubInfo>>, Failure> {
    Ok(Json(xinyu_shell::stub::list(&connector.node, of.product).await?))
}

/// `GET /api/v1/lineage/stubs/{id}`.
///
/// # Errors
/// If there is none.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ForeignLineage>, Failure> {
    Ok(Json(xinyu_shell::stub::show(&connector.node, id).await?))
}
