//! Policy templates between people, platform and connectors: written by one, reviewed by another, enabled in a space, fetched, filled in, and claimed by a
//! listing that is held to it. TC609-6-2025-14 §7.2, B.2.1; TC609-6-2025-15 §7.2.2.1.

use serde_json::{Value, json};
use xinyu_http::{ApiClient, ApiError};
use xinyu_protocol::api::connector::{CatalogInfo, OfferingInfo};
use xinyu_protocol::api::template::{TemplateComparison, TemplateInfo, TemplateInstance, TemplateLife};
use xinyu_protocol::api::{Event, List, Login, Session};
use xinyu_protocol::tc609::catalog::ListingAnswer;
use xinyu_protocol::tc609::template::{ContractTemplateAnswer, OfferedTemplate, TemplateFile};
use xinyu_shell::{Failure, user};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World};

const PASSWORD: &str = "tests-only-2025";
const SPACE: &str = "testing";

async fn world(folder: &std::path::Path) -> World {
    xinyu_http::install_tls();
    let member =
        |organisation| MemberOptions { organisation, is_consumer: organisation == 1, ..MemberOptions::default() };
    World::start(folder, Engine::Memory, vec![member(0), member(1)]).await.unwrap()
}

/// A person of the platform with a session of its own.
pub(crate) async fn person(seat: &Seat, name: &str, role: &str) -> ApiClient {
    user::ensure(&seat.node, name, name, role, PASSWORD).await.unwrap();
    let api = ApiClient::new(seat.address.parse().unwrap()).unwrap();
    let login = Login { name: name.to_owned(), password: PASSWORD.to_owned(), code: None, captcha: None };
    let session: Session = api.post("/api/v1/login", &login).await.unwrap();
    api.with_session(session.token)
}

pub(crate) async fn post<T: serde::de::DeserializeOwned>(
    api: &ApiClient,
    path: &str,
    body: &Value,
) -> Result<T, ApiError> {
    api.post(&format!("/api/v1{path}"), body).await
}

/// Code and clause of a refusal.
pub(crate) async fn refused(api: &ApiClient, path: &str, body: &Value) -> (String, String) {
    match post::<Value>(api, path, body).await.unwrap_err() {
        ApiError::Problem(problem) => (problem.code.clone(), problem.clause.clone().unwrap_or_default()),
        other => (other.to_string(), String::new()),
    }
}

/// A template that limits how often and for what.
fn definition(id: &str, most: u64) -> Value {
    let text = |text: &str| json!({ "zh": text, "en": text });
    json!({
        "templateId": id, "name": text("次数与目的"), "description": text("限定次数与目的"), "kind": "combined", "objects": ["data"],
        "effects": ["allow", "oblige"], "priority": 10, "spaceKinds": [],
        "parameters": [
            { "name": "times", "label": text("次数"), "help": text("次数"), "type": { "integer": { "min": 1, "max": most } }, "required": true, "default": 3 },
            { "name": "purposes", "label": text("目的"), "help": text("目的"), "type": { "words": { "most": 5 } }, "required": true },
        ],
        "body": {
            "permissionPolicies": [{ "actions": ["compute"], "constraints": [
                { "constraintName": "count", "constraintOperator": "11", "constraintValue": { "$parameter": "times" } },
                { "constraintName": "purpose", "constraintOperator": "07", "constraintValue": { "$parameter": "purposes" } },
            ] }],
            "obligationPolicies": [{ "actions": ["logRecordSend"] }],
        },
    })
}

fn product(key: &str, templates: &Value) -> Value {
    json!({
        "listingId": key, "spaceId": SPACE, "name": "机场", "description": "机场客流", "source": "自有", "licence": "自有", "topic": "B0300",
        "updateFrequency": "005", "keywords": [], "parts": [{ "table": "airports", "resource": "airports", "fields": ["name", "city"] }],
        "templates": templates, "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [{ "participantId": "91310000MA7XYU103F", "permille": 1000 }] },
        "term": "P30D", "autoAgree": true,
    })
}

async fn told(world: &World) -> Vec<String> {
    let events: List<Event> = world.platform.get(&format!("/evidence/{SPACE}/events?limit=200")).await.unwrap();
    let mut kinds: Vec<String> =
        events.items.into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("template.")).collect();
    kinds.reverse();
    kinds
}

async fn audited(world: &World, id: &str) -> Vec<String> {
    let id = id.to_owned();
    let read = world.platform.node.store.read("test.audit", move |tx| {
        Box::pin(async move {
            let sql = "SELECT actor, action, detail FROM audit WHERE object = $1 ORDER BY sequence";
            let rows = tx.fetch(sql, vec![id.as_str().into()]).await?;
            let told = |row: &xinyu_store::Row| {
                let (actor, action, detail) = (row.text("actor")?, row.text("action")?, row.text("detail")?);
                Ok::<_, Failure>(format!("{actor} {action} {detail}"))
            };
            rows.iter().map(told).collect::<Result<Vec<_>, _>>()
        })
    });
    read.await.unwrap()
}

fn decision(action: &str, space: Option<&str>) -> Value {
    json!({ "action": action, "spaceId": space, "reason": "理由" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_1_a_a_template_goes_from_its_author_through_a_review_to_a_product() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (li, wang) = (person(&world.platform, "li", "manager").await, person(&world.platform, "wang", "manager").await);
    let clerk = person(&world.platform, "zhao", "clerk").await;
    let provider = &world.member(0).unwrap().seat;
    world.member(0).unwrap().bring_table().await.unwrap();

    let life: TemplateLife = post(&li, "/templates", &definition("mine", 9)).await.unwrap();
    assert_eq!((life.versions.len(), life.versions[0].info.state.as_str()), (1, "draft"));
    let v1 = "/templates/mine/versions/1/decision";
    // Neither whom it is not for, nor its author, nor anybody before the review.
    assert!(post::<Value>(&clerk, v1, &decision("approve", None)).await.unwrap_err().status() == Some(403));
    assert_eq!(refused(&li, v1, &decision("approve", None)).await.0, "own-template");
    assert_eq!(refused(&wang, v1, &decision("enable", Some(SPACE))).await.0, "template-state");
    assert_eq!(
        refused(&wang, v1, &json!({ "action": "publish" })).await,
        ("unknown-move".to_owned(), "/action".to_owned())
    );
    let _: TemplateLife = post(&wang, v1, &decision("approve", None)).await.unwrap();
    assert_eq!(refused(&wang, v1, &decision("enable", None)).await.0, "space-missing");
    assert_eq!(refused(&wang, v1, &decision("enable", Some("nowhere"))).await.0, "unknown-space");
    let choice = json!([{ "templateId": "mine", "parameters": { "times": 2, "purposes": ["研究"] } }]);
    // A template that is reviewed and not enabled is not there for members.
    assert!(provider.post::<_, Value>("/products", &product("early", &choice)).await.is_err());
    let life: TemplateLife = post(&wang, v1, &decision("enable", Some(SPACE))).await.unwrap();
    assert_eq!(life.versions[0].info.spaces, [SPACE]);

    let offering: OfferingInfo = provider.post("/products", &product("p1", &choice)).await.unwrap();
    assert_eq!((offering.templates[0].template_id.as_str(), offering.templates[0].version), ("mine", 1));
    let again: OfferingInfo = provider.post("/products", &product("p1", &choice)).await.unwrap();
    assert_eq!(again.listing_id, offering.listing_id);
    let listings: Value =
        world.platform.until("/listings", |list: &Value| !list["items"].as_array().unwrap().is_empty()).await.unwrap();
    let listing = &listings["items"][0];
    assert_eq!(listing["entry"]["templates"][0]["parameters"], json!({ "times": 2, "purposes": ["研究"] }));
    assert!(listing["findings"].to_string().contains("mine v1"), "{listing}");
    let id = listing["entry"]["productId"].as_str().unwrap();
    let _: Value =
        post(&wang, &format!("/listings/{id}/decision"), &json!({ "approve": true, "note": "" })).await.unwrap();
    let found: CatalogInfo = world.member(1).unwrap().seat.get("/catalog").await.unwrap();
    assert_eq!(found.entries[0].templates[0].template_id, "mine");

    // A second version takes the place of the first where it is enabled.
    let _: TemplateLife = post(&li, "/templates", &definition("mine", 99)).await.unwrap();
    let v2 = "/templates/mine/versions/2/decision";
    let _: TemplateLife = post(&wang, v2, &decision("approve", None)).await.unwrap();
    let life: TemplateLife = post(&wang, v2, &decision("enable", Some(SPACE))).await.unwrap();
    let states: Vec<&str> = life.versions.iter().map(|one| one.info.state.as_str()).collect();
    assert_eq!(states, ["enabled", "disabled"]);
    let compared: TemplateComparison = li.get("/api/v1/templates/mine/comparison").await.unwrap();
    assert_eq!(compared.changes[0].pointer, "/parameters/0/type/integer/max");
    let old = json!([{ "templateId": "mine", "version": 1, "parameters": { "purposes": ["研究"] } }]);
    let error = provider.post::<_, Value>("/products", &product("p2", &old)).await.unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("not enabled"), "{error}");

    // Disabled it is gone for members; what is listed stays.
    let _: TemplateLife = post(&wang, v2, &decision("disable", Some(SPACE))).await.unwrap();
    let offered: List<OfferedTemplate> = provider.get("/templates").await.unwrap();
    assert!(!offered.items.iter().any(|one| one.template.definition.template_id == "mine"));
    assert!(provider.post::<_, Value>("/products", &product("p3", &choice)).await.is_err());
    let found: CatalogInfo = world.member(1).unwrap().seat.get("/catalog").await.unwrap();
    assert_eq!(found.entries.len(), 1);
    let _: TemplateLife = post(&wang, v2, &decision("delete", None)).await.unwrap();
    let life: TemplateLife = post(&wang, v1, &decision("delete", None)).await.unwrap();
    assert!(life.versions.iter().all(|one| one.info.state == "deleted" && !one.history.is_empty()));

    assert_eq!(
        told(&world).await,
        [
            "template.saved",
            "template.reviewed",
            "template.enabled",
            "template.saved",
            "template.reviewed",
            "template.enabled",
            "template.disabled",
            "template.disabled",
            "template.deleted",
            "template.deleted"
        ]
    );
    assert_eq!(
        audited(&world, "mine").await,
        [
            "li template.save v1",
            "wang template.approve v1",
            "wang template.enable v1 testing",
            "li template.save v2",
            "wang template.approve v2",
            "wang template.enable v2 testing",
            "wang template.disable v1 testing",
            "wang template.disable v2 testing",
            "wang template.delete v2",
            "wang template.delete v1"
        ]
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_b_2_1_connectors_fetch_what_is_enabled_in_their_spaces() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let member = world.member(0).unwrap();
    let node = &member.seat.node;
    let (me, other) = (member.id().unwrap(), world.member(1).unwrap().id().unwrap());
    let ask = async |id: Option<&str>, issuer: &str, entity: &str, space: Option<&str>| {
        let mut body = json!({ "issuerId": issuer, "issuerEntityId": entity });
        if let Some(id) = id {
            body["templateId"] = json!(id);
        }
        if let Some(space) = space {
            body["spaceId"] = json!(space);
        }
        xinyu_connector::platform::ask::<_, ContractTemplateAnswer>(node, "/tc609/contractTemplate", &body).await
    };
    let all = ask(None, &me, "91310000MA7XYU103F", None).await.unwrap();
    assert_eq!(all.status, "0");
    assert!(all.template.len() > 11 && all.template.iter().all(|one| one.spaces == [SPACE]));
    let one = ask(Some("use-count"), &me, "91310000MA7XYU103F", Some(SPACE)).await.unwrap();
    assert_eq!((one.template.len(), one.template[0].template.definition.template_id.as_str()), (1, "use-count"));
    let none = ask(Some("nothing"), &me, "91310000MA7XYU103F", None).await.unwrap();
    assert_eq!((none.status.as_str(), none.template.len()), ("1", 0));
    for (issuer, entity, space) in [
        (other.as_str(), "91440300MA7XYU2188", None),
        (me.as_str(), "91440300MA7XYU2188", None),
        (me.as_str(), "91310000MA7XYU103F", Some("elsewhere")),
    ] {
        let refused = ask(None, issuer, entity, space).await.unwrap_err();
        assert!(matches!(refused, Failure::Rejected(ref one) if one.status == 403), "{refused:?}");
    }
    let kept: List<OfferedTemplate> = member.seat.get("/templates").await.unwrap();
    assert_eq!(kept.items, all.template);
    let one: List<OfferedTemplate> = member.seat.get("/templates/use-count").await.unwrap();
    assert_eq!(one.items.len(), 1);
    assert!(member.seat.get::<Value>("/templates/nothing").await.is_err());

    // An operator disables what comes with the program, in this space alone.
    let path = "/templates/use-count/versions/1/decision";
    let wang = person(&world.platform, "wang", "manager").await;
    let _: TemplateLife = post(&wang, path, &decision("disable", Some(SPACE))).await.unwrap();
    let gone = ask(Some("use-count"), &me, "91310000MA7XYU103F", None).await.unwrap();
    assert_eq!(gone.status, "1");
    let listed: List<TemplateInfo> = world.platform.get(&format!("/templates?space={SPACE}")).await.unwrap();
    assert!(!listed.items.iter().any(|one| one.template.definition.template_id == "use-count"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_2_b_wrong_parameters_and_false_claims_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let member = world.member(0).unwrap();
    member.bring_table().await.unwrap();
    let provider = &member.seat;
    let api = provider.client();
    let made = |templates: Value| json!({ "spaceId": SPACE, "templates": templates });
    let choose = |id: &str, parameters: Value| json!({ "templateId": id, "parameters": parameters });
    let good =
        json!([choose("use-count", json!({ "times": 2 })), choose("use-actions", json!({ "actions": ["compute"] }))]);
    let instance: TemplateInstance = provider.post("/templateInstances", &made(good.clone())).await.unwrap();
    assert!(instance.clauses.iter().any(|clause| clause.text.zh.contains('2')), "{:?}", instance.clauses);
    for (templates, code, clause) in [
        (json!([]), "template-choices", "/templates"),
        (json!([choose("nothing", json!({}))]), "unknown-template", "/templates"),
        (json!([choose("use-count", json!({ "times": 0 }))]), "template-parameters", "/templates/0/parameters/times"),
        (
            json!([choose("use-count", json!({ "times": { "$parameter": "times" } }))]),
            "template-parameters",
            "/templates/0/parameters/times",
        ),
        (
            json!([choose("use-count", json!({})), choose("usable-range", json!({ "purposes": ["a\",\"b"] }))]),
            "template-parameters",
            "/templates/1/parameters/purposes",
        ),
        (
            json!([choose("content", json!({ "fields": ["a"], "rows": "1=1 or" }))]),
            "template-parameters",
            "/templates/0/parameters/rows",
        ),
        (json!([choose("use-notice", json!({}))]), "template-permits-nothing", "TC609-6-2025-15 §7.2.2.1"),
    ] {
        let found = refused(&api, "/templateInstances", &made(templates.clone())).await;
        assert_eq!(found, (code.to_owned(), clause.to_owned()), "{templates}");
    }
    let elsewhere = json!({ "spaceId": "elsewhere", "templates": good });
    assert_eq!(refused(&api, "/templateInstances", &elsewhere).await.0, "template-not-enabled");
    let mut both = product("both", &good);
    both["policies"] = json!([{ "permissionPolicies": [{ "actions": ["read"] }] }]);
    assert_eq!(refused(&api, "/products", &both).await.0, "policies-twice");

    // A listing that claims templates which do not come to its policies stays outside.
    let _: OfferingInfo = provider.post("/products", &product("honest", &good)).await.unwrap();
    let stored = member.store().read("test.offering", |tx| {
        Box::pin(async move { xinyu_store::offering::find(tx, "honest").await.map_err(Failure::from) })
    });
    let mut request = stored.await.unwrap().unwrap().request;
    request.listing_id = "false".to_owned();
    request.policies = vec![json!({ "permissionPolicies": [{ "actions": ["download"] }] })];
    let answer: ListingAnswer =
        xinyu_connector::platform::ask(&provider.node, "/tc609/listing", &request).await.unwrap();
    let path = format!("/listings/{}/decision", answer.product_id);
    let manager = person(&world.platform, "wang", "manager").await;
    let refused = refused(&manager, &path, &json!({ "approve": true, "note": "" })).await;
    assert_eq!(refused, ("blocked-by-review".to_owned(), "TC609-6-2025-14 §7.2 b".to_owned()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_2_2_1_f_a_template_travels_from_platform_to_platform_as_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (li, wang) = (person(&world.platform, "li", "manager").await, person(&world.platform, "wang", "manager").await);
    let _: TemplateLife = post(&li, "/templates", &definition("traveller", 9)).await.unwrap();
    let file: TemplateFile = li.get("/api/v1/templates/traveller/versions/1/file").await.unwrap();
    let document: Value = li.get("/.well-known/did.json").await.unwrap();
    let send = |file: &TemplateFile, document: Option<&Value>| json!({ "file": file, "document": document });

    // Another one under the same name, so that what comes in is a version of its own.
    let _: TemplateLife = post(&li, "/templates", &definition("traveller", 99)).await.unwrap();
    let life: TemplateLife = post(&li, "/templateImports", &send(&file, Some(&document))).await.unwrap();
    let newest = &life.versions[0].info;
    assert_eq!((newest.template.version, newest.state.as_str(), newest.origin.as_str()), (3, "draft", "imported"));
    assert!(newest.is_verified && newest.issuer.as_deref() == Some(file.exported.issuer.as_str()));
    let v3 = "/templates/traveller/versions/3/decision";
    assert_eq!(refused(&li, v3, &decision("approve", None)).await.0, "own-template", "who imports does not review");
    let _: TemplateLife = post(&wang, v3, &decision("approve", None)).await.unwrap();

    let mut tampered = file.clone();
    tampered.exported.template.definition.priority = 999;
    assert_eq!(refused(&li, "/templateImports", &send(&tampered, None)).await.0, "template-tampered");
    let mut other = document.clone();
    other["verificationMethod"] = json!([]);
    assert_eq!(refused(&li, "/templateImports", &send(&file, Some(&other))).await.0, "template-signature");
    // A signature with a turned character is found where there is a key to find it with.
    let mut forged = file.clone();
    let at = forged.jws.rfind('.').unwrap() + 1;
    let turned = if forged.jws[at..].starts_with('A') { "B" } else { "A" };
    forged.jws.replace_range(at..=at, turned);
    assert_eq!(refused(&li, "/templateImports", &send(&forged, Some(&document))).await.0, "template-signature");
    // Without a key it is a draft that says so.
    let mut renamed = definition("unsigned", 9);
    renamed["priority"] = json!(1);
    let _: TemplateLife = post(&li, "/templates", &renamed).await.unwrap();
    let file: TemplateFile = li.get("/api/v1/templates/unsigned/versions/1/file").await.unwrap();
    let mut own = definition("unsigned", 8);
    own["priority"] = json!(2);
    let _: TemplateLife = post(&li, "/templates", &own).await.unwrap();
    let life: TemplateLife = post(&li, "/templateImports", &send(&file, None)).await.unwrap();
    assert!(!life.versions[0].info.is_verified && life.versions[0].info.state == "draft");
    assert!(told(&world).await.contains(&"template.imported".to_owned()));
    assert!(audited(&world, "traveller").await.contains(&"li template.export v1".to_owned()));

    // What is wrong is told with its place, and nothing is kept.
    let mut bad = definition("bad", 9);
    bad["body"]["permissionPolicies"][0]["constraints"][0]["constraintValue"] = json!({ "$parameter": "tmes" });
    let (code, clause) = refused(&li, "/templates", &bad).await;
    assert_eq!(
        (code.as_str(), clause.as_str()),
        ("template-invalid", "/body/permissionPolicies/0/constraints/0/constraintValue")
    );
    assert!(li.get::<Value>("/api/v1/templates/bad").await.is_err());
    world.stop().await;
}
