//! Lists in pages: `?after=<cursor>&limit=<n>`, the next page in a `Link` header (RFC 8288). The cursor is whatever the list says, opaque to the
//! caller; a page is never found by counting from the start.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::form_urlencoded;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::problem::ProblemResponse;

/// Entries of a page when the caller does not say.
pub const DEFAULT_LIMIT: u32 = 50;

/// The most entries of a page.
pub const MAX_LIMIT: u32 = 200;

/// Which page is asked for. An extractor; other parameters of the query are left to the handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The cursor of the last entry of the page before; none for the first page.
    pub after: Option<String>,
    /// At most that many entries, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    uri: Uri,
}

impl Page {
    /// From the URI of a request.
    ///
    /// # Errors
    /// 400 if `after` or `limit` stands twice or is out of range.
    pub fn parse(uri: &Uri) -> Result<Self, ProblemResponse> {
        let (mut after, mut limit) = (None, None);
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            let slot = match name.as_ref() {
                AFTER => &mut after,
                LIMIT => &mut limit,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(bad(&name, "出现两次", "stands twice"));
            }
        }
        if after.as_ref().is_some_and(|cursor| cursor.is_empty() || cursor.len() > MAX_CURSOR_BYTES) {
            return Err(bad(AFTER, "长度须为 1 至 512", "must have 1 to 512 bytes"));
        }
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=MAX_LIMIT) => limit,
                _ => return Err(bad(LIMIT, "须为 1 至 200", "must be 1 to 200")),
            },
        };
        Ok(Self { after, limit, uri: uri.clone() })
    }

    /// The list of this page. `items` may hold one entry more than [`Page::limit`]: ask the store for that many, and there is a next page exactly
    /// if it comes. `cursor` names an entry.
    pub fn list<T>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> PageOf<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let next = if items.len() > limit {
            items.truncate(limit);
            items.last().map(|item| self.link(&cursor(item)))
        } else {
            None
        };
        PageOf { items, next }
    }

    /// The same URI with another cursor, keeping all filters.
    fn link(&self, after: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes()) {
            if name != AFTER {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair(AFTER, after);
        format!("{}?{}", self.uri.path(), query.finish())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Below a nested router the URI has lost its prefix, which the link needs.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Self::parse(uri)
    }
}

/// A page of a list: `{"items": […]}`, and a `Link` with `rel="next"` if there is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOf<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Path and query of the next page.
    pub next: Option<String>,
}

impl<T: Serialize> IntoResponse for PageOf<T> {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<T> {
            items: Vec<T>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next: Option<String>,
        }
        let link = self.next.as_ref().map(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")));
        let mut response = axum::Json(Body { items: self.items, next: self.next }).into_response();
        if let Some(Ok(link)) = link {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

fn bad(name: &str, zh: &str, en: &str) -> ProblemResponse {
    Problem::new(400, "bad-page", Text::new("分页参数不正确", "page parameters are not right"))
        .detail(Text::new(format!("{name} {zh}"), format!("{name} {en}")))
        .into()
}

const AFTER: &str = "after";
const LIMIT: &str = "limit";
const MAX_CURSOR_BYTES: usize = 512;

#[cfg(test)]
mod tests;
