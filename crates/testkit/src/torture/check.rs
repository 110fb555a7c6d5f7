//! The look afterwards: what was told must be so, without anybody having mended anything, and the log must go on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use xinyu_crypto::Suite;
use xinyu_evidence::growth::{LogState, grow};
use xinyu_evidence::tree::leaf_hash;
use xinyu_evidence::verify::verify_log;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::log::publisher;
use xinyu_shell::{Failure, Node};
use xinyu_store::log::EntryRow;

use super::write::head;
use crate::world::SPACE;

/// What [`super::write`] told.
#[derive(Debug, Default)]
struct Told<'t> {
    /// Id, position and hash of each record that was acknowledged.
    acked: Vec<(&'t str, u64, &'t str)>,
    /// Size and root of each head that was seen.
    heads: BTreeMap<u64, &'t str>,
}

/// Opens the platform of a folder, lets it make good what is missing, and holds it against what was told.
///
/// # Errors
/// What is not as it was told.
pub async fn check(folder: &Path, told: &str) -> anyhow::Result<String> {
    let told = Told::read(told)?;
    let node = super::open(folder).await?;
    let publisher = tokio::spawn(publisher::run(Arc::clone(&node)));
    let files = super::files(&node)?;
    until_published(&node, &files).await?;
    let entries = entries(&node).await?;
    told.must_hold(&entries)?;
    must_verify(&files, entries.len())?;
    let id = format!("after-{}", node.store.ids().new_id().simple());
    let (position, _) = super::append(&node, id, String::new()).await.context("nothing can be appended any more")?;
    ensure!(
        position == u64::try_from(entries.len())?,
        "the next record stands at {position} behind {} entries",
        entries.len()
    );
    until_published(&node, &files).await?;
    must_verify(&files, entries.len() + 1)?;
    node.stop.cancel();
    publisher.await?;
    node.store.close().await;
    Ok(format!("acked {} heads {} entries {}", told.acked.len(), told.heads.len(), entries.len()))
}

impl<'t> Told<'t> {
    /// The last line may be cut off: then it was not told.
    fn read(text: &'t str) -> anyhow::Result<Self> {
        let mut told = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["acked", id, position, hash] => told.acked.push((id, position.parse()?, hash)),
                ["head", size, root] => {
                    let before = told.heads.insert(size.parse()?, root);
                    ensure!(before.is_none_or(|before| before == *root), "two heads of size {size} were seen");
                }
                _ => {}
            }
        }
        Ok(told)
    }

    fn must_hold(&self, entries: &[EntryRow]) -> anyhow::Result<()> {
        let mut at = BTreeMap::new();
        for (expected, entry) in (0..).zip(entries) {
            ensure!(entry.position == expected, "position {expected} is missing");
            let before =
                at.insert(entry.record_id.as_str(), (entry.position, leaf_hash(Suite::Intl, &entry.leaf).to_string()));
            ensure!(before.is_none(), "record {} is there twice", entry.record_id);
        }
        for (id, position, hash) in &self.acked {
            let (found, is) = at.get(id).with_context(|| format!("record {id} was acknowledged and is lost"))?;
            ensure!(found == position, "record {id} was acknowledged at {position} and stands at {found}");
            ensure!(is == hash, "record {id} has other bytes than were acknowledged");
        }
        let mut state = LogState::new();
        for (size, root) in &self.heads {
            let from = usize::try_from(state.size())?;
            let more = entries
                .get(from..usize::try_from(*size)?)
                .with_context(|| format!("a head of {size} entries was seen"))?;
            state = grow(&state, &more.iter().map(|entry| &entry.leaf).collect::<Vec<_>>())?.state;
            let now = state.root(Suite::Intl).to_string();
            ensure!(now == **root, "the head of size {size} is not of this log");
        }
        Ok(())
    }
}

/// Waits until the files tell of all entries.
async fn until_published(node: &Node, files: &LogFolder) -> anyhow::Result<()> {
    let waiting = async {
        loop {
            let (size, published) = super::sizes(node).await?;
            if size == published
                && head(files).ok().flatten().is_some_and(|head| head.size == size)
                && verify_log(&read(files)?).ok
            {
                return anyhow::Ok(());
            }
            tokio::time::sleep(super::PAUSE).await;
        }
    };
    match tokio::time::timeout(super::PATIENCE, waiting).await {
        Ok(done) => done,
        Err(_) => anyhow::bail!("the files do not become whole: {:?}", verify_log(&read(files)?).problems),
    }
}

fn must_verify(files: &LogFolder, entries: usize) -> anyhow::Result<()> {
    let report = verify_log(&read(files)?);
    ensure!(report.ok, "the log does not verify: {:?}", report.problems);
    ensure!(report.size == u64::try_from(entries)?, "the files have {} entries of {entries}", report.size);
    Ok(())
}

/// The files of a log, by path.
pub(super) fn read(files: &LogFolder) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut all = BTreeMap::new();
    for path in files.list()? {
        if let Some(bytes) = files.read(&path)? {
            all.insert(path, bytes);
        }
    }
    Ok(all)
}

async fn entries(node: &Node) -> anyhow::Result<Vec<EntryRow>> {
    let read = node.store.read("torture.entries", |tx| {
        Box::pin(async move { xinyu_store::log::entries(tx, SPACE, 0, u32::MAX).await.map_err(Failure::from) })
    });
    Ok(read.await?)
}
