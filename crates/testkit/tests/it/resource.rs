//! Data resources at their provider: looked for, graded by a person, read again, removed. TC609-6-2025-16 §7.2 b, c, §8.2 a.

use serde_json::{Value, json};
use xinyu_evidence::entry::SignedRecord;
use xinyu_shell::Failure;
use xinyu_store::Topic;
use xinyu_testkit::world::{Engine, SPACE};

use crate::termination::stage::{Stage, refused};

fn orders() -> String {
    let row = |n: u32| format!("138{:08},{},杭州市\n", n * 7919 % 100_000_000, n * 3);
    let rows: String = (1..=60).map(row).collect();
    format!("order_no,amount,city\n{rows}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_8_2_a_a_person_grades_a_resource_and_the_space_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (seat, platform) = (&stage.provider().seat, &stage.world.platform);
    let path = stage.provider().folder.join("orders.csv");
    let owner = seat.node.party().unwrap().connector().unwrap().owner();
    std::fs::write(&path, orders()).unwrap();
    let new = json!({ "name": "订单", "kind": "file", "location": path });
    let made: Value = seat.post("/resources", &new).await.unwrap();
    assert_eq!((&made["profile"]["security_level"], &made["grading"]), (&json!("003"), &Value::Null));

    // Looked for by words, level and what is missing.
    for (query, names) in [
        ("?q=ORDER", vec!["订单"]),
        ("?q=订+city", vec!["订单"]),
        ("?q=nowhere", vec![]),
        ("?level=003", vec!["订单"]),
        ("?only=personal", vec!["订单"]),
        ("?only=unused&q=amount", vec!["订单"]),
        ("?only=ungraded", vec!["airports", "订单"]),
    ] {
        let found: Value = seat.get(&format!("/resources{query}")).await.unwrap();
        let found: Vec<&str> =
            found["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
    }
    refused(seat.api.get::<Value>("/api/v1/resources?only=mine").await, "unknown-choice");
    refused(seat.api.get::<Value>("/api/v1/resources/nowhere").await, "unknown-resource");

    // Judged to be numbers of orders, with a reason or not at all.
    let grading = "/api/v1/resources/订单/grading";
    let judge = |personal: Value, reason: &str| json!({ "columns": [{ "column": "order_no", "personal": personal, "reason": reason }] });
    refused(seat.api.post::<_, Value>(grading, &judge(Value::Null, "")).await, "grading");
    refused(seat.api.post::<_, Value>(grading, &judge(json!("phone"), "x")).await, "unknown-choice");
    refused(seat.api.post::<_, Value>(grading, &json!({ "grade": "general1" })).await, "grade-too-low");
    let graded: Value = seat.api.post(grading, &judge(Value::Null, "内部流水号")).await.unwrap();
    assert_eq!(graded["grading"]["lowered"], 1);
    assert_eq!((&graded["grading"]["grade"], &graded["grading"]["isCurrent"]), (&json!("general1"), &json!(true)));

    // Read again, the word holds as long as nothing else is found.
    let again: Value = seat.post("/resources/订单/refresh", &Value::Null).await.unwrap();
    assert_eq!((&again["grading"]["isCurrent"], &again["profile"]["security_level"]), (&json!(true), &json!("001")));

    // What is offered of it is not blocked, and the records of the space say who judged what.
    let product = json!({
        "listingId": "orders-1", "spaceId": SPACE, "name": "订单金额", "description": "订单流水", "source": "测试", "licence": "CC0",
        "topic": "B0300", "updateFrequency": "005", "keywords": [],
        "parts": [{ "table": "orders", "resource": "订单", "fields": ["order_no", "amount"] }],
        "policies": [{ "permissionPolicies": [{ "actions": ["read"] }] }],
        "revenue": { "baseFen": 1000, "perUseFen": 10, "shares": [{ "participantId": owner, "permille": 1000 }] },
        "term": "P30D", "autoAgree": true,
    });
    let _: Value = seat.post("/products", &product).await.unwrap();
    let here = |all: &Value| {
        all["items"].as_array().unwrap().iter().any(|one| one["entry"]["product"]["tables"][0]["name"] == "orders")
    };
    let all: Value = platform.until("/listings", here).await.unwrap();
    let listing =
        all["items"].as_array().unwrap().iter().find(|one| one["entry"]["product"]["tables"][0]["name"] == "orders");
    let findings = listing.unwrap()["findings"].as_array().unwrap().clone();
    assert!(findings.iter().all(|one| one["severity"] != "block"), "{findings:?}");
    assert!(findings.iter().any(|one| one["text"]["zh"].as_str().unwrap().contains("内部流水号")), "{findings:?}");
    let record = graded_record(&stage).await;
    assert_eq!((record["lowered"].as_u64(), &record["otherwise"]), (Some(1), &json!(["order_no"])));

    // An address is kept sealed, whatever secret stands in it.
    let travellers = stage.provider().folder.join("travellers.db");
    xinyu_dataplane::sample::write_sqlite(&travellers, "travellers", 20, 7).await.unwrap();
    let url = format!("sqlite://{}", travellers.display());
    let table = json!({ "name": "旅客", "kind": "table", "location": url, "table": "travellers" });
    let made: Value = seat.post("/resources", &table).await.unwrap();
    assert_eq!((&made["form"], &made["rows"]), (&json!("sqlite"), &json!(20)));
    let stored = stage.provider().store().read("test.resource", |tx| {
        Box::pin(async move { xinyu_store::resource::find::<Value>(tx, "旅客").await.map_err(Failure::from) })
    });
    let stored = stored.await.unwrap().unwrap();
    assert!(stored["location"]["sealed"].is_string() && !stored.to_string().contains("travellers.db"), "{stored}");
    let again: Value = seat.post("/resources/旅客/refresh", &Value::Null).await.unwrap();
    assert_eq!(again["rows"], 20);
    let _: Value = seat.post("/resources/旅客/removal", &json!({ "reason": "试用" })).await.unwrap();

    // It stays while a product is made of it; one that nobody uses goes, for a reason.
    let removal = "/api/v1/resources/订单/removal";
    refused(seat.api.post::<_, Value>(removal, &json!({ "reason": "x" })).await, "resource-in-use");
    let _: Value =
        seat.post("/resources", &json!({ "name": "旧订单", "kind": "file", "location": path })).await.unwrap();
    let removal = "/api/v1/resources/旧订单/removal";
    refused(seat.api.post::<_, Value>(removal, &json!({ "reason": " " })).await, "reason-missing");
    let left: Value = seat.api.post(removal, &json!({ "reason": "已停用" })).await.unwrap();
    assert_eq!(left["items"].as_array().unwrap().len(), 2);
    refused(seat.api.post::<_, Value>(removal, &json!({ "reason": "已停用" })).await, "unknown-resource");
}

/// The facts of the record of the grade, once the platform has it.
async fn graded_record(stage: &Stage) -> Value {
    let store = &stage.world.platform.node.store;
    let mut news = store.signals().subscribe(Topic::Evidence);
    loop {
        let entries = store.read("test.entries", |tx| {
            Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, 10_000).await.map_err(Failure::from) })
        });
        let entries = entries.await.unwrap().into_iter();
        let mut records = entries.map(|entry| SignedRecord::parse(&entry.leaf).unwrap().record);
        if let Some(record) = records.find(|record| record.kind == "resource.graded") {
            return serde_json::to_value(record.facts).unwrap();
        }
        news.wait().await.unwrap();
    }
}
