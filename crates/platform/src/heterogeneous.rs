//! Connectors of other makers as registered connectors of members: enrolled by the member or on its behalf, looked at, reviewed, given credentials,
//! barred. TC609-6-2025-16 6.2 d; NDI-TR-2025-05 §6.

pub mod info;
pub mod look;
pub mod watch;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::connector::{self, Happened};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::heartbeat;
use xinyu_core::heterogeneous::{self, Changed, Heterogeneous, Owner, adapt};
use xinyu_core::participant::standing::announce;
use xinyu_core::participant::{Act, Member, MemberState};
use xinyu_core::partner;
use xinyu_http::json::StrictJson;
use xinyu_identity::did::DidWeb;
use xinyu_protocol::api::device::{ConnectorInfo, Deregistration, NewHeterogeneous};
use xinyu_protocol::api::participant::NewStanding;
use xinyu_protocol::api::{List, Verdict};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::connector::Lacking;
use xinyu_protocol::tc609::heterogeneous::{Card, CardRequest, Probed, Statement};
use xinyu_protocol::tc609::participant::StatusNotice;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::connector::{trusted, unknown};
use crate::{issuance, ndi};

/// `POST /tc609/heterogeneousConnector`, by an admitted member for a connector of its own. Said again it is looked at again.
///
/// # Errors
/// If what it says is not in order, or a look at the connector shows something else.
pub async fn enrol_own(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let statement: Statement = call.parse()?;
    Answer::json(200, &enrol(&platform, call.connector()?, statement).await?)
}

/// `POST /api/v1/heterogeneousConnectors`: on behalf of a member that has handed it in.
///
/// # Errors
/// As [`enrol_own`].
pub async fn enrol_for(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<NewHeterogeneous>,
) -> Result<Json<ConnectorInfo>, Failure> {
    let owner = ConnectorId::parse(&body.value.owner).map_err(|_| unknown(&body.value.owner))?;
    enrol(&platform, owner, body.value.statement).await.map(Json)
}

async fn enrol(platform: &Platform, owner: ConnectorId, said: Statement) -> Result<ConnectorInfo, Failure> {
    // What can be refused without looking is refused without looking.
    let (wanted, statement) = (owner.clone(), said.clone());
    let ahead = platform.node.store.read("heterogeneous.check", move |tx| {
        Box::pin(async move {
            let owner = find_owner(tx, &wanted).await?;
            must_fit(tx, &statement, &owner).await
        })
    });
    ahead.await?;
    let (statement, probed) = look::look(platform, said).await?;
    let this = platform.clone();
    let enrolled = platform.node.store.write("heterogeneous.enrol", move |tx| {
        Box::pin(async move {
            let owner = find_owner(tx, &owner).await?;
            must_fit(tx, &statement, &owner).await?;
            let one = take(&this, tx, &owner, statement, probed).await?;
            info::info(&this, tx, &one, None).await
        })
    });
    enrolled.await
}

async fn find_owner(tx: &mut Tx, id: &ConnectorId) -> Result<Member, Failure> {
    xinyu_store::member::find(tx, id.as_str()).await?.ok_or_else(|| unknown(id.as_str()).into())
}

fn owner_of(member: &Member) -> Owner<'_> {
    Owner {
        connector_id: &member.connector_id,
        participant_id: &member.participant_id,
        name: &member.name,
        state: member.state,
        spaces: &member.spaces,
    }
}

/// That the owner may say so, that its spaces let an unsigned agreement be enough, and that the DID is nobody else's.
async fn must_fit(tx: &mut Tx, statement: &Statement, owner: &Member) -> Result<(), Failure> {
    heterogeneous::check(statement, &owner_of(owner))?;
    for space in xinyu_store::space::list(tx).await? {
        if statement.spaces.contains(&space.space_id) {
            partner::must_be_enough(space.unsigned_agreements, &space.space_id)?;
        }
    }
    let did = DidWeb::parse(&statement.did).map_err(|error| look::bad_did(&error))?;
    if issuance::member_of(tx, &did).await?.is_some() {
        return Err(Rejection::conflict(
            "did-taken",
            format!("{did} 是一个成员自己的接入连接器，无需按异构接入连接器登记"),
            format!("{did} is a member's own connector, it is not another maker's"),
        )
        .into());
    }
    Ok(())
}

async fn take(
    platform: &Platform,
    tx: &mut Tx,
    owner: &Member,
    statement: Statement,
    probed: Probed,
) -> Result<Heterogeneous, Failure> {
    let now = tx.now();
    let changed = match xinyu_store::heterogeneous::lock_did(tx, &statement.did).await? {
        None => {
            let id = ConnectorId::compose(&owner.participant_id, &platform.options.area, tx.entropy());
            Heterogeneous::enrol(id, &owner_of(owner), statement, probed, now)
        }
        Some(there) if there.state.is_admitted() && there.statement == statement => {
            there.must_be_of(&owner.participant_id)?;
            return Ok(there);
        }
        Some(there) => there.enrol_again(&owner_of(owner), statement, probed, now)?,
    };
    commit(platform, tx, changed, Vec::new()).await
}

/// Stores a change with its note, its effects and whatever more is to be sent.
async fn commit(
    platform: &Platform,
    tx: &mut Tx,
    (one, happened, mut effects): Changed,
    more: Vec<Effect>,
) -> Result<Heterogeneous, Failure> {
    xinyu_store::heterogeneous::save(tx, &one).await?;
    xinyu_store::connector::note(tx, one.connector_id.as_str(), &happened).await?;
    effects.extend(more);
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Participant);
    Ok(one)
}

async fn lock(tx: &mut Tx, id: &str) -> Result<Heterogeneous, Failure> {
    xinyu_store::heterogeneous::lock(tx, id).await?.ok_or_else(|| unknown(id).into())
}

/// What its spaces ask for and nobody sees to.
pub(crate) async fn lacking(tx: &mut Tx, one: &Heterogeneous) -> Result<Vec<Lacking>, Failure> {
    let all = xinyu_store::space::list(tx).await?;
    let wanted = all.iter().filter(|space| one.statement.spaces.contains(&space.space_id));
    let wanted = wanted.map(|space| (space.space_id.as_str(), space.requires.as_slice()));
    Ok(adapt::lacking(&one.statement, wanted))
}

/// `POST /api/v1/heterogeneousConnectors/{id}/decision`.
///
/// # Errors
/// If there is none, it lacks what a space asks for, or the supplier is not trusted and no reason is given.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ConnectorInfo>, Failure> {
    let (this, Verdict { approve, note }) = (platform.clone(), body.value);
    let decided = platform.node.store.write("heterogeneous.decide", move |tx| {
        Box::pin(async move {
            let one = lock(tx, &id).await?;
            let act = if approve { Act::Admit } else { Act::Refuse };
            if approve {
                let owner = find_owner(tx, &one.owner).await?;
                must_fit(tx, &one.statement, &owner).await?;
                let lacking = lacking(tx, &one).await?;
                connector::review(&lacking, trusted(&this, &one.statement.device), &note)?;
            }
            let one = apply(&this, tx, one, act, &note).await?;
            info::info(&this, tx, &one, None).await
        })
    });
    Ok(Json(decided.await?))
}

/// `POST /api/v1/heterogeneousConnectors/{id}/standing`: `suspend`, `resume` or `revoke`. It holds at its next request.
///
/// # Errors
/// If there is none, the table does not lead there, or a reason is missing.
pub async fn standing(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<NewStanding>,
) -> Result<Json<ConnectorInfo>, Failure> {
    let NewStanding { action, reason } = body.value;
    let act = match action.as_str() {
        "suspend" => Act::Suspend,
        "resume" => Act::Resume,
        "revoke" => Act::Revoke,
        unknown => {
            return Err(Rejection::bad(
                "unknown-move",
                format!("未知的动作「{unknown}」，可选：suspend, resume, revoke"),
                format!("unknown move {unknown}, known are suspend, resume, revoke"),
            )
            .into());
        }
    };
    let this = platform.clone();
    let changed = platform.node.store.write("heterogeneous.standing", move |tx| {
        Box::pin(async move {
            let one = lock(tx, &id).await?;
            if act == Act::Resume {
                let owner = find_owner(tx, &one.owner).await?;
                must_fit(tx, &one.statement, &owner).await?;
            }
            let one = apply(&this, tx, one, act, &reason).await?;
            info::info(&this, tx, &one, None).await
        })
    });
    Ok(Json(changed.await?))
}

/// One step with what belongs to it: credentials offered, or taken back.
async fn apply(
    platform: &Platform,
    tx: &mut Tx,
    one: Heterogeneous,
    act: Act,
    reason: &str,
) -> Result<Heterogeneous, Failure> {
    let changed = one.step(act, reason, tx.now())?;
    settle(platform, tx, changed).await
}

async fn settle(platform: &Platform, tx: &mut Tx, changed: Changed) -> Result<Heterogeneous, Failure> {
    let issuer = platform.node.dcp.did.as_str();
    let did = changed.0.statement.did.clone();
    let offer =
        if changed.0.state.is_admitted() { platform.options.issuance.offer(tx.new_id(), issuer, &did)? } else { None };
    let mut more: Vec<Effect> = offer.into_iter().collect();
    // Others refuse it, or let it in again, at its next move.
    let to = xinyu_store::member::admitted(tx).await?;
    let key = tx.new_id().to_string();
    let notice = StatusNotice { lists: Vec::new(), standings: vec![changed.0.standing()] };
    more.extend(announce(&to, &key, &notice)?);
    let one = commit(platform, tx, changed, more).await?;
    // What was never admitted no node has heard of.
    if one.decided_at.is_some() && one.state != MemberState::Refused {
        ndi::report::heterogeneous(platform, tx, &one).await?;
    }
    if !one.state.is_admitted() {
        let reason = if one.note.is_empty() { one.state.as_str() } else { one.note.as_str() };
        issuance::revoke_of(platform, tx, &did, reason).await?;
        if let Some(pulse) = xinyu_store::heartbeat::lock(tx, one.connector_id.as_str()).await? {
            let (pulse, ..) = heartbeat::step(pulse, heartbeat::Event::Leave, &[], tx.now());
            xinyu_store::heartbeat::save(tx, &pulse).await?;
        }
    }
    Ok(one)
}

/// Takes one out of the register, for [`crate::connector::deregister`].
///
/// # Errors
/// If there is none, it left before, or no reason is given.
pub(crate) async fn deregister(
    platform: &Platform,
    tx: &mut Tx,
    id: &str,
    body: &Deregistration,
) -> Result<ConnectorInfo, Failure> {
    let one = lock(tx, id).await?;
    let one = apply(platform, tx, one, Act::Leave, &body.reason).await?;
    info::info(platform, tx, &one, None).await
}

/// What became of a member becomes of the connectors that it has enrolled.
///
/// # Errors
/// If the store fails.
pub(crate) async fn follow(platform: &Platform, tx: &mut Tx, member: &Member, act: Act) -> Result<(), Failure> {
    for one in xinyu_store::heterogeneous::lock_of(tx, member.connector_id.as_str()).await? {
        if let Some(changed) = one.follow(act, tx.now()) {
            settle(platform, tx, changed).await?;
        }
    }
    Ok(())
}

/// A member that is not in a space any more takes its connectors along.
///
/// # Errors
/// If the store fails.
pub(crate) async fn withdraw(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    for one in xinyu_store::heterogeneous::lock_of(tx, member.connector_id.as_str()).await? {
        let is_in_all = one.statement.spaces.iter().all(|space| member.spaces.contains(space));
        if let Some(changed) = (!is_in_all).then(|| one.follow(Act::Suspend, tx.now())).flatten() {
            settle(platform, tx, changed).await?;
        }
    }
    Ok(())
}

/// `POST /api/v1/heterogeneousConnectors/{id}/look`: looks at it again, at its DID document and at what it serves.
///
/// # Errors
/// If there is none, or what it shows now is not in order; then nothing has changed.
pub async fn look_again(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ConnectorInfo>, Failure> {
    let wanted = id.clone();
    let found = platform.node.store.read("heterogeneous.find", move |tx| {
        Box::pin(async move { xinyu_store::heterogeneous::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let found = found.await?.ok_or_else(|| unknown(&id))?;
    let (_, probed) = look::look(&platform, found.statement).await?;
    let this = platform.clone();
    let looked = platform.node.store.write("heterogeneous.look", move |tx| {
        Box::pin(async move {
            let one = lock(tx, &id).await?;
            let one = looked_at(tx, one, probed).await?;
            info::info(&this, tx, &one, None).await
        })
    });
    Ok(Json(looked.await?))
}

pub(crate) async fn looked_at(tx: &mut Tx, one: Heterogeneous, probed: Probed) -> Result<Heterogeneous, Failure> {
    let (one, happened): (_, Option<Happened>) = one.looked_at(probed);
    xinyu_store::heterogeneous::save(tx, &one).await?;
    if let Some(happened) = happened {
        xinyu_store::connector::note(tx, one.connector_id.as_str(), &happened).await?;
        tx.signal(Topic::Participant);
    }
    Ok(one)
}

/// `POST /tc609/heterogeneousConnectors`, by a member: those that it has enrolled.
///
/// # Errors
/// If the caller is not admitted.
pub async fn list_own(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let (by, this) = (call.connector()?, platform.clone());
    let items = platform.node.store.read("heterogeneous.own", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let mut items = Vec::new();
            for one in xinyu_store::heterogeneous::list(tx).await? {
                if one.participant_id == me.participant_id {
                    items.push(info::info(&this, tx, &one, None).await?);
                }
            }
            Ok::<_, Failure>(items)
        })
    });
    Answer::json(200, &List { items: items.await? })
}

/// `POST /tc609/heterogeneousCard`, by a member that wants to deal with one: where it is, and what it can keep.
///
/// # Errors
/// If there is none in a space of the caller that stands well.
pub async fn card(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let (asked, by): (CardRequest, _) = (call.parse()?, call.connector()?);
    let did = asked.did.clone();
    let found = platform.node.store.read("heterogeneous.card", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let all = xinyu_store::heterogeneous::admitted(tx).await?;
            Ok::<_, Failure>(all.into_iter().find(|one| one.statement.did == did).map(|one| (me.spaces, one)))
        })
    });
    let card = found.await?.map(|(ours, one)| Card {
        name: one.statement.device.name_or(&one.participant_name),
        address: one.probed.endpoint,
        spaces: one.statement.spaces.into_iter().filter(|space| ours.contains(space)).collect(),
        enforces: one.statement.enforces,
        did: one.statement.did,
    });
    let card = card.filter(|card| !card.spaces.is_empty()).ok_or_else(|| {
        let shown: String = asked.did.chars().take(128).collect();
        Rejection::unknown(
            "unknown-connector",
            format!("所在空间中没有处于正常状态的异构接入连接器 {shown}"),
            format!("no connector {shown} stands well in a space of yours"),
        )
    })?;
    Answer::json(200, &card)
}
