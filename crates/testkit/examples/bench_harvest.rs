//! How long a platform takes to read the catalogues of many connectors by the Dataspace Protocol, and to see that nothing has changed; and how soon a member finds a
//! product that was just listed. `bench_harvest [CONNECTORS [PRODUCTS]]`: a hundred connectors of a hundred products each unless it says so.
//! NDI-TR-2025-06 §6.3 c; TC609-6-2025-01 §5.2.2.4.

#![expect(clippy::print_stdout, reason = "a program that reports to its caller")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use xinyu_testkit::world::{Engine, MemberOptions, SPACE, Seat, World};

/// Products of a page, as a connector of ours gives them.
const PAGE: usize = 50;
/// How often a product is listed and looked for.
const LISTED: usize = 20;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let connectors = arguments.next().unwrap_or(Ok(100))?;
    let products = arguments.next().unwrap_or(Ok(100))?;
    let folder = tempfile::tempdir()?;
    let members = vec![
        MemberOptions::default(),
        MemberOptions { organisation: 1, is_consumer: true, ..MemberOptions::default() },
    ];
    let world = World::start(folder.path(), Engine::File, members).await?;
    let platform = &world.platform;
    let address = serve(products).await?;

    let started = Instant::now();
    let mut sources = Vec::new();
    for connector in 0..connectors {
        let request = json!({ "title": format!("connector {connector}"), "address": format!("{address}/{connector}"), "format": "dsp", "spaceId": SPACE });
        let made: Value = platform.post("/harvests", &request).await?;
        sources.push(text(&made, "/harvestId").context("it has a key")?.to_owned());
    }
    let reports = read(platform, &BTreeMap::new()).await?;
    anyhow::ensure!(reports.values().all(|(_, new)| *new == products), "not all was read: {reports:?}");
    let name = format!("{connectors} catalogues, {} products: crawled (s)", connectors.saturating_mul(products));
    say(&name, started.elapsed());

    let started = Instant::now();
    for source in &sources {
        let _: Value = platform.post(&format!("/harvests/{source}/run"), &json!({ "whole": true })).await?;
    }
    let again = read(platform, &reports).await?;
    anyhow::ensure!(again.values().all(|(_, new)| *new == 0), "something was taken for new: {again:?}");
    say("the same, unchanged (s)", started.elapsed());

    let mut found = findable(&world).await?;
    found.sort_unstable();
    let at = |permille: usize| found.get((found.len() * permille / 1_000).min(found.len().saturating_sub(1))).copied();
    say("listed, until a member finds it: median (s)", at(500).unwrap_or_default());
    say("listed, until a member finds it: longest (s)", at(1_000).unwrap_or_default());
    world.stop().await;
    Ok(())
}

/// A text in an answer.
fn text<'a>(value: &'a Value, place: &str) -> Option<&'a str> {
    value.pointer(place)?.as_str()
}

fn say(name: &str, took: Duration) {
    println!("{name}\tratio\t{}\t1000000", took.as_micros());
}

/// Waits until every source was read after these reports: when, and how many records were new.
async fn read(
    platform: &Seat,
    before: &BTreeMap<String, (String, usize)>,
) -> anyhow::Result<BTreeMap<String, (String, usize)>> {
    let reading = async {
        loop {
            let all: Value = platform.get("/harvests").await?;
            let report = |one: &Value| {
                let id = text(one, "/harvestId")?.to_owned();
                let at = text(one, "/last/at")?.to_owned();
                let is_later = before.get(&id).is_none_or(|(earlier, _)| *earlier != at);
                let new = usize::try_from(one.pointer("/last/new")?.as_u64()?).ok()?;
                (is_later && one.get("progress").is_none_or(Value::is_null)).then_some((id, (at, new)))
            };
            let items = all.get("items").and_then(Value::as_array).context("a list")?;
            let reports: BTreeMap<_, _> = items.iter().filter_map(report).collect();
            if reports.len() == items.len() {
                return Ok(reports);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.context("not everything was read in time")?
}

/// How long it took, each time, from the operator's answer to the member's.
async fn findable(world: &World) -> anyhow::Result<Vec<Duration>> {
    let (provider, consumer) = (world.member(0)?, world.member(1)?);
    provider.bring_table().await?;
    let owner =
        provider.seat.node.party().context("the provider is registered")?.connector().context("a connector")?.owner();
    let mut took = Vec::new();
    for number in 0..LISTED {
        let key = format!("p-{number}");
        let product = json!({
            "listingId": key, "spaceId": SPACE, "name": format!("机场客流第{number}号"), "description": "三座机场的客流", "source": "测试", "licence": "CC0",
            "topic": "B0300", "updateFrequency": "005", "keywords": [],
            "parts": [{ "table": "airports", "resource": "airports", "fields": ["name", "city", "visitors"] }],
            "policies": [{ "permissionPolicies": [{ "actions": ["read"] }] }], "term": "P30D", "autoAgree": true,
            "revenue": { "baseFen": 1000, "perUseFen": 10, "shares": [{ "participantId": owner, "permille": 1000 }] },
        });
        let _: Value = provider.seat.post("/products", &product).await?;
        let of = |all: &Value| -> Value {
            let items = all.get("items").and_then(Value::as_array).into_iter().flatten();
            let mut own = items.filter(|one| text(one, "/listingId") == Some(&key));
            own.next().and_then(|one| one.get("productId")).cloned().unwrap_or_default()
        };
        let all: Value = provider.seat.until("/products", |all| of(all).is_string()).await?;
        let product = of(&all);
        let product = product.as_str().context("it has an identifier")?;
        let decided: Value = world
            .platform
            .post(&format!("/listings/{product}/decision"), &json!({ "approve": true, "note": "" }))
            .await?;
        drop(decided);
        let started = Instant::now();
        loop {
            let page: Value = consumer.seat.get(&format!("/catalog?q=第{number}号客流")).await?;
            let entries = page.get("entries").and_then(Value::as_array).context("a page")?;
            if entries.iter().any(|entry| text(entry, "/productId") == Some(product)) {
                break;
            }
        }
        took.push(started.elapsed());
    }
    Ok(took)
}

/// The catalogues of many connectors at one address.
async fn serve(products: usize) -> anyhow::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let answer = move |Path(connector): Path<String>, Query(query): Query<BTreeMap<String, usize>>| async move {
        page(&connector, query.get("page").copied().unwrap_or_default(), products)
    };
    let router = Router::new().route("/{connector}/catalog/request", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn page(connector: &str, page: usize, products: usize) -> Response {
    let from = page.saturating_mul(PAGE);
    let to = from.saturating_add(PAGE).min(products);
    let dataset = |at: usize| {
        json!({ "@id": format!("{connector}-{at}"), "@type": "Dataset", "title": format!("第{connector}家连接器的第{at}项数据"),
            "description": "港口、机场与铁路的逐日客货流量，含起讫点、班次与载客量", "keyword": ["客流", "货运"],
            "hasPolicy": [{ "@id": format!("offer-{at}"), "@type": "Offer", "permission": [{ "action": "use" }] }],
            "distribution": [{ "@type": "Distribution", "format": "HttpData-PULL", "accessService": "s" }] })
    };
    let body = json!({
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@id": format!("urn:{connector}"), "@type": "Catalog",
        "participantId": format!("did:web:{connector}.example"), "dataset": (from..to).map(dataset).collect::<Vec<_>>(),
        "service": [{ "@id": "s", "@type": "DataService", "endpointURL": "https://elsewhere.example/dsp" }],
    });
    let mut response = Json(body).into_response();
    let link = format!("</{connector}/catalog/request?page={}>; rel=\"next\"", page.saturating_add(1));
    if let (true, Ok(link)) = (to < products, link.parse()) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
