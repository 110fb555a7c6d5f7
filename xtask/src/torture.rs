//! `cargo xtask torture`: the append path of a platform's log, killed, starved of its disk call by call, and torn; docs/torture.md. The tests do a sample of it.

use std::process::Command;

use crate::command::{cargo, run as run_command};
use crate::java::need;
use crate::project::{self, Project};

/// How often the program is killed at a drawn moment.
const KILLS: &str = "1000";
/// Every fault, not every n-th.
const STEP: &str = "1";

/// Builds the program that suffers and lets it do everything.
pub(crate) fn run(_: &[String]) -> anyhow::Result<()> {
    need("strace", "strace")?;
    run_command(&mut cargo(&["build", "--package", "xinyu-testkit", "--bins"]))?;
    let program = project::target(&Project::read()?.metadata).join("debug").join("torture");
    run_command(Command::new(program).args(["all", KILLS, STEP]))
}
