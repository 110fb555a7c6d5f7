//! A contract that a regulator freezes before it is signed gets no further, wherever it stands.

use serde_json::{Value, json};
use xinyu_http::{ApiClient, ApiError};

use crate::up::Up;

/// A demo that is up, and who acts in it.
struct People {
    up: Up,
    platform: ApiClient,
    provider: ApiClient,
    consumer: ApiClient,
    regulator: ApiClient,
}

impl People {
    /// Applies for the product that the demo's first contract is about.
    async fn apply(&self, key: &str) -> String {
        let contract = self.up.report["contract_id"].as_str().unwrap();
        let known: Value = self.consumer.get(&format!("/api/v1/agreements/{contract}")).await.unwrap();
        let new = json!({ "applicationId": key, "productId": known["productId"], "purpose": "航线" });
        let answer: Value = self.consumer.post("/api/v1/applications", &new).await.unwrap();
        answer["contractId"].as_str().unwrap().to_owned()
    }

    async fn approve(&self, who: &ApiClient, key: &str) -> Result<Value, ApiError> {
        let verdict = json!({ "approve": true, "note": "" });
        who.post(&format!("/api/v1/applications/{key}/decision"), &verdict).await
    }

    async fn freeze(&self, contract: &str) {
        let order = json!({ "orderId": format!("order-{contract}"), "ground": "例行检查" });
        let _: Value = self.regulator.post(&format!("/api/v1/contracts/{contract}/freeze"), &order).await.unwrap();
    }

    /// Begins the negotiation, once the consumer has heard of the approval.
    async fn negotiate(&self, contract: &str) -> Result<Value, ApiError> {
        let start = json!({ "contractId": contract });
        for _ in 0..500 {
            let begun = self.consumer.post("/api/v1/negotiations", &start).await;
            if begun.as_ref().err().and_then(ApiError::status) != Some(404) {
                return begun;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the consumer never heard of {contract}");
    }
}

fn is_frozen(answer: &Result<Value, ApiError>) {
    let error = answer.as_ref().unwrap_err();
    assert_eq!(error.status(), Some(409), "{error}");
    // A connector hands on what the platform says.
    assert!(error.to_string().contains("is frozen (TC609-6-2025-01 §7.4.3)"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_7_4_3_what_is_frozen_before_it_is_signed_gets_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_owned();
    let up = tokio::task::spawn_blocking(move || Up::begin(&place)).await.unwrap();
    let people = People {
        platform: up.client(0).await,
        provider: up.client(1).await,
        consumer: up.client(2).await,
        regulator: up.client(3).await,
        up,
    };

    // Before anybody has decided.
    let contract = people.apply("early").await;
    people.freeze(&contract).await;
    is_frozen(&people.approve(&people.platform, "early").await);

    // Between the two decisions.
    let contract = people.apply("between").await;
    people.approve(&people.platform, "between").await.unwrap();
    people.freeze(&contract).await;
    is_frozen(&people.approve(&people.provider, "between").await);

    // After both, before the negotiation: the order comes to the connectors as fast as the approval.
    let contract = people.apply("late").await;
    people.approve(&people.platform, "late").await.unwrap();
    people.approve(&people.provider, "late").await.unwrap();
    people.freeze(&contract).await;
    // Whether the negotiation began before the order came or not: nothing is filed, and nothing is delivered.
    let _ = people.negotiate(&contract).await;
    for client in [&people.provider, &people.consumer] {
        quiet(client).await;
    }
    let life: Value = people.platform.get(&format!("/api/v1/contracts/{contract}")).await.unwrap();
    assert!(life["signed"].is_null() && life["line"]["frozenAt"].is_string(), "{life:#}");
    let start = json!({ "contractId": contract });
    let refused = people.consumer.post::<_, Value>("/api/v1/transfers", &start).await.unwrap_err();
    assert!(matches!(refused.status(), Some(404 | 409)), "{refused}");
}

/// Waits until a node has nothing more to say.
async fn quiet(client: &ApiClient) {
    for _ in 0..500 {
        let overview: Value = client.get("/api/v1/overview").await.unwrap();
        let counters = overview["counters"].as_array().unwrap();
        if counters.iter().all(|counter| counter["name"] != "pending" || counter["value"] == 0) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("a node has still something to say");
}
