//! A member pushes: what travels and lies is encrypted for its receiver, and is used like what was pulled.

use serde_json::{Value, json};

use crate::people::{People, until};
use crate::story::nothing_lies_open;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_05_7_what_a_member_pushes_is_encrypted_for_its_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;
    let contract = people.apply("push").await;
    people.approve(&people.platform, "push").await.unwrap();
    people.approve(&people.provider, "push").await.unwrap();
    people.negotiate(&contract).await.unwrap();
    let path = format!("/api/v1/agreements/{contract}");
    until(&people.consumer, &path, |agreement| agreement["inForce"] == true).await;
    let start = json!({ "contractId": contract, "format": "HttpData-PUSH" });
    let _: Value = people.consumer.post("/api/v1/transfers", &start).await.unwrap();
    let held = until(&people.consumer, &path, |agreement| agreement["data"] == "held").await;
    assert!(held["meter"]["rows"].as_u64().unwrap() > 10_000, "{held:#}");
    let query = "SELECT count(icao) FROM airports";
    let ask = json!({ "useId": "pushed", "contractId": contract, "action": "compute", "query": query });
    let made: Value = people.consumer.post("/api/v1/uses", &ask).await.unwrap();
    assert_eq!(made["state"], "done", "{made:#}");
    nothing_lies_open(folder.path());
}
