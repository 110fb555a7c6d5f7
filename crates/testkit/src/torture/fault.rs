//! A run of the program that suffers, and of the one that looks afterwards, each a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

/// Longer than any run takes that does not hang.
const PATIENCE: &str = "90";
/// Records before anything happens: the next few make the first tile full, so that what is missed then would be missed for ever.
const BEFORE: u32 = 249;

/// A folder in which a platform suffers, as often as is wanted from the same beginning.
pub struct Rack {
    program: PathBuf,
    folder: TempDir,
}

/// How a run of the program ended.
pub struct Ended {
    /// Nothing for one that was killed.
    pub status: Option<i32>,
    /// What it told.
    pub told: String,
    /// What it complained about.
    pub complaint: String,
}

impl Rack {
    /// Makes the platform from which every run begins. `program` is this crate's `torture`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(program: &Path) -> anyhow::Result<Self> {
        let rack = Self { program: program.to_owned(), folder: tempfile::tempdir()? };
        let seed = rack.folder.path().join("seed");
        let made = Command::new(program).arg("seed").arg(&seed).output()?;
        ensure!(made.status.success(), "no platform: {}", String::from_utf8_lossy(&made.stderr));
        let filled = rack.write(&seed, 1, BEFORE, &[])?;
        ensure!(filled.status == Some(0), "nothing can be appended: {}", filled.complaint);
        // Closes what the program has left open: a run that begins has its own calls to make, not those of a long past.
        rack.check(&seed, &filled.told)?;
        Ok(rack)
    }

    /// The place of the platform that suffers, made anew.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn fresh(&self) -> anyhow::Result<PathBuf> {
        let (seed, place) = (self.folder.path().join("seed"), self.folder.path().join("suffers"));
        let _ = std::fs::remove_dir_all(&place);
        let copied = Command::new("cp").arg("-r").arg(seed).arg(&place).status()?;
        ensure!(copied.success(), "the platform cannot be copied");
        Ok(place)
    }

    /// A file beside it.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Begins to write; what it tells goes to the end of a file.
    ///
    /// # Errors
    /// If it does not start.
    pub fn begin(&self, place: &Path, rounds: u32, tasks: u32, told: &Path) -> anyhow::Result<Child> {
        let told = File::options().create(true).append(true).open(told)?;
        let mut command = Command::new(&self.program);
        command.arg("write").arg(place).args([rounds.to_string(), tasks.to_string()]);
        command.stdin(Stdio::null()).stdout(told).stderr(Stdio::null()).spawn().context("the program does not start")
    }

    /// Writes to the end, under another program: `wrap` and its arguments.
    ///
    /// # Errors
    /// If it does not start, or hangs.
    pub fn write(&self, place: &Path, rounds: u32, tasks: u32, wrap: &[String]) -> anyhow::Result<Ended> {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", PATIENCE]).args(wrap).arg(&self.program);
        command.arg("write").arg(place).args([rounds.to_string(), tasks.to_string()]);
        let output = command.stdin(Stdio::null()).output().context("the program does not start")?;
        let ended = Ended {
            status: code(output.status),
            told: String::from_utf8_lossy(&output.stdout).into_owned(),
            complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        Ok(ended)
    }

    /// Looks at what is left; what was found.
    ///
    /// # Errors
    /// What is not as it was told.
    pub fn check(&self, place: &Path, told: &str) -> anyhow::Result<String> {
        let file = self.beside("told");
        std::fs::write(&file, told)?;
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", PATIENCE]).arg(&self.program).arg("check").arg(place).arg(file);
        let output = command.stdin(Stdio::null()).output().context("the program does not start")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Ended {
    /// How many records were acknowledged.
    #[must_use]
    pub fn acked(&self) -> usize {
        self.told.lines().filter(|line| line.starts_with("acked ")).count()
    }
}

/// A program that was killed may be told of as 128 and the signal's number by the one that ran it.
fn code(status: ExitStatus) -> Option<i32> {
    status.code().filter(|code| *code != 137)
}

/// Waits, but not longer than that.
pub(super) fn pause(time: Duration) {
    let (_sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv_timeout(time);
}
