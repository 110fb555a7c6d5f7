//! Participants with their connectors, as the platform keeps them.

use std::collections::{BTreeMap, BTreeSet};

use xinyu_core::participant::Member;
use xinyu_protocol::id::ConnectorId;

use crate::{StoreError, Tx, Value, args, document};

/// Stores a registration; false if the key is registered already.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, member: &Member, key_id: &str) -> Result<bool, StoreError> {
    let sql = "INSERT INTO member (connector_id, key_id, participant_id, state, registered_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (key_id) DO NOTHING";
    let args = args![
        member.connector_id.as_str(),
        key_id,
        member.participant_id.as_str(),
        member.state.as_str(),
        member.registered_at,
        document::write(member)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The member whose registration was signed with a key.
///
/// # Errors
/// If the database fails.
pub async fn find_by_key(tx: &mut Tx, key_id: &str) -> Result<Option<Member>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM member WHERE key_id = $1", args![key_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One member.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, connector_id: &str) -> Result<Option<Member>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM member WHERE connector_id = $1", args![connector_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One member, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, connector_id: &ConnectorId) -> Result<Option<Member>, StoreError> {
    let sql = "SELECT body FROM member WHERE connector_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![connector_id.as_str()]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    let sql = "UPDATE member SET state = $2, body = $3 WHERE connector_id = $1";
    tx.execute(sql, args![member.connector_id.as_str(), member.state.as_str(), document::write(member)?]).await?;
    Ok(())
}

/// All members, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Member>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM member ORDER BY registered_at, connector_id", args![]).await?)
}

/// Members that are admitted, by their connectors.
///
/// # Errors
/// If the database fails.
pub async fn admitted(tx: &mut Tx) -> Result<Vec<ConnectorId>, StoreError> {
    let rows =
        tx.fetch("SELECT connector_id FROM member WHERE state = 'approved' ORDER BY connector_id", args![]).await?;
    let read = |row: &crate::Row| {
        ConnectorId::parse(&row.text("connector_id")?).map_err(|error| StoreError::column("connector_id", error))
    };
    rows.iter().map(read).collect()
}

/// Members that were admitted once and are barred now.
///
/// # Errors
/// If the database fails.
pub async fn barred(tx: &mut Tx) -> Result<Vec<Member>, StoreError> {
    let sql = "SELECT body FROM member WHERE state IN ('suspended', 'revoked', 'departed') ORDER BY registered_at, connector_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// Connectors of which nothing can be had: those of members that are not admitted, not yet or no longer.
///
/// # Errors
/// If the database fails.
pub async fn shut(tx: &mut Tx) -> Result<BTreeSet<String>, StoreError> {
    let rows = tx.fetch("SELECT connector_id FROM member WHERE state <> 'approved'", args![]).await?;
    rows.iter().map(|row| row.text("connector_id")).collect()
}

/// The names of these participants.
///
/// # Errors
/// If the database fails.
pub async fn names(tx: &mut Tx, participants: &BTreeSet<String>) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = "SELECT body FROM member WHERE participant_id IN ({LIST})";
    let rows = tx.fetch_among(sql, participants.iter().map(Value::from).collect()).await?;
    let members: Vec<Member> = document::read_all(&rows)?;
    Ok(members.into_iter().map(|member| (member.participant_id.as_str().to_owned(), member.name)).collect())
}
