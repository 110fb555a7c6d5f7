//! Our connector and EDC's with each other, EDC being enrolled at our platform as another maker's connector of a member: `interop_dcp CLASSPATH`. The
//! platform looks at it, adapts and admits it, and issues credentials to its DID. EDC has no wallet of its own; a small one of the protocol alone is it.
//! What our side shows, EDC verifies with its own modules, and the other way round; suspended, it is refused. Prints a line a step; ends with an error at
//! the first thing that is not as it must be. DCP 1.0.1; TC609-6-2025-16 6.2 d.

#![expect(clippy::print_stdout, reason = "a program that reports to its terminal")]

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use url::form_urlencoded::byte_serialize;
use xinyu_protocol::api::connector::{NegotiationInfo, NewNegotiation, ProcessInfo};
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation};
use xinyu_protocol::api::device::ConnectorInfo;
use xinyu_protocol::api::participant::NewStanding;
use xinyu_protocol::api::{List, Verdict};
use xinyu_protocol::tc609::heterogeneous::Statement;
use xinyu_testkit::edc::{Edc, EdcClaims, EdcOptions, Partner};
use xinyu_testkit::foreign::{Foreign, SECRET};
use xinyu_testkit::world::{Engine, Member, MemberOptions, ProductOptions, Seat, World};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let classpath = std::env::args().nth(1).context("usage: interop_dcp CLASSPATH")?;
    let folder = tempfile::tempdir()?;
    let mut watch = Watch(Instant::now());
    let member = |organisation| MemberOptions { organisation, ..MemberOptions::default() };
    let world = World::start(folder.path(), Engine::File, vec![member(0), member(1)]).await?;
    let (ours, owner) = (world.member(0)?, world.member(1)?);
    let _: List<CredentialInfo> =
        ours.seat.until("/credentials", |held: &List<CredentialInfo>| held.items.len() == 3).await?;
    watch.lap("our connector holds the credentials of our platform");

    let wallet = Foreign::start().await?;
    let theirs = wallet.did.to_string();
    let edc = Edc::start(EdcOptions {
        classpath,
        folder: std::env::var_os("XINYU_EDC_LOG").map_or_else(|| folder.path().join("edc"), Into::into),
        participant_id: theirs.clone(),
        poll_millis: Some(50),
        callback_url: None,
        claims: Some(EdcClaims {
            token_url: format!("{}/sts/token", wallet.address),
            secret: SECRET.to_owned(),
            trusted_issuer: world.platform.node.dcp.did.to_string(),
        }),
    })
    .await?;
    watch.lap("EDC runs");
    let id = enrolled(&world.platform, owner, &edc, &wallet, &mut watch).await?;
    we_consume(&edc, ours, &theirs, &mut watch).await?;
    let partner = we_provide(&edc, ours, &mut watch).await?;
    suspended(&world.platform, &id, &edc, &partner, &mut watch).await?;
    revoked(&world.platform, ours, &theirs, &mut watch).await?;
    world.stop().await;
    Ok(())
}

/// A member enrols EDC; the platform looks at it, admits it, and issues credentials to its DID.
async fn enrolled(
    platform: &Seat,
    owner: &Member,
    edc: &Edc,
    wallet: &Foreign,
    watch: &mut Watch,
) -> anyhow::Result<String> {
    let mut statement = Statement { address: edc.root_url(), ..wallet.statement() };
    "Eclipse Foundation".clone_into(&mut statement.device.supplier_name);
    "EDC".clone_into(&mut statement.device.connector_name);
    let early: anyhow::Result<ConnectorInfo> = owner.seat.post("/heterogeneousConnectors", &statement).await;
    ensure!(early.is_err(), "EDC is enrolled under a DID that does not name it");
    wallet.speak_at(&edc.root_url());
    let enrolled: ConnectorInfo = owner.seat.post("/heterogeneousConnectors", &statement).await?;
    let id = enrolled.connector_id;
    let other = enrolled.heterogeneous.context("it is not told of as another maker's")?;
    let versions: Vec<&str> = other.probed.versions.iter().map(|one| one.version.as_str()).collect();
    watch.lap(&format!("a member has enrolled EDC as {id}; it serves {}", versions.join(", ")));
    let verdict = Verdict { approve: true, note: String::new() };
    let _: ConnectorInfo = platform.post(&format!("/heterogeneousConnectors/{id}/decision"), &verdict).await?;
    wallet.holds("MembershipCredential").await?;
    wallet.holds("ConnectorCapabilityCredential").await?;
    let is_online =
        |list: &List<ConnectorInfo>| list.items.iter().any(|one| one.connector_id == id && one.liveness == "online");
    let _: List<ConnectorInfo> = platform.until("/connectors", is_online).await?;
    watch.lap("EDC is admitted, holds our platform's credentials, and is seen to run");
    Ok(id)
}

/// Suspended, EDC is refused at its next request.
async fn suspended(platform: &Seat, id: &str, edc: &Edc, partner: &Partner, watch: &mut Watch) -> anyhow::Result<()> {
    let standing = NewStanding { action: "suspend".to_owned(), reason: "审查".to_owned() };
    let _: ConnectorInfo = platform.post(&format!("/heterogeneousConnectors/{id}/standing"), &standing).await?;
    ensure!(edc.catalog(partner).await.is_err(), "EDC is suspended, and still sees our catalogue");
    watch.lap("EDC is suspended, and we refuse it");
    let standing = NewStanding { action: "resume".to_owned(), reason: String::new() };
    let _: ConnectorInfo = platform.post(&format!("/heterogeneousConnectors/{id}/standing"), &standing).await?;
    Ok(())
}

/// EDC verifies what we show, and makes an agreement with us.
async fn we_consume(edc: &Edc, ours: &Member, theirs: &str, watch: &mut Watch) -> anyhow::Result<()> {
    edc.offer("meter", "http://127.0.0.1:1/meter.csv", &json!({ "permission": [{ "action": "use" }] })).await?;
    let catalog: Value = ours.seat.get(&catalog_path(theirs)).await?;
    ensure!(catalog.to_string().contains("meter"), "EDC's catalogue has no meter: {catalog}");
    watch.lap("EDC accepts our credentials, and shows its catalogue");
    let new = NewNegotiation {
        partner: Some(theirs.to_owned()),
        dataset: Some("meter".to_owned()),
        ..NewNegotiation::default()
    };
    let begun: ProcessInfo = ours.seat.post("/negotiations", &new).await?;
    let is_over = |info: &NegotiationInfo| matches!(info.process.state.as_str(), "FINALIZED" | "TERMINATED");
    let ended = ours.seat.until(&format!("/negotiations/{}", begun.pid), is_over).await?;
    ensure!(ended.process.state == "FINALIZED", "the negotiation ended: {ended:?}");
    watch.lap("we consume: FINALIZED, every message with credentials");
    Ok(())
}

/// We verify what EDC shows, and make an agreement with it.
async fn we_provide(edc: &Edc, ours: &Member, watch: &mut Watch) -> anyhow::Result<Partner> {
    ours.bring_table().await?;
    let product =
        ours.seed_product("airports", ProductOptions { auto_agree: true, ..ProductOptions::default() }).await?;
    let node = &ours.seat.node;
    let partner =
        Partner { participant_id: node.dcp.did.to_string(), protocol_url: format!("{}/dsp/2025-1", ours.seat.address) };
    let offer = edc.find_offer(&partner, product.as_str()).await?;
    watch.lap("we accept EDC's credentials, and show our catalogue");
    edc.agree(&partner, &offer).await?;
    watch.lap("we provide: FINALIZED, every message with credentials");
    Ok(partner)
}

/// Our platform revokes what we hold: EDC knows us no longer.
async fn revoked(platform: &Seat, ours: &Member, theirs: &str, watch: &mut Watch) -> anyhow::Result<()> {
    let issued: List<CredentialInfo> = platform.get("/credentials").await?;
    let did = ours.seat.node.dcp.did.as_str();
    let membership = issued.items.iter().find(|one| one.holder == did && one.kind == "MembershipCredential");
    let credential_id = membership.context("our membership is not among what was issued")?.credential_id.clone();
    let revocation = CredentialRevocation { credential_id, reason: "审查".to_owned() };
    let _: CredentialInfo = platform.post("/credentials/revocation", &revocation).await?;
    // EDC keeps a list of the revoked for half a second here.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let refused: anyhow::Result<Value> = ours.seat.get(&catalog_path(theirs)).await;
    match refused {
        Ok(catalog) => bail!("EDC still shows its catalogue to one whose membership is revoked: {catalog}"),
        Err(error) => ensure!(format!("{error:#}").contains("401"), "{error:#}"),
    }
    watch.lap("our membership is revoked, and EDC refuses us");
    Ok(())
}

fn catalog_path(did: &str) -> String {
    format!("/partners/{}/catalog", byte_serialize(did.as_bytes()).collect::<String>())
}

struct Watch(Instant);

impl Watch {
    fn lap(&mut self, what: &str) {
        println!("{:7.3} s  {what}", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}
