//! A provider, a consumer and a regulator, and contracts between them that are in force, with their data delivered.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_testkit::world::{Engine, Member, MemberOptions, SPACE, Seat, World, WorldOptions};

/// The use that is allowed.
pub(crate) const QUERY: &str = "SELECT count(*) AS n FROM airports";

/// The three of them.
pub(crate) struct Stage {
    /// Everything.
    pub(crate) world: World,
}

impl Stage {
    /// Admits them; the provider has a table.
    pub(crate) async fn begin(folder: &Path, engine: Engine) -> Self {
        Self::begin_as(folder, engine, MemberOptions::default(), WorldOptions::default()).await
    }

    /// The same, with what varies of the platform.
    pub(crate) async fn begin_with(folder: &Path, engine: Engine, options: WorldOptions) -> Self {
        Self::begin_as(folder, engine, MemberOptions::default(), options).await
    }

    /// The same, with what varies of each member besides.
    pub(crate) async fn begin_as(folder: &Path, engine: Engine, member: MemberOptions, options: WorldOptions) -> Self {
        let members = [0, 1, 2].map(|organisation| MemberOptions {
            organisation,
            is_consumer: organisation == 1,
            is_regulator: organisation == 2,
            ..member.clone()
        });
        Self::among(folder, engine, members.into(), options).await
    }

    /// The same, with whoever else there is.
    pub(crate) async fn among(
        folder: &Path,
        engine: Engine,
        members: Vec<MemberOptions>,
        options: WorldOptions,
    ) -> Self {
        let world = World::start_with(folder, engine, members, options).await.unwrap();
        world.member(0).unwrap().bring_table().await.unwrap();
        Self { world }
    }

    pub(crate) fn provider(&self) -> &Member {
        self.world.member(0).unwrap()
    }

    pub(crate) fn consumer(&self) -> &Member {
        self.world.member(1).unwrap()
    }

    pub(crate) fn regulator(&self) -> &Member {
        self.world.member(2).unwrap()
    }

    /// A contract in force, its data delivered, over a product of its own.
    pub(crate) async fn contract(&self, key: &str, term: &str, actions: &[&str]) -> String {
        let contract = self.filed(key, term, actions).await;
        self.deliver(&contract).await;
        contract
    }

    /// Has the data of a contract delivered.
    pub(crate) async fn deliver(&self, contract: &str) {
        let start = json!({ "contractId": contract });
        let _: Value = self.consumer().seat.post("/transfers", &start).await.unwrap();
        let held = |agreement: &Value| agreement["data"] == "held";
        let _: Value = self.consumer().seat.until(&format!("/agreements/{contract}"), held).await.unwrap();
    }

    /// A contract in force, whose data nobody has asked for.
    pub(crate) async fn filed(&self, key: &str, term: &str, actions: &[&str]) -> String {
        self.filed_with(key, term, actions, json!([])).await
    }

    /// The same, with smart clauses.
    pub(crate) async fn filed_with(&self, key: &str, term: &str, actions: &[&str], smart_clauses: Value) -> String {
        let contract = self.approved_with(key, term, permitted(actions), smart_clauses).await;
        self.agreed(contract).await
    }

    /// A contract in force under policies, whose data nobody has asked for.
    pub(crate) async fn filed_under(&self, key: &str, term: &str, policies: Value) -> String {
        let contract = self.approved_with(key, term, policies, json!([])).await;
        self.agreed(contract).await
    }

    async fn agreed(&self, contract: String) -> String {
        let (provider, consumer) = (&self.provider().seat, &self.consumer().seat);
        // The platform's list says that it is approved; the notice of it may still be on its way.
        let begun = async || -> Result<Value, ApiError> {
            consumer.api.post("/api/v1/negotiations", &json!({ "contractId": contract })).await
        };
        let mut started = begun().await;
        for _ in 0..100 {
            if !matches!(&started, Err(ApiError::Problem(problem)) if problem.code == "unknown-contract") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            started = begun().await;
        }
        let _ = started.unwrap();
        for who in [provider, consumer] {
            let _: Value = agreement(who, &contract, |agreement| agreement["inForce"] == true).await;
        }
        contract
    }

    /// An application that platform and provider approved, and nobody has negotiated over: the contract's id.
    pub(crate) async fn approved(&self, key: &str, term: &str, actions: &[&str]) -> String {
        self.approved_with(key, term, permitted(actions), json!([])).await
    }

    /// What the provider asks for, to offer its airports.
    pub(crate) fn product(&self, key: &str, term: &str, policies: Value, smart_clauses: Value) -> Value {
        let owner = self.provider().seat.node.party().unwrap().connector().unwrap().owner();
        json!({
            "listingId": key, "spaceId": SPACE, "name": format!("机场 {key}"), "description": "三座机场", "source": "测试", "licence": "CC0",
            "topic": "B0300", "updateFrequency": "005", "keywords": [],
            "parts": [{ "table": "airports", "resource": "airports", "fields": ["name", "city", "visitors"] }],
            "policies": policies,
            "revenue": { "baseFen": 1000, "perUseFen": 10, "shares": [
                { "participantId": owner, "permille": 900 }, { "participantId": "91110000MA7XYU007Q", "permille": 100 },
            ] },
            "term": term, "autoAgree": true, "smartClauses": smart_clauses,
        })
    }

    async fn approved_with(&self, key: &str, term: &str, policies: Value, smart_clauses: Value) -> String {
        let (platform, provider, consumer) = (&self.world.platform, &self.provider().seat, &self.consumer().seat);
        let product = self.product(key, term, policies, smart_clauses);
        let _: Value = provider.post("/products", &product).await.unwrap();
        let of = move |all: &Value, key: &str| -> Value {
            let found = all["items"].as_array().unwrap().iter().find(|one| one["listingId"] == key);
            found.cloned().unwrap_or_default()
        };
        let all: Value = provider.until("/products", |all| of(all, key)["productId"].is_string()).await.unwrap();
        let id = of(&all, key)["productId"].as_str().unwrap().to_owned();
        let yes = json!({ "approve": true, "note": "" });
        let _: Value = platform.post(&format!("/listings/{id}/decision"), &yes).await.unwrap();
        let _: Value = provider.until("/products", |all| of(all, key)["state"] == "listed").await.unwrap();
        let new = json!({ "applicationId": key, "productId": id, "purpose": "航线" });
        let answer: Value = consumer.post("/applications", &new).await.unwrap();
        let contract = answer["contractId"].as_str().unwrap().to_owned();
        for who in [platform, provider] {
            let _: Value = who.post(&format!("/applications/{key}/decision"), &yes).await.unwrap();
        }
        let approved = |all: &Value| {
            let all = all["items"].as_array().unwrap();
            all.iter().any(|one| one["contractId"] == contract.as_str() && one["state"] == "approved")
        };
        let _: Value = consumer.until("/applications", approved).await.unwrap();
        contract
    }

    /// A use under a contract: its state, and the first clause that refused it.
    pub(crate) async fn ask(&self, contract: &str, key: &str) -> (String, String) {
        let new = json!({ "useId": key, "contractId": contract, "action": "read", "query": QUERY });
        let made: Value = self.consumer().seat.post("/uses", &new).await.unwrap();
        let clause = made["reasons"][0]["clause"].as_str().unwrap_or_default().to_owned();
        (made["state"].as_str().unwrap().to_owned(), clause)
    }

    /// The contract's life at the platform, once it is so.
    pub(crate) async fn life(&self, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.world.platform.until(&format!("/contracts/{contract}"), is_so).await.unwrap()
    }

    /// The regulator's order.
    pub(crate) async fn order(&self, contract: &str, what: &str, key: &str) -> Result<Value, ApiError> {
        let order = json!({ "orderId": key, "ground": "例行检查" });
        self.regulator().seat.api.post(&format!("/api/v1/contracts/{contract}/{what}"), &order).await
    }

    /// The kinds of all records of a contract, in the order of the log.
    pub(crate) async fn kinds(&self, contract: &str) -> Vec<String> {
        let life: Value = self.world.platform.get(&format!("/contracts/{contract}")).await.unwrap();
        let events = life["events"].as_array().unwrap().iter();
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

fn permitted(actions: &[&str]) -> Value {
    json!([{ "permissionPolicies": [{ "actions": actions }] }])
}

/// An agreement on one side, once it is there and so.
pub(crate) async fn agreement(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let of = |all: &Value| -> Value {
        let found = all["items"].as_array().unwrap().iter().find(|one| one["contractId"] == contract);
        found.cloned().unwrap_or_default()
    };
    let all: Value = seat.until("/agreements", |all| is_so(&of(all))).await.unwrap();
    of(&all)
}

/// Acts on an agreement's end.
pub(crate) async fn act(seat: &Seat, contract: &str, what: &str, body: Value) -> Result<Value, ApiError> {
    seat.api.post(&format!("/api/v1/agreements/{contract}/{what}"), &body).await
}

/// What is said of the end on one side, once it is so.
pub(crate) async fn ending(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    seat.until(&format!("/agreements/{contract}/termination"), is_so).await.unwrap()
}

/// That something was refused, and by which code.
pub(crate) fn refused(answer: Result<Value, ApiError>, code: &str) {
    match answer.unwrap_err() {
        ApiError::Problem(problem) => assert_eq!(problem.code, code, "{problem:?}"),
        other => panic!("{other}"),
    }
}
