//! The people of a demo that is up, over the APIs of their nodes.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use xinyu_http::{ApiClient, ApiError};

use crate::up::Up;

/// Before something is looked at again, and how often it is.
const PAUSE: Duration = Duration::from_millis(20);
const LOOKS: usize = 1_500;

/// A demo that is up, and who acts in it.
pub(crate) struct People {
    up: Up,
    pub(crate) platform: ApiClient,
    pub(crate) provider: ApiClient,
    pub(crate) consumer: ApiClient,
    regulator: ApiClient,
}

impl People {
    /// Brings a demo up, and logs everybody in.
    pub(crate) async fn begin(folder: &Path) -> Self {
        let place = folder.to_owned();
        let up = tokio::task::spawn_blocking(move || Up::begin(&place)).await.unwrap();
        Self {
            platform: up.client(0).await,
            provider: up.client(1).await,
            consumer: up.client(2).await,
            regulator: up.client(3).await,
            up,
        }
    }

    /// Applies for the product that the demo's first contract is about.
    pub(crate) async fn apply(&self, key: &str) -> String {
        let contract = self.up.report["contract_id"].as_str().unwrap();
        let known: Value = self.consumer.get(&format!("/api/v1/agreements/{contract}")).await.unwrap();
        let new = json!({ "applicationId": key, "productId": known["productId"], "purpose": "航线" });
        let answer: Value = self.consumer.post("/api/v1/applications", &new).await.unwrap();
        answer["contractId"].as_str().unwrap().to_owned()
    }

    /// The operator or the provider approves.
    pub(crate) async fn approve(&self, who: &ApiClient, key: &str) -> Result<Value, ApiError> {
        let verdict = json!({ "approve": true, "note": "" });
        who.post(&format!("/api/v1/applications/{key}/decision"), &verdict).await
    }

    /// The regulator freezes a contract.
    pub(crate) async fn freeze(&self, contract: &str) {
        let order = json!({ "orderId": format!("order-{contract}"), "ground": "例行检查" });
        let _: Value = self.regulator.post(&format!("/api/v1/contracts/{contract}/freeze"), &order).await.unwrap();
    }

    /// Begins the negotiation, once the consumer has heard of the approval.
    pub(crate) async fn negotiate(&self, contract: &str) -> Result<Value, ApiError> {
        let start = json!({ "contractId": contract });
        for _ in 0..LOOKS {
            let begun = self.consumer.post("/api/v1/negotiations", &start).await;
            if begun.as_ref().err().and_then(ApiError::status) != Some(404) {
                return begun;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the consumer never heard of {contract}");
    }
}

/// Reads until what is read is so.
pub(crate) async fn until(client: &ApiClient, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..LOOKS {
        if let Ok(found) = client.get::<Value>(path).await
            && is_so(&found)
        {
            return found;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("{path} did not become so: {:?}", client.get::<Value>(path).await);
}

/// Waits until a node has nothing more to say.
pub(crate) async fn quiet(client: &ApiClient) {
    let is_quiet = |overview: &Value| {
        let counters = overview["counters"].as_array().unwrap();
        counters.iter().all(|counter| counter["name"] != "pending" || counter["value"] == 0)
    };
    until(client, "/api/v1/overview", is_quiet).await;
}
