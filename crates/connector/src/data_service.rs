//! 数据服务目录, asked on behalf of this member's people: what it offers beside data, and what others do. TC609-6-2025-01 §5.2.2.4 d.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use xinyu_core::data_service::unknown;
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::listing::EndReason;
use xinyu_protocol::tc609::data_service::{
    ServiceEnd, ServiceInfo, ServiceKind, ServiceList, ServiceQuery, ServiceRequest,
};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;
use crate::platform;

/// Which ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Words.
    q: String,
    /// Of a kind.
    kind: String,
    /// `own`, or nothing.
    only: String,
}

impl Asked {
    fn query(self) -> Result<ServiceQuery, Rejection> {
        let kind = match self.kind.as_str() {
            "" => None,
            kind => Some(ServiceKind::ALL.into_iter().find(|one| one.as_str() == kind).ok_or_else(|| {
                let known = ServiceKind::ALL.map(ServiceKind::as_str).join(", ");
                let (zh, en) = (format!("「{kind}」应为 {known} 之一"), format!("{kind} is not one of {known}"));
                Rejection::bad("unknown-choice", zh, en).clause("/kind")
            })?),
        };
        Ok(ServiceQuery { service_id: None, q: self.q, kind, own: self.only == "own" })
    }
}

/// `GET /api/v1/services?q=&kind=&only=`.
///
/// # Errors
/// If there is no such kind; what the platform says, or that it cannot be reached.
pub async fn list(
    State(connector): State<Connector>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<ServiceList>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/services", &asked.query()?).await?))
}

/// `GET /api/v1/services/{id}`.
///
/// # Errors
/// If there is none for us; what the platform says.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ServiceInfo>, Failure> {
    let query = ServiceQuery { service_id: Some(id.clone()), ..ServiceQuery::default() };
    let found: ServiceList = platform::ask(&connector.node, "/tc609/services", &query).await?;
    found.items.into_iter().next().map(Json).ok_or_else(|| unknown(&id).into())
}

/// `POST /api/v1/services`: publishes what we offer; the same key is the same service, said anew.
///
/// # Errors
/// If it is not in order, or not ours; what the platform says.
pub async fn publish(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<ServiceRequest>,
) -> Result<Json<ServiceInfo>, Failure> {
    let id = body.value.service_id.clone();
    tell(&connector, person, ("service.publish", &id), "/tc609/service", &body.value).await
}

/// `POST /api/v1/services/{id}/delisting`: takes one of ours down.
///
/// # Errors
/// If it is not ours or not listed; what the platform says.
pub async fn delist(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<EndReason>,
) -> Result<Json<ServiceInfo>, Failure> {
    let end = ServiceEnd { service_id: id.clone(), reason: body.value.reason };
    tell(&connector, person, ("service.delist", &id), "/tc609/serviceEnd", &end).await
}

/// Tells the platform, and the audit of this node who did.
async fn tell<T: Serialize + Sync>(
    connector: &Connector,
    person: Person,
    (action, id): (&'static str, &str),
    path: &str,
    message: &T,
) -> Result<Json<ServiceInfo>, Failure> {
    let info: ServiceInfo = platform::ask(&connector.node, path, message).await?;
    let happened = person.happened(action, id, "done");
    let noted = connector.node.store.write("service.noted", move |tx| {
        Box::pin(async move {
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    noted.await?;
    Ok(Json(info))
}
