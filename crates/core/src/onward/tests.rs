//! Hops as chains: every move that the table has not is refused, whoever makes it; policies that were widened are found; uses are taken and come back.

use jiff::Timestamp;
use serde_json::{Value, json};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::contract::Signature;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardGrant, OnwardLimits, OnwardStatement, OnwardStep};

use super::{Onward, State, TRANSITIONS, digest, first, must_be_granted, policies, take};
use crate::dispute::Place;

const ORIGIN: &str = "2026-06-01T04:00:00Z";
const RECEIVER: &str = "91330100MA7XYU3302";

/// Connectors of four owners, told apart by their serial.
fn connector(serial: char) -> ConnectorId {
    let start = format!("591350100M000100Y433501A1B2C3D{serial}");
    let checks = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".chars();
    checks.map(|check| format!("{start}{check}")).find_map(|code| ConnectorId::parse(&code).ok()).unwrap()
}

fn now() -> Timestamp {
    ORIGIN.parse().unwrap()
}

fn place() -> Place {
    Place {
        contract_id: ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap(),
        contract_hash: "00".repeat(32),
        space_id: "s".to_owned(),
        suite: xinyu_crypto::Suite::Intl,
        provider: connector('1').as_str().to_owned(),
        consumer: connector('2').as_str().to_owned(),
        platform: "platform".to_owned(),
    }
}

fn original() -> Value {
    json!({ "contractPolicies": [{ "permissionPolicies": [
        { "actions": ["read"], "constraints": [{ "constraintName": "count", "constraintOperator": "lteq", "constraintValue": "5" }] },
        { "actions": ["distribute"], "constraints": [{ "constraintName": "subject", "constraintOperator": "isAnyOf", "constraintValue": RECEIVER }] },
    ] }] })
}

fn grant() -> OnwardGrant {
    let limits = OnwardLimits { uses: Some(2), until: None, may_hand_on: false };
    let (sender, receiver) = (connector('2'), connector('3'));
    OnwardGrant {
        space_id: "s".to_owned(),
        product_id: "p".to_owned(),
        provider: connector('1'),
        consumer: connector('2'),
        receiver_entity_id: xinyu_protocol::id::ParticipantId::parse(RECEIVER).unwrap(),
        action: "distribute".to_owned(),
        purpose: "x".to_owned(),
        chain: Vec::new(),
        lineage: None,
        tables: Vec::new(),
        rows: 3,
        digest: "ab".to_owned(),
        policies: policies(&[original()], &sender, &receiver, &limits, "distribute").unwrap(),
        original: vec![original()],
        request: json!({
            "action": "distribute", "subject": RECEIVER, "connector": sender, "product": "p", "dataRecord": 3, "time": ORIGIN,
            "used": { "count": 0 },
        }),
        limits,
        sender,
        receiver,
        first_use_at: None,
        ends_at: None,
    }
}

fn step(statement: OnwardStatement) -> OnwardStep {
    let signature = Signature {
        connector_id: statement.author.clone(),
        kid: String::new(),
        signature: String::new(),
        credential: String::new(),
    };
    OnwardStep { statement, signature }
}

fn offered() -> Onward {
    take(None, step(first("o1", &place(), grant(), now())), &place()).unwrap()
}

/// What somebody would say next.
fn next(onward: &Onward, author: char, act: OnwardAct) -> OnwardStatement {
    let said = onward.next(&connector(author), act, now()).unwrap();
    OnwardStatement {
        grant: (act == OnwardAct::Offer).then(|| Box::new(grant())),
        digest: (act == OnwardAct::Receive).then(|| "ab".to_owned()),
        files: (act == OnwardAct::Destroy).then(|| json!([])),
        ..said
    }
}

#[test]
fn tc609_15_7_1_2_4_i_a_hop_moves_by_the_table_and_by_whoever_may() {
    let path = |state: State| -> Vec<(char, OnwardAct)> {
        use OnwardAct::{Destroy, Receive, Refuse, Take, Withdraw};
        match state {
            State::Offered => vec![],
            State::Taken => vec![('3', Take)],
            State::Refused => vec![('3', Refuse)],
            State::Withdrawn => vec![('2', Withdraw)],
            State::Received => vec![('3', Take), ('3', Receive)],
            State::Revoked => vec![('3', Take), ('1', Withdraw)],
            State::Destroyed => vec![('3', Take), ('3', Destroy)],
        }
    };
    let all = [
        State::Offered,
        State::Taken,
        State::Refused,
        State::Withdrawn,
        State::Received,
        State::Revoked,
        State::Destroyed,
    ];
    for state in all {
        let there = path(state).into_iter().fold(offered(), |onward, (author, act)| {
            let said = next(&onward, author, act);
            take(Some(onward), step(said), &place()).unwrap()
        });
        assert_eq!(there.state, state);
        for act in OnwardAct::ALL {
            let leads = TRANSITIONS.iter().find(|(from, other, _)| *from == state && *other == act);
            for author in ['1', '2', '3', '4'] {
                let may = match act {
                    OnwardAct::Offer => false,
                    OnwardAct::Withdraw => matches!(author, '1' | '2'),
                    _ => author == '3',
                };
                let said = next(&there, author, act);
                let got = take(Some(there.clone()), step(said), &place());
                match leads.filter(|_| may) {
                    Some((_, _, to)) => assert_eq!(got.unwrap().state, *to, "{state:?} {act:?} {author}"),
                    None => assert!(got.is_err(), "{state:?} {act:?} {author}"),
                }
                let is_move = there.moves(connector(author).as_str()).contains(&act);
                assert_eq!(is_move, may && leads.is_some(), "{state:?} {act:?} {author}");
            }
        }
    }
}

#[test]
fn the_same_statement_again_changes_nothing_and_one_that_does_not_follow_is_refused() {
    let there = offered();
    let taken = take(Some(there.clone()), step(next(&there, '3', OnwardAct::Take)), &place()).unwrap();
    let again = take(Some(taken.clone()), step(next(&there, '3', OnwardAct::Take)), &place()).unwrap();
    assert_eq!(again, taken);
    let good = next(&taken, '3', OnwardAct::Receive);
    for (change, code) in [
        (OnwardStatement { number: 9, ..good.clone() }, "stale-statement"),
        (OnwardStatement { previous: Some("00".to_owned()), ..good.clone() }, "stale-statement"),
        (OnwardStatement { digest: Some("cd".to_owned()), ..good.clone() }, "onward-statement"),
        (OnwardStatement { digest: None, ..good.clone() }, "onward-statement"),
        (OnwardStatement { contract_hash: "11".repeat(32), ..good.clone() }, "onward-statement"),
        (OnwardStatement { onward_id: "../x".to_owned(), ..good.clone() }, "onward-statement"),
        (OnwardStatement { onward_id: "o2".to_owned(), ..good.clone() }, "unknown-onward"),
        (OnwardStatement { reason: "长".repeat(257), ..good.clone() }, "onward-statement"),
    ] {
        assert_eq!(take(Some(taken.clone()), step(change.clone()), &place()).unwrap_err().code, code, "{change:?}");
    }
    assert_eq!(good.previous, Some(digest(taken.last().unwrap()).unwrap()));
    assert_eq!(take(None, step(good), &place()).unwrap_err().code, "unknown-onward");
}

/// What somebody who lies would hand on, and what it is refused for.
#[test]
fn tc609_15_7_1_2_4_i_what_is_wider_than_it_was_is_refused() {
    must_be_granted(&grant(), now()).unwrap();
    type Change = (&'static str, fn(&mut OnwardGrant));
    let changes: [Change; 9] = [
        ("policy-widened", |grant| grant.policies.clone_from(&grant.original)),
        ("policy-widened", |grant| grant.limits.uses = Some(3)),
        ("policy-widened", |grant| grant.receiver = connector('4')),
        ("onward-action", |grant| grant.action = "sell".to_owned()),
        ("onward-statement", |grant| grant.request["subject"] = json!("91310000MA7XYU103F")),
        ("onward-statement", |grant| grant.request["time"] = json!("2026-06-01T05:00:00Z")),
        ("onward-statement", |grant| grant.request["time"] = json!("2026-05-01T04:00:00Z")),
        ("onward-statement", |grant| grant.rows = 4),
        ("uses-exceeded", |grant| {
            grant.limits.uses = Some(6);
            grant.policies =
                policies(&grant.original, &grant.sender, &grant.receiver, &grant.limits, &grant.action).unwrap();
        }),
    ];
    for (code, change) in changes {
        let mut changed = grant();
        change(&mut changed);
        assert_eq!(must_be_granted(&changed, now()).unwrap_err().code, code);
    }
    let mut other = grant();
    other.action = "grantUse".to_owned();
    other.request["action"] = json!("grantUse");
    other.policies = policies(&other.original, &other.sender, &other.receiver, &other.limits, "grantUse").unwrap();
    assert_eq!(must_be_granted(&other, now()).unwrap_err().code, "onward-not-granted");
}

#[test]
fn whoever_is_a_party_gets_nothing_from_itself() {
    type Change = fn(&mut OnwardGrant);
    let changes: [Change; 5] = [
        |grant| grant.receiver = connector('1'),
        |grant| grant.receiver = connector('2'),
        |grant| grant.provider = connector('4'),
        |grant| grant.chain = vec!["o0".to_owned()],
        |grant| grant.original.clear(),
    ];
    for change in changes {
        let mut changed = grant();
        change(&mut changed);
        assert!(take(None, step(first("o1", &place(), changed, now())), &place()).is_err());
    }
}
