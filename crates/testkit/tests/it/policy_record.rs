//! Policies of space and product around contracts: written by one, reviewed by another, sent down as one signed set, and decided by at once, also of uses that run.
//! TC609-6-2025-15 §7.2.2.1 a, b, e, §7.2.2.3, §7.1.2.2, §7.1.2.3.

use std::path::Path;

use serde_json::{Value, json};
use xinyu_core::policy_record::seal;
use xinyu_http::ApiClient;
use xinyu_protocol::tc609::policy_record::PolicySet;
use xinyu_shell::Failure;
use xinyu_shell::peer::post as tell;
use xinyu_testkit::world::{Engine, SPACE, Seat};

use crate::delivery;
use crate::template::{person, post, refused};
use crate::termination::stage::{Stage, agreement};

/// A use that never comes to an end by itself.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(city) FROM n, airports WHERE i < 0";

/// The operator's two managers.
struct Operator {
    li: ApiClient,
    wang: ApiClient,
}

async fn operator(stage: &Stage) -> Operator {
    let platform = &stage.world.platform;
    Operator { li: person(platform, "li", "manager").await, wang: person(platform, "wang", "manager").await }
}

async fn begin(folder: &Path) -> (Stage, Operator) {
    let stage = Stage::begin(folder, Engine::File).await;
    let operator = operator(&stage).await;
    (stage, operator)
}

fn prohibits(id: &str, constraints: Value) -> Value {
    json!({
        "recordId": id, "spaceId": SPACE, "layer": "space", "name": "暂停读取", "kind": "action", "action": "deny", "priority": 5,
        "policy": [{ "prohibitionPolicies": [{ "actions": ["read"], "constraints": constraints }] }],
    })
}

fn path(id: &str, version: u64, what: &str) -> String {
    format!("/policyRecords/{id}/versions/{version}/{what}")
}

/// Saved, submitted and reviewed.
async fn reviewed(operator: &Operator, record: &Value, version: u64) {
    let id = record["recordId"].as_str().unwrap();
    let _: Value = post(&operator.li, "/policyRecords", record).await.unwrap();
    let _: Value = post(&operator.li, &path(id, version, "submission"), &json!({})).await.unwrap();
    decide(&operator.wang, id, version, "approve").await;
}

async fn decide(api: &ApiClient, id: &str, version: u64, action: &str) {
    let body = json!({ "action": action, "reason": "业务需要" });
    let _: Value = post(api, &path(id, version, "decision"), &body).await.unwrap();
}

/// The set that a member goes by.
async fn set(seat: &Seat) -> Option<PolicySet> {
    let bytes = seat.api.get_bytes(&format!("/api/v1/policySets/{SPACE}")).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Waits until a member goes by a set of so many records, of at least this sequence.
async fn goes_by(seat: &Seat, sequence: u64) {
    loop {
        let there = seat.node.store.read("test", move |tx| {
            Box::pin(async move { xinyu_store::policy_record::sequence(tx, SPACE).await.map_err(Failure::from) })
        });
        if there.await.unwrap().is_some_and(|(held, _)| held >= sequence) {
            return;
        }
        let mut wake = seat.node.store.signals().subscribe(xinyu_store::Topic::Contract);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), wake.wait()).await;
    }
}

async fn kinds(stage: &Stage) -> Vec<String> {
    let events: Value = stage.world.platform.get(&format!("/evidence/{SPACE}/events?limit=200")).await.unwrap();
    let events = events["items"].as_array().unwrap().iter().rev();
    let kinds = events.map(|event| event["kind"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind.starts_with("policy.")).collect()
}

async fn ask(stage: &Stage, contract: &str, key: &str) -> Value {
    let query = "SELECT count(*) AS n FROM airports";
    let new = json!({ "useId": key, "contractId": contract, "action": "read", "query": query });
    stage.consumer().seat.post("/uses", &new).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_1_a_a_space_policy_stops_a_running_use_at_once_and_disabled_lets_the_next_one_pass() {
    let folder = tempfile::tempdir().unwrap();
    let (mut stage, operator) = begin(folder.path()).await;
    let contract = stage.contract("flights", "P30D", &["read"]).await;
    let before = ask(&stage, &contract, "before").await;
    assert_eq!(before["state"], "done");
    assert!(before["policySet"].is_null(), "a space without records costs nothing: {before}");

    // Reviewed it counts for nothing yet.
    let record = prohibits("no-reading", json!([]));
    reviewed(&operator, &record, 1).await;
    assert_eq!(ask(&stage, &contract, "reviewed").await["state"], "done");

    let consumer = &stage.consumer().seat;
    let long = json!({ "useId": "long", "contractId": contract, "action": "read", "query": ENDLESS });
    let running = consumer.post::<_, Value>("/uses", &long);
    let enabled = async {
        let runs = |all: &Value| all["items"].as_array().unwrap().iter().any(|one| one["state"] == "running");
        let _: Value = consumer.until(&format!("/uses?contract={contract}"), runs).await.unwrap();
        decide(&operator.wang, "no-reading", 1, "enable").await;
    };
    let (ended, ()) = tokio::join!(running, enabled);
    let ended = ended.unwrap();
    assert_eq!(ended["state"], "stopped", "{ended}");
    let reason = &ended["reasons"][0];
    assert_eq!(reason["clause"], "/space/no-reading@1/contractPolicies/0/prohibitionPolicies/0");
    assert!(reason["text"]["zh"].as_str().unwrap().starts_with("空间策略 no-reading「暂停读取」第 1 版"), "{reason}");
    assert!(reason["text"]["en"].as_str().unwrap().starts_with("space policy no-reading"), "{reason}");
    assert_eq!((&ended["policySet"], &ended["records"][0]["recordId"]), (&json!(1), &json!("no-reading")));
    assert_eq!(ask(&stage, &contract, "refused").await["state"], "refused");

    // A restart keeps everything: the set at the connector, the versions at the platform.
    stage.world.crash(1).await.unwrap();
    assert_eq!(ask(&stage, &contract, "restarted").await["state"], "refused");
    let world = stage.world.crash_platform().await.unwrap();
    stage = Stage { world };
    let operator = self::operator(&stage).await;
    let life: Value = stage.world.platform.get("/policyRecords/no-reading").await.unwrap();
    let newest = &life["versions"][0];
    assert_eq!((&newest["info"]["state"], newest["steps"].as_array().unwrap().len()), (&json!("enabled"), 6));

    decide(&operator.wang, "no-reading", 1, "disable").await;
    goes_by(&stage.consumer().seat, 2).await;
    let passed = ask(&stage, &contract, "passed").await;
    assert_eq!((&passed["state"], &passed["policySet"]), (&json!("done"), &json!(2)), "{passed}");

    // Who decides again finds in the evidence which versions counted, by their hashes.
    let hash = newest["info"]["hash"].as_str().unwrap();
    let found: Value =
        stage.consumer().seat.get(&format!("/evidence?contract={contract}&result=denied")).await.unwrap();
    let facts = &found["items"][0]["event"]["facts"];
    assert_eq!(facts["policies"], json!([format!("space/no-reading@1 {hash}")]), "{found}");
    let file = stage.world.platform.api.get_bytes(&format!("/api/v1{}", path("no-reading", 1, "file"))).await.unwrap();
    assert_eq!(seal::verify(&file).unwrap().hash, hash);
    let told = kinds(&stage).await;
    for kind in ["parsed", "submitted", "reviewed", "enabled", "disabled", "received"] {
        assert!(told.iter().any(|one| *one == format!("policy.{kind}")), "{kind}: {told:?}");
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_1_b_a_products_policy_is_its_providers_and_narrows_contracts_about_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (stage, operator) = begin(folder.path()).await;
    let (here, other) =
        (stage.contract("here", "P30D", &["read"]).await, stage.contract("other", "P30D", &["read"]).await);
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let all: Value = provider.get("/products").await.unwrap();
    let product = all["items"].as_array().unwrap().iter().find(|one| one["listingId"] == "here").unwrap();
    let permits = |region: &str| {
        json!({
            "recordId": "only-there", "spaceId": SPACE, "layer": "product", "productId": product["productId"], "name": "限定地域",
            "kind": "constraint", "action": "allow", "parameters": { "where": region },
            "policy": [{ "permissionPolicies": [{ "actions": ["read"], "constraints": [
                { "constraintName": "region", "constraintOperator": "eq", "constraintValue": "${where}" }] }] }],
        })
    };
    // Others write no policies for it; nor does the operator.
    assert_eq!(refused(&operator.li, "/policyRecords", &permits("310000")).await.0, "policy-of-provider");
    assert_eq!(refused(&consumer.api, "/policyRecords", &permits("310000")).await.1, "/productId");
    assert_eq!(refused(&provider.api, "/policyRecords", &prohibits("mine", json!([]))).await.0, "policy-of-operator");

    let life: Value = provider.post("/policyRecords", &permits("310000")).await.unwrap();
    assert_eq!(life["versions"][0]["info"]["state"], "draft");
    let _: Value = provider.post(&path("only-there", 1, "submission"), &json!({})).await.unwrap();
    // Its provider does not review it; others do not see it yet.
    let approve = json!({ "action": "approve" });
    assert_eq!(refused(&provider.api, &path("only-there", 1, "decision"), &approve).await.0, "unknown-move");
    assert!(consumer.get::<Value>("/policyRecords/only-there").await.is_err());
    decide(&operator.wang, "only-there", 1, "approve").await;
    decide(&provider.api, "only-there", 1, "enable").await;
    goes_by(consumer, 1).await;
    let asked = |contract: &str, key: &str, region: &str| {
        let new = json!({ "useId": key, "contractId": contract, "action": "read", "region": region,
            "query": "SELECT count(*) AS n FROM airports" });
        async move { consumer.post::<_, Value>("/uses", &new).await.unwrap() }
    };
    assert_eq!(asked(&here, "u1", "310000").await["state"], "done");
    let refusal = asked(&here, "u2", "110000").await;
    assert_eq!(refusal["state"], "refused");
    assert!(refusal["reasons"][0]["clause"].as_str().unwrap().starts_with("/product/only-there@1/"), "{refusal}");
    assert_eq!(asked(&other, "u3", "110000").await["state"], "done");

    // A second version takes the place of the first as soon as it is enabled, and what changes is shown.
    let _: Value = provider.post("/policyRecords", &permits("110000")).await.unwrap();
    let _: Value = provider.post(&path("only-there", 2, "submission"), &json!({})).await.unwrap();
    decide(&operator.li, "only-there", 2, "approve").await;
    let changed: Value = stage.world.platform.get("/policyRecords/only-there/comparison").await.unwrap();
    assert!(!changed["changes"].as_array().unwrap().is_empty(), "{changed}");
    assert!(!changed["effects"].as_array().unwrap().is_empty(), "{changed}");
    decide(&provider.api, "only-there", 2, "enable").await;
    goes_by(consumer, 2).await;
    assert_eq!(asked(&here, "u4", "110000").await["state"], "done");
    let life: Value = stage.world.platform.get("/policyRecords/only-there").await.unwrap();
    let states: Vec<&Value> = life["versions"].as_array().unwrap().iter().map(|one| &one["info"]["state"]).collect();
    assert_eq!(states, ["enabled", "disabled"]);
    // Nobody moves another's record.
    let retire = json!({ "action": "disable", "reason": "x" });
    let (code, _) = refused(&consumer.api, &path("only-there", 2, "decision"), &retire).await;
    assert_eq!(code, "refused-by-platform");
    assert_eq!(set(consumer).await.unwrap().records.len(), 1);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_2_a_a_forged_or_older_set_is_refused_and_without_the_needed_one_nothing_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (stage, operator) = begin(folder.path()).await;
    let contract = stage.contract("guarded", "P30D", &["read"]).await;
    let (platform, consumer) = (&stage.world.platform, &stage.consumer().seat);
    let elsewhere = json!([{ "constraintName": "region", "constraintOperator": "eq", "constraintValue": "650000" }]);
    reviewed(&operator, &prohibits("s-1", elsewhere), 1).await;
    decide(&operator.wang, "s-1", 1, "enable").await;
    goes_by(consumer, 1).await;
    let first = set(consumer).await.unwrap();
    reviewed(&operator, &prohibits("s-2", json!([])), 1).await;
    decide(&operator.wang, "s-2", 1, "enable").await;
    goes_by(consumer, 2).await;
    let second = set(consumer).await.unwrap();
    assert_eq!((first.records.len(), second.records.len()), (1, 2));
    assert_eq!(ask(&stage, &contract, "u1").await["state"], "refused");

    // Rolled back, cut or sent by somebody else: not taken up.
    let to = consumer.node.party().unwrap().as_str().to_owned();
    let cut = PolicySet { records: first.records.clone(), stamp: second.stamp.clone() };
    let sent = |from: &Seat, set: &PolicySet| {
        let (node, to, body) = (from.node.clone(), to.clone(), serde_json::to_vec(set).unwrap());
        async move { tell(&node, &to, "/tc609/policySet", body).await.unwrap() }
    };
    let (status, answer) = sent(platform, &cut).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(status == 400 && answer.contains("policy-set-invalid"), "{status} {answer}");
    // Signed anew by the platform, with a sequence that is over: as after a restore from an old backup.
    let again = {
        let node = &platform.node;
        let suite = node.suite_of(SPACE);
        let name = node.platform_id();
        let of = seal::Of { platform: &name, space: SPACE, suite };
        seal::set(Vec::new(), of, 1, node.ring.signing(suite), node.store.clock().now()).unwrap()
    };
    let (status, answer) = sent(platform, &again).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(status == 410 && answer.contains("policy-set-stale"), "{status} {answer}");
    let (status, _) = sent(&stage.provider().seat, &again).await;
    assert!(status == 401 || status == 403, "{status}");
    assert_eq!(set(consumer).await.unwrap(), second);
    assert_eq!(ask(&stage, &contract, "u2").await["state"], "refused");

    // A set that is gone, or was altered where it is kept, opens nothing: it is fetched again.
    let gone = consumer.node.store.write("test.tamper", |tx| {
        Box::pin(async move {
            let sql = "UPDATE policy_set SET sequence = 0, required = 2, body = NULL WHERE space_id = $1";
            tx.execute(sql, vec![SPACE.into()]).await?;
            Ok::<_, Failure>(())
        })
    });
    gone.await.unwrap();
    assert_eq!(ask(&stage, &contract, "u3").await["state"], "refused");
    assert_eq!(set(consumer).await.unwrap(), second, "the platform gave it once more");
    let unreachable = consumer.node.store.write("test.tamper", |tx| {
        Box::pin(async move {
            let sql = "UPDATE policy_set SET required = 9 WHERE space_id = $1";
            tx.execute(sql, vec![SPACE.into()]).await?;
            Ok::<_, Failure>(())
        })
    });
    unreachable.await.unwrap();
    let refusal = ask(&stage, &contract, "u4").await;
    assert_eq!((&refusal["state"], &refusal["reasons"][0]["clause"]), (&json!("refused"), &json!("/policySet")));
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_3_g_what_is_not_understood_or_contradicts_itself_is_refused_with_its_place_and_nothing_is_stored()
 {
    let folder = tempfile::tempdir().unwrap();
    let (stage, operator) = begin(folder.path()).await;
    let constraint = |name: &str, value: &str| json!({ "constraintName": name, "constraintOperator": "eq", "constraintValue": value });
    let unknown = prohibits("bad", json!([constraint("colour", "red")]));
    let (code, clause) = refused(&operator.li, "/policyRecords", &unknown).await;
    assert_eq!(code, "policy-not-understood");
    assert_eq!(clause, "/policy/contractPolicies/0/prohibitionPolicies/0/constraints/0/constraintName");
    let mut never = prohibits("bad", json!([]));
    never["action"] = json!("allow");
    never["policy"] = json!([{ "permissionPolicies": [{ "actions": ["read"],
        "constraints": [constraint("region", "310000"), constraint("region", "110000")] }] }]);
    assert_eq!(refused(&operator.li, "/policyRecords", &never).await.0, "policy-conflict");
    never["spaceId"] = json!("nowhere");
    assert_eq!(refused(&operator.li, "/policyRecords", &never).await.0, "unknown-space");
    assert!(stage.world.platform.get::<Value>("/policyRecords/bad").await.is_err());
    // Each attempt that was parsed is evidence, with the outcome of its steps.
    let events: Value = stage.world.platform.get(&format!("/evidence/{SPACE}/events?limit=50")).await.unwrap();
    let mut parsed: Vec<&Value> =
        events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "policy.parsed").collect();
    parsed.reverse();
    assert_eq!(
        (&parsed[0]["facts"]["semantics"], &parsed[1]["facts"]["conflicts"]),
        (&json!("failed"), &json!("failed"))
    );
    assert_eq!(parsed[0]["facts"]["integrity"], "passed");

    // Mended it is stored; nobody reviews his own, and nothing skips its review.
    let good = prohibits("bad", json!([]));
    let _: Value = post(&operator.li, "/policyRecords", &good).await.unwrap();
    let enable = json!({ "action": "enable" });
    assert_eq!(refused(&operator.wang, &path("bad", 1, "decision"), &enable).await.0, "policy-state");
    let _: Value = post(&operator.li, &path("bad", 1, "submission"), &json!({})).await.unwrap();
    let approve = json!({ "action": "approve" });
    assert_eq!(refused(&operator.li, &path("bad", 1, "decision"), &approve).await.0, "own-policy");
    assert_eq!(refused(&operator.wang, &path("bad", 9, "decision"), &approve).await.0, "unknown-version");
    let clerk = person(&stage.world.platform, "zhao", "clerk").await;
    let denied = post::<Value>(&clerk, &path("bad", 1, "decision"), &approve).await.unwrap_err();
    assert_eq!(denied.status(), Some(403));
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_1_3_a_delivery_is_made_ready_anew_when_the_policies_around_it_change() {
    let folder = tempfile::tempdir().unwrap();
    let (stage, operator) = begin(folder.path()).await;
    let contract = stage.filed("long", "P30D", &["read"]).await;
    reviewed(&operator, &prohibits("no-reading", json!([])), 1).await;
    delivery::fill(&stage.provider().folder, delivery::ROWS);
    let consumer = &stage.consumer().seat;
    let _: Value = consumer.post("/transfers", &json!({ "contractId": contract })).await.unwrap();
    delivery::comes_in(consumer).await;
    decide(&operator.wang, "no-reading", 1, "enable").await;
    let facts = delivery::broken_off_at(stage.provider()).await;
    assert_eq!(facts["reason"], "policy-changed", "{facts}");
    delivery::fill(&stage.provider().folder, 3);
    let _: Value = agreement(consumer, &contract, |one| one["data"] == "held").await;
    stage.world.stop().await;
}
