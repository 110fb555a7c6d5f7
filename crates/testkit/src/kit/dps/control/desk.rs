//! What arrives at the kit during one sequence of a control plane, and how it is answered.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::signal::{Rule, Signal};
use crate::kit::counterpart::{Answer, Counterpart, Expectation, Expected};
use crate::kit::dsp::shape::{self, CONTEXT};
use crate::kit::schema::Schemas;
use crate::kit::{fresh, text};

/// The kit's side of one transfer.
#[derive(Debug)]
pub(super) struct Desk {
    progress: watch::Sender<Progress>,
    schemas: Arc<Schemas>,
    is_strict: bool,
}

/// What has arrived.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    pub(super) signals: Vec<Signal>,
    /// The subject's identifier of the transfer in the dataspace protocol, and where its paths begin.
    pub(super) process: String,
    pub(super) base: String,
    pub(super) is_requested: bool,
    /// The subject's identifier of the transfer in its signals, and the flow, if the kit's data plane has named it.
    pub(super) order: String,
    pub(super) flow: String,
    /// What was wrong with a message.
    pub(super) fault: Option<String>,
}

impl Desk {
    pub(super) fn new(base: &str, schemas: Arc<Schemas>, is_strict: bool) -> Self {
        let progress = Progress { base: base.to_owned(), ..Progress::default() };
        Self { progress: watch::Sender::new(progress), schemas, is_strict }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The signal is expected anew.
    pub(super) fn forget(&self, signal: Signal) {
        self.progress.send_modify(|progress| progress.signals.retain(|seen| *seen != signal));
    }

    /// The subject's identifier, from its answer to the kit's request.
    pub(super) fn learn(&self, process: &str) {
        self.progress.send_modify(|progress| process.clone_into(&mut progress.process));
    }

    /// Checks a message of the dataspace protocol; the official kit does not.
    pub(super) fn check(&self, name: &str, message: &Value) -> Result<(), String> {
        if self.is_strict { shape::check(&self.schemas, &[name], message) } else { Ok(()) }
    }

    /// The data plane takes a signal.
    pub(super) fn receive(&self, rule: &Rule, is_late: bool, message: &Value) -> Answer {
        if let Some(Err(fault)) = rule.message.map(|name| self.schemas.check(name, message)) {
            return self.refuse(fault);
        }
        let flow = fresh::id();
        self.progress.send_modify(|progress| {
            progress.signals.push(rule.signal);
            if rule.later.is_some() {
                text(message, "processId").clone_into(&mut progress.order);
                progress.flow.clone_from(&flow);
            }
        });
        match (is_late, rule.later, rule.answer) {
            (true, Some(later), _) => {
                let location = Some(format!("/dataflows/{flow}/status"));
                Answer { location, ..Answer::new(202, json!({"dataFlowId": flow, "state": later})) }
            }
            (_, _, Some(state)) => Answer::new(200, json!({"state": state})),
            _ => Answer::new(200, json!({})),
        }
    }

    /// The counterparty takes a transfer request and a start at any time.
    pub(super) fn serve_counterparty(self: &Arc<Self>, counterpart: &Counterpart) -> Vec<Expectation> {
        let (requests, starts) = (Arc::clone(self), Arc::clone(self));
        let at = |path| Expected::lasting(Method::POST, path);
        vec![
            counterpart.expect(at("/transfers/request"), move |message| requests.requested(message)),
            counterpart.expect(at("/transfers/*/start"), move |message| starts.started(message)),
        ]
    }

    fn requested(&self, message: &Value) -> Answer {
        if let Err(fault) = self.check("TransferRequestMessage", message) {
            return self.refuse(fault);
        }
        let consumer = text(message, "consumerPid");
        self.progress.send_modify(|progress| {
            consumer.clone_into(&mut progress.process);
            text(message, "callbackAddress").trim_end_matches('/').clone_into(&mut progress.base);
            progress.is_requested = true;
        });
        process(&fresh::id(), consumer)
    }

    fn started(&self, message: &Value) -> Answer {
        match self.check("TransferStartMessage", message) {
            Ok(()) => process(text(message, "providerPid"), &fresh::id()),
            Err(fault) => self.refuse(fault),
        }
    }

    fn refuse(&self, fault: String) -> Answer {
        let answer = Answer::new(400, json!({"reason": fault}));
        self.progress.send_modify(|progress| progress.fault = Some(fault));
        answer
    }
}

/// As the official kit answers: without a state, and with a process of its own that it has just invented.
fn process(provider: &str, consumer: &str) -> Answer {
    Answer::new(
        200,
        json!({"@context": CONTEXT, "@type": "TransferProcess", "providerPid": provider, "consumerPid": consumer}),
    )
}
