//! The certification centre: all certifications at a platform, and one page for each, where the assessor sees every criterion; at a connector its own, with
//! what is missing, and its reputation. TC609-6-2025-01 §5.2.2.13.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::certification::{CertificationInfo, CertificationLife, CertificationMove, SchemeList};
use xinyu_protocol::api::{List, ParticipantInfo};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::certification::{
    CertificationRequest, EvidenceKind, EvidenceRef, Finding, Judgement, Outcome, Scheme,
};
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::Page;
use crate::reputation::Reputation;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "certifications.html")]
struct CertificationsPage {
    page: Page,
    certifications: Vec<CertificationInfo>,
    schemes: Vec<Scheme>,
    members: Vec<ParticipantInfo>,
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "own_certifications.html")]
struct OwnPage {
    page: Page,
    certifications: Vec<CertificationLife>,
    schemes: Vec<Scheme>,
    reputation: Option<Reputation>,
    told: Option<Told>,
}

/// `GET /certifications`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None).await
}

async fn render(visitor: &Visitor, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("certifications");
    let schemes = visitor.get::<SchemeList>("/certificationSchemes").await?.items;
    let status = told.as_ref().map(Told::status);
    if page.is_platform() {
        let certifications = visitor.get::<List<CertificationInfo>>("/certifications").await?.items;
        let members = visitor.get::<List<ParticipantInfo>>("/participants").await?.items;
        let members = members.into_iter().filter(|one| one.state == "approved").collect();
        return Ok(visitor.show_form(&CertificationsPage { page, certifications, schemes, members, told }, status));
    }
    let certifications = visitor.get::<List<CertificationLife>>("/certifications").await?.items;
    let reputation = visitor.try_get("/reputation").await.ok().map(|info| Reputation::new(&page, info));
    Ok(visitor.show_form(&OwnPage { page, certifications, schemes, reputation, told }, status))
}

/// The form of an application.
#[derive(Deserialize)]
pub(crate) struct ApplyForm {
    scheme: String,
    #[serde(default)]
    connector: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    note: String,
}

/// `POST /certifications`.
pub(crate) async fn apply(visitor: Visitor, Form(form): Form<ApplyForm>) -> Result<Response, Fault> {
    let body = CertificationRequest {
        scheme_id: form.scheme,
        connector_id: optional(&form.connector),
        product_id: optional(&form.product),
        note: form.note.trim().to_owned(),
        request_id: None,
    };
    match visitor.post::<_, IgnoredAny>("/certifications", &body).await {
        Ok(_) => Ok(visitor.go("/certifications", "certification-applied")),
        Err(fault) => render(&visitor, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "certification.html")]
struct CertificationPage {
    page: Page,
    life: CertificationLife,
    told: Option<Told>,
}

impl CertificationPage {
    /// The criteria that an assessor judges.
    fn judged(&self) -> impl Iterator<Item = &Judgement> {
        self.life.judgements.iter().filter(|one| one.measure.is_none())
    }

    fn can_find(&self) -> bool {
        matches!(self.life.certification.state.as_str(), "applied" | "assessing")
    }

    fn outcomes(&self) -> [&'static str; 4] {
        Outcome::ALL.map(Outcome::as_str)
    }

    /// What this person may do of what can be done: of assessment, of decision.
    fn moves(&self, is_decision: bool) -> Vec<&str> {
        let operation = if is_decision { "certification.decide" } else { "certification.assess" };
        if !self.page.may(operation) {
            return Vec::new();
        }
        let moves = self.life.moves.iter().map(String::as_str);
        moves.filter(|name| ASSESSMENT.contains(name) != is_decision).collect()
    }
}

/// `GET /certifications/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, None).await
}

async fn render_one(visitor: &Visitor, id: &str, told: Option<Told>) -> Result<Response, Fault> {
    let life: CertificationLife = visitor.get(&format!("/certifications/{}", escape(id))).await?;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&CertificationPage { page: visitor.page("certifications"), life, told }, status))
}

/// `GET /certifications/{id}/report`: the report whose digest stands in the credential.
pub(crate) async fn report(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/certifications/{}/report", escape(&id))).await?;
    Ok(kept(&format!("{id}-report"), bytes))
}

/// A JSON file to be kept.
pub(crate) fn kept(name: &str, bytes: Vec<u8>) -> Response {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")),
    ];
    (headers, bytes).into_response()
}

/// The forms of one certification: a finding, or a move.
#[derive(Deserialize)]
pub(crate) struct ActForm {
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    text: String,
    /// Digests of documents, divided by spaces or commas.
    #[serde(default)]
    attachments: String,
    /// Ids of records, likewise.
    #[serde(default)]
    entries: String,
}

/// `POST /certifications/{id}`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, Fault> {
    let path = format!("/certifications/{}", escape(&id));
    let done = if form.action == "find" {
        let finding = finding(&visitor, &form)?;
        visitor.post::<_, IgnoredAny>(&format!("{path}/findings"), &finding).await
    } else {
        let is_assessment = ASSESSMENT.contains(&form.action.as_str());
        let what = if is_assessment { "assessment" } else { "decision" };
        let body = CertificationMove { action: form.action.clone(), reason: form.reason.trim().to_owned() };
        visitor.post::<_, IgnoredAny>(&format!("{path}/{what}"), &body).await
    };
    match done {
        Ok(_) => Ok(visitor.go(&path, "certification-moved")),
        Err(fault) => render_one(&visitor, &id, Some(fault.above_form()?)).await,
    }
}

fn finding(visitor: &Visitor, form: &ActForm) -> Result<Finding, Fault> {
    let outcome = Outcome::ALL.into_iter().find(|one| one.as_str() == form.outcome).ok_or_else(|| {
        let title = Text::new("请选择评估结论", "choose an outcome");
        Fault::in_form(&visitor.page("certifications"), Problem::new(400, "unclear-outcome", title))
    })?;
    let words = |text: &str| {
        text.split([' ', ',', '，', '\n'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let refer = |kind| move |reference| EvidenceRef { kind, reference };
    let attachments = words(&form.attachments).into_iter().map(refer(EvidenceKind::Attachment));
    let entries = words(&form.entries).into_iter().map(refer(EvidenceKind::Entry));
    let evidence = attachments.chain(entries).collect();
    Ok(Finding { code: form.code.clone(), outcome, text: form.text.trim().to_owned(), evidence })
}

/// What assessors and applicants do; the rest is decided.
const ASSESSMENT: [&str; 3] = ["begin", "complete", "cancel"];
