//! A space that takes only what technique keeps: a duty that only the law keeps blocks the listing, and in another space it does not.

use serde_json::{Value, json};
use xinyu_protocol::api::{List, ListingInfo, Verdict};
use xinyu_testkit::world::{Engine, MemberOptions, SPACE, World, WorldOptions};

/// What the review gate found in a product whose data must be transformed before it is used, which no connector does.
async fn reviewed(technical_only: bool) -> (Vec<String>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { technical_only, ..WorldOptions::default() };
    let members = vec![MemberOptions::default()];
    let world = World::start_with(folder.path(), Engine::Memory, members, options).await.unwrap();
    let provider = world.member(0).unwrap();
    provider.bring_table().await.unwrap();
    let policies =
        json!([{ "permissionPolicies": [{ "actions": ["compute"], "duties": [{ "actions": ["transform"] }] }] }]);
    let new = json!({
        "listingId": "airports", "spaceId": SPACE, "name": "机场", "description": "三座机场", "source": "测试", "licence": "CC0", "topic": "B0300",
        "updateFrequency": "005", "keywords": [], "policies": policies, "term": "P30D", "autoAgree": true,
        "parts": [{ "table": "airports", "resource": "airports", "fields": ["name", "city"], "masks": [] }],
        "revenue": { "baseFen": 1000, "perUseFen": 100, "shares": [
            { "participantId": "91310000MA7XYU103F", "permille": 900 }, { "participantId": "91110000MA7XYU007Q", "permille": 100 },
        ] },
    });
    let _: Value = provider.seat.post("/products", &new).await.unwrap();
    let there = |all: &List<ListingInfo>| !all.items.is_empty();
    let found: List<ListingInfo> = world.platform.until("/listings", there).await.unwrap();
    let listing = &found.items[0];
    let blocks = listing.findings.iter().filter(|finding| finding.severity == "block");
    let clauses = blocks.map(|finding| finding.clause.clone()).collect();
    let path = format!("/listings/{}/decision", listing.entry.product_id);
    let verdict = Verdict { approve: true, note: String::new() };
    let is_listed = world.platform.post::<_, Value>(&path, &verdict).await.is_ok();
    (clauses, is_listed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_e_a_space_can_ask_for_technique() {
    assert_eq!(reviewed(true).await, (vec!["TC609-6-2025-15 §7.1.2.4 e".to_owned()], false));
    assert_eq!(reviewed(false).await, (Vec::new(), true));
}
