//! Recognition of personal data on text made by Faker, ours and Presidio's on the same corpus in the same run. Both come from PyPI by pip; without them ours is
//! measured on sentences of our own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::sample::{self, Sample};
use crate::interop::python;
use crate::project::{self, Project};
use crate::tck::folder;

/// The corpus is the same with the same Faker: its lists of names change with its versions.
const FAKER: &str = "Faker==40.63.0";
const PRESIDIO: &str = "presidio-analyzer==2.2.366";
const ENVIRONMENT: &str = "recognise";
const DOCUMENTS: &str = "20000";
const SEED: &str = "20261128";

/// Brings Faker and Presidio, makes the corpus; the Python that has them.
pub(super) fn presidio() -> anyhow::Result<PathBuf> {
    let python_of_faker = python(ENVIRONMENT, FAKER)?.join("python");
    let mut make = Command::new(&python_of_faker);
    make.arg(script("corpus.py")?).arg(place()?).args([DOCUMENTS, SEED]);
    project::output(&mut make).context("the corpus cannot be made")?;
    python(ENVIRONMENT, PRESIDIO)?;
    Ok(python_of_faker)
}

/// One run of Presidio on the corpus.
pub(super) fn measured(python: &Path) -> anyhow::Result<Vec<Sample>> {
    let printed = project::output(Command::new(python).arg(script("presidio.py")?).arg(place()?))?;
    printed.lines().map(sample::parse).collect()
}

/// The corpus, once it was made.
pub(super) fn corpus() -> Option<PathBuf> {
    place().ok().filter(|corpus| corpus.is_file())
}

fn place() -> anyhow::Result<PathBuf> {
    Ok(folder()?.join("recognise.jsonl"))
}

fn script(name: &str) -> anyhow::Result<PathBuf> {
    Ok(Project::read()?.root.join("xtask/peers/recognise").join(name))
}
