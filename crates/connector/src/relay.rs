//! A connector that nobody can call (内网连接器): it takes from its platform what was sent to it, has its own router answer, and gives the answers back. Everything that peers can
//! call is reached so, and nothing that is for people. TC609-6-2025-01 §5.2.3; docs/adr/0025-a-relay-is-no-party.md.

use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use reqwest::Client;
use tokio::task::JoinSet;
use xinyu_http::guarded_client;
use xinyu_http::relay::{self, EXCHANGE_HEADER, MOST_BYTES, Received, SEALED_TYPE, serve};
use xinyu_identity::RequestClaims;
use xinyu_identity::request::{self, Exchange};
use xinyu_protocol::tc609::relay::RelayTake;
use xinyu_shell::Failure;

use crate::app::Connector;

/// So many wait at the platform: while one carries what it took, another is there.
const TAKERS: usize = 2;
/// Longer than the platform waits.
const PATIENCE: Duration = Duration::from_secs(40);
/// After a failure, twice as long each time.
const PAUSE: Duration = Duration::from_millis(500);
/// At most.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Whether others reach this connector through its platform.
#[must_use]
pub fn is_relayed(connector: &Connector) -> bool {
    place(connector).is_some()
}

fn place(connector: &Connector) -> Option<&str> {
    relay::place_at(&connector.node.platform.address, &connector.node.address)
}

/// Takes and answers until the node stops. `router` is what peers can call.
pub(crate) async fn run(connector: Connector, router: Router) {
    let Some(place) = place(&connector).map(str::to_owned) else {
        return;
    };
    // Below its address as others have it, so that signed paths stay what they are.
    let path = url::Url::parse(&connector.node.address).map(|address| address.path().to_owned()).unwrap_or_default();
    let router = Router::new().nest(&path, router);
    let mut takers = JoinSet::new();
    for _ in 0..TAKERS {
        takers.spawn(taking(connector.clone(), place.clone(), router.clone()));
    }
    tokio::select! {
        () = connector.node.stopping() => {}
        _ = takers.join_all() => {}
    }
}

async fn taking(connector: Connector, place: String, router: Router) {
    let client = match guarded_client(&connector.node.egress) {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "nothing can be taken from the platform: there is no client"),
    };
    let mut pause = PAUSE;
    loop {
        connector.node.known().await;
        match take(&connector, &client, &place).await {
            Ok(Some((exchange, received))) => {
                pause = PAUSE;
                tokio::spawn(answer(connector.clone(), client.clone(), router.clone(), exchange, received));
            }
            Ok(None) => pause = PAUSE,
            Err(why) => {
                tracing::warn!(why, "the platform gives nothing of what is sent to this connector; it is asked again");
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The next request, with the secret under which it is answered; none if none came.
async fn take(connector: &Connector, client: &Client, place: &str) -> Result<Option<(String, Received)>, String> {
    let node = &connector.node;
    let me = node.party().ok_or("this node is not registered yet")?;
    let connector_id = me.connector().ok_or("this node is no connector")?;
    let body = serde_json::to_vec(&RelayTake { connector_id }).map_err(|error| error.to_string())?;
    let url =
        node.egress.check_url(&relay::address(&node.platform.address, place)).map_err(|error| error.to_string())?;
    let exchange = Exchange { method: "POST", path: url.path(), body: &body };
    let source = node.source();
    let claims = RequestClaims::new(node.suite, me, node.platform.id.clone(), exchange, source.id(), source.now());
    let token = request::mint(&claims, node.ring.signing(node.suite));
    let asked = client.post(url).bearer_auth(token).body(body).timeout(PATIENCE).send().await;
    let answer = asked.map_err(|error| error.without_url().to_string())?;
    match answer.status() {
        StatusCode::NO_CONTENT => return Ok(None),
        StatusCode::OK => {}
        other => return Err(format!("it answers {other}")),
    }
    let text =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (exchange, kind) = (text(EXCHANGE_HEADER), text(header::CONTENT_TYPE.as_str()));
    if answer.content_length().is_some_and(|length| length > u64::try_from(MOST_BYTES * 2).unwrap_or(u64::MAX)) {
        return Err("it gives more than a request can have".to_owned());
    }
    let bytes = answer.bytes().await.map_err(|error| error.without_url().to_string())?;
    Ok(Some((exchange, Received { bytes, is_sealed: kind == SEALED_TYPE })))
}

/// Answers one request.
async fn answer(connector: Connector, client: Client, router: Router, exchange: String, received: Received) {
    if let Err(error) = answered(&connector, &client, router, exchange, received).await {
        // The sender notices, and tries again.
        tracing::warn!(%error, "a request that the platform carried was not answered");
    }
}

async fn answered(
    connector: &Connector,
    client: &Client,
    router: Router,
    exchange: String,
    received: Received,
) -> Result<(), Failure> {
    let node = &connector.node;
    let (kind, body) = serve(router, &node.ring, received).await.map_err(Failure::broken)?;
    let url = format!("{}/relay-answers", node.platform.address);
    let url = node.egress.check_url(&url).map_err(Failure::broken)?;
    let body = reqwest::Body::wrap_stream(body.into_data_stream());
    let sent = client.post(url).header(header::CONTENT_TYPE, kind).header(EXCHANGE_HEADER, exchange).body(body).send();
    let answer = sent.await.map_err(|error| Failure::broken(error.without_url()))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Failure::broken(format!("the platform did not take the answer: {}", answer.status())))
}
