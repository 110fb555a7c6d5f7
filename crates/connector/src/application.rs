//! Applications to use a product: the consumer makes them, the provider decides on them. TC609-6-2025-01 §6 flow 4 c.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::json;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::connector::NewApplication;
use xinyu_protocol::api::{ApplicationInfo, List, Verdict};
use xinyu_protocol::id::ProductId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::{
    ApplicationAnswer, ApplicationDecision, ApplicationNotice, ApplicationRequest,
};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;
use crate::{party, platform};

/// `GET /api/v1/applications`: those this connector made or must decide on, as the platform has them.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ApplicationInfo>>, Failure> {
    platform::ask(&connector.node, "/tc609/applications", &json!({})).await.map(Json)
}

/// `POST /api/v1/applications`. The same key is the same application.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn submit(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewApplication>,
) -> Result<Json<ApplicationAnswer>, Failure> {
    let new = body.value;
    let product_id = ProductId::parse(&new.product_id).map_err(|error| {
        Rejection::bad("product-id", format!("产品标识无效：{error}"), error.to_string()).clause("NDI-TR-2025-04")
    })?;
    let request = ApplicationRequest { application_id: new.application_id, product_id, purpose: new.purpose };
    platform::ask(&connector.node, "/tc609/application", &request).await.map(Json)
}

/// `POST /api/v1/applications/{id}/decision`, by the provider's people.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<Status>, Failure> {
    let decision = ApplicationDecision { application_id: id, approve: body.value.approve, note: body.value.note };
    platform::ask(&connector.node, "/tc609/applicationDecision", &decision).await.map(Json)
}

/// `POST /tc609/applicationNotice`, by the platform: one to decide on, or one that was decided.
///
/// # Errors
/// If the other side's credential is not valid.
pub async fn notice(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: ApplicationNotice = call.parse()?;
    let peer = party::check(&connector.node, &notice.party)?;
    let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    let side = if notice.entry.connector_id.as_str() == me { Side::Provider } else { Side::Consumer };
    let node = Arc::clone(&connector.node);
    call.once(&node, "application.notice", move |tx| {
        Box::pin(async move {
            xinyu_store::party::save(tx, &peer).await?;
            xinyu_store::notice::save(tx, side, &notice).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}
