//! Onward transfers as both kinds of node show them. Who says what in one is decided by the core.

use xinyu_core::clause::clauses;
use xinyu_core::onward::{self, Onward};
use xinyu_crypto::PublicKeys;
use xinyu_protocol::api::onward::{OnwardInfo, OnwardStepInfo};
use xinyu_protocol::id::PlatformId;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardFile, OnwardStep};
use xinyu_store::Tx;

use crate::failure::Failure;

/// How many hops are listed.
const MOST: u32 = 500;

/// The hops under a contract in their order; without one, all, newest first.
///
/// # Errors
/// If the store fails.
pub async fn listed(tx: &mut Tx, contract_id: &str) -> Result<Vec<Onward>, Failure> {
    if contract_id.is_empty() {
        return Ok(xinyu_store::onward::list(tx, MOST).await?);
    }
    Ok(xinyu_store::onward::of_contract(tx, contract_id).await?)
}

/// A hop for people of a node that is known as `me`; whom `name_of` does not know has no name.
///
/// # Errors
/// If a statement has no canonical form, which its check has ruled out.
pub fn info(one: &Onward, me: &str, name_of: &dyn Fn(&str) -> String) -> Result<OnwardInfo, Failure> {
    let grant = &one.grant;
    let steps = one.steps.iter().map(|step| step_info(step, name_of)).collect::<Result<Vec<_>, Failure>>()?;
    let is_for_people = |act: &OnwardAct| matches!(act, OnwardAct::Take | OnwardAct::Refuse | OnwardAct::Withdraw);
    Ok(OnwardInfo {
        onward_id: one.onward_id.clone(),
        contract_id: one.place.contract_id.as_str().to_owned(),
        space_id: one.place.space_id.clone(),
        product_id: grant.product_id.clone(),
        provider: one.place.provider.clone(),
        provider_name: name_of(&one.place.provider),
        sender: grant.sender.as_str().to_owned(),
        sender_name: name_of(grant.sender.as_str()),
        receiver: grant.receiver.as_str().to_owned(),
        receiver_name: name_of(grant.receiver.as_str()),
        action: grant.action.clone(),
        purpose: grant.purpose.clone(),
        state: one.state.as_str().to_owned(),
        offered_at: one.offered_at,
        chain: grant.chain.clone(),
        limits: grant.limits.clone(),
        tables: grant.tables.clone(),
        rows: grant.rows,
        digest: grant.digest.clone(),
        lineage: grant.lineage.clone(),
        clauses: grant.policies.iter().flat_map(|policy| clauses(policy).unwrap_or_default()).collect(),
        steps,
        moves: one.moves(me).into_iter().filter(is_for_people).map(|act| act.as_str().to_owned()).collect(),
    })
}

/// The line of a list: without clauses and statements.
#[must_use]
pub fn line(info: OnwardInfo) -> OnwardInfo {
    OnwardInfo { steps: Vec::new(), clauses: Vec::new(), ..info }
}

fn step_info(step: &OnwardStep, name_of: &dyn Fn(&str) -> String) -> Result<OnwardStepInfo, Failure> {
    let said = &step.statement;
    Ok(OnwardStepInfo {
        number: said.number,
        act: said.act,
        author: said.author.as_str().to_owned(),
        author_name: name_of(said.author.as_str()),
        at: said.at,
        reason: said.reason.clone(),
        digest: onward::digest(said)?,
    })
}

/// All statements of a hop as a file that verifies offline.
///
/// # Errors
/// If it has no canonical form.
pub fn file(one: &Onward, platform_id: &PlatformId, keys: &PublicKeys) -> Result<Vec<u8>, Failure> {
    let file = OnwardFile {
        steps: one.steps.clone(),
        platform_id: platform_id.clone(),
        keys: serde_json::to_value(keys).map_err(Failure::broken)?,
    };
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}
