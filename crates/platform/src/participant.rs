//! Registration of participants with their connectors, review by the operator, credentials. TC609-6-2025-01 §5.2.2.2, §5.2.2.3; NDI-TR-2025-03 §8.

use axum::Json;
use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use xinyu_core::agreement::PartyRecord;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{self, Member, MemberState};
use xinyu_crypto::{PublicKeys, jws};
use xinyu_http::json::StrictJson;
use xinyu_identity::credential::{Credential, Holder, StatusEntry};
use xinyu_identity::did::DidWeb;
use xinyu_protocol::api::{List, ParticipantInfo, Verdict};
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::participant::{Registration, RegistrationAnswer, RegistrationRequest, SpaceCard};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use crate::app::Platform;

/// How far the clock of a connector that registers may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(300);
/// How long a credential is good.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);

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
    let node = std::sync::Arc::clone(&platform.node);
    let options = std::sync::Arc::clone(&platform.options);
    let address = xinyu_http::egress::base_url(&node.egress, &registration.address).map_err(|error| {
        Rejection::bad(
            "address",
            format!("连接器地址不可用：{error}"),
            format!("the connector's address cannot be used: {error}"),
        )
    })?;
    let member = platform
        .node
        .store
        .write("participant.register", move |tx| {
            Box::pin(async move {
                if let Some(there) = xinyu_store::member::find_by_key(tx, &key_id).await? {
                    return Ok::<_, Failure>(there);
                }
                for space in &registration.spaces {
                    if xinyu_store::space::find(tx, space).await?.is_none() {
                        return Err(Rejection::unknown(
                            "unknown-space",
                            format!("没有空间「{space}」"),
                            format!("space {space} does not exist"),
                        )
                        .into());
                    }
                }
                let connector_id = ConnectorId::compose(&registration.participant_id, &options.area, tx.entropy());
                let party = PartyRecord {
                    party_id: connector_id.as_str().to_owned(),
                    participant_id: registration.participant_id.as_str().to_owned(),
                    name: registration.participant_name.clone(),
                    role: registration.role,
                    address: address.clone(),
                    keys: keys.clone(),
                };
                let member = Member {
                    connector_id,
                    participant_id: registration.participant_id,
                    name: registration.participant_name,
                    role: registration.role,
                    address,
                    spaces: registration.spaces,
                    keys,
                    state: MemberState::Pending,
                    credential: None,
                    registered_at: now,
                    decided_at: None,
                    note: String::new(),
                };
                let (member, effects) = participant::register(member);
                xinyu_store::member::insert(tx, &member, &key_id).await?;
                xinyu_store::party::save(tx, &party).await?;
                effect::apply(&node, tx, effects).await?;
                tx.signal(Topic::Participant);
                Ok(member)
            })
        })
        .await?;
    Ok(Json(RegistrationAnswer { connector_id: member.connector_id, state: member.state.as_str().to_owned() }))
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

/// `POST /api/v1/participants/{id}/decision`.
///
/// # Errors
/// If there is no such participant, or it is decided already.
pub async fn decide(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ParticipantInfo>, Failure> {
    let id = ConnectorId::parse(&connector).map_err(|_| unknown(&connector))?;
    let verdict = body.value;
    let (node, this) = (std::sync::Arc::clone(&platform.node), platform.clone());
    let member = platform
        .node
        .store
        .write("participant.decide", move |tx| {
            Box::pin(async move {
                let member = xinyu_store::member::lock(tx, &id).await?.ok_or_else(|| unknown(id.as_str()))?;
                let now = tx.now();
                let (member, effects) = if verdict.approve {
                    let credential = issue(&this, &member, tx.new_id(), tx.entropy() % (1 << 17), now)?;
                    let mut cards = Vec::new();
                    for space in &member.spaces {
                        if let Some(space) = xinyu_store::space::find(tx, space).await? {
                            cards.push(SpaceCard {
                                space_id: space.space_id,
                                name: space.name,
                                suite: space.suite.to_string(),
                                unsigned_agreements: space.unsigned_agreements,
                            });
                        }
                    }
                    participant::approve(member, credential, cards, now)?
                } else {
                    participant::refuse(member, &verdict.note, now)?
                };
                xinyu_store::member::save(tx, &member).await?;
                effect::apply(&node, tx, effects).await?;
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(member)
            })
        })
        .await?;
    Ok(Json(info(&member)))
}

fn issue(platform: &Platform, member: &Member, id: uuid::Uuid, index: u64, now: Timestamp) -> Result<String, Failure> {
    let until = now.checked_add(CREDENTIAL_LIFE).map_err(Failure::broken)?;
    let claims = Credential {
        iss: PartyId::from(platform.options.platform_id.clone()),
        sub: PartyId::from(member.connector_id.clone()),
        jti: id,
        iat: now.as_second(),
        nbf: now.as_second(),
        exp: until.as_second(),
        participant: Holder { id: member.participant_id.clone(), name: member.name.clone(), role: member.role },
        keys: member.keys.clone(),
        address: member.address.clone(),
        did: DidWeb::from_base_url(&member.address).map_err(Failure::broken)?,
        status: StatusEntry { list: None, index },
    };
    Ok(Credential::issue(&claims, platform.node.ring.signing(platform.node.suite)))
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
    Ok(Json(List { items: members.iter().map(info).collect() }))
}

fn info(member: &Member) -> ParticipantInfo {
    let key_ids = xinyu_crypto::Suite::ALL.iter().map(|&suite| member.keys.signing(suite).kid()).collect();
    ParticipantInfo {
        connector_id: member.connector_id.as_str().to_owned(),
        participant_id: member.participant_id.as_str().to_owned(),
        name: member.name.clone(),
        role: member.role,
        address: member.address.clone(),
        spaces: member.spaces.clone(),
        state: member.state.as_str().to_owned(),
        registered_at: member.registered_at,
        decided_at: member.decided_at,
        key_ids,
    }
}

fn unknown(connector: &str) -> Rejection {
    Rejection::unknown(
        "unknown-participant",
        format!("没有接入连接器 {connector}"),
        format!("connector {connector} does not exist"),
    )
}
