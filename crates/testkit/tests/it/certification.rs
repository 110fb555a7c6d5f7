//! The certification centre: application, assessment by one person, decision by another, a credential that a stranger verifies, and its end in the same
//! commit; and reputations that follow the evidence and are computed again by whoever wants. TC609-6-2025-01 §5.2.2.13; TC609-6-2025-16 6.11 a.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use xinyu_core::effect::Draft;
use xinyu_core::reputation;
use xinyu_crypto::Suite;
use xinyu_http::{ApiClient, ApiError, EgressPolicy, Fetcher};
use xinyu_identity::VerifiableCredential;
use xinyu_protocol::api::certification::{CertificationLife, PublicCertificate, ReportInfo, SchemeList};
use xinyu_protocol::api::credential::CredentialInfo;
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::api::{Event, List, Login, Session};
use xinyu_shell::dcp::verifier;
use xinyu_shell::{Failure, effect, user};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World};

const PASSWORD: &str = "tests-only-2025";

async fn world(folder: &std::path::Path) -> World {
    xinyu_http::install_tls();
    let member =
        |organisation| MemberOptions { organisation, is_consumer: organisation == 1, ..MemberOptions::default() };
    World::start(folder, Engine::Memory, vec![member(0), member(1)]).await.unwrap()
}

/// A person of the platform with a session of its own.
async fn person(seat: &Seat, name: &str, role: &str) -> ApiClient {
    user::ensure(&seat.node, name, name, role, PASSWORD).await.unwrap();
    let api = ApiClient::new(seat.address.parse().unwrap()).unwrap();
    let login = Login { name: name.to_owned(), password: PASSWORD.to_owned(), code: None, captcha: None };
    let session: Session = api.post("/api/v1/login", &login).await.unwrap();
    api.with_session(session.token)
}

async fn post<T: DeserializeOwned>(api: &ApiClient, path: &str, body: &Value) -> Result<T, ApiError> {
    api.post(&format!("/api/v1{path}"), body).await
}

/// The code of a refusal.
async fn refused(api: &ApiClient, path: &str, body: &Value) -> String {
    match post::<Value>(api, path, body).await.unwrap_err() {
        ApiError::Problem(problem) => problem.code.clone(),
        other => other.to_string(),
    }
}

/// A small scheme for connectors: one thing measured that must be, one that is judged, one that takes time.
fn scheme() -> Value {
    let criterion = |code: &str, mandatory: bool, measured: Value| {
        json!({
            "code": code, "text": {"zh": "指标", "en": "criterion"}, "isMandatory": mandatory, "weight": 10,
            "evidence": {"zh": "材料", "en": "papers"}, "measured": measured,
        })
    };
    json!({
        "schemeId": "connector-test", "name": {"zh": "连接器认证", "en": "connectors"}, "subject": "connector", "validityMonths": 12,
        "criteria": [
            criterion("M", true, json!({"measure": "capabilities_complete", "metFrom": 1})),
            criterion("F", true, Value::Null),
            criterion("D", false, json!({"measure": "days_without_stop", "metFrom": 30})),
        ],
        "grades": [{"grade": "A", "fromPermille": 900}, {"grade": "B", "fromPermille": 500}],
    })
}

/// Verifies a credential as a stranger does: with nothing but a client.
async fn verify(jwt: &str) -> Result<VerifiableCredential, String> {
    let credential = VerifiableCredential::parse(jwt).map_err(|error| error.to_string())?;
    let fetcher = Fetcher::new(EgressPolicy::one_machine()).unwrap();
    let now = xinyu_store::Clock::system().now();
    match verifier::check(&fetcher, &credential, &mut BTreeMap::new(), now).await {
        Ok(()) => Ok(credential),
        Err(Failure::Rejected(rejection)) => Err(rejection.text.en),
        Err(other) => Err(format!("{other:?}")),
    }
}

/// What a stranger gets, without a login.
async fn open(seat: &Seat, path: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(format!("{}{path}", seat.address)).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// An entry of the log that a finding can rest on.
async fn some_entry(world: &World) -> String {
    let events: List<Event> = world.platform.get("/evidence/testing/events").await.unwrap();
    events.items[0].record_id.clone()
}

/// What the log tells of certifications, oldest first.
async fn told(world: &World) -> Vec<String> {
    let events: List<Event> = world.platform.get("/evidence/testing/events?limit=200").await.unwrap();
    let kinds = events.items.into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("certification."));
    let mut kinds: Vec<String> = kinds.collect();
    kinds.reverse();
    kinds
}

/// Who did what to a certification, by the audit chain.
async fn audited(world: &World, id: &str) -> Vec<String> {
    let id = id.to_owned();
    let read = world.platform.node.store.read("test.audit", move |tx| {
        Box::pin(async move {
            let sql = "SELECT actor, action, detail FROM audit WHERE object = $1 ORDER BY sequence";
            let rows = tx.fetch(sql, vec![id.as_str().into()]).await?;
            let told = |row: &xinyu_store::Row| {
                let action = row.text("action")?.replace("certification.", "");
                Ok::<_, Failure>(format!("{} {action} {}", row.text("actor")?, row.text("detail")?))
            };
            rows.iter().map(told).collect::<Result<Vec<_>, _>>()
        })
    });
    read.await.unwrap()
}

/// Applies from the connector, assesses by one and decides by another: the number.
async fn certified(world: &World, at: usize, assessor: &ApiClient, decider: &ApiClient) -> String {
    let member = world.member(at).unwrap();
    let applied: CertificationLife =
        member.seat.post("/certifications", &json!({"schemeId": "connector-test"})).await.unwrap();
    let path = format!("/certifications/{}", applied.certification.certification_id);
    let evidence = json!([{"kind": "entry", "reference": some_entry(world).await}]);
    let finding = json!({"code": "F", "outcome": "met", "text": "已核查", "evidence": evidence});
    post::<Value>(assessor, &format!("{path}/findings"), &finding).await.unwrap();
    post::<Value>(assessor, &format!("{path}/assessment"), &json!({"action": "complete"})).await.unwrap();
    post::<Value>(decider, &format!("{path}/decision"), &json!({"action": "certify"})).await.unwrap();
    applied.certification.certification_id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_11_a_a_connector_is_certified_and_a_withdrawal_stops_it_in_the_same_commit() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (bert, dora) =
        (person(&world.platform, "bert", "manager").await, person(&world.platform, "dora", "manager").await);
    let carl = person(&world.platform, "carl", "clerk").await;
    let provider = world.member(0).unwrap();

    // A scheme that is not in order is not saved, and nobody below a manager saves one.
    let mut wrong = scheme();
    wrong["criteria"][0]["measured"]["measure"] = json!("beauty");
    assert_eq!(refused(&dora, "/certificationSchemes", &wrong).await, "certification-scheme");
    assert!(
        post::<Value>(&carl, "/certificationSchemes", &scheme()).await.is_err_and(|error| error.status() == Some(403))
    );
    post::<Value>(&dora, "/certificationSchemes", &scheme()).await.unwrap();
    let schemes: SchemeList = provider.seat.get("/certificationSchemes").await.unwrap();
    assert_eq!(schemes.items.len(), 4, "three that come with the program, and ours");

    // The member applies from its own connector, for itself and once.
    let own = provider.seat.client();
    assert_eq!(
        refused(&own, "/certifications", &json!({"schemeId": "connector-test", "connectorId": "other"})).await,
        "for-somebody-else"
    );
    assert_eq!(refused(&own, "/certifications", &json!({"schemeId": "no-such"})).await, "refused-by-platform");
    let applied: CertificationLife =
        provider.seat.post("/certifications", &json!({"schemeId": "connector-test", "note": "请评估"})).await.unwrap();
    let id = applied.certification.certification_id.clone();
    assert!(id.starts_with("RZ") && applied.applied_by.is_none() && applied.moves.is_empty(), "{applied:?}");
    assert_eq!(applied.missing, ["F", "D"], "the applicant sees what is missing");
    let again = json!({"schemeId": "connector-test", "note": "请评估"});
    assert_eq!(refused(&own, "/certifications", &again).await, "refused-by-platform", "one is open");
    let (first, second): (CertificationLife, CertificationLife) = {
        let other = json!({"schemeId": "participant-trust", "requestId": "r1"});
        (post(&own, "/certifications", &other).await.unwrap(), post(&own, "/certifications", &other).await.unwrap())
    };
    assert_eq!(first.certification.certification_id, second.certification.certification_id, "the same request again");
    assert_eq!(open(&world.platform, &format!("/certified/{id}")).await.0, 404, "nothing is certified yet");

    // What is measured is not typed in, evidence must exist, and who assesses does not decide.
    let path = format!("/certifications/{id}");
    let (findings, assessment, decision) =
        (format!("{path}/findings"), format!("{path}/assessment"), format!("{path}/decision"));
    let entry = some_entry(&world).await;
    let finding = |code: &str, reference: &str| {
        let evidence = json!([{"kind": "entry", "reference": reference}]);
        json!({"code": code, "outcome": "met", "text": "已核查", "evidence": evidence})
    };
    assert_eq!(refused(&bert, &findings, &finding("M", &entry)).await, "certification-finding");
    assert_eq!(refused(&bert, &findings, &finding("F", "no-such-record")).await, "unknown-evidence");
    assert_eq!(refused(&bert, &assessment, &json!({"action": "complete"})).await, "illegal-transition");
    let found: CertificationLife = post(&bert, &findings, &finding("F", &entry)).await.unwrap();
    assert_eq!((found.certification.state.as_str(), found.score_permille), ("assessing", Some(666)));
    post::<Value>(&bert, &assessment, &json!({"action": "complete"})).await.unwrap();
    assert_eq!(refused(&bert, &decision, &json!({"action": "certify"})).await, "assessor-decides");
    assert!(
        post::<Value>(&carl, &decision, &json!({"action": "certify"}))
            .await
            .is_err_and(|error| error.status() == Some(403))
    );
    let done: CertificationLife = post(&dora, &decision, &json!({"action": "certify"})).await.unwrap();
    assert_eq!(done.certification.grade.as_deref(), Some("B"));

    // A stranger looks it up, and verifies the credential in both profiles by what the issuer publishes.
    let (status, body) = open(&world.platform, &format!("/certified?q={}", &id[2..])).await;
    let listed: List<PublicCertificate> = serde_json::from_str(&body).unwrap();
    assert_eq!((status, listed.items.len(), listed.items[0].is_valid), (200, 1, true));
    let report: ReportInfo = world.platform.get(&format!("{path}/report")).await.unwrap();
    let digest = Suite::Intl.hash(&xinyu_protocol::json::canonical(&report.report).unwrap()).to_string();
    let mut jwts = Vec::new();
    for profile in ["vc11", "vc20"] {
        let (status, jwt) = open(&world.platform, &format!("/certified/{id}/credential/{profile}")).await;
        assert_eq!(status, 200, "{jwt}");
        let credential = verify(&jwt).await.unwrap();
        assert_eq!(credential.kind(), "CertificationCredential");
        assert_eq!(credential.issuer.as_str(), listed.items[0].issuer);
        assert_eq!(credential.claim("reportDigest"), Some(&json!(digest)));
        assert_eq!(credential.claim("grade"), Some(&json!("B")));
        assert_eq!(credential.claim("certifiedId"), Some(&json!(provider.id().unwrap())));
        assert_eq!(credential.valid_until, done.certification.valid_until);
        credential.must_be_about(&provider.seat.node.dcp.did).unwrap();
        jwts.push(jwt);
    }
    // One bit of it changed is believed by nobody.
    let mut forged = jwts[0].clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    assert!(verify(&String::from_utf8(forged).unwrap()).await.is_err());

    // The holder's wallet has it; it is revoked with its certification only.
    let in_wallet = |all: &List<CredentialInfo>| all.items.iter().any(|one| one.kind == "CertificationCredential");
    provider.seat.until("/credentials", in_wallet).await.unwrap();
    let one = json!({"credentialId": done.credentials[0], "reason": "缘由"});
    assert_eq!(refused(&dora, "/credentials/revocation", &one).await, "credential-of-certification");

    assert_eq!(refused(&dora, &decision, &json!({"action": "withdraw"})).await, "reason-missing");
    post::<Value>(&dora, &decision, &json!({"action": "withdraw", "reason": "抽查不合格"})).await.unwrap();
    // At the next look, with no time in between.
    for jwt in &jwts {
        assert!(verify(jwt).await.unwrap_err().contains("revoked"));
    }
    let (_, body) = open(&world.platform, &format!("/certified/{id}")).await;
    let shown: PublicCertificate = serde_json::from_str(&body).unwrap();
    assert_eq!((shown.is_valid, shown.state.as_str()), (false, "withdrawn"));
    assert_eq!(open(&world.platform, &format!("/certified/{id}/credential/vc11")).await.0, 404);
    provider.seat.until("/credentials", |all| !in_wallet(all)).await.unwrap();
    assert_eq!(refused(&dora, &decision, &json!({"action": "resume"})).await, "illegal-transition");
    assert_eq!(
        audited(&world, &id).await,
        ["bert find F", "bert assess complete", "dora decide certify", "dora decide withdraw"]
    );
    assert_eq!(
        told(&world).await,
        [
            "certification.scheme",
            "certification.applied",
            "certification.applied",
            "certification.assessed",
            "certification.certified",
            "certification.withdrawn"
        ]
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_11_a_whoever_is_barred_holds_no_certification_and_a_renewal_takes_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (bert, dora) =
        (person(&world.platform, "bert", "manager").await, person(&world.platform, "dora", "manager").await);
    post::<Value>(&dora, "/certificationSchemes", &scheme()).await.unwrap();
    let member = world.member(0).unwrap();
    let connector = member.id().unwrap();
    let id = certified(&world, 0, &bert, &dora).await;
    let (_, jwt) = open(&world.platform, &format!("/certified/{id}/credential/vc11")).await;
    assert!(verify(&jwt).await.is_ok());

    // The member is suspended, and what was certified of it in the same commit.
    let standing = format!("/participants/{connector}/standing");
    post::<Value>(&dora, &standing, &json!({"action": "suspend", "reason": "违规"})).await.unwrap();
    assert!(verify(&jwt).await.unwrap_err().contains("revoked"));
    let path = format!("/certifications/{id}");
    let life: CertificationLife = world.platform.get(&path).await.unwrap();
    assert_eq!((life.certification.state.as_str(), life.certification.reason.as_str()), ("suspended", "违规"));
    let decision = format!("{path}/decision");
    assert_eq!(refused(&dora, &decision, &json!({"action": "resume"})).await, "member-not-admitted");
    post::<Value>(&dora, &standing, &json!({"action": "resume", "reason": ""})).await.unwrap();
    // Let in again it is not certified again by that; somebody decides who did not assess.
    assert_eq!(open(&world.platform, &format!("/certified/{id}/credential/vc11")).await.0, 404);
    assert_eq!(refused(&bert, &decision, &json!({"action": "resume"})).await, "assessor-decides");
    post::<Value>(&dora, &decision, &json!({"action": "resume"})).await.unwrap();
    let (_, jwt) = open(&world.platform, &format!("/certified/{id}/credential/vc11")).await;
    assert!(verify(&jwt).await.is_ok());

    // A renewal: the old one is good until the new one is.
    let renewed = certified(&world, 0, &bert, &dora).await;
    assert!(verify(&jwt).await.unwrap_err().contains("revoked"));
    let (old, new): (CertificationLife, CertificationLife) = (
        world.platform.get(&path).await.unwrap(),
        world.platform.get(&format!("/certifications/{renewed}")).await.unwrap(),
    );
    assert_eq!((old.certification.state.as_str(), new.renews.as_deref()), ("superseded", Some(id.as_str())));

    // Of two deciders at once one decides; whoever applied for a member on the platform has no part in it.
    let body = json!({"schemeId": "participant-trust", "connectorId": connector});
    let applied: CertificationLife = post(&dora, "/certifications", &body).await.unwrap();
    let path = format!("/certifications/{}", applied.certification.certification_id);
    assert_eq!(refused(&dora, &format!("{path}/assessment"), &json!({"action": "begin"})).await, "applicant-judges");
    assert_eq!(
        refused(&dora, &format!("{path}/decision"), &json!({"action": "refuse", "reason": "无"})).await,
        "applicant-judges"
    );
    let refusal = json!({"action": "refuse", "reason": "材料不全"});
    let url = format!("{path}/decision");
    let tries = futures::future::join_all((0..4).map(|_| post::<Value>(&bert, &url, &refusal))).await;
    assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 1);
    // Gone for good: so is what was certified.
    post::<Value>(&dora, &standing, &json!({"action": "revoke", "reason": "再次违规"})).await.unwrap();
    let life: CertificationLife = world.platform.get(&format!("/certifications/{renewed}")).await.unwrap();
    assert_eq!(life.certification.state, "withdrawn");
    world.stop().await;
}

/// A connector records something, by its own key, and the platform has it.
async fn record(world: &World, at: usize, kind: &'static str, count: usize) {
    let member = world.member(at).unwrap();
    let node = std::sync::Arc::clone(&member.seat.node);
    let written = member.store().write("test.record", move |tx| {
        Box::pin(async move {
            for _ in 0..count {
                effect::record(&node, tx, Draft::new(kind, "testing")).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    written.await.unwrap();
    let path = format!("/evidence/testing/events?kind={kind}&limit=200");
    world.platform.until(&path, |events: &List<Event>| events.items.len() >= count).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_11_a_a_reputation_follows_the_evidence_and_a_stranger_computes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let dora = person(&world.platform, "dora", "manager").await;
    let connector = world.member(1).unwrap().id().unwrap();
    let path = format!("/participants/{connector}/reputation");
    let none = dora.get::<Value>(&format!("/api/v1{path}")).await.unwrap_err();
    assert_eq!(none.status(), Some(404), "reading makes none");
    let first: ReputationInfo = post(&dora, &path, &json!({})).await.unwrap();
    assert_eq!(first.signed.statement.figure, None, "too little is known: {first:?}");

    record(&world, 1, "usage.done", 6).await;
    // The one of before is shown, until somebody has it computed anew.
    let same: ReputationInfo = dora.get(&format!("/api/v1{path}")).await.unwrap();
    assert_eq!(same, first);
    // Whatever is sent along sets nothing.
    let good: ReputationInfo = post(&dora, &path, &json!({"figure": 1000, "grade": "A"})).await.unwrap();
    let figure = good.signed.statement.figure.unwrap();
    assert!(figure > 500 && figure < 800, "{figure}");

    record(&world, 1, "usage.refused", 4).await;
    let worse: ReputationInfo = post(&dora, &path, &json!({})).await.unwrap();
    assert!(worse.signed.statement.figure < Some(figure), "{worse:?}");
    let standing = format!("/participants/{connector}/standing");
    post::<Value>(&dora, &standing, &json!({"action": "suspend", "reason": "缘由"})).await.unwrap();
    let worst: ReputationInfo = post(&dora, &path, &json!({})).await.unwrap();
    assert!(worst.signed.statement.figure < worse.signed.statement.figure);
    let suspended = worst.signed.statement.tallies.iter().find(|one| one.event == "participant.suspended").unwrap();
    let seen: List<Event> = world.platform.get("/evidence/testing/events?kind=participant.suspended").await.unwrap();
    assert_eq!(suspended.references, [seen.items[0].record_id.clone()], "it names the record that it rests on");

    // A stranger: the same figure from the counts, the digest in the log, the signature by the platform's DID document.
    let file = dora.get_bytes(&format!("/api/v1{path}/file")).await.unwrap();
    let signed: xinyu_protocol::tc609::reputation::SignedStatement = serde_json::from_slice(&file).unwrap();
    assert_eq!(reputation::verify(&signed.statement), Ok(()));
    let events: List<Event> = world.platform.get("/evidence/testing/events?kind=reputation.computed").await.unwrap();
    assert_eq!(events.items.len(), 4, "one record for every computation");
    assert_eq!(events.items[0].facts["digest"], json!(signed.digest));
    let fetcher = Fetcher::new(EgressPolicy::one_machine()).unwrap();
    let issuer = xinyu_identity::DidWeb::parse(&signed.statement.issuer).unwrap();
    let document = xinyu_shell::dcp::document::fetch(&fetcher, &issuer).await.unwrap();
    let jws = xinyu_crypto::ForeignJws::parse(&signed.jws).unwrap();
    let key = document.signing_key(xinyu_identity::TokenKind::Verifiable, jws.kid()).unwrap();
    assert_eq!(jws.verify(&key).unwrap(), xinyu_protocol::json::canonical(&signed.statement).unwrap());

    // Once a day there is one for every admitted member; this one is suspended and stays as it is.
    let platform = world.service().await.unwrap();
    xinyu_platform::reputation::clock::renew(&platform).await.unwrap();
    xinyu_platform::reputation::clock::renew(&platform).await.unwrap();
    let events: List<Event> = world.platform.get("/evidence/testing/events?kind=reputation.computed").await.unwrap();
    assert_eq!(events.items.len(), 5);

    // The other member sees its own from its own connector, and nobody else's.
    let own: ReputationInfo = world.member(0).unwrap().seat.get("/reputation").await.unwrap();
    assert_eq!(own.signed.statement.connector_id, world.member(0).unwrap().id().unwrap());
    world.stop().await;
}
