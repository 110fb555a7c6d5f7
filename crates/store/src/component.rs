//! Components: at a platform every version with its content, where that is kept; at a connector where those stand that it was told of.

use jiff::Timestamp;
use xinyu_core::component::Component;
use xinyu_protocol::tc609::component::ComponentStanding;

use crate::{StoreError, Tx, args, document};

/// Stores a version as the newest of its component; false if the version, the place or the source's key is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    component: &Component,
    ordinal: usize,
    content: Option<&[u8]>,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO component (component_id, version, ordinal, source_id, registration_id, space_id, kind, state, registered_at, due_at, body, content) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
    let (standing, statement) = (&component.standing, component.statement());
    let args = args![
        &standing.component_id,
        &standing.version,
        i64::try_from(ordinal).unwrap_or(i64::MAX),
        statement.source_id.as_str(),
        &statement.registration_id,
        &statement.space_id,
        statement.kind.as_str(),
        standing.state.as_str(),
        tx.now(),
        component.deadline.due_at,
        document::write(component)?,
        content.map(<[u8]>::to_vec)
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores what was done with a version.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, component: &Component) -> Result<(), StoreError> {
    let sql = "UPDATE component SET state = $3, body = $4, due_at = $5 WHERE component_id = $1 AND version = $2";
    let standing = &component.standing;
    let (id, version, state) = (&standing.component_id, &standing.version, standing.state.as_str());
    let args = args![id, version, state, document::write(component)?, component.deadline.due_at];
    tx.execute(sql, args).await.map(drop)
}

/// All versions of a component, newest first, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, component_id: &str) -> Result<Vec<Component>, StoreError> {
    let sql = "SELECT body FROM component WHERE component_id = $1 ORDER BY ordinal DESC {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![component_id]).await?)
}

/// All versions of a component, newest first.
///
/// # Errors
/// If the database fails.
pub async fn versions(tx: &mut Tx, component_id: &str) -> Result<Vec<Component>, StoreError> {
    let sql = "SELECT body FROM component WHERE component_id = $1 ORDER BY ordinal DESC";
    document::read_all(&tx.fetch(sql, args![component_id]).await?)
}

/// What a source registered under a key of its own.
///
/// # Errors
/// If the database fails.
pub async fn find_by_key(tx: &mut Tx, source_id: &str, registration_id: &str) -> Result<Option<Component>, StoreError> {
    let sql = "SELECT body FROM component WHERE source_id = $1 AND registration_id = $2";
    tx.fetch_optional(sql, args![source_id, registration_id]).await?.as_ref().map(document::read).transpose()
}

/// The content of a version, if it is kept.
///
/// # Errors
/// If the database fails.
pub async fn content(tx: &mut Tx, component_id: &str, version: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT content FROM component WHERE component_id = $1 AND version = $2 AND content IS NOT NULL";
    tx.fetch_optional(sql, args![component_id, version]).await?.map(|row| row.bytes("content")).transpose()
}

/// All versions of all components, newest first; with a space only those of it.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, space_id: &str, limit: u32) -> Result<Vec<Component>, StoreError> {
    let sql = "SELECT body FROM component WHERE ($1 = '' OR space_id = $1) \
               ORDER BY registered_at DESC, component_id, ordinal DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![space_id, i64::from(limit)]).await?)
}

/// Versions on which the operator has to decide by a time, those that are due first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Component>, StoreError> {
    let sql = "SELECT body FROM component WHERE due_at <= $1 ORDER BY due_at, component_id, ordinal";
    document::read_all(&tx.fetch(sql, args![by]).await?)
}

/// A connector keeps where a version stands, unless it knows something newer.
///
/// # Errors
/// If the database fails.
pub async fn learn(tx: &mut Tx, standing: &ComponentStanding) -> Result<(), StoreError> {
    let sql = "INSERT INTO component_standing (component_id, version, since, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (component_id, version) DO UPDATE SET since = excluded.since, body = excluded.body \
               WHERE component_standing.since <= excluded.since";
    let args = args![&standing.component_id, &standing.version, standing.since, document::write(standing)?];
    tx.execute(sql, args).await.map(drop)
}

/// Where a version stands, as this connector was told last.
///
/// # Errors
/// If the database fails.
pub async fn standing(tx: &mut Tx, component_id: &str, version: &str) -> Result<Option<ComponentStanding>, StoreError> {
    let sql = "SELECT body FROM component_standing WHERE component_id = $1 AND version = $2";
    tx.fetch_optional(sql, args![component_id, version]).await?.as_ref().map(document::read).transpose()
}
