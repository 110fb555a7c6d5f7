//! Policy templates: at a platform every version with what was decided on it; at a connector what its platform offered last.

use xinyu_core::template::Version;
use xinyu_protocol::tc609::template::OfferedTemplate;

use crate::{StoreError, Tx, args, document};

/// Stores a version; false if that version is there.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, version: &Version) -> Result<bool, StoreError> {
    let sql = "INSERT INTO policy_template (template_id, version, state, saved_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (template_id, version) DO NOTHING";
    let number = i64::from(version.template.version);
    let args = args![version.id(), number, version.state.as_str(), tx.now(), document::write(version)?];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Stores what was done with a version. One that comes with the program is stored when something is done with it for the first time.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, version: &Version) -> Result<(), StoreError> {
    let sql = "INSERT INTO policy_template (template_id, version, state, saved_at, body) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (template_id, version) DO UPDATE SET state = excluded.state, body = excluded.body";
    let number = i64::from(version.template.version);
    let args = args![version.id(), number, version.state.as_str(), tx.now(), document::write(version)?];
    tx.execute(sql, args).await.map(drop)
}

/// All versions of a template that are stored, newest first, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, template_id: &str) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT body FROM policy_template WHERE template_id = $1 ORDER BY version DESC {FOR_UPDATE}";
    document::read_all(&tx.fetch(sql, args![template_id]).await?)
}

/// All versions of all templates that are stored, by id, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT body FROM policy_template ORDER BY template_id, version DESC";
    document::read_all(&tx.fetch(sql, args![]).await?)
}

/// Keeps what the platform offers, in the place of what it offered before.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut Tx, offered: &[OfferedTemplate]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM offered_template", args![]).await?;
    let sql = "INSERT INTO offered_template (template_id, version, kept_at, body) VALUES ($1, $2, $3, $4)";
    for one in offered {
        let template = &one.template;
        let number = i64::from(template.version);
        let args = args![&template.definition.template_id, number, tx.now(), document::write(one)?];
        tx.execute(sql, args).await?;
    }
    Ok(())
}

/// What the platform offered last.
///
/// # Errors
/// If the database fails.
pub async fn kept(tx: &mut Tx) -> Result<Vec<OfferedTemplate>, StoreError> {
    let sql = "SELECT body FROM offered_template ORDER BY template_id, version DESC";
    document::read_all(&tx.fetch(sql, args![]).await?)
}
