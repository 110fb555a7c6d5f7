//! The table is the machine: every pair of state and move is tried.

use super::*;

pub(super) fn sample(side: Side, state: State) -> Negotiation {
    Negotiation {
        side,
        state,
        consumer_pid: "urn:uuid:c".to_owned(),
        provider_pid: Some("urn:uuid:p".to_owned()),
        peer: "591350100M000100Y433501A1B2C3D4T".to_owned(),
        callback: "http://127.0.0.1:1/dsp/2025-1".to_owned(),
        space_id: "demo".to_owned(),
        product_id: "691350100M000100Y433501A1B2C3D47".to_owned(),
        application_id: Some("a".to_owned()),
        contract_id: ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap(),
        offer: serde_json::json!({"@id": "offer"}),
        asked: serde_json::json!({"@id": "offer"}),
        agreement: None,
        contract: None,
        reason: None,
        conduct: Conduct::Rule,
        sent: 0,
        steps: 0,
        untaken: Vec::new(),
    }
}

fn moves() -> [Move; 7] {
    let terms = serde_json::json!({"@id": "terms"});
    [
        Move::Request(terms.clone()),
        Move::Offer(terms.clone()),
        Move::Accept,
        Move::Agree(terms, None),
        Move::Verify(None),
        Move::Finalize,
        Move::Terminate("enough".to_owned()),
    ]
}

#[test]
fn dsp_2025_1_7_2_only_the_table_moves_a_negotiation() {
    for from in State::ALL {
        for by in [Consumer, Provider] {
            for action in moves() {
                let target = action.target();
                let before = sample(by, from);
                let result = step(before.clone(), by, action);
                let allowed = TRANSITIONS.contains(&(Some(from), by, target));
                assert_eq!(result.is_ok(), allowed, "{from:?} {by:?} {target:?}");
                if let Err(rejection) = result {
                    assert_eq!((rejection.code, rejection.status), ("illegal-transition", 400));
                }
            }
        }
    }
}

#[test]
fn dsp_2025_1_7_2_final_states_are_final() {
    for (from, _, _) in TRANSITIONS {
        assert!(from.is_none_or(|state| !state.is_final()));
    }
}

#[test]
fn own_moves_send_and_record_and_the_peers_do_not() {
    let (_, own) = step(sample(Provider, Verified), Provider, Move::Finalize).unwrap();
    let (_, theirs) = step(sample(Consumer, Verified), Provider, Move::Finalize).unwrap();
    assert!(matches!(own.as_slice(), [Effect::Send(_), Effect::Record(_)]));
    assert!(theirs.is_empty());
}

#[test]
fn how_a_partner_ends_it_is_recorded_in_its_stead() {
    let partner = |state| Negotiation { application_id: None, ..sample(Consumer, state) };
    for (negotiation, action, expect) in [
        (partner(Verified), Move::Finalize, Some("negotiation.finalized")),
        (partner(Requested), Move::Terminate("enough".to_owned()), Some("negotiation.terminated")),
        (partner(Requested), Move::Agree(Value::Null, None), None),
        (sample(Consumer, Requested), Move::Terminate("enough".to_owned()), None),
    ] {
        let (_, effects) = step(negotiation, Provider, action).unwrap();
        let kinds: Vec<&str> = effects
            .iter()
            .map(|effect| match effect {
                Effect::Record(draft) => draft.kind,
                Effect::Send(_) => "a message",
                Effect::Alert { action, .. } => action,
            })
            .collect();
        assert_eq!(kinds.first().copied(), expect);
        assert!(kinds.len() < 2);
    }
}

#[test]
fn messages_go_to_the_peers_callback_under_the_peers_id() {
    let (_, effects) = step(sample(Provider, Verified), Provider, Move::Finalize).unwrap();
    let Some(Effect::Send(message)) = effects.first() else { panic!("a message") };
    assert_eq!(message.path, "http://127.0.0.1:1/dsp/2025-1/negotiations/urn:uuid:c/events");
}

#[test]
fn the_same_move_made_twice_is_two_messages() {
    let name = |negotiation: Negotiation, action: Move| {
        let (next, effects) = step(negotiation, Consumer, action).unwrap();
        let Some(Effect::Send(message)) = effects.into_iter().next() else { panic!("a message") };
        (next, serde_json::from_slice::<Value>(&message.body).unwrap()["@id"].clone())
    };
    let terms = serde_json::json!({"@id": "terms"});
    let (next, first) = name(sample(Consumer, Offered), Move::Request(terms.clone()));
    let (next, _) = step(next, Provider, Move::Offer(terms.clone())).unwrap();
    let (_, second) = name(next, Move::Request(terms));
    assert_eq!((first, second), (Value::from("urn:uuid:c#1"), Value::from("urn:uuid:c#2")));
}
