//! 数据服务目录 at the platform: services of members behind a review that tries their interfaces, decided by the operator. TC609-6-2025-01 §5.2.2.4 d.

mod clock;
pub mod peer;

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::data_service::review::review;
use xinyu_core::data_service::{DataService, unknown};
use xinyu_core::effect::Effect;
use xinyu_core::review::Finding;
use xinyu_core::workday::Clock;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::Verdict;
use xinyu_protocol::api::listing::EndReason;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::data_service::{ServiceCard, ServiceInfo, ServiceList};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::review::tried;

/// The most that a list shows.
const MOST: u32 = 500;

/// `GET /api/v1/services`: all of them, those that changed last first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<ServiceList>, Failure> {
    let all = platform.node.store.read("service.list", move |tx| {
        Box::pin(async move {
            let services = xinyu_store::data_service::list(tx, MOST).await?;
            told(tx, services, None).await
        })
    });
    Ok(Json(ServiceList { items: all.await? }))
}

/// `GET /api/v1/services/{id}`.
///
/// # Errors
/// If there is no such service.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ServiceInfo>, Failure> {
    let found = platform.node.store.read("service.show", move |tx| {
        Box::pin(async move {
            let service = xinyu_store::data_service::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            one(tx, service, None).await
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/services/{id}/decision`: on what waits.
///
/// # Errors
/// If there is no such service, nothing waits, the review blocks it, or it is refused without a reason.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ServiceInfo>, Failure> {
    let (this, Verdict { approve, note }) = (platform.clone(), body.value);
    let decided = platform.node.store.write("service.decide", move |tx| {
        Box::pin(async move {
            let service = xinyu_store::data_service::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let turn = service.decide(approve, (&note, "operator"), tx.now())?;
            settle(&this, tx, turn, person.happened("service.decide", &id, "done")).await
        })
    });
    Ok(Json(decided.await?))
}

/// `POST /api/v1/services/{id}/delisting`: the operator takes it down.
///
/// # Errors
/// If it is not in the catalogue, or no reason is given.
pub async fn take_down(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<EndReason>,
) -> Result<Json<ServiceInfo>, Failure> {
    let (this, reason) = (platform.clone(), body.value.reason);
    let taken = platform.node.store.write("service.take_down", move |tx| {
        Box::pin(async move {
            let service = xinyu_store::data_service::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let turn = service.delist(None, &reason, tx.now())?;
            settle(&this, tx, turn, person.happened("service.delist", &id, "done")).await
        })
    });
    Ok(Json(taken.await?))
}

async fn settle(
    platform: &Platform,
    tx: &mut Tx,
    (service, record): (DataService, Effect),
    happened: Happened,
) -> Result<ServiceInfo, Failure> {
    let service = kept(platform, tx, service, vec![record]).await?;
    let happened = Happened { detail: service.note.clone(), ..happened };
    xinyu_store::audit::append(tx, &happened).await?;
    one(tx, service, None).await
}

/// Keeps what has become of a service, with the time that the operator has for what waits of it, and applies what follows.
async fn kept(
    platform: &Platform,
    tx: &mut Tx,
    service: DataService,
    effects: Vec<Effect>,
) -> Result<DataService, Failure> {
    let service = service.clocked(platform.options.calendar.due(tx.now(), Clock::Review));
    xinyu_store::data_service::save(tx, &service).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Catalog);
    Ok(service)
}

/// What the review finds, with its interface tried.
async fn reviewed(platform: &Platform, card: &ServiceCard) -> Vec<Finding> {
    let tried = if card.address.is_empty() { None } else { Some(tried(platform, &card.address).await) };
    review(card, tried.as_ref())
}

/// As somebody is told: the operator of everything, a member of what it may know.
async fn told(tx: &mut Tx, services: Vec<DataService>, by: Option<&ConnectorId>) -> Result<Vec<ServiceInfo>, Failure> {
    let members: BTreeSet<String> = services.iter().map(|one| one.participant_id.as_str().to_owned()).collect();
    let names = xinyu_store::member::names(tx, &members).await?;
    let info = |service: DataService| {
        let is_own = by.is_some_and(|by| service.connector_id == *by);
        let may_know = is_own || by.is_none();
        let member_id = service.participant_id.as_str().to_owned();
        ServiceInfo {
            member_name: names.get(&member_id).cloned().unwrap_or_default(),
            member_id,
            is_own,
            service_id: service.service_id,
            space_id: service.space_id,
            card: service.card,
            state: service.state,
            version: service.version,
            published_at: service.published_at,
            changed_at: service.changed_at,
            due_at: service.deadline.due_at.filter(|_| may_know),
            next: service.next.filter(|_| may_know),
            findings: service.findings.iter().filter(|_| may_know).map(Finding::info).collect(),
            note: if may_know { service.note } else { String::new() },
        }
    };
    Ok(services.into_iter().map(info).collect())
}

async fn one(tx: &mut Tx, service: DataService, by: Option<&ConnectorId>) -> Result<ServiceInfo, Failure> {
    let told = told(tx, vec![service], by).await?;
    told.into_iter().next().ok_or_else(|| Failure::broken("a service that was read is gone"))
}
