//! Drafts of contracts (合约草案): at the platform drawn up, mediated and withdrawn, at a party taken, changed or refused. TC609-6-2025-14 §7.2 c, §7.3 d.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use xinyu_protocol::api::draft::{DraftInfo, DraftLife, DraftRoundInfo};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::api::{List, ListingInfo, ParticipantInfo};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::participant::Role;

use super::negotiation::{ChangeForm, change};
use super::payment::instant;
use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::{optional, read, whole, yuan};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    page: Page,
    all: Vec<DraftInfo>,
    products: Vec<ListingInfo>,
    consumers: Vec<ParticipantInfo>,
    form: NewForm,
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    page: Page,
    life: DraftLife,
    clauses: Vec<Clause>,
}

impl DraftPage {
    fn has(&self, name: &str) -> bool {
        let operation = match (name, self.page.is_platform()) {
            ("withdraw", _) => "draft.withdraw",
            (_, true) => "draft.propose",
            _ => "draft.decide",
        };
        self.page.may(operation) && self.life.line.moves.iter().any(|one| one == name)
    }

    fn tone(&self, kind: &str) -> &'static str {
        match kind {
            "added" => "good",
            "removed" => "bad",
            _ => "wait",
        }
    }

    fn table(&self) -> Option<&DraftRoundInfo> {
        self.life.rounds.first()
    }

    fn pretty(&self, terms: &ProposedTerms) -> String {
        serde_json::to_string_pretty(terms).unwrap_or_default()
    }
}

/// `GET /drafts`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let form = NewForm { key: visitor.new_id(), ..NewForm::default() };
    render(&visitor, form, None).await
}

async fn render(visitor: &Visitor, form: NewForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("drafts");
    let all = visitor.get::<List<DraftInfo>>("/drafts").await?.items;
    let (mut products, mut consumers) = (Vec::new(), Vec::new());
    if page.may("draft.create") {
        products = visitor.get::<List<ListingInfo>>("/listings").await?.items;
        products.retain(|one| one.state == ListingState::Listed);
        consumers = visitor.get::<List<ParticipantInfo>>("/participants").await?.items;
        consumers.retain(|one| one.role == Role::Consumer && one.state == "approved");
    }
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&DraftsPage { page, all, products, consumers, form, told }, status))
}

/// The form of a new draft; what is empty is as the product's listing has it.
#[derive(Default, Deserialize)]
pub(crate) struct NewForm {
    key: String,
    name: String,
    summary: String,
    product_id: String,
    consumer: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    term: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    per_use: String,
    #[serde(default)]
    templates: String,
    #[serde(default)]
    policies: String,
    #[serde(default)]
    answer_by: String,
    #[serde(default)]
    note: String,
}

/// `POST /drafts`: creates one.
pub(crate) async fn create(visitor: Visitor, Form(form): Form<NewForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(id) => Ok(visitor.go(&format!("/drafts/{}", escape(&id)), "draft-created")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, form: &NewForm) -> Result<String, Fault> {
    let page = visitor.page("drafts");
    let listings = visitor.get::<List<ListingInfo>>("/listings").await?.items;
    let listing = listings.iter().find(|one| one.entry.product_id.as_str() == form.product_id);
    let figures = TermsChange {
        uses: whole(&page, "terms-uses", &form.uses)?,
        term: optional(&form.term),
        base_fen: yuan(&page, "terms-base", &form.base)?,
        per_use_fen: yuan(&page, "terms-per-use", &form.per_use)?,
        ..TermsChange::default()
    };
    let mut body = json!({
        "draftId": form.key, "name": form.name.trim(), "summary": form.summary.trim(), "productId": form.product_id,
        "provider": listing.map(|one| one.entry.connector_id.to_string()).unwrap_or_default(),
        "consumer": form.consumer, "note": form.note.trim(),
    });
    let mut set = |name: &str, value: Value| {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if !figures.is_empty() {
        set("change", json!(figures));
    }
    if let Some(text) = optional(&form.templates) {
        set("templates", read::<Value>(&page, "draft-templates", &text)?);
    }
    if let Some(text) = optional(&form.policies) {
        set("policies", read::<Value>(&page, "draft-policies", &text)?);
    }
    if let Some(text) = optional(&form.answer_by) {
        set("answerBy", json!(instant(&text)));
    }
    Ok(visitor.post::<_, DraftLife>("/drafts", &body).await?.line.contract_id)
}

/// `GET /drafts/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let page = visitor.page("drafts");
    let life: DraftLife = visitor.get(&format!("/drafts/{}", escape(&id))).await?;
    let clauses = life.rounds.first().map(|round| clause::of_contract(&page, &round.clauses)).unwrap_or_default();
    Ok(visitor.show(&DraftPage { page, life, clauses }))
}

/// The form of an answer, at either kind of node.
#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    action: String,
    digest: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    terms: String,
    #[serde(flatten)]
    change: ChangeForm,
}

/// `POST /drafts/{id}`: what was shown is taken, changed, refused or withdrawn.
pub(crate) async fn answer(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Fault> {
    let (page, path) = (visitor.page("drafts"), format!("/drafts/{}", escape(&id)));
    let note = form.note.trim();
    if form.action == "withdraw" {
        visitor.post::<_, IgnoredAny>(&format!("{path}/withdrawal"), &json!({ "reason": note })).await?;
        return Ok(visitor.go(&path, "draft-withdrawn"));
    }
    let mut body = json!({ "digest": form.digest, "note": note });
    let mut set = |name: &str, value: Value| {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if form.action == "propose" {
        if let Some(text) = optional(&form.terms) {
            set("terms", json!(read::<ProposedTerms>(&page, "terms-json", &text)?));
        }
        if let Some(figures) = change(&page, &form.change)? {
            set("change", json!(figures));
        }
    }
    let end = if page.is_platform() {
        "rounds"
    } else {
        set("action", json!(form.action));
        "decision"
    };
    visitor.post::<_, IgnoredAny>(&format!("{path}/{end}"), &body).await?;
    let done = match form.action.as_str() {
        "take" => "draft-taken",
        "refuse" => "draft-refused",
        _ => "draft-proposed",
    };
    Ok(visitor.go(&path, done))
}

/// `GET /drafts/{id}/file`: the rounds with their signatures.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/drafts/{}/file", escape(&id))).await?;
    let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"draft-{name}.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
