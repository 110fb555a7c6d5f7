//! The table is the machine: every pair of state and move is tried.

use super::*;

fn sample(side: Side, state: State) -> Transfer {
    Transfer {
        side,
        state,
        consumer_pid: "urn:uuid:c".to_owned(),
        provider_pid: Some("urn:uuid:p".to_owned()),
        peer: "591350100M000100Y433501A1B2C3D4T".to_owned(),
        callback: "http://127.0.0.1:1/dsp/2025-1".to_owned(),
        space_id: "demo".to_owned(),
        contract_id: ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap(),
        agreement_id: "urn:xinyu:agreement:1".to_owned(),
        product_id: "p".to_owned(),
        format: wire::HTTP_PULL.to_owned(),
        address: None,
        reason: None,
        conduct: Conduct::Rule,
        data_plane: None,
        data_flow: None,
        sent: 0,
        steps: 0,
        untaken: Vec::new(),
    }
}

fn moves() -> [Move; 4] {
    let why = || "enough".to_owned();
    [Move::Start(None), Move::Suspend(why()), Move::Complete(Delivered::default()), Move::Terminate(why())]
}

#[test]
fn dsp_2025_1_9_2_only_the_table_moves_a_transfer() {
    for from in State::ALL {
        for by in [Consumer, Provider] {
            for action in moves() {
                let target = action.target();
                let result = step(sample(by, from), by, action);
                assert_eq!(result.is_ok(), is_allowed(Some(from), by, target), "{from:?} {by:?} {target:?}");
                match result {
                    Err(rejection) => assert_eq!((rejection.code, rejection.status), ("illegal-transition", 400)),
                    Ok((_, effects)) => assert!(matches!(effects.as_slice(), [Effect::Send(_), Effect::Record(_)])),
                }
            }
        }
    }
}

#[test]
fn dsp_2025_1_9_2_only_started_transfers_complete() {
    for from in State::ALL {
        assert_eq!(is_allowed(Some(from), Consumer, Completed), from == Started, "{from:?}");
    }
}

#[test]
fn dsp_2025_1_9_2_final_states_are_final() {
    assert!(TRANSITIONS.iter().all(|(from, _, _)| !from.is_some_and(State::is_final)));
}

#[test]
fn what_a_consumer_says_of_a_transfer_and_of_its_uses_is_heard_in_its_order() {
    let stream = |effects: Vec<Effect>| match effects.into_iter().next() {
        Some(Effect::Send(message)) => message.stream,
        other => panic!("no message but {other:?}"),
    };
    let contract = sample(Consumer, Requested).contract_id;
    let (transfer, opening) = open(sample(Consumer, Requested), "http://127.0.0.1:2").unwrap();
    assert_eq!(stream(opening), format!("usage/{contract}"));
    for (from, action) in [(Started, moves()[1].clone()), (Suspended, Move::Start(None)), (Started, moves()[2].clone())]
    {
        let (_, effects) = step(Transfer { state: from, ..transfer.clone() }, Consumer, action).unwrap();
        assert_eq!(stream(effects), format!("usage/{contract}"));
    }
    for action in moves() {
        let from = if action.target() == Started { Suspended } else { Started };
        let (_, effects) = step(sample(Provider, from), Provider, action).unwrap();
        assert_eq!(stream(effects), "transfer/urn:uuid:p");
    }
}

#[test]
fn an_address_outlives_a_rest() {
    let address = wire::DataAddress::http("http://127.0.0.1:1/data".to_owned(), &[("authorization", "a")]);
    let (transfer, _) = step(sample(Consumer, Requested), Provider, Move::Start(Some(address.clone()))).unwrap();
    let (transfer, _) = step(transfer, Provider, Move::Suspend("a rest".to_owned())).unwrap();
    let (transfer, _) = step(transfer, Provider, Move::Start(None)).unwrap();
    assert_eq!(transfer.address, Some(address));
}
