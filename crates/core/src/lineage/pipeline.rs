//! What a member's own data pipelines tell of their runs (OpenLineage 2-0-2), folded so that duplicate, late and disordered events come to the same: a run and a
//! dataset are what all their events say together, and where two differ, the later one by its own time holds, then the greater. Pure.

pub mod place;
pub mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;

use crate::fault::Rejection;

/// Datasets that one run reads, and that one writes, at most.
pub const MOST_DATASETS: usize = 100;
/// Length of a key.
const KEY: usize = 32;

/// By what a job or a dataset is known: a name in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Such as `postgres://host:5432` or `file`.
    pub namespace: String,
    /// Such as `sales.public.orders` or `/data/orders.csv`.
    pub name: String,
}

impl Name {
    /// A name in a namespace.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// What a dataset of this name is known by here: 32 hexadecimal digits, the same at every connector.
    #[must_use]
    pub fn key(&self) -> String {
        digest("xinyu-dataset-1", [self.namespace.as_str(), self.name.as_str()])
    }

    /// What the evidence calls a dataset: known to whoever has the salt, and no name to anybody else.
    #[must_use]
    pub fn salted(&self, salt: &str) -> String {
        digest("xinyu-source-1", [salt, &self.namespace, &self.name])
    }
}

/// What the evidence calls a run.
#[must_use]
pub fn salted_run(salt: &str, run: &str) -> String {
    digest("xinyu-run-1", [salt, run])
}

fn digest<const N: usize>(purpose: &str, parts: [&str; N]) -> String {
    let mut hasher = Suite::Intl.hasher();
    for part in [purpose].into_iter().chain(parts) {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_string().chars().take(KEY).collect()
}

/// What happened to a run. Of two at one time the greater holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Moment {
    /// Something about it was told.
    Other,
    /// It goes on.
    Running,
    /// It began.
    Start,
    /// It came to its end.
    Complete,
    /// It was stopped.
    Abort,
    /// It failed.
    Fail,
}

impl Moment {
    /// Whether nothing of it comes after this.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Complete | Self::Abort | Self::Fail)
    }
}

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as the pipeline calls it.
    pub kind: String,
}

/// From which column of which dataset a column is made, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnStep {
    /// The column that is made; none if all rows depend on it, as on a filter.
    pub to: Option<String>,
    /// The dataset that is read.
    pub from: Name,
    /// Its column.
    pub column: String,
    /// `DIRECT` or `INDIRECT`; empty if it is not told.
    pub kind: String,
    /// Such as `IDENTITY`, `AGGREGATION` or `FILTER`.
    pub subtype: String,
    /// Whether the value cannot be told from what is made.
    pub is_masked: bool,
    /// In words.
    pub description: String,
}

/// What one event says of a dataset; what it does not say stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Its columns.
    pub columns: Option<Vec<Column>>,
    /// Other names of it.
    pub symlinks: Option<Vec<Name>>,
    /// What the pipeline calls the place that it lies in. Never its address, which may hold a password.
    pub source: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What the run did to it, such as `OVERWRITE` or `DROP`.
    pub lifecycle: Option<String>,
    /// From which columns its columns are made, when it is written.
    pub made_from: Option<Vec<ColumnStep>>,
}

/// A dataset in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentioned {
    /// By what it is known.
    pub name: Name,
    /// What is said of it.
    pub facets: Facets,
}

/// One event, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEvent {
    /// What happened.
    pub moment: Moment,
    /// When, by the pipeline's clock.
    pub at: Timestamp,
    /// The run, a UUID in its hyphenated lower-case form.
    pub run: String,
    /// Its job.
    pub job: Name,
    /// The run that it is part of.
    pub parent: Option<Parent>,
    /// Who tells.
    pub producer: String,
    /// What it reads.
    pub inputs: Vec<Mentioned>,
    /// What it writes.
    pub outputs: Vec<Mentioned>,
}

/// The run that a run is part of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The run.
    pub run: String,
    /// Its job.
    pub job: Name,
}

/// What was said last: the later by its own time holds, of two at one time the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated<T> {
    /// When it was said.
    pub at: Timestamp,
    /// What.
    pub value: T,
}

fn later<T: Ord>(one: Option<Dated<T>>, other: Option<Dated<T>>) -> Option<Dated<T>> {
    // None is less than anything.
    one.max(other)
}

/// How a run stands: an end holds against what is no end, then the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Whether it is over.
    pub is_over: bool,
    /// Since when.
    pub at: Timestamp,
    /// By what.
    pub moment: Moment,
}

impl Standing {
    /// `running`, `complete`, `failed` or `aborted`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self.moment {
            Moment::Complete => "complete",
            Moment::Fail => "failed",
            Moment::Abort => "aborted",
            Moment::Start | Moment::Running | Moment::Other => "running",
        }
    }
}

/// A dataset that a run writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// By what it is known.
    pub name: Name,
    /// From which columns its columns are made.
    pub made_from: Option<Dated<Vec<ColumnStep>>>,
}

/// A run: what all its events say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// A UUID.
    pub id: String,
    /// How it stands.
    pub standing: Standing,
    /// When it began, if that was told.
    pub started_at: Option<Timestamp>,
    /// Its job.
    pub job: Dated<Name>,
    /// What it is part of.
    pub parent: Option<Dated<Parent>>,
    /// Who tells.
    pub producer: Dated<String>,
    /// What it reads, by key.
    pub inputs: BTreeMap<String, Name>,
    /// What it writes, by key.
    pub outputs: BTreeMap<String, Output>,
}

impl Run {
    /// What one event says of its run.
    #[must_use]
    pub fn of(event: &RunEvent) -> Self {
        let at = event.at;
        let output = |one: &Mentioned| {
            let made_from = one.facets.made_from.clone().map(|value| Dated { at, value });
            (one.name.key(), Output { name: one.name.clone(), made_from })
        };
        let mut run = Self {
            id: event.run.clone(),
            standing: Standing { is_over: event.moment.is_end(), at, moment: event.moment },
            started_at: (event.moment == Moment::Start).then_some(at),
            job: Dated { at, value: event.job.clone() },
            parent: event.parent.clone().map(|value| Dated { at, value }),
            producer: Dated { at, value: event.producer.clone() },
            inputs: event.inputs.iter().map(|one| (one.name.key(), one.name.clone())).collect(),
            outputs: BTreeMap::new(),
        };
        event.outputs.iter().map(output).for_each(|(key, output)| run.write(key, output));
        run
    }

    fn write(&mut self, key: String, output: Output) {
        match self.outputs.get_mut(&key) {
            Some(there) => there.made_from = later(there.made_from.take(), output.made_from),
            None => {
                self.outputs.insert(key, output);
            }
        }
    }

    /// Joins what other events say of the same run; in which order does not matter.
    ///
    /// # Errors
    /// If it then reads or writes too many datasets.
    pub fn join(mut self, other: Self) -> Result<Self, Rejection> {
        self.standing = self.standing.max(other.standing);
        self.started_at = match (self.started_at, other.started_at) {
            (Some(one), Some(next)) => Some(one.min(next)),
            (one, next) => one.or(next),
        };
        self.job = self.job.max(other.job);
        self.parent = later(self.parent, other.parent);
        self.producer = self.producer.max(other.producer);
        self.inputs.extend(other.inputs);
        other.outputs.into_iter().for_each(|(key, output)| self.write(key, output));
        if self.inputs.len() > MOST_DATASETS || self.outputs.len() > MOST_DATASETS {
            let id = &self.id;
            return Err(Rejection::bad(
                "lineage-too-many",
                format!("运行 {id} 的输入或输出数据集超过 {MOST_DATASETS} 个"),
                format!("run {id} reads or writes more than {MOST_DATASETS} datasets"),
            ));
        }
        Ok(self)
    }

    /// Whether its steps stand.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.standing.moment == Moment::Complete
    }

    /// The steps from dataset to dataset, by their keys; none unless it is complete. What a column is made from is read, though no input names it.
    #[must_use]
    pub fn steps(&self) -> BTreeSet<(String, String)> {
        let mut steps = BTreeSet::new();
        if !self.is_complete() {
            return steps;
        }
        for (to, output) in &self.outputs {
            let columns = output.made_from.iter().flat_map(|made| made.value.iter().map(|step| step.from.key()));
            for from in self.inputs.keys().cloned().chain(columns).filter(|from| from != to) {
                steps.insert((from, to.clone()));
            }
        }
        steps
    }

    /// The steps from column to column, each with the key of the dataset that is written; none unless it is complete.
    #[must_use]
    pub fn column_steps(&self) -> BTreeSet<(String, ColumnStep)> {
        if !self.is_complete() {
            return BTreeSet::new();
        }
        let of = |(to, output): (&String, &Output)| -> Vec<(String, ColumnStep)> {
            output.made_from.iter().flat_map(|made| made.value.iter().map(|step| (to.clone(), step.clone()))).collect()
        };
        self.outputs.iter().flat_map(of).collect()
    }
}

/// A dataset: what all events say of it together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// By what it is known.
    pub name: Name,
    /// Its columns.
    pub columns: Option<Dated<Vec<Column>>>,
    /// Other names of it.
    pub symlinks: Option<Dated<Vec<Name>>>,
    /// What the pipeline calls the place that it lies in.
    pub source: Option<Dated<String>>,
    /// Its version.
    pub version: Option<Dated<String>>,
    /// What was done to it last.
    pub lifecycle: Option<Dated<String>>,
}

impl Dataset {
    /// Known by its name alone.
    #[must_use]
    pub fn named(name: Name) -> Self {
        Self { name, columns: None, symlinks: None, source: None, version: None, lifecycle: None }
    }

    fn of(at: Timestamp, one: &Mentioned) -> Self {
        fn dated<T: Clone>(at: Timestamp, value: &Option<T>) -> Option<Dated<T>> {
            value.clone().map(|value| Dated { at, value })
        }
        let Mentioned { name, facets } = one;
        Self {
            name: name.clone(),
            columns: dated(at, &facets.columns),
            symlinks: dated(at, &facets.symlinks),
            source: dated(at, &facets.source),
            version: dated(at, &facets.version),
            lifecycle: dated(at, &facets.lifecycle),
        }
    }

    /// Joins what other events say of the same dataset; in which order does not matter.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            name: self.name,
            columns: later(self.columns, other.columns),
            symlinks: later(self.symlinks, other.symlinks),
            source: later(self.source, other.source),
            version: later(self.version, other.version),
            lifecycle: later(self.lifecycle, other.lifecycle),
        }
    }

    /// All names of it, as names are compared.
    #[must_use]
    pub fn names(&self) -> BTreeSet<Name> {
        let others = self.symlinks.iter().flat_map(|said| &said.value);
        std::iter::once(&self.name).chain(others).map(place::normal).collect()
    }
}

/// What some events say, joined: runs by their id, datasets by their key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The runs.
    pub runs: BTreeMap<String, Run>,
    /// The datasets.
    pub datasets: BTreeMap<String, Dataset>,
}

impl Told {
    /// Of events in any order, each as often as it came.
    ///
    /// # Errors
    /// If a run reads or writes too many datasets.
    pub fn of(events: &[RunEvent]) -> Result<Self, Rejection> {
        let mut told = Self::default();
        for event in events {
            let run = match told.runs.remove(&event.run) {
                Some(there) => there.join(Run::of(event))?,
                None => Run::of(event),
            };
            told.runs.insert(run.id.clone(), run);
            for one in event.inputs.iter().chain(&event.outputs) {
                told.see(Dataset::of(event.at, one));
                for step in one.facets.made_from.iter().flatten() {
                    told.see(Dataset::named(step.from.clone()));
                }
            }
        }
        Ok(told)
    }

    fn see(&mut self, dataset: Dataset) {
        let key = dataset.name.key();
        let joined = match self.datasets.remove(&key) {
            Some(there) => there.join(dataset),
            None => dataset,
        };
        self.datasets.insert(key, joined);
    }
}
