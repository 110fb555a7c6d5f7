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
use xinyu_protocol::api::ndi::{IdentityGrant, NewIdentityGrant, NodeLine};
use xinyu_protocol::api::participant::{NewStanding, ParticipantLife};
use xinyu_protocol::api::{List, ParticipantInfo, Verdict};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::identity::{IdentityStatus, words_of};
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::{Page, in_lang};
use crate::pages::certification::kept;
use crate::pages::node::name_of;
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
    /// Whom it can be allowed to learn who this is, for those who may allow it.
    nodes: Vec<NodeLine>,
    grant: GrantForm,
    granted: Option<IdentityGrant>,
    told: Option<Told>,
}

/// The form that allows a function node to learn who this is.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GrantForm {
    node: String,
    /// Whose operator; none: the participant itself.
    delegation: String,
}

impl ParticipantPage {
    /// Whom the grant is about, for people.
    fn granted_of(&self) -> &str {
        let operator = self.delegations.iter().find(|one| one.delegation_id == self.grant.delegation);
        operator.map_or(self.one.name.as_str(), |one| one.operator.as_str())
    }

    fn granted_to(&self) -> &str {
        name_of(&self.nodes, &self.grant.node)
    }

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
    render(&visitor, &id, GrantForm::default(), None, None).await
}

async fn render(
    visitor: &Visitor,
    id: &str,
    grant: GrantForm,
    granted: Option<IdentityGrant>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let path = format!("/participants/{}", escape(id));
    let life: ParticipantLife = visitor.get(&path).await?;
    let page = visitor.page("participants");
    let nodes = match page.may("grant.allow") {
        true => visitor.get::<List<NodeLine>>("/nodes").await?.items,
        false => Vec::new(),
    };
    let identity: Option<IdentityInfo> = match page.may("participant.identity") {
        true => Some(visitor.get(&format!("{path}/identity")).await?),
        false => None,
    };
    let delegations = visitor.get::<List<DelegationInfo>>(&format!("{path}/delegations")).await?.items;
    let stated = identity.as_ref().map(|identity| stated(&page, identity)).unwrap_or_default();
    let certified = format!("/certifications?connector={}", escape(id));
    let certifications = visitor.get::<List<CertificationInfo>>(&certified).await?.items;
    let reputation = visitor.try_get(&format!("{path}/reputation")).await.ok();
    let reputation = reputation.map(|info| Reputation::new(&page, info));
    let one = life.participant.clone();
    let status = told.as_ref().map(Told::status);
    let shown = ParticipantPage {
        page,
        one,
        life,
        identity,
        stated,
        delegations,
        certifications,
        reputation,
        nodes,
        grant,
        granted,
        told,
    };
    Ok(visitor.show_form(&shown, status))
}

/// `POST /participants/{id}/grants`: the code is a secret and shown once, so it stands on the answer to the form.
pub(crate) async fn allow(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<GrantForm>,
) -> Result<Response, Fault> {
    let body = NewIdentityGrant { node_id: form.node.clone(), delegation_id: optional(&form.delegation) };
    let path = format!("/participants/{}/identityGrants", escape(&id));
    match visitor.post::<_, IdentityGrant>(&path, &body).await {
        Ok(granted) => render(&visitor, &id, form, Some(granted), None).await,
        Err(fault) => render(&visitor, &id, form, None, Some(fault.above_form()?)).await,
    }
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
            rows.push((page.word("identity", name), said(page, part, name, text)));
        }
        _ => {}
    }
}

/// A value of identity information: a code by its words.
pub(crate) fn said(page: &Page, part: &str, name: &str, text: &str) -> String {
    words_of(part, name, text)
        .map_or_else(|| text.to_owned(), |(zh, en)| in_lang(page.lang, &Text::new(zh, en)).to_owned())
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

/// `GET /participants/{id}/reputation`: the signed statement, which anybody computes again.
pub(crate) async fn statement(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/participants/{}/reputation/file", escape(&id))).await?;
    Ok(kept(&format!("{id}-reputation"), bytes))
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
