//! 目录订阅 between members and the platform: who waits for a product is told once it is there, and so are the two sides of a demand. NDI-TR-2025-06 §6.4 d;
//! TC609-6-2025-01 §5.2.2.9 b.

use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_testkit::world::{Engine, SPACE, Seat};

use crate::termination::stage::{Stage, refused};

async fn told(seat: &Seat, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let so = |all: &Value| is_so(all["items"].as_array().unwrap());
    seat.until::<Value>("/matchNotices", so).await.unwrap()["items"].as_array().unwrap().clone()
}

fn about(notices: &[Value]) -> Vec<(String, String)> {
    let one = |notice: &Value| {
        let text = |name: &str| notice["notice"][name].as_str().unwrap().to_owned();
        (text("kind"), text("about"))
    };
    notices.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_6_4_d_who_waits_for_a_product_is_told_once_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let subscribe = |id: &'static str, wanted: Value| async move {
        let body = json!({ "subscriptionId": id, "title": "机场", "wanted": wanted });
        consumer.api.post::<_, Value>("/api/v1/subscriptions", &body).await
    };
    // What is no search, or none of ours, is refused with its reason, and nothing is kept.
    refused(subscribe("s-0", json!({ "q": " " })).await, "refused-by-platform");
    refused(subscribe("s-0", json!({ "q": "机场", "filters": { "colour": ["red"] } })).await, "refused-by-platform");
    refused(consumer.api.post::<_, Value>("/api/v1/subscriptions/s-0/end", &json!({})).await, "refused-by-platform");
    assert_eq!(consumer.get::<Value>("/subscriptions").await.unwrap()["items"], json!([]));
    subscribe("s-1", json!({ "q": "机场" })).await.unwrap();
    subscribe("s-2", json!({ "q": "气象", "filters": { "topic": ["B0300"] } })).await.unwrap();
    subscribe("s-3", json!({ "filters": { "topic": ["B0300"] }, "priceAtMostFen": 10_000_000 })).await.unwrap();
    subscribe("s-4", json!({ "q": "机场" })).await.unwrap();
    let left: Value = consumer.post("/subscriptions/s-4/end", &json!({})).await.unwrap();
    assert_eq!(left["items"].as_array().unwrap().len(), 3);
    let demand = json!({ "demandId": "d-1", "spaceId": SPACE, "card": {
        "title": "机场旅客", "description": "各座机场的旅客人数", "purpose": "航线规划", "keywords": ["机场"], "fields": ["visitors"],
    } });
    let _: Value = consumer.post("/demands", &demand).await.unwrap();

    // The product comes: told of each that it is, once, and not of what it is not.
    stage.contract("airports-1", "P30D", &["read"]).await;
    let notices = told(consumer, |all| all.len() >= 3).await;
    let mut found = about(&notices);
    found.sort();
    let pair = |kind: &str, about: &str| (kind.to_owned(), about.to_owned());
    assert_eq!(found, [pair("demand", "d-1"), pair("subscription", "s-1"), pair("subscription", "s-3")]);
    assert!(notices.iter().all(|one| one["seen"] == false && one["notice"]["version"] == 1));
    let seen: Value = consumer.post("/matchNotices/seen", &json!({})).await.unwrap();
    assert!(seen["items"].as_array().unwrap().iter().all(|one| one["seen"] == true));

    // A demand that comes later is told to whoever has a product for it.
    let later = json!({ "demandId": "d-2", "spaceId": SPACE, "card": demand["card"] });
    let _: Value = consumer.post("/demands", &later).await.unwrap();
    let notices = told(provider, |all| all.iter().any(|one| one["notice"]["about"] == "d-2")).await;
    assert!(about(&notices).contains(&pair("fitting", "d-2")), "{notices:?}");

    // A new version is news; the same demand said again is none.
    let history: Value = provider.get("/products/airports-1/versions").await.unwrap();
    let body = json!({ "product": history["versions"][0]["product"], "reason": "更新" });
    let _: Value = provider.post("/products/airports-1/versions", &body).await.unwrap();
    let own: Value = provider.get("/products").await.unwrap();
    let id = own["items"][0]["productId"].as_str().unwrap().to_owned();
    let waits = |history: &Value| history["next"] == 2;
    let _: Value = stage.world.platform.until(&format!("/listings/{id}/versions"), waits).await.unwrap();
    let verdict = json!({ "approve": true, "note": "" });
    let path = format!("/api/v1/listings/{id}/decision");
    let _: Value = stage.world.platform.api.post(&path, &verdict).await.unwrap();
    let is_new = |one: &Value| one["notice"]["version"] == 2;
    let notices = told(consumer, |all| all.iter().filter(|one| is_new(one)).count() >= 4).await;
    let mut found = about(&notices.into_iter().filter(is_new).collect::<Vec<_>>());
    found.sort();
    let expect =
        [pair("demand", "d-1"), pair("demand", "d-2"), pair("subscription", "s-1"), pair("subscription", "s-3")];
    assert_eq!(found, expect);
    // Only the platform tells.
    let forged: Result<Value, ApiError> = provider.api.post("/tc609/matchNotice", &json!({})).await;
    assert!(forged.is_err());
    for seat in [&stage.world.platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}
