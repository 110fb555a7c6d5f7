//! Login with something else than a password: a certificate or a DID, whose holder signs a challenge off-line, and the organisation's own provider of
//! identities. A flow at a provider belongs to the browser that began it, by a cookie.

use askama::Template;
use axum::Form;
use axum::extract::{OriginalUri, Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_http::{ApiClient, ApiError};
use xinyu_locale::Lang;
use xinyu_protocol::api::login::{Challenge, OidcAnswer, OidcOutcome, OidcStart, OidcStarted};
use xinyu_protocol::api::{self, Session};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::app::Console;
use crate::fault::{Fault, Told, problem_of, rendered};
use crate::form::optional;
use crate::page::words;
use crate::session::{is_local, session_cookie};
use crate::visitor::{Caller, cookie, escape, language, query};

/// `certificate` or `did`: the page of a challenge.
#[derive(Template)]
#[template(path = "login_method.html")]
struct MethodPage {
    lang: Lang,
    method: &'static str,
    challenge: Challenge,
    node: String,
    next: String,
    /// The certificate or the DID, as it was typed.
    who: String,
    told: Option<Told>,
}

words!(MethodPage);

impl MethodPage {
    fn next_word(&self) -> String {
        escape(&self.next)
    }
}

/// Sends the browser on without anybody's doing: a redirect would be the other site's, and then cookies are not sent along.
#[derive(Template)]
#[template(path = "login_onward.html")]
struct OnwardPage {
    lang: Lang,
    to: String,
    heading: &'static str,
}

words!(OnwardPage);

/// Asks for the one-time code of the account.
#[derive(Template)]
#[template(path = "login_code.html")]
struct CodePage {
    lang: Lang,
    continuation: String,
    next: String,
}

words!(CodePage);

/// Asks whether the account at the provider is really to be tied.
#[derive(Template)]
#[template(path = "login_tie.html")]
struct TiePage {
    lang: Lang,
    state: String,
    code: String,
    iss: String,
}

words!(TiePage);

/// A request that nobody is logged in for.
pub(crate) struct Stranger {
    pub(crate) console: Console,
    pub(crate) lang: Lang,
    api: ApiClient,
}

impl Stranger {
    fn new(console: Console, uri: &OriginalUri, headers: &HeaderMap, caller: Caller) -> Self {
        let api = console.api.on_behalf_of(caller.0);
        Self { lang: language(uri, headers), api, console }
    }

    async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T, ApiError> {
        self.api.post(&format!("{}{path}", api::PATH), body).await
    }

    fn fault(&self, error: ApiError) -> Response {
        Fault::alone(self.lang, problem_of(error)).into_response()
    }

    /// A page with a fresh challenge.
    async fn ask(&self, method: &'static str, next: String, who: String, told: Option<Told>) -> Response {
        let challenge: Challenge = match self.post(&format!("/login/{method}/challenge"), &json!({})).await {
            Ok(challenge) => challenge,
            Err(error) => return self.fault(error),
        };
        let status = told.as_ref().map_or(StatusCode::OK, Told::status);
        let (lang, node) = (self.lang, self.console.public.clone());
        rendered(status, &MethodPage { lang, method, challenge, node, next, who, told })
    }

    /// Opens the console, from a page of ours.
    fn enter(&self, session: &Session, next: &str) -> Response {
        match session_cookie(&self.console, &session.token, session.expires_at) {
            Some(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response(),
            None => self.unfit(),
        }
    }

    fn unfit(&self) -> Response {
        self.fault(ApiError::BadCall { reason: "the session token does not fit into a cookie".to_owned() })
    }
}

fn local(next: &str) -> String {
    if is_local(next) { next.to_owned() } else { "/".to_owned() }
}

fn known(method: &str) -> Option<&'static str> {
    ["certificate", "did"].into_iter().find(|one| *one == method)
}

/// `GET /login/{method}`.
pub(crate) async fn show(
    State(console): State<Console>,
    uri: OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Path(method): Path<String>,
) -> Response {
    let next = local(&query(&uri, "next").unwrap_or_default());
    let stranger = Stranger::new(console, &uri, &headers, caller);
    match known(&method) {
        Some(method) => stranger.ask(method, next, String::new(), None).await,
        None => Redirect::to("/login").into_response(),
    }
}

#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    challenge_id: String,
    who: String,
    answer: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /login/{method}`.
pub(crate) async fn answer(
    State(console): State<Console>,
    uri: OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Path(method): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Response {
    let stranger = Stranger::new(console, &uri, &headers, caller);
    let Some(method) = known(&method) else {
        return Redirect::to("/login").into_response();
    };
    let next = local(&form.next);
    let mut body = answer_body(method, &form.challenge_id, &form.who, &form.answer);
    if let (Some(code), Some(members)) = (optional(&form.code), body.as_object_mut()) {
        members.insert("code".to_owned(), code.into());
    }
    match stranger.post::<Session>(&format!("/login/{method}"), &body).await {
        Ok(session) => stranger.enter(&session, &next),
        Err(error) => {
            let told = Told::new(stranger.lang, &problem_of(error));
            stranger.ask(method, next, form.who, Some(told)).await
        }
    }
}

/// What the API takes as the answer to a challenge.
pub(crate) fn answer_body(method: &str, challenge_id: &str, who: &str, answer: &str) -> Value {
    let (who_name, answer_name) = if method == "did" { ("did", "jws") } else { ("certificate", "signature") };
    json!({ "challengeId": challenge_id, who_name: who.trim(), answer_name: answer.trim() })
}

#[derive(Deserialize)]
pub(crate) struct LeaveForm {
    #[serde(default)]
    next: String,
}

/// `POST /login/oidc/{provider}`.
pub(crate) async fn leave(
    State(console): State<Console>,
    uri: OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Path(provider): Path<String>,
    Form(form): Form<LeaveForm>,
) -> Response {
    let stranger = Stranger::new(console, &uri, &headers, caller);
    match stranger.post::<OidcStarted>("/login/oidc/start", &OidcStart { provider }).await {
        Ok(started) => {
            onward(&stranger.console, stranger.lang, &started, &format!("login.{}", escape(&local(&form.next))))
        }
        Err(error) => stranger.fault(error),
    }
}

/// A page that leads to the provider, with the cookie that binds the flow to this browser. What comes back is another site's doing, so the cookie is not
/// `Strict`; it is good for nothing but this flow.
pub(crate) fn onward(console: &Console, lang: Lang, started: &OidcStarted, what: &str) -> Response {
    let page = rendered(StatusCode::OK, &OnwardPage { lang, to: started.url.clone(), heading: "login-onward" });
    with_flow(console, page, &format!("{}.{what}", started.flow), 300)
}

fn with_flow(console: &Console, mut page: Response, value: &str, seconds: u32) -> Response {
    let secure = if console.is_secure { "; Secure" } else { "" };
    let name = flow_cookie(console);
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        page.headers_mut().append(SET_COOKIE, cookie);
    }
    page
}

fn flow_cookie(console: &Console) -> String {
    console.session_cookie.replacen("session", "flow", 1)
}

/// The flow of this browser, and what it was begun for.
pub(crate) fn flow(console: &Console, headers: &HeaderMap) -> Option<(String, String)> {
    let value = cookie(headers, &flow_cookie(console))?;
    value.split_once('.').map(|(flow, what)| (flow.to_owned(), what.to_owned()))
}

/// `GET /login/callback`: what the provider sends back.
pub(crate) async fn arrive(
    State(console): State<Console>,
    uri: OriginalUri,
    headers: HeaderMap,
    caller: Caller,
) -> Response {
    let stranger = Stranger::new(console, &uri, &headers, caller);
    let get = |name: &str| query(&uri, name);
    let (Some((flow, what)), Some(state)) = (self::flow(&stranger.console, &headers), get("state")) else {
        return Fault::alone(stranger.lang, not_begun()).into_response();
    };
    let Some(code) = get("code") else {
        return Fault::alone(stranger.lang, refused(get("error"))).into_response();
    };
    let iss = get("iss");
    let Some(next) = what.strip_prefix("login.") else {
        // Whoever is logged in is known to our own pages only: they press a button.
        let (lang, iss) = (stranger.lang, iss.unwrap_or_default());
        return rendered(StatusCode::OK, &TiePage { lang, state, code, iss });
    };
    let next = local(
        &url::form_urlencoded::parse(format!("n={next}").as_bytes())
            .next()
            .map(|(_, n)| n.into_owned())
            .unwrap_or_default(),
    );
    let outcome = stranger.post::<OidcOutcome>("/login/oidc", &OidcAnswer { flow, state, code, iss }).await;
    let page = match outcome {
        Ok(OidcOutcome { session: Some(session), .. }) => {
            let mut page =
                rendered(StatusCode::OK, &OnwardPage { lang: stranger.lang, to: next, heading: "login-arrived" });
            match session_cookie(&stranger.console, &session.token, session.expires_at) {
                Some(cookie) => page.headers_mut().append(SET_COOKIE, cookie),
                None => return stranger.unfit(),
            };
            page
        }
        Ok(OidcOutcome { continuation: Some(continuation), .. }) => {
            rendered(StatusCode::OK, &CodePage { lang: stranger.lang, continuation, next })
        }
        Ok(_) => Fault::alone(stranger.lang, not_begun()).into_response(),
        Err(error) => stranger.fault(error),
    };
    with_flow(&stranger.console, page, "", 0)
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    continuation: String,
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /login/callback/code`.
pub(crate) async fn code(
    State(console): State<Console>,
    uri: OriginalUri,
    headers: HeaderMap,
    caller: Caller,
    Form(form): Form<CodeForm>,
) -> Response {
    let stranger = Stranger::new(console, &uri, &headers, caller);
    let body = json!({ "continuation": form.continuation, "code": form.code });
    match stranger.post::<Session>("/login/oidc/code", &body).await {
        Ok(session) => stranger.enter(&session, &local(&form.next)),
        Err(error) => stranger.fault(error),
    }
}

fn not_begun() -> Problem {
    let title =
        Text::new("本浏览器没有发起这次登录，或已超时", "this browser did not begin this login, or took too long");
    Problem::new(400, "login-not-begun", title).next(Text::new("请回到登录页重新发起", "begin again at the login"))
}

fn refused(error: Option<String>) -> Problem {
    let title = Text::new("身份提供方没有让您登录", "the provider of identities did not let you in");
    let word: String =
        error.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    Problem::new(401, "provider-refused", title)
        .detail(Text::new(format!("对方给出的原因：{word}"), format!("its reason: {word}")))
        .next(Text::new("请回到登录页重试，或改用其他登录方式", "try again at the login, or log in another way"))
}
