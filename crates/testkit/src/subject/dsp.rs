//! The program that makes the subject's moves in the DSP kit's sequences, woken by commits, and the kit's configuration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, ProcessInfo, TransferInfo};
use xinyu_store::{Store, Topic};

use super::KIT_TOKEN;
use crate::kit::dsp::script::{
    CONSUMER_NEGOTIATION, CONSUMER_TRANSFER, PROVIDER_NEGOTIATION, PROVIDER_TRANSFER, Script, action,
};
use crate::world::Seat;

/// How long a move waits: a person is not quicker, and the kit gets ready for some messages only after the step before is done.
const THOUGHT: Duration = Duration::from_millis(150);

/// Who makes the moves: a client of the management API.
#[derive(Clone)]
pub(super) struct Agent {
    pub(super) api: xinyu_http::ApiClient,
    pub(super) store: Store,
    seen: Arc<Mutex<Seen>>,
}

/// For each process how many moves were seen, and how often it was seen in each state.
#[derive(Default)]
struct Seen {
    visits: HashMap<(String, String), usize>,
    last: HashMap<String, u32>,
}

impl Agent {
    pub(super) fn new(seat: &Seat) -> Self {
        Self { api: seat.client(), store: seat.node.store.clone(), seen: Arc::default() }
    }

    /// The script's move for a process that has just come into a state, if it has.
    async fn due(&self, process: &ProcessInfo, key: &str) -> Option<&'static str> {
        let scripts: [&[Script]; 2] = match process.side.as_str() {
            "provider" => [PROVIDER_NEGOTIATION, PROVIDER_TRANSFER],
            _ => [CONSUMER_NEGOTIATION, CONSUMER_TRANSFER],
        };
        let mut seen = self.seen.lock().await;
        if seen.last.get(&process.pid) == Some(&process.steps) {
            return None;
        }
        seen.last.insert(process.pid.clone(), process.steps);
        let visit = seen.visits.entry((process.pid.clone(), process.state.clone())).or_default();
        *visit += 1;
        let visit = *visit;
        scripts.into_iter().find_map(|scripts| action(scripts, key, &process.state, visit))
    }

    async fn decide(&self, noun: &'static str, pid: String, action: &'static str) {
        let (agent, decision) = (self.clone(), Decision { action: action.to_owned(), ..Decision::default() });
        tokio::spawn(async move {
            tokio::time::sleep(THOUGHT).await;
            let path = format!("/api/v1/{noun}/{pid}/decision");
            if let Err(error) = agent.api.post::<_, Value>(&path, &decision).await {
                tracing::debug!(%error, "the scripted {action} of {pid} was not made");
            }
        });
    }

    async fn look(&self) -> anyhow::Result<()> {
        let negotiations: List<ProcessInfo> = self.api.get("/api/v1/negotiations").await?;
        for process in negotiations.items.iter().filter(|process| process.conduct == "stepwise") {
            if let Some(action) = self.due(process, &process.product_id).await {
                self.decide("negotiations", process.pid.clone(), action).await;
            }
        }
        let transfers: List<ProcessInfo> = self.api.get("/api/v1/transfers").await?;
        for process in transfers.items.iter().filter(|process| process.conduct == "stepwise") {
            let shown: TransferInfo = self.api.get(&format!("/api/v1/transfers/{}", process.pid)).await?;
            if let Some(action) = self.due(process, &shown.agreement_id).await {
                self.decide("transfers", process.pid.clone(), action).await;
            }
        }
        Ok(())
    }
}

/// Makes moves until it is stopped.
pub(super) async fn run(agent: Agent, stop: CancellationToken) {
    let mut negotiations = agent.store.signals().subscribe(Topic::Negotiation);
    let mut transfers = agent.store.signals().subscribe(Topic::Transfer);
    loop {
        if let Err(error) = agent.look().await {
            tracing::warn!(%error, "the processes of the subject cannot be read");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = negotiations.wait() => {}
            _ = transfers.wait() => {}
        }
    }
}

/// What the kit is told.
pub(super) fn properties(me: &str, address: &str, webhook: &str, kit: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = [
        ("dataspacetck.dsp.local.connector", "false".to_owned()),
        ("dataspacetck.dsp.connector.agent.id", me.to_owned()),
        ("dataspacetck.dsp.connector.http.base.url", address.to_owned()),
        ("dataspacetck.dsp.connector.http.url", format!("{address}/dsp/2025-1")),
        ("dataspacetck.dsp.connector.negotiation.initiate.url", format!("{webhook}/negotiations/requests")),
        ("dataspacetck.dsp.connector.transfer.initiate.url", format!("{webhook}/transfers/requests")),
        ("dataspacetck.dsp.connector.http.headers.authorization", KIT_TOKEN.to_owned()),
        ("dataspacetck.dsp.default.wait", "15".to_owned()),
        ("dataspacetck.callback.address", kit.to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    for (test, dataset) in tests(&[4, 7, 4]).map(|test| (test.clone(), test)) {
        let (name, dataset) = (test.replace('-', "_"), dataset.replace('-', ""));
        all.push((format!("CN_{name}_DATASETID"), format!("ACN{dataset}")));
        all.push((format!("CN_{name}_OFFERID"), format!("CD123:ACN{dataset}:456")));
    }
    for test in tests(&[4, 6, 6]) {
        all.push((format!("CN_C_{}_DATASETID", test.replace('-', "_")), format!("ACNC{}", test.replace('-', ""))));
    }
    for test in tests(&[5, 5, 6]) {
        let (name, id) = (test.replace('-', "_"), test.replace('-', ""));
        all.push((format!("TP_{name}_AGREEMENTID"), format!("ATP{id}")));
        all.push((format!("TP_{name}_FORMAT"), "HttpData-PULL".to_owned()));
        all.push((format!("TP_C_{name}_AGREEMENTID"), format!("ATPC{id}")));
        all.push((format!("TP_C_{name}_FORMAT"), "HttpData-PULL".to_owned()));
    }
    for test in ["02", "03"] {
        all.push((format!("CAT_01_{test}_DATASETID"), format!("CAT01{test}")));
    }
    all
}

/// `01-01` … for groups of so many tests.
fn tests(groups: &[usize]) -> impl Iterator<Item = String> {
    groups
        .iter()
        .enumerate()
        .flat_map(|(group, count)| (1..=*count).map(move |test| format!("{:02}-{test:02}", group + 1)))
}
