//! The append path of a platform's log under torture: a program writes records and says what was acknowledged, and is killed, denied its disk or cut off in between;
//! the same program then looks at what is left. Acknowledged is durable, no position is given twice, no head is taken back, nothing needs a person to mend it.

pub mod check;
pub mod fault;
pub mod kill;
pub mod matrix;
pub mod tear;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::{Record, SignedRecord, VERSION};
use xinyu_evidence::tree::leaf_hash;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Failure, Node};

use crate::world::{self, Engine, SPACE, World};

/// How long a platform may take to publish what is committed, or to make its files again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Before it is looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// What the platform of a folder keeps there.
#[must_use]
pub fn data(folder: &Path) -> PathBuf {
    folder.join("platform")
}

/// Makes a platform with an empty space in a folder, and ends it.
///
/// # Errors
/// If it does not start.
pub async fn seed(folder: &Path) -> anyhow::Result<()> {
    World::start(folder, Engine::File, Vec::new()).await?.stop().await;
    Ok(())
}

/// The platform of a folder: its store, its keys, its files, and none of its drivers.
async fn open(folder: &Path) -> anyhow::Result<Arc<Node>> {
    world::platform(folder).await
}

/// The files of its log.
fn files(node: &Node) -> anyhow::Result<LogFolder> {
    Ok(LogFolder::new(&node.data_dir, SPACE)?)
}

/// Appends a record: where it stands, and the hash of its leaf.
async fn append(node: &Arc<Node>, id: String, text: String) -> Result<(u64, String), Failure> {
    let record = Record {
        v: VERSION,
        id,
        kind: "torture.written".to_owned(),
        space: SPACE.to_owned(),
        contract: None,
        subject: None,
        actor: node.platform_id(),
        at: node.store.clock().now(),
        facts: BTreeMap::from([("text".to_owned(), json!(text))]),
        refs: Vec::new(),
    };
    let signed = SignedRecord::sign(record, node.ring.signing(Suite::Intl)).map_err(Failure::broken)?;
    let hash = leaf_hash(Suite::Intl, &signed.to_bytes().map_err(Failure::broken)?).to_string();
    let written = node
        .store
        .write("torture.append", move |tx| Box::pin(async move { xinyu_shell::log::append(tx, &signed).await }));
    Ok((written.await?, hash))
}

/// Entries of the log, and how many of them are published.
async fn sizes(node: &Node) -> anyhow::Result<(u64, u64)> {
    let found = node.store.read("torture.sizes", |tx| {
        Box::pin(async move { xinyu_store::log::find(tx, SPACE).await.map_err(Failure::from) })
    });
    let log = found.await?.context("there is no log")?;
    Ok((log.size, log.published))
}
