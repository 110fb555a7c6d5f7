//! 目录汇聚 at both kinds of node: other catalogues of four formats are read, read again when they have changed, searched by members, and removed.
//! NDI-TR-2025-06 §6.3 c.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use xinyu_http::ApiError;
use xinyu_shell::Failure;
use xinyu_testkit::world::{Engine, SPACE, Seat, WorldOptions};

use crate::termination::stage::{Stage, refused};

/// A catalogue elsewhere: what it holds now, and how it behaves.
#[derive(Default)]
struct Elsewhere {
    /// Title and what it holds, by the identifier.
    records: BTreeMap<&'static str, (&'static str, &'static str)>,
    /// A page that is answered with an error from now on.
    broken_from: Option<usize>,
    /// How often something was asked of it, and how often it had nothing new.
    asked: usize,
    unchanged: usize,
    /// What its next page waits for.
    gate: Option<Arc<Semaphore>>,
}

type Shared = Arc<Mutex<Elsewhere>>;

/// Records of a page of CKAN and of DSP here.
const PAGE: usize = 2;

/// CKAN's search: pages, the number of all.
async fn ckan(State(shared): State<Shared>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let number = |name: &str| query.get(name).and_then(|said| said.parse::<usize>().ok()).unwrap_or_default();
    let (start, rows) = (number("start"), number("rows").min(PAGE));
    let gate = shared.lock().unwrap().gate.clone().filter(|_| start > 0);
    if let Some(gate) = gate {
        // Closed, it is open.
        let _ = gate.acquire().await;
    }
    let mut elsewhere = shared.lock().unwrap();
    elsewhere.asked += 1;
    if elsewhere.broken_from.is_some_and(|page| start / PAGE >= page) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let packages: Vec<Value> = elsewhere
        .records
        .iter()
        .skip(start)
        .take(rows)
        .map(|(id, (title, notes))| {
            json!({
                "id": id, "name": id, "title": title, "notes": notes, "state": "active", "type": "dataset",
                "metadata_modified": "2026-11-01T00:00:00", "organization": { "title": "市数据局", "name": "bureau" },
                "resources": [{ "id": format!("{id}-1"), "format": "CSV", "url": format!("https://data.example.org/{id}.csv") }],
            })
        })
        .collect();
    let result = json!({ "count": elsewhere.records.len(), "results": packages });
    Json(json!({ "success": true, "result": result })).into_response()
}

/// DCAT in one document that says whether it has changed.
async fn dcat(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut elsewhere = shared.lock().unwrap();
    elsewhere.asked += 1;
    let tag = format!("\"{:?}\"", elsewhere.records.len());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|said| said.to_str().is_ok_and(|said| said == tag)) {
        elsewhere.unchanged += 1;
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let dataset = |(id, (title, words)): (&&str, &(&str, &str))| json!({ "@id": format!("https://data.example.org/{id}"), "@type": "dcat:Dataset", "dct:title": title, "dct:description": words });
    let datasets: Vec<Value> = elsewhere.records.iter().map(dataset).collect();
    let document = json!({
        "@context": { "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/" },
        "@id": "https://data.example.org/catalog", "@type": "dcat:Catalog", "dct:title": "Open data", "dcat:dataset": datasets,
    });
    ([(header::ETAG, tag)], Json(document)).into_response()
}

/// A connector's catalogue: behind a token, its pages linked.
async fn dsp(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|said| said != "Bearer open sesame") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut elsewhere = shared.lock().unwrap();
    elsewhere.asked += 1;
    let page = query.get("page").and_then(|said| said.parse::<usize>().ok()).unwrap_or_default();
    let dataset = |(id, (title, words)): (&&str, &(&str, &str))| {
        json!({ "@id": id, "@type": "Dataset", "title": title, "description": words, "hasPolicy": [{ "@id": "o", "@type": "Offer", "permission": [] }],
            "distribution": [{ "@type": "Distribution", "format": "HttpData-PULL", "accessService": "s" }] })
    };
    let datasets: Vec<Value> = elsewhere.records.iter().skip(page * PAGE).take(PAGE).map(dataset).collect();
    let body = json!({
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@id": "urn:c", "@type": "Catalog", "participantId": "did:web:elsewhere.example",
        "dataset": datasets, "service": [{ "@id": "s", "@type": "DataService", "endpointURL": "https://elsewhere.example/dsp" }],
    });
    let mut response = Json(body).into_response();
    if (page + 1) * PAGE < elsewhere.records.len() {
        let link = format!("</dsp/catalog/request?page={}>; rel=\"next\"", page + 1);
        response.headers_mut().insert(header::LINK, link.parse().unwrap());
    }
    response
}

async fn serve(shared: &Shared) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/ckan/api/3/action/package_search", get(ckan))
        .route("/catalog.jsonld", get(dcat))
        .route("/dsp/catalog/request", post(dsp))
        .route("/elsewhere", get(|| async { ([(header::LOCATION, "/catalog.jsonld")], StatusCode::FOUND) }))
        .route("/page", get(|| async { "<html><body>no catalogue</body></html>" }))
        .with_state(Arc::clone(shared));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn holding(records: &[(&'static str, &'static str, &'static str)]) -> Shared {
    let records = records.iter().map(|(id, title, words)| (*id, (*title, *words))).collect();
    Arc::new(Mutex::new(Elsewhere { records, ..Elsewhere::default() }))
}

async fn add(seat: &Seat, request: Value) -> String {
    let made: Value = seat.api.post("/api/v1/harvests", &request).await.unwrap();
    made["harvestId"].as_str().unwrap().to_owned()
}

/// Waits until it was read after a moment, and how.
async fn read(seat: &Seat, id: &str, before: &Value) -> Value {
    let before = before.clone();
    let is_read =
        move |info: &Value| info["last"].is_object() && info["last"]["at"] != before && info["progress"].is_null();
    let info: Value = seat.until(&format!("/harvests/{id}"), is_read).await.unwrap();
    info
}

async fn run(seat: &Seat, id: &str, whole: bool) -> Value {
    let info: Value = seat.get(&format!("/harvests/{id}")).await.unwrap();
    let _: Value = seat.api.post(&format!("/api/v1/harvests/{id}/run"), &json!({ "whole": whole })).await.unwrap();
    read(seat, id, &info["last"]["at"]).await
}

fn counts(info: &Value) -> [u64; 4] {
    ["new", "changed", "unchanged", "gone"].map(|name| info["last"][name].as_u64().unwrap())
}

async fn titles(seat: &Seat, path: &str) -> Vec<String> {
    let page: Value = seat.api.get(&format!("/api/v1/{path}")).await.unwrap();
    page["entries"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_6_3_c_a_platform_reads_a_catalogue_for_a_space_and_its_members_find_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (consumer, platform) = (&stage.consumer().seat, &stage.world.platform);
    let shared = holding(&[
        ("buses", "公交客流", "全市公交线路逐日客流量"),
        ("parking", "停车泊位", "公共停车场泊位数量与位置"),
        ("rain", "雨量观测", "自动站逐小时降水量"),
    ]);
    let address = serve(&shared).await;
    let source =
        |address: &str| json!({ "title": "市数据开放平台", "address": address, "spaceId": SPACE, "everyHours": 24 });

    // What is not in order is refused, each with its place, and nothing is kept.
    let refuse = async |request: Value, code: &str| {
        refused(platform.api.post::<_, Value>("/api/v1/harvests", &request).await, code);
    };
    refuse(source("http://user:secret@127.0.0.1/"), "harvest-invalid").await;
    refuse(source("http://127.0.0.1/?apikey=1"), "harvest-invalid").await;
    refuse(source("ftp://127.0.0.1/"), "harvest-invalid").await;
    let with = |name: &str, value: &str| {
        let mut request = source(&address);
        request[name] = json!(value);
        request
    };
    refuse(with("format", "oai-pmh"), "unknown-catalogue-format").await;
    refuse(with("spaceId", "nowhere"), "unknown-space").await;
    refuse(with("partner", "nobody"), "unknown-partner").await;
    assert_eq!(platform.get::<Value>("/harvests").await.unwrap()["items"], json!([]));

    // Read at once, its format recognised; members find it, by words and among nothing else.
    let id = add(platform, source(&format!("{address}/ckan"))).await;
    let info = read(platform, &id, &Value::Null).await;
    assert_eq!((&info["format"], &info["records"], counts(&info)), (&json!("ckan"), &json!(3), [3, 0, 0, 0]), "{info}");
    assert_eq!((&info["last"]["whole"], &info["last"]["pages"]), (&json!(true), &json!(2)));
    assert!(info["dueAt"].is_string());
    assert_eq!(titles(consumer, "platform/harvested?q=停车").await, ["停车泊位"]);
    assert_eq!(titles(platform, "harvested?q=停车").await, ["停车泊位"]);
    assert!(
        titles(consumer, "harvested?q=停车").await.is_empty(),
        "what the platform reads is not the connector's own"
    );
    let products: Value = consumer.get("/catalog?q=停车").await.unwrap();
    assert_eq!(products["total"], 0, "a record of another catalogue is no product");
    let page: Value = consumer.get("/platform/harvested?limit=2").await.unwrap();
    assert_eq!((&page["total"], page["entries"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!(page["sources"], json!([{ "value": id, "name": "市数据开放平台", "count": 3 }]));
    let next = page["next"].as_str().unwrap();
    assert_eq!(titles(consumer, &format!("platform/harvested?limit=2&after={next}")).await.len(), 1);
    refused(consumer.api.get::<Value>("/api/v1/harvested?after=forged").await, "cursor");

    // One record, whole.
    let found: Value = consumer.get("/platform/harvested?q=公交").await.unwrap();
    let record = found["entries"][0]["recordId"].as_str().unwrap();
    let whole: Value = consumer.get(&format!("/platform/harvested/{record}")).await.unwrap();
    assert_eq!((&whole["publisher"], &whole["source"]), (&json!("市数据局"), &json!("市数据开放平台")));
    assert_eq!(whole["addresses"], json!(["https://data.example.org/buses.csv"]));
    assert_eq!(whole["record"]["key"], "buses");
    let nowhere = consumer.api.get::<Value>("/api/v1/harvested/none").await;
    refused(nowhere, "unknown-harvested");

    // The source changes: only what changed is put in its place, what is gone is gone.
    {
        let mut elsewhere = shared.lock().unwrap();
        elsewhere.records.remove("parking");
        elsewhere.records.insert("rain", ("雨量观测", "自动站逐分钟降水量"));
        elsewhere.records.insert("sun", ("日照时数", "逐日日照时数"));
    }
    let info = run(platform, &id, true).await;
    assert_eq!((counts(&info), &info["records"]), ([1, 1, 1, 1], &json!(3)), "{info}");
    assert!(titles(consumer, "platform/harvested?q=停车").await.is_empty());
    assert_eq!(titles(consumer, "platform/harvested?q=逐分钟").await, ["雨量观测"]);
    let again = run(platform, &id, true).await;
    assert_eq!(counts(&again), [0, 0, 3, 0]);

    // It breaks off: nothing is removed, and it is tried again before its time.
    {
        let mut elsewhere = shared.lock().unwrap();
        elsewhere.records.remove("buses");
        elsewhere.records.insert("wind", ("风速观测", "逐小时风速"));
        elsewhere.broken_from = Some(1);
    }
    let broken = run(platform, &id, true).await;
    assert_eq!((&broken["last"]["whole"], &broken["records"]), (&json!(false), &json!(3)), "{broken}");
    let (due, at) = (broken["dueAt"].as_str().unwrap(), broken["last"]["at"].as_str().unwrap());
    assert!(broken["last"]["problem"]["zh"].as_str().is_some_and(|problem| problem.contains("502")), "{broken}");
    let moment = |said: &str| said.parse::<jiff::Timestamp>().unwrap().as_second();
    assert!(moment(due) - moment(at) <= 300, "{broken}");

    // Every read that brought something stands in the log of the space, and who did what in the audit.
    let events: Value = platform.get(&format!("/evidence/{SPACE}/events?kind=catalog.harvested")).await.unwrap();
    assert_eq!(events["items"].as_array().unwrap().len(), 2, "{events}");
    let _: Value = platform.api.post(&format!("/api/v1/harvests/{id}"), &json!({ "paused": true })).await.unwrap();
    refused(platform.api.post::<_, Value>(&format!("/api/v1/harvests/{id}/run"), &json!({})).await, "harvest-paused");
    let left: Value = platform.api.post(&format!("/api/v1/harvests/{id}/removal"), &json!(null)).await.unwrap();
    assert_eq!(left["items"], json!([]));
    assert!(titles(consumer, "platform/harvested").await.is_empty());
    refused(platform.api.get::<Value>(&format!("/api/v1/harvests/{id}")).await, "unknown-harvest");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_6_3_c_a_connector_reads_catalogues_for_its_own_people() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let shared = holding(&[
        ("a", "港口吞吐量", "月度集装箱吞吐量"),
        ("b", "机场航班", "航班起降记录"),
        ("c", "铁路货运", "铁路货运量"),
    ]);
    let address = serve(&shared).await;
    let source = |path: &str, token: Option<&str>| json!({ "title": path, "address": format!("{address}{path}"), "everyHours": 0, "token": token });

    // DCAT in one document: what says that it has not changed is not read again.
    let dcat = add(provider, source("/catalog.jsonld", None)).await;
    let info = read(provider, &dcat, &Value::Null).await;
    assert_eq!(
        (&info["format"], counts(&info), &info["dueAt"]),
        (&json!("dcat"), [3, 0, 0, 0], &Value::Null),
        "{info}"
    );
    assert_eq!(counts(&run(provider, &dcat, false).await), [0, 0, 3, 0]);
    assert_eq!(shared.lock().unwrap().unchanged, 1);
    assert_eq!(titles(provider, "harvested?q=吞吐量").await, ["港口吞吐量"]);
    assert!(titles(consumer, "harvested?q=吞吐量").await.is_empty(), "it is for the people of this connector alone");

    // A connector's catalogue behind a token: without it, it says what to do; the token never comes back.
    let closed = add(provider, source("/dsp", None)).await;
    let info = read(provider, &closed, &Value::Null).await;
    assert!(info["last"]["problem"].is_object() && info["records"] == 0, "{info}");
    let _: Value =
        provider.api.post(&format!("/api/v1/harvests/{closed}"), &json!({ "token": "open sesame" })).await.unwrap();
    let info = run(provider, &closed, false).await;
    assert_eq!(
        (&info["format"], &info["records"], &info["last"]["pages"]),
        (&json!("dsp"), &json!(3), &json!(2)),
        "{info}"
    );
    assert!(info["hasToken"] == true && !info.to_string().contains("sesame"));

    // What is no catalogue, leads elsewhere or does not answer is told as what it is.
    for (path, words) in [("/page", "不是可识别的目录"), ("/elsewhere", "转到别处"), ("/none", "404")] {
        let id = add(provider, source(path, None)).await;
        let info = read(provider, &id, &Value::Null).await;
        let problem = info["last"]["problem"]["zh"].as_str().unwrap_or_default();
        assert!(problem.contains(words), "{path}: {info}");
    }
    let own: Value = provider.get("/harvests").await.unwrap();
    assert_eq!(own["items"].as_array().unwrap().len(), 5);
    let error = consumer.api.get::<Value>(&format!("/api/v1/harvests/{dcat}")).await;
    assert!(matches!(error, Err(ApiError::Problem(problem)) if problem.code == "unknown-harvest"));
    stage.world.stop().await;
}

/// A file of NDI-TR-2025-06.
fn standard(records: &[(&str, &str)]) -> Value {
    let product = |(id, name): &(&str, &str)| json!({ "productId": id, "productName": name, "dscription": "逐日" });
    let list: Vec<Value> = records.iter().map(product).collect();
    json!({ "code": "10000", "message": "ok", "data": { "total": records.len(), "resultData": list } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_06_6_3_c_a_catalogue_is_handed_in_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (consumer, provider, platform) = (&stage.consumer().seat, &stage.provider().seat, &stage.world.platform);
    let hand_in = async |seat: &Seat, to: Value, content: &str| {
        let mut body = json!({ "name": "目录.json", "content": STANDARD.encode(content) });
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        seat.api.post::<_, Value>("/api/v1/harvests/file", &body).await
    };
    let new = json!({ "title": "省级目录", "spaceId": SPACE });
    let first = standard(&[("p1", "水库水位"), ("p2", "桥梁检测"), ("p3", "隧道通行")]).to_string();

    // Read before it is answered, and found by members of the space; it is never read by itself.
    let info = hand_in(platform, new.clone(), &first).await.unwrap();
    let id = info["harvestId"].as_str().unwrap().to_owned();
    assert_eq!((&info["format"], &info["file"], counts(&info)), (&json!("ndi-06"), &json!("目录.json"), [3, 0, 0, 0]));
    assert_eq!((&info["last"]["whole"], &info["progress"], &info["dueAt"]), (&json!(true), &Value::Null, &Value::Null));
    // The index follows the store.
    let finds = async |seat: &Seat, path: &str, count: usize| {
        let is_so = |page: &Value| page["entries"].as_array().is_some_and(|all| all.len() == count);
        let _: Value = seat.until(path, is_so).await.unwrap();
    };
    finds(consumer, "/platform/harvested?q=水库", 1).await;
    assert_eq!(titles(consumer, "platform/harvested?q=水库").await, ["水库水位"]);
    let started = platform.api.post::<_, Value>(&format!("/api/v1/harvests/{id}/run"), &json!({})).await;
    refused(started, "harvest-of-file");
    let hourly = platform.api.post::<_, Value>(&format!("/api/v1/harvests/{id}"), &json!({ "everyHours": 1 })).await;
    refused(hourly, "harvest-invalid");

    // The same again, then one in its place: what is not in it any more is gone.
    let of = json!({ "harvestId": id });
    assert_eq!(counts(&hand_in(platform, of.clone(), &first).await.unwrap()), [0, 0, 3, 0]);
    let second = standard(&[("p1", "水库水位"), ("p3", "隧道车流")]).to_string();
    assert_eq!(counts(&hand_in(platform, of.clone(), &second).await.unwrap()), [0, 1, 1, 1]);
    finds(consumer, "/platform/harvested?q=桥梁", 0).await;
    let events: Value = platform.get(&format!("/evidence/{SPACE}/events?kind=catalog.harvested")).await.unwrap();
    assert_eq!(events["items"].as_array().unwrap().len(), 2, "{events}");

    // What cannot be read is told as what it is, and nothing is lost.
    let most = "x".repeat(790 << 10);
    for (content, code) in [
        (&second[..second.len() - 2], "unreadable-metadata"),
        ("{\"catalogue\":[]}", "catalogue-unrecognised"),
        (most.as_str(), "body-too-large"),
    ] {
        refused(hand_in(platform, of.clone(), content).await, code);
    }
    let spoilt = json!({ "harvestId": id, "format": "ckan" });
    refused(hand_in(platform, spoilt, &second).await, "unreadable-metadata");
    refused(hand_in(platform, json!({ "harvestId": "nowhere" }), &second).await, "unknown-harvest");
    refused(hand_in(platform, json!({ "title": "无空间" }), &second).await, "unknown-space");
    refused(hand_in(platform, json!({ "title": " ", "spaceId": SPACE }), &second).await, "harvest-invalid");
    let kept: Value = platform.get(&format!("/harvests/{id}")).await.unwrap();
    assert_eq!((&kept["records"], &kept["file"], counts(&kept)), (&json!(2), &json!("目录.json"), [0, 1, 1, 1]));

    // A record that cannot be read is named by its place and stays as it was; a page of more than the file has removes nothing.
    let mut faulty: Value = serde_json::from_str(&second).unwrap();
    faulty["data"]["resultData"][1] = json!("隧道车流");
    let info = hand_in(platform, of.clone(), &faulty.to_string()).await.unwrap();
    assert_eq!(info["last"]["faults"][0]["place"], "/data/resultData/1", "{info}");
    assert_eq!((counts(&info), &info["records"]), ([0, 0, 1, 0], &json!(2)));
    let mut part = standard(&[("p4", "公路养护")]);
    part["data"]["total"] = json!(9);
    let info = hand_in(platform, of, &part.to_string()).await.unwrap();
    assert_eq!((counts(&info), &info["records"], &info["last"]["whole"]), ([1, 0, 0, 0], &json!(3), &json!(false)));
    assert!(info["last"]["problem"]["zh"].as_str().is_some_and(|why| why.contains("只是目录中的一页")), "{info}");

    // At a connector it is for its own people; what is fetched takes no file.
    let info = hand_in(provider, json!({ "title": "本单位目录" }), &first).await.unwrap();
    assert_eq!((&info["spaceId"], counts(&info)), (&json!(""), [3, 0, 0, 0]));
    let ckan = json!({ "success": true, "result": [{ "id": "a", "title": "路灯", "resources": [] }] }).to_string();
    let list = hand_in(provider, json!({ "title": "清单" }), &ckan).await.unwrap();
    assert_eq!((&list["format"], &list["last"]["whole"], counts(&list)), (&json!("ckan"), &json!(true), [1, 0, 0, 0]));
    let address = format!("{}/page", serve(&holding(&[])).await);
    let fetched = add(provider, json!({ "title": "网址", "address": address })).await;
    let _: Value = read(provider, &fetched, &Value::Null).await;
    refused(hand_in(provider, json!({ "harvestId": fetched }), &first).await, "harvest-fetched");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_is_removed_while_it_is_read_leaves_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let provider = &stage.provider().seat;
    let shared = holding(&[("a", "港口吞吐量", "月度"), ("b", "机场航班", "逐日"), ("c", "铁路货运", "逐月")]);
    let gate = Arc::new(Semaphore::new(0));
    shared.lock().unwrap().gate = Some(Arc::clone(&gate));
    let source = json!({ "title": "读到一半", "address": format!("{}/ckan", serve(&shared).await), "format": "ckan" });
    let id = add(provider, source.clone()).await;
    let is_under_way = |info: &Value| info["progress"]["pages"] == 1;
    let _: Value = provider.until(&format!("/harvests/{id}"), is_under_way).await.unwrap();
    let left: Value = provider.api.post(&format!("/api/v1/harvests/{id}/removal"), &json!(null)).await.unwrap();
    assert_eq!(left["items"], json!([]));

    // The rest comes; another one that begins after it and takes longer is read to its end.
    gate.close();
    let other = add(provider, source).await;
    assert_eq!(counts(&read(provider, &other, &Value::Null).await), [3, 0, 0, 0]);
    let counted = provider.node.store.read("test.counts", |tx| {
        Box::pin(async move { xinyu_store::harvest::counts(tx).await.map_err(Failure::from) })
    });
    assert_eq!(counted.await.unwrap(), [(other, 3)].into());
    assert_eq!(titles(provider, "harvested?q=港口").await, ["港口吞吐量"]);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_4_c_an_open_catalogue_is_read_by_another_space_and_tells_what_is_for_all_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { listing_by_rule: true, open_catalogue: true, ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let (provider, platform) = (&stage.provider().seat, &stage.world.platform);
    let policies = json!([{ "permissionPolicies": [{ "actions": ["read"] }] }]);
    let offer = async |key: &str, audience: Value| {
        let mut product = stage.product(key, "P30D", policies.clone(), json!([]));
        product["audience"] = audience;
        let _: Value = provider.post("/products", &product).await.unwrap();
        let is_listed = |all: &Value| {
            all["items"].as_array().unwrap().iter().any(|one| one["listingId"] == key && one["state"] == "listed")
        };
        let _: Value = provider.until("/products", is_listed).await.unwrap();
    };
    offer("open", json!([])).await;
    offer("closed", json!(["role:provider"])).await;

    // Anybody reads it, in both forms, and nothing of what is for some.
    let http = reqwest::Client::new();
    let address = format!("{}/public/catalog/{SPACE}", platform.node.address);
    let answer = http.get(&address).send().await.unwrap();
    let tag = answer.headers()["etag"].clone();
    let document = answer.text().await.unwrap();
    assert!(document.contains("机场 open") && !document.contains("机场 closed"), "{document}");
    let again = http.get(&address).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let standard = http.get(format!("{address}?format=ndi-06")).send().await.unwrap().text().await.unwrap();
    assert!(standard.contains("机场 open") && !standard.contains("机场 closed"), "{standard}");
    for (path, status) in [("/public/catalog/nowhere", 404), (&*format!("/public/catalog/{SPACE}?format=csv"), 400)] {
        let url = format!("{}{path}", platform.node.address);
        assert_eq!(http.get(url).send().await.unwrap().status(), status, "{path}");
    }

    // Another space, which here is a member's connector, reads it again and again.
    for (form, records) in [("dcat", 1), ("ndi-06", 1)] {
        let id =
            add(provider, json!({ "title": form, "address": format!("{address}?format={form}"), "everyHours": 1 }))
                .await;
        let info = read(provider, &id, &Value::Null).await;
        assert_eq!((&info["format"], &info["records"]), (&json!(form), &json!(records)), "{info}");
        assert_eq!(counts(&run(provider, &id, false).await), [0, 0, 1, 0]);
    }
    assert_eq!(titles(provider, "harvested?q=机场").await, ["机场 open", "机场 open"]);
    stage.world.stop().await;
}
