//! EDC's management API, version 3: JSON-LD in, compacted JSON out, `@id` of what was created.

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Edc, PATIENCE_TO_ACT, looks};

/// The protocol that EDC is to speak with partners.
pub(super) const PROTOCOL: &str = "dataspace-protocol-http:2025-1";
/// EDC's own terms, which its answers may or may not have taken off.
const NAMESPACE: &str = "https://w3id.org/edc/v0.0.1/ns/";

impl Edc {
    /// One request. Bodies get EDC's context; an answer without a body is null.
    ///
    /// # Errors
    ///
    /// EDC cannot be reached, or answers with anything but success: then with its words.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let asked = format!("{method} {path}");
        let (status, text) = self.send(method, path, body).await.with_context(|| asked.clone())?;
        if !status.is_success() {
            bail!("{asked}: {status} {text}");
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{asked}: {text} is no JSON"))
    }

    /// One request and whatever is answered.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(StatusCode, String)> {
        let mut request = self.client.request(method, format!("{}{path}", self.ports.management_url()));
        if let Some(mut body) = body {
            if let Some(members) = body.as_object_mut() {
                members.insert("@context".to_owned(), json!({ "@vocab": NAMESPACE }));
            }
            request = request.json(&body);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }

    /// Creates something; its identifier.
    pub(super) async fn create(&self, nouns: &str, body: Value) -> anyhow::Result<String> {
        let created = self.ask(Method::POST, &format!("/v3/{nouns}"), Some(body)).await?;
        text(&created, "@id")
    }

    /// The first hundred of what it has: `assets`, `policydefinitions`, `contractdefinitions`, `contractnegotiations`,
    /// `contractagreements`, `transferprocesses`, `edrs`.
    ///
    /// # Errors
    ///
    /// EDC does not know the word.
    pub async fn list(&self, nouns: &str) -> anyhow::Result<Vec<Value>> {
        let body = json!({ "@type": "QuerySpec", "limit": 100 });
        match self.ask(Method::POST, &format!("/v3/{nouns}/request"), Some(body)).await? {
            Value::Array(all) => Ok(all),
            other => bail!("{nouns}: {other} is no list"),
        }
    }

    /// Asks for a process until it is in a state. One that EDC has ended for good never gets there, and its reason is the error.
    pub(super) async fn wait_until(&self, path: &str, state: &str) -> anyhow::Result<Value> {
        let waiting = async {
            let mut looks = looks();
            loop {
                looks.tick().await;
                let process = self.ask(Method::GET, path, None).await?;
                let now = process.get("state").and_then(Value::as_str).unwrap_or_default();
                if now == state {
                    return Ok(process);
                }
                if matches!(now, "TERMINATED" | "DEPROVISIONED") {
                    let why = process.get("errorDetail").and_then(Value::as_str).unwrap_or("it does not say why");
                    bail!("{path} is {now} and never {state}: {why}");
                }
            }
        };
        timeout(PATIENCE_TO_ACT, waiting).await.with_context(|| format!("{path} is not {state} in time"))?
    }
}

/// A text of an answer, whether its name has EDC's namespace or not.
pub(super) fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let found = value.get(name).or_else(|| value.get(format!("{NAMESPACE}{name}")));
    let text = found.and_then(Value::as_str).with_context(|| format!("EDC's answer has no {name}: {value}"))?;
    Ok(text.to_owned())
}
