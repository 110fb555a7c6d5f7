//! Problem documents as answers (RFC 9457). Every one carries the trace id of its request, so that a caller's report leads to our log.

use std::error::Error;

use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use xinyu_protocol::problem::{MEDIA_TYPE, Problem};
use xinyu_protocol::text::Text;

use crate::trace;

/// A problem as a response; the `Err` side of our handlers. Boxed, since it is large and rare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemResponse {
    problem: Box<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ProblemResponse {
    /// Wraps a problem.
    #[must_use]
    pub fn new(problem: Problem) -> Self {
        Self { problem: Box::new(problem), headers: Vec::new() }
    }

    /// With a header, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What it says.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl From<Problem> for ProblemResponse {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl From<Box<Problem>> for ProblemResponse {
    fn from(problem: Box<Problem>) -> Self {
        Self { problem, headers: Vec::new() }
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let mut problem = *self.problem;
        if problem.instance.is_none() {
            problem.instance = trace::current().map(|id| id.to_string());
        }
        let status = StatusCode::from_u16(problem.status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        problem.status = status.as_u16();
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Whether a message says that its body is a problem document.
pub(crate) fn is_problem(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|value| value.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

/// An error of ours, at the boundary: logged here once, with everything that caused it; the caller gets the trace id and nothing else.
pub fn internal(error: &dyn Error) -> ProblemResponse {
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = causes, "request failed by our own fault");
    Problem::new(500, "internal-error", Text::new("系统内部错误", "internal error"))
        .next(Text::new("请将实例编号告知运营者", "tell the operator the instance id"))
        .into()
}

/// Nothing is served at this path. For a router's fallback.
pub async fn not_found() -> ProblemResponse {
    Problem::new(404, "not-found", Text::new("没有此接口或资源", "nothing is served here")).into()
}

/// The path is served, but not by this method. For a router's method fallback.
pub async fn method_not_allowed() -> ProblemResponse {
    Problem::new(405, "method-not-allowed", Text::new("此接口不接受该方法", "method is not allowed here")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parts(response: Response) -> (u16, String, Problem) {
        let status = response.status().as_u16();
        let media_type = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, media_type, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn rfc_9457_a_problem_has_its_media_type_and_trace() {
        let id = trace::TraceId::from_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let respond = async {
            ProblemResponse::from(Problem::new(409, "taken", Text::new("已占用", "is taken"))).into_response()
        };
        let (status, media_type, problem) = parts(trace::within(id, respond).await).await;
        assert_eq!((status, media_type.as_str()), (409, "application/problem+json"));
        assert_eq!(problem.instance.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        assert_eq!((problem.title.zh.as_str(), problem.title.en.as_str()), ("已占用", "is taken"));
    }

    #[tokio::test]
    async fn a_problem_is_never_a_success() {
        for status in [0, 200, 302, 999] {
            let (found, _, problem) =
                parts(ProblemResponse::from(Problem::new(status, "x", Text::new("", ""))).into_response()).await;
            assert_eq!((found, problem.status), (500, 500), "{status}");
        }
    }

    #[tokio::test]
    async fn our_own_errors_say_nothing_to_the_caller() {
        let error = std::io::Error::other("password=hunter2");
        let (status, _, problem) = parts(internal(&error).into_response()).await;
        assert_eq!(status, 500);
        assert!(!serde_json::to_string(&problem).unwrap().contains("hunter2"));
    }
}
