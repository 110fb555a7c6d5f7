//! The publisher: woken by commits, it brings the published tree of every space up to the entries that are committed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use xinyu_crypto::Suite;
use xinyu_evidence::checkpoint::{self, KEY_PATH, PATH, SM3_PATH};
use xinyu_evidence::disposal::{Kept, TreeLeaf as _};
use xinyu_evidence::growth::{Growth, LogState, grow};
use xinyu_evidence::stamped;
use xinyu_evidence::tile::{Content, Tile, encode_entries, prefix, tiles_for_size};
use xinyu_store::Topic;
use xinyu_store::log::LogRow;

use super::files::LogFolder;
use super::{edge, origin};
use crate::failure::Failure;
use crate::node::Node;

/// How long records gather from one head to the next at least: a receipt is promised within a second, and a head costs a dozen writes to the disk.
const GATHER: Duration = Duration::from_millis(100);
/// How often is looked though nobody called, for a signal that was lost on its way from another process.
const LOST: Duration = Duration::from_secs(5);
/// How many entries one head takes in at the most: as many as may come while one head waits for the store.
const BATCH: u32 = 16_384;
/// How many entries a full bundle has.
const BUNDLE: u32 = 256;

/// Publishes until the node stops. First makes good what a crash left behind.
pub async fn run(node: Arc<Node>) {
    let mut wake = node.store.signals().subscribe(Topic::Evidence);
    let mut whole = BTreeSet::new();
    loop {
        let enough = Instant::now() + GATHER;
        if let Err(error) = thin(&node).await {
            tracing::error!(%error, "entries were disposed of, but still stand in the files; the next attempt follows");
        }
        match publish_all(&node, &mut whole).await {
            Ok(true) => {
                // One head for what comes in the meantime, not one for each record.
                tokio::select! {
                    () = node.stopping() => return,
                    () = tokio::time::sleep_until(enough) => continue,
                }
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "evidence is committed but could not be published, the next attempt follows")
            }
        }
        tokio::select! {
            () = node.stopping() => return,
            _ = tokio::time::timeout(LOST, wake.wait()) => {}
        }
    }
}

/// Publishes what is committed in every space; true if there was something. A log that fails holds up no other. `whole` are the spaces whose files are known to be
/// those of their heads: what a crash or a failed write has left out is made good before anything is written behind it.
async fn publish_all(node: &Arc<Node>, whole: &mut BTreeSet<String>) -> Result<bool, Failure> {
    let logs = node
        .store
        .read("log.list", |tx| Box::pin(async move { xinyu_store::log::list(tx).await.map_err(Failure::from) }))
        .await?;
    let mut found = Ok(false);
    for log in logs {
        let (space, is_new) = (log.space_id.clone(), log.size > log.published);
        if whole.contains(&space) && !is_new {
            continue;
        }
        let is_known = whole.remove(&space);
        let done = async {
            if !is_known && log.published > 0 {
                restore(node, &log).await?;
            }
            let mut state: LogState = serde_json::from_str(&log.state).map_err(Failure::broken)?;
            while state.size() < log.size {
                let Some(grown) = publish(node, &space, &state).await? else { return Ok(false) };
                state = grown;
            }
            Ok(true)
        };
        match done.await {
            Ok(is_ours) => {
                if is_ours {
                    whole.insert(space);
                }
                found = found.map(|found| found || is_new);
            }
            Err(error) => found = Err(error),
        }
    }
    found
}

/// Publishes the entries that follow on a state: the grown one, or none if another process of this platform signed a head for its size: that one stands.
async fn publish(node: &Arc<Node>, space_id: &str, before: &LogState) -> Result<Option<LogState>, Failure> {
    let platform = node.platform_id();
    let space = space_id.to_owned();
    let (space_in, from) = (space.clone(), before.size());
    let leaves = node
        .store
        .read("log.leaves", move |tx| {
            Box::pin(async move { xinyu_store::log::leaves(tx, &space_in, from, BATCH).await.map_err(Failure::from) })
        })
        .await?;
    let before = before.clone();
    let growth = tokio::task::spawn_blocking(move || grow(&before, &leaves)).await.map_err(Failure::broken)?;
    let growth = growth.map_err(Failure::broken)?;
    let heads = sign(node, &growth.state, &origin(&platform, &space))?;
    let state = serde_json::to_string(&growth.state).map_err(Failure::broken)?;
    let size = growth.state.size();
    let [_, (_, sm3), (_, sha256)] = heads.clone();
    let space_in = space.clone();
    let ours = node
        .store
        .write_ahead("log.publish", move |tx| {
            Box::pin(async move {
                xinyu_store::log::publish(tx, &space_in, size, &state, &sha256, &sm3).await.map_err(Failure::from)
            })
        })
        .await?;
    if !ours {
        return Ok(None);
    }
    let (folder, grown) = (LogFolder::new(&node.data_dir, &space)?, growth.state.clone());
    {
        let _turn = node.publishing.lock().await;
        write(folder, growth, heads).await?;
    }
    node.published.send_modify(|count| *count = count.wrapping_add(1));
    Ok(Some(grown))
}

type Heads = [(&'static str, String); 3];

fn sign(node: &Node, state: &LogState, origin: &str) -> Result<Heads, Failure> {
    checkpoint::publish(state, origin, node.ring.signing(Suite::Intl), node.ring.signing(Suite::Sm))
        .map_err(Failure::broken)
}

async fn write(folder: LogFolder, growth: Growth, heads: Heads) -> Result<(), Failure> {
    tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        folder.write(&growth.writes)?;
        folder.write(&heads.map(|(path, text)| (path.to_owned(), text.into_bytes())))?;
        folder.remove(&growth.removes)
    })
    .await
    .map_err(Failure::broken)?
    .map_err(|error| Failure::broken(format!("evidence files cannot be written: {error}")))
}

/// Makes the files of a log again from its entries, where they are not those of its head.
async fn restore(node: &Arc<Node>, log: &LogRow) -> Result<(), Failure> {
    let folder = LogFolder::new(&node.data_dir, &log.space_id)?;
    let (space, size) = (log.space_id.clone(), log.published);
    let head = node
        .store
        .read("log.head", move |tx| {
            Box::pin(async move { xinyu_store::log::head(tx, &space, size).await.map_err(Failure::from) })
        })
        .await?
        .ok_or_else(|| Failure::broken(format!("the log of {} has no head for its size {size}", log.space_id)))?;
    let state: LogState = serde_json::from_str(&log.state).map_err(Failure::broken)?;
    let newest = newest(node, &log.space_id, size).await?;
    if edge::is_whole(&folder, &head, &state, &newest)? {
        return clear(folder, size).await;
    }
    tracing::warn!(space = %log.space_id, "the evidence files of {} are not those of its head, they are made again", log.space_id);
    rebuild(node, log, &folder, head).await?;
    node.published.send_modify(|count| *count = count.wrapping_add(1));
    Ok(())
}

/// Writes the bundles anew that have entries which were disposed of. What is noted is written before it is no longer noted: a crash in between writes it again.
async fn thin(node: &Arc<Node>) -> Result<(), Failure> {
    loop {
        let due = node.store.read("retention.bundles", |tx| {
            Box::pin(async move { xinyu_store::retention::bundles_due(tx, BUNDLE).await.map_err(Failure::from) })
        });
        let due = due.await?;
        if due.is_empty() {
            return Ok(());
        }
        for (space, bundle) in due {
            let (looked, from) = (space.clone(), bundle.saturating_mul(u64::from(BUNDLE)));
            let kept = node.store.read("retention.kept", move |tx| {
                Box::pin(
                    async move { xinyu_store::retention::kept(tx, &looked, from, BUNDLE).await.map_err(Failure::from) },
                )
            });
            let kept = kept.await?;
            let tile = Tile { content: Content::Entries, index: bundle, width: 256 };
            let bytes = encode_entries(&kept.iter().map(Kept::bytes).collect::<Vec<_>>()).map_err(Failure::broken)?;
            let folder = LogFolder::new(&node.data_dir, &space)?;
            {
                let _turn = node.publishing.lock().await;
                tokio::task::spawn_blocking(move || folder.write(&[(tile.to_string(), bytes)]))
                    .await
                    .map_err(Failure::broken)?
                    .map_err(|error| Failure::broken(format!("evidence files cannot be written: {error}")))?;
            }
            let written = node.store.write("retention.written", move |tx| {
                Box::pin(
                    async move { Ok::<_, Failure>(xinyu_store::retention::bundle_written(tx, &space, bundle).await?) },
                )
            });
            written.await?;
        }
    }
}

/// The entries of the newest full bundle.
async fn newest(node: &Arc<Node>, space: &str, size: u64) -> Result<Vec<Kept>, Failure> {
    let Some(from) = edge::newest_full(size) else { return Ok(Vec::new()) };
    let space = space.to_owned();
    let read = node.store.read("log.newest", move |tx| {
        Box::pin(async move { xinyu_store::retention::kept(tx, &space, from, BUNDLE).await.map_err(Failure::from) })
    });
    read.await
}

/// Removes the partial tiles of earlier sizes, which a crash after the checkpoints were written leaves behind.
async fn clear(folder: LogFolder, size: u64) -> Result<(), Failure> {
    tokio::task::spawn_blocking(move || folder.remove(&superseded(folder.list()?, size)))
        .await
        .map_err(Failure::broken)?
        .map_err(Failure::broken)
}

/// Which files of a log are partial tiles of an earlier size than this.
fn superseded(files: Vec<String>, size: u64) -> Vec<String> {
    let tiles: BTreeSet<String> = tiles_for_size(size).iter().map(ToString::to_string).collect();
    let is_superseded = |path: &String| {
        let name = path.strip_prefix(prefix(Suite::Sm)).unwrap_or(path);
        name.parse::<Tile>().is_ok_and(|tile| !tile.is_full()) && !tiles.contains(name)
    };
    files.into_iter().filter(is_superseded).collect()
}

async fn rebuild(node: &Arc<Node>, log: &LogRow, folder: &LogFolder, head: (String, String)) -> Result<(), Failure> {
    let mut state = LogState::new();
    let mut writes: Vec<(String, Vec<u8>)> = Vec::new();
    let mut removes: Vec<String> = Vec::new();
    while state.size() < log.published {
        let (space, from, left) = (log.space_id.clone(), state.size(), log.published - state.size());
        let limit = u32::try_from(left).unwrap_or(BATCH).min(BATCH);
        let kept = node.store.read("log.kept", move |tx| {
            Box::pin(async move { xinyu_store::retention::kept(tx, &space, from, limit).await.map_err(Failure::from) })
        });
        let leaves = kept.await?;
        if leaves.is_empty() {
            return Err(Failure::broken(format!("the log of {} lacks entries after {from}", log.space_id)));
        }
        let growth = grow(&state, &leaves).map_err(Failure::broken)?;
        state = growth.state;
        writes.extend(growth.writes);
        removes.extend(growth.removes);
    }
    let gone: BTreeSet<&String> = removes.iter().collect();
    writes.retain(|(path, _)| !gone.contains(path));
    let [(key_path, key), _, _] = sign(node, &state, &origin(&node.platform_id(), &log.space_id))?;
    let checkpoints = vec![
        (key_path.to_owned(), key.into_bytes()),
        (SM3_PATH.to_owned(), head.1.into_bytes()),
        (PATH.to_owned(), head.0.into_bytes()),
    ];
    debug_assert_eq!(key_path, KEY_PATH, "the key file is written with the heads");
    let keep: BTreeSet<String> = writes.iter().chain(&checkpoints).map(|(path, _)| path.clone()).collect();
    let surplus: Vec<String> = folder
        .list()
        .map_err(Failure::broken)?
        .into_iter()
        .filter(|path| !keep.contains(path) && !stamped::is_ours(path))
        .collect();
    let folder = folder.clone();
    let _turn = node.publishing.lock().await;
    tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        folder.write(&writes)?;
        folder.write(&checkpoints)?;
        folder.remove(&surplus)
    })
    .await
    .map_err(Failure::broken)?
    .map_err(|error| Failure::broken(format!("evidence files cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c2sp_tlog_tiles_what_an_earlier_size_left_is_found() {
        let files = [
            "checkpoint",
            "key",
            "sm3/checkpoint",
            "tile/0/000.p/53",
            "tile/0/000.p/54",
            "sm3/tile/0/000.p/53",
            "sm3/tile/0/000.p/54",
            "tile/entries/000.p/54",
            "tile/entries/000.p/9",
            "tile/0/001",
            "notes",
        ];
        let expect = ["tile/0/000.p/53", "sm3/tile/0/000.p/53", "tile/entries/000.p/9"];
        assert_eq!(superseded(files.map(str::to_owned).to_vec(), 54), expect);
    }
}
