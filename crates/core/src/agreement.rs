//! What a connector keeps of a contract it signed, and of the peers it deals with. Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::{FilingStamp, SignedContract};
use xinyu_protocol::tc609::metering::Statement;
use xinyu_protocol::tc609::participant::Role;

use crate::negotiation::Side;
use crate::usage::Stop;

/// A contract on the side of one party.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// One id through everything.
    pub contract_id: ContractId,
    /// Which side we are on.
    pub side: Side,
    /// The space whose rules apply.
    pub space_id: String,
    /// What it is over.
    pub product_id: String,
    /// The connector on the other side.
    pub peer: String,
    /// The ODRL agreement.
    pub agreement_id: String,
    /// The contract with both signatures.
    pub signed: SignedContract,
    /// Hash of the signed bytes.
    pub contract_hash: String,
    /// The platform's proof of filing, which came with the policy: only then data may flow.
    pub filing: Option<FilingStamp>,
    /// The order that holds it, if one does.
    pub stopped: Option<Stop>,
    /// The settlement, when it came.
    pub statement: Option<Statement>,
}

/// A node we deal with: the platform or another connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyRecord {
    /// Its identifier.
    pub party_id: String,
    /// Whose it is.
    pub participant_id: String,
    /// The participant's name.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Base URL.
    pub address: String,
    /// Its public keys, from its credential (or from our configuration, for the platform).
    pub keys: xinyu_crypto::PublicKeys,
}
