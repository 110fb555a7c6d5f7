//! 目录汇聚 of the platform, asked on behalf of this member's people. What this connector reads itself is in the shell. TC609-6-2025-01 §5.2.2.4.

use axum::Json;
use axum::extract::{Path, Query, State};
use xinyu_core::harvest::unknown_record;
use xinyu_protocol::tc609::harvest::{HarvestedInfo, HarvestedPage, HarvestedQuery};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// `GET /api/v1/platform/harvested?q=&source=&after=&limit=`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn search(
    State(connector): State<Connector>,
    Query(asked): Query<HarvestedQuery>,
    _: Person,
) -> Result<Json<HarvestedPage>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/harvested", &asked).await?))
}

/// `GET /api/v1/platform/harvested/{id}`.
///
/// # Errors
/// If there is none of that key for us; what the platform says.
pub async fn record(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<HarvestedInfo>, Failure> {
    let query = HarvestedQuery { record: id.clone(), ..HarvestedQuery::default() };
    let page: HarvestedPage = platform::ask(&connector.node, "/tc609/harvested", &query).await?;
    page.entries.into_iter().next().map(Json).ok_or_else(|| unknown_record(&id).into())
}
