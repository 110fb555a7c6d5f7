//! The log of evidence of each space on a platform: records are appended in the transaction of what they tell of; a publisher, woken by the commit,
//! grows the trees, signs one head for each size, and writes the files that strangers verify. ARCHITECTURE, invariant 6.
//!
//! Order: the signed head is stored (once for a size), then tiles are written, then the checkpoints, then superseded tiles removed. A crash in between
//! leaves files that are behind the store; they are made again from the entries at the next start.

pub mod cosigned;
mod edge;
pub mod files;
pub mod publisher;
pub mod receipt;

use xinyu_core::fault::Rejection;
use xinyu_evidence::entry::{RecordError, SignedRecord};
use xinyu_evidence::tile::ENTRY_MAX_BYTES;
use xinyu_protocol::text::Text;
use xinyu_store::log::NewEntry;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;

/// Appends a signed record to the log of its space and gives its position. A record that is there keeps the position it has. The log is held until the
/// transaction ends: what else a transaction locks, it locks before.
///
/// # Errors
/// If the space has no log, the record is longer than an entry may be, or the store fails.
pub async fn append(tx: &mut Tx, signed: &SignedRecord) -> Result<u64, Failure> {
    let entry = NewEntry::of(&signed.record, signed.to_bytes().map_err(unfit)?);
    let position = xinyu_store::log::append(tx, &entry).await?;
    tx.signal(Topic::Evidence);
    Ok(position)
}

/// Why a record is no entry. One that is too long is refused here: committed, it could never be published, nor anything behind it.
fn unfit(error: RecordError) -> Failure {
    let RecordError::Length { bytes } = error else { return Failure::broken(error) };
    let most = ENTRY_MAX_BYTES;
    Rejection::bad(
        "record-too-long",
        format!("存证记录为 {bytes} 字节，超过上限 {most} 字节"),
        format!("the record has {bytes} bytes, an entry of the log has {most} at most"),
    )
    .next(Text::new(
        "请在记录中保留摘要和标识，将原文另行保存后重新签名",
        "keep digests and identifiers in the record and the rest elsewhere, then sign it again",
    ))
    .into()
}

/// The origin line of a space's checkpoints: the platform's name for it, without a scheme.
#[must_use]
pub fn origin(platform: &str, space_id: &str) -> String {
    format!("xinyu/{platform}/{space_id}")
}
