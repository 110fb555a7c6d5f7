//! 数据服务目录 between members and the platform: reviewed with its interface tried, listed, found, changed behind the review, taken down. TC609-6-2025-16 6.3 d.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_testkit::world::{Engine, SPACE};

use crate::termination::stage::{Stage, refused};

/// What the platform refuses, its connector passes on with the platform's words.
fn told(answer: Result<Value, ApiError>, words: &str) {
    match answer.unwrap_err() {
        ApiError::Problem(problem) => assert!(problem.title.zh.contains(words), "{problem:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_16_6_3_d_a_service_is_reviewed_listed_found_changed_and_taken_down() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new().route("/v1", get(|| async { "ok" }));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let service = |name: &str, address: &str| {
        json!({ "serviceId": "s-1", "spaceId": SPACE, "card": {
            "name": name, "kind": "compliance", "description": "数据出境合规审查与整改建议", "contact": "010-12345678",
            "address": address, "interface": "002", "keywords": ["合规", "出境"],
        } })
    };
    // What is not in order is refused, and nothing is kept.
    let post = async |body: &Value| provider.api.post::<_, Value>("/api/v1/services", body).await;
    told(post(&service(" ", &address)).await, "name");
    told(post(&service("合规审查", "http://user:secret@127.0.0.1/")).await, "用户名");
    let mut elsewhere = service("合规审查", &address);
    elsewhere["spaceId"] = json!("nowhere");
    told(post(&elsewhere).await, "未加入空间");
    assert_eq!(provider.get::<Value>("/services?only=own").await.unwrap()["items"], json!([]));

    // Published: nobody else sees it before it is listed; the review has tried its interface and asks for the qualification.
    let made = post(&service("合规审查", &address)).await.unwrap();
    assert_eq!((&made["state"], &made["isOwn"]), (&json!("reviewing"), &json!(true)));
    let found: Vec<_> =
        made["findings"].as_array().unwrap().iter().map(|one| (&one["severity"], &one["subject"])).collect();
    let expect =
        [("warn", "qualification"), ("info", "address")].map(|(severity, subject)| (json!(severity), json!(subject)));
    assert_eq!(found, expect.iter().map(|(severity, subject)| (severity, subject)).collect::<Vec<_>>());
    assert_eq!(consumer.get::<Value>("/services").await.unwrap()["items"], json!([]));
    told(consumer.api.get::<Value>("/api/v1/services/s-1").await, "没有数据服务");
    let verdict = |approve: bool, note: &str| json!({ "approve": approve, "note": note });
    let decide = async |body: Value| platform.api.post::<_, Value>("/api/v1/services/s-1/decision", &body).await;
    refused(decide(verdict(false, "")).await, "service-invalid");
    decide(verdict(true, "")).await.unwrap();
    refused(decide(verdict(true, "")).await, "service-decided");

    // Found by words and kind, without what only its owner and the operator know.
    let find = async |query: &str| {
        let all: Value = consumer.get(&format!("/services?{query}")).await.unwrap();
        all["items"].as_array().unwrap().clone()
    };
    let seen = find("q=出境&kind=compliance").await;
    assert_eq!((seen.len(), &seen[0]["card"]["name"], seen[0].get("findings")), (1, &json!("合规审查"), None));
    assert!(find("kind=custody").await.is_empty() && find("q=气象").await.is_empty());
    refused(consumer.api.get::<Value>("/api/v1/services?kind=magic").await, "unknown-choice");

    // What follows waits while it is listed; the interface does not answer any more.
    serving.abort();
    let _ = serving.await;
    let mut next = service("合规审查与审计", &address);
    next["card"]["qualification"] = json!("执业许可证");
    let waiting = post(&next).await.unwrap();
    assert_eq!((&waiting["card"]["name"], &waiting["next"]["name"]), (&json!("合规审查"), &json!("合规审查与审计")));
    assert_eq!(
        (&waiting["findings"][0]["severity"], &waiting["findings"][0]["subject"]),
        (&json!("warn"), &json!("address"))
    );
    assert_eq!(find("").await[0]["card"]["name"], "合规审查");
    told(consumer.api.post::<_, Value>("/api/v1/services", &next).await, "不是本方的服务");
    decide(verdict(true, "")).await.unwrap();
    assert_eq!(find("q=审计").await.len(), 1);

    // Taken down by its owner, and by the operator; it comes back through the review.
    let end = json!({ "reason": "停止服务" });
    told(consumer.api.post::<_, Value>("/api/v1/services/s-1/delisting", &end).await, "不是本方的服务");
    let down: Value = provider.post("/services/s-1/delisting", &end).await.unwrap();
    assert_eq!((&down["state"], &down["note"]), (&json!("delisted"), &json!("停止服务")));
    assert!(find("").await.is_empty());
    assert_eq!(post(&next).await.unwrap()["state"], "reviewing");
    decide(verdict(true, "")).await.unwrap();
    refused(
        platform.api.post::<_, Value>("/api/v1/services/s-1/delisting", &json!({ "reason": "" })).await,
        "service-invalid",
    );
    let _: Value = platform.api.post("/api/v1/services/s-1/delisting", &json!({ "reason": "投诉" })).await.unwrap();
    assert!(find("").await.is_empty());
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}
