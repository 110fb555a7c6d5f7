//! The people of our tests: a platform, a connector and a stranger, with their keys and a fixed hour.

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use uuid::Uuid;
use xinyu_crypto::{KeyRing, SigningKey, Suite, jws};
use xinyu_protocol::id::{AreaCode, ConnectorId, ParticipantId, PartyId, PlatformId};

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const USCC: &str = "91350100M000100Y43";
pub(crate) const BOTH: [Suite; 2] = [Suite::Sm, Suite::Intl];

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(crate) fn ring(seed: u64) -> KeyRing {
    KeyRing::generate(&mut StdRng::seed_from_u64(seed))
}

pub(crate) fn platform() -> PartyId {
    let id = PlatformId::compose(&ParticipantId::parse(USCC).unwrap(), &AreaCode::parse("3501").unwrap(), 7);
    PartyId::parse(id.as_str()).unwrap()
}

pub(crate) fn connector(entropy: u64) -> PartyId {
    let id = ConnectorId::compose(&ParticipantId::parse(USCC).unwrap(), &AreaCode::parse("3501").unwrap(), entropy);
    PartyId::parse(id.as_str()).unwrap()
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_0000 + number)
}

/// The claims of a token of ours, changed at one place and signed again: a signer that lies, or errs.
pub(crate) fn resigned(token: &str, typ: &str, key: &SigningKey, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = serde_json::from_slice(jws::parse(token).unwrap().payload_unverified()).unwrap();
    change(&mut claims);
    jws::sign(typ, &serde_json::to_vec(&claims).unwrap(), key)
}

/// Sets or, with `Null` written as `None`, removes one member.
pub(crate) fn put(claims: &mut Value, name: &str, value: Option<Value>) {
    let members = claims.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}
