//! The kit's side of one process: its state, by what was sent and what arrived.

use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::counterpart::Answer;
use super::super::fresh;
use super::act::{Act, Family, Rule, State};
use super::sequence::Role;
use super::shape::{self, CONTEXT};
use crate::kit::schema::Schemas;
use crate::kit::text;

/// The kit's side of a negotiation or transfer.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) family: Family,
    /// The subject's part.
    pub(super) subject: Role,
    /// The kit's identifier.
    pub(super) own: String,
    progress: watch::Sender<Progress>,
}

/// What changes in a process.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) state: State,
    /// The subject's identifier, once it is known.
    pub(super) theirs: String,
    /// Where the subject's paths begin.
    pub(super) base: String,
    /// What was wrong with a message that arrived.
    pub(super) fault: Option<String>,
}

impl Process {
    pub(super) fn new(family: Family, subject: Role, base: String) -> Self {
        let progress = Progress { state: State::Initial, theirs: String::new(), base, fault: None };
        Self { family, subject, own: fresh::id(), progress: watch::Sender::new(progress) }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) fn enter(&self, state: State) {
        self.progress.send_modify(|progress| progress.state = state);
    }

    /// The subject's identifier, from its answer to the kit's request.
    pub(super) fn learn(&self, theirs: &str) {
        self.progress.send_modify(|progress| theirs.clone_into(&mut progress.theirs));
    }

    /// Both identifiers as members of a message.
    pub(super) fn pids(&self) -> (String, String) {
        let (own, theirs) = (self.own.clone(), self.progress.borrow().theirs.clone());
        match self.subject {
            Role::Provider => (theirs, own),
            Role::Consumer => (own, theirs),
        }
    }

    /// Takes an expected message of the subject; a fault in it ends the sequence.
    pub(super) fn receive(&self, rule: &Rule, message: &Value, schemas: &Schemas) -> Answer {
        match self.take(rule, message, schemas) {
            Ok(()) => self.answer(rule).map_or_else(|| Answer::empty(200), |body| Answer::new(200, body)),
            Err(fault) => {
                let answer = Answer::new(400, json!({"reason": fault}));
                self.progress.send_modify(|progress| progress.fault = Some(format!("expect {:?}: {fault}", rule.act)));
                answer
            }
        }
    }

    fn take(&self, rule: &Rule, message: &Value, schemas: &Schemas) -> Result<(), String> {
        shape::check(schemas, &[rule.message], message)?;
        let event = text(message, "eventType");
        if rule.event.is_some_and(|expected| event != expected) {
            return Err(format!("eventType is {event}"));
        }
        let mut outcome = Ok(());
        self.progress.send_modify(|progress| outcome = self.advance(progress, rule, message));
        outcome
    }

    fn advance(&self, progress: &mut Progress, rule: &Rule, message: &Value) -> Result<(), String> {
        if rule.act == Act::Request {
            text(message, "consumerPid").clone_into(&mut progress.theirs);
            text(message, "callbackAddress").trim_end_matches('/').clone_into(&mut progress.base);
        } else {
            self.check_pids(message, &progress.theirs)?;
            text(message, self.members().1).clone_into(&mut progress.theirs);
        }
        if !rule.from.contains(&progress.state) {
            return Err(format!("not in state {}", progress.state.name()));
        }
        progress.state = rule.to;
        Ok(())
    }

    /// The kit's identifier must be right, and the subject's as soon as it is known.
    pub(super) fn check_pids(&self, message: &Value, theirs: &str) -> Result<(), String> {
        let (own_member, their_member) = self.members();
        if text(message, own_member) != self.own {
            return Err(format!("{own_member} is not {}: {message}", self.own));
        }
        if !theirs.is_empty() && text(message, their_member) != theirs {
            return Err(format!("{their_member} is not {theirs}: {message}"));
        }
        Ok(())
    }

    /// The member that names the kit's process, and the one that names the subject's.
    fn members(&self) -> (&'static str, &'static str) {
        match self.subject {
            Role::Provider => ("consumerPid", "providerPid"),
            Role::Consumer => ("providerPid", "consumerPid"),
        }
    }

    /// As at the official kit: the process, or nothing where the process is not asked for.
    fn answer(&self, rule: &Rule) -> Option<Value> {
        let silent = matches!(rule.act, Act::Accept | Act::Agree | Act::Verify | Act::Finalize);
        let (provider, consumer) = self.pids();
        (!silent).then(|| {
            json!({
                "@context": [CONTEXT], "@id": fresh::id(), "@type": self.family.process(),
                "providerPid": provider, "consumerPid": consumer, "state": rule.to.name(),
            })
        })
    }
}
