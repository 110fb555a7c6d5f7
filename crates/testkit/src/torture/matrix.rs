//! A fault in every system call of opening, appending and publishing, one after the other: a first run under strace says which calls there are, on which file and
//! how often; then each of them fails, or is the last.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::fault::{Ended, Rack};

/// What fails. Reading and closing fail with EIO only.
const WRITING: [&str; 15] = [
    "openat",
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "rename",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "rmdir",
    "linkat",
];
const READING: [&str; 3] = ["read", "pread64", "close"];
/// Enough to write every kind of file.
const ROUNDS: u32 = 3;
const TASKS: u32 = 2;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The disk fails, once.
    Io,
    /// The disk is full, once.
    Full,
    /// The process is killed as the call begins.
    Kill,
}

/// A call that strace has seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Its name.
    pub name: &'static str,
    /// The file, below the platform's folder.
    pub path: String,
}

/// What came of the faults in one kind of call on one kind of file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Runs in which the fault struck.
    pub struck: u32,
    /// Of them: went on to the end.
    pub went_on: u32,
    /// Ended by itself with a word.
    pub gave_up: u32,
    /// Was killed, as the fault is.
    pub killed: u32,
    /// Runs in which the call did not come up.
    pub missed: u32,
}

/// What was injected, and how it ended.
#[derive(Debug, Default)]
pub struct Found {
    /// By fault, call and kind of file.
    pub table: BTreeMap<(Fault, String), Row>,
    /// Faults that ended as none may.
    pub wrong: Vec<String>,
}

/// A fault at one time that a call comes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    call: Call,
    /// The how many-th of its kind in its thread, from 1.
    time: u32,
    fault: Fault,
}

/// All faults that can strike, as one run without any tells: the next run may make some calls more or less often.
///
/// # Errors
/// If it does not even run without a fault.
pub fn strikes(rack: &Rack) -> anyhow::Result<Vec<Strike>> {
    let faults = calls(rack)?.into_iter().flat_map(|(call, times)| {
        let kinds: &[Fault] = if READING.contains(&call.name) {
            &[Fault::Io, Fault::Kill]
        } else {
            &[Fault::Io, Fault::Full, Fault::Kill]
        };
        let strike = move |time| kinds.iter().map(move |fault| (time, *fault));
        let every = (1..=times).flat_map(strike).collect::<Vec<_>>();
        every.into_iter().map(move |(time, fault)| Strike { call: call.clone(), time, fault })
    });
    Ok(faults.collect())
}

/// Injects faults, one after the other.
pub fn matrix<'s>(rack: &Rack, strikes: impl IntoIterator<Item = &'s Strike>) -> Found {
    let mut found = Found::default();
    for Strike { call, time, fault } in strikes {
        let row = found.table.entry((*fault, format!("{} {}", call.name, class(&call.path)))).or_default();
        if let Err(error) = inject(rack, call, *time, *fault, row) {
            found.wrong.push(format!("{fault:?} at {} {} ({time}): {error:#}", call.name, call.path));
        }
    }
    found
}

impl Found {
    /// Together with what another one found.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.wrong.extend(other.wrong);
        for (what, row) in other.table {
            let all = self.table.entry(what).or_default();
            all.struck += row.struck;
            all.went_on += row.went_on;
            all.gave_up += row.gave_up;
            all.killed += row.killed;
            all.missed += row.missed;
        }
        self
    }

    /// How many faults struck.
    #[must_use]
    pub fn struck(&self) -> u32 {
        self.table.values().map(|row| row.struck).sum()
    }
}

/// One run with one fault, and the look afterwards.
fn inject(rack: &Rack, call: &Call, time: u32, fault: Fault, row: &mut Row) -> anyhow::Result<()> {
    let place = rack.fresh()?;
    let trace = rack.beside("trace");
    let what = match fault {
        Fault::Io => "error=EIO",
        Fault::Full => "error=ENOSPC",
        Fault::Kill => "signal=SIGKILL",
    };
    let mut wrap = strace(&trace, call.name);
    wrap.extend(["-P".to_owned(), place.join(&call.path).display().to_string()]);
    wrap.extend(["-e".to_owned(), format!("inject={}:{what}:when={time}", call.name)]);
    let ended = rack.write(&place, ROUNDS, TASKS, &wrap)?;
    let has_struck = match fault {
        Fault::Kill => ended.status.is_none(),
        Fault::Io | Fault::Full => std::fs::read_to_string(&trace)?.contains("(INJECTED)"),
    };
    row.struck += u32::from(has_struck);
    judge(call, fault, &ended, has_struck)?;
    match (has_struck, ended.status) {
        (false, _) => row.missed += 1,
        (true, None) => row.killed += 1,
        (true, Some(0)) => row.went_on += 1,
        (true, Some(_)) => row.gave_up += 1,
    }
    rack.check(&place, &ended.told).with_context(|| format!("told: {}", ended.told))?;
    Ok(())
}

/// Whether a run ended as it may.
fn judge(call: &Call, fault: Fault, ended: &Ended, has_struck: bool) -> anyhow::Result<()> {
    ensure!(ended.status.is_some() || fault == Fault::Kill, "it hangs");
    ensure!(
        has_struck || ended.status == Some(0),
        "without a fault it ended with {:?}: {}",
        ended.status,
        ended.complaint
    );
    let is_sync = matches!(call.name, "fsync" | "fdatasync");
    let is_of_store = call.path.ends_with("-wal");
    // What a second fsync would report as written may be what the first one has lost.
    if has_struck && fault == Fault::Io && is_sync && is_of_store {
        ensure!(ended.status == Some(1), "it goes on after a failed {}", call.name);
    }
    Ok(())
}

/// Which calls a run makes on files of the platform, and how often the busiest of its threads does: strace counts each by itself.
fn calls(rack: &Rack) -> anyhow::Result<BTreeMap<Call, u32>> {
    let (place, trace) = (rack.fresh()?, rack.beside("trace"));
    let all: Vec<&str> = WRITING.into_iter().chain(READING).collect();
    let ended = rack.write(&place, ROUNDS, TASKS, &strace(&trace, &all.join(",")))?;
    ensure!(ended.status == Some(0), "under strace it ended with {:?}: {}", ended.status, ended.complaint);
    Ok(count(&std::fs::read_to_string(&trace)?, &super::data(&place)))
}

/// A line is `<thread> <call>(<arguments>) = …`; file descriptors and paths are absolute.
fn count(trace: &str, folder: &Path) -> BTreeMap<Call, u32> {
    let mut by_thread: BTreeMap<(Call, &str), u32> = BTreeMap::new();
    let below = format!("{}/", folder.display());
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((name, arguments)) = rest.trim_start().split_once('(') else { continue };
        let Some(name) = WRITING.into_iter().chain(READING).find(|known| *known == name) else { continue };
        let Some((_, path)) = arguments.split_once(&below) else { continue };
        let path = path.split(['"', '>']).next().unwrap_or_default().to_owned();
        *by_thread.entry((Call { name, path: format!("platform/{path}") }, thread)).or_default() += 1;
    }
    let mut most = BTreeMap::new();
    for ((call, _), times) in by_thread {
        let entry = most.entry(call).or_default();
        *entry = times.max(*entry);
    }
    most
}

/// Kinds of files, for the table.
fn class(path: &str) -> &'static str {
    let of_log = path.contains("/evidence");
    match path.rsplit('/').next().unwrap_or_default() {
        "xinyu.db" => "database",
        "xinyu.db-wal" => "write-ahead log",
        "xinyu.db-shm" => "index of it",
        name if of_log && name.starts_with("file-") => "new file of the log",
        _ if of_log => "folder or file of the log",
        _ => "keys and lock",
    }
}

fn strace(trace: &Path, calls: &str) -> Vec<String> {
    let known: BTreeSet<&str> = calls.split(',').collect();
    let calls = known.into_iter().collect::<Vec<_>>().join(",");
    let mut wrap: Vec<String> = ["strace", "-f", "-y", "-qq", "-o"].map(str::to_owned).into();
    wrap.extend([trace.display().to_string(), "-e".to_owned(), format!("trace={calls}")]);
    wrap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_thread_and_file() {
        let trace = "12 openat(AT_FDCWD</>, \"/p/platform/xinyu.db-wal\", O_RDWR) = 9</p/platform/xinyu.db-wal>\n\
            12 fdatasync(9</p/platform/xinyu.db-wal>) = 0\n\
            12 fdatasync(9</p/platform/xinyu.db-wal>) = 0\n\
            13 fdatasync(9</p/platform/xinyu.db-wal>) = 0\n\
            13 write(1<pipe:[5]>, \"acked\", 5) = 5\n\
            13 rename(\"/p/platform/evidence-new/s/file-0\", \"/p/platform/evidence/s/key\") = 0\n";
        let wal = "platform/xinyu.db-wal".to_owned();
        let expect = [
            (Call { name: "fdatasync", path: wal.clone() }, 2),
            (Call { name: "openat", path: wal }, 1),
            (Call { name: "rename", path: "platform/evidence-new/s/file-0".to_owned() }, 1),
        ];
        assert_eq!(count(trace, Path::new("/p/platform")), BTreeMap::from(expect));
    }
}
