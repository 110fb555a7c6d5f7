//! The archive of negotiations: every move with its document. Only ever added to.

use xinyu_protocol::tc609::negotiation::HistoryEntry;

use crate::{StoreError, Tx, args, document};

/// Adds a move to the history of a negotiation, under our process id.
///
/// # Errors
/// If the database fails, or the number is taken, which the lock on the negotiation has ruled out.
pub async fn append(tx: &mut Tx, pid: &str, contract_id: &str, entry: &HistoryEntry) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO negotiation_round (pid, number, contract_id, at, digest, body) VALUES ($1, $2, $3, $4, $5, $6)";
    let args =
        args![pid, i64::from(entry.number), contract_id, entry.at, entry.digest.as_deref(), document::write(entry)?];
    tx.execute(sql, args).await?;
    Ok(())
}

/// The history of a negotiation, in order.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, pid: &str) -> Result<Vec<HistoryEntry>, StoreError> {
    let sql = "SELECT body FROM negotiation_round WHERE pid = $1 ORDER BY number";
    document::read_all(&tx.fetch(sql, args![pid]).await?)
}
