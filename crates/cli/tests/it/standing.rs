//! A party of a running contract that is suspended: its partner uses nothing any more, and says why.

use serde_json::{Value, json};

use crate::people::{People, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_the_data_of_a_suspended_provider_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;
    let agreements: Value = people.consumer.get("/api/v1/agreements").await.unwrap();
    let contract = agreements["items"][0]["contractId"].as_str().unwrap().to_owned();
    let me: Value = people.provider.get("/api/v1/registration").await.unwrap();
    let provider = me["connectorId"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/participants/{provider}/standing");
    let _: Value =
        people.platform.post(&path, &json!({ "action": "suspend", "reason": "违反空间规则" })).await.unwrap();
    until(&people.provider, "/api/v1/registration", |info| info["state"] == "suspended").await;
    let mut n = 0;
    loop {
        n += 1;
        let ask = json!({ "contractId": contract, "useId": format!("after-{n}"), "action": "compute", "query": "SELECT 1", "purpose": "航线" });
        let used: Value = people.consumer.post("/api/v1/uses", &ask).await.unwrap();
        let reason = &used["reasons"][0];
        if reason["clause"] == "/partyStanding" {
            assert!(used["state"] == "refused" && reason.to_string().contains("违反空间规则"), "{used:#}");
            break;
        }
        assert!(n < 500, "{used:#}");
    }
    // A suspended provider's products are not found.
    let found: Value = people.consumer.get("/api/v1/catalog?q=").await.unwrap();
    assert_eq!(found["entries"].as_array().unwrap().len(), 0, "{found:#}");
}
