//! What a regulator orders. TC609-6-2025-01 §7.4.3, TC609-6-2025-11 §7.3.1 d.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::termination::Disposal;
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

/// `/unfreeze`: regulator's seat → platform. The freeze is over, the contract goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LiftOrder {
    /// The order's own id; the same id is the same order.
    pub order_id: String,
    /// What goes on.
    pub contract_id: ContractId,
    /// On what ground.
    pub ground: String,
    /// The regulator's own signed record of the order.
    pub record: Value,
}

/// `/endContract`: regulator's seat → platform. The contract ends at once, and its data goes as the order says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndOrder {
    /// The order's own id; the same id is the same order.
    pub order_id: String,
    /// What ends.
    pub contract_id: ContractId,
    /// On what ground.
    pub ground: String,
    /// What becomes of the data.
    pub disposal: Disposal,
    /// The regulator's own signed record of the order.
    pub record: Value,
}

/// `/resumption`: platform → connector. An order to stop holds no longer, also where it has not arrived yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resumption {
    /// Which contract.
    pub contract_id: ContractId,
    /// The order that lifts.
    pub order_id: String,
    /// The order that is lifted.
    pub lifts: String,
    /// On what ground.
    pub reason: String,
    /// When it was ordered.
    pub timestamp: Timestamp,
}
