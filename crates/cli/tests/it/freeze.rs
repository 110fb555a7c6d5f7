//! A contract that a regulator freezes before it is signed gets no further, wherever it stands.

use serde_json::{Value, json};
use xinyu_http::ApiError;

use crate::people::{People, quiet};

fn is_frozen(answer: &Result<Value, ApiError>) {
    let error = answer.as_ref().unwrap_err();
    assert_eq!(error.status(), Some(409), "{error}");
    // A connector hands on what the platform says.
    assert!(error.to_string().contains("is frozen (TC609-6-2025-01 §7.4.3)"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_7_4_3_what_is_frozen_before_it_is_signed_gets_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;

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
