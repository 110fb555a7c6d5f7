//! Refusals in the protocol's own form: `CatalogError`, `ContractNegotiationError`, `TransferError`, chosen by the path, with the process ids that the
//! message named. DSP 2025-1 §5.3, §7.3, §9.3. The status stays what it is.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use xinyu_protocol::dsp::{self, tolerant};
use xinyu_protocol::problem::Problem;

use crate::peer::BODY_LIMIT;

/// The largest problem document that we make.
const PROBLEM_LIMIT: usize = 64 << 10;

/// Middleware around everything that may refuse.
pub(super) async fn typed(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let problem =
            Problem::new(413, "too-large", xinyu_protocol::text::Text::new("报文过大", "the message is too large"));
        return respond(StatusCode::PAYLOAD_TOO_LARGE, &error(&path, b"", &problem));
    };
    let response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    let is_problem = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if !is_problem {
        return response;
    }
    let (head, problem) = response.into_parts();
    let problem = to_bytes(problem, PROBLEM_LIMIT).await.unwrap_or_default();
    match serde_json::from_slice::<Problem>(&problem) {
        Ok(problem) => {
            let mut typed = respond(head.status, &error(&path, &body, &problem));
            // Trace, proof and retry-after stay; what describes the body is new.
            for (name, value) in &head.headers {
                if *name != CONTENT_TYPE && *name != axum::http::header::CONTENT_LENGTH {
                    typed.headers_mut().insert(name.clone(), value.clone());
                }
            }
            typed
        }
        Err(_) => Response::from_parts(head, Body::from(problem)),
    }
}

fn respond(status: StatusCode, error: &Value) -> Response {
    let mut response = (status, error.to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn error(path: &str, message: &[u8], problem: &Problem) -> Value {
    let kind = if path.contains("/catalog") {
        "CatalogError"
    } else if path.contains("/transfers") {
        "TransferError"
    } else {
        "ContractNegotiationError"
    };
    let mut reason = vec![problem.title.en.clone(), problem.title.zh.clone()];
    reason.extend(problem.detail.iter().flat_map(|detail| [detail.en.clone(), detail.zh.clone()]));
    reason.extend(problem.clause.clone());
    let mut error = json!({ "@context": [dsp::CONTEXT], "@type": kind, "code": problem.code, "reason": reason });
    if kind != "CatalogError"
        && let Some(members) = error.as_object_mut()
    {
        let (provider, consumer) = pids(path, message);
        members.insert("providerPid".to_owned(), Value::String(provider));
        members.insert("consumerPid".to_owned(), Value::String(consumer));
    }
    error
}

/// The process ids that the message names; where it names none, the one in the path stands for both.
fn pids(path: &str, message: &[u8]) -> (String, String) {
    let message = serde_json::from_slice(message).map(tolerant::plain).unwrap_or_default();
    let in_path = path.split('/').skip_while(|part| !matches!(*part, "negotiations" | "transfers")).nth(1);
    let pid = |name: &str| {
        let named = message.get(name).and_then(Value::as_str);
        named.or(in_path).unwrap_or_default().to_owned()
    };
    (pid("providerPid"), pid("consumerPid"))
}

#[cfg(test)]
mod tests {
    use xinyu_protocol::text::Text;

    use super::*;

    fn check(path: &str, message: &str, expect: (&str, Option<&str>, Option<&str>)) {
        let problem = Problem::new(400, "illegal-transition", Text::new("不行", "no"));
        let made = error(path, message.as_bytes(), &problem);
        let text = |name: &str| made.get(name).and_then(Value::as_str);
        assert_eq!((text("@type").unwrap(), text("providerPid"), text("consumerPid")), expect, "{path}");
        assert_eq!(made["code"], "illegal-transition");
        assert!(made["reason"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    }

    #[test]
    fn dsp_2025_1_refusals_are_typed_and_name_the_process() {
        check("/dsp/2025-1/catalog/request", "{}", ("CatalogError", None, None));
        check("/dsp/2025-1/negotiations/p1", "", ("ContractNegotiationError", Some("p1"), Some("p1")));
        check(
            "/dsp/2025-1/transfers/p1/start",
            r#"{"dspace:consumerPid": "c", "providerPid": "p"}"#,
            ("TransferError", Some("p"), Some("c")),
        );
        check(
            "/dsp/2025-1/negotiations/request",
            "no json",
            ("ContractNegotiationError", Some("request"), Some("request")),
        );
    }
}
