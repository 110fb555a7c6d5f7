//! `cargo xtask interop edc`: our connector and another maker's with each other, in both directions.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::java;
use crate::report::Outcome;
use crate::tck::child::Running;
use crate::tck::{folder, subject};

/// Half a minute on an idle machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// The last step of the program's report.
const LAST: &str = "nothing is served any more";

/// Runs what is asked for.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    match arguments.first().map(String::as_str) {
        Some("edc") => subject::build().and_then(|()| edc()).map(drop),
        _ => bail!("with whom? There is: edc"),
    }
}

/// Catalogue, negotiation to FINALIZED and an HTTP pull with EDC, in both directions.
pub(crate) fn edc() -> anyhow::Result<Outcome> {
    let log = folder()?.join("interop-edc.log");
    let mut program = Command::new(subject::program("interop")?);
    program.arg(java::classpath("edc")?);
    let said = || format!("interop with EDC, see {}", log.display());
    let mut running = Running::start(&mut program, &log, PATIENCE).with_context(said)?;
    let mut is_whole = false;
    while let Some(line) = running.line().with_context(said)? {
        println!("edc {line}");
        is_whole |= line.contains(LAST);
    }
    if !is_whole {
        bail!("it did not come to its end: {}", said());
    }
    Ok(Outcome::Passed)
}
