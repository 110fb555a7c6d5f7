//! Derived data at its holder: what a use has made is sealed like what was delivered, used and taken out under the policy that it inherits, and destroyed with its
//! contract. TC609-6-2025-15 §7.1.2.4 i.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::clause::clauses;
use xinyu_core::contract::signing;
use xinyu_core::data::Cell;
use xinyu_core::data::pack::Event;
use xinyu_core::derived::{self, Derived, DerivedState, Sealed};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::usage::{End, HeldFile, Holding, Use, UseState};
use xinyu_dataplane::reseal::{self, Place};
use xinyu_http::json::StrictJson;
use xinyu_policy::Action;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewUse, ResultInfo};
use xinyu_protocol::api::derived::{DerivedInfo, ExportInfo, NewExport};
use xinyu_protocol::tc609::derived::{DerivedContent, DerivedFile};
use xinyu_sandbox::{CancelToken, ResultSet};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use crate::app::Connector;
use crate::negotiation::{credential, me};
use crate::usage::begin;
use crate::usage::environment::{Halt, unopened};
use crate::usage::{self};

/// How much derived data is listed.
const MOST: u32 = 500;

/// `GET /api/v1/derived`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<DerivedInfo>>, Failure> {
    let all = connector.node.store.read("derived.list", |tx| {
        Box::pin(async move { xinyu_store::derived::list(tx, MOST).await.map_err(Failure::from) })
    });
    let items = all.await?.iter().map(|one| DerivedInfo { clauses: Vec::new(), ..info(one) }).collect();
    Ok(Json(List { items }))
}

/// `GET /api/v1/derived/{id}`.
///
/// # Errors
/// If there is none.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DerivedInfo>, Failure> {
    Ok(Json(info(&find(&connector, id).await?)))
}

fn info(one: &Derived) -> DerivedInfo {
    DerivedInfo {
        derived_id: one.id().to_owned(),
        contract_id: one.contract_id.as_str().to_owned(),
        table: one.table.clone(),
        state: one.state.as_str().to_owned(),
        bytes: one.file.bytes,
        destroyed_at: one.destroyed_at,
        lineage: one.lineage.clone(),
        clauses: one.policies.iter().flat_map(|policy| clauses(policy).unwrap_or_default()).collect(),
    }
}

async fn find(connector: &Connector, id: String) -> Result<Derived, Failure> {
    let found = connector.node.store.read("derived.find", move |tx| {
        Box::pin(async move {
            xinyu_store::derived::find(tx, &id).await?.ok_or_else(|| Failure::from(derived::unknown(&id)))
        })
    });
    found.await
}

/// The derived data that a use names, if it names some; and that what it wants to keep can be kept under its name.
///
/// # Errors
/// If there is none under this contract, or the name is none or is taken.
pub(crate) async fn input(connector: &Connector, holding: &Holding, new: &NewUse) -> Result<Option<Derived>, Failure> {
    if let Some(keep) = &new.keep {
        derived::must_be_id(keep)?;
        if new.query.is_none() && new.algorithm.is_none() {
            let (zh, en) =
                ("没有查询或算法，就没有可保留的结果", "without a query or an algorithm there is no result to keep");
            return Err(Rejection::bad("nothing-to-keep", zh, en).clause("/keep").into());
        }
        let wanted = keep.clone();
        let there = connector.node.store.read("derived.taken", move |tx| {
            Box::pin(async move { xinyu_store::derived::find(tx, &wanted).await.map_err(Failure::from) })
        });
        if there.await?.is_some_and(|there| there.lineage.use_id != new.use_id) {
            return Err(derived::taken(keep).into());
        }
    }
    let Some(id) = &new.derived else { return Ok(None) };
    let found = find(connector, id.clone()).await?;
    if found.contract_id == holding.contract_id {
        return Ok(Some(found));
    }
    Err(derived::unknown(id).into())
}

/// Seals the result of a use that is to be kept, before it is known whether it may be.
pub(crate) async fn kept(
    connector: &Connector,
    holding: &Holding,
    one: &Use,
    outcome: Result<ResultSet, Halt>,
) -> (Result<ResultSet, Halt>, Option<Sealed>) {
    let (Some(id), Ok(result)) = (&one.beyond.keep, &outcome) else {
        return (outcome, None);
    };
    let failed = |why: &str| (Err(Halt::Failed(why.to_owned())), None);
    if result.truncated {
        return failed("the result is larger than what the use environment lets out, it cannot be kept");
    }
    if one.components.iter().any(|used| !used.output_leaves) {
        return failed("the source of a component says that its output does not leave, it cannot be kept");
    }
    let schema = derived::schema(&result.columns, &result.rows);
    let fit = |row: &Vec<Cell>| -> Vec<Cell> {
        row.iter().zip(&schema.columns).map(|(cell, column)| derived::fitted(cell.clone(), column.kind)).collect()
    };
    let rows: Vec<Vec<Cell>> = result.rows.iter().map(fit).collect();
    let key = derived::key(&holding.contract_id, id);
    let place = Place {
        vault: &connector.vault,
        key: &key,
        suite: holding.suite,
        recipient: connector.node.ring.public().sealing(holding.suite).clone(),
    };
    match reseal::keep(place, &schema, &rows).await {
        Ok((received, content)) => {
            let file = HeldFile { name: received.file, bytes: received.bytes, digest: received.digest };
            (outcome, Some(Sealed { schema, rows: content.rows, digest: content.digest, file }))
        }
        Err(error) => failed(&error.to_string()),
    }
}

/// Keeps what was sealed, in the transaction that ends its use.
///
/// # Errors
/// If its name was taken meanwhile.
pub(crate) async fn keep(
    tx: &mut Tx,
    holding: Holding,
    one: &Use,
    sealed: Sealed,
) -> Result<(Holding, Vec<Effect>), Failure> {
    let input = match &one.beyond.derived {
        Some(id) => xinyu_store::derived::find(tx, id).await?,
        None => None,
    };
    let policies = derived::policies(&holding, input.as_ref());
    let now = tx.now();
    let (holding, made, effects) = derived::keep(holding, one, policies, input.as_ref(), sealed, now);
    if let Some(made) = made
        && !xinyu_store::derived::insert(tx, &made).await?
    {
        return Err(derived::taken(made.id()).into());
    }
    Ok((holding, effects))
}

/// Destroys what was sealed of a use that did not end well.
///
/// # Errors
/// If the disk refuses.
pub(crate) async fn discard(connector: &Connector, one: &Use) -> Result<(), Failure> {
    let Some(id) = &one.beyond.keep else { return Ok(()) };
    let (vault, key) = (Arc::clone(&connector.vault), derived::key(&one.contract_id, id));
    tokio::task::spawn_blocking(move || vault.destroy(&key))
        .await
        .map_err(Failure::broken)?
        .map_err(Failure::broken)?;
    Ok(())
}

/// Destroys all that was made under a contract, whether the uses that made it came to their end or not.
///
/// # Errors
/// If the disk refuses; then it is tried again.
pub(crate) async fn destroy(connector: &Connector, holding: &Holding) -> Result<(), Failure> {
    let (id, contract) = (holding.contract_id.as_str().to_owned(), holding.contract_id.clone());
    let names = connector.node.store.read("derived.to_destroy", move |tx| {
        Box::pin(async move {
            let mut names = xinyu_store::usage::kept(tx, &id).await?;
            names.extend(xinyu_store::derived::of_contract(tx, &id).await?.iter().map(|one| one.id().to_owned()));
            names.sort();
            names.dedup();
            Ok::<_, Failure>(names)
        })
    });
    let names = names.await?;
    let vault = Arc::clone(&connector.vault);
    let all = move || names.iter().try_for_each(|name| vault.destroy(&derived::key(&contract, name)).map(drop));
    tokio::task::spawn_blocking(all).await.map_err(Failure::broken)?.map_err(Failure::broken)
}

/// Notes that all that was made under a contract is gone, in the transaction of its proof.
///
/// # Errors
/// If the store fails.
pub(crate) async fn gone(tx: &mut Tx, contract_id: &str) -> Result<(), Failure> {
    for mut one in xinyu_store::derived::of_contract(tx, contract_id).await? {
        one.state = DerivedState::Destroyed;
        one.destroyed_at.get_or_insert(tx.now());
        xinyu_store::derived::save(tx, &one).await?;
    }
    Ok(())
}

/// `POST /api/v1/derived/{id}/export`: takes derived data out as a file that carries policy and lineage. It is a use like any other, and is answered once.
///
/// # Errors
/// If there is none; a refusal is an answer, not an error.
pub async fn export(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewExport>,
) -> Result<Json<ExportInfo>, Failure> {
    let (found, ask) = (find(&connector, id.clone()).await?, body.value);
    let new = NewUse {
        use_id: ask.use_id,
        contract_id: found.contract_id.as_str().to_owned(),
        action: Action::Export.code().to_owned(),
        purpose: ask.purpose,
        region: ask.region,
        code: ask.code,
        derived: Some(id),
        ..NewUse::default()
    };
    let (holding, there) = usage::find(&connector, &new).await?;
    let former = match there {
        Some(one) if one.state == UseState::Awaiting => Some(one),
        Some(one) if one.state == UseState::Running && !connector.running.holds(&one.use_id) => {
            return leave(&connector, &holding, &found, one).await.map(Json);
        }
        Some(one) => return Ok(Json(ExportInfo { r#use: usage::info(&one, None), file: None })),
        None => None,
    };
    match begin::begin(&connector, &holding, &new, former, &person).await? {
        (one, true) if one.state == UseState::Running => leave(&connector, &holding, &found, one).await.map(Json),
        (one, _) => Ok(Json(ExportInfo { r#use: usage::info(&one, None), file: None })),
    }
}

async fn leave(connector: &Connector, holding: &Holding, found: &Derived, one: Use) -> Result<ExportInfo, Failure> {
    let token = CancelToken::default();
    connector.running.enter(&one, token.clone());
    let read = read(connector, found).await;
    let made = match read {
        _ if token.is_cancelled() => Ok((End::Stopped(connector.running.ceased(&one.use_id)), None)),
        Ok(result) => usage::finished(connector, &one, result),
        Err(Halt::Corrupt(why)) => Ok((End::Corrupt(why), None)),
        Err(Halt::Failed(why)) => Ok((End::Failed(why), None)),
        Err(Halt::Cancelled | Halt::Ceased(_)) => Ok((End::Stopped(None), None)),
    };
    let ended = match made {
        Ok((how, result)) => usage::ended(connector, &one, how, None).await.map(|one| (one, result)),
        Err(failure) => Err(failure),
    };
    connector.running.leave(&one.use_id);
    let (one, result) = ended?;
    let file = match result.filter(|_| one.state == UseState::Done) {
        Some(result) => Some(sealed(connector, holding, found, &one, result)?),
        None => None,
    };
    Ok(ExportInfo { r#use: usage::info(&one, None), file })
}

async fn read(connector: &Connector, found: &Derived) -> Result<ResultInfo, Halt> {
    let (vault, key) = (Arc::clone(&connector.vault), found.key());
    let opening = connector.node.ring.opening(found.suite).clone();
    let reading = tokio::task::spawn_blocking(move || {
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        vault.unpack(&key, opening, |event| {
            match event {
                Event::Head(schema) => columns = schema.columns.into_iter().map(|column| column.name).collect(),
                Event::Row(cells) => rows.push(cells),
            }
            Ok(())
        })?;
        Ok((columns, rows))
    });
    let (columns, rows) = reading.await.map_err(|error| Halt::Failed(error.to_string()))?.map_err(unopened)?;
    Ok(usage::result_info(&ResultSet { columns, rows, truncated: false }))
}

/// The file that leaves: signed by this connector, with its policies and where it comes from.
fn sealed(
    connector: &Connector,
    holding: &Holding,
    found: &Derived,
    one: &Use,
    result: ResultInfo,
) -> Result<DerivedFile, Failure> {
    let content = DerivedContent { columns: result.columns, rows: result.rows };
    let (policies, now) = (derived::policies(holding, Some(found)), connector.node.store.clock().now());
    let statement = derived::statement(found, policies, &content, &one.use_id, now)?;
    let bytes = xinyu_protocol::json::canonical(&statement).map_err(Failure::broken)?;
    let key = connector.node.ring.signing(found.suite);
    let signature = signing::sign_bytes(&bytes, &me(connector)?, key, &credential(&connector.node)?);
    let platform = &connector.node.platform;
    let platform_id = platform.id.platform().ok_or_else(|| Failure::broken("the platform's id is none"))?;
    let keys: Value = serde_json::to_value(&platform.keys).map_err(Failure::broken)?;
    Ok(DerivedFile { statement, signature, content, platform_id, keys })
}

pub(crate) use xinyu_core::derived::inherited;
