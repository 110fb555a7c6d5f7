//! Partners: connectors of other makers that speak the Dataspace Protocol and nothing more. Ours; the national documents know no such peer.

use serde::{Deserialize, Serialize};

use crate::id::ContractId;

/// `/partnerContract`: a member tells its platform of a contract that it negotiates with a partner, so that it is seen, and can be stopped, like any
/// other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerContract {
    /// Composed by the member, for this platform.
    pub contract_id: ContractId,
    /// The space whose rules apply.
    pub space_id: String,
    /// What it is over, under its provider's name for it.
    pub product_id: String,
    /// The product's name.
    pub product_name: String,
    /// `consumer` or `provider`: the member's side.
    pub side: String,
    /// Under what name the member knows the partner.
    pub partner_id: String,
    /// The partner's name, for people.
    pub partner_name: String,
}
