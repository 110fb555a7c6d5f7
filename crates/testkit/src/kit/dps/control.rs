//! Sequences for a control plane: what they are made of, and their interpreter.
//!
//! The kit plays the control plane's data plane and, with the dataspace protocol, the counterparty of the same transfer. Member for member
//! its messages are the official kit's: a `@context` that is plain text, and a process of its own that is new in every message.

mod consumer;
mod desk;
mod provider;

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::signal::{Rule, Signal};
use super::{ControlPlane, Kit, Options, Outcome};
use crate::kit::client::Client;
use crate::kit::counterpart::{Expectation, Expected};
use crate::kit::dsp::act::{Act, Family, State};
use crate::kit::dsp::shape::CONTEXT;
use crate::kit::sequence::{Player, ask, play};
use crate::kit::{fresh, text};
use desk::{Desk, Progress};

/// What the kit does or waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// From here on the data plane expects one such signal, and obeys at once.
    Expect(Signal),
    /// The same, but the data plane will tell later that it is done.
    ExpectLater(Signal),
    /// Waits for the signal.
    Await(Signal),
    /// The webhook makes the subject request a transfer.
    Trigger,
    /// The same, and says that the data plane will be late.
    TriggerLater,
    /// Waits for the subject's transfer request.
    AwaitRequest,
    /// The counterparty sends a message of the dataspace protocol.
    Send(Act),
    /// Asks the subject for its transfer until it is in the state.
    Confirm(State),
    /// The data plane tells that the flow is in the state, which is also the end of the path.
    Tell(&'static str),
}

/// Plays the ten sequences, one after another: their signals do not tell them apart.
pub(super) async fn run(kit: &Kit<'_>, subject: &ControlPlane, options: &Options) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for sequence in consumer::SEQUENCES.iter().chain(provider::SEQUENCES) {
        if options.picks(sequence.id) {
            outcomes.push(play(sequence, Play::new(kit, subject, sequence.id)).await);
        }
    }
    outcomes
}

/// The ids of the sequences.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    consumer::SEQUENCES.iter().chain(provider::SEQUENCES).map(|sequence| sequence.id)
}

/// One sequence on its way.
struct Play<'a> {
    kit: &'a Kit<'a>,
    subject: &'a ControlPlane,
    id: &'static str,
    /// The dataspace protocol's client, as the counterparty.
    counterparty: Client,
    desk: Arc<Desk>,
    expected: Vec<Expectation>,
}

impl Player for Play<'_> {
    type Step = Step;

    async fn step(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Expect(signal) => self.expect(signal, false),
            Step::ExpectLater(signal) => self.expect(signal, true),
            Step::Await(signal) => self.reach(|progress| progress.signals.contains(&signal)).await,
            Step::Trigger => self.trigger(false).await,
            Step::TriggerLater => self.trigger(true).await,
            Step::AwaitRequest => self.reach(|progress| progress.is_requested).await,
            Step::Send(act) => self.send(act).await,
            Step::Confirm(state) => self.confirm(state).await,
            Step::Tell(state) => self.tell(state).await,
        }
    }

    fn stray(&self) -> Vec<String> {
        self.kit.counterpart.unexpected(&["/dataflows/", "/transfers/"])
    }
}

impl<'a> Play<'a> {
    fn new(kit: &'a Kit<'a>, subject: &'a ControlPlane, id: &'static str) -> Self {
        let participant = json!({"clientId": kit.subject.id(id, "TCKPARTICIPANTID")});
        let desk =
            Arc::new(Desk::new(subject.protocol_url.trim_end_matches('/'), Arc::clone(&kit.schemas), kit.is_strict));
        let expected = desk.serve_counterparty(&kit.counterpart);
        Self { kit, subject, id, counterparty: kit.client.with(Some(participant.to_string())), desk, expected }
    }

    fn expect(&mut self, signal: Signal, is_late: bool) -> anyhow::Result<()> {
        let rule = rule(signal)?;
        self.desk.forget(signal);
        let desk = Arc::clone(&self.desk);
        // A control plane that was given no flow names the flow by a name of its own, the transfer's for example.
        let expected = Expected::once(rule.path_of("*"));
        self.expected.push(self.kit.counterpart.expect(expected, move |message| desk.receive(rule, is_late, message)));
        Ok(())
    }

    async fn reach(&self, is_reached: impl Fn(&Progress) -> bool) -> anyhow::Result<()> {
        let mut watch = self.desk.watch();
        let reached = watch.wait_for(|progress| progress.fault.is_some() || is_reached(progress));
        let progress =
            timeout(self.kit.wait, reached).await.with_context(|| format!("nothing after {:?}", self.kit.wait))?;
        if let Some(fault) = progress?.fault.clone() {
            bail!(fault);
        }
        sleep(self.kit.rest).await;
        Ok(())
    }

    async fn trigger(&self, is_late: bool) -> anyhow::Result<()> {
        let address = self.kit.counterpart.address();
        let order = json!({
            "agreementId": self.kit.subject.id(self.id, "AGREEMENTID"),
            "datasetId": self.kit.subject.id(self.id, "DATASETID"),
            "dataPlaneUrl": address,
            "dspUrl": address,
            "async": is_late,
        });
        let url = format!("{}/dataflows/trigger", self.subject.webhook_url.trim_end_matches('/'));
        let reply = self.kit.client.post_ok(&url, &order).await?;
        let id = text(reply.body()?, "id");
        if id.is_empty() {
            bail!("POST {url} answered without the transfer's id: {reply}");
        }
        Ok(())
    }

    async fn send(&self, act: Act) -> anyhow::Result<()> {
        let rule = Family::Transfer.rule(act).with_context(|| format!("a transfer knows no {act:?}"))?;
        let progress = self.desk.progress();
        if act != Act::Request {
            let message = json!({
                "@context": CONTEXT, "@type": rule.message, "providerPid": progress.process, "consumerPid": fresh::id(),
            });
            let url = format!("{}/transfers/{}/{}", progress.base, progress.process, rule.path);
            return self.counterparty.post_ok(&url, &message).await.map(drop);
        }
        let message = json!({
            "@context": CONTEXT, "@type": rule.message, "consumerPid": fresh::id(), "format": "HttpData-PULL",
            "callbackAddress": self.kit.counterpart.address(), "agreementId": self.kit.subject.id(self.id, "AGREEMENTID"),
        });
        let reply = self.counterparty.post_ok(&format!("{}/transfers/request", progress.base), &message).await?;
        let body = reply.body()?;
        self.desk.check(Family::Transfer.process(), body).map_err(|fault| anyhow!(fault))?;
        self.desk.learn(text(body, "providerPid"));
        Ok(())
    }

    async fn confirm(&self, state: State) -> anyhow::Result<()> {
        let progress = self.desk.progress();
        let url = format!("{}/transfers/{}", progress.base, progress.process);
        ask(self.kit.wait, async || self.look(&url, state).await).await
    }

    async fn look(&self, url: &str, state: State) -> anyhow::Result<()> {
        let reply = self.counterparty.get_ok(url).await?;
        let body = reply.body()?;
        self.desk.check(Family::Transfer.process(), body).map_err(|fault| anyhow!(fault))?;
        if text(body, "state") != state.name() {
            bail!("GET {url} answered {body}");
        }
        Ok(())
    }

    /// Without `messageId`, as the official kit; the schema demands one.
    async fn tell(&self, state: &str) -> anyhow::Result<()> {
        let progress = self.desk.progress();
        let base = self.subject.signaling_url.trim_end_matches('/');
        let url = format!("{base}/transfers/{}/dataflow/{}", progress.order, state.to_lowercase());
        self.kit.client.post_ok(&url, &json!({"dataFlowId": progress.flow, "state": state})).await.map(drop)
    }
}

fn rule(signal: Signal) -> anyhow::Result<&'static Rule> {
    signal.rule().with_context(|| format!("no signal {signal:?}"))
}
