//! The second source of what a query reads: its compiled program. The authorizer is not asked about columns that
//! `USING` and `NATURAL JOIN` compare, so a query could test values of a column that it must not read.
//!
//! The program cannot hide them: it reads a table only through a cursor opened on the table's root page, and a column
//! only by its number. <https://sqlite.org/opcode.html>

use std::collections::BTreeMap;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::SandboxError;
use crate::authorizer::Seen;

/// The tables of an environment by the number of their root page: name and columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages(BTreeMap<i64, (String, Vec<String>)>);

impl Pages {
    /// Looks up where a table begins.
    pub(crate) async fn add(
        &mut self,
        connection: &mut SqliteConnection,
        table: &str,
        columns: Vec<String>,
    ) -> Result<(), sqlx::Error> {
        let page = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = $1")
            .bind(table)
            .fetch_one(connection)
            .await?;
        self.0.insert(page, (table.to_owned(), columns));
        Ok(())
    }

    /// Adds to `seen` what the program of a query reads.
    ///
    /// # Errors
    /// A program that opens anything else, or that the engine does not make.
    pub(crate) async fn read(
        &self,
        connection: &mut SqliteConnection,
        sql: &str,
        seen: &mut Seen,
    ) -> Result<(), SandboxError> {
        let explain = AssertSqlSafe(format!("EXPLAIN {sql}"));
        let program =
            connection.fetch_all(sqlx::query(explain).persistent(false)).await.map_err(crate::query::query_error)?;
        let mut cursors = BTreeMap::new();
        for instruction in &program {
            let Instruction { opcode, p1, p2, p3 } = Instruction::of(instruction)?;
            match opcode.as_str() {
                "OpenRead" => {
                    let table = self.0.get(&p2).filter(|_| p3 == 0);
                    let Some((table, columns)) = table else {
                        return Err(SandboxError::Refused("reading what is not a table of the contract".to_owned()));
                    };
                    seen.tables.insert(table.clone());
                    cursors.insert(p1, (table, columns));
                }
                "OpenWrite" | "VOpen" | "Vacuum" | "ParseSchema" => {
                    return Err(SandboxError::Refused("anything but reading the tables of the contract".to_owned()));
                }
                _ => {}
            }
        }
        // Only now: a jump may open a cursor further down than it is used.
        for instruction in &program {
            let Instruction { opcode, p1, p2, .. } = Instruction::of(instruction)?;
            let Some((table, columns)) = cursors.get(&p1).filter(|_| opcode == "Column") else {
                continue;
            };
            let column = usize::try_from(p2).ok().and_then(|number| columns.get(number));
            let column = column.map_or_else(|| format!("#{p2}"), Clone::clone);
            seen.fields.insert(((*table).clone(), column));
        }
        Ok(())
    }
}

struct Instruction {
    opcode: String,
    p1: i64,
    p2: i64,
    p3: i64,
}

impl Instruction {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            opcode: row.try_get("opcode")?,
            p1: row.try_get("p1")?,
            p2: row.try_get("p2")?,
            p3: row.try_get("p3")?,
        })
    }
}
