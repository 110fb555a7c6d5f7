//! `cargo xtask test`: the test command of the README. Format, tidy, licences, then build, lints, tests and API pages in one pass.
//!
//! One pass, because every pass of its own compiles the dependencies once more (`cargo clippy` and `cargo doc` only check them, which
//! shares nothing with a build): clippy is the workspace's compiler, and rustdoc writes the pages when it is asked for the doc tests.
//! The dependencies are then those of `cargo run`, built once.

mod machine;
pub(crate) mod rustdoc;

use std::cell::RefCell;
use std::process::Command;

use crate::command::{cargo, on_path, run as run_command, succeeds, watch};
use crate::project::{self, Project};
use crate::report::{Outcome, Report};
use crate::{encoder, interop, java, tck, tidy};

/// Runs every step, then says how each went. `--quick`: unit tests only, nothing installed.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let quick = asked("--quick");
    let mut report = Report::new();
    if !quick {
        report.step("machine", || machine::prepare(!asked("--no-install")));
        machine::left_out().into_iter().for_each(|note| report.note(note));
    }
    if !clippy_installed() {
        report.note("clippy is not installed (rustup component add clippy): lints are left out".to_owned());
    }
    report.step("format", format);
    report.step("tidy", || tidy::check(&Project::read()?));
    if !quick {
        report.step("dependencies", dependencies);
        report.step("advisories", advisories);
    }
    if !quick {
        report.step("the model of the search by meaning", encoder::step);
    }
    report.step(if quick { "build, lints, unit tests" } else { "build, lints, tests, API pages" }, || tests(quick));
    if !quick {
        report.step("official kit: Dataspace Protocol", || with_java("dsp-tck", tck::subject::dsp));
        report.step("official kit: Data Plane Signaling", || with_java("dps-tck", tck::subject::dps));
        report.step("official kit: Decentralized Claims Protocol", || with_java("dcp-tck", tck::subject::dcp));
        report.step("another maker's connector: EDC", || with_java("edc", interop::edc));
        report.step("EDC that knows us by credentials", || with_java("edc-dcp", interop::dcp));
        report.step("other makers' verifiers of the log: pymerkle, Tessera", interop::log);
        report.step("the formats' own tools for metadata", interop::metadata);
        report.step("another maker's object store: moto", interop::objects);
        report.step("another maker's streams: Kafka", interop::streams);
    }
    report.finish()
}

/// `cargo xtask ci`: the build server's script, so that a person can run the same.
pub(crate) fn ci(_: &[String]) -> anyhow::Result<()> {
    run_command(Command::new(project::root().join(".ci/run")).current_dir(project::root()))
}

/// Runs what needs a Java program, where it can be had.
fn with_java(name: &str, run: fn() -> anyhow::Result<Outcome>) -> anyhow::Result<Outcome> {
    match java::classpath(name) {
        Ok(_) => run(),
        Err(error) => Ok(Outcome::LeftOut(format!("{error:#}"))),
    }
}

fn format() -> anyhow::Result<Outcome> {
    if !succeeds("rustfmt", &["--version"]) {
        return Ok(Outcome::LeftOut("rustfmt is not installed (rustup component add rustfmt)".to_owned()));
    }
    run_command(&mut cargo(&["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

/// Licences, bans and sources. Installing cargo-deny compiles for minutes: whoever has it runs it.
fn dependencies() -> anyhow::Result<Outcome> {
    if !on_path("cargo-deny") {
        return Ok(Outcome::LeftOut("cargo-deny is not installed (cargo install --locked cargo-deny)".to_owned()));
    }
    run_command(&mut deny(&["bans", "licenses", "sources"]))?;
    Ok(Outcome::Passed)
}

/// Known faults of what we depend on; the database of them comes from the network.
fn advisories() -> anyhow::Result<Outcome> {
    if !on_path("cargo-deny") {
        return Ok(Outcome::LeftOut("cargo-deny is not installed".to_owned()));
    }
    if run_command(&mut cargo(&["deny", "--workspace", "fetch", "db"])).is_err() {
        return Ok(Outcome::LeftOut("the database of advisories cannot be reached".to_owned()));
    }
    run_command(&mut deny(&["advisories"]))?;
    Ok(Outcome::Passed)
}

fn deny(what: &[&str]) -> Command {
    let mut command = cargo(&["deny", "--workspace", "check", "--hide-inclusion-graph"]);
    command.args(what);
    command
}

/// Where the cases of property tests are drawn from. The test command draws the same each time, so that what it says depends on the project alone;
/// `cargo test` draws new ones, and `PROPTEST_CASES` and `PROPTEST_RNG_SEED` go before.
const DRAWN_FROM: (&str, &str) = ("PROPTEST_RNG_SEED", "20260101");

/// The tests of the workspace as this command builds them: whoever wants one of them asks like this, and nothing is compiled again.
pub(crate) fn workspace() -> Command {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if clippy_installed() {
        command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-Dwarnings__CLIPPY_HACKERY__");
    }
    let (name, seed) = DRAWN_FROM;
    if std::env::var_os(name).is_none() {
        command.env(name, seed);
    }
    command
}

fn tests(quick: bool) -> anyhow::Result<Outcome> {
    let mut command = workspace();
    if quick {
        command.args(["--lib", "--bins"]);
    }
    let metadata = Project::read()?.metadata;
    rustdoc::install(&mut command, &project::target(&metadata).join("doc"))?;
    let failed = RefCell::new(Vec::new());
    let look = |line: &str| {
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            failed.borrow_mut().push(name.to_owned());
        }
    };
    // The summary names them: whoever reads the end of a long log needs no more.
    let why = || match failed.borrow().as_slice() {
        [] => ": no test failed, so it is the build, the lints or the API pages".to_owned(),
        names => format!(": {}", names.join(", ")),
    };
    watch(&mut command, look, why)?;
    Ok(Outcome::Passed)
}

fn clippy_installed() -> bool {
    succeeds("clippy-driver", &["--version"])
}
