//! Declarations that a contract must end: made by a party, answered by the other, decided by the operator. TC609-6-2025-14 §7.6 c, A.2 e.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::termination::breach::{self, Breach};
use xinyu_core::termination::register;
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::termination::{BreachInfo, BreachVerdict};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::termination::{BreachAnswer, BreachClaim, Said};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{Seal, conclude};
use crate::app::Platform;
use crate::event::{Names, names};
use crate::evidence;

fn signed<T>(call: &PeerCall, said: &Said<T>, kind: &str, claim_id: &str) -> Result<SignedRecord, Failure> {
    let bytes = xinyu_protocol::json::canonical(&said.record).map_err(Failure::broken)?;
    let record = SignedRecord::parse(&bytes).map_err(|error| evidence::malformed(&error.to_string()))?;
    evidence::check_author(call, &record)?;
    if record.record.kind != kind || record.record.subject.as_deref() != Some(claim_id) {
        return Err(evidence::malformed("it tells of something else").into());
    }
    Ok(record)
}

/// `POST /tc609/breach`, by a party's connector. The same id is the same declaration.
///
/// # Errors
/// If the contract is not the caller's, or the declaration rests on nothing.
pub async fn claim(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let said: Said<BreachClaim> = call.parse()?;
    let record = signed(&call, &said, "breach.claimed", &said.said.claim_id)?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "breach.claim", move |tx| {
        Box::pin(async move {
            let claim = said.said;
            let id = claim.contract_id.as_str().to_owned();
            let contract = xinyu_store::contract::lock(tx, &id)
                .await?
                .filter(|contract| contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(&id))?;
            if let Some(there) = xinyu_store::breach::find(tx, &claim.claim_id).await? {
                if there.claim == claim && there.by == by.as_str() {
                    return Answer::json(200, &Status::done());
                }
                let id = &claim.claim_id;
                return Err(Rejection::conflict(
                    "breach-taken",
                    format!("声明编号 {id} 已被使用"),
                    format!("declaration {id} is another one"),
                )
                .into());
            }
            let known: BTreeSet<String> =
                xinyu_store::log::of_contract(tx, &id).await?.into_iter().map(|entry| entry.record_id).collect();
            super::must_be_disposable(claim.disposal, &contract)?;
            let unknown = claim.records.iter().find(|record| !known.contains(*record)).cloned();
            let now = tx.now();
            let (breach, effects) = breach::claim(&contract, claim, by.as_str(), unknown.as_deref(), now)?;
            xinyu_store::breach::insert(tx, &breach).await?;
            told(&this, tx, effects, &record).await?;
            Answer::json(201, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/breachAnswer`, by the other party's connector.
///
/// # Errors
/// If nobody asks it, or the operator has decided.
pub async fn answer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let said: Said<BreachAnswer> = call.parse()?;
    let record = signed(&call, &said, "breach.answered", &said.said.claim_id)?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "breach.answer", move |tx| {
        Box::pin(async move {
            let id = &said.said.claim_id;
            let there = xinyu_store::breach::lock(tx, id).await?.ok_or_else(|| breach::unknown(id))?;
            let now = tx.now();
            let (breach, effects) = breach::answer(there, by.as_str(), &said.said.answer, now)?;
            xinyu_store::breach::save(tx, &breach).await?;
            told(&this, tx, effects, &record).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn told(platform: &Platform, tx: &mut Tx, effects: Vec<Effect>, record: &SignedRecord) -> Result<(), Failure> {
    effect::apply(&platform.node, tx, effects).await?;
    xinyu_shell::log::append(tx, record).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// `GET /api/v1/breaches`: what parties declared, newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<BreachInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("breach.list", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            infos(tx, "", &names).await
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// What was declared of a contract, or of all for the empty one.
///
/// # Errors
/// If the store fails.
pub(crate) async fn infos(tx: &mut Tx, contract: &str, names: &Names) -> Result<Vec<BreachInfo>, Failure> {
    let all = xinyu_store::breach::list(tx, contract).await?;
    let now = tx.now();
    Ok(all.iter().map(|one| info(one, names, now)).collect())
}

fn info(breach: &Breach, names: &Names, now: jiff::Timestamp) -> BreachInfo {
    let name = |id: &str| names.get(id).cloned().unwrap_or_default();
    BreachInfo {
        notice: breach.notice(),
        by_name: name(&breach.by),
        against_name: name(&breach.against),
        is_heard: breach.is_heard(now),
    }
}

/// `POST /api/v1/breaches/{id}/decision`, by the operator: upheld, the contract ends at once.
///
/// # Errors
/// If there is no such declaration, it is decided, or the other party is still to be heard.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<BreachVerdict>,
) -> Result<Json<BreachInfo>, Failure> {
    let (this, verdict) = (platform.clone(), body.value);
    let decided = platform.node.store.write("breach.decide", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::breach::find(tx, &id).await?.ok_or_else(|| breach::unknown(&id))?;
            let contract_id = found.claim.contract_id.as_str().to_owned();
            // The contract first, as everybody else holds them.
            let contract = xinyu_store::contract::lock(tx, &contract_id).await?;
            let contract = contract.ok_or_else(|| contract::unknown(&contract_id))?;
            let found = xinyu_store::breach::lock(tx, &id).await?.ok_or_else(|| breach::unknown(&id))?;
            let now = tx.now();
            let options = Arc::clone(&this.options);
            let platform = (options.platform_id.as_str(), &options.operator_id);
            let (breach, ground, mut effects) = breach::decide(found, verdict.uphold, &verdict.reason, platform, now)?;
            xinyu_store::breach::save(tx, &breach).await?;
            let seal = Seal::of(&this);
            let contract = match ground {
                Some(ground) => {
                    let (contract, more) = register::decide(contract, ground, &seal.at(now))?;
                    effects.extend(more);
                    contract
                }
                None => contract,
            };
            conclude(&this, tx, contract, effects).await?;
            let names = names(&this, tx).await?;
            Ok::<_, Failure>(info(&breach, &names, now))
        })
    });
    Ok(Json(decided.await?))
}

/// The contract has ended: what is open need not be decided.
///
/// # Errors
/// If the store fails.
pub(crate) async fn end(tx: &mut Tx, contract: &str) -> Result<Vec<Effect>, Failure> {
    let mut effects = Vec::new();
    for open in xinyu_store::breach::list(tx, contract).await?.into_iter().filter(|one| one.state.is_open()) {
        let (closed, told) = breach::moot(open)?;
        xinyu_store::breach::save(tx, &closed).await?;
        effects.extend(told);
    }
    Ok(effects)
}
