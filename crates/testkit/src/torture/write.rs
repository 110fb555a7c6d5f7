//! The program that suffers: it appends, and says what was acknowledged and which heads it has seen.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use futures::future::join_all;
use tokio::sync::watch;
use xinyu_evidence::checkpoint::{ForeignCheckpoint, PATH};
use xinyu_evidence::note::Note;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::log::publisher;
use xinyu_shell::{Failure, Node};

/// How long a round waits for its head. The next round wakes a publisher that had to give up.
const HEAD: Duration = Duration::from_millis(400);

/// Appends in rounds, so many records at once, and tells, one a line: `acked <id> <position> <hash>`, `refused <id> <why>`, `head <size> <root>`. Ends
/// when all is published, without closing anything.
///
/// # Errors
/// If the platform does not start, the disk fails under its store, or what is committed is not published in the end.
pub async fn write(folder: &Path, rounds: u32, tasks: u32) -> anyhow::Result<()> {
    let node = super::open(folder).await?;
    tokio::select! {
        // Whoever has refused all and is done must not end as if nothing had happened.
        biased;
        why = node.store.failed() => bail!("the disk failed: {why}"),
        done = append(&node, rounds, tasks) => done,
    }
}

async fn append(node: &Arc<Node>, rounds: u32, tasks: u32) -> anyhow::Result<()> {
    let run = node.store.ids().new_id().simple().to_string();
    let files = super::files(node)?;
    let mut news = node.published.subscribe();
    tokio::spawn(publisher::run(Arc::clone(node)));
    let mut size = 0;
    for round in 0..rounds {
        let all = join_all((0..tasks).map(|task| one(node, format!("{run}-{round}-{task}"))));
        for position in all.await {
            size = size.max(position?.map_or(0, |position| position.saturating_add(1)));
        }
        published(&files, &mut news, size, HEAD).await?;
    }
    ensure!(published(&files, &mut news, size, super::PATIENCE).await?, "what is committed is not published");
    // Behind whatever the publisher still has under way: how that ends is to be known, too.
    let last = node.store.write("torture.last", |_| Box::pin(async { Ok::<_, Failure>(()) }));
    Ok(last.await?)
}

/// One record: where it stands, if it was acknowledged.
async fn one(node: &Arc<Node>, id: String) -> anyhow::Result<Option<u64>> {
    match super::append(node, id.clone(), "x".repeat(200)).await {
        Ok((position, hash)) => tell(&format!("acked {id} {position} {hash}")).map(|()| Some(position)),
        Err(error) => tell(&format!("refused {id} {error}")).map(|()| None),
    }
}

/// Waits until the files tell of so many entries; tells what they tell then. False if it takes too long.
async fn published(
    files: &LogFolder,
    news: &mut watch::Receiver<u64>,
    size: u64,
    patience: Duration,
) -> anyhow::Result<bool> {
    let waiting = async {
        loop {
            // What cannot be read is read again when there is something new.
            if let Ok(Some(head)) = head(files)
                && head.size >= size
            {
                return tell(&format!("head {} {}", head.size, head.root));
            }
            news.changed().await?;
        }
    };
    match tokio::time::timeout(patience, waiting).await {
        Ok(told) => told.map(|()| true),
        Err(_) => Ok(false),
    }
}

/// The head that stands in the files.
pub(super) fn head(files: &LogFolder) -> anyhow::Result<Option<ForeignCheckpoint>> {
    let Some(bytes) = files.read(PATH)? else { return Ok(None) };
    Ok(Some(ForeignCheckpoint::parse(&Note::parse(&String::from_utf8_lossy(&bytes))?.text)?))
}

/// A line, out before the next thing happens.
fn tell(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
