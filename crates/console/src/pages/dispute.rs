//! Disputes over contracts: their list, one with all that was said, and the forms of those who may say something. TC609-6-2025-14 A.2 e.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::dispute::DisputeInfo;

use crate::fault::Fault;
use crate::form::optional;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "disputes.html")]
struct DisputesPage {
    page: Page,
    disputes: Vec<DisputeInfo>,
}

#[derive(Template)]
#[template(path = "dispute.html")]
struct DisputePage {
    page: Page,
    dispute: DisputeInfo,
    /// What can be said now: of the acts of a statement.
    acts: Vec<String>,
    may_decide: bool,
    /// The key of what this page's forms would say.
    key: String,
}

impl DisputePage {
    fn name<'a>(&self, name: &'a str, id: &'a str) -> &'a str {
        if name.is_empty() { id } else { name }
    }
}

/// `GET /disputes`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let disputes = visitor.get::<List<DisputeInfo>>("/disputes").await?.items;
    Ok(visitor.show(&DisputesPage { page: visitor.page("disputes"), disputes }))
}

/// `GET /disputes/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let page = visitor.page("disputes");
    let dispute: DisputeInfo = visitor.get(&format!("/disputes/{}", escape(&id))).await?;
    let can = |act: &str| dispute.moves.iter().any(|one| one == act);
    let may_say = page.may("dispute.say");
    let acts = ["state", "offer", "accept", "withdraw"].into_iter().filter(|act| may_say && can(act));
    let acts = acts.map(str::to_owned).collect();
    let may_decide = page.may("dispute.decide") && can("decide");
    Ok(visitor.show(&DisputePage { key: visitor.new_id(), page, dispute, acts, may_decide }))
}

/// A new dispute, from the page of its contract.
#[derive(Deserialize)]
pub(crate) struct OpenForm {
    dispute_id: String,
    contract_id: String,
    subject: String,
    text: String,
    #[serde(default)]
    fen: String,
    #[serde(default)]
    records: String,
}

/// `POST /disputes`.
pub(crate) async fn open(visitor: Visitor, Form(form): Form<OpenForm>) -> Result<Response, Fault> {
    let fen = optional(&form.fen).map(|text| text.parse::<u64>().map_or(json!(text), |fen| json!(fen)));
    let new = json!({
        "disputeId": form.dispute_id, "contractId": form.contract_id, "subject": form.subject, "text": form.text.trim(),
        "amountFen": fen, "records": words(&form.records),
    });
    visitor.post::<_, IgnoredAny>("/disputes", &new).await?;
    // The platform tells of it at once, but maybe not before the next page.
    Ok(visitor.go("/disputes", "dispute-opened"))
}

/// A statement, or the decision.
#[derive(Deserialize)]
pub(crate) struct SayForm {
    statement_id: String,
    action: String,
    text: String,
    #[serde(default)]
    records: String,
}

/// `POST /disputes/{id}`: says something, or decides: `upheld`, `in_part` or `rejected`.
pub(crate) async fn say(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<SayForm>,
) -> Result<Response, Fault> {
    let path = format!("/disputes/{}", escape(&id));
    let (text, records) = (form.text.trim(), words(&form.records));
    if matches!(form.action.as_str(), "upheld" | "in_part" | "rejected") {
        let ruling =
            json!({ "statementId": form.statement_id, "ruling": form.action, "reason": text, "records": records });
        visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &ruling).await?;
    } else {
        let said = json!({ "statementId": form.statement_id, "act": form.action, "text": text, "records": records });
        visitor.post::<_, IgnoredAny>(&format!("{path}/statements"), &said).await?;
    }
    Ok(visitor.go(&path, "dispute-said"))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// `GET /disputes/{id}/bundle`: the arbitration bundle as a file for `xinyu dispute verify`.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/disputes/{}/bundle", escape(&id))).await?;
    let name: String = id.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '-').collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.bundle.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
