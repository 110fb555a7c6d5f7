//! Products on the provider's side.

use xinyu_core::offering::Offering;
use xinyu_protocol::id::ProductId;
use xinyu_protocol::tc609::catalog::ListingState;

use crate::{StoreError, Tx, args, document};

/// Stores an offering; false if there is one under its key.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, offering: &Offering) -> Result<bool, StoreError> {
    let sql = "INSERT INTO offering (listing_id, product_id, state, created_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (listing_id) DO NOTHING";
    let product = offering.product_id.as_ref().map(|id| id.as_str().to_owned());
    let now = tx.now();
    let args = args![&offering.listing_id, product, word(offering.state), now, document::write(offering)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One offering, by its key.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, listing_id: &str) -> Result<Option<Offering>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM offering WHERE listing_id = $1", args![listing_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One offering, by its product.
///
/// # Errors
/// If the database fails.
pub async fn find_by_product(tx: &mut Tx, product: &ProductId) -> Result<Option<Offering>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM offering WHERE product_id = $1", args![product.as_str()]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One offering, by what a peer calls it: the product, or our own key of the listing.
///
/// # Errors
/// If the database fails.
pub async fn find_by_target(tx: &mut Tx, target: &str) -> Result<Option<Offering>, StoreError> {
    let sql = "SELECT body FROM offering WHERE product_id = $1 OR listing_id = $1";
    let row = tx.fetch_optional(sql, args![target]).await?;
    row.as_ref().map(document::read).transpose()
}

/// A page of what is listed, in the order of the keys, after one.
///
/// # Errors
/// If the database fails.
pub async fn list_listed(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<Offering>, StoreError> {
    let sql = "SELECT body FROM offering WHERE state = 'listed' AND listing_id > $1 ORDER BY listing_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![after, limit]).await?)
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, offering: &Offering) -> Result<(), StoreError> {
    let sql = "UPDATE offering SET product_id = $2, state = $3, body = $4 WHERE listing_id = $1";
    let product = offering.product_id.as_ref().map(|id| id.as_str().to_owned());
    tx.execute(sql, args![&offering.listing_id, product, word(offering.state), document::write(offering)?]).await?;
    Ok(())
}

/// All offerings, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Offering>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM offering ORDER BY created_at, listing_id", args![]).await?)
}

fn word(state: ListingState) -> &'static str {
    match state {
        ListingState::Reviewing => "reviewing",
        ListingState::Listed => "listed",
        ListingState::Refused => "refused",
        ListingState::Delisted => "delisted",
    }
}
