//! Tests of grants for the data plane.

use serde_json::{Value, json};
use xinyu_crypto::Suite;

use super::*;
use crate::testing::{NOW, USCC, connector, now, put, resigned, ring, uuid};
use xinyu_protocol::id::{AreaCode, ParticipantId, PlatformId};

fn claims() -> GrantClaims {
    let platform = PlatformId::compose(&ParticipantId::parse(USCC).unwrap(), &AreaCode::parse("3501").unwrap(), 7);
    GrantClaims {
        iss: connector(1),
        sub: connector(2),
        contract: ContractId::compose(&platform, now(), 3),
        transfer: "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned(),
        iat: NOW,
        exp: NOW + 3600,
        jti: uuid(8),
    }
}

fn read(token: &str, bearer: &PartyId) -> Result<GrantClaims, IdentityError> {
    let transfer = claims().transfer;
    verify(token, &ring(1).public(), Expect { iss: &connector(1), bearer, transfer: Some(&transfer) }, now())
}

#[test]
fn only_its_subject_can_use_a_grant() {
    let token = mint(&claims(), ring(1).signing(Suite::Sm));
    assert_eq!(read(&token, &connector(2)).unwrap(), claims());
    assert_eq!(read(&token, &connector(3)).unwrap_err().code(), "wrong-subject");
}

#[test]
fn every_claim_is_required_typed_and_compared() {
    let check = |name: &str, value: Option<Value>, expect: &str| {
        let ring = ring(1);
        let key = ring.signing(Suite::Sm);
        let token = resigned(&mint(&claims(), key), "xinyu-grant+jwt", key, |claims| put(claims, name, value.clone()));
        assert_eq!(read(&token, &connector(2)).unwrap_err().code(), expect, "{name} {value:?}");
    };
    for name in ["iss", "sub", "contract", "transfer", "iat", "exp", "jti"] {
        check(name, None, "bad-claims");
    }
    check("exp", Some(json!("9999999999")), "bad-claims");
    check("exp", Some(json!(NOW + 86_401)), "bad-lifetime");
    check("iss", Some(json!(connector(4).as_str())), "wrong-issuer");
    check("transfer", Some(json!("urn:uuid:00000000-0000-4000-8000-000000000002")), "wrong-transfer");
}

#[test]
fn a_request_token_is_no_grant() {
    let ring = ring(1);
    let token =
        resigned(&mint(&claims(), ring.signing(Suite::Sm)), "xinyu-request+jwt", ring.signing(Suite::Sm), |_| ());
    assert_eq!(read(&token, &connector(2)).unwrap_err().code(), "wrong-type");
}
