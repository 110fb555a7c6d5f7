//! The consumer's side of the Dataspace Protocol: asks for the catalogue, negotiates to the end, has data started. What the provider says is heard at the
//! callback address. DSP 2025-1 §5–§9.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use xinyu_protocol::dcp::Scope;
use xinyu_protocol::dsp::CONTEXT;

use super::{Foreign, Own};
use crate::world::Seat;

/// What a negotiation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The agreement's name.
    pub agreement_id: String,
    /// The provider's name of the negotiation.
    pub provider_pid: String,
}

pub(super) async fn hear(
    State(own): State<Arc<Own>>,
    Path((_, pid, what)): Path<(String, String, String)>,
    Json(message): Json<Value>,
) -> Json<Value> {
    own.memory().heard.push((format!("{pid}/{what}"), message));
    own.changed.send_replace(());
    Json(json!({}))
}

impl Foreign {
    /// Says something to a provider: the status, and what it answers.
    ///
    /// # Errors
    /// If it is not reached.
    pub async fn say(&self, provider: &Seat, path: &str, mut message: Value) -> anyhow::Result<(u16, Value)> {
        if let Some(members) = message.as_object_mut() {
            members.insert("@context".to_owned(), json!([CONTEXT]));
        }
        let scope = Scope::Type("MembershipCredential".to_owned());
        let token = self.own.token(provider.node.dcp.did.as_str(), &[scope]);
        let url = format!("{}/dsp/2025-1{path}", provider.address);
        let response = self.own.http.post(url).bearer_auth(token).json(&message).send().await?;
        Ok((response.status().as_u16(), response.json().await.unwrap_or_default()))
    }

    /// The provider's catalogue: the status, and what it says.
    ///
    /// # Errors
    /// If it is not reached.
    pub async fn catalog(&self, provider: &Seat) -> anyhow::Result<(u16, Value)> {
        self.say(provider, "/catalog/request", json!({ "@type": "CatalogRequestMessage" })).await
    }

    /// Asks for a dataset under its name for the negotiation: the status, and what the provider answers.
    ///
    /// # Errors
    /// If it is not reached.
    pub async fn ask_for(
        &self,
        provider: &Seat,
        pid: &str,
        dataset: &str,
        rules: Value,
    ) -> anyhow::Result<(u16, Value)> {
        let mut offer = json!({ "@type": "Offer", "@id": format!("urn:xinyu:offer:{dataset}"), "target": dataset });
        if let (Some(offer), Value::Object(rules)) = (offer.as_object_mut(), rules) {
            offer.extend(rules);
        }
        let message = json!({
            "@type": "ContractRequestMessage", "consumerPid": pid, "offer": offer, "callbackAddress": self.callback(),
        });
        self.say(provider, "/negotiations/request", message).await
    }

    fn callback(&self) -> String {
        format!("{}/dsp/2025-1", self.address)
    }

    /// Negotiates for any use of a dataset, to the end.
    ///
    /// # Errors
    /// If the provider refuses, or it takes too long.
    pub async fn negotiate(&self, provider: &Seat, dataset: &str) -> anyhow::Result<Agreed> {
        let pid = format!("urn:uuid:{}", self.own.ids.new_id());
        let rules = json!({ "permission": [{ "action": "use" }] });
        let (status, answer) = self.ask_for(provider, &pid, dataset, rules).await?;
        ensure!(status == 201, "the provider answers {status}: {answer}");
        let agreement = self.heard(&format!("{pid}/agreement")).await?;
        let provider_pid = text(&agreement, "/providerPid")?;
        let verification = json!({
            "@type": "ContractAgreementVerificationMessage", "consumerPid": pid, "providerPid": provider_pid,
        });
        let path = format!("/negotiations/{provider_pid}/agreement/verification");
        let (status, answer) = self.say(provider, &path, verification).await?;
        ensure!(status == 200, "the verification is answered with {status}: {answer}");
        let event = self.heard(&format!("{pid}/events")).await?;
        ensure!(text(&event, "/eventType")? == "FINALIZED", "the provider says {event}");
        Ok(Agreed { agreement_id: text(&agreement, "/agreement/@id")?, provider_pid })
    }

    /// Asks for the data of an agreement, and waits until it is started: where the data is, and the token for it.
    ///
    /// # Errors
    /// If the provider refuses, or it takes too long.
    pub async fn transfer(&self, provider: &Seat, agreement_id: &str) -> anyhow::Result<(String, String)> {
        let pid = format!("urn:uuid:{}", self.own.ids.new_id());
        let message = json!({
            "@type": "TransferRequestMessage", "consumerPid": pid, "agreementId": agreement_id,
            "format": "HttpData-PULL", "callbackAddress": self.callback(),
        });
        let (status, answer) = self.say(provider, "/transfers/request", message).await?;
        ensure!(status == 201, "the provider answers {status}: {answer}");
        let started = self.heard(&format!("{pid}/start")).await?;
        let properties = started.pointer("/dataAddress/endpointProperties").and_then(Value::as_array).cloned();
        let token = properties.unwrap_or_default().into_iter().find_map(|one| {
            (one.get("name")?.as_str()? == "authorization").then(|| one.get("value")?.as_str().map(str::to_owned))?
        });
        Ok((text(&started, "/dataAddress/endpoint")?, token.context("no token came")?))
    }

    /// Pulls what a token opens: the status, and the text.
    ///
    /// # Errors
    /// If it is not reached.
    pub async fn pull(&self, url: &str, token: &str) -> anyhow::Result<(u16, String)> {
        let response = self.own.http.get(url).bearer_auth(token).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    async fn heard(&self, what: &str) -> anyhow::Result<Value> {
        let found = self
            .own
            .until(|memory| memory.heard.iter().find(|(place, _)| place == what).map(|(_, message)| message.clone()));
        found.await.with_context(|| format!("{what} was not heard"))
    }
}

fn text(message: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = message.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.with_context(|| format!("{pointer} is missing in {message}"))
}
