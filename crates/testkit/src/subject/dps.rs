//! The DPS kit: its configuration, and the program that says of flows in people's hands when they are ready and done.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use xinyu_protocol::api::connector::Decision;
use xinyu_shell::Failure;
use xinyu_store::Topic;

use super::dsp::Agent;
use super::{BY_HAND, COMPLETE, DPS_AGREEMENTS, PLANE_TOKEN};

/// Under what name the kit's tokens for our data plane are made out.
pub(super) const PROVIDER_ID: &str = "tck-participant";
/// How long it takes until a flow is ready, and until it is done.
const READY: Duration = Duration::from_millis(50);
const DONE: Duration = Duration::from_millis(250);

/// What the kit shows in the name of a participant.
pub(super) fn participant_token(participant: &str) -> String {
    format!("{{\"clientId\":\"{participant}\"}}")
}

/// Says what is to be said of flows, woken by commits, until it is stopped.
pub(super) async fn run(agent: Agent, stop: CancellationToken) {
    let mut wake = agent.store.signals().subscribe(Topic::Transfer);
    let mut said: HashSet<(String, &'static str)> = HashSet::new();
    loop {
        let flows = agent.store.read("subject.flows", |tx| {
            Box::pin(async move { xinyu_store::dataflow::list(tx, 200).await.map_err(Failure::from) })
        });
        for flow in flows.await.unwrap_or_default() {
            let what = match (flow.agreement_id.as_str(), flow.state.as_str()) {
                (BY_HAND, "PREPARING") => ("prepared", READY),
                (BY_HAND, "STARTING") => ("started", READY),
                (COMPLETE, "STARTED") => ("completed", DONE),
                _ => continue,
            };
            if said.insert((flow.flow_id.clone(), what.0)) {
                let (agent, flow_id) = (agent.clone(), flow.flow_id.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(what.1).await;
                    let decision = Decision { action: what.0.to_owned(), ..Decision::default() };
                    let path = format!("/api/v1/dataflows/{flow_id}/decision");
                    if let Err(error) = agent.api.post::<_, Value>(&path, &decision).await {
                        tracing::debug!(%error, "flow {flow_id} was not said to be {}", what.0);
                    }
                });
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = wake.wait() => {}
        }
    }
}

/// What the kit is told.
pub(super) fn properties(address: &str, webhook: &str, kit: &str) -> Vec<(String, String)> {
    let kit_host = kit.trim_start_matches("http://").replace(':', "%3A");
    let mut all: Vec<(String, String)> = [
        ("dataspacetck.callback.address", kit.to_owned()),
        ("dataspacetck.dps.controlplane.webhook.url", webhook.to_owned()),
        ("dataspacetck.dps.controlplane.protocol.url", format!("{address}/dsp/2025-1")),
        ("dataspacetck.dps.controlplane.signaling.url", format!("{webhook}/signaling")),
        ("dataspacetck.dps.dataplane.url", format!("{address}/dps/data")),
        ("dataspacetck.dps.dataplane.authorization", PLANE_TOKEN.to_owned()),
        ("dataspacetck.dps.dataplane.provider.id", PROVIDER_ID.to_owned()),
        ("dataspacetck.dps.dataplane.counterparty.id", format!("did:web:{kit_host}")),
        ("dataspacetck.dps.default.wait", "15".to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    let mut agreement = |test: &str, id: &str| all.push((format!("{test}_AGREEMENTID"), id.to_owned()));
    for test in ["01_01", "01_02", "02_01", "02_02", "03_01"] {
        agreement(&format!("CP_C_{test}"), DPS_AGREEMENTS[0]);
        agreement(&format!("CP_P_{test}"), DPS_AGREEMENTS[1]);
    }
    for test in ["DP_C_PULL_03_01", "DP_P_PUSH_03_01"] {
        agreement(test, COMPLETE);
    }
    for test in ["DP_C_PULL_04_01", "DP_C_PUSH_04_01", "DP_P_PULL_04_01", "DP_P_PUSH_04_01"] {
        agreement(test, BY_HAND);
    }
    all
}
