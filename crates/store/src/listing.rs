//! Products in and on their way into the catalogue, as the platform keeps them.

use jiff::Timestamp;
use xinyu_core::listing::Listing;
use xinyu_core::listing::life::Edition;
use xinyu_protocol::tc609::catalog::ListingState;

use crate::{StoreError, Tx, Value, args, document};

/// Stores a request; false if the provider made it before.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, listing: &Listing) -> Result<bool, StoreError> {
    let sql = "INSERT INTO listing (product_id, connector_id, listing_key, space_id, state, changed, requested_at, due_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (connector_id, listing_key) DO NOTHING";
    let args = args![
        listing.product_id.as_str(),
        listing.connector_id.as_str(),
        &listing.request.listing_id,
        &listing.request.space_id,
        listing.state.as_str(),
        Value::unsigned(next_change(tx).await?)?,
        listing.requested_at,
        listing.due_at,
        document::write(listing)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The listing a provider asked for under its own key, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_by_key(tx: &mut Tx, connector_id: &str, listing_key: &str) -> Result<Option<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE connector_id = $1 AND listing_key = $2 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![connector_id, listing_key]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One listing, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, product_id: &str) -> Result<Option<Listing>, StoreError> {
    let row =
        tx.fetch_optional("SELECT body FROM listing WHERE product_id = $1 {FOR_UPDATE}", args![product_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One listing.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, product_id: &str) -> Result<Option<Listing>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM listing WHERE product_id = $1", args![product_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, listing: &Listing) -> Result<(), StoreError> {
    let sql = "UPDATE listing SET state = $2, body = $3, changed = $4, due_at = $5 WHERE product_id = $1";
    let changed = Value::unsigned(next_change(tx).await?)?;
    let (product, state) = (listing.product_id.as_str(), listing.state.as_str());
    tx.execute(sql, args![product, state, document::write(listing)?, changed, listing.due_at]).await?;
    Ok(())
}

/// Listings in a state, or all, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, state: Option<ListingState>) -> Result<Vec<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE ($1 = '' OR state = $1) ORDER BY requested_at, product_id";
    document::read_all(&tx.fetch(sql, args![state.map_or("", ListingState::as_str)]).await?)
}

/// These listings, in no order.
///
/// # Errors
/// If the database fails.
pub async fn of(tx: &mut Tx, product_ids: &[String]) -> Result<Vec<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE product_id IN ({LIST})";
    document::read_all(&tx.fetch_among(sql, product_ids.iter().map(Value::from).collect()).await?)
}

/// Listings on which the operator has to decide by a time, those that are due first.
///
/// # Errors
/// If the database fails.
pub async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE due_at <= $1 ORDER BY due_at, product_id";
    document::read_all(&tx.fetch(sql, args![by]).await?)
}

/// The number of the latest change of any listing.
///
/// # Errors
/// If the database fails.
pub async fn latest_change(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.fetch_one("SELECT latest FROM listing_change WHERE one = 1", args![]).await?.unsigned("latest")
}

/// Listings that changed after a number, each as it is now with the number of its latest change, in that order.
///
/// # Errors
/// If the database fails.
pub async fn changed(tx: &mut Tx, after: u64, limit: u32) -> Result<Vec<(u64, Listing)>, StoreError> {
    let sql = "SELECT changed, body FROM listing WHERE changed > $1 ORDER BY changed LIMIT $2";
    let rows = tx.fetch(sql, args![Value::unsigned(after)?, limit]).await?;
    rows.iter().map(|row| Ok((row.unsigned("changed")?, document::read(row)?))).collect()
}

/// The number of the change that is being made. Others that change a listing wait until this one is committed, so that no number shows before a smaller one.
async fn next_change(tx: &mut Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE listing_change SET latest = latest + 1 WHERE one = 1 RETURNING latest";
    tx.fetch_one(sql, args![]).await?.unsigned("latest")
}

/// Keeps a version as it stands now.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, product_id: &str, edition: &Edition) -> Result<(), StoreError> {
    let sql = "INSERT INTO listing_version (product_id, version, body) VALUES ($1, $2, $3) \
               ON CONFLICT (product_id, version) DO UPDATE SET body = excluded.body";
    tx.execute(sql, args![product_id, edition.request.version, document::write(edition)?]).await?;
    Ok(())
}

/// The versions of a product, the latest first.
///
/// # Errors
/// If the database fails.
pub async fn versions(tx: &mut Tx, product_id: &str, limit: u32) -> Result<Vec<Edition>, StoreError> {
    let sql = "SELECT body FROM listing_version WHERE product_id = $1 ORDER BY version DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![product_id, limit]).await?)
}
