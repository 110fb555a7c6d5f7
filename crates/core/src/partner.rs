//! Contracts with partners (connectors of other makers) at the platform: neither signed nor filed, but known, recorded and stoppable. Where a space
//! demands signatures there are none. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value};
use xinyu_protocol::id::{ConnectorId, PlatformId};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::partner::PartnerContract;

use crate::contract::Registered;
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::metering::Reconciliation;
use crate::negotiation::same_rules;
use crate::space::Space;

/// Takes up what a member tells of a contract with a partner.
///
/// # Errors
/// If the space demands signatures, or the contract id is not one of this platform.
pub fn register(
    told: PartnerContract,
    by: &ConnectorId,
    platform: &PlatformId,
    space: &Space,
    now: Timestamp,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    must_be_enough(space.unsigned_agreements, &space.space_id)?;
    let id = &told.contract_id;
    if id.as_str().get(1..24) != platform.as_str().get(0..23) {
        return Err(Rejection::bad(
            "contract-id",
            format!("合约标识 {id} 不属于本平台"),
            format!("contract id {id} is not one of this platform"),
        )
        .clause("TC609-6-2025-14 C.1"));
    }
    let (provider, consumer) = if told.side == "provider" {
        (by.as_str().to_owned(), told.partner_id.clone())
    } else {
        (told.partner_id.clone(), by.as_str().to_owned())
    };
    let record = Draft::new("contract.initiated", &space.space_id)
        .contract(id)
        .fact("product", told.product_id.clone())
        .fact("provider", provider.clone())
        .fact("consumer", consumer.clone())
        .fact("signatures", "none");
    let registered = Registered {
        contract_id: told.contract_id,
        space_id: told.space_id,
        suite: space.suite,
        application_id: String::new(),
        product_id: told.product_id,
        name: format!("{}（{}）", told.product_name, told.partner_name),
        provider,
        consumer,
        status: ContractStatus::Initiated,
        is_unsigned: true,
        frozen_at: None,
        freeze_order: None,
        ending: None,
        proven: None,
        signed: None,
        sealed: None,
        renewing: None,
        contract_hash: None,
        filing: None,
        created_at: now,
        filed_at: None,
        ended_at: None,
        metering: Reconciliation::default(),
        statement: None,
        smart: crate::smart_clause::State::default(),
        service_parties: Vec::new(),
    };
    Ok((registered, vec![Effect::Record(record)]))
}

/// The ODRL agreement over what is on the table. DSP 2025-1 §7.3: with parties, target and time.
#[must_use]
pub fn agreement(offer: &Value, parties: &Parties<'_>, now: Timestamp) -> Value {
    let mut agreement = Map::new();
    for kind in ["profile", "permission", "prohibition", "obligation"] {
        if let Some(rules) = offer.get(kind).filter(|rules| rules.as_array().is_none_or(|rules| !rules.is_empty())) {
            agreement.insert(kind.to_owned(), rules.clone());
        }
    }
    for (name, value) in [
        ("@type", "Agreement"),
        ("@id", parties.agreement_id),
        ("target", parties.target),
        ("assigner", parties.assigner),
        ("assignee", parties.assignee),
        ("timestamp", now.to_string().as_str()),
    ] {
        agreement.insert(name.to_owned(), Value::from(value));
    }
    Value::Object(agreement)
}

/// Who agrees with whom, over what.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The agreement's name.
    pub agreement_id: &'a str,
    /// The dataset.
    pub target: &'a str,
    /// The provider.
    pub assigner: &'a str,
    /// The consumer.
    pub assignee: &'a str,
}

/// Checks an agreement that a partner drew up: it must say what was asked for or accepted, about the same thing. Its name for the agreement.
///
/// # Errors
/// A [`Rejection`] naming what differs.
pub fn check(agreement: &Value, offer: &Value, target: &str) -> Result<String, Rejection> {
    let differs = |what: &str| {
        Rejection::bad(
            "agreement-differs",
            format!("协议与约定的要约不一致：{what}"),
            format!("the agreement differs from the offer at {what}"),
        )
        .clause(what)
    };
    let text = |name: &str| agreement.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = text("@id").ok_or_else(|| differs("/agreement/@id"))?;
    if text("target").is_some_and(|found| found != target) {
        return Err(differs("/agreement/target"));
    }
    if !same_rules(agreement, offer) {
        return Err(differs("/agreement/permission"));
    }
    Ok(id.to_owned())
}

/// That a space takes agreements which nobody signed.
///
/// # Errors
/// If its rules demand signatures.
pub fn must_be_enough(unsigned_agreements: bool, space_id: &str) -> Result<(), Rejection> {
    if unsigned_agreements {
        return Ok(());
    }
    Err(Rejection::forbidden(
        "signatures-demanded",
        format!("空间 {space_id} 的规则要求双方签署数字合约，不接受未签名的协议"),
        format!(
            "the rules of space {space_id} demand a contract that both signed, an unsigned agreement is not enough"
        ),
    )
    .clause("TC609-6-2025-14 §7.3"))
}
