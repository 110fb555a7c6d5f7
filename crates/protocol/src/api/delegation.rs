//! The part of the management API that is about delegations: who may act for an organisation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::identity::{AuthorizationType, IdentityStatus, RealNameLevel};

/// `GET /delegations` on a connector and `GET /participants/{id}/delegations` on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegationInfo {
    /// Its key.
    pub delegation_id: String,
    /// The login name at the connector that acts under it.
    pub user_name: String,
    /// 经办人姓名.
    pub operator: String,
    /// 经办人实名等级.
    pub operator_auth_level: RealNameLevel,
    /// 授权方式.
    pub authorization_type: AuthorizationType,
    /// Up to which amount, in fen; none: no limit.
    pub amount_fen: Option<u64>,
    /// For which products; empty: all.
    pub products: Vec<String>,
    /// From when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_from: Timestamp,
    /// Until when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_until: Timestamp,
    /// `1`: may act now.
    pub auth_status: IdentityStatus,
    /// When it was ended.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// `POST …/end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDelegation {
    /// Why.
    #[serde(default)]
    pub reason: String,
}
