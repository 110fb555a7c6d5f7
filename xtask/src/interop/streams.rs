//! Our reader of streams before Apache Kafka itself: one broker, which Maven brings. It listens on this machine only, and ends when we do.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::command::run;
use crate::java;
use crate::project;
use crate::report::Outcome;
use crate::test::workspace;

/// The tests of sources in Kafka: topics however they are packed, transactions, accounts.
pub(super) fn read() -> anyhow::Result<Outcome> {
    let jars = match java::classpath("kafka") {
        Ok(jars) => jars,
        Err(error) => return Ok(Outcome::LeftOut(format!("{error:#}"))),
    };
    let folder = std::env::temp_dir().join(format!("xinyu-kafka-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut broker = Command::new("java");
    broker.args(["-Xmx512m", "-Dfile.encoding=UTF-8", "-cp", &jars]);
    broker.arg(project::root().join("xtask/java/kafka/Broker.java")).arg(&folder);
    broker.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut broker = broker.spawn().context("java does not start")?;
    let mut address = String::new();
    if let Some(said) = broker.stdout.take() {
        BufReader::new(said).read_line(&mut address)?;
    }
    let read = if address.trim().is_empty() {
        Err(anyhow::anyhow!("Kafka does not start"))
    } else {
        run(workspace().args(["--lib", "source::tests::kafka"]).env("XINYU_TEST_KAFKA", address.trim()))
    };
    drop(broker.stdin.take());
    let ended = broker.wait();
    let _ = std::fs::remove_dir_all(&folder);
    if !ended?.success() {
        bail!("Kafka does not end well");
    }
    read.map(|()| Outcome::Passed)
}
