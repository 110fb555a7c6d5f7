//! 语义模型 from the operator to the columns of a resource: published version by version, refused with every fault, suggested and mapped where the data lies, also
//! while the platform is away, and carried by the product. TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

use std::sync::Arc;

use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_shell::Failure;
use xinyu_store::audit::Filter;
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::world::{Engine, SPACE, WorldOptions};

use crate::termination::stage::{Stage, refused};

fn column<'a>(info: &'a Value, name: &str) -> &'a Value {
    info["columns"].as_array().unwrap().iter().find(|one| one["column"] == name).unwrap()
}

fn ids(terms: &Value) -> Vec<&str> {
    terms.as_array().unwrap().iter().map(|term| term["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_11_7_3_5_a_glossary_is_published_suggested_mapped_and_outgrown() {
    let folder = tempfile::tempdir().unwrap();
    let line = Arc::new(Line::open().await.unwrap());
    let options = WorldOptions { line: Some(Arc::clone(&line)), ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let (provider, consumer, platform) = (&stage.provider().seat, &stage.consumer().seat, &stage.world.platform);
    let path = format!("/api/v1/glossaries/{SPACE}");
    let publish = async |body: &Value| platform.api.post::<_, Value>(&path, body).await;

    // Nothing is there, nothing bad is taken, and every fault is told.
    assert_eq!(provider.get::<Value>("/glossaries").await.unwrap(), json!({ "items": [], "isKept": false }));
    refused(provider.api.get::<Value>("/api/v1/resources/airports/terms").await, "unknown-glossary");
    let bad = json!({ "document": { "id": "v", "version": "1", "title": { "zh": "术语" }, "terms": [
        { "id": "urn:t:a", "name": { "zh": "甲" } }, { "id": "urn:t:a", "name": { "zh": "甲" }, "broader": "urn:t:z" },
    ] } });
    match publish(&bad).await.unwrap_err() {
        ApiError::Problem(problem) => {
            assert_eq!((problem.code.as_str(), problem.clause.as_deref()), ("glossary-invalid", Some("/id")));
            let others = problem.detail.unwrap();
            for place in ["/terms/1/id", "/terms/1/name/zh", "/terms/1/broader"] {
                assert!(others.zh.contains(place), "{others:?}");
            }
        }
        other => panic!("{other:?}"),
    }
    refused(publish(&json!({})).await, "glossary-source");
    let nowhere = platform.api.post::<_, Value>("/api/v1/glossaries/nowhere", &json!({ "starter": true })).await;
    refused(nowhere, "unknown-space");
    assert_eq!(platform.get::<Value>("/glossaries").await.unwrap()["items"], json!([]));

    // The vocabulary to begin with; again it is nothing new.
    let first = publish(&json!({ "starter": true, "note": "起步" })).await.unwrap();
    assert_eq!((&first["edition"]["number"], &first["edition"]["terms"]), (&json!(1), &json!(71)));
    assert_eq!(first["difference"]["added"].as_array().unwrap().len(), 71);
    let again = publish(&json!({ "starter": true })).await.unwrap();
    assert_eq!((&again["edition"], ids(&again["difference"]["added"])), (&first["edition"], vec![]));

    // The connector suggests by its profile, with reasons and without values; a person decides.
    let terms: Value = provider.get("/resources/airports/terms").await.unwrap();
    assert_eq!((&terms["edition"], &terms["coverage"]["mapped"]), (&first["edition"], &json!(0)));
    let city = &column(&terms, "city")["suggestions"][0];
    assert!(!city["reasons"].as_array().unwrap().is_empty(), "{city}");
    for value in ["上海", "深圳", "虹桥"] {
        assert!(!column(&terms, "city").to_string().contains(value), "{terms}");
    }
    let decide = async |column: &str, term: &str| {
        let body = json!({ "spaceId": SPACE, "column": column, "term": term });
        provider.api.post::<_, Value>("/api/v1/resources/airports/terms", &body).await
    };
    let term = city["term"].as_str().unwrap().to_owned();
    let mapped = decide("city", &term).await.unwrap();
    assert_eq!((&column(&mapped, "city")["mapped"]["term"], &mapped["coverage"]["mapped"]), (&json!(term), &json!(1)));
    assert_eq!(mapped["coverage"]["unmapped"], json!(["name", "visitors"]));
    refused(decide("city", "没有的术语").await, "unknown-term");
    refused(decide("nothing", &term).await, "unknown-column");
    // By a name as well as by its IRI, and taken away again.
    let by_name = terms["terms"][0].clone();
    let named = decide("visitors", by_name["name"]["zh"].as_str().unwrap()).await.unwrap();
    assert_eq!(column(&named, "visitors")["mapped"]["term"], by_name["id"]);
    let away = decide("visitors", "").await.unwrap();
    assert_eq!((column(&away, "visitors").get("mapped"), &away["coverage"]["mapped"]), (None, &json!(1)));

    // A product carries what was decided.
    let product = stage.product("l-1", "P30D", json!([{ "permissionPolicies": [{ "actions": ["use"] }] }]), json!([]));
    let _: Value = provider.post("/products", &product).await.unwrap();
    let listed = |all: &Value| all["items"].as_array().is_some_and(|all| !all.is_empty());
    let listings: Value = platform.until("/listings", listed).await.unwrap();
    let fields = &listings["items"][0]["entry"]["product"]["tables"][0]["fields"];
    let of =
        |name: &str| fields.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().get("term").cloned();
    assert_eq!((of("city"), of("visitors")), (Some(json!(term)), None));

    // A newer version without the term: the column says that it is unknown, and both versions stay readable.
    let shown: Value = platform.get(&format!("/glossaries/{SPACE}")).await.unwrap();
    let mut next = shown["glossary"]["vocabulary"].clone();
    let old = next.clone();
    next["version"] = json!("2");
    let all = next["terms"].as_array_mut().unwrap();
    all.retain(|one| one["id"] != json!(term) && one["broader"] != json!(term));
    all.push(json!({ "id": "urn:t:tide", "name": { "zh": "潮高", "en": "tide" } }));
    let kept = all.len();
    let mut other = old;
    other["terms"] = json!([]);
    refused(publish(&json!({ "document": other })).await, "glossary-version");
    let second = publish(&json!({ "document": next })).await.unwrap();
    assert_eq!(ids(&second["difference"]["added"]), ["urn:t:tide"]);
    assert!(ids(&second["difference"]["removed"]).contains(&term.as_str()));
    let terms: Value = provider.get("/resources/airports/terms").await.unwrap();
    assert_eq!(column(&terms, "city")["mapped"]["isKnown"], json!(false));
    assert_eq!((&terms["edition"]["number"], &terms["coverage"]["unknown"]), (&json!(2), &json!(["city"])));
    let earlier: Value = consumer.get(&format!("/glossaries/{SPACE}?version=1")).await.unwrap();
    assert_eq!(earlier["glossary"]["vocabulary"]["terms"].as_array().unwrap().len(), 71);
    let versions: Value = consumer.get(&format!("/glossaries/{SPACE}/versions")).await.unwrap();
    let told: Vec<&str> =
        versions["items"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(told, ["2", "1"]);
    for seat in [platform, consumer] {
        let back: Value = seat.get(&format!("/glossaries/{SPACE}/difference?from=2&to=1")).await.unwrap();
        assert_eq!(ids(&back["removed"]), ["urn:t:tide"]);
        let default: Value = seat.get(&format!("/glossaries/{SPACE}/difference")).await.unwrap();
        assert_eq!((&default["from"], &default["to"]), (&json!("1"), &json!("2")));
        let skos = seat.api.get_bytes(&format!("/api/v1/glossaries/{SPACE}/skos")).await.unwrap();
        let skos: Value = serde_json::from_slice(&skos).unwrap();
        let concepts = skos["@graph"].as_array().unwrap().iter().filter(|node| node["@type"] == "skos:Concept").count();
        assert_eq!(concepts, kept);
        match seat.api.get::<Value>(&format!("/api/v1/glossaries/{SPACE}?version=9")).await.unwrap_err() {
            ApiError::Problem(problem) => assert_eq!(problem.status, 404, "{problem:?}"),
            other => panic!("{other:?}"),
        }
    }

    // While the platform is away, what was kept serves.
    let strike = line.strike("/tc609/glossary", Fault::RequestLost);
    let terms: Value = provider.get("/resources/airports/terms").await.unwrap();
    assert_eq!((&terms["isKept"], &terms["edition"]["number"]), (&json!(true), &json!(2)));
    let mapped = decide("city", "urn:t:tide").await.unwrap();
    assert_eq!(
        (&column(&mapped, "city")["mapped"]["isKnown"], &mapped["coverage"]["mapped"]),
        (&json!(true), &json!(1))
    );
    strike.lift();

    // Both acts are in the logs: of the space, and of who decided at the connector.
    let both = |events: &Value| events["items"].as_array().is_some_and(|all| all.len() == 2);
    let events: Value =
        platform.until(&format!("/evidence/{SPACE}/events?kind=glossary.published"), both).await.unwrap();
    assert_eq!(events["items"][0]["kind"], "glossary.published");
    for (seat, action) in [(platform, "glossary.publish"), (provider, "glossary.map"), (provider, "glossary.unmap")] {
        let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
        let entries = seat.node.store.read("audit", move |tx| {
            Box::pin(async move { xinyu_store::audit::list(tx, &filter, 9).await.map_err(Failure::from) })
        });
        assert!(!entries.await.unwrap().is_empty(), "{action}");
    }
    stage.world.stop().await;
}
