//! Login: locks, second factor, sessions, passwords. NDI-TR-2025-03 §9.2.1.

use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_core::user::totp;
use xinyu_testkit::world::Seat;

use super::people::{Like, PASSWORD, add, call, check, log_in, one, world};

async fn viewer(seat: &Seat, name: &str) {
    add(seat, name, Like { role: "viewer", ..Like::default() }).await;
}

fn err<T>(code: &str) -> Result<T, String> {
    Err(code.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_9_2_1_b_five_failures_lock_and_tell_the_security_administrator() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    viewer(seat, "wang").await;
    let security = one(seat, "sec", Role::Security).await;
    for _ in 0..5 {
        assert_eq!(log_in(seat, "wang", "Wrong-2026!", None).await, err("wrong-login"));
        assert_eq!(log_in(seat, "nobody", "Wrong-2026!", None).await, err("wrong-login"), "looks the same");
    }
    assert_eq!(log_in(seat, "wang", PASSWORD, None).await, err("account-locked"), "even with the right one");
    let (_, alerts) = call(seat, &security, "GET", "/alerts", &Value::Null).await;
    let first = &alerts["items"][0];
    assert_eq!((first["action"].as_str(), first["object"].as_str()), (Some("login.locked"), Some("wang")), "{alerts}");
    assert_eq!(first["ip"], "127.0.0.1");
    check(seat, &security, "/users/wang/unlocking", json!({}), "").await;
    log_in(seat, "wang", PASSWORD, None).await.unwrap();
    let audit = one(seat, "aud", Role::Audit).await;
    let (_, log) = call(seat, &audit, "GET", "/audit?actor=wang&action=login&limit=500", &Value::Null).await;
    let results: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|one| one["result"].as_str().unwrap()).collect();
    let wrong = "wrong-password";
    assert_eq!(results, ["done", "account-locked", "done", wrong, wrong, wrong, wrong, wrong], "newest first");
    assert!(!log.to_string().contains("nobody"), "what is no name may be a password");
    let (_, verified) = call(seat, &audit, "GET", "/audit/verification", &Value::Null).await;
    assert_eq!(verified["ok"], true, "{verified}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_once_do_not_get_more_attempts_than_one_after_the_other() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    viewer(seat, "wang").await;
    join_all((0..12).map(|_| log_in(seat, "wang", "Wrong-2026!", None))).await;
    assert_eq!(log_in(seat, "wang", PASSWORD, None).await, err("account-locked"));
    world.stop().await;
}

/// Sets up a second factor: the secret, and the recovery codes.
pub(crate) async fn enrol(seat: &Seat, token: &str) -> (Vec<u8>, Vec<String>, String) {
    check(seat, token, "/me/second-factor", json!({ "password": "Wrong-2026!" }), "wrong-password").await;
    let made = check(seat, token, "/me/second-factor", json!({ "password": PASSWORD }), "").await;
    assert!(
        made["uri"].as_str().unwrap().starts_with("otpauth://totp/") && made["svg"].as_str().unwrap().contains("<svg")
    );
    let secret = base32(made["secret"].as_str().unwrap());
    check(seat, token, "/me/second-factor/confirmation", json!({ "code": "000000" }), "wrong-code").await;
    let code = totp::code_at(&secret, now(seat)).unwrap();
    let codes = check(seat, token, "/me/second-factor/confirmation", json!({ "code": code }), "").await;
    let codes = codes["recoveryCodes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect(), code)
}

pub(crate) fn now(seat: &Seat) -> u64 {
    u64::try_from(seat.node.store.clock().now().as_second()).unwrap()
}

/// RFC 4648, without a library: an oracle of our own for what the API says.
fn base32(text: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let (mut count, mut bytes) = (0, Vec::new());
    for letter in text.bytes() {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits = bits << 5 | u64::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_25_a_one_time_code_counts_once_of_a_hundred() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    viewer(seat, "wang").await;
    let token = log_in(seat, "wang", PASSWORD, None).await.unwrap();
    let (secret, codes, used) = enrol(seat, &token).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(log_in(seat, "wang", PASSWORD, None).await, err("second-factor-needed"));
    assert_eq!(log_in(seat, "wang", PASSWORD, Some(&used)).await, err("wrong-login"), "used by the enrolment");
    // The next step, which the clock's tolerance accepts already.
    let next = totp::code_at(&secret, now(seat) + 30).unwrap();
    let audit = one(seat, "aud", Role::Audit).await;
    let outcomes = join_all((0..100).map(|_| log_in(seat, "wang", PASSWORD, Some(&next)))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    // The others locked the account, as guesses do.
    assert_eq!(log_in(seat, "wang", PASSWORD, Some(&codes[0])).await, err("account-locked"));
    let security = one(seat, "sec", Role::Security).await;
    check(seat, &security, "/users/wang/unlocking", json!({}), "").await;
    let token = log_in(seat, "wang", PASSWORD, Some(&codes[0])).await.unwrap();
    let (_, me) = call(seat, &token, "GET", "/me", &Value::Null).await;
    assert_eq!(me["secondFactor"], true);
    assert_eq!(log_in(seat, "wang", PASSWORD, Some(&codes[0])).await, err("wrong-login"), "a recovery code too");
    log_in(seat, "wang", PASSWORD, Some(&codes[1].to_uppercase())).await.unwrap();
    check(seat, &security, "/users/wang/second-factor/reset", json!({}), "").await;
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 401, "sessions end with it");
    log_in(seat, "wang", PASSWORD, None).await.unwrap();
    let (_, log) = call(seat, &audit, "GET", "/audit?limit=500", &Value::Null).await;
    assert!(!log.to_string().contains(&next) && !log.to_string().contains(PASSWORD), "no secret stands in the log");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_25_a_session_is_new_at_every_login_and_ends() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    viewer(seat, "wang").await;
    let planted = "a".repeat(64);
    let body = json!({ "name": "wang", "password": PASSWORD });
    let (_, first) = call(seat, &planted, "POST", "/login", &body).await;
    assert_ne!(first["token"], planted.as_str(), "a token that was brought along is not taken over");
    assert_eq!(call(seat, &planted, "GET", "/me", &Value::Null).await.0, 401);
    let first = first["token"].as_str().unwrap().to_owned();
    let second = log_in(seat, "wang", PASSWORD, None).await.unwrap();
    assert_ne!(first, second);
    let (_, sessions) = call(seat, &second, "GET", "/me/sessions", &Value::Null).await;
    let other = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
    assert!(!sessions.to_string().contains(&first) && !sessions.to_string().contains(&second), "no token is shown");
    viewer(seat, "li").await;
    let li = log_in(seat, "li", PASSWORD, None).await.unwrap();
    let path = format!("/me/sessions/{}/end", other["sessionId"].as_str().unwrap());
    check(seat, &li, &path, json!({}), "unknown-session").await;
    check(seat, &second, &path, json!({}), "").await;
    assert_eq!(call(seat, &first, "GET", "/me", &Value::Null).await.0, 401);
    let most = usize::try_from(seat.node.access.rules.sessions).unwrap();
    let mut tokens = vec![second];
    for _ in 0..most {
        tokens.push(log_in(seat, "wang", PASSWORD, None).await.unwrap());
    }
    assert_eq!(call(seat, &tokens[0], "GET", "/me", &Value::Null).await.0, 401, "the oldest ended");
    assert_eq!(call(seat, &tokens[1], "GET", "/me", &Value::Null).await.0, 200);
    let last = tokens.last().unwrap();
    check(seat, last, "/me/password", json!({ "old": PASSWORD, "new": "short" }), "weak-password").await;
    check(seat, last, "/me/password", json!({ "old": PASSWORD, "new": "of-Wang-2026" }), "weak-password").await;
    check(seat, last, "/me/password", json!({ "old": PASSWORD, "new": PASSWORD }), "password-used-before").await;
    check(seat, last, "/me/password", json!({ "old": "x", "new": "Another-2026!" }), "wrong-password").await;
    check(seat, last, "/me/password", json!({ "old": PASSWORD, "new": "Another-2026!" }), "").await;
    for token in &tokens {
        assert_eq!(call(seat, token, "GET", "/me", &Value::Null).await.0, 401, "all ended with the password");
    }
    let token = log_in(seat, "wang", "Another-2026!", None).await.unwrap();
    check(seat, &token, "/me/password", json!({ "old": "Another-2026!", "new": PASSWORD }), "password-used-before")
        .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_recovered_at_the_machine_leaves_a_mark() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    viewer(seat, "wang").await;
    let token = log_in(seat, "wang", PASSWORD, None).await.unwrap();
    enrol(seat, &token).await;
    let recover = |name: &'static str, secret: &str| {
        let (store, secret) = (seat.node.store.clone(), secret.to_owned());
        async move { xinyu_shell::recovery::recover(&store, name, secret).await }
    };
    recover("nobody", "Recovered-2026!").await.unwrap_err();
    recover("wang", "short").await.unwrap_err();
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 200, "nothing was changed");
    recover("wang", "Recovered-2026!").await.unwrap();
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 401, "sessions end");
    assert_eq!(log_in(seat, "wang", PASSWORD, None).await, err("wrong-login"));
    let token = log_in(seat, "wang", "Recovered-2026!", None).await.unwrap();
    let (_, me) = call(seat, &token, "GET", "/me", &Value::Null).await;
    assert_eq!(
        (&me["secondFactor"], &me["toDo"][0], &me["role"]),
        (&json!(false), &json!("password"), &json!("viewer"))
    );
    let security = one(seat, "sec", Role::Security).await;
    let (_, alerts) = call(seat, &security, "GET", "/alerts", &Value::Null).await;
    let first = &alerts["items"][0];
    assert_eq!((first["action"].as_str(), first["object"].as_str()), (Some("user.recover"), Some("wang")), "{alerts}");
    world.stop().await;
}
