//! Our connector and EDC's with each other, each knowing the other by its credentials alone: `interop_dcp CLASSPATH`. EDC has no wallet of its own; a
//! second connector of ours is it: it holds the credentials that our platform has issued, and gives EDC its tokens. What our side shows, EDC verifies
//! with its own modules, and the other way round. Prints a line a step; ends with an error at the first thing that is not as it must be. DCP 1.0.1.

#![expect(clippy::print_stdout, reason = "a program that reports to its terminal")]

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use url::form_urlencoded::byte_serialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NegotiationInfo, NewNegotiation, ProcessInfo};
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation};
use xinyu_shell::arranged::Arranged;
use xinyu_testkit::edc::{Edc, EdcClaims, EdcOptions, Partner};
use xinyu_testkit::token_service::{self, Client};
use xinyu_testkit::world::{Engine, Member, MemberOptions, ProductOptions, SPACE, Seat, World};

const CLIENT: Client = Client { id: "wallet", secret: "arranged with the wallet" };

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let classpath = std::env::args().nth(1).context("usage: interop_dcp CLASSPATH")?;
    let folder = tempfile::tempdir()?;
    let mut watch = Watch(Instant::now());
    let member = |organisation| MemberOptions { organisation, ..MemberOptions::default() };
    let world = World::start(folder.path(), Engine::File, vec![member(0), member(1)]).await?;
    let (ours, wallet) = (world.member(0)?, world.member(1)?);
    for seat in [&ours.seat, &wallet.seat] {
        let _: List<CredentialInfo> =
            seat.until("/credentials", |held: &List<CredentialInfo>| held.items.len() == 3).await?;
    }
    watch.lap("both hold the credentials of our platform");

    let tokens = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let token_url = format!("http://{}/sts/token", tokens.local_addr()?);
    let router = token_service::router(Arc::clone(&wallet.seat.node), CLIENT);
    tokio::spawn(async { axum::serve(tokens, router).await });
    let theirs = wallet.seat.node.dcp.did.to_string();
    let edc = Edc::start(EdcOptions {
        classpath,
        folder: std::env::var_os("XINYU_EDC_LOG").map_or_else(|| folder.path().join("edc"), Into::into),
        participant_id: theirs.clone(),
        poll_millis: Some(50),
        callback_url: None,
        claims: Some(EdcClaims {
            token_url,
            secret: CLIENT.secret.to_owned(),
            trusted_issuer: world.platform.node.dcp.did.to_string(),
        }),
    })
    .await?;
    watch.lap("EDC runs");
    we_consume(&edc, ours, &theirs, &mut watch).await?;
    we_provide(&edc, ours, &mut watch).await?;
    revoked(&world.platform, ours, &theirs, &mut watch).await?;
    world.stop().await;
    Ok(())
}

/// EDC verifies what we show, and makes an agreement with us.
async fn we_consume(edc: &Edc, ours: &Member, theirs: &str, watch: &mut Watch) -> anyhow::Result<()> {
    edc.offer("meter", "http://127.0.0.1:1/meter.csv", &json!({ "permission": [{ "action": "use" }] })).await?;
    let node = &ours.seat.node;
    let partner = Arranged::by_credentials(theirs, "Eclipse EDC", &edc.partner().protocol_url);
    node.arranged.join(partner.in_space(SPACE).knowing_us_as(Some(node.dcp.did.to_string())));
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
async fn we_provide(edc: &Edc, ours: &Member, watch: &mut Watch) -> anyhow::Result<()> {
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
    Ok(())
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
