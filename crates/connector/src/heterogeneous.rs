//! Connectors of other makers: those that our organisation enrols at the platform, and those of others, found there by their DIDs.
//! TC609-6-2025-16 6.2 d.

use axum::Json;
use axum::extract::State;
use serde_json::json;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::device::ConnectorInfo;
use xinyu_protocol::tc609::heterogeneous::{Card, CardRequest, Statement};
use xinyu_shell::arranged::Arranged;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, dsp};
use xinyu_store::partner::Known;

use crate::app::Connector;
use crate::platform;

/// `GET /api/v1/heterogeneousConnectors`: those of our organisation, as the platform has them.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ConnectorInfo>>, Failure> {
    platform::ask(&connector.node, "/tc609/heterogeneousConnectors", &json!({})).await.map(Json)
}

/// `POST /api/v1/heterogeneousConnectors`: the platform looks at it at once, and its operator decides.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn enrol(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<Statement>,
) -> Result<Json<ConnectorInfo>, Failure> {
    platform::ask(&connector.node, "/tc609/heterogeneousConnector", &body.value).await.map(Json)
}

/// One of them by its DID, if the platform has registered it in a space of ours; it is a partner from then on.
///
/// # Errors
/// If the platform cannot be reached.
pub(crate) async fn find(connector: &Connector, did: &str) -> Result<Option<Arranged>, Failure> {
    if !did.starts_with("did:web:") {
        return Ok(None);
    }
    let node = &connector.node;
    let asked = CardRequest { did: did.to_owned() };
    let card: Card = match platform::ask(node, "/tc609/heterogeneousCard", &asked).await {
        Ok(card) => card,
        Err(Failure::Rejected(rejection)) if rejection.status == 404 => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(space) = card.spaces.iter().find(|space| node.rules_of(space).is_some()) else {
        return Ok(None);
    };
    let known = Known {
        did: card.did,
        name: card.name,
        address: card.address,
        space_id: space.clone(),
        enforces: Some(card.enforces),
    };
    dsp::join(node, known).await.map(Some)
}
