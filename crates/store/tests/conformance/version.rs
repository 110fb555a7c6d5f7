//! The versions of a contract: each kept once, in order; and those that were proposed.

use serde_json::{Value, json};
use xinyu_core::contract::version::Kept;
use xinyu_core::contract::version::proposal::{Pending, State};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, version};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn signed(number: u32, now: Timestamp) -> Value {
    let link = json!({ "number": number, "previous": "0".repeat(64), "kind": "amendment", "reason": "业务需要", "answerBy": now });
    let mut terms = json!({
        "spaceId": "s", "suite": "intl", "applicationId": "a", "agreementId": "g", "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
    });
    if number > 1 {
        terms["version"] = link;
    }
    json!({ "signatures": [], "contract": {
        "contractId": CONTRACT, "contractName": "n", "contractAbstract": "a", "createTime": "20260101000000", "signMode": "01",
        "signTime": "20260101000000", "indate": "20270101000000", "signatoryEntities": [], "contractPolicies": [], "expansionItem": terms,
    } })
}

fn kept(number: u32, hash: &str, now: Timestamp) -> Kept {
    serde_json::from_value(json!({
        "signed": signed(number, now), "contract_hash": hash, "replaced_at": now, "uses": 3,
        "filing": { "platformId": "491350100M000100Y433501A1B2C3D4E", "keys": {}, "stamp": "x" },
    }))
    .unwrap()
}

fn pending(id: &str, now: Timestamp) -> Pending {
    serde_json::from_value(json!({
        "version_id": id, "signed": signed(2, now), "contract_hash": "1", "is_ours": true, "peer": "p", "space_id": "s", "state": "proposed",
        "note": null, "proposed_at": now, "answered_at": null,
    }))
    .unwrap()
}

#[tokio::test]
async fn tc609_14_7_4_c_versions_are_kept_in_order_and_never_written_over() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("version", move |tx| {
            Box::pin(async move {
                for (number, hash) in [(2, "two"), (1, "one"), (1, "another")] {
                    version::keep(tx, &kept(number, hash, now)).await?;
                }
                assert_eq!(version::kept(tx, CONTRACT).await?, [kept(1, "one", now), kept(2, "two", now)]);
                assert!(version::kept(tx, "C0").await?.is_empty());
                assert!(version::insert(tx, &pending("v", now)).await?);
                assert!(!version::insert(tx, &pending("v", now)).await?, "the key is taken");
                let refused = Pending { state: State::Refused, ..pending("v", now) };
                version::save(tx, &refused).await?;
                assert_eq!(version::lock(tx, "v").await?, Some(refused.clone()));
                assert_eq!(version::list(tx, CONTRACT).await?, [refused]);
                assert_eq!(version::lock(tx, "w").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}
