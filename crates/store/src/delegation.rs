//! Who may act for an organisation; what identifies the person is sealed.

use xinyu_core::delegation::Delegation;

use crate::{StoreError, Tx, args, document};

/// Stores a delegation; false if its key is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, delegation: &Delegation, person: &[u8]) -> Result<bool, StoreError> {
    let sql = "INSERT INTO delegation (delegation_id, connector_id, user_name, state, valid_until, body, person) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (delegation_id) DO NOTHING";
    let args = args![
        &delegation.delegation_id,
        &delegation.connector_id,
        &delegation.user_name,
        delegation.state(),
        delegation.valid_until,
        document::write(delegation)?,
        person.to_vec()
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One delegation.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, delegation_id: &str) -> Result<Option<Delegation>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM delegation WHERE delegation_id = $1", args![delegation_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One delegation, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, delegation_id: &str) -> Result<Option<Delegation>, StoreError> {
    let sql = "SELECT body FROM delegation WHERE delegation_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![delegation_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The sealed person of a delegation.
///
/// # Errors
/// If the database fails.
pub async fn person(tx: &mut Tx, delegation_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.fetch_optional("SELECT person FROM delegation WHERE delegation_id = $1", args![delegation_id]).await?;
    row.map(|row| row.bytes("person")).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, delegation: &Delegation) -> Result<(), StoreError> {
    let sql = "UPDATE delegation SET state = $2, body = $3 WHERE delegation_id = $1";
    tx.execute(sql, args![&delegation.delegation_id, delegation.state(), document::write(delegation)?]).await?;
    Ok(())
}

/// The delegations of a connector's organisation, those that are good first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, connector_id: &str) -> Result<Vec<Delegation>, StoreError> {
    let sql = "SELECT body FROM delegation WHERE connector_id = $1 ORDER BY state, valid_until DESC, delegation_id";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}
