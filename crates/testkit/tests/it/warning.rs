//! Early warnings and exceptions of contracts, with real servers. TC609-6-2025-14 §7.5 c.

use std::sync::Arc;

use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_http::ApiError;
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, WorldOptions};

use crate::access::people::{check, one};
use crate::termination::stage::{Stage, act, agreement, refused};

/// A contract in force under which data may be read so often, its data delivered.
async fn counted(stage: &Stage, key: &str, uses: u64) -> String {
    let limit = json!({ "constraintName": "count", "constraintOperator": "lteq", "constraintValue": uses.to_string() });
    let policies = json!([{ "permissionPolicies": [{ "actions": ["read"], "constraints": [limit] }] }]);
    let contract = stage.filed_under(key, "P30D", policies).await;
    stage.deliver(&contract).await;
    contract
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

/// The warnings of a list with a name that ends so: those that are open, and all.
fn named(list: &Value, name: &str) -> (usize, usize) {
    let all = items(list).iter().filter(|one| one["name"].as_str().unwrap().contains(name));
    (all.clone().filter(|one| one["closedAt"].is_null()).count(), all.count())
}

/// What a seat warns of, once so many with a name are open, and so many were there in all.
async fn warned(seat: &Seat, name: &str, expect: (usize, usize)) -> Value {
    let is_so = |list: &Value| named(list, name) == expect;
    match seat.until("/warnings", is_so).await {
        Ok(list) => list,
        Err(error) => panic!("{name}: {error}: {:#}", seat.get::<Value>("/warnings").await.unwrap()),
    }
}

async fn uses(stage: &Stage, contract: &str, keys: &[&str]) {
    for key in keys {
        assert_eq!(stage.ask(contract, key).await.0, "done", "{key}");
    }
}

/// Uses until there were so many in all.
async fn use_up(stage: &Stage, contract: &str, from: u32, to: u32) {
    for number in from..to {
        uses(stage, contract, &[format!("u{number}").as_str()]).await;
    }
}

/// How often a kind of record about a warning with a name is in the log.
fn told(life: &Value, kind: &str, words: &str) -> usize {
    let events = life["events"].as_array().unwrap().iter();
    events.filter(|event| event["kind"] == kind && event["text"]["zh"].as_str().unwrap().contains(words)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_quota_that_nears_its_end_is_warned_of_once_by_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = counted(&stage, "counted", 20).await;
    let sides = [&stage.consumer().seat, &stage.provider().seat];
    use_up(&stage, &contract, 0, 16).await;
    for seat in sides {
        let list = warned(seat, "-80", (1, 1)).await;
        let one = &items(&list)[0];
        assert_eq!((&one["contractId"], &one["severity"]), (&json!(contract), &json!("warning")), "{one}");
        assert!(one["text"]["zh"].as_str().unwrap().contains("16/20") && one["next"]["en"] != "", "{one}");
        let overview: Value = seat.get("/overview").await.unwrap();
        let count = overview["counters"].as_array().unwrap().iter().find(|one| one["name"] == "warnings").unwrap();
        assert_eq!(count["value"], 1);
    }
    // Another reason to look is no other warning.
    let _ = act(sides[0], &contract, "performance", json!({})).await.unwrap();
    use_up(&stage, &contract, 16, 19).await;
    for seat in sides {
        warned(seat, "-95", (1, 1)).await;
        warned(seat, "-80", (0, 1)).await;
        let serious: Value = seat.get("/warnings?open=true&severity=serious").await.unwrap();
        assert_eq!(named(&serious, "quota-"), (1, 1));
        let closed: Value = seat.get(&format!("/warnings?open=false&contract={contract}")).await.unwrap();
        assert_eq!(named(&closed, "quota-"), (0, 1));
        let others: Value = seat.get("/warnings?contract=C0").await.unwrap();
        assert!(items(&others).is_empty());
        for filter in ["open=maybe", "severity=awful", "severity=Serious"] {
            let answer: Result<Value, ApiError> = seat.api.get(&format!("/api/v1/warnings?{filter}")).await;
            refused(answer, "warning-filter");
        }
    }
    // The last use ends the contract, and with it what was warned of.
    use_up(&stage, &contract, 19, 20).await;
    for seat in sides {
        warned(seat, "quota-", (0, 2)).await;
    }
    let all_told = |life: &Value| told(life, "warning.closed", "约定次数") == 4;
    let life = stage.life(&contract, all_told).await;
    assert_eq!(told(&life, "warning.raised", "约定次数"), 4, "each side tells of each once");
    stage.world.stop().await;
}

/// Provider and consumer, with a line to the provider that can fail.
async fn wired(folder: &std::path::Path) -> (Stage, Arc<Line>) {
    let line = Arc::new(Line::open().await.unwrap());
    let members = [0, 1, 2].map(|organisation| MemberOptions {
        organisation,
        is_consumer: organisation == 1,
        is_regulator: organisation == 2,
        line: (organisation == 0).then(|| Arc::clone(&line)),
        ..MemberOptions::default()
    });
    (Stage::among(folder, Engine::Memory, members.into(), WorldOptions::default()).await, line)
}

/// The exceptions of a seat, once the first one is so.
async fn failed(seat: &Seat, is_so: impl Fn(&Value) -> bool) -> Value {
    let list: Value = seat.until("/exceptions", |list: &Value| items(list).first().is_some_and(&is_so)).await.unwrap();
    items(&list)[0].clone()
}

async fn decide(seat: &Seat, id: &Value, action: &str, reason: &str) -> Result<Value, ApiError> {
    let body = json!({ "action": action, "reason": reason });
    seat.api.post(&format!("/api/v1/exceptions/{id}/decision"), &body).await
}

/// Sets a message aside between two attempts.
async fn set_aside(seat: &Seat, id: &Value, reason: &str) -> Value {
    loop {
        match decide(seat, id, "set_aside", reason).await {
            Err(ApiError::Problem(problem)) if problem.code == "exception-under-way" => {}
            answer => return answer.unwrap(),
        }
    }
}

/// Sets aside the next one that is tried again: each use is told of twice, when it begins and when it ends.
async fn set_next_aside(seat: &Seat, reason: &str) -> Value {
    let retrying = |list: &Value| items(list).iter().find(|one| one["state"] == "retrying").cloned();
    let list: Value = seat.until("/exceptions", |list| retrying(list).is_some()).await.unwrap();
    set_aside(seat, &retrying(&list).unwrap()["id"], reason).await
}

/// Waits until nothing of a name is open.
async fn quiet(seat: &Seat, name: &str) {
    let _: Value = seat.until("/warnings", |list: &Value| named(list, name).0 == 0).await.unwrap();
}

/// How many uses the provider has heard of, once it is so many.
async fn heard(stage: &Stage, contract: &str, uses: u64) {
    let seat = &stage.provider().seat;
    agreement(seat, contract, |agreement| agreement["meter"]["uses"] == uses).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_message_that_holds_up_others_is_set_aside_and_sent_once_the_way_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let (stage, line) = wired(folder.path()).await;
    let contract = stage.contract("stuck", "P30D", &["read"]).await;
    let seat = &stage.consumer().seat;
    let strike = line.strike("stuck-use", Fault::RequestLost);
    uses(&stage, &contract, &["stuck-use", "next-use"]).await;
    let one = failed(seat, |one| one["attempts"].as_u64().unwrap() >= 6).await;
    let id = &one["id"];
    assert_eq!((&one["state"], &one["contractId"]), (&json!("retrying"), &json!(contract)), "{one}");
    assert_eq!((&one["behind"], &one["moves"]), (&json!(3), &json!(["retry", "set_aside"])), "{one}");
    warned(seat, "messages-retried", (1, 1)).await;

    // What is not possible is refused, and changes nothing.
    let viewer = self::one(&stage.consumer().seat, "wang", Role::Viewer).await;
    let path = format!("/exceptions/{id}/decision");
    check(seat, &viewer, &path, json!({ "action": "retry" }), "role-needed").await;
    check(seat, "", &path, json!({ "action": "retry" }), "not-logged-in").await;
    for (id, action, reason, code) in [
        (id.clone(), "give_up", "", "exception-reason"),
        (id.clone(), "set_aside", "  ", "exception-reason"),
        (id.clone(), "forget", "x", "exception-action"),
        (id.clone(), "give_up", "等不及", "exception-not-set-aside"),
        (json!(999_999), "retry", "", "unknown-exception"),
        (json!("x"), "retry", "", "unknown-exception"),
        (json!(-1), "give_up", "x", "unknown-exception"),
    ] {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let (path, body) = (format!("/api/v1/exceptions/{id}/decision"), json!({ "action": action, "reason": reason }));
        refused(seat.api.post(&path, &body).await, code);
    }
    let there = failed(seat, |_| true).await;
    assert_eq!((&there["id"], &there["state"]), (id, &json!("retrying")));

    // Set aside: what waits behind it goes on.
    let aside = set_aside(seat, id, "提供方线路故障").await;
    assert_eq!((&aside["state"], &aside["reason"]), (&json!("set_aside"), &json!("提供方线路故障")), "{aside}");
    let second = set_next_aside(seat, "提供方线路故障").await["id"].clone();
    heard(&stage, &contract, 1).await;
    warned(seat, "messages-set-aside", (1, 1)).await;
    warned(seat, "messages-retried", (0, 1)).await;
    refused(decide(seat, id, "set_aside", "again").await, "exception-set-aside");

    // Tried before the way is free it fails as before; after, it arrives once.
    assert_eq!(decide(seat, id, "retry", "").await.unwrap()["state"], "retrying");
    strike.lift();
    assert_eq!(decide(seat, &second, "retry", "").await.unwrap()["state"], "retrying");
    heard(&stage, &contract, 2).await;
    let _: Value = seat.until("/exceptions", |list: &Value| items(list).is_empty()).await.unwrap();
    quiet(seat, "messages-").await;
    for action in ["retry", "give_up"] {
        refused(decide(seat, id, action, "x").await, "exception-delivered");
    }
    uses(&stage, &contract, &["last-use"]).await;
    heard(&stage, &contract, 3).await;
    let decided = |life: &Value| (told(life, "exception.set_aside", "线路故障"), told(life, "exception.retried", ""));
    let raised = |life: &Value| told(life, "warning.raised", "消息未送达");
    let all_told = |life: &Value| decided(life) == (2, 2) && told(life, "warning.closed", "消息未送达") == raised(life);
    let life = stage.life(&contract, all_told).await;
    assert!(raised(&life) >= 2, "{life}");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_what_is_given_up_lets_the_next_go_on_and_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (stage, line) = wired(folder.path()).await;
    let contract = stage.contract("lost", "P30D", &["read"]).await;
    let seat = &stage.consumer().seat;
    let strike = line.strike("lost-use", Fault::RequestLost);
    uses(&stage, &contract, &["lost-use", "next-use"]).await;
    let mut lost = Vec::new();
    for _ in 0..2 {
        lost.push(set_next_aside(seat, "对方不收").await["id"].clone());
    }
    warned(seat, "messages-set-aside", (1, 1)).await;
    for id in &lost {
        let gone = decide(seat, id, "give_up", " 已电话告知对方 ").await.unwrap();
        assert_eq!((&gone["state"], &gone["moves"]), (&json!("given_up"), &json!([])), "{gone}");
        assert_eq!((&gone["reason"], gone["decidedBy"].is_string()), (&json!("已电话告知对方"), true), "{gone}");
        for action in ["retry", "set_aside", "give_up"] {
            refused(decide(seat, id, action, "x").await, "exception-given-up");
        }
    }
    heard(&stage, &contract, 1).await;
    warned(seat, "messages-set-aside", (0, 1)).await;
    strike.lift();
    uses(&stage, &contract, &["last-use"]).await;
    heard(&stage, &contract, 2).await;
    // It is still there to be read, at its contract too, and nobody waits for it.
    let list: Value = seat.get(&format!("/exceptions?contract={contract}")).await.unwrap();
    assert_eq!((items(&list).len(), &items(&list)[0]["state"]), (2, &json!("given_up")));
    let other: Value = seat.get("/exceptions?contract=C0").await.unwrap();
    assert!(items(&other).is_empty());
    let life = stage.life(&contract, |life| told(life, "exception.given_up", "电话") == 2).await;
    assert_eq!(told(&life, "exception.set_aside", "对方不收"), 2);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_crash_between_a_reason_and_its_warning_loses_nothing_and_raises_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::begin(folder.path(), Engine::File).await;
    let contract = counted(&stage, "crashing", 20).await;
    use_up(&stage, &contract, 0, 16).await;
    stage.world.crash(1).await.unwrap();
    warned(&stage.consumer().seat, "quota-", (1, 1)).await;
    stage.world.crash(1).await.unwrap();
    use_up(&stage, &contract, 16, 19).await;
    stage.world.crash(1).await.unwrap();
    warned(&stage.consumer().seat, "-95", (1, 1)).await;
    warned(&stage.consumer().seat, "-80", (0, 1)).await;
    warned(&stage.provider().seat, "-95", (1, 1)).await;
    let all_told = |life: &Value| told(life, "warning.raised", "约定次数") >= 4;
    let life = stage.life(&contract, all_told).await;
    assert_eq!(told(&life, "warning.raised", "约定次数"), 4, "two steps on two sides");
    stage.world.stop().await;
}
