//! The connector as an application: its node, its participant, its drivers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::FromRef;
use xinyu_dataplane::vault::Vault;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::participant::Role;
use xinyu_sandbox::CancelToken;
use xinyu_shell::{Failure, Node};

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
    /// The running uses, by use id, so that an order can stop them at once.
    pub running: Arc<Running>,
}

/// The running uses.
#[derive(Default)]
pub struct Running(Mutex<HashMap<String, (String, CancelToken)>>);

impl Running {
    /// A use begins to run.
    pub fn enter(&self, use_id: &str, contract_id: &str, token: CancelToken) {
        self.lock().insert(use_id.to_owned(), (contract_id.to_owned(), token));
    }

    /// A use has ended.
    pub fn leave(&self, use_id: &str) {
        self.lock().remove(use_id);
    }

    /// Whether a use runs in this process.
    #[must_use]
    pub fn holds(&self, use_id: &str) -> bool {
        self.lock().contains_key(use_id)
    }

    /// Stops all uses under a contract.
    pub fn stop(&self, contract_id: &str) {
        for (contract, token) in self.lock().values() {
            if contract == contract_id {
                token.cancel();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, CancelToken)>> {
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
        let connector = Self { node, options: Arc::new(options), vault: Arc::new(vault), running: Arc::default() };
        crate::registration::resume(&connector).await?;
        crate::usage::recover(&connector).await?;
        let replies = Arc::new(crate::reply::Replies);
        tokio::spawn(xinyu_shell::outbox::run(Arc::clone(&connector.node), replies));
        tokio::spawn(crate::delivery::run(connector.clone()));
        tokio::spawn(crate::destruction::run(connector.clone()));
        Ok(connector)
    }
}
