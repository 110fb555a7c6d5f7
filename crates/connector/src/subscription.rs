//! 目录订阅 on behalf of this member's people: what it waits for, as the platform keeps it, and of what it was told. NDI-TR-2025-06 §6.4 d.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::subscription::Notice;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::subscription::{NoticeInfo, NoticeList};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::subscription::{
    MatchNotice, SubscriptionEnd, SubscriptionInfo, SubscriptionList, SubscriptionRequest,
};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;
use xinyu_store::audit::Happened;

use crate::app::Connector;
use crate::platform;

/// Notices that are shown at most.
const MOST: u32 = 200;

/// `GET /api/v1/subscriptions`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<SubscriptionList>, Failure> {
    Ok(Json(all(&connector).await?))
}

/// `POST /api/v1/subscriptions`: the same key is the same subscription, said anew.
///
/// # Errors
/// If it waits for nothing; what the platform says.
pub async fn begin(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<SubscriptionRequest>,
) -> Result<Json<SubscriptionInfo>, Failure> {
    let info: SubscriptionInfo = platform::ask(&connector.node, "/tc609/subscription", &body.value).await?;
    note(&connector, person.happened("subscription.begin", &info.subscription_id, "done")).await?;
    Ok(Json(info))
}

/// `POST /api/v1/subscriptions/{id}/end`.
///
/// # Errors
/// If there is none of that key; what the platform says.
pub async fn end(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<SubscriptionList>, Failure> {
    let end = SubscriptionEnd { subscription_id: id.clone() };
    let _: Status = platform::ask(&connector.node, "/tc609/subscriptionEnd", &end).await?;
    note(&connector, person.happened("subscription.end", &id, "done")).await?;
    Ok(Json(all(&connector).await?))
}

async fn all(connector: &Connector) -> Result<SubscriptionList, Failure> {
    platform::ask(&connector.node, "/tc609/subscriptions", &serde_json::json!({})).await
}

async fn note(connector: &Connector, happened: Happened) -> Result<(), Failure> {
    let noted = connector.node.store.write("subscription.noted", move |tx| {
        Box::pin(async move {
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    noted.await
}

/// `POST /tc609/matchNotice`, by the platform: something is there that we wait for.
///
/// # Errors
/// If it is not the platform that says so.
pub async fn notice(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let told: MatchNotice = call.parse()?;
    let notice = Notice { to: call.peer.me.connector().ok_or_else(|| not_for_us(&told))?, told };
    call.once(&connector.node, "subscription.notice", move |tx| {
        Box::pin(async move {
            xinyu_store::subscription::keep(tx, &notice).await?;
            tx.signal(Topic::Catalog);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

fn not_for_us(told: &MatchNotice) -> Rejection {
    let zh = format!("通知 {} 不是发给连接器的", told.notice_id);
    Rejection::bad("notice-addressee", zh, format!("the notice {} is not for a connector", told.notice_id))
}

/// `GET /api/v1/matchNotices`: the latest of what we were told.
///
/// # Errors
/// If the store fails.
pub async fn notices(State(connector): State<Connector>, _: Person) -> Result<Json<NoticeList>, Failure> {
    Ok(Json(told(&connector).await?))
}

/// `POST /api/v1/matchNotices/seen`: somebody has looked at all of them.
///
/// # Errors
/// If the store fails.
pub async fn see(State(connector): State<Connector>, _: Person) -> Result<Json<NoticeList>, Failure> {
    let seen = connector.node.store.write("subscription.see", |tx| {
        Box::pin(async move {
            let now = tx.now();
            xinyu_store::subscription::see(tx, now).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(())
        })
    });
    seen.await?;
    Ok(Json(told(&connector).await?))
}

async fn told(connector: &Connector) -> Result<NoticeList, Failure> {
    let all = connector.node.store.read("subscription.notices", |tx| {
        Box::pin(async move { xinyu_store::subscription::notices(tx, MOST).await.map_err(Failure::from) })
    });
    let items = all.await?.into_iter().map(|(notice, seen)| NoticeInfo { notice, seen }).collect();
    Ok(List { items })
}
