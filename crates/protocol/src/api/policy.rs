//! The part of the management API that looks into policies: whether one can be used, who could do what when, a stretch of typical use, and what changes
//! between two versions. TC609-6-2025-15 §7.2.2.3 h (策略说明).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ClauseInfo;
use crate::text::Text;

/// Which policy is meant; exactly one of the three is given. The body of `POST /policies/check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySource {
    /// The policy itself: a contract or a list of contract policies of TC609-6-2025-14, or an Offer, Agreement or Set of ODRL 2.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// A product of ours (on a platform: a listed one), by its id or by the id of its listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A contract that is signed, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
}

/// What can be said of a policy as it is written. The answer of `POST /policies/check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyReport {
    /// Whether it is understood and no clause in it is without effect.
    pub usable: bool,
    /// What is not understood; then there is nothing else.
    pub errors: Vec<PolicyError>,
    /// Clauses that do not go together.
    pub conflicts: Vec<PolicyConflict>,
    /// What it says, clause by clause, each with how it is enforced.
    pub clauses: Vec<ClauseInfo>,
}

/// One thing that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyError {
    /// JSON pointer into the policy.
    pub clause: String,
    /// `unknown_operand`, `bad_value`, …
    pub code: String,
    /// For people.
    pub text: Text,
}

/// Clauses that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyConflict {
    /// `authorisation`, `contradiction`, `scope` or `duty`.
    pub kind: String,
    /// JSON pointers of the clauses.
    pub clauses: Vec<String>,
    /// For people.
    pub text: Text,
    /// Whether a clause can never have an effect, so that the policy must not be signed like this.
    pub blocking: bool,
    /// A request that shows it, as `uses` has them: what one clause allows and the other refuses. A contradiction has none: nothing can meet it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Value>,
}

/// `POST /policies/simulation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySimulation {
    /// Which policy.
    pub source: PolicySource,
    /// What is typically done: objects of the facts of a use (`action`, `connector`, `dataField`, …) with `every` (`P1D`), and if wanted `times`, `from`,
    /// `until`, `label` and `fulfils`. None: what the policy allows, once a day each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Value>,
    /// From when; now, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub from: Option<Timestamp>,
    /// For how long, ISO 8601; a year when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulationInfo {
    /// What the policy says.
    pub report: PolicyReport,
    /// Who could do what when: each action once.
    pub tables: Vec<CaseTable>,
    /// What would happen in that time.
    pub timeline: Timeline,
}

/// The cases of actions for which the policy says the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseTable {
    /// The actions.
    pub actions: Vec<ActionName>,
    /// Whether a rule of the policy is about them.
    pub spoken: bool,
    /// Whether all cases are there. If not, the policy distinguishes more than can be listed, and those that are there stand for themselves only.
    pub complete: bool,
    /// The cases, such that every fully stated request falls into one of them.
    pub cases: Vec<Case>,
    /// Conditions on rows: only those that meet all of them are handed out.
    pub row_filters: Vec<String>,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionName {
    /// The code of TC609-6-2025-14.
    pub code: String,
    /// What people call it.
    pub text: Text,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// What makes it this case; empty when it does not depend on anything.
    pub when: Vec<CaseFact>,
    /// What is decided.
    pub ruling: Ruling,
    /// A request of this case, as the policy engine takes it.
    pub witness: Value,
}

/// One fact of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseFact {
    /// The member of a request.
    pub fact: String,
    /// What people call it.
    pub label: Text,
    /// Which values.
    pub values: Text,
}

/// What is decided in a case, and by which clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ruling {
    /// `allow`, `allow_if`, `deny` or `deny_by_default`.
    pub verdict: String,
    /// JSON pointer of the clause that decides.
    pub clause: String,
    /// What that clause says.
    pub text: Text,
    /// With `allow_if` the duties that come first, with `allow` those during and after the use.
    pub duties: Vec<CaseDuty>,
}

/// A duty of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseDuty {
    /// The action.
    pub action: String,
    /// `before`, `during` or `after` the use.
    pub timing: String,
    /// JSON pointer of its clause.
    pub clause: String,
    /// What the clause says.
    pub text: Text,
}

/// A stretch of typical use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Timeline {
    /// From when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub from: Timestamp,
    /// Until when, not included.
    #[schemars(with = "crate::api::schema::Instant")]
    pub until: Timestamp,
    /// Whether the uses were not stated but taken from what the policy allows.
    pub assumed: bool,
    /// What is done, and how it went in all.
    pub uses: Vec<PlannedUse>,
    /// Day by day, or month by month when there are many days; in China standard time.
    pub stretches: Vec<Stretch>,
    /// When something changes, in order.
    pub moments: Vec<Turn>,
}

/// One line of uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedUse {
    /// What it is called.
    pub label: Text,
    /// The action.
    pub action: String,
    /// How often: within which time …
    pub every: String,
    /// … how many times.
    pub times: u32,
    /// How it went.
    pub count: Tally,
}

/// How uses went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tally {
    /// Allowed as they were asked for.
    pub allowed: u64,
    /// Allowed once duties before the use were done, or waiting for them.
    pub conditional: u64,
    /// Refused.
    pub refused: u64,
}

/// A day or a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stretch {
    /// `2026-03` or `2026-03-02`.
    pub name: String,
    /// How the uses in it went.
    pub count: Tally,
    /// Which clauses refused, the most frequent first.
    pub refusals: Vec<RefusalCount>,
}

/// How often a clause refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefusalCount {
    /// JSON pointer of the clause.
    pub clause: String,
    /// What it says.
    pub text: Text,
    /// How often.
    pub count: u64,
}

/// A moment when something changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Turn {
    /// When, the first time.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// `first_use`, `opens`, `conditional`, `closes`, `last_use`, `term`, `expires` or `delete`.
    pub kind: String,
    /// What happens.
    pub text: Text,
    /// JSON pointer of the clause by which it does.
    pub clause: String,
    /// How often it happens in this time.
    pub times: u64,
}

/// `POST /policies/difference`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyComparison {
    /// As it was.
    pub old: PolicySource,
    /// As it is to be.
    pub new: PolicySource,
    /// The time at which cases are looked at that depend on it alone; now, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub at: Option<Timestamp>,
}

/// Its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyDifference {
    /// What is written differently.
    pub changes: Vec<ClauseChange>,
    /// What is decided differently. Empty and complete: no difference in effect.
    pub effects: Vec<EffectChange>,
    /// Whether all cases were compared.
    pub complete: bool,
}

/// A clause that is written differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClauseChange {
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// Of the old version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Worded>,
    /// Of the new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Worded>,
}

/// A clause in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Worded {
    /// JSON pointer.
    pub clause: String,
    /// What it says.
    pub text: Text,
}

/// Cases that are decided differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EffectChange {
    /// `loosened`, `tightened`, `duties` (allowed as before, with other duties) or `rows` (with other conditions on rows).
    pub effect: String,
    /// The actions.
    pub actions: Vec<ActionName>,
    /// In which case.
    pub when: Vec<CaseFact>,
    /// What was decided.
    pub old: Ruling,
    /// What is decided.
    pub new: Ruling,
    /// A request that shows it.
    pub witness: Value,
}
