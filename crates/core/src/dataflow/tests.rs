//! The table is the machine: every pair of states is tried.

use super::*;

fn sample(state: State) -> DataFlow {
    DataFlow {
        flow_id: "urn:uuid:c".to_owned(),
        side: Side::Provider,
        state,
        control_plane: ControlPlane::Other("cp".to_owned()),
        counterparty: "partner".to_owned(),
        agreement_id: "a".to_owned(),
        dataset_id: "d".to_owned(),
        profile: "HttpData-PULL".to_owned(),
        address: Some(DataAddress::http("http://127.0.0.1:1/data".to_owned(), &[("authorization", "t")])),
        by_hand: false,
        token_digest: None,
        refresh_digest: None,
        token_expires: None,
        reason: None,
        sent: 0,
    }
}

#[test]
fn dps_1_0_4_2_only_the_table_moves_a_flow() {
    for from in State::ALL {
        for to in State::ALL {
            let result = step(sample(from), to);
            assert_eq!(result.is_ok(), from == to || is_allowed(from, to), "{from:?} {to:?}");
        }
        assert!(!from.is_final() || State::ALL.iter().all(|to| !is_allowed(from, *to)), "{from:?} is final");
    }
}

#[test]
fn dps_1_0_4_2_every_state_that_is_not_final_may_be_terminated() {
    for from in State::ALL.into_iter().filter(|state| !state.is_final()) {
        assert!(is_allowed(from, Terminated), "{from:?}");
    }
}

#[test]
fn the_address_is_told_by_the_side_that_owns_it() {
    let told = |side, profile: &str| {
        let flow = DataFlow { side, profile: profile.to_owned(), ..sample(Started) };
        flow.status(String::new()).data_address.is_some()
    };
    assert!(told(Side::Provider, "HttpData-PULL") && told(Side::Consumer, "HttpData-PUSH"));
    assert!(!told(Side::Consumer, "HttpData-PULL") && !told(Side::Provider, "HttpData-PUSH"));
}

#[test]
fn every_signal_to_another_control_plane_has_a_name_of_its_own() {
    let (flow, first) = tell(sample(Prepared), "prepared").unwrap();
    let (_, second) = tell(flow, "prepared").unwrap();
    assert_ne!(first, second);
    let own = DataFlow { control_plane: ControlPlane::Own, ..sample(Prepared) };
    assert!(tell(own, "prepared").unwrap().1.is_empty());
}
