//! A dispute as data: who may say what when, how it ends, and what a chain of statements shows of it.

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::api::dispute::NewDisputeAttachment;

use super::*;
use crate::payment;

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";
const PROVIDER: &str = "prov";
const CONSUMER: &str = "cons";
const PLATFORM: &str = "plat";

fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hours)
}

fn place() -> Place {
    Place {
        contract_id: ContractId::parse(CONTRACT).unwrap(),
        contract_hash: "ab".to_owned(),
        space_id: "s".to_owned(),
        suite: Suite::Intl,
        provider: PROVIDER.to_owned(),
        consumer: CONSUMER.to_owned(),
        platform: PLATFORM.to_owned(),
    }
}

fn said(id: &str, act: Act) -> Said {
    Said {
        statement_id: id.to_owned(),
        act,
        text: "缺少字段".to_owned(),
        subject: (act == Act::Open).then_some(Subject::Payment),
        amount_fen: None,
        ruling: (act == Act::Decide).then_some(Ruling::InPart),
        records: Vec::new(),
        attachments: Vec::new(),
    }
}

fn step(statement: DisputeStatement) -> DisputeStep {
    DisputeStep { statement, signature: None, stamp: None }
}

fn opened() -> Dispute {
    let first = first("d1", &place(), CONSUMER, said("d1", Act::Open), at(0));
    take(None, step(first), &place(), at(100)).unwrap()
}

fn say(dispute: Dispute, author: &str, id: &str, act: Act, hour: i64) -> Result<Dispute, Rejection> {
    let next = dispute.next(author, said(id, act), at(hour)).unwrap();
    take(Some(dispute), step(next), &place(), at(100))
}

#[test]
fn tc609_14_a_2_e_a_dispute_ends_by_decision_settlement_or_withdrawal_and_by_whom_it_may() {
    let check = |moves: &[(&str, Act)], expect: Result<State, &str>| {
        let mut dispute = Ok(opened());
        for (index, (author, act)) in moves.iter().enumerate() {
            dispute = dispute.and_then(|dispute| say(dispute, author, &format!("s{index}"), *act, 1));
        }
        assert_eq!(dispute.map(|dispute| dispute.state).map_err(|error| error.code), expect, "{moves:?}");
    };
    check(&[], Ok(State::Opened));
    check(&[(CONSUMER, Act::State)], Ok(State::Opened));
    check(&[(PLATFORM, Act::State)], Ok(State::Opened));
    check(&[(PROVIDER, Act::State)], Ok(State::Answered));
    check(&[(PROVIDER, Act::Offer)], Ok(State::Answered));
    check(&[(PROVIDER, Act::State), (CONSUMER, Act::State)], Ok(State::Answered));
    check(&[(PROVIDER, Act::State), (PLATFORM, Act::Decide)], Ok(State::Decided));
    check(&[(PLATFORM, Act::Decide)], Err("dispute-not-heard"));
    check(&[(PROVIDER, Act::State), (CONSUMER, Act::Decide)], Err("not-your-move"));
    check(&[(PROVIDER, Act::State), (PROVIDER, Act::Decide)], Err("not-your-move"));
    check(&[(CONSUMER, Act::Withdraw)], Ok(State::Withdrawn));
    check(&[(PROVIDER, Act::Withdraw)], Err("not-your-move"));
    check(&[(PLATFORM, Act::Withdraw)], Err("not-your-move"));
    check(&[(PLATFORM, Act::Offer)], Err("not-your-move"));
    check(&[(PROVIDER, Act::Offer), (CONSUMER, Act::Accept)], Ok(State::Settled));
    check(&[(PROVIDER, Act::Offer), (PROVIDER, Act::Accept)], Err("not-your-move"));
    check(&[(CONSUMER, Act::Offer), (PROVIDER, Act::Accept)], Ok(State::Settled));
    check(&[(CONSUMER, Act::Accept)], Err("not-your-move"));
    // An offer of the other way replaces the one before.
    check(&[(PROVIDER, Act::Offer), (CONSUMER, Act::Offer), (CONSUMER, Act::Accept)], Err("not-your-move"));
    check(&[("other", Act::State)], Err("unknown-dispute"));
    for act in [Act::State, Act::Offer, Act::Accept, Act::Withdraw] {
        check(&[(CONSUMER, Act::Withdraw), (CONSUMER, act)], Err("dispute-closed"));
    }
    check(&[(PROVIDER, Act::State), (PLATFORM, Act::Decide), (PLATFORM, Act::Decide)], Err("dispute-closed"));
    check(&[(CONSUMER, Act::Open)], Err("not-your-move"));
}

#[test]
fn tc609_14_a_2_e_once_the_time_to_answer_is_over_it_is_decided_without() {
    assert!(!opened().is_heard(at(99)) && opened().is_heard(at(100)));
    assert_eq!(say(opened(), PLATFORM, "r", Act::Decide, 99).unwrap_err().code, "dispute-not-heard");
    let decided = say(opened(), PLATFORM, "r", Act::Decide, 100).unwrap();
    assert_eq!((decided.state, decided.ruling()), (State::Decided, Some(Ruling::InPart)));
    assert_eq!(decided.moves(PLATFORM, at(200)), []);
}

#[test]
fn every_transition_leaves_an_open_state_and_every_closed_state_is_reached() {
    assert!(TRANSITIONS.iter().all(|(from, act, _)| from.is_open() && *act != Act::Open));
    for state in [State::Decided, State::Withdrawn, State::Settled] {
        assert!(TRANSITIONS.iter().any(|(_, _, to)| *to == state), "{state:?}");
    }
}

#[test]
fn a_statement_is_the_next_of_its_chain_and_the_same_key_is_the_same_statement() {
    let dispute = say(opened(), PROVIDER, "s1", Act::State, 1).unwrap();
    let next = dispute.next(CONSUMER, said("s2", Act::State), at(2)).unwrap();
    let check = |change: fn(&mut DisputeStatement), expect: &str| {
        let mut other = next.clone();
        change(&mut other);
        let refused = take(Some(dispute.clone()), step(other), &place(), at(100)).unwrap_err();
        assert_eq!(refused.code, expect);
    };
    check(|one| one.number = 2, "stale-statement");
    check(|one| one.number = 4, "stale-statement");
    check(|one| one.previous = None, "stale-statement");
    check(|one| one.previous = Some("00".repeat(32)), "stale-statement");
    check(|one| one.dispute_id = "d2".to_owned(), "unknown-dispute");
    check(|one| one.statement_id = "s1".to_owned(), "statement-taken");
    check(|one| one.contract_hash = "cd".to_owned(), "dispute-statement");
    let other = Place { contract_hash: "cd".to_owned(), ..place() };
    let strange = DisputeStatement { contract_hash: "cd".to_owned(), ..next.clone() };
    assert_eq!(take(Some(dispute.clone()), step(strange), &other, at(100)).unwrap_err().code, "unknown-dispute");
    let taken = take(Some(dispute.clone()), step(next.clone()), &place(), at(100)).unwrap();
    assert_eq!(taken.steps.len(), 3);
    assert_eq!(take(Some(taken.clone()), step(next), &place(), at(100)).unwrap(), taken);
}

#[test]
fn what_is_said_is_bounded_and_every_member_has_its_place() {
    let check = |change: fn(&mut DisputeStatement), expect: Option<&str>| {
        let mut one = first("d1", &place(), CONSUMER, said("d1", Act::Open), at(0));
        change(&mut one);
        let refused = must_be_sound(&one, &place()).err().and_then(|error| error.clause);
        assert_eq!(refused.as_deref(), expect, "{one:?}");
    };
    check(|_| {}, None);
    check(|one| one.text = "长".repeat(4_000), None);
    check(|one| one.text = "长".repeat(4_001), Some("/text"));
    check(|one| one.text = " \n".to_owned(), Some("/text"));
    check(|one| one.dispute_id = "a/b".to_owned(), Some("/disputeId"));
    check(|one| one.dispute_id = "x".repeat(65), Some("/disputeId"));
    check(|one| one.statement_id = String::new(), Some("/statementId"));
    check(|one| one.records = vec!["r".to_owned(); 65], Some("/records"));
    check(|one| one.suite = "rot13".to_owned(), Some("/suite"));
    check(|one| one.subject = None, Some("/subject"));
    check(|one| one.ruling = Some(Ruling::Upheld), Some("/ruling"));
    check(
        |one| {
            one.act = Act::State;
            one.subject = None;
            one.amount_fen = Some(1);
        },
        Some("/amountFen"),
    );
    check(
        |one| {
            one.act = Act::Decide;
            one.subject = None;
        },
        Some("/ruling"),
    );
}

#[test]
fn an_attachment_fits_its_digest_and_is_small() {
    let new = |content: Option<&str>, digest: Option<&str>| NewDisputeAttachment {
        name: "a".to_owned(),
        digest: digest.map(str::to_owned),
        content: content.map(str::to_owned),
    };
    let made = attach(vec![new(Some("YSxi"), None)], Suite::Intl).unwrap();
    assert_eq!(made[0].digest, Suite::Intl.hash(b"a,b").to_string());
    let mut one = first("d1", &place(), CONSUMER, said("d1", Act::Open), at(0));
    one.attachments = made;
    must_be_sound(&one, &place()).unwrap();
    one.attachments[0].content = Some("YSxj".to_owned());
    assert_eq!(must_be_sound(&one, &place()).unwrap_err().clause.as_deref(), Some("/attachments/0/digest"));
    one.attachments = vec![one.attachments[0].clone(); 5];
    assert_eq!(must_be_sound(&one, &place()).unwrap_err().clause.as_deref(), Some("/attachments"));
    let large = "AAAA".repeat(30_000);
    for (content, digest) in [(Some("!"), None), (None, None), (Some(large.as_str()), None)] {
        assert!(attach(vec![new(content, digest)], Suite::Intl).is_err());
    }
    assert!(attach(vec![new(None, Some("zz"))], Suite::Intl).is_ok_and(|made| {
        one.attachments = made;
        must_be_sound(&one, &place()).is_err()
    }));
}

#[test]
fn only_one_dispute_over_a_subject_is_open_and_only_one_over_the_payment_holds_it() {
    let open = opened();
    let again = first("d2", &place(), PROVIDER, said("d2", Act::Open), at(1));
    assert_eq!(must_be_the_only(std::slice::from_ref(&open), &again).unwrap_err().code, "dispute-open");
    let other = DisputeStatement { subject: Some(Subject::End), ..again.clone() };
    must_be_the_only(std::slice::from_ref(&open), &other).unwrap();
    assert_eq!(contests(std::slice::from_ref(&open)), ["dispute:d1"]);
    let closed = say(open, CONSUMER, "w", Act::Withdraw, 2).unwrap();
    must_be_the_only(std::slice::from_ref(&closed), &again).unwrap();
    assert_eq!(contests(&[closed]), [""; 0]);
}

#[test]
fn meters_and_disputes_contest_a_payment_beside_each_other() {
    let mut order = payment::tests::order();
    let disputes = |ids: &[&str]| ids.iter().map(|id| format!("{CONTEST}{id}")).collect::<Vec<_>>();
    assert!(payment::dispute(&mut order, &disputes(&["d1"])));
    assert!(!payment::dispute(&mut order, &disputes(&["d1"])));
    assert!(payment::contest(&mut order, &["uses".to_owned()]));
    assert_eq!(order.contested, ["uses", "dispute:d1"]);
    assert!(payment::contest(&mut order, &[]));
    assert_eq!(order.contested, ["dispute:d1"]);
    assert!(payment::dispute(&mut order, &[]));
    assert_eq!(order.contested, [""; 0]);
}

#[test]
fn a_record_tells_the_digest_of_a_statement_and_nothing_that_was_said() {
    let mut one = first("d1", &place(), CONSUMER, said("d1", Act::Open), at(0));
    one.text = "张三的电话".to_owned();
    let draft = record(&one, "s").unwrap();
    let told = serde_json::to_string(&draft.facts).unwrap();
    assert!(told.contains(&digest(&one).unwrap()) && !told.contains("张三"));
    assert_eq!(draft.kind, "dispute.opened");
}
