//! Early warning (预警): what of a contract's performance wants somebody's attention, from what a node knows at a moment. TC609-6-2025-14 §7.5 c. Pure.
//!
//! The same facts at the same moment are the same warnings ([`look`]). Each is raised once and kept until its reason is gone ([`step`]); when time alone may change
//! something is known too ([`next_look`]), so that nobody polls.

pub(crate) mod tell;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::api::warning::{Severity, WarningInfo};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::performance::{Backlog, Quota};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::performance::Chain;

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-14 §7.5 c";

const DAY: i64 = 24;
/// The longest time before its end at which a contract is said to end soon; a short one is said to a tenth of its length before.
const SOON: SignedDuration = SignedDuration::from_hours(7 * DAY);
/// A statement that is not paid after so long is told.
const PAYMENT_DUE: SignedDuration = SignedDuration::from_hours(7 * DAY);
/// And after so long it is overdue.
const PAYMENT_OVERDUE: SignedDuration = SignedDuration::from_hours(30 * DAY);
/// Data whose destruction is not proven so long after the end is overdue.
const DISPOSAL: SignedDuration = SignedDuration::from_hours(1);
/// Of what is agreed by number, in percent: first told, and told as serious.
const STEPS: (u64, u64) = (80, 95);

/// What a warning is about, and whether the log of the space takes records about it from this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The contract.
    pub contract_id: ContractId,
    /// Its space.
    pub space_id: String,
    /// Whether each raise and close is recorded: not by whoever got the data from a party, whose word on the contract the log does not take.
    pub is_recorded: bool,
}

/// What a node knows of a contract. What it does not know it leaves out, and is not warned of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Whether data is still held under it, or its destruction not proven.
    pub holds_data: bool,
    /// Whether somebody has stopped it, so that its data stays.
    pub is_stopped: bool,
    /// What is agreed by number.
    pub quotas: Vec<Quota>,
    /// Since when a payment is open.
    pub payment_since: Option<Timestamp>,
    /// Messages that did not arrive.
    pub backlog: Backlog,
    /// When the credential that the node signs with ends.
    pub credential_ends_at: Option<Timestamp>,
    /// When an automatic renewal is decided, if this node has not refused it.
    pub renewal_at: Option<Timestamp>,
    /// The performance reports of both sides.
    pub chains: Vec<Chain>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which, among those of the contract.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// What it is, for people.
    pub text: Text,
    /// What to do.
    pub next: Text,
    /// The clause that it is about.
    pub clause: &'static str,
}

/// Finds the warnings of a contract at a moment.
#[must_use]
pub fn look(facts: &Facts, now: Timestamp) -> Vec<Found> {
    let mut found = Vec::new();
    if facts.ended_at.is_none() {
        found.extend(ends_soon(facts, now));
        found.extend(facts.quotas.iter().filter_map(quota));
        found.extend(credential(facts, now));
        found.extend(renewal(facts, now));
    }
    found.extend(disposal(facts, now));
    found.extend(payment(facts, now));
    found.extend(backlog(facts.backlog));
    found.extend(facts.chains.iter().flat_map(reports));
    found
}

/// The first moment after this one at which time alone may change what [`look`] finds.
#[must_use]
pub fn next_look(facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    let after = |at: Option<Timestamp>, long: SignedDuration| at.and_then(|at| at.checked_add(long).ok());
    let disposal = facts.ended_at.or(facts.ends_at).filter(|_| facts.holds_data && !facts.is_stopped);
    let moments = [
        soon_at(facts),
        facts.ends_at,
        facts.credential_ends_at.and_then(|at| at.checked_sub(SOON).ok()),
        facts.renewal_at.and_then(|at| at.checked_sub(SOON).ok()),
        facts.renewal_at,
        after(disposal, DISPOSAL),
        after(facts.payment_since, PAYMENT_DUE),
        after(facts.payment_since, PAYMENT_OVERDUE),
    ];
    moments.into_iter().flatten().filter(|at| *at > now).min()
}

/// Takes one look: which warnings are kept from now on, as they changed, and what is told of it. What is found again and reads differently is kept as it reads
/// now, and told to nobody.
#[must_use]
pub fn step(
    about: &About,
    open: Vec<WarningInfo>,
    found: Vec<Found>,
    now: Timestamp,
    mut new_id: impl FnMut() -> String,
) -> (Vec<WarningInfo>, Vec<Effect>) {
    let (mut changed, mut effects) = (Vec::new(), Vec::new());
    for kept in &open {
        match found.iter().find(|one| one.name == kept.name) {
            None => {
                let kept = WarningInfo { closed_at: Some(now), ..kept.clone() };
                effects.extend(record("warning.closed", about, &kept));
                changed.push(kept);
            }
            Some(one) if one.text != kept.text => changed.push(WarningInfo { text: one.text.clone(), ..kept.clone() }),
            Some(_) => {}
        }
    }
    for one in found {
        if open.iter().any(|kept| kept.name == one.name) {
            continue;
        }
        let kept = raised(about, new_id(), one, now);
        effects.extend(record("warning.raised", about, &kept));
        if is_alarming(&kept) {
            let object = kept.contract_id.clone();
            effects.push(Effect::Alert { action: "warning.raised", object, detail: kept.name.clone() });
        }
        changed.push(kept);
    }
    (changed, effects)
}

fn raised(about: &About, warning_id: String, found: Found, now: Timestamp) -> WarningInfo {
    let Found { name, severity, text, next, clause } = found;
    WarningInfo {
        warning_id,
        contract_id: about.contract_id.as_str().to_owned(),
        name,
        severity,
        text,
        next,
        clause: clause.to_owned(),
        raised_at: now,
        closed_at: None,
    }
}

/// Whether the security administrator is told as well. Of reports they are told as such (`performance.…`).
fn is_alarming(kept: &WarningInfo) -> bool {
    kept.severity == Severity::Serious && !kept.name.starts_with("report-")
}

fn record(kind: &'static str, about: &About, kept: &WarningInfo) -> Option<Effect> {
    about.is_recorded.then(|| {
        let draft = Draft::new(kind, &about.space_id)
            .contract(&about.contract_id)
            .subject(kept.warning_id.clone())
            .fact("name", kept.name.clone())
            .fact("severity", kept.severity.as_str());
        Effect::Record(draft)
    })
}

fn soon_at(facts: &Facts) -> Option<Timestamp> {
    let end = facts.ends_at?;
    let length = facts.began_at.map_or(SOON, |began| end.duration_since(began));
    let before = length.checked_div(10).unwrap_or(SOON).max(SignedDuration::ZERO).min(SOON);
    end.checked_sub(before).ok()
}

fn ends_soon(facts: &Facts, now: Timestamp) -> Option<Found> {
    let end = facts.ends_at?;
    (soon_at(facts)? <= now && now < end).then(|| {
        warning(
            "contract-ends",
            Severity::Notice,
            (format!("合约将于 {end} 到期"), format!("the contract ends at {end}")),
            ("需要继续请提出续签", "propose a renewal if it shall go on"),
            "TC609-6-2025-14 §7.6 a",
        )
    })
}

fn quota(quota: &Quota) -> Option<Found> {
    let percent = quota.used.saturating_mul(100).checked_div(quota.limit).unwrap_or(100);
    let (step, severity) = match percent {
        percent if percent >= STEPS.1 => (STEPS.1, Severity::Serious),
        percent if percent >= STEPS.0 => (STEPS.0, Severity::Warning),
        _ => return None,
    };
    let (action, used, limit) = (&quota.action, quota.used, quota.limit);
    Some(warning(
        &format!("quota-{action}-{step}"),
        severity,
        (
            format!("约定次数已用 {used}/{limit}（操作 {action}）"),
            format!("{used} of {limit} agreed uses are made (action {action})"),
        ),
        (
            "需要更多次数请提出变更；用尽后的使用会被拒绝",
            "propose an amendment for more uses; those beyond are refused",
        ),
        CLAUSE,
    ))
}

/// Whether so much of a quota is used that it is to be told: what a node asks before it looks.
#[must_use]
pub fn is_near(quotas: &[Quota]) -> bool {
    quotas.iter().any(|one| quota(one).is_some())
}

fn credential(facts: &Facts, now: Timestamp) -> Option<Found> {
    let (ends, end) = (facts.credential_ends_at?, facts.ends_at?);
    // It is renewed by itself before that; if it was not, somebody has to look.
    (ends < end && now < end && ends.checked_sub(SOON).is_ok_and(|at| at <= now)).then(|| {
        warning(
            "credential-ends",
            Severity::Warning,
            (
                format!("本端身份凭证于 {ends} 失效，早于合约到期"),
                format!("our credential ends at {ends}, before the contract does"),
            ),
            (
                "平台应在失效前自动换发，请检查与平台的连接，或联系平台运营者",
                "the platform should have renewed it, look at the connection to it or ask its operator",
            ),
            CLAUSE,
        )
    })
}

fn renewal(facts: &Facts, now: Timestamp) -> Option<Found> {
    let at = facts.renewal_at?;
    (at.checked_sub(SOON).ok()? <= now && now < at).then(|| {
        warning(
            "renewal-decided",
            Severity::Notice,
            (format!("合约将于 {at} 决定自动续签"), format!("whether the contract renews itself is decided at {at}")),
            ("不同意续签请在此前拒绝", "refuse before, if it shall not"),
            CLAUSE,
        )
    })
}

fn disposal(facts: &Facts, now: Timestamp) -> Option<Found> {
    let since = facts.ended_at.or(facts.ends_at)?;
    let is_late = since.checked_add(DISPOSAL).is_ok_and(|at| at <= now);
    (facts.holds_data && !facts.is_stopped && is_late).then(|| {
        warning(
            "disposal-overdue",
            Severity::Serious,
            (
                format!("合约已于 {since} 终止，数据销毁尚无证明"),
                format!("the contract was over at {since}, that its data is destroyed is not proven"),
            ),
            (
                "使用方请检查存储，销毁会自动重试；其他方请联系使用方",
                "the consumer looks at its storage, it is tried again by itself; others ask the consumer",
            ),
            "TC609-6-2025-14 §7.6 d",
        )
    })
}

fn payment(facts: &Facts, now: Timestamp) -> Option<Found> {
    let since = facts.payment_since?;
    let is_past = |long| since.checked_add(long).is_ok_and(|at| at <= now);
    let (name, severity) = match (is_past(PAYMENT_OVERDUE), is_past(PAYMENT_DUE)) {
        (true, _) => ("payment-overdue", Severity::Serious),
        (false, true) => ("payment-due", Severity::Notice),
        (false, false) => return None,
    };
    Some(warning(
        name,
        severity,
        (format!("结算单自 {since} 起未付清"), format!("the statement is not paid in full since {since}")),
        ("付款方支付并登记，收款方确认到账", "pay and say so, or confirm that the money has come"),
        "TC609-6-2025-01 §5.2.2.9",
    ))
}

fn backlog(backlog: Backlog) -> Option<Found> {
    let Backlog { retrying, set_aside } = backlog;
    let (name, severity) = match (retrying, set_aside) {
        (0, 0) => return None,
        (_, 0) => ("messages-retried", Severity::Warning),
        _ => ("messages-set-aside", Severity::Serious),
    };
    Some(warning(
        name,
        severity,
        (
            format!("未送达的消息：{retrying} 条重试中，{set_aside} 条已搁置"),
            format!("messages that did not arrive: {retrying} tried again, {set_aside} set aside"),
        ),
        (
            "检查网络与对方节点，再在异常列表中重试或放弃",
            "look at the network and the other node, then retry or give up in the list of exceptions",
        ),
        CLAUSE,
    ))
}

fn reports(chain: &Chain) -> Vec<Found> {
    let (side, number) = (chain.side.as_str(), chain.number);
    let next = number.saturating_add(1);
    let mut found = Vec::new();
    if chain.overdue == Some(next) {
        found.push(warning(
            &format!("report-overdue-{side}"),
            Severity::Warning,
            (
                format!("第 {next} 期履约报告逾期未到（{}）", side_zh(side)),
                format!("performance report {next} of the {side} has not come"),
            ),
            ("请联系该方检查其连接器", "have that side look at its connector"),
            crate::performance::CLAUSE,
        ));
    }
    if !chain.discrepancies.is_empty() {
        found.push(warning(
            &format!("report-contradicts-{side}"),
            Severity::Serious,
            (
                format!("第 {number} 期履约报告与存证、账目或对方报告矛盾（{}）", side_zh(side)),
                format!(
                    "performance report {number} of the {side} contradicts the records, the account or the other side"
                ),
            ),
            ("请核对矛盾处，必要时提起争议", "look at what it contradicts, and open a dispute if need be"),
            crate::performance::CLAUSE,
        ));
    }
    found
}

fn side_zh(side: &str) -> &'static str {
    if side == "provider" { "提供方" } else { "使用方" }
}

fn warning(
    name: &str,
    severity: Severity,
    (zh, en): (String, String),
    (next_zh, next_en): (&str, &str),
    clause: &'static str,
) -> Found {
    let (text, next) = (Text::new(zh, en), Text::new(next_zh, next_en));
    Found { name: name.to_owned(), severity, text, next, clause }
}
