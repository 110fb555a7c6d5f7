//! What a provider counts under its contracts.

use xinyu_protocol::tc609::metering::Meter;

use crate::{StoreError, Tx, args, document};

/// The meter of a contract, zero if nothing was counted, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Meter, StoreError> {
    let row =
        tx.fetch_optional("SELECT body FROM meter WHERE contract_id = $1 {FOR_UPDATE}", args![contract_id]).await?;
    Ok(row.as_ref().map(document::read).transpose()?.unwrap_or_default())
}

/// Stores a meter.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, contract_id: &str, meter: &Meter) -> Result<(), StoreError> {
    let sql = "INSERT INTO meter (contract_id, body) VALUES ($1, $2) ON CONFLICT (contract_id) DO UPDATE SET body = excluded.body";
    tx.execute(sql, args![contract_id, document::write(meter)?]).await?;
    Ok(())
}

/// The meter of a contract, for looking at.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Meter, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM meter WHERE contract_id = $1", args![contract_id]).await?;
    Ok(row.as_ref().map(document::read).transpose()?.unwrap_or_default())
}
