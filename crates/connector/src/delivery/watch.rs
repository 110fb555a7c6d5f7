//! The eye on data that moves, out of this connector or into it: whether it still may is decided again when a commit tells that the contract, a party, a set of
//! policies or the flow changed, when this connector is fit no more, and when time alone may change it. What may move no more breaks off at the next piece,
//! however slowly the other side reads. TC609-6-2025-15 §7.1.1.3, §7.1.2.4 g.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, stream};
use serde_json::Value;
use tokio_util::sync::{CancellationToken, DropGuard};
use xinyu_core::agreement::Terms;
use xinyu_core::dataflow::{self, DataFlow};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::policy_record::governing::{CountedRecord, Governing};
use xinyu_core::transfer::{self, State};
use xinyu_protocol::text::Text;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Timestamp, Topic, Tx};

use super::governed;
use crate::app::Connector;
use crate::health;

/// How often is looked though nobody called: for a signal that was lost on its way from another process.
const LOST: Duration = Duration::from_secs(5);

/// The policies that data was made ready by: its fields, rows and masks follow from them. When they change, what is under way is made ready anew.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Basis {
    contract: Value,
    around: Vec<String>,
}

impl Basis {
    pub(super) fn of(terms: &Terms, policy: &Governing) -> Self {
        let around = policy.counted().iter().map(CountedRecord::fact).collect();
        Self { contract: terms.policy_document(), around }
    }
}

/// What data moves under.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    flow_id: String,
    side: Side,
    contract_id: Option<String>,
    /// Of what we give.
    basis: Option<Basis>,
}

impl Ground {
    /// The flow, which is called like our transfer, and the contract that we have of it ourselves.
    pub(super) fn of(flow: &DataFlow, contract_id: Option<&str>) -> Self {
        let contract_id = contract_id.map(str::to_owned);
        Self { flow_id: flow.flow_id.clone(), side: flow.side, contract_id, basis: None }
    }

    /// What we give, made ready by these policies.
    pub(super) fn by(self, basis: Basis) -> Self {
        Self { basis: Some(basis), ..self }
    }

    /// What a member pulls from us.
    pub(super) fn pulled(flow_id: &str, contract_id: &str) -> Self {
        Self {
            flow_id: flow_id.to_owned(),
            side: Side::Provider,
            contract_id: Some(contract_id.to_owned()),
            basis: None,
        }
    }
}

/// Data under way.
struct Way<E> {
    pieces: BoxStream<'static, Result<Bytes, E>>,
    stopped: CancellationToken,
    moved: Arc<AtomicU64>,
    /// Whoever lets go of the data closes the eye.
    _open: DropGuard,
}

/// The pieces, as long as they may move; then an error, so that nobody takes what came for the whole.
pub(super) fn watched<E: Display + Send + 'static>(
    connector: &Connector,
    ground: Ground,
    pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> BoxStream<'static, Result<Bytes, String>> {
    let (stopped, gone, moved) = (CancellationToken::new(), CancellationToken::new(), Arc::new(AtomicU64::new(0)));
    let way = Way {
        pieces: pieces.boxed(),
        stopped: stopped.clone(),
        moved: Arc::clone(&moved),
        _open: gone.clone().drop_guard(),
    };
    let this = connector.clone();
    tokio::spawn(async move {
        let why = tokio::select! {
            why = until_ceased(&this, &ground) => why,
            () = gone.cancelled() => return,
        };
        stopped.cancel();
        tracing::warn!(flow = %ground.flow_id, %why, "the data of flow {} moves no further: {why}", ground.flow_id);
        if let Failure::Rejected(why) = why {
            let moved = moved.load(Ordering::Relaxed);
            if let Err(error) = broken_off(&this, &ground, moved, why).await {
                tracing::error!(%error, flow = %ground.flow_id, "that the data was stopped could not be written down");
            }
        }
    });
    stream::unfold(way, |mut way| async {
        let piece = tokio::select! {
            biased;
            () = way.stopped.cancelled() => Err("the delivery was stopped".to_owned()),
            piece = way.pieces.next() => piece?.map_err(|error| error.to_string()),
        };
        if let Ok(piece) = &piece {
            way.moved.fetch_add(u64::try_from(piece.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Some((piece, way))
    })
    .boxed()
}

/// Waits until the data may move no more, and says why.
async fn until_ceased(connector: &Connector, ground: &Ground) -> Failure {
    let signals = connector.node.store.signals();
    let listen = |topic| {
        let mut listening = signals.subscribe(topic);
        listening.skip();
        listening
    };
    let (mut contract, mut party) = (listen(Topic::Contract), listen(Topic::Participant));
    let (mut policies, mut flow) = (listen(Topic::Catalog), listen(Topic::Transfer));
    let mut health = connector.health.subscribe();
    let clock = connector.node.store.clock();
    loop {
        let next = match look(connector, ground).await {
            Ok(next) => next,
            Err(why) => return why,
        };
        let is_open = tokio::select! {
            woken = contract.wait() => woken.is_ok(),
            woken = party.wait() => woken.is_ok(),
            woken = policies.wait() => woken.is_ok(),
            woken = flow.wait() => woken.is_ok(),
            changed = health.changed() => changed.is_ok(),
            () = async { match next { Some(next) => clock.reach(next).await, None => std::future::pending().await } } => true,
            () = tokio::time::sleep(LOST) => true,
        };
        if !is_open {
            return Failure::broken("the store is closed");
        }
    }
}

/// That the data may move now, and when time alone may change that.
async fn look(connector: &Connector, ground: &Ground) -> Result<Option<Timestamp>, Failure> {
    let (this, ground) = (connector.clone(), ground.clone());
    let looked = connector.node.store.read("delivery.look", move |tx| {
        Box::pin(async move {
            must_run(tx, &ground.flow_id).await?;
            match &ground.contract_id {
                Some(id) => permitted(&this, tx, id, &ground).await,
                None => Ok(None),
            }
        })
    });
    looked.await
}

/// That neither side let the flow rest or ended it.
async fn must_run(tx: &mut Tx, flow_id: &str) -> Result<(), Failure> {
    let is_running = match xinyu_store::dataflow::find(tx, flow_id).await? {
        Some(flow) => flow.state == dataflow::State::Started,
        None => is_started(tx, flow_id).await?,
    };
    if is_running { Ok(()) } else { Err(crate::transfer::not_started().into()) }
}

async fn is_started(tx: &mut Tx, pid: &str) -> Result<bool, Failure> {
    let transfer = xinyu_store::transfer::find(tx, pid).await?;
    Ok(transfer.is_some_and(|transfer| transfer.state == State::Started))
}

async fn permitted(
    connector: &Connector,
    tx: &mut Tx,
    id: &str,
    ground: &Ground,
) -> Result<Option<Timestamp>, Failure> {
    let agreement = crate::transfer::in_force(connector, tx, id, ground.side).await?;
    let silence = health::ends_at(connector, &agreement.space_id).filter(|end| *end > tx.now());
    let ends = agreement.ends_next(tx.now()).into_iter().chain(silence).min();
    if ground.side == Side::Consumer {
        return Ok(ends);
    }
    let scope = (agreement.space_id.as_str(), agreement.product_id.as_str());
    let policy = governed(connector, tx, scope, &agreement.terms).await?;
    transfer::check_receiver(&policy, &agreement.product_id, &agreement.peer, tx.now())?;
    if ground.basis.as_ref().is_some_and(|basis| *basis != Basis::of(&agreement.terms, &policy)) {
        return Err(changed().into());
    }
    let change = transfer::receiver_changes(&policy, &agreement.product_id, &agreement.peer, tx.now());
    Ok(ends.into_iter().chain(change).min())
}

fn changed() -> Rejection {
    let (zh, en) = ("交付所依据的策略已变更", "the policies that the delivery was made ready by have changed");
    let next = Text::new("将按新的策略重新交付", "it is delivered again, under the new ones");
    Rejection::conflict("policy-changed", zh, en).clause("TC609-6-2025-15 §7.1.1.3").next(next)
}

/// Records that data was broken off while it moved. What the other side was told itself, that the transfer rests or has ended, is recorded there.
async fn broken_off(connector: &Connector, ground: &Ground, moved: u64, why: Rejection) -> Result<(), Failure> {
    let (this, flow_id) = (connector.clone(), ground.flow_id.clone());
    let noted = connector.node.store.write("delivery.broken_off", move |tx| {
        Box::pin(async move {
            let transfer = xinyu_store::transfer::find(tx, &flow_id).await?;
            let Some(transfer) = transfer.filter(|transfer| transfer.state == State::Started) else {
                return Ok(());
            };
            let draft = transfer::interrupted(&transfer, moved, &why);
            effect::apply(&this.node, tx, vec![Effect::Record(draft)]).await
        })
    });
    noted.await
}
