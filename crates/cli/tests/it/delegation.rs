//! Who may sign for an organisation, at the moment when a contract is negotiated; and what must end before it can leave.

use serde_json::{Value, json};

use crate::people::{People, quiet, until};

fn request(key: &str, amount_fen: u64) -> Value {
    json!({
        "delegationId": key, "userName": "admin", "operator": "李慧敏", "operatorId": "11010519491231002X", "operatorAuthLevel": "2",
        "authorizationType": "1", "amountFen": amount_fen, "products": [],
        "validFrom": "2020-01-01T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_get_operator_status_decides_before_a_contract_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;
    let contract = people.apply("delegated").await;
    people.approve(&people.platform, "delegated").await.unwrap();
    people.approve(&people.provider, "delegated").await.unwrap();
    until(&people.consumer, "/api/v1/applications", |list| {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["contractId"] == contract.as_str() && one["state"] == "approved")
    })
    .await;

    // The demo's own operator acts no more, so that nobody does.
    let end = json!({ "reason": "换人" });
    let _: Value = people.consumer.post("/api/v1/delegations/demo-operator/end", &end).await.unwrap();
    // A person who is not verified is no operator; one may act up to a fen.
    let mut unverified = request("unverified", 1);
    unverified["operatorAuthLevel"] = json!("0");
    let refused = people.consumer.post::<_, Value>("/api/v1/delegations", &unverified).await.unwrap_err();
    assert_eq!(refused.status(), Some(400), "{refused}");
    let _: Value = people.consumer.post("/api/v1/delegations", &request("small", 1)).await.unwrap();
    let refused = people.negotiate(&contract).await.unwrap_err();
    assert!(refused.status() == Some(403) && refused.to_string().contains("small"), "{refused}");

    // Deregistered at the platform it may do nothing, whatever its limit, as soon as that is said.
    let _: Value = people.consumer.post("/api/v1/delegations", &request("deregistered", 10_000_000_000)).await.unwrap();
    let me: Value = people.consumer.get("/api/v1/registration").await.unwrap();
    let me = me["connectorId"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/participants/{me}/delegations/deregistered/end");
    let _: Value = people.platform.post(&path, &json!({ "reason": "离职" })).await.unwrap();
    let refused = people.negotiate(&contract).await.unwrap_err();
    assert_eq!(refused.status(), Some(403), "{refused}");

    // Who leaves is told of contracts and operators.
    let refused = people.consumer.post::<_, Value>("/api/v1/registration/departure", &json!({ "reason": "" })).await;
    let refused = refused.unwrap_err();
    let told = format!("{refused:?}");
    assert!(refused.status() == Some(409) && told.contains(&contract) && told.contains("small"), "{told}");
    assert!(!told.contains("deregistered"), "{told}");

    // One whose limit is enough signs.
    let _: Value = people.consumer.post("/api/v1/delegations", &request("large", 10_000_000_000)).await.unwrap();
    people.negotiate(&contract).await.unwrap();
    for client in [&people.provider, &people.consumer] {
        quiet(client).await;
    }
    let path = format!("/api/v1/contracts/{contract}");
    until(&people.platform, &path, |life| life["signed"].is_object()).await;
    // Nothing of the person is in the log.
    let spaces: Value = people.platform.get("/api/v1/spaces").await.unwrap();
    let space = spaces["items"][0]["spaceId"].as_str().unwrap();
    let events: Value = people.platform.get(&format!("/api/v1/evidence/{space}/events?limit=200")).await.unwrap();
    let events = events.to_string();
    assert!(events.contains("delegation.registered") && events.contains("delegation.ended"), "{events}");
    assert!(!events.contains("李慧敏") && !events.contains("11010519491231002X"));
}
