//! The search of evidence: by policy, contract, product, subject, person, result and time, with how often what came to which result.
//! TC609-6-2025-15 §7.1.3 c, §7.2.3 c and d.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use xinyu_protocol::api::Event;
use xinyu_protocol::api::evidence::{EvidenceCount, EvidencePage, EvidenceSummary};

use crate::fault::{Fault, Told};
use crate::form::query;
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "evidence_search.html")]
struct SearchPage {
    page: Page,
    form: Form,
    results: Vec<&'static str>,
    dimensions: Vec<&'static str>,
    events: Vec<Event>,
    lines: Vec<EvidenceCount>,
    /// Where the next page is.
    older: Option<String>,
    told: Option<Told>,
}

/// What is looked for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Form {
    strategy: String,
    contract: String,
    product: String,
    subject: String,
    actor: String,
    user: String,
    kind: String,
    result: String,
    from: String,
    to: String,
    by: String,
    after: String,
}

const RESULTS: [&str; 9] =
    ["allowed", "conditional", "denied", "done", "stopped", "failed", "parsed", "rejected", "recorded"];
const DIMENSIONS: [&str; 5] = ["product", "user", "contract", "actor", "kind"];

impl Form {
    fn fields(&self) -> [(&'static str, &str); 12] {
        [
            ("strategy", &self.strategy),
            ("contract", &self.contract),
            ("product", &self.product),
            ("subject", &self.subject),
            ("actor", &self.actor),
            ("user", &self.user),
            ("kind", &self.kind),
            ("result", &self.result),
            ("from", &self.from),
            ("to", &self.to),
            ("by", &self.by),
            ("after", &self.after),
        ]
    }

    /// As a query, with what was filled in.
    fn query(&self, without: &[&str]) -> String {
        query(&self.fields(), without)
    }
}

/// `GET /evidence/search`.
pub(crate) async fn show(visitor: Visitor, Query(form): Query<Form>) -> Result<Response, Fault> {
    let mut shown = SearchPage {
        page: visitor.page("evidence"),
        results: RESULTS.to_vec(),
        dimensions: DIMENSIONS.to_vec(),
        events: Vec::new(),
        lines: Vec::new(),
        older: None,
        told: None,
        form: form.clone(),
    };
    let found = visitor.get::<EvidencePage>(&format!("/evidence?{}", form.query(&["by"]))).await;
    let found = match found {
        Ok(found) => found,
        // What makes no sense is said above the form, which keeps what was filled in.
        Err(fault) => {
            let told = fault.above_form()?;
            let status = told.status();
            shown.told = Some(told);
            return Ok(visitor.show_form(&shown, Some(status)));
        }
    };
    shown.older = found.next.map(|next| {
        let older = Form { after: next, ..form.clone() };
        format!("/evidence/search?{}", older.query(&[]))
    });
    shown.events = found.items.into_iter().map(|item| item.event).collect();
    if !form.by.is_empty() {
        let path = format!("/evidence/summary?{}", form.query(&["after"]));
        shown.lines = visitor.get::<EvidenceSummary>(&path).await?.lines;
    }
    Ok(visitor.show(&shown))
}
