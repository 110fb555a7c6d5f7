//! 需求中心, asked on behalf of this member's people: what it looks for, and what others look for that its products may answer. TC609-6-2025-01 §5.2.2.9 b.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use xinyu_core::demand::unknown;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::demand::{EndDemand, NewDemandOffer};
use xinyu_protocol::tc609::demand::{DemandEnd, DemandInfo, DemandList, DemandOffer, DemandQuery, DemandRequest};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;
use crate::platform;

/// Which ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// A word.
    q: String,
    /// `own`, `open` or `fitting`.
    only: String,
}

/// `GET /api/v1/demands?q=&only=`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(
    State(connector): State<Connector>,
    Query(Asked { q, only }): Query<Asked>,
    _: Person,
) -> Result<Json<DemandList>, Failure> {
    let query = DemandQuery { demand_id: None, q, only };
    Ok(Json(platform::ask(&connector.node, "/tc609/demands", &query).await?))
}

/// `GET /api/v1/demands/{id}`: with what was offered, and which products may answer it.
///
/// # Errors
/// If there is none for us; what the platform says.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DemandInfo>, Failure> {
    let query = DemandQuery { demand_id: Some(id.clone()), ..DemandQuery::default() };
    let found: DemandList = platform::ask(&connector.node, "/tc609/demands", &query).await?;
    found.items.into_iter().next().map(Json).ok_or_else(|| unknown(&id).into())
}

/// `POST /api/v1/demands`: publishes what we look for; the same key is the same demand, said anew.
///
/// # Errors
/// If it is not in order, or not ours; what the platform says.
pub async fn publish(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<DemandRequest>,
) -> Result<Json<DemandInfo>, Failure> {
    let id = body.value.demand_id.clone();
    tell(&connector, person, ("demand.publish", &id), "/tc609/demand", &body.value).await
}

/// `POST /api/v1/demands/{id}/end`: one of ours is met or withdrawn.
///
/// # Errors
/// If it is not ours or ended already; what the platform says.
pub async fn end(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<EndDemand>,
) -> Result<Json<DemandInfo>, Failure> {
    let EndDemand { is_met, product_id, reason } = body.value;
    let end = DemandEnd { demand_id: id.clone(), is_met, product_id, reason };
    tell(&connector, person, ("demand.end", &id), "/tc609/demandEnd", &end).await
}

/// `POST /api/v1/demands/{id}/offers`: a listed product of ours for somebody's demand.
///
/// # Errors
/// If it is no longer looked for, or the product is not ours; what the platform says.
pub async fn offer(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewDemandOffer>,
) -> Result<Json<DemandInfo>, Failure> {
    let NewDemandOffer { product_id, note } = body.value;
    let offer = DemandOffer { demand_id: id.clone(), product_id, note };
    tell(&connector, person, ("demand.offer", &id), "/tc609/demandOffer", &offer).await
}

/// Tells the platform, and the audit of this node who did.
async fn tell<T: Serialize + Sync>(
    connector: &Connector,
    person: Person,
    (action, id): (&'static str, &str),
    path: &str,
    message: &T,
) -> Result<Json<DemandInfo>, Failure> {
    let info: DemandInfo = platform::ask(&connector.node, path, message).await?;
    let happened = person.happened(action, id, "done");
    let noted = connector.node.store.write("demand.noted", move |tx| {
        Box::pin(async move {
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    noted.await?;
    Ok(Json(info))
}
