//! Passkeys in the browser: the script (`assets/passkey.js`) asks here for a challenge, as JSON, and then sends a form like any other. What is wrong
//! before that is told to the script as a sentence.

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_locale::Lang;
use xinyu_protocol::api;
use xinyu_protocol::api::passkey::{NewPasskey, PasskeyChallenge, PasskeyLogin};
use xinyu_protocol::api::user::Reauthentication;
use xinyu_protocol::json::{Limits, parse};

use super::account::render;
use crate::app::Console;
use crate::fault::{Fault, Told, problem_of};
use crate::session::{Sent, finished, is_local};
use crate::visitor::{Caller, Visitor, language};

/// `POST /login/passkey/challenge`.
pub(crate) async fn begin_login(
    State(console): State<Console>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    caller: Caller,
) -> Response {
    let (lang, api) = (language(&uri, &headers), console.api.on_behalf_of(caller.0));
    let given: Result<PasskeyChallenge, ApiError> =
        api.post(&format!("{}/login/passkey/challenge", api::PATH), &json!({})).await;
    match given {
        Ok(given) => Json(given).into_response(),
        Err(error) => sentence(&Told::new(lang, &problem_of(error)), lang),
    }
}

#[derive(Deserialize)]
pub(crate) struct LoginForm {
    challenge: String,
    /// What the browser made, as JSON.
    credential: String,
    #[serde(default)]
    next: String,
}

/// `POST /login/passkey`.
pub(crate) async fn login(
    State(console): State<Console>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Form(form): Form<LoginForm>,
) -> Response {
    let next = if is_local(&form.next) { form.next } else { "/".to_owned() };
    let body = PasskeyLogin { challenge: form.challenge, credential: read(&form.credential) };
    let api = console.api.on_behalf_of(caller.0.clone());
    let answer = api.post(&format!("{}/login/passkey", api::PATH), &body).await;
    let sent = Sent { uri: &uri, headers: &headers, caller: caller.0, next, name: String::new() };
    finished(&console, answer, sent).await
}

/// The form as it is filled in: what is not asked for here is sent later.
#[derive(Deserialize)]
pub(crate) struct BeginForm {
    password: String,
}

/// `POST /account/passkeys/challenge`.
pub(crate) async fn begin_adding(visitor: Visitor, Form(form): Form<BeginForm>) -> Response {
    let (lang, body) = (visitor.page.lang, Reauthentication { password: form.password });
    match visitor.post::<_, PasskeyChallenge>("/me/passkeys", &body).await {
        Ok(given) => Json(given).into_response(),
        Err(fault) => match fault.above_form() {
            Ok(told) => sentence(&told, lang),
            Err(fault) => fault.into_response(),
        },
    }
}

#[derive(Deserialize)]
pub(crate) struct AddForm {
    challenge: String,
    label: String,
    credential: String,
}

/// `POST /account/passkeys`.
pub(crate) async fn add(visitor: Visitor, Form(form): Form<AddForm>) -> Result<Response, Fault> {
    let body = NewPasskey { challenge: form.challenge, label: form.label, credential: read(&form.credential) };
    match visitor.post::<_, IgnoredAny>("/me/passkeys/confirmation", &body).await {
        Ok(_) => Ok(visitor.go("/account", "passkey")),
        Err(fault) => render(&visitor, None, Vec::new(), Some(fault.above_form()?)).await,
    }
}

/// What is no JSON is none of a browser's, and the API says so.
fn read(text: &str) -> Value {
    parse(text.as_bytes(), Limits::WIRE).unwrap_or_default()
}

fn sentence(told: &Told, lang: Lang) -> Response {
    let (stop, between) = match lang {
        Lang::Zh => ("。", "。"),
        Lang::En => (".", ". "),
    };
    let parts = [Some(told.title.as_str()), told.detail.as_deref(), told.next.as_deref()];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(between) + stop;
    let status = if told.status().is_success() { StatusCode::BAD_GATEWAY } else { told.status() };
    (status, text).into_response()
}
