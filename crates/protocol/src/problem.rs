//! Problem documents: what our API answers when it does not do what was asked. RFC 9457, with both languages, a stable code and the next step as
//! extension members. The Dataspace Protocol and the TC609 interfaces have error forms of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, for people and for programs. Over the wire every text is two members: `title` in English, `titleZh` in Chinese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Problem {
    /// `urn:xinyu:problem:<code>`; `about:blank` in a document of another maker that names no type.
    pub r#type: String,
    /// The kind of problem, the same words whenever it occurs.
    pub title: Text,
    /// The HTTP status.
    pub status: u16,
    /// Stable, in kebab case; programs match on it.
    pub code: String,
    /// What is particular to this time, naming the thing.
    pub detail: Option<Text>,
    /// The trace id of the request.
    pub instance: Option<String>,
    /// The clause of a standard, or a JSON pointer into what was sent.
    pub clause: Option<String>,
    /// What to do next.
    pub next: Option<Text>,
}

impl Problem {
    /// A problem with nothing but its kind.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, title: Text) -> Self {
        let code = code.into();
        Self {
            r#type: format!("{TYPE_PREFIX}{code}"),
            title,
            status,
            code,
            detail: None,
            instance: None,
            clause: None,
            next: None,
        }
    }

    /// What is particular to this time.
    #[must_use]
    pub fn detail(mut self, detail: Text) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The clause of a standard, or a JSON pointer.
    #[must_use]
    pub fn clause(mut self, clause: impl Into<String>) -> Self {
        self.clause = Some(clause.into());
        self
    }

    /// What to do next.
    #[must_use]
    pub fn next(mut self, next: Text) -> Self {
        self.next = Some(next);
        self
    }

    /// The trace id of the request.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }
}

/// One line in English: `404 product-unknown: product is not here: … (clause); next step`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{} {}: {}", self.status, self.code, self.title.en);
        if let Some(detail) = &self.detail {
            line.push_str(": ");
            line.push_str(&detail.en);
        }
        if let Some(clause) = &self.clause {
            line.push_str(&format!(" ({clause})"));
        }
        if let Some(next) = &self.next {
            line.push_str("; ");
            line.push_str(&next.en);
        }
        f.write_str(&line.replace(char::is_control, " "))
    }
}

impl std::error::Error for Problem {}

const TYPE_PREFIX: &str = "urn:xinyu:problem:";

/// The members as they stand in JSON. All may be missing in a document of another maker (RFC 9457 §3.1).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    r#type: Option<String>,
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_zh: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_zh: Option<String>,
}

impl From<Problem> for Wire {
    fn from(problem: Problem) -> Self {
        let (detail, detail_zh) = problem.detail.map(|text| (text.en, text.zh)).unzip();
        let (next, next_zh) = problem.next.map(|text| (text.en, text.zh)).unzip();
        Self {
            r#type: Some(problem.r#type),
            title: Some(problem.title.en),
            title_zh: Some(problem.title.zh),
            status: Some(problem.status),
            code: Some(problem.code),
            detail,
            detail_zh,
            instance: problem.instance,
            clause: problem.clause,
            next,
            next_zh,
        }
    }
}

impl From<Wire> for Problem {
    fn from(wire: Wire) -> Self {
        let r#type = wire.r#type.unwrap_or_else(|| "about:blank".to_owned());
        let code = wire.code.or_else(|| r#type.strip_prefix(TYPE_PREFIX).map(str::to_owned));
        let status = wire.status.unwrap_or(0);
        Self {
            title: both(wire.title, wire.title_zh)
                .unwrap_or_else(|| Text::new(format!("HTTP 状态 {status}"), format!("HTTP status {status}"))),
            status,
            code: code.unwrap_or_else(|| "unknown".to_owned()),
            detail: both(wire.detail, wire.detail_zh),
            instance: wire.instance,
            clause: wire.clause,
            next: both(wire.next, wire.next_zh),
            r#type,
        }
    }
}

/// Both languages, the one standing in for the other when only one was sent.
fn both(en: Option<String>, zh: Option<String>) -> Option<Text> {
    match (en, zh) {
        (Some(en), Some(zh)) => Some(Text { zh, en }),
        (Some(only), None) | (None, Some(only)) => Some(Text::new(only.clone(), only)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Problem {
        Problem::new(409, "offer-withdrawn", Text::new("要约已撤回", "offer is withdrawn"))
            .detail(Text::new("要约 1 已撤回", "offer 1 was withdrawn\nyesterday"))
            .clause("/policy/0")
            .next(Text::new("请重新检索", "search again"))
            .instance("4bf92f3577b34da6a3ce929d0e0e4736")
    }

    #[test]
    fn rfc_9457_3_members() {
        let value = serde_json::to_value(full()).unwrap();
        let expect = serde_json::json!({
            "type": "urn:xinyu:problem:offer-withdrawn",
            "title": "offer is withdrawn", "titleZh": "要约已撤回",
            "status": 409, "code": "offer-withdrawn",
            "detail": "offer 1 was withdrawn\nyesterday", "detailZh": "要约 1 已撤回",
            "clause": "/policy/0",
            "next": "search again", "nextZh": "请重新检索",
            "instance": "4bf92f3577b34da6a3ce929d0e0e4736",
        });
        assert_eq!(value, expect);
        assert_eq!(serde_json::from_value::<Problem>(value).unwrap(), full());
    }

    #[test]
    fn absent_members_are_left_out() {
        let short = Problem::new(404, "product-unknown", Text::new("无此产品", "product is not here"));
        let value = serde_json::to_value(&short).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 5);
        assert_eq!(serde_json::from_value::<Problem>(value).unwrap(), short);
    }

    #[test]
    fn rfc_9457_3_1_a_strangers_document_may_lack_everything() {
        let problem: Problem = serde_json::from_str(r#"{"status":403,"balance":30}"#).unwrap();
        assert_eq!(problem.r#type, "about:blank");
        assert_eq!(problem.code, "unknown");
        assert_eq!(problem.title.en, "HTTP status 403");
        let problem: Problem = serde_json::from_str(r#"{"type":"urn:xinyu:problem:busy","title":"Busy"}"#).unwrap();
        assert_eq!(problem.code, "busy");
        assert_eq!(problem.title, Text::new("Busy", "Busy"));
    }

    #[test]
    fn display_is_one_line() {
        assert_eq!(
            full().to_string(),
            "409 offer-withdrawn: offer is withdrawn: offer 1 was withdrawn yesterday (/policy/0); search again"
        );
    }
}
