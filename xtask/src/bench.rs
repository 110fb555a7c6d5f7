//! `cargo xtask bench`: what the release build achieves on this machine, as a table of medians with their spread.
//!
//! A library's figures come from its `examples/bench_<name>.rs`, which does each thing once for a moment and prints one line a figure (see
//! [`sample`]); a package apart does the same beside peers that are too heavy for the workspace; the program's come from running it. Every source is
//! run [`RUNS`] times in turn, so that a slow minute of the machine falls on all of them; one that needs a minute for itself, and asks each thing a thousand times in it, runs [`ONCE`]. To add a figure is one line in the example; to add a source is
//! one line in [`SOURCES`]. What needs minutes for one run, in [`NAMED`], has a table of its own and runs only when it is named.

mod demo;
mod dsp;
mod million;
mod openssl;
mod peers;
mod recognise;
mod restart;
mod sample;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::command::{cargo, run as run_command};
use crate::project;
use sample::Sample;

/// How often everything is measured; the median of seven is not moved by three bad runs.
const RUNS: usize = 7;
/// A source that is its own repetition: its lines are medians and 99th percentiles already.
const ONCE: usize = 1;

/// Where figures come from.
struct Source {
    name: &'static str,
    package: &'static str,
    kind: Kind,
    runs: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    /// `examples/bench_<name>.rs` of the package.
    Example,
    /// `examples/bench_<this>.rs` of the package, where another's is called as the source.
    Called(&'static str),
    /// `src/bin/bench_<name>.rs` of the package: what needs whole nodes.
    Nodes,
    /// The package of this folder, which is none of the workspace: what it is compared with is heavy, and nobody else shall compile it.
    Apart(&'static str),
    /// A program of another maker that is brought by the first function, and measured by the second; without it, by running it as ours are.
    Foreign(fn() -> anyhow::Result<PathBuf>, Option<Measure>),
    /// The program itself, driven by a function that is given its path.
    Program(Measure),
}

type Measure = fn(&Path) -> anyhow::Result<Vec<Sample>>;

/// One line each.
const SOURCES: &[Source] = &[
    Source { name: "crypto", package: "xinyu-crypto", kind: Kind::Example, runs: RUNS },
    Source { name: "identity", package: "xinyu-identity", kind: Kind::Example, runs: RUNS },
    Source { name: "policy", package: "policy-peers", kind: Kind::Apart("xtask/peers/policy"), runs: RUNS },
    Source { name: "usage", package: "xinyu-testkit", kind: Kind::Nodes, runs: RUNS },
    Source { name: "evidence", package: "xinyu-evidence", kind: Kind::Example, runs: RUNS },
    Source { name: "evidence", package: "xinyu-testkit", kind: Kind::Nodes, runs: RUNS },
    Source { name: "evidence", package: "Tessera", kind: Kind::Foreign(peers::tessera, None), runs: RUNS },
    Source { name: "evidence", package: "ledger-peer", kind: Kind::Apart("xtask/peers/ledger"), runs: RUNS },
    Source {
        name: "evidence",
        package: "PostgreSQL",
        kind: Kind::Foreign(peers::postgres, Some(peers::inserts)),
        runs: RUNS,
    },
    Source { name: "lineage", package: "xinyu-store", kind: Kind::Example, runs: RUNS },
    Source { name: "catalogue", package: "xinyu-search", kind: Kind::Example, runs: ONCE },
    Source { name: "catalogue", package: "xinyu-store", kind: Kind::Called("listings"), runs: ONCE },
    Source { name: "catalogue", package: "xinyu-testkit", kind: Kind::Called("harvest"), runs: ONCE },
    Source { name: "catalogue", package: "xinyu-discovery", kind: Kind::Called("profile"), runs: ONCE },
    Source {
        name: "catalogue",
        package: "Presidio",
        kind: Kind::Foreign(recognise::presidio, Some(recognise::measured)),
        runs: ONCE,
    },
    Source { name: "demo", package: "xinyu-cli", kind: Kind::Program(demo::measure), runs: RUNS },
];

/// What runs by itself, only when it is named.
struct Named {
    name: &'static str,
    run: fn() -> anyhow::Result<()>,
}

/// One line each.
const NAMED: &[Named] = &[
    Named { name: dsp::NAME, run: dsp::run },
    Named { name: million::NAME, run: million::run },
    Named { name: restart::NAME, run: restart::run },
];

/// Measures one source or all, prints the table.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let wanted = arguments.first().map(String::as_str);
    if let Some(named) = NAMED.iter().find(|named| wanted == Some(named.name)) {
        return (named.run)();
    }
    let sources: Vec<&Source> = SOURCES.iter().filter(|source| wanted.is_none_or(|name| name == source.name)).collect();
    if sources.is_empty() {
        let known: Vec<&str> =
            SOURCES.iter().map(|source| source.name).chain(NAMED.iter().map(|named| named.name)).collect();
        bail!("no bench of that name; there are: {}", known.join(", "));
    }
    let mut built = Vec::new();
    for source in sources {
        match build(source) {
            Ok(program) => built.push((source, program)),
            Err(error) if matches!(source.kind, Kind::Foreign(..)) => {
                println!("{} is left out: {error:#}", source.package);
            }
            Err(error) => return Err(error),
        }
    }
    let mut figures: BTreeMap<(usize, usize), Vec<Sample>> = BTreeMap::new();
    for round in 1..=RUNS {
        for (at, (source, program)) in built.iter().enumerate().filter(|(_, (source, _))| round <= source.runs) {
            println!("run {round} of {}: {} ({})", source.runs, source.name, source.package);
            let samples = measure(source, program).with_context(|| format!("bench {}", source.name))?;
            for (line, sample) in samples.into_iter().enumerate() {
                figures.entry((at, line)).or_default().push(sample);
            }
        }
    }
    println!("\n{:32} {:>14} {:>28}", "what", "median", "least … most");
    for samples in figures.values() {
        if let Some(row) = sample::row(samples) {
            println!("{row}");
        }
    }
    Ok(())
}

/// Brings a source; the path of what was built.
fn build(source: &Source) -> anyhow::Result<PathBuf> {
    match source.kind {
        Kind::Foreign(bring, _) => bring(),
        Kind::Example => example(&format!("bench_{}", source.name)),
        Kind::Called(name) => example(&format!("bench_{name}")),
        Kind::Nodes => binary(&format!("bench_{}", source.name)),
        Kind::Program(_) => binary("xinyu"),
        Kind::Apart(place) => apart(source.package, place),
    }
    .with_context(|| format!("bench {} cannot be built", source.name))
}

/// An example of the workspace in the release profile.
fn example(name: &str) -> anyhow::Result<PathBuf> {
    Ok(release(&["--workspace", "--example", name])?.join("examples").join(name))
}

/// A program of the workspace in the release profile. All of the workspace is named, so that whatever is measured rests on crates with the same features, and
/// nothing is compiled again for another bench.
fn binary(name: &str) -> anyhow::Result<PathBuf> {
    Ok(release(&["--workspace", "--bin", name])?.join(name))
}

/// The folder of what was built.
fn release(arguments: &[&str]) -> anyhow::Result<PathBuf> {
    run_command(cargo(&["build", "--release"]).args(arguments))?;
    Ok(project::target(&project::Project::read()?.metadata).join("release"))
}

/// A package that is none of the workspace.
fn apart(package: &str, place: &str) -> anyhow::Result<PathBuf> {
    let project = project::Project::read()?;
    let target = project::target(&project.metadata);
    let mut build = cargo(&["build", "--release", "--package", package, "--bin", package, "--locked"]);
    build.arg("--manifest-path").arg(project.root.join(place).join("Cargo.toml"));
    build.env("CARGO_TARGET_DIR", &target);
    run_command(&mut build)?;
    Ok(target.join("release").join(package))
}

/// One run of one source.
fn measure(source: &Source, program: &Path) -> anyhow::Result<Vec<Sample>> {
    match source.kind {
        Kind::Program(measure) | Kind::Foreign(_, Some(measure)) => measure(program),
        Kind::Example | Kind::Called(_) | Kind::Nodes | Kind::Apart(_) | Kind::Foreign(_, None) => {
            let mut program = Command::new(program);
            if let Some(corpus) = recognise::corpus() {
                program.env("XINYU_CORPUS", corpus);
            }
            let printed = project::output(&mut program)?;
            let mut samples = Vec::new();
            for line in printed.lines() {
                let sample = sample::parse(line)?;
                let beside = openssl::beside(&sample)?;
                samples.push(sample);
                samples.extend(beside);
            }
            Ok(samples)
        }
    }
}
