//! The catalogue with a million products: the index, and what PostgreSQL has to do for a page of it. It takes some minutes and 3 GB, most of it for taking the products in, and prints its
//! own lines.

use std::process::{Command, Stdio};

use anyhow::Context;

use super::sample;
use crate::command::{cargo, run as run_command};
use crate::project;

/// What it is called on the command line.
pub(super) const NAME: &str = "million";

/// Package, example and its argument, one line each.
const PARTS: [(&str, &str, &str); 2] =
    [("xinyu-store", "bench_listings", "postgres"), ("xinyu-search", "bench_catalogue", "1000000")];

/// Builds and runs both, once.
pub(super) fn run() -> anyhow::Result<()> {
    let target = project::target(&project::Project::read()?.metadata);
    for (package, example, argument) in PARTS {
        let arguments = ["build", "--release", "--package", package, "--example", example];
        run_command(&mut cargo(&arguments)).with_context(|| format!("{example} cannot be built"))?;
        let program = target.join("release/examples").join(example);
        let printed = project::output(Command::new(program).arg(argument).stderr(Stdio::inherit()))?;
        for line in printed.lines() {
            if let Some(row) = sample::row(&[sample::parse(line)?]) {
                println!("{row}");
            }
        }
    }
    Ok(())
}
