//! A connector's own registration: where it stands, who its participant is, what is missing, and who may sign for it.

mod delegation;

use askama::Template;
use axum::Form;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::api::identity::{AttachmentInfo, IdentityInfo, NewAttachment};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::identity::{
    AttachmentCard, AttachmentKind, AuthorizationType, EnterpriseBase, EnterpriseType, Organisation,
    PersonVerification, RealNameLevel,
};
use xinyu_protocol::tc609::participant::Leave;
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::{Page, in_lang};
use crate::pages::device::FILE_BYTES;
use crate::pages::participant::standing_of;
use crate::upload::Upload;
use crate::visitor::{Visitor, escape};
use delegation::DelegationForm;

#[derive(Template)]
#[template(path = "registration.html")]
struct RegistrationPage {
    page: Page,
    registration: RegistrationInfo,
    /// For those who may see it.
    identity: Option<IdentityInfo>,
    delegations: Vec<DelegationInfo>,
    form: Fields,
    delegation: DelegationForm,
    /// Whether that form is shown again.
    is_delegating: bool,
    /// The key of a document that this page's form would hand in.
    key: String,
    told: Option<Told>,
}

impl RegistrationPage {
    fn words(&self, (zh, en): (&str, &str)) -> String {
        in_lang(self.page.lang, &Text::new(zh, en)).to_owned()
    }

    fn kind(&self, attachment: &AttachmentInfo) -> String {
        self.words(attachment.card.attach_type.words())
    }

    fn delegated(&self, one: &DelegationInfo) -> &'static str {
        standing_of(one)
    }

    fn documents(&self) -> &'static [AttachmentKind] {
        AttachmentKind::ALL
    }

    fn levels(&self) -> &'static [RealNameLevel] {
        RealNameLevel::ALL
    }

    fn types(&self) -> &'static [EnterpriseType] {
        EnterpriseType::ALL
    }

    fn verifications(&self) -> &'static [PersonVerification] {
        PersonVerification::ALL
    }

    /// The letters of authority that were uploaded.
    fn letters(&self) -> impl Iterator<Item = &AttachmentInfo> {
        let all = self.identity.iter().flat_map(|identity| &identity.attachments);
        all.filter(|one| one.card.attach_type == AttachmentKind::AuthorityLetter)
    }

    fn authorizations(&self) -> &'static [AuthorizationType] {
        AuthorizationType::ALL
    }
}

/// What stands in the form of the identity.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    enterprise_name: String,
    enterprise_code: String,
    enterprise_type: String,
    legal_person: String,
    legal_person_certno: String,
    legal_person_auth_level: String,
    enterprise_address: String,
    business_scope: String,
    bank_account: String,
}

/// `GET /registration`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, Kept::Nothing, None).await
}

/// What is shown again of a form that failed.
enum Kept {
    Nothing,
    Identity(Fields),
    Delegation(DelegationForm),
}

async fn render(visitor: &Visitor, kept: Kept, told: Option<Told>) -> Result<Response, Fault> {
    let registration: RegistrationInfo = visitor.get("/registration").await?;
    let page = visitor.page("registration");
    let identity: Option<IdentityInfo> = match page.may("identity.show") {
        true => Some(visitor.get("/identity").await?),
        false => None,
    };
    let delegations = visitor.get::<List<DelegationInfo>>("/delegations").await?.items;
    let (form, delegation) = match kept {
        Kept::Nothing => (None, None),
        Kept::Identity(form) => (Some(form), None),
        Kept::Delegation(form) => (None, Some(form)),
    };
    let form = form.unwrap_or_else(|| identity.as_ref().map(fields).unwrap_or_default());
    let is_delegating = delegation.is_some();
    let delegation = delegation.unwrap_or_else(|| DelegationForm::blank(visitor.new_id()));
    let (status, key) = (told.as_ref().map(Told::status), visitor.new_id());
    let shown =
        RegistrationPage { page, registration, identity, delegations, form, delegation, is_delegating, key, told };
    Ok(visitor.show_form(&shown, status))
}

fn fields(identity: &IdentityInfo) -> Fields {
    let Some(Organisation { base, extend }) = &identity.file.organisation else {
        return Fields {
            enterprise_type: "1".to_owned(),
            legal_person_auth_level: "1".to_owned(),
            ..Fields::default()
        };
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Fields {
        enterprise_name: base.enterprise_name.clone(),
        enterprise_code: base.enterprise_code.clone(),
        enterprise_type: base.enterprise_type.code().to_owned(),
        legal_person: base.legal_person.clone(),
        legal_person_certno: base.legal_person_certno.clone(),
        legal_person_auth_level: base.legal_person_auth_level.code().to_owned(),
        enterprise_address: text(&extend.enterprise_address),
        business_scope: text(&extend.business_scope),
        bank_account: text(&extend.bank_account),
    }
}

/// The forms of this page.
#[derive(Deserialize)]
pub(crate) struct ActForm {
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(flatten)]
    delegation: DelegationForm,
    #[serde(flatten)]
    fields: Fields,
}

/// `POST /registration`.
pub(crate) async fn act(visitor: Visitor, Form(form): Form<ActForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(done) => Ok(visitor.go("/registration", done)),
        Err(fault) => {
            let kept = match form.action.as_str() {
                "identity" => Kept::Identity(form.fields),
                "delegate" => Kept::Delegation(form.delegation),
                _ => Kept::Nothing,
            };
            render(&visitor, kept, Some(fault.above_form()?)).await
        }
    }
}

async fn send(visitor: &Visitor, form: &ActForm) -> Result<&'static str, Fault> {
    let reason = form.reason.trim().to_owned();
    match form.action.as_str() {
        "apply" => {
            visitor.post::<_, IgnoredAny>("/registration", &json!({})).await?;
            Ok("registered")
        }
        "leave" => {
            visitor.post::<_, IgnoredAny>("/registration/departure", &Leave { reason }).await?;
            Ok("left")
        }
        "identity" => {
            let mut identity: IdentityInfo = visitor.get("/identity").await?;
            fill(&visitor.page, &mut identity, &form.fields)?;
            visitor.post::<_, IgnoredAny>("/identity", &identity.file).await?;
            Ok("identity")
        }
        "delegate" => {
            let body = form.delegation.body(&visitor.page)?;
            visitor.post::<_, IgnoredAny>("/delegations", &body).await?;
            Ok("delegated")
        }
        "end" => {
            let path = format!("/delegations/{}/end", escape(&form.delegation.delegation_id));
            visitor.post::<_, IgnoredAny>(&path, &EndDelegation { reason }).await?;
            Ok("ended")
        }
        _ => Err(wrong(&visitor.page, "表单内容不完整", "the form does not say what to do")),
    }
}

#[derive(Deserialize)]
struct Document {
    attachment_id: String,
    kind: String,
    #[serde(default)]
    issue_org: String,
    #[serde(default)]
    expire_date: String,
}

/// `POST /registration/attachments`: a document of our identity.
pub(crate) async fn attach(visitor: Visitor, request: Request) -> Result<Response, Fault> {
    match send_document(&visitor, request).await {
        Ok(()) => Ok(visitor.go("/registration", "attached")),
        Err(fault) => render(&visitor, Kept::Nothing, Some(fault.above_form()?)).await,
    }
}

async fn send_document(visitor: &Visitor, request: Request) -> Result<(), Fault> {
    let upload: Upload<Document> =
        Upload::read(request, FILE_BYTES).await.map_err(|problem| Fault::in_form(&visitor.page, problem))?;
    let Document { attachment_id, kind, issue_org, expire_date } = upload.fields;
    let attach_type = AttachmentKind::from_code(&kind)
        .ok_or_else(|| wrong(&visitor.page, "请选择附件类型", "choose what the document shows"))?;
    let card = AttachmentCard {
        attach_type,
        attach_name: upload.name,
        attach_code: String::new(),
        issue_org,
        issue_date: String::new(),
        expire_date,
        verify_url: String::new(),
        description: String::new(),
    };
    let media_type = media_type_of(&upload.bytes).to_owned();
    let body = NewAttachment { attachment_id, card, media_type, content: STANDARD.encode(upload.bytes) };
    visitor.post::<_, IgnoredAny>("/identity/attachments", &body).await?;
    Ok(())
}

/// What a document is, by how it begins: the name says nothing.
fn media_type_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ => "application/octet-stream",
    }
}

fn wrong(page: &Page, zh: &str, en: &str) -> Fault {
    Fault::in_form(page, Problem::new(400, "form", Text::new(zh, en)))
}

fn fill(page: &Page, identity: &mut IdentityInfo, fields: &Fields) -> Result<(), Fault> {
    let level = RealNameLevel::from_code(&fields.legal_person_auth_level);
    let kind = EnterpriseType::from_code(&fields.enterprise_type);
    let (Some(level), Some(kind)) = (level, kind) else {
        return Err(wrong(page, "请选择组织类型和实名等级", "choose the type of the organisation and the level"));
    };
    let known = identity.file.organisation.take();
    let mut base = known.as_ref().map_or_else(|| blank(kind, level), |known| known.base.clone());
    let mut extend = known.map(|known| known.extend).unwrap_or_default();
    base.enterprise_name = fields.enterprise_name.trim().to_owned();
    base.enterprise_code = fields.enterprise_code.trim().to_owned();
    base.enterprise_type = kind;
    base.legal_person = fields.legal_person.trim().to_owned();
    base.legal_person_certno = fields.legal_person_certno.trim().to_owned();
    base.legal_person_auth_level = level;
    extend.enterprise_address = optional(&fields.enterprise_address);
    extend.business_scope = optional(&fields.business_scope);
    extend.bank_account = optional(&fields.bank_account);
    identity.file.organisation = Some(Organisation { base, extend });
    Ok(())
}

fn blank(enterprise_type: EnterpriseType, legal_person_auth_level: RealNameLevel) -> EnterpriseBase {
    EnterpriseBase {
        enterprise_name: String::new(),
        enterprise_code: String::new(),
        enterprise_type,
        operating_period_begin: None,
        operating_period_end: None,
        auth_type: None,
        auth_status: None,
        auth_date: None,
        legal_person: String::new(),
        legal_person_certno: String::new(),
        legal_person_auth_level,
        legal_person_auth_type: None,
        identity_status: None,
    }
}
