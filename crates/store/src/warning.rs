//! Early warnings about contracts, and when a contract is to be looked at.

use xinyu_protocol::api::warning::WarningInfo;

use crate::{StoreError, Timestamp, Topic, Tx, args, document};

/// Something of a contract has changed: whoever warns looks at it after the commit. It waits for nobody and holds nobody up.
///
/// # Errors
/// If the database fails.
pub async fn touch(tx: &mut Tx, contract_id: &str) -> Result<(), StoreError> {
    let now = tx.now();
    look_at(tx, contract_id, now).await
}

/// A contract is to be looked at at a moment.
///
/// # Errors
/// If the database fails.
pub async fn look_at(tx: &mut Tx, contract_id: &str, due_at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO warning_look (look_id, contract_id, due_at) VALUES ($1, $2, $3)";
    let id = tx.new_id().to_string();
    tx.execute(sql, args![id, contract_id, due_at]).await?;
    tx.signal(Topic::Look);
    Ok(())
}

/// Everything that is known to be in trouble is looked at now: contracts whose messages have failed.
///
/// # Errors
/// If the database fails.
pub async fn touch_failed(tx: &mut Tx) -> Result<(), StoreError> {
    let sql = "SELECT DISTINCT contract_id FROM outbox WHERE done_at IS NULL AND last_error IS NOT NULL AND contract_id IS NOT NULL";
    for row in tx.fetch(sql, args![]).await? {
        touch(tx, &row.text("contract_id")?).await?;
    }
    Ok(())
}

/// Contracts of which a warning is open are looked at now: something that is no contract's own has changed.
///
/// # Errors
/// If the database fails.
pub async fn touch_open(tx: &mut Tx) -> Result<(), StoreError> {
    let sql = "SELECT DISTINCT contract_id FROM warning WHERE closed_at IS NULL";
    for row in tx.fetch(sql, args![]).await? {
        touch(tx, &row.text("contract_id")?).await?;
    }
    Ok(())
}

/// Contracts that are to be looked at, the earliest first, each once.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT contract_id FROM warning_look WHERE due_at <= $1 GROUP BY contract_id ORDER BY MIN(due_at), contract_id LIMIT $2";
    tx.fetch(sql, args![now, limit]).await?.iter().map(|row| row.text("contract_id")).collect()
}

/// When the next contract is to be looked at.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(due_at) AS due_at FROM warning_look";
    tx.fetch_one(sql, args![]).await?.optional_timestamp("due_at")
}

/// Takes all looks at a contract that are known now: one look is instead of them. What is asked for meanwhile by others stays.
///
/// # Errors
/// If the database fails.
pub async fn take(tx: &mut Tx, contract_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM warning_look WHERE contract_id = $1", args![contract_id]).await.map(drop)
}

/// Keeps a warning, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, kept: &WarningInfo) -> Result<(), StoreError> {
    let sql = "INSERT INTO warning (warning_id, contract_id, severity, raised_at, closed_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (warning_id) DO UPDATE SET closed_at = excluded.closed_at, body = excluded.body";
    let (severity, body) = (kept.severity.as_str(), document::write(kept)?);
    let args = args![&kept.warning_id, &kept.contract_id, severity, kept.raised_at, kept.closed_at, body];
    tx.execute(sql, args).await.map(drop)
}

/// The warnings of a contract that are open, the oldest first.
///
/// # Errors
/// If the database fails.
pub async fn open(tx: &mut Tx, contract_id: &str) -> Result<Vec<WarningInfo>, StoreError> {
    let sql = "SELECT body FROM warning WHERE contract_id = $1 AND closed_at IS NULL ORDER BY raised_at, warning_id";
    document::read_all(&tx.fetch(sql, args![contract_id]).await?)
}

/// How many warnings are open.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT COUNT(*) AS open FROM warning WHERE closed_at IS NULL", args![]).await?.unsigned("open")
}

/// Which warnings to list; what is empty or absent matches all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this contract.
    pub contract_id: String,
    /// Open ones, or closed ones.
    pub is_open: Option<bool>,
    /// Of this severity.
    pub severity: String,
}

/// Warnings: the open ones first, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Vec<WarningInfo>, StoreError> {
    let sql = "SELECT body FROM warning WHERE ($1 = '' OR contract_id = $1) AND ($2 = '' OR severity = $2) \
               AND ($3 = '' OR ($3 = 'open' AND closed_at IS NULL) OR ($3 = 'closed' AND closed_at IS NOT NULL)) \
               ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, raised_at DESC, warning_id LIMIT $4";
    let state = match filter.is_open {
        None => "",
        Some(true) => "open",
        Some(false) => "closed",
    };
    document::read_all(&tx.fetch(sql, args![&filter.contract_id, &filter.severity, state, limit]).await?)
}
