//! Roles of people, and their reviews. A row of a role is changed until it ended and never removed; a row of a review is never changed.

use xinyu_access::Role;
use xinyu_core::user::grant::Grant;

use crate::{Row, StoreError, Timestamp, Tx, args};

/// A role that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub review_id: String,
    /// The role.
    pub grant_id: String,
    /// Whose.
    pub user: String,
    /// Which.
    pub role: String,
    /// Whether it was kept.
    pub is_kept: bool,
    /// Why.
    pub note: String,
    /// By whom.
    pub reviewed_by: String,
    /// When.
    pub reviewed_at: Timestamp,
}

/// Store a role, new or changed.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn save(tx: &mut Tx, grant: &Grant) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_grant (grant_id, user_name, role, proposed_by, proposed_as, proposed_at, confirmed_by, confirmed_at,
            reviewed_at, ended_at, ended_why)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (grant_id) DO UPDATE SET confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at,
            reviewed_at = excluded.reviewed_at, ended_at = excluded.ended_at, ended_why = excluded.ended_why";
    let args = args![
        &grant.grant_id,
        &grant.user,
        grant.role.as_str(),
        &grant.proposed_by,
        &grant.proposed_as,
        grant.proposed_at,
        grant.confirmed_by.as_deref(),
        grant.confirmed_at,
        grant.reviewed_at,
        grant.ended_at,
        &grant.ended_why,
    ];
    tx.execute(sql, args).await.map(drop)
}

/// One, held until the transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn hold(tx: &mut Tx, grant_id: &str) -> Result<Option<Grant>, StoreError> {
    let sql = "SELECT * FROM user_grant WHERE grant_id = $1 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![grant_id]).await?.as_ref().map(read).transpose()
}

/// Those of a person, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_of(tx: &mut Tx, user: &str) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT * FROM user_grant WHERE user_name = $1 ORDER BY proposed_at DESC, grant_id";
    tx.fetch(sql, args![user]).await?.iter().map(read).collect()
}

/// Those that are proposed or in effect, of everybody, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_open(tx: &mut Tx) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT * FROM user_grant WHERE ended_at IS NULL ORDER BY user_name, proposed_at DESC, grant_id";
    tx.fetch(sql, args![]).await?.iter().map(read).collect()
}

/// Keep a review.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn add_review(tx: &mut Tx, review: &Review) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_review (review_id, grant_id, user_name, role, is_kept, note, reviewed_by, reviewed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = args![
        &review.review_id,
        &review.grant_id,
        &review.user,
        &review.role,
        review.is_kept,
        &review.note,
        &review.reviewed_by,
        review.reviewed_at,
    ];
    tx.execute(sql, args).await.map(drop)
}

/// All reviews, newest first.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_reviews(tx: &mut Tx) -> Result<Vec<Review>, StoreError> {
    let rows = tx.fetch("SELECT * FROM user_review ORDER BY reviewed_at DESC, review_id", args![]).await?;
    let read = |row: &Row| {
        Ok(Review {
            review_id: row.text("review_id")?,
            grant_id: row.text("grant_id")?,
            user: row.text("user_name")?,
            role: row.text("role")?,
            is_kept: row.bool("is_kept")?,
            note: row.text("note")?,
            reviewed_by: row.text("reviewed_by")?,
            reviewed_at: row.timestamp("reviewed_at")?,
        })
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Grant, StoreError> {
    let word = row.text("role")?;
    let role = Role::from_word(&word).ok_or_else(|| StoreError::Statement {
        sql: "user_grant.role".to_owned(),
        reason: format!("unknown role {word}"),
    })?;
    Ok(Grant {
        grant_id: row.text("grant_id")?,
        user: row.text("user_name")?,
        role,
        proposed_by: row.text("proposed_by")?,
        proposed_as: row.text("proposed_as")?,
        proposed_at: row.timestamp("proposed_at")?,
        confirmed_by: row.optional_text("confirmed_by")?,
        confirmed_at: row.optional_timestamp("confirmed_at")?,
        reviewed_at: row.optional_timestamp("reviewed_at")?,
        ended_at: row.optional_timestamp("ended_at")?,
        ended_why: row.text("ended_why")?,
    })
}
