//! Demands at a platform: what members look for. TC609-6-2025-01 §5.2.2.9 b.

use xinyu_core::demand::Demand;

use crate::{StoreError, Tx, args, document};

/// Stores a demand, or what has become of it.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, demand: &Demand) -> Result<(), StoreError> {
    let sql = "INSERT INTO demand (demand_id, space_id, connector_id, state, changed_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (demand_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at, body = excluded.body \
               WHERE demand.connector_id = excluded.connector_id";
    let args = args![
        &demand.demand_id,
        &demand.space_id,
        demand.connector_id.as_str(),
        demand.state.as_str(),
        demand.changed_at,
        document::write(demand)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// One demand.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, demand_id: &str) -> Result<Option<Demand>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM demand WHERE demand_id = $1", args![demand_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One demand, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, demand_id: &str) -> Result<Option<Demand>, StoreError> {
    let sql = "SELECT body FROM demand WHERE demand_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![demand_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// How many open ones a member has.
///
/// # Errors
/// If the database fails.
pub async fn count_open(tx: &mut Tx, connector_id: &str) -> Result<usize, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM demand WHERE connector_id = $1 AND state = 'open'";
    let count = tx.fetch_one(sql, args![connector_id]).await?.unsigned("n")?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The open ones of a space, those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn open(tx: &mut Tx, space_id: &str, limit: u32) -> Result<Vec<Demand>, StoreError> {
    let sql =
        "SELECT body FROM demand WHERE space_id = $1 AND state = 'open' ORDER BY changed_at DESC, demand_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![space_id, limit]).await?)
}

/// All of a platform, those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Demand>, StoreError> {
    let sql = "SELECT body FROM demand ORDER BY changed_at DESC, demand_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// Those of a member, and the open ones of others in some spaces; those that changed last first.
///
/// # Errors
/// If the database fails.
pub async fn seen_by(
    tx: &mut Tx,
    connector_id: &str,
    spaces: &[String],
    limit: u32,
) -> Result<Vec<Demand>, StoreError> {
    let own = "SELECT body FROM demand WHERE connector_id = $1 ORDER BY changed_at DESC, demand_id LIMIT $2";
    let mut seen: Vec<Demand> = document::read_all(&tx.fetch(own, args![connector_id, i64::from(limit)]).await?)?;
    for space in spaces {
        let sql = "SELECT body FROM demand WHERE space_id = $1 AND state = 'open' AND connector_id <> $2 \
                   ORDER BY changed_at DESC, demand_id LIMIT $3";
        seen.extend(document::read_all::<Demand>(&tx.fetch(sql, args![space, connector_id, i64::from(limit)]).await?)?);
    }
    seen.sort_by(|one, next| (next.changed_at, &one.demand_id).cmp(&(one.changed_at, &next.demand_id)));
    seen.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(seen)
}
