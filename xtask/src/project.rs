//! What the checks look at: the project's text files and what cargo says of its crates.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// The files under version control (and those about to be) that hold text, and `cargo metadata --no-deps`.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<TextFile>,
    pub(crate) metadata: Value,
}

/// One text file; `path` is relative to the project's root, with `/`.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What counts as text: by the end of the name.
const TEXT: &[&str] =
    &[".rs", ".md", ".toml", ".html", ".css", ".js", ".sql", ".ftl", ".json", ".yml", ".yaml", ".sh", ".ci/run"];

impl Project {
    /// Reads the project that this program was built in.
    pub(crate) fn read() -> anyhow::Result<Project> {
        let root = root();
        let files = read_files(&root)?;
        let metadata =
            output(Command::new(cargo()).current_dir(&root).args(["metadata", "--format-version=1", "--no-deps"]))?;
        let metadata = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
        Ok(Project { root, files, metadata })
    }

    /// Whether there is a file or folder of this path, relative to the root.
    pub(crate) fn holds(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path) || self.root.join(path).exists()
    }

    /// The files whose name ends so.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = &'a TextFile> {
        self.files.iter().filter(move |file| file.path.ends_with(end))
    }
}

impl TextFile {
    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// The project's root folder.
pub(crate) fn root() -> PathBuf {
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that started us, or the one on the path.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Where cargo puts what it builds.
pub(crate) fn target(metadata: &Value) -> PathBuf {
    PathBuf::from(metadata.get("target_directory").and_then(Value::as_str).unwrap_or("target"))
}

/// Runs a program and returns what it printed; its failure is ours, with its own words.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let result = command.output().with_context(|| format!("{} does not start", command.get_program().display()))?;
    if !result.status.success() {
        bail!("{} failed: {}", command.get_program().display(), String::from_utf8_lossy(&result.stderr).trim());
    }
    String::from_utf8(result.stdout).context("the output is not UTF-8")
}

/// `safe.directory` because a build server's checkout often belongs to another user than the one who tests it.
fn read_files(root: &Path) -> anyhow::Result<Vec<TextFile>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["-c", "safe.directory=*", "-c", "core.quotePath=false"]);
    let listed = output(git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| TEXT.iter().any(|end| path.ends_with(end))) {
        // A file may be listed and yet deleted in the work tree.
        let Ok(bytes) = std::fs::read(root.join(path)) else {
            continue;
        };
        let text = String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
        files.push(TextFile { path: path.to_owned(), text });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}
