//! Login and logout: the API's session token in a cookie that no script reads and no other site's request carries.

use askama::Template;
use axum::Form;
use axum::extract::{OriginalUri, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_http::ApiError;
use xinyu_locale::Lang;
use xinyu_protocol::api::captcha::{Captcha, CaptchaAnswer};
use xinyu_protocol::api::login::LoginMethods;
use xinyu_protocol::api::{self, Login, Session};
use xinyu_protocol::tc609::participant::NodeCard;

use crate::app::Console;
use crate::fault::{Told, problem_of, rendered};
use crate::form::optional;
use crate::page::words;
use crate::visitor::{Caller, cookie, escape, language, query};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    lang: Lang,
    node: Option<NodeCard>,
    next: String,
    name: String,
    told: Option<Told>,
    /// What else there is.
    methods: LoginMethods,
    /// A picture to read first.
    captcha: Option<Captcha>,
}

words!(LoginPage);

/// How one may log in besides by password; nothing, if the node does not say.
pub(crate) async fn methods(console: &Console) -> LoginMethods {
    console.api.get(&format!("{}/login/providers", api::PATH)).await.unwrap_or_default()
}

impl LoginPage {
    /// Where to go on to, as a value of a query.
    fn next_word(&self) -> String {
        escape(&self.next)
    }
}

/// `GET /login`.
pub(crate) async fn form(
    State(console): State<Console>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let lang = language(&uri, &headers);
    let next = query(&uri, "next").filter(|next| is_local(next)).unwrap_or_else(|| "/".to_owned());
    let node = console.api.get("/.well-known/xinyu").await.ok();
    let methods = methods(&console).await;
    rendered(StatusCode::OK, &LoginPage { lang, node, next, name: String::new(), told: None, methods, captcha: None })
}

#[derive(Deserialize)]
pub(crate) struct LoginForm {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    captcha: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`.
pub(crate) async fn login(
    State(console): State<Console>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Form(form): Form<LoginForm>,
) -> Response {
    let next = if is_local(&form.next) { form.next } else { "/".to_owned() };
    let captcha = optional(&form.captcha).map(|captcha| CaptchaAnswer { captcha, answer: form.answer });
    let body = Login { name: form.name.clone(), password: form.password, code: optional(&form.code), captcha };
    let api = console.api.on_behalf_of(caller.0.clone());
    let answer: Result<Session, ApiError> = api.post(&format!("{}/login", api::PATH), &body).await;
    let from = Sent { uri: &uri, headers: &headers, caller: caller.0, next, name: form.name };
    finished(&console, answer, from).await
}

/// From where a login was sent, and what is kept of it if it fails.
pub(crate) struct Sent<'a> {
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: String,
    pub(crate) next: String,
    pub(crate) name: String,
}

/// Goes on with a session, or shows the login page again with what is wrong; by whatever method.
pub(crate) async fn finished(console: &Console, answer: Result<Session, ApiError>, sent: Sent<'_>) -> Response {
    let error = match answer {
        Ok(session) => match session_cookie(console, &session.token, session.expires_at) {
            Some(cookie) => return ([(SET_COOKIE, cookie)], Redirect::to(&sent.next)).into_response(),
            None => ApiError::BadCall { reason: "the session token does not fit into a cookie".to_owned() },
        },
        Err(error) => error,
    };
    let lang = language(sent.uri, sent.headers);
    let problem = problem_of(error);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let node = console.api.get("/.well-known/xinyu").await.ok();
    let captcha = match problem.code.as_str() {
        "captcha-needed" | "wrong-captcha" => {
            let api = console.api.on_behalf_of(sent.caller);
            api.post(&format!("{}/login/captcha", api::PATH), &serde_json::json!({})).await.ok()
        }
        _ => None,
    };
    let told = Some(Told::new(lang, &problem));
    let methods = methods(console).await;
    rendered(status, &LoginPage { lang, node, next: sent.next, name: sent.name, told, methods, captcha })
}

/// `POST /logout`: the session ends on the server too.
pub(crate) async fn logout(State(console): State<Console>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie(&headers, &console.session_cookie) {
        let ended: Result<IgnoredAny, ApiError> =
            console.api.with_session(token).post(&format!("{}/logout", api::PATH), &serde_json::json!({})).await;
        if let Err(error) = ended {
            tracing::warn!(%error, "session was not ended on the server");
        }
    }
    let mut response = Redirect::to("/login").into_response();
    response
        .headers_mut()
        .extend(session_cookie(&console, "", Timestamp::UNIX_EPOCH).map(|cookie| (SET_COOKIE, cookie)));
    response
}

pub(crate) fn session_cookie(console: &Console, token: &str, expires_at: Timestamp) -> Option<HeaderValue> {
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
        return None;
    }
    let expires = expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT");
    let (name, secure) = (&console.session_cookie, if console.is_secure { "; Secure" } else { "" });
    HeaderValue::from_str(&format!("{name}={token}; Path=/; Expires={expires}; HttpOnly; SameSite=Strict{secure}")).ok()
}

/// Whether a path stays on this node.
pub(crate) fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ConsoleOptions;

    #[test]
    fn only_paths_of_this_node_are_gone_on_to() {
        for (path, expect) in [
            ("/", true),
            ("/contracts?a=b", true),
            ("//evil.example", false),
            ("/\\evil", false),
            ("https://evil", false),
            ("", false),
            ("/\t/evil", false),
        ] {
            assert_eq!(is_local(path), expect, "{path}");
        }
    }

    #[test]
    fn the_cookie_is_for_no_script_no_other_site_and_no_other_node() {
        let at: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let check = |public: &str, name: &str, end: &str| {
            let options = ConsoleOptions {
                api: "http://127.0.0.1:1".to_owned(),
                public: public.to_owned(),
                new_id: std::sync::Arc::new(String::new),
            };
            let console = Console::new(options).unwrap();
            let expect =
                format!("{name}=a-b; Path=/; Expires=Tue, 24 Nov 2026 00:00:00 GMT; HttpOnly; SameSite=Strict{end}");
            assert_eq!(session_cookie(&console, "a-b", at).unwrap(), expect.as_str(), "{public}");
            assert!(session_cookie(&console, "a; Domain=evil", at).is_none());
        };
        xinyu_http::install_tls();
        check("http://127.0.0.1:7700", "xinyu_session_7700", "");
        check("http://127.0.0.1:7710", "xinyu_session_7710", "");
        check("https://space.example", "xinyu_session", "; Secure");
    }
}
