//! Derived data, as its holder's connector keeps it.

use xinyu_core::derived::Derived;

use crate::{StoreError, Tx, args, document};

/// Stores new derived data; false if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, derived: &Derived) -> Result<bool, StoreError> {
    let sql = "INSERT INTO derived (derived_id, contract_id, state, made_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (derived_id) DO NOTHING";
    let args = args![
        derived.id(),
        derived.contract_id.as_str(),
        derived.state.as_str(),
        derived.lineage.made_at,
        document::write(derived)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, derived: &Derived) -> Result<(), StoreError> {
    let sql = "UPDATE derived SET state = $2, body = $3 WHERE derived_id = $1";
    tx.execute(sql, args![derived.id(), derived.state.as_str(), document::write(derived)?]).await.map(drop)
}

/// One.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, derived_id: &str) -> Result<Option<Derived>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM derived WHERE derived_id = $1", args![derived_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Those under a contract, in the order in which they were made.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str) -> Result<Vec<Derived>, StoreError> {
    let sql = "SELECT body FROM derived WHERE contract_id = $1 ORDER BY made_at, derived_id";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// All, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Derived>, StoreError> {
    let sql = "SELECT body FROM derived ORDER BY made_at DESC, derived_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
