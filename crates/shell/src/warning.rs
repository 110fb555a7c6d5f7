//! Early warnings as both kinds of node raise, close and list them: a contract is looked at after a commit that changed something of it, and when a moment comes
//! at which time alone may. TC609-6-2025-14 §7.5 c.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::warning::{About, Facts, look, next_look, step};
use xinyu_protocol::api::List;
use xinyu_protocol::api::warning::WarningInfo;
use xinyu_protocol::text::Text;
use xinyu_store::{BoxFuture, Timestamp, Topic, Tx, warning};

use crate::effect;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;

/// After a look that failed.
const AGAIN: Duration = Duration::from_secs(1);
/// How many contracts are looked at in one turn.
const AT_ONCE: u32 = 100;
/// How many are listed.
const MOST: u32 = 500;

/// What a node knows of its contracts.
pub trait Known: Send + Sync + 'static {
    /// The facts of a contract, which is held until the transaction ends; none if it is not in force here, and there is nothing to warn of.
    fn facts<'t>(
        &'t self,
        tx: &'t mut Tx,
        contract_id: &'t str,
    ) -> BoxFuture<'t, Result<Option<(About, Facts)>, Failure>>;
}

/// Looks until the node stops.
pub async fn run(node: Arc<Node>, known: Arc<dyn Known>) {
    let mut wake = node.store.signals().subscribe(Topic::Look);
    let mut is_resumed = false;
    loop {
        let next = match turn(&node, &known, &mut is_resumed).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "contracts could not be looked at for warnings, the next attempt follows");
                tokio::select! {
                    () = node.stopping() => return,
                    () = tokio::time::sleep(AGAIN) => continue,
                }
            }
        };
        tokio::select! {
            () = node.stopping() => return,
            () = reach(&node, next) => {}
            woken = wake.wait() => if woken.is_err() { return },
        }
    }
}

async fn reach(node: &Node, at: Option<Timestamp>) {
    match at {
        Some(at) => node.store.clock().reach(at).await,
        None => std::future::pending().await,
    }
}

/// Looks at all contracts that are due, each in a transaction of its own. When the next one is.
async fn turn(node: &Arc<Node>, known: &Arc<dyn Known>, is_resumed: &mut bool) -> Result<Option<Timestamp>, Failure> {
    if node.party().is_none() {
        return Ok(None);
    }
    if !*is_resumed {
        node.store
            .write("warning.resume", |tx| Box::pin(async move { Ok::<_, Failure>(warning::touch_failed(tx).await?) }))
            .await?;
        *is_resumed = true;
    }
    loop {
        let due = node.store.read("warning.due", |tx| {
            Box::pin(async move {
                let now = tx.now();
                Ok::<_, Failure>((warning::due(tx, now, AT_ONCE).await?, warning::next_due(tx).await?))
            })
        });
        let (due, next) = due.await?;
        if due.is_empty() {
            return Ok(next);
        }
        let mut failed = None;
        for id in due {
            let (this, known) = (Arc::clone(node), Arc::clone(known));
            let looked = node.store.write("warning.look", move |tx| {
                Box::pin(async move { look_at(&this, tx, known.as_ref(), &id).await })
            });
            // One that cannot be looked at does not keep the others from it.
            failed = looked.await.err().or(failed);
        }
        if let Some(error) = failed {
            return Err(error);
        }
    }
}

/// Raises what is new and closes what is over, with the records of it, in one transaction: none is lost by a crash, and none is there twice.
async fn look_at(node: &Node, tx: &mut Tx, known: &dyn Known, id: &str) -> Result<(), Failure> {
    warning::take(tx, id).await?;
    let Some((about, facts)) = known.facts(tx, id).await? else { return Ok(()) };
    let now = tx.now();
    let open = warning::open(tx, id).await?;
    let ids: Vec<String> = look(&facts, now).iter().map(|_| tx.new_id().to_string()).collect();
    let mut ids = ids.into_iter();
    let (changed, effects) = step(&about, open, look(&facts, now), now, || ids.next().unwrap_or_default());
    if !changed.is_empty() {
        for kept in &changed {
            warning::save(tx, kept).await?;
        }
        tx.signal(Topic::Warning);
        tx.signal(Topic::Contract);
        effect::apply(node, tx, effects).await?;
    }
    match next_look(&facts, now) {
        // What the database keeps is cut to microseconds: not before the moment.
        Some(at) => Ok(warning::look_at(tx, id, at.checked_add(Duration::from_micros(1)).unwrap_or(at)).await?),
        None => Ok(()),
    }
}

/// Which warnings to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only of this contract.
    #[serde(default)]
    contract: String,
    /// `true` or `false`.
    #[serde(default)]
    open: String,
    /// `notice`, `warning` or `serious`.
    #[serde(default)]
    severity: String,
}

/// `GET /api/v1/warnings?contract=&open=&severity=`: the open ones first, newest first.
///
/// # Errors
/// If a filter has no such value, or the store fails.
pub async fn list(
    State(node): State<Arc<Node>>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<WarningInfo>>, Failure> {
    let is_open = match filter.open.as_str() {
        "" => None,
        "true" => Some(true),
        "false" => Some(false),
        _ => return Err(unknown("open", "true / false").into()),
    };
    if !["", "notice", "warning", "serious"].contains(&filter.severity.as_str()) {
        return Err(unknown("severity", "notice / warning / serious").into());
    }
    let filter = warning::Filter { contract_id: filter.contract, is_open, severity: filter.severity };
    let found = node.store.read("warning.list", move |tx| {
        Box::pin(async move { warning::list(tx, &filter, MOST).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: found.await? }))
}

fn unknown(name: &str, values: &str) -> Rejection {
    Rejection::bad(
        "warning-filter",
        format!("筛选条件 {name} 的取值不对"),
        format!("the filter {name} has no such value"),
    )
    .clause(format!("?{name}"))
    .next(Text::new(format!("可选 {values}"), format!("there are {values}")))
}
