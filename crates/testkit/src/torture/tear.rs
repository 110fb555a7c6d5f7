//! Files of the log that end too soon, or in zeros, as after a torn write: the next start makes them again from the entries.

use std::path::Path;

use anyhow::{Context as _, ensure};
use xinyu_evidence::verify::verify_log;
use xinyu_shell::log::files::LogFolder;

use super::check::read;
use super::fault::Rack;
use crate::world::SPACE;

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
enum Tear {
    /// Nothing is left in it.
    Empty,
    /// Its second half is gone.
    Half,
    /// Its last bytes are zeros.
    Zeros,
    /// It is gone.
    Gone,
}

const TEARS: [Tear; 4] = [Tear::Empty, Tear::Half, Tear::Zeros, Tear::Gone];
/// The newest full and partial one of each, or the one file.
const CONTENTS: [&str; 5] = ["tile/0/", "tile/entries/", "sm3/tile/0/", "checkpoint", "sm3/checkpoint"];
/// Enough for a full bundle and a partial one behind it.
const RECORDS: u32 = 60;

/// Tears the newest files in each way, every `step`-th of these tears; how many there were.
///
/// # Errors
/// If one is not made again, or was not seen to be torn.
pub fn tear(rack: &Rack, step: usize) -> anyhow::Result<usize> {
    let place = rack.fresh()?;
    let ended = rack.write(&place, 1, RECORDS, &[])?;
    ensure!(ended.status == Some(0), "{}", ended.complaint);
    let files = LogFolder::new(&super::data(&place), SPACE)?;
    let kinds = TEARS.into_iter().flat_map(|tear| CONTENTS.map(|content| (tear, content)));
    let mut torn = 0;
    for (tear, content) in kinds.step_by(step) {
        for path in newest(&files, content)? {
            hurt(&files.path().join(&path), tear)?;
            ensure!(!verify_log(&read(&files)?).ok, "{path} is torn ({tear:?}), and the log verifies");
            rack.check(&place, &ended.told).with_context(|| format!("{path} was torn: {tear:?}"))?;
            torn += 1;
        }
    }
    Ok(torn)
}

/// The newest partial and the newest full tile of a folder, or the file of that name.
fn newest(files: &LogFolder, content: &str) -> anyhow::Result<Vec<String>> {
    let all: Vec<String> = files.list()?.into_iter().filter(|path| path.starts_with(content)).collect();
    let width = |path: &&String| path.rsplit_once(".p/").and_then(|(_, width)| width.parse::<u32>().ok());
    let partial = all.iter().filter(|path| width(path).is_some()).max_by_key(width);
    let full = all.iter().filter(|path| width(path).is_none()).max();
    Ok(partial.into_iter().chain(full).cloned().collect())
}

fn hurt(path: &Path, tear: Tear) -> anyhow::Result<()> {
    let mut bytes = std::fs::read(path)?;
    let end = bytes.len().saturating_sub(16);
    match tear {
        Tear::Gone => return Ok(std::fs::remove_file(path)?),
        Tear::Empty => bytes.clear(),
        Tear::Half => bytes.truncate(bytes.len() / 2),
        Tear::Zeros => bytes.iter_mut().skip(end).for_each(|byte| *byte = 0),
    }
    Ok(std::fs::write(path, bytes)?)
}
