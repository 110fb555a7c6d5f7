//! Policy records (策略) of space and product: written and signed by operator or provider, parsed in six steps, reviewed by another person, enabled and disabled,
//! kept in all their versions. TC609-6-2025-15 §7.2.2.1 a, b, §7.2.2.3. Pure. How they count beside the contract is `governing.rs`; why so, docs/adr/0012 and 0023.

pub mod governing;
pub mod parse;
pub mod seal;
pub mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::api::policy::PolicyConflict;
use xinyu_protocol::api::policy_record::ParseStep;
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::tc609::policy_record::{
    NewPolicyRecord, PolicyRecordStanding, PolicyRecordStatement, RecordLayer, RecordState as State, SignedPolicyRecord,
};
use xinyu_protocol::text::Text;

use self::state::{Act, label, target};
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-15 §7.2.2.1";
/// The most records that are enabled in one space at a time.
pub const MOST_ENABLED: usize = 100;
/// The longest policy of a record, canonical, in bytes: a hundred of them fit into one message.
pub const POLICY_MAX: usize = 8 * 1024;
/// The longest reason, in characters.
const MAX_REASON: usize = 300;

/// Something that was done with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// `save`, or the word of an [`Act`].
    pub act: String,
    /// Who: an account of the platform, or a provider's person by a pseudonym.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A version of a record, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Which, and where it stands.
    pub standing: PolicyRecordStanding,
    /// What its author signed.
    pub signed: SignedPolicyRecord,
    /// What the platform attests of the standing.
    pub filing: FilingStamp,
    /// Who wrote it.
    pub author: String,
    /// The six steps of its parsing.
    pub steps: Vec<ParseStep>,
    /// The conflicts that were found when it was saved.
    pub conflicts: Vec<PolicyConflict>,
    /// Oldest first.
    pub history: Vec<Done>,
}

impl Version {
    /// What its author says.
    #[must_use]
    pub fn statement(&self) -> &PolicyRecordStatement {
        &self.signed.statement
    }

    /// What was written.
    #[must_use]
    pub fn record(&self) -> &NewPolicyRecord {
        &self.signed.statement.record
    }

    /// What can be done with it.
    #[must_use]
    pub fn moves(&self) -> Vec<Act> {
        Act::ALL.into_iter().filter(|act| target(self.standing.state, *act).is_some()).collect()
    }
}

/// `record@version`: how a version is named in reasons and evidence.
#[must_use]
pub fn reference(record_id: &str, version: u32) -> String {
    format!("{record_id}@{version}")
}

/// Whether a new version may follow those that are there: the number that it gets.
///
/// # Errors
/// If the record is another's, of another layer, space or product, or the number is not the next one.
pub fn follows(statement: &PolicyRecordStatement, versions: &[Version]) -> Result<(), Rejection> {
    let (record, id) = (&statement.record, &statement.record.record_id);
    let next = versions.first().map_or(1, |newest| newest.standing.version.saturating_add(1));
    if let Some(newest) = versions.first() {
        if newest.statement().author_id != statement.author_id {
            return Err(Rejection::forbidden(
                "policy-of-another",
                format!("策略 {id} 由另一方维护，请另取编号"),
                format!("policy {id} is another's: take another id"),
            )
            .clause("/recordId"));
        }
        let there = newest.record();
        let is_same =
            (there.layer, &there.space_id, &there.product_id) == (record.layer, &record.space_id, &record.product_id);
        if !is_same {
            return Err(Rejection::conflict(
                "policy-differs",
                format!("策略 {id} 的新版本须属于同一层、同一空间和同一数据产品"),
                format!("a new version of policy {id} is of the same layer, space and product"),
            )
            .clause("/layer"));
        }
    }
    if statement.version != next {
        return Err(Rejection::conflict(
            "policy-version",
            format!("策略 {id} 的下一版为第 {next} 版，请重新查看后再保存"),
            format!("the next version of policy {id} is {next}: look again"),
        )
        .clause("/version"));
    }
    Ok(())
}

/// What somebody wants to do with a version.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What.
    pub act: Act,
    /// Who.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Does it: a new standing, to be stamped by the platform. Nobody judges what he wrote himself.
///
/// # Errors
/// If it leads nowhere from here, is not for this person, or a reason is missing.
pub fn step(version: &Version, ask: Ask<'_>, now: Timestamp) -> Result<(PolicyRecordStanding, Done), Rejection> {
    let Ask { act, by, reason } = ask;
    let reason = reason.trim();
    let (id, number) = (&version.standing.record_id, version.standing.version);
    if reason.chars().count() > MAX_REASON {
        return Err(Rejection::bad(
            "reason-too-long",
            format!("理由至多 {MAX_REASON} 字"),
            format!("a reason has at most {MAX_REASON} characters"),
        )
        .clause("/reason"));
    }
    if act.needs_reason() && reason.is_empty() {
        return Err(Rejection::bad("reason-missing", "请写明理由", "say why").clause("/reason"));
    }
    let Some(state) = target(version.standing.state, act) else {
        let (there, word) = (label(version.standing.state), act.as_str());
        let rejection = Rejection::conflict(
            "policy-state",
            format!("策略 {id} 第 {number} 版处于“{}”，不能执行 {word}", there.zh),
            format!("version {number} of policy {id} is {}: {word} is not possible", there.en),
        )
        .clause(CLAUSE);
        return Err(match (version.standing.state, act) {
            (State::Enabled, Act::Retire) => rejection.next(Text::new("请先禁用", "disable it first")),
            (State::Draft, Act::Approve | Act::Enable) => {
                rejection.next(Text::new("请先提交审核", "submit it for review first"))
            }
            (State::Submitted, Act::Enable) => {
                rejection.next(Text::new("请先由他人审核", "somebody else reviews it first"))
            }
            _ => rejection,
        });
    };
    if matches!(act, Act::Approve | Act::Refuse) && version.author == by {
        return Err(Rejection::forbidden(
            "own-policy",
            format!("策略 {id} 第 {number} 版由您编写，须由他人审核"),
            format!("you wrote version {number} of policy {id} yourself: somebody else has to review it"),
        )
        .clause(CLAUSE)
        .next(Text::new("请由另一位业务管理人员审核", "ask another manager to review it")));
    }
    let standing = PolicyRecordStanding {
        state,
        reason: if act.needs_reason() { reason.to_owned() } else { String::new() },
        since: now,
        ..version.standing.clone()
    };
    let done = Done { at: now, act: act.as_str().to_owned(), by: by.to_owned(), reason: reason.to_owned() };
    Ok((standing, done))
}

/// What the log of the space says of what was done.
#[must_use]
pub fn record(kind: &'static str, version: &Version, sequence: Option<u64>) -> Effect {
    let mut draft = draft(kind, version.statement());
    if !version.standing.reason.is_empty() {
        draft = draft.fact("reason", version.standing.reason.as_str());
    }
    if let Some(sequence) = sequence {
        draft = draft.fact("policy_set", sequence);
    }
    Effect::Record(draft)
}

/// What the log says of a parsing, whichever way it ended: the outcome of each step.
#[must_use]
pub fn parsed(statement: &PolicyRecordStatement, steps: &[ParseStep], clause: Option<&str>) -> Effect {
    let mut draft = draft("policy.parsed", statement);
    for step in steps {
        draft = draft.fact(&step.step, if step.passed { "passed" } else { "failed" });
    }
    draft = draft.fact("outcome", if steps.iter().all(|step| step.passed) { "stored" } else { "refused" });
    if let Some(clause) = clause {
        draft = draft.fact("clauses", vec![clause.to_owned()]);
    }
    Effect::Record(draft)
}

fn draft(kind: &'static str, statement: &PolicyRecordStatement) -> Draft {
    let record = &statement.record;
    let draft = Draft::new(kind, &record.space_id)
        .subject(&record.record_id)
        .fact("layer", record.layer.as_str())
        .fact("version", statement.version)
        .fact("author", statement.author_id.as_str())
        .fact("hash", seal::hash(statement).unwrap_or_default());
    match &record.product_id {
        Some(product) if record.layer == RecordLayer::Product => draft.fact("product", product.as_str()),
        _ => draft,
    }
}

/// There is no such record, or not for this caller.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-policy", format!("没有策略 {id}"), format!("policy {id} does not exist"))
}

/// There is no such version.
#[must_use]
pub fn unknown_version(id: &str, version: u32) -> Rejection {
    Rejection::unknown(
        "unknown-version",
        format!("策略 {id} 没有第 {version} 版"),
        format!("policy {id} has no version {version}"),
    )
}
