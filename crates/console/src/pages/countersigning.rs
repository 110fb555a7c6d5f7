//! What we serve (会签): contracts that name us as a service party, and the form by which our people sign or refuse. TC609-6-2025-14 §6.2.1, §7.3 g.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::countersigning::{CountersigningDecision, CountersigningInfo, CountersigningLife};
use xinyu_protocol::tc609::countersigning::ServiceParty;

use crate::clause::{self, Clause};
use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "countersignings.html")]
struct CountersigningsPage {
    page: Page,
    all: Vec<CountersigningInfo>,
}

#[derive(Template)]
#[template(path = "countersigning.html")]
struct CountersigningPage {
    page: Page,
    life: CountersigningLife,
    clauses: Vec<Clause>,
    is_ours: bool,
}

impl CountersigningPage {
    /// A compact time of the contract, for people.
    fn compact(&self, text: &str) -> String {
        xinyu_protocol::time::parse_compact(text).map_or_else(|_| text.to_owned(), |at| self.page.time(&at))
    }
}

/// `GET /countersignings`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let all = visitor.get::<List<CountersigningInfo>>("/countersignings").await?.items;
    Ok(visitor.show(&CountersigningsPage { page: visitor.page("countersignings"), all }))
}

/// `GET /countersignings/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let page = visitor.page("countersignings");
    let life: CountersigningLife = visitor.get(&format!("/countersignings/{}", escape(&id))).await?;
    let clauses = clause::of_contract(&page, &life.clauses);
    let is_ours = page.may("countersigning.decide") && !life.line.moves.is_empty();
    Ok(visitor.show(&CountersigningPage { page, life, clauses, is_ours }))
}

/// The form of the decision.
#[derive(Deserialize)]
pub(crate) struct DecideForm {
    action: String,
    hash: String,
    #[serde(default)]
    reason: String,
}

/// `POST /countersignings/{id}`: signs or refuses what was shown.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DecideForm>,
) -> Result<Response, Fault> {
    let path = format!("/countersignings/{}", escape(&id));
    let done = if form.action == "sign" { "countersigned" } else { "countersigning-refused" };
    let body =
        CountersigningDecision { action: form.action, contract_hash: form.hash, reason: form.reason.trim().to_owned() };
    visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &body).await?;
    Ok(visitor.go(&path, done))
}

/// `GET /countersignings/{id}/file/{version}`: a filed version as a file that `xinyu contract verify` takes.
pub(crate) async fn file(visitor: Visitor, Path((id, version)): Path<(String, u32)>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/countersignings/{}/versions/{version}/file", escape(&id))).await?;
    let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{version}.json\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// Service parties as people type them, one a line: code of the connector, service, name. None: a line is not so.
pub(super) fn typed(text: &str) -> Option<Vec<ServiceParty>> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (connector, service) = (words.next()?, words.next()?);
        let name: Vec<&str> = words.collect();
        let party = serde_json::json!({ "connectorId": connector, "service": service, "name": name.join(" ") });
        serde_json::from_value(party).ok()
    };
    text.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}
