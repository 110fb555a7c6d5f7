//! Taking in what a partner delivers in plain: it is read in memory, within a limit, and sealed for ourselves before it touches the disk. From there on
//! it is held and used like any other delivery, under the agreement's policy.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use xinyu_core::data::TableSchema;
use xinyu_crypto::{SealingKey, Suite};

use crate::deliver::deliver;
use crate::prepare::TablePlan;
use crate::source::{Source, SourceError};
use crate::vault::{Received, Vault, VaultError};

/// The largest plain delivery: all of it is in memory once.
pub const LIMIT_BYTES: usize = 64 << 20;

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The sealed file.
    pub received: Received,
    /// The table.
    pub schema: TableSchema,
    /// Its rows.
    pub rows: u64,
    /// Bytes as they came.
    pub bytes: u64,
    /// The suite's hash of them, in hexadecimal digits.
    pub digest: String,
}

/// What cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Anything but CSV.
    #[error("content type {0} is not taken, text/csv is")]
    ContentType(String),
    /// More than [`LIMIT_BYTES`].
    #[error("a plain delivery may have at most {} MiB", LIMIT_BYTES >> 20)]
    TooLarge,
    /// The stream failed.
    #[error("the delivery broke off: {0}")]
    BrokenOff(String),
    /// No table.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The disk.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// For whom, and under what, a delivery is sealed.
pub struct Place<'a> {
    /// The vault.
    pub vault: &'a Vault,
    /// The contract.
    pub contract_id: &'a str,
    /// The suite of the contract's space.
    pub suite: Suite,
    /// Our own key.
    pub key: SealingKey,
    /// What the table is called in the use environment.
    pub table: &'a str,
}

/// Takes a delivery in.
///
/// # Errors
/// If it is no CSV, too large, breaks off, or cannot be kept; nothing is kept of it then.
pub async fn take_in<S, E>(place: Place<'_>, content_type: &str, mut stream: S) -> Result<TakenIn, IntakeError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "text/csv" | "text/plain" | "application/csv" | "application/octet-stream" | "") {
        return Err(IntakeError::ContentType(kind));
    }
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        whole.extend_from_slice(&piece.map_err(|error| IntakeError::BrokenOff(error.to_string()))?);
        if whole.len() > LIMIT_BYTES {
            return Err(IntakeError::TooLarge);
        }
    }
    let (bytes, digest) = (u64::try_from(whole.len()).unwrap_or(u64::MAX), place.suite.hash(&whole).to_string());
    let source = Source::Memory { name: place.table.to_owned(), bytes: whole.into() };
    let description = source.describe().await?;
    let plan = TablePlan {
        table: place.table.to_owned(),
        source,
        fields: description.schema.columns.iter().map(|column| column.name.clone()).collect(),
        filter: Vec::new(),
        masks: Vec::new(),
    };
    let context = place.contract_id.as_bytes().to_vec();
    let (sealed, _) = deliver(vec![plan], place.suite, place.key, context, Vec::new());
    let received = place.vault.receive(place.contract_id, place.suite, Box::pin(sealed)).await?;
    Ok(TakenIn { received, schema: description.schema, rows: description.rows, bytes, digest })
}
