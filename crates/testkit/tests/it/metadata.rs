//! 元数据识别与转换 at a connector: a document is read and put into another format, a product of the catalogue likewise. TC609-6-2025-01 §5.3.3.3 b.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinyu_testkit::world::Engine;

use crate::termination::stage::{Stage, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_3_3_3_b_a_description_is_read_converted_and_made_of_a_product() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    stage.contract("airports-1", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let formats: Value = consumer.get("/metadata/formats").await.unwrap();
    let written = |name: &str| {
        let all = formats["items"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).map(|one| one["isWritten"].clone())
    };
    assert_eq!((written("dcat"), written("parquet"), written("none")), (Some(json!(true)), Some(json!(false)), None));

    let package = json!({
        "name": "orders", "title": "订单", "description": "逐笔订单", "keywords": ["订单"],
        "resources": [{ "name": "orders", "path": "orders.csv", "schema": { "fields": [{ "name": "id", "type": "integer" }, { "name": "city", "type": "string" }] } }],
    });
    let document = json!({ "name": "datapackage.json", "content": STANDARD.encode(package.to_string()), "from": "" });
    let read: Value = provider.post("/metadata/reading", &document).await.unwrap();
    assert_eq!((&read["format"], &read["card"]["name"]), (&json!("frictionless"), &json!("订单")));
    assert_eq!(read["card"]["tables"][0]["fields"][0], json!({ "name": "id", "kind": "integer", "masked": false }));
    let missing: Vec<&str> =
        read["lostInCard"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert!(missing.contains(&"/source") && missing.contains(&"/topic"), "{missing:?}");

    let asked = json!({ "document": document, "to": "sql" });
    let converted: Value = provider.post("/metadata/conversion", &asked).await.unwrap();
    let sql = String::from_utf8(STANDARD.decode(converted["content"].as_str().unwrap()).unwrap()).unwrap();
    assert!(sql.contains("orders") && sql.contains("city"), "{sql}");
    assert_eq!(converted["name"], "datapackage.sql");

    // A product of the catalogue, by whoever may see it.
    let own: Value = provider.get("/products").await.unwrap();
    let id = own["items"][0]["productId"].as_str().unwrap();
    for (to, says) in [("dcat", [id, "三座机场"]), ("frictionless", ["visitors", "三座机场"])] {
        let asked = json!({ "productId": id, "to": to });
        let converted: Value = consumer.post("/metadata/conversion", &asked).await.unwrap();
        let bytes = STANDARD.decode(converted["content"].as_str().unwrap()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(says.iter().all(|said| text.contains(said)), "{to}: {text}");
    }

    // The whole of what may be seen, in two forms.
    let exported =
        async |format: &str| consumer.api.get::<Value>(&format!("/api/v1/catalog/export?format={format}")).await;
    let dcat = exported("dcat").await.unwrap();
    assert!(dcat.to_string().contains(id) && dcat.to_string().contains("dcat:"), "{dcat}");
    let ndi = exported("ndi-06").await.unwrap();
    assert_eq!(ndi.pointer("/data/resultData/0/productId"), Some(&json!(id)), "{ndi}");
    refused(exported("dsp").await, "catalogue-is-only-read");
    refused(exported("none").await, "unknown-catalogue-format");

    // Bad input.
    let post =
        async |path: &str, body: Value| consumer.api.post::<_, Value>(&format!("/api/v1/metadata/{path}"), &body).await;
    let of = |content: String, from: &str| json!({ "name": "x", "content": content, "from": from });
    refused(post("reading", of("###".to_owned(), "")).await, "metadata-content");
    refused(post("reading", of(STANDARD.encode("{}"), "")).await, "metadata-unrecognised");
    refused(post("reading", of(STANDARD.encode("{}"), "nothing")).await, "unknown-format");
    refused(post("reading", of(STANDARD.encode("["), "dcat")).await, "unreadable-metadata");
    refused(post("conversion", json!({ "to": "dcat" })).await, "metadata-source");
    refused(post("conversion", json!({ "productId": id, "to": "parquet" })).await, "format-is-data");
    refused(post("conversion", json!({ "productId": "nothing", "to": "dcat" })).await, "refused-by-platform");
    stage.world.stop().await;
}
