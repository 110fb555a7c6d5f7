//! Sequences for a data plane: what they are made of, and their interpreter. The kit plays the control plane, and the client of the data.

mod address;
mod http;
mod pull;
mod push;
mod renewal;
mod step;

use anyhow::{Context, anyhow, bail};
use axum::http::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::signal::Signal;
use super::{DataPlane, Kit, Options, Report};
use crate::kit::client::Client;
use crate::kit::counterpart::{Answer, Expectation, Expected};
use crate::kit::sequence::{Player, ask, play};
use crate::kit::{fresh, text};
use address::DataAddress;
use renewal::DataClient;
use step::{Order, Step, Wrong};

/// Plays the 28 sequences.
pub(super) async fn run(kit: &Kit<'_>, subject: &DataPlane, options: &Options) -> anyhow::Result<Report> {
    let data_client = DataClient::new(kit.counterpart.address())?;
    let document = data_client.did_document();
    let at = Expected::lasting(Method::GET, "/.well-known/did.json");
    let _served = kit.counterpart.expect(at, move |_| Answer::new(200, document.clone()));
    let sequences = pull::SEQUENCES.iter().chain(push::SEQUENCES).chain(http::SEQUENCES);
    let picked = sequences.filter(|sequence| options.picks(sequence.id));
    let plays = picked.map(|sequence| play(sequence, Play::new(kit, subject, &data_client, sequence.id)));
    Ok(Report::gather(plays.collect(), options.at_once).await)
}

/// The ids of the sequences.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    pull::SEQUENCES.iter().chain(push::SEQUENCES).chain(http::SEQUENCES).map(|sequence| sequence.id)
}

/// One sequence on its way.
struct Play<'a> {
    kit: &'a Kit<'a>,
    subject: &'a DataPlane,
    data_client: &'a DataClient,
    id: &'static str,
    client: Client,
    /// The transfer, named by the kit.
    process: String,
    /// The flow, named by the data plane.
    flow: String,
    address: Option<DataAddress>,
    told: watch::Sender<Told>,
    expected: Vec<Expectation>,
}

/// What the data plane has told of its own accord.
#[derive(Debug, Clone, Default)]
struct Told {
    states: Vec<&'static str>,
    fault: Option<String>,
}

impl Player for Play<'_> {
    type Step = Step;

    async fn step(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Ask(order) => self.ask(order, false).await,
            Step::AskLater(order) => self.ask(order, true).await,
            Step::Address => self.address().map(drop),
            Step::NoAddress if self.address.is_some() => bail!("there is a data address: {:?}", self.address),
            Step::NoAddress => Ok(()),
            Step::HttpPull => self.address()?.check_http_pull(),
            Step::Renewable => self.address()?.check_renewable(),
            Step::Expect(state) => self.expect(state),
            Step::Await(state) => self.reach(state).await,
            Step::Send(signal) => self.send(signal).await,
            Step::SendRenewable => self.client.post_once(&self.url("started"), &self.started(true)).await.map(drop),
            Step::RefuseUnrenewable => {
                self.client.post_refused(&self.url("started"), &self.started(false)).await.map(drop)
            }
            Step::Confirm(state) => self.confirm(state).await,
            Step::Renew => self.renew().await,
            Step::RefuseRenewal(wrong) => self.refuse_renewal(wrong).await,
        }
    }

    fn stray(&self) -> Vec<String> {
        self.kit.counterpart.unexpected(&[&self.process])
    }
}

impl<'a> Play<'a> {
    fn new(kit: &'a Kit<'a>, subject: &'a DataPlane, data_client: &'a DataClient, id: &'static str) -> Self {
        Self {
            kit,
            subject,
            data_client,
            id,
            client: kit.client.with(Some(subject.authorization.clone())),
            process: fresh::id(),
            flow: String::new(),
            address: None,
            told: watch::Sender::default(),
            expected: Vec::new(),
        }
    }

    async fn ask(&mut self, order: Order, is_later: bool) -> anyhow::Result<()> {
        let signal = if order == Order::Prepare { Signal::Prepare } else { Signal::Start };
        let rule = signal.rule().context("no such signal")?;
        let counterparty = self.subject.counterparty_id.as_deref().unwrap_or(self.data_client.did());
        let mut message = json!({
            "messageId": fresh::id(), "participantId": self.subject.provider_id, "counterPartyId": counterparty,
            "dataspaceContext": "tck-dataspace", "processId": self.process, "claims": {},
            "agreementId": self.kit.subject.id(self.id, "AGREEMENTID"),
            "datasetId": self.kit.subject.id(self.id, "DATASETID"),
            "profile": self.kit.subject.id(self.id, "PROFILE"),
        });
        if let (Order::StartAt, Some(message)) = (order, message.as_object_mut()) {
            message.insert("dataAddress".to_owned(), address::plain(self.kit.counterpart.address()));
        }
        let reply = self.client.post_once(&self.base(&rule.path_of("")), &message).await?;
        let body = reply.body()?;
        let (status, state) = if is_later { (202, rule.later) } else { (200, rule.answer) };
        if self.kit.is_strict && reply.status != status {
            bail!("answered {reply}, not {status}");
        }
        self.check("DataFlowStatusMessage", body)?;
        text(body, "dataFlowId").clone_into(&mut self.flow);
        if self.flow.is_empty() || Some(text(body, "state")) != state {
            bail!("answered without a flow in state {state:?}: {body}");
        }
        self.address = body.get("dataAddress").filter(|address| !address.is_null()).cloned().map(DataAddress);
        Ok(())
    }

    fn expect(&mut self, state: &'static str) -> anyhow::Result<()> {
        let expected = Expected::once(format!("/transfers/{}/dataflow/{}", self.process, state.to_lowercase()));
        let (told, schemas, is_strict) = (self.told.clone(), self.kit.schemas.clone(), self.kit.is_strict);
        let act = move |message: &Value| {
            let mut fault = schemas.check("DataFlowStatusMessage", message).err();
            if is_strict && text(message, "state") != state {
                fault = fault.or_else(|| Some(format!("the state is not {state}: {message}")));
            }
            let answer = if fault.is_some() { Answer::empty(400) } else { Answer::empty(200) };
            told.send_modify(|told| {
                told.states.push(state);
                told.fault = told.fault.take().or(fault);
            });
            answer
        };
        self.expected.push(self.kit.counterpart.expect(expected, act));
        Ok(())
    }

    async fn reach(&self, state: &'static str) -> anyhow::Result<()> {
        let mut watch = self.told.subscribe();
        let reached = watch.wait_for(|told| told.states.contains(&state));
        let told =
            timeout(self.kit.wait, reached).await.with_context(|| format!("nothing after {:?}", self.kit.wait))?;
        if let Some(fault) = told?.fault.clone() {
            bail!(fault);
        }
        sleep(self.kit.rest).await;
        Ok(())
    }

    async fn send(&self, signal: Signal) -> anyhow::Result<()> {
        let rule = signal.rule().context("no such signal")?;
        let message = match signal {
            Signal::Completed => json!({}),
            Signal::Terminate => json!({"messageId": fresh::id(), "reason": "any"}),
            _ => json!({"messageId": fresh::id()}),
        };
        let reply = self.client.post_once(&self.base(&rule.path_of(&self.flow)), &message).await?;
        if let Some(state) = rule.answer {
            let body = reply.body()?;
            self.check("DataFlowStatusMessage", body)?;
            if text(body, "state") != state {
                bail!("answered {reply}, not {state}");
            }
        }
        Ok(())
    }

    fn started(&self, is_renewable: bool) -> Value {
        json!({"messageId": fresh::id(), "dataAddress": address::http_pull(&self.flow, is_renewable)})
    }

    async fn confirm(&self, state: &str) -> anyhow::Result<()> {
        let url = self.url("status");
        ask(self.kit.wait, async || self.look(&url, state).await).await
    }

    async fn look(&self, url: &str, state: &str) -> anyhow::Result<()> {
        let reply = self.client.get_ok(url).await?;
        let body = reply.body()?;
        self.check("DataFlowStatusResponseMessage", body)?;
        if text(body, "state") != state {
            bail!("GET {url} answered {body}");
        }
        Ok(())
    }

    async fn renew(&self) -> anyhow::Result<()> {
        let renewal = self.address()?.renewal()?;
        let bearer = self.data_client.bearer(&self.subject.provider_id, &renewal.access_token)?;
        let reply = self.kit.client.with(Some(bearer)).post_form(&renewal.endpoint, renewal.form()).await?;
        let body = reply.body()?;
        let token = text(body, "access_token");
        let is_typed = body.get("token_type").is_some_and(|kind| !kind.is_null());
        if !reply.is_success() || token.trim().is_empty() || token == renewal.access_token || !is_typed {
            bail!("POST {} gave no new token: {reply}", renewal.endpoint);
        }
        Ok(())
    }

    async fn refuse_renewal(&self, wrong: Wrong) -> anyhow::Result<()> {
        let mut renewal = self.address()?.renewal()?;
        let audience = match wrong {
            Wrong::Token => {
                renewal.refresh_token = format!("invalid-refresh-token-{}", fresh::id());
                self.subject.provider_id.as_str()
            }
            Wrong::Client => "did:web:invalid-audience",
        };
        let bearer = self.data_client.bearer(audience, &renewal.access_token)?;
        let reply = self.kit.client.with(Some(bearer)).post_form(&renewal.endpoint, renewal.form()).await?;
        if !reply.is_refusal() {
            bail!("POST {} should be refused with 4xx and not 404, was answered {reply}", renewal.endpoint);
        }
        Ok(())
    }

    fn address(&self) -> anyhow::Result<&DataAddress> {
        self.address.as_ref().context("the answer held no data address")
    }

    fn base(&self, path: &str) -> String {
        format!("{}{path}", self.subject.url.trim_end_matches('/'))
    }

    fn url(&self, end: &str) -> String {
        self.base(&format!("/dataflows/{}/{end}", self.flow))
    }

    /// Answers are checked by the schema; the official kit does not.
    fn check(&self, name: &str, body: &Value) -> anyhow::Result<()> {
        if !self.kit.is_strict {
            return Ok(());
        }
        self.kit.schemas.check(name, body).map_err(|fault| anyhow!(fault))
    }
}
