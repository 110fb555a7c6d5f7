//! Our certifications and our reputation: applied for with the platform, which keeps them; asked for when somebody looks. TC609-6-2025-01 §5.2.2.13.

use axum::Json;
use axum::extract::State;
use serde_json::json;
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::{CertificationLife, SchemeList};
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::certification::{CertificationNotice, CertificationRequest};
use xinyu_protocol::tc609::reputation::ReputationRequest;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;
use crate::platform;

/// `GET /api/v1/certificationSchemes`: those of the platform.
///
/// # Errors
/// If the platform cannot be reached.
pub async fn schemes(State(connector): State<Connector>, _: Person) -> Result<Json<SchemeList>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/certificationSchemes", &json!({})).await?))
}

/// `GET /api/v1/certifications`: ours, with what is missing.
///
/// # Errors
/// If the platform cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<CertificationLife>>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/certifications", &json!({})).await?))
}

/// `POST /api/v1/certifications`: applies for ourselves.
///
/// # Errors
/// What the platform says, or if it is for somebody else.
pub async fn apply(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<CertificationRequest>,
) -> Result<Json<CertificationLife>, Failure> {
    let me = connector.node.party().map(|party| party.as_str().to_owned());
    if body.value.connector_id.is_some() && body.value.connector_id != me {
        return Err(Rejection::forbidden(
            "for-somebody-else",
            "连接器只能为本端申请认证",
            "a connector applies for itself only",
        )
        .clause("/connectorId")
        .into());
    }
    let mut request = body.value;
    request.request_id = request.request_id.or_else(|| Some(connector.node.store.ids().new_id().to_string()));
    Ok(Json(platform::ask(&connector.node, "/tc609/certification", &request).await?))
}

/// `GET /api/v1/reputation`: what the platform states of us, with its signature.
///
/// # Errors
/// If the platform cannot be reached.
pub async fn reputation(State(connector): State<Connector>, _: Person) -> Result<Json<ReputationInfo>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/reputation", &ReputationRequest {}).await?))
}

/// `POST /tc609/certificationNotice`, by the platform: where a certification of ours stands. Credentials that are no good any more leave the wallet, so
/// that they are shown to nobody.
///
/// # Errors
/// If it is not the platform that says so.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: CertificationNotice = call.parse()?;
    call.once(&connector.node, "certification.told", move |tx| {
        Box::pin(async move {
            for id in &notice.revoked {
                xinyu_store::held::remove(tx, id).await?;
            }
            tx.signal(Topic::Participant);
            Answer::json(200, &Status::done())
        })
    })
    .await
}
