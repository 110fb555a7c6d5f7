//! Algorithms, models and applications between source, platform and consumer: registered, reviewed, checked before every run, stopped when they are withdrawn.
//! TC609-6-2025-15 §7.1.1.2, §7.2.1.2, §10.1 c.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinyu_core::component::{digests, stamp};
use xinyu_http::ApiError;
use xinyu_protocol::api::component::{ComponentFinding, ComponentInfo, ComponentLife};
use xinyu_protocol::api::connector::{NewUse, UseInfo};
use xinyu_protocol::api::evidence::EvidencePage;
use xinyu_protocol::api::{Event, List};
use xinyu_protocol::tc609::component::ComponentState;
use xinyu_shell::Failure;
use xinyu_testkit::world::{Engine, SPACE, Seat, World, WorldOptions};

fn source(world: &World) -> &Seat {
    &world.member(0).unwrap().seat
}

fn consumer(world: &World) -> &Seat {
    &world.member(1).unwrap().seat
}

const COUNT: &str = "SELECT count(*) AS n FROM data";
/// Longer than any use may run.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, data WHERE i < 0";

/// An algorithm whose content the platform keeps, with what differs.
fn algorithm(key: &str, sql: &str, change: &Value) -> Value {
    let mut new = json!({
        "registrationId": key, "spaceId": SPACE, "kind": "algorithm", "name": "行数统计", "version": "1.0",
        "mediaType": "application/sql", "content": STANDARD.encode(sql), "outputs": "一行：行数", "outputLeaves": true, "purpose": "统计",
    });
    new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    new
}

async fn register(world: &World, new: &Value) -> String {
    let made: ComponentInfo = source(world).post("/components", new).await.unwrap();
    assert_eq!(made.state, ComponentState::Submitted);
    made.component_id
}

async fn decide(world: &World, id: &str, version: &str, action: &str) -> ComponentLife {
    let path = format!("/components/{id}/versions/{version}/decision");
    world.platform.post(&path, &json!({ "action": action, "reason": "理由" })).await.unwrap()
}

async fn approved(world: &World, new: &Value) -> String {
    let id = register(world, new).await;
    decide(world, &id, new["version"].as_str().unwrap(), "approve").await;
    id
}

fn by(use_id: &str, contract_id: &str, algorithm: &str) -> NewUse {
    NewUse {
        use_id: use_id.to_owned(),
        contract_id: contract_id.to_owned(),
        action: "use".to_owned(),
        algorithm: Some(algorithm.to_owned()),
        ..NewUse::default()
    }
}

async fn ask(world: &World, new: NewUse) -> UseInfo {
    consumer(world).post("/uses", &new).await.unwrap()
}

/// State, first clause and first reason in English.
async fn refused(world: &World, new: NewUse) -> (String, String) {
    let one = ask(world, new).await;
    assert_eq!((one.state.as_str(), one.result.is_none()), ("refused", true), "{one:?}");
    (one.reasons[0].clause.clone(), one.reasons[0].text.en.clone())
}

/// Changes what the platform stores, as whoever has its database could.
async fn tamper(world: &World, sql: &'static str, id: &str, value: xinyu_store::Value) {
    let id = id.to_owned();
    let done = world.platform.node.store.write("test.tamper", move |tx| {
        Box::pin(async move {
            tx.execute(sql, vec![id.as_str().into(), value]).await?;
            Ok::<_, Failure>(())
        })
    });
    done.await.unwrap();
}

async fn code(seat: &Seat, path: &str, body: &Value) -> String {
    match seat.api.post::<_, Value>(&format!("/api/v1{path}"), body).await.unwrap_err() {
        ApiError::Problem(problem) => problem.detail.map_or_else(String::new, |text| text.en) + &problem.title.en,
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_1_2_a_a_registered_algorithm_runs_in_the_place_of_a_query() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let id = register(&world, &algorithm("r1", COUNT, &json!({}))).await;
    // The same key is the same registration, and nothing else.
    assert_eq!(register(&world, &algorithm("r1", COUNT, &json!({}))).await, id);
    let why = code(source(&world), "/components", &algorithm("r1", ENDLESS, &json!({}))).await;
    assert!(why.contains("registration r1 is another one"), "{why}");
    let constraint = json!({ "constraintName": "algorithm", "constraintOperator": "07", "constraintValue": [id] });
    let contract = world.hold("count", json!({ "actions": ["use"], "constraints": [constraint] })).await.unwrap();

    // Nobody knows it before its review.
    let (clause, why) = refused(&world, by("early", &contract, &id)).await;
    assert_eq!(clause, "/algorithm");
    assert!(why.contains("is not registered"), "{why}");
    decide(&world, &id, "1.0", "approve").await;
    let done = ask(&world, by("one", &contract, &id)).await;
    assert_eq!((done.state.as_str(), done.query.as_deref()), ("done", Some(COUNT)), "{done:?}");
    assert_eq!(done.result.unwrap().rows, [[json!(3)]]);
    let used = &done.components[0];
    let digest = format!("sha256:{}", digests(COUNT.as_bytes()).sha256);
    assert_eq!((used.component_id.as_str(), used.version.as_str(), &used.digest), (id.as_str(), "1.0", &digest));

    // Identifier, version and digest stand in the evidence of the use.
    let found: EvidencePage =
        consumer(&world).get(&format!("/evidence?contract={contract}&result=done")).await.unwrap();
    let facts = &found.items[0].event.facts;
    assert_eq!((&facts["algorithm"], &facts["algorithm_digest"]), (&json!(format!("{id}@1.0")), &json!(digest)));
    let events: List<Event> = world.platform.get(&format!("/evidence/{SPACE}/events?limit=200")).await.unwrap();
    let kinds: Vec<&str> =
        events.items.iter().rev().map(|one| one.kind.as_str()).filter(|kind| kind.starts_with("component.")).collect();
    assert_eq!(kinds, ["component.registered", "component.reviewed", "component.approved"]);

    // A query of one's own is none of the named algorithms; one beside it must be what is registered.
    let own = NewUse { algorithm: None, query: Some(COUNT.to_owned()), ..by("own", &contract, "") };
    assert_eq!(ask(&world, own).await.state, "refused");
    let other = NewUse { query: Some("SELECT * FROM data".to_owned()), ..by("other", &contract, &id) };
    let (clause, why) = refused(&world, other).await;
    assert!(clause == "/algorithm" && why.contains("does not have the digest"), "{clause} {why}");

    // The registration verifies without anybody.
    let path = format!("/api/v1/components/{id}/versions/1.0/file");
    let file = consumer(&world).api.get_bytes(&path).await.unwrap();
    let verified = stamp::verify(&file).unwrap();
    assert_eq!(verified.component.standing.component_id, id);
    assert!(stamp::verify(&file[..file.len() - 2]).is_err());
    let content = world.platform.api.get_bytes(&format!("/api/v1/components/{id}/versions/1.0/content")).await.unwrap();
    assert_eq!(content, COUNT.as_bytes());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_10_1_c_what_was_altered_renamed_or_withdrawn_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let contract = world.hold("bad", json!({ "actions": ["use"] })).await.unwrap();
    let id = approved(&world, &algorithm("v1", COUNT, &json!({}))).await;

    // Names that are nobody's, and versions that are not there.
    for (at, name) in ["count", "cmp-0", &format!("{id}@9")].into_iter().enumerate() {
        let (clause, why) = refused(&world, by(&format!("none-{at}"), &contract, name)).await;
        assert!(clause == "/algorithm" && why.contains("is not registered"), "{name}: {clause} {why}");
    }
    let as_model = NewUse { algorithm: None, model: Some(id.clone()), ..by("as-model", &contract, "") };
    let (clause, why) = refused(&world, as_model).await;
    assert!(clause == "/machineLearningModels" && why.contains("registered as algorithm"), "{clause} {why}");

    // Another's component gets no new version, and is not withdrawn.
    let next = json!({ "componentId": id, "former": "1.0", "version": "1.1" });
    let why = code(consumer(&world), "/components", &algorithm("theirs", COUNT, &next)).await;
    assert!(why.contains("another source"), "{why}");
    let withdrawal = format!("/components/{id}/versions/1.0/withdrawal");
    assert!(code(consumer(&world), &withdrawal, &json!({ "reason": "x" })).await.contains("is not registered"));
    // A new version follows; without a version the newest one runs, with one that one.
    let skipped = json!({ "componentId": id, "former": "0.9", "version": "1.1" });
    assert!(code(source(&world), "/components", &algorithm("v2", COUNT, &skipped)).await.contains("newest one, 1.0"));
    let second = "SELECT count(*) AS m FROM data";
    assert_eq!(approved(&world, &algorithm("v2", second, &next)).await, id);
    assert_eq!(ask(&world, by("newest", &contract, &id)).await.components[0].version, "1.1");
    assert_eq!(ask(&world, by("first", &contract, &format!("{id}@1.0"))).await.query.as_deref(), Some(COUNT));
    let _: ComponentLife = source(&world).post(&withdrawal, &json!({ "reason": "有缺陷" })).await.unwrap();
    let (_, why) = refused(&world, by("withdrawn", &contract, &format!("{id}@1.0"))).await;
    assert!(why.contains("is withdrawn: 有缺陷"), "{why}");
    assert!(
        code(&world.platform, &format!("/components/{id}/versions/1.0/decision"), &json!({ "action": "approve" }))
            .await
            .contains("is withdrawn")
    );
    assert_eq!(ask(&world, by("still", &contract, &id)).await.state, "done");
    decide(&world, &id, "1.1", "suspend").await;
    assert!(refused(&world, by("suspended", &contract, &id)).await.1.contains("is suspended"));
    decide(&world, &id, "1.1", "resume").await;
    // The notice that it may run again comes a moment after the answer.
    let check = json!({ "contractId": contract, "kind": "algorithm", "component": id });
    let found: ComponentFinding = consumer(&world).post("/componentChecks", &check).await.unwrap();
    assert!(found.holds, "{found:?}");

    // Whoever alters the content at the platform, or the registration itself, is found out.
    let altered = approved(&world, &algorithm("altered", COUNT, &json!({}))).await;
    let other = xinyu_store::Value::Bytes(b"SELECT * FROM data".to_vec());
    tamper(&world, "UPDATE component SET content = $2 WHERE component_id = $1", &altered, other).await;
    let (_, why) = refused(&world, by("altered", &contract, &altered)).await;
    assert!(why.contains("does not have the digest"), "{why}");
    let forged = approved(&world, &algorithm("forged", COUNT, &json!({}))).await;
    let sql = "UPDATE component SET body = replace(body, '\"purpose\":\"统计\"', $2) WHERE component_id = $1";
    tamper(&world, sql, &forged, xinyu_store::Value::Text("\"purpose\":\"其他\"".to_owned())).await;
    let (_, why) = refused(&world, by("forged", &contract, &forged)).await;
    assert!(why.contains("stamp is not valid"), "{why}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_1_3_b_a_running_use_of_a_withdrawn_algorithm_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let contract = world.hold("endless", json!({ "actions": ["use"] })).await.unwrap();
    let id = approved(&world, &algorithm("endless", ENDLESS, &json!({}))).await;
    let running = ask(&world, by("long", &contract, &id));
    let withdrawn = async {
        let runs = |all: &List<UseInfo>| all.items.iter().any(|one| one.state == "running");
        let _: List<UseInfo> = consumer(&world).until(&format!("/uses?contract={contract}"), runs).await.unwrap();
        let path = format!("/components/{id}/versions/1.0/withdrawal");
        let _: ComponentLife = source(&world).post(&path, &json!({ "reason": "结果有误" })).await.unwrap();
    };
    let (stopped, ()) = tokio::join!(running, withdrawn);
    assert_eq!((stopped.state.as_str(), stopped.reasons[0].clause.as_str()), ("stopped", "/algorithm"), "{stopped:?}");
    assert!(stopped.reasons[0].text.en.contains("is withdrawn: 结果有误"), "{stopped:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_1_2_b_content_that_stays_with_its_source_is_known_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let away = |key: &str, content: &[u8], change: Value| {
        let mut new = algorithm(key, "", &change);
        new["content"] = Value::Null;
        new["sizeBytes"] = json!(content.len());
        new["digests"] = json!(digests(content));
        new
    };
    let weights = b"weights of a model";
    let model = json!({ "kind": "model", "name": "客流预测", "mediaType": "application/octet-stream" });
    let model = approved(&world, &away("model", weights, model)).await;
    let constraint = json!({ "constraintName": "machineLearningModels", "constraintOperator": "07", "constraintValue": [format!("{model}@1.0")] });
    let contract = world.hold("model", json!({ "actions": ["use"], "constraints": [constraint] })).await.unwrap();
    let with = |use_id: &str, digest: Option<String>| NewUse {
        algorithm: None,
        query: Some(COUNT.to_owned()),
        model: Some(model.clone()),
        model_digest: digest,
        ..by(use_id, &contract, "")
    };
    assert!(refused(&world, with("nothing", None)).await.1.contains("stays with its source"));
    let other = format!("sm3:{}", digests(b"other weights").sm3);
    assert!(refused(&world, with("other", Some(other))).await.1.contains("does not have the digest"));
    let done = ask(&world, with("good", Some(format!("sm3:{}", digests(weights).sm3)))).await;
    assert_eq!((done.state.as_str(), done.components[0].version.as_str()), ("done", "1.0"), "{done:?}");
    assert!(world.platform.api.get_bytes(&format!("/api/v1/components/{model}/versions/1.0/content")).await.is_err());

    // An algorithm that is handed in, whose output does not leave.
    let contract = world.hold("kept", json!({ "actions": ["use"] })).await.unwrap();
    let kept = approved(&world, &away("kept", COUNT.as_bytes(), json!({ "outputLeaves": false }))).await;
    assert!(refused(&world, by("empty", &contract, &kept)).await.1.contains("stays with its source"));
    let changed = NewUse { query: Some(format!("{COUNT} ")), ..by("changed", &contract, &kept) };
    assert!(refused(&world, changed).await.1.contains("does not have the digest"));
    let done = ask(&world, NewUse { query: Some(COUNT.to_owned()), ..by("kept", &contract, &kept) }).await;
    assert_eq!((done.state.as_str(), done.rows_out, done.result.is_none()), ("done", 0, true), "{done:?}");

    // Whom the source does not name does not call it.
    let own = "91310000MA7XYU103F";
    let closed = approved(&world, &algorithm("closed", COUNT, &json!({ "callers": [own] }))).await;
    assert!(refused(&world, by("closed", &contract, &closed)).await.1.contains("may not call"));
    // And what is no SQL does not run here.
    let python = approved(&world, &algorithm("python", "print(1)", &json!({ "mediaType": "text/x-python" }))).await;
    assert!(refused(&world, by("python", &contract, &python)).await.1.contains("application/sql only"));
    world.stop().await;
}

/// Weight and subject of what the review found of the newest version, as somebody is told.
async fn findings(seat: &Seat, id: &str) -> Vec<(String, String)> {
    let life: ComponentLife = seat.get(&format!("/components/{id}")).await.unwrap();
    life.versions[0].findings.iter().map(|one| (one.severity.clone(), one.subject.clone())).collect()
}

fn found(severity: &str, subject: &str) -> (String, String) {
    (severity.to_owned(), subject.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_3_3_3_b_a_component_is_reviewed_with_its_content_read_and_its_interface_tried() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    // What writes, or is more than one statement, is not approved, whoever decides; its source sees why, nobody else sees it.
    let id = register(&world, &algorithm("two", "SELECT 1; DROP TABLE data", &json!({}))).await;
    let expect = [found("block", "content"), found("block", "content"), found("warn", "description")];
    assert_eq!(findings(source(&world), &id).await, expect);
    let path = format!("/components/{id}/versions/1.0/decision");
    let why = code(&world.platform, &path, &json!({ "action": "approve" })).await;
    assert!(why.contains("blocked by the review"), "{why}");
    let life = decide(&world, &id, "1.0", "refuse").await;
    assert_eq!((life.versions[0].info.state, life.versions[0].info.due_at), (ComponentState::Refused, None));

    // An application that is served elsewhere: its interface answers, and once it does not.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/run", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/run", axum::routing::get(|| async { "ok" }));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let application = |key: &str, change: &Value| {
        let digests = digests(b"an image of a container");
        let mut new = json!({
            "registrationId": key, "spaceId": SPACE, "kind": "application", "name": "可视化", "version": "1.0", "mediaType": "application/octet-stream",
            "sizeBytes": 23, "digests": digests, "outputs": "图表", "outputLeaves": true, "purpose": "展示", "description": "按月展示",
            "address": address,
        });
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        new
    };
    let id = register(&world, &application("app-1", &json!({}))).await;
    assert_eq!(findings(&world.platform, &id).await, [found("warn", "content"), found("info", "address")]);
    let info: List<ComponentInfo> = world.platform.get("/components?state=submitted").await.unwrap();
    assert!(info.items.iter().all(|one| one.due_at.is_some()));
    serving.abort();
    let _ = serving.await;
    let other = json!({ "callers": ["91510100MA7XYU437J"] });
    let id = register(&world, &application("app-2", &other)).await;
    let expect = [found("warn", "content"), found("warn", "callers"), found("warn", "address")];
    assert_eq!(findings(&world.platform, &id).await, expect);
    decide(&world, &id, "1.0", "approve").await;
    assert_eq!(findings(source(&world), &id).await, expect);
    assert_eq!(findings(consumer(&world), &id).await, []);
    for bad in ["file:///etc/passwd", "http://user:secret@127.0.0.1/"] {
        let why = code(source(&world), "/components", &application("app-3", &json!({ "address": bad }))).await;
        assert!(why.contains("no user and no password"), "{why}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_3_3_3_b_the_rule_of_a_space_approves_what_nothing_is_said_against_and_the_clock_reminds_of_the_rest()
 {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { listing_by_rule: true, ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, xinyu_testkit::world::partners().unwrap(), options);
    let world = world.await.unwrap();
    let told = algorithm("told", COUNT, &json!({ "description": "统计行数" }));
    let made: ComponentInfo = source(&world).post("/components", &told).await.unwrap();
    assert_eq!((made.state, made.due_at), (ComponentState::Approved, None));
    let life: ComponentLife = world.platform.get(&format!("/components/{}", made.component_id)).await.unwrap();
    let acts: Vec<(&str, &str)> =
        life.versions[0].history.iter().map(|one| (one.action.as_str(), one.by.as_str())).collect();
    assert_eq!(acts, [("register", "source"), ("approve", "rule")]);

    // What a person should look at waits, and he is reminded once when it is overdue.
    let waiting = register(&world, &algorithm("bare", COUNT, &json!({}))).await;
    let platform = world.service().await.unwrap();
    let reminded = async || {
        xinyu_platform::clock::remind(&platform).await.unwrap();
        let id = waiting.clone();
        let read = world.platform.node.store.read("test.deadline", move |tx| {
            Box::pin(async move {
                let versions = xinyu_store::component::versions(tx, &id).await?;
                let size = xinyu_store::log::find(tx, SPACE).await?.map_or(0, |log| log.size);
                Ok::<_, Failure>((versions[0].deadline.reminded.map(|one| one.as_str()), size))
            })
        });
        read.await.unwrap()
    };
    assert_eq!(reminded().await.0, None);
    // Its time is over.
    let (id, store) = (waiting.clone(), &world.platform.node.store);
    let over = store.write("test.over", move |tx| {
        Box::pin(async move {
            let mut one = xinyu_store::component::lock(tx, &id).await?.remove(0);
            one.deadline.due_at = Some(tx.now());
            xinyu_store::component::save(tx, &one).await.map_err(Failure::from)
        })
    });
    over.await.unwrap();
    let (first, size) = reminded().await;
    assert_eq!(first, Some("overdue"));
    assert_eq!(reminded().await, (Some("overdue"), size), "each reminder is given once");
    world.stop().await;
}
