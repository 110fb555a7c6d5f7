//! The review gate (规范性审查) of whatever is to be found or run in a space: what it found, and how much that weighs; what came of an interface that was tried.
//! Products, services and components have their own rules in files of this name; what they share stands here. TC609-6-2025-01 §5.2.2.4, §5.3.3.3 b. Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::review::FindingInfo;
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// Who decides where the rule of the space does.
pub const RULE: &str = "rule";

/// How much a finding of the gate weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The operator should look.
    Warn,
    /// Cannot be approved.
    Block,
}

impl Severity {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// One finding of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its weight.
    pub severity: Severity,
    /// Which field or part.
    pub subject: String,
    /// What was found.
    pub text: Text,
    /// The clause it rests on.
    pub clause: String,
}

impl Finding {
    /// As people are told.
    #[must_use]
    pub fn info(&self) -> FindingInfo {
        FindingInfo {
            severity: self.severity.as_str().to_owned(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            clause: self.clause.clone(),
        }
    }
}

/// What was found, as it is collected.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// One more.
    pub fn add(&mut self, severity: Severity, subject: &str, text: Text, clause: &str) {
        let (subject, clause) = (subject.to_owned(), clause.to_owned());
        self.0.push(Finding { severity, subject, text, clause });
    }

    /// A code that is in no table blocks.
    pub fn no_code(&mut self, subject: &str, code: &str, clause: &str) {
        let text = Text::new(format!("「{code}」不在代码表中"), format!("{code} is not in the code table"));
        self.add(Severity::Block, subject, text, clause);
    }

    /// What came of an interface.
    pub fn interface(&mut self, tried: &Tried, clause: &str) {
        let (severity, text) = match tried {
            Tried::Answered(status) if *status < 500 && !is_nothing(*status) => {
                (Severity::Info, Text::new(format!("接口应答 {status}"), format!("the interface answers {status}")))
            }
            Tried::Answered(status) => {
                let (zh, en) = (
                    format!("接口应答 {status}，请查看"),
                    format!("the interface answers {status}, which is to be looked at"),
                );
                (Severity::Warn, Text::new(zh, en))
            }
            Tried::Silent(why) => {
                let zh = format!("接口未应答：{}", why.zh);
                (Severity::Warn, Text::new(zh, format!("the interface does not answer: {}", why.en)))
            }
        };
        self.add(severity, "address", text, clause);
    }

    /// All of them, those that weigh most first.
    #[must_use]
    pub fn sorted(self) -> Vec<Finding> {
        let Self(mut findings) = self;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}

/// Whether a status says that there is nothing, or that it is elsewhere.
fn is_nothing(status: u16) -> bool {
    matches!(status, 300..=399 | 404 | 410)
}

/// What came of trying an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It answered with a status.
    Answered(u16),
    /// It did not answer, or may not be asked.
    Silent(Text),
}

/// Whether nothing is said against what was reviewed: no block and no warning. What the gate warns of is for a person.
#[must_use]
pub fn is_clear(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity == Severity::Info)
}

/// That what was reviewed may be approved; `zh` and `en` name it.
///
/// # Errors
/// With the finding that blocks it, and its clause.
pub fn must_not_block(findings: &[Finding], (zh, en): (&str, &str)) -> Result<(), Rejection> {
    let Some(finding) = findings.iter().find(|finding| finding.severity == Severity::Block) else {
        return Ok(());
    };
    Err(Rejection::conflict(
        "blocked-by-review",
        format!("{zh}未通过审核：{}", finding.text.zh),
        format!("{en} is blocked by the review: {}", finding.text.en),
    )
    .clause(finding.clause.clone()))
}

/// That an address is one of the web, and carries no user and no password.
///
/// # Errors
/// If it is not.
pub fn must_be_address(address: &str, at: &str) -> Result<(), Rejection> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_plain = host.is_some_and(|host| !host.is_empty() && !host.contains('@')) && address.len() <= 500;
    if is_plain && !address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(());
    }
    let zh = "接口地址应为 http:// 或 https:// 地址，不含用户名与口令";
    let en = "the address of the interface must begin with http:// or https:// and carry no user and no password";
    Err(Rejection::bad("interface-address", zh, en).clause(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severities: &[Severity]) -> Vec<Finding> {
        let mut findings = Findings::default();
        for severity in severities {
            findings.add(*severity, "x", Text::new("甲", "a"), "§1");
        }
        findings.sorted()
    }

    #[test]
    fn what_weighs_most_comes_first_and_only_a_block_blocks() {
        let all = found(&[Severity::Info, Severity::Block, Severity::Warn]);
        let order: Vec<&str> = all.iter().map(|one| one.severity.as_str()).collect();
        assert_eq!(order, ["block", "warn", "info"]);
        let refused = must_not_block(&all, ("服务", "the service")).unwrap_err();
        assert_eq!((refused.code, refused.clause.as_deref()), ("blocked-by-review", Some("§1")));
        assert!(must_not_block(&found(&[Severity::Warn]), ("", "")).is_ok());
        assert!(!is_clear(&found(&[Severity::Warn])) && is_clear(&found(&[Severity::Info])) && is_clear(&[]));
    }

    #[test]
    fn an_interface_that_fails_or_is_silent_is_for_a_person_to_look_at() {
        for (tried, expect) in [
            (Tried::Answered(200), Severity::Info),
            (Tried::Answered(401), Severity::Info),
            (Tried::Answered(404), Severity::Warn),
            (Tried::Answered(302), Severity::Warn),
            (Tried::Answered(503), Severity::Warn),
            (Tried::Silent(Text::new("超时", "late")), Severity::Warn),
        ] {
            let mut findings = Findings::default();
            findings.interface(&tried, "§2");
            assert_eq!(findings.sorted().first().map(|one| one.severity), Some(expect), "{tried:?}");
        }
    }

    #[test]
    fn an_address_is_of_the_web_and_carries_no_secret() {
        for good in ["https://a.example/x?y=1", "http://127.0.0.1:80"] {
            assert!(must_be_address(good, "/address").is_ok(), "{good}");
        }
        let long = format!("https://a/{}", "x".repeat(500));
        for bad in ["", "ftp://a", "https://", "https:///x", "https://user:pass@a", "https://a b", "https://a\n", &long]
        {
            assert_eq!(must_be_address(bad, "/address").unwrap_err().code, "interface-address", "{bad}");
        }
    }
}
