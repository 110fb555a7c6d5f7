//! Drafts: rounds have their place and hold their signatures, both sides have to stand behind the same one, and every fault of a request is named.

use serde_json::{Value, json};
use xinyu_crypto::KeyRing;
use xinyu_protocol::api::draft::NewDraft;
use xinyu_protocol::id::{ContractId, PartyId, ProductId};
use xinyu_protocol::tc609::countersigning::{CountersigningRequest, Service, ServiceParty};
use xinyu_protocol::tc609::draft::{DraftAnswer, DraftRound};
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::participant::Role;

use super::*;
use crate::contract::proposal::listed;
use crate::contract::proposal::tests::{
    CONTRACT, PLATFORM, PRODUCT, Parties, consumer, entry, now, provider, ring, serving,
};
use crate::contract::signing;
use crate::countersigning::{gathering, request};
use crate::draft::held::{Hand, Held};

fn card(connector: &ConnectorId, role: Role, (_, credential): &(KeyRing, String)) -> PartyCard {
    PartyCard {
        connector_id: connector.clone(),
        participant_id: PartyId::from(connector.clone()).owner(),
        participant_name: role.as_str().to_owned(),
        role,
        address: "https://a.example".to_owned(),
        credential: credential.clone(),
    }
}

/// A draft with the platform's first round, on the listing's terms but for the price.
fn begun(parties: &Parties) -> DraftDocument {
    let mut document = DraftDocument {
        contract_id: ContractId::parse(CONTRACT).unwrap(),
        draft_id: "d1".to_owned(),
        sequence: 1,
        state: Open,
        entry: entry(),
        suite: "intl".to_owned(),
        provider: card(&provider(), Role::Provider, &parties.provider),
        consumer: card(&consumer(), Role::Consumer, &parties.consumer),
        templates: Vec::new(),
        rounds: Vec::new(),
        created_at: now(),
        answer_by: now() + SignedDuration::from_hours(24),
        contract_hash: None,
        ended: None,
    };
    let first = by_platform(&document, terms(7));
    document.rounds.push(first);
    document
}

fn terms(per_use_fen: u64) -> ProposedTerms {
    let mut terms = listed(&entry());
    terms.revenue.per_use_fen = per_use_fen;
    terms
}

fn drawn(document: &DraftDocument, author: &str, terms: ProposedTerms) -> DraftRound {
    round::draw_up(document, ("合约", "简介"), author, terms, "请看", now()).unwrap()
}

fn by_platform(document: &DraftDocument, terms: ProposedTerms) -> SignedRound {
    let round = drawn(document, PLATFORM, terms);
    let signature = round::sign(&round, PLATFORM, ring(1).signing(Suite::Intl), None).unwrap();
    SignedRound { round, signatures: vec![signature] }
}

fn sign(round: &DraftRound, who: &ConnectorId, (ring, credential): &(KeyRing, String)) -> RoundSignature {
    round::sign(round, who.as_str(), ring.signing(Suite::Intl), Some(credential)).unwrap()
}

fn by(document: &DraftDocument, who: &ConnectorId, hand: &(KeyRing, String), terms: ProposedTerms) -> SignedRound {
    let round = drawn(document, who.as_str(), terms);
    let signatures = vec![sign(&round, who, hand)];
    SignedRound { round, signatures }
}

fn digest(document: &DraftDocument) -> String {
    round::digest(&document.last().unwrap().round).unwrap()
}

fn take(document: DraftDocument, who: &ConnectorId, hand: &(KeyRing, String), parties: &Parties) -> DraftDocument {
    let (digest, signature) = (digest(&document), sign(&document.last().unwrap().round, who, hand));
    super::take(document, who, &digest, signature, &parties.trust(), now()).unwrap().0
}

fn hand<'a>(me: &'a ConnectorId, (ring, credential): &'a (KeyRing, String)) -> Hand<'a> {
    Hand { me, key: ring.signing(Suite::Intl), credential, platform: PLATFORM }
}

fn answer(effects: &[Effect]) -> DraftAnswer {
    let sent = effects.iter().find_map(|effect| match effect {
        Effect::Send(outgoing) => Some(outgoing),
        _ => None,
    });
    serde_json::from_slice(&sent.unwrap().body).unwrap()
}

#[test]
fn tc609_14_7_3_d_both_stand_behind_the_same_round_or_there_is_nothing_to_sign() {
    let parties = Parties::new();
    let first = take(begun(&parties), &consumer(), &parties.consumer, &parties);
    assert!(!is_agreed(&first), "one of two");
    // The other proposes instead: what was said of the first round counts no more.
    let signed = by(&first, &provider(), &parties.provider, terms(9));
    let (second, is_new) = propose(first, provider().as_str(), signed.clone(), &parties.trust(), now()).unwrap();
    assert!(is_new && !is_agreed(&second) && second.rounds.len() == 2);
    let (same, is_new) = propose(second.clone(), provider().as_str(), signed, &parties.trust(), now()).unwrap();
    assert!(!is_new && same == second, "the same again changes nothing");
    let both = take(second, &consumer(), &parties.consumer, &parties);
    assert!(is_agreed(&both));
    let contract = draw_up(&both, both.last().unwrap(), now()).unwrap();
    assert_eq!((contract.sign_mode.as_str(), contract.expansion_item.revenue.per_use_fen), ("02", 9));
    assert_eq!(contract.expansion_item.proposal.as_ref().unwrap().digest, digest(&both));
    check_drawn(&both, &contract, &parties.trust(), now()).unwrap();

    // The platform's own round needs both.
    let mediated = by_platform(&both, terms(8));
    let (third, _) = propose(both, PLATFORM, mediated, &parties.trust(), now()).unwrap();
    assert!(!is_agreed(&third));
    let one = take(third, &provider(), &parties.provider, &parties);
    assert!(!is_agreed(&one));
    assert!(is_agreed(&take(one, &consumer(), &parties.consumer, &parties)));
}

#[test]
fn tc609_14_7_3_d_a_contract_that_is_not_what_was_agreed_on_is_refused_with_its_place() {
    let parties = Parties::new();
    let one = take(begun(&parties), &consumer(), &parties.consumer, &parties);
    let contract = draw_up(&one, one.last().unwrap(), now()).unwrap();
    assert_eq!(check_drawn(&one, &contract, &parties.trust(), now()).unwrap_err().code, "draft-not-agreed");
    let both = take(one, &provider(), &parties.provider, &parties);
    let check = |change: &dyn Fn(&mut Contract), code: &str, clause: &str| {
        let mut altered = contract.clone();
        change(&mut altered);
        let why = check_drawn(&both, &altered, &parties.trust(), now()).unwrap_err();
        assert_eq!((why.code, why.clause.as_deref()), (code, Some(clause)));
    };
    check(&|one| one.expansion_item.revenue.per_use_fen = 1, "contract-differs", "/expansionItem/revenue/perUseFen");
    check(&|one| one.contract_name.push('x'), "contract-differs", "/contractName");
    check(&|one| one.sign_mode = "01".to_owned(), "contract-differs", "/signMode");
    check(&|one| one.sign_time = "20300101000000".to_owned(), "sign-time", "TC609-6-2025-14 表1");
    check(&|one| one.sign_time = "20200101000000".to_owned(), "sign-time", "TC609-6-2025-14 表1");
    check(&|one| one.sign_time = "soon".to_owned(), "sign-time", "TC609-6-2025-14 表1");
}

#[test]
fn tc609_14_7_3_d_forged_stale_and_foreign_answers_are_refused_and_change_nothing() {
    let parties = Parties::new();
    let trust = parties.trust();
    let first = begun(&parties);
    let code = |result: Result<(DraftDocument, bool), Rejection>| result.unwrap_err().code;
    let offer =
        |who: &ConnectorId, signed: SignedRound| code(propose(first.clone(), who.as_str(), signed, &trust, now()));

    // By another author, with another's key, altered after signing, or signed by more than its author.
    let good = by(&first, &provider(), &parties.provider, terms(9));
    assert_eq!(offer(&consumer(), good.clone()), "round-author");
    assert_eq!(offer(&provider(), by(&first, &provider(), &parties.consumer, terms(9))), "round-signature");
    let mut altered = good.clone();
    altered.round.terms.revenue.per_use_fen = 1;
    assert_eq!(offer(&provider(), altered), "round-signature");
    let mut surplus = good.clone();
    surplus.signatures.push(sign(&good.round, &consumer(), &parties.consumer));
    assert_eq!(offer(&provider(), surplus), "round-author");
    let third = by(&first, &serving(1), &parties.serving[0], terms(9));
    assert_eq!(offer(&serving(1), third), "round-signature");
    let forged = by(&first, &provider(), &parties.provider, terms(9));
    let as_platform = SignedRound {
        round: drawn(&first, PLATFORM, terms(9)),
        signatures: vec![RoundSignature { signer: PLATFORM.to_owned(), ..forged.signatures[0].clone() }],
    };
    let why = propose(first.clone(), PLATFORM, as_platform, &trust, now());
    assert_eq!(code(why), "round-signature", "the platform has no other key than its own");

    // Of another draft, another place, beyond the bounds.
    let mut other = first.clone();
    other.draft_id = "d2".to_owned();
    assert_eq!(offer(&provider(), by(&other, &provider(), &parties.provider, terms(9))), "another-round");
    let (second, _) = propose(first.clone(), provider().as_str(), good, &trust, now()).unwrap();
    let crossed = by(&first, &consumer(), &parties.consumer, terms(5));
    assert_eq!(code(propose(second.clone(), consumer().as_str(), crossed, &trust, now())), "stale-round");
    let beyond = ProposedTerms { term: "P1000Y".to_owned(), ..terms(9) };
    assert_eq!(offer(&provider(), by(&first, &provider(), &parties.provider, beyond)), "draft-faults");

    // Taken: another round than the one on the table, another's signature, over other bytes, by nobody of it.
    let old = (digest(&first), sign(&first.rounds[0].round, &consumer(), &parties.consumer));
    let take = |who: &ConnectorId, digest: &str, signature| {
        code(super::take(second.clone(), who, digest, signature, &trust, now()))
    };
    assert_eq!(take(&consumer(), &old.0, old.1.clone()), "stale-round");
    let last = digest(&second);
    assert_eq!(take(&consumer(), &last, old.1), "round-signature", "the signature is of another round");
    let theirs = sign(&second.rounds[1].round, &provider(), &parties.provider);
    assert_eq!(take(&consumer(), &last, theirs.clone()), "foreign-signature");
    assert_eq!(take(&serving(1), &last, theirs.clone()), "unknown-draft");
    let bare = RoundSignature { credential: None, ..sign(&second.rounds[1].round, &consumer(), &parties.consumer) };
    assert_eq!(take(&consumer(), &last, bare), "round-signature");
    let (same, is_new) = super::take(second.clone(), &provider(), &last, theirs, &trust, now()).unwrap();
    assert!(!is_new && same == second, "its author stands behind it already");

    // Too late, and after the end.
    let late = second.answer_by + SignedDuration::from_secs(1);
    let own = sign(&second.rounds[1].round, &consumer(), &parties.consumer);
    assert_eq!(code(super::take(second.clone(), &consumer(), &last, own.clone(), &trust, late)), "draft-expired");
    let (over, _) = end(second, Withdrawn, Some(PLATFORM), "不再需要", now()).unwrap();
    assert_eq!(code(super::take(over, &consumer(), &last, own, &trust, now())), "draft-over");
}

#[test]
fn tc609_14_7_3_d_it_moves_by_the_table_and_ends_once() {
    let parties = Parties::new();
    for from in DraftState::ALL {
        for to in DraftState::ALL {
            let document = DraftDocument { state: from, ..begun(&parties) };
            assert_eq!(moved(document, to).is_ok(), TRANSITIONS.contains(&(from, to)), "{from:?} {to:?}");
        }
    }
    let (over, effects) = end(begun(&parties), Refused, Some(consumer().as_str()), "太贵", now()).unwrap();
    assert_eq!(effects.len(), 3, "recorded once, told to both: {effects:?}");
    assert_eq!(over.ended.as_ref().unwrap().reason, "太贵");
    let (same, effects) = end(over.clone(), Expired, None, "逾期", now()).unwrap();
    assert!(same == over && effects.is_empty());
    let (id, last) = (consumer(), digest(&over));
    assert_eq!(must_be_refusable(&begun(&parties), &id, &last, " ", now()).unwrap_err().code, "termination-reason");
    assert_eq!(must_be_refusable(&over, &id, &last, "太贵", now()).unwrap_err().code, "draft-over");
}

#[test]
fn tc609_14_7_3_c_a_party_answers_what_is_on_its_table_with_its_own_key() {
    let parties = Parties::new();
    let (me, trust) = (consumer(), parties.trust());
    let document = begun(&parties);
    let held = held::receive(None, document.clone(), &me, &trust, now()).unwrap();
    assert_eq!(held.moves(me.as_str(), now()), ["take", "propose", "refuse"]);
    let (digest, hand) = (digest(&document), hand(&me, &parties.consumer));
    assert_eq!(held::take(held.clone(), "0", hand, now()).unwrap_err().code, "stale-round");
    assert_eq!(held::refuse(held.clone(), &digest, "", hand, now()).unwrap_err().code, "termination-reason");
    let same = (terms(7), "");
    assert_eq!(held::propose(held.clone(), &digest, same, hand, now()).unwrap_err().code, "round-unchanged");

    let (taken, effects) = held::take(held.clone(), &digest, hand, now()).unwrap();
    assert!(taken.moves(me.as_str(), now()).is_empty(), "it is on its way");
    assert_eq!(held::take(taken.clone(), &digest, hand, now()).unwrap_err().code, "draft-answered");
    let said = answer(&effects);
    let (next, _) = take_of(document.clone(), &me, &said, &parties);
    assert!(stands(next.last().unwrap(), me.as_str()));
    // Not taken by the platform: it may be answered anew, and people see why.
    let again = held::not_taken(taken, &said, "stale");
    assert_eq!((again.note.as_deref(), again.moves(me.as_str(), now()).len()), (Some("stale"), 3));

    let (_, effects) = held::propose(held.clone(), &digest, (terms(5), "便宜些"), hand, now()).unwrap();
    let round = answer(&effects).round.unwrap();
    let (second, _) = propose(document.clone(), me.as_str(), round, &trust, now()).unwrap();
    let held_second = held::receive(Some(held.clone()), second.clone(), &me, &trust, now()).unwrap();
    assert_eq!(held_second.moves(me.as_str(), now()), ["propose", "refuse"]);

    // What is older changes nothing; what is rewritten, forged or not ours is refused.
    let code = |held: Option<Held>, document: DraftDocument| {
        held::receive(held, document, &me, &trust, now()).unwrap_err().code
    };
    let older = held::receive(Some(held_second.clone()), document.clone(), &me, &trust, now()).unwrap();
    assert_eq!(older, held_second);
    let newer = |document: &DraftDocument| DraftDocument { sequence: 99, ..document.clone() };
    assert_eq!(code(Some(held_second.clone()), newer(&document)), "draft-rewritten", "a round is gone");
    let mut dated = newer(&second);
    dated.answer_by = now();
    assert_eq!(code(Some(held_second.clone()), dated), "draft-rewritten");
    let mut swapped = newer(&second);
    swapped.rounds[0] = by_platform(&DraftDocument { rounds: Vec::new(), ..document.clone() }, terms(6));
    assert_eq!(code(Some(held_second.clone()), swapped), "draft-rewritten", "the first is not the one that we know");
    let mut unsigned = newer(&second);
    unsigned.rounds[0].signatures.clear();
    assert_eq!(code(Some(held_second), unsigned), "draft-rewritten");
    let mut forged = newer(&second);
    forged.rounds[1].signatures[0].signature = sign(&document.rounds[0].round, &me, &parties.consumer).signature;
    assert_eq!(code(Some(held), forged), "round-signature");
    let stranger = held::receive(None, document, &serving(1), &trust, now());
    assert_eq!(stranger.unwrap_err().code, "unknown-draft");
}

fn take_of(document: DraftDocument, who: &ConnectorId, said: &DraftAnswer, parties: &Parties) -> (DraftDocument, bool) {
    let signature = said.signature.clone().unwrap();
    super::take(document, who, &said.digest, signature, &parties.trust(), now()).unwrap()
}

#[test]
fn tc609_14_7_3_f_all_parties_of_a_draft_are_asked_and_only_for_what_two_stand_behind() {
    let parties = Parties::new();
    let mut offered = terms(9);
    offered.service_parties =
        vec![ServiceParty { connector_id: serving(1), name: "服务方".to_owned(), service: Service::Audit }];
    let first = begun(&parties);
    let signed = by(&first, &provider(), &parties.provider, offered);
    let (second, _) = propose(first, provider().as_str(), signed, &parties.trust(), now()).unwrap();
    let half = second.clone();
    let both = take(second, &consumer(), &parties.consumer, &parties);
    let contract = draw_up(&both, both.last().unwrap(), now()).unwrap();
    let hash = signing::hash(&contract).unwrap();
    let (both, _) = agreed(both, &hash).unwrap();
    let (gathering, effects) = gathering::open_drafted(contract.clone(), both.clone(), now()).unwrap();
    assert_eq!(effects.len(), 4, "recorded, and all three asked");
    assert_eq!(gathering.answer_by, both.answer_by);

    // Each takes it in, whoever it is; nobody else does, and nothing that the two do not stand behind.
    let message = |draft: Option<DraftDocument>, contract: &Contract| CountersigningRequest {
        contract: xinyu_protocol::tc609::contract::SignedContract {
            contract: contract.clone(),
            signatures: Vec::new(),
        },
        rounds: Vec::new(),
        answer_by: both.answer_by,
        draft: draft.map(Box::new),
    };
    let receive =
        |me: &ConnectorId, draft, contract| request::receive(message(draft, contract), me, &parties.trust(), now());
    for me in [provider(), consumer(), serving(1)] {
        assert_eq!(receive(&me, Some(both.clone()), &contract).unwrap().contract_hash, hash);
    }
    assert_eq!(receive(&serving(2), Some(both.clone()), &contract).unwrap_err().code, "unknown-countersigning");
    assert_eq!(receive(&consumer(), None, &contract).unwrap_err().code, "unknown-draft");
    assert_eq!(receive(&consumer(), Some(half), &contract).unwrap_err().code, "draft-not-agreed");
    let mut direct = contract.clone();
    direct.sign_mode = "01".to_owned();
    assert_eq!(receive(&consumer(), Some(both.clone()), &direct).unwrap_err().code, "unknown-countersigning");

    // In any order, each once; complete with the last.
    let mut open = gathering;
    let hands = [(serving(1), &parties.serving[0]), (consumer(), &parties.consumer), (provider(), &parties.provider)];
    for (who, (ring, credential)) in &hands {
        assert!(!open.is_complete());
        let request = receive(who, Some(both.clone()), &contract).unwrap();
        let (request, _) = request::sign(request, who, ring.signing(Suite::Intl), credential, PLATFORM, now()).unwrap();
        let own = request.signed.signatures[0].clone();
        let other = &hands.iter().find(|(other, _)| other != who).unwrap().0;
        assert!(gathering::sign(open.clone(), other, own.clone(), &parties.trust(), now()).is_err());
        open = gathering::sign(open, who, own, &parties.trust(), now()).unwrap().0;
    }
    assert!(open.is_complete());
}

#[test]
fn tc609_14_7_2_c_every_fault_of_a_draft_is_named_at_once() {
    let nothing = field::check(&NewDraft::default(), &field::Around::default(), now());
    let at =
        |check: &field::Checked| -> Vec<String> { check.check.faults.iter().map(|one| one.pointer.clone()).collect() };
    assert_eq!(at(&nothing), ["/draftId", "/name", "/summary", "/productId", "/provider", "/consumer"]);
    assert!(nothing.terms.is_none());
    let told = field::must_be_whole(&nothing.check).unwrap_err();
    assert_eq!(told.code, "draft-faults");
    for pointer in at(&nothing) {
        assert!(told.text.zh.contains(&pointer) && told.text.en.contains(&pointer), "{pointer}: {}", told.text.zh);
    }
    assert_eq!(told.clause.as_deref(), Some("TC609-6-2025-14 §7.2 c /draftId"));

    let around = field::Around { entry: Some(entry()), ..field::Around::default() };
    let conflict =
        json!([{ "permissionPolicies": [{ "actions": ["read"] }], "prohibitionPolicies": [{ "actions": ["read"] }] }]);
    let new = |policies: Value| NewDraft {
        draft_id: "d 1".to_owned(),
        name: "n".repeat(129),
        summary: "简介".to_owned(),
        product_id: PRODUCT.to_owned(),
        provider: consumer().to_string(),
        consumer: consumer().to_string(),
        policies: Some(serde_json::from_value(policies).unwrap()),
        term: Some("P1000Y".to_owned()),
        answer_by: Some(now()),
        ..NewDraft::default()
    };
    let found = field::check(&new(conflict), &around, now());
    let places = at(&found);
    for place in ["/draftId", "/name", "/answerBy", "/provider", "/consumer", "/terms/term"] {
        assert!(places.iter().any(|one| one == place), "{place} in {places:?}");
    }
    let shown = found.check.faults.iter().find(|one| one.pointer.starts_with("/terms/policies")).unwrap();
    assert!(shown.text.zh.contains("可说明矛盾的请求"), "with a witness: {}", shown.text.zh);
    let failed = found.check.steps.iter().filter(|step| !step.passed).count();
    assert!(failed > 0 && found.check.steps.len() >= 3, "{:?}", found.check.steps);

    let wrong = json!([{ "permissionPolicies": [{ "actions": ["fly"] }, { "actions": ["read"], "constraints": [{ "constraintName": "moon", "constraintOperator": "01", "constraintValue": "1" }] }] }]);
    let found = field::check(&new(wrong), &around, now());
    let of_policy = at(&found).into_iter().filter(|one| one.starts_with("/terms/policies")).count();
    assert!(of_policy >= 2, "both are named: {:?}", found.check.faults);
    let last = found.check.steps.last().unwrap();
    assert!(!last.passed && last.step == "semantics", "{last:?}");
}

#[test]
fn the_six_steps_of_good_terms_all_pass() {
    let parties = Parties::new();
    let document = begun(&parties);
    let (steps, faults) = field::parsed(&terms(7), &bounds(&document));
    assert!(faults.is_empty(), "{faults:?}");
    let names: Vec<&str> = steps.iter().map(|one| one.step.as_str()).collect();
    assert_eq!(names, ["integrity", "syntax", "semantics", "conflicts", "executable", "store"]);
    assert!(steps.iter().all(|one| one.passed));
    assert_eq!(ProductId::parse(PRODUCT).unwrap(), document.entry.product_id);
}
