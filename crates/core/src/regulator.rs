//! What a regulator orders. TC609-6-2025-01 §7.4.3; TC609-6-2025-11 §7.3.1 d 一键断网. Pure.

use jiff::Timestamp;
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::regulator::{FreezeOrder, LiftOrder, Resumption};
use xinyu_protocol::tc609::termination::Disposal;
use xinyu_protocol::tc609::usage::AbnormalTermination;

use crate::contract::{Registered, strategy_id};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// The regulator's own record of an order, signed by its seat before it is sent.
#[must_use]
pub fn order(space: &str, contract: &ContractId, order_id: &str, what: &Ordered, ground: &str) -> Draft {
    let draft = Draft::new("regulator.ordered", space)
        .contract(contract)
        .subject(order_id)
        .fact("order", what.as_str())
        .fact("ground", ground);
    match what {
        Ordered::End(disposal) => draft.fact("disposal", disposal.as_str()),
        Ordered::Freeze | Ordered::Lift => draft,
    }
}

/// What a regulator can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// Everything stops, and the data stays where it is.
    Freeze,
    /// The freeze is over.
    Lift,
    /// The contract ends, and the data goes.
    End(Disposal),
}

impl Ordered {
    /// The word in the record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Lift => "lift",
            Self::End(_) => "end",
        }
    }
}

/// That a record is the order that it comes with: what was signed is what is obeyed.
///
/// # Errors
/// Naming what differs.
pub fn must_be_signed(draft: &Draft, record: &Record) -> Result<(), Rejection> {
    let told = record.kind == draft.kind
        && record.contract.as_deref() == draft.contract.as_ref().map(ContractId::as_str)
        && record.subject == draft.subject
        && draft.facts.iter().all(|(name, value)| record.facts.get(name) == Some(value));
    if told {
        return Ok(());
    }
    Err(Rejection::bad(
        "order-unsigned",
        "监管方签署的记录与指令不符",
        "the record that the regulator signed is not this order",
    )
    .clause("/record"))
}

/// Lifts a freeze: both connectors are told at once. One that is not frozen stays as it is.
///
/// # Errors
/// If the contract is over, or nothing holds it.
pub fn lift(
    mut contract: Registered,
    order: &LiftOrder,
    now: Timestamp,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    if contract.frozen_at.is_none() {
        return Err(Rejection::conflict(
            "not-frozen",
            format!("合约 {} 未被冻结", contract.contract_id),
            format!("contract {} is not frozen", contract.contract_id),
        )
        .clause("TC609-6-2025-01 §7.4.3"));
    }
    contract.frozen_at = None;
    let lifts = contract.freeze_order.take().unwrap_or_default();
    let mut effects = vec![Effect::Record(
        Draft::new("contract.unfrozen", &contract.space_id)
            .contract(&contract.contract_id)
            .subject(order.order_id.clone())
            .fact("ground", order.ground.clone())
            .fact("lifts", lifts.clone()),
    )];
    for connector in contract.connectors() {
        let body = Resumption {
            contract_id: contract.contract_id.clone(),
            order_id: order.order_id.clone(),
            lifts: lifts.clone(),
            reason: order.ground.clone(),
            timestamp: now,
        };
        let stream = format!("stop/{}/{connector}", order.order_id);
        effects.push(Effect::Send(Outgoing::json(connector.as_str(), stream, "stop", "/tc609/resumption", &body)?));
    }
    Ok((contract, effects))
}

/// Freezes a contract: both connectors are told to stop at once, each on a stream of its own so that nothing is in the way.
///
/// # Errors
/// If the contract is over.
pub fn freeze(
    mut contract: Registered,
    order: &FreezeOrder,
    now: Timestamp,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    // An unsigned one is terminated by what its parties tell, and a termination may have crossed the finalisation that stands.
    let is_over = contract.status == xinyu_protocol::tc609::contract::ContractStatus::Terminated;
    if is_over && !contract.is_unsigned {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {} 已终止，无需冻结", contract.contract_id),
            format!("contract {} is terminated, there is nothing to freeze", contract.contract_id),
        ));
    }
    let mut effects = Vec::new();
    if contract.frozen_at.is_none() {
        contract.frozen_at = Some(now);
        contract.freeze_order = Some(order.order_id.clone());
        effects.push(Effect::Record(
            Draft::new("contract.frozen", &contract.space_id)
                .contract(&contract.contract_id)
                .subject(order.order_id.clone())
                .fact("ground", order.ground.clone()),
        ));
        // A partner's connector takes no such order; the member's side is where its use is stopped, or its data no longer served.
        for connector in contract.connectors() {
            effects.push(Effect::Send(stop(&contract, &connector, order, now)?));
        }
    }
    Ok((contract, effects))
}

fn stop(
    contract: &Registered,
    connector: &ConnectorId,
    order: &FreezeOrder,
    now: Timestamp,
) -> Result<Outgoing, Rejection> {
    let body = AbnormalTermination {
        connector_id: connector.clone(),
        termination_id: order.order_id.clone(),
        contract_id: contract.contract_id.clone(),
        strategy_id: strategy_id(&contract.contract_id),
        reason: order.ground.clone(),
        triggered_by: "system".to_owned(),
        timestamp: now,
    };
    let stream = format!("stop/{}/{connector}", order.order_id);
    Outgoing::json(connector.as_str(), stream, "stop", "/tc609/abnormalTermination", &body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use xinyu_protocol::tc609::contract::ContractStatus;

    use super::*;

    /// Whether a contract of this status can be frozen.
    fn check(status: ContractStatus, is_unsigned: bool, expect: bool) {
        let id = "C491350100M000100Y43350120250829120000A1B2C3D4B";
        let contract: Registered = serde_json::from_value(json!({
            "contract_id": id, "space_id": "space", "suite": "intl", "application_id": "", "product_id": "p", "name": "n",
            "provider": "kit", "consumer": "edc", "status": status, "is_unsigned": is_unsigned, "created_at": "2026-01-01T00:00:00Z",
            "metering": crate::metering::Reconciliation::default(),
        }))
        .unwrap();
        let order = FreezeOrder {
            order_id: "o".to_owned(),
            contract_id: ContractId::parse(id).unwrap(),
            ground: "g".to_owned(),
            record: json!({}),
        };
        let frozen = freeze(contract, &order, Timestamp::UNIX_EPOCH);
        assert_eq!(frozen.is_ok_and(|(contract, _)| contract.frozen_at.is_some()), expect, "{status} {is_unsigned}");
    }

    #[test]
    fn what_is_over_needs_no_freezing_unless_only_its_parties_say_so() {
        check(ContractStatus::Performing, false, true);
        check(ContractStatus::Terminated, false, false);
        check(ContractStatus::Terminated, true, true);
    }
}
