//! Components (算法、模型、应用程序): what is registered, one with its versions, the review at a platform, and at a connector the registration of an algorithm and
//! the withdrawal of one's own. TC609-6-2025-15 §7.2.1.2. Models, applications and large contents are registered from the command line.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::component::{
    ComponentInfo, ComponentLife, ComponentMove, ComponentVersion, NewComponent, WithdrawComponent,
};
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::tc609::component::{ComponentKind, ComponentState};

use crate::fault::{Fault, Told};
use crate::form::{is_ticked, optional};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "components.html")]
struct ComponentsPage {
    page: Page,
    components: Vec<ComponentInfo>,
    spaces: Vec<String>,
    form: NewForm,
    told: Option<Told>,
}

/// `GET /components`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let form = NewForm { registration_id: visitor.new_id(), output_leaves: "yes".to_owned(), ..NewForm::default() };
    render(&visitor, form, None).await
}

async fn render(visitor: &Visitor, form: NewForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("components");
    let components = visitor.get::<List<ComponentInfo>>("/components").await?.items;
    let spaces = if page.may("component.register") {
        visitor.get::<RegistrationInfo>("/registration").await?.spaces
    } else {
        Vec::new()
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ComponentsPage { page, components, spaces, form, told }, status))
}

/// The form of an algorithm.
#[derive(Default, Deserialize)]
pub(crate) struct NewForm {
    #[serde(default)]
    registration_id: String,
    #[serde(default)]
    space: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    component: String,
    #[serde(default)]
    former: String,
    #[serde(default)]
    sql: String,
    #[serde(default)]
    outputs: String,
    #[serde(default)]
    output_leaves: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    description: String,
}

/// `POST /components`.
pub(crate) async fn register(visitor: Visitor, Form(form): Form<NewForm>) -> Result<Response, Fault> {
    let body = NewComponent {
        registration_id: form.registration_id.clone(),
        space_id: form.space.clone(),
        component_id: optional(&form.component),
        former: optional(&form.former),
        kind: ComponentKind::Algorithm,
        name: form.name.trim().to_owned(),
        version: form.version.trim().to_owned(),
        media_type: "application/sql".to_owned(),
        content: Some(STANDARD.encode(form.sql.trim())),
        size_bytes: None,
        digests: None,
        outputs: form.outputs.trim().to_owned(),
        output_leaves: is_ticked(&form.output_leaves),
        description: form.description.trim().to_owned(),
        purpose: form.purpose.trim().to_owned(),
        address: None,
        callers: Vec::new(),
    };
    match visitor.post::<_, ComponentInfo>("/components", &body).await {
        Ok(made) => Ok(visitor.go(&format!("/components/{}", escape(&made.component_id)), "component-registered")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "component.html")]
struct ComponentPage {
    page: Page,
    life: ComponentLife,
    newest: ComponentInfo,
    own: String,
    told: Option<Told>,
}

impl ComponentPage {
    /// What this person may do with a version: at a platform whatever leads somewhere, at its source to withdraw it.
    fn moves<'v>(&self, version: &'v ComponentVersion) -> Vec<&'v str> {
        let all = version.moves.iter().map(String::as_str);
        if self.page.may("component.decide") {
            return all.collect();
        }
        let is_own = self.page.may("component.withdraw") && version.info.source == self.own;
        all.filter(|act| is_own && *act == "withdraw").collect()
    }

    fn is_dangerous(&self, act: &str) -> bool {
        matches!(act, "refuse" | "suspend" | "withdraw")
    }

    /// Whether a stranger could be handed its file.
    fn has_file(&self, info: &ComponentInfo) -> bool {
        self.page.may("component.file") && info.state != ComponentState::Refused
    }
}

/// `GET /components/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, None).await
}

async fn render_one(visitor: &Visitor, id: &str, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("components");
    let life: ComponentLife = visitor.get(&format!("/components/{}", escape(id))).await?;
    let Some(newest) = life.versions.first().map(|one| one.info.clone()) else {
        return Ok(visitor.go("/components", "component-decided"));
    };
    let own = page.node.party_id.clone().unwrap_or_default();
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ComponentPage { page, life, newest, own, told }, status))
}

/// The form of a decision.
#[derive(Deserialize)]
pub(crate) struct DecisionForm {
    version: String,
    action: String,
    #[serde(default)]
    reason: String,
}

/// `POST /components/{id}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, Fault> {
    let version = format!("/components/{}/versions/{}", escape(&id), escape(&form.version));
    let reason = form.reason.trim().to_owned();
    let done = if visitor.page("components").is_platform() {
        let body = ComponentMove { action: form.action, reason };
        visitor.post::<_, IgnoredAny>(&format!("{version}/decision"), &body).await
    } else {
        visitor.post::<_, IgnoredAny>(&format!("{version}/withdrawal"), &WithdrawComponent { reason }).await
    };
    match done {
        Ok(_) => Ok(visitor.go(&format!("/components/{}", escape(&id)), "component-decided")),
        Err(fault) => render_one(&visitor, &id, Some(fault.above_form()?)).await,
    }
}

/// `GET /components/{id}/file/{version}`.
pub(crate) async fn file(visitor: Visitor, Path((id, version)): Path<(String, String)>) -> Result<Response, Fault> {
    let path = format!("/components/{}/versions/{}/file", escape(&id), escape(&version));
    let bytes = visitor.get_bytes(&path).await?;
    let name: String =
        format!("{id}-{version}").chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
