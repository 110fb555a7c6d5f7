//! What this member offers and has contracts over.

use xinyu_core::agreement::Agreement;
use xinyu_core::lineage::member::Held;
use xinyu_core::negotiation::Side;
use xinyu_core::offering::Offering;
use xinyu_shell::Failure;
use xinyu_store::Tx;

use crate::app::Connector;
use crate::pipeline::told::Places;

/// Contracts that are looked at, the newest first.
const MOST: u32 = 500;

/// Offerings, agreements, and where the resources lie.
pub(super) struct Known {
    pub(super) offerings: Vec<Offering>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) places: Places,
    pub(super) me: String,
    /// Where this connector's names are unique.
    pub(super) origin: String,
}

impl Known {
    pub(super) async fn of(connector: &Connector, tx: &mut Tx, places: Places) -> Result<Self, Failure> {
        let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
        Ok(Self {
            offerings: xinyu_store::offering::list(tx).await?,
            agreements: xinyu_store::agreement::list(tx, MOST).await?,
            places,
            me,
            origin: super::column::origin(connector),
        })
    }

    pub(super) fn offering(&self, product: &str) -> Option<&Offering> {
        self.offerings.iter().find(|one| one.product_id.as_ref().is_some_and(|id| id.as_str() == product))
    }

    pub(super) fn agreement(&self, contract: &str) -> Option<&Agreement> {
        self.agreements.iter().find(|one| one.contract_id.as_str() == contract)
    }

    pub(super) fn held(&self, agreement: &Agreement) -> Held {
        let (provider, consumer) = match agreement.side {
            Side::Provider => (self.me.clone(), agreement.peer.clone()),
            Side::Consumer => (agreement.peer.clone(), self.me.clone()),
        };
        let contract = agreement.contract_id.as_str().to_owned();
        Held { contract, product: agreement.product_id.clone(), provider, consumer }
    }
}
