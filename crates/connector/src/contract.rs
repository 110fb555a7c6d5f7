//! Contracts as the platform knows them, relayed to the people of this connector: its own, or all of them for a regulator.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::json;
use xinyu_protocol::api::{ContractLife, ContractLine, List};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// `GET /api/v1/contracts`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ContractLine>>, Failure> {
    platform::ask(&connector.node, "/tc609/contracts", &json!({})).await.map(Json)
}

/// `GET /api/v1/contracts/{id}`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ContractLife>, Failure> {
    find(&connector, &id).await.map(Json)
}

/// One contract's whole life.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn find(connector: &Connector, id: &str) -> Result<ContractLife, Failure> {
    platform::ask(&connector.node, "/tc609/contract", &json!({ "contractId": id })).await
}
