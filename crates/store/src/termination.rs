//! Early ends of contracts that were proposed, as a connector keeps them.

use xinyu_core::termination::proposal::Proposal;

use crate::{StoreError, Tx, args, document};

/// Stores a proposal; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, proposal: &Proposal) -> Result<bool, StoreError> {
    let sql = "INSERT INTO termination_proposal (termination_id, contract_id, state, proposed_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (termination_id) DO NOTHING";
    let notice = &proposal.notice;
    let args = args![
        &notice.termination_id,
        notice.contract_id.as_str(),
        proposal.state.as_str(),
        notice.proposed_at,
        document::write(proposal)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One proposal, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, termination_id: &str) -> Result<Option<Proposal>, StoreError> {
    let sql = "SELECT body FROM termination_proposal WHERE termination_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![termination_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, proposal: &Proposal) -> Result<(), StoreError> {
    let sql = "UPDATE termination_proposal SET state = $2, body = $3 WHERE termination_id = $1";
    let args = args![&proposal.notice.termination_id, proposal.state.as_str(), document::write(proposal)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The proposals of a contract, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str) -> Result<Vec<Proposal>, StoreError> {
    let sql = "SELECT body FROM termination_proposal WHERE contract_id = $1 ORDER BY proposed_at DESC, termination_id LIMIT 100";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}
