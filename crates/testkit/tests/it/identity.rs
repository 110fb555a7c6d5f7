//! Identity information from the applicant to the reviewer, and what authorities say of it: right, wrong, slow, broken. NDI-TR-2025-03 §6 to §8.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::identity::IdentityInfo;
use xinyu_protocol::api::participant::ParticipantLife;
use xinyu_protocol::tc609::verification::AuthorityKind;
use xinyu_testkit::authority::{Manner, Stand};
use xinyu_testkit::world::{Engine, MemberOptions, World};

const CODE: &str = "91310000MA7XYU103F";
const NAME: &str = "申江出行数据有限公司";
const PERSON: &str = "李慧敏";
const NUMBER: &str = "11010519491231002X";

fn file(person: &str) -> Value {
    json!({ "organisation": {
        "base": {
            "enterpriseName": NAME, "enterpriseCode": CODE, "enterpriseType": "1", "legalPerson": person,
            "legalPersonCertno": NUMBER, "legalPersonAuthLevel": "1",
        },
        "extend": { "enterpriseAddress": "上海市浦东新区", "bankAccount": "6222000000000000" },
    }})
}

fn register() -> Vec<(&'static str, &'static str)> {
    vec![
        ("enterpriseName", NAME),
        ("enterpriseCode", CODE),
        ("legalPerson", PERSON),
        ("fullName", PERSON),
        ("certCode", NUMBER),
        ("bankAccount", "6222000000000000"),
    ]
}

async fn world(folder: &std::path::Path, engine: Engine, authorities: &[(&Stand, AuthorityKind)]) -> World {
    let configured = authorities.iter().map(|(stand, kind)| stand.configured(*kind)).collect();
    let world = World::open(folder, engine, vec![MemberOptions::default()], configured).await.unwrap();
    for (stand, _) in authorities {
        stand.trust(world.platform.node.ring.public().signing(Suite::Sm).clone());
    }
    world
}

async fn life(world: &World, id: &str) -> ParticipantLife {
    world.platform.get(&format!("/participants/{id}")).await.unwrap()
}

async fn identity(world: &World, id: &str) -> IdentityInfo {
    world.platform.get(&format!("/participants/{id}/identity")).await.unwrap()
}

/// Waits until nothing is asked any more: what the newest question to each authority came to.
async fn settled(world: &World, id: &str) -> Vec<(String, String)> {
    let path = format!("/participants/{id}/identity");
    let is_settled = |info: &IdentityInfo| info.verifications.iter().all(|one| one.state != "asking");
    let info: IdentityInfo = world.platform.until(&path, is_settled).await.unwrap();
    let current = info.verifications.into_iter().filter(|one| one.state != "superseded");
    current.map(|one| (one.authority, one.state)).collect()
}

async fn approve(world: &World, id: &str) -> Result<Value, xinyu_http::ApiError> {
    let verdict = json!({ "approve": true, "note": "" });
    world.platform.api.post(&format!("/api/v1/participants/{id}/decision"), &verdict).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_1_authorities_confirm_and_the_reviewer_sees_everything_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let (market, police) = (Stand::start(&register()).await.unwrap(), Stand::start(&register()).await.unwrap());
    let asked = [
        (&market, AuthorityKind::MarketRegulator),
        (&police, AuthorityKind::PublicSecurity),
        (&market, AuthorityKind::Bank),
    ];
    let world = world(folder.path(), Engine::File, &asked).await;
    let member = &world.member(0).unwrap().seat;

    // Before it registers it can say who it is; what is wrong is named and nothing is kept of it.
    let full_width: String = CODE.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    let mut wrong = file(PERSON);
    wrong["organisation"]["base"]["enterpriseCode"] = json!(full_width);
    let refused = member.api.post::<_, Value>("/api/v1/identity", &wrong).await.unwrap_err();
    assert!(refused.status() == Some(400) && refused.to_string().contains("enterpriseCode"), "{refused}");
    let _: IdentityInfo = member.post("/identity", &file(PERSON)).await.unwrap();
    let info: RegistrationInfo = member.post("/registration", &json!({})).await.unwrap();
    let id = info.connector_id.unwrap();

    // The applicant sees what is missing, and completes it.
    let mine: IdentityInfo = member.get("/identity").await.unwrap();
    let missing: Vec<&str> =
        mine.items.iter().filter(|i| i.is_required && !i.is_there).map(|i| i.name.as_str()).collect();
    assert_eq!(missing, ["attachment-01", "attachment-02"]);
    for (name, kind, content, expect) in [
        ("a1", "01", &b"%PDF-1.7 licence"[..], None),
        ("a1", "01", b"%PDF-1.7 licence", None),
        ("a1", "01", b"%PDF-1.7 another", Some(409)),
        ("a2", "02", b"MZ program", Some(400)),
        ("a2", "02", b"%PDF-1.7 document", None),
    ] {
        let new = json!({
            "attachmentId": name, "card": { "attachType": kind, "attachName": "文件" }, "mediaType": "application/pdf",
            "content": STANDARD.encode(content),
        });
        let answer = member.api.post::<_, Value>("/api/v1/identity/attachments", &new).await;
        assert_eq!(answer.as_ref().err().and_then(xinyu_http::ApiError::status), expect, "{name} {answer:?}");
    }
    let mine: IdentityInfo = member.get("/identity").await.unwrap();
    assert!(mine.items.iter().all(|item| item.is_there || !item.is_required), "{:?}", mine.items);

    // All who were asked have confirmed: it is verified before anybody has looked.
    let found = settled(&world, &id).await;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(_, state)| state == "confirmed"), "{found:?}");
    let verified = |life: &ParticipantLife| life.participant.state == "verified";
    let _: ParticipantLife = world.platform.until(&format!("/participants/{id}"), verified).await.unwrap();
    let page = identity(&world, &id).await;
    assert_eq!(page.file.organisation.as_ref().unwrap().base.legal_person, PERSON);
    assert_eq!(page.attachments.len(), 2);
    let path = format!("/api/v1/participants/{id}/attachments/a2");
    assert_eq!(world.platform.api.get_bytes(&path).await.unwrap(), b"%PDF-1.7 document");
    approve(&world, &id).await.unwrap();
    member.until("/registration", |info: &RegistrationInfo| info.state == "approved").await.unwrap();

    // A member that says something else of itself asks for a change; what the authority says of it decides.
    let _: IdentityInfo = member.post("/identity", &file("王某")).await.unwrap();
    let found = settled(&world, &id).await;
    assert!(found.contains(&("market_regulator".to_owned(), "contradicted".to_owned())), "{found:?}");
    assert!(life(&world, &id).await.change.is_some());
    let refused = approve(&world, &id).await.unwrap_err();
    assert!(refused.status() == Some(409) && refused.to_string().contains("contradicts"), "{refused}");
    let verdict = json!({ "approve": false, "note": "法定代表人与登记不符" });
    let _: Value = world.platform.post(&format!("/participants/{id}/decision"), &verdict).await.unwrap();
    assert_eq!(identity(&world, &id).await.file.organisation.unwrap().base.legal_person, PERSON);
    assert_eq!(life(&world, &id).await.participant.state, "approved");

    // Nothing of a person lies open in the databases, and nothing of it is in the log.
    let events: Value = world.platform.get("/evidence/testing/events?limit=200").await.unwrap();
    assert!(events.to_string().contains("verification.answered"), "{events}");
    for secret in [PERSON, NUMBER, "6222000000000000", "%PDF-1.7 licence", "王某"] {
        assert!(!events.to_string().contains(secret), "{secret} is in the log");
    }
    world.stop().await;
    for secret in [PERSON, NUMBER, "6222000000000000", "%PDF-1.7 licence"] {
        lies_nowhere(folder.path(), secret);
    }
}

fn lies_nowhere(folder: &std::path::Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lies_nowhere(&path, secret);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} lies open in {}", path.display());
    }
}

/// What becomes of a question that is answered in a manner: the state, how often it was asked, and whether the operator can admit.
async fn check(manner: Manner, state: &str, attempts: u32, may_admit: bool) {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::start(&register()).await.unwrap();
    stand.behave(manner);
    let world = world(folder.path(), Engine::Memory, &[(&stand, AuthorityKind::MarketRegulator)]).await;
    let member = &world.member(0).unwrap().seat;
    let person = if state == "contradicted" { "王某" } else { PERSON };
    let _: IdentityInfo = member.post("/identity", &file(person)).await.unwrap();
    let info: RegistrationInfo = member.post("/registration", &json!({})).await.unwrap();
    let id = info.connector_id.unwrap();
    assert_eq!(settled(&world, &id).await, [("market_regulator".to_owned(), state.to_owned())], "{manner:?}");
    let asked = identity(&world, &id).await.verifications;
    assert_eq!((asked[0].attempts, stand.asked()), (attempts, attempts), "{manner:?} {asked:?}");
    assert_eq!(asked[0].why.is_empty(), matches!(state, "confirmed" | "contradicted"), "{asked:?}");
    if state == "unavailable" {
        // It is back, and asked anew: the reviewer need not decide by hand.
        stand.behave(Manner::Right);
        let _: Value = world.platform.post(&format!("/participants/{id}/verifications"), &json!({})).await.unwrap();
        assert_eq!(settled(&world, &id).await, [("market_regulator".to_owned(), "confirmed".to_owned())]);
    }
    let admitted = approve(&world, &id).await;
    assert_eq!(admitted.is_ok(), may_admit, "{manner:?} {admitted:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_1_a_wrong_identity_is_contradicted() {
    check(Manner::Right, "contradicted", 1, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_2_an_authority_that_is_slow_or_broken_is_tried_so_often_and_then_a_person_decides() {
    for manner in [Manner::Slow, Manner::Broken, Manner::OutOfOrder, Manner::Forged, Manner::Replayed] {
        check(manner, "unavailable", 3, true).await;
    }
    check(Manner::Refusing, "unavailable", 1, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_1_without_an_authority_the_reviewer_decides_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), Engine::Memory, &[]).await;
    let member = &world.member(0).unwrap().seat;
    let info: RegistrationInfo = member.post("/registration", &json!({})).await.unwrap();
    let id = info.connector_id.unwrap();
    let path = format!("/api/v1/participants/{id}/verifications");
    let refused = world.platform.api.post::<_, Value>(&path, &json!({})).await.unwrap_err();
    assert!(refused.status() == Some(409) && refused.to_string().contains("authority"), "{refused}");
    approve(&world, &id).await.unwrap();
    world.stop().await;
}
