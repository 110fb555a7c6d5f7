//! Participants with their connectors: registration, review by the operator, change, suspension, departure. TC609-6-2025-01 §5.2.2.2, §5.2.2.3;
//! NDI-TR-2025-03 §8.

mod clock;
pub mod credential;
pub mod standing;

use axum::Json;
use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use xinyu_core::agreement::PartyRecord;
use xinyu_core::connector::Happened;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{self, Change, Member, MemberState, Step};
use xinyu_core::workday::{self, Clock};
use xinyu_crypto::{PublicKeys, jws};
use xinyu_http::json::StrictJson;
use xinyu_http::relay::place_at;
use xinyu_protocol::api::participant::{ChangeInfo, CredentialInfo, OpenItem, ParticipantLife};
use xinyu_protocol::api::{List, ParticipantInfo, Verdict};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::participant::{Registration, RegistrationAnswer, RegistrationRequest};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::{connector, identity, ndi, verification};

/// How far the clock of a connector that registers may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(300);

/// `POST /tc609/registration`: open to all; the token proves possession of the key that it names.
///
/// # Errors
/// If the token does not prove what it says, or names a space that is not here.
pub async fn register(
    State(platform): State<Platform>,
    body: StrictJson<RegistrationRequest>,
) -> Result<Json<RegistrationAnswer>, Failure> {
    let now = platform.node.store.clock().now();
    let (registration, keys, key_id) = open_token(&platform, &body.value.token, now)?;
    let this = platform.clone();
    let address = xinyu_http::egress::base_url(&platform.node.egress, &registration.address).map_err(|error| {
        Rejection::bad(
            "address",
            format!("连接器地址不可用：{error}"),
            format!("the connector's address cannot be used: {error}"),
        )
    })?;
    must_be_its_own(&platform, &keys, &address)?;
    let asked = Asked { registration, keys, key_id, address };
    let member = platform
        .node
        .store
        .write("participant.register", move |tx| Box::pin(async move { take(&this, tx, asked).await }))
        .await?;
    Ok(Json(RegistrationAnswer { connector_id: member.connector_id, state: member.state }))
}

/// Who is called through this platform is called at the place of its own key.
pub(crate) fn must_be_its_own(platform: &Platform, keys: &PublicKeys, address: &str) -> Result<(), Failure> {
    match place_at(&platform.node.address, address) {
        Some(place) if keys.by_kid(place).is_none() => Err(Rejection::bad(
            "address",
            "经平台中继的地址须以连接器自己的密钥标识命名",
            "an address at the platform's relay is named after a key of the connector itself",
        )
        .into()),
        _ => Ok(()),
    }
}

/// A registration that was read.
struct Asked {
    registration: Registration,
    keys: PublicKeys,
    key_id: String,
    address: String,
}

async fn take(platform: &Platform, tx: &mut Tx, asked: Asked) -> Result<Member, Failure> {
    for space in &asked.registration.spaces {
        if xinyu_store::space::find(tx, space).await?.is_none() {
            return Err(Rejection::unknown(
                "unknown-space",
                format!("没有空间「{space}」"),
                format!("space {space} does not exist"),
            )
            .into());
        }
    }
    let there = match xinyu_store::member::find_by_key(tx, &asked.key_id).await? {
        Some(found) => xinyu_store::member::lock(tx, &found.connector_id).await?,
        None => None,
    };
    if let Some(file) = &asked.registration.identity {
        let participant = &asked.registration.participant_id;
        xinyu_core::identity::check(file, participant, platform.options.strictness)?;
    }
    let (member, mut effects) = match there {
        None => first(platform, tx, &asked).await?,
        Some(there) => again(platform, tx, there, &asked).await?,
    };
    if let Some(file) = &asked.registration.identity
        && identity::take(platform, tx, &member, file).await?
    {
        effects.extend(verification::begin(platform, tx, &member, file).await?);
    }
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Participant);
    Ok(member)
}

async fn first(platform: &Platform, tx: &mut Tx, asked: &Asked) -> Result<(Member, Vec<Effect>), Failure> {
    let now = tx.now();
    let Asked { registration, keys, key_id, address } = asked;
    let member = Member {
        connector_id: ConnectorId::compose(&registration.participant_id, &platform.options.area, tx.entropy()),
        participant_id: registration.participant_id.clone(),
        name: registration.participant_name.clone(),
        role: registration.role,
        address: address.clone(),
        spaces: registration.spaces.clone(),
        keys: keys.clone(),
        state: MemberState::Pending,
        credential: None,
        credential_id: None,
        registered_at: now,
        decided_at: None,
        changed_at: None,
        sequence: 0,
        due_at: Some(platform.options.calendar.due(now, clock(registration))),
        reminded: None,
        change: None,
        note: String::new(),
    };
    let (member, effects) = participant::register(member);
    xinyu_store::member::insert(tx, &member, key_id).await?;
    connector::register(tx, &member, registration.device.clone(), registration.capabilities.clone()).await?;
    xinyu_store::party::save(tx, &party(&member)).await?;
    Ok((member, effects))
}

/// Which clock runs: another platform joins as a business node. TC609-6-2025-12.
fn clock(registration: &Registration) -> Clock {
    let is_platform = registration.identity.as_ref().is_some_and(|file| file.platform.is_some());
    if is_platform { Clock::BusinessNode } else { Clock::Connector }
}

/// The same keys again. The same registration changes nothing; a different one is a change to review or, of one who is not admitted, a new application.
async fn again(
    platform: &Platform,
    tx: &mut Tx,
    mut member: Member,
    asked: &Asked,
) -> Result<(Member, Vec<Effect>), Failure> {
    let now = tx.now();
    let Asked { registration, keys, address, .. } = asked;
    if registration.participant_id != member.participant_id {
        return Err(Rejection::conflict(
            "participant-differs",
            format!("该密钥已由主体 {} 注册，主体变更须重新注册", member.participant_id),
            format!("these keys are registered for {}: another participant registers anew", member.participant_id),
        )
        .clause("TC609-6-2025-12")
        .into());
    }
    let is_identity_changed = match &registration.identity {
        Some(file) => identity::differs(platform, tx, &member, file).await?,
        None => false,
    };
    let change = Change {
        name: registration.participant_name.clone(),
        role: registration.role,
        address: address.clone(),
        spaces: registration.spaces.clone(),
        keys: keys.clone(),
        is_identity_changed,
        requested_at: now,
    };
    let is_same = !is_identity_changed
        && (&member.name, member.role, &member.address, &member.spaces, &member.keys)
            == (&change.name, change.role, &change.address, &change.spaces, &change.keys);
    let due = |clock| Some(platform.options.calendar.due(now, clock));
    let (mut member, effects) = match member.state {
        MemberState::Approved if is_same => return Ok((member, Vec::new())),
        MemberState::Approved => participant::request_change(member, change)?,
        MemberState::Pending | MemberState::Verified if is_same => return Ok((member, Vec::new())),
        MemberState::Suspended | MemberState::Revoked if is_same => return Ok((member, Vec::new())),
        _ => {
            member.name = change.name;
            member.role = change.role;
            member.address = change.address;
            member.spaces = change.spaces;
            member.keys = change.keys;
            participant::step(member, Step::Register, now)?
        }
    };
    member.due_at = due(if member.change.is_some() { Clock::Change } else { clock(registration) });
    xinyu_store::member::save(tx, &member).await?;
    if member.change.is_none() {
        xinyu_store::party::save(tx, &party(&member)).await?;
    }
    Ok((member, effects))
}

/// A member as a party that messages are sent to.
pub(crate) fn party(member: &Member) -> PartyRecord {
    PartyRecord {
        party_id: member.connector_id.as_str().to_owned(),
        participant_id: member.participant_id.as_str().to_owned(),
        name: member.name.clone(),
        role: member.role,
        address: member.address.clone(),
        keys: member.keys.clone(),
    }
}

fn open_token(platform: &Platform, token: &str, now: Timestamp) -> Result<(Registration, PublicKeys, String), Failure> {
    let refuse = |zh: &str, en: String| {
        Rejection::bad("registration-token", format!("注册令牌无效：{zh}"), en).clause("NDI-TR-2025-03 §8")
    };
    let unverified = jws::parse(token)
        .map_err(|error| refuse("格式错误", format!("the registration token is malformed: {error}")))?;
    let registration: Registration = parse(unverified.payload_unverified(), Limits::WIRE)
        .map_err(|error| refuse("内容无法解析", format!("the registration token does not parse: {error}")))?;
    let keys: PublicKeys = serde_json::from_value(registration.keys.clone())
        .map_err(|error| refuse("公钥无法解析", format!("the keys of the registration token do not parse: {error}")))?;
    let kid = unverified.kid().unwrap_or_default().to_owned();
    let key = keys
        .by_kid(&kid)
        .ok_or_else(|| refuse("签名密钥不在公钥之列", "the signing key is not among the keys".to_owned()))?;
    unverified.verify(key, "xinyu-registration+jwt").map_err(|error| {
        refuse("签名不符", format!("the signature of the registration token does not fit: {error}"))
    })?;
    if registration.aud != platform.options.platform_id {
        return Err(
            refuse("不是发给本平台的", format!("the registration token is meant for {}", registration.aud)).into()
        );
    }
    let issued =
        Timestamp::from_second(registration.iat).map_err(|_| refuse("时间无效", "iat is no time".to_owned()))?;
    if now.duration_since(issued).abs() > SKEW {
        return Err(refuse(
            "时间相差过大，请校准时钟",
            format!("the registration token was issued at {issued}, it is {now} now"),
        )
        .into());
    }
    let key_id = keys.signing(platform.node.suite).kid();
    Ok((registration, keys, key_id))
}

/// `POST /api/v1/participants/{id}/decision`: on a registration, or on what a member wants to change.
///
/// # Errors
/// If there is no such participant, it is decided already, or a refusal has no reason.
pub async fn decide(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ParticipantInfo>, Failure> {
    let id = parse_id(&connector)?;
    let (verdict, this) = (body.value, platform.clone());
    let member = platform
        .node
        .store
        .write("participant.decide", move |tx| {
            Box::pin(async move {
                let member = lock(tx, &id).await?;
                if member.state == MemberState::Approved && member.change.is_some() {
                    return standing::decide_change(&this, tx, member, &verdict).await;
                }
                let now = tx.now();
                let (member, effects) = if verdict.approve {
                    // What cannot be admitted gets no credential.
                    standing::must_lead(&member, participant::Act::Admit)?;
                    connector::review(&this, tx, &member, &verdict.note).await?;
                    verification::must_not_object(tx, &member).await?;
                    let admission = credential::admit(&this, tx, &member).await?;
                    let (member, mut effects) = participant::step(member, Step::Admit(admission), now)?;
                    effects.extend(credential::offer(&this, tx, &member)?);
                    (member, effects)
                } else {
                    participant::step(member, Step::Refuse(verdict.note.clone()), now)?
                };
                xinyu_store::member::save(tx, &member).await?;
                let happened = decided(&member, &verdict.note);
                xinyu_store::connector::note(tx, member.connector_id.as_str(), &happened).await?;
                if verdict.approve {
                    ndi::report::connector(&this, tx, &member).await?;
                }
                effect::apply(&this.node, tx, effects).await?;
                if member.state == MemberState::Approved {
                    standing::welcome(&this, tx, &member).await?;
                    crate::policy_record::welcome(&this, tx, &member).await?;
                }
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(member)
            })
        })
        .await?;
    Ok(Json(info(&member, platform.node.store.clock().now())))
}

fn decided(member: &Member, note: &str) -> Happened {
    if member.state == MemberState::Approved {
        let why =
            |open: &str, close: &str| if note.is_empty() { String::new() } else { format!("{open}{note}{close}") };
        let (zh, en) = (why("（", "）"), why(" (", ")"));
        return Happened::new(
            "connector.admitted",
            format!("审核通过，签发凭证{zh}"),
            format!("admitted, credential issued{en}"),
        );
    }
    Happened::new("connector.refused", format!("审核未通过：{note}"), format!("refused: {note}"))
}

/// One member, held until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: &ConnectorId) -> Result<Member, Failure> {
    xinyu_store::member::lock(tx, id).await?.ok_or_else(|| unknown(id.as_str()).into())
}

pub(crate) fn parse_id(connector: &str) -> Result<ConnectorId, Rejection> {
    ConnectorId::parse(connector).map_err(|_| unknown(connector))
}

/// `GET /api/v1/participants`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<ParticipantInfo>>, Failure> {
    let members = platform
        .node
        .store
        .read("participant.list", |tx| {
            Box::pin(async move { xinyu_store::member::list(tx).await.map_err(Failure::from) })
        })
        .await?;
    let now = platform.node.store.clock().now();
    Ok(Json(List { items: members.iter().map(|member| info(member, now)).collect() }))
}

/// `GET /api/v1/participants/{id}`: everything about one, on one page.
///
/// # Errors
/// If there is no such participant.
pub async fn show(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
) -> Result<Json<ParticipantLife>, Failure> {
    let id = parse_id(&connector)?;
    let this = platform.clone();
    let life = platform
        .node
        .store
        .read("participant.show", move |tx| Box::pin(async move { life(&this, tx, &id).await }))
        .await?;
    Ok(Json(life))
}

async fn life(platform: &Platform, tx: &mut Tx, id: &ConnectorId) -> Result<ParticipantLife, Failure> {
    let member = xinyu_store::member::find(tx, id.as_str()).await?.ok_or_else(|| unknown(id.as_str()))?;
    let now = platform.node.store.clock().now();
    let credentials = xinyu_store::credential::history(tx, id.as_str()).await?;
    let open = standing::open(tx, &member, now).await?;
    Ok(ParticipantLife {
        participant: info(&member, now),
        change: member.change.as_ref().map(|change| ChangeInfo {
            name: change.name.clone(),
            role: change.role,
            address: change.address.clone(),
            spaces: change.spaces.clone(),
            are_keys_new: change.keys != member.keys,
            requested_at: change.requested_at,
        }),
        credentials: credentials
            .into_iter()
            .map(|issued| CredentialInfo {
                credential_id: issued.credential_id.to_string(),
                list: issued.list,
                index: issued.index,
                issued_at: issued.issued_at,
                expires_at: issued.expires_at,
                revoked_at: issued.revoked_at,
                reason: issued.reason,
            })
            .collect(),
        open: open.into_iter().map(|one| OpenItem { text: one.text }).collect(),
        moves: standing::moves(&member),
    })
}

pub(crate) fn info(member: &Member, now: Timestamp) -> ParticipantInfo {
    let key_ids = xinyu_crypto::Suite::ALL.iter().map(|&suite| member.keys.signing(suite).kid()).collect();
    ParticipantInfo {
        connector_id: member.connector_id.as_str().to_owned(),
        participant_id: member.participant_id.as_str().to_owned(),
        name: member.name.clone(),
        role: member.role,
        address: member.address.clone(),
        spaces: member.spaces.clone(),
        state: member.state.as_str().to_owned(),
        is_change_pending: member.change.is_some(),
        note: member.note.clone(),
        registered_at: member.registered_at,
        decided_at: member.decided_at,
        changed_at: member.changed_at,
        due_at: member.due_at,
        reminder: member
            .due_at
            .and_then(|due| workday::reminder(due, now))
            .map(|reminder| reminder.as_str().to_owned()),
        key_ids,
    }
}

pub(crate) fn unknown(connector: &str) -> Rejection {
    Rejection::unknown(
        "unknown-participant",
        format!("没有接入连接器 {connector}"),
        format!("connector {connector} does not exist"),
    )
}
