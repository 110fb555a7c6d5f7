//! Applications to use a product (使用申请): both the platform and the provider decide. TC609-6-2025-01 §6 flow 4 c.

use serde::{Deserialize, Serialize};

use super::catalog::CatalogEntry;
use super::participant::Role;
use crate::id::{ConnectorId, ContractId, ParticipantId, ProductId};

/// `/application`: consumer → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationRequest {
    /// The consumer's own key of the application; the same key is the same application.
    pub application_id: String,
    /// What it wants to use.
    pub product_id: ProductId,
    /// What for, in its own words.
    pub purpose: String,
}

/// Its answer: from here on one contract id runs through everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationAnswer {
    /// The contract that the application is for.
    pub contract_id: ContractId,
    /// Where it stands.
    pub state: ApplicationState,
}

/// Life of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// Waits for the operator.
    Submitted,
    /// The operator agreed; waits for the provider.
    PlatformApproved,
    /// Both agreed.
    Approved,
    /// One of them did not.
    Refused,
}

/// A connector as its peers need to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyCard {
    /// Its identifier.
    pub connector_id: ConnectorId,
    /// Whose it is.
    pub participant_id: ParticipantId,
    /// The participant's name.
    pub participant_name: String,
    /// In which role.
    pub role: Role,
    /// Base URL.
    pub address: String,
    /// Its credential, by the platform; it holds the keys.
    pub credential: String,
}

/// `/applicationNotice`: platform → provider, to decide; platform → consumer, when decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationNotice {
    /// Which application.
    pub application_id: String,
    /// For which contract.
    pub contract_id: ContractId,
    /// Where it stands.
    pub state: ApplicationState,
    /// What for.
    pub purpose: String,
    /// The product as listed.
    pub entry: CatalogEntry,
    /// The other side.
    pub party: PartyCard,
    /// Why, when refused.
    pub note: String,
}

/// `/applicationDecision`: provider → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationDecision {
    /// Which application.
    pub application_id: String,
    /// Yes or no.
    pub approve: bool,
    /// Why.
    pub note: String,
}
