//! The picture that has to be read when logging in failed a few times, and only then. TC609-6-2025-11 §10.2.4 c.

use futures::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_testkit::world::Seat;

use super::people::{Like, PASSWORD, add, call, captcha, check, log_in_with, one, world};

const WRONG: &str = "Wrong-2026!";

fn body(name: &str, password: &str) -> Value {
    json!({ "name": name, "password": password })
}

fn reading(name: &str, password: &str, captcha: &Value) -> Value {
    json!({ "name": name, "password": password, "captcha": captcha })
}

fn err(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

/// How often the account failed, as the lock counts it.
async fn failures(seat: &Seat, audit: &str) -> usize {
    let (_, log) = call(seat, audit, "GET", "/audit?actor=wang&action=login&limit=500", &Value::Null).await;
    log["items"].as_array().unwrap().iter().filter(|one| one["result"] == "wrong-password").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_11_10_2_4_c_after_two_failures_a_picture_is_read_first() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    add(seat, "wang", Like { role: "viewer", ..Like::default() }).await;
    let audit = one(seat, "aud", Role::Audit).await;
    for name in ["wang", "nobody"] {
        // Known or not, it is the same.
        assert_eq!(log_in_with(seat, &body(name, WRONG)).await, err("wrong-login"));
        assert_eq!(log_in_with(seat, &body(name, WRONG)).await, err("wrong-login"));
        assert_eq!(log_in_with(seat, &body(name, PASSWORD)).await, err("captcha-needed"), "even the right one");
    }
    assert_eq!(failures(seat, &audit).await, 2);
    // What is read wrongly costs nothing but the picture.
    let right = captcha(seat).await;
    let wrong = json!({ "captcha": right["captcha"], "answer": "00000" });
    assert_eq!(log_in_with(seat, &reading("wang", PASSWORD, &wrong)).await, err("wrong-captcha"));
    assert_eq!(log_in_with(seat, &reading("wang", PASSWORD, &right)).await, err("wrong-captcha"), "it was used");
    for id in ["", "x", &"0".repeat(64)] {
        let made_up = json!({ "captcha": id, "answer": "" });
        assert_eq!(log_in_with(seat, &reading("wang", PASSWORD, &made_up)).await, err("wrong-captcha"));
    }
    let passkey = check(seat, "", "/login/passkey/challenge", Value::Null, "").await;
    let other = json!({ "captcha": passkey["challenge"], "answer": "" });
    assert_eq!(log_in_with(seat, &reading("wang", PASSWORD, &other)).await, err("wrong-captcha"), "another purpose");
    assert_eq!(failures(seat, &audit).await, 2, "no password was looked at");
    // Read rightly, in small letters, with a wrong password: that counts.
    let read = captcha(seat).await;
    let small = json!({ "captcha": read["captcha"], "answer": format!(" {} ", read["answer"].as_str().unwrap().to_lowercase()) });
    assert_eq!(log_in_with(seat, &reading("wang", WRONG, &small)).await, err("wrong-login"));
    assert_eq!(failures(seat, &audit).await, 3);
    log_in_with(seat, &reading("wang", PASSWORD, &captcha(seat).await)).await.unwrap();
    assert_eq!(log_in_with(seat, &body("wang", WRONG)).await, err("wrong-login"), "a clean slate");
    log_in_with(seat, &body("wang", PASSWORD)).await.unwrap();
    let body = json!({ "name": "wang", "password": PASSWORD, "captcha": "x" });
    check(seat, "", "/login", body, "unexpected-json").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_good_for_one_attempt_of_a_hundred() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    for _ in 0..2 {
        log_in_with(seat, &body("nobody", WRONG)).await.unwrap_err();
    }
    let sent = reading("nobody", WRONG, &captcha(seat).await);
    let all = join_all((0..100).map(|_| log_in_with(seat, &sent))).await;
    assert_eq!(all.iter().filter(|one| **one == err("wrong-login")).count(), 1, "{all:?}");
    assert_eq!(all.iter().filter(|one| **one == err("wrong-captcha")).count(), 99, "{all:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_at_once_are_no_more_than_attempts_in_turn() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let wrong = body("nobody", WRONG);
    let all = join_all((0..20).map(|_| log_in_with(seat, &wrong))).await;
    assert_eq!(all.iter().filter(|one| **one == err("wrong-login")).count(), 2, "{all:?}");
    assert_eq!(all.iter().filter(|one| **one == err("captcha-needed")).count(), 18, "{all:?}");
    world.stop().await;
}

/// Logs in from an address, as a gateway on this machine tells it: the code.
async fn from(seat: &Seat, client: &Client, ip: &str, name: &str, password: &str) -> String {
    let request = client.post(format!("{}/api/v1/login", seat.address)).header("x-forwarded-for", ip);
    let answer: Value = request.json(&body(name, password)).send().await.unwrap().json().await.unwrap();
    answer["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_tries_many_names_from_one_address_reads_a_picture_for_each() {
    let (_folder, world) = world(0).await;
    let (seat, client) = (&world.platform, Client::new());
    add(seat, "wang", Like { role: "viewer", ..Like::default() }).await;
    for host in 0..10 {
        let ip = format!("2001:db8:1:2::{host:x}");
        assert_eq!(from(seat, &client, &ip, &format!("n{host}"), WRONG).await, "wrong-login");
    }
    assert_eq!(from(seat, &client, "2001:db8:1:2:ffff::1", "wang", PASSWORD).await, "captcha-needed", "one network");
    assert_eq!(from(seat, &client, "2001:db8:1:3::1", "wang", PASSWORD).await, "", "another one");
    assert_eq!(from(seat, &client, "192.0.2.1", "wang", PASSWORD).await, "");
    world.stop().await;
}
