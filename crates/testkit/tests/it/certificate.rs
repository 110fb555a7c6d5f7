//! A connector's certificate from the request to the revocation, over the APIs. NDI-TR-2025-03 §7.2.

use serde_json::{Value, json};
use tempfile::TempDir;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{
    Certificate, CertificateRequest, Expected, Place, RevocationList, Subject, X509Error, verify_chain,
};
use xinyu_protocol::api::List;
use xinyu_protocol::api::certificate::CertificateInfo;
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World};

async fn bytes(address: &str, path: &str) -> Vec<u8> {
    let answer = reqwest::get(format!("{address}{path}")).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

async fn root(platform: &Seat, suite: Suite) -> Certificate {
    let pem = bytes(&platform.address, &format!("/authority/{suite}/root.pem")).await;
    Certificate::from_pem(std::str::from_utf8(&pem).unwrap()).unwrap()
}

async fn revoked(platform: &Seat, suite: Suite) -> RevocationList {
    RevocationList::from_der(&bytes(&platform.address, &format!("/authority/{suite}/list.crl")).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_7_2_a_certificate_is_requested_renewed_and_revoked() {
    let folder = TempDir::new().unwrap();
    let world = World::start(folder.path(), Engine::Memory, vec![MemberOptions::default()]).await.unwrap();
    let (member, platform) = (&world.member(0).unwrap().seat, &world.platform);
    let id = world.member(0).unwrap().id().unwrap();
    for suite in Suite::ALL {
        let first: CertificateInfo = member.post("/certificates", &json!({ "suite": suite.as_str() })).await.unwrap();
        let got: CertificateInfo = member.post("/certificates", &json!({ "suite": suite.as_str() })).await.unwrap();
        assert_eq!((got.state.as_str(), got.holder.as_str()), ("valid", id.as_str()));
        let pem = member.client().get_bytes(&format!("/api/v1/certificates/{}/file", got.serial)).await.unwrap();
        let chain = Certificate::chain_from_pem(std::str::from_utf8(&pem).unwrap()).unwrap();
        assert_eq!(chain.len(), 3);
        let roots = [root(platform, suite).await];
        let now = u64::try_from(platform.node.store.clock().now().as_second()).unwrap() + 1;
        let place = Place::parse("127.0.0.1").unwrap();
        let check = |list: RevocationList| {
            let lists = [list];
            let expected = Expected {
                roots: &roots,
                lists: &lists,
                must_have_lists: false,
                unit: Some(&id),
                place: Some(&place),
                now,
            };
            verify_chain(&chain, &expected)
        };
        let list = revoked(platform, suite).await;
        assert_eq!(list.len(), 1, "the first one was replaced");
        assert_eq!(check(list), Ok(()));

        let all: List<CertificateInfo> = platform.get("/certificates").await.unwrap();
        let replaced = all.items.iter().find(|one| one.serial == first.serial).unwrap();
        assert_eq!((replaced.state.as_str(), replaced.reason.as_str()), ("revoked", "superseded"));

        let path = format!("/certificates/{}/revocation", got.serial);
        assert!(platform.post::<_, Value>(&path, &json!({ "reason": " " })).await.is_err());
        let taken: CertificateInfo = platform.post(&path, &json!({ "reason": "密钥泄露" })).await.unwrap();
        assert_eq!(taken.state, "revoked");
        assert!(platform.post::<_, Value>(&path, &json!({ "reason": "again" })).await.is_err());
        let list = revoked(platform, suite).await;
        assert_eq!(check(list), Err(X509Error::Revoked { serial: got.serial.clone() }));
        // The connector hears of it.
        let is_revoked = |list: &List<CertificateInfo>| {
            list.items.iter().any(|one| one.serial == got.serial && one.state == "revoked" && one.reason == "密钥泄露")
        };
        member.until("/certificates", is_revoked).await.unwrap();
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ndi_03_7_2_1_f_a_request_that_is_not_in_order_gets_nothing() {
    let folder = TempDir::new().unwrap();
    let world = World::start(folder.path(), Engine::Memory, vec![MemberOptions::default()]).await.unwrap();
    let (member, platform) = (&world.member(0).unwrap().seat, &world.platform);
    let id = world.member(0).unwrap().id().unwrap();
    let request = |unit: &str, place: &str| {
        let subject = Subject {
            place: Place::parse(place).unwrap(),
            unit: unit.to_owned(),
            organization: None,
            others: Vec::new(),
        };
        let key = member.node.certificate_keys.of(Suite::Sm);
        CertificateRequest::make(key, &subject).unwrap().pem().to_owned()
    };
    let other = request(&id, "127.0.0.1").replace("MI", "MJ");
    for (pem, status, code) in [
        (request("591350100M000100Y433501A1B2C3D4T", "127.0.0.1"), 400, "certificate-unit"),
        (request(&id, "bank.example"), 400, "certificate-place"),
        (other, 400, "certificate-malformed"),
        (String::new(), 400, "certificate-malformed"),
    ] {
        let body = serde_json::to_vec(&json!({ "key": "k", "request": pem })).unwrap();
        let to = member.node.platform_id();
        let answer = xinyu_shell::peer::post(&member.node, &to, "/tc609/certificateRequest", body).await;
        let (found, problem) = answer.unwrap();
        let problem: Value = serde_json::from_slice(&problem).unwrap();
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)));
    }
    for body in
        [json!({ "suite": "rsa" }), json!({ "suite": "sm", "place": "0x7f.1" }), json!({ "suite": "sm", "x": 1 })]
    {
        assert!(member.post::<_, Value>("/certificates", &body).await.is_err(), "{body}");
    }
    let all: List<CertificateInfo> = platform.get("/certificates").await.unwrap();
    assert!(all.items.iter().all(|one| one.holder != id), "nothing was issued");
    world.stop().await;
}
