//! The connector under test: a member with the seeds that the official kits need, the two webhooks by which they make it act as consumer, and a program that
//! makes its moves over the management API by the scripts of [`crate::kit::dsp::script`], as a person would. Nothing of it is in the product.

mod dcp;
mod dps;
mod dsp;
mod webhook;

use std::path::Path;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use xinyu_core::negotiation::Side;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};

use crate::kit::dsp::script;
use crate::world::{Engine, Member, MemberOptions, ProductOptions, SPACE, World};

/// How the DSP kit names itself.
pub const KIT: &str = "TCK_PARTICIPANT";
/// What the DSP kit shows us, and we show it.
pub const KIT_TOKEN: &str = "a token that was arranged with the kit";
/// The DPS kit as data plane and as control plane.
const PLANE: &str = "kit";
/// What it shows us as such.
const PLANE_TOKEN: &str = "a token that was arranged with the kit's planes";
/// The participants that the DPS kit plays towards our control plane.
const PARTICIPANTS: [&str; 2] = ["providerId", "consumerId"];
/// The agreements of the control plane's tests: with the provider that it plays, and with the consumer.
const DPS_AGREEMENTS: [&str; 2] = ["ADPS-CONSUMER", "ADPS-PROVIDER"];
/// The dataset of the DPS kit's control plane tests, delivered by the kit's data plane.
const DPS_DATASET: &str = "ADPS";
/// Agreements of flows that take their time, and of flows that are done by themselves.
const BY_HAND: &str = "async";
const COMPLETE: &str = "complete";

/// A connector under test that runs.
pub struct Subject {
    world: World,
    webhook_url: String,
    kit: String,
    /// The catalogue names products by their identifiers.
    listed: String,
    stop: CancellationToken,
}

impl Subject {
    /// Starts it. `kit` is the address at which the kit listens, without a path.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(folder: &Path, kit: &str) -> anyhow::Result<Self> {
        let arranged = arranged(kit);
        let options = MemberOptions {
            arranged,
            by_hand: vec![BY_HAND.to_owned()],
            data_plane_id: Some(dps::PROVIDER_ID.to_owned()),
            ..MemberOptions::default()
        };
        let options = MemberOptions { trusted: vec![dcp::issuer(kit)?], ..options };
        let world = World::issuing(folder, Engine::File, vec![options], dcp::issuance()).await?;
        dcp::admit_holder(&world.platform, kit).await?;
        let stop = CancellationToken::new();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let webhook_url = format!("http://{}", listener.local_addr()?);
        let member = world.member(0)?;
        let listed = seed(member).await?;
        let agent = dsp::Agent::new(&member.seat);
        let router: Router = webhook::router(&agent, &member.seat.address).merge(dcp::token_service(&member.seat));
        let ending = stop.clone();
        tokio::spawn(async move {
            let _ = axum::serve(listener, router).with_graceful_shutdown(ending.cancelled_owned()).await;
        });
        tokio::spawn(dsp::run(agent.clone(), stop.clone()));
        tokio::spawn(dps::run(agent, stop.clone()));
        Ok(Self { world, webhook_url, kit: kit.to_owned(), listed, stop })
    }

    /// The configuration of the DSP kit for it, as the official one reads it.
    ///
    /// # Errors
    /// If it is not registered.
    pub fn dsp_properties(&self) -> anyhow::Result<Vec<(String, String)>> {
        let member = self.world.member(0)?;
        let mut properties = dsp::properties(&member.id()?, &member.seat.address, &self.webhook_url, &self.kit);
        properties.push(("CAT_01_01_DATASETID".to_owned(), self.listed.clone()));
        Ok(properties)
    }

    /// The configuration of the DPS kit for it.
    ///
    /// # Errors
    /// If it is not there.
    pub fn dps_properties(&self) -> anyhow::Result<Vec<(String, String)>> {
        let member = self.world.member(0)?;
        Ok(dps::properties(&member.seat.address, &self.webhook_url, &self.kit))
    }

    /// The configurations of the DCP kit for it: with the connector as holder, its platform as issuer, and the connector as verifier. In each the kit
    /// plays the others.
    ///
    /// # Errors
    /// If it is not there.
    pub fn dcp_properties(&self) -> anyhow::Result<[Vec<(String, String)>; 3]> {
        Ok(dcp::properties(&self.world.member(0)?.seat, &self.world.platform, &self.webhook_url))
    }

    /// Stops everything.
    pub async fn stop(self) {
        self.stop.cancel();
        self.world.stop().await;
    }
}

fn arranged(kit: &str) -> Vec<Arranged> {
    let tokens = |shown: &str| Tokens { shown_to_us: shown.to_owned(), shown_by_us: Some(shown.to_owned()) };
    let mut all = vec![Arranged::new(ArrangedKind::Partner, KIT, "DSP TCK", kit, tokens(KIT_TOKEN)).in_space(SPACE)];
    for participant in PARTICIPANTS {
        let token = dps::participant_token(participant);
        let partner = Arranged::new(ArrangedKind::Partner, participant, "DPS TCK", kit, tokens(&token));
        all.push(partner.in_space(SPACE));
    }
    let profiles = vec!["HttpData-PULL".to_owned(), "HttpData-PUSH".to_owned()];
    all.push(
        Arranged::new(ArrangedKind::DataPlane, PLANE, "DPS TCK", kit, tokens(PLANE_TOKEN)).with_profiles(profiles),
    );
    all.push(Arranged::new(ArrangedKind::ControlPlane, PLANE, "DPS TCK", kit, tokens(PLANE_TOKEN)));
    all
}

/// The datasets and agreements that the kits ask for.
async fn seed(member: &Member) -> anyhow::Result<String> {
    member.bring_table().await?;
    let stepwise = || ProductOptions { stepwise: true, ..ProductOptions::default() };
    for (dataset, _) in script::PROVIDER_NEGOTIATION {
        member.seed_product(dataset, stepwise()).await?;
    }
    let listed = member.seed_product("CAT0101", stepwise()).await?;
    member.seed_product("CAT0102", stepwise()).await?;
    member.seed_product("transfers", stepwise()).await?;
    for (agreement, _) in script::PROVIDER_TRANSFER {
        member.seed_agreement(agreement, Side::Provider, KIT, "transfers").await?;
    }
    for (agreement, _) in script::CONSUMER_TRANSFER {
        member.seed_agreement(agreement, Side::Consumer, KIT, "transfers").await?;
    }
    let by_kit = ProductOptions { data_plane: Some(PLANE.to_owned()), ..ProductOptions::default() };
    member.seed_product(DPS_DATASET, by_kit).await?;
    for (agreement, (side, peer)) in
        DPS_AGREEMENTS.into_iter().zip([Side::Consumer, Side::Provider].into_iter().zip(PARTICIPANTS))
    {
        member.seed_agreement(agreement, side, peer, DPS_DATASET).await?;
    }
    Ok(listed.as_str().to_owned())
}
