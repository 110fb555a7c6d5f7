//! Destruction after use (使用后销毁), with a signed proof. TC609-6-2025-14 §7.6 数据销毁证明; TC609-6-2025-15 §7.1.2.4 f, §9.2.4. Pure.

use jiff::Timestamp;
use serde_json::json;
use xinyu_policy::{Action, COUNTED_USES, Policy};
use xinyu_protocol::tc609::metering::MeterReport;
use xinyu_protocol::tc609::usage::{FulfilmentProof, ProofLog};

use super::{Holding, HoldingState};
use crate::contract::strategy_id;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// The clause that demands deletion, or the contract as a whole.
#[must_use]
pub fn clause(policy: &Policy) -> String {
    policy
        .rules
        .iter()
        .find(|rule| rule.actions.contains(&Action::Delete))
        .map_or_else(|| "/contractPolicies".to_owned(), |rule| rule.pointer.clone())
}

/// Whether the data must go now: the contract has ended, or the agreed uses are made, and no use still runs; or the time is over.
#[must_use]
pub fn is_due(holding: &Holding, policy: &Policy, now: Timestamp) -> bool {
    let running = holding.is_in_use();
    if holding.ended(now).is_some() {
        // Where nothing has come there is nothing to destroy, which is proven all the same.
        return matches!(holding.state, HoldingState::Held | HoldingState::Awaited) && !running;
    }
    if holding.state != HoldingState::Held || holding.stopped.is_some() {
        return false;
    }
    let count_over = COUNTED_USES
        .iter()
        .filter_map(|&action| policy.count_limit(action))
        .max()
        .is_some_and(|limit| holding.spoken_for() >= limit);
    let time_over = policy.expires_at().is_some_and(|end| now > end) || is_expired(holding, now);
    // What is on its way to somebody is still needed here.
    (count_over && !running && holding.handing.is_empty()) || time_over
}

/// Whether the contract's own time is over.
#[must_use]
pub fn is_expired(holding: &Holding, now: Timestamp) -> bool {
    holding.terms.ends_at().is_some_and(|end| now > end)
}

/// Resolves to destroy: from here on no use may begin, whatever happens to the process.
#[must_use]
pub fn resolve(mut holding: Holding) -> Holding {
    holding.state = HoldingState::Destroying;
    holding
}

/// The files are gone: the proof goes to provider and platform, the meter to the platform after all records it is made of.
///
/// `sign` makes the proof's signature over its canonical bytes with an empty signature.
///
/// # Errors
/// If a message cannot be written.
pub fn prove(
    holding: Holding,
    policy: &Policy,
    proof_id: String,
    now: Timestamp,
    sign: &dyn Fn(&[u8]) -> String,
) -> Result<(Holding, Vec<Effect>), Rejection> {
    let mut holding = holding;
    holding.state = HoldingState::Destroyed;
    holding.destroyed_at = Some(now);
    let clause = clause(policy);
    let mut proof = FulfilmentProof {
        proof_id: proof_id.clone(),
        contract_id: holding.contract_id.clone(),
        strategy_id: strategy_id(&holding.contract_id),
        log: ProofLog {
            kind: "destroyed".to_owned(),
            clause: clause.clone(),
            uses: holding.meter.uses,
            files: json!(holding.files),
        },
        timestamp: now,
        signature: String::new(),
    };
    let unsigned =
        xinyu_protocol::json::canonical(&proof).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    proof.signature = sign(&unsigned);
    let report = MeterReport {
        connector_id: holding.holder.clone(),
        contract_id: holding.contract_id.clone(),
        meter: holding.meter,
        at: now,
    };
    let id = &holding.contract_id;
    let draft = Draft::new("usage.destroyed", &holding.space_id)
        .contract(id)
        .subject(proof_id)
        .fact("clause", clause)
        .fact("uses", holding.meter.uses)
        .fact("files", json!(holding.files));
    let evidence = format!("evidence/{id}");
    let mut effects = vec![Effect::Record(draft)];
    if holding.terms.signed().is_none() {
        // A partner's connector takes no proof and meters nothing: there is nothing to reconcile and nothing to settle.
        return Ok((holding, effects));
    }
    effects.extend([
        Effect::Send(Outgoing::json(
            &holding.provider,
            format!("usage/{id}"),
            "proof",
            "/tc609/fulfillmentProof",
            &proof,
        )?),
        Effect::Send(Outgoing::json(&holding.platform, evidence.clone(), "proof", "/tc609/fulfillmentProof", &proof)?),
        Effect::Send(Outgoing::json(&holding.platform, evidence, "metering", "/tc609/metering", &report)?),
    ]);
    Ok((holding, effects))
}
