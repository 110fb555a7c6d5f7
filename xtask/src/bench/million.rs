//! The catalogue with a million products: the index, and what PostgreSQL has to do for a page of it. It takes some minutes and 3 GB, most of it for taking the products in, and prints its
//! own lines.

use std::process::{Command, Stdio};

use anyhow::Context;

use super::sample;
use crate::project;

/// What it is called on the command line.
pub(super) const NAME: &str = "million";

/// An example and its argument, one line each.
const PARTS: [(&str, &str); 2] = [("bench_listings", "postgres"), ("bench_catalogue", "1000000")];

/// Builds and runs both, once.
pub(super) fn run() -> anyhow::Result<()> {
    for (example, argument) in PARTS {
        let program = super::example(example).with_context(|| format!("{example} cannot be built"))?;
        let printed = project::output(Command::new(program).arg(argument).stderr(Stdio::inherit()))?;
        for line in printed.lines() {
            if let Some(row) = sample::row(&[sample::parse(line)?]) {
                println!("{row}");
            }
        }
    }
    Ok(())
}
