//! Delegations as both kinds of node keep them: the person is sealed under a context of the node's own, and opened for whoever may see who it is.
//! NDI-TR-2025-03 §7. What is registered, ended and asked is decided by the services.

use xinyu_core::delegation::Delegation;
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::delegation::DelegationInfo;
use xinyu_protocol::tc609::delegation::OperatorPerson;
use xinyu_store::Tx;

use crate::failure::Failure;
use crate::node::Node;
use crate::sealed;

/// Who the operator of a delegation is.
///
/// # Errors
/// If the store fails, or what is sealed does not open.
pub async fn person(node: &Node, tx: &mut Tx, context: &str, id: &str) -> Result<OperatorPerson, Failure> {
    let body = xinyu_store::delegation::person(tx, id).await?.unwrap_or_default();
    serde_json::from_slice(&sealed::open(node, context, &body)?).map_err(Failure::broken)
}

/// A delegation for people.
///
/// # Errors
/// As [`person`].
pub async fn info(node: &Node, tx: &mut Tx, context: &str, one: Delegation) -> Result<DelegationInfo, Failure> {
    let person = person(node, tx, context, &one.delegation_id).await?;
    Ok(DelegationInfo {
        auth_status: one.status(node.store.clock().now()),
        operator: person.operator,
        delegation_id: one.delegation_id,
        user_name: one.user_name,
        operator_auth_level: one.operator_auth_level,
        authorization_type: one.authorization_type,
        amount_fen: one.amount_fen,
        products: one.products,
        valid_from: one.valid_from,
        valid_until: one.valid_until,
        ended_at: one.ended_at,
        reason: one.reason,
    })
}

/// A delegation that is not there, or not the caller's.
#[must_use]
pub fn unknown(delegation: &str) -> Rejection {
    Rejection::unknown(
        "unknown-delegation",
        format!("没有经办人授权 {delegation}"),
        format!("delegation {delegation} does not exist"),
    )
}
