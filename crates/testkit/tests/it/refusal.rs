//! A refusal of the Dataspace Protocol between members: typed, and proven by who refuses.

use serde_json::{Value, json};
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, MemberOptions, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsp_2025_1_8_1_a_member_can_believe_that_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let members = [false, true].map(|is_consumer| MemberOptions {
        organisation: usize::from(is_consumer),
        is_consumer,
        ..MemberOptions::default()
    });
    let world = World::start(folder.path(), Engine::Memory, members.into()).await.unwrap();
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    world.introduce(1, 0).await.unwrap();
    let me = provider.id().unwrap();
    let message = json!({
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "ContractNegotiationTerminationMessage",
        "providerPid": "urn:uuid:none", "consumerPid": "urn:uuid:none", "code": "x", "reason": [],
    });
    let kinds = [
        ("/dsp/2025-1/negotiations/urn:uuid:none/termination", "ContractNegotiationError"),
        ("/dsp/2025-1/transfers/urn:uuid:none/termination", "TransferError"),
        ("/dsp/2025-1/catalog/request", "CatalogError"),
    ];
    for (path, kind) in kinds {
        let body = serde_json::to_vec(&message).unwrap();
        let (status, body) = post(&consumer.seat.node, &me, path, body).await.unwrap();
        let error: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(error["@type"], kind, "{path}: {status} {error}");
        assert!(status == 404 || status == 400, "{path}: {status} {error}");
    }
    world.stop().await;
}
