//! Where participants stand after their admission: suspended, resumed, changed, revoked, departed; and everybody told at once. NDI-TR-2025-03 §8.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use xinyu_core::effect::Effect;
use xinyu_core::event::yuan;
use xinyu_core::fault::Rejection;
use xinyu_core::heterogeneous::Heterogeneous;
use xinyu_core::participant::standing::{announce, of};
use xinyu_core::participant::{self, Act, Member, MemberState, Open, Step};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::participant::NewStanding;
use xinyu_protocol::api::{ParticipantInfo, Verdict};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_protocol::tc609::participant::{Leave, Standing, StatusNotice};
use xinyu_protocol::text::Text;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{credential, info, lock, parse_id};
use crate::app::Platform;

/// How many open things are told.
const OPEN: u32 = 50;

/// `POST /api/v1/participants/{id}/standing`: `suspend`, `resume`, `revoke` or `leave`. It holds from the next request on, and every admitted connector
/// is told at once.
///
/// # Errors
/// If there is no such participant, the table does not lead there, a reason is missing, or business is open.
pub async fn change(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
    body: StrictJson<NewStanding>,
) -> Result<Json<ParticipantInfo>, Failure> {
    let id = parse_id(&connector)?;
    let NewStanding { action, reason } = body.value;
    let act = match action.as_str() {
        "suspend" => Act::Suspend,
        "resume" => Act::Resume,
        "revoke" => Act::Revoke,
        "leave" => Act::Leave,
        unknown => {
            return Err(Rejection::bad(
                "unknown-move",
                format!("未知的动作「{unknown}」，可选：suspend, resume, revoke, leave"),
                format!("unknown move {unknown}, known are suspend, resume, revoke, leave"),
            )
            .into());
        }
    };
    let this = platform.clone();
    let member = platform
        .node
        .store
        .write("participant.standing", move |tx| {
            Box::pin(async move {
                let member = lock(tx, &id).await?;
                take(&this, tx, member, act, reason).await
            })
        })
        .await?;
    Ok(Json(info(&member, platform.node.store.clock().now())))
}

/// `POST /tc609/leave`, by a connector: it leaves the platform.
///
/// # Errors
/// If business is open, with the list of it.
pub async fn leave(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let Leave { reason } = call.parse()?;
    let (id, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "participant.leave", move |tx| {
        Box::pin(async move {
            let member = lock(tx, &id).await?;
            take(&this, tx, member, Act::Leave, reason).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// That an act leads somewhere from where a member stands: asked before something is issued for it.
pub(super) fn must_lead(member: &Member, act: Act) -> Result<(), Rejection> {
    if participant::target(Some(member.state), act).is_some() {
        return Ok(());
    }
    Err(participant::impossible(member, act))
}

pub(crate) async fn take(
    platform: &Platform,
    tx: &mut Tx,
    member: Member,
    act: Act,
    reason: String,
) -> Result<Member, Failure> {
    must_lead(&member, act)?;
    let now = tx.now();
    let step = match act {
        Act::Resume => Step::Resume(credential::admit(platform, tx, &member).await?),
        Act::Suspend => Step::Suspend(reason.clone()),
        Act::Revoke => Step::Revoke(reason.clone()),
        _ => {
            let open = open(tx, &member, now).await?;
            participant::must_be_closed(&member, &open)?;
            Step::Leave(reason.clone())
        }
    };
    let (member, mut effects) = participant::step(member, step, now)?;
    if act == Act::Resume {
        effects.extend(credential::offer(platform, tx, &member)?);
    } else {
        credential::revoke(tx, &member, &reason).await?;
        effects.extend(crate::certification::follow(tx, &member, act, &reason).await?);
    }
    xinyu_store::member::save(tx, &member).await?;
    let card = if act == Act::Resume { Some(card(&member)?) } else { None };
    tell(platform, tx, &member, card, effects).await?;
    if act != Act::Resume {
        // What it shows to other makers' connectors; last, since it is recorded one by one.
        let why = if reason.trim().is_empty() { member.state.as_str() } else { reason.as_str() };
        crate::issuance::revoke_all(platform, tx, &member, why).await?;
    }
    if act != Act::Resume {
        crate::draft::depart(platform, tx, &member.connector_id, &reason).await?;
    }
    if matches!(act, Act::Revoke | Act::Leave) {
        crate::countersigning::depart(platform, tx, &member.connector_id, &reason).await?;
    }
    if act == Act::Revoke {
        // For good: what it is party to cannot go on.
        crate::termination::depart(platform, tx, member.connector_id.as_str(), &reason).await?;
    }
    crate::heterogeneous::follow(platform, tx, &member, act).await?;
    Ok(member)
}

/// What a member wants to change is approved or not. Approved, it gets a new credential, the old one is revoked, and whoever knows it learns what is new.
pub(super) async fn decide_change(
    platform: &Platform,
    tx: &mut Tx,
    member: Member,
    verdict: &Verdict,
) -> Result<Member, Failure> {
    if !verdict.approve {
        let (member, effects) = participant::refuse_change(member, &verdict.note)?;
        crate::identity::drop_change(tx, &member).await?;
        xinyu_store::member::save(tx, &member).await?;
        effect::apply(&platform.node, tx, effects).await?;
        tx.signal(Topic::Participant);
        return Ok(member);
    }
    crate::verification::must_not_object(tx, &member).await?;
    let now = tx.now();
    credential::revoke(tx, &member, "changed").await?;
    crate::identity::take_change(tx, &member).await?;
    let (before, mut wanted) = (member.clone(), member.clone());
    if let Some(change) = member.change.clone() {
        wanted.name = change.name;
        wanted.role = change.role;
        wanted.address = change.address;
        wanted.spaces = change.spaces;
        wanted.keys = change.keys;
    }
    let admission = credential::admit(platform, tx, &wanted).await?;
    let (member, mut effects) = participant::step(member, Step::Change(admission), now)?;
    effects.extend(credential::offer(platform, tx, &member)?);
    xinyu_store::member::save(tx, &member).await?;
    xinyu_store::party::save(tx, &super::party(&member)).await?;
    let card = card(&member)?;
    tell(platform, tx, &member, Some(card), effects).await?;
    crate::issuance::revoke_all(platform, tx, &before, "changed").await?;
    crate::certification::reissue(platform, tx, &member).await?;
    crate::heterogeneous::withdraw(platform, tx, &member).await?;
    Ok(member)
}

/// A member whose connector has moved gets a credential with the new address, and the old one is revoked; whoever knows it learns where it is.
pub(crate) async fn moved(
    platform: &Platform,
    tx: &mut Tx,
    before: Member,
    address: String,
) -> Result<Member, Failure> {
    credential::revoke(tx, &before, "moved").await?;
    let mut wanted = before.clone();
    wanted.address = address;
    let admission = credential::admit(platform, tx, &wanted).await?;
    let (mut member, mut effects) = participant::reissue(wanted, admission)?;
    member.sequence += 1;
    effects.extend(credential::offer(platform, tx, &member)?);
    xinyu_store::member::save(tx, &member).await?;
    xinyu_store::party::save(tx, &super::party(&member)).await?;
    let card = card(&member)?;
    tell(platform, tx, &member, Some(card), effects).await?;
    crate::issuance::revoke_all(platform, tx, &before, "moved").await?;
    crate::certification::reissue(platform, tx, &member).await?;
    Ok(member)
}

/// Commits the effects, and tells every admitted connector and the member itself.
async fn tell(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    card: Option<PartyCard>,
    mut effects: Vec<Effect>,
) -> Result<(), Failure> {
    let mut to = xinyu_store::member::admitted(tx).await?;
    if !to.contains(&member.connector_id) {
        to.push(member.connector_id.clone());
    }
    let standing = Standing { card, ..of(member) };
    let notice = StatusNotice { lists: credential::signed(platform, tx).await?, standings: vec![standing] };
    let key = tx.new_id().to_string();
    effects.extend(announce(&to, &key, &notice)?);
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Participant);
    Ok(())
}

/// Tells a connector that was just admitted who is barred; and those who knew it before that it is in good standing again.
pub(super) async fn welcome(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let lists = credential::signed(platform, tx).await?;
    let mut standings: Vec<Standing> = xinyu_store::member::barred(tx).await?.iter().map(of).collect();
    standings.extend(xinyu_store::heterogeneous::barred(tx).await?.iter().map(Heterogeneous::standing));
    standings.push(of(member));
    let key = tx.new_id().to_string();
    let own = StatusNotice { lists, standings };
    let mut effects = Vec::new();
    // Who has nothing to learn is told nothing.
    if !own.lists.is_empty() || own.standings.len() > 1 || member.sequence > 2 {
        effects.extend(announce(std::slice::from_ref(&member.connector_id), &key, &own)?);
    }
    if member.sequence > 2 {
        let others: Vec<ConnectorId> =
            xinyu_store::member::admitted(tx).await?.into_iter().filter(|one| *one != member.connector_id).collect();
        let standing = Standing { card: Some(card(member)?), ..of(member) };
        effects.extend(announce(&others, &key, &StatusNotice { lists: Vec::new(), standings: vec![standing] })?);
    }
    effect::apply(&platform.node, tx, effects).await
}

fn card(member: &Member) -> Result<PartyCard, Failure> {
    Ok(PartyCard {
        connector_id: member.connector_id.clone(),
        participant_id: member.participant_id.clone(),
        participant_name: member.name.clone(),
        role: member.role,
        address: member.address.clone(),
        credential: member.credential.clone().ok_or_else(|| Failure::broken("an admitted member has no credential"))?,
    })
}

/// What a departure would leave behind: contracts that have not ended, money that nobody has confirmed, operators who may still act.
///
/// # Errors
/// If the store fails.
pub(super) async fn open(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<Vec<Open>, Failure> {
    let contracts = xinyu_store::contract::open_of(tx, member.connector_id.as_str(), OPEN).await?;
    let payments = xinyu_store::payment::open_of(tx, member.connector_id.as_str(), OPEN).await?;
    let payments = payments.iter().map(|order| {
        let (id, amount) = (&order.contract_id, yuan(order.open_fen()));
        Open {
            text: Text::new(
                format!("合约 {id} 的结算单未付清：{amount} 元"),
                format!("the statement of contract {id}, of which {amount} CNY are not confirmed"),
            ),
        }
    });
    let operators = xinyu_store::delegation::list(tx, member.connector_id.as_str()).await?;
    let operators = operators.iter().filter(|one| one.must_end_first(now)).map(|one| Open {
        text: Text::new(
            format!("经办人授权 {}（{}）", one.delegation_id, one.user_name),
            format!("operator's delegation {} ({})", one.delegation_id, one.user_name),
        ),
    });
    Ok(contracts
        .iter()
        .map(|contract| Open {
            text: Text::new(
                format!("合约 {}「{}」状态 {}", contract.contract_id, contract.name, contract.status),
                format!("contract {} ({}), status {}", contract.contract_id, contract.name, contract.status),
            ),
        })
        .chain(payments)
        .chain(operators)
        .collect())
}

/// What an operator can do with a member.
pub(super) fn moves(member: &Member) -> Vec<String> {
    let leads = |act| participant::target(Some(member.state), act).is_some();
    let decides = leads(Act::Admit) || (member.state == MemberState::Approved && member.change.is_some());
    [
        ("approve", decides),
        ("refuse", decides),
        ("suspend", leads(Act::Suspend)),
        ("resume", leads(Act::Resume)),
        ("revoke", leads(Act::Revoke)),
        ("leave", leads(Act::Leave)),
    ]
    .into_iter()
    .filter(|(_, can)| *can)
    .map(|(name, _)| name.to_owned())
    .collect()
}
