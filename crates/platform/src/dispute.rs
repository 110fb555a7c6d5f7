//! Disputes at the platform: it takes what the parties sign, tells both, asks, and its operator decides. TC609-6-2025-14 A.2 e, A.3 e.

pub mod bundle;

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract;
use xinyu_core::contract::signing::Trust;
use xinyu_core::dispute::{self, Dispute, Place, Said, seal};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::workday::Clock;
use xinyu_crypto::jws;
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::dispute::{DisputeInfo, NewRuling, NewStatement};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::dispute::{Act, DisputeMessage, DisputeQuery, DisputeStatement, DisputeStep, DisputeTaken};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, dispute as disputes, effect};
use xinyu_store::Tx;

use crate::app::Platform;
use crate::event::{Names, names};
use crate::evidence;

/// `POST /tc609/dispute`, by a party's connector: one statement of a dispute over its contract, the first opens it. The same key is the same statement.
///
/// # Errors
/// If the contract is not the caller's, its signature does not hold, or the statement is not the next or not its to make.
pub async fn said(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let DisputeMessage { step, record } = call.parse()?;
    let bytes = xinyu_protocol::json::canonical(&record).map_err(Failure::broken)?;
    let record = SignedRecord::parse(&bytes).map_err(|error| evidence::malformed(&error.to_string()))?;
    evidence::check_author(&call, &record)?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "dispute.said", move |tx| {
        Box::pin(async move {
            let said = &step.statement;
            let id = said.contract_id.as_str().to_owned();
            let contract = xinyu_store::contract::lock(tx, &id)
                .await?
                .filter(|contract| contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(&id))?;
            if said.author != by.as_str() {
                return Err(not_the_author(&said.author).into());
            }
            let place = match xinyu_store::dispute::find(tx, &said.dispute_id).await? {
                Some(found) => found.place,
                None => Place::of(&contract, this.options.platform_id.as_str())?,
            };
            let issuer = PartyId::from(this.options.platform_id.clone());
            let keys = this.node.ring.public();
            seal::check_step(&step, &place, &Trust { issuer: &issuer, keys: &keys }, tx.now())?;
            dispute::must_be_recorded(&record.record, said, &place.space_id)?;
            let (dispute, is_new) = keep(&this, tx, step, &place).await?;
            if is_new {
                xinyu_shell::log::append(tx, &record).await?;
            }
            Answer::json(200, &DisputeTaken { answer_by: dispute.answer_by })
        })
    })
    .await
}

fn not_the_author(author: &str) -> Rejection {
    Rejection::forbidden(
        "not-your-statement",
        format!("陈述的作者是 {author}，须由其自己提交"),
        format!("the statement is by {author}, who has to send it"),
    )
}

/// Takes a statement whose signature was checked, and tells both. False if it was there.
async fn keep(platform: &Platform, tx: &mut Tx, step: DisputeStep, place: &Place) -> Result<(Dispute, bool), Failure> {
    let said = &step.statement;
    must_be_of_this_contract(tx, said).await?;
    let found = xinyu_store::dispute::lock(tx, &said.dispute_id).await?;
    if found.is_none() {
        let there = xinyu_store::dispute::of_contract(tx, place.contract_id.as_str()).await?;
        dispute::must_be_the_only(&there, said)?;
    }
    let before = found.as_ref().map_or(0, |found| found.steps.len());
    let answer_by = found.as_ref().map(|found| found.answer_by);
    let answer_by = answer_by.unwrap_or_else(|| platform.options.calendar.due(tx.now(), Clock::Answer));
    let dispute = dispute::take(found, step, place, answer_by)?;
    if dispute.steps.len() == before {
        return Ok((dispute, false));
    }
    disputes::keep(tx, &dispute, before == 0).await?;
    effect::apply(&platform.node, tx, dispute::tell(&dispute)?).await?;
    Ok((dispute, true))
}

/// That the records a statement refers to are of its contract.
async fn must_be_of_this_contract(tx: &mut Tx, said: &DisputeStatement) -> Result<(), Failure> {
    if said.records.is_empty() {
        return Ok(());
    }
    let entries = xinyu_store::log::of_contract(tx, said.contract_id.as_str()).await?;
    let known: BTreeSet<String> = entries.into_iter().map(|entry| entry.record_id).collect();
    let Some(unknown) = said.records.iter().find(|record| !known.contains(*record)) else { return Ok(()) };
    Err(Rejection::bad(
        "dispute-statement",
        format!("该合约没有存证 {unknown}"),
        format!("there is no record {unknown} of this contract"),
    )
    .clause("/records")
    .into())
}

/// `GET /api/v1/disputes`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<DisputeInfo>>, Failure> {
    Ok(Json(List { items: lines(&platform).await? }))
}

async fn lines(platform: &Platform) -> Result<Vec<DisputeInfo>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("dispute.list", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            let all = xinyu_store::dispute::list(tx, disputes::MOST).await?;
            let now = tx.now();
            let line = |one: &Dispute| Ok(disputes::line(info(&this, one, &names, now)?));
            all.iter().map(line).collect::<Result<_, Failure>>()
        })
    });
    items.await
}

/// `GET /api/v1/disputes/{id}`.
///
/// # Errors
/// If there is no such dispute.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DisputeInfo>, Failure> {
    Ok(Json(find(&platform, id).await?))
}

async fn find(platform: &Platform, id: String) -> Result<DisputeInfo, Failure> {
    let this = platform.clone();
    let found = platform.node.store.read("dispute.show", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &id).await?.ok_or_else(|| dispute::unknown(&id))?;
            let names = names(&this, tx).await?;
            info(&this, &found, &names, tx.now())
        })
    });
    found.await
}

/// `POST /tc609/disputes`, by a regulator: all disputes.
///
/// # Errors
/// If the caller is none.
pub async fn list_for_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be(Role::Regulator)?;
    let items = lines(&platform).await?.into_iter().map(without_moves).collect();
    Answer::json(200, &List { items })
}

/// `POST /tc609/disputeShow`, by a regulator: one dispute.
///
/// # Errors
/// If the caller is none, or there is no such dispute.
pub async fn show_to_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be(Role::Regulator)?;
    let query: DisputeQuery = call.parse()?;
    Answer::json(200, &without_moves(find(&platform, query.dispute_id).await?))
}

fn without_moves(mut info: DisputeInfo) -> DisputeInfo {
    info.moves.clear();
    info.steps.iter_mut().for_each(|step| step.is_ours = false);
    info
}

fn info(platform: &Platform, dispute: &Dispute, names: &Names, now: jiff::Timestamp) -> Result<DisputeInfo, Failure> {
    let name_of = |id: &str| names.get(id).cloned().unwrap_or_default();
    disputes::info(dispute, platform.options.platform_id.as_str(), &name_of, now)
}

/// `POST /api/v1/disputes/{id}/statements`: the platform asks, or says something.
///
/// # Errors
/// If the dispute is closed, or it is no statement of the platform's.
pub async fn speak(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewStatement>,
) -> Result<Json<DisputeInfo>, Failure> {
    let new = body.value;
    let said = move |suite| {
        Ok(Said {
            statement_id: new.statement_id,
            act: new.act,
            text: new.text,
            subject: None,
            amount_fen: None,
            ruling: None,
            records: new.records,
            attachments: dispute::attach(new.attachments, suite)?,
        })
    };
    say(&platform, id, person, said).await
}

/// `POST /api/v1/disputes/{id}/decision`: the operator decides, with reasons. The same key is the same decision.
///
/// # Errors
/// If it is closed, or the other party is still to be heard.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewRuling>,
) -> Result<Json<DisputeInfo>, Failure> {
    let new = body.value;
    let said = move |_| {
        Ok(Said {
            statement_id: new.statement_id,
            act: Act::Decide,
            text: new.reason,
            subject: None,
            amount_fen: None,
            ruling: Some(new.ruling),
            records: new.records,
            attachments: Vec::new(),
        })
    };
    say(&platform, id, person, said).await
}

/// Stamps a statement of the platform and takes it like any other.
async fn say(
    platform: &Platform,
    id: String,
    person: Person,
    said: impl FnOnce(xinyu_crypto::Suite) -> Result<Said, Rejection> + Send + 'static,
) -> Result<Json<DisputeInfo>, Failure> {
    let this = platform.clone();
    let shown = platform.node.store.write("dispute.say", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &id).await?.ok_or_else(|| dispute::unknown(&id))?;
            // The contract first, as everybody else holds them.
            xinyu_store::contract::lock(tx, found.place.contract_id.as_str()).await?;
            let found = xinyu_store::dispute::lock(tx, &id).await?.ok_or_else(|| dispute::unknown(&id))?;
            let (me, place, now) = (this.options.platform_id.clone(), found.place.clone(), tx.now());
            let said = said(place.suite)?;
            let names = names(&this, tx).await?;
            let known =
                found.steps.iter().map(|step| &step.statement).find(|one| one.statement_id == said.statement_id);
            if known.is_some_and(|one| one.author == me.as_str() && one.act == said.act && one.text == said.text) {
                return info(&this, &found, &names, now);
            }
            let statement = found.next(me.as_str(), said, now)?;
            let about = seal::About {
                dispute_id: &statement.dispute_id,
                contract_id: &statement.contract_id,
                suite: place.suite,
            };
            let ring = &this.node.ring;
            let sign = |payload: &[u8]| jws::sign(seal::STATEMENT, payload, ring.signing(place.suite));
            let stamp = seal::stamp(&statement, about, (&me, &ring.public()), &sign)?;
            let record = dispute::record(&statement, &place.space_id)?;
            let action = if statement.act == Act::Decide { "dispute.decide" } else { "dispute.say" };
            let step = DisputeStep { statement, signature: None, stamp: Some(stamp) };
            let (kept, _) = keep(&this, tx, step, &place).await?;
            xinyu_store::audit::append(tx, &person.happened(action, &id, "done")).await?;
            effect::apply(&this.node, tx, vec![Effect::Record(record)]).await?;
            info(&this, &kept, &names, now)
        })
    });
    Ok(Json(shown.await?))
}
