//! The kit's messages, member for member as the official kit sends them; each has an `@id` of its own.

use serde_json::{Map, Value, json};

use super::super::fresh;
use super::KIT_PARTICIPANT;
use super::act::{Act, Family, Rule};
use super::sequence::Role;
use super::shape::CONTEXT;

/// What a message speaks of.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    /// Provider's and consumer's identifier; empty if not yet known.
    pub(super) pids: (String, String),
    pub(super) subject: Role,
    /// The subject as a participant.
    pub(super) connector_id: &'a str,
    pub(super) dataset: String,
    pub(super) offer: String,
    pub(super) agreement: String,
    pub(super) format: String,
    /// Where the kit is reached.
    pub(super) address: &'a str,
}

/// The message for an act of the kit.
pub(super) fn build(rule: &Rule, terms: &Terms<'_>) -> Value {
    let mut message = Map::new();
    let mut set = |member: &str, value: Value| message.insert(member.to_owned(), value);
    set("@context", json!([CONTEXT]));
    set("@id", fresh::id().into());
    set("@type", rule.message.into());
    let (provider, consumer) = &terms.pids;
    for (member, pid) in [("providerPid", provider), ("consumerPid", consumer)] {
        if !pid.is_empty() {
            set(member, pid.as_str().into());
        }
    }
    if let Some(event) = rule.event {
        set("eventType", event.into());
    }
    let parties = [("assigner", KIT_PARTICIPANT), ("assignee", terms.connector_id)];
    match (rule.family, rule.act) {
        (Family::Transfer, Act::Request) => {
            set("agreementId", terms.agreement.as_str().into());
            set("format", terms.format.as_str().into());
            set("callbackAddress", terms.address.into());
        }
        (Family::Transfer, Act::Start) if terms.subject == Role::Consumer => {
            set("dataAddress", data_address());
        }
        (_, Act::Request) => {
            set("offer", policy("Offer", &terms.offer, terms, &[]));
            set("callbackAddress", terms.address.into());
        }
        (_, Act::Counter) => {
            set("offer", policy("Offer", &terms.offer, terms, &[("assignee", KIT_PARTICIPANT)]));
        }
        (_, Act::Offer) => {
            set("offer", policy("Offer", &terms.offer, terms, &parties));
        }
        (_, Act::Agree) => {
            let now = fresh::now();
            let more = [parties.as_slice(), &[("timestamp", &now)]].concat();
            set("agreement", policy("Agreement", &fresh::id(), terms, &more));
            set("callbackAddress", terms.address.into());
        }
        (_, Act::Terminate | Act::Suspend) => {
            set("code", "1".into());
        }
        _ => {}
    }
    message.into()
}

/// A policy that permits use of the dataset, without constraints.
fn policy(kind: &str, id: &str, terms: &Terms<'_>, more: &[(&str, &str)]) -> Value {
    let mut policy = Map::new();
    policy.insert("@type".to_owned(), kind.into());
    policy.insert("@id".to_owned(), id.into());
    policy.insert("target".to_owned(), terms.dataset.as_str().into());
    policy.insert("permission".to_owned(), json!([{"action": "use", "constraint": []}]));
    policy.extend(more.iter().map(|(member, value)| ((*member).to_owned(), (*value).into())));
    policy.into()
}

fn data_address() -> Value {
    json!({
        "@type": "DataAddress",
        "endpoint": "http://example.com",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
    })
}
