//! Services as members' connectors publish them, take them down and look for them. TC609-6-2025-01 §5.2.2.4 d. What is said again is judged again, as it is now.

use axum::extract::State;
use xinyu_core::data_service::{DataService, MOST as MOST_OF_ONE, unknown};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_protocol::tc609::data_service::{ServiceEnd, ServiceList, ServiceQuery, ServiceRequest, ServiceState};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};

use super::{MOST, kept, one, reviewed, told};
use crate::app::Platform;
use crate::application::member;
use crate::catalog::Asker;

/// `POST /tc609/service`: published, or said anew.
///
/// # Errors
/// If the caller is not in the space, has too many, or what it says is not in order.
pub async fn publish(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: ServiceRequest = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    must_be_in(&platform, &by, &request.space_id).await?;
    let findings = reviewed(&platform, &request.card).await;
    let done = platform.node.store.write("service.publish", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            let there = xinyu_store::data_service::lock(tx, &request.service_id).await?;
            let (service, effects) = match there {
                Some(there) => {
                    let (service, record) = there.change(request, &by, findings, now)?;
                    (service, record.into_iter().collect::<Vec<_>>())
                }
                None => {
                    let own = xinyu_store::data_service::of(tx, by.as_str(), MOST).await?;
                    if own.len() >= MOST_OF_ONE {
                        let zh = format!("数据服务最多 {MOST_OF_ONE} 项");
                        let en = format!("a member has at most {MOST_OF_ONE} services");
                        return Err(Rejection::conflict("services-many", zh, en).into());
                    }
                    let who = (me.connector_id, me.participant_id);
                    let (service, record) = DataService::publish(request, who, findings, now)?;
                    (service, vec![record])
                }
            };
            let space = xinyu_store::space::find(tx, &service.space_id).await?;
            let (service, listed) =
                if space.is_some_and(|space| space.listing_by_rule) { service.by_rule(now)? } else { (service, None) };
            let effects = effects.into_iter().chain(listed).collect();
            let service = kept(&this, tx, service, effects).await?;
            one(tx, service, Some(&by)).await
        })
    });
    Answer::json(200, &done.await?)
}

/// Before an interface is tried for somebody.
async fn must_be_in(platform: &Platform, by: &xinyu_protocol::id::ConnectorId, space: &str) -> Result<(), Failure> {
    let (by, space) = (by.clone(), space.to_owned());
    let checked = platform.node.store.read("service.member", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            if me.spaces.contains(&space) {
                return Ok(());
            }
            let (zh, en) = (format!("未加入空间「{space}」"), format!("not a member of space {space}"));
            Err::<(), Failure>(Rejection::forbidden("not-a-member", zh, en).into())
        })
    });
    checked.await
}

/// `POST /tc609/serviceEnd`: taken down by its owner.
///
/// # Errors
/// If it is not the caller's, or not in the catalogue.
pub async fn end(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let asked: ServiceEnd = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let done = platform.node.store.write("service.end", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let service = xinyu_store::data_service::lock(tx, &asked.service_id).await?;
            let service = service.filter(|one| may_see(one, &me)).ok_or_else(|| unknown(&asked.service_id))?;
            let (service, record) = service.delist(Some(&by), &asked.reason, tx.now())?;
            let service = kept(&this, tx, service, vec![record]).await?;
            one(tx, service, Some(&by)).await
        })
    });
    Answer::json(200, &done.await?)
}

/// `POST /tc609/services`: the caller's own, and those in the catalogues of its spaces.
///
/// # Errors
/// If the caller is not admitted, or there is no such service for it.
pub async fn list(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: ServiceQuery = call.parse()?;
    let by = call.connector()?;
    let items = platform.node.store.read("service.seen", move |tx| {
        Box::pin(async move {
            let asker = Asker::of(tx, &by).await?;
            if let Some(id) = &query.service_id {
                let found = xinyu_store::data_service::find(tx, id).await?;
                let found = found.filter(|one| may_see(one, &asker.me) && !asker.is_barred(&one.connector_id));
                return Ok::<_, Failure>(vec![one(tx, found.ok_or_else(|| unknown(id))?, Some(&by)).await?]);
            }
            let mut services = xinyu_store::data_service::of(tx, by.as_str(), MOST).await?;
            if !query.own {
                for space in &asker.me.spaces {
                    services.extend(xinyu_store::data_service::listed(tx, space, MOST).await?);
                }
            }
            services.sort_by(|one, next| (next.changed_at, &one.service_id).cmp(&(one.changed_at, &next.service_id)));
            services.dedup_by(|one, next| one.service_id == next.service_id);
            let words: Vec<String> = query.q.to_lowercase().split_whitespace().map(str::to_owned).collect();
            services.retain(|one| {
                words.iter().all(|word| one.says(word))
                    && query.kind.is_none_or(|kind| one.card.kind == kind)
                    && !asker.is_barred(&one.connector_id)
            });
            services.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
            told(tx, services, Some(&by)).await
        })
    });
    Answer::json(200, &ServiceList { items: items.await? })
}

/// Its own, or one in the catalogue of a space that it is in.
fn may_see(service: &DataService, me: &Member) -> bool {
    service.connector_id == me.connector_id
        || (service.state == ServiceState::Listed && me.spaces.contains(&service.space_id))
}
