//! The data of a hop on its way: the receiver's connector fetches it when it has taken it, the sender's seals it for that connector alone, after it has decided once
//! more. Receipt and destruction are said by the receiver's connector by itself, however often it takes. TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 f.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use xinyu_core::derived;
use xinyu_core::onward::{self, Onward, State as Standing};
use xinyu_core::transfer::Delivered;
use xinyu_core::usage::{HeldFile, Holding, HoldingState};
use xinyu_dataplane::reseal::{self, Content};
use xinyu_http::SendOptions;
use xinyu_http::auth::HeadOnly;
use xinyu_policy::{Action, Timing};
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardStatement};
use xinyu_shell::peer::PeerCall;
use xinyu_shell::{Failure, standing};
use xinyu_store::Topic;

use super::say;
use crate::app::Connector;
use crate::negotiation::me;
use crate::policy_record::set::of_holding;
use crate::usage::{barred, policy};

/// The longest pause, in case a signal was lost or somebody was not there.
const PAUSE: Duration = Duration::from_secs(5);
/// After an attempt that failed.
const AGAIN: Duration = Duration::from_millis(500);
/// The largest delivery that is taken.
const DELIVERY_LIMIT: u64 = 64 << 30;

/// Fetches, and says what is to be said, until the node stops.
pub(crate) async fn run(connector: Connector) {
    let mut wake = connector.node.store.signals().subscribe(Topic::Usage);
    loop {
        let pause = match round(&connector).await {
            Ok(true) => PAUSE,
            Ok(false) => AGAIN,
            Err(error) => {
                tracing::error!(%error, "onward transfers cannot be read, the next attempt follows");
                AGAIN
            }
        };
        tokio::select! {
            () = connector.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

/// Whether all is well.
async fn round(connector: &Connector) -> Result<bool, Failure> {
    let Ok(me) = me(connector) else { return Ok(true) };
    let live = connector.node.store.read("onward.live", move |tx| {
        Box::pin(async move {
            let mut live = Vec::new();
            for hop in xinyu_store::onward::live_at(tx, me.as_str()).await? {
                let holding = xinyu_store::holding::find(tx, hop.place.contract_id.as_str()).await?;
                let is_by_it = |holding: &Holding| {
                    holding.terms.handed_on().is_some_and(|handed| handed.onward_id == hop.onward_id)
                };
                if let Some(holding) = holding.filter(is_by_it) {
                    live.push((hop, holding));
                }
            }
            Ok::<_, Failure>(live)
        })
    });
    let mut is_well = true;
    for (hop, holding) in live.await? {
        if let Err(error) = move_on(connector, &hop, holding).await {
            let id = &hop.onward_id;
            tracing::warn!(%error, onward = %id, "onward transfer {id} does not move, the next attempt follows");
            is_well = false;
        }
    }
    Ok(is_well)
}

async fn move_on(connector: &Connector, hop: &Onward, holding: Holding) -> Result<(), Failure> {
    let now = connector.node.store.clock().now();
    match holding.state {
        HoldingState::Awaited
            if hop.state == Standing::Taken && holding.ended(now).is_none() && holding.stopped.is_none() =>
        {
            fetch(connector, hop).await?;
            receipt(connector, hop).await
        }
        HoldingState::Held if hop.state == Standing::Taken => receipt(connector, hop).await,
        HoldingState::Destroyed => {
            let files = onward::files(&holding);
            let more = move |said: OnwardStatement| OnwardStatement { files, ..said };
            say(connector, &hop.onward_id, OnwardAct::Destroy, None, more).await
        }
        _ => Ok(()),
    }
}

async fn receipt(connector: &Connector, hop: &Onward) -> Result<(), Failure> {
    let digest = Some(hop.grant.digest.clone());
    say(connector, &hop.onward_id, OnwardAct::Receive, None, move |said| OnwardStatement { digest, ..said }).await
}

/// Fetches the data, and keeps it as it came once it is known to be what was handed on.
async fn fetch(connector: &Connector, hop: &Onward) -> Result<(), Failure> {
    let node = &connector.node;
    let peer = xinyu_shell::peer::address(node, hop.grant.sender.as_str()).await.map_err(Failure::Broken)?;
    let client = node.client().ok_or_else(|| Failure::broken("not registered"))?;
    let options = SendOptions { max_reply_bytes: DELIVERY_LIMIT, ..SendOptions::default() };
    let path = format!("/onward/{}", hop.onward_id);
    let reply = client.stream(&peer, Method::GET, &path, Vec::new(), options).await.map_err(Failure::broken)?;
    let (id, suite) = (hop.place.contract_id.as_str().to_owned(), hop.place.suite);
    let received = connector.vault.receive(&id, suite, reply.body).await.map_err(Failure::broken)?;
    let (vault, key, opening) = (Arc::clone(&connector.vault), id.clone(), node.ring.opening(suite).clone());
    let read = tokio::task::spawn_blocking(move || reseal::content(&vault, &key, opening, suite));
    let content = read.await.map_err(Failure::broken)?.map_err(Failure::broken)?;
    if content.digest != hop.grant.digest {
        let (vault, key) = (Arc::clone(&connector.vault), id);
        let gone = tokio::task::spawn_blocking(move || vault.destroy(&key));
        gone.await.map_err(Failure::broken)?.map_err(Failure::broken)?;
        return Err(Failure::broken("what arrived is not what was handed on"));
    }
    let file = HeldFile { name: received.file, bytes: received.bytes, digest: received.digest };
    held(connector, hop, content, file).await
}

async fn held(connector: &Connector, hop: &Onward, content: Content, file: HeldFile) -> Result<(), Failure> {
    let id = hop.place.contract_id.as_str().to_owned();
    let noted = connector.node.store.write("onward.held", move |tx| {
        Box::pin(async move {
            let holding = xinyu_store::holding::lock(tx, &id).await?;
            let mut holding = holding.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
            if holding.ended(tx.now()).is_some() || holding.state != HoldingState::Awaited {
                return Err(Failure::broken("the contract ended while its data was on its way"));
            }
            let done = policy(&holding.terms)?.rules.into_iter().flat_map(|rule| rule.duties).filter(|duty| {
                duty.timing == Timing::Before
                    && matches!(duty.action, Action::Desensitize | Action::Anonymize | Action::Encrypt)
            });
            // What the provider did to the data holds wherever it is.
            holding.duties_done = done.map(|duty| duty.action.code().to_owned()).collect();
            holding.state = HoldingState::Held;
            holding.received_at = Some(tx.now());
            holding.delivered = Delivered { rows: content.rows, bytes: content.bytes, digest: content.digest };
            holding.meter.deliveries = holding.meter.deliveries.saturating_add(1);
            holding.meter.rows = holding.meter.rows.saturating_add(content.rows);
            holding.meter.bytes = holding.meter.bytes.saturating_add(content.bytes);
            holding.files = vec![file];
            xinyu_store::holding::save(tx, &holding).await?;
            tx.signal(Topic::Usage);
            Ok(())
        })
    });
    noted.await
}

/// `GET /onward/{id}`, by the receiver's connector: what was handed on, sealed for it alone. Whether it may still go is decided again.
///
/// # Errors
/// If there is no such hop for the caller, it was not taken, or it is permitted no more.
pub(crate) async fn serve(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    call: PeerCall,
) -> Result<Response, Failure> {
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    let found = connector.node.store.read("onward.serve", move |tx| {
        Box::pin(async move {
            let hop = xinyu_store::onward::find(tx, &id).await?;
            let own = me(&this)?;
            let hop = hop.filter(|hop| hop.grant.receiver.as_str() == peer && hop.grant.sender == own);
            let hop = hop.ok_or_else(|| onward::unknown(&id))?;
            let contract = hop.place.contract_id.as_str();
            let holding = xinyu_store::holding::find(tx, contract).await?;
            let holding = holding.ok_or_else(|| xinyu_core::contract::unknown(contract))?;
            let one = xinyu_store::usage::find(tx, &id).await?.ok_or_else(|| onward::unknown(&id))?;
            standing::must_stand(&this.node, tx, &peer).await?;
            let (policy, unknown) = of_holding(&this, tx, &holding).await?;
            let bar = barred(&this, tx, &holding).await?.or(unknown);
            onward::may_flow(&holding, &policy, &hop, &one, bar.as_ref(), tx.now())?;
            Ok::<_, Failure>((hop, holding, one))
        })
    });
    let (hop, holding, one) = found.await?;
    let key = match &one.beyond.derived {
        Some(derived) => derived::key(&holding.contract_id, derived),
        None => holding.contract_id.as_str().to_owned(),
    };
    let suite = hop.place.suite;
    let stream = reseal::reseal(
        Arc::clone(&connector.vault),
        key,
        connector.node.ring.opening(suite).clone(),
        suite,
        call.peer.keys.sealing(suite).clone(),
        holding.contract_id.as_str().as_bytes().to_vec(),
    );
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response.extensions_mut().insert(HeadOnly);
    Ok(response)
}
