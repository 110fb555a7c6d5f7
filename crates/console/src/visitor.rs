//! Who looks at a page: the session, the language, and the node as the API shows it to them.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_http::{ApiClient, ApiError, caller};
use xinyu_locale::Lang;
use xinyu_protocol::api::{NodeInfo, UserCard};
use xinyu_protocol::tc609::participant::NodeCard;
use xinyu_protocol::{api, text};

use crate::app::Console;
use crate::fault::{Fault, rendered};
use crate::page::Page;
use crate::session::is_local;

/// A person with a session. Without one the request is sent to the login page.
pub(crate) struct Visitor {
    pub(crate) page: Page,
    client: ApiClient,
    console: Console,
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let lang = language(&parts.uri, &parts.headers);
        let here = here(parts);
        let to_login = || Redirect::to(&format!("/login?next={}", escape(&here))).into_response();
        let Some(token) = cookie(&parts.headers, &console.session_cookie) else {
            return Err(to_login());
        };
        let client = console.api.with_session(token).on_behalf_of(caller::address(&parts.headers, &parts.extensions));
        let (node, me) = (format!("{}/node", api::PATH), format!("{}/me", api::PATH));
        let found = tokio::try_join!(client.get::<NodeInfo>(&node), client.get::<UserCard>(&me));
        match found {
            Ok((node, user)) => {
                let page = Page::new(lang, node, user, here, query(&parts.uri, "done"));
                Ok(Self { page, client, console: console.clone() })
            }
            // Something stands in the way of everything but one's own account: it is told there.
            Err(error) if error.status() == Some(403) => {
                let Ok(user) = client.get::<UserCard>(&me).await else {
                    return Err(Fault::of(lang, None, error).into_response());
                };
                if !parts.uri.path().starts_with("/account") {
                    return Err(Redirect::to("/account").into_response());
                }
                let node = bare_node(console).await;
                let page = Page::new(lang, node, user, here, query(&parts.uri, "done"));
                Ok(Self { page, client, console: console.clone() })
            }
            Err(error) if error.status() == Some(401) => Err(to_login()),
            Err(error) => Err(Fault::of(lang, None, error).into_response()),
        }
    }
}

impl Visitor {
    /// Reads below `/api/v1`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.try_get(path).await.map_err(|error| self.fault(error))
    }

    /// Reads what a page can do without.
    pub(crate) async fn try_get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.client.get(&format!("{}{path}", api::PATH)).await
    }

    /// Reads bytes below `/api/v1`.
    pub(crate) async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.client.get_bytes(&format!("{}{path}", api::PATH)).await.map_err(|error| self.fault(error))
    }

    /// Acts below `/api/v1`.
    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, Fault> {
        self.client.post(&format!("{}{path}", api::PATH), body).await.map_err(|error| self.fault(error))
    }

    /// What went wrong, on a page with the frame of this visitor.
    pub(crate) fn fault(&self, error: ApiError) -> Fault {
        Fault::of(self.page.lang, Some(self.page.clone()), error)
    }

    /// The frame of a page, with the part of the menu that it belongs to.
    pub(crate) fn page(&self, section: &'static str) -> Page {
        Page { section, ..self.page.clone() }
    }

    /// How the node is reached.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// A new key for a form.
    pub(crate) fn new_id(&self) -> String {
        (self.console.new_id)()
    }

    /// Shows a page.
    pub(crate) fn show(&self, template: &impl Template) -> Response {
        rendered(StatusCode::OK, template)
    }

    /// Shows the page of a form; again, with what went wrong, if something did.
    pub(crate) fn show_form(&self, template: &impl Template, told: Option<StatusCode>) -> Response {
        rendered(told.unwrap_or(StatusCode::OK), template)
    }

    /// Goes on to a page, which will say what was done.
    pub(crate) fn go(&self, path: &str, done: &str) -> Response {
        let join = if path.contains('?') { '&' } else { '?' };
        Redirect::to(&format!("{path}{join}done={done}")).into_response()
    }
}

/// From which address somebody asks.
pub(crate) struct Caller(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(caller::address(&parts.headers, &parts.extensions)))
    }
}

/// What anybody may know of the node.
async fn bare_node(console: &Console) -> NodeInfo {
    let card = console.api.get::<NodeCard>("/.well-known/xinyu").await.ok();
    let (kind, name, party_id) =
        card.map_or_else(|| ("platform".to_owned(), String::new(), None), |card| (card.kind, card.name, card.party_id));
    NodeInfo {
        kind,
        name,
        party_id,
        role: None,
        participant: None,
        address: String::new(),
        engine: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: String::new(),
    }
}

/// Where the reader is, for links that come back here; after a form the page that held it.
fn here(parts: &Parts) -> String {
    if parts.method == axum::http::Method::GET {
        return parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    }
    let referer = parts
        .headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| url::Url::parse(value).ok());
    let path = referer.map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    path.filter(|path| is_local(path)).unwrap_or_else(|| "/".to_owned())
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
}

/// A parameter of the query.
pub(crate) fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The language that the query asks for.
pub(crate) fn chosen_language(uri: &Uri) -> Option<Lang> {
    word_of_language(&query(uri, "lang")?)
}

/// By query, cookie, `Accept-Language`, in this order.
pub(crate) fn language(uri: &Uri, headers: &HeaderMap) -> Lang {
    let remembered = || cookie(headers, "xinyu_lang").and_then(word_of_language);
    chosen_language(uri).or_else(remembered).unwrap_or_else(|| {
        let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match text::Lang::from_accept_language(wish) {
            text::Lang::Zh => Lang::Zh,
            text::Lang::En => Lang::En,
        }
    })
}

fn word_of_language(word: &str) -> Option<Lang> {
    match word {
        "zh" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// A text as one segment of a path or one value of a query. No identifier consists of dots; such a text must not climb in the path.
pub(crate) fn escape(text: &str) -> String {
    if text.chars().all(|c| c == '.') {
        return "-".to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one_segment() {
        for (text, expect) in
            [("a/b?c#d", "a%2Fb%3Fc%23d"), ("..", "-"), ("", "-"), ("C4•é", "C4%E2%80%A2%C3%A9"), ("a.b", "a.b")]
        {
            assert_eq!(escape(text), expect);
        }
    }

    #[test]
    fn language_by_query_then_cookie_then_header() {
        let headers = |cookie: &str, accept: &str| {
            let pairs = [(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accept)];
            HeaderMap::from_iter(pairs.map(|(name, value)| (name, value.parse().unwrap())))
        };
        for (uri, cookie, accept, expect) in [
            ("/?lang=en", "xinyu_lang=zh", "zh", Lang::En),
            ("/?lang=xx", "a=b; xinyu_lang=en", "zh", Lang::En),
            ("/", "", "en-GB", Lang::En),
            ("/", "", "", Lang::Zh),
        ] {
            assert_eq!(language(&uri.parse().unwrap(), &headers(cookie, accept)), expect, "{uri} {cookie} {accept}");
        }
    }
}
