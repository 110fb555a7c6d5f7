//! The catalogue as a partner asks for it: filtered, put in order, page by page; and as we ask for a partner's. The connector is its own partner here.

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use xinyu_protocol::api::partner::PartnerDataset;
use xinyu_protocol::dsp::CONTEXT;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_testkit::world::{Engine, MemberOptions, ProductOptions, SPACE, World, free_port};

const TOKEN: &str = "of the mirror";

/// A connector that lists some products, half of them with a keyword.
async fn world(folder: &std::path::Path, keys: &[&str]) -> World {
    let port = free_port().unwrap();
    let tokens = Tokens { shown_to_us: TOKEN.to_owned(), shown_by_us: Some(TOKEN.to_owned()) };
    let address = format!("http://127.0.0.1:{port}/dsp/2025-1");
    let mirror = Arranged::new(ArrangedKind::Partner, "mirror", "Mirror", &address, tokens).in_space(SPACE);
    let options = MemberOptions { arranged: vec![mirror], port: Some(port), ..MemberOptions::default() };
    let world = World::start(folder, Engine::Memory, vec![options]).await.unwrap();
    for (index, key) in keys.iter().enumerate() {
        let keywords = if index % 2 == 0 { vec!["even".to_owned()] } else { Vec::new() };
        let options = ProductOptions { keywords, ..ProductOptions::default() };
        world.member(0).unwrap().seed_product(key, options).await.unwrap();
    }
    world
}

async fn ask(url: &str, filter: &Value) -> Response {
    let message = json!({"@context": [CONTEXT], "@type": "CatalogRequestMessage", "filter": filter});
    Client::new().post(url).header("authorization", TOKEN).json(&message).send().await.unwrap()
}

fn first(world: &World) -> String {
    format!("{}/dsp/2025-1/catalog/request", world.member(0).unwrap().seat.address)
}

/// The titles of all pages, a list a page. Later pages are asked for without the filter, or with it again.
async fn pages(world: &World, filter: Value, again: bool) -> Vec<Vec<String>> {
    let (mut url, mut sent, mut pages) = (first(world), filter.clone(), Vec::new());
    loop {
        let answer = ask(&url, &sent).await;
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let catalog: Value = answer.json().await.unwrap();
        let titles = catalog.get("dataset").and_then(Value::as_array).into_iter().flatten();
        pages.push(titles.map(|dataset| dataset["dct:title"].as_str().unwrap().to_owned()).collect());
        let Some(link) = link else { return pages };
        url = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        sent = if again { filter.clone() } else { json!([]) };
    }
}

async fn check(world: &World, filter: Value, expect: &[&[&str]]) {
    let expect: Vec<Vec<String>> =
        expect.iter().map(|page| page.iter().map(|key| format!("机场 {key}")).collect()).collect();
    for again in [false, true] {
        assert_eq!(pages(world, filter.clone(), again).await, expect, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsp_2025_1_6_3_1_a_filter_comes_before_the_pages_and_goes_on_through_them() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &["c", "a", "e", "b", "d"]).await;
    let even = json!({"field": "keyword", "operator": "contains", "value": "even"});
    check(&world, json!([]), &[&["a", "b", "c", "d", "e"]]).await;
    check(&world, json!([even]), &[&["c", "d", "e"]]).await;
    check(&world, json!([even, {"limit": 2}]), &[&["c", "d"], &["e"]]).await;
    check(&world, json!([even, {"limit": 1}]), &[&["c"], &["d"], &["e"]]).await;
    check(&world, json!([even, {"limit": 2, "offset": 1}]), &[&["d", "e"]]).await;
    check(&world, json!([{"offset": 9}]), &[&[]]).await;
    check(
        &world,
        json!([{"limit": 2, "sortField": "title", "sortOrder": "DESC"}]),
        &[&["e", "d"], &["c", "b"], &["a"]],
    )
    .await;
    // The themes are all the same: then our own order decides.
    check(&world, json!([{"limit": 2, "offset": 1, "sortField": "theme"}]), &[&["b", "c"], &["d", "e"]]).await;
    let edc = json!([{
        "@type": "QuerySpec", "offset": 0, "limit": 50, "sortOrder": "ASC",
        "filterExpression": [{"@type": "Criterion", "operandLeft": "dct:title", "operator": "in", "operandRight": ["机场 a", "机场 e"]}],
    }]);
    check(&world, edc, &[&["a", "e"]]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsp_2025_1_6_2_1_what_a_catalogue_cannot_answer_is_a_typed_error() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &["a", "b"]).await;
    let url = first(&world);
    let page_of_titles = {
        let answer = ask(&url, &json!([{"limit": 1, "sortField": "title"}])).await;
        let link = answer.headers()["link"].to_str().unwrap().to_owned();
        link.trim_start_matches('<').split_once('>').unwrap().0.to_owned()
    };
    for (url, filter, code, why) in [
        (url.clone(), json!([{"field": "price", "value": "1"}]), "filter", "known are: @id, title"),
        (url.clone(), json!([{"limit": "many"}]), "filter", "whole number"),
        (format!("{url}?continuationToken=guessed"), json!([]), "continuation-token", "first page"),
        (page_of_titles, json!([{"field": "title", "value": "x"}]), "continuation-token", "another filter"),
    ] {
        let answer = ask(&url, &filter).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let error: Value = answer.json().await.unwrap();
        assert_eq!((&error["@type"], &error["code"]), (&json!("CatalogError"), &json!(code)), "{error}");
        assert!(error["reason"].to_string().contains(why), "{error}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_is_asked_for_what_we_want_and_its_refusal_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &["a", "b"]).await;
    let seat = &world.member(0).unwrap().seat;
    let path = |filter: Value| {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter.to_string()).finish();
        format!("/partners/mirror/catalog?{query}")
    };
    for filter in [
        json!([{"field": "title", "operator": "ilike", "value": "%B"}]),
        json!([{"operandLeft": "dct:title", "operator": "=", "operandRight": "机场 b"}]),
    ] {
        let catalog: Value = seat.get(&path(filter)).await.unwrap();
        let titles: Vec<String> = PartnerDataset::of(&catalog).into_iter().map(|dataset| dataset.title).collect();
        assert_eq!(titles, ["机场 b"]);
    }
    for (filter, why) in [
        (json!([{"field": "region", "value": "EU"}]), "region"),
        (json!({"field": "title"}), "must be a JSON array"),
        (json!([{"field": "title", "weight": 3}]), "weight"),
    ] {
        let refused = format!("{:#}", seat.get::<Value>(&path(filter)).await.unwrap_err());
        assert!(refused.contains(why), "{refused}");
    }
    world.stop().await;
}
