//! One's own account: what stands in the way, the password, the second factor, the sessions.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::login::LoginMethods;
use xinyu_protocol::api::user::{
    Enrolment, LoginKeyInfo, OneTimeCode, PasswordChange, Reauthentication, RecoveryCodes, SessionInfo,
};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    sessions: Vec<SessionInfo>,
    /// How one may log in here besides by password.
    methods: LoginMethods,
    keys: Vec<LoginKeyInfo>,
    /// What to take into the authenticator: the QR code as an image, the secret, the address.
    enrolment: Option<(String, String, String)>,
    /// Shown once.
    codes: Vec<String>,
    told: Option<Told>,
}

/// `GET /account`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None, Vec::new(), None).await
}

pub(crate) async fn render(
    visitor: &Visitor,
    enrolment: Option<Enrolment>,
    codes: Vec<String>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let sessions = visitor.get::<List<SessionInfo>>("/me/sessions").await?.items;
    let methods = crate::session::methods(visitor.console()).await;
    let keys = visitor.get::<List<LoginKeyInfo>>("/me/login-keys").await?.items;
    let image = |made: Enrolment| {
        let data = format!("data:image/svg+xml;base64,{}", STANDARD.encode(made.svg));
        (data, made.secret, made.uri)
    };
    let status = told.as_ref().map(Told::status);
    let page = visitor.page("account");
    let shown = AccountPage { page, sessions, methods, keys, enrolment: enrolment.map(image), codes, told };
    Ok(visitor.show_form(&shown, status))
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    old: String,
    new: String,
    again: String,
}

/// `POST /account/password`. With a new password everybody logs in anew.
pub(crate) async fn password(visitor: Visitor, Form(form): Form<PasswordForm>) -> Result<Response, Fault> {
    let sent = if form.new == form.again {
        let body = PasswordChange { old: form.old, new: form.new };
        visitor.post::<_, IgnoredAny>("/me/password", &body).await
    } else {
        let title = Text::new("两次输入的新密码不一致", "the new password was typed differently the second time");
        Err(Fault::in_form(&visitor.page, Problem::new(400, "password-again", title)))
    };
    match sent {
        Ok(_) => Ok(visitor.go("/login", "password")),
        Err(fault) => render(&visitor, None, Vec::new(), Some(fault.above_form()?)).await,
    }
}

/// `POST /account/second-factor`: shows what goes into the authenticator.
pub(crate) async fn begin(visitor: Visitor, Form(form): Form<Reauthentication>) -> Result<Response, Fault> {
    match visitor.post::<_, Enrolment>("/me/second-factor", &form).await {
        Ok(enrolment) => render(&visitor, Some(enrolment), Vec::new(), None).await,
        Err(fault) => render(&visitor, None, Vec::new(), Some(fault.above_form()?)).await,
    }
}

/// `POST /account/second-factor/confirmation`: shows the recovery codes.
pub(crate) async fn confirm(visitor: Visitor, Form(form): Form<OneTimeCode>) -> Result<Response, Fault> {
    match visitor.post::<_, RecoveryCodes>("/me/second-factor/confirmation", &form).await {
        Ok(codes) => render(&visitor, None, codes.recovery_codes, None).await,
        Err(fault) => render(&visitor, None, Vec::new(), Some(fault.above_form()?)).await,
    }
}

/// `POST /account/login-keys/{id}/removal`.
pub(crate) async fn remove_key(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>(&format!("/me/login-keys/{}/removal", escape(&id)), &json!({})).await?;
    Ok(visitor.go("/account", "login-key-removed"))
}

/// `POST /account/sessions/{id}`.
pub(crate) async fn end(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>(&format!("/me/sessions/{}/end", escape(&id)), &json!({})).await?;
    Ok(visitor.go("/account", "session"))
}
