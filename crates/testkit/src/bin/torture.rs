//! The append path under torture, as a program: `seed FOLDER`, `write FOLDER ROUNDS TASKS` and `check FOLDER TOLD` are what it starts of itself; `all KILLS STEP`
//! does everything and prints what was done and how it ended.

#![expect(clippy::print_stdout, reason = "a program that tells what it did")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, bail, ensure};
use tracing_subscriber::EnvFilter;
use xinyu_testkit::torture::fault::Rack;
use xinyu_testkit::torture::matrix::{Found, Strike};
use xinyu_testkit::torture::{check, kill, matrix, seed, tear, write};

/// How many threads share the faults.
const SHARDS: usize = 3;
/// How many faults pass between two words about how far it is.
const TOLD: usize = 200;
/// Where the moments of the kills are drawn from.
const SEED: u64 = 20_261_127;

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["seed", folder] => {
            std::fs::create_dir_all(folder)?;
            run(seed(Path::new(folder)))
        }
        ["write", folder, rounds, tasks] => run(write::write(Path::new(folder), rounds.parse()?, tasks.parse()?)),
        ["check", folder, told] => {
            println!("{}", run(check::check(Path::new(folder), &std::fs::read_to_string(told)?))?);
            Ok(())
        }
        ["all", kills, step] => all(kills.parse()?, step.parse()?),
        _ => bail!("usage: torture seed FOLDER | write FOLDER ROUNDS TASKS | check FOLDER TOLD | all KILLS STEP"),
    }
}

/// One thread, so that the calls of a run come in the same order each time.
fn run<T>(task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build()?;
    let done = runtime.block_on(task);
    runtime.shutdown_background();
    done
}

/// Kills and faults at once, on folders of their own: most of the time is waiting for the disk.
fn all(kills: u32, step: usize) -> anyhow::Result<()> {
    let program = &std::env::current_exe().context("where am I?")?;
    let rack = Rack::new(program)?;
    println!("two programs on one folder, the second is refused: {}", kill::two(&rack)?);
    println!("torn files made again: {}", tear::tear(&rack, 1)?);
    let strikes: Vec<Strike> = matrix::strikes(&rack)?.into_iter().step_by(step).collect();
    println!("faults to inject: {}, kills at drawn moments: {kills}", strikes.len());
    let next = AtomicUsize::new(0);
    // Each takes the next fault when it has done one, so that each strikes once, whoever is faster.
    let turns = || {
        std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at.is_multiple_of(TOLD) && at < strikes.len() {
                println!("{at} of {} faults", strikes.len());
            }
            strikes.get(at)
        })
    };
    let (killed, found) = std::thread::scope(|scope| {
        let share = || Ok::<_, anyhow::Error>(matrix::matrix(&Rack::new(program)?, turns()));
        let shards: Vec<_> = (0..SHARDS).map(|_| scope.spawn(share)).collect();
        let killed = kill::kill(&rack, kills, SEED);
        let found = shards.into_iter().try_fold(Found::default(), |all, shard| match shard.join() {
            Ok(found) => Ok(all.and(found?)),
            Err(_) => bail!("a thread panicked"),
        });
        (killed, found)
    });
    let found = found?;
    println!("\n| fault | call, file | struck | went on | gave up with a word | killed | did not come up |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    for ((fault, what), row) in &found.table {
        let matrix::Row { struck, went_on, gave_up, killed, missed } = row;
        println!("| {fault:?} | {what} | {struck} | {went_on} | {gave_up} | {killed} | {missed} |");
    }
    println!("\nfaults struck: {}, ended badly: {}", found.struck(), found.wrong.len());
    found.wrong.iter().for_each(|wrong| println!("{wrong}\n"));
    let killed = killed?;
    println!(
        "killed {} times: {} records acknowledged, {} heads seen, none lost",
        killed.times, killed.acked, killed.heads
    );
    ensure!(found.wrong.is_empty(), "{} faults ended badly", found.wrong.len());
    Ok(())
}
