//! The relay (中继): what a connector says that takes from its platform what is meant for it. TC609-6-2025-01 §5.2.3.

use serde::{Deserialize, Serialize};

use crate::id::ConnectorId;

/// `POST /relay/{place}`, with a request token of the connector: the next request to it, if one comes while the platform waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RelayTake {
    /// Who takes.
    pub connector_id: ConnectorId,
}
