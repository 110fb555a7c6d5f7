//! Vocabularies of spaces, version by version, and what the columns of resources mean by them. TC609-6-2025-11 §7.3.5. A mapping is a document whose type is of
//! another floor.

use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_protocol::tc609::glossary::{Glossary, GlossaryEdition};

use crate::{Row, StoreError, Tx, args, document};

/// Stores a version that is published; false if the space has one of this number.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, glossary: &Glossary) -> Result<bool, StoreError> {
    let sql = "INSERT INTO glossary (space_id, number, version, edition, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (space_id, number) DO NOTHING";
    Ok(put(tx, sql, glossary).await? == 1)
}

/// Keeps a version that was fetched, in the place of another of this number.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, glossary: &Glossary) -> Result<(), StoreError> {
    let sql = "INSERT INTO glossary (space_id, number, version, edition, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (space_id, number) DO UPDATE SET version = excluded.version, edition = excluded.edition, body = excluded.body";
    put(tx, sql, glossary).await.map(drop)
}

async fn put(tx: &mut Tx, sql: &'static str, glossary: &Glossary) -> Result<u64, StoreError> {
    let edition = &glossary.edition;
    let (number, said) = (i64::from(edition.number), document::write(edition)?);
    let args = args![&edition.space_id, number, &edition.version, said, document::write(&glossary.vocabulary)?];
    tx.execute(sql, args).await
}

/// A version of a space, as it names itself; the one that was published last, if more do.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, space: &str, version: &str) -> Result<Option<Glossary>, StoreError> {
    let sql = "SELECT edition, body FROM glossary WHERE space_id = $1 AND version = $2 ORDER BY number DESC LIMIT 1";
    tx.fetch_optional(sql, args![space, version]).await?.as_ref().map(whole).transpose()
}

/// The newest of a space.
///
/// # Errors
/// If the database fails.
pub async fn newest(tx: &mut Tx, space: &str) -> Result<Option<Glossary>, StoreError> {
    let sql = "SELECT edition, body FROM glossary WHERE space_id = $1 ORDER BY number DESC LIMIT 1";
    tx.fetch_optional(sql, args![space]).await?.as_ref().map(whole).transpose()
}

/// The versions of a space, newest first, without terms.
///
/// # Errors
/// If the database fails.
pub async fn editions(tx: &mut Tx, space: &str, limit: u32) -> Result<Vec<GlossaryEdition>, StoreError> {
    let sql = "SELECT edition FROM glossary WHERE space_id = $1 ORDER BY number DESC LIMIT $2";
    tx.fetch(sql, args![space, limit]).await?.iter().map(edition).collect()
}

/// The newest of each space, by space, without terms.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<GlossaryEdition>, StoreError> {
    let sql = "SELECT edition FROM glossary WHERE number = \
               (SELECT MAX(number) FROM glossary AS other WHERE other.space_id = glossary.space_id) ORDER BY space_id";
    tx.fetch(sql, args![]).await?.iter().map(edition).collect()
}

fn edition(row: &Row) -> Result<GlossaryEdition, StoreError> {
    serde_json::from_str(&row.text("edition")?).map_err(|error| StoreError::column("edition", error))
}

fn whole(row: &Row) -> Result<Glossary, StoreError> {
    Ok(Glossary { edition: edition(row)?, vocabulary: document::read(row)? })
}

/// Stores what the columns of a resource mean.
///
/// # Errors
/// If the database fails.
pub async fn save_mapping<T: Serialize + Sync>(
    tx: &mut Tx,
    (resource, space): (&str, &str),
    mapping: &T,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO glossary_mapping (resource, space_id, body) VALUES ($1, $2, $3) \
               ON CONFLICT (resource, space_id) DO UPDATE SET body = excluded.body";
    tx.execute(sql, args![resource, space, document::write(mapping)?]).await.map(drop)
}

/// What the columns of a resource mean by the glossary of a space.
///
/// # Errors
/// If the database fails.
pub async fn mapping<T: DeserializeOwned>(tx: &mut Tx, resource: &str, space: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM glossary_mapping WHERE resource = $1 AND space_id = $2";
    tx.fetch_optional(sql, args![resource, space]).await?.as_ref().map(document::read).transpose()
}

/// The same, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock_mapping<T: DeserializeOwned>(
    tx: &mut Tx,
    resource: &str,
    space: &str,
) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM glossary_mapping WHERE resource = $1 AND space_id = $2 {FOR_UPDATE}";
    tx.fetch_optional(sql, args![resource, space]).await?.as_ref().map(document::read).transpose()
}

/// Forgets what the columns of a resource mean, when the resource goes.
///
/// # Errors
/// If the database fails.
pub async fn forget_mappings(tx: &mut Tx, resource: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM glossary_mapping WHERE resource = $1", args![resource]).await.map(drop)
}
