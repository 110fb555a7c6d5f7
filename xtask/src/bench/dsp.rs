//! Negotiations and transfers a second, two of our connectors with each other, and two of another maker's by the same harness in the same run. The program
//! prints its own table; each row is hundreds of processes, with their median and 99th percentile.

use std::process::Command;

use anyhow::Context;

use crate::command::run as run_command;
use crate::java;

/// What it is called on the command line.
pub(super) const NAME: &str = "dsp";

/// Builds and runs it. Without Java there is nothing to compare with, which is said.
pub(super) fn run() -> anyhow::Result<()> {
    let program = super::binary("bench_dsp").context("bench dsp cannot be built")?;
    let mut command = Command::new(program);
    match java::classpath("edc") {
        Ok(classpath) => drop(command.arg(classpath)),
        Err(error) => println!("nothing to compare with: {error:#}"),
    }
    run_command(&mut command)
}
