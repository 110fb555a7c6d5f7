//! Services at a platform: what service parties offer beside data. TC609-6-2025-01 §5.2.2.4 d.

use jiff::Timestamp;
use xinyu_core::data_service::DataService;

use crate::{StoreError, Tx, args, document};

/// Stores a service, or what has become of it.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, service: &DataService) -> Result<(), StoreError> {
    let sql = "INSERT INTO data_service (service_id, space_id, connector_id, state, changed_at, due_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (service_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at, due_at = excluded.due_at, body = excluded.body \
               WHERE data_service.connector_id = excluded.connector_id";
    let args = args![
        &service.service_id,
        &service.space_id,
        service.connector_id.as_str(),
        service.state.as_str(),
        service.changed_at,
        service.deadline.due_at,
        document::write(service)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// One service.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, service_id: &str) -> Result<Option<DataService>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM data_service WHERE service_id = $1", args![service_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One service, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, service_id: &str) -> Result<Option<DataService>, StoreError> {
    let sql = "SELECT body FROM data_service WHERE service_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![service_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// All of a platform, those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<DataService>, StoreError> {
    let sql = "SELECT body FROM data_service ORDER BY changed_at DESC, service_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![limit]).await?)
}

/// Those of a member, those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn of(tx: &mut Tx, connector_id: &str, limit: u32) -> Result<Vec<DataService>, StoreError> {
    let sql = "SELECT body FROM data_service WHERE connector_id = $1 ORDER BY changed_at DESC, service_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![connector_id, limit]).await?)
}

/// Those in the catalogue of a space, those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn listed(tx: &mut Tx, space_id: &str, limit: u32) -> Result<Vec<DataService>, StoreError> {
    let sql = "SELECT body FROM data_service WHERE space_id = $1 AND state = 'listed' \
               ORDER BY changed_at DESC, service_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![space_id, limit]).await?)
}

/// Services on which the operator has to decide by a time, those that are due first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<DataService>, StoreError> {
    let sql = "SELECT body FROM data_service WHERE due_at <= $1 ORDER BY due_at, service_id";
    document::read_all(&tx.fetch(sql, args![by]).await?)
}
