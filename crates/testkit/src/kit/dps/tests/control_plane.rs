//! A model of a control plane: no store, no rules of its own; with a flaw on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::ControlPlane;
use crate::kit::client::Client;
use crate::kit::dsp::shape::CONTEXT;
use crate::kit::{fresh, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    NoClaims,
    NeverCompletes,
    StartsInsteadOfResuming,
    IgnoresThePlane,
}

pub(super) struct Model {
    pub(super) subject: ControlPlane,
    server: JoinHandle<()>,
}

struct Desk {
    flaw: Flaw,
    address: String,
    client: Client,
    transfers: Mutex<HashMap<String, Transfer>>,
}

#[derive(Debug, Clone)]
struct Transfer {
    id: String,
    theirs: String,
    is_provider: bool,
    state: &'static str,
    /// Where the kit is, data plane and counterparty at once.
    kit: String,
}

impl Model {
    pub(super) async fn open(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let client = Client::new(None).expect("a client");
        let desk = Desk { flaw, address: address.clone(), client, transfers: Mutex::default() };
        let router = Router::new().fallback(handle).with_state(Arc::new(desk));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        let subject = ControlPlane {
            webhook_url: format!("{address}/hook"),
            protocol_url: format!("{address}/dsp"),
            signaling_url: format!("{address}/signaling"),
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
        (Method::POST, ["hook", "dataflows", "trigger"]) => {
            let id = desk.add(false, fresh::id(), text(&message, "dspUrl"));
            let (desk, order) = (Arc::clone(&desk), id.clone());
            tokio::spawn(async move { desk.begin(&order, "prepare", "PREPARED").await });
            (200, json!({"id": id}))
        }
        (Method::POST, ["dsp", "transfers", "request"]) => {
            let id = desk.add(true, text(&message, "consumerPid").to_owned(), text(&message, "callbackAddress"));
            desk.enter(&id, "REQUESTED");
            let (desk, order) = (Arc::clone(&desk), id.clone());
            let body = desk.show(&id);
            tokio::spawn(async move { desk.begin(&order, "start", "STARTED").await });
            (201, body)
        }
        (Method::GET, ["dsp", "transfers", id]) => (200, desk.show(id)),
        (Method::POST, ["dsp", "transfers", id, what]) => {
            desk.obey(id, what).await;
            (200, Value::Null)
        }
        (Method::POST, ["signaling", "transfers", id, "dataflow", _]) => {
            if desk.flaw != Flaw::IgnoresThePlane {
                desk.go_on(id).await;
            }
            (200, Value::Null)
        }
        _ => (404, Value::Null),
    };
    (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
}

impl Desk {
    fn add(&self, is_provider: bool, theirs: String, kit: &str) -> String {
        let transfer = Transfer { id: fresh::id(), theirs, is_provider, state: "INITIAL", kit: kit.to_owned() };
        let id = transfer.id.clone();
        self.transfers.lock().expect("no panic").insert(id.clone(), transfer);
        id
    }

    fn find(&self, id: &str) -> Transfer {
        self.transfers.lock().expect("no panic").get(id).cloned().expect("a transfer of the model")
    }

    fn enter(&self, id: &str, state: &'static str) {
        self.transfers.lock().expect("no panic").get_mut(id).expect("a transfer of the model").state = state;
    }

    fn show(&self, id: &str) -> Value {
        let transfer = self.find(id);
        let (provider, consumer) =
            if transfer.is_provider { (&transfer.id, &transfer.theirs) } else { (&transfer.theirs, &transfer.id) };
        json!({"@context": [CONTEXT], "@type": "TransferProcess", "providerPid": provider, "consumerPid": consumer,
            "state": transfer.state})
    }

    /// Signals the data plane; goes on if it is done, else when it tells.
    async fn begin(&self, id: &str, path: &str, done: &str) {
        let mut order = json!({"messageId": fresh::id(), "participantId": "a", "counterPartyId": "b", "dataspaceContext": "c",
            "processId": id, "agreementId": "d", "datasetId": "e", "profile": "HttpData-PULL", "claims": {}});
        if self.flaw == Flaw::NoClaims {
            order.as_object_mut().expect("an object").remove("claims");
        }
        let reply =
            self.client.post(&format!("{}/dataflows/{path}", self.find(id).kit), &order).await.expect("an answer");
        if reply.body.is_some_and(|body| text(&body, "state") == done) {
            self.go_on(id).await;
        }
    }

    /// The data plane is ready: request as consumer, start as provider.
    async fn go_on(&self, id: &str) {
        let transfer = self.find(id);
        let (message, path) = if transfer.is_provider {
            let start = json!({"@type": "TransferStartMessage", "providerPid": id, "consumerPid": transfer.theirs});
            (start, format!("{}/start", transfer.theirs))
        } else {
            let request = json!({"@type": "TransferRequestMessage", "consumerPid": id, "agreementId": "d",
                "format": "HttpData-PULL", "callbackAddress": format!("{}/dsp", self.address)});
            (request, "request".to_owned())
        };
        let mut message = message;
        message["@context"] = json!([CONTEXT]);
        self.enter(id, if transfer.is_provider { "STARTED" } else { "REQUESTED" });
        self.client.post(&format!("{}/transfers/{path}", transfer.kit), &message).await.expect("an answer");
    }

    /// A message of the counterparty is a signal to the data plane.
    async fn obey(&self, id: &str, what: &str) {
        let is_suspended = self.find(id).state == "SUSPENDED" && self.flaw != Flaw::StartsInsteadOfResuming;
        let (state, signal) = match what {
            "start" => ("STARTED", if is_suspended { "resume" } else { "started" }),
            "completion" => ("COMPLETED", "completed"),
            "termination" => ("TERMINATED", "terminate"),
            _ => ("SUSPENDED", "suspend"),
        };
        self.enter(id, state);
        if signal != "completed" || self.flaw != Flaw::NeverCompletes {
            self.signal(id, signal).await;
        }
    }

    async fn signal(&self, id: &str, path: &str) {
        let body = if path == "completed" { json!({}) } else { json!({"messageId": fresh::id()}) };
        self.client.post(&format!("{}/dataflows/{id}/{path}", self.find(id).kit), &body).await.expect("an answer");
    }
}
