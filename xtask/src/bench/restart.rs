//! How soon a platform with ten million entries is there again after a crash. The program fills a log first, which takes seven minutes and some 25 GB on two processors, and prints its
//! own lines.

use std::process::{Command, Stdio};

use anyhow::Context;

use super::sample;
use crate::project;

/// What it is called on the command line.
pub(super) const NAME: &str = "restart";

/// Builds and runs it, once.
pub(super) fn run() -> anyhow::Result<()> {
    let program = super::binary("bench_restart").context("bench restart cannot be built")?;
    let printed = project::output(Command::new(program).stderr(Stdio::inherit()))?;
    for line in printed.lines() {
        if let Some(row) = sample::row(&[sample::parse(line)?]) {
            println!("{row}");
        }
    }
    Ok(())
}
