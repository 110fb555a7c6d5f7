//! Performance reports: where those on all contracts stand, and the card on a contract's page. TC609-6-2025-14 §7.5 d.

use askama::Template;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine};

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "performance.html")]
struct PerformancePage {
    page: Page,
    lines: Vec<PerformanceLine>,
}

/// `GET /performance`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let lines = visitor.get::<List<PerformanceLine>>("/performance").await?.items;
    Ok(visitor.show(&PerformancePage { page: visitor.page("performance"), lines }))
}

fn path(visitor: &Visitor, id: &str) -> String {
    let kept = if visitor.page.is_platform() { "contracts" } else { "agreements" };
    format!("/{kept}/{}/performance", escape(id))
}

/// The reports on a contract, where this node has any.
pub(super) async fn find(visitor: &Visitor, id: &str) -> Option<PerformanceInfo> {
    if visitor.page.is_regulator() || !visitor.page.may("performance.show") {
        return None;
    }
    visitor.try_get(&path(visitor, id)).await.ok()
}

/// `POST /contracts/{id}/performance`: reports now.
pub(crate) async fn report(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>(&path(&visitor, &id), &json!({})).await?;
    Ok(visitor.go(&format!("/contracts/{}", escape(&id)), "performance-reported"))
}

/// `GET /contracts/{id}/performance/file`: all reports as a file for `xinyu performance verify`.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("{}/file", path(&visitor, &id))).await?;
    let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.performance.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
