//! A model of a subject: no store, no rules of its own, only the scripts; with a flaw on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::act::{Act, Family, Rule, State};
use super::super::message::{self, Terms};
use super::super::process::Process;
use super::super::sequence::Role;
use super::super::shape::{CONTEXT, SHAPES};
use super::super::{Subject, script};
use crate::kit::Ids;
use crate::kit::client::Client;
use crate::kit::schema::Schemas;
use crate::kit::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    AcceptsAll,
    RefusesWith404,
    RefusesWithBareText,
    ContextIsText,
    TypeIsPrefixed,
    ForgetsThePids,
    OtherOfferId,
    DoesNothing,
}

pub(super) struct Model {
    pub(super) subject: Subject,
    server: JoinHandle<()>,
}

struct Desk {
    flaw: Flaw,
    address: String,
    client: Client,
    schemas: Schemas,
    running: Mutex<HashMap<String, Arc<Running>>>,
}

struct Running {
    process: Process,
    dataset: String,
    offer: String,
    agreement: String,
    visited: Mutex<Vec<State>>,
}

impl Model {
    pub(super) async fn open(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let desk = Desk {
            flaw,
            address: address.clone(),
            client: Client::new(None).expect("a client"),
            schemas: Schemas::bare(SHAPES),
            running: Mutex::default(),
        };
        let router = Router::new().fallback(handle).with_state(Arc::new(desk));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        let subject = Subject {
            dsp_url: address.clone(),
            root_url: address.clone(),
            authorization: None,
            negotiation_webhook: format!("{address}/hook/negotiations"),
            transfer_webhook: format!("{address}/hook/transfers"),
            connector_id: "MODEL".to_owned(),
            ids: Ids::default(),
        };
        Self { subject, server }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn handle(Shared(desk): Shared<Arc<Desk>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let (status, body) = match (method, path.as_slice()) {
        (Method::GET, [".well-known", _]) => {
            (200, json!({"protocolVersions": [{"version": "2025-1", "path": "/", "binding": "HTTPS"}]}))
        }
        (Method::POST, ["catalog", "request"]) => (
            200,
            desk.document("Catalog", json!({"@id": "c", "participantId": "MODEL", "dataset": [dataset("CAT0101")]})),
        ),
        (Method::GET, ["catalog", "datasets", "CAT0102"]) => (200, desk.document("Dataset", dataset("CAT0102"))),
        (Method::GET, ["catalog", ..]) => (404, desk.document("CatalogError", json!({}))),
        (Method::POST, ["hook", family]) => (200, desk.initiate(family, &message)),
        (Method::POST, [family, "request"]) => (201, desk.requested(family, &message)),
        (Method::GET, [_, id]) => (200, desk.show(id)),
        (Method::POST, [family, id, end @ ..]) => desk.receive(family, id, &end.join("/"), &message),
        _ => (404, Value::Null),
    };
    (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
}

impl Desk {
    fn document(&self, name: &str, mut members: Value) -> Value {
        members["@type"] =
            if self.flaw == Flaw::TypeIsPrefixed { format!("dspace:{name}") } else { name.to_owned() }.into();
        members["@context"] = if self.flaw == Flaw::ContextIsText { json!(CONTEXT) } else { json!([CONTEXT]) };
        if self.flaw == Flaw::ForgetsThePids {
            members["providerPid"] = "".into();
            members["consumerPid"] = "".into();
        }
        members
    }

    /// The webhook: the model requests as consumer, whose counterpart provides.
    fn initiate(self: &Arc<Self>, family: &str, order: &Value) -> Value {
        let running = self.add(family, Role::Provider, text(order, "connectorAddress"), order);
        let desk = Arc::clone(self);
        tokio::spawn(async move { desk.act(&running, Act::Request).await });
        Value::Null
    }

    fn requested(self: &Arc<Self>, family: &str, message: &Value) -> Value {
        let order = json!({"datasetId": message.pointer("/offer/target"), "agreementId": message.get("agreementId")});
        let running = self.add(family, Role::Consumer, "", &order);
        let rule = running.process.family.rule(Act::Request).expect("a request");
        running.process.receive(rule, message, &self.schemas);
        self.entered(&running);
        self.show(&running.process.own)
    }

    fn add(&self, family: &str, counterpart: Role, base: &str, order: &Value) -> Arc<Running> {
        let family = if family == "transfers" { Family::Transfer } else { Family::Negotiation };
        let offer = if self.flaw == Flaw::OtherOfferId { "other" } else { text(order, "offerId") };
        let running = Arc::new(Running {
            process: Process::new(family, counterpart, base.to_owned()),
            dataset: text(order, "datasetId").to_owned(),
            offer: offer.to_owned(),
            agreement: text(order, "agreementId").to_owned(),
            visited: Mutex::default(),
        });
        self.running.lock().expect("no panic").insert(running.process.own.clone(), Arc::clone(&running));
        running
    }

    fn show(&self, id: &str) -> Value {
        let running = self.running.lock().expect("no panic").get(id).cloned().expect("a process of the model");
        let ((provider, consumer), progress) = (running.process.pids(), running.process.progress());
        let members = json!({"providerPid": provider, "consumerPid": consumer, "state": progress.state.name()});
        self.document(running.process.family.process(), members)
    }

    fn receive(self: &Arc<Self>, family: &str, id: &str, end: &str, message: &Value) -> (u16, Value) {
        let running = self.running.lock().expect("no panic").get(id).cloned().expect("a process of the model");
        let acts = if family == "transfers" { &Act::TRANSFER[..] } else { &Act::NEGOTIATION[1..] };
        let rules = acts.iter().filter_map(|act| running.process.family.rule(*act));
        let fits =
            |rule: &&Rule| rule.path == end && rule.event.is_none_or(|event| text(message, "eventType") == event);
        let rule = { rules }.find(fits).expect("a known message");
        if running.process.receive(rule, message, &self.schemas).status == 200 {
            self.entered(&running);
            return (200, self.show(id));
        }
        let (provider, consumer) = running.process.pids();
        let error = if family == "transfers" { "TransferError" } else { "ContractNegotiationError" };
        match self.flaw {
            Flaw::AcceptsAll => (200, self.show(id)),
            Flaw::RefusesWith404 => (404, Value::Null),
            Flaw::RefusesWithBareText => (400, "no".into()),
            _ => (400, self.document(error, json!({"providerPid": provider, "consumerPid": consumer}))),
        }
    }

    fn entered(self: &Arc<Self>, running: &Arc<Running>) {
        let state = running.process.progress().state;
        let visit = {
            let mut visited = running.visited.lock().expect("no panic");
            visited.push(state);
            visited.iter().filter(|other| **other == state).count()
        };
        let (scripts, key) = match (running.process.family, running.process.subject) {
            (Family::Transfer, Role::Consumer) => (script::PROVIDER_TRANSFER, &running.agreement),
            (Family::Transfer, Role::Provider) => (script::CONSUMER_TRANSFER, &running.agreement),
            (_, Role::Consumer) => (script::PROVIDER_NEGOTIATION, &running.dataset),
            (_, Role::Provider) => (script::CONSUMER_NEGOTIATION, &running.dataset),
        };
        let Some(action) = script::action(scripts, key, state.name(), visit).filter(|_| self.flaw != Flaw::DoesNothing)
        else {
            return;
        };
        let act = act(action);
        let (desk, running) = (Arc::clone(self), Arc::clone(running));
        tokio::spawn(async move { Box::pin(desk.act(&running, act)).await });
    }

    /// Sends a message, again after a 404.
    async fn act(self: Arc<Self>, running: &Arc<Running>, act: Act) {
        let rule = running.process.family.rule(act).expect("a known act");
        let progress = running.process.progress();
        let id = if act == Act::Request { String::new() } else { format!("{}/", progress.theirs) };
        let url = format!("{}/{}/{id}{}", progress.base, running.process.family.path(), rule.path);
        let terms = Terms {
            pids: running.process.pids(),
            subject: running.process.subject,
            connector_id: "MODEL",
            dataset: running.dataset.clone(),
            offer: running.offer.clone(),
            agreement: running.agreement.clone(),
            format: "HttpData-PULL".to_owned(),
            address: &self.address,
        };
        let message = self.document(rule.message, message::build(rule, &terms));
        running.process.enter(rule.to);
        for _ in 0..20 {
            let reply = self.client.post(&url, &message).await.expect("the kit answers");
            if reply.status == 200 {
                let their_pid = if running.process.subject == Role::Provider { "providerPid" } else { "consumerPid" };
                if act == Act::Request {
                    running.process.learn(text(reply.body().expect("a process"), their_pid));
                }
                return self.entered(running);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn act(action: &str) -> Act {
    match action {
        "request" => Act::Counter,
        "offer" => Act::Offer,
        "accept" => Act::Accept,
        "agree" => Act::Agree,
        "verify" => Act::Verify,
        "finalize" => Act::Finalize,
        "start" => Act::Start,
        "suspend" => Act::Suspend,
        "complete" => Act::Complete,
        "terminate" => Act::Terminate,
        other => panic!("no action {other}"),
    }
}

fn dataset(id: &str) -> Value {
    let policy = json!({"@type": "Offer", "@id": "o", "permission": [{"action": "use"}]});
    let service = json!({"@type": "DataService", "@id": "s", "endpointURL": "http://127.0.0.1"});
    let distribution = json!({"@type": "Distribution", "format": "HttpData-PULL", "accessService": service});
    json!({"@id": id, "@type": "Dataset", "hasPolicy": [policy], "distribution": [distribution]})
}
