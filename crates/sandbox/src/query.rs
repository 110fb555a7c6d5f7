//! Planning and running a query.

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row, TypeInfo, ValueRef};
use xinyu_core::data::Cell;

use crate::authorizer::{self, Limit, Seen, Statement};
use crate::environment::with_handle;
use crate::limits::{PARENTHESES_MAX, QUERY_BYTES_MAX, QUERY_VALUE_BYTES_MAX};
use crate::watch::{INSTRUCTIONS, Watch};
use crate::{CancelToken, Environment, SandboxError};

/// What a query would use, as the engine itself understands it: the facts on which the policy decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryPlan {
    /// Every column that is read, as `table.column`, sorted: those of the result, and those of conditions, joins,
    /// groups and orders. `*` stands for all of them; `count(*)` reads none.
    pub fields: Vec<String>,
    /// Every table that is read, sorted; also one of which no column is.
    pub tables: Vec<String>,
    /// Every function that is called, sorted, in lower case.
    pub functions: Vec<String>,
    /// Names of the columns of the result, in their order.
    pub columns: Vec<String>,
}

/// What a query answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultSet {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there would have been more, beyond the limit of rows or bytes.
    pub truncated: bool,
}

impl Environment {
    /// What a query would use. It is not run.
    ///
    /// # Errors
    /// A query that is refused or not understood.
    pub async fn plan(&mut self, sql: &str) -> Result<QueryPlan, SandboxError> {
        let watch = Watch::new(self.limits, &CancelToken::default());
        let plan = self.inspect(sql, &watch).await;
        self.unwatch().await?;
        plan
    }

    /// Runs a query that the policy has allowed.
    ///
    /// When this returns, the query runs no more, however it ended. If the future is dropped, it runs on until the
    /// token stops it.
    ///
    /// # Errors
    /// A query that is refused, fails or was stopped: nothing of its result is given then.
    pub async fn query(&mut self, sql: &str, cancel: &CancelToken) -> Result<ResultSet, SandboxError> {
        let watch = Watch::new(self.limits, cancel);
        let outcome = match self.inspect(sql, &watch).await {
            Ok(plan) => self.run(sql, plan.columns, &watch).await,
            Err(error) => Err(error),
        };
        self.unwatch().await?;
        outcome
    }

    async fn inspect(&mut self, sql: &str, watch: &Watch) -> Result<QueryPlan, SandboxError> {
        if sql.len() > QUERY_BYTES_MAX || sql.bytes().filter(|byte| *byte == b'(').count() > PARENTHESES_MAX {
            return Err(SandboxError::TooComplex);
        }
        if !watch.may_go_on() {
            return Err(watch.why_stopped().unwrap_or(SandboxError::Cancelled));
        }
        // What an abandoned load left in the queue is refused there, and must not be taken for this query's doing.
        self.connection.ping().await?;
        self.fence.take_seen();
        let eye = watch.clone();
        let statement = with_handle(&mut self.connection, |locked| {
            locked.set_progress_handler(INSTRUCTIONS, move || eye.may_go_on());
            authorizer::set_limit(locked.as_raw_handle(), Limit::ValueBytes, QUERY_VALUE_BYTES_MAX);
            authorizer::inspect(locked.as_raw_handle(), sql)
        })
        .await?;
        let mut seen = self.fence.take_seen();
        if let Some(what) = seen.refused.take() {
            return Err(SandboxError::Refused(what));
        }
        let columns = match statement {
            Ok(Statement::Select(columns)) => columns,
            Ok(Statement::Other) => return Err(SandboxError::NotOneSelect),
            Err(message) => return Err(watch.why_stopped().unwrap_or(SandboxError::Query(message))),
        };
        let read = self.pages.read(&mut self.connection, sql, &mut seen).await;
        read.map_err(|error| watch.why_stopped().unwrap_or(error))?;
        Ok(QueryPlan { columns, ..QueryPlan::from(seen) })
    }

    async fn run(&mut self, sql: &str, columns: Vec<String>, watch: &Watch) -> Result<ResultSet, SandboxError> {
        let limits = self.limits;
        let mut result = ResultSet { columns, ..ResultSet::default() };
        let mut bytes: u64 = 0;
        let mut rows = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false).fetch(&mut self.connection);
        loop {
            let row = rows.try_next().await;
            // Also when the engine was quicker than the order: nothing leaves after it.
            if !watch.may_go_on() || row.is_err() {
                let failure = row.err().map_or(SandboxError::Cancelled, query_error);
                return Err(watch.why_stopped().unwrap_or(failure));
            }
            let Some(row) = row.unwrap_or_default() else {
                break;
            };
            let cells = cells(&row)?;
            let size: usize = cells.iter().map(Cell::bytes).sum();
            bytes = bytes.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
            let count = u64::try_from(result.rows.len()).unwrap_or(u64::MAX);
            if count >= limits.max_rows_out || bytes > limits.max_result_bytes {
                result.truncated = true;
                break;
            }
            result.rows.push(cells);
        }
        Ok(result)
    }

    async fn unwatch(&mut self) -> Result<(), SandboxError> {
        // Waits for the engine to be idle, so that what was stopped has really stopped.
        Ok(with_handle(&mut self.connection, |locked| locked.remove_progress_handler()).await?)
    }
}

impl From<Seen> for QueryPlan {
    fn from(seen: Seen) -> Self {
        Self {
            fields: seen.fields.into_iter().map(|(table, column)| format!("{table}.{column}")).collect(),
            tables: seen.tables.into_iter().collect(),
            functions: seen.functions.into_iter().collect(),
            columns: Vec::new(),
        }
    }
}

pub(crate) fn query_error(error: sqlx::Error) -> SandboxError {
    match error {
        sqlx::Error::Database(error) => SandboxError::Query(error.message().to_owned()),
        other => SandboxError::Engine(other),
    }
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, SandboxError> {
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value = row.try_get_raw(index)?;
        let name = value.type_info().name().to_owned();
        let cell = if value.is_null() {
            Cell::Null
        } else {
            match name.as_str() {
                "INTEGER" => {
                    let number = row.try_get_unchecked::<i64, _>(index)?;
                    let is_truth = column.type_info().name() == "BOOLEAN" && matches!(number, 0 | 1);
                    if is_truth { Cell::Boolean(number == 1) } else { Cell::Integer(number) }
                }
                "REAL" => Cell::Real(row.try_get_unchecked(index)?),
                "TEXT" => Cell::Text(row.try_get_unchecked(index)?),
                _ => return Err(SandboxError::Binary(column.name().to_owned())),
            }
        };
        cells.push(cell);
    }
    Ok(cells)
}
