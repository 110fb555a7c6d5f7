//! The nodes we deal with: addresses and keys.

use std::collections::BTreeMap;

use xinyu_core::agreement::PartyRecord;

use crate::{StoreError, Tx, args, document};

/// Stores a party, or what is new about it.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, party: &PartyRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO party (party_id, address, body) VALUES ($1, $2, $3) \
               ON CONFLICT (party_id) DO UPDATE SET address = excluded.address, body = excluded.body";
    tx.execute(sql, args![&party.party_id, &party.address, document::write(party)?]).await?;
    Ok(())
}

/// One party.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, party_id: &str) -> Result<Option<PartyRecord>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM party WHERE party_id = $1", args![party_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The party at an address.
///
/// # Errors
/// If the database fails.
pub async fn find_at(tx: &mut Tx, address: &str) -> Result<Option<PartyRecord>, StoreError> {
    let sql = "SELECT body FROM party WHERE address = $1 ORDER BY party_id LIMIT 1";
    let row = tx.fetch_optional(sql, args![address]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The names of all parties, by id.
///
/// # Errors
/// If the database fails.
pub async fn names(tx: &mut Tx) -> Result<BTreeMap<String, String>, StoreError> {
    Ok(list(tx).await?.into_iter().map(|party| (party.party_id, party.name)).collect())
}

/// All parties, by id.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<PartyRecord>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM party ORDER BY party_id", args![]).await?)
}
