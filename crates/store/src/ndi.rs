//! What nodes may learn of participants, which operators are gone, and which connectors function nodes told of. NDI-TR-2025-03 §8.3.

use xinyu_protocol::ndi::sync::ConnectorReport;

use crate::{StoreError, Timestamp, Tx, args, document};

/// Whom a code speaks for, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The participant that allowed it.
    pub participant_id: String,
    /// The node that may ask.
    pub node_id: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Keeps a grant under the digest of its code.
///
/// # Errors
/// If the database fails.
pub async fn allow(tx: &mut Tx, code_digest: &str, grant: &Grant) -> Result<(), StoreError> {
    let sql = "INSERT INTO identity_grant (code_digest, participant_id, node_id, expires_at) VALUES ($1, $2, $3, $4)";
    let args = args![code_digest, grant.participant_id.as_str(), grant.node_id.as_str(), grant.expires_at];
    tx.execute(sql, args).await.map(drop)
}

/// Takes the grant of a code, once: it is gone afterwards.
///
/// # Errors
/// If the database fails.
pub async fn redeem(tx: &mut Tx, code_digest: &str, node_id: &str) -> Result<Option<Grant>, StoreError> {
    let sql = "SELECT participant_id, node_id, expires_at FROM identity_grant WHERE code_digest = $1 AND node_id = $2 {FOR_UPDATE}";
    let Some(row) = tx.fetch_optional(sql, args![code_digest, node_id]).await? else {
        return Ok(None);
    };
    let grant = Grant {
        participant_id: row.text("participant_id")?,
        node_id: row.text("node_id")?,
        expires_at: row.timestamp("expires_at")?,
    };
    let sql = "DELETE FROM identity_grant WHERE code_digest = $1";
    Ok((tx.execute(sql, args![code_digest]).await? == 1).then_some(grant))
}

/// Remembers that an operator acts for nobody any more; false if that was known.
///
/// # Errors
/// If the database fails.
pub async fn log_off(tx: &mut Tx, identity_digest: &str) -> Result<bool, StoreError> {
    let sql = "INSERT INTO logoff (identity_digest, at) VALUES ($1, $2) ON CONFLICT (identity_digest) DO NOTHING";
    Ok(tx.execute(sql, args![identity_digest, tx.now()]).await? == 1)
}

/// Since when an operator acts for nobody, if it does not.
///
/// # Errors
/// If the database fails.
pub async fn logged_off(tx: &mut Tx, identity_digest: &str) -> Result<Option<Timestamp>, StoreError> {
    let row = tx.fetch_optional("SELECT at FROM logoff WHERE identity_digest = $1", args![identity_digest]).await?;
    row.map(|row| row.timestamp("at")).transpose()
}

/// Keeps what a node told of a connector; false if it told the same before.
///
/// # Errors
/// If the database fails.
pub async fn told(tx: &mut Tx, node_id: &str, report: &ConnectorReport) -> Result<bool, StoreError> {
    let id = report.base_info.identity_code.as_str();
    if foreign(tx, id).await?.is_some_and(|(by, known)| by == node_id && known == *report) {
        return Ok(false);
    }
    let sql = "INSERT INTO foreign_connector (connector_id, node_id, state, told_at, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (connector_id) DO UPDATE SET node_id = excluded.node_id, state = excluded.state, told_at = excluded.told_at, body = excluded.body";
    let state = report.base_info.identity_status.as_str();
    tx.execute(sql, args![id, node_id, state, tx.now(), document::write(report)?]).await?;
    Ok(true)
}

/// What a node told of a connector, and which node.
///
/// # Errors
/// If the database fails.
pub async fn foreign(tx: &mut Tx, connector_id: &str) -> Result<Option<(String, ConnectorReport)>, StoreError> {
    let sql = "SELECT node_id, body FROM foreign_connector WHERE connector_id = $1";
    let row = tx.fetch_optional(sql, args![connector_id]).await?;
    row.map(|row| Ok((row.text("node_id")?, document::read(&row)?))).transpose()
}
