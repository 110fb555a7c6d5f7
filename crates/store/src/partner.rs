//! Connectors of other makers that have shown who they are by their credentials, so that they are found again after a restart.

use serde::{Deserialize, Serialize};

use crate::{StoreError, Timestamp, Tx, args, document};

/// What is kept of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its DID.
    pub did: String,
    /// Its name.
    pub name: String,
    /// Base URL of its Dataspace Protocol.
    pub address: String,
    /// The space in which it takes part.
    pub space_id: String,
    /// Of one that our platform has registered as another maker's: what of a contract's rules it keeps by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforces: Option<Vec<String>>,
}

/// Stores one, or what is new about it.
///
/// # Errors
/// As [`Tx::execute`].
pub async fn save(tx: &mut Tx, known: &Known, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO dcp_partner (did, seen_at, body) VALUES ($1, $2, $3) \
               ON CONFLICT (did) DO UPDATE SET seen_at = excluded.seen_at, body = excluded.body";
    tx.execute(sql, args![&known.did, now, document::write(known)?]).await.map(drop)
}

/// All of them.
///
/// # Errors
/// As [`Tx::fetch`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Known>, StoreError> {
    document::read_all(&tx.fetch("SELECT body FROM dcp_partner ORDER BY did", args![]).await?)
}
