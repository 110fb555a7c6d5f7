//! 目录订阅 at the platform: members say what they wait for, and [`matching`] tells them once it is there. NDI-TR-2025-06 §6.4 d; TC609-6-2025-01 §5.2.2.9 b.

pub mod matching;

use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::subscription::{MOST, Subscription, unknown};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::subscription::{SubscriptionEnd, SubscriptionList, SubscriptionRequest};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};

use crate::app::Platform;
use crate::application::member;
use crate::catalog::must_be_a_question;

/// `POST /tc609/subscription`: begun, or said anew.
///
/// # Errors
/// If the caller is not admitted, has too many, or what it waits for is no search of the catalogue.
pub async fn begin(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: SubscriptionRequest = call.parse()?;
    must_be_a_question(&request.wanted.query())?;
    let by = call.connector()?;
    let begun = platform.node.store.write("subscription.begin", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            let there = xinyu_store::subscription::of(tx, by.as_str()).await?;
            let latest = xinyu_store::listing::latest_change(tx).await?;
            let new = Subscription::begin(request, me.connector_id, (now, latest))?;
            let mut others = there.iter().filter(|one| one.subscription_id != new.subscription_id);
            if others.by_ref().count() >= MOST {
                let zh = format!("订阅最多 {MOST} 项，请先取消不再需要的");
                let en = format!("a member has at most {MOST} subscriptions: end some first");
                return Err(Rejection::conflict("subscriptions-many", zh, en).into());
            }
            xinyu_store::subscription::save(tx, &new).await?;
            Ok::<_, Failure>(new)
        })
    });
    Answer::json(200, &begun.await?.info())
}

/// `POST /tc609/subscriptionEnd`.
///
/// # Errors
/// If the caller has none of that key.
pub async fn end(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let SubscriptionEnd { subscription_id } = call.parse()?;
    let by = call.connector()?;
    let ended = platform.node.store.write("subscription.end", move |tx| {
        Box::pin(async move {
            if xinyu_store::subscription::remove(tx, by.as_str(), &subscription_id).await? {
                return Ok(());
            }
            Err::<(), Failure>(unknown(&subscription_id).into())
        })
    });
    ended.await?;
    Answer::json(200, &Status::done())
}

/// `POST /tc609/subscriptions`: the caller's.
///
/// # Errors
/// If the caller is not admitted.
pub async fn list(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let by = call.connector()?;
    let all = platform.node.store.read("subscription.list", move |tx| {
        Box::pin(async move {
            member(tx, &by).await?;
            xinyu_store::subscription::of(tx, by.as_str()).await.map_err(Failure::from)
        })
    });
    let items = all.await?.into_iter().map(Subscription::info).collect();
    Answer::json(200, &SubscriptionList { items })
}
