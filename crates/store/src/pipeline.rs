//! What a member's own data pipelines tell: runs, datasets and the steps between them. A row is what all events say of it together, so the rows are the same whatever
//! order the events came in.

use std::collections::BTreeSet;

use xinyu_core::fault::Rejection;
use xinyu_core::lineage::Direction;
use xinyu_core::lineage::pipeline::{ColumnStep, Dataset, Name, Run};

use crate::{Row, StoreError, Tx, Value, args, document};

/// What a dataset is bound to by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A resource, by name.
    Resource(String),
    /// A product, by our key of its listing.
    Product(String),
}

impl Binding {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Resource(name) => ("resource", name),
            Self::Product(listing) => ("product", listing),
        }
    }
}

/// A dataset with what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its key.
    pub id: String,
    /// What all events say of it.
    pub dataset: Dataset,
    /// What a person has bound it to.
    pub binding: Option<Binding>,
}

/// A step between two datasets in a complete run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The run.
    pub run_id: String,
    /// The key of what was read.
    pub from: String,
    /// The key of what was written.
    pub to: String,
}

/// Joins a run with what is there of it, and brings its steps up to date. The transaction holds its row from then on.
///
/// # Errors
/// If the database fails. The inner one says that the run has too many datasets: then nothing may be committed.
pub async fn join_run(tx: &mut Tx, run: Run) -> Result<Result<Run, Rejection>, StoreError> {
    let sql =
        "INSERT INTO pipeline_run (run_id, state, at, body) VALUES ($1, $2, $3, $4) ON CONFLICT (run_id) DO NOTHING";
    let args = args![&run.id, run.standing.as_str(), run.standing.at, document::write(&run)?];
    if tx.execute(sql, args).await? == 1 {
        steps(tx, &run).await?;
        return Ok(Ok(run));
    }
    let sql = "SELECT body FROM pipeline_run WHERE run_id = $1 {FOR_UPDATE}";
    let there: Run = document::read(&tx.fetch_one(sql, args![&run.id]).await?)?;
    let joined = match there.clone().join(run) {
        Ok(joined) => joined,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if joined != there {
        let sql = "UPDATE pipeline_run SET state = $2, at = $3, body = $4 WHERE run_id = $1";
        let args = args![&joined.id, joined.standing.as_str(), joined.standing.at, document::write(&joined)?];
        tx.execute(sql, args).await?;
        steps(tx, &joined).await?;
    }
    Ok(Ok(joined))
}

async fn steps(tx: &mut Tx, run: &Run) -> Result<(), StoreError> {
    for sql in ["DELETE FROM pipeline_step WHERE run_id = $1", "DELETE FROM pipeline_column WHERE run_id = $1"] {
        tx.execute(sql, args![&run.id]).await?;
    }
    let rows = run.steps().into_iter().map(|(from, to)| args![&run.id, from, to]).collect();
    tx.execute_all("INSERT INTO pipeline_step (run_id, from_id, to_id) VALUES {ROWS}", rows).await?;
    let column = |(to, step): (String, ColumnStep)| Ok(args![&run.id, to, document::write(&step)?]);
    let rows = run.column_steps().into_iter().map(column).collect::<Result<_, StoreError>>()?;
    tx.execute_all("INSERT INTO pipeline_column (run_id, to_id, body) VALUES {ROWS}", rows).await.map(drop)
}

/// Joins a dataset with what is there of it. What it is bound to stays.
///
/// # Errors
/// If the database fails.
pub async fn join_dataset(tx: &mut Tx, dataset: Dataset) -> Result<(), StoreError> {
    let id = dataset.name.key();
    let sql = "INSERT INTO pipeline_dataset (dataset_id, body) VALUES ($1, $2) ON CONFLICT (dataset_id) DO NOTHING";
    let joined = if tx.execute(sql, args![&id, document::write(&dataset)?]).await? == 1 {
        dataset
    } else {
        let sql = "SELECT body FROM pipeline_dataset WHERE dataset_id = $1 {FOR_UPDATE}";
        let there: Dataset = document::read(&tx.fetch_one(sql, args![&id]).await?)?;
        let joined = there.clone().join(dataset);
        if joined == there {
            return Ok(());
        }
        let sql = "UPDATE pipeline_dataset SET body = $2 WHERE dataset_id = $1";
        tx.execute(sql, args![&id, document::write(&joined)?]).await?;
        joined
    };
    tx.execute("DELETE FROM pipeline_name WHERE dataset_id = $1", args![&id]).await?;
    let rows = joined.names().into_iter().map(|Name { namespace, name }| args![namespace, name, &id]).collect();
    tx.execute_all("INSERT INTO pipeline_name (namespace, name, dataset_id) VALUES {ROWS}", rows).await.map(drop)
}

/// The datasets of these keys, by key.
///
/// # Errors
/// If the database fails.
pub async fn datasets(tx: &mut Tx, ids: &BTreeSet<String>) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT dataset_id, bound_kind, bound_to, body FROM pipeline_dataset WHERE dataset_id IN ({LIST})";
    let rows = tx.fetch_among(sql, ids.iter().map(Value::from).collect()).await?;
    let mut found = rows.iter().map(kept).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, next| one.id.cmp(&next.id));
    Ok(found)
}

/// A page of the datasets whose name, or another name of theirs, has these letters in it, in the order of their keys, after one.
///
/// # Errors
/// If the database fails.
pub async fn search(tx: &mut Tx, words: &str, after: &str, limit: u32) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT dataset_id, bound_kind, bound_to, body FROM pipeline_dataset WHERE dataset_id > $2 AND dataset_id IN ( \
                   SELECT dataset_id FROM pipeline_name WHERE LOWER(name) LIKE $1 ESCAPE '!' \
               ) ORDER BY dataset_id LIMIT $3";
    let words = words.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let rows = tx.fetch(sql, args![format!("%{words}%"), after, i64::from(limit)]).await?;
    rows.iter().map(kept).collect()
}

fn kept(row: &Row) -> Result<Kept, StoreError> {
    let to = row.optional_text("bound_to")?.unwrap_or_default();
    let binding = match row.optional_text("bound_kind")?.as_deref() {
        None => None,
        Some("resource") => Some(Binding::Resource(to)),
        Some("product") => Some(Binding::Product(to)),
        Some(other) => {
            return Err(StoreError::column("bound_kind", format!("{other} is nothing that a dataset is bound to")));
        }
    };
    Ok(Kept { id: row.text("dataset_id")?, dataset: document::read(row)?, binding })
}

/// The keys of the datasets that have one of these names.
///
/// # Errors
/// If the database fails.
pub async fn named(tx: &mut Tx, name: &Name) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT dataset_id FROM pipeline_name WHERE name = $1 AND namespace = $2";
    let rows = tx.fetch(sql, args![&name.name, &name.namespace]).await?;
    rows.iter().map(|row| row.text("dataset_id")).collect()
}

/// The keys of the datasets that a person has bound to something.
///
/// # Errors
/// If the database fails.
pub async fn bound(tx: &mut Tx, binding: &Binding) -> Result<BTreeSet<String>, StoreError> {
    let (kind, to) = binding.parts();
    let sql = "SELECT dataset_id FROM pipeline_dataset WHERE bound_kind = $1 AND bound_to = $2";
    let rows = tx.fetch(sql, args![kind, to]).await?;
    rows.iter().map(|row| row.text("dataset_id")).collect()
}

/// Binds a dataset, or binds it to nothing any more; false if there is none.
///
/// # Errors
/// If the database fails.
pub async fn bind(tx: &mut Tx, id: &str, binding: Option<&Binding>) -> Result<bool, StoreError> {
    let (kind, to) = binding.map(Binding::parts).unzip();
    let sql = "UPDATE pipeline_dataset SET bound_kind = $2, bound_to = $3 WHERE dataset_id = $1";
    Ok(tx.execute(sql, args![id, kind, to]).await? == 1)
}

/// The latest runs.
///
/// # Errors
/// If the database fails.
pub async fn runs(tx: &mut Tx, limit: u32) -> Result<Vec<Run>, StoreError> {
    let sql = "SELECT body FROM pipeline_run ORDER BY at DESC, run_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

/// The runs of these ids, in no order.
///
/// # Errors
/// If the database fails.
pub async fn runs_among(tx: &mut Tx, ids: &BTreeSet<String>) -> Result<Vec<Run>, StoreError> {
    let sql = "SELECT body FROM pipeline_run WHERE run_id IN ({LIST})";
    document::read_all(&tx.fetch_among(sql, ids.iter().map(Value::from).collect()).await?)
}

/// The steps to a dataset that the evidence of a product was not told of, run by run.
///
/// # Errors
/// If the database fails.
pub async fn untold(tx: &mut Tx, dataset_id: &str, product_id: &str, limit: u32) -> Result<Vec<Step>, StoreError> {
    let sql = "SELECT run_id, from_id, to_id FROM pipeline_step step WHERE to_id = $1 AND NOT EXISTS ( \
                   SELECT 1 FROM pipeline_told told \
                   WHERE told.product_id = $2 AND told.run_id = step.run_id AND told.dataset_id = step.from_id \
               ) ORDER BY run_id, from_id LIMIT $3";
    let rows = tx.fetch(sql, args![dataset_id, product_id, i64::from(limit)]).await?;
    rows.iter().map(step).collect()
}

/// Notes that the evidence of a product was told from which datasets a run made it.
///
/// # Errors
/// If the database fails.
pub async fn told(tx: &mut Tx, product_id: &str, run_id: &str, inputs: &BTreeSet<String>) -> Result<(), StoreError> {
    let sql = "INSERT INTO pipeline_told (product_id, run_id, dataset_id) VALUES {ROWS} \
               ON CONFLICT (product_id, run_id, dataset_id) DO NOTHING";
    tx.execute_all(sql, inputs.iter().map(|input| args![product_id, run_id, input]).collect()).await.map(drop)
}

const DOWN: &str = "WITH RECURSIVE reach(id) AS (SELECT CAST($1 AS TEXT) UNION SELECT step.to_id FROM reach JOIN pipeline_step step \
                    ON step.from_id = reach.id) SELECT id FROM reach LIMIT $2";
const UP: &str = "WITH RECURSIVE reach(id) AS (SELECT CAST($1 AS TEXT) UNION SELECT step.from_id FROM reach JOIN pipeline_step step \
                  ON step.to_id = reach.id) SELECT id FROM reach LIMIT $2";

/// The keys of the datasets from which one came, or to which it went, itself included, those next to it first, and whether there are more. A circle ends nothing.
///
/// # Errors
/// If the database fails.
pub async fn reach(
    tx: &mut Tx,
    id: &str,
    direction: Direction,
    limit: u32,
) -> Result<(BTreeSet<String>, bool), StoreError> {
    let sql = match direction {
        Direction::Up => UP,
        Direction::Down => DOWN,
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows = tx.fetch(sql, args![id, i64::from(limit).saturating_add(1)]).await?;
    let ids = rows.iter().take(most).map(|row| row.text("id")).collect::<Result<_, _>>()?;
    Ok((ids, rows.len() > most))
}

/// The steps that lead to some datasets, each with the latest of its runs.
///
/// # Errors
/// If the database fails.
pub async fn steps_to(tx: &mut Tx, ids: &BTreeSet<String>) -> Result<Vec<Step>, StoreError> {
    let sql = "SELECT step.run_id AS run_id, step.from_id AS from_id, step.to_id AS to_id FROM pipeline_step step \
               JOIN pipeline_run run ON run.run_id = step.run_id WHERE step.to_id IN ({LIST}) AND NOT EXISTS ( \
                   SELECT 1 FROM pipeline_step newer JOIN pipeline_run later ON later.run_id = newer.run_id \
                   WHERE newer.to_id = step.to_id AND newer.from_id = step.from_id \
                   AND (later.at > run.at OR (later.at = run.at AND later.run_id > run.run_id)) \
               )";
    let rows = tx.fetch_among(sql, ids.iter().map(Value::from).collect()).await?;
    let mut found = rows.iter().map(step).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, next| (&one.to, &one.from).cmp(&(&next.to, &next.from)));
    Ok(found)
}

/// From which columns the columns of a dataset are made, each once whatever the number of runs.
///
/// # Errors
/// If the database fails.
pub async fn columns(tx: &mut Tx, id: &str, limit: u32) -> Result<Vec<ColumnStep>, StoreError> {
    let sql = "SELECT DISTINCT body FROM pipeline_column WHERE to_id = $1 ORDER BY body LIMIT $2";
    document::read_all(&tx.fetch(sql, args![id, i64::from(limit)]).await?)
}

fn step(row: &Row) -> Result<Step, StoreError> {
    Ok(Step { run_id: row.text("run_id")?, from: row.text("from_id")?, to: row.text("to_id")? })
}
