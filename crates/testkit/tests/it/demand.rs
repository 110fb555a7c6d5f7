//! 需求中心 between members and the platform: published, matched from both sides, answered, met, taken down. TC609-6-2025-01 §5.2.2.9 b.

use serde_json::{Value, json};
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::ApiError;
use xinyu_shell::Failure;
use xinyu_testkit::world::{Engine, SPACE};

use crate::termination::stage::{Stage, refused};

fn demand(id: &str, title: &str) -> Value {
    json!({ "demandId": id, "spaceId": SPACE, "card": {
        "title": title, "description": "各座机场的旅客人数", "purpose": "航线规划", "keywords": ["机场"], "fields": ["visitors", "delay"],
    } })
}

/// What the platform refuses, its connector passes on with the platform's words.
fn told(answer: Result<Value, ApiError>, words: &str) {
    match answer.unwrap_err() {
        ApiError::Problem(problem) => {
            assert_eq!(problem.code, "refused-by-platform", "{problem:?}");
            assert!(problem.title.zh.contains(words), "{problem:?}");
        }
        other => panic!("{other:?}"),
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|one| one["demandId"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_9_b_a_demand_is_matched_from_both_sides_answered_and_met() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    stage.filed("airports-1", "P30D", &["read"]).await;
    let own: Value = provider.get("/products").await.unwrap();
    let product = own["items"][0]["productId"].as_str().unwrap().to_owned();

    // Published, and said anew under the same key.
    let made: Value = consumer.post("/demands", &demand("d-1", "机场旅客")).await.unwrap();
    assert_eq!((&made["state"], &made["isOwn"], &made["version"]), (&json!("open"), &json!(true), &json!(1)));
    let again: Value = consumer.post("/demands", &demand("d-1", "机场旅客")).await.unwrap();
    let anew: Value = consumer.post("/demands", &demand("d-1", "机场旅客人数")).await.unwrap();
    assert_eq!((&again["version"], &anew["version"]), (&json!(1), &json!(2)));
    // Back to what it said before, and on again.
    let back: Value = consumer.post("/demands", &demand("d-1", "机场旅客")).await.unwrap();
    let on: Value = consumer.post("/demands", &demand("d-1", "机场旅客人数")).await.unwrap();
    assert_eq!((&back["version"], &back["card"]["title"], &on["version"]), (&json!(3), &json!("机场旅客"), &json!(4)));
    told(provider.api.post::<_, Value>("/api/v1/demands", &demand("d-1", "别人的")).await, "不是本方的需求");
    let elsewhere = json!({ "demandId": "d-9", "spaceId": "nowhere", "card": demand("d-9", "x")["card"] });
    told(consumer.api.post::<_, Value>("/api/v1/demands", &elsewhere).await, "未加入空间");
    told(consumer.api.post::<_, Value>("/api/v1/demands", &demand("d-9", " ")).await, "title");
    let _: Value = consumer.post("/demands", &demand("d-2", "气象")).await.unwrap();

    // Who looks for it sees which product may answer it; its provider sees which demand it could answer.
    let shown: Value = consumer.get("/demands/d-1").await.unwrap();
    let fit = &shown["matches"][0];
    assert_eq!((fit["productId"].as_str(), &fit["fields"]), (Some(product.as_str()), &json!(["visitors"])));
    assert!(fit["shared"].as_array().unwrap().contains(&json!("机场")), "{fit}");
    let fitting: Value = provider.get("/demands?only=fitting").await.unwrap();
    assert!(ids(&fitting).contains(&"d-1"), "{fitting}");
    assert_eq!(ids(&provider.get::<Value>("/demands?q=气象").await.unwrap()), ["d-2"]);
    assert_eq!(ids(&provider.get::<Value>("/demands?only=own").await.unwrap()), [""; 0]);
    told(provider.api.get::<Value>("/api/v1/demands?only=mine").await, "own、open、fitting");

    // Answered by a product of one's own; only who looks for it, who offers and the operator are told.
    let offer = json!({ "productId": product, "note": "含近三年" });
    let nothing = json!({ "productId": "nothing", "note": "" });
    told(provider.api.post::<_, Value>("/api/v1/demands/d-1/offers", &nothing).await, "产品");
    told(consumer.api.post::<_, Value>("/api/v1/demands/d-1/offers", &offer).await, "产品");
    let offered: Value = provider.post("/demands/d-1/offers", &offer).await.unwrap();
    assert_eq!(offered["offers"][0]["note"], "含近三年");
    let seen: Value = stage.regulator().seat.get("/demands/d-1").await.unwrap();
    assert_eq!(seen["offers"].as_array().unwrap().len(), 0);
    let seen: Value = platform.get("/demands/d-1").await.unwrap();
    assert_eq!(seen["offers"].as_array().unwrap().len(), 1);

    // Met, it is nobody's to answer any more, and others see it no more in the list.
    let met = json!({ "isMet": true, "productId": product, "reason": "已签约" });
    told(provider.api.post::<_, Value>("/api/v1/demands/d-1/end", &met).await, "不是本方的需求");
    let met: Value = consumer.post("/demands/d-1/end", &met).await.unwrap();
    assert_eq!((&met["state"], met["metBy"].as_str()), (&json!("met"), Some(product.as_str())));
    told(provider.api.post::<_, Value>("/api/v1/demands/d-1/offers", &offer).await, "不在征集");
    told(consumer.api.post::<_, Value>("/api/v1/demands", &demand("d-1", "又来")).await, "已结束");
    assert_eq!(ids(&provider.get::<Value>("/demands").await.unwrap()), ["d-2"]);

    let others: Value = provider.get("/demands/d-1").await.unwrap();
    assert_eq!((&others["state"], &others["note"], &others["metBy"]), (&json!("met"), &json!(""), &Value::Null));

    // The operator takes down what does not belong there, for a reason.
    refused(
        platform.api.post::<_, Value>("/api/v1/demands/d-2/takedown", &json!({ "reason": "" })).await,
        "demand-invalid",
    );
    let _: Value = platform.post("/demands/d-2/takedown", &json!({ "reason": "与空间无关" })).await.unwrap();
    let own: Value = consumer.get("/demands?only=own").await.unwrap();
    let gone = own["items"].as_array().unwrap().iter().find(|one| one["demandId"] == "d-2").unwrap();
    assert_eq!((&gone["state"], &gone["note"]), (&json!("withdrawn"), &json!("与空间无关")));

    let entries = platform.node.store.read("test.entries", |tx| {
        Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, 10_000).await.map_err(Failure::from) })
    });
    let records = entries.await.unwrap().into_iter().map(|entry| SignedRecord::parse(&entry.leaf).unwrap().record);
    let kinds: Vec<String> = records.map(|record| record.kind).filter(|kind| kind.starts_with("demand.")).collect();
    let expect = [
        "demand.published",
        "demand.changed",
        "demand.changed",
        "demand.changed",
        "demand.published",
        "demand.offered",
        "demand.met",
        "demand.withdrawn",
    ];
    assert_eq!(kinds, expect);
}
