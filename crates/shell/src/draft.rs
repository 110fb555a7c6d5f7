//! A draft for people, at the platform and at its parties: the same rounds, differences and standings. TC609-6-2025-14 §7.3 d, g, h.

use std::collections::BTreeMap;

use xinyu_core::contract::difference;
use xinyu_core::contract::proposal::listed;
use xinyu_core::draft::{bounds, field, last, round, stands};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_protocol::api::draft::{DraftInfo, DraftLife, DraftPartyInfo, DraftRoundInfo};
use xinyu_protocol::tc609::contract::{CONSUMER, PROVIDER, SERVICE};
use xinyu_protocol::tc609::draft::{DraftDocument, DraftState, SignedRound};

/// Who looks at it, and what that node knows besides.
pub struct View<'a> {
    /// What may be done here.
    pub moves: Vec<&'static str>,
    /// Why our last answer was not taken.
    pub note: Option<String>,
    /// The platform's identifier and its operator's name.
    pub platform: (&'a str, &'a str),
    /// Whether a party has signed the contract, as far as this node knows.
    pub has_signed: &'a dyn Fn(&str) -> bool,
}

/// One line of a list.
///
/// # Errors
/// If the draft has no round.
pub fn info(document: &DraftDocument, view: &View<'_>) -> Result<DraftInfo, Rejection> {
    let last = last(document)?;
    let ended = document.ended.as_ref();
    let names = names(document, view);
    Ok(DraftInfo {
        contract_id: document.contract_id.to_string(),
        draft_id: document.draft_id.clone(),
        name: last.round.contract_name.clone(),
        product_id: document.entry.product_id.to_string(),
        product_name: document.entry.product.name.clone(),
        provider_name: document.provider.participant_name.clone(),
        consumer_name: document.consumer.participant_name.clone(),
        state: document.state,
        round: last.round.round,
        digest: round::digest(&last.round)?,
        created_at: document.created_at,
        answer_by: document.answer_by,
        contract_hash: document.contract_hash.clone(),
        ended_at: ended.map(|end| end.at),
        ended_by: ended
            .and_then(|end| end.by.as_ref())
            .map(|by| names.get(by.as_str()).copied().unwrap_or(by).to_owned()),
        reason: ended.map(|end| end.reason.clone()),
        note: view.note.clone(),
        moves: view.moves.iter().map(|&word| word.to_owned()).collect(),
    })
}

/// A draft, whole.
///
/// # Errors
/// If the draft has no round.
pub fn life(document: &DraftDocument, view: &View<'_>) -> Result<DraftLife, Rejection> {
    let last = last(document)?;
    let names = names(document, view);
    let mut rounds = Vec::new();
    let mut before = listed(&document.entry);
    for signed in &document.rounds {
        let terms = &signed.round.terms;
        rounds.push(DraftRoundInfo {
            round: signed.round.round,
            author: signed.round.author.clone(),
            author_name: names.get(signed.round.author.as_str()).copied().unwrap_or_default().to_owned(),
            at: signed.round.issue_time,
            digest: round::digest(&signed.round)?,
            note: signed.round.note.clone(),
            terms: terms.clone(),
            clauses: xinyu_core::clause::clauses(&policy_document(&terms.policies)).unwrap_or_default(),
            differences: difference::of_terms(&before, terms),
            stands: standing(document, signed),
        });
        before = terms.clone();
    }
    rounds.reverse();
    Ok(DraftLife {
        line: info(document, view)?,
        summary: last.round.contract_abstract.clone(),
        space_id: document.entry.space_id.clone(),
        parties: parties(document, last, view),
        rounds,
        templates: document.templates.clone(),
        steps: field::parsed(&last.round.terms, &bounds(document)).0,
    })
}

/// The names of the sides that stand behind a round.
fn standing(document: &DraftDocument, signed: &SignedRound) -> Vec<String> {
    let all = document.sides().into_iter().filter(|card| stands(signed, card.connector_id.as_str()));
    all.map(|card| card.participant_name.clone()).collect()
}

fn names<'a>(document: &'a DraftDocument, view: &View<'a>) -> BTreeMap<&'a str, &'a str> {
    let sides = document.sides().into_iter().map(|card| (card.connector_id.as_str(), card.participant_name.as_str()));
    sides.chain([view.platform]).collect()
}

fn parties(document: &DraftDocument, last: &SignedRound, view: &View<'_>) -> Vec<DraftPartyInfo> {
    let refused =
        document.ended.as_ref().filter(|_| document.state == DraftState::Refused).and_then(|end| end.by.as_deref());
    let state = |id: &str, is_side: bool| {
        if refused == Some(id) {
            return "refused";
        }
        match document.state {
            DraftState::Filed => "signed",
            _ if (view.has_signed)(id) => "signed",
            DraftState::Signing => "asked",
            _ if is_side && stands(last, id) => "stands",
            _ => "waits",
        }
    };
    let side = |(kind, card): (&str, &xinyu_protocol::tc609::application::PartyCard)| DraftPartyInfo {
        connector_id: card.connector_id.to_string(),
        name: card.participant_name.clone(),
        signatory_type: kind.to_owned(),
        state: state(card.connector_id.as_str(), true).to_owned(),
    };
    let serving = last.round.terms.service_parties.iter().map(|party| DraftPartyInfo {
        connector_id: party.connector_id.to_string(),
        name: party.name.clone(),
        signatory_type: SERVICE.to_owned(),
        state: state(party.connector_id.as_str(), false).to_owned(),
    });
    [PROVIDER, CONSUMER].into_iter().zip(document.sides()).map(side).chain(serving).collect()
}
