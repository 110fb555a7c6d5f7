//! Passkeys: added by who is logged in, opening the account as two factors, and everything about them that may be wrong. WebAuthn Level 3 §7;
//! NDI-TR-2025-03 §9.2.1.

use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_testkit::world::Seat;

use super::authenticator::{Authenticator, Key, USER_PRESENT, USER_VERIFIED};
use super::people::{Like, PASSWORD, add, call, check, log_in, one, session, world};

/// What is wrong, and how a device or its browser comes to say it.
type Wrong = (&'static str, fn(&mut Authenticator));

/// Begins, lets a device answer, and confirms: what the API says.
async fn register(seat: &Seat, token: &str, device: &mut Authenticator, expect: &str) -> Value {
    let made = check(seat, token, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
    let credential = device.create(&made["publicKey"]);
    let body = json!({ "challenge": made["challenge"], "label": "笔记本", "credential": credential });
    check(seat, token, "/me/passkeys/confirmation", body, expect).await
}

async fn begin(seat: &Seat) -> Value {
    check(seat, "", "/login/passkey/challenge", Value::Null, "").await
}

/// Logs in by a device: the session's token, or the code of the refusal.
async fn enter(seat: &Seat, device: &mut Authenticator) -> Result<String, String> {
    let asked = begin(seat).await;
    let credential = device.get(&asked["publicKey"]);
    answer(seat, &asked["challenge"], credential).await
}

async fn answer(seat: &Seat, challenge: &Value, credential: Value) -> Result<String, String> {
    let body = json!({ "challenge": challenge, "credential": credential });
    let (status, answer) = call(seat, "", "POST", "/login/passkey", &body).await;
    if status == 200 {
        return Ok(answer["token"].as_str().unwrap().to_owned());
    }
    Err(answer["code"].as_str().unwrap().to_owned())
}

/// A person with a device whose passkey is known.
async fn holder(seat: &Seat, name: &str, role: &'static str) -> (String, Authenticator) {
    add(seat, name, Like { role, ..Like::default() }).await;
    let token = session(seat, name, false).await;
    let mut device = Authenticator::at(&seat.address, Key::es256());
    register(seat, &token, &mut device, "").await;
    (token, device)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_9_2_1_c_a_passkey_opens_its_account_as_two_factors() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    for (name, key) in [("es256", Key::es256()), ("eddsa", Key::ed_dsa()), ("rs256", Key::rs256())] {
        add(seat, name, Like { role: "security", ..Like::default() }).await;
        let token = log_in(seat, name, PASSWORD, None).await.unwrap();
        check(seat, &token, "/users/admin/unlocking", json!({}), "second-factor-needed").await;
        check(seat, &token, "/me/passkeys", json!({ "password": "Wrong-2026!" }), "wrong-password").await;
        let mut device = Authenticator::at(&seat.address, key);
        let kept = register(seat, &token, &mut device, "").await;
        assert_eq!((kept["method"].as_str(), kept["label"].as_str()), (Some("passkey"), Some("笔记本")));
        // The device has just verified its holder.
        check(seat, &token, "/users/admin/unlocking", json!({}), "").await;

        let token = log_in(seat, name, PASSWORD, None).await.unwrap();
        let (_, me) = call(seat, &token, "GET", "/me", &Value::Null).await;
        assert_eq!(
            (&me["passkey"], &me["toDo"]),
            (&json!(true), &json!(["passkey"])),
            "the password alone is one factor"
        );
        check(seat, &token, "/users/admin/unlocking", json!({}), "second-factor-needed").await;

        let token = enter(seat, &mut device).await.unwrap();
        check(seat, &token, "/users/admin/unlocking", json!({}), "").await;
        let (_, me) = call(seat, &token, "GET", "/me", &Value::Null).await;
        assert_eq!(me["toDo"], json!([]), "{name}");
        let (_, sessions) = call(seat, &token, "GET", "/me/sessions", &Value::Null).await;
        let here = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        assert_eq!((&here["method"], &here["secondFactor"]), (&json!("passkey"), &json!(true)));
        let (_, keys) = call(seat, &token, "GET", "/me/login-keys", &Value::Null).await;
        assert!(keys["items"][0]["usedAt"].is_string(), "{keys}");

        let path = format!("/me/login-keys/{}/removal", kept["keyId"].as_str().unwrap());
        check(seat, &token, &path, json!({}), "").await;
        assert_eq!(enter(seat, &mut device).await, Err("wrong-login".to_owned()), "one that was removed is unknown");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_browser_or_device_say_wrongly_adds_no_passkey() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    add(seat, "wang", Like { role: "viewer", ..Like::default() }).await;
    let token = session(seat, "wang", false).await;
    let wrongs: [Wrong; 9] = [
        ("by an address that has no name", |device| device.origin = device.origin.replace("localhost", "127.0.0.1")),
        ("another site", |device| device.origin = "https://evil.example".to_owned()),
        ("another port", |device| device.origin = "http://localhost:1".to_owned()),
        ("in a frame of another site", |device| device.cross_origin = true),
        ("another party", |device| device.rp_id = "evil.example".to_owned()),
        ("nobody verified", |device| device.flags = USER_PRESENT),
        ("nobody there", |device| device.flags = USER_VERIFIED),
        ("another ceremony", |device| device.kind = Some("webauthn.get")),
        ("another challenge", |device| device.challenge = Some("AAAAAAAAAAAAAAAAAAAAAA".to_owned())),
    ];
    for (what, go_wrong) in wrongs {
        let mut device = Authenticator::at(&seat.address, Key::es256());
        go_wrong(&mut device);
        let made = check(seat, &token, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
        let body =
            |credential: Value| json!({ "challenge": made["challenge"], "label": "x", "credential": credential });
        let (_, answer) =
            call(seat, &token, "POST", "/me/passkeys/confirmation", &body(device.create(&made["publicKey"]))).await;
        assert_eq!(answer["code"], "passkey-not-good", "{what}: {answer}");
        let good = Authenticator::at(&seat.address, Key::es256()).create(&made["publicKey"]);
        check(seat, &token, "/me/passkeys/confirmation", body(good), "unknown-challenge").await;
    }
    for credential in [Value::Null, json!({}), json!("x"), json!({ "id": "AA", "response": {} })] {
        let made = check(seat, &token, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
        let body = json!({ "challenge": made["challenge"], "label": "x", "credential": credential });
        check(seat, &token, "/me/passkeys/confirmation", body, "unreadable-credential").await;
    }
    let body = json!({ "challenge": "0".repeat(64), "label": " ", "credential": {} });
    check(seat, &token, "/me/passkeys/confirmation", body, "bad-label").await;
    let (_, keys) = call(seat, &token, "GET", "/me/login-keys", &Value::Null).await;
    assert_eq!(keys["items"], json!([]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_is_for_one_session_of_one_person_and_one_purpose() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let (wang, mut device) = holder(seat, "wang", "viewer").await;
    add(seat, "li", Like { role: "viewer", ..Like::default() }).await;
    let li = session(seat, "li", false).await;
    let elsewhere = session(seat, "wang", false).await;
    for other in [&li, &elsewhere] {
        let made = check(seat, &wang, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
        let credential = Authenticator::at(&seat.address, Key::es256()).create(&made["publicKey"]);
        let body = json!({ "challenge": made["challenge"], "label": "x", "credential": credential });
        check(seat, other, "/me/passkeys/confirmation", body, "unknown-challenge").await;
    }
    // Of a login for a registration, and the other way round.
    let asked = begin(seat).await;
    let made = check(seat, &wang, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
    let credential = Authenticator::at(&seat.address, Key::es256()).create(&made["publicKey"]);
    let body = json!({ "challenge": asked["challenge"], "label": "x", "credential": credential });
    check(seat, &wang, "/me/passkeys/confirmation", body, "unknown-challenge").await;
    let shown = device.get(&made["publicKey"]);
    assert_eq!(answer(seat, &made["challenge"], shown).await, Err("unknown-challenge".to_owned()));
    // The same passkey a second time, and for somebody else.
    register(seat, &wang, &mut device, "passkey-known").await;
    register(seat, &li, &mut device, "passkey-known").await;
    // The browser is told what is there already, so that a device offers itself only once.
    let made = check(seat, &wang, "/me/passkeys", json!({ "password": PASSWORD }), "").await;
    assert_eq!(made["publicKey"]["excludeCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(made["publicKey"]["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(made["publicKey"]["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(made["origin"], device.origin.as_str());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_browser_or_device_say_wrongly_opens_no_account() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let security = one(seat, "sec", Role::Security).await;
    let (_, mut device) = holder(seat, "wang", "viewer").await;
    let (_, other) = holder(seat, "li", "viewer").await;
    let wrongs: [Wrong; 8] = [
        ("by an address that has no name", |device| device.origin = device.origin.replace("localhost", "127.0.0.1")),
        ("another site", |device| device.origin = "https://evil.example".to_owned()),
        ("in a frame of another site", |device| device.cross_origin = true),
        ("another party", |device| device.rp_id = "evil.example".to_owned()),
        ("nobody verified", |device| device.flags = USER_PRESENT),
        ("another ceremony", |device| device.kind = Some("webauthn.create")),
        ("another challenge", |device| device.challenge = Some("AAAAAAAAAAAAAAAAAAAAAA".to_owned())),
        ("another key", |device| device.key = Key::es256()),
    ];
    for (what, go_wrong) in wrongs {
        let (_, mut wrong) = holder(seat, &format!("of-{}", what.replace(' ', "-")), "viewer").await;
        go_wrong(&mut wrong);
        assert_eq!(enter(seat, &mut wrong).await, Err("wrong-login".to_owned()), "{what}");
    }
    // The passkey of one, for the account of the other.
    let mine = device.handle.clone();
    device.handle.clone_from(&other.handle);
    assert_eq!(enter(seat, &mut device).await, Err("wrong-login".to_owned()));
    device.handle = mine;
    let mut unknown = Authenticator::at(&seat.address, Key::es256());
    unknown.handle = vec![7; 64];
    assert_eq!(enter(seat, &mut unknown).await, Err("wrong-login".to_owned()), "looks the same");
    for credential in [Value::Null, json!({}), json!({ "id": "AA", "response": {} })] {
        let asked = begin(seat).await;
        assert_eq!(answer(seat, &asked["challenge"], credential).await, Err("unreadable-credential".to_owned()));
    }
    enter(seat, &mut device).await.unwrap();
    // Wrong ones count as wrong passwords do.
    device.key = Key::es256();
    for _ in 0..5 {
        assert_eq!(enter(seat, &mut device).await, Err("wrong-login".to_owned()));
    }
    assert_eq!(enter(seat, &mut device).await, Err("account-locked".to_owned()));
    let (_, alerts) = call(seat, &security, "GET", "/alerts", &Value::Null).await;
    assert_eq!(alerts["items"][0]["action"], "login.locked", "{alerts}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_opens_one_session_of_a_hundred() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let (_, mut device) = holder(seat, "wang", "viewer").await;
    let asked = begin(seat).await;
    let shown = device.get(&asked["publicKey"]);
    let all = join_all((0..100).map(|_| answer(seat, &asked["challenge"], shown.clone()))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    assert!(all.iter().flat_map(|one| one.as_ref().err()).all(|code| code == "unknown-challenge"), "{all:?}");
    // What was signed for one challenge is nothing for the next.
    let next = begin(seat).await;
    assert_eq!(answer(seat, &next["challenge"], shown).await, Err("wrong-login".to_owned()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_goes_back_is_refused_and_told() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let security = one(seat, "sec", Role::Security).await;
    let (_, mut device) = holder(seat, "wang", "viewer").await;
    enter(seat, &mut device).await.unwrap();
    device.counter = 6;
    enter(seat, &mut device).await.unwrap();
    for last in [6, 2, 0] {
        // What the device says is one more: 7 was said already.
        device.counter = last;
        assert_eq!(enter(seat, &mut device).await, Err("wrong-login".to_owned()), "{last}");
    }
    let (_, alerts) = call(seat, &security, "GET", "/alerts", &Value::Null).await;
    assert_eq!((&alerts["items"][0]["action"], &alerts["items"][0]["actor"]), (&json!("login.cloned"), &json!("wang")));
    device.counter = 100;
    enter(seat, &mut device).await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_cannot_be_used_is_not_opened_by_a_passkey_either() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let system = one(seat, "sys", Role::System).await;
    let security = one(seat, "sec", Role::Security).await;
    let (_, mut device) = holder(seat, "wang", "viewer").await;
    check(seat, &system, "/users/wang/disabling", json!({}), "").await;
    assert_eq!(enter(seat, &mut device).await, Err("account-disabled".to_owned()));
    check(seat, &system, "/users/wang/enabling", json!({}), "").await;
    let token = enter(seat, &mut device).await.unwrap();
    let (_, people) = call(seat, &security, "GET", "/users", &Value::Null).await;
    let wang = people["items"].as_array().unwrap().iter().find(|one| one["name"] == "wang").unwrap();
    assert_eq!(wang["secondFactor"], true);
    // Lost, and reset: passkeys go too.
    let info = check(seat, &security, "/users/wang/second-factor/reset", json!({}), "").await;
    assert_eq!(info["secondFactor"], false);
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 401);
    assert_eq!(enter(seat, &mut device).await, Err("wrong-login".to_owned()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_cut_off() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'a'; 64 * 1024]));
    let request = reqwest::Client::new().post(format!("{}/api/v1/login/passkey", seat.address));
    let sent = request.header("content-type", "application/json").body(reqwest::Body::wrap_stream(chunks)).send();
    // The connection may be closed before the answer is read; what does not happen is that it goes on.
    let answer = tokio::time::timeout(std::time::Duration::from_secs(30), sent).await.unwrap();
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
    world.stop().await;
}
