//! People who sign in to the console. The password is kept as a PHC string, which the caller makes and checks; counting failures and locking is
//! decided by the caller too.

use crate::{Row, StoreError, Timestamp, Tx, args};

/// A person who may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// The name to show.
    pub display_name: String,
    /// What the person may do; a role of the node's own rules.
    pub role: String,
    /// The password as a PHC string (argon2id).
    pub password_hash: String,
    /// Failed attempts since the last success.
    pub failed_count: u32,
    /// Until when no attempt is accepted.
    pub locked_until: Option<Timestamp>,
    /// When the person was added; set by [`insert`].
    pub created_at: Timestamp,
}

/// Without the password's hash.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = f.debug_struct("User");
        fields.field("name", &self.name).field("role", &self.role).field("failed_count", &self.failed_count);
        fields.field("locked_until", &self.locked_until).finish_non_exhaustive()
    }
}

impl User {
    /// A person with no failed attempts.
    pub fn new(name: &str, display_name: &str, role: &str, password_hash: &str) -> Self {
        Self {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            role: role.to_owned(),
            password_hash: password_hash.to_owned(),
            failed_count: 0,
            locked_until: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }
}

/// Add a person. False when the name is taken.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn insert(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let sql = "INSERT INTO console_user (name, display_name, role, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING";
    let args = args![&user.name, &user.display_name, &user.role, &user.password_hash, tx.now()];
    Ok(tx.execute(sql, args).await? > 0)
}

/// A person by name.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<User>, StoreError> {
    let sql = "SELECT name, display_name, role, password_hash, failed_count, locked_until, created_at
        FROM console_user WHERE name = $1";
    tx.fetch_optional(sql, args![name]).await?.as_ref().map(read).transpose()
}

/// Everyone, by name.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx) -> Result<Vec<User>, StoreError> {
    let sql = "SELECT name, display_name, role, password_hash, failed_count, locked_until, created_at
        FROM console_user ORDER BY name";
    tx.fetch(sql, args![]).await?.iter().map(read).collect()
}

/// Count a failed attempt. The count with this one; none when there is no such person.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn count_failure(tx: &mut Tx, name: &str) -> Result<Option<u32>, StoreError> {
    let sql = "UPDATE console_user SET failed_count = failed_count + 1 WHERE name = $1 RETURNING failed_count";
    let row = tx.fetch_optional(sql, args![name]).await?;
    row.map(|row| row.count("failed_count")).transpose()
}

/// Accept no attempt until an instant. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn lock(tx: &mut Tx, name: &str, until: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET locked_until = $2 WHERE name = $1";
    Ok(tx.execute(sql, args![name, until]).await? > 0)
}

/// Forget failed attempts and the lock, after a success. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn unlock(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET failed_count = 0, locked_until = NULL WHERE name = $1";
    Ok(tx.execute(sql, args![name]).await? > 0)
}

/// Change the password, and end every session of the person. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn set_password(tx: &mut Tx, name: &str, password_hash: &str) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM session WHERE user_name = $1", args![name]).await?;
    let sql = "UPDATE console_user SET password_hash = $2, failed_count = 0, locked_until = NULL WHERE name = $1";
    Ok(tx.execute(sql, args![name, password_hash]).await? > 0)
}

/// Change what the person may do and is called. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn update(tx: &mut Tx, name: &str, display_name: &str, role: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET display_name = $2, role = $3 WHERE name = $1";
    Ok(tx.execute(sql, args![name, display_name, role]).await? > 0)
}

/// Remove a person with all sessions. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remove(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM console_user WHERE name = $1", args![name]).await? > 0)
}

fn read(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        name: row.text("name")?,
        display_name: row.text("display_name")?,
        role: row.text("role")?,
        password_hash: row.text("password_hash")?,
        failed_count: row.count("failed_count")?,
        locked_until: row.optional_timestamp("locked_until")?,
        created_at: row.timestamp("created_at")?,
    })
}
