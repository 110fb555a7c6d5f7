//! The platform as an application: its node, and who operates it.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::watch;
use xinyu_core::issuance::IssuancePolicy;
use xinyu_core::workday::Calendar;
use xinyu_crypto::Suite;
use xinyu_protocol::id::{AreaCode, ParticipantId, PlatformId, Strictness};
use xinyu_shell::indexed::{self, Indexed};
use xinyu_shell::keys::AuthorityKeys;
use xinyu_shell::{Failure, Node};

use crate::certificate::Authorities;
use crate::ndi::node::FunctionNode;
use crate::relay::Relay;
use crate::trusted_time::{Trouble, TrustedTime};
use crate::verification::authority::Authority;
use crate::witness::Witnesses;

/// Who operates a platform.
#[derive(Clone, Debug)]
pub struct PlatformOptions {
    /// The platform's identifier.
    pub platform_id: PlatformId,
    /// The operator's organisation.
    pub operator_id: ParticipantId,
    /// Its name.
    pub operator_name: String,
    /// The area or industry of the identifiers it allocates.
    pub area: AreaCode,
    /// Which days are worked on, for the clocks of the approvals.
    pub calendar: Calendar,
    /// Whether a credit code with a wrong check character is taken, as the standard's own samples have it.
    pub strictness: Strictness,
    /// Who is asked about an identity.
    pub authorities: Vec<Authority>,
    /// The verifiable credentials that it issues.
    pub issuance: IssuancePolicy,
    /// The keys of its certificate authority.
    pub authority: Arc<AuthorityKeys>,
    /// Function nodes that it works with.
    pub nodes: Vec<FunctionNode>,
    /// Suppliers of connectors that are trusted, by credit code; none: there is no such list.
    pub trusted_suppliers: Vec<String>,
    /// Who cosigns the heads of its logs besides its members, and how many have to.
    pub witnesses: Witnesses,
    /// Who puts trusted time on its logs.
    pub trusted_time: TrustedTime,
}

impl PlatformOptions {
    /// The function node where listed products are registered, if there is one.
    #[must_use]
    pub fn registry(&self) -> Option<&FunctionNode> {
        self.nodes.iter().find(|node| node.registers_products)
    }
}

/// A running platform. Clones share it.
#[derive(Clone)]
pub struct Platform {
    /// Its node.
    pub node: Arc<Node>,
    /// Who operates it.
    pub options: Arc<PlatformOptions>,
    /// The certificates of its certificate authority.
    pub authority: Arc<Authorities>,
    /// What goes through it to members that nobody can call.
    pub relay: Arc<Relay>,
    /// What is wrong with the trusted time.
    pub trouble: Arc<Trouble>,
    /// What the catalogue is searched by.
    pub catalog: Arc<Indexed>,
    /// Changes whenever the lineage of a log was read on.
    pub lineage: Arc<watch::Sender<u64>>,
}

impl FromRef<Platform> for Arc<Node> {
    fn from_ref(platform: &Platform) -> Self {
        Self::clone(&platform.node)
    }
}

impl Platform {
    /// Starts the drivers of a platform: the publisher of evidence and the outbox.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn start(node: Arc<Node>, options: PlatformOptions) -> Result<Self, Failure> {
        let authority = Arc::new(Authorities::found_or_resume(&node, &options).await?);
        let catalog = Arc::new(Indexed::open(&node, crate::catalog::KIND).await?);
        let platform = Self {
            node,
            options: Arc::new(options),
            authority,
            relay: Arc::default(),
            trouble: Arc::default(),
            catalog,
            lineage: Arc::default(),
        };
        for suite in Suite::ALL {
            crate::certificate::own_chain(&platform, suite).await?;
        }
        for space in crate::space::all(&platform).await? {
            platform.node.learn_rules(&space.space_id, crate::space::rules(&space));
        }
        crate::participant::credential::adopt(&platform).await?;
        xinyu_shell::run_log::started(&platform.node, env!("CARGO_PKG_VERSION")).await?;
        tokio::spawn(crate::verification::run(platform.clone()));
        tokio::spawn(crate::clock::run(platform.clone()));
        tokio::spawn(crate::certification::clock::run(platform.clone()));
        tokio::spawn(crate::reputation::clock::run(platform.clone()));
        tokio::spawn(crate::termination::clock::run(platform.clone()));
        tokio::spawn(crate::countersigning::clock::run(platform.clone()));
        tokio::spawn(crate::draft::clock::run(platform.clone()));
        xinyu_shell::dcp::key::announce(&platform.node).await?;
        tokio::spawn(xinyu_shell::log::publisher::run(Arc::clone(&platform.node)));
        tokio::spawn(xinyu_shell::outbox::run(
            Arc::clone(&platform.node),
            Arc::new(crate::reply::Replies(platform.clone())),
        ));
        tokio::spawn(crate::heartbeat::run(platform.clone()));
        tokio::spawn(crate::witness::run(platform.clone()));
        tokio::spawn(crate::trusted_time::run(platform.clone()));
        tokio::spawn(crate::lineage::run(platform.clone()));
        tokio::spawn(indexed::run(Arc::clone(&platform.node), Arc::clone(&platform.catalog)));
        tokio::spawn(xinyu_shell::harvest::run(Arc::clone(&platform.node)));
        tokio::spawn(crate::listing::registration::clock::run(platform.clone()));
        tokio::spawn(crate::subscription::matching::run(platform.clone()));
        tokio::spawn(crate::smart_clause::run(platform.clone()));
        tokio::spawn(crate::performance::clock::run(platform.clone()));
        tokio::spawn(crate::metering::period::run(platform.clone()));
        tokio::spawn(crate::run_log::run(platform.clone()));
        let contracts = Arc::new(crate::warning::Contracts);
        tokio::spawn(xinyu_shell::warning::run(Arc::clone(&platform.node), contracts));
        tokio::spawn(xinyu_shell::retention::run(Arc::clone(&platform.node)));
        tokio::spawn(crate::heterogeneous::watch::run(platform.clone()));
        tokio::spawn(xinyu_shell::housekeeping::run(Arc::clone(&platform.node)));
        tokio::spawn(xinyu_shell::evidence::catch_up(Arc::clone(&platform.node)));
        if let Some(receiver) = platform.node.access.alerts.clone() {
            tokio::spawn(xinyu_shell::alert::run(Arc::clone(&platform.node), receiver));
        }
        Ok(platform)
    }
}
