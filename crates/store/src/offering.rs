//! Products on the provider's side.

use xinyu_core::offering::Offering;
use xinyu_protocol::id::ProductId;

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
    let args = args![&offering.listing_id, product, offering.state.as_str(), now, document::write(offering)?];
    let is_new = tx.execute(sql, args).await? == 1;
    if is_new {
        keep(tx, offering).await?;
    }
    Ok(is_new)
}

/// Keeps a version, for good: whoever has a contract about it gets this one, whatever is offered later.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, offering: &Offering) -> Result<(), StoreError> {
    let sql = "INSERT INTO offering_version (listing_id, version, body) VALUES ($1, $2, $3) \
               ON CONFLICT (listing_id, version) DO NOTHING";
    tx.execute(sql, args![&offering.listing_id, offering.version(), document::write(offering)?]).await?;
    Ok(())
}

/// A version, as it was made.
///
/// # Errors
/// If the database fails.
pub async fn find_version(tx: &mut Tx, listing_id: &str, version: u32) -> Result<Option<Offering>, StoreError> {
    let sql = "SELECT body FROM offering_version WHERE listing_id = $1 AND version = $2";
    let row = tx.fetch_optional(sql, args![listing_id, version]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The versions of an offering as they were made, the latest first.
///
/// # Errors
/// If the database fails.
pub async fn versions(tx: &mut Tx, listing_id: &str, limit: u32) -> Result<Vec<Offering>, StoreError> {
    let sql = "SELECT body FROM offering_version WHERE listing_id = $1 ORDER BY version DESC LIMIT $2";
    document::read_all(&tx.fetch(sql, args![listing_id, limit]).await?)
}

/// A contract is about this version of what we offer.
///
/// # Errors
/// If the database fails.
pub async fn bind(tx: &mut Tx, contract_id: &str, version: u32) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO contract_product (contract_id, version) VALUES ($1, $2) ON CONFLICT (contract_id) DO NOTHING";
    tx.execute(sql, args![contract_id, version]).await?;
    Ok(())
}

/// What a contract over a target is about: the version that it was bound to, or what is offered now.
///
/// # Errors
/// If the database fails.
pub async fn of_contract(tx: &mut Tx, contract_id: &str, target: &str) -> Result<Option<Offering>, StoreError> {
    let sql = "SELECT coalesce(made.body, offering.body) AS body FROM offering \
               LEFT JOIN contract_product AS bound ON bound.contract_id = $1 \
               LEFT JOIN offering_version AS made ON made.listing_id = offering.listing_id AND made.version = bound.version \
               WHERE offering.product_id = $2 OR offering.listing_id = $2";
    let row = tx.fetch_optional(sql, args![contract_id, target]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One offering, by its key.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, listing_id: &str) -> Result<Option<Offering>, StoreError> {
    let row = tx.fetch_optional("SELECT body FROM offering WHERE listing_id = $1", args![listing_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One offering, by its key, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, listing_id: &str) -> Result<Option<Offering>, StoreError> {
    let sql = "SELECT body FROM offering WHERE listing_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![listing_id]).await?;
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
    tx.execute(sql, args![&offering.listing_id, product, offering.state.as_str(), document::write(offering)?]).await?;
    Ok(())
}

/// All offerings, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Offering>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM offering ORDER BY created_at, listing_id", args![]).await?)
}
