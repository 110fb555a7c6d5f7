//! The part of the management API that is about demands (需求中心). TC609-6-2025-01 §5.2.2.9 b.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /demands`, and one of them: as the platform tells them.
pub use crate::tc609::demand::{DemandInfo, DemandList, DemandRequest};

/// `POST /demands/{id}/end` of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndDemand {
    /// Whether it is met.
    pub is_met: bool,
    /// By which product.
    #[serde(default)]
    pub product_id: Option<String>,
    /// Why, 1 to 300 characters.
    pub reason: String,
}

/// `POST /demands/{id}/offers`: a product of one's own for somebody's demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDemandOffer {
    /// Which product.
    pub product_id: String,
    /// What to say of it, up to 300 characters.
    #[serde(default)]
    pub note: String,
}

/// `POST /demands/{id}/takedown`, by the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandTakedown {
    /// Why, 1 to 300 characters.
    pub reason: String,
}
