//! Our connector as the kits' subject: the test kit's program of that name, with the seeds and the script that the kits need.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::child::Running;
use super::kit::{self, DCP, DPS, DSP, Kit, callback, folder};
use super::port;
use crate::command::{cargo, run as run_command};
use crate::project::{self, Project};
use crate::report::Outcome;

/// The subject is up within a second; a busy machine may take longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// The Dataspace Protocol kit on our connector.
pub(crate) fn dsp() -> anyhow::Result<Outcome> {
    on_ours(&DSP, "dsp")
}

/// The Data Plane Signaling kit on our connector: control plane and data plane.
pub(crate) fn dps() -> anyhow::Result<Outcome> {
    on_ours(&DPS, "dps")
}

/// The Decentralized Claims Protocol kit on our connector and its platform.
pub(crate) fn dcp() -> anyhow::Result<Outcome> {
    for (role, kit) in &DCP {
        on_ours(kit, role)?;
    }
    Ok(Outcome::Passed)
}

/// Builds the subject anew.
pub(crate) fn build() -> anyhow::Result<()> {
    run_command(&mut cargo(&["build", "--package", "xinyu-testkit", "--bins"]))
}

fn on_ours(kit: &Kit, name: &str) -> anyhow::Result<Outcome> {
    let [port] = port::free()?;
    let mut command = Command::new(program("subject")?);
    command.arg(callback(port));
    let mut subject = Running::start(&mut command, &folder()?.join(format!("subject-{name}.log")), PATIENCE)?;
    let told = subject.line()?.context("the subject ended before it said what the kit must be told")?;
    let told: Value = serde_json::from_str(&told).context("what the subject says is no JSON")?;
    let told = told.get(name).cloned().context("the subject does not know this kit")?;
    let told: BTreeMap<String, String> = serde_json::from_value(told)?;
    // Where the kit listens is what the subject was told.
    let properties: Vec<_> = told.into_iter().filter(|(key, _)| key != "dataspacetck.callback.address").collect();
    kit::run(kit, port, &properties)?;
    Ok(Outcome::Passed)
}

/// A program of the test kit, which the tests have built or [`build`] has.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = project::target(&Project::read()?.metadata).join("debug").join(name);
    if path.is_file() {
        return Ok(path);
    }
    build()?;
    Ok(path)
}
