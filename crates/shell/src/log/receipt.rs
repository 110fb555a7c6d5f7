//! Receipts: a record, its place in both trees and the signed heads, in one file that a stranger verifies offline.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use xinyu_core::fault::Rejection;
use xinyu_evidence::checkpoint::{KEY_PATH, Keys};
use xinyu_evidence::entry::SignedRecord;
use xinyu_evidence::extract::Extract;
use xinyu_evidence::receipt::{Receipt, registers};
use xinyu_evidence::registry::PARTICIPANT_KEY;
use xinyu_evidence::verify::FileSource;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::log::EntryRow;

use super::cosigned;
use super::files::LogFolder;
use crate::failure::Failure;
use crate::node::Node;

/// How long to wait for a record that is committed to be in the published tree.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a receipt is made anew when a new head is written in the middle of it, and how long that is waited for.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// The receipt of a record, as bytes.
///
/// # Errors
/// If there is no such record in the space, or the files cannot be read.
pub async fn of(node: &Arc<Node>, space_id: &str, record_id: &str) -> Result<Vec<u8>, Failure> {
    let (space, record) = (space_id.to_owned(), record_id.to_owned());
    let found = node.store.read("log.find_record", move |tx| {
        Box::pin(async move {
            let entry = xinyu_store::log::find_record(tx, &record).await?.filter(|entry| entry.space_id == space);
            let Some(entry) = entry else { return Ok(None) };
            if entry.leaf.is_empty() {
                return Err(disposed(&entry.record_id).into());
            }
            let position = entry.position;
            Ok::<_, Failure>(Some((position, registrations(tx, &space, vec![entry]).await?)))
        })
    });
    let (position, registrations) = found.await?.ok_or_else(|| {
        Rejection::unknown(
            "unknown-record",
            format!("空间「{space_id}」中没有存证 {record_id}"),
            format!("space {space_id} has no record {record_id}"),
        )
    })?;
    let known = registrations.clone();
    let bytes = published(node, space_id, position, move |folder| make(folder, position, &known)).await?;
    let Some(checkpoint) = witnessed(node, space_id).await? else { return Ok(bytes) };
    // The lines are of the newest head; a receipt that is of an older one by now is made again, with them.
    let receipt =
        published(node, space_id, position, move |folder| under(folder, (position, &registrations), &checkpoint));
    match receipt.await {
        Ok(bytes) => Ok(bytes),
        // New heads came faster than it could be made: it stands without them.
        Err(_) => Ok(bytes),
    }
}

/// What is left of a record cannot be shown: only its hash is.
fn disposed(record: &str) -> Rejection {
    let mut rejection = Rejection::bad(
        "disposed-record",
        format!("存证 {record} 已过保存期限并依规处置，只保留其哈希"),
        format!("record {record} was disposed of when its time was over, only its hash is kept"),
    )
    .next(Text::new(
        "处置之前导出的回执仍可离线核验；处置依据见存证 evidence.disposed",
        "a receipt made before is still valid; the record evidence.disposed says why",
    ));
    rejection.status = 410;
    rejection
}

/// The keys of a log, and an extract of entries of it.
///
/// # Errors
/// If an entry is not there, or the files cannot be read.
pub async fn extract(node: &Arc<Node>, space_id: &str, positions: Vec<u64>) -> Result<(String, Extract), Failure> {
    let last = positions.last().copied().unwrap_or_default();
    let (space, wanted) = (space_id.to_owned(), positions.clone());
    let registrations = node.store.read("log.registrations", move |tx| {
        Box::pin(async move {
            let mut entries = Vec::new();
            for position in wanted {
                let found = xinyu_store::log::entries(tx, &space, position, 1).await?.into_iter();
                let found = found.filter(|entry| entry.position == position).collect::<Vec<_>>();
                if found.is_empty() {
                    return Err(disposed(&position.to_string()).into());
                }
                entries.extend(found);
            }
            registrations(tx, &space, entries).await
        })
    });
    let registrations = registrations.await?;
    published(node, space_id, last, move |folder| cut(folder, &positions, &registrations)).await
}

/// Where the keys of who made entries, and of the platform that vouches for them, are registered before them.
async fn registrations(tx: &mut Tx, space_id: &str, entries: Vec<EntryRow>) -> Result<Vec<u64>, Failure> {
    let Some(last) = entries.iter().map(|entry| entry.position).max().filter(|last| *last > 0) else {
        return Ok(Vec::new());
    };
    let read = |entry: &EntryRow| SignedRecord::parse(&entry.leaf).map_err(Failure::broken);
    let first = xinyu_store::log::entries(tx, space_id, 0, 1).await?;
    let parties = first.iter().chain(&entries).map(|entry| Ok(read(entry)?.record.actor));
    let parties: BTreeSet<String> = parties.collect::<Result<_, Failure>>()?;
    let mut found = vec![0];
    for entry in xinyu_store::log::of_kind(tx, space_id, PARTICIPANT_KEY, last).await? {
        if registers(&read(&entry)?.record, &parties) {
            found.push(entry.position);
        }
    }
    Ok(found)
}

/// Makes something of the files of a log once an entry is in the published tree.
async fn published<T: Send + 'static>(
    node: &Arc<Node>,
    space_id: &str,
    position: u64,
    make: impl Fn(&LogFolder) -> Result<T, Failure> + Clone + Send + 'static,
) -> Result<T, Failure> {
    let mut published = node.published.subscribe();
    let _ = tokio::time::timeout(PATIENCE, async {
        while !is_published(node, space_id, position).await.unwrap_or(true) {
            if published.changed().await.is_err() {
                break;
            }
        }
    })
    .await;
    let folder = LogFolder::new(&node.data_dir, space_id)?;
    let make = || {
        let (folder, make) = (folder.clone(), make.clone());
        tokio::task::spawn_blocking(move || make(&folder))
    };
    let mut made = make().await.map_err(Failure::broken)?;
    for _ in 1..ATTEMPTS {
        if made.is_ok() {
            break;
        }
        let _ = tokio::time::timeout(PAUSE, published.changed()).await;
        made = make().await.map_err(Failure::broken)?;
    }
    made
}

/// An extract that verifies: one whose files a new head replaced while they were read does not.
fn cut(folder: &LogFolder, positions: &[u64], registrations: &[u64]) -> Result<(String, Extract), Failure> {
    let read = |path: &str| folder.read(path).ok().flatten();
    let text = String::from_utf8(read(KEY_PATH).unwrap_or_default()).map_err(Failure::broken)?;
    let keys: Keys = text.parse().map_err(Failure::broken)?;
    let extract = Extract::new(positions, registrations, read).map_err(Failure::broken)?;
    extract.verify(&keys).map_err(Failure::broken)?;
    Ok((text, extract))
}

/// A receipt that verifies: one whose files a new head replaced while they were read does not.
fn make(folder: &LogFolder, position: u64, registrations: &[u64]) -> Result<Vec<u8>, Failure> {
    let read = |path: &str| folder.read(path).ok().flatten();
    let keys = String::from_utf8(read(KEY_PATH).unwrap_or_default()).map_err(Failure::broken)?;
    let keys: Keys = keys.parse().map_err(Failure::broken)?;
    let receipt = Receipt::new(position, registrations, read).map_err(Failure::broken)?;
    receipt.verify(&keys).map_err(Failure::broken)?;
    receipt.to_bytes().map_err(Failure::broken)
}

/// The checkpoint with the lines of its witnesses, where the policy of the log asks for them: as soon as they are enough, or when that was waited for.
async fn witnessed(node: &Arc<Node>, space_id: &str) -> Result<Option<String>, Failure> {
    let mut cosigned = node.cosigned.subscribe();
    let waiting = async {
        loop {
            let (is_asked, is_met) = cosigned::standing(node, space_id).await?;
            if !is_asked || is_met || cosigned.changed().await.is_err() {
                return Ok::<_, Failure>(is_asked);
            }
        }
    };
    let is_asked = tokio::time::timeout(PATIENCE, waiting).await.unwrap_or(Ok(true))?;
    if !is_asked {
        return Ok(None);
    }
    Ok(cosigned::checkpoint(node, space_id).await?.map(|note| note.to_string()))
}

/// A receipt whose checkpoint has the lines of witnesses.
fn under(folder: &LogFolder, (position, registrations): (u64, &[u64]), checkpoint: &str) -> Result<Vec<u8>, Failure> {
    let mut receipt = Receipt::parse(&make(folder, position, registrations)?).map_err(Failure::broken)?;
    if !checkpoint.starts_with(&receipt.checkpoint) {
        return Err(Failure::broken("the lines are of another head"));
    }
    checkpoint.clone_into(&mut receipt.checkpoint);
    receipt.to_bytes().map_err(Failure::broken)
}

async fn is_published(node: &Arc<Node>, space_id: &str, position: u64) -> Result<bool, Failure> {
    let folder = LogFolder::new(&node.data_dir, space_id)?;
    let checkpoint = folder.read(xinyu_evidence::checkpoint::PATH).map_err(Failure::broken)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&checkpoint).into_owned();
    let size: u64 = text.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0);
    Ok(size > position)
}

impl FileSource for LogFolder {
    fn list(&self) -> Vec<String> {
        LogFolder::list(self).unwrap_or_default()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match LogFolder::read(self, path) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err("the file is not there".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}
