//! Yes or no to what waits: registrations, listings, applications.

use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::Verdict;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::session::is_local;
use crate::visitor::{Visitor, escape};

/// The form of a decision.
#[derive(Deserialize)]
pub(crate) struct Decision {
    kind: String,
    id: String,
    verdict: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    back: String,
}

/// `POST /decide`.
pub(crate) async fn decide(visitor: Visitor, Form(form): Form<Decision>) -> Result<Response, Fault> {
    let nouns = match form.kind.as_str() {
        "participant" => "participants",
        "listing" => "listings",
        "service" => "services",
        "application" => "applications",
        _ => return Err(unclear(&visitor)),
    };
    let approve = match form.verdict.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(unclear(&visitor)),
    };
    let verdict = Verdict { approve, note: form.note.trim().to_owned() };
    visitor.post::<_, IgnoredAny>(&format!("/{nouns}/{}/decision", escape(&form.id)), &verdict).await?;
    let back = if is_local(&form.back) { form.back.as_str() } else { "/" };
    Ok(visitor.go(back, if approve { "approved" } else { "refused" }))
}

fn unclear(visitor: &Visitor) -> Fault {
    let title = Text::new("表单内容不完整", "the form does not say what to decide");
    Fault::in_form(&visitor.page, Problem::new(400, "unclear-decision", title))
}
