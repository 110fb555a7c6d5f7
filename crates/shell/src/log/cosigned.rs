//! The checkpoint of a log with the lines of its witnesses, and the policy that says how many are enough. Both are served beside the files of the log, which stay
//! what the log alone has made: every bit of those is checked by whoever has nothing else, while a line is checked by whoever knows the witness.

use std::path::PathBuf;

use xinyu_evidence::checkpoint::{ForeignCheckpoint, PATH};
use xinyu_evidence::note::Note;
use xinyu_evidence::quorum::TrustPolicy;
use xinyu_evidence::witness::parse_answer;

use super::files::LogFolder;
use crate::failure::Failure;
use crate::node::Node;

/// The newest head of a log with the lines of those that have cosigned it; none while nothing is published.
///
/// # Errors
/// If the store or the disk fails.
pub async fn checkpoint(node: &Node, space_id: &str) -> Result<Option<Note>, Failure> {
    let folder = LogFolder::new(&node.data_dir, space_id)?;
    let Some(bytes) = folder.read(PATH).map_err(Failure::broken)? else { return Ok(None) };
    let mut note = Note::parse(&String::from_utf8_lossy(&bytes)).map_err(Failure::broken)?;
    let size = ForeignCheckpoint::parse(&note.text).map_err(Failure::broken)?.size;
    let space = space_id.to_owned();
    let said = node.store.read("log.cosigned", move |tx| {
        Box::pin(async move { xinyu_store::witness::of_log(tx, &space).await.map_err(Failure::from) })
    });
    for one in said.await?.into_iter().filter(|one| one.size == size && !one.line.is_empty()) {
        for line in parse_answer(format!("{}\n", one.line).as_bytes()).map_err(Failure::broken)? {
            note.append(line).map_err(Failure::broken)?;
        }
    }
    Ok(Some(note))
}

/// The policy of a log as it was published, if it was.
///
/// # Errors
/// If the disk fails.
pub fn policy(node: &Node, space_id: &str) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(place(node, space_id)?) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::broken(error)),
    }
}

/// Publishes the policy of a log, if it is another one than is published.
///
/// # Errors
/// If the disk fails.
pub fn declare(node: &Node, space_id: &str, text: &str) -> Result<(), Failure> {
    if policy(node, space_id)?.as_deref() == Some(text) {
        return Ok(());
    }
    let place = place(node, space_id)?;
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::broken)?;
    }
    let new = place.with_extension("new");
    std::fs::write(&new, text).map_err(Failure::broken)?;
    std::fs::rename(new, place).map_err(Failure::broken)
}

fn place(node: &Node, space_id: &str) -> Result<PathBuf, Failure> {
    // Says what is no space.
    LogFolder::new(&node.data_dir, space_id)?;
    Ok(node.data_dir.join("evidence-policy").join(format!("{space_id}.policy")))
}

/// Whether the policy of a log asks for cosignatures, and whether its newest head has them.
///
/// # Errors
/// If the store or the disk fails.
pub async fn standing(node: &Node, space_id: &str) -> Result<(bool, bool), Failure> {
    let policy = policy(node, space_id)?.and_then(|text| text.parse::<TrustPolicy>().ok());
    let Some(policy) = policy.filter(|policy| policy.quorum().is_some()) else { return Ok((false, true)) };
    let note = checkpoint(node, space_id).await?;
    let is_met = note.is_some_and(|note| policy.evaluate(&note).is_ok_and(|found| found.is_quorum));
    Ok((true, is_met))
}
