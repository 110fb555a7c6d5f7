//! Uses of delivered data: asked for, decided, run inside the use environment, recorded, told to the provider. TC609-6-2025-15 §7.1.2, §8.1.

mod environment;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::Value;
use xinyu_core::agreement::Terms;
use xinyu_core::data::Cell;
use xinyu_core::fault::Rejection;
use xinyu_core::usage::{self, Ask, End, Holding, Use, UseState, destruction};
use xinyu_http::json::StrictJson;
use xinyu_policy::{Policy, Request, Requested};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewUse, ReasonInfo, ResultInfo, UseInfo};
use xinyu_protocol::text::Text;
use xinyu_sandbox::{CancelToken, ResultSet};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, standing};
use xinyu_store::{Topic, Tx};

use self::environment::{Halt, planned, run};
use crate::app::Connector;

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
    let token = CancelToken::default();
    if !connector.running.enter(&new.use_id, &new.contract_id, token.clone()) {
        // The same use is being asked for, or runs.
        let (_, there) = find(&connector, &new).await?;
        return there.map(|one| Json(info(&one, None))).ok_or_else(|| {
            let id = &new.use_id;
            Rejection::conflict(
                "use-begins",
                format!("使用 {id} 正在受理"),
                format!("use {id} is just being asked for"),
            )
            .into()
        });
    }
    let asked = ask_once(&connector, &new, &person, &token).await;
    connector.running.leave(&new.use_id);
    asked.map(Json)
}

async fn ask_once(
    connector: &Connector,
    new: &NewUse,
    person: &Person,
    token: &CancelToken,
) -> Result<UseInfo, Failure> {
    let (holding, there) = find(connector, new).await?;
    let policy = policy(&holding.terms)?;
    let one = match there {
        Some(one) => one,
        None => begin(connector, &holding, policy, new, person).await?,
    };
    if one.state != UseState::Running {
        return Ok(info(&one, None));
    }
    let outcome = run(connector, &holding, &one, token).await;
    let (one, result) = end(connector, &one, outcome).await?;
    // What an order stopped at the last moment leaves nothing.
    Ok(info(&one, result.filter(|_| one.state == UseState::Done)))
}

async fn find(connector: &Connector, new: &NewUse) -> Result<(Holding, Option<Use>), Failure> {
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
                    return Err(Failure::from(Rejection::conflict(
                        "use-taken",
                        format!("使用编号 {use_id} 已用于另一合约"),
                        format!("use {use_id} belongs to another contract"),
                    )));
                }
                Ok((holding, one))
            })
        })
        .await
}

/// The policy of a contract.
///
/// # Errors
/// If it does not parse, which signing has ruled out.
pub fn policy(terms: &Terms) -> Result<Policy, Failure> {
    xinyu_policy::parse_value(&terms.policy_document()).map_err(|errors| crate::negotiation::unreadable(&errors).into())
}

async fn begin(
    connector: &Connector,
    holding: &Holding,
    policy: Policy,
    new: &NewUse,
    person: &Person,
) -> Result<Use, Failure> {
    let fields = match &new.query {
        Some(query) => planned(&holding.tables, query).await?,
        None => Vec::new(),
    };
    let action = xinyu_policy::Action::parse(&new.action)
        .map_or_else(|| Requested::Unknown(new.action.clone()), Requested::from);
    let mut request = Request::new(xinyu_policy::Action::Use);
    request.action = action;
    request.subject = Some(connector.options.participant_id.as_str().to_owned());
    request.application.clone_from(&new.application);
    request.purpose.clone_from(&new.purpose);
    request.region = new.region.clone().or_else(|| connector.options.region.clone());
    request.execution_env = Some("01".to_owned());
    request.encrypt_mode = Some("01".to_owned());
    request.data_field = fields;
    request.data_record = Some(holding.delivered.rows);
    tracing::info!(use_id = %new.use_id, contract = %new.contract_id, by = %person.name, "use {} under {} is asked for", new.use_id, new.contract_id);
    let mut ask = Ask { use_id: new.use_id.clone(), query: new.query.clone(), request, begun: Vec::new(), bar: None };
    let (this, id) = (connector.clone(), new.contract_id.clone());
    connector
        .node
        .store
        .write("usage.begin", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                ask.begun = xinyu_store::usage::begun(tx, &id).await?;
                let now = tx.now();
                ask.bar = barred(&this, tx, &holding.provider).await?;
                let (holding, one, effects) = usage::begin(holding, &policy, ask, now)?;
                xinyu_store::holding::save(tx, &holding).await?;
                xinyu_store::usage::save(tx, &one).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Usage);
                Ok::<_, Failure>(one)
            })
        })
        .await
}

/// Why nobody may use now: we or the provider are barred.
async fn barred(connector: &Connector, tx: &mut Tx, provider: &str) -> Result<Option<Text>, Failure> {
    match standing::must_stand(&connector.node, tx, provider).await {
        Ok(()) => Ok(None),
        Err(Failure::Rejected(bar)) => Ok(Some(bar.text)),
        Err(failure) => Err(failure),
    }
}

async fn end(
    connector: &Connector,
    one: &Use,
    outcome: Result<ResultSet, Halt>,
) -> Result<(Use, Option<ResultInfo>), Failure> {
    let (this, use_id, id) = (connector.clone(), one.use_id.clone(), one.contract_id.as_str().to_owned());
    let (how, result) = match outcome {
        Ok(result) => {
            let info = result_info(&result);
            let bytes = serde_json::to_vec(&info).map_err(Failure::broken)?;
            let digest = connector.node.suite.hash(&bytes).to_string();
            (Some(End::Done { rows_out: u64::try_from(info.rows.len()).unwrap_or(u64::MAX), digest }), Some(info))
        }
        Err(Halt::Cancelled) => (None, None),
        Err(Halt::Failed(why)) => (Some(End::Failed(why)), None),
    };
    let one = connector
        .node
        .store
        .write("usage.end", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                let one = xinyu_store::usage::find(tx, &use_id)
                    .await?
                    .ok_or_else(|| Failure::broken("a running use is not stored"))?;
                let now = tx.now();
                let how =
                    how.unwrap_or_else(|| End::Stopped(holding.halt(now).unwrap_or_else(|| "stopped".to_owned())));
                let (mut holding, one, effects) = usage::end(holding, one, how, now)?;
                if destruction::is_due(&holding, &policy(&holding.terms)?, now) {
                    holding = destruction::resolve(holding);
                }
                xinyu_store::holding::save(tx, &holding).await?;
                xinyu_store::usage::save(tx, &one).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Usage);
                Ok::<_, Failure>(one)
            })
        })
        .await?;
    Ok((one, result))
}

/// Ends the uses that a crash left running under a contract that was stopped or has ended meanwhile; the others wait for whoever asked for them to ask again.
///
/// # Errors
/// If the store fails.
pub async fn recover(connector: &Connector) -> Result<(), Failure> {
    let now = connector.node.store.clock().now();
    for one in left(connector).await? {
        let id = one.contract_id.as_str().to_owned();
        let holding = connector.node.store.read("holding.find", move |tx| {
            Box::pin(async move { xinyu_store::holding::find(tx, &id).await.map_err(Failure::from) })
        });
        if holding.await?.is_some_and(|holding| holding.halt(now).is_some()) {
            end(connector, &one, Err(Halt::Cancelled)).await?;
        }
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
            end(connector, &one, Err(Halt::Cancelled)).await?;
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

fn result_info(result: &ResultSet) -> ResultInfo {
    let cell = |cell: &Cell| serde_json::to_value(cell).unwrap_or(Value::Null);
    ResultInfo {
        columns: result.columns.clone(),
        rows: result.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        truncated: result.truncated,
    }
}

fn info(one: &Use, result: Option<ResultInfo>) -> UseInfo {
    UseInfo {
        use_id: one.use_id.clone(),
        contract_id: one.contract_id.as_str().to_owned(),
        action: one.action.clone(),
        query: one.query.clone(),
        fields: one.fields.clone(),
        state: one.state.as_str().to_owned(),
        decision: one.decision.decision.name().to_owned(),
        reasons: one
            .decision
            .reasons
            .iter()
            .map(|reason| ReasonInfo { clause: reason.clause.clone(), text: Text::new(&reason.zh, &reason.en) })
            .collect(),
        rows_out: one.rows_out,
        why: one.why.clone(),
        asked_at: one.asked_at,
        ended_at: one.ended_at,
        result,
    }
}
