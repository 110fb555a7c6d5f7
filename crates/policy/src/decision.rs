//! The decision (校验结果) and its reasons. TC609-6-2025-15 §7.1.2.3 c: 允许, 有条件允许, 拒绝, 默认拒绝. The form is the answer of
//! `xinyu policy check`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::text::Text;

use crate::action::{Action, Timing};
use crate::policy::Duty;

/// What was decided about one request, by which clauses, and which duties come with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub decision: Verdict,
    /// Why: one entry per clause that mattered, never empty.
    pub reasons: Vec<Reason>,
    /// With `allow_if`: the duties still to be done before the use, in order. With `allow`: the duties during and after it. Else empty.
    pub duties: Vec<DutyView>,
}

impl Decision {
    /// Whether the use may start now.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.decision == Verdict::Allow
    }

    /// The clause that decided, a JSON pointer into the policy.
    #[must_use]
    pub fn clause(&self) -> &str {
        self.reasons.first().map_or("", |reason| reason.clause.as_str())
    }
}

/// The four decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 允许.
    Allow,
    /// 有条件允许: do the duties, then ask again.
    AllowIf,
    /// 拒绝: a prohibition applies, or a permission of this action does not hold.
    Deny,
    /// 默认拒绝: the policy does not speak of this action on this product.
    DenyByDefault,
}

impl Verdict {
    /// The word on the wire: `allow`, `allow_if`, `deny`, `deny_by_default`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::AllowIf => "allow_if",
            Self::Deny => "deny",
            Self::DenyByDefault => "deny_by_default",
        }
    }
}

/// What one clause contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A permission holds.
    Permitted,
    /// A prohibition applies.
    Prohibited,
    /// A constraint is met (of a prohibition: it makes the prohibition apply).
    Met,
    /// A constraint is not met.
    NotMet,
    /// The request does not state the fact that the constraint is about.
    MissingFact,
    /// A duty has to be done first.
    DutyPending,
    /// The policy is silent.
    NotMentioned,
}

/// One clause and what came of it, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// JSON pointer into the policy.
    pub clause: String,
    /// What came of it.
    pub outcome: Outcome,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Reason {
    pub(crate) fn new(clause: impl Into<String>, outcome: Outcome, text: Text) -> Self {
        Self { clause: clause.into(), outcome, zh: text.zh, en: text.en }
    }
}

/// A duty as the caller is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DutyView {
    /// What to do.
    pub action: Action,
    /// When.
    pub timing: Timing,
    /// How: the members of the duty's `expansionItem`, and `constraints` when the duty has some.
    pub parameters: Value,
    /// JSON pointer into the policy.
    pub clause: String,
}

impl From<&Duty> for DutyView {
    fn from(duty: &Duty) -> Self {
        let mut parameters = duty.parameters.clone();
        if !duty.constraints.is_empty()
            && let Value::Object(members) = &mut parameters
        {
            members.insert("constraints".to_owned(), crate::print::constraints(&duty.constraints));
        }
        Self { action: duty.action, timing: duty.timing, parameters, clause: duty.clause.clone() }
    }
}
