//! Policy records as connectors write those of their products, look them up, and fetch what counts. TC609-6-2025-15 §7.2.2.1 a, e, §7.2.2.3 a. What a provider may not
//! do is refused here, whatever its connector let through.

use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_core::policy_record::state::Act;
use xinyu_core::policy_record::{Ask, Version, unknown};
use xinyu_protocol::api::List;
use xinyu_protocol::tc609::policy_record::{
    PolicyRecordListing, PolicyRecordOrder, PolicyRecordSave, PolicyRecordStatement, PolicySetAnswer, PolicySetRequest,
    RecordLayer, RecordState as Standing,
};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::{Timestamp, Tx};

use super::{MOST, done, find, info, keep, life, newest, suite_of};
use crate::app::Platform;
use crate::application::member;

/// How far the clocks of provider and platform may be apart.
const APART_SECONDS: u64 = 600;

/// `POST /tc609/policyRecordSave`, by a provider's connector: a version of a policy of a product of its own, as a draft.
///
/// # Errors
/// If the product or the record is not the caller's; the first step of its parsing that fails.
pub async fn save(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let PolicyRecordSave { signed, person } = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let kept = platform.node.store.write("policy_record.save_of_peer", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            must_be_own(tx, &signed.statement, &me).await?;
            must_be_of_now(&signed.statement, tx.now())?;
            let suite = suite_of(tx, &signed.statement.record.space_id).await?;
            if signed.statement.suite != suite.to_string() {
                return Err(Rejection::bad(
                    "policy-suite",
                    "须以空间的密码套件签名",
                    "it is signed in the suite of the space",
                )
                .clause("/suite")
                .into());
            }
            // The same version, signed again because an answer was lost, is the version that is there.
            let versions = xinyu_store::policy_record::lock(tx, &signed.statement.record.record_id).await?;
            if versions.first().is_some_and(|newest| newest.signed == signed) {
                return Ok(Ok(()));
            }
            let author = format!("{}/{}", me.connector_id, person.chars().take(64).collect::<String>());
            Ok::<_, Failure>(keep(&this, tx, signed, &author).await?.map(|_| ()))
        })
    });
    kept.await??;
    Answer::json(200, &xinyu_protocol::tc609::Status::done())
}

/// `POST /tc609/policyRecordMove`, by a provider's connector: `submit`, `enable`, `disable` or `retire` of a record of its own.
///
/// # Errors
/// If it is not the caller's, or leads nowhere from here.
pub async fn order(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: PolicyRecordOrder = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let act = Act::of_word(&order.action, &Act::OF_PROVIDER)?;
    let decided = platform.node.store.write("policy_record.order", move |tx| {
        Box::pin(async move {
            member(tx, &by).await?;
            let versions = xinyu_store::policy_record::lock(tx, &order.record_id).await?;
            let one = find(&versions, &order.record_id, order.version)?;
            if one.statement().author_id != by.as_str() {
                // Whether it is there is nobody else's business.
                return Err(unknown(&order.record_id).into());
            }
            let ask = Ask { act, by: by.as_str(), reason: &order.reason };
            done(&this, tx, (&versions, order.version), ask).await?;
            life(tx, &order.record_id).await
        })
    });
    Answer::json(200, &decided.await?)
}

/// `POST /tc609/policyRecords`, by a connector: those of its spaces that it may see.
///
/// # Errors
/// If the caller is not admitted.
pub async fn list(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let _: PolicyRecordListing = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("policy_record.list_for_peer", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let mut items = Vec::new();
            for space in &me.spaces {
                let all = xinyu_store::policy_record::list(tx, space, MOST).await?;
                items.extend(all.iter().filter(|one| is_visible(one, &me)).map(info));
            }
            Ok::<_, Failure>(List { items })
        })
    });
    Answer::json(200, &found.await?)
}

/// `POST /tc609/policyRecordVersions`, by a connector: all versions of one that it may see.
///
/// # Errors
/// If there is none.
pub async fn versions(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let asked: PolicyRecordListing = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("policy_record.versions", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let id = asked.record_id.unwrap_or_default();
            let all = xinyu_store::policy_record::versions(tx, &id).await?;
            let seen: Vec<u32> =
                all.iter().filter(|one| is_visible(one, &me)).map(|one| one.standing.version).collect();
            if seen.is_empty() {
                return Err(Failure::from(unknown(&id)));
            }
            let mut life = life(tx, &id).await?;
            life.versions.retain(|one| seen.contains(&one.info.version));
            Ok(life)
        })
    });
    Answer::json(200, &found.await?)
}

/// `POST /tc609/policySets`, by a connector that lacks a set: the newest one of a space of its own.
///
/// # Errors
/// If it is not in the space.
pub async fn sets(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let asked: PolicySetRequest = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("policy_record.set", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            must_be_in(&me, &asked.space_id)?;
            Ok::<_, Failure>(PolicySetAnswer { set: newest(tx, &asked.space_id).await? })
        })
    });
    Answer::json(200, &found.await?)
}

/// A provider writes for its own products only.
async fn must_be_own(tx: &mut Tx, statement: &PolicyRecordStatement, me: &Member) -> Result<(), Failure> {
    let record = &statement.record;
    if record.layer != RecordLayer::Product || statement.author_id != me.connector_id.as_str() {
        return Err(Rejection::forbidden(
            "policy-of-operator",
            "连接器只能以本端名义为自己的数据产品编写策略；空间策略由运营者编写",
            "a connector writes policies in its own name and for its own products; those of the space are the operator's",
        )
        .clause("/layer")
        .into());
    }
    must_be_in(me, &record.space_id)?;
    let product = record.product_id.as_deref().unwrap_or_default();
    let listing = xinyu_store::listing::find(tx, product).await?;
    let is_own = listing
        .is_some_and(|listing| listing.connector_id == me.connector_id && listing.request.space_id == record.space_id);
    if is_own {
        return Ok(());
    }
    Err(Rejection::unknown(
        "unknown-product",
        format!("空间「{}」中没有本端的数据产品 {product}", record.space_id),
        format!("there is no product {product} of yours in space {}", record.space_id),
    )
    .clause("/productId")
    .into())
}

fn must_be_in(me: &Member, space: &str) -> Result<(), Rejection> {
    if me.spaces.iter().any(|own| own == space) {
        return Ok(());
    }
    Err(Rejection::forbidden(
        "not-a-member",
        format!("{} 不是空间「{space}」的成员", me.name),
        format!("{} is not a member of space {space}", me.name),
    )
    .clause("/spaceId"))
}

/// The author's credential is judged at the time of its signature: that must be about now.
fn must_be_of_now(statement: &PolicyRecordStatement, now: Timestamp) -> Result<(), Rejection> {
    let apart = now.duration_since(statement.issued_at).as_secs().unsigned_abs();
    if apart <= APART_SECONDS {
        return Ok(());
    }
    Err(Rejection::bad(
        "policy-time",
        format!("签名时间 {} 与平台时间相差过大", statement.issued_at),
        format!("it was signed at {}, which is too far from now", statement.issued_at),
    )
    .clause("/issuedAt"))
}

/// One's own in whatever state; others' once they were enabled, in one's own spaces.
fn is_visible(one: &Version, me: &Member) -> bool {
    let is_own = one.statement().author_id == me.connector_id.as_str();
    let has_counted = matches!(one.standing.state, Standing::Enabled | Standing::Disabled);
    me.spaces.contains(&one.record().space_id) && (is_own || has_counted)
}
