//! What parties declare of a contract that must end: on the platform as it decides, on a connector as it is told.

use serde::de::DeserializeOwned;
use xinyu_core::termination::breach::Breach;
use xinyu_protocol::tc609::termination::BreachNotice;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Stores a declaration; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, breach: &Breach) -> Result<bool, StoreError> {
    let sql = "INSERT INTO breach (claim_id, contract_id, state, claimed_at, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (claim_id) DO NOTHING";
    let claim = &breach.claim;
    let args = args![
        &claim.claim_id,
        claim.contract_id.as_str(),
        breach.state.as_str(),
        breach.claimed_at,
        document::write(breach)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One declaration, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, claim_id: &str) -> Result<Option<Breach>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM breach WHERE claim_id = $1 {FOR_UPDATE}", args![claim_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One declaration.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, claim_id: &str) -> Result<Option<Breach>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM breach WHERE claim_id = $1", args![claim_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, breach: &Breach) -> Result<(), StoreError> {
    let sql = "UPDATE breach SET state = $2, body = $3 WHERE claim_id = $1";
    tx.execute(sql, args![&breach.claim.claim_id, breach.state.as_str(), document::write(breach)?]).await?;
    Ok(())
}

/// The declarations of a contract (of all for the empty one), newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str) -> Result<Vec<Breach>, StoreError> {
    all(tx, contract_id).await
}

/// What the platform has told a connector, the newest word of each.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, notice: &BreachNotice) -> Result<(), StoreError> {
    let sql = "INSERT INTO breach (claim_id, contract_id, state, claimed_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (claim_id) DO UPDATE SET state = excluded.state, body = excluded.body";
    let claim = &notice.claim;
    let claimed_at: Timestamp = notice.claimed_at;
    let args = args![&claim.claim_id, claim.contract_id.as_str(), &notice.state, claimed_at, document::write(notice)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The declarations of a contract as a connector was told of them, newest first.
///
/// # Errors
/// If the database fails.
pub async fn told(tx: &mut Tx, contract_id: &str) -> Result<Vec<BreachNotice>, StoreError> {
    all(tx, contract_id).await
}

async fn all<T: DeserializeOwned>(tx: &mut Tx, contract_id: &str) -> Result<Vec<T>, StoreError> {
    let sql =
        "SELECT body FROM breach WHERE ($1 = '' OR contract_id = $1) ORDER BY claimed_at DESC, claim_id LIMIT 200";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}
