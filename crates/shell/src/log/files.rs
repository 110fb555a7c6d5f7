//! The files of a log: written beside their place and renamed into it, synced before anything refers to them.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use xinyu_core::fault::Rejection;

/// How many files are open at once.
const TOGETHER: usize = 64;

/// The folder of one space's log.
#[derive(Clone, Debug)]
pub struct LogFolder {
    root: PathBuf,
    beside: PathBuf,
}

impl LogFolder {
    /// The folder `evidence/<space>` below a node's data folder.
    ///
    /// # Errors
    /// If the text cannot be a space's id; so no request reaches a file outside the folder.
    pub fn new(data_dir: &Path, space_id: &str) -> Result<Self, Rejection> {
        if !xinyu_core::space::is_id(space_id) {
            return Err(Rejection::unknown(
                "unknown-space",
                format!("没有空间「{space_id}」"),
                format!("there is no space {space_id}"),
            ));
        }
        Ok(Self {
            root: data_dir.join("evidence").join(space_id),
            beside: data_dir.join("evidence-new").join(space_id),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Reads a file; `None` if it is not there. Paths with `..` and paths through a file are never there.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        if path.contains('\0') || path.split('/').any(|part| part == ".." || part.is_empty()) {
            return Ok(None);
        }
        match std::fs::read(self.root.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Writes files, each whole or not at all, and puts them in their places in order. Many are written before the first is synced: what the disk takes up together
    /// costs it little more than one.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn write(&self, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.beside)?;
        let mut folders = BTreeSet::new();
        for folder in files.iter().filter_map(|(path, _)| self.root.join(path).parent().map(Path::to_owned)) {
            if !folder.is_dir() {
                std::fs::create_dir_all(&folder)?;
                // A new folder is an entry of the one above it.
                let above = folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root));
                folders.extend(above.map(Path::to_owned));
            }
            folders.insert(folder);
        }
        for files in files.chunks(TOGETHER) {
            let mut written = Vec::with_capacity(files.len());
            for (number, (path, bytes)) in files.iter().enumerate() {
                let temporary = self.beside.join(format!("file-{number}"));
                let mut file = std::fs::File::create(&temporary)?;
                file.write_all(bytes)?;
                written.push((file, temporary, path));
            }
            for (file, ..) in &written {
                file.sync_all()?;
            }
            for (_, temporary, path) in &written {
                std::fs::rename(temporary, self.root.join(path))?;
            }
        }
        for folder in folders {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Removes files; those that are gone already are no error. Folders left empty go too.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove(&self, paths: &[String]) -> std::io::Result<()> {
        for path in paths {
            let target = self.root.join(path);
            match std::fs::remove_file(&target) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            if let Some(folder) = target.parent()
                && folder != self.root
            {
                // Fails while the folder holds other files, which is how it should be.
                let _ = std::fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    /// All files, as paths below the folder with `/` between the parts.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn list(&self) -> std::io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(below) = path.strip_prefix(&self.root) {
                    found.push(
                        below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"),
                    );
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
