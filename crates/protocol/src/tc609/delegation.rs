//! Delegations: who may act for an organisation (经办人), up to which amount, over which products. NDI-TR-2025-03 §7 (operators), GetOperatorStatus.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::identity::{AuthorizationType, IdentityStatus, PersonVerification, RealNameLevel};
use crate::id::ConnectorId;

/// `/delegation`: connector → platform, registers an operator. What identifies a person stays with the two of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegationRequest {
    /// The connector's own key of it; the same key is the same delegation.
    pub delegation_id: String,
    /// The login name at the connector that acts under it.
    pub user_name: String,
    /// 经办人姓名.
    pub operator: String,
    /// 经办人证件号码.
    pub operator_id: String,
    /// 经办人实名等级.
    pub operator_auth_level: RealNameLevel,
    /// 经办人认证方式, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_auth_type: Option<PersonVerification>,
    /// 授权方式.
    pub authorization_type: AuthorizationType,
    /// The attachment that holds the letter of authority, for 授权书.
    #[serde(default)]
    pub attachment_id: Option<String>,
    /// Up to which amount of one contract or order, in fen; none: no limit.
    #[serde(default)]
    pub amount_fen: Option<u64>,
    /// For which products; none: all.
    #[serde(default)]
    pub products: Vec<String>,
    /// From when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_from: Timestamp,
    /// Until when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_until: Timestamp,
}

/// What identifies the person: kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorPerson {
    /// 经办人姓名.
    pub operator: String,
    /// 经办人证件号码.
    pub operator_id: String,
    /// 经办人认证方式, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_auth_type: Option<PersonVerification>,
}

/// `/operatorStatus`: GetOperatorStatus. By the connector whose operator it is, before it signs or pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorStatusRequest {
    /// The operator's delegation.
    pub delegation_id: String,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorStatus {
    /// The delegation.
    pub delegation_id: String,
    /// Whose connector.
    pub connector_id: ConnectorId,
    /// `1`: may act now.
    pub auth_status: IdentityStatus,
}

/// `/delegationEnd`: the operator acts no more, at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegationEnd {
    /// The delegation.
    pub delegation_id: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
