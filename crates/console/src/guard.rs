//! What stands before every page: a form is taken only from our own pages, an address that takes forms only leads to the page above it, and a chosen language is
//! remembered.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use xinyu_locale::Lang;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::app::Console;
use crate::fault::Fault;
use crate::visitor::{chosen_language, language};

/// Refuses what changes something and does not come from our own pages. Browsers say where a request comes from in `Sec-Fetch-Site`, older ones and
/// plain http in `Origin`; a request that says neither is no browser's form.
pub(crate) async fn same_origin(State(console): State<Console>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !is_same_origin(request.headers(), &console.origin) {
        let lang = language(request.uri(), request.headers());
        let problem = Problem::new(
            403,
            "cross-site-form",
            Text::new("已拒绝来自其他网站的表单", "a form from another site is refused"),
        )
        .next(Text::new("请在本控制台页面中重新操作", "do it again on a page of this console"));
        return Fault::alone(lang, problem).into_response();
    }
    next.run(request).await
}

fn is_same_origin(headers: &HeaderMap, ours: &str) -> bool {
    let read = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = read("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = read(ORIGIN.as_str()) else {
        return false;
    };
    // Behind a proxy the public address is ours; on loopback a reader may come by another name of the same host.
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin == ours || (host.is_some() && host == read(HOST.as_str()))
}

/// An address that takes forms only, read as a page: somebody reads the answer to a form again, and is led to the page above.
pub(crate) async fn lead_up(request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET;
    let above = request.uri().path().rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
    let response = next.run(request).await;
    if is_read && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return Redirect::to(if above.is_empty() { "/" } else { &above }).into_response();
    }
    response
}

/// `?lang=zh` or `?lang=en` holds for later pages too.
pub(crate) async fn remember_language(request: Request, next: Next) -> Response {
    let chosen = chosen_language(request.uri());
    let mut response = next.run(request).await;
    if let Some(lang) = chosen {
        let cookie = match lang {
            Lang::Zh => "xinyu_lang=zh; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly",
            Lang::En => "xinyu_lang=en; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly",
        };
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expect: bool) {
        let map =
            headers.iter().map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        assert_eq!(is_same_origin(&map, "https://space.example"), expect, "{headers:?}");
    }

    #[test]
    fn only_our_own_pages_may_send_forms() {
        check(&[], false);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://space.example")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "https://space.example")], true);
        check(&[("origin", "https://space.example.evil")], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "http://127.0.0.1:7700"), ("host", "127.0.0.1:7700")], true);
        check(&[("origin", "http://127.0.0.1:7701"), ("host", "127.0.0.1:7700")], false);
        check(&[("origin", "http://evil.example"), ("host", "127.0.0.1:7700")], false);
    }
}
