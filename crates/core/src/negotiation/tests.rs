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
        proposal: None,
        asked_proposal: None,
        agreement: None,
        contract: None,
        reason: None,
        conduct: Conduct::Rule,
        sent: 0,
        steps: 0,
        kept: 0,
        untaken: Vec::new(),
    }
}

fn moves() -> [Move; 7] {
    let terms = serde_json::json!({"@id": "terms"});
    [
        Move::Request(terms.clone().into()),
        Move::Offer(terms.clone().into()),
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
    let (next, first) = name(sample(Consumer, Offered), Move::Request(terms.clone().into()));
    let (next, _) = step(next, Provider, Move::Offer(terms.clone().into())).unwrap();
    let (_, second) = name(next, Move::Request(terms.into()));
    assert_eq!((first, second), (Value::from("urn:uuid:c#1"), Value::from("urn:uuid:c#2")));
}

#[test]
fn tc609_14_7_3_b_two_sides_never_put_terms_on_the_table_at_once() {
    for state in State::ALL {
        let both = is_allowed(Some(state), Consumer, Requested) && is_allowed(Some(state), Provider, Offered);
        assert!(!both, "{state:?}");
    }
    for (state, by, action) in [
        (Agreed, Consumer, Move::Request(Value::Null.into())),
        (Verified, Provider, Move::Offer(Value::Null.into())),
        (Finalized, Consumer, Move::Request(Value::Null.into())),
        (Terminated, Provider, Move::Offer(Value::Null.into())),
    ] {
        let refused = step(sample(by, state), by, action).unwrap_err();
        assert_eq!(refused.code, "illegal-transition", "a counter-offer after {state:?}");
    }
}

#[test]
fn tc609_14_7_3_h_a_counter_offer_that_crossed_an_end_is_archived_and_changes_nothing() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let (ended, _) = step(sample(Consumer, Requested), Consumer, Move::Terminate("enough".to_owned())).unwrap();
    let counter = Move::Offer(serde_json::json!({"@id": "late"}).into());
    let (mut after, effects) = step(ended.clone(), Provider, counter.clone()).unwrap();
    assert!(effects.is_empty());
    let entry = keep(&mut after, Provider, &counter, xinyu_crypto::Suite::Intl, now);
    assert_eq!((after.state, &after.offer, entry.kind.as_str()), (Terminated, &ended.offer, "offer"));
}

#[test]
fn tc609_15_7_1_3_a_a_round_is_recorded_with_its_text_and_the_one_before() {
    use crate::contract::proposal::tests::{CONTRACT, Parties, consumer, entry, now, place, provider};
    use crate::contract::proposal::{digest, draw_up, listed};
    let (parties, entry, contract) = (Parties::new(), entry(), ContractId::parse(CONTRACT).unwrap());
    let first = parties.sign(draw_up(&place(&entry, &contract, None), &consumer(), listed(&entry), now()).unwrap());
    let drawn = draw_up(&place(&entry, &contract, Some(&first)), &provider(), listed(&entry), now()).unwrap();
    let second = parties.sign(drawn);
    let (before, after) = (digest(&first.proposal).unwrap(), digest(&second.proposal).unwrap());
    let negotiation = Negotiation { proposal: Some(Box::new(first)), ..sample(Provider, Requested) };
    let offer = Offer { odrl: Value::Null, proposal: Some(Box::new(second)) };
    let (next, effects) = step(negotiation, Provider, Move::Offer(offer)).unwrap();
    let Some(Effect::Record(draft)) = effects.last() else { panic!("a record") };
    let fact = |name: &str| draft.facts.get(name).cloned();
    assert_eq!((fact("document"), fact("before")), (Some(after.into()), Some(before.into())));
    assert_eq!(fact("round"), Some(2.into()));
    assert_eq!(next.proposal.map(|signed| signed.proposal.round), Some(2));
}

#[test]
fn a_rule_takes_exactly_what_was_asked_for() {
    use crate::contract::proposal::tests::{CONTRACT, Parties, consumer, entry, now, place};
    use crate::contract::proposal::{draw_up, listed};
    let (parties, entry, contract) = (Parties::new(), entry(), ContractId::parse(CONTRACT).unwrap());
    let signed = |price: u64| {
        let mut terms = listed(&entry);
        terms.revenue.base_fen = price;
        Some(Box::new(parties.sign(draw_up(&place(&entry, &contract, None), &consumer(), terms, now()).unwrap())))
    };
    let offered =
        |price| Negotiation { proposal: signed(price), asked_proposal: signed(500), ..sample(Consumer, Offered) };
    assert_eq!(next(&offered(500)), Some(Next::Accept));
    // Cheaper is not what was asked for either: a person sees it.
    assert_eq!(next(&offered(400)), None);
    assert_eq!(next(&offered(600)), None);
}
