//! Accounts and their roles, for the three administrators; and who appoints the first of them.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::audit::AuditInfo;
use xinyu_protocol::api::user::{NewGrant, NewPassword, NewUser, UserInfo};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// The roles that can be chosen.
const ROLES: [&str; 6] = ["system", "security", "audit", "manager", "clerk", "viewer"];

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    page: Page,
    users: Vec<UserInfo>,
    alerts: Vec<AuditInfo>,
    roles: &'static [&'static str],
    form: UserForm,
    told: Option<Told>,
}

/// The form of a new account.
#[derive(Default, Deserialize)]
pub(crate) struct UserForm {
    name: String,
    display_name: String,
    role: String,
    password: String,
}

/// `GET /users`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, UserForm::default(), None).await
}

async fn render(visitor: &Visitor, form: UserForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("users");
    let users = if page.may("user.list") { visitor.get::<List<UserInfo>>("/users").await?.items } else { Vec::new() };
    let alerts =
        if page.may("alert.list") { visitor.get::<List<AuditInfo>>("/alerts").await?.items } else { Vec::new() };
    let roles = if page.may("user.appoint") { ROLES.get(..3).unwrap_or_default() } else { &ROLES[..] };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&UsersPage { page, users, alerts, roles, form, told }, status))
}

/// `POST /users`: an account, or one of the first administrators.
pub(crate) async fn create(visitor: Visitor, Form(form): Form<UserForm>) -> Result<Response, Fault> {
    let body = NewUser {
        name: form.name.trim().to_owned(),
        display_name: form.display_name.trim().to_owned(),
        role: form.role.clone(),
        password: form.password.clone(),
    };
    let path = if visitor.page.may("user.create") { "/users" } else { "/administrators" };
    match visitor.post::<_, IgnoredAny>(path, &body).await {
        Ok(_) => Ok(visitor.go("/users", "user")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

/// What to do with an account.
#[derive(Deserialize)]
pub(crate) struct ActForm {
    action: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    password: String,
}

/// `POST /users/{name}`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, Fault> {
    let at = |what: &str| format!("/users/{}/{what}", escape(&name));
    let nothing = json!({});
    let sent = match form.action.as_str() {
        "disable" => visitor.post::<_, IgnoredAny>(&at("disabling"), &nothing).await,
        "enable" => visitor.post(&at("enabling"), &nothing).await,
        "unlock" => visitor.post(&at("unlocking"), &nothing).await,
        "second-factor" => visitor.post(&at("second-factor/reset"), &nothing).await,
        "password" => visitor.post(&at("password"), &NewPassword { password: form.password }).await,
        _ => visitor.post(&at("grants"), &NewGrant { role: form.role }).await,
    };
    done(&visitor, sent).await
}

/// Which way.
#[derive(Deserialize)]
pub(crate) struct GrantForm {
    action: String,
}

/// `POST /grants/{id}`.
pub(crate) async fn grant(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<GrantForm>,
) -> Result<Response, Fault> {
    let what = if form.action == "confirm" { "confirmation" } else { "withdrawal" };
    let sent = visitor.post::<_, IgnoredAny>(&format!("/grants/{}/{what}", escape(&id)), &json!({})).await;
    done(&visitor, sent).await
}

async fn done(visitor: &Visitor, sent: Result<IgnoredAny, Fault>) -> Result<Response, Fault> {
    match sent {
        Ok(_) => Ok(visitor.go("/users", "user")),
        Err(fault) => render(visitor, UserForm::default(), Some(fault.above_form()?)).await,
    }
}
