//! Participants and their connectors, for the operator: who waits and until when; and everything about one on one page, with what the authorities said.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_protocol::api::certification::CertificationInfo;
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::api::identity::{AttachmentInfo, IdentityInfo};
use xinyu_protocol::api::participant::{NewStanding, ParticipantLife};
use xinyu_protocol::api::{List, ParticipantInfo, Verdict};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::identity::{IdentityStatus, words_of};
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::{Page, in_lang};
use crate::reputation::Reputation;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "participants.html")]
struct ParticipantsPage {
    page: Page,
    participants: Vec<ParticipantInfo>,
}

/// `GET /participants`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let participants = visitor.get::<List<ParticipantInfo>>("/participants").await?.items;
    Ok(visitor.show(&ParticipantsPage { page: visitor.page("participants"), participants }))
}

#[derive(Template)]
#[template(path = "participant.html")]
struct ParticipantPage {
    page: Page,
    one: ParticipantInfo,
    life: ParticipantLife,
    /// For those who may see it.
    identity: Option<IdentityInfo>,
    /// What it says of itself: field and value.
    stated: Vec<(String, String)>,
    delegations: Vec<DelegationInfo>,
    certifications: Vec<CertificationInfo>,
    /// None for who was never admitted.
    reputation: Option<Reputation>,
}

impl ParticipantPage {
    fn kind(&self, attachment: &AttachmentInfo) -> String {
        let (zh, en) = attachment.card.attach_type.words();
        in_lang(self.page.lang, &Text::new(zh, en)).to_owned()
    }

    fn delegated(&self, one: &DelegationInfo) -> &'static str {
        standing_of(one)
    }

    fn can(&self, name: &str) -> bool {
        self.life.moves.iter().any(|one| one == name)
    }
}

/// The word of a delegation's state.
pub(crate) fn standing_of(one: &DelegationInfo) -> &'static str {
    match (one.ended_at, one.auth_status) {
        (Some(_), _) => "ended",
        (None, IdentityStatus::Usable) => "usable",
        (None, IdentityStatus::Unusable) => "unusable",
    }
}

/// `GET /participants/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let path = format!("/participants/{}", escape(&id));
    let life: ParticipantLife = visitor.get(&path).await?;
    let page = visitor.page("participants");
    let identity: Option<IdentityInfo> = match page.may("participant.identity") {
        true => Some(visitor.get(&format!("{path}/identity")).await?),
        false => None,
    };
    let delegations = visitor.get::<List<DelegationInfo>>(&format!("{path}/delegations")).await?.items;
    let stated = identity.as_ref().map(|identity| stated(&page, identity)).unwrap_or_default();
    let certified = format!("/certifications?connector={}", escape(&id));
    let certifications = visitor.get::<List<CertificationInfo>>(&certified).await?.items;
    let reputation = visitor.try_get(&format!("{path}/reputation")).await.ok();
    let reputation = reputation.map(|info| Reputation::new(&page, info));
    let one = life.participant.clone();
    let shown = ParticipantPage { page, one, life, identity, stated, delegations, certifications, reputation };
    Ok(visitor.show(&shown))
}

/// Field and value of whatever was said, in the order of the standard's tables; codes by their words.
pub(crate) fn stated(page: &Page, identity: &IdentityInfo) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let file = serde_json::to_value(&identity.file).unwrap_or_default();
    walk(page, ("", ""), &file, &mut rows);
    rows
}

/// `place`: the part of the file, and the name in it.
fn walk(page: &Page, place: (&str, &str), value: &Value, rows: &mut Vec<(String, String)>) {
    let (part, name) = place;
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                walk(page, (if part.is_empty() { member } else { part }, member), value, rows);
            }
        }
        Value::String(text) if !text.is_empty() => {
            let said = words_of(part, name, text)
                .map_or_else(|| text.clone(), |(zh, en)| in_lang(page.lang, &Text::new(zh, en)).to_owned());
            rows.push((page.word("identity", name), said));
        }
        _ => {}
    }
}

/// The form of what is done with a participant.
#[derive(Deserialize)]
pub(crate) struct ActForm {
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    delegation: String,
}

/// `POST /participants/{id}`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, Fault> {
    let path = format!("/participants/{}", escape(&id));
    let reason = form.reason.trim().to_owned();
    match form.action.as_str() {
        "approve" | "refuse" => {
            let verdict = Verdict { approve: form.action == "approve", note: reason };
            visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &verdict).await?;
        }
        "suspend" | "resume" | "revoke" | "leave" => {
            let body = NewStanding { action: form.action.clone(), reason };
            visitor.post::<_, IgnoredAny>(&format!("{path}/standing"), &body).await?;
        }
        "verify" => {
            visitor.post::<_, IgnoredAny>(&format!("{path}/verifications"), &Value::Null).await?;
        }
        "compute" => {
            visitor.post::<_, IgnoredAny>(&format!("{path}/reputation"), &Value::Null).await?;
            return Ok(visitor.go(&path, "computed"));
        }
        "end" => {
            let end = format!("{path}/delegations/{}/end", escape(&form.delegation));
            visitor.post::<_, IgnoredAny>(&end, &EndDelegation { reason }).await?;
        }
        _ => {
            let title = Text::new("表单内容不完整", "the form does not say what to do");
            return Err(Fault::in_form(&visitor.page("participants"), Problem::new(400, "unclear-decision", title)));
        }
    }
    Ok(visitor.go(&path, "standing"))
}

/// `GET /participants/{id}/attachments/{attachment}`: to be kept, never shown in our pages.
pub(crate) async fn attachment(
    visitor: Visitor,
    Path((id, attachment)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let bytes =
        visitor.get_bytes(&format!("/participants/{}/attachments/{}", escape(&id), escape(&attachment))).await?;
    let name: String = attachment.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}
