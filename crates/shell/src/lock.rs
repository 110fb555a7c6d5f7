//! One process for a node's files: two that wrote the log of evidence beside each other would rename each other's half-written files into place.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use crate::node::NodeKind;

/// Held as long as the node is; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of a node's data folder.
    ///
    /// # Errors
    /// If another process has it, or the file cannot be made.
    pub fn take(data_dir: &Path, kind: NodeKind) -> Result<Self> {
        std::fs::create_dir_all(data_dir)?;
        let path = data_dir.join(format!("{}.lock", kind.as_str()));
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::Error(error)) => Err(error),
            Err(TryLockError::WouldBlock) => Err(Error::new(
                ErrorKind::WouldBlock,
                format!(
                    "another {} works in {}: end it first, or choose another data_dir",
                    kind.as_str(),
                    data_dir.display()
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_node_is_refused_until_the_first_is_gone() {
        let folder = std::env::temp_dir().join(format!("xinyu-lock-{}", std::process::id()));
        let first = FolderLock::take(&folder, NodeKind::Platform).unwrap();
        let error = FolderLock::take(&folder, NodeKind::Platform).unwrap_err();
        assert!(error.to_string().starts_with("another platform works in "), "{error}");
        FolderLock::take(&folder, NodeKind::Connector).unwrap();
        drop(first);
        FolderLock::take(&folder, NodeKind::Platform).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
