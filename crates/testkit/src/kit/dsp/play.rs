//! Plays one sequence: the one interpreter of all tables.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::act::{Act, Family, Rule, State};
use super::message::{self, Terms};
use super::process::Process;
use super::sequence::{Group, Role, Step};
use super::shape::{self, ANSWERS, CONTEXT, VERSIONS};
use super::{KIT_PARTICIPANT, Kit};
use crate::kit::client::Reply;
use crate::kit::counterpart::{Expectation, Expected};
use crate::kit::sequence::{Player, ask};
use crate::kit::{fresh, text};

/// One sequence on its way.
pub(super) struct Play<'a> {
    kit: &'a Kit<'a>,
    id: &'static str,
    process: Arc<Process>,
    expected: Vec<Expectation>,
}

impl Player for Play<'_> {
    type Step = Step;

    async fn step(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Expect(act) => self.expect(act),
            Step::Initiate => self.initiate().await,
            Step::Send(act) => self.send(act).await,
            Step::Refuse(act) => self.refuse(act).await,
            Step::Reach(state) => self.reach(state).await,
            Step::Confirm(state) => self.confirm(state).await,
            Step::Versions => self.versions().await,
            Step::Catalog => self.catalog().await,
            Step::Dataset => self.dataset().await,
            Step::NoDataset => self.no_dataset().await,
        }
    }

    fn stray(&self) -> Vec<String> {
        self.kit.counterpart.unexpected(&[&self.process.own])
    }
}

impl<'a> Play<'a> {
    pub(super) fn new(kit: &'a Kit<'a>, group: &Group, id: &'static str) -> Self {
        let process = Process::new(group.family, group.subject, kit.subject.dsp_url.trim_end_matches('/').to_owned());
        Self { kit, id, process: Arc::new(process), expected: Vec::new() }
    }

    fn expect(&mut self, act: Act) -> anyhow::Result<()> {
        let rule = self.rule(act)?;
        let family = self.process.family;
        let expected = match (act, family) {
            (Act::Request, Family::Transfer) => self.initial(rule, "/agreementId", self.id("AGREEMENTID")),
            (Act::Request, _) => self.initial(rule, "/offer/@id", self.requested_offer()),
            _ => Expected::once(format!("/{}/{}/{}", family.path(), self.process.own, rule.path)),
        };
        let (process, schemas) = (Arc::clone(&self.process), Arc::clone(&self.kit.schemas));
        let act = move |message: &Value| process.receive(rule, message, &schemas);
        self.expected.push(self.kit.counterpart.expect(expected, act));
        Ok(())
    }

    fn initial(&self, rule: &Rule, pointer: &'static str, value: String) -> Expected {
        let first = Expected::once(format!("/{}/{}", self.process.family.path(), rule.path));
        Expected { member: Some((pointer, value)), ..first }
    }

    async fn initiate(&self) -> anyhow::Result<()> {
        let address = self.kit.counterpart.address();
        let (webhook, order) = match self.process.family {
            Family::Transfer => (
                &self.kit.subject.transfer_webhook,
                json!({"agreementId": self.id("AGREEMENTID"), "format": self.id("FORMAT"),
                    "providerId": KIT_PARTICIPANT, "connectorAddress": address}),
            ),
            _ => (
                &self.kit.subject.negotiation_webhook,
                json!({"datasetId": self.id("DATASETID"), "offerId": self.requested_offer(),
                    "providerId": KIT_PARTICIPANT, "connectorAddress": address}),
            ),
        };
        self.kit.client.post_ok(webhook, &order).await.map(drop)
    }

    async fn send(&self, act: Act) -> anyhow::Result<()> {
        let rule = self.rule(act)?;
        let (url, message) = self.message(rule);
        // The subject may react before its answer is here.
        self.process.enter(rule.to);
        let reply = self.kit.client.post_ok(&url, &message).await?;
        if act != Act::Request {
            return self.check_answer(&reply);
        }
        let body = reply.body()?;
        self.check_process(body)?;
        self.process.learn(text(body, "providerPid"));
        Ok(())
    }

    async fn refuse(&self, act: Act) -> anyhow::Result<()> {
        let (url, message) = self.message(self.rule(act)?);
        let reply = self.kit.client.post_refused(&url, &message).await?;
        self.check_answer(&reply)
    }

    async fn reach(&self, state: State) -> anyhow::Result<()> {
        let mut watch = self.process.watch();
        let reached = watch.wait_for(|progress| progress.state == state || progress.fault.is_some());
        let progress = match timeout(self.kit.wait, reached).await {
            Ok(progress) => progress?.clone(),
            Err(_) => bail!("still {} after {:?}", self.process.progress().state.name(), self.kit.wait),
        };
        if let Some(fault) = progress.fault {
            bail!(fault);
        }
        sleep(self.kit.rest).await;
        Ok(())
    }

    async fn confirm(&self, state: State) -> anyhow::Result<()> {
        let progress = self.process.progress();
        let url = format!("{}/{}/{}", progress.base, self.process.family.path(), progress.theirs);
        ask(self.kit.wait, async || self.look(&url, state).await).await
    }

    async fn look(&self, url: &str, state: State) -> anyhow::Result<()> {
        let reply = self.kit.client.get_ok(url).await?;
        let body = reply.body()?;
        self.check_process(body)?;
        if text(body, "state") != state.name() {
            bail!("GET {url} answered {body}");
        }
        Ok(())
    }

    async fn versions(&self) -> anyhow::Result<()> {
        let url = format!("{}/.well-known/dspace-version", self.kit.subject.root_url.trim_end_matches('/'));
        let reply = self.kit.client.get_ok(&url).await?;
        let body = reply.body()?;
        self.kit.schemas.check(VERSIONS, body).map_err(|fault| anyhow!(fault))?;
        let versions = body.get("protocolVersions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ours = |entry: &Value| {
            text(entry, "version") == "2025-1" && !text(entry, "path").is_empty() && !text(entry, "binding").is_empty()
        };
        if !versions.iter().any(ours) {
            bail!("no version 2025-1 with path and binding: {body}");
        }
        Ok(())
    }

    async fn catalog(&self) -> anyhow::Result<()> {
        let request = json!({"@context": [CONTEXT], "@id": fresh::id(), "@type": "CatalogRequestMessage"});
        let url = format!("{}/catalog/request", self.process.progress().base);
        let reply = self.kit.client.post_ok(&url, &request).await?;
        let body = reply.body()?;
        self.check_shape(&["Catalog"], body)?;
        let id = self.id("DATASETID");
        let datasets = body.get("dataset").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if !datasets.iter().any(|dataset| text(dataset, "@id") == id) {
            bail!("the catalog has no dataset {id}: {body}");
        }
        Ok(())
    }

    async fn dataset(&self) -> anyhow::Result<()> {
        let reply = self.kit.client.get_ok(&self.dataset_url()).await?;
        let body = reply.body()?;
        self.check_shape(&["Dataset"], body)?;
        if text(body, "@id") != self.id("DATASETID") {
            bail!("another dataset: {body}");
        }
        Ok(())
    }

    async fn no_dataset(&self) -> anyhow::Result<()> {
        let reply = self.kit.client.get(&self.dataset_url()).await?;
        self.check_shape(&["CatalogError"], reply.body()?)
    }

    fn dataset_url(&self) -> String {
        format!("{}/catalog/datasets/{}", self.process.progress().base, self.id("DATASETID"))
    }

    fn message(&self, rule: &Rule) -> (String, Value) {
        let progress = self.process.progress();
        let family = self.process.family.path();
        let url = match rule.act {
            Act::Request => format!("{}/{family}/{}", progress.base, rule.path),
            _ => format!("{}/{family}/{}/{}", progress.base, progress.theirs, rule.path),
        };
        let offer = match self.process.subject {
            Role::Provider => self.id("OFFERID"),
            Role::Consumer => self.requested_offer(),
        };
        let terms = Terms {
            pids: self.process.pids(),
            subject: self.process.subject,
            connector_id: &self.kit.subject.connector_id,
            dataset: self.id("DATASETID"),
            offer,
            agreement: self.id("AGREEMENTID"),
            format: self.id("FORMAT"),
            address: self.kit.counterpart.address(),
        };
        (url, message::build(rule, &terms))
    }

    /// The official kit finds the dataset of a negotiation by the name of its offer.
    fn requested_offer(&self) -> String {
        format!("offer{}", self.id("DATASETID"))
    }

    fn id(&self, key: &str) -> String {
        self.kit.subject.id(self.id, key)
    }

    fn rule(&self, act: Act) -> anyhow::Result<&'static Rule> {
        self.process.family.rule(act).with_context(|| format!("{:?} knows no {act:?}", self.process.family))
    }

    fn check_process(&self, body: &Value) -> anyhow::Result<()> {
        self.check_shape(&[self.process.family.process()], body)?;
        self.process.check_pids(body, &self.process.progress().theirs).map_err(|fault| anyhow!(fault))
    }

    /// An answer may be empty; if not, it must be what the protocol knows.
    fn check_answer(&self, reply: &Reply) -> anyhow::Result<()> {
        match &reply.body {
            Some(body) if self.kit.is_strict => self.check_shape(ANSWERS, body),
            _ => Ok(()),
        }
    }

    fn check_shape(&self, types: &[&str], body: &Value) -> anyhow::Result<()> {
        shape::check(&self.kit.schemas, types, body).map_err(|fault| anyhow!(fault))
    }
}
