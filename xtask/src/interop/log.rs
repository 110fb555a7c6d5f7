//! Our log before verifiers of other makers: pymerkle (Python), which builds the tree anew from the entries and judges head and receipt, and Tessera's fsck (Go),
//! which checks signature, entries and every tile. Each must accept the log of a demo as it is, and refuse it with one bit of one file turned.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use super::python;
use crate::command::{cargo, on_path, run};
use crate::project::{self, Project};
use crate::report::Outcome;
use crate::tck::{folder, port};

/// A verifier that is not ours.
struct Judge {
    name: &'static str,
    /// Brings it, the first time over the network.
    bring: fn() -> anyhow::Result<PathBuf>,
    /// How it is asked.
    ask: fn(&Path, &Log) -> Command,
    /// What it says of a log that holds.
    accepts: &'static str,
    /// What is falsified, and what it says then.
    refuses: &'static [(Flip, &'static str)],
}

/// What a demo left.
struct Log {
    evidence: PathBuf,
    receipt: PathBuf,
    /// The key of the SHA-256 tree alone: other makers' tools know no SM2.
    key: PathBuf,
}

/// A bit of a log.
#[derive(Clone, Copy, Debug)]
enum Flip {
    /// Of an entry of the first bundle.
    Entry,
    /// Of a hash of the first tile.
    Hash,
    /// Of the root that the checkpoint names.
    Root,
}

const JUDGES: &[Judge] = &[
    Judge {
        name: "pymerkle",
        bring: pymerkle,
        ask: |program, log| {
            let mut command = Command::new(program);
            command.args(["-c", SCRIPT]).args([&log.evidence, &log.receipt]);
            command
        },
        accepts: "accepted:",
        refuses: &[(Flip::Entry, "refused: the root"), (Flip::Root, "refused: the root")],
    },
    Judge {
        name: "Tessera's fsck",
        bring: tessera,
        ask: |program, log| {
            let mut command = Command::new(program);
            command.arg("--ui=false").arg(format!("--storage_url=file://{}/", log.evidence.display()));
            command.arg(format!("--public_key={}", log.key.display()));
            command
        },
        accepts: "Successfully fsck'd log",
        refuses: &[
            (Flip::Entry, "expected:"),
            (Flip::Hash, "expected:"),
            (Flip::Root, "failed to fetch and verify checkpoint"),
        ],
    },
];

/// Hashes of a full tile.
const WIDTH: u64 = 256;

const PYMERKLE: &str = "pymerkle==7.0.0";
const SCRIPT: &str = include_str!("log.py");
const TESSERA: &str = "github.com/transparency-dev/tessera/cmd/fsck@v1.0.4";

/// Builds the program anew.
pub(super) fn build() -> anyhow::Result<()> {
    run(&mut cargo(&["build", "--package", "xinyu-cli"]))
}

/// Every verifier that can be had on the log of a fresh demo.
pub(super) fn judged() -> anyhow::Result<Outcome> {
    let mut absent = Vec::new();
    let mut present = Vec::new();
    for judge in JUDGES {
        match (judge.bring)() {
            Ok(program) => present.push((judge, program)),
            Err(error) => absent.push(format!("{}: {error:#}", judge.name)),
        }
    }
    if !present.is_empty() {
        let log = demo()?;
        for (judge, program) in present {
            judge.judge(&program, &log).with_context(|| judge.name)?;
        }
    }
    Ok(if absent.is_empty() { Outcome::Passed } else { Outcome::LeftOut(absent.join("; ")) })
}

impl Judge {
    fn judge(&self, program: &Path, log: &Log) -> anyhow::Result<()> {
        let said = self.hear(program, log)?;
        if !said.contains(self.accepts) {
            bail!("does not accept the log: {}", beginning(&said));
        }
        println!("{}: {}", self.name, beginning(&said));
        for (flip, expect) in self.refuses {
            let false_log = log.falsified(*flip)?;
            let said = self.hear(program, &false_log)?;
            if said.contains(self.accepts) || !said.contains(expect) {
                bail!("does not refuse the log as falsified ({flip:?}): {}", beginning(&said));
            }
            println!("{}: refuses it with a bit turned: {flip:?}", self.name);
        }
        Ok(())
    }

    /// What it says: the word counts, since not all of them end with a status that tells.
    fn hear(&self, program: &Path, log: &Log) -> anyhow::Result<String> {
        let output = (self.ask)(program, log).output().context("does not start")?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }
}

impl Log {
    /// A copy with a bit turned.
    fn falsified(&self, flip: Flip) -> anyhow::Result<Log> {
        let evidence = self.evidence.with_file_name("falsified");
        let _ = std::fs::remove_dir_all(&evidence);
        run(Command::new("cp").arg("-r").arg(&self.evidence).arg(&evidence))?;
        let path = match flip {
            Flip::Entry => first(&evidence, "entries")?,
            Flip::Hash => first(&evidence, "0")?,
            Flip::Root => evidence.join("checkpoint"),
        };
        let mut bytes = std::fs::read(&path)?;
        let from = match flip {
            Flip::Entry | Flip::Hash => bytes.len() / 2,
            Flip::Root => bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(<[u8]>::len).sum(),
        };
        // A letter that becomes another one: what is falsified can still be read.
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() && (byte ^ 1).is_ascii_alphanumeric();
        let byte = bytes.iter_mut().skip(from).find(|byte| is_letter(**byte)).context("there is nothing to falsify")?;
        *byte ^= 1;
        std::fs::write(&path, bytes)?;
        Ok(Log { evidence, receipt: self.receipt.clone(), key: self.key.clone() })
    }
}

/// Some print whole tiles.
fn beginning(said: &str) -> String {
    said.trim().chars().take(600).collect()
}

/// The first tile or bundle at the size of a log; those of earlier sizes may stand beside it, and nobody reads them.
fn first(log: &Path, content: &str) -> anyhow::Result<PathBuf> {
    let checkpoint = std::fs::read_to_string(log.join("checkpoint"))?;
    let size: u64 = checkpoint.lines().nth(1).context("the checkpoint names no size")?.parse()?;
    let name = if size < WIDTH { format!("000.p/{size}") } else { "000".to_owned() };
    Ok(log.join("tile").join(content).join(name))
}

/// Performs the demo to its end, on ports that are free.
fn demo() -> anyhow::Result<Log> {
    let program = project::target(&Project::read()?.metadata).join("debug").join("xinyu");
    if !program.is_file() {
        build()?;
    }
    let place = folder()?.join("log");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place)?;
    let mut demo = Command::new(program);
    demo.args(["demo", "--exit", "--json", "--port", &port::row(4, 10)?.to_string(), "--data-dir"]);
    let report: Value = serde_json::from_str(&project::output(demo.arg(place.join("data")))?)?;
    let path = |name: &str| {
        let told = report.get(name).and_then(Value::as_str);
        told.map(PathBuf::from).with_context(|| format!("the demo's report has no {name}"))
    };
    let (evidence, receipt, key) = (place.join("evidence"), path("receipt_file")?, place.join("key"));
    run(Command::new("cp").arg("-r").arg(path("evidence_dir")?).arg(&evidence))?;
    let keys = std::fs::read_to_string(evidence.join("key"))?;
    std::fs::write(&key, keys.lines().next().context("the log names no key")?)?;
    Ok(Log { evidence, receipt, key })
}

fn pymerkle() -> anyhow::Result<PathBuf> {
    Ok(python("pymerkle", PYMERKLE)?.join("python"))
}

/// Go compiles it, which takes a minute the first time.
fn tessera() -> anyhow::Result<PathBuf> {
    let programs = folder()?.join("tessera");
    let (program, brought) = (programs.join("fsck"), programs.join("stamp"));
    if std::fs::read_to_string(&brought).is_ok_and(|version| version == TESSERA) {
        return Ok(program);
    }
    let usual = Path::new("/usr/local/go/bin/go");
    let go = if on_path("go") || !usual.is_file() { Path::new("go") } else { usual };
    let mut install = Command::new(go);
    install.args(["install", TESSERA]).env("GOBIN", &programs).env("GOFLAGS", "-mod=mod");
    project::output(&mut install).context("Go cannot bring it")?;
    std::fs::write(brought, TESSERA)?;
    Ok(program)
}
