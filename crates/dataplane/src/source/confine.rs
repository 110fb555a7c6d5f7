//! Which files may be resources: only those under folders that the connector's operator opened.

use std::path::{Path, PathBuf};

use super::SourceError;

/// The true place of `path`, links followed, if that is a file under one of `roots`. Read what is returned, not `path`.
///
/// A file outside and a file that is not there are refused alike, so that nobody asks what else lies on the machine.
///
/// # Errors
/// [`SourceError::Outside`].
pub fn confine(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SourceError> {
    let outside = || SourceError::Outside(path.to_owned());
    let found = path.canonicalize().map_err(|_| outside())?;
    let is_inside = roots.iter().filter_map(|root| root.canonicalize().ok()).any(|root| found.starts_with(root));
    // Only files: a pipe or a device would never end, or answer once.
    if is_inside && found.is_file() { Ok(found) } else { Err(outside()) }
}
