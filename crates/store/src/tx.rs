//! One transaction as its closure sees it: statements, the time, identifiers, and the signals to fire once it is committed.
//!
//! A failed statement spoils its transaction, as PostgreSQL does, on both engines: whatever the closure answers then, the transaction is undone.
//! To try something that may exist already, say so in SQL (`ON CONFLICT … DO NOTHING`).
//!
//! What both engines take: `$1` parameters, `RETURNING`, `ON CONFLICT`, common tables, window functions, partial indexes. A sum is
//! `CAST(SUM(x) AS BIGINT)`, an optional filter `(CAST($1 AS TEXT) IS NULL OR x = $1)` since a bare `$1 IS NULL` has no type on PostgreSQL. A row
//! that is read to be changed ends in `{FOR_UPDATE}`, with `{SKIP_LOCKED}` to leave out what others hold. JSON is text: what is searched for stands
//! in a column of its own.

use crate::error::{Fault, excerpt, fault};
use crate::feed::Feed;
use crate::outbox::OutboxMessage;
use crate::pooled::Pooled;
use crate::{Engine, Ids, Row, StoreError, Timestamp, Topic, Value, dialect, row};
use jiff::SignedDuration;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Postgres, SqlStr, Sqlite, SqliteConnection};
use uuid::Uuid;

/// A transaction, lent to the closure of [`crate::Store::write`] or [`crate::Store::read`].
pub struct Tx {
    connection: Connection,
    name: &'static str,
    now: Timestamp,
    ids: Ids,
    signals: Vec<Topic>,
    feed: Feed,
    born: Vec<OutboxMessage>,
    spoiled: Option<StoreError>,
    io_failed: Option<String>,
    is_abandoned: bool,
}

/// What a transaction runs on.
pub(crate) enum Connection {
    /// The one writer of SQLite, in which many transactions follow each other.
    Writer(SqliteConnection),
    /// A reader of SQLite.
    Reader(Pooled<Sqlite>),
    /// A connection to PostgreSQL.
    Postgres(Pooled<Postgres>),
}

/// What a statement gives back.
struct Answer {
    affected: u64,
    rows: Vec<Row>,
}

impl Tx {
    pub(crate) fn new(connection: Connection, name: &'static str, now: Timestamp, ids: Ids, feed: Feed) -> Self {
        Self {
            connection,
            name,
            now,
            ids,
            signals: Vec::new(),
            feed,
            born: Vec::new(),
            spoiled: None,
            io_failed: None,
            is_abandoned: false,
        }
    }

    /// Run a statement and count the rows that it changed.
    ///
    /// # Errors
    /// What the engine refused, sorted: [`StoreError::Constraint`], [`StoreError::Contended`], [`StoreError::Full`], [`StoreError::ReadOnly`],
    /// [`StoreError::Statement`]; [`StoreError::Spoiled`] after an earlier error. So for all that follow.
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> Result<u64, StoreError> {
        let text = dialect::statement(self.engine(), sql);
        self.run(sql, text, args, false).await.map(|answer| answer.affected)
    }

    /// Run a statement and take all its rows.
    ///
    /// # Errors
    /// As [`Tx::execute`]; [`StoreError::Column`] for a column of a type that we do not use.
    pub async fn fetch(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let text = dialect::statement(self.engine(), sql);
        self.run(sql, text, args, true).await.map(|answer| answer.rows)
    }

    /// Run a statement and take its first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::fetch`].
    pub async fn fetch_optional(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Run a statement and take its first row, which must be there.
    ///
    /// # Errors
    /// As [`Tx::fetch`]; [`StoreError::NoRow`].
    pub async fn fetch_one(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Row, StoreError> {
        self.fetch_optional(sql, args).await?.ok_or_else(|| StoreError::NoRow { sql: excerpt(sql) })
    }

    /// Insert many rows in few statements: `… VALUES {ROWS} …`, each row with as many values as the first. How many rows changed.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn execute_all(&mut self, sql: &'static str, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        let columns = rows.first().map_or(0, Vec::len);
        let (mut left, mut rows, mut changed) = (rows.len(), rows.into_iter(), 0_u64);
        while left > 0 {
            let portion = dialect::portion(left);
            let args: Vec<Value> = rows.by_ref().take(portion).flatten().collect();
            let text = dialect::spread(self.engine(), sql, portion, columns);
            changed = changed.saturating_add(self.run(sql, text, args, false).await?.affected);
            left = left.saturating_sub(portion);
        }
        Ok(changed)
    }

    /// Read the rows that are among many keys: `… IN ({LIST}) …`. A row that is among them twice may come twice.
    ///
    /// # Errors
    /// As [`Tx::fetch`].
    pub async fn fetch_among(&mut self, sql: &'static str, keys: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (mut left, mut keys, mut found) = (keys.len(), keys.into_iter(), Vec::new());
        while left > 0 {
            let portion = dialect::portion(left);
            let args: Vec<Value> = keys.by_ref().take(portion).collect();
            let text = dialect::spread(self.engine(), sql, portion, 1);
            found.extend(self.run(sql, text, args, true).await?.rows);
            left = left.saturating_sub(portion);
        }
        Ok(found)
    }

    /// The time of this transaction: the same throughout, so that all it leaves carries one time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new UUID of version 4.
    pub fn new_id(&self) -> Uuid {
        self.ids.new_id()
    }

    /// 64 bits of entropy.
    pub fn entropy(&self) -> u64 {
        self.ids.entropy()
    }

    /// As many bytes of entropy as are asked for.
    pub fn entropy_bytes<const N: usize>(&self) -> [u8; N] {
        self.ids.bytes()
    }

    /// Wake those who listen to a topic, once this transaction is committed and not otherwise.
    pub fn signal(&mut self, topic: Topic) {
        if !self.signals.contains(&topic) {
            self.signals.push(topic);
        }
    }

    /// The transaction's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Which engine it runs on.
    pub fn engine(&self) -> Engine {
        match self.connection {
            Connection::Writer(_) | Connection::Reader(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    async fn run(
        &mut self,
        sql: &'static str,
        text: SqlStr,
        args: Vec<Value>,
        rows: bool,
    ) -> Result<Answer, StoreError> {
        if let Some(error) = &self.spoiled {
            return Err(StoreError::Spoiled { name: self.name, reason: error.to_string() });
        }
        let answer = match &mut self.connection {
            Connection::Writer(connection) => sqlite(connection, text, args, rows).await,
            Connection::Reader(pooled) => match pooled.connection() {
                Ok(connection) => sqlite(connection, text, args, rows).await,
                Err(error) => Err(Failure::Engine(error)),
            },
            Connection::Postgres(pooled) => postgres(pooled, text, args, rows).await,
        };
        answer.map_err(|failure| self.spoil(sql, failure))
    }

    /// Remember that a statement failed, and how.
    fn spoil(&mut self, sql: &'static str, failure: Failure) -> StoreError {
        let error = match failure {
            Failure::Shape(error) => return error,
            Failure::Engine(error) => error,
        };
        let (sql, reason) = (excerpt(sql), error.to_string());
        let error = match fault(&error) {
            Fault::Constraint => StoreError::Constraint { sql, reason },
            Fault::ReadOnly => StoreError::ReadOnly { name: self.name },
            Fault::Contended => StoreError::Contended { reason },
            Fault::Full => StoreError::Full { reason },
            Fault::Io => {
                self.io_failed = Some(reason.clone());
                StoreError::Statement { sql, reason }
            }
            Fault::Statement => StoreError::Statement { sql, reason },
        };
        self.spoiled = Some(error.clone());
        error
    }
}

/// What the engine and the writer need from a transaction, and its closure must not touch.
impl Tx {
    /// Begin the next transaction on the same connection.
    pub(crate) fn reset(&mut self, name: &'static str, now: Timestamp) {
        self.name = name;
        self.now = now;
        self.spoiled = None;
        self.is_abandoned = false;
    }

    /// Its closure was given up, perhaps in the middle of a statement.
    pub(crate) fn abandon(&mut self) {
        self.is_abandoned = true;
    }

    /// Whether a statement may still be running.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// The error of the first failed statement.
    pub(crate) fn spoiled(&self) -> Option<&StoreError> {
        self.spoiled.as_ref()
    }

    /// How the disk failed under a statement, if it did.
    pub(crate) fn io_failed(&self) -> Option<&str> {
        self.io_failed.as_deref()
    }

    /// The signals gathered so far; they are kept over the transactions of a group.
    pub(crate) fn signals(&mut self) -> &mut Vec<Topic> {
        &mut self.signals
    }

    /// Whose lease a message that is made now is born with.
    pub(crate) fn lease(&self) -> Option<(String, SignedDuration)> {
        self.feed.lease()
    }

    /// The messages born so far; like the signals they are kept over the transactions of a group.
    pub(crate) fn born(&mut self) -> &mut Vec<OutboxMessage> {
        &mut self.born
    }

    /// The connection itself.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The connection and the signals, to end the transaction.
    pub(crate) fn into_parts(self) -> (Connection, Vec<Topic>) {
        (self.connection, self.signals)
    }
}

/// Either the engine refused, or its answer has a shape that we do not read (which spoils nothing).
enum Failure {
    Engine(sqlx::Error),
    Shape(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(error)
    }
}

async fn sqlite(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    args: Vec<Value>,
    rows: bool,
) -> Result<Answer, Failure> {
    let mut arguments = SqliteArguments::default();
    for value in args {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(sql, arguments);
    if rows {
        let rows = query.fetch_all(connection).await?;
        return Ok(Answer { affected: 0, rows: row::from_sqlite(&rows).map_err(Failure::Shape)? });
    }
    Ok(Answer { affected: query.execute(connection).await?.rows_affected(), rows: Vec::new() })
}

async fn postgres(pooled: &mut Pooled<Postgres>, sql: SqlStr, args: Vec<Value>, rows: bool) -> Result<Answer, Failure> {
    let mut arguments = PgArguments::default();
    for value in args {
        match value {
            Value::Null => arguments.add(Untyped),
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(sql, arguments);
    let connection = pooled.connection()?;
    if rows {
        let rows = query.fetch_all(connection).await?;
        return Ok(Answer { affected: 0, rows: row::from_postgres(&rows).map_err(Failure::Shape)? });
    }
    Ok(Answer { affected: query.execute(connection).await?.rows_affected(), rows: Vec::new() })
}

/// A NULL whose type PostgreSQL finds out from where it stands.
struct Untyped;

impl sqlx::Type<Postgres> for Untyped {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        sqlx::postgres::PgTypeInfo::with_oid(sqlx::postgres::types::Oid(0))
    }
}

impl sqlx::Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(
        &self,
        _: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        Ok(sqlx::encode::IsNull::Yes)
    }
}
