//! Signed stubs of other lineages that were taken, each with the product that comes from it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_protocol::api::stub::StubInfo;

use crate::{Row, StoreError, Tx, args, document};

/// Keeps a stub that was checked; false if it is there for this product.
///
/// # Errors
/// If the database fails.
pub async fn insert<T: Serialize>(tx: &mut Tx, info: &StubInfo, stub: &T) -> Result<bool, StoreError> {
    let sql = "INSERT INTO lineage_stub (stub_id, product_id, taken_at, info, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (stub_id, product_id) DO NOTHING";
    let args = args![&info.stub_id, &info.product_id, info.taken_at, document::write(info)?, document::write(stub)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The latest stubs, of one product or of all.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, product_id: &str, limit: u32) -> Result<Vec<StubInfo>, StoreError> {
    let sql = "SELECT info FROM lineage_stub WHERE ($1 = '' OR product_id = $1) ORDER BY taken_at DESC, stub_id, product_id LIMIT $2";
    tx.fetch(sql, args![product_id, i64::from(limit)]).await?.iter().map(info).collect()
}

/// A stub with what is said of it for each product that comes from it.
///
/// # Errors
/// If the database fails.
pub async fn find<T: DeserializeOwned>(tx: &mut Tx, stub_id: &str) -> Result<Vec<(StubInfo, T)>, StoreError> {
    let sql = "SELECT info, body FROM lineage_stub WHERE stub_id = $1 ORDER BY product_id";
    let rows = tx.fetch(sql, args![stub_id]).await?;
    rows.iter().map(|row| Ok((info(row)?, document::read(row)?))).collect()
}

fn info(row: &Row) -> Result<StubInfo, StoreError> {
    serde_json::from_str(&row.text("info")?).map_err(|error| StoreError::column("info", error))
}
