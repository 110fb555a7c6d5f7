//! Drafts of contracts: one under a key, looked at by their time; and what was put before a party.

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_core::draft::ContractDraft;
use xinyu_core::draft::held::Held;
use xinyu_protocol::tc609::draft::{DraftDocument, DraftState};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, draft};

const PROVIDER: &str = "591350100M000100Y433501A1B2C3D4T";

fn document(at: usize, now: Timestamp, hours: i64) -> DraftDocument {
    let contract = xinyu_protocol::id::ContractId::compose(
        &xinyu_protocol::id::PlatformId::parse("491350100M000100Y433501A1B2C3D4E").unwrap(),
        now,
        u64::try_from(at).unwrap(),
    );
    let card = |role: &str| -> Value {
        json!({ "connectorId": PROVIDER, "participantId": "91350100M000100Y43", "participantName": "甲", "role": role,
            "address": "https://a.example", "credential": "c" })
    };
    serde_json::from_value(json!({
        "contractId": contract, "draftId": format!("d{at}"), "sequence": 1, "state": "open", "suite": "intl",
        "entry": {
            "productId": "691350100M000100Y433501A1B2C3D47", "spaceId": "s", "providerId": "91350100M000100Y43", "providerName": "甲",
            "connectorId": PROVIDER, "policies": [], "term": "P1D", "qualityLevel": "001", "securityLevel": "001", "personalData": false,
            "product": { "name": "n", "description": "d", "source": "s", "licence": "l", "topic": "B0300", "updateFrequency": "005",
                "keywords": [], "tables": [] },
            "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
        },
        "provider": card("provider"), "consumer": card("consumer"), "rounds": [], "createdAt": now + SignedDuration::from_secs(i64::try_from(at).unwrap()),
        "answerBy": now + SignedDuration::from_hours(hours),
    }))
    .unwrap()
}

#[tokio::test]
async fn tc609_14_7_2_c_a_draft_is_kept_once_a_key_and_looked_at_by_its_time() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("draft", move |tx| {
            Box::pin(async move {
                assert_eq!(draft::next_end(tx).await?, None);
                let of = |at, hours| ContractDraft {
                    document: document(at, now, hours),
                    made_by: "operator".to_owned(),
                    asked: "a".to_owned(),
                };
                let (one, two) = (of(1, 5), of(2, 2));
                assert!(draft::insert(tx, &one).await? && draft::insert(tx, &two).await?);
                let mut again = of(3, 1);
                again.document.draft_id.clone_from(&one.document.draft_id);
                assert!(!draft::insert(tx, &again).await?, "the key is taken");
                assert_eq!(draft::list(tx, 9).await?, [two.clone(), one.clone()], "newest first");
                assert_eq!(draft::open(tx, 9).await?, [two.clone(), one.clone()], "the nearest end first");
                assert_eq!(draft::next_end(tx).await?, Some(two.document.answer_by));
                assert_eq!(draft::find_by_key(tx, "d1").await?, Some(one.clone()));
                let id = two.document.contract_id.to_string();
                let mut signing = two.clone();
                signing.document.state = DraftState::Signing;
                draft::save(tx, &signing).await?;
                assert_eq!(draft::open(tx, 9).await?.len(), 2, "what is signed is looked at too");
                let mut over = signing;
                over.document.state = DraftState::Expired;
                draft::save(tx, &over).await?;
                assert_eq!(draft::lock(tx, &id).await?, Some(over.clone()));
                assert_eq!(draft::find(tx, &id).await?, Some(over));
                assert_eq!(draft::open(tx, 9).await?, [one]);
                assert_eq!(draft::find(tx, "none").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_was_put_before_us_is_kept_as_it_was_told_last() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let told = fixture.store.write("draft", move |tx| {
            Box::pin(async move {
                let of = |at| Held { document: document(at, now, 5), answered: None, note: None };
                let (one, two) = (of(1), of(2));
                draft::hold(tx, &one).await?;
                draft::hold(tx, &two).await?;
                let id = one.document.contract_id.to_string();
                let answered = Held { answered: Some("digest".to_owned()), note: Some("why".to_owned()), ..one };
                draft::hold(tx, &answered).await?;
                assert_eq!(draft::find_held(tx, &id).await?, Some(answered.clone()));
                assert_eq!(draft::lock_held(tx, &id).await?, Some(answered.clone()));
                assert_eq!(draft::list_held(tx, 9).await?, [two, answered], "newest first");
                assert_eq!(draft::find_held(tx, "none").await?, None);
                Ok::<_, StoreError>(())
            })
        });
        told.await.unwrap();
    })
    .await;
}
