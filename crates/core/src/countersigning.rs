//! The signatures of service parties (会签): gathered by the platform under a contract that provider and consumer have signed, given or refused at each
//! party's own connector; of a contract that was negotiated with the platform, the signatures of all. TC609-6-2025-14 §6.2.1, §7.3 f, g. Pure.
//!
//! Nothing is in force before all have signed the same bytes: the platform files then, and not before.

pub mod gathering;
pub mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::Value;
use xinyu_protocol::tc609::contract::{CONSUMER, Contract, PROVIDER, SERVICE};
use xinyu_protocol::tc609::countersigning::{Service, ServiceParty};

use crate::contract::draft::ASSISTED;
use crate::fault::Rejection;

/// The time for a signature.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The clause of the standard that this is about.
pub(crate) const CLAUSE: &str = "TC609-6-2025-14 §7.3 g";

/// A contract under which no signatures are gathered, or not for this caller.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-countersigning",
        format!("合约 {contract_id} 没有待会签的文本"),
        format!("no signatures are asked for under contract {contract_id}"),
    )
}

/// What a service party does for a contract.
#[must_use]
pub fn serves<'c>(contract: &'c Contract, connector: &str) -> Option<&'c ServiceParty> {
    contract.expansion_item.service_parties.iter().find(|party| party.connector_id.as_str() == connector)
}

/// Whether the platform asks all parties for their signatures and not the service parties alone: it does for the first version of a contract that was
/// negotiated with its help. Later versions two have signed before the others are asked.
#[must_use]
pub fn asks_all(contract: &Contract) -> bool {
    contract.sign_mode == ASSISTED && contract.expansion_item.version.is_none()
}

/// Whether a connector is asked for its signature.
#[must_use]
pub fn is_asked(contract: &Contract, connector: &str) -> bool {
    let is_signatory = contract.signatory_entities.iter().any(|party| party.connector_id.as_str() == connector);
    if asks_all(contract) { is_signatory } else { serves(contract, connector).is_some() }
}

/// That the signatories of a contract are its provider, its consumer and, in their order, the service parties that its terms name, and nobody else.
///
/// # Errors
/// If they are not.
pub fn must_name_alike(contract: &Contract) -> Result<(), Rejection> {
    let two = [PROVIDER, CONSUMER].map(str::to_owned);
    let serving = &contract.expansion_item.service_parties;
    let types = contract.signatory_entities.iter().map(|party| party.signatory_type.clone());
    let is_typed = types.eq(two.into_iter().chain(serving.iter().map(|_| SERVICE.to_owned())));
    let is_named = contract.signatory_entities.iter().skip(2).zip(serving).all(|(party, named)| {
        party.connector_id == named.connector_id
            && party.signatory_entity_id == named.participant_id()
            && party.signatory_entity_name == named.name
    });
    let ids: BTreeSet<_> = contract.signatory_entities.iter().map(|party| party.connector_id.as_str()).collect();
    if is_typed && is_named && ids.len() == contract.signatory_entities.len() {
        return Ok(());
    }
    let id = &contract.contract_id;
    Err(Rejection::bad(
        "signatories-differ",
        format!("合约 {id} 的签署主体与其数据服务方不一致"),
        format!("the signatories of contract {id} are not its two sides and the service parties that it names"),
    )
    .clause("/contract/signatoryEntities"))
}

/// The product that a contract is over, as its rules name it.
#[must_use]
pub fn product_of(contract: &Contract) -> String {
    let rules = contract.contract_policies.iter().filter_map(Value::as_object).flat_map(|kinds| kinds.values());
    let mut rules = rules.filter_map(Value::as_array).flatten();
    let product = rules.find_map(|rule| rule.get("subject")?.get("dataProductId")?.as_str());
    product.unwrap_or_default().to_owned()
}

/// What a signatory of a contract does for it, if it is a service party.
#[must_use]
pub fn service_of(contract: &Contract, connector: &str) -> Option<Service> {
    serves(contract, connector).map(|party| party.service)
}
