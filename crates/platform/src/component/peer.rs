//! Components as connectors register, look up and withdraw them. TC609-6-2025-15 §7.1.1.2, §7.2.1.2. What a source may not do in another's name is refused here, whatever
//! its connector let through.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::component::review::{self, Seen};
use xinyu_core::component::state::{Act, State as Standing};
use xinyu_core::component::{self, Component, Done, reference, stamp, unknown};
use xinyu_core::contract::signing::Trust;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{Member, MemberState};
use xinyu_core::review::{Tried, must_be_address};
use xinyu_core::workday::{Clock, Deadline};
use xinyu_discovery::component::look;
use xinyu_protocol::api::List;
use xinyu_protocol::id::{ConnectorId, ParticipantId, PartyId};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::component::{
    ComponentAnswer, ComponentListing, ComponentLookup, ComponentRegistration, ComponentStanding, ComponentStatement,
    ComponentWithdrawal,
};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Timestamp, Topic, Tx};

use super::{MOST, done, find, info, seal, settle, shown, stamped};
use crate::app::Platform;
use crate::application::member;
use crate::review::tried;

/// `POST /tc609/componentRegistration`, by the source's connector. The same key is the same registration.
///
/// # Errors
/// If the statement is not sound, not the caller's or not signed by it, does not fit its content, or does not follow what is there.
pub async fn register(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let registration: ComponentRegistration = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let content = registration.content.as_deref().map(decoded).transpose()?;
    let interface = called(&platform, &by, &registration.signed.statement).await?;
    call.once(&platform.node, "component.register", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            let ComponentRegistration { signed, .. } = registration;
            must_be_own(&signed.statement, &me)?;
            component::must_be_sound(&signed.statement, content.as_deref())?;
            let (issuer, keys) = (PartyId::from(this.options.platform_id.clone()), this.node.ring.public());
            stamp::check_source(&signed, &Trust { issuer: &issuer, keys: &keys })?;
            must_be_of_now(&signed.statement, now)?;
            let statement = &signed.statement;
            let space = xinyu_store::space::find(tx, &statement.space_id).await?;
            let by_rule = space.as_ref().is_some_and(|space| space.components_by_rule);
            if space.is_none_or(|space| space.suite.to_string() != statement.suite) {
                return Err(Rejection::bad(
                    "component-suite",
                    format!("须以空间「{}」的密码套件签名", statement.space_id),
                    format!("it is signed in the suite of space {}", statement.space_id),
                )
                .clause("/suite")
                .into());
            }
            if let Some(there) =
                xinyu_store::component::find_by_key(tx, by.as_str(), &statement.registration_id).await?
            {
                return same(there, &signed.statement);
            }
            let versions = match &statement.component_id {
                Some(id) => xinyu_store::component::lock(tx, id).await?,
                None => Vec::new(),
            };
            let id = component::chain(statement, &versions)?
                .unwrap_or_else(|| format!("{}{}", component::PREFIX, tx.new_id().simple()));
            let standing = ComponentStanding {
                component_id: id.clone(),
                version: statement.version.clone(),
                state: Standing::Submitted,
                reason: String::new(),
                since: now,
            };
            let filing = seal(&this, &standing, &signed, now)?;
            let history =
                vec![Done { at: now, act: "register".to_owned(), by: "source".to_owned(), reason: String::new() }];
            let seen = seen(tx, &signed.statement, content.as_deref(), interface).await?;
            let findings = review::review(&signed.statement, seen);
            let has_content = content.is_some();
            let deadline = Deadline::default();
            let one = Component { standing, signed, has_content, filing, history, findings, deadline };
            let one = one.clocked(this.options.calendar.due(now, Clock::Review));
            if !xinyu_store::component::insert(tx, &one, versions.len(), content.as_deref()).await? {
                return Err(Rejection::conflict(
                    "component-taken",
                    format!("组件 {} 刚被登记，请重新查看", one.name()),
                    format!("component {} has just been registered: look again", one.name()),
                )
                .into());
            }
            let effects = vec![component::record("component.registered", &one), review::reviewed(&one)];
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Catalog);
            let one = match if by_rule { review::by_rule(&one, &versions, now)? } else { None } {
                Some(turn) => settle(&this, tx, one, Act::Approve, turn).await?,
                None => one,
            };
            Answer::json(201, &ComponentAnswer { component: stamped(one), content: None })
        })
    })
    .await
}

/// `POST /tc609/componentLookup`, by a connector before every run: the registration as it stands now, with the content where it is kept.
///
/// # Errors
/// If there is none, it is not of the caller's spaces, or its source is barred.
pub async fn look_up(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let lookup: ComponentLookup = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("component.look_up", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let id = &lookup.component_id;
            let versions = visible(tx, id, &me).await?;
            let one = match &lookup.version {
                Some(version) => find(&versions, id, version)?,
                // None is approved: the newest says why not.
                None => versions
                    .iter()
                    .find(|one| one.standing.state == Standing::Approved)
                    .or_else(|| versions.first())
                    .ok_or_else(|| unknown(id))?,
            };
            member(tx, &one.statement().source_id).await.map_err(|_| {
                let name = one.name();
                Rejection::conflict(
                    "component-source-barred",
                    format!("组件 {name} 的来源方已不在册"),
                    format!("the source of component {name} is not in good standing"),
                )
                .clause(component::CLAUSE)
            })?;
            let content = xinyu_store::component::content(tx, id, &one.standing.version).await?;
            let content = content.map(|content| STANDARD.encode(content));
            Ok::<_, Failure>(ComponentAnswer { component: stamped(one.clone()), content })
        })
    });
    Answer::json(200, &found.await?)
}

/// `POST /tc609/components`, by a connector: those of its spaces.
///
/// # Errors
/// If the caller is not admitted.
pub async fn list(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let _: ComponentListing = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("component.list_for_peer", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let mut items = Vec::new();
            for space in &me.spaces {
                let all = xinyu_store::component::list(tx, space, MOST).await?;
                items.extend(all.iter().filter(|one| is_visible(one, &me)).map(info));
            }
            Ok::<_, Failure>(List { items })
        })
    });
    Answer::json(200, &found.await?)
}

/// `POST /tc609/componentVersions`, by a connector: all versions of one.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn versions(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let asked: ComponentListing = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("component.versions", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let id = asked.component_id.unwrap_or_default();
            let versions = visible(tx, &id, &me).await?;
            if versions.is_empty() { Err(Failure::from(unknown(&id))) } else { Ok(shown(&id, &versions, Some(&by))) }
        })
    });
    Answer::json(200, &found.await?)
}

/// `POST /tc609/componentWithdrawal`, by its source.
///
/// # Errors
/// If it is not the caller's, or is withdrawn or refused already.
pub async fn withdraw(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let order: ComponentWithdrawal = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "component.withdraw", move |tx| {
        Box::pin(async move {
            member(tx, &by).await?;
            let versions = xinyu_store::component::lock(tx, &order.component_id).await?;
            let one = find(&versions, &order.component_id, &order.version)?.clone();
            if one.statement().source_id != by {
                // Whether it is there is nobody else's business.
                return Err(unknown(&reference(&order.component_id, &order.version)).into());
            }
            done(&this, tx, one, (Act::Withdraw, "source"), &order.reason).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// What came of its interface, if it has one: tried for a member of the space only, and before anything is held.
async fn called(
    platform: &Platform,
    by: &ConnectorId,
    statement: &ComponentStatement,
) -> Result<Option<Tried>, Failure> {
    let Some(address) = &statement.address else { return Ok(None) };
    must_be_address(address, "/address")?;
    let (by, said) = (by.clone(), statement.clone());
    let checked = platform.node.store.read("component.member", move |tx| {
        Box::pin(async move { must_be_own(&said, &member(tx, &by).await?).map_err(Failure::from) })
    });
    checked.await?;
    Ok(Some(tried(platform, address).await))
}

/// What the review looks at besides the statement.
async fn seen(
    tx: &mut Tx,
    statement: &ComponentStatement,
    content: Option<&[u8]>,
    tried: Option<Tried>,
) -> Result<Seen, Failure> {
    let there = xinyu_store::component::list(tx, &statement.space_id, MOST).await?;
    let members = xinyu_store::member::list(tx).await?;
    let is_member = |caller: &ParticipantId| {
        members.iter().any(|member| {
            member.state == MemberState::Approved
                && member.participant_id == *caller
                && member.spaces.contains(&statement.space_id)
        })
    };
    Ok(Seen {
        content: content.map(|content| look(&statement.media_type, content)),
        tried,
        strangers: statement.callers.iter().filter(|caller| !is_member(caller)).cloned().collect(),
        namesakes: review::namesakes(statement, &there),
    })
}

fn decoded(content: &str) -> Result<Vec<u8>, Rejection> {
    STANDARD.decode(content).map_err(|error| {
        Rejection::bad(
            "component-invalid",
            format!("内容不是 base64：{error}"),
            format!("the content is not base64: {error}"),
        )
        .clause("/content")
    })
}

fn must_be_own(statement: &ComponentStatement, me: &Member) -> Result<(), Rejection> {
    if statement.source_id != me.connector_id || statement.source_entity_id != me.participant_id {
        return Err(Rejection::forbidden(
            "for-somebody-else",
            "连接器只能以本端名义登记组件",
            "a connector registers components in its own name only",
        )
        .clause("/sourceId"));
    }
    if !me.spaces.contains(&statement.space_id) {
        return Err(Rejection::forbidden(
            "not-a-member",
            format!("{} 不是空间「{}」的成员", me.name, statement.space_id),
            format!("{} is not a member of space {}", me.name, statement.space_id),
        )
        .clause("/spaceId"));
    }
    Ok(())
}

/// The source's credential is judged at the time of its signature: that must be about now.
fn must_be_of_now(statement: &ComponentStatement, now: Timestamp) -> Result<(), Rejection> {
    let apart = now.duration_since(statement.issued_at).as_secs().unsigned_abs();
    if apart <= APART_SECONDS {
        return Ok(());
    }
    Err(Rejection::bad(
        "component-time",
        format!("签名时间 {} 与平台时间相差过大", statement.issued_at),
        format!("it was signed at {}, which is too far from now", statement.issued_at),
    )
    .clause("/issuedAt"))
}

/// How far the clocks of source and platform may be apart.
const APART_SECONDS: u64 = 600;

/// The same registration again, or another one under its key.
fn same(there: Component, again: &ComponentStatement) -> Result<Answer, Failure> {
    let before = there.statement();
    if (ComponentStatement { issued_at: before.issued_at, ..again.clone() }) != *before {
        let key = &again.registration_id;
        return Err(Rejection::conflict(
            "registration-taken",
            format!("登记编号 {key} 已用于另一登记"),
            format!("registration {key} is another one"),
        )
        .clause("/registrationId")
        .into());
    }
    Answer::json(200, &ComponentAnswer { component: stamped(there), content: None })
}

async fn visible(tx: &mut Tx, id: &str, me: &Member) -> Result<Vec<Component>, Failure> {
    let mut versions = xinyu_store::component::versions(tx, id).await?;
    versions.retain(|one| is_visible(one, me));
    Ok(versions)
}

/// One's own in whatever state; others' once they were reviewed, in one's own spaces.
fn is_visible(one: &Component, me: &Member) -> bool {
    let is_own = one.statement().source_id == me.connector_id;
    let is_reviewed = !matches!(one.standing.state, Standing::Submitted | Standing::Refused);
    me.spaces.contains(&one.statement().space_id) && (is_own || is_reviewed)
}
