//! People who log in. The password is kept as a PHC string, which the caller makes and checks, the secret of the second factor sealed; what follows from
//! counts and times is decided by the caller too.

use sha2::{Digest as _, Sha256};

use crate::{Row, StoreError, Timestamp, Tx, args};

/// A person who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name to log in with.
    pub name: String,
    /// The name to show.
    pub display_name: String,
    /// The role in effect; empty while none is.
    pub role: String,
    /// The password as a PHC string (argon2id).
    pub password_hash: String,
    /// Passwords that were in use before, the newest last.
    pub password_history: Vec<String>,
    /// When the password was set.
    pub password_changed_at: Timestamp,
    /// Whether it has to be changed at the next login.
    pub must_change: bool,
    /// Failed attempts since the last success.
    pub failed_count: u32,
    /// Until when no attempt is accepted.
    pub locked_until: Option<Timestamp>,
    /// The sealed secret of the second factor.
    pub totp_secret: Option<Vec<u8>>,
    /// The same, while it is not confirmed.
    pub totp_pending: Option<Vec<u8>>,
    /// The newest step whose code was used.
    pub totp_step: u64,
    /// The last login.
    pub last_login_at: Option<Timestamp>,
    /// When it was last enabled, after it had been switched off.
    pub enabled_at: Option<Timestamp>,
    /// Why the account is switched off: empty, `dormant` or `disabled`.
    pub off: String,
    /// When the person was added; set by [`insert`].
    pub created_at: Timestamp,
}

/// Without hashes and secrets.
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
            password_history: Vec::new(),
            password_changed_at: Timestamp::UNIX_EPOCH,
            must_change: false,
            failed_count: 0,
            locked_until: None,
            totp_secret: None,
            totp_pending: None,
            totp_step: 0,
            last_login_at: None,
            enabled_at: None,
            off: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }
}

/// Add a person, whose password was set now. False when the name is taken.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn insert(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let sql = "INSERT INTO console_user (name, display_name, role, password_hash, must_change, password_changed_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (name) DO NOTHING";
    let args = args![&user.name, &user.display_name, &user.role, &user.password_hash, user.must_change, tx.now()];
    Ok(tx.execute(sql, args).await? > 0)
}

/// A person by name.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<User>, StoreError> {
    tx.fetch_optional("SELECT * FROM console_user WHERE name = $1", args![name]).await?.as_ref().map(read).transpose()
}

/// A person by name, held until the transaction ends.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn hold(tx: &mut Tx, name: &str) -> Result<Option<User>, StoreError> {
    let sql = "SELECT * FROM console_user WHERE name = $1 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![name]).await?.as_ref().map(read).transpose()
}

/// Everyone, by name.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx) -> Result<Vec<User>, StoreError> {
    tx.fetch("SELECT * FROM console_user ORDER BY name", args![]).await?.iter().map(read).collect()
}

/// Who was neither used nor enabled nor added since then and is not switched off yet.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list_unused(tx: &mut Tx, since: Timestamp) -> Result<Vec<User>, StoreError> {
    let sql = "SELECT * FROM console_user WHERE off = '' AND created_at < $1
        AND COALESCE(last_login_at, 0) < $1 AND COALESCE(enabled_at, 0) < $1 ORDER BY name";
    tx.fetch(sql, args![since]).await?.iter().map(read).collect()
}

/// How many of a role could log in, were they to try: not switched off.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn count_of_role(tx: &mut Tx, role: &str) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM console_user WHERE role = $1 AND off = ''";
    tx.fetch_one(sql, args![role]).await?.unsigned("n")
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

/// Forget failed attempts and the lock. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn unlock(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET failed_count = 0, locked_until = NULL WHERE name = $1";
    Ok(tx.execute(sql, args![name]).await? > 0)
}

/// A login that succeeded: failures are forgotten, the time is kept.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn logged_in(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET failed_count = 0, locked_until = NULL, last_login_at = $2 WHERE name = $1";
    Ok(tx.execute(sql, args![name, tx.now()]).await? > 0)
}

/// Change the password, and end every session of the person. False when there is no such person.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn set_password(tx: &mut Tx, name: &str, password_hash: &str) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM session WHERE user_name = $1", args![name]).await?;
    let sql = "UPDATE console_user SET password_hash = $2, failed_count = 0, locked_until = NULL,
        password_changed_at = $3, must_change = 0 WHERE name = $1";
    Ok(tx.execute(sql, args![name, password_hash, tx.now()]).await? > 0)
}

/// Keep the passwords that were in use before, and whether the present one has to be changed at the next login.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn remember_passwords(
    tx: &mut Tx,
    name: &str,
    history: &[String],
    must_change: bool,
) -> Result<bool, StoreError> {
    let text = serde_json::Value::from(history).to_string();
    let sql = "UPDATE console_user SET password_history = $2, must_change = $3 WHERE name = $1";
    Ok(tx.execute(sql, args![name, text, must_change]).await? > 0)
}

/// A secret of the second factor that is not confirmed yet.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn begin_second_factor(tx: &mut Tx, name: &str, sealed: Vec<u8>) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET totp_pending = $2 WHERE name = $1";
    Ok(tx.execute(sql, args![name, sealed]).await? > 0)
}

/// The pending secret is the secret from now on; the code of `step` was used. `codes` replace former recovery codes.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn confirm_second_factor(tx: &mut Tx, name: &str, step: u64, codes: &[String]) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET totp_secret = totp_pending, totp_pending = NULL, totp_step = $2
        WHERE name = $1 AND totp_pending IS NOT NULL";
    let changed = tx.execute(sql, args![name, crate::Value::unsigned(step)?]).await? > 0;
    tx.execute("DELETE FROM recovery_code WHERE user_name = $1", args![name]).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_code (code_digest, user_name) VALUES ($1, $2)";
        tx.execute(sql, args![code_digest(name, code), name]).await?;
    }
    Ok(changed)
}

/// There is no second factor any more.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn forget_second_factor(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM recovery_code WHERE user_name = $1", args![name]).await?;
    let sql = "UPDATE console_user SET totp_secret = NULL, totp_pending = NULL WHERE name = $1";
    Ok(tx.execute(sql, args![name]).await? > 0)
}

/// Use the code of a step. False when it, or a later one, was used: of many at once, one is true.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn use_step(tx: &mut Tx, name: &str, step: u64) -> Result<bool, StoreError> {
    let sql = "UPDATE console_user SET totp_step = $2 WHERE name = $1 AND totp_step < $2";
    Ok(tx.execute(sql, args![name, crate::Value::unsigned(step)?]).await? > 0)
}

/// Use a recovery code. False when it is none, or was used.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn use_recovery_code(tx: &mut Tx, name: &str, code: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM recovery_code WHERE code_digest = $1 AND user_name = $2";
    Ok(tx.execute(sql, args![code_digest(name, code), name]).await? > 0)
}

/// Switch an account off (`dormant`, `disabled`), which ends its sessions, or on (empty).
///
/// # Errors
/// As [`Tx::execute`].
pub async fn switch(tx: &mut Tx, name: &str, off: &str) -> Result<bool, StoreError> {
    if off.is_empty() {
        let sql =
            "UPDATE console_user SET off = '', enabled_at = $2, failed_count = 0, locked_until = NULL WHERE name = $1";
        return Ok(tx.execute(sql, args![name, tx.now()]).await? > 0);
    }
    tx.execute("DELETE FROM session WHERE user_name = $1", args![name]).await?;
    Ok(tx.execute("UPDATE console_user SET off = $2 WHERE name = $1", args![name, off]).await? > 0)
}

/// The role in effect from now on; empty for none.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn set_role(tx: &mut Tx, name: &str, role: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE console_user SET role = $2 WHERE name = $1", args![name, role]).await? > 0)
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

/// Codes have 80 bits of entropy: a plain digest is enough.
fn code_digest(name: &str, code: &str) -> Vec<u8> {
    Sha256::new().chain_update(name).chain_update([0]).chain_update(code).finalize().to_vec()
}

fn read(row: &Row) -> Result<User, StoreError> {
    let history = row.text("password_history")?;
    Ok(User {
        name: row.text("name")?,
        display_name: row.text("display_name")?,
        role: row.text("role")?,
        password_hash: row.text("password_hash")?,
        password_history: serde_json::from_str(&history)
            .map_err(|error| StoreError::Statement { sql: "password_history".to_owned(), reason: error.to_string() })?,
        password_changed_at: row.timestamp("password_changed_at")?,
        must_change: row.bool("must_change")?,
        failed_count: row.count("failed_count")?,
        locked_until: row.optional_timestamp("locked_until")?,
        totp_secret: row.optional_bytes("totp_secret")?,
        totp_pending: row.optional_bytes("totp_pending")?,
        totp_step: row.unsigned("totp_step")?,
        last_login_at: row.optional_timestamp("last_login_at")?,
        enabled_at: row.optional_timestamp("enabled_at")?,
        off: row.text("off")?,
        created_at: row.timestamp("created_at")?,
    })
}
