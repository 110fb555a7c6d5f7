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

use xinyu_core::evidence::Indexer;
use xinyu_core::fault::Rejection;
use xinyu_evidence::entry::{Leaf, RecordError, SignedRecord};
use xinyu_evidence::tile::ENTRY_MAX_BYTES;
use xinyu_protocol::text::Text;
use xinyu_store::log::{NewEntry, Place};
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;

/// Appends a signed record to the log of its space and gives its position. A record that is there keeps the position it has. The log is held until the
/// transaction ends: what else a transaction locks, it locks before.
///
/// # Errors
/// If the space has no log, the record is longer than an entry may be, another one has its identifier, or the store fails.
pub async fn append(tx: &mut Tx, signed: &SignedRecord) -> Result<u64, Failure> {
    let positions = append_all(tx, std::slice::from_ref(signed)).await?;
    positions.first().copied().ok_or_else(|| Failure::broken("a record has no place"))
}

/// Appends records in their order, and gives the position of each.
///
/// # Errors
/// As [`append`]; then none is there.
pub async fn append_all(tx: &mut Tx, records: &[SignedRecord]) -> Result<Vec<u64>, Failure> {
    let mut indexer = Indexer::default();
    let coming = |signed: &SignedRecord| Ok(Coming::new(Leaf::try_from(signed.clone()).map_err(unfit)?, &mut indexer));
    append_coming(tx, records.iter().map(coming).collect::<Result<_, Failure>>()?).await
}

/// A record on its way into the log, with all of its entry but the place: made before anybody waits for the writer.
pub struct Coming {
    /// The record.
    pub signed: SignedRecord,
    entry: NewEntry,
}

impl Coming {
    /// A record that was read or made, with what it is found by.
    #[must_use]
    pub fn new(leaf: Leaf, indexer: &mut Indexer) -> Self {
        let (signed, bytes) = leaf.into_parts();
        Self { entry: NewEntry::of(&signed.record, bytes, indexer.index(&signed.record)), signed }
    }
}

/// The same as [`append_all`] for records that were read from their bytes, which are not written again.
///
/// # Errors
/// As [`append_all`].
pub async fn append_coming(tx: &mut Tx, coming: Vec<Coming>) -> Result<Vec<u64>, Failure> {
    let (signed, entries): (Vec<_>, Vec<_>) = coming.into_iter().map(|one| (one.signed, one.entry)).unzip();
    let places = xinyu_store::log::append(tx, entries).await?;
    tx.signal(Topic::Evidence);
    let position = |(place, signed): (Place, &SignedRecord)| match place {
        Place::At(position) => Ok(position),
        Place::Taken => Err(taken(&signed.record.id).into()),
    };
    places.into_iter().zip(&signed).map(position).collect()
}

/// What is told twice must be the same: whoever changes it records it anew.
fn taken(id: &str) -> Rejection {
    Rejection::conflict(
        "record-differs",
        format!("存证标识 {id} 已属于另一条记录，内容不同"),
        format!("another record has the identifier {id}, and its content differs"),
    )
    .next(Text::new("内容有变请以新的标识另行存证", "record what has changed under an identifier of its own"))
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
