//! Who pays what to whom, once, and what the payees say of it.

use serde_json::{Value, json};
use xinyu_protocol::tc609::metering::{Meter, Posting, ShareFen};
use xinyu_protocol::tc609::payment::{Means, PaymentAnswer};

use super::answer::{Verdict, answer, bounce, effects, learn};
use super::state::target;
use super::*;

const CONSUMER: &str = "91440300MA7XYU2188";
const PROVIDER: &str = "91310000MA7XYU103F";
const OPERATOR: &str = "91350100M000100Y43";
const PLATFORM: &str = "platform";

fn id(code: &str) -> ParticipantId {
    ParticipantId::parse(code).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-06-02T12:00:00Z")
}

fn statement(shares: &[(&str, u64)]) -> Statement {
    let postings =
        shares.iter().map(|&(who, credit_fen)| Posting { participant_id: id(who), debit_fen: 0, credit_fen });
    let postings: Vec<Posting> = postings.collect();
    let shares: Vec<ShareFen> =
        shares.iter().map(|&(who, amount_fen)| ShareFen { participant_id: id(who), amount_fen }).collect();
    Statement {
        contract_id: ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap(),
        meter: Meter::default(),
        total_fen: shares.iter().map(|share| share.amount_fen).sum(),
        lines: Vec::new(),
        shares,
        charges: Vec::new(),
        postings,
        at: at("2026-06-01T00:00:00Z"),
    }
}

fn order_of(shares: &[(&str, u64)]) -> Option<Order> {
    let about = About { space_id: "s", product_id: "P", payer: &id(CONSUMER) };
    Order::of(&statement(shares), about).unwrap()
}

pub(crate) fn order() -> Order {
    order_of(&[(PROVIDER, 850), (OPERATOR, 150)]).unwrap()
}

fn paid(order: &Order, key: &str, changes: Value) -> Paid {
    let mut paid = json!({
        "paymentId": key, "statementHash": order.statement_hash, "amountFen": order.open_fen(),
        "means": Means::BankTransfer, "reference": "ICBC-20260602-0001", "paidAt": "2026-06-02T11:00:00Z",
    });
    for (name, value) in changes.as_object().unwrap() {
        paid[name] = value.clone();
    }
    serde_json::from_value(paid).unwrap()
}

fn pay_under(order: Order, paid: Paid) -> Result<(Order, Vec<Effect>), Rejection> {
    pay(order, paid, "d1", PLATFORM, now())
}

/// Pays, and gives the notice that goes out.
fn said(order: Order, key: &str) -> (Order, PaymentNotice) {
    let paid = paid(&order, key, json!({}));
    let (order, effects) = pay_under(order, paid).unwrap();
    let notice = effects.iter().find_map(|effect| match effect {
        Effect::Send(sent) => Some(serde_json::from_slice(&sent.body).unwrap()),
        Effect::Record(_) | Effect::Alert { .. } => None,
    });
    (order, notice.unwrap())
}

fn kinds(effects: &[Effect]) -> Vec<&str> {
    let kind = |effect: &Effect| match effect {
        Effect::Record(draft) => draft.kind,
        Effect::Send(sent) => sent.kind,
        Effect::Alert { action, .. } => action,
    };
    effects.iter().map(kind).collect()
}

fn answered(order: Order, who: &str, attempt: u32, verdict: Verdict<'_>) -> (Order, Option<PaymentAnswer>) {
    answer(order, vec![id(who)], attempt, verdict, now()).unwrap()
}

#[test]
fn every_share_but_the_payers_own_is_to_be_paid_once() {
    let check = |shares: &[(&str, u64)], expect: &[(&str, u64)]| {
        let order = order_of(shares);
        let payees: Vec<(&str, u64)> = order
            .iter()
            .flat_map(|order| &order.payees)
            .map(|payee| (payee.participant_id.as_str(), payee.amount_fen))
            .collect();
        assert_eq!(payees, expect, "{shares:?}");
    };
    check(&[(PROVIDER, 850), (OPERATOR, 150)], &[(PROVIDER, 850), (OPERATOR, 150)]);
    check(&[(PROVIDER, 700), (OPERATOR, 150), (PROVIDER, 150)], &[(PROVIDER, 850), (OPERATOR, 150)]);
    check(&[(CONSUMER, 850), (OPERATOR, 150)], &[(OPERATOR, 150)]);
    check(&[(PROVIDER, 1000), (OPERATOR, 0)], &[(PROVIDER, 1000)]);
    check(&[(CONSUMER, 1000)], &[]);
    check(&[(PROVIDER, 0)], &[]);
}

#[test]
fn the_table_leads_to_confirmed_and_never_back_from_it() {
    assert!(TRANSITIONS.iter().all(|(from, _, _)| *from != State::Confirmed));
    for from in State::ALL {
        for act in Act::ALL {
            let rows = TRANSITIONS.iter().filter(|(state, by, _)| (*state, *by) == (from, act)).count();
            assert!(rows <= 1, "{from:?} {act:?} is not one thing");
            assert_eq!(rows == 1, target(from, act).is_some());
        }
    }
    assert_eq!(target(State::Paid, Act::Pay), None, "what was paid is not paid again");
}

#[test]
fn tc609_01_5_2_2_9_a_statement_is_paid_once_all_payees_have_the_money() {
    let (order, notice) = said(order(), "p1");
    assert_eq!((order.state, notice.attempt, notice.paid.amount_fen), (State::Paid, 1, 1000));
    let there = take(super::tests::order(), &notice).unwrap();
    assert_eq!(take(there.clone(), &notice).unwrap(), there, "the same notice again changes nothing");
    let (there, first) = answered(there, PROVIDER, 1, Verdict::Received);
    assert_eq!((there.state, there.open_fen()), (State::Paid, 150));
    let first = first.unwrap();
    assert_eq!(kinds(&effects(&there, &first, &[PLATFORM], false).unwrap()), ["payment.confirmed", "payment.answer"]);
    let (there, again) = answered(there, PROVIDER, 1, Verdict::Received);
    assert_eq!(again, None, "said again it changes nothing");
    let (there, second) = answered(there, OPERATOR, 1, Verdict::Received);
    assert_eq!((there.state, there.open_fen()), (State::Confirmed, 0));
    let heard = learn(learn(order, &first).unwrap(), &second.unwrap()).unwrap();
    assert_eq!(heard.state, State::Confirmed);
    assert_eq!(pay_under(heard.clone(), paid(&heard, "p2", json!({}))).unwrap_err().code, "already-confirmed");
    let late = answer(heard, vec![id(PROVIDER)], 1, Verdict::Refused("又不见了"), now());
    assert_eq!(late.unwrap_err().code, "already-confirmed");
}

#[test]
fn tc609_01_5_2_2_9_what_a_payee_refuses_is_due_again_with_its_reason() {
    let (order, _) = said(order(), "p1");
    let (order, _) = answered(order, PROVIDER, 1, Verdict::Received);
    let (order, refused) = answered(order, OPERATOR, 1, Verdict::Refused(" 账上没有这笔款 "));
    assert_eq!((order.state, order.open_fen()), (State::Due, 150));
    let refused = refused.unwrap();
    assert_eq!(order.attempts[0].refusals[0].reason, "账上没有这笔款");
    assert_eq!(
        kinds(&effects(&order, &refused, &["a", "b"], true).unwrap()),
        ["payment.refused", "payment.answer", "payment.answer"]
    );
    assert_eq!(answered(order.clone(), OPERATOR, 1, Verdict::Refused("还是没有")).1, None, "once is enough");
    // The share that has come is not paid again.
    let (order, notice) = said(order, "p2");
    assert_eq!((order.state, notice.attempt, notice.paid.amount_fen), (State::Paid, 2, 150));
    assert_eq!(notice.covers, [id(OPERATOR)]);
    // What was said of the first attempt is too late for a refusal, and never for the money.
    let late = answer(order.clone(), vec![id(OPERATOR)], 1, Verdict::Refused("没有"), now());
    assert_eq!(late.unwrap_err().code, "attempt-superseded");
    assert_eq!(learn(order.clone(), &refused).unwrap(), order);
    assert_eq!(answered(order, OPERATOR, 1, Verdict::Received).0.state, State::Confirmed);
}

#[test]
fn money_that_comes_after_all_is_confirmed_whatever_was_said() {
    let (order, _) = said(order(), "p1");
    let (order, _) = answered(order, OPERATOR, 1, Verdict::Refused("没有"));
    let (order, _) = answered(order, PROVIDER, 1, Verdict::Received);
    assert_eq!(order.state, State::Due);
    let (order, _) = answered(order, OPERATOR, 1, Verdict::Received);
    assert_eq!(order.state, State::Confirmed);
}

#[test]
fn a_confirmation_under_way_does_not_stand_in_the_way_of_the_next_attempt() {
    let (consumer, first) = said(order(), "p1");
    let platform = take(order(), &first).unwrap();
    let (platform, refused) = answered(platform, OPERATOR, 1, Verdict::Refused("没有"));
    let (consumer, second) = said(learn(consumer, &refused.unwrap()).unwrap(), "p2");
    assert_eq!(second.paid.amount_fen, 1000);
    // The provider has confirmed the first before it heard of the second.
    let (platform, confirmed) = answered(platform, PROVIDER, 1, Verdict::Received);
    let platform = take(platform, &second).unwrap();
    let consumer = learn(consumer, &confirmed.unwrap()).unwrap();
    assert_eq!((platform.state, platform.open_fen()), (State::Paid, 150));
    assert_eq!((consumer.state, consumer.open_fen()), (State::Paid, 150));
}

#[test]
fn tc609_01_5_2_2_9_what_cannot_be_a_payment_is_refused_and_nothing_changes() {
    let check = |changes: Value, expect: &str| {
        let order = order();
        let paid = paid(&order, "p1", changes.clone());
        assert_eq!(pay_under(order, paid).unwrap_err().code, expect, "{changes}");
    };
    check(json!({ "reference": "123" }), "payment-reference");
    check(json!({ "reference": "工行0001" }), "payment-reference");
    check(json!({ "reference": "ICBC 0001" }), "payment-reference");
    check(json!({ "reference": "1".repeat(65) }), "payment-reference");
    check(json!({ "paidAt": "2026-06-02T12:00:01Z" }), "payment-in-future");
    check(json!({ "paidAt": "2025-06-02T12:00:00Z" }), "payment-before-statement");
    check(json!({ "amountFen": 999 }), "payment-amount");
    check(json!({ "amountFen": 1001 }), "payment-amount");
    check(json!({ "statementHash": "00" }), "statement-changed");
    check(json!({ "paymentId": " " }), "payment-id");
    let (order, _) = said(order(), "p1");
    let other = paid(&order, "p1", json!({ "reference": "ICBC-2" }));
    assert_eq!(pay_under(order.clone(), other).unwrap_err().code, "payment-id-taken");
    let same = order.attempts[0].paid.clone();
    assert_eq!(pay_under(order.clone(), same).unwrap(), (order.clone(), Vec::new()), "the same key is the same");
    assert_eq!(pay_under(order.clone(), paid(&order, "p2", json!({}))).unwrap_err().code, "already-paid");
}

#[test]
fn tc609_01_5_2_2_9_a_contested_statement_is_not_paid() {
    let (_, notice) = said(order(), "p1");
    let mut order = order();
    assert!(contest(&mut order, &["uses".to_owned()]));
    assert!(!contest(&mut order, &["uses".to_owned()]));
    let mine = paid(&order, "p1", json!({}));
    let refused = pay_under(order.clone(), mine.clone()).unwrap_err();
    assert_eq!((refused.code, refused.clause.as_deref()), ("statement-contested", Some("TC609-6-2025-01 §5.2.2.9 c")));
    assert_eq!(take(order.clone(), &notice).unwrap_err().code, "statement-contested");
    assert!(contest(&mut order, &[]));
    assert_eq!(pay_under(order, mine).unwrap().0.state, State::Paid);
}

#[test]
fn a_notice_that_does_not_fit_is_refused() {
    let (_, notice) = said(order(), "p1");
    let check = |change: &dyn Fn(&mut PaymentNotice), expect: &str| {
        let mut notice = notice.clone();
        change(&mut notice);
        assert_eq!(take(order(), &notice).unwrap_err().code, expect, "{notice:?}");
    };
    check(&|notice| notice.attempt = 2, "payment-out-of-order");
    check(&|notice| notice.attempt = 0, "payment-out-of-order");
    check(&|notice| notice.paid.amount_fen = 1, "payment-amount");
    check(&|notice| notice.paid.statement_hash = "00".to_owned(), "statement-changed");
    check(&|notice| notice.covers = vec![id(PROVIDER)], "payment-covers");
    check(&|notice| notice.covers.push(id(PROVIDER)), "payment-covers");
    check(&|notice| notice.covers.push(id(CONSUMER)), "not-a-payee");
    let there = take(order(), &notice).unwrap();
    let mut other = notice.clone();
    other.paid.reference = "ICBC-2".to_owned();
    assert_eq!(take(there, &other).unwrap_err().code, "payment-id-taken");
}

#[test]
fn an_answer_of_nobody_or_without_a_reason_is_refused() {
    let (order, _) = said(order(), "p1");
    let check = |order: &Order, payees: &[&str], attempt, verdict, expect: &str| {
        let payees = payees.iter().map(|payee| id(payee)).collect();
        assert_eq!(answer(order.clone(), payees, attempt, verdict, now()).unwrap_err().code, expect, "{verdict:?}");
    };
    check(&order, &[], 1, Verdict::Received, "not-a-payee");
    check(&super::tests::order(), &[PROVIDER], 1, Verdict::Received, "nothing-paid");
    check(&order, &[PROVIDER], 2, Verdict::Received, "payment-out-of-order");
    check(&order, &[PROVIDER], 0, Verdict::Received, "payment-out-of-order");
    check(&order, &[PROVIDER], 1, Verdict::Refused(" "), "refusal-reason");
    check(&order, &[PROVIDER], 1, Verdict::Refused(&"长".repeat(257)), "refusal-reason");
    let stranger = PaymentAnswer {
        payees: vec![id(CONSUMER)],
        ..answered(order.clone(), PROVIDER, 1, Verdict::Received).1.unwrap()
    };
    assert_eq!(learn(order, &stranger).unwrap_err().code, "not-a-payee");
}

#[test]
fn who_has_no_seat_in_the_contract_is_answered_for_by_the_platform() {
    let third = "1111000000XYU9018K";
    let order = order_of(&[(PROVIDER, 700), (OPERATOR, 150), (third, 150)]).unwrap();
    assert_eq!(order.answered_by(Seat::Party(&id(PROVIDER))), [id(PROVIDER)]);
    assert_eq!(order.answered_by(Seat::Party(&id(CONSUMER))), []);
    assert_eq!(order.answered_by(Seat::Platform { provider: &id(PROVIDER) }), [id(OPERATOR), id(third)]);
}

#[test]
fn a_payment_that_the_platform_does_not_take_is_due_again() {
    let (order, _) = said(order(), "p1");
    let due = bounce(order.clone(), 1, "对方拒绝", now());
    assert_eq!((due.state, due.attempts[0].refusals[0].payee.clone()), (State::Due, None));
    assert_eq!(bounce(due.clone(), 2, "", now()), due, "only the newest");
    let (again, notice) = said(due, "p2");
    assert_eq!((again.state, notice.attempt), (State::Paid, 2));
}

#[test]
fn the_evidence_of_a_payment_has_digests_and_codes() {
    let order = order();
    let paid = paid(&order, "p1", json!({}));
    let (_, effects) = pay_under(order, paid).unwrap();
    let Some(Effect::Record(draft)) = effects.first() else { panic!("no record: {effects:?}") };
    let told = crate::event::tell(draft.kind, &|name| draft.facts.get(name).cloned());
    assert!(told.zh.contains("10.00") && told.zh.contains("银行转账"), "{told:?}");
    assert!(!serde_json::to_string(&draft.facts).unwrap().contains("ICBC"), "{draft:?}");
}

#[test]
fn what_smart_clauses_charge_is_paid_with_the_shares() {
    let about = About { space_id: "s", product_id: "P", payer: &id(CONSUMER) };
    let order = |charged: &[(&str, u64, u64)]| {
        let mut stated = statement(&[(PROVIDER, 850), (OPERATOR, 150)]);
        let posting = |&(who, debit_fen, credit_fen): &(&str, u64, u64)| Posting {
            participant_id: id(who),
            debit_fen,
            credit_fen,
        };
        stated.postings.extend(charged.iter().map(posting));
        Order::of(&stated, about)
            .unwrap()
            .map(|order| order.payees.iter().map(|payee| payee.amount_fen).collect::<Vec<_>>())
    };
    assert_eq!(order(&[(CONSUMER, 500, 0), (PROVIDER, 0, 500)]), Some(vec![1_350, 150]));
    assert_eq!(order(&[(PROVIDER, 300, 0), (CONSUMER, 0, 300)]), Some(vec![550, 150]));
    assert_eq!(
        order(&[(PROVIDER, 900, 0), (CONSUMER, 0, 900)]),
        Some(vec![150]),
        "what the provider owes is no payment of the consumer's"
    );
}
