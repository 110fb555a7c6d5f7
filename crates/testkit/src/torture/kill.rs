//! SIGKILL at drawn moments, and two programs on one folder.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use xinyu_store::Ids;

use super::fault::{Rack, pause};

/// How often one log goes on before there is a fresh one: its verification takes longer each time.
const LIVES: u32 = 10;
/// A run is killed within this time of its start, in which it opens, makes good and appends.
const MOMENT: u64 = 1_500;
/// Records at once.
const TASKS: u32 = 8;
/// More than can be written before the kill.
const ROUNDS: u32 = 1_000_000;

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Killed {
    /// How often.
    pub times: u32,
    /// Records acknowledged, all of them found again.
    pub acked: usize,
    /// Heads seen, all of them of the log that was found.
    pub heads: usize,
}

/// Kills the program so often, and looks after each time.
///
/// # Errors
/// What was found that should not be.
pub fn kill(rack: &Rack, times: u32, seed: u64) -> anyhow::Result<Killed> {
    let (ids, told) = (Ids::seeded(seed), rack.beside("told-while-killed"));
    let mut killed = Killed::default();
    let mut place = PathBuf::new();
    let mut heard = String::new();
    for time in 0..times {
        if time % LIVES == 0 {
            place = rack.fresh()?;
            killed.add(&heard);
            std::fs::write(&told, "")?;
        }
        let mut child = rack.begin(&place, ROUNDS, TASKS, &told)?;
        pause(Duration::from_millis(ids.entropy() % MOMENT));
        child.kill()?;
        child.wait()?;
        // A line that was cut off was not told; what follows begins a line of its own.
        heard = std::fs::read_to_string(&told)?;
        if !heard.is_empty() && !heard.ends_with('\n') {
            heard.push('\n');
            std::fs::write(&told, &heard)?;
        }
        rack.check(&place, &heard).with_context(|| format!("killed for the {}. time, seed {seed}", time + 1))?;
        killed.times += 1;
    }
    killed.add(&heard);
    Ok(killed)
}

impl Killed {
    fn add(&mut self, told: &str) {
        let count = |word: &str| told.lines().filter(|line| line.starts_with(word)).count();
        self.acked += count("acked ");
        self.heads += count("head ");
    }
}

/// A second program on the folder of one that runs is refused, and does no harm.
///
/// # Errors
/// If it is not so.
pub fn two(rack: &Rack) -> anyhow::Result<String> {
    let (place, told) = (rack.fresh()?, rack.beside("told-of-two"));
    std::fs::write(&told, "")?;
    let mut first = rack.begin(&place, ROUNDS, TASKS, &told)?;
    let mut heard = String::new();
    for _ in 0..1_000 {
        heard = std::fs::read_to_string(&told)?;
        if heard.contains("head ") {
            break;
        }
        pause(Duration::from_millis(20));
    }
    let second = rack.write(&place, 1, 1, &[])?;
    first.kill()?;
    first.wait()?;
    ensure!(heard.contains("head "), "the first program publishes nothing");
    ensure!(second.acked() == 0 && second.status == Some(1), "the second program is let in: {}", second.told);
    ensure!(second.complaint.contains("another platform works in"), "{}", second.complaint);
    rack.check(&place, &std::fs::read_to_string(&told)?)
}
