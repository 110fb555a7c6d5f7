//! Effects: what a change of state sends and what evidence it leaves. They are committed with the change, in one transaction, or not at all.

use serde::Serialize;
use serde_json::{Map, Value};
use xinyu_protocol::id::ContractId;

use crate::fault::Rejection;

/// Stands in path and body of a message for the peer's process id while the answer that tells it is still awaited. Messages of a stream go out one after
/// the other, so it is known when this one does.
pub const PEER_PID: &str = "urn:xinyu:peer-pid";

/// What the shell must do in the transaction of the change.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put a message in the outbox.
    Send(Outgoing),
    /// Sign a record and put it in the log (or on its way there).
    Record(Draft),
    /// Tell the security administrator: an entry of the node's own audit chain.
    Alert {
        /// One of [`crate::audit::ALERTS`].
        action: &'static str,
        /// On what.
        object: String,
        /// More of it, in codes.
        detail: String,
    },
}

/// A message to another node.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The party that shall get it.
    pub to: String,
    /// Messages of one stream arrive in the order in which they were sent.
    pub stream: String,
    /// Decides what happens with the answer.
    pub kind: &'static str,
    /// A path below the party's address, or an absolute URL that the party gave us.
    pub path: String,
    /// The exact bytes.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// A message with a JSON body, in its canonical form.
    ///
    /// # Errors
    /// If the body has no canonical form, which none of our message types can cause.
    pub fn json<T: Serialize>(
        to: &str,
        stream: impl Into<String>,
        kind: &'static str,
        path: impl Into<String>,
        body: &T,
    ) -> Result<Self, Rejection> {
        let body = xinyu_protocol::json::canonical(body).map_err(|error| Rejection::unwritable(&error.to_string()))?;
        Ok(Self { to: to.to_owned(), stream: stream.into(), kind, path: path.into(), body })
    }

    /// A message of the Dataspace Protocol, with its name as `@id`.
    ///
    /// # Errors
    /// As [`Outgoing::json`].
    pub fn named<T: Serialize>(
        to: &str,
        stream: impl Into<String>,
        kind: &'static str,
        path: impl Into<String>,
        name: &str,
        body: &T,
    ) -> Result<Self, Rejection> {
        let mut body = serde_json::to_value(body).map_err(|error| Rejection::unwritable(&error.to_string()))?;
        if let Value::Object(members) = &mut body {
            members.insert("@id".to_owned(), Value::String(name.to_owned()));
        }
        Self::json(to, stream, kind, path, &body)
    }
}

/// A record of evidence before it gets its id, time, actor and signature. It never holds personal data, payload or tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Dotted, such as `usage.refused`.
    pub kind: &'static str,
    /// The space whose log it belongs to.
    pub space: String,
    /// The contract it belongs to.
    pub contract: Option<ContractId>,
    /// What it is about: a product, a negotiation, a use.
    pub subject: Option<String>,
    /// Digests, counters, codes, clauses.
    pub facts: Map<String, Value>,
}

impl Draft {
    /// A record of a kind in a space.
    #[must_use]
    pub fn new(kind: &'static str, space: &str) -> Self {
        Self { kind, space: space.to_owned(), ..Self::default() }
    }

    /// About a contract.
    #[must_use]
    pub fn contract(mut self, contract: &ContractId) -> Self {
        self.contract = Some(contract.clone());
        self
    }

    /// About a thing.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}
