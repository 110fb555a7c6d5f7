//! Erasing files: overwritten with random bytes, synced, then removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::name_of;

/// What a destruction destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// Names and lengths of the files that were held.
    pub files: Vec<(String, u64)>,
    /// Whether they were overwritten before they were removed; false only if there was nothing.
    pub overwritten: bool,
}

/// Notes what is about to be destroyed, adding it to what an interrupted destruction noted.
pub(super) fn noted(note: &Path, found: &[PathBuf]) -> io::Result<Destruction> {
    let mut destruction: Destruction = match fs::read(note) {
        // A note that cannot be read was cut off while it was written: then nothing was overwritten yet.
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Destruction::default(),
        Err(error) => return Err(error),
    };
    for path in found {
        let name = name_of(path);
        if !destruction.files.iter().any(|(noted, _)| *noted == name) {
            destruction.files.push((name, path.symlink_metadata()?.len()));
        }
    }
    destruction.overwritten = !destruction.files.is_empty();
    if !found.is_empty() {
        let mut file = private().create(true).truncate(true).open(note)?;
        file.write_all(&serde_json::to_vec(&destruction)?)?;
        file.sync_all()?;
        if let Some(dir) = note.parent() {
            sync(dir)?;
        }
    }
    Ok(destruction)
}

/// Overwrites and removes a file; content that is a link's is let be.
pub(super) fn erase(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_file() {
        overwrite(&mut OpenOptions::new().write(true).open(path)?)?;
    }
    fs::remove_file(path)
}

/// Random bytes over all of a file, on disk when this returns.
pub(super) fn overwrite(file: &mut File) -> io::Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    let mut rng = StdRng::from_seed(seed);
    let mut noise = vec![0; 64 << 10];
    let mut left = file.metadata()?.len();
    file.rewind()?;
    while left > 0 {
        rng.fill_bytes(&mut noise);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(noise.len());
        file.write_all(noise.get(..length).unwrap_or_default())?;
        left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
    }
    file.sync_all()
}

/// The files of a folder whose names are wanted, sorted.
pub(super) fn files(dir: &Path, is_wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if is_wanted(&name_of(&path)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A folder for its owner alone.
pub(super) fn private_folder(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// How a file for its owner alone is opened for writing.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// Makes names durable.
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
