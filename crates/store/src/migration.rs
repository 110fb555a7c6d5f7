//! The schema's history: one SQL file a step, only ever added to. What a database holds is checked against it at every opening, by number and by
//! digest; a database that is newer, or whose history was altered, is refused rather than guessed at.

use crate::StoreError;
use crate::dialect::{self, Engine};
use crate::error::{Fault, fault};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _, SqliteConnection};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1 upwards.
    pub version: i64,
    /// What it adds, in a word.
    pub name: &'static str,
    /// Its SQL, in the words of both engines.
    pub sql: &'static str,
}

/// All steps, in order. To add one is one file and one line; a line that was released is never changed.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "base", sql: include_str!("../migrations/0001_base.sql") },
    Migration { version: 2, name: "domain", sql: include_str!("../migrations/0002_domain.sql") },
    Migration { version: 3, name: "dataflow", sql: include_str!("../migrations/0003_dataflow.sql") },
    Migration { version: 4, name: "refusals", sql: include_str!("../migrations/0004_refusals.sql") },
    Migration { version: 5, name: "bundles", sql: include_str!("../migrations/0005_bundles.sql") },
    Migration { version: 6, name: "dcp", sql: include_str!("../migrations/0006_dcp.sql") },
    Migration { version: 7, name: "people", sql: include_str!("../migrations/0007_people.sql") },
    Migration { version: 8, name: "members", sql: include_str!("../migrations/0008_members.sql") },
    Migration { version: 9, name: "connectors", sql: include_str!("../migrations/0009_connectors.sql") },
    Migration { version: 10, name: "login", sql: include_str!("../migrations/0010_login.sql") },
    Migration {
        version: 11,
        name: "login_key_sessions",
        sql: include_str!("../migrations/0011_login_key_sessions.sql"),
    },
    Migration { version: 12, name: "certification", sql: include_str!("../migrations/0012_certification.sql") },
    Migration { version: 13, name: "heterogeneous", sql: include_str!("../migrations/0013_heterogeneous.sql") },
    Migration { version: 14, name: "payment", sql: include_str!("../migrations/0014_payment.sql") },
    Migration { version: 15, name: "termination", sql: include_str!("../migrations/0015_termination.sql") },
    Migration { version: 16, name: "templates", sql: include_str!("../migrations/0016_templates.sql") },
    Migration {
        version: 17,
        name: "negotiation_rounds",
        sql: include_str!("../migrations/0017_negotiation_rounds.sql"),
    },
    Migration { version: 18, name: "evidence_search", sql: include_str!("../migrations/0018_evidence_search.sql") },
    Migration { version: 19, name: "smart_clause", sql: include_str!("../migrations/0019_smart_clause.sql") },
    Migration { version: 20, name: "contract_versions", sql: include_str!("../migrations/0020_contract_versions.sql") },
    Migration { version: 21, name: "dispute", sql: include_str!("../migrations/0021_dispute.sql") },
    Migration { version: 22, name: "components", sql: include_str!("../migrations/0022_components.sql") },
    Migration { version: 23, name: "onward", sql: include_str!("../migrations/0023_onward.sql") },
    Migration { version: 24, name: "performance", sql: include_str!("../migrations/0024_performance.sql") },
    Migration { version: 25, name: "policy_records", sql: include_str!("../migrations/0025_policy_records.sql") },
    Migration { version: 26, name: "countersigning", sql: include_str!("../migrations/0026_countersigning.sql") },
    Migration { version: 27, name: "warning", sql: include_str!("../migrations/0027_warning.sql") },
    Migration { version: 28, name: "draft", sql: include_str!("../migrations/0028_draft.sql") },
    Migration { version: 29, name: "witness", sql: include_str!("../migrations/0029_witness.sql") },
    Migration { version: 30, name: "stamp", sql: include_str!("../migrations/0030_stamp.sql") },
    Migration { version: 31, name: "lineage", sql: include_str!("../migrations/0031_lineage.sql") },
    Migration { version: 32, name: "metering", sql: include_str!("../migrations/0032_metering.sql") },
    Migration { version: 33, name: "run_log", sql: include_str!("../migrations/0033_run_log.sql") },
    Migration { version: 34, name: "retention", sql: include_str!("../migrations/0034_retention.sql") },
    Migration { version: 35, name: "pipeline", sql: include_str!("../migrations/0035_pipeline.sql") },
    Migration { version: 36, name: "evidence_index", sql: include_str!("../migrations/0036_evidence_index.sql") },
    Migration { version: 37, name: "product_version", sql: include_str!("../migrations/0037_product_version.sql") },
    Migration { version: 38, name: "catalog_search", sql: include_str!("../migrations/0038_catalog_search.sql") },
    Migration { version: 39, name: "demand", sql: include_str!("../migrations/0039_demand.sql") },
    Migration { version: 40, name: "listing_clock", sql: include_str!("../migrations/0040_listing_clock.sql") },
    Migration { version: 41, name: "subscription", sql: include_str!("../migrations/0041_subscription.sql") },
    Migration { version: 42, name: "data_service", sql: include_str!("../migrations/0042_data_service.sql") },
    Migration { version: 43, name: "harvest", sql: include_str!("../migrations/0043_harvest.sql") },
    Migration { version: 44, name: "glossary", sql: include_str!("../migrations/0044_glossary.sql") },
    Migration { version: 45, name: "reading", sql: include_str!("../migrations/0045_reading.sql") },
    Migration { version: 46, name: "review_clock", sql: include_str!("../migrations/0046_review_clock.sql") },
    Migration {
        version: 47,
        name: "product_registration",
        sql: include_str!("../migrations/0047_product_registration.sql"),
    },
];

impl Migration {
    /// SHA-256 of the SQL text, in hexadecimal; the same on both engines and with either kind of line end.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.sql.replace('\r', "")))
    }
}

/// A step that a database says it has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Applied {
    version: i64,
    name: String,
    digest: String,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    applied_at BIGINT NOT NULL
);";

/// Bring a SQLite database up to date, in one transaction.
pub(crate) async fn sqlite(
    connection: &mut SqliteConnection,
    known: &[Migration],
    now: Timestamp,
) -> Result<(), StoreError> {
    let engine = Engine::Sqlite;
    connection.execute(sqlx::raw_sql("BEGIN IMMEDIATE")).await.map_err(failed)?;
    let foreign = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')";
    let tables: i64 = sqlx::query(foreign).fetch_one(&mut *connection).await.map_err(failed)?.get(0);
    if tables > 0 {
        return Err(StoreError::Schema {
            found: format!("{tables} tables of another program"),
            known: describe(known.last()),
            remedy: "choose another file",
        });
    }
    connection.execute(raw(engine, TABLE)).await.map_err(failed)?;
    let rows = sqlx::query(SELECT).fetch_all(&mut *connection).await.map_err(failed)?;
    let applied: Vec<Applied> = rows.iter().map(|row| read(row.get(0), row.get(1), row.get(2))).collect();
    for migration in missing(&applied, known)? {
        connection.execute(raw(engine, migration.sql)).await.map_err(|error| step(migration, &error))?;
        let insert = sqlx::query(INSERT).bind(migration.version).bind(migration.name).bind(migration.digest());
        insert.bind(now.as_microsecond()).execute(&mut *connection).await.map_err(failed)?;
    }
    connection.execute(sqlx::raw_sql("COMMIT")).await.map_err(failed).map(drop)
}

/// Bring a PostgreSQL database up to date, in one transaction; of many nodes that start at once, one does it and the others wait.
pub(crate) async fn postgres(
    connection: &mut PgConnection,
    known: &[Migration],
    now: Timestamp,
) -> Result<(), StoreError> {
    let engine = Engine::Postgres;
    let begin = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning;
        SELECT pg_advisory_xact_lock(7026920118)";
    connection.execute(sqlx::raw_sql(begin)).await.map_err(failed)?;
    connection.execute(raw(engine, TABLE)).await.map_err(failed)?;
    let rows = sqlx::query(SELECT).fetch_all(&mut *connection).await.map_err(failed)?;
    let applied: Vec<Applied> = rows.iter().map(|row| read(row.get(0), row.get(1), row.get(2))).collect();
    for migration in missing(&applied, known)? {
        connection.execute(raw(engine, migration.sql)).await.map_err(|error| step(migration, &error))?;
        let insert = sqlx::query(INSERT).bind(migration.version).bind(migration.name).bind(migration.digest());
        insert.bind(now.as_microsecond()).execute(&mut *connection).await.map_err(failed)?;
    }
    connection.execute(sqlx::raw_sql("COMMIT")).await.map_err(failed).map(drop)
}

const SELECT: &str = "SELECT version, name, digest FROM schema_version ORDER BY version";
const INSERT: &str = "INSERT INTO schema_version (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)";

fn raw(engine: Engine, sql: &str) -> sqlx::RawSql {
    sqlx::raw_sql(AssertSqlSafe(dialect::definition(engine, sql)))
}

fn read(version: i64, name: String, digest: String) -> Applied {
    Applied { version, name, digest }
}

/// The steps still to take, or why the database is not ours to touch.
fn missing<'k>(applied: &[Applied], known: &'k [Migration]) -> Result<&'k [Migration], StoreError> {
    for (position, found) in applied.iter().enumerate() {
        let schema = |remedy| StoreError::Schema {
            found: format!("version {} ({}, digest {})", found.version, found.name, short(&found.digest)),
            known: describe(known.get(position).or_else(|| known.last())),
            remedy,
        };
        match known.get(position) {
            None => {
                return Err(schema("use a program at least as new as the one that wrote the database"));
            }
            Some(step) if step.version != found.version => {
                return Err(schema("a step is missing in the database: restore it from a backup"));
            }
            Some(step) if step.digest() != found.digest => {
                return Err(schema("the step was altered after it was applied: use the program that applied it"));
            }
            Some(_) => {}
        }
    }
    Ok(known.get(applied.len()..).unwrap_or_default())
}

fn describe(migration: Option<&Migration>) -> String {
    let describe = |m: &Migration| format!("version {} ({}, digest {})", m.version, m.name, short(&m.digest()));
    migration.map_or_else(|| "no version".to_owned(), describe)
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn failed(error: sqlx::Error) -> StoreError {
    unprepared(&error, format!("schema cannot be checked: {error}"))
}

fn step(migration: &Migration, error: &sqlx::Error) -> StoreError {
    let Migration { version, name, .. } = migration;
    unprepared(error, format!("migration {version} ({name}) failed: {error}"))
}

/// A full disk is told as one here too: nothing is lost, and room is all that is wanted.
fn unprepared(error: &sqlx::Error, reason: String) -> StoreError {
    match fault(error) {
        Fault::Full => StoreError::Full { reason },
        _ => StoreError::Connect { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(migrations: &[Migration]) -> Vec<Applied> {
        migrations.iter().map(|step| read(step.version, step.name.to_owned(), step.digest())).collect()
    }

    const STEPS: [Migration; 3] = [
        Migration { version: 1, name: "one", sql: "SELECT 1" },
        Migration { version: 2, name: "two", sql: "SELECT 2" },
        Migration { version: 3, name: "three", sql: "SELECT 3" },
    ];

    #[test]
    fn only_missing_steps_are_taken() {
        let check = |applied: usize, expect: usize| {
            assert_eq!(missing(&taken(&STEPS[..applied]), &STEPS).unwrap().len(), expect);
        };
        check(0, 3);
        check(2, 1);
        check(3, 0);
    }

    #[test]
    fn an_unknown_history_is_refused() {
        let check = |applied: Vec<Applied>, known: &[Migration], expect: &str| {
            let error = missing(&applied, known).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        check(taken(&STEPS), &STEPS[..2], "found version 3 (three");
        check(taken(&STEPS), &STEPS[..2], "this program knows version 2 (two");
        let mut altered = taken(&STEPS);
        altered[1].digest = "0".repeat(64);
        check(altered, &STEPS, "was altered");
        check(taken(&STEPS[1..]), &STEPS, "a step is missing");
    }

    #[test]
    fn steps_are_numbered_in_order() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|step| step.version).collect();
        assert_eq!(versions.first(), Some(&1));
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    }

    #[test]
    fn line_ends_do_not_alter_a_digest() {
        let step = |sql| Migration { version: 1, name: "one", sql };
        assert_eq!(step("a\nb").digest(), step("a\r\nb").digest());
        assert_ne!(step("a\nb").digest(), step("a b").digest());
    }
}
