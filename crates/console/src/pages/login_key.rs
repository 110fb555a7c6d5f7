//! Tying a certificate, a DID or an account at a provider of identities to one's own account.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::login::{CertificateOrder, Challenge, OidcAnswer, OidcBinding, OidcStarted, OwnCertificate};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use super::login_method::{answer_body, flow, onward};
use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "login_key.html")]
struct KeyPage {
    page: Page,
    /// `certificate` or `did`.
    method: &'static str,
    challenge: Challenge,
    node: String,
    who: String,
    label: String,
    told: Option<Told>,
}

impl KeyPage {
    fn t(&self, id: &str) -> String {
        self.page.t(id)
    }
}

#[derive(Template)]
#[template(path = "login_certificate.html")]
struct OrderPage {
    page: Page,
    request: String,
    label: String,
    told: Option<Told>,
}

fn known(page: &Page, method: &str) -> Result<&'static str, Fault> {
    ["certificate", "did"].into_iter().find(|one| *one == method).ok_or_else(|| {
        let title = Text::new("没有该登录方式", "there is no such way to log in");
        Fault::in_form(page, Problem::new(404, "unknown-login-key", title))
    })
}

async fn render(
    visitor: &Visitor,
    method: &'static str,
    (who, label): (String, String),
    told: Option<Told>,
) -> Result<Response, Fault> {
    let challenge = visitor.post(&format!("/me/login-keys/{method}/challenge"), &json!({})).await?;
    let status = told.as_ref().map(Told::status);
    let page = visitor.page("account");
    let node = visitor.console().public.clone();
    Ok(visitor.show_form(&KeyPage { page, method, challenge, node, who, label, told }, status))
}

/// `GET /account/login-keys/{method}`.
pub(crate) async fn show(visitor: Visitor, Path(method): Path<String>) -> Result<Response, Fault> {
    let method = known(&visitor.page("account"), &method)?;
    render(&visitor, method, (String::new(), String::new()), None).await
}

#[derive(Deserialize)]
pub(crate) struct KeyForm {
    challenge_id: String,
    who: String,
    answer: String,
    #[serde(default)]
    label: String,
    password: String,
}

/// `POST /account/login-keys/{method}`.
pub(crate) async fn tie(
    visitor: Visitor,
    Path(method): Path<String>,
    Form(form): Form<KeyForm>,
) -> Result<Response, Fault> {
    let method = known(&visitor.page("account"), &method)?;
    let mut body = answer_body(method, &form.challenge_id, &form.who, &form.answer);
    if let Some(members) = body.as_object_mut() {
        members.insert("label".to_owned(), form.label.as_str().into());
        members.insert("password".to_owned(), form.password.into());
    }
    match visitor.post::<_, IgnoredAny>(&format!("/me/login-keys/{method}"), &body).await {
        Ok(_) => Ok(visitor.go("/account", "login-key")),
        Err(fault) => render(&visitor, method, (form.who, form.label), Some(fault.above_form()?)).await,
    }
}

/// `GET /account/certificate`.
pub(crate) async fn order(visitor: Visitor) -> Response {
    let page = visitor.page("account");
    visitor.show(&OrderPage { page, request: String::new(), label: String::new(), told: None })
}

/// `POST /account/certificate`: a file with the certificate and its chain.
pub(crate) async fn issue(visitor: Visitor, Form(form): Form<CertificateOrder>) -> Result<Response, Fault> {
    match visitor.post::<_, OwnCertificate>("/me/login-keys/certificate/issuance", &form).await {
        Ok(made) => {
            let head = [
                (CONTENT_TYPE, "application/x-pem-file"),
                (CONTENT_DISPOSITION, "attachment; filename=\"login-certificate.pem\""),
            ];
            Ok((StatusCode::OK, head, made.chain).into_response())
        }
        Err(fault) => {
            let told = fault.above_form()?;
            let (page, status) = (visitor.page("account"), told.status());
            let page = OrderPage { page, request: form.request, label: form.label, told: Some(told) };
            Ok(visitor.show_form(&page, Some(status)))
        }
    }
}

/// `POST /account/oidc`: goes to the provider.
pub(crate) async fn leave(visitor: Visitor, Form(form): Form<OidcBinding>) -> Result<Response, Fault> {
    let started: OidcStarted = visitor.post("/me/login-keys/oidc/start", &form).await?;
    Ok(onward(visitor.console(), visitor.page.lang, &started, "tie"))
}

#[derive(Deserialize)]
pub(crate) struct TieForm {
    state: String,
    code: String,
    #[serde(default)]
    iss: String,
}

/// `POST /account/oidc/tie`: what the provider sent back, confirmed on a page of ours.
pub(crate) async fn arrive(visitor: Visitor, headers: HeaderMap, Form(form): Form<TieForm>) -> Result<Response, Fault> {
    let TieForm { state, code, iss } = form;
    let flow = flow(visitor.console(), &headers).map(|(flow, _)| flow).unwrap_or_default();
    let iss = Some(iss).filter(|iss| !iss.is_empty());
    visitor.post::<_, IgnoredAny>("/me/login-keys/oidc", &OidcAnswer { flow, state, code, iss }).await?;
    Ok(visitor.go("/account", "login-key"))
}
