//! The archive of a negotiation (协商存档): every move that was made or heard, with its document, kept after its end. TC609-6-2025-14 §7.3 g, h;
//! TC609-6-2025-15 §7.1.3 a. Pure.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::negotiation::HistoryEntry;

use super::{Move, Negotiation, Offer, Side};
use crate::contract::{proposal, signing};

/// Archives a move: the next entry of the negotiation's history, for the shell to store in the transaction of the move. A move that crossed one of ours
/// and changed nothing was said all the same, and is archived like the others.
#[must_use]
pub fn keep(negotiation: &mut Negotiation, by: Side, action: &Move, suite: Suite, now: Timestamp) -> HistoryEntry {
    // Of more than two parties, with all signatures, once they are there.
    let whole = negotiation.contract.clone().filter(|signed| signed.contract.has_service_parties());
    negotiation.kept = negotiation.kept.saturating_add(1);
    let entry = HistoryEntry {
        number: negotiation.kept,
        kind: kind(action).to_owned(),
        by: by.as_str().to_owned(),
        at: now,
        digest: None,
        proposal: None,
        offer: None,
        contract: None,
        note: None,
    };
    match action {
        Move::Request(offer) | Move::Offer(offer) => of_offer(entry, offer, suite),
        Move::Agree(_, Some(contract)) | Move::Verify(Some(contract)) => of_contract(entry, contract),
        Move::Agree(agreement, None) => {
            HistoryEntry { offer: Some(agreement.clone()), digest: of_value(agreement, suite), ..entry }
        }
        Move::Terminate(reason) => HistoryEntry { note: Some(reason.clone()), ..entry },
        Move::Finalize => whole.map_or_else(|| entry.clone(), |contract| of_contract(entry.clone(), &contract)),
        Move::Accept | Move::Verify(None) => entry,
    }
}

/// The word for a move, the same as in the API.
fn kind(action: &Move) -> &'static str {
    match action {
        Move::Request(_) => "request",
        Move::Offer(_) => "offer",
        Move::Accept => "accept",
        Move::Agree(..) => "agree",
        Move::Verify(_) => "verify",
        Move::Finalize => "finalize",
        Move::Terminate(_) => "terminate",
    }
}

fn of_offer(entry: HistoryEntry, offer: &Offer, suite: Suite) -> HistoryEntry {
    match &offer.proposal {
        Some(signed) => HistoryEntry {
            digest: proposal::digest(&signed.proposal).ok(),
            proposal: Some((**signed).clone()),
            ..entry
        },
        None => HistoryEntry { digest: of_value(&offer.odrl, suite), offer: Some(offer.odrl.clone()), ..entry },
    }
}

fn of_contract(entry: HistoryEntry, contract: &SignedContract) -> HistoryEntry {
    HistoryEntry { digest: signing::hash(&contract.contract).ok(), contract: Some(contract.clone()), ..entry }
}

fn of_value(value: &Value, suite: Suite) -> Option<String> {
    xinyu_protocol::json::canonical(value).ok().map(|bytes| suite.hash(&bytes).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::negotiation::tests::sample;
    use crate::negotiation::{State, step};

    #[test]
    fn tc609_14_7_3_h_every_move_is_archived_with_its_document() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut negotiation = sample(Side::Provider, State::Requested);
        let moves = [
            (Side::Provider, Move::Offer(json!({ "@id": "o" }).into())),
            (Side::Consumer, Move::Request(json!({ "@id": "r" }).into())),
            (Side::Provider, Move::Terminate("太贵".to_owned())),
        ];
        let mut entries = Vec::new();
        for (by, action) in moves {
            let (mut next, _) = step(negotiation, by, action.clone()).unwrap();
            entries.push(keep(&mut next, by, &action, Suite::Intl, now));
            negotiation = next;
        }
        let told: Vec<_> = entries.iter().map(|one| (one.number, one.kind.as_str(), one.by.as_str())).collect();
        assert_eq!(told, [(1, "offer", "provider"), (2, "request", "consumer"), (3, "terminate", "provider")]);
        assert!(entries.iter().take(2).all(|one| one.digest.as_ref().is_some_and(|digest| digest.len() == 64)));
        assert_ne!(entries.first().map(|one| &one.digest), entries.get(1).map(|one| &one.digest));
        assert_eq!(entries.last().and_then(|one| one.note.as_deref()), Some("太贵"));
    }
}
