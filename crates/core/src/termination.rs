//! The end of a contract (合约终止, 解除): what is signed of it, when it takes effect, and what follows. TC609-6-2025-14 §7.6; TC609-6-2025-01 §5.2.2.5 d. Pure.
//!
//! An end is agreed by both (`proposal`) or decided by the platform: at the contract's time, when it is fulfilled, for a breach (`breach`), by a
//! regulator's order. Whatever the way, it becomes a voucher (`voucher`) with the platform's stamp, and takes effect at its time: not while a freeze holds
//! the contract, unless the order itself is to end it.

pub mod breach;
pub mod proposal;
pub mod register;
#[cfg(test)]
mod tests;
pub mod voucher;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_policy::{Action, Policy};
use xinyu_protocol::id::{ContractId, ParticipantId};
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::termination::{Disposal, TerminationKind, TerminationNotice, TerminationVoucher};
use xinyu_protocol::text::Text;

use crate::contract::signing;
use crate::fault::Rejection;

/// The longest reason, in characters.
pub const REASON: usize = 256;
/// How far the clocks of two nodes may be apart.
pub const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// An end as a node keeps it beside its data, until and after it takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Which end.
    pub termination_id: String,
    /// Why, by kind.
    pub kind: TerminationKind,
    /// Why, in words.
    pub reason: String,
    /// From when nothing may be done.
    pub ends_at: Timestamp,
    /// What becomes of the data.
    pub disposal: Disposal,
}

impl End {
    /// What a voucher says of it.
    #[must_use]
    pub fn of(voucher: &TerminationVoucher) -> Self {
        let notice = &voucher.notice;
        Self {
            termination_id: notice.termination_id.clone(),
            kind: notice.kind,
            reason: notice.reason.clone(),
            ends_at: voucher.end_time,
            disposal: notice.disposal,
        }
    }

    /// Whether it has taken effect: its time has come, and no freeze holds the contract, unless a regulator ends it.
    #[must_use]
    pub fn is_effective(&self, is_frozen: bool, now: Timestamp) -> bool {
        is_effective(self.kind, self.ends_at, is_frozen, now)
    }
}

/// Whether an end takes effect now.
#[must_use]
pub fn is_effective(kind: TerminationKind, ends_at: Timestamp, is_frozen: bool, now: Timestamp) -> bool {
    now >= ends_at && (!is_frozen || kind == TerminationKind::Order)
}

/// What a notice must say of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The contract.
    pub contract_id: ContractId,
    /// Its name.
    pub name: String,
    /// Hash of its signed bytes; empty for one that nobody signed.
    pub hash: String,
    /// Its suite.
    pub suite: Suite,
    /// Since when it is good.
    pub activation: Timestamp,
    /// When it ends by itself.
    pub scheduled_end: Timestamp,
}

impl Basis {
    /// Of a contract that was signed, with the hash of its text.
    ///
    /// # Errors
    /// If its times are none, which signing has ruled out.
    pub fn of(signed: &SignedContract, hash: &str) -> Result<Self, Rejection> {
        let contract = &signed.contract;
        let time = |text: &str| {
            xinyu_protocol::time::parse_compact(text).map_err(|error| Rejection::unwritable(&error.to_string()))
        };
        Ok(Self {
            contract_id: contract.contract_id.clone(),
            name: contract.contract_name.clone(),
            hash: hash.to_owned(),
            suite: signing::suite(contract)?,
            activation: time(&contract.sign_time)?,
            scheduled_end: time(&contract.indate)?,
        })
    }
}

/// What varies of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The id of the end.
    pub termination_id: String,
    /// Why, by kind.
    pub kind: TerminationKind,
    /// Why, in words.
    pub reason: String,
    /// What becomes of the data.
    pub disposal: Disposal,
    /// When it shall end; none: at once.
    pub agreed_end: Option<Timestamp>,
    /// Who says so.
    pub issuer: (String, ParticipantId),
    /// What was broken.
    pub clause: Option<String>,
    /// Records that it rests on.
    pub records: Vec<String>,
}

/// Writes a notice.
#[must_use]
pub fn notice(basis: &Basis, ground: Ground, now: Timestamp) -> TerminationNotice {
    TerminationNotice {
        termination_id: ground.termination_id,
        contract_id: basis.contract_id.clone(),
        contract_name: basis.name.clone(),
        contract_hash: basis.hash.clone(),
        suite: basis.suite.to_string(),
        terminate_type: ground.kind.terminate_type(),
        kind: ground.kind,
        reason: ground.reason,
        disposal: ground.disposal,
        activation_time: basis.activation,
        scheduled_end_time: basis.scheduled_end,
        agreed_end_time: ground.agreed_end,
        proposed_at: now,
        issuer_id: ground.issuer.0,
        issuer_entity_id: ground.issuer.1,
        clause: ground.clause,
        records: ground.records,
    }
}

/// That a notice is about this contract and says of it what it says.
///
/// # Errors
/// Naming the first member that differs.
pub fn must_fit(notice: &TerminationNotice, basis: &Basis) -> Result<(), Rejection> {
    let differs = [
        ("/contractId", notice.contract_id != basis.contract_id),
        ("/contractName", notice.contract_name != basis.name),
        ("/contractHash", notice.contract_hash != basis.hash),
        ("/suite", notice.suite != basis.suite.to_string()),
        ("/activationTime", notice.activation_time != basis.activation),
        ("/scheduledEndTime", notice.scheduled_end_time != basis.scheduled_end),
        ("/erminateType", notice.terminate_type != notice.kind.terminate_type()),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        None => Ok(()),
        Some((pointer, _)) => Err(Rejection::bad(
            "termination-differs",
            format!("终止通知与合约 {} 不符：{pointer}", basis.contract_id),
            format!("the notice of termination does not fit contract {}: {pointer}", basis.contract_id),
        )
        .clause(pointer)),
    }
}

/// That an end is well formed: it has an id and a reason, and its time lies ahead and not after the contract's own.
///
/// # Errors
/// Saying what is wrong with it.
pub fn must_be_sound(notice: &TerminationNotice, now: Timestamp) -> Result<(), Rejection> {
    let id = &notice.termination_id;
    let is_id = !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
    if !is_id {
        return Err(Rejection::bad(
            "termination-id",
            "终止编号应为 1–64 个字母、数字或 -_.:",
            "the id of a termination has 1 to 64 letters, digits or -_.:",
        )
        .clause("/terminationId"));
    }
    must_be_said(&notice.reason)?;
    if now > notice.scheduled_end_time {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {} 已于 {} 到期", notice.contract_id, notice.scheduled_end_time),
            format!("contract {} ended at its time, {}", notice.contract_id, notice.scheduled_end_time),
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    }
    match notice.agreed_end_time {
        Some(end) if end <= now => Err(Rejection::bad(
            "end-in-the-past",
            format!("约定终止时间 {end} 已过"),
            format!("the agreed end {end} lies in the past"),
        )
        .clause("/agreedEndTime")
        .next(Text::new(
            "请另行提出，约定以后的时间，或不填时间（双方同意后即刻终止）",
            "propose it anew with a later time, or with none: then it ends as soon as both agree",
        ))),
        Some(end) if end > notice.scheduled_end_time => Err(Rejection::bad(
            "end-too-late",
            format!("约定终止时间 {end} 晚于合约原终止时间 {}", notice.scheduled_end_time),
            format!("the agreed end {end} is after the contract's own end {}", notice.scheduled_end_time),
        )
        .clause("/agreedEndTime")),
        _ => Ok(()),
    }
}

/// That something is said, and briefly.
///
/// # Errors
/// If it is empty or too long.
pub fn must_be_said(reason: &str) -> Result<(), Rejection> {
    if !reason.trim().is_empty() && reason.chars().count() <= REASON {
        return Ok(());
    }
    Err(Rejection::bad(
        "termination-reason",
        format!("须说明理由，1–{REASON} 个字符"),
        format!("a reason must be given, of 1 to {REASON} characters"),
    )
    .clause("/reason"))
}

/// That the data can go that way: destruction always. Making it anonymous needs the contract's permission, and no connector does it yet. §7.6 d.
///
/// # Errors
/// If it cannot.
pub fn must_be_disposable(disposal: Disposal, policy: Option<&Policy>) -> Result<(), Rejection> {
    let is_permitted = policy.is_some_and(|policy| {
        policy.rules.iter().any(|rule| rule.permits(Action::Anonymize) && rule.actions.contains(&Action::Anonymize))
            && !policy.rules.iter().any(|rule| rule.prohibits(Action::Anonymize))
    });
    if disposal == Disposal::Destroy {
        return Ok(());
    }
    if is_permitted {
        return Err(Rejection::bad(
            "disposal-not-supported",
            "本平台的使用环境尚不支持终止后匿名化，数据只能销毁",
            "the use environment cannot make data anonymous after the end yet, it can only be destroyed",
        )
        .clause("/disposal")
        .next(Text::new("请选择销毁（destroy）", "choose destroy")));
    }
    Err(Rejection::bad(
        "disposal-not-agreed",
        "合约没有约定匿名化，终止后数据只能销毁",
        "the contract does not permit making the data anonymous: after its end the data can only be destroyed",
    )
    .clause("/disposal")
    .next(Text::new("请选择销毁（destroy）", "choose destroy")))
}

/// The refusal of what would go on under a contract whose end has taken effect.
#[must_use]
pub fn over(id: &ContractId, end: &End) -> Rejection {
    Rejection::conflict(
        "contract-over",
        format!("合约 {id} 已终止：{}", end.reason),
        format!("contract {id} has ended: {}", end.reason),
    )
    .clause("TC609-6-2025-14 §7.6")
}

/// The id of the one end of a contract that nobody proposes: at its time, when it is fulfilled. All who see it coming call it the same.
#[must_use]
pub fn id_of(contract: &ContractId, kind: TerminationKind) -> String {
    format!("{}-{}", kind.as_str(), crate::contract::strategy_id(contract))
}
