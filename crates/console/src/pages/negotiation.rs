//! Negotiations: the list, and one with its terms and the moves that are this side's to make.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NegotiationInfo, NewNegotiation, ProcessInfo};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::text::Text;

use crate::clause::{self, Clause};
use crate::fault::Fault;
use crate::form::{is_ticked, optional, read, whole, yuan};
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
    /// How a difference is marked.
    fn tone(&self, kind: &str) -> &'static str {
        match kind {
            "added" => "good",
            "removed" => "bad",
            _ => "wait",
        }
    }

    fn pretty_terms(&self, terms: &ProposedTerms) -> String {
        serde_json::to_string_pretty(terms).unwrap_or_default()
    }

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
    #[serde(flatten)]
    change: ChangeForm,
}

/// The figures of terms among members; what is empty stays as it is.
#[derive(Default, Deserialize)]
pub(crate) struct ChangeForm {
    #[serde(default)]
    uses: String,
    #[serde(default)]
    fields: String,
    #[serde(default)]
    duration: String,
    #[serde(default)]
    term: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    per_use: String,
    #[serde(default)]
    serving: String,
}

pub(super) fn change(page: &Page, form: &ChangeForm) -> Result<Option<TermsChange>, Fault> {
    let fields: Vec<String> = form
        .fields
        .split([',', '，', '、'])
        .map(|field| field.trim().to_owned())
        .filter(|field| !field.is_empty())
        .collect();
    let change = TermsChange {
        uses: whole(page, "terms-uses", &form.uses)?,
        fields: (!fields.is_empty()).then_some(fields),
        duration: optional(&form.duration),
        term: optional(&form.term),
        base_fen: yuan(page, "terms-base", &form.base)?,
        per_use_fen: yuan(page, "terms-per-use", &form.per_use)?,
        service_parties: serving(page, &form.serving)?,
    };
    Ok((!change.is_empty()).then_some(change))
}

/// Service parties, one a line; a dash: none.
fn serving(page: &Page, text: &str) -> Result<Option<Vec<ServiceParty>>, Fault> {
    match text.trim() {
        "" => Ok(None),
        "-" => Ok(Some(Vec::new())),
        lines => super::countersigning::typed(lines).map(Some).ok_or_else(|| {
            let title = Text::new(
                "数据服务方应为每行：连接器标识、服务、名称",
                "write each service party as: connector, service, name",
            );
            let next = Text::new(
                "服务为 processing、custody、audit、brokerage 或 other",
                "a service is processing, custody, audit, brokerage or other",
            );
            Fault::in_form(page, Problem::new(400, "service-party", title).next(next))
        }),
    }
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
        terms: None,
        change: change(&page, &form.change)?,
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
    #[serde(default)]
    terms: String,
    #[serde(flatten)]
    change: ChangeForm,
}

/// `GET /negotiations/{pid}/history`: the archive as a file.
pub(crate) async fn history(visitor: Visitor, Path(pid): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/negotiations/{}/history", escape(&pid))).await?;
    let name = pid.rsplit(':').next().unwrap_or(&pid).chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"negotiation-{name}.json\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /negotiations/{pid}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(pid): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let page = visitor.page("negotiations");
    let takes_terms = WITH_TERMS.contains(&form.action.as_str());
    let body = Decision {
        offer: terms(&page, &form.offer)?,
        terms: optional(&form.terms)
            .filter(|_| takes_terms)
            .map(|text| read(&page, "terms-json", &text))
            .transpose()?,
        change: change(&page, &form.change)?.filter(|_| takes_terms),
        action: form.action,
        note: form.note.trim().to_owned(),
    };
    let path = format!("/negotiations/{}", escape(&pid));
    visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &body).await?;
    Ok(visitor.go(&path, "moved"))
}

/// Terms of one's own, if there are any.
fn terms(page: &Page, text: &str) -> Result<Option<Value>, Fault> {
    optional(text).map(|text| read(page, "terms-own", &text)).transpose()
}
