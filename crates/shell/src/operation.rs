//! What an operator's tools ask a node: alive, ready, how many of what. And who it is.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use xinyu_protocol::tc609::participant::NodeCard;
use xinyu_store::{Engine, Store};

use crate::failure::Failure;
use crate::node::Node;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the store answers.
pub async fn readyz<S>(State(state): State<S>) -> Response
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    let node = Arc::<Node>::from_ref(&state);
    let answer = node
        .store
        .read("ready", |tx| {
            Box::pin(async move { xinyu_store::setting::find(tx, "ready").await.map_err(Failure::from) })
        })
        .await;
    match answer {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// `GET /metrics`, Prometheus text.
///
/// # Errors
/// If the store fails.
pub async fn metrics<S>(State(state): State<S>) -> Result<String, Failure>
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    let node = Arc::<Node>::from_ref(&state);
    let (logs, dead, due) = node
        .store
        .read("metrics", |tx| {
            Box::pin(async move {
                let logs = xinyu_store::log::list(tx).await?;
                let dead = xinyu_store::outbox::list_dead(tx, 1_000).await?.len();
                let due = xinyu_store::outbox::next_due(tx).await?;
                let due = due.or(xinyu_store::outbox::bundle::next_due(tx).await?);
                Ok::<_, Failure>((logs, dead, due))
            })
        })
        .await?;
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, lines: &[(String, u64)]| {
        // Writing to a string cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let by_space = |value: fn(&xinyu_store::log::LogRow) -> u64| -> Vec<(String, u64)> {
        logs.iter().map(|log| (format!("{{space=\"{}\"}}", log.space_id), value(log))).collect()
    };
    gauge("xinyu_evidence_entries", "entries committed to the log of a space", &by_space(|log| log.size));
    gauge("xinyu_evidence_published", "entries in the published tree of a space", &by_space(|log| log.published));
    gauge(
        "xinyu_outbox_dead",
        "messages that could not be delivered",
        &[(String::new(), u64::try_from(dead).unwrap_or(u64::MAX))],
    );
    gauge("xinyu_outbox_waiting", "1 while messages wait", &[(String::new(), u64::from(due.is_some()))]);
    if let Some(count) = node.store.commit_count() {
        gauge("xinyu_store_transactions", "transactions since the start", &[(String::new(), count.transactions)]);
        gauge(
            "xinyu_store_commits",
            "commits since the start, each of a group of transactions",
            &[(String::new(), count.commits)],
        );
    }
    Ok(text)
}

/// `GET /.well-known/xinyu`.
///
/// # Errors
/// If the keys have no JSON form, which cannot be.
pub async fn card<S>(State(state): State<S>) -> Result<Json<NodeCard>, Failure>
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    let node = Arc::<Node>::from_ref(&state);
    Ok(Json(NodeCard {
        party_id: node.party().map(|party| party.as_str().to_owned()),
        kind: node.kind.as_str().to_owned(),
        name: node.name.clone(),
        keys: serde_json::to_value(node.ring.public()).map_err(Failure::broken)?,
    }))
}

/// The name of the store's engine.
#[must_use]
pub fn engine(store: &Store) -> &'static str {
    match store.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}
