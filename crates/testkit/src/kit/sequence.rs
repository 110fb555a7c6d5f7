//! A sequence is data: the steps of the kit's side, in order. Three interpreters play them; what they share stands here.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Outcome;

/// One of the official sequences, made of steps `S`.
#[derive(Debug)]
pub(crate) struct Sequence<S: 'static> {
    /// For example `CN_C:02-04`.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) steps: &'static [S],
}

/// Interprets the steps of one sequence.
pub(crate) trait Player {
    type Step: Debug + Copy;

    /// Does a step; the error says what it met.
    async fn step(&mut self, step: Self::Step) -> anyhow::Result<()>;

    /// What arrived for this sequence and was not expected.
    fn stray(&self) -> Vec<String>;
}

/// Plays all steps.
pub(crate) async fn play<P: Player>(sequence: &Sequence<P::Step>, mut player: P) -> Outcome {
    let start = Instant::now();
    let mut result = Ok(());
    for (number, step) in sequence.steps.iter().enumerate() {
        if let Err(error) = player.step(*step).await {
            let stray: String = player.stray().iter().map(|line| format!("; not expected: {line}")).collect();
            result = Err(format!("step {}, {step:?}: {error:#}{stray}", number + 1));
            break;
        }
    }
    Outcome { id: sequence.id, title: sequence.title, result, took: start.elapsed() }
}

/// Asks until it holds or the time is over. A subject gives no sign when its own state follows, so the official kits ask, too.
pub(crate) async fn ask(wait: Duration, question: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (deadline, mut pause) = (Instant::now() + wait, FIRST_PAUSE);
    while let Err(error) = question().await {
        if Instant::now() + pause > deadline {
            return Err(error);
        }
        sleep(pause).await;
        pause *= 2;
    }
    Ok(())
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
