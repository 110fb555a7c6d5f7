//! Products in and on their way into the catalogue, as the platform keeps them.

use xinyu_core::listing::Listing;
use xinyu_core::listing::life::Edition;
use xinyu_protocol::tc609::catalog::ListingState;

use crate::{StoreError, Tx, args, document};

/// Stores a request; false if the provider made it before.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, listing: &Listing) -> Result<bool, StoreError> {
    let sql = "INSERT INTO listing (product_id, connector_id, listing_key, space_id, state, search, requested_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (connector_id, listing_key) DO NOTHING";
    let args = args![
        listing.product_id.as_str(),
        listing.connector_id.as_str(),
        &listing.request.listing_id,
        &listing.request.space_id,
        listing.state.as_str(),
        search_text(listing),
        listing.requested_at,
        document::write(listing)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The listing a provider asked for under its own key.
///
/// # Errors
/// If the database fails.
pub async fn find_by_key(tx: &mut Tx, connector_id: &str, listing_key: &str) -> Result<Option<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE connector_id = $1 AND listing_key = $2";
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
    let sql = "UPDATE listing SET state = $2, search = $3, body = $4 WHERE product_id = $1";
    let (product, state) = (listing.product_id.as_str(), listing.state.as_str());
    tx.execute(sql, args![product, state, search_text(listing), document::write(listing)?]).await?;
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

/// Listed products whose name, description or keywords hold a word (all of them for the empty word).
///
/// # Errors
/// If the database fails.
pub async fn search(tx: &mut Tx, query: &str, limit: u32) -> Result<Vec<Listing>, StoreError> {
    let sql = "SELECT body FROM listing WHERE state = 'listed' AND search LIKE $1 ESCAPE '\\' ORDER BY requested_at, product_id LIMIT $2";
    let escaped = query.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    document::read_all(&tx.fetch(sql, args![format!("%{escaped}%"), i64::from(limit)]).await?)
}

fn search_text(listing: &Listing) -> String {
    let product = &listing.request.product;
    format!("{} {} {}", product.name, product.description, product.keywords.join(" ")).to_lowercase()
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
