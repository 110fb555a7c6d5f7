//! The run log (运行日志), for the audit administrator: the node's own, and on a platform those of its connectors with how far each is collected. NDI-TR-2025-05
//! §6.2.5.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::run_log::{RunLogCheck, RunLogInfo, RunLogPage, RunLogSource};
use xinyu_protocol::tc609::run_log::{Category, Level};

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// How many entries a page shows.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "run_log.html")]
struct LogPage {
    page: Page,
    entries: Vec<RunLogInfo>,
    sources: Vec<RunLogSource>,
    search: Search,
    older: Option<String>,
    check: Option<RunLogCheck>,
    levels: Vec<&'static str>,
    categories: Vec<&'static str>,
}

impl LogPage {
    fn tone(&self, level: &Level) -> &'static str {
        match level {
            Level::Info => "calm",
            Level::Warn => "wait",
            Level::Error => "bad",
        }
    }

    /// The query of this search, without where the page begins.
    fn query(&self) -> String {
        self.search.query()
    }
}

/// What to look for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    connector: String,
    category: String,
    level: String,
    code: String,
    since: String,
    until: String,
    before: String,
    verify: String,
}

impl Search {
    fn query(&self) -> String {
        let Self { connector, category, level, code, since, until, .. } = self;
        let named = [
            ("connector", connector),
            ("category", category),
            ("level", level),
            ("code", code),
            ("since", since),
            ("until", until),
        ];
        let given = named.into_iter().filter(|(_, value)| !value.trim().is_empty());
        given.map(|(name, value)| format!("&{name}={}", escape(value.trim()))).collect()
    }
}

/// `GET /run-log`.
pub(crate) async fn list(visitor: Visitor, Query(search): Query<Search>) -> Result<Response, Fault> {
    let mut path = format!("/run-log?limit={PAGE}{}", search.query());
    if !search.before.is_empty() {
        path.push_str(&format!("&before={}", escape(&search.before)));
    }
    let found = visitor.get::<RunLogPage>(&path).await?;
    let sources = visitor.get::<List<RunLogSource>>("/run-log/sources").await?.items;
    let check = match search.verify.as_str() {
        "now" => {
            let connector = escape(search.connector.trim());
            let path = match search.connector.trim() {
                "" => "/run-log/verification".to_owned(),
                _ => format!("/run-log/verification?connector={connector}"),
            };
            Some(visitor.get::<RunLogCheck>(&path).await?)
        }
        _ => None,
    };
    let page = visitor.page("run-log");
    Ok(visitor.show(&LogPage {
        page,
        entries: found.items,
        sources,
        search,
        older: found.next,
        check,
        levels: Level::ALL.map(Level::as_str).to_vec(),
        categories: Category::ALL.map(Category::as_str).to_vec(),
    }))
}
