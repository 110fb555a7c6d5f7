//! A draft at one of its two parties: as the platform put it before us, and what our people answer with our own key. TC609-6-2025-14 §7.3 c, d. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::SigningKey;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::draft::{DraftAnswer, DraftDocument, DraftState, SignedRound};
use xinyu_protocol::tc609::negotiation::ProposedTerms;

use super::{ANSWER, bounds, field, last, must_be_last, must_be_open, of_round, record, round, stands, unknown};
use crate::contract::signing::Trust;
use crate::effect::{Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::{REASON, must_be_said};

/// A draft as a party keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// As the platform has it.
    pub document: DraftDocument,
    /// Digest of the round that we have answered, until the platform tells what came of it.
    pub answered: Option<String>,
    /// Why our last answer was not taken.
    pub note: Option<String>,
}

/// Who answers: our connector, its key and credential, and where the answer goes.
#[derive(Clone, Copy)]
pub struct Hand<'a> {
    /// We.
    pub me: &'a ConnectorId,
    /// Our key of the draft's suite.
    pub key: &'a SigningKey,
    /// Our credential.
    pub credential: &'a str,
    /// The platform.
    pub platform: &'a str,
}

impl Held {
    /// What our people may do.
    #[must_use]
    pub fn moves(&self, me: &str, now: Timestamp) -> Vec<&'static str> {
        let Some(last) = self.document.last() else { return Vec::new() };
        match self.document.state {
            DraftState::Signing if now <= self.document.answer_by => vec!["sign"],
            DraftState::Open if now <= self.document.answer_by && self.answered.is_none() => {
                if stands(last, me) {
                    vec!["propose", "refuse"]
                } else {
                    vec!["take", "propose", "refuse"]
                }
            }
            _ => Vec::new(),
        }
    }
}

/// Takes in what the platform says: it is ours, every round has its place, what is new of signatures holds, and nothing that we know is rewritten. What is
/// older than what we have changes nothing.
///
/// # Errors
/// If it is not so.
pub fn receive(
    held: Option<Held>,
    document: DraftDocument,
    me: &ConnectorId,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Held, Rejection> {
    let id = document.contract_id.as_str();
    if !document.is_side(me.as_str()) || document.entry.connector_id != document.provider.connector_id {
        return Err(unknown(id));
    }
    last(&document)?;
    let known = held.as_ref().map(|held| held.document.rounds.as_slice()).unwrap_or_default();
    if let Some(held) = &held
        && held.document.sequence >= document.sequence
    {
        return Ok(held.clone());
    }
    for (index, signed) in document.rounds.iter().enumerate() {
        round::check_place(&document, index)?;
        match known.get(index) {
            Some(there) if there.round != signed.round => return Err(rewritten(id, index)),
            // What was checked once stays good, also when a credential is replaced.
            Some(there) if there.signatures == signed.signatures => {}
            Some(there) if !signed.signatures.starts_with(&there.signatures) => return Err(rewritten(id, index)),
            _ => round::check_signatures(signed, &document, trust, now)?,
        }
    }
    if known.len() > document.rounds.len() || held.as_ref().is_some_and(|held| !is_same(&held.document, &document)) {
        return Err(rewritten(id, document.rounds.len()));
    }
    Ok(Held { document, answered: None, note: None })
}

fn is_same(one: &DraftDocument, other: &DraftDocument) -> bool {
    one.contract_id == other.contract_id
        && one.draft_id == other.draft_id
        && one.entry == other.entry
        && one.suite == other.suite
        && one.answer_by == other.answer_by
        && one.templates == other.templates
        && one.provider.connector_id == other.provider.connector_id
        && one.consumer.connector_id == other.consumer.connector_id
}

fn rewritten(id: &str, index: usize) -> Rejection {
    Rejection::bad(
        "draft-rewritten",
        format!("合约草案 {id} 中已知的内容被改写"),
        format!("what is known of draft {id} was rewritten"),
    )
    .clause(format!("/rounds/{index}"))
}

/// We stand behind the round on the table.
///
/// # Errors
/// If another one is, it is too late, or we have answered.
pub fn take(mut held: Held, digest: &str, hand: Hand<'_>, now: Timestamp) -> Result<(Held, Vec<Effect>), Rejection> {
    must_be_answerable(&held, digest, now)?;
    let last = last(&held.document)?;
    if stands(last, hand.me.as_str()) {
        return Err(Rejection::conflict(
            "round-taken",
            "本方已认可这一轮，待对方答复",
            "we stand behind this round already, the other side has to answer",
        )
        .clause(super::CLAUSE));
    }
    let signature = round::sign(&last.round, hand.me.as_str(), hand.key, Some(hand.credential))?;
    let record = of_round(record("draft.taken", &held.document), last)?;
    let answer = DraftAnswer { signature: Some(signature), ..answer(&held, digest) };
    held.answered = Some(digest.to_owned());
    held.note = None;
    let send = send(&answer, hand.platform)?;
    Ok((held, vec![Effect::Record(record), send]))
}

/// We propose the next round.
///
/// # Errors
/// If it goes beyond what may be proposed, says nothing new, answers another round, or it is too late.
pub fn propose(
    mut held: Held,
    digest: &str,
    (terms, note): (ProposedTerms, &str),
    hand: Hand<'_>,
    now: Timestamp,
) -> Result<(Held, Vec<Effect>), Rejection> {
    must_be_answerable(&held, digest, now)?;
    field::must_be_good(&terms, &bounds(&held.document))?;
    must_be_new(&held.document, &terms)?;
    let before = &last(&held.document)?.round;
    let names = (before.contract_name.as_str(), before.contract_abstract.as_str());
    let drawn = round::draw_up(&held.document, names, hand.me.as_str(), terms, note, now)?;
    let signature = round::sign(&drawn, hand.me.as_str(), hand.key, Some(hand.credential))?;
    let signed = SignedRound { round: drawn, signatures: vec![signature] };
    let record = of_round(record("draft.proposed", &held.document), &signed)?;
    let answer = DraftAnswer { round: Some(signed), ..answer(&held, digest) };
    held.answered = Some(digest.to_owned());
    held.note = None;
    let send = send(&answer, hand.platform)?;
    Ok((held, vec![Effect::Record(record), send]))
}

/// That a round says something else than the one before.
///
/// # Errors
/// If it does not.
pub fn must_be_new(document: &DraftDocument, terms: &ProposedTerms) -> Result<(), Rejection> {
    if last(document)?.round.terms != *terms {
        return Ok(());
    }
    Err(Rejection::bad(
        "round-unchanged",
        "所提条款与最新一轮相同，请直接认可",
        "the terms are those of the last round: take it instead",
    )
    .clause("/terms"))
}

/// We refuse the draft.
///
/// # Errors
/// If no reason is said, another round is on the table, or it is too late.
pub fn refuse(
    mut held: Held,
    digest: &str,
    reason: &str,
    hand: Hand<'_>,
    now: Timestamp,
) -> Result<(Held, Vec<Effect>), Rejection> {
    must_be_said(reason)?;
    must_be_answerable(&held, digest, now)?;
    let record = of_round(record("draft.refused", &held.document), last(&held.document)?)?.fact("reason", reason);
    let answer = DraftAnswer { reason: reason.to_owned(), ..answer(&held, digest) };
    held.answered = Some(digest.to_owned());
    held.note = None;
    let send = send(&answer, hand.platform)?;
    Ok((held, vec![Effect::Record(record), send]))
}

/// The platform did not take our answer, and why: our people may answer anew.
#[must_use]
pub fn not_taken(held: Held, answer: &DraftAnswer, why: &str) -> Held {
    if held.answered.as_deref() != Some(answer.digest.as_str()) {
        return held;
    }
    Held { answered: None, note: Some(why.chars().take(REASON).collect()), ..held }
}

fn must_be_answerable(held: &Held, digest: &str, now: Timestamp) -> Result<(), Rejection> {
    must_be_open(&held.document, now)?;
    must_be_last(&held.document, digest)?;
    match held.answered {
        None => Ok(()),
        Some(_) => Err(Rejection::conflict(
            "draft-answered",
            "本方对这一轮的答复正在送往平台",
            "our answer to this round is on its way to the platform",
        )
        .clause(super::CLAUSE)),
    }
}

fn answer(held: &Held, digest: &str) -> DraftAnswer {
    DraftAnswer {
        contract_id: held.document.contract_id.clone(),
        digest: digest.to_owned(),
        signature: None,
        round: None,
        reason: String::new(),
    }
}

fn send(answer: &DraftAnswer, platform: &str) -> Result<Effect, Rejection> {
    let stream = format!("draft/{}", answer.contract_id);
    Outgoing::json(platform, stream, ANSWER, "/tc609/draftAnswer", answer).map(Effect::Send)
}
