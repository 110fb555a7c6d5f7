//! Data flows of our data plane.

use xinyu_core::dataflow::{DataFlow, State};
use xinyu_core::negotiation::Side;

use crate::{StoreError, Tx, args, document};

/// Stores a flow; false if there is one of its name.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, flow: &DataFlow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO dataflow (flow_id, side, state, created_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (flow_id) DO NOTHING";
    let now = tx.now();
    let args = args![&flow.flow_id, flow.side.as_str(), flow.state.as_str(), now, document::write(flow)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One flow, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, flow_id: &str) -> Result<Option<DataFlow>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM dataflow WHERE flow_id = $1 {FOR_UPDATE}", args![flow_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One flow.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, flow_id: &str) -> Result<Option<DataFlow>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM dataflow WHERE flow_id = $1", args![flow_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, flow: &DataFlow) -> Result<(), StoreError> {
    let sql = "UPDATE dataflow SET state = $2, body = $3 WHERE flow_id = $1";
    tx.execute(sql, args![&flow.flow_id, flow.state.as_str(), document::write(flow)?]).await?;
    Ok(())
}

/// The flows of one side that flow, oldest first: what a driver has to move.
///
/// # Errors
/// If the database fails.
pub async fn list_started(tx: &mut Tx, side: Side, limit: u32) -> Result<Vec<DataFlow>, StoreError> {
    let sql = "SELECT body FROM dataflow WHERE state = $1 AND side = $2 ORDER BY created_at, flow_id LIMIT $3";
    document::read_all(&tx.fetch(sql, args![State::Started.as_str(), side.as_str(), limit]).await?)
}

/// All flows, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<DataFlow>, StoreError> {
    let sql = "SELECT body FROM dataflow ORDER BY created_at DESC, flow_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![limit]).await?)
}
