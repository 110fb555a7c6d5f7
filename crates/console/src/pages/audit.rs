//! What people did, for the audit administrator: it is read and verified here, and altered nowhere. NDI-TR-2025-03 §9.3.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::audit::{AuditCheck, AuditInfo};

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// How many entries a page shows.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    entries: Vec<AuditInfo>,
    search: Search,
    older: Option<u64>,
    check: Option<AuditCheck>,
}

/// What to look for.
#[derive(Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    before: Option<u64>,
    #[serde(default)]
    verify: String,
}

/// `GET /audit`.
pub(crate) async fn list(visitor: Visitor, Query(search): Query<Search>) -> Result<Response, Fault> {
    let mut path = format!("/audit?limit={PAGE}");
    for (name, value) in [("actor", search.actor.trim()), ("action", search.action.trim())] {
        if !value.is_empty() {
            path.push_str(&format!("&{name}={}", escape(value)));
        }
    }
    if let Some(before) = search.before {
        path.push_str(&format!("&before={before}"));
    }
    let entries = visitor.get::<List<AuditInfo>>(&path).await?.items;
    let check = match search.verify.as_str() {
        "now" => Some(visitor.get::<AuditCheck>("/audit/verification").await?),
        _ => None,
    };
    let older = entries.last().filter(|_| entries.len() == PAGE).map(|entry| entry.sequence);
    Ok(visitor.show(&AuditPage { page: visitor.page("audit"), entries, search, older, check }))
}
