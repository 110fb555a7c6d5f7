//! Uses of delivered data: asked for, decided, run inside the use environment, recorded, told to the provider. TC609-6-2025-15 §7.1.2, §8.1.

pub(crate) mod begin;
pub mod component;
pub mod desk;
pub(crate) mod environment;
pub mod running;
pub(crate) mod watch;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::Value;
use xinyu_core::agreement::Terms;
use xinyu_core::clause::clauses;
use xinyu_core::contract::strategy_id;
use xinyu_core::data::Cell;
use xinyu_core::derived::Sealed;
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::governing::{CountedRecord, Governing};
use xinyu_core::usage::duty::{self, UseDuty};
use xinyu_core::usage::mark::{self, Mark};
use xinyu_core::usage::watch::review;
use xinyu_core::usage::{self, Bar, End, Holding, Use, UseState};
use xinyu_http::json::StrictJson;
use xinyu_policy::Policy;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{DutyInfo, InheritedInfo, NewUse, ReasonInfo, ResultInfo, UseInfo};
use xinyu_protocol::text::Text;
use xinyu_sandbox::{CancelToken, ResultSet};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, standing};
use xinyu_store::Tx;

use self::desk::{Act, Ending};
use self::environment::{Halt, run};
use crate::app::Connector;
use crate::policy_record::set::{ensure, of_holding};
use crate::{derived, health};

/// Which uses to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only under this contract.
    #[serde(default)]
    contract: String,
}

/// `GET /api/v1/uses?contract=`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(connector): State<Connector>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<UseInfo>>, Failure> {
    let all = connector
        .node
        .store
        .read("usage.list", move |tx| {
            Box::pin(async move { xinyu_store::usage::list(tx, &filter.contract, 200).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: all.iter().map(|one| info(one, None)).collect() }))
}

/// `POST /api/v1/uses`: asks to use delivered data. The same key is the same use: one that was interrupted by a crash runs again without being counted
/// again; one that has ended is not repeated.
///
/// # Errors
/// If the data is not here; a refusal is an answer, not an error.
pub async fn ask(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewUse>,
) -> Result<Json<UseInfo>, Failure> {
    let new = body.value;
    let (holding, there) = find(&connector, &new).await?;
    ensure(&connector, &holding.space_id).await?;
    let one = match there {
        Some(one) if one.state == UseState::Awaiting => {
            match begin::begin(&connector, &holding, &new, Some(one), &person).await? {
                (one, true) => one,
                (one, false) => return Ok(Json(info(&one, None))),
            }
        }
        Some(one) if one.state != UseState::Running || connector.running.holds(&one.use_id) => {
            return Ok(Json(info(&one, None)));
        }
        Some(one) => match resumed(&connector, one, true).await? {
            one if one.state == UseState::Running => one,
            one => return Ok(Json(info(&one, None))),
        },
        None => match begin::begin(&connector, &holding, &new, None, &person).await? {
            (one, true) => one,
            (one, false) => return Ok(Json(info(&one, None))),
        },
    };
    if one.state != UseState::Running {
        return Ok(Json(info(&one, None)));
    }
    let policy = policies(&connector, &holding).await?;
    let token = CancelToken::default();
    connector.running.enter(&one, token.clone());
    let outcome = in_turn(&connector, &holding, &policy, &one, &token).await;
    let (outcome, kept) = derived::kept(&connector, &holding, &one, outcome).await;
    let ended = end(&connector, &one, outcome, kept).await;
    connector.running.leave(&one.use_id);
    let (one, result) = ended?;
    let inherited = (result.is_some() || one.beyond.keep.is_some()).then(|| inherited(&holding, &policy)).flatten();
    Ok(Json(UseInfo { inherited, ..info(&one, result) }))
}

/// Runs a use when its turn comes.
async fn in_turn(
    connector: &Connector,
    holding: &Holding,
    policy: &Governing,
    one: &Use,
    token: &CancelToken,
) -> Result<ResultSet, Halt> {
    let _turn = tokio::select! {
        turn = connector.running.turn() => turn,
        () = token.cancelled() => return Err(Halt::Cancelled),
    };
    run(connector, holding, policy, one, token).await
}

/// A use that a crash interrupted is decided again before it runs on: what was permitted then need not be permitted now.
async fn resumed(connector: &Connector, one: Use, runs: bool) -> Result<Use, Failure> {
    let (this, looked_at) = (connector.clone(), one.clone());
    let unchecked = match find_holding(connector, &one).await? {
        Some(holding) if runs => component::again(connector, &holding, &one).await?,
        _ => None,
    };
    let ceased = connector.node.store.read("usage.resume", move |tx| {
        Box::pin(async move {
            let id = looked_at.contract_id.as_str();
            let holding = xinyu_store::holding::find(tx, id).await?.ok_or_else(|| xinyu_core::contract::unknown(id))?;
            let (policy, unknown) = of_holding(&this, tx, &holding).await?;
            let bar = barred_use(&this, tx, &holding, &looked_at).await?.or(unchecked).or(unknown);
            Ok::<_, Failure>(review(&holding, &policy, &looked_at, bar.as_ref(), tx.now()))
        })
    });
    match ceased.await? {
        Some(ceased) => end(connector, &one, Err(Halt::Ceased(ceased)), None).await.map(|(one, _)| one),
        None => Ok(one),
    }
}

async fn find_holding(connector: &Connector, one: &Use) -> Result<Option<Holding>, Failure> {
    let id = one.contract_id.as_str().to_owned();
    let found = connector.node.store.read("usage.holding", move |tx| {
        Box::pin(async move { xinyu_store::holding::find(tx, &id).await.map_err(Failure::from) })
    });
    found.await
}

/// What a result stays under, where the contract says that it is inherited. TC609-6-2025-15 §7.1.2.4 i.
fn inherited(holding: &Holding, policy: &Policy) -> Option<InheritedInfo> {
    let goes_on = policy.is_inherited() || holding.terms.handed_on().is_some();
    goes_on.then(|| InheritedInfo {
        strategy_id: strategy_id(&holding.contract_id),
        contract_id: holding.contract_id.as_str().to_owned(),
        product_id: holding.product_id.clone(),
        clauses: clauses(&holding.terms.policy_document()).unwrap_or_default(),
    })
}

/// The data that a use is asked of, and the use, if it was asked for before.
///
/// # Errors
/// If the data is not here, or the number is none, or another contract's.
pub(crate) async fn find(connector: &Connector, new: &NewUse) -> Result<(Holding, Option<Use>), Failure> {
    usage::check_id(&new.use_id)?;
    let (id, use_id) = (new.contract_id.clone(), new.use_id.clone());
    connector
        .node
        .store
        .read("usage.find", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::find(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                let one = xinyu_store::usage::find(tx, &use_id).await?;
                if one.as_ref().is_some_and(|one| one.contract_id.as_str() != id) {
                    return Err(Failure::from(taken(&use_id)));
                }
                Ok((holding, one))
            })
        })
        .await
}

fn taken(use_id: &str) -> Rejection {
    Rejection::conflict(
        "use-taken",
        format!("使用编号 {use_id} 已用于另一合约"),
        format!("use {use_id} belongs to another contract"),
    )
}

/// What governs a use that is to run now.
async fn policies(connector: &Connector, holding: &Holding) -> Result<Governing, Failure> {
    let (this, holding) = (connector.clone(), holding.clone());
    let found = connector.node.store.read("usage.policies", move |tx| {
        Box::pin(async move { of_holding(&this, tx, &holding).await.map(|(policy, _)| policy) })
    });
    found.await
}

/// The policy of a contract.
///
/// # Errors
/// If it does not parse, which signing has ruled out.
pub fn policy(terms: &Terms) -> Result<Policy, Failure> {
    xinyu_policy::parse_value(&terms.policy_document()).map_err(|errors| crate::negotiation::unreadable(&errors).into())
}

/// Why a use must not be or go on: a party of its contract is barred, or a component that it runs.
pub(crate) async fn barred_use(
    connector: &Connector,
    tx: &mut Tx,
    holding: &Holding,
    one: &Use,
) -> Result<Option<Bar>, Failure> {
    match barred(connector, tx, holding).await? {
        Some(bar) => Ok(Some(bar)),
        None => component::barred(connector, tx, &one.components).await,
    }
}

/// Why nobody may use now: we are not fit, or we or the provider are barred.
pub(crate) async fn barred(connector: &Connector, tx: &mut Tx, holding: &Holding) -> Result<Option<Bar>, Failure> {
    if let Some(bar) = health::bar(connector, &holding.space_id, tx.now()) {
        return Ok(Some(bar));
    }
    match standing::must_stand(&connector.node, tx, &holding.provider).await {
        Ok(()) => Ok(None),
        Err(Failure::Rejected(bar)) => Ok(Some(Bar::of_party(bar.text))),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn end(
    connector: &Connector,
    one: &Use,
    outcome: Result<ResultSet, Halt>,
    kept: Option<Sealed>,
) -> Result<(Use, Option<ResultInfo>), Failure> {
    let how = match outcome {
        Ok(result) => finished(connector, one, result_info(&result)),
        Err(Halt::Cancelled) => Ok((End::Stopped(connector.running.ceased(&one.use_id)), None)),
        Err(Halt::Ceased(decision)) => Ok((End::Stopped(Some(decision)), None)),
        Err(Halt::Corrupt(why)) => Ok((End::Corrupt(why), None)),
        Err(Halt::Failed(why)) => Ok((End::Failed(why), None)),
    };
    let (how, result) = how?;
    let one = ended(connector, one, how, kept).await?;
    // What came at the same time as the end of its permission stays here.
    let result = result.filter(|_| one.state == UseState::Done);
    Ok((one, result))
}

/// Ends a use as it is said, and keeps what was sealed of it; what must not be kept after all is destroyed.
pub(crate) async fn ended(connector: &Connector, one: &Use, how: End, kept: Option<Sealed>) -> Result<Use, Failure> {
    let was_sealed = kept.is_some();
    // What was stopped computes no more from here on, however long its record waits for its turn.
    let halted = connector.node.store.clock().now();
    let ending = Ending { use_id: one.use_id.clone(), how, kept, halted };
    let (one, is_kept) = desk::act(connector, one.contract_id.as_str(), Act::End(Box::new(ending))).await?;
    if was_sealed && !is_kept {
        derived::discard(connector, &one).await?;
    }
    Ok(one)
}

/// A result that is ready to leave: marked, if the contract demands it, and its digest taken as it leaves.
pub(crate) fn finished(
    connector: &Connector,
    one: &Use,
    mut result: ResultInfo,
) -> Result<(End, Option<ResultInfo>), Failure> {
    if duty::demands_mark(one) {
        let mark = Mark::new(one.contract_id.as_str(), &one.use_id);
        match mark::apply(&mark, &mut result.columns, &mut result.rows) {
            Ok(text) => result.mark = Some(text),
            Err(why) => return Ok((End::Failed(why), None)),
        }
    }
    let bytes = serde_json::to_vec(&result).map_err(Failure::broken)?;
    let digest = connector.node.suite.hash(&bytes).to_string();
    // What its source says must stay, stays; the digest tells that there was a result.
    if one.components.iter().any(|used| !used.output_leaves) {
        return Ok((End::Done { rows_out: 0, digest, mark: result.mark.clone() }, None));
    }
    let rows_out = u64::try_from(result.rows.len()).unwrap_or(u64::MAX);
    Ok((End::Done { rows_out, digest, mark: result.mark.clone() }, Some(result)))
}

/// Ends the uses that a crash left running and that are permitted no more; the others wait for whoever asked for them to ask again.
///
/// # Errors
/// If the store fails.
pub async fn recover(connector: &Connector) -> Result<(), Failure> {
    for one in left(connector).await? {
        resumed(connector, one, false).await?;
    }
    Ok(())
}

/// Ends the uses of a contract that has ended: those that run are cancelled, those that a crash left are closed.
///
/// # Errors
/// If the store fails.
pub(crate) async fn clear(connector: &Connector, contract_id: &str) -> Result<(), Failure> {
    connector.running.stop(contract_id);
    for one in left(connector).await? {
        if one.contract_id.as_str() == contract_id && !connector.running.holds(&one.use_id) {
            end(connector, &one, Err(Halt::Cancelled), None).await?;
        }
    }
    Ok(())
}

/// The uses that the store says run.
async fn left(connector: &Connector) -> Result<Vec<Use>, Failure> {
    let left = connector.node.store.read("usage.left", |tx| {
        Box::pin(async move { xinyu_store::usage::list_in(tx, UseState::Running).await.map_err(Failure::from) })
    });
    left.await
}

pub(crate) fn result_info(result: &ResultSet) -> ResultInfo {
    let cell = |cell: &Cell| serde_json::to_value(cell).unwrap_or(Value::Null);
    ResultInfo {
        columns: result.columns.clone(),
        rows: result.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        truncated: result.truncated,
        mark: None,
    }
}

pub(crate) fn info(one: &Use, result: Option<ResultInfo>) -> UseInfo {
    UseInfo {
        use_id: one.use_id.clone(),
        contract_id: one.contract_id.as_str().to_owned(),
        action: one.action.clone(),
        query: one.query.clone(),
        fields: one.fields.clone(),
        state: one.state.as_str().to_owned(),
        decision: one.latest_decision().decision.name().to_owned(),
        reasons: one
            .latest_decision()
            .reasons
            .iter()
            .map(|reason| ReasonInfo { clause: reason.clause.clone(), text: Text::new(&reason.zh, &reason.en) })
            .collect(),
        rows_out: one.rows_out,
        why: one.why.clone(),
        asked_at: one.asked_at,
        ended_at: one.ended_at,
        duties: one.duties.iter().map(duty_info).collect(),
        components: one.components.iter().map(component::info).collect(),
        records: one.records.iter().map(CountedRecord::info).collect(),
        policy_set: one.policy_set,
        awaits: duty::awaited(one).map(|view| view.action.code().to_owned()),
        inherited: None,
        derived: one.beyond.derived.clone(),
        kept: one.beyond.keep.clone().filter(|_| one.state == UseState::Done),
        result,
    }
}

fn duty_info(duty: &UseDuty) -> DutyInfo {
    DutyInfo {
        action: duty.action.code().to_owned(),
        timing: duty.timing.name().to_owned(),
        clause: duty.clause.clone(),
        state: duty.state.as_str().to_owned(),
        at: duty.at,
    }
}
