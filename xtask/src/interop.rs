//! `cargo xtask interop edc`: our connector and another maker's with each other, in both directions; `oidc`: a login by another maker's provider; `log`: our log
//! before other makers' verifiers; `metadata`: our descriptions of data sets before the tools of the formats' makers; `objects`: our reader of object stores before
//! another maker's server; `streams`: our reader of streams before Kafka.

mod log;
mod metadata;
mod objects;
mod streams;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::command;
use crate::java;
use crate::report::Outcome;
use crate::tck::child::Running;
use crate::tck::{folder, subject};

/// Half a minute on an idle machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs what is asked for.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    match arguments.first().map(String::as_str) {
        Some("edc") => subject::build().and_then(|()| edc()).map(drop),
        Some("dcp") => subject::build().and_then(|()| dcp()).map(drop),
        Some("oidc") => oidc(),
        Some("log") => by_all(log::build().and_then(|()| log())?),
        Some("metadata") => by_all(metadata()?),
        Some("objects") => by_all(objects()?),
        Some("streams") => by_all(streams()?),
        _ => bail!(
            "with whom? There is: edc, dcp for EDC that knows us by credentials, oidc for a provider of identities, log for verifiers of the log, metadata for tools of the formats of metadata, objects for a server of objects, streams for a server of streams"
        ),
    }
}

fn by_all(outcome: Outcome) -> anyhow::Result<()> {
    match outcome {
        Outcome::Passed => Ok(()),
        Outcome::LeftOut(why) => bail!("not judged by all: {why}"),
    }
}

/// Descriptions of data sets before frictionless, csvw, pyshacl, openapi-spec-validator, sqlglot, SQLite and mlcroissant.
pub(crate) fn metadata() -> anyhow::Result<Outcome> {
    metadata::judged()
}

/// Sources in an object store, read from moto.
pub(crate) fn objects() -> anyhow::Result<Outcome> {
    objects::read()
}

/// Sources in topics, read from Apache Kafka.
pub(crate) fn streams() -> anyhow::Result<Outcome> {
    streams::read()
}

/// The log of the demo before pymerkle and Tessera's fsck.
pub(crate) fn log() -> anyhow::Result<Outcome> {
    log::judged()
}

/// Catalogue, negotiation to FINALIZED and an HTTP pull with EDC, in both directions.
pub(crate) fn edc() -> anyhow::Result<Outcome> {
    run("edc", "interop", "nothing is served any more")
}

/// EDC with its modules of the Decentralized Claims Protocol: it accepts the credentials that our platform issues, and we those that it shows.
pub(crate) fn dcp() -> anyhow::Result<Outcome> {
    run("edc-dcp", "interop_dcp", "EDC refuses us")
}

/// A login by another maker's provider of identities (Python, on Authlib), which pip brings.
fn oidc() -> anyhow::Result<()> {
    let program = python("oidc", OIDC_PROVIDER)?.join("oidc-provider-mock");
    let test = ["test", "--package", "xinyu-testkit", "--test", "access", "another_maker_s_provider"];
    command::run(command::cargo(&test).env("XINYU_OIDC_PROVIDER", program))
}

const OIDC_PROVIDER: &str = "oidc-provider-mock==0.3.4";

/// The programs of a Python environment of that name, into which pip brings a package once.
pub(crate) fn python(name: &str, package: &str) -> anyhow::Result<PathBuf> {
    let environment = folder()?.join(name);
    let programs = environment.join("bin");
    let brought = environment.join(format!("{package}.stamp"));
    if !brought.exists() {
        command::run(Command::new("python3").args(["-m", "venv"]).arg(&environment)).context("python3 is needed")?;
        let mut pip = Command::new(programs.join("pip"));
        command::run(pip.args(["install", "--quiet", package]))
            .with_context(|| format!("pip cannot bring {package}"))?;
        std::fs::write(brought, "")?;
    }
    Ok(programs)
}

/// Runs a program of the test kit whose report ends with `last`.
fn run(java: &str, program: &str, last: &str) -> anyhow::Result<Outcome> {
    let log = folder()?.join(format!("interop-{java}.log"));
    let mut program = Command::new(subject::program(program)?);
    program.arg(java::classpath(java)?);
    let said = || format!("interop with EDC, see {}", log.display());
    let mut running = Running::start(&mut program, &log, PATIENCE).with_context(said)?;
    let mut is_whole = false;
    while let Some(line) = running.line().with_context(said)? {
        println!("{java} {line}");
        is_whole |= line.contains(last);
    }
    if !is_whole {
        bail!("it did not come to its end: {}", said());
    }
    Ok(Outcome::Passed)
}
