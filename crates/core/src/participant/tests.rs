//! The life of a participant: the whole table, and what each step leaves behind.

use serde_json::json;
use xinyu_protocol::id::ParticipantId;

use super::*;

fn member(state: MemberState) -> Member {
    let keys = xinyu_crypto::KeyRing::generate(&mut <rand::rngs::StdRng as rand::SeedableRng>::from_seed([7; 32]));
    let participant_id = ParticipantId::parse("91310000MA7XYU103F").unwrap();
    Member {
        connector_id: ConnectorId::compose(&participant_id, &xinyu_protocol::id::AreaCode::parse("1100").unwrap(), 7),
        participant_id,
        name: "某公司".to_owned(),
        role: Role::Provider,
        address: "https://a.example".to_owned(),
        spaces: vec!["one".to_owned(), "two".to_owned()],
        keys: keys.public(),
        state,
        credential: Some("old".to_owned()),
        credential_id: Some(Uuid::from_u128(1)),
        registered_at: Timestamp::UNIX_EPOCH,
        decided_at: None,
        changed_at: None,
        sequence: 3,
        due_at: Some(Timestamp::UNIX_EPOCH),
        reminded: None,
        change: None,
        note: String::new(),
    }
}

fn with(act: Act, reason: &str) -> Step {
    let admission =
        || Admission { credential_id: Uuid::from_u128(2), credential: "new".to_owned(), spaces: Vec::new() };
    match act {
        Act::Register => Step::Register,
        Act::Verify => Step::Verify,
        Act::Admit => Step::Admit(admission()),
        Act::Refuse => Step::Refuse(reason.to_owned()),
        Act::Suspend => Step::Suspend(reason.to_owned()),
        Act::Resume => Step::Resume(admission()),
        Act::Change => Step::Change(admission()),
        Act::Revoke => Step::Revoke(reason.to_owned()),
        Act::Leave => Step::Leave(reason.to_owned()),
    }
}

#[test]
fn ndi_03_8_every_act_in_every_state_does_what_the_table_says() {
    for state in MemberState::ALL {
        for act in Act::ALL {
            let mut before = member(state);
            before.change = Some(Change {
                name: "另名".to_owned(),
                role: Role::Provider,
                address: "https://b.example".to_owned(),
                spaces: before.spaces.clone(),
                keys: before.keys.clone(),
                is_identity_changed: false,
                requested_at: Timestamp::UNIX_EPOCH,
            });
            let stepped = step(before, with(act, "缘由"), Timestamp::UNIX_EPOCH);
            match target(Some(state), act) {
                Some(to) => {
                    let (after, effects) = stepped.unwrap();
                    assert_eq!((after.state, after.sequence), (to, 4), "{state:?} {act:?}");
                    assert!(effects.len() >= 2, "{state:?} {act:?} leaves no record in its spaces");
                    let holds = after.credential.as_deref();
                    let expect = match act {
                        Act::Admit | Act::Resume | Act::Change => Some("new"),
                        Act::Verify | Act::Register => Some("old"),
                        _ => None,
                    };
                    assert_eq!(holds, expect, "{state:?} {act:?}");
                }
                None => assert_eq!(stepped.unwrap_err().status, 409, "{state:?} {act:?}"),
            }
        }
    }
}

#[test]
fn tc609_12_a_rejection_has_reasons() {
    for (state, act) in [(Pending, Act::Refuse), (Approved, Act::Suspend), (Approved, Act::Revoke)] {
        let refused = step(member(state), with(act, "  "), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!((refused.status, refused.code), (400, "reason-missing"), "{act:?}");
    }
    assert_eq!(refuse_change(member(Approved), "").unwrap_err().code, "reason-missing");
}

#[test]
fn ndi_03_8_a_change_is_pending_until_it_is_approved() {
    let before = member(Approved);
    assert_eq!(step(before.clone(), with(Act::Change, ""), Timestamp::UNIX_EPOCH).unwrap_err().code, "no-change");
    let change = Change {
        name: before.name.clone(),
        role: before.role,
        address: "https://b.example".to_owned(),
        spaces: before.spaces.clone(),
        keys: before.keys.clone(),
        is_identity_changed: false,
        requested_at: Timestamp::UNIX_EPOCH,
    };
    let (asked, _) = request_change(before.clone(), change.clone()).unwrap();
    assert_eq!((asked.address.as_str(), asked.credential.as_deref()), ("https://a.example", Some("old")));
    let (refused, _) = refuse_change(asked.clone(), "地址不符").unwrap();
    assert_eq!((refused.change, refused.state, refused.credential.as_deref()), (None, Approved, Some("old")));
    let (changed, _) = step(asked, with(Act::Change, ""), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((changed.address.as_str(), changed.credential.as_deref()), ("https://b.example", Some("new")));
    assert_eq!(request_change(member(Suspended), change).unwrap_err().status, 409);
}

#[test]
fn ndi_03_8_whoever_leaves_is_told_what_is_open() {
    let open = ["合约 C1", "经办人 张三"].map(|zh| Open { text: Text::new(zh, zh) });
    let refused = must_be_closed(&member(Approved), &open).unwrap_err();
    assert_eq!(refused.detail.unwrap().zh, "合约 C1；经办人 张三");
    assert_eq!(must_be_closed(&member(Approved), &[]), Ok(()));
}

#[test]
fn only_who_is_admitted_is_not_barred() {
    for state in MemberState::ALL {
        let told = standing::of(&member(state));
        assert_eq!(standing::bar(&told).is_none(), state == Approved, "{state:?}");
    }
}

#[test]
fn a_member_of_yesterday_is_read() {
    let mut written = serde_json::to_value(member(Approved)).unwrap();
    for name in ["credential_id", "changed_at", "sequence", "due_at", "reminded", "change"] {
        written.as_object_mut().unwrap().remove(name);
    }
    let read: Member = serde_json::from_value(written).unwrap();
    assert_eq!((read.sequence, read.due_at), (0, None));
    assert_eq!(json!(read.state), "approved");
}
