//! The half-yearly review of permissions: what is due, and who reviewed what. TC609-6-2025-13 §7.4 f.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{ReviewDecision, ReviewDue, ReviewInfo};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "reviews.html")]
struct ReviewsPage {
    page: Page,
    due: Vec<ReviewDue>,
    report: Vec<ReviewInfo>,
    told: Option<Told>,
}

/// `GET /reviews`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None).await
}

async fn render(visitor: &Visitor, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("reviews");
    let due =
        if page.may("review.list") { visitor.get::<List<ReviewDue>>("/reviews").await?.items } else { Vec::new() };
    let report = if page.may("review.report") {
        visitor.get::<List<ReviewInfo>>("/reviews/report").await?.items
    } else {
        Vec::new()
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ReviewsPage { page, due, report, told }, status))
}

/// Kept or not.
#[derive(Deserialize)]
pub(crate) struct DecisionForm {
    keep: String,
    #[serde(default)]
    note: String,
}

/// `POST /reviews/{grant}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(grant): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, Fault> {
    let body = ReviewDecision { keep: form.keep == "yes", note: form.note.trim().to_owned() };
    match visitor.post::<_, IgnoredAny>(&format!("/reviews/{}/decision", escape(&grant)), &body).await {
        Ok(_) => Ok(visitor.go("/reviews", "review")),
        Err(fault) => render(&visitor, Some(fault.above_form()?)).await,
    }
}
