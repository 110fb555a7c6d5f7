//! Messages of the outbox that did not arrive, and what is decided about them.

use xinyu_core::exception::{Action, State};

use crate::{Row, StoreError, Timestamp, Topic, Tx, args, warning};

/// How often a message has failed before it is an exception: what a short interruption holds up is none.
pub const TRIES: u32 = 6;

/// A message as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// To whom.
    pub destination: String,
    /// What it is about, if that is a contract.
    pub contract_id: Option<String>,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// How it failed last.
    pub last_error: String,
    /// How many open messages wait behind it.
    pub behind: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried again.
    pub due_at: Timestamp,
    /// When it was set aside.
    pub dead_at: Option<Timestamp>,
    /// Until when somebody is sending it.
    pub lease_until: Option<Timestamp>,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A query for messages, with what follows FROM outbox.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, destination, contract_id, attempts, last_error, created_at, due_at, done_at, dead_at, given_up_at, lease_until, \
             decided_by, reason, CASE WHEN done_at IS NULL AND dead_at IS NULL THEN ( \
                 SELECT COUNT(*) FROM outbox AS later WHERE later.stream = outbox.stream AND later.id > outbox.id \
                     AND later.done_at IS NULL AND later.dead_at IS NULL \
             ) ELSE 0 END AS behind FROM outbox ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Exception, StoreError> {
    let dead_at = row.optional_timestamp("dead_at")?;
    let last_error = row.optional_text("last_error")?;
    let state = if row.optional_timestamp("done_at")?.is_some() {
        State::Delivered
    } else if row.optional_timestamp("given_up_at")?.is_some() {
        State::GivenUp
    } else if dead_at.is_some() {
        State::SetAside
    } else if last_error.is_some() {
        State::Retrying
    } else {
        State::Waiting
    };
    Ok(Exception {
        id: row.integer("id")?,
        kind: row.text("kind")?,
        destination: row.text("destination")?,
        contract_id: row.optional_text("contract_id")?,
        state,
        attempts: row.count("attempts")?,
        last_error: last_error.unwrap_or_default(),
        behind: row.unsigned("behind")?,
        created_at: row.timestamp("created_at")?,
        due_at: row.timestamp("due_at")?,
        dead_at,
        lease_until: row.optional_timestamp("lease_until")?,
        decided_by: row.optional_text("decided_by")?,
        reason: row.optional_text("reason")?,
    })
}

/// Messages that failed and have not arrived, newest first; of one contract, or of all for the empty word.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, contract_id: &str, limit: u32) -> Result<Vec<Exception>, StoreError> {
    let sql = select!(
        "WHERE done_at IS NULL AND last_error IS NOT NULL AND ($1 = '' OR contract_id = $1) ORDER BY id DESC LIMIT $2"
    );
    tx.fetch(sql, args![contract_id, limit]).await?.iter().map(read).collect()
}

/// One message, whatever has become of it.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<Exception>, StoreError> {
    let sql = select!("WHERE id = $1");
    tx.fetch_optional(sql, args![id]).await?.as_ref().map(read).transpose()
}

/// One message, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Option<Exception>, StoreError> {
    if tx.fetch_optional("SELECT id FROM outbox WHERE id = $1 {FOR_UPDATE}", args![id]).await?.is_none() {
        return Ok(None);
    }
    find(tx, id).await
}

/// Does what was decided about a message that is held; that it may be decided the caller has found.
///
/// # Errors
/// If the database fails.
pub async fn decide(tx: &mut Tx, one: &Exception, action: Action, by: &str, reason: &str) -> Result<(), StoreError> {
    let now = tx.now();
    match action {
        Action::Retry => {
            let sql = "UPDATE outbox SET dead_at = NULL, due_at = $2, refusals = 0, decided_by = NULL, reason = NULL WHERE id = $1";
            tx.execute(sql, args![one.id, now]).await?;
        }
        Action::SetAside => {
            let sql = "UPDATE outbox SET dead_at = $2, decided_by = $3, reason = $4, lease_owner = NULL, lease_until = NULL WHERE id = $1";
            tx.execute(sql, args![one.id, now, by, reason]).await?;
        }
        Action::GiveUp => {
            let sql = "UPDATE outbox SET given_up_at = $2, decided_by = $3, reason = $4 WHERE id = $1";
            tx.execute(sql, args![one.id, now, by, reason]).await?;
        }
    }
    tx.signal(Topic::Outbox);
    tx.signal(Topic::Bundle);
    changed(tx, one.contract_id.as_deref()).await
}

/// A message has failed: what it is about, and whoever warns is woken once it has failed often enough, or is set aside.
///
/// # Errors
/// If the database fails.
pub async fn failed(tx: &mut Tx, id: i64, contract_id: Option<&str>, is_exception: bool) -> Result<(), StoreError> {
    if let Some(contract_id) = contract_id {
        let sql = "UPDATE outbox SET contract_id = $2 WHERE id = $1 AND contract_id IS NULL";
        tx.execute(sql, args![id, contract_id]).await?;
    }
    if is_exception { changed(tx, contract_id).await } else { Ok(()) }
}

/// Something of the list has changed.
///
/// # Errors
/// If the database fails.
pub async fn changed(tx: &mut Tx, contract_id: Option<&str>) -> Result<(), StoreError> {
    if let Some(contract_id) = contract_id {
        warning::touch(tx, contract_id).await?;
    }
    tx.signal(Topic::Warning);
    Ok(())
}

/// Messages about a contract that are tried again and again, and those set aside that nobody has given up.
///
/// # Errors
/// If the database fails.
pub async fn backlog(tx: &mut Tx, contract_id: &str) -> Result<(u64, u64), StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL AND attempts >= $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS retrying, \
               CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS set_aside \
               FROM outbox WHERE done_at IS NULL AND last_error IS NOT NULL AND given_up_at IS NULL AND contract_id = $1";
    let row = tx.fetch_one(sql, args![contract_id, TRIES]).await?;
    Ok((row.unsigned("retrying")?, row.unsigned("set_aside")?))
}
