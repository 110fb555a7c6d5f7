//! Which files may be resources: only those under folders that the connector's operator opened.

use std::path::{Component, Path, PathBuf};

use super::SourceError;

/// The true place of `path`, links followed, if that is a file under one of `roots`. Read what is returned, not `path`.
///
/// A file outside and a file that is not there are refused alike, so that nobody asks what else lies on the machine; only within an open folder it is said
/// that there is none.
///
/// # Errors
/// [`SourceError::Outside`], [`SourceError::Missing`].
pub fn confine(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SourceError> {
    // Only files: a pipe or a device would never end, or answer once.
    found(path, roots, Path::is_file)
}

/// The same for a folder, or `folder/*.csv`: the ending stays at the end of what is returned.
pub(super) fn folder(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SourceError> {
    let (folder, ending) = super::file::taken_apart(path);
    let folder = found(folder, roots, Path::is_dir)?;
    Ok(ending.map_or_else(|| folder.clone(), |ending| folder.join(format!("*.{ending}"))))
}

fn found(path: &Path, roots: &[PathBuf], is_meant: fn(&Path) -> bool) -> Result<PathBuf, SourceError> {
    let is_inside =
        |found: &Path| roots.iter().filter_map(|root| root.canonicalize().ok()).any(|root| found.starts_with(root));
    let Ok(found) = path.canonicalize() else {
        let is_missing = folder_of(path).is_some_and(|folder| is_inside(&folder));
        return Err(if is_missing {
            SourceError::Missing(path.to_owned())
        } else {
            SourceError::Outside(path.to_owned())
        });
    };
    match (is_inside(&found), is_meant(&found)) {
        (true, true) => Ok(found),
        (true, false) => Err(SourceError::Missing(path.to_owned())),
        (false, _) => Err(SourceError::Outside(path.to_owned())),
    }
}

/// The true place of the nearest folder above a path that is there. What lies below it must be plain names: nothing that is not there can be climbed out of.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let mut here = path;
    while matches!(here.components().next_back()?, Component::Normal(_)) {
        here = here.parent()?;
        if let Ok(found) = here.canonicalize() {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_within_an_open_folder_is_it_said_that_there_is_no_file() {
        let whole = tempfile::tempdir().unwrap();
        let (open, closed) = (whole.path().join("open"), whole.path().join("closed"));
        for folder in [&open, &closed] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("a.csv"), "a").unwrap();
        }
        let roots = [open.clone()];
        let check = |path: PathBuf, expect: &str| {
            let found = match confine(&path, &roots) {
                Ok(_) => "there",
                Err(SourceError::Missing(_)) => "missing",
                Err(_) => "outside",
            };
            assert_eq!(found, expect, "{}", path.display());
        };
        check(open.join("a.csv"), "there");
        check(open.join("b.csv"), "missing");
        check(open.join("no/folder/b.csv"), "missing");
        check(open.clone(), "missing");
        check(closed.join("a.csv"), "outside");
        check(closed.join("b.csv"), "outside");
        check(open.join("../closed/b.csv"), "outside");
        check(open.join("no/../../closed/b.csv"), "outside");
        check(open.join("a.csv/../../closed/b.csv"), "outside");
    }
}
