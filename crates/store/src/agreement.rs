//! Contracts on the side of a party.

use xinyu_core::agreement::Agreement;
use xinyu_core::negotiation::Side;

use crate::{StoreError, Tx, args, document};

/// Stores an agreement, or its change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, agreement: &Agreement) -> Result<(), StoreError> {
    let sql = "INSERT INTO agreement (contract_id, side, agreement_id, created_at, ends_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (contract_id) DO UPDATE SET ends_at = excluded.ends_at, body = excluded.body";
    let now = tx.now();
    let args = args![
        agreement.contract_id.as_str(),
        agreement.side.as_str(),
        &agreement.agreement_id,
        now,
        agreement.ending.as_ref().filter(|_| agreement.ended_at.is_none()).map(|voucher| voucher.end_time),
        document::write(agreement)?
    ];
    tx.execute(sql, args).await?;
    crate::warning::touch(tx, agreement.contract_id.as_str()).await
}

/// One agreement, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, contract_id: &str) -> Result<Option<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement WHERE contract_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One agreement.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, contract_id: &str) -> Result<Option<Agreement>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM agreement WHERE contract_id = $1", args![contract_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The agreement that both sides know by a name, on one side of it. Names are their makers' own, so the peer is compared too.
///
/// # Errors
/// If the database fails.
pub async fn find_by_name(
    tx: &mut Tx,
    agreement_id: &str,
    side: Side,
    peer: &str,
) -> Result<Option<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement WHERE agreement_id = $1 AND side = $2";
    let rows = tx.fetch(sql, args![agreement_id, side.as_str()]).await?;
    let found: Vec<Agreement> = document::read_all(&rows)?;
    Ok(found.into_iter().find(|agreement| agreement.peer == peer))
}

/// Agreements whose end is known and has not taken effect, the earliest first.
///
/// # Errors
/// If the database fails.
pub async fn ending(tx: &mut Tx) -> Result<Vec<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement WHERE ends_at IS NOT NULL ORDER BY ends_at, contract_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// All agreements, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Agreement>, StoreError> {
    let sql = "SELECT body FROM agreement ORDER BY created_at DESC, contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// The agreements of the newest payment orders.
///
/// # Errors
/// If the database fails.
pub async fn with_payment(tx: &mut Tx, limit: u32) -> Result<Vec<Agreement>, StoreError> {
    let sql = "SELECT agreement.body AS body FROM payment JOIN agreement ON agreement.contract_id = payment.contract_id \
               ORDER BY payment.stated_at DESC, payment.contract_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}
