//! Derived data and onward transfer: the policy travels along, each hop is signed by both sides and filed, and the end of the contract reaches every receiver.
//! TC609-6-2025-14 C.5 `distribute`, `grantUse`, `plicyTransmit`; TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 i.

mod forged;

use crate::termination::stage::{QUERY, Stage, act, ending, refused};
use serde_json::{Value, json};
use xinyu_core::{derived, onward};
use xinyu_http::ApiError;
use xinyu_testkit::world::{Engine, MemberOptions, Seat, WorldOptions};

/// The codes of the members to whom something can be handed on.
const THIRD: &str = "91120100MA7XYU322M";
const FOURTH: &str = "91510100MA7XYU437J";

/// Provider, consumer, regulator, and two more that only consume.
async fn begin(folder: &std::path::Path, engine: Engine) -> Stage {
    let members = [0, 1, 2, 3, 4].map(|organisation| MemberOptions {
        organisation,
        is_consumer: matches!(organisation, 1 | 3 | 4),
        is_regulator: organisation == 2,
        ..MemberOptions::default()
    });
    Stage::among(folder, engine, members.into(), WorldOptions::default()).await
}

fn constraint(name: &str, operator: &str, value: &str) -> Value {
    json!({ "constraintName": name, "constraintOperator": operator, "constraintValue": value })
}

/// What may be done: used, kept, taken out, and handed on to the two.
fn policies(of_use: Value, of_hop: Value) -> Value {
    let mut named = vec![constraint("subject", "isAnyOf", &format!("{THIRD},{FOURTH}"))];
    named.extend(of_hop.as_array().unwrap().clone());
    json!([{ "permissionPolicies": [
        { "actions": ["read", "storage", "export"], "constraints": of_use },
        { "actions": ["distribute", "plicyTransmit"], "constraints": named },
    ] }])
}

async fn contract(stage: &Stage, key: &str, policies: Value) -> String {
    let contract = stage.filed_under(key, "P30D", policies).await;
    stage.deliver(&contract).await;
    contract
}

fn hop(id: &str, contract: &str, receiver: &str, more: Value) -> Value {
    let mut new = json!({
        "onwardId": id, "contractId": contract, "receiver": receiver, "action": "distribute", "purpose": "联合分析",
    });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    new
}

async fn ask(seat: &Seat, path: &str, body: Value) -> Result<Value, ApiError> {
    seat.api.post(&format!("/api/v1{path}"), &body).await
}

/// A use at a seat: its state, and the first clause that decided.
async fn used(seat: &Seat, new: Value) -> (String, String) {
    let made = ask(seat, "/uses", new).await.unwrap();
    let clause = made["reasons"][0]["clause"].as_str().unwrap_or_default().to_owned();
    (made["state"].as_str().unwrap().to_owned(), clause)
}

fn read(key: &str, contract: &str) -> Value {
    json!({ "useId": key, "contractId": contract, "action": "read", "query": QUERY })
}

/// A hop on one side, once it stands there.
async fn stands(seat: &Seat, id: &str, state: &str) -> Value {
    let is_so =
        |all: &Value| all["items"].as_array().unwrap().iter().any(|one| one["onwardId"] == id && one["state"] == state);
    let _: Value = seat.until("/onward", is_so).await.unwrap();
    seat.get(&format!("/onward/{id}")).await.unwrap()
}

/// Handed on, taken, and arrived.
async fn arrived(from: &Seat, to: &Seat, new: Value) {
    let id = new["onwardId"].as_str().unwrap().to_owned();
    let made = ask(from, "/onward", new).await.unwrap();
    assert_eq!(made["state"], "done", "{made}");
    stands(to, &id, "offered").await;
    let _ = ask(to, &format!("/onward/{id}/answer"), json!({ "take": true })).await.unwrap();
    for seat in [to, from] {
        stands(seat, &id, "received").await;
    }
}

async fn end(stage: &Stage, contract: &str) {
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let new = json!({ "terminationId": "end-1", "reason": "业务调整" });
    let id = new["terminationId"].clone();
    let _ = act(provider, contract, "termination", new).await.unwrap();
    ending(consumer, contract, |end| end["proposals"][0]["state"] == "proposed").await;
    let agree = json!({ "terminationId": id, "action": "agree" });
    let _ = act(consumer, contract, "termination/decision", agree).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_i_a_result_that_is_kept_stays_under_the_policy_and_goes_with_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let consumer = &stage.consumer().seat;
    let bare = stage.contract("bare", "P30D", &["read"]).await;
    let keep = |key: &str, contract: &str, id: &str| {
        let mut new = read(key, contract);
        new["query"] = json!("SELECT city, sum(visitors) AS visitors FROM airports GROUP BY city");
        new["keep"] = json!(id);
        new
    };
    // Where the contract does not let a result stay, it does not; what is no name is told.
    assert_eq!(used(consumer, keep("n1", &bare, "d0")).await, ("refused".to_owned(), "/contractPolicies".to_owned()));
    refused(ask(consumer, "/uses", keep("n2", &bare, "../x")).await, "derived-id");
    let mut without = keep("n3", &bare, "d0");
    without["query"] = Value::Null;
    refused(ask(consumer, "/uses", without).await, "nothing-to-keep");

    let fields = json!([constraint("dataField", "isAllOf", "airports.city,airports.visitors")]);
    let contract = contract(&stage, "kept", policies(fields, json!([]))).await;
    let made = ask(consumer, "/uses", keep("k1", &contract, "d1")).await.unwrap();
    assert_eq!((&made["state"], &made["kept"]), (&json!("done"), &json!("d1")), "{made}");
    refused(ask(consumer, "/uses", keep("k2", &contract, "d1")).await, "derived-taken");
    let seen: Value = consumer.get("/derived/d1").await.unwrap();
    let lineage = &seen["lineage"];
    assert_eq!((&lineage["useId"], &lineage["inputs"][0]["contractId"]), (&json!("k1"), &json!(contract)));
    assert_eq!((&lineage["rows"], &seen["state"]), (&json!(3), &json!("held")));
    assert!(!seen["clauses"].as_array().unwrap().is_empty());

    // It is used like what was delivered, and what is made of it says so.
    let of = |key: &str, more: Value| {
        let mut new = read(key, &contract);
        new["query"] = json!("SELECT city FROM derived WHERE visitors > 1000");
        new["derived"] = json!("d1");
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    };
    let made = ask(consumer, "/uses", of("k3", json!({ "keep": "d2" }))).await.unwrap();
    assert_eq!((&made["state"], &made["result"]["rows"]), (&json!("done"), &json!([["上海"]])), "{made}");
    let second: Value = consumer.get("/derived/d2").await.unwrap();
    assert_eq!(second["lineage"]["inputs"][0]["derivedId"], "d1");
    assert_eq!(second["lineage"]["inputs"][0]["digest"], lineage["digest"]);
    assert_eq!(second["lineage"]["fields"], lineage["fields"]);
    // Under another contract there is none, and an action that was not agreed is refused for it as well.
    refused(
        ask(consumer, "/uses", {
            let mut new = of("k4", json!({}));
            new["contractId"] = json!(bare);
            new
        })
        .await,
        "unknown-derived",
    );
    assert_eq!(used(consumer, of("k5", json!({ "action": "sell" }))).await.0, "refused");

    // What leaves is one file with policy and lineage, which a stranger verifies; changed it is nothing.
    let left = ask(consumer, "/derived/d1/export", json!({ "useId": "x1" })).await.unwrap();
    assert_eq!(left["use"]["state"], "done", "{left}");
    let bytes = serde_json::to_vec(&left["file"]).unwrap();
    let report = derived::verify_file(&bytes, None).unwrap();
    assert_eq!(report.statement.lineage.derived_id, "d1");
    assert!(derived::verify_file(&bytes, Some("another")).is_err());
    let changes: [(&str, Value); 3] = [
        ("/content/rows/0/0", json!("另一城市")),
        ("/statement/policies", json!([])),
        ("/statement/lineage/inputs/0/digest", json!("00")),
    ];
    for (at, value) in changes {
        let mut file = left["file"].clone();
        *file.pointer_mut(at).unwrap() = value;
        assert!(derived::verify_file(&serde_json::to_vec(&file).unwrap(), None).is_err(), "{at}");
    }

    // With the contract it goes, and the proof names its file.
    end(&stage, &contract).await;
    let life = stage.life(&contract, |life| life["statement"].is_object()).await;
    let events = life["events"].as_array().unwrap();
    let of_kind = |kind: &str| events.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!(of_kind("usage.kept"), 2);
    let proof = events.iter().find(|event| event["kind"] == "usage.destroyed").unwrap();
    assert_eq!(proof["facts"]["files"].as_array().unwrap().len(), 3);
    let _: Value = consumer.until("/derived/d1", |one: &Value| one["state"] == "destroyed").await.unwrap();
    assert_eq!(used(consumer, of("late", json!({}))).await, ("refused".to_owned(), "/contractStatus".to_owned()));
    let late = ask(consumer, "/derived/d1/export", json!({ "useId": "x2" })).await.unwrap();
    assert_eq!((&late["use"]["state"], &late["file"]), (&json!("refused"), &Value::Null));
    let vault = std::fs::read_dir(consumer.node.data_dir.join("vault")).unwrap();
    let left = vault.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "xye")).count();
    assert_eq!(left, 1, "what is left is the other contract's");
    assert_eq!(consumer.set_aside().await.unwrap(), Vec::<String>::new());
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_1_b_what_is_granted_goes_on_with_its_policy_and_both_sides_sign() {
    let folder = tempfile::tempdir().unwrap();
    let stage = begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let (third, fourth) = (&stage.world.member(3).unwrap().seat, &stage.world.member(4).unwrap().seat);

    // Not granted, not named, not there: refused, with the clause, and nothing is filed.
    let bare = stage.contract("bare", "P30D", &["read"]).await;
    let made = ask(consumer, "/onward", hop("b1", &bare, THIRD, json!({}))).await.unwrap();
    assert_eq!((&made["state"], &made["decision"]), (&json!("refused"), &json!("deny_by_default")));
    assert_eq!(made["reasons"][0]["clause"], "/contractPolicies");
    let open =
        contract(&stage, "open", json!([{ "permissionPolicies": [{ "actions": ["read", "distribute"] }] }])).await;
    let made = ask(consumer, "/onward", hop("b2", &open, THIRD, json!({}))).await.unwrap();
    assert_eq!(made["reasons"][0]["clause"], "/contractPolicies/0/permissionPolicies/0");
    assert!(made["reasons"][0]["text"]["zh"].as_str().unwrap().contains("分发对象"), "{made}");
    let contract = contract(&stage, "granted", policies(json!([]), json!([]))).await;
    let clause = "/contractPolicies/0/permissionPolicies/1/constraints/0";
    let operator = "91110000MA7XYU007Q";
    for (id, more, code) in [
        ("b3", json!({ "receiver": operator }), "refused-by-platform"),
        ("b4", json!({ "action": "sell" }), "onward-action"),
        ("b5", json!({ "contractId": "C0" }), "unknown-contract"),
        ("../b", json!({}), "derived-id"),
    ] {
        refused(ask(consumer, "/onward", hop(id, &contract, THIRD, more)).await, code);
    }
    let made = ask(consumer, "/onward", hop("b6", &contract, "91310000MA7XYU103F", json!({}))).await.unwrap();
    assert_eq!((&made["state"], &made["reasons"][0]["clause"]), (&json!("refused"), &json!(clause)), "{made}");
    let made = ask(consumer, "/onward", hop("b7", &contract, THIRD, json!({ "action": "grantUse" }))).await.unwrap();
    assert_eq!(made["decision"], "deny_by_default");
    let none: Value = stage.world.platform.get("/onward").await.unwrap();
    assert_eq!(none["items"], json!([]));

    // Granted: derived data and what was delivered, each to one.
    let mut new = read("k1", &contract);
    new["query"] = json!("SELECT city FROM airports");
    new["keep"] = json!("d1");
    assert_eq!(used(consumer, new).await.0, "done");
    let on = json!({ "limits": { "mayHandOn": true } });
    arrived(consumer, third, hop("o1", &contract, THIRD, on.clone())).await;
    assert_eq!(used(third, read("t1", &contract)).await.0, "done");
    let seen = stands(provider, "o1", "received").await;
    assert_eq!(seen["steps"].as_array().unwrap().len(), 3);
    assert!(!seen["clauses"].as_array().unwrap().is_empty());
    let again = ask(consumer, "/onward", hop("o1", &contract, THIRD, on)).await.unwrap();
    assert_eq!((&again["state"], &again["onward"]["state"]), (&json!("done"), &json!("received")));
    refused(ask(consumer, "/onward", hop("k1", &contract, THIRD, json!({}))).await, "onward-taken");
    refused(ask(consumer, "/onward", hop("o2", &contract, THIRD, json!({}))).await, "refused-by-platform");
    refused(ask(third, "/onward/o1/withdrawal", json!({ "reason": "误" })).await, "not-your-move");
    // The third hands on to the fourth, which can go no further.
    arrived(third, fourth, hop("o3", &contract, FOURTH, json!({}))).await;
    assert_eq!(used(fourth, read("f1", &contract)).await.0, "done");
    let made = ask(fourth, "/onward", hop("o4", &contract, THIRD, json!({}))).await.unwrap();
    assert_eq!((&made["state"], &made["decision"]), (&json!("refused"), &json!("deny_by_default")), "{made}");
    let seen = stands(provider, "o3", "received").await;
    assert_eq!(seen["chain"], json!(["o1"]));

    // Evidence: each hop by both sides, and the uses of those who got it; the account of the contract is the consumer's alone.
    let kinds = stage.kinds(&contract).await;
    for (kind, count) in [("onward.offered", 2), ("onward.taken", 2), ("onward.received", 2)] {
        assert_eq!(kinds.iter().filter(|told| *told == kind).count(), count, "{kind} {kinds:?}");
    }
    let bytes = provider.api.get_bytes("/api/v1/onward/o3/file").await.unwrap();
    let (file, _) = onward::verify_file(&bytes, None).unwrap();
    assert_eq!(file.grant.chain, ["o1"]);
    let widened = String::from_utf8(bytes).unwrap().replace("\"mayHandOn\":false", "\"mayHandOn\":true");
    assert!(onward::verify_file(widened.as_bytes(), None).is_err());

    // The regulator's freeze reaches all, and so does the end.
    let _ = stage.order(&contract, "freeze", "z1").await.unwrap();
    for (seat, key) in [(third, "t2"), (fourth, "f2")] {
        let frozen = async |key: &str| used(seat, read(key, &contract)).await;
        let mut number = 0;
        while frozen(&format!("{key}-{number}")).await.1 != "/contractStatus" {
            number += 1;
            assert!(number < 500, "the freeze does not come");
        }
    }
    let _ = stage.order(&contract, "unfreeze", "z2").await.unwrap();
    end(&stage, &contract).await;
    for (seat, id) in [(third, "o1"), (third, "o3"), (fourth, "o3"), (provider, "o1"), (provider, "o3")] {
        stands(seat, id, "destroyed").await;
    }
    stage.life(&contract, |life| life["statement"].is_object()).await;
    assert_eq!(used(fourth, read("f9", &contract)).await, ("refused".to_owned(), "/contractStatus".to_owned()));
    for seat in [&stage.world.platform, provider, consumer, third, fourth] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_i_uses_that_go_on_are_taken_from_those_that_are_left_and_come_back_if_they_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let stage = begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let third = &stage.world.member(3).unwrap().seat;
    let counted = policies(json!([constraint("count", "lteq", "6")]), json!([]));
    let contract = contract(&stage, "counted", counted).await;
    let uses = |uses: u64| json!({ "limits": { "uses": uses } });
    for (id, more) in [("c1", json!({})), ("c2", uses(6))] {
        let made = ask(consumer, "/onward", hop(id, &contract, THIRD, more)).await.unwrap();
        assert_eq!(made["reasons"][0]["clause"], "/contractPolicies/0/permissionPolicies/0/constraints/0", "{made}");
    }
    // Refused by the receiver, they come back; the hop was a use all the same.
    assert_eq!(ask(consumer, "/onward", hop("c3", &contract, THIRD, uses(4))).await.unwrap()["state"], "done");
    stands(third, "c3", "offered").await;
    let _ = ask(third, "/onward/c3/answer", json!({ "take": false, "reason": "用不上" })).await.unwrap();
    stands(consumer, "c3", "refused").await;
    refused(ask(third, "/onward/c3/answer", json!({ "take": true })).await, "not-your-move");
    arrived(consumer, third, hop("c4", &contract, THIRD, uses(2))).await;
    assert_eq!(used(consumer, read("u1", &contract)).await.0, "done");
    for (key, expect) in [("t1", "done"), ("t2", "done"), ("t3", "refused")] {
        assert_eq!(used(third, read(key, &contract)).await.0, expect, "{key}");
    }
    // Six are spoken for: two hops, two that went on, one use, and one more.
    assert_eq!(used(consumer, read("u2", &contract)).await.0, "done");
    assert_eq!(used(consumer, read("u3", &contract)).await.0, "refused");
    for seat in [third, provider] {
        stands(seat, "c4", "destroyed").await;
    }
    stage.life(&contract, |life| life["statement"].is_object()).await;
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_what_is_taken_back_is_destroyed_down_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let stage = begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let (third, fourth) = (&stage.world.member(3).unwrap().seat, &stage.world.member(4).unwrap().seat);
    let contract = contract(&stage, "back", policies(json!([]), json!([]))).await;
    arrived(consumer, third, hop("o1", &contract, THIRD, json!({ "limits": { "mayHandOn": true } }))).await;
    arrived(third, fourth, hop("o2", &contract, FOURTH, json!({}))).await;
    refused(ask(provider, "/onward/o1/withdrawal", json!({ "reason": " " })).await, "onward-statement");
    let _ = ask(provider, "/onward/o1/withdrawal", json!({ "reason": "授权收回" })).await.unwrap();
    for seat in [third, consumer, provider] {
        stands(seat, "o1", "destroyed").await;
    }
    stands(fourth, "o2", "destroyed").await;
    for (seat, key) in [(third, "t1"), (fourth, "f1")] {
        assert_eq!(used(seat, read(key, &contract)).await.0, "refused");
    }
    // The contract itself goes on, and its data can go on again.
    assert_eq!(used(consumer, read("u1", &contract)).await.0, "done");
    arrived(consumer, third, hop("o3", &contract, THIRD, json!({}))).await;
    assert_eq!(used(third, read("t2", &contract)).await.0, "done");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_the_middle_of_a_hop_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = begin(folder.path(), Engine::File).await;
    let contract = contract(&stage, "crash", policies(json!([]), json!([]))).await;
    let made = ask(&stage.consumer().seat, "/onward", hop("o1", &contract, THIRD, json!({}))).await.unwrap();
    assert_eq!(made["state"], "done");
    stands(&stage.world.member(3).unwrap().seat, "o1", "offered").await;
    stage.world.crash(1).await.unwrap();
    let take = json!({ "take": true });
    let _ = ask(&stage.world.member(3).unwrap().seat, "/onward/o1/answer", take).await.unwrap();
    stage.world.crash(3).await.unwrap();
    for at in [3, 1, 0] {
        stands(&stage.world.member(at).unwrap().seat, "o1", "received").await;
    }
    stage.world.crash(3).await.unwrap();
    let third = &stage.world.member(3).unwrap().seat;
    assert_eq!(used(third, read("t1", &contract)).await.0, "done");
    stage.world.stop().await;
}
