//! Negotiations: the list, and one with its terms and the moves that are this side's to make.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NegotiationInfo, NewNegotiation, ProcessInfo};

use crate::clause::{self, Clause};
use crate::fault::Fault;
use crate::form::{is_ticked, optional, read};
use crate::page::Page;
use crate::process::{self, Mark};
use crate::visitor::{Visitor, escape};

/// The moves that carry terms.
const WITH_TERMS: [&str; 2] = ["request", "offer"];

#[derive(Template)]
#[template(path = "negotiations.html")]
struct NegotiationsPage {
    page: Page,
    processes: Vec<ProcessInfo>,
}

impl NegotiationsPage {
    fn waits(&self, process: &ProcessInfo) -> bool {
        process::waits(process)
    }
}

#[derive(Template)]
#[template(path = "negotiation.html")]
struct NegotiationPage {
    page: Page,
    info: NegotiationInfo,
    marks: Vec<Mark>,
    clauses: Vec<Clause>,
    turn: &'static str,
    /// The moves that need no terms, and those that carry them.
    plain: Vec<String>,
    with_terms: Vec<String>,
}

impl NegotiationPage {
    fn pretty(&self, value: &Value) -> String {
        serde_json::to_string_pretty(value).unwrap_or_default()
    }
}

/// `GET /negotiations`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let processes = visitor.get::<List<ProcessInfo>>("/negotiations").await?.items;
    Ok(visitor.show(&NegotiationsPage { page: visitor.page("negotiations"), processes }))
}

/// `GET /negotiations/{pid}`.
pub(crate) async fn show(visitor: Visitor, Path(pid): Path<String>) -> Result<Response, Fault> {
    let page = visitor.page("negotiations");
    let info: NegotiationInfo = visitor.get(&format!("/negotiations/{}", escape(&pid))).await?;
    let clauses = clause::of_contract(&page, &info.clauses);
    let (with_terms, plain) = info.process.moves.iter().cloned().partition(|name| WITH_TERMS.contains(&name.as_str()));
    let marks = process::of_negotiation(&info.process.state);
    let turn = process::turn(&info.process);
    Ok(visitor.show(&NegotiationPage { page, info, marks, clauses, turn, plain, with_terms }))
}

/// The form that starts a negotiation: for an approved application, or with a partner.
#[derive(Deserialize)]
pub(crate) struct StartForm {
    #[serde(default)]
    contract_id: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    dataset: String,
    #[serde(default)]
    offer_id: String,
    #[serde(default)]
    offer: String,
    #[serde(default)]
    as_provider: String,
    #[serde(default)]
    stepwise: String,
    #[serde(default)]
    key: String,
}

/// `POST /negotiations`.
pub(crate) async fn start(visitor: Visitor, Form(form): Form<StartForm>) -> Result<Response, Fault> {
    let page = visitor.page("negotiations");
    let body = NewNegotiation {
        contract_id: optional(&form.contract_id),
        partner: optional(&form.partner),
        dataset: optional(&form.dataset),
        offer_id: optional(&form.offer_id),
        offer: terms(&page, &form.offer)?,
        as_provider: is_ticked(&form.as_provider),
        stepwise: is_ticked(&form.stepwise),
        key: optional(&form.key),
    };
    let begun: ProcessInfo = visitor.post("/negotiations", &body).await?;
    Ok(visitor.go(&format!("/negotiations/{}", escape(&begun.pid)), "negotiation"))
}

/// The form of a move.
#[derive(Deserialize)]
pub(crate) struct MoveForm {
    action: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    offer: String,
}

/// `POST /negotiations/{pid}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(pid): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let offer = terms(&visitor.page("negotiations"), &form.offer)?;
    let body = Decision { action: form.action, note: form.note.trim().to_owned(), offer };
    let path = format!("/negotiations/{}", escape(&pid));
    visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &body).await?;
    Ok(visitor.go(&path, "moved"))
}

/// Terms of one's own, if there are any.
fn terms(page: &Page, text: &str) -> Result<Option<Value>, Fault> {
    optional(text).map(|text| read(page, "terms-own", &text)).transpose()
}
