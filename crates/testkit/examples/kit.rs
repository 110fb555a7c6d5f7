//! Plays the official kits' sequences with any connector: `cargo run -p xinyu-testkit --example kit -- dsp|dps FILE [OPTIONS] [SEQUENCES]`.
//!
//! FILE is the configuration file of the official kit, SEQUENCES the beginning of the ids to run, for example `CN_C:02`. `--lenient`
//! leaves out what the official kit does not look at, `--listen ADDRESS` is where the kit itself is reached, `--at-once N` runs N
//! sequences at a time, `--rest N` rests for N milliseconds after a message of the subject, `--wait N` waits N seconds for a step.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use xinyu_testkit::kit::{Options, dps, dsp};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let (Some(kit), Some(file)) = (arguments.next(), arguments.next()) else {
        bail!(
            "usage: kit dsp|dps FILE [--lenient] [--listen ADDRESS] [--at-once N] [--rest MILLISECONDS] [--wait SECONDS] [SEQUENCES]"
        );
    };
    let text = std::fs::read_to_string(&file).context(file)?;
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} lacks a value"));
        match argument.as_str() {
            "--lenient" => options.is_strict = false,
            "--listen" => options.listen = value()?.parse()?,
            "--at-once" => options.at_once = value()?.parse()?,
            "--rest" => options.rest = Duration::from_millis(value()?.parse()?),
            "--wait" => options.wait = Duration::from_secs(value()?.parse()?),
            _ => options.only = Some(argument),
        }
    }
    let report = match kit.as_str() {
        "dsp" => dsp::run(&dsp::Subject::from_properties(&text)?, &options).await?,
        "dps" => dps::run(&dps::Subject::from_properties(&text)?, &options).await?,
        other => bail!("no kit {other}"),
    };
    writeln!(std::io::stdout(), "{report}")?;
    Ok(if report.failures().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
