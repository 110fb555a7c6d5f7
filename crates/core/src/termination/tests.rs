//! The end of a contract, as data: who may do what, when it takes effect, and that every bit of a voucher is covered.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use xinyu_crypto::{KeyRing, Suite, jws};
use xinyu_protocol::id::{ContractId, ParticipantId, PlatformId};
use xinyu_protocol::tc609::contract::{ContractStatus, Signature};
use xinyu_protocol::tc609::termination::{
    ContractTerminate, Disposal, TerminateType, TerminationAnswer, TerminationClosing, TerminationKind,
};

use super::breach::{self, Breach};
use super::proposal::{self, Event, Place, Proposal, State};
use super::voucher::{self, Stamper, Unstamped};
use super::*;
use crate::contract::Registered;
use crate::effect::Effect;

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn basis() -> Basis {
    Basis {
        contract_id: ContractId::parse(CONTRACT).unwrap(),
        name: "合约".to_owned(),
        hash: "ab".to_owned(),
        suite: Suite::Intl,
        activation: at("2026-01-01T00:00:00Z"),
        scheduled_end: at("2027-01-01T00:00:00Z"),
    }
}

fn ground() -> Ground {
    Ground {
        termination_id: "t1".to_owned(),
        kind: TerminationKind::Agreement,
        reason: "业务调整".to_owned(),
        disposal: Disposal::Destroy,
        agreed_end: None,
        issuer: ("a".to_owned(), ParticipantId::parse("91350100M000100Y43").unwrap()),
        clause: None,
        records: Vec::new(),
    }
}

fn signature() -> Signature {
    serde_json::from_value(json!({
        "connectorId": connector(), "kid": "k", "signature": "AA", "credential": "c",
    }))
    .unwrap()
}

fn connector() -> String {
    let owner = ParticipantId::parse("91350100M000100Y43").unwrap();
    xinyu_protocol::id::ConnectorId::compose(&owner, &xinyu_protocol::id::AreaCode::parse("3501").unwrap(), 7)
        .as_str()
        .to_owned()
}

fn keys() -> KeyRing {
    use rand::SeedableRng as _;
    KeyRing::generate(&mut rand::rngs::StdRng::seed_from_u64(7))
}

fn with_stamper<T>(ring: &KeyRing, now: Timestamp, run: impl FnOnce(&Stamper<'_>) -> T) -> T {
    let operator = ParticipantId::parse("91350100M000100Y43").unwrap();
    let platform = PlatformId::compose(&operator, &xinyu_protocol::id::AreaCode::parse("3501").unwrap(), 7);
    let keys = ring.public();
    run(&Stamper {
        platform_id: &platform,
        keys: &keys,
        sign: Box::new(|suite, payload| jws::sign(voucher::STAMP, payload, ring.signing(suite))),
        now,
    })
}

#[test]
fn tc609_14_7_6_a_an_end_has_a_reason_and_a_time_that_lies_ahead_and_not_after_the_contracts_own() {
    let now = at("2026-06-01T00:00:00Z");
    let check = |change: fn(&mut Ground), now: Timestamp, expect: Option<&str>| {
        let mut ground = ground();
        change(&mut ground);
        let notice = notice(&basis(), ground, now);
        let found = must_be_sound(&notice, now).err().map(|error| error.code);
        assert_eq!(found, expect, "{notice:?}");
    };
    check(|_| {}, now, None);
    check(|ground| ground.agreed_end = Some(at("2026-06-02T00:00:00Z")), now, None);
    check(|ground| ground.agreed_end = Some(at("2027-01-01T00:00:00Z")), now, None);
    check(|ground| ground.agreed_end = Some(at("2026-06-01T00:00:00Z")), now, Some("end-in-the-past"));
    check(|ground| ground.agreed_end = Some(at("2027-01-01T00:00:01Z")), now, Some("end-too-late"));
    check(|ground| ground.reason = " ".to_owned(), now, Some("termination-reason"));
    check(|ground| ground.reason = "长".repeat(257), now, Some("termination-reason"));
    check(|ground| ground.termination_id = String::new(), now, Some("termination-id"));
    check(|ground| ground.termination_id = "../x".to_owned(), now, Some("termination-id"));
    check(|_| {}, at("2027-01-01T00:00:01Z"), Some("contract-over"));
}

#[test]
fn tc609_14_7_6_a_a_notice_says_of_the_contract_what_the_contract_says() {
    let now = at("2026-06-01T00:00:00Z");
    let check = |change: fn(&mut Basis), expect: Option<&str>| {
        let notice = notice(&basis(), ground(), now);
        let mut other = basis();
        change(&mut other);
        assert_eq!(must_fit(&notice, &other).err().and_then(|error| error.clause).as_deref(), expect);
    };
    check(|_| {}, None);
    check(|basis| basis.name.push('x'), Some("/contractName"));
    check(|basis| basis.hash.push('x'), Some("/contractHash"));
    check(|basis| basis.suite = Suite::Sm, Some("/suite"));
    check(|basis| basis.activation += SignedDuration::from_secs(1), Some("/activationTime"));
    check(|basis| basis.scheduled_end += SignedDuration::from_secs(1), Some("/scheduledEndTime"));
}

#[test]
fn tc609_01_7_4_3_a_freeze_holds_every_end_but_the_regulators_own() {
    let (before, then) = (at("2026-06-01T00:00:00Z"), at("2026-06-02T00:00:00Z"));
    for kind in
        [TerminationKind::Agreement, TerminationKind::Expiry, TerminationKind::Breach, TerminationKind::Departure]
    {
        assert!(!is_effective(kind, then, false, before));
        assert!(is_effective(kind, then, false, then));
        assert!(!is_effective(kind, then, true, then), "{kind:?}");
    }
    assert!(is_effective(TerminationKind::Order, then, true, then));
}

#[test]
fn tc609_14_7_6_d_data_is_destroyed_and_what_else_is_asked_for_is_refused_clearly() {
    let check = |policies: serde_json::Value, disposal: Disposal, expect: Option<&str>| {
        let policy = xinyu_policy::parse_value(&json!({ "contractPolicies": [policies] })).unwrap();
        assert_eq!(must_be_disposable(disposal, Some(&policy)).err().map(|error| error.code), expect, "{policies}");
    };
    let permitted = json!({ "permissionPolicies": [{ "actions": ["read", "anonymize"] }] });
    check(json!({ "permissionPolicies": [{ "actions": ["read"] }] }), Disposal::Destroy, None);
    check(json!({ "permissionPolicies": [{ "actions": ["read"] }] }), Disposal::Anonymize, Some("disposal-not-agreed"));
    check(json!({ "permissionPolicies": [{ "actions": ["use"] }] }), Disposal::Anonymize, Some("disposal-not-agreed"));
    check(permitted, Disposal::Anonymize, Some("disposal-not-supported"));
    assert!(must_be_disposable(Disposal::Anonymize, None).is_err());
}

#[test]
fn tc609_14_b_2_6_the_standards_spelling_is_written_and_the_correct_one_read_too() {
    let notice = notice(&basis(), ground(), at("2026-06-01T00:00:00Z"));
    let message = voucher::request(&notice, at("2026-06-01T00:00:01Z"), vec![signature()]);
    let written = serde_json::to_value(&message).unwrap();
    assert_eq!(written["erminateType"], "01");
    assert!(written.get("terminateType").is_none());
    let mut other = written.clone();
    let word = other.as_object_mut().unwrap().remove("erminateType").unwrap();
    other["terminateType"] = word.clone();
    assert_eq!(serde_json::from_value::<ContractTerminate>(other.clone()).unwrap(), message);
    other["erminateType"] = word;
    assert!(serde_json::from_value::<ContractTerminate>(other).is_err(), "one of them is enough");
    assert_eq!(TerminationKind::Expiry.terminate_type(), TerminateType::Expiry);
}

#[test]
fn tc609_14_b_2_6_the_standards_fields_say_what_the_signed_notice_says() {
    let notice = notice(&basis(), ground(), at("2026-06-01T00:00:00Z"));
    let check = |change: fn(&mut ContractTerminate), expect: Option<&str>| {
        let mut message = voucher::request(&notice, at("2026-06-01T00:00:01Z"), vec![signature()]);
        change(&mut message);
        assert_eq!(voucher::must_agree(&message).err().and_then(|error| error.clause).as_deref(), expect);
    };
    check(|_| {}, None);
    check(|message| message.contract_name.push('x'), Some("/contractName"));
    check(|message| message.terminate_type = TerminateType::Expiry, Some("/erminateType"));
    check(|message| message.agreed_end_time = None, Some("/agreedEndTime"));
    check(|message| message.issuer_id = "b".to_owned(), Some("/issuerId"));
    check(|message| message.scheduled_end_time += SignedDuration::from_secs(1), Some("/scheduledEndTime"));
    check(|message| message.expansion_item = None, Some("TC609-6-2025-14 B.2.6"));
}

fn proposals() -> (Proposal, Proposal) {
    let place = |peer| Place { peer, space_id: "space", platform: "platform" };
    let notice = notice(&basis(), ground(), at("2026-06-01T00:00:00Z"));
    let (ours, effects) = proposal::propose(notice.clone(), signature(), place("b")).unwrap();
    assert_eq!(effects.len(), 2, "a record, and a message");
    (ours, proposal::receive(notice, signature(), place("a")))
}

#[test]
fn tc609_14_7_6_a_both_sign_the_same_bytes_and_the_voucher_goes_to_the_platform_and_the_other_party() {
    let now = at("2026-06-01T00:00:00Z");
    let (ours, theirs) = proposals();
    assert_eq!(proposal::agree(ours.clone(), signature(), "platform", now).unwrap_err().code, "own-proposal");
    let (agreed, effects) = proposal::agree(theirs, signature(), "platform", now).unwrap();
    assert_eq!((agreed.state, agreed.signatures.len()), (State::Agreed, 2));
    let told: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(message) => Some(message.to.as_str()),
            Effect::Record(_) | Effect::Alert { .. } => None,
        })
        .collect();
    assert_eq!(told, ["platform", "a"]);
    assert_eq!(proposal::agree(agreed.clone(), signature(), "platform", now).unwrap_err().code, "termination-answered");
    assert_eq!(proposal::decline(agreed, "doch nicht", now).unwrap_err().code, "termination-answered");
    let heard = proposal::agreed(ours, vec![signature(), signature()], now).unwrap();
    assert_eq!(heard.state, State::Agreed);
    assert_eq!(proposal::agreed(heard.clone(), Vec::new(), now).unwrap(), heard, "said twice it is heard once");
}

#[test]
fn an_agreement_that_crosses_a_withdrawal_stands_and_a_refusal_needs_a_reason() {
    let now = at("2026-06-01T00:00:00Z");
    let (ours, theirs) = proposals();
    let (withdrawn, _) = proposal::decline(ours.clone(), "", now).unwrap();
    let (agreed, _) = proposal::agree(theirs.clone(), signature(), "platform", now).unwrap();
    let answer = |word: &str| TerminationAnswer {
        termination_id: "t1".to_owned(),
        contract_id: basis().contract_id,
        answer: word.to_owned(),
        reason: "r".to_owned(),
        at: now,
    };
    // Each hears the other's word after it has said its own.
    assert_eq!(proposal::agreed(withdrawn, Vec::new(), now).unwrap().state, State::Agreed);
    let (kept, is_taken) = proposal::declined(agreed, &answer("withdrawn")).unwrap();
    assert_eq!((kept.state, is_taken), (State::Agreed, false));
    // Who hears of the withdrawal first agrees no more.
    let (gone, _) = proposal::declined(theirs.clone(), &answer("withdrawn")).unwrap();
    assert_eq!(proposal::agree(gone, signature(), "platform", now).unwrap_err().code, "termination-answered");
    assert_eq!(proposal::decline(theirs.clone(), " ", now).unwrap_err().code, "termination-reason");
    let (refused, _) = proposal::declined(ours.clone(), &answer("refused")).unwrap();
    assert_eq!((refused.state, refused.note.as_deref()), (State::Refused, Some("r")));
    assert!(proposal::declined(theirs, &answer("refused")).is_err(), "only who was asked refuses");
    // Another end is filed first.
    assert_eq!(proposal::filed(ours.clone(), "t2", "n").state, State::Superseded);
    assert_eq!(proposal::filed(ours, "t1", "n").state, State::Filed);
}

#[test]
fn what_a_proposal_has_come_to_it_never_leaves() {
    for state in [State::Refused, State::Superseded, State::Filed] {
        for event in [Event::Agree, Event::Refuse, Event::Withdraw, Event::File, Event::Supersede] {
            assert_eq!(state.after(event), None, "{state:?} {event:?}");
        }
    }
    assert!(
        State::ALL.iter().all(|state| State::ALL.iter().filter(|other| other.as_str() == state.as_str()).count() == 1)
    );
}

fn registered(status: ContractStatus) -> Registered {
    serde_json::from_value(json!({
        "contract_id": CONTRACT, "space_id": "space", "suite": "intl", "application_id": "", "product_id": "p", "name": "n",
        "provider": connector(), "consumer": "edc", "status": status, "created_at": "2026-01-01T00:00:00Z",
        "metering": crate::metering::Reconciliation::default(),
    }))
    .unwrap()
}

#[test]
fn tc609_14_7_6_c_an_end_that_is_decided_takes_effect_at_once_and_once() {
    let (ring, now) = (keys(), at("2026-06-01T00:00:00Z"));
    let order = |id: &str| Ground { kind: TerminationKind::Order, termination_id: id.to_owned(), ..ground() };
    with_stamper(&ring, now, |stamper| {
        let mut frozen = registered(ContractStatus::Performing);
        frozen.frozen_at = Some(now);
        let (ended, effects) = register::decide(frozen, order("o"), stamper).unwrap();
        assert_eq!((ended.status, ended.frozen_at, ended.ended_at), (ContractStatus::Terminated, None, Some(now)));
        let kinds: Vec<&str> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(draft) => Some(draft.kind),
                Effect::Send(_) | Effect::Alert { .. } => None,
            })
            .collect();
        assert_eq!(kinds, ["contract.voucher", "contract.terminated"]);
        let (same, effects) = register::decide(ended.clone(), order("o"), stamper).unwrap();
        assert_eq!((same == ended, effects.len()), (true, 0));
        assert_eq!(register::decide(ended, order("other"), stamper).unwrap_err().code, "contract-over");
    });
}

#[test]
fn a_freeze_holds_an_end_until_it_is_lifted() {
    let (ring, now) = (keys(), at("2026-06-01T00:00:00Z"));
    with_stamper(&ring, now, |stamper| {
        let mut frozen = registered(ContractStatus::Performing);
        frozen.frozen_at = Some(now);
        let breach = Ground { kind: TerminationKind::Breach, ..ground() };
        let (waits, _) = register::decide(frozen, breach, stamper).unwrap();
        assert_eq!((waits.status, waits.ending.is_some()), (ContractStatus::Performing, true));
        let lifted = Registered { frozen_at: None, ..waits };
        let (ended, effects) = register::take_effect(lifted, now).unwrap();
        assert_eq!((ended.status, effects.len()), (ContractStatus::Terminated, 1));
    });
}

#[test]
fn tc609_14_7_6_d_every_bit_of_a_voucher_is_covered() {
    let (ring, now) = (keys(), at("2026-06-01T00:00:00Z"));
    let breach = Ground { kind: TerminationKind::Breach, clause: Some("/indate".to_owned()), ..ground() };
    let draft = Unstamped {
        notice: notice(&basis(), breach, now),
        signatures: Vec::new(),
        issue_time: now,
        end_time: now,
        closing: None,
    };
    let closing = TerminationClosing {
        proof_id: "p".to_owned(),
        proof_kind: "destroyed".to_owned(),
        proven_at: now,
        statement_hash: "cd".to_owned(),
        settled_at: now,
    };
    let voucher = with_stamper(&ring, now, |stamper| {
        let voucher = voucher::stamp(draft, stamper).unwrap();
        voucher::close(voucher, closing, stamper).unwrap()
    });
    let file = xinyu_protocol::json::canonical(&voucher).unwrap();
    assert_eq!(voucher::verify(&file).unwrap().voucher, voucher);
    for at in 0..file.len() {
        for bit in [0, 3, 5] {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            assert!(voucher::verify(&changed).is_err(), "byte {at} bit {bit}");
        }
    }
}

fn declared(state: breach::State, ground: &str) -> Breach {
    serde_json::from_value(json!({
        "claim": { "claimId": "b", "contractId": CONTRACT, "ground": ground, "clause": "/indate", "records": [], "statement": "s", "disposal": "destroy" },
        "by": "a", "against": "b", "space_id": "space", "claimed_at": "2026-06-01T00:00:00Z", "answer_by": "2026-06-06T00:00:00Z",
        "state": state, "answer": null, "answered_at": null, "decision": null, "decided_at": null,
    }))
    .unwrap()
}

#[test]
fn tc609_14_a_2_e_the_operator_decides_after_the_other_party_was_heard() {
    let operator = ParticipantId::parse("91350100M000100Y43").unwrap();
    let decide = |breach: Breach, now: &str| breach::decide(breach, true, "理由", ("platform", &operator), at(now));
    let early = decide(declared(breach::State::Claimed, "breach"), "2026-06-02T00:00:00Z");
    assert_eq!(early.unwrap_err().code, "breach-not-heard");
    for (breach, now, kind) in [
        (declared(breach::State::Answered, "breach"), "2026-06-02T00:00:00Z", TerminationKind::Breach),
        (declared(breach::State::Claimed, "breach"), "2026-06-06T00:00:00Z", TerminationKind::Breach),
        (declared(breach::State::Claimed, "consent"), "2026-06-01T00:00:01Z", TerminationKind::Consent),
    ] {
        let (decided, ground, _) = decide(breach, now).unwrap();
        assert_eq!(ground.unwrap().kind, kind);
        assert_eq!(decide(decided, now).unwrap_err().code, "breach-decided");
    }
    // Dismissed it may be at once.
    let open = declared(breach::State::Claimed, "breach");
    let (_, ground, _) = breach::decide(open.clone(), false, "无据", ("p", &operator), open.claimed_at).unwrap();
    assert!(ground.is_none());
    let now = at("2026-06-02T00:00:00Z");
    assert_eq!(
        breach::answer(open.clone(), "a", "x", now).unwrap_err().code,
        "unknown-breach",
        "not by who declared it"
    );
    let (answered, effects) = breach::answer(open, "b", "未违约", now).unwrap();
    assert_eq!((answered.state, effects.len()), (breach::State::Answered, 2));
    assert_eq!(breach::answer(answered, "b", "未违约", now).unwrap().1.len(), 0);
}
