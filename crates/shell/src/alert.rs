//! Alerts go to where security people look: each as one HTTP request to an address that the operator configured, in the order of the audit chain, again
//! until it is taken. NDI-TR-2025-03 §9.2.1 b (触发安全通知), §9.3 c. What was sent last is kept: a restart repeats one at the most, and loses none.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use xinyu_core::audit::{Entry, is_alert, tell_alert};
use xinyu_http::guarded_client;
use xinyu_protocol::text::Text;
use xinyu_store::Topic;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::node::Node;

/// Where alerts go.
#[derive(Clone, Debug)]
pub struct AlertReceiver {
    /// The address; it passes the egress guard.
    pub url: String,
    /// For the `authorization: Bearer` header.
    pub token: Option<Zeroizing<String>>,
}

/// What is sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    /// Which node says so.
    node: String,
    /// Position in its audit chain; the same is the same alert.
    sequence: u64,
    at: Timestamp,
    action: String,
    actor: String,
    object: String,
    ip: String,
    detail: String,
    text: Text,
}

/// Up to where everything was sent.
const SENT: &str = "alerts.sent";
const PIECE: u32 = 500;
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Sends until the node stops.
pub async fn run(node: Arc<Node>, receiver: AlertReceiver) {
    let mut wake = node.store.signals().subscribe(Topic::Alert);
    let mut pause = PAUSE;
    loop {
        tokio::select! {
            () = node.stopping() => return,
            woken = wake.wait() => if woken.is_err() { return },
        }
        while let Err(error) = send_all(&node, &receiver).await {
            tracing::warn!(%error, "an alert could not be sent, the next attempt follows in {pause:?}");
            tokio::select! {
                () = node.stopping() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
        pause = PAUSE;
    }
}

/// Sends what was not sent yet. From the first start on: what was before is on the page of alerts.
async fn send_all(node: &Node, receiver: &AlertReceiver) -> Result<(), Failure> {
    let client = guarded_client(&node.egress).map_err(Failure::broken)?;
    loop {
        let piece = node.store.write("alert.next", |tx| {
            Box::pin(async move {
                let (end, _) = xinyu_store::audit::head(tx).await?;
                let sent = xinyu_store::setting::find_or_set(tx, SENT, &end.to_string()).await?;
                let sent = sent.parse().map_err(Failure::broken)?;
                xinyu_store::audit::list_after(tx, sent, PIECE).await.map_err(Failure::from)
            })
        });
        let piece = piece.await?;
        let Some((last, _)) = piece.last() else { return Ok(()) };
        let last = last.sequence;
        for (entry, _) in piece.into_iter().filter(|(entry, _)| is_alert(&entry.action)) {
            let sequence = entry.sequence;
            send(node, &client, receiver, entry).await?;
            note(node, sequence).await?;
        }
        note(node, last).await?;
    }
}

async fn send(node: &Node, client: &reqwest::Client, receiver: &AlertReceiver, entry: Entry) -> Result<(), Failure> {
    let url = node.egress.check_url(&receiver.url).map_err(Failure::broken)?;
    let alert = Alert {
        node: node.name.clone(),
        text: tell_alert(&entry),
        sequence: entry.sequence,
        at: entry.at,
        action: entry.action,
        actor: entry.actor,
        object: entry.object,
        ip: entry.ip,
        detail: entry.detail,
    };
    let mut request = client.post(url).timeout(PATIENCE).json(&alert);
    if let Some(token) = &receiver.token {
        request = request.bearer_auth(token.as_str());
    }
    // Errors of the client name the address without its query, and never the token.
    let answer = request.send().await.map_err(|error| Failure::broken(error.without_url()))?;
    answer.error_for_status().map(drop).map_err(|error| Failure::broken(error.without_url()))
}

async fn note(node: &Node, sequence: u64) -> Result<(), Failure> {
    node.store
        .write("alert.sent", move |tx| {
            Box::pin(
                async move { xinyu_store::setting::set(tx, SENT, &sequence.to_string()).await.map_err(Failure::from) },
            )
        })
        .await
}
