//! By whose fault something does not happen: the peer's ([`Rejection`], goes on the wire and into evidence) or the policy's (a decision that denies,
//! with its rule). Our own faults are the shell's business.

use thiserror::Error;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

/// What a peer or a user did wrong, with what to say to them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", text.en)]
pub struct Rejection {
    /// Stable, in kebab case.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong, naming the thing.
    pub text: Text,
    /// The clause of a standard, or a JSON pointer.
    pub clause: Option<String>,
    /// More of it, such as the words of an engine.
    pub detail: Option<Box<Text>>,
    /// What to do about it.
    pub next: Option<Box<Text>>,
}

impl Rejection {
    /// Malformed or contradictory input.
    #[must_use]
    pub fn bad(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::with(400, code, zh, en)
    }

    /// Not there, or not there for this caller.
    #[must_use]
    pub fn unknown(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::with(404, code, zh, en)
    }

    /// There, but not for this caller.
    #[must_use]
    pub fn forbidden(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::with(403, code, zh, en)
    }

    /// Not possible in the present state.
    #[must_use]
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::with(409, code, zh, en)
    }

    /// A message of ours that has no canonical form.
    #[must_use]
    pub fn unwritable(why: &str) -> Self {
        Self::with(
            500,
            "unwritable-message",
            format!("报文无法规范化：{why}"),
            format!("message has no canonical form: {why}"),
        )
    }

    /// The clause it offends.
    #[must_use]
    pub fn clause(mut self, clause: impl Into<String>) -> Self {
        self.clause = Some(clause.into());
        self
    }

    /// More of it, such as the words of an engine.
    #[must_use]
    pub fn detail(mut self, detail: Text) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn next(mut self, next: Text) -> Self {
        self.next = Some(Box::new(next));
        self
    }

    fn with(status: u16, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, status, text: Text::new(zh, en), clause: None, detail: None, next: None }
    }

    /// As a problem document (RFC 9457).
    #[must_use]
    pub fn problem(&self) -> Problem {
        let mut problem = Problem::new(self.status, self.code, self.text.clone());
        problem.clause.clone_from(&self.clause);
        problem.detail = self.detail.as_deref().cloned();
        problem.next = self.next.as_deref().cloned();
        problem
    }
}
