//! What a regulator orders. TC609-6-2025-01 §7.4.3, TC609-6-2025-11 §7.3.1 d.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::ContractId;

/// `/freeze`: regulator's seat → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeOrder {
    /// The order's own id; the same id is the same order.
    pub order_id: String,
    /// What is frozen.
    pub contract_id: ContractId,
    /// On what ground.
    pub ground: String,
    /// The regulator's own signed record of the order.
    pub record: Value,
}
