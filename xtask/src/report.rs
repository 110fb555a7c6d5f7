//! Steps with their seconds, and the summary at the end. A step that fails does not stop the next: one run tells everything.

use std::time::{Duration, Instant};

use anyhow::bail;

/// How a step ended when it did not fail.
pub(crate) enum Outcome {
    /// It held.
    Passed,
    /// It was not run; why.
    LeftOut(String),
}

/// The steps so far.
pub(crate) struct Report {
    started: Instant,
    steps: Vec<(&'static str, Duration, anyhow::Result<Outcome>)>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Report {
        Report { started: Instant::now(), steps: Vec::new(), notes: Vec::new() }
    }

    /// Runs one step and remembers how it went.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce() -> anyhow::Result<Outcome>) {
        println!("\n== {name}");
        let started = Instant::now();
        let result = run();
        let taken = started.elapsed();
        println!("== {name}: {} ({:.1} s)", describe(&result), taken.as_secs_f64());
        self.steps.push((name, taken, result));
    }

    /// Something that a reader of the summary should know, such as tests that were left out.
    pub(crate) fn note(&mut self, text: String) {
        println!("note: {text}");
        self.notes.push(text);
    }

    /// Prints the summary; an error when a step failed.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        println!("\n== summary");
        for (name, taken, result) in &self.steps {
            println!("{:>8.1} s  {name}: {}", taken.as_secs_f64(), describe(result));
        }
        for note in &self.notes {
            println!("            note: {note}");
        }
        println!("{:>8.1} s  in all", self.started.elapsed().as_secs_f64());
        let failed: Vec<&str> =
            self.steps.iter().filter(|(_, _, result)| result.is_err()).map(|(name, _, _)| *name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

fn describe(result: &anyhow::Result<Outcome>) -> String {
    match result {
        Ok(Outcome::Passed) => "ok".to_owned(),
        Ok(Outcome::LeftOut(why)) => format!("left out: {why}"),
        Err(error) => format!("FAILED: {error:#}"),
    }
}
