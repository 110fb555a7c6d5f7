//! The nodes we deal with: addresses and keys.

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

/// All parties, by id.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<PartyRecord>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM party ORDER BY party_id", args![]).await?)
}
