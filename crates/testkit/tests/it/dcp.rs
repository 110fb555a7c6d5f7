//! Two connectors of one platform meet as strangers do: by their DIDs and the credentials that their platform issued, over the Dataspace Protocol.
//! DCP 1.0.1.

use std::sync::Arc;

use serde_json::{Value, json};
use xinyu_core::issuance::IssuancePolicy;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::PartnerInfo;
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation, DidInfo, DidRotation};
use xinyu_protocol::dcp::{Profile, Scope};
use xinyu_shell::Node;
use xinyu_testkit::fault::{Fault, Line};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World, WorldOptions};

/// The provider is 0, the consumer 1; the consumer holds its credentials.
async fn world(folder: &std::path::Path) -> World {
    xinyu_http::install_tls();
    let member =
        |organisation| MemberOptions { organisation, is_consumer: organisation == 1, ..MemberOptions::default() };
    let issuance = IssuancePolicy { profiles: Profile::ALL.to_vec(), ..IssuancePolicy::default() };
    let world = World::start_with(
        folder,
        Engine::File,
        vec![member(0), member(1)],
        WorldOptions { issuance, ..WorldOptions::default() },
    )
    .await
    .unwrap();
    for member in &world.members {
        held(&member.seat, 6).await;
    }
    world
}

async fn held(seat: &Seat, count: usize) -> Vec<CredentialInfo> {
    seat.until("/credentials", |held: &List<CredentialInfo>| held.items.len() == count).await.unwrap().items
}

fn membership() -> Vec<Scope> {
    vec![Scope::Type("MembershipCredential".to_owned())]
}

/// Asks the provider for its catalogue with a token: the status, and what it says.
async fn ask(address: &str, token: &str) -> (u16, Value) {
    let url = format!("{address}/dsp/2025-1/catalog/request");
    let message = json!({
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage",
    });
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url).bearer_auth(token).json(&message);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

struct Pair {
    provider: String,
    provider_did: String,
    consumer: Arc<Node>,
}

impl Pair {
    fn of(world: &World) -> Self {
        let provider = &world.member(0).unwrap().seat;
        Self {
            provider: provider.address.clone(),
            provider_did: provider.node.dcp.did.to_string(),
            consumer: Arc::clone(&world.member(1).unwrap().seat.node),
        }
    }

    fn token(&self) -> String {
        self.consumer.dcp.token(&self.provider_did, &membership())
    }

    async fn ask(&self) -> (u16, Value) {
        ask(&self.provider, &self.token()).await
    }

    async fn refused(&self, status: u16, why: &str) {
        let (found, said) = self.ask().await;
        assert_eq!(found, status, "{said}");
        assert!(said.to_string().contains(why), "{said}");
    }
}

async fn rotate(seat: &Seat, withdraw: bool) {
    let before: DidInfo = seat.get("/did").await.unwrap();
    let after: DidInfo = seat.post("/did/rotation", &DidRotation { withdraw }).await.unwrap();
    assert_eq!(after.keys.len(), before.keys.len() + 1);
    assert_eq!(after.keys[1].withdrawn_at.is_some(), withdraw);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcp_1_0_5_4_3_a_member_is_known_by_its_credentials_until_they_are_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let pair = Pair::of(&world);
    let (status, catalog) = pair.ask().await;
    assert_eq!((status, &catalog["@type"]), (200, &json!("Catalog")), "{catalog}");

    // It has joined, and is there for people to see.
    let partners: List<PartnerInfo> = world.member(0).unwrap().seat.get("/partners").await.unwrap();
    let did = pair.consumer.dcp.did.as_str();
    assert!(partners.items.iter().any(|one| one.id == did && one.space_id == "testing"), "{partners:?}");

    // Who shows too little, or to somebody else, is nobody.
    let check = async |token: String, status: u16, why: &str| {
        let (found, said) = ask(&pair.provider, &token).await;
        assert_eq!(found, status, "{said}");
        assert!(said.to_string().contains(why), "{said}");
    };
    let dcp = &pair.consumer.dcp;
    let role = [Scope::Type("RoleCredential".to_owned())];
    check(dcp.token(&pair.provider_did, &[]), 401, "no right").await;
    check(dcp.token(&pair.provider_did, &role), 403, "no membership").await;
    check(dcp.token("did:web:other.example", &membership()), 401, "aud").await;
    check(dcp.token_with(&pair.provider_did, "not ours"), 401, "refuses with 401").await;

    // A credential of one profile is revoked: the other one still says the same, and yet nobody is to show a revoked one.
    let issued: List<CredentialInfo> = world.platform.get("/credentials").await.unwrap();
    let ours = issued.items.iter().find(|one| one.holder == did && one.kind == "MembershipCredential").unwrap();
    let revocation =
        |reason: &str| CredentialRevocation { credential_id: ours.credential_id.clone(), reason: reason.to_owned() };
    let nameless: anyhow::Result<CredentialInfo> =
        world.platform.post("/credentials/revocation", &revocation(" ")).await;
    assert!(format!("{:#}", nameless.unwrap_err()).contains("reason"));
    let revoked: CredentialInfo = world.platform.post("/credentials/revocation", &revocation("审查")).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    pair.refused(401, "revoked").await;
    let again: anyhow::Result<CredentialInfo> =
        world.platform.post("/credentials/revocation", &revocation("再次")).await;
    assert!(format!("{:#}", again.unwrap_err()).contains("revoked"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcp_1_0_4_3_3_a_token_is_taken_once_of_a_hundred_at_a_time_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    let pair = Pair::of(&world);
    let token = pair.token();
    let all = futures::future::join_all((0..100).map(|_| ask(&pair.provider, &token))).await;
    let passed = all.iter().filter(|(status, _)| *status == 200).count();
    let replays = all.iter().filter(|(_, said)| said.to_string().contains("used before")).count();
    assert_eq!((passed, replays), (1, 99));
    world.crash(0).await.unwrap();
    let (status, said) = ask(&pair.provider, &token).await;
    assert_eq!(status, 401, "{said}");
    assert_eq!(pair.ask().await.0, 200);
    // Who joined before the restart is still known.
    let partners: List<PartnerInfo> = world.member(0).unwrap().seat.get("/partners").await.unwrap();
    assert!(partners.items.iter().any(|one| one.id == pair.consumer.dcp.did.as_str()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcp_1_0_4_2_keys_change_and_what_they_signed_stands_unless_they_are_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let pair = Pair::of(&world);
    let consumer = &world.member(1).unwrap().seat;
    let old = pair.token();
    rotate(consumer, false).await;
    assert_eq!(pair.ask().await.0, 200);
    // Signed by the key before: it no longer signs for anything new.
    let (status, said) = ask(&pair.provider, &old).await;
    assert_eq!(status, 401, "{said}");
    rotate(&world.platform, false).await;
    assert_eq!(pair.ask().await.0, 200);
    rotate(&world.platform, true).await;
    // The credentials were signed by the first key, which is still believed.
    assert_eq!(pair.ask().await.0, 200);
    // The log tells which key signed when.
    let recorded = world.platform.node.store.read("test", |tx| {
        Box::pin(async move {
            let rows = tx.fetch("SELECT COUNT(*) AS n FROM entry WHERE kind = 'did.key'", Vec::new()).await?;
            Ok::<_, xinyu_shell::Failure>(rows[0].integer("n")?)
        })
    });
    assert!(recorded.await.is_ok_and(|count| count >= 3));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcp_1_0_6_what_comes_twice_is_issued_once() {
    xinyu_http::install_tls();
    let folder = tempfile::tempdir().unwrap();
    let (to_platform, to_member) = (Arc::new(Line::open().await.unwrap()), Arc::new(Line::open().await.unwrap()));
    let offer = to_member.strike("CredentialOfferMessage", Fault::AnswerLost);
    let request = to_platform.strike("CredentialRequestMessage", Fault::AnswerLost);
    let member = MemberOptions { line: Some(to_member), ..MemberOptions::default() };
    let options = WorldOptions { line: Some(to_platform), ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::File, vec![member], options).await.unwrap();
    for strike in [offer, request] {
        strike.has_struck().await;
        strike.lift();
        strike.has_passed().await;
    }
    held(&world.member(0).unwrap().seat, 3).await;
    let issued: List<CredentialInfo> = world.platform.get("/credentials").await.unwrap();
    assert_eq!(issued.items.len(), 3, "{:?}", issued.items);
    world.stop().await;
}
