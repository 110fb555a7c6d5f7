//! A history of two rounds and a contract, and every way to forge it.

use xinyu_protocol::id::{ConnectorId, ContractId, PlatformId};
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::negotiation::Proposal;

use super::*;
use crate::contract::draft::{self, Basis, Party};
use crate::contract::proposal::tests::{CONTRACT, PLATFORM, Parties, consumer, entry, now, place, provider};

fn entry_of(number: u32, kind: &str, by: &str) -> HistoryEntry {
    HistoryEntry {
        number,
        kind: kind.to_owned(),
        by: by.to_owned(),
        at: now(),
        digest: None,
        proposal: None,
        offer: None,
        contract: None,
        note: None,
    }
}

/// Two rounds, an acceptance, and the contract that both signed, as the consumer tells it.
fn history(parties: &Parties) -> History {
    let (entry, contract_id) = (entry(), ContractId::parse(CONTRACT).unwrap());
    let propose = |by: &ConnectorId, base: u64, previous: Option<&SignedProposal>| {
        let mut terms = proposal::listed(&entry);
        terms.revenue.base_fen = base;
        let drawn: Proposal = proposal::draw_up(&place(&entry, &contract_id, previous), by, terms, now()).unwrap();
        parties.sign(drawn)
    };
    let first = propose(&consumer(), 500, None);
    let second = propose(&provider(), 800, Some(&first));
    let of = |number, kind: &str, by: &str, signed: &SignedProposal| HistoryEntry {
        digest: proposal::digest(&signed.proposal).ok(),
        proposal: Some(signed.clone()),
        ..entry_of(number, kind, by)
    };
    let party = |connector: &ConnectorId, name: &str| Party {
        participant_id: PartyId::from(connector.clone()).owner(),
        name: name.to_owned(),
        connector_id: connector.clone(),
    };
    let (one, other) = (party(&provider(), "提供方"), party(&consumer(), "使用方"));
    let basis = Basis {
        contract_id: &contract_id,
        application_id: "a1",
        entry: &entry,
        terms: &second.proposal.terms,
        proposal: Some(proposal::agreed(&second).unwrap()),
        provider: &one,
        consumer: &other,
        suite: Suite::Intl,
        filing_keys: &[],
    };
    let contract = draft::draw_up(&basis, now()).unwrap();
    draft::check(&contract, &basis, now()).unwrap();
    let swapped = Basis { terms: &first.proposal.terms, ..basis.clone() };
    let refused = draft::check(&contract, &swapped, now()).unwrap_err();
    assert_eq!(refused.clause.as_deref(), Some("/expansionItem/revenue/baseFen"));
    let unsigned = SignedContract { contract, signatures: Vec::new() };
    let (ring, credential) = &parties.provider;
    let half = signing::sign(unsigned, &provider(), ring.signing(Suite::Intl), credential).unwrap();
    let (ring, credential) = &parties.consumer;
    let whole = signing::sign(half.clone(), &consumer(), ring.signing(Suite::Intl), credential).unwrap();
    let signed = |number, kind: &str, by: &str, contract: &SignedContract| HistoryEntry {
        digest: signing::hash(&contract.contract).ok(),
        contract: Some(contract.clone()),
        ..entry_of(number, kind, by)
    };
    History {
        contract_id: contract_id.clone(),
        suite: "intl".to_owned(),
        process: "urn:uuid:c".to_owned(),
        side: "consumer".to_owned(),
        connector_id: consumer(),
        peer: provider().as_str().to_owned(),
        state: "FINALIZED".to_owned(),
        at: now(),
        versions: Vec::new(),
        entries: vec![
            of(1, "request", "consumer", &first),
            of(2, "offer", "provider", &second),
            entry_of(3, "accept", "consumer"),
            signed(4, "agree", "provider", &half),
            signed(5, "verify", "consumer", &whole),
            entry_of(6, "finalize", "provider"),
        ],
        platform_id: PlatformId::parse(PLATFORM).unwrap(),
        keys: serde_json::to_value(&parties.keys).unwrap(),
    }
}

/// Signed again by who tells it, so that only what stands inside can be wrong.
fn resigned(parties: &Parties, history: History) -> HistoryFile {
    let (ring, credential) = &parties.consumer;
    sign(history, ring.signing(Suite::Intl), credential).unwrap()
}

#[test]
fn tc609_14_7_3_h_a_history_is_checked_by_a_stranger() {
    let parties = Parties::new();
    let file = resigned(&parties, history(&parties));
    let checked = check(&file).unwrap();
    assert_eq!((checked.entries, checked.rounds, checked.signatures.len()), (6, 2, 2));
    assert_eq!(checked.contract_hash.as_ref().map(String::len), Some(64));
    let mut other = file.clone();
    other.history.state = "TERMINATED".to_owned();
    assert_eq!(check(&other).unwrap_err().clause.as_deref(), Some("/signature"));
}

type Forgery<'a> = (&'a str, &'a dyn Fn(&mut History));

#[test]
fn tc609_14_7_3_h_a_forged_history_is_found_with_its_place() {
    let parties = Parties::new();
    let forged = |change: &dyn Fn(&mut History)| {
        let mut history = history(&parties);
        change(&mut history);
        check(&resigned(&parties, history)).map(|_| ()).map_err(|error| error.clause.unwrap_or_default())
    };
    assert_eq!(forged(&|_| {}), Ok(()));
    let cases: [Forgery<'_>; 8] = [
        ("/history/entries/0", &|one| drop(one.entries.remove(0))),
        ("/history/entries/1", &|one| one.entries[1].by = "consumer".to_owned()),
        ("/history/entries/1", &|one| one.entries[1].digest = Some("0".repeat(64))),
        ("/history/entries/1", &|one| {
            one.entries[1].proposal.as_mut().unwrap().proposal.terms.term = "P1D".to_owned();
        }),
        ("/history/entries/3", &|one| {
            one.entries[3].contract.as_mut().unwrap().contract.indate = "20300101000000".to_owned();
        }),
        ("/history/entries/3", &|one| one.entries[3].contract.as_mut().unwrap().signatures.clear()),
        // The round that was agreed on is left out, and the rest numbered anew.
        ("/history/entries/2", &|one| {
            one.entries.remove(1);
            one.entries.iter_mut().zip(1..).for_each(|(entry, number)| entry.number = number);
        }),
        ("/history/suite", &|one| one.suite = "rot13".to_owned()),
    ];
    for (at, change) in cases {
        let mut changed = history(&parties);
        change(&mut changed);
        let found = check(&resigned(&parties, changed)).unwrap_err();
        assert!(found.clause.as_deref().is_some_and(|clause| clause.starts_with(at)), "{found:?} instead of {at}");
    }
}
