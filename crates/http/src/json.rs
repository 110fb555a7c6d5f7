//! JSON bodies of requests, read once and strictly: declared as JSON, bounded in size and depth, no name twice, no unknown member (where the type
//! denies them), nothing after the value. The exact bytes are kept beside the value, for what is signed or filed.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use xinyu_protocol::json::{JsonError, Limits, parse};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::problem::ProblemResponse;

/// A JSON body within [`Limits::WIRE`].
#[derive(Clone, Debug)]
pub struct StrictJson<T> {
    /// What was sent.
    pub value: T,
    /// Exactly as it was sent.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = ProblemResponse;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        check_content_type(request.headers())?;
        let bytes = read_body(request.into_body(), Limits::WIRE.bytes).await?;
        let value = read_json(&bytes)?;
        Ok(Self { value, bytes })
    }
}

/// Reads JSON within [`Limits::WIRE`]; for bodies that were collected already.
///
/// # Errors
/// 413 if it is too large, 400 naming the place otherwise.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Box<Problem>> {
    parse(bytes, Limits::WIRE).map_err(|error| Box::new(problem_of(&error)))
}

/// The problem of JSON that cannot be read: its detail names line and column, its clause the JSON pointer where one is known.
#[must_use]
pub fn problem_of(error: &JsonError) -> Problem {
    let problem = match error {
        JsonError::TooLarge { .. } => too_large(),
        JsonError::Shape { .. } => Problem::new(
            400,
            "unexpected-json",
            Text::new("报文内容不符合要求", "json does not have the shape of the message"),
        ),
        _ => Problem::new(400, "malformed-json", Text::new("报文不是规范的 JSON", "body is not strict json")),
    };
    let problem = problem.detail(error.text());
    match error.pointer() {
        Some(pointer) => problem.clause(pointer),
        None => problem,
    }
}

/// Collects a body of at most `limit` bytes.
///
/// # Errors
/// 413 if it is longer, 400 if it breaks off.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, ProblemResponse> {
    let problem = match Limited::new(body, limit).collect().await {
        Ok(collected) => return Ok(collected.to_bytes()),
        Err(error) if is_too_long(error.as_ref()) => too_large()
            .detail(Text::new(format!("请求体超过 {limit} 字节"), format!("body has more than {limit} bytes"))),
        Err(_) => Problem::new(400, "broken-body", Text::new("请求体未收完", "body broke off")),
    };
    Err(problem.into())
}

/// Refuses a body that does not say that it is JSON: `application/json` or `application/…+json`, in UTF-8.
///
/// # Errors
/// 415.
pub fn check_content_type(headers: &HeaderMap) -> Result<(), ProblemResponse> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let is_json = match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => is_json(value),
        _ => false,
    };
    if is_json {
        return Ok(());
    }
    let title = Text::new("请求体类型须为 application/json", "content type must be application/json");
    Err(Problem::new(415, "not-json", title).into())
}

fn is_json(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let is_json = media_type == "application/json"
        || media_type
            .strip_prefix("application/")
            .and_then(|rest| rest.strip_suffix("+json"))
            .is_some_and(|name| !name.is_empty());
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some(("charset", charset)) => charset.trim_matches('"') == "utf-8",
        _ => true,
    });
    is_json && is_utf8
}

/// Whether the cause of a failed body was a limit, of ours or of a layer further out.
fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

pub(crate) fn too_large() -> Problem {
    Problem::new(413, "body-too-large", Text::new("请求体过大", "body is too large"))
}

#[cfg(test)]
mod tests;
