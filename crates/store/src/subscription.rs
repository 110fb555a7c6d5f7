//! What members wait for in the catalogue, and of what they were told. NDI-TR-2025-06 §6.4 d.

use jiff::Timestamp;
use xinyu_core::subscription::{Notice, Subscription};
use xinyu_protocol::tc609::subscription::MatchNotice;

use crate::{StoreError, Tx, Value, args, document};

/// Stores a subscription, or what it says now.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, subscription: &Subscription) -> Result<(), StoreError> {
    let sql = "INSERT INTO subscription (connector_id, subscription_id, since, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connector_id, subscription_id) DO UPDATE SET since = excluded.since, body = excluded.body";
    let (connector, id) = (subscription.connector_id.as_str(), &subscription.subscription_id);
    tx.execute(sql, args![connector, id, subscription.since, document::write(subscription)?]).await.map(drop)
}

/// Ends one; false if there is none.
///
/// # Errors
/// If the database fails.
pub async fn remove(tx: &mut Tx, connector_id: &str, subscription_id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM subscription WHERE connector_id = $1 AND subscription_id = $2";
    Ok(tx.execute(sql, args![connector_id, subscription_id]).await? == 1)
}

/// Those of a member, the oldest first.
///
/// # Errors
/// If the database fails.
pub async fn of(tx: &mut Tx, connector_id: &str) -> Result<Vec<Subscription>, StoreError> {
    let sql = "SELECT body FROM subscription WHERE connector_id = $1 ORDER BY since, subscription_id";
    document::read_all(&tx.fetch(sql, args![connector_id]).await?)
}

/// All of them, by member.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Subscription>, StoreError> {
    let sql = "SELECT body FROM subscription ORDER BY connector_id, since, subscription_id";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// The latest change of the catalogue that was compared.
///
/// # Errors
/// If the database fails.
pub async fn position(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT position FROM match_position WHERE one = 1", args![]).await?.unsigned("position")
}

/// Moves it on; false if somebody else did meanwhile.
///
/// # Errors
/// If the database fails.
pub async fn move_on(tx: &mut Tx, from: u64, to: u64) -> Result<bool, StoreError> {
    let sql = "UPDATE match_position SET position = $2 WHERE one = 1 AND position = $1";
    Ok(tx.execute(sql, args![Value::unsigned(from)?, Value::unsigned(to)?]).await? == 1)
}

/// Notes that a demand is to be compared with the catalogue.
///
/// # Errors
/// If the database fails.
pub async fn put_due(tx: &mut Tx, demand_id: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO match_due (demand_id) VALUES ($1) ON CONFLICT (demand_id) DO NOTHING";
    tx.execute(sql, args![demand_id]).await.map(drop)
}

/// Some demands that are to be compared.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, limit: u32) -> Result<Vec<String>, StoreError> {
    let rows = tx.fetch("SELECT demand_id FROM match_due ORDER BY demand_id LIMIT $1", args![limit]).await?;
    rows.iter().map(|row| row.text("demand_id")).collect()
}

/// A demand was compared.
///
/// # Errors
/// If the database fails.
pub async fn done(tx: &mut Tx, demand_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM match_due WHERE demand_id = $1", args![demand_id]).await.map(drop)
}

/// Keeps a notice; false if its member was told before.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, notice: &Notice) -> Result<bool, StoreError> {
    let sql = "INSERT INTO match_notice (connector_id, notice_id, at, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connector_id, notice_id) DO NOTHING";
    let told = &notice.told;
    let args = args![notice.to.as_str(), &told.notice_id, told.at, document::write(told)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// What the member of this node was told, the latest first, and whether somebody has seen it.
///
/// # Errors
/// If the database fails.
pub async fn notices(tx: &mut Tx, limit: u32) -> Result<Vec<(MatchNotice, bool)>, StoreError> {
    let sql = "SELECT body, seen FROM match_notice ORDER BY at DESC, notice_id LIMIT $1";
    let rows = tx.fetch(sql, args![limit]).await?;
    rows.iter().map(|row| Ok((document::read(row)?, row.unsigned("seen")? == 1))).collect()
}

/// Somebody has seen all that the member of this node was told by a time.
///
/// # Errors
/// If the database fails.
pub async fn see(tx: &mut Tx, by: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE match_notice SET seen = 1 WHERE at <= $1", args![by]).await.map(drop)
}
