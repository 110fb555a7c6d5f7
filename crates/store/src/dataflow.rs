//! Data flows of our data plane.

use xinyu_core::dataflow::DataFlow;

use crate::{StoreError, Tx, args, document};

/// Stores a flow; false if there is one of its name.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, flow: &DataFlow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO dataflow (flow_id, side, state, to_move, created_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (flow_id) DO NOTHING";
    let now = tx.now();
    let to_move = u32::from(flow.is_to_move());
    let args = args![&flow.flow_id, flow.side.as_str(), flow.state.as_str(), to_move, now, document::write(flow)?];
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
    let sql = "UPDATE dataflow SET state = $2, to_move = $3, body = $4 WHERE flow_id = $1";
    let to_move = u32::from(flow.is_to_move());
    tx.execute(sql, args![&flow.flow_id, flow.state.as_str(), to_move, document::write(flow)?]).await?;
    Ok(())
}

/// The flows that our data plane has to move, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list_to_move(tx: &mut Tx, limit: u32) -> Result<Vec<DataFlow>, StoreError> {
    let sql = "SELECT body FROM dataflow WHERE to_move = 1 ORDER BY created_at, flow_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![limit]).await?)
}

/// All flows, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<DataFlow>, StoreError> {
    let sql = "SELECT body FROM dataflow ORDER BY created_at DESC, flow_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![limit]).await?)
}
