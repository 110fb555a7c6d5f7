//! Retention as both kinds of node keep it: contracts that have ended are noted, their records are disposed of when their time is over and somebody, or the node's own
//! rule, says so. A platform's log keeps place and hashes of each entry, with a record that says what was disposed of. Entries of the audit chain go by their age.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use jiff::SignedDuration;
use xinyu_core::derived::DerivedState;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::retention::{ACCESS, CLASSES, CONTRACT, Obstacle, Term, disposed, must_be_over, reason, unknown};
use xinyu_core::usage::HoldingState;
use xinyu_crypto::Suite;
use xinyu_evidence::disposal::{DISPOSED, Disposal};
use xinyu_evidence::tree::leaf_hash;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::retention::{RetentionClass, RetentionHold, RetentionInfo, RetentionList};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::text::Text;
use xinyu_store::audit::Happened;
use xinyu_store::retention::{self, Ended};
use xinyu_store::{Timestamp, Topic, Tx};

use crate::effect;
use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::user::Person;

/// How often is looked what has ended and what is due, though nobody asked: terms are days and years.
const PAUSE: Duration = Duration::from_hours(1);
/// How long what is committed gathers before it is looked at: a log grows a thousand times a second, and there is no hurry here.
const GATHER: Duration = Duration::from_secs(1);
/// Contracts that are looked at in one transaction.
const AT_ONCE: u32 = 100;
/// Records, or rows of a table, that go in one transaction: few enough that nobody waits long for the store meanwhile.
const PORTION: u32 = 500;
/// How many contracts of each state are listed.
const MOST: u32 = 200;

/// Keeps to the terms until the node stops.
pub async fn run(node: Arc<Node>) {
    let mut wake = node.store.signals().subscribe(Topic::Evidence);
    let mut noted_at = Timestamp::MIN;
    loop {
        let now = node.store.clock().now();
        let is_time = noted_at.checked_add(PAUSE).is_ok_and(|next| next <= now) || now < noted_at;
        let done = async {
            if is_time {
                note(&node).await?;
                audit(&node).await?;
                if node.retention.dispose {
                    order_due(&node).await?;
                }
            }
            dispose_ordered(&node).await
        };
        match done.await {
            Ok(()) if is_time => noted_at = now,
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "what is to be disposed of is still there, the next attempt follows"),
        }
        tokio::select! {
            () = node.stopping() => return,
            () = tokio::time::sleep(PAUSE) => {}
            woken = wake.wait() => if woken.is_err() { return },
        }
        tokio::select! {
            () = node.stopping() => return,
            () = tokio::time::sleep(GATHER) => {}
        }
    }
}

/// Notes which contracts have ended.
///
/// # Errors
/// If the store fails.
pub async fn note(node: &Arc<Node>) -> Result<(), Failure> {
    let (kind, mut after) = (node.kind, Some(String::new()));
    while let Some(from) = after {
        let noted = node.store.write("retention.note", move |tx| {
            Box::pin(async move {
                let (next, ended) = match kind {
                    NodeKind::Platform => {
                        let ended = retention::ended_contracts(tx, AT_ONCE).await?;
                        ((!ended.is_empty()).then(String::new), ended)
                    }
                    NodeKind::Connector => retention::ended_agreements(tx, &from, AT_ONCE).await?,
                };
                for (contract, space, at) in ended {
                    retention::note(tx, &contract, &space, at).await?;
                }
                Ok::<_, Failure>(next)
            })
        });
        after = noted.await?;
    }
    Ok(())
}

/// Takes away what is too old of the audit chain.
async fn audit(node: &Arc<Node>) -> Result<(), Failure> {
    let Some(days) = node.retention.access_log() else { return Ok(()) };
    let age = SignedDuration::from_hours(24 * i64::from(days));
    loop {
        let pruned = node.store.write("retention.audit", move |tx| {
            Box::pin(async move {
                let before = tx.now().checked_sub(age).unwrap_or(Timestamp::MIN);
                let Some((last, digest)) = xinyu_store::audit::prune(tx, before, PORTION).await? else {
                    return Ok(false);
                };
                let done = happened("-", "retention.audit", &last.to_string(), hex::encode(digest));
                xinyu_store::audit::append(tx, &done).await?;
                Ok::<_, Failure>(true)
            })
        });
        if !pruned.await? {
            return Ok(());
        }
    }
}

/// Says of all that is due, and that nothing stands in the way of, that it is to be disposed of.
async fn order_due(node: &Arc<Node>) -> Result<(), Failure> {
    let years = node.retention.contract_years;
    let mut after = (Timestamp::MIN, String::new());
    loop {
        let kind = node.kind;
        let ordered = node.store.write("retention.order_due", move |tx| {
            Box::pin(async move {
                let now = tx.now();
                let found = retention::past(tx, now, (after.0, &after.1), AT_ONCE).await?;
                let last = found.last().map(|one| (one.ended_at, one.contract_id.clone()));
                for one in found {
                    let stand = obstacles(tx, kind, &one).await?;
                    if must_be_over(&one.contract_id, one.ended_at, years, &stand, now).is_ok() {
                        order(tx, &one.contract_id, "-", "-").await?;
                    }
                }
                Ok::<_, Failure>(last)
            })
        });
        match ordered.await? {
            // They come in the order of their ends: those after one that is not due are not either.
            Some((ended_at, id)) if Term::Years(years).after(ended_at) <= node.store.clock().now() => {
                after = (ended_at, id)
            }
            _ => return Ok(()),
        }
    }
}

async fn order(tx: &mut Tx, contract_id: &str, by: &str, ip: &str) -> Result<(), Failure> {
    retention::order(tx, contract_id, by).await?;
    let mut happened = happened(by, "retention.order", contract_id, String::new());
    ip.clone_into(&mut happened.ip);
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

fn happened(actor: &str, action: &str, object: &str, detail: String) -> Happened {
    Happened {
        actor: actor.to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        result: "done".to_owned(),
        ip: "-".to_owned(),
        detail,
    }
}

/// Disposes of what was ordered, a portion at a time. What stands in the way by now keeps it.
async fn dispose_ordered(node: &Arc<Node>) -> Result<(), Failure> {
    let found = node.store.read("retention.ordered", |tx| {
        Box::pin(async move { retention::ordered(tx, AT_ONCE).await.map_err(Failure::from) })
    });
    for one in found.await? {
        loop {
            let (this, id) = (Arc::clone(node), one.contract_id.clone());
            let more =
                node.store.write("retention.dispose", move |tx| Box::pin(async move { portion(&this, tx, &id).await }));
            if !more.await? {
                break;
            }
        }
    }
    Ok(())
}

/// Disposes of a portion of what belongs to a contract. Whether there is more that can go now: what stands in the newest bundle of a log waits until that is full.
async fn portion(node: &Arc<Node>, tx: &mut Tx, id: &str) -> Result<bool, Failure> {
    let Some(one) = retention::lock(tx, id).await?.filter(|one| one.ordered.is_some() && one.disposed_at.is_none())
    else {
        return Ok(false);
    };
    let stand = obstacles(tx, node.kind, &one).await?;
    if must_be_over(id, one.ended_at, node.retention.contract_years, &stand, tx.now()).is_err() {
        return Ok(false);
    }
    if node.kind == NodeKind::Platform {
        let (entries, later) = retention::entries(tx, id, &one.space_id, PORTION).await?;
        if !entries.is_empty() {
            dispose(node, tx, &one, entries).await?;
            return Ok(true);
        }
        if later > 0 {
            return Ok(false);
        }
    }
    let gone = retention::forget(tx, id, PORTION).await?;
    let is_all = gone == 0;
    let records = if node.kind == NodeKind::Connector { gone } else { 0 };
    retention::advance(tx, id, records, is_all).await?;
    if is_all {
        let records = one.records.saturating_add(records).to_string();
        xinyu_store::audit::append(tx, &happened("-", "retention.dispose", id, records)).await?;
    }
    Ok(!is_all)
}

/// Takes the bytes of entries out of the log, with the record that says so.
async fn dispose(node: &Arc<Node>, tx: &mut Tx, one: &Ended, entries: Vec<(u64, Vec<u8>)>) -> Result<(), Failure> {
    let hashes: BTreeMap<u64, _> = entries
        .iter()
        .map(|(position, leaf)| (*position, [Suite::Intl, Suite::Sm].map(|suite| leaf_hash(suite, leaf))))
        .collect();
    let disposal = Disposal::of(&hashes);
    let gone: Vec<_> = hashes.into_iter().filter(|(position, _)| disposal.covers(*position)).collect();
    retention::dispose(tx, &one.space_id, gone).await?;
    retention::advance(tx, &one.contract_id, disposal.entries(), false).await?;
    let mut draft = Draft::new(DISPOSED, &one.space_id)
        .fact("class", CONTRACT.name)
        .fact("kept", Term::Years(node.retention.contract_years).code())
        .fact("ended_at", one.ended_at.to_string())
        .fact("source", CONTRACT.source);
    if let Ok(contract) = ContractId::parse(&one.contract_id) {
        draft = draft.contract(&contract);
    }
    for (name, value) in disposal.facts() {
        draft = draft.fact(name, value);
    }
    effect::apply(node, tx, vec![Effect::Record(draft)]).await
}

/// What stands in the way.
async fn obstacles(tx: &mut Tx, kind: NodeKind, one: &Ended) -> Result<Vec<Obstacle>, Failure> {
    let id = one.contract_id.as_str();
    let (is_frozen, is_unproven) = match kind {
        NodeKind::Platform => xinyu_store::contract::find(tx, id).await?.map_or((false, false), |contract| {
            let is_proven = contract.is_unsigned || contract.filing.is_none() || contract.proven.is_some();
            (contract.frozen_at.is_some(), !is_proven)
        }),
        NodeKind::Connector => {
            let agreement = xinyu_store::agreement::find(tx, id).await?;
            let holding = xinyu_store::holding::find(tx, id).await?;
            let is_held = holding.is_some_and(|one| matches!(one.state, HoldingState::Held | HoldingState::Destroying));
            let derived = xinyu_store::derived::of_contract(tx, id).await?;
            let is_used = derived.iter().any(|one| one.state != DerivedState::Destroyed);
            (agreement.is_some_and(|agreement| agreement.stopped.is_some()), is_held || is_used)
        }
    };
    let disputes = xinyu_store::dispute::of_contract(tx, id).await?;
    let (retrying, set_aside) = xinyu_store::exception::backlog(tx, id).await?;
    let found = [
        (Obstacle::Held, one.held.is_some()),
        (Obstacle::Frozen, is_frozen),
        (Obstacle::Disputed, disputes.iter().any(|dispute| dispute.state.is_open())),
        (Obstacle::Unproven, is_unproven),
        (Obstacle::Waiting, retrying > 0 || set_aside > 0),
    ];
    Ok(found.into_iter().filter_map(|(obstacle, stands)| stands.then_some(obstacle)).collect())
}

/// `GET /api/v1/retention`: what is kept for how long, and the contracts that have ended.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>, _: Person) -> Result<Json<RetentionList>, Failure> {
    note(&node).await?;
    let (kind, years) = (node.kind, node.retention.contract_years);
    let items = node.store.read("retention.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for is_disposed in [false, true] {
                for one in retention::list(tx, is_disposed, MOST).await? {
                    items.push(info(tx, kind, years, one).await?);
                }
            }
            Ok::<_, Failure>(items)
        })
    });
    let told = |(zh, en)| Text::new(zh, en);
    let class = |class: xinyu_core::retention::Class| RetentionClass {
        name: class.name.to_owned(),
        told: told(class.told),
        since: told(class.since),
        least: class.least.code(),
        kept: match class.name {
            name if name == CONTRACT.name || name == "provision" => Some(Term::Years(years).code()),
            name if name == ACCESS.name => node.retention.access_log().map(|days| Term::Days(days).code()),
            _ => None,
        },
        source: class.source.to_owned(),
    };
    let classes = CLASSES.into_iter().map(class).collect();
    Ok(Json(RetentionList { classes, is_automatic: node.retention.dispose, items: items.await? }))
}

async fn info(tx: &mut Tx, kind: NodeKind, years: u32, one: Ended) -> Result<RetentionInfo, Failure> {
    let due_at = Term::Years(years).after(one.ended_at);
    let is_due = due_at <= tx.now();
    let state = match (&one.disposed_at, &one.held, &one.ordered) {
        (Some(_), _, _) => "disposed",
        (None, Some(_), _) => "held",
        (None, None, Some(_)) => "ordered",
        (None, None, None) if is_due => "due",
        (None, None, None) => "kept",
    };
    let stand = if is_due && one.disposed_at.is_none() { obstacles(tx, kind, &one).await? } else { Vec::new() };
    let Ended { contract_id, space_id, ended_at, held, records, disposed_at, .. } = one;
    let (held_at, held_by, held_why) = held.map_or((None, None, None), |(at, by, why)| (Some(at), Some(by), Some(why)));
    Ok(RetentionInfo {
        contract_id,
        space_id,
        state: state.to_owned(),
        ended_at,
        due_at,
        held_at,
        held_by,
        held_why,
        obstacles: stand.into_iter().map(|one| one.as_str().to_owned()).collect(),
        records,
        disposed_at,
    })
}

/// `POST /api/v1/retention/{contract}/disposal`: the records of a contract whose time is over are to be disposed of.
///
/// # Errors
/// 404 if no such contract has ended; 409 if its time is not over, something stands in the way, or it was done.
pub async fn dispose_of(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<RetentionInfo>, Failure> {
    decide(&node, id, person, Decision::Dispose).await
}

/// `POST /api/v1/retention/{contract}/hold`: the records of a contract are kept longer.
///
/// # Errors
/// 400 without a reason; 404 and 409 as [`dispose_of`].
pub async fn hold(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<RetentionHold>,
) -> Result<Json<RetentionInfo>, Failure> {
    decide(&node, id, person, Decision::Hold(reason(&body.value.why)?)).await
}

/// `POST /api/v1/retention/{contract}/release`: they are no longer kept longer.
///
/// # Errors
/// As [`dispose_of`].
pub async fn release(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<RetentionInfo>, Failure> {
    decide(&node, id, person, Decision::Release).await
}

/// What a person decides about the records of a contract.
enum Decision {
    Dispose,
    Hold(String),
    Release,
}

async fn decide(
    node: &Arc<Node>,
    id: String,
    person: Person,
    decision: Decision,
) -> Result<Json<RetentionInfo>, Failure> {
    note(node).await?;
    let this = Arc::clone(node);
    let decided = node.store.write("retention.decide", move |tx| {
        Box::pin(async move {
            let one = retention::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            if one.disposed_at.is_some() {
                return Err(disposed(&id).into());
            }
            let years = this.retention.contract_years;
            match decision {
                Decision::Dispose => {
                    let stand = obstacles(tx, this.kind, &one).await?;
                    must_be_over(&id, one.ended_at, years, &stand, tx.now())?;
                    order(tx, &id, &person.name, &person.ip).await?;
                }
                Decision::Hold(why) => {
                    retention::hold(tx, &id, Some((&person.name, &why))).await?;
                    let happened = Happened { detail: why, ..person.happened("retention.hold", &id, "done") };
                    xinyu_store::audit::append(tx, &happened).await?;
                }
                Decision::Release => {
                    retention::hold(tx, &id, None).await?;
                    xinyu_store::audit::append(tx, &person.happened("retention.release", &id, "done")).await?;
                }
            }
            let one = retention::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            info(tx, this.kind, years, one).await
        })
    });
    Ok(Json(decided.await?))
}
