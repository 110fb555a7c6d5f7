//! The use environment of one use: data is decrypted into it only after the decision, and nothing of it is left behind.
//! TC609-6-2025-15 §7.1.1, §10.

use std::sync::Arc;

use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema, pack};
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::governing::Governing;
use xinyu_core::usage::{Holding, Use, watch};
use xinyu_dataplane::vault::VaultError;
use xinyu_policy::{Decision, Request};
use xinyu_protocol::tc609::catalog::TableCard;
use xinyu_protocol::text::Text;
use xinyu_sandbox::{CancelToken, Environment, Limits, ResultSet, SandboxError};
use xinyu_shell::Failure;

use crate::app::Connector;

/// The fields that a query reads, as the engine's own parser names them, on empty tables: nothing is decrypted before the decision.
///
/// # Errors
/// If the engine does not understand the query, or would not run it.
pub(crate) async fn planned(tables: &[TableCard], query: &str) -> Result<Vec<String>, Failure> {
    let mut environment = Environment::open(Limits::default()).await.map_err(Failure::broken)?;
    for table in tables {
        environment.create_table(&schema(table)).await.map_err(Failure::broken)?;
    }
    let plan = environment.plan(query).await;
    environment.close().await.map_err(Failure::broken)?;
    match plan {
        Ok(plan) => Ok(plan.fields.into_iter().collect()),
        Err(error) => Err(unplanned(&error, tables).into()),
    }
}

/// Why a query cannot run, and what can be asked.
fn unplanned(error: &SandboxError, tables: &[TableCard]) -> Rejection {
    let (zh, en) = match error {
        SandboxError::Query(_) => {
            ("查询有误，使用环境无法执行", "the query has a mistake, the use environment cannot run it")
        }
        SandboxError::NotOneSelect => ("查询须为单条 SELECT 语句", "a query must be one single SELECT statement"),
        SandboxError::TooComplex => ("查询过长或嵌套过深", "the query is too long or nested too deeply"),
        _ => ("查询不能在使用环境中执行", "the query cannot run in the use environment"),
    };
    let words = match error {
        SandboxError::Query(words) => words.clone(),
        other => other.to_string(),
    };
    let columns = |table: &TableCard| {
        let names: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
        format!("{}({})", table.name, names.join(", "))
    };
    let known = tables.iter().map(columns).collect::<Vec<_>>().join("; ");
    Rejection::bad("query", zh, en).detail(Text::new(words.clone(), words)).next(Text::new(
        format!("请修改查询；可用的表与列：{known}"),
        format!("mend the query; the tables and columns are {known}"),
    ))
}

fn schema(table: &TableCard) -> TableSchema {
    let kind = |word: &str| match word {
        "integer" => ColumnKind::Integer,
        "real" => ColumnKind::Real,
        "boolean" => ColumnKind::Boolean,
        "date" => ColumnKind::Date,
        "timestamp" => ColumnKind::Timestamp,
        _ => ColumnKind::Text,
    };
    TableSchema {
        name: table.name.clone(),
        columns: table
            .fields
            .iter()
            .map(|field| Column { name: field.name.clone(), kind: kind(&field.kind) })
            .collect(),
    }
}

/// Runs a use inside an environment of its own, which is wiped whatever happens.
///
/// # Errors
/// If it is stopped, or fails.
pub(super) async fn run(
    connector: &Connector,
    holding: &Holding,
    policy: &Governing,
    one: &Use,
    token: &CancelToken,
) -> Result<ResultSet, Halt> {
    let mut environment = Environment::open(Limits::default()).await?;
    let result = fill_and_query(&mut environment, connector, (holding, policy), one, token).await;
    environment.close().await?;
    result
}

async fn fill_and_query(
    environment: &mut Environment,
    connector: &Connector,
    (holding, policy): (&Holding, &Governing),
    one: &Use,
    token: &CancelToken,
) -> Result<ResultSet, Halt> {
    let failed = |why: String| Halt::Failed(why);
    let query = one.query.clone().ok_or_else(|| failed("the use has no query".to_owned()))?;
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<pack::Event>(4_096);
    let (vault, opening) = (Arc::clone(&connector.vault), connector.node.ring.opening(holding.suite).clone());
    let id = match &one.beyond.derived {
        Some(derived) => xinyu_core::derived::key(&holding.contract_id, derived),
        None => holding.contract_id.as_str().to_owned(),
    };
    let reading = tokio::task::spawn_blocking(move || {
        vault.unpack(&id, opening, |event| {
            sender.blocking_send(event).map_err(|_| "the use environment was closed".to_owned())
        })
    });
    let mut table = String::new();
    let mut batch: Vec<Vec<Cell>> = Vec::new();
    let mut touched = Touched::new(one);
    while let Some(event) = receiver.recv().await {
        if token.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        match event {
            pack::Event::Head(head) => {
                flush(environment, &table, &mut batch).await?;
                table.clone_from(&head.name);
                environment.create_table(&head).await?;
            }
            pack::Event::Row(row) => {
                if touched.count(&row) {
                    // More than was known when it was decided: what really happens decides.
                    let so_far = watch::touched(one.clone(), touched.rows, touched.bytes);
                    let now = connector.node.store.clock().now();
                    if let Some(ceased) = watch::review(holding, policy, &so_far, None, now) {
                        return Err(Halt::Ceased(ceased));
                    }
                }
                batch.push(row);
                if batch.len() >= 1_000 {
                    flush(environment, &table, &mut batch).await?;
                }
            }
        }
    }
    flush(environment, &table, &mut batch).await?;
    reading.await.map_err(|error| failed(error.to_string()))?.map_err(unopened)?;
    Ok(environment.query(&query, token).await?)
}

/// What a use has touched so far, beside what it was said to touch.
struct Touched {
    rows: u64,
    bytes: u64,
    rows_known: u64,
    bytes_known: u64,
}

impl Touched {
    fn new(one: &Use) -> Self {
        let known = |pick: fn(&Request) -> Option<u64>| one.request.as_ref().and_then(pick).unwrap_or_default();
        Self {
            rows: 0,
            bytes: 0,
            rows_known: known(|request| request.data_record),
            bytes_known: known(|request| request.data_size),
        }
    }

    /// Whether more was touched with this row than was known.
    fn count(&mut self, row: &[Cell]) -> bool {
        let size: usize = row.iter().map(Cell::bytes).sum();
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        self.rows > self.rows_known || self.bytes > self.bytes_known
    }
}

/// Data that does not open is not what the provider sealed; that it cannot be read is another matter.
pub(crate) fn unopened(error: VaultError) -> Halt {
    match error {
        VaultError::Open(_) | VaultError::Unpack(_) => Halt::Corrupt(error.to_string()),
        other => Halt::Failed(other.to_string()),
    }
}

/// Why a use did not come to its end.
pub(crate) enum Halt {
    /// By order.
    Cancelled,
    /// By what was decided on what it really touched.
    Ceased(Decision),
    /// The data is not what was delivered.
    Corrupt(String),
    /// By its own fault, or because the data cannot be opened.
    Failed(String),
}

impl From<SandboxError> for Halt {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Cancelled => Self::Cancelled,
            other => Self::Failed(other.to_string()),
        }
    }
}

async fn flush(environment: &mut Environment, table: &str, batch: &mut Vec<Vec<Cell>>) -> Result<(), SandboxError> {
    if batch.is_empty() {
        return Ok(());
    }
    environment.insert(table, std::mem::take(batch)).await
}
