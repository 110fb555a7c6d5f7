//! What came of a run, sequence by sequence.

use std::fmt;
use std::time::Duration;

use futures::stream::{self, StreamExt};

/// What came of one sequence.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// As in the official kit, for example `CN_C:02-04`.
    pub id: &'static str,
    /// What the sequence is about.
    pub title: &'static str,
    /// Passed, or why not: the step and what it met.
    pub result: Result<(), String>,
    /// How long it took.
    pub took: Duration,
}

/// What came of all sequences, in the official order. Its text is a line for each and a sum.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each sequence that ran.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Plays all, `at_once` at a time.
    pub(crate) async fn gather(plays: Vec<impl Future<Output = Outcome>>, at_once: usize) -> Self {
        Self { outcomes: stream::iter(plays).buffered(at_once.max(1)).collect().await }
    }

    /// The sequences that did not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.result.is_err())
    }

    /// How many passed.
    pub fn passed(&self) -> usize {
        self.outcomes.len() - self.failures().count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { id, title, result, took } in &self.outcomes {
            let took = took.as_millis();
            match result {
                Ok(()) => writeln!(f, "passed {id} ({took} ms)")?,
                Err(reason) => writeln!(f, "FAILED {id} ({took} ms): {title}\n       {reason}")?,
            }
        }
        write!(f, "{} of {} sequences passed", self.passed(), self.outcomes.len())
    }
}
