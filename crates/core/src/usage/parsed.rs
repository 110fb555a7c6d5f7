//! What comes of a policy that is sent down: read, checked for conflicts, and recorded, whichever way it ends. TC609-6-2025-15 §7.1.2.2, §7.1.3 b, §7.2.3 b. Pure.

use xinyu_crypto::Suite;
use xinyu_policy::{Policy, conflicts, parse_value};

use crate::agreement::Agreement;
use crate::contract::strategy_id;
use crate::effect::{Draft, Effect};

/// The record that a policy was parsed: which one, by its digest, and what was found.
#[must_use]
pub fn record(agreement: &Agreement, version: &str) -> Effect {
    let document = agreement.terms.policy_document();
    let bytes = xinyu_protocol::json::canonical(&document).unwrap_or_default();
    let draft = draft(agreement, version).fact("digest", Suite::Intl.hash(&bytes).to_string());
    Effect::Record(match parse_value(&document) {
        Ok(policy) => found(draft, &policy),
        Err(errors) => {
            let first = errors.first().map(|error| error.pointer.clone()).unwrap_or_default();
            draft.fact("outcome", "unreadable").fact("errors", errors.len()).fact("clauses", vec![first])
        }
    })
}

/// The record that what came down is not what was agreed: it is not even read.
#[must_use]
pub fn differs(agreement: &Agreement, version: &str) -> Effect {
    Effect::Record(draft(agreement, version).fact("outcome", "contract-differs"))
}

fn draft(agreement: &Agreement, version: &str) -> Draft {
    Draft::new("usage.parsed", &agreement.space_id)
        .contract(&agreement.contract_id)
        .subject(strategy_id(&agreement.contract_id))
        .fact("version", version)
        .fact("product", agreement.product_id.clone())
}

fn found(draft: Draft, policy: &Policy) -> Draft {
    let conflicts = conflicts(policy);
    draft.fact("outcome", "parsed").fact("rules", policy.rules.len()).fact("conflicts", conflicts.len())
}
