//! What may still be done under an agreement, for people: which actions, how often, until when, or why nothing. The decision on a use is made when it is
//! asked for; this tells what it will find.

use jiff::Timestamp;
use xinyu_core::agreement::Agreement;
use xinyu_core::countersigning::serves;
use xinyu_core::negotiation::Side;
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_policy::{Action, Policy};
use xinyu_protocol::api::connector::{LeaveInfo, PermitInfo};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_shell::Failure;
use xinyu_store::Tx;

/// What is left of an agreement on the consumer's side; none on the provider's, or where our policy engine does not read its terms.
///
/// # Errors
/// If the store fails.
pub(super) async fn find(tx: &mut Tx, agreement: &Agreement) -> Result<Option<LeaveInfo>, Failure> {
    if agreement.side != Side::Consumer {
        return Ok(None);
    }
    let holding = xinyu_store::holding::find(tx, agreement.contract_id.as_str()).await?;
    let mut policy = xinyu_policy::parse_value(&agreement.terms.policy_document()).ok();
    if let (Some(policy), Some(signed)) = (&mut policy, agreement.terms.signed()) {
        // What a rule permits to a service party is not ours to do.
        let serves = |id: &String| serves(&signed.contract, id).is_some();
        policy.rules.retain(|rule| !rule.parties.assignee.as_ref().is_some_and(serves));
    }
    Ok(policy.map(|policy| leave(agreement, holding.as_ref(), &policy, tx.now())))
}

fn leave(agreement: &Agreement, holding: Option<&Holding>, policy: &Policy, now: Timestamp) -> LeaveInfo {
    let begun = holding.map_or(0, |holding| holding.begun);
    let permits = permits(policy, begun);
    let ends_at = [policy.expires_at(), agreement.terms.ends_at()].into_iter().flatten().min();
    let is_used_up = permits.iter().all(|permit| permit.remaining == Some(0));
    let state = match holding.map(|holding| holding.state) {
        _ if agreement.stopped.is_some() => "frozen",
        Some(HoldingState::Destroying | HoldingState::Destroyed) => "destroyed",
        held => match agreement.status(false) {
            ContractStatus::Terminated => "ended",
            _ if !agreement.is_in_force() => "not_in_force",
            _ if held != Some(HoldingState::Held) => "awaited",
            _ if ends_at.is_some_and(|end| now > end) => "expired",
            _ if is_used_up => "used_up",
            _ => "open",
        },
    };
    LeaveInfo { state: state.to_owned(), permits, ends_at }
}

/// The actions that use data and that the policy permits without ever forbidding them.
fn permits(policy: &Policy, begun: u64) -> Vec<PermitInfo> {
    let is_offered = |action: &&Action| {
        let named = |rule: &xinyu_policy::Rule| rule.actions.contains(action) || **action != Action::Use;
        let is_use = !action.is_protective() && **action != Action::Delivery;
        is_use
            && policy.rules.iter().any(|rule| rule.permits(**action) && named(rule))
            && !policy.rules.iter().any(|rule| rule.prohibits(**action) && rule.constraints.is_empty())
    };
    let permit = |action: &Action| {
        let limit = policy.count_limit(*action);
        PermitInfo {
            action: action.code().to_owned(),
            limit,
            remaining: limit.map(|limit| limit.saturating_sub(begun)),
        }
    };
    Action::ALL.iter().filter(is_offered).map(permit).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The actions that are offered under a policy after some uses, with what remains of each.
    fn check(policy: &Value, begun: u64, expect: &[(&str, Option<u64>)]) {
        let policy = xinyu_policy::parse_value(&json!({ "contractPolicies": [policy] })).unwrap();
        let found = permits(&policy, begun);
        let found: Vec<_> = found.iter().map(|permit| (permit.action.as_str(), permit.remaining)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn what_is_permitted_is_offered_with_what_remains_of_it() {
        let count = json!({ "constraintName": "count", "constraintOperator": "11", "constraintValue": "3" });
        let permission = json!({ "actions": ["read", "compute"], "constraints": [count] });
        let limited =
            json!({ "permissionPolicies": [permission], "prohibitionPolicies": [{ "actions": ["distribute"] }] });
        check(&limited, 1, &[("read", Some(2)), ("compute", Some(2))]);
        check(&limited, 5, &[("read", Some(0)), ("compute", Some(0))]);
        check(&json!({ "permissionPolicies": [{ "actions": ["compute"] }] }), 9, &[("compute", None)]);
        check(
            &json!({ "permissionPolicies": [permission], "prohibitionPolicies": [{ "actions": ["read"] }] }),
            0,
            &[("compute", Some(3))],
        );
    }
}
