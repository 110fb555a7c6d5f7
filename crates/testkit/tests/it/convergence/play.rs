//! Plays many cases at once: brings each to where it begins, lets the network fail, has the moves made, crashes nodes, mends the network, and looks whether
//! both sides have come to the same.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::future;
use futures::stream::{self, StreamExt as _};
use xinyu_core::negotiation::Side;
use xinyu_testkit::fault::{Fault, Strike};

use super::course::{Case, Machine, Row};
use super::stage::{Process, Stage};

/// How many moves are made at once.
const AT_ONCE: usize = 16;
/// How long the network may take to fail, or to carry a message again: more than the longest pause between two attempts.
const PATIENCE: Duration = Duration::from_secs(90);

/// One case that is being played.
struct Scene {
    case: Case,
    process: Process,
    struck: Vec<Struck>,
}

/// Where the network fails for it.
struct Struck {
    to: Side,
    strike: Strike,
}

/// Plays cases; the nodes of some sides crash while the network fails. `name` tells this play from others on the same stage.
pub(crate) async fn play(stage: &mut Stage, name: &str, cases: Vec<Case>, crashes: &[Side]) -> anyhow::Result<()> {
    let mut scenes = Vec::new();
    for (number, case) in cases.into_iter().enumerate() {
        let process = stage.prepare(case.machine(), format!("{name}-{number}.")).await?;
        scenes.push(Scene { case, process, struck: Vec::new() });
    }
    for round in 0..scenes.iter().map(|scene| scene.case.way.len()).max().unwrap_or(0) {
        each(&mut scenes, async |scene| scene.go(stage, round).await).await?;
        stage.quiet().await?;
    }
    each(&mut scenes, async |scene| scene.act(stage).await).await?;
    for side in crashes {
        stage.crash(*side).await?;
    }
    each(&mut scenes, async |scene| scene.mend().await).await?;
    stage.quiet().await?;
    each(&mut scenes, async |scene| scene.check(stage).await).await?;
    each(&mut scenes, async |scene| scene.let_go(stage).await).await?;
    stage.quiet().await?;
    each(&mut scenes, async |scene| scene.check(stage).await).await
}

/// Does something in every scene, many at once. What goes wrong is told of all.
async fn each<F>(scenes: &mut [Scene], act: F) -> anyhow::Result<()>
where
    F: AsyncFn(&mut Scene) -> anyhow::Result<()>,
{
    let all = stream::iter(scenes).map(async |scene| {
        let done = tokio::time::timeout(PATIENCE, act(scene)).await.context("it takes too long").flatten();
        done.err().map(|error| format!("{}: {error:#}", scene.case))
    });
    let wrong: Vec<String> = all.buffer_unordered(AT_ONCE).filter_map(future::ready).collect().await;
    ensure!(wrong.is_empty(), "{} of the cases went wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

impl Scene {
    /// The next move on the way to where the case begins.
    async fn go(&mut self, stage: &Stage, round: usize) -> anyhow::Result<()> {
        let Some(row) = self.case.way.get(round).copied() else { return Ok(()) };
        self.meet(stage, row).await?;
        stage.make(&mut self.process, row).await
    }

    /// So that a side's own name for the process is known.
    async fn meet(&mut self, stage: &Stage, row: Row) -> anyhow::Result<()> {
        if row.from.is_some() {
            stage.kept(row.machine, row.by, &mut self.process).await?;
        }
        Ok(())
    }

    /// The moves. The network does not carry the first message of each side; what comes after it has to wait.
    async fn act(&mut self, stage: &Stage) -> anyhow::Result<()> {
        for row in self.case.moves.clone() {
            self.meet(stage, row).await?;
            let to = row.by.other();
            if self.struck.iter().any(|struck| struck.to == to) {
                stage.make(&mut self.process, row).await?;
                continue;
            }
            let before = self.case.way.iter().filter(|made| made.by == row.by).count();
            let strike = stage.line(to).strike(&self.process.name(row, before + 1)?, self.case.fault);
            stage.make(&mut self.process, row).await?;
            strike.has_struck().await;
            self.struck.push(Struck { to, strike });
        }
        Ok(())
    }

    /// The network carries the messages again: that of the first move first.
    async fn mend(&mut self) -> anyhow::Result<()> {
        for (number, struck) in self.struck.iter().enumerate() {
            struck.strike.lift();
            if number + 1 < self.struck.len() {
                struck.strike.has_passed().await;
            }
        }
        Ok(())
    }

    /// What is late arrives after all.
    async fn let_go(&mut self, stage: &Stage) -> anyhow::Result<()> {
        if self.case.fault == Fault::Late {
            for struck in &self.struck {
                stage.line(struck.to).let_go(&struck.strike).await?;
            }
        }
        Ok(())
    }

    /// Both sides show the end and what it leaves, and each has recorded its own moves, once.
    async fn check(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let machine = self.case.machine();
        let consumer = stage.kept(machine, Side::Consumer, &mut self.process).await?;
        let provider = stage.kept(machine, Side::Provider, &mut self.process).await?;
        let found = [consumer.state, provider.state];
        ensure!(found == [self.case.end; 2], "consumer and provider are {found:?}, not {}", self.case.end);
        for (side, kept) in [(Side::Consumer, consumer), (Side::Provider, provider)] {
            let should_agree = machine == Machine::Transfer || kept.state == "FINALIZED";
            ensure!(kept.is_agreed == should_agree, "an agreement of the {}: {}", side.as_str(), kept.is_agreed);
            let mut records = stage.records(side, kept.contract_id).await?;
            // That messages did not arrive for a while is warned of where it lasted; it is no move.
            records.retain(|record| !record.kind.starts_with("warning."));
            let kinds: Vec<&str> = records.iter().map(|record| record.kind.as_str()).collect();
            let expect = self.case.records(side);
            ensure!(kinds == expect, "the {} recorded {kinds:?}, not {expect:?}", side.as_str());
            let are_logged = records.iter().all(|record| record.position.is_some());
            ensure!(are_logged, "the platform's log lacks records of the {}", side.as_str());
        }
        Ok(())
    }
}
