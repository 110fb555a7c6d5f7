//! Tests of enrolling connectors of other makers, of their adaptation, and of what they can hold.

use serde_json::{Value, json};
use xinyu_protocol::id::AreaCode;
use xinyu_protocol::tc609::connector::Device;
use xinyu_protocol::tc609::heterogeneous::AdaptedBy;
use xinyu_protocol::tc609::participant::Role;

use super::*;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.to_owned()).collect()
}

fn participant(code: &str) -> ParticipantId {
    ParticipantId::parse(code).unwrap()
}

fn connector_id(number: u64) -> ConnectorId {
    ConnectorId::compose(&participant("91310000MA7XYU103F"), &AreaCode::parse("1100").unwrap(), number)
}

fn statement() -> Statement {
    Statement {
        did: "did:web:edc.example".to_owned(),
        address: "https://edc.example/api/dsp".to_owned(),
        device: Device {
            supplier_name: "Eclipse Foundation".to_owned(),
            connector_name: "EDC".to_owned(),
            connector_version: "0.15.1".to_owned(),
            ..Device::default()
        },
        role: Role::Consumer,
        spaces: words(&["s"]),
        authentication: "dcp".to_owned(),
        abilities: Vec::new(),
        suites: Vec::new(),
        transfer_profiles: words(&["HttpData-PULL"]),
        enforces: Vec::new(),
    }
}

fn probed() -> Probed {
    Probed {
        at: Timestamp::UNIX_EPOCH,
        versions: Vec::new(),
        endpoint: "https://edc.example/api/dsp/2025-1".to_owned(),
        credential_service: "https://edc.example/dcp".to_owned(),
    }
}

fn with_owner<T>(state: MemberState, use_it: impl FnOnce(&Owner<'_>) -> T) -> T {
    let (id, participant) = (connector_id(1), participant("91310000MA7XYU103F"));
    let spaces = words(&["s"]);
    use_it(&Owner { connector_id: &id, participant_id: &participant, name: "申江", state, spaces: &spaces })
}

fn enrolled() -> Heterogeneous {
    with_owner(MemberState::Approved, |owner| {
        Heterogeneous::enrol(connector_id(2), owner, statement(), probed(), Timestamp::UNIX_EPOCH).0
    })
}

#[test]
fn tc609_16_6_2_d_what_is_said_of_a_connector_is_checked() {
    let check = |change: fn(&mut Statement), expect: Option<&str>| {
        let mut said = statement();
        change(&mut said);
        let found = with_owner(MemberState::Approved, |owner| super::check(&said, owner));
        assert_eq!(found.err().map(|error| error.code), expect, "{said:?}");
    };
    check(|_| {}, None);
    check(|said| said.enforces = words(&["count", "delete", "prohibition"]), None);
    check(|said| said.enforces = words(&["magic"]), Some("enforces"));
    check(|said| said.authentication = "mtls".to_owned(), Some("authentication"));
    check(|said| said.spaces = Vec::new(), Some("spaces"));
    check(|said| said.spaces = words(&["s", "other"]), Some("not-in-space"));
    check(|said| said.device.supplier_name.clear(), Some("device"));
    check(|said| said.abilities = words(&["fly"]), Some("unknown-capability"));
    check(|said| said.transfer_profiles = words(&["a b"]), Some("transferProfiles"));
    for state in [MemberState::Pending, MemberState::Suspended, MemberState::Departed] {
        let found = with_owner(state, |owner| super::check(&statement(), owner));
        assert_eq!(found.err().map(|error| error.code), Some("owner-not-admitted"));
    }
}

#[test]
fn tc609_16_6_2_d_what_a_connector_lacks_somebody_sees_to_or_it_is_refused() {
    let by = |said: &Statement, ability: &str| {
        adapt::plan(said).into_iter().find(|one| one.ability == ability).map(|one| one.by)
    };
    let plain = statement();
    for (ability, expect) in [
        ("identity", AdaptedBy::Itself),
        ("certificate", AdaptedBy::Platform),
        ("status_report", AdaptedBy::Platform),
        ("logging", AdaptedBy::Counterpart),
        ("contract", AdaptedBy::Counterpart),
        ("usage_control", AdaptedBy::Nobody),
        ("privacy", AdaptedBy::Nobody),
    ] {
        assert_eq!(by(&plain, ability), Some(expect), "{ability}");
    }
    let able = Statement { abilities: words(&["usage_control"]), enforces: words(&["count"]), ..statement() };
    assert_eq!(by(&able, "usage_control"), Some(AdaptedBy::Itself));
    for (said, requires, lacks) in [
        (&plain, words(&["status_report", "logging", "protocol:dsp-2025-1"]), words(&[])),
        (&plain, words(&["usage_control", "status_report"]), words(&["usage_control"])),
        (&able, words(&["usage_control"]), words(&[])),
        (&plain, words(&["protocol:tc609", "suite:sm"]), words(&["protocol:tc609", "suite:sm"])),
    ] {
        let found = adapt::lacking(said, [("s", requires.as_slice())]);
        assert_eq!(found.first().map(|one| one.what.clone()).unwrap_or_default(), lacks, "{requires:?}");
    }
}

#[test]
fn tc609_16_6_2_d_a_connector_is_held_to_policies_that_it_can_keep() {
    let check = |policy: Value, enforces: &[&str], expect: &str| {
        let found = hold::must_hold(&policy, &words(enforces)).err().map(|error| error.text.en).unwrap_or_default();
        assert!(found.contains(expect) && found.is_empty() == expect.is_empty(), "{policy}: {found}");
    };
    let offer = |rules: Value| {
        let mut offer = json!({ "@type": "Offer", "@id": "urn:o", "target": "t" });
        offer.as_object_mut().unwrap().extend(rules.as_object().cloned().unwrap());
        offer
    };
    let any = json!([{ "action": "use" }]);
    let counted =
        json!([{ "action": "use", "constraint": [{ "leftOperand": "count", "operator": "lteq", "rightOperand": 3 }] }]);
    check(offer(json!({ "permission": any })), &[], "");
    check(offer(json!({ "permission": counted })), &[], "a limit of the");
    check(offer(json!({ "permission": counted })), &["count"], "");
    check(offer(json!({ "permission": any, "prohibition": [{ "action": "distribute" }] })), &[], "a prohibition to");
    check(offer(json!({ "permission": any, "prohibition": [{ "action": "distribute" }] })), &["prohibition"], "");
    check(offer(json!({ "permission": any, "obligation": [{ "action": "delete" }] })), &[], "the duty to");
    check(offer(json!({ "permission": any, "obligation": [{ "action": "delete" }] })), &["delete"], "");
    check(offer(json!({ "permission": [{ "action": "read" }] })), &[], "some kinds of use only");
    check(json!({ "permission": 7 }), &[], "cannot keep");
}

#[test]
fn tc609_16_6_2_d_a_connector_lives_by_the_table_of_participants() {
    let now = Timestamp::UNIX_EPOCH;
    let (admitted, happened, effects) = enrolled().step(Act::Admit, "", now).unwrap();
    assert_eq!(
        (admitted.state, happened.kind.as_str(), effects.len()),
        (MemberState::Approved, "connector.admitted", 1)
    );
    let again = with_owner(MemberState::Approved, |owner| {
        admitted.clone().enrol_again(owner, statement(), probed(), now).err().map(|error| error.code)
    });
    assert_eq!(again, Some("standing"), "one that is admitted is deregistered first");
    assert_eq!(admitted.clone().step(Act::Suspend, " ", now).err().map(|error| error.code), Some("reason"));
    let (barred, ..) = admitted.clone().step(Act::Suspend, "审查", now).unwrap();
    assert!(barred.clone().step(Act::Suspend, "再次", now).is_err());
    assert!(barred.clone().follow(Act::Resume, now).is_none(), "it was barred for a reason of its own");
    let (barred, ..) = admitted.clone().follow(Act::Suspend, now).unwrap();
    assert!(barred.is_barred_with_owner);
    assert_eq!(barred.follow(Act::Resume, now).unwrap().0.state, MemberState::Approved);
    assert_eq!(enrolled().follow(Act::Revoke, now).unwrap().0.state, MemberState::Departed);
    let (gone, ..) = admitted.step(Act::Leave, "停用", now).unwrap();
    let other = participant("91440300MA7XYU2188");
    assert_eq!(gone.must_be_of(&other).err().map(|error| error.code), Some("did-taken"));
    let back = with_owner(MemberState::Approved, |owner| gone.enrol_again(owner, statement(), probed(), now));
    assert_eq!(back.unwrap().0.state, MemberState::Pending);
}

#[test]
fn tc609_16_6_2_d_another_look_tells_what_is_new() {
    let one = enrolled();
    assert!(one.clone().looked_at(Probed { at: Timestamp::MAX, ..probed() }).1.is_none());
    let moved = Probed { endpoint: "https://edc.example/other".to_owned(), ..probed() };
    assert_eq!(one.looked_at(moved).1.map(|one| one.kind), Some("connector.versions_changed".to_owned()));
}

#[test]
fn dcp_1_0_6_credentials_of_another_makers_connector_say_what_it_is() {
    use crate::issuance::CredentialKind;
    let entitled = Statement { enforces: words(&["count"]), ..statement() };
    let entitled = Heterogeneous { statement: entitled, ..enrolled() }.entitled();
    let claims = CredentialKind::Membership.claims(&entitled);
    assert_eq!(claims["connectorKind"], "heterogeneous");
    assert_eq!(claims["enforces"], json!(["count"]));
    assert_eq!(claims["address"], "https://edc.example/api/dsp/2025-1");
    assert!(!CredentialKind::Role.claims(&entitled).contains_key("connectorKind"));
}
