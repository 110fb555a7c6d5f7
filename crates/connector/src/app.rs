//! The connector as an application: its node, its participant, its drivers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::FromRef;
use tokio_util::sync::CancellationToken;
use xinyu_core::contract::signing::Trust;
use xinyu_dataplane::vault::Vault;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::connector::Device;
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::{Failure, Node};

use crate::health::Monitor;
use crate::policy_record::set::Sets;
use crate::resource::reading::Readings;
use crate::usage::desk::Desk;
use crate::usage::running::Running;

/// Whose connector it is, and what it may reach.
#[derive(Clone, Debug)]
pub struct ConnectorOptions {
    /// The organisation.
    pub participant_id: ParticipantId,
    /// Its name.
    pub participant_name: String,
    /// What it wants to be.
    pub role: Role,
    /// The spaces it wants to join.
    pub spaces: Vec<String>,
    /// Where this connector stands, a GB/T 2260 code, for contracts that limit the region.
    pub region: Option<String>,
    /// Folders below which file resources may lie.
    pub roots: Vec<PathBuf>,
    /// Under what name others' tokens for our data plane are made out; none: our identifier.
    pub data_plane_id: Option<String>,
    /// Agreements whose data people hand over: they say when it is ready and when it is done.
    pub by_hand: Vec<String>,
    /// What it is as a device.
    pub device: Device,
}

/// A running connector. Clones share it.
#[derive(Clone)]
pub struct Connector {
    /// Its node.
    pub node: Arc<Node>,
    /// Whose it is.
    pub options: Arc<ConnectorOptions>,
    /// The encrypted data it holds.
    pub vault: Arc<Vault>,
    /// Where uses begin and end.
    pub desk: Arc<Desk>,
    /// The running uses, by use id, so that an order can stop them at once.
    pub running: Arc<Running>,
    /// The flows that are moving, so that what is told can stop them at once.
    pub moving: Arc<Moving>,
    /// The sets of policy records that were checked.
    pub policies: Arc<Sets>,
    /// How this connector is doing.
    pub health: Arc<Monitor>,
    /// The resources that are being read.
    pub readings: Arc<Readings>,
}

impl Connector {
    /// Whose credentials count under signatures.
    #[must_use]
    pub fn trust(&self) -> Trust<'_> {
        Trust { issuer: &self.node.platform.id, keys: &self.node.platform.keys }
    }
}

/// The flows that are moving in this process.
#[derive(Default)]
pub struct Moving(Mutex<HashMap<String, CancellationToken>>);

impl Moving {
    /// A flow begins to move; none if it moves already.
    #[must_use]
    pub fn enter(&self, flow_id: &str) -> Option<CancellationToken> {
        let mut moving = self.lock();
        if moving.contains_key(flow_id) {
            return None;
        }
        let token = CancellationToken::new();
        moving.insert(flow_id.to_owned(), token.clone());
        Some(token)
    }

    /// A flow moves no more.
    pub fn leave(&self, flow_id: &str) {
        self.lock().remove(flow_id);
    }

    /// Stops a flow.
    pub fn stop(&self, flow_id: &str) {
        if let Some(token) = self.lock().get(flow_id) {
            token.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl FromRef<Connector> for Arc<Node> {
    fn from_ref(connector: &Connector) -> Self {
        Self::clone(&connector.node)
    }
}

impl Connector {
    /// Starts a connector: takes up the identity it has, if it has one, and starts the drivers of outbox, delivery and destruction.
    ///
    /// # Errors
    /// If the store or the vault fails.
    pub async fn start(node: Arc<Node>, options: ConnectorOptions) -> Result<Self, Failure> {
        let vault = Vault::open(&node.data_dir.join("vault")).map_err(Failure::broken)?;
        let connector = Self {
            node,
            options: Arc::new(options),
            vault: Arc::new(vault),
            desk: Arc::default(),
            running: Arc::default(),
            moving: Arc::default(),
            policies: Arc::default(),
            health: Arc::default(),
            readings: Arc::default(),
        };
        xinyu_shell::run_log::started(&connector.node, env!("CARGO_PKG_VERSION")).await?;
        crate::health::resume(&connector).await?;
        crate::registration::resume(&connector).await?;
        xinyu_shell::standing::load(&connector.node).await?;
        xinyu_shell::dsp::resume(&connector.node).await?;
        xinyu_shell::dcp::key::announce(&connector.node).await?;
        crate::usage::recover(&connector).await?;
        let replies = Arc::new(crate::reply::Replies(connector.clone()));
        tokio::spawn(xinyu_shell::outbox::run(Arc::clone(&connector.node), replies));
        tokio::spawn(xinyu_shell::standing::follow(Arc::clone(&connector.node)));
        tokio::spawn(crate::standing::refresh(connector.clone()));
        tokio::spawn(crate::delivery::run(connector.clone()));
        tokio::spawn(crate::usage::watch::run(connector.clone()));
        tokio::spawn(crate::destruction::run(connector.clone()));
        tokio::spawn(crate::performance::run(connector.clone()));
        tokio::spawn(crate::metering::run(connector.clone()));
        tokio::spawn(crate::run_log::run(connector.clone()));
        let contracts = Arc::new(crate::warning::Contracts(connector.clone()));
        tokio::spawn(xinyu_shell::warning::run(Arc::clone(&connector.node), contracts));
        tokio::spawn(xinyu_shell::retention::run(Arc::clone(&connector.node)));
        tokio::spawn(crate::onward::carry::run(connector.clone()));
        tokio::spawn(crate::device::run(connector.clone()));
        if crate::relay::is_relayed(&connector) {
            tokio::spawn(crate::relay::run(connector.clone(), crate::router::for_peers(connector.clone())));
        }
        tokio::spawn(xinyu_shell::harvest::run(Arc::clone(&connector.node)));
        tokio::spawn(xinyu_shell::housekeeping::run(Arc::clone(&connector.node)));
        tokio::spawn(xinyu_shell::evidence::catch_up(Arc::clone(&connector.node)));
        if let Some(receiver) = connector.node.access.alerts.clone() {
            tokio::spawn(xinyu_shell::alert::run(Arc::clone(&connector.node), receiver));
        }
        Ok(connector)
    }
}
