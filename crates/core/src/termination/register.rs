//! The end of a contract as the platform keeps it: filed, taking effect, closed. TC609-6-2025-14 §7.6; TC609-6-2025-01 §5.2.2.5 d 标记合约的解除信息. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::contract::Signature;
use xinyu_protocol::tc609::termination::{
    ContractTerminate, Disposal, TerminationClosing, TerminationKind, TerminationNotice, TerminationVoucher,
};
use xinyu_protocol::tc609::usage::FulfilmentProof;
use xinyu_protocol::time::parse_compact;

use super::voucher::{self, Stamper, Unstamped};
use super::{Basis, End, Ground, SKEW, must_be_sound, must_fit, notice};
use crate::contract::signing::Trust;
use crate::contract::{self, Registered};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// What a proof of destruction said, kept for the voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// The proof.
    pub proof_id: String,
    /// `destroyed`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
}

impl Proven {
    /// What a proof says.
    #[must_use]
    pub fn of(proof: &FulfilmentProof) -> Self {
        Self { proof_id: proof.proof_id.clone(), kind: proof.log.kind.clone(), at: proof.timestamp }
    }
}

/// What must be known of a contract to end it, also of one that was never signed.
///
/// # Errors
/// If the times of a signed one are none, which signing has ruled out.
pub fn basis(contract: &Registered, now: Timestamp) -> Result<Basis, Rejection> {
    match &contract.signed {
        // The hash of the filed text, which may be sealed.
        Some(signed) => Basis::of(signed, contract.contract_hash.as_deref().unwrap_or_default()),
        None => Ok(Basis {
            contract_id: contract.contract_id.clone(),
            name: contract.name.clone(),
            hash: String::new(),
            suite: contract.suite,
            activation: contract.created_at,
            scheduled_end: now,
        }),
    }
}

/// When a filed contract ends by what is known of it: its agreed end, or its own. When it ended, as long as it is not settled; none when all is done.
#[must_use]
pub fn ends_at(contract: &Registered) -> Option<Timestamp> {
    let agreed = contract.ending.as_ref().map(|voucher| voucher.end_time);
    match contract.status {
        // What is frozen does not end by itself, nor does what nobody signed.
        ContractStatus::Performing if contract.frozen_at.is_some() => Some(Timestamp::MAX),
        ContractStatus::Performing => {
            let own = contract.signed.as_ref().and_then(|signed| parse_compact(&signed.contract.indate).ok());
            agreed.or(own).or(Some(Timestamp::MAX))
        }
        ContractStatus::Terminated if contract.signed.is_some() && contract.statement.is_none() => agreed,
        _ => None,
    }
}

/// Takes an end that both parties signed. The same end again changes nothing.
///
/// # Errors
/// If it is not about this contract as it was filed, a signature is missing or wrong, its time is none, or another end was filed before.
pub fn take(
    contract: Registered,
    signed: (TerminationNotice, Vec<Signature>, Timestamp),
    trust: &Trust<'_>,
    stamper: &Stamper<'_>,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    let (notice, signatures, issue_time) = signed;
    let now = stamper.now;
    if contract.ending.as_ref().is_some_and(|there| there.notice == notice) {
        return Ok((contract, Vec::new()));
    }
    if contract.signed.is_none() {
        return Err(unsigned(&contract));
    }
    must_fit(&notice, &basis(&contract, now)?)?;
    if notice.kind != TerminationKind::Agreement {
        return Err(Rejection::bad(
            "termination-kind",
            format!("当事方只能协商提前终止（agreement），不能以「{}」终止", notice.kind.as_str()),
            format!("parties end a contract by agreement, not by {}", notice.kind.as_str()),
        )
        .clause("/kind"));
    }
    let parties = [contract.provider.as_str(), contract.consumer.as_str()];
    if !parties.contains(&notice.issuer_id.as_str()) {
        return Err(contract::unknown(contract.contract_id.as_str()));
    }
    let checked = voucher::check_signatures(&notice, &signatures, &parties, trust, now)?;
    voucher::must_be_complete(&checked, &parties)?;
    must_not_have_ended(&contract)?;
    let is_timely = notice.proposed_at.duration_since(issue_time) <= SKEW && issue_time.duration_since(now) <= SKEW;
    if !is_timely {
        return Err(Rejection::bad(
            "termination-time",
            format!("解除时间 {issue_time} 早于提出时间或在将来"),
            format!("the time of the agreement {issue_time} is before the proposal, or in the future"),
        )
        .clause("/issueTime"));
    }
    // What was in time when it was agreed may have been long on its way.
    must_be_sound(&notice, issue_time)?;
    file(
        contract,
        Unstamped { end_time: end_of(&notice, issue_time), notice, signatures, issue_time, closing: None },
        stamper,
    )
}

fn end_of(notice: &TerminationNotice, issue_time: Timestamp) -> Timestamp {
    notice.agreed_end_time.map_or(issue_time, |end| end.max(issue_time))
}

/// The platform ends a contract at once: at its time, as fulfilled, for a breach, or by a regulator's order. One that is agreed for later is superseded; the
/// same end again changes nothing.
///
/// # Errors
/// If it has ended already.
pub fn decide(
    contract: Registered,
    ground: Ground,
    stamper: &Stamper<'_>,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    if contract.ending.as_ref().is_some_and(|there| there.notice.termination_id == ground.termination_id) {
        return Ok((contract, Vec::new()));
    }
    must_not_have_ended(&contract)?;
    let now = stamper.now;
    let notice = notice(&basis(&contract, now)?, ground, now);
    file(contract, Unstamped { notice, signatures: Vec::new(), issue_time: now, end_time: now, closing: None }, stamper)
}

/// What the platform says when a contract ends by itself.
#[must_use]
pub fn by_itself(contract: &Registered, kind: TerminationKind, platform: &str, operator: &ParticipantId) -> Ground {
    let reason = match kind {
        TerminationKind::Expiry => "合约到期 / the contract's time is over",
        TerminationKind::Clause => "智能条款触发 / a smart clause says so",
        _ => "合约履行完毕 / the contract is fulfilled",
    };
    Ground {
        termination_id: super::id_of(&contract.contract_id, kind),
        kind,
        reason: reason.to_owned(),
        disposal: Disposal::Destroy,
        agreed_end: None,
        issuer: (platform.to_owned(), operator.clone()),
        clause: None,
        records: Vec::new(),
    }
}

fn must_not_have_ended(contract: &Registered) -> Result<(), Rejection> {
    match (&contract.ending, contract.status) {
        (Some(there), ContractStatus::Terminated) => Err(super::over(&contract.contract_id, &End::of(there))),
        (None, ContractStatus::Terminated) if !contract.is_unsigned => Err(Rejection::conflict(
            "contract-over",
            format!("合约 {} 已终止", contract.contract_id),
            format!("contract {} has ended", contract.contract_id),
        )),
        _ => Ok(()),
    }
}

/// What the platform does of itself, by its clock or when something has changed: an agreed end takes effect, or the contract's own time is over.
///
/// # Errors
/// If it cannot end from where it stands, which the table rules out.
pub fn look(
    contract: Registered,
    operator: &ParticipantId,
    stamper: &Stamper<'_>,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    let (contract, mut effects) = take_effect(contract, stamper.now)?;
    let is_open = contract.status == ContractStatus::Performing && contract.frozen_at.is_none();
    let is_over = is_open
        && contract.ending.is_none()
        && contract.signed.is_some()
        && basis(&contract, stamper.now)?.scheduled_end < stamper.now;
    if !is_over {
        return Ok((contract, effects));
    }
    let ground = by_itself(&contract, TerminationKind::Expiry, stamper.platform_id.as_str(), operator);
    let (contract, more) = decide(contract, ground, stamper)?;
    effects.extend(more);
    Ok((contract, effects))
}

/// A connector reports that the contract's time is over: with the standard's fields alone, signed over the notice that they mean.
///
/// # Errors
/// If the message does not say what the contract says, or it is not time.
pub fn must_be_over(
    contract: &Registered,
    message: &ContractTerminate,
    now: Timestamp,
) -> Result<TerminationNotice, Rejection> {
    if contract.signed.is_none() {
        return Err(unsigned(contract));
    }
    let basis = basis(contract, now)?;
    let notice = expiry_notice(&basis, message);
    let differs = [
        ("/contractName", message.contract_name != basis.name),
        ("/activationTime", message.activation_time != basis.activation),
        ("/scheduledEndTime", message.scheduled_end_time != basis.scheduled_end),
    ];
    if let Some((pointer, _)) = differs.into_iter().find(|(_, differs)| *differs) {
        return Err(Rejection::bad(
            "termination-differs",
            format!("终止报文与合约 {} 不符：{pointer}", contract.contract_id),
            format!("the message does not fit contract {}: {pointer}", contract.contract_id),
        )
        .clause(pointer));
    }
    if basis.scheduled_end.duration_since(now) > SKEW {
        return Err(Rejection::conflict(
            "not-yet-over",
            format!("合约 {} 至 {} 到期，尚未到期", contract.contract_id, basis.scheduled_end),
            format!("contract {} ends at {}, it is not over yet", contract.contract_id, basis.scheduled_end),
        )
        .clause("TC609-6-2025-14 §7.6 b"));
    }
    Ok(notice)
}

/// The notice that the standard's fields of an expiry mean: what its issuer signs.
#[must_use]
pub fn expiry_notice(basis: &Basis, message: &ContractTerminate) -> TerminationNotice {
    let ground = Ground {
        termination_id: super::id_of(&basis.contract_id, TerminationKind::Expiry),
        kind: TerminationKind::Expiry,
        reason: "合约到期 / the contract's time is over".to_owned(),
        disposal: Disposal::Destroy,
        agreed_end: message.agreed_end_time,
        issuer: (message.issuer_id.clone(), message.issuer_entity_id.clone()),
        clause: None,
        records: Vec::new(),
    };
    notice(basis, ground, message.issue_time)
}

/// A contract that nobody signed cannot be ended by signatures.
#[must_use]
pub fn unsigned(contract: &Registered) -> Rejection {
    Rejection::conflict(
        "contract-unsigned",
        format!("合约 {} 未签署备案，不能以双方签名终止", contract.contract_id),
        format!("contract {} is not signed and filed, signatures cannot end it", contract.contract_id),
    )
    .clause("TC609-6-2025-14 §7.6 a")
}

/// Files a voucher: both connectors are told, and it takes effect if it is time.
fn file(
    mut contract: Registered,
    draft: Unstamped,
    stamper: &Stamper<'_>,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    if let Some(there) = &contract.ending
        && draft.notice.kind == TerminationKind::Agreement
    {
        return Err(Rejection::conflict(
            "termination-agreed",
            format!("合约 {} 的终止已约定（{}）", contract.contract_id, there.notice.termination_id),
            format!("the end of contract {} is agreed already ({})", contract.contract_id, there.notice.termination_id),
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    }
    let voucher = voucher::stamp(draft, stamper)?;
    let notice = &voucher.notice;
    let mut draft = Draft::new("contract.voucher", &contract.space_id)
        .contract(&contract.contract_id)
        .subject(notice.termination_id.clone())
        .fact("kind", notice.kind.as_str())
        .fact("reason", notice.reason.clone())
        .fact("disposal", notice.disposal.as_str())
        .fact("end", voucher.end_time.to_string())
        .fact("digest", voucher::digest(&voucher)?);
    if let Some(clause) = &notice.clause {
        draft = draft.fact("clause", clause.clone());
    }
    let mut effects = vec![Effect::Record(draft)];
    effects.extend(tell(&contract, &voucher)?);
    contract.ending = Some(voucher);
    let (contract, more) = take_effect(contract, stamper.now)?;
    effects.extend(more);
    Ok((contract, effects))
}

/// Each connector is told on a stream of its own, so that nothing is in the way.
fn tell(contract: &Registered, voucher: &TerminationVoucher) -> Result<Vec<Effect>, Rejection> {
    let message = voucher::message(voucher);
    let send = |connector: &xinyu_protocol::id::ConnectorId| {
        let stream = format!("termination/{}/{connector}", voucher.notice.termination_id);
        Outgoing::json(connector.as_str(), stream, "termination", "/tc609/contractTerminate", &message)
            .map(Effect::Send)
    };
    let serving = contract.serving().cloned();
    contract.connectors().into_iter().chain(serving).map(|connector| send(&connector)).collect()
}

/// Ends a contract whose voucher says so, unless a freeze holds it; what has ended stays as it is.
///
/// # Errors
/// If it cannot end from where it stands, which the table rules out.
pub fn take_effect(contract: Registered, now: Timestamp) -> Result<(Registered, Vec<Effect>), Rejection> {
    let Some(end) = contract.ending.as_ref().map(End::of) else {
        return Ok((contract, Vec::new()));
    };
    let is_over = contract.status == ContractStatus::Terminated;
    if is_over || !end.is_effective(contract.frozen_at.is_some(), now) {
        return Ok((contract, Vec::new()));
    }
    let mut contract = contract::advance(contract, ContractStatus::Terminated)?;
    contract.ended_at = Some(now);
    // Whoever froze it has ended it.
    contract.frozen_at = None;
    contract.freeze_order = None;
    let reason = if end.kind == TerminationKind::Fulfilment { "fulfilled" } else { end.kind.as_str() };
    let draft = Draft::new("contract.terminated", &contract.space_id)
        .contract(&contract.contract_id)
        .subject(end.termination_id)
        .fact("reason", reason)
        .fact("ground", end.reason);
    Ok((contract, vec![Effect::Record(draft)]))
}

/// What was done after the end goes into the voucher, and both get it anew.
///
/// # Errors
/// If a message cannot be written.
pub fn close(mut contract: Registered, stamper: &Stamper<'_>) -> Result<(Registered, Vec<Effect>), Rejection> {
    let (Some(ending), Some(proven), Some(statement)) = (&contract.ending, &contract.proven, &contract.statement)
    else {
        return Ok((contract, Vec::new()));
    };
    if ending.closing.is_some() {
        return Ok((contract, Vec::new()));
    }
    let bytes =
        xinyu_protocol::json::canonical(statement).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let closing = TerminationClosing {
        proof_id: proven.proof_id.clone(),
        proof_kind: proven.kind.clone(),
        proven_at: proven.at,
        statement_hash: contract.suite.hash(&bytes).to_string(),
        settled_at: statement.at,
    };
    let voucher = voucher::close(ending.clone(), closing, stamper)?;
    let effects = tell(&contract, &voucher)?;
    contract.ending = Some(voucher);
    Ok((contract, effects))
}
