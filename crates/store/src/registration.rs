//! Registrations of listed products at function nodes. TC609-6-2025-01 §5.2.2.4 a.

use jiff::Timestamp;
use xinyu_core::listing::Listing;
use xinyu_core::listing::registration::Registration;
use xinyu_protocol::tc609::catalog::ListingState;

use crate::{StoreError, Tx, args, document};

/// Stores a registration, or what has become of it.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, registration: &Registration) -> Result<(), StoreError> {
    let sql = "INSERT INTO product_registration (product_id, node_id, state, version, ask_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (product_id, node_id) DO UPDATE SET state = excluded.state, version = excluded.version, ask_at = excluded.ask_at, body = excluded.body";
    let args = args![
        registration.product_id.as_str(),
        &registration.node_id,
        registration.state.as_str(),
        registration.version,
        registration.ask_at,
        document::write(registration)?
    ];
    tx.execute(sql, args).await.map(drop)
}

/// The registration of a product at a node, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, product_id: &str, node_id: &str) -> Result<Option<Registration>, StoreError> {
    let sql = "SELECT body FROM product_registration WHERE product_id = $1 AND node_id = $2 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![product_id, node_id]).await?.as_ref().map(document::read).transpose()
}

/// The registrations of a product, at whatever nodes.
///
/// # Errors
/// If the database fails.
pub async fn of_product(tx: &mut Tx, product_id: &str) -> Result<Vec<Registration>, StoreError> {
    let sql = "SELECT body FROM product_registration WHERE product_id = $1 ORDER BY node_id";
    document::read_all(&tx.fetch(sql, args![product_id]).await?)
}

/// All registrations.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Registration>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM product_registration ORDER BY product_id, node_id", args![]).await?)
}

/// Registrations whose result is to be asked for by a time, those that are due first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Registration>, StoreError> {
    let sql = "SELECT body FROM product_registration WHERE ask_at <= $1 ORDER BY ask_at, product_id";
    document::read_all(&tx.fetch(sql, args![by]).await?)
}

/// When the next result is to be asked for.
///
/// # Errors
/// If the database fails.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT ask_at FROM product_registration WHERE ask_at IS NOT NULL ORDER BY ask_at LIMIT 1";
    tx.fetch_optional(sql, args![]).await?.as_ref().map(|row| row.timestamp("ask_at")).transpose()
}

/// Listed products behind `after`, in the order of their identifiers, each with the version that a node was told of last, if it was.
///
/// # Errors
/// If the database fails.
pub async fn told(
    tx: &mut Tx,
    node_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<(Listing, Option<i64>)>, StoreError> {
    let sql = "SELECT listing.body AS body, there.version AS version FROM listing \
               LEFT JOIN product_registration AS there ON there.product_id = listing.product_id AND there.node_id = $2 \
               WHERE listing.state = $1 AND listing.product_id > $3 ORDER BY listing.product_id LIMIT $4";
    let rows = tx.fetch(sql, args![ListingState::Listed.as_str(), node_id, after, limit]).await?;
    rows.iter().map(|row| Ok((document::read(row)?, row.optional_integer("version")?))).collect()
}
