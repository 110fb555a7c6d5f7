//! The catalogue: the platform's as this member sees it, and our own offers for DSP. TC609-6-2025-01 §5.2.2.4; DSP 2025-1 §5.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::tc609::catalog::CatalogPage;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// What to search for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// A word; empty for all.
    #[serde(default)]
    q: String,
}

/// `GET /api/v1/catalog?q=`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn search(
    State(connector): State<Connector>,
    Query(search): Query<Search>,
    _: Person,
) -> Result<Json<CatalogInfo>, Failure> {
    let page: CatalogPage = platform::ask(&connector.node, "/tc609/catalog", &search).await?;
    Ok(Json(CatalogInfo { entries: page.entries }))
}
