//! A draft (合约草案): a contract that is created at the platform and negotiated with its operator's help. TC609-6-2025-14 §7.2 c, §7.3 d, A.3. Pure.
//!
//! Whoever signs a round stands behind it: its author, and each party that takes it. When provider and consumer stand behind the same round, the contract is
//! drawn up from it and signed by all parties as any other ([`crate::countersigning`]). The operator may propose, and signs no contract.

pub mod field;
pub mod held;
pub mod round;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::contract::Contract;
use xinyu_protocol::tc609::draft::{DraftDocument, DraftEnd, DraftState, RoundSignature, SignedRound};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::contract::draft::{self, ASSISTED, Basis, Party, SIGNING_SKEW_SECONDS};
use crate::contract::proposal::Bounds;
use crate::contract::signing::Trust;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::{REASON, must_be_said};

use DraftState::{Expired, Failed, Filed, Open, Refused, Signing, Withdrawn};

/// The clause that this is about.
pub(crate) const CLAUSE: &str = "TC609-6-2025-14 §7.3 d";
/// The time for an answer, where nothing is said of it.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The longest there is.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(180 * 24);
/// So many rounds at most: all travel together.
pub const MOST_ROUNDS: usize = 20;
/// So many bytes at most, of all rounds.
const LARGEST: usize = 700 << 10;
/// The kind of message by which a party answers.
pub const ANSWER: &str = "draft.answer";

/// From which state to which.
pub const TRANSITIONS: &[(DraftState, DraftState)] = &[
    (Open, Signing),
    (Open, Refused),
    (Open, Expired),
    (Open, Withdrawn),
    (Open, Failed),
    (Signing, Filed),
    (Signing, Refused),
    (Signing, Expired),
    (Signing, Withdrawn),
    (Signing, Failed),
];

/// A draft as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractDraft {
    /// What the parties see of it.
    pub document: DraftDocument,
    /// The login name of who made it.
    pub made_by: String,
    /// Digest of what was asked for, so that the same key asks for the same.
    pub asked: String,
}

/// A draft that is not there, or not for this caller.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-draft", format!("没有合约草案 {id}"), format!("draft {id} does not exist"))
}

/// Within what the terms of a draft have to stay.
#[must_use]
pub fn bounds(document: &DraftDocument) -> Bounds<'_> {
    Bounds {
        entry: &document.entry,
        provider: &document.provider.connector_id,
        consumer: &document.consumer.connector_id,
    }
}

/// The suite of a draft.
///
/// # Errors
/// If it is neither `sm` nor `intl`.
pub fn suite(document: &DraftDocument) -> Result<Suite, Rejection> {
    document.suite.parse().map_err(|_| {
        let suite = &document.suite;
        Rejection::bad("unknown-suite", format!("未知的密码套件「{suite}」"), format!("suite {suite} is unknown"))
            .clause("/suite")
    })
}

/// The round on the table.
///
/// # Errors
/// If there is none.
pub fn last(document: &DraftDocument) -> Result<&SignedRound, Rejection> {
    document.last().ok_or_else(|| {
        Rejection::bad("draft-form", "合约草案没有任何一轮条款", "the draft has no round").clause("/rounds")
    })
}

/// Whether a connector stands behind a round.
#[must_use]
pub fn stands(round: &SignedRound, connector: &str) -> bool {
    round.signatures.iter().any(|one| one.signer == connector)
}

/// Whether provider and consumer stand behind the round on the table.
#[must_use]
pub fn is_agreed(document: &DraftDocument) -> bool {
    document.last().is_some_and(|last| document.sides().iter().all(|card| stands(last, card.connector_id.as_str())))
}

/// Whether its time is over while nothing has come of it.
#[must_use]
pub fn is_overdue(document: &DraftDocument, now: Timestamp) -> bool {
    !document.state.is_final() && now > document.answer_by
}

/// The contract that a round comes to, signed at a time: whoever has the draft draws up the same.
///
/// # Errors
/// If the term is no duration, or the round has no canonical form.
pub fn draw_up(document: &DraftDocument, signed: &SignedRound, now: Timestamp) -> Result<Contract, Rejection> {
    let party = |card: &PartyCard| Party {
        participant_id: card.participant_id.clone(),
        name: card.participant_name.clone(),
        connector_id: card.connector_id.clone(),
    };
    let terms = &signed.round.terms;
    // Policies that were changed come from no template any more.
    let is_first = document.rounds.first().is_some_and(|first| first.round.terms.policies == terms.policies);
    let templates = if is_first { document.templates.clone() } else { Vec::new() };
    let entry = CatalogEntry { templates, ..document.entry.clone() };
    let basis = Basis {
        contract_id: &document.contract_id,
        application_id: &document.draft_id,
        entry: &entry,
        terms,
        proposal: Some(round::agreed(signed)?),
        provider: &party(&document.provider),
        consumer: &party(&document.consumer),
        suite: suite(document)?,
        // Where texts are sealed the platform draws none up.
        filing_keys: &[],
    };
    let drawn = draft::draw_up(&basis, now)?;
    Ok(Contract {
        sign_mode: ASSISTED.to_owned(),
        contract_name: signed.round.contract_name.clone(),
        contract_abstract: signed.round.contract_abstract.clone(),
        ..drawn
    })
}

/// Checks a contract that the platform drew up: provider and consumer stand behind the last round, and nothing in it differs from what that comes to.
///
/// # Errors
/// A [`Rejection`] naming the first member that differs.
pub fn check_drawn(
    document: &DraftDocument,
    contract: &Contract,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(), Rejection> {
    let last = last(document)?;
    round::check_place(document, document.rounds.len().saturating_sub(1))?;
    round::check_signatures(last, document, trust, now)?;
    if !is_agreed(document) {
        return Err(Rejection::bad(
            "draft-not-agreed",
            "双方尚未认可同一轮草案，不能签署",
            "the two do not stand behind the same round, there is nothing to sign",
        )
        .clause(CLAUSE));
    }
    let fail = |zh: String, en: String| Err(Rejection::bad("sign-time", zh, en).clause("TC609-6-2025-14 表1"));
    let at = match time::parse_compact(&contract.sign_time) {
        Ok(at) => at,
        Err(error) => {
            return fail(format!("签署时间无效：{error}"), format!("the signing time is not a time: {error}"));
        }
    };
    // Whoever was away gets it late; it was drawn up after the round, and not in the future.
    let (earliest, latest) = (last.round.issue_time.as_second(), now.as_second());
    let (at_second, skew) = (at.as_second(), SIGNING_SKEW_SECONDS);
    if at_second < earliest.saturating_sub(skew) || at_second > latest.saturating_add(skew) {
        let sign_time = &contract.sign_time;
        return fail(
            format!("签署时间 {sign_time} 早于所认可的轮次或晚于当前时间"),
            format!("the signing time {sign_time} is before the round that was agreed on, or in the future"),
        );
    }
    let (theirs, ours) = (draft::to_value(contract)?, draft::to_value(&draw_up(document, last, at)?)?);
    match draft::first_difference("", &theirs, &ours) {
        None => Ok(()),
        Some(pointer) => Err(Rejection::bad(
            "contract-differs",
            format!("合约 {} 与所认可的草案不一致：{pointer}", contract.contract_id),
            format!("contract {} differs from the draft that was agreed on at {pointer}", contract.contract_id),
        )
        .clause(pointer)),
    }
}

/// It is made, and put before the two sides.
///
/// # Errors
/// If a message cannot be written.
pub fn create(document: &DraftDocument) -> Result<Vec<Effect>, Rejection> {
    let digest = round::digest(&last(document)?.round)?;
    let record = record("draft.created", document)
        .fact("product", document.entry.product_id.as_str())
        .fact("provider", document.provider.connector_id.as_str())
        .fact("consumer", document.consumer.connector_id.as_str())
        .fact("answer_by", document.answer_by.to_string())
        .fact("round", 1)
        .fact("digest", digest);
    let mut effects = vec![Effect::Record(record)];
    effects.extend(tell(document)?);
    Ok(effects)
}

/// The next round, by a party or by the platform. False: it was there already, and changes nothing. What the platform proposes it records; a party does so
/// itself.
///
/// # Errors
/// If it is not its author's, not the next, goes beyond the bounds, or it is too late.
pub fn propose(
    mut document: DraftDocument,
    by: &str,
    signed: SignedRound,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(DraftDocument, bool), Rejection> {
    round::must_be_by(&signed, by)?;
    let digest = round::digest(&signed.round)?;
    let is_there = |one: &SignedRound| round::digest(&one.round).is_ok_and(|there| there == digest);
    if document.rounds.iter().any(is_there) {
        return Ok((document, false));
    }
    must_be_open(&document, now)?;
    if document.rounds.len() >= MOST_ROUNDS {
        return Err(Rejection::conflict(
            "draft-rounds",
            format!("合约草案最多 {MOST_ROUNDS} 轮，请认可、拒绝或另立草案"),
            format!("a draft has at most {MOST_ROUNDS} rounds: take the last one, refuse it, or make another draft"),
        )
        .clause("TC609-6-2025-14 §7.3 b"));
    }
    document.rounds.push(signed);
    let index = document.rounds.len().saturating_sub(1);
    round::check_place(&document, index)?;
    let last = last(&document)?;
    round::check_signatures(last, &document, trust, now)?;
    field::must_be_good(&last.round.terms, &bounds(&document))?;
    let size = xinyu_protocol::json::canonical(&document.rounds).map_or(usize::MAX, |bytes| bytes.len());
    if size > LARGEST {
        return Err(Rejection::bad(
            "draft-size",
            format!("各轮条款共 {size} 字节，上限 {LARGEST} 字节"),
            format!("the rounds have {size} bytes, at most {LARGEST} are taken"),
        )
        .clause("/rounds"));
    }
    document.sequence = document.sequence.saturating_add(1);
    Ok((document, true))
}

/// What the platform records of a round of its own.
///
/// # Errors
/// If it has no canonical form.
pub fn proposed(document: &DraftDocument) -> Result<Effect, Rejection> {
    Ok(Effect::Record(of_round(record("draft.proposed", document), last(document)?)?))
}

/// A party stands behind the round on the table. False: it did already.
///
/// # Errors
/// If it is no side, another round is on the table, the signature does not hold, or it is too late.
pub fn take(
    mut document: DraftDocument,
    by: &ConnectorId,
    digest: &str,
    signature: RoundSignature,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(DraftDocument, bool), Rejection> {
    must_be_side(&document, by)?;
    let is_same = round::digest(&last(&document)?.round)? == digest;
    if is_same && stands(last(&document)?, by.as_str()) {
        return Ok((document, false));
    }
    must_be_open(&document, now)?;
    must_be_last(&document, digest)?;
    if signature.signer != by.as_str() {
        let other = &signature.signer;
        return Err(Rejection::bad(
            "foreign-signature",
            format!("签名属于 {other}，不能由 {by} 代交"),
            format!("the signature is {other}'s, {by} cannot give it"),
        )
        .clause("/signature/signer"));
    }
    if let Some(last) = document.rounds.last_mut() {
        last.signatures.push(signature);
    }
    round::check_signatures(last(&document)?, &document, trust, now)?;
    document.sequence = document.sequence.saturating_add(1);
    Ok((document, true))
}

/// The two stand behind one round, and the contract was drawn up from it.
///
/// # Errors
/// If they do not, or it leads nowhere from here.
pub fn agreed(mut document: DraftDocument, hash: &str) -> Result<(DraftDocument, Vec<Effect>), Rejection> {
    document = moved(document, Signing)?;
    document.contract_hash = Some(hash.to_owned());
    let record = of_round(record("draft.agreed", &document), last(&document)?)?.fact("hash", hash);
    let mut effects = vec![Effect::Record(record)];
    effects.extend(tell(&document)?);
    Ok((document, effects))
}

/// The contract is filed.
///
/// # Errors
/// If it was not being signed.
pub fn filed(document: DraftDocument) -> Result<(DraftDocument, Vec<Effect>), Rejection> {
    let document = moved(document, Filed)?;
    let effects = tell(&document)?;
    Ok((document, effects))
}

/// It ends without a contract, and both sides are told why. What has ended stays as it is.
///
/// # Errors
/// If a message cannot be written.
pub fn end(
    document: DraftDocument,
    state: DraftState,
    by: Option<&str>,
    reason: &str,
    now: Timestamp,
) -> Result<(DraftDocument, Vec<Effect>), Rejection> {
    if document.state.is_final() {
        return Ok((document, Vec::new()));
    }
    let mut document = moved(document, state)?;
    let reason: String = reason.chars().take(REASON).collect();
    document.ended = Some(DraftEnd { by: by.map(str::to_owned), reason: reason.clone(), at: now });
    let mut record = record("draft.ended", &document)
        .fact("outcome", state.as_str())
        .fact("round", document.rounds.len())
        .fact("reason", reason);
    if let Some(by) = by {
        record = record.fact("by", by);
    }
    let mut effects = vec![Effect::Record(record)];
    effects.extend(tell(&document)?);
    Ok((document, effects))
}

/// A party refuses the draft.
///
/// # Errors
/// If it is no side, says no reason, another round is on the table, or it is too late.
pub fn must_be_refusable(
    document: &DraftDocument,
    by: &ConnectorId,
    digest: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), Rejection> {
    must_be_side(document, by)?;
    must_be_said(reason)?;
    must_be_open(document, now)?;
    must_be_last(document, digest)
}

/// That what is answered is what is on the table.
///
/// # Errors
/// If it is not.
pub fn must_be_last(document: &DraftDocument, digest: &str) -> Result<(), Rejection> {
    let last = last(document)?;
    if round::digest(&last.round)? == digest {
        return Ok(());
    }
    let number = last.round.round;
    Err(Rejection::conflict(
        "stale-round",
        format!("所答复的不是最新一轮：现为第 {number} 轮"),
        format!("what is answered is not the last round: round {number} is on the table"),
    )
    .clause("TC609-6-2025-14 §7.3 b")
    .next(Text::new("请重新查看草案，就最新一轮答复", "look at the draft again and answer its last round")))
}

/// That it can still be answered.
///
/// # Errors
/// If it is being signed, has ended, or its time is over.
pub fn must_be_open(document: &DraftDocument, now: Timestamp) -> Result<(), Rejection> {
    let id = &document.contract_id;
    if is_overdue(document, now) {
        let limit = document.answer_by;
        return Err(Rejection::conflict(
            "draft-expired",
            format!("合约草案 {id} 的答复期限 {limit} 已过"),
            format!("the time to answer draft {id} was over at {limit}"),
        )
        .clause(CLAUSE));
    }
    let state = document.state.as_str();
    match document.state {
        Open => Ok(()),
        Signing => Err(Rejection::conflict(
            "draft-signing",
            format!("合约草案 {id} 已一致，正在签署，不能再改"),
            format!("draft {id} was agreed on and is being signed, it cannot be changed any more"),
        )
        .clause(CLAUSE)
        .next(Text::new("请签署或拒绝签署", "sign it or refuse to"))),
        _ => Err(Rejection::conflict(
            "draft-over",
            format!("合约草案 {id} 已有结果（{state}）"),
            format!("draft {id} is {state} already"),
        )
        .clause(CLAUSE)),
    }
}

fn must_be_side(document: &DraftDocument, by: &ConnectorId) -> Result<(), Rejection> {
    if document.is_side(by.as_str()) { Ok(()) } else { Err(unknown(document.contract_id.as_str())) }
}

fn moved(document: DraftDocument, to: DraftState) -> Result<DraftDocument, Rejection> {
    let (from, id) = (document.state, &document.contract_id);
    if TRANSITIONS.contains(&(from, to)) {
        return Ok(DraftDocument { state: to, sequence: document.sequence.saturating_add(1), ..document });
    }
    Err(Rejection::conflict(
        "illegal-transition",
        format!("合约草案 {id} 不能从 {} 变为 {}", from.as_str(), to.as_str()),
        format!("draft {id} cannot go from {} to {}", from.as_str(), to.as_str()),
    )
    .clause(CLAUSE))
}

/// Puts it before the two sides as it stands, each on a stream of its own.
///
/// # Errors
/// If a message cannot be written.
pub fn tell(document: &DraftDocument) -> Result<Vec<Effect>, Rejection> {
    let send = |card: &PartyCard| {
        let to = card.connector_id.as_str();
        let stream = format!("draft/{}/{to}", document.contract_id);
        Outgoing::json(to, stream, "draft", "/tc609/draft", document).map(Effect::Send)
    };
    document.sides().into_iter().map(send).collect()
}

/// The beginning of a record about a draft.
pub(crate) fn record(kind: &'static str, document: &DraftDocument) -> Draft {
    Draft::new(kind, &document.entry.space_id).contract(&document.contract_id).subject(document.draft_id.clone())
}

/// What is recorded of a round.
pub(crate) fn of_round(record: Draft, signed: &SignedRound) -> Result<Draft, Rejection> {
    let mut record = record.fact("round", signed.round.round).fact("digest", round::digest(&signed.round)?);
    if let Some(previous) = &signed.round.previous {
        record = record.fact("previous", previous.clone());
    }
    Ok(record)
}
