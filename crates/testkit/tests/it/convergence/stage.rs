//! Two members that know each other as partners, each behind a line that fails as it is told, and the moves that they make over their management APIs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use xinyu_connector::negotiation::start::pid_of;
use xinyu_core::negotiation::Side;
use xinyu_protocol::api::connector::{Decision, NewNegotiation, NewTransfer, ProcessInfo};
use xinyu_shell::Failure;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_store::record::OwnRecord;
use xinyu_store::{Store, agreement, negotiation, record, transfer};
use xinyu_testkit::fault::Line;
use xinyu_testkit::world::{Engine, Member, MemberOptions, ProductOptions, SPACE, World};

use super::course::{Machine, Row};

const SIDES: [Side; 2] = [Side::Consumer, Side::Provider];
const PRODUCT: &str = "airports";
/// How long the two may take to have said everything.
const PATIENCE: Duration = Duration::from_secs(120);
/// Before it is looked again.
const PAUSE: Duration = Duration::from_millis(10);
/// The words of the API for the moves, by the state that they lead to.
const ACTIONS: [(&str, &str); 10] = [
    ("REQUESTED", "request"),
    ("OFFERED", "offer"),
    ("ACCEPTED", "accept"),
    ("AGREED", "agree"),
    ("VERIFIED", "verify"),
    ("FINALIZED", "finalize"),
    ("STARTED", "start"),
    ("SUSPENDED", "suspend"),
    ("COMPLETED", "complete"),
    ("TERMINATED", "terminate"),
];

/// The two and what lies between.
pub(crate) struct Stage {
    world: World,
    /// To the consumer, to the provider.
    lines: [Arc<Line>; 2],
}

/// A process, as its two sides name it: consumer, provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    /// In the name of a negotiation, or of a transfer's agreement.
    key: String,
    pids: [Option<String>; 2],
    contracts: [Option<String>; 2],
}

/// A process, as one side keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) state: &'static str,
    pub(crate) contract_id: String,
    /// Whether there is an agreement of the contract.
    pub(crate) is_agreed: bool,
    peer_pid: Option<String>,
}

fn at(side: Side) -> usize {
    usize::from(side == Side::Provider)
}

impl Process {
    /// What the message of a move holds, and no other message: its name, by how many a side has sent. Of a transfer that has not begun, the agreement's.
    pub(crate) fn name(&self, row: Row, number: usize) -> anyhow::Result<String> {
        match (row.machine, row.from) {
            (Machine::Negotiation, None) => Ok(format!("{}#{number}\"", pid_of(row.by.other().as_str(), &self.key))),
            (Machine::Transfer, None) => Ok(self.key.clone()),
            (_, Some(_)) => {
                let pid = self.pids[at(row.by)].as_deref().context("the side does not know the process")?;
                Ok(format!("\"{pid}#{number}\""))
            }
        }
    }
}

impl Stage {
    pub(crate) async fn open(folder: &Path, engine: Engine) -> anyhow::Result<Self> {
        let lines = [Arc::new(Line::open().await?), Arc::new(Line::open().await?)];
        let member = |side: Side| MemberOptions {
            organisation: at(side),
            is_consumer: side == Side::Consumer,
            arranged: vec![partner(side.other(), &lines[at(side.other())])],
            line: Some(Arc::clone(&lines[at(side)])),
            ..MemberOptions::default()
        };
        let world = World::start(folder, engine, SIDES.map(member).into()).await?;
        let stage = Self { world, lines };
        let product = ProductOptions { stepwise: true, ..ProductOptions::default() };
        stage.member(Side::Provider).seed_product(PRODUCT, product).await?;
        Ok(stage)
    }

    fn member(&self, side: Side) -> &Member {
        &self.world.members[at(side)]
    }

    fn store(&self, side: Side) -> &Store {
        self.member(side).store()
    }

    /// A process that has not begun; a transfer has its agreement on both sides.
    pub(crate) async fn prepare(&self, machine: Machine, key: String) -> anyhow::Result<Process> {
        let mut process = Process { key, ..Process::default() };
        if machine == Machine::Transfer {
            for side in SIDES {
                let other = side.other().as_str();
                let contract = self.member(side).seed_agreement(&process.key, side, other, PRODUCT).await?;
                process.contracts[at(side)] = Some(contract.as_str().to_owned());
            }
        }
        Ok(process)
    }

    /// Has a side make a move; what it sends is on its way then.
    pub(crate) async fn make(&self, process: &mut Process, row: Row) -> anyhow::Result<()> {
        let seat = &self.member(row.by).seat;
        let path = match row.machine {
            Machine::Negotiation => "/negotiations",
            Machine::Transfer => "/transfers",
        };
        let begun: ProcessInfo = match (row.from, row.machine) {
            (Some(_), _) => {
                let action = ACTIONS.into_iter().find(|(to, _)| *to == row.to).context("no such move")?.1.to_owned();
                let pid = process.pids[at(row.by)].as_deref().context("the process is not known to the side")?;
                let decision = Decision { action, note: "enough".to_owned(), ..Decision::default() };
                seat.post(&format!("{path}/{pid}/decision"), &decision).await?
            }
            (None, Machine::Negotiation) => seat.post(path, &negotiation_of(process, row.by)).await?,
            (None, Machine::Transfer) => {
                let contract_id = process.contracts[at(row.by)].clone().context("no agreement")?;
                seat.post(path, &NewTransfer { contract_id, stepwise: true, ..NewTransfer::default() }).await?
            }
        };
        ensure!(begun.state == row.to, "{row}: {} instead", begun.state);
        process.pids[at(row.by)] = Some(begun.pid);
        Ok(())
    }

    /// To a side.
    pub(crate) fn line(&self, side: Side) -> &Line {
        &self.lines[at(side)]
    }

    pub(crate) async fn crash(&mut self, side: Side) -> anyhow::Result<()> {
        self.world.crash(at(side)).await
    }

    pub(crate) async fn stop(self) {
        self.world.stop().await;
    }

    /// Waits until neither has anything more to say to anyone: looked at twice, since what one hears the other may answer.
    pub(crate) async fn quiet(&self) -> anyhow::Result<()> {
        let silence = async {
            let mut looks = 0;
            while looks < 4 {
                let is_silent = self.member(SIDES[looks % 2]).seat.unsent().await?.is_empty();
                looks = if is_silent { looks + 1 } else { 0 };
                if !is_silent {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            anyhow::Ok(())
        };
        if let Ok(silent) = tokio::time::timeout(PATIENCE, silence).await {
            return silent;
        }
        let [consumer, provider] = SIDES.map(|side| self.member(side).seat.unsent());
        bail!("not silent: {:#?}", [consumer.await?, provider.await?])
    }

    /// A process as a side keeps it, once the side knows of it.
    pub(crate) async fn kept(&self, machine: Machine, side: Side, process: &mut Process) -> anyhow::Result<Kept> {
        let (ours, theirs) = (at(side), at(side.other()));
        if process.pids[ours].is_none() {
            let pid = process.pids[theirs].clone().context("nobody knows the process")?;
            process.pids[ours] = find(self.store(side.other()), machine, pid).await?.peer_pid;
        }
        let pid = process.pids[ours].clone().context("one side does not know the process")?;
        let kept = find(self.store(side), machine, pid).await?;
        process.contracts[ours] = Some(kept.contract_id.clone());
        Ok(kept)
    }

    /// A side's own records of a contract, in their order.
    pub(crate) async fn records(&self, side: Side, contract_id: String) -> anyhow::Result<Vec<OwnRecord>> {
        let listed = self.store(side).read("records", move |tx| {
            Box::pin(async move { record::list(tx, &contract_id, 100).await.map_err(Failure::from) })
        });
        let mut records = listed.await?;
        records.reverse();
        Ok(records)
    }

    /// How many processes a side keeps.
    pub(crate) async fn count(&self, side: Side) -> anyhow::Result<usize> {
        let counted = self.store(side).read("count", |tx| {
            Box::pin(async move {
                let negotiations = negotiation::list(tx, 10_000).await?.len();
                Ok::<_, Failure>(negotiations + transfer::list(tx, 10_000).await?.len())
            })
        });
        Ok(counted.await?)
    }

    /// What a side has set aside.
    pub(crate) async fn set_aside(&self, side: Side) -> anyhow::Result<Vec<String>> {
        self.member(side).seat.set_aside().await
    }
}

fn partner(side: Side, line: &Line) -> Arranged {
    let (token, name) = (|of: Side| format!("shown by the {}", of.as_str()), side.as_str());
    let tokens = Tokens { shown_to_us: token(side), shown_by_us: Some(token(side.other())) };
    let address = format!("{}{}", line.address(), xinyu_protocol::dsp::PATH);
    Arranged::new(ArrangedKind::Partner, name, name, &address, tokens).in_space(SPACE)
}

fn negotiation_of(process: &Process, by: Side) -> NewNegotiation {
    let is_provider = by == Side::Provider;
    let offer = json!({
        "@type": "Offer", "@id": "urn:xinyu:offer:airports", "target": PRODUCT, "permission": [{"action": "use"}],
    });
    NewNegotiation {
        partner: Some(by.other().as_str().to_owned()),
        dataset: Some(PRODUCT.to_owned()),
        offer: (!is_provider).then_some(offer),
        as_provider: is_provider,
        stepwise: true,
        key: Some(process.key.clone()),
        ..NewNegotiation::default()
    }
}

async fn find(store: &Store, machine: Machine, pid: String) -> anyhow::Result<Kept> {
    let found = store.read("process", move |tx| {
        Box::pin(async move {
            let found = match machine {
                Machine::Negotiation => negotiation::find(tx, &pid)
                    .await?
                    .map(|one| (one.state.as_str(), one.peer_pid().map(str::to_owned), one.contract_id)),
                Machine::Transfer => transfer::find(tx, &pid)
                    .await?
                    .map(|one| (one.state.as_str(), one.peer_pid().map(str::to_owned), one.contract_id)),
            };
            let Some((state, peer_pid, contract_id)) = found else { return Ok::<_, Failure>(None) };
            let contract_id = contract_id.as_str().to_owned();
            let is_agreed = agreement::find(tx, &contract_id).await?.is_some();
            Ok(Some(Kept { state, contract_id, is_agreed, peer_pid }))
        })
    });
    found.await?.context("no such process")
}
