//! The platform as the issuer of its members' verifiable credentials: metadata, requests, status lists, schemas; and for its people what was issued, and
//! revocation. DCP 1.0.1 §6; W3C Bitstring Status List v1.0.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::issuance::{CredentialKind, Entitled, Issuable, Issuance, Issued};
use xinyu_core::participant::Member;
use xinyu_http::json::StrictJson;
use xinyu_identity::did::DidWeb;
use xinyu_identity::status::{MIN_ENTRIES, StatusList};
use xinyu_identity::{status_credential, vc};
use xinyu_protocol::api::List;
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation};
use xinyu_protocol::dcp::issuance::{CredentialRequest, CredentialStatus, IssuerMetadata, Metadata, RequestStatus};
use xinyu_protocol::dcp::{Context, PATH, Profile};
use xinyu_protocol::text::Text;
use xinyu_shell::dcp::call::DcpCall;
use xinyu_shell::peer::Answer;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// How long a credential is good.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long a status list may be kept by whoever has fetched it: not at all, so that a revocation holds at the next look. Its signature is good longer.
const LIST_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How many issued credentials are listed.
const LISTED: u32 = 1_000;

/// `GET /dcp/metadata`, open to all.
pub async fn metadata(State(platform): State<Platform>) -> Json<Metadata> {
    Json(Metadata {
        context: Context,
        r#type: IssuerMetadata::default(),
        issuer: platform.node.dcp.did.to_string(),
        credentials_supported: platform.options.issuance.supported(&schemas(&platform)),
    })
}

fn schemas(platform: &Platform) -> String {
    format!("{}{PATH}/schemas", platform.node.address)
}

/// `GET /dcp/schemas/{kind}`, open to all.
///
/// # Errors
/// If there is no such kind.
pub async fn schema(State(platform): State<Platform>, Path(kind): Path<String>) -> Result<Json<Value>, Failure> {
    let found = CredentialKind::parse(&kind);
    let kind = found.ok_or_else(|| Rejection::unknown("unknown-schema", "没有这个模式", "there is no such schema"))?;
    Ok(Json(kind.schema(&format!("{}/{}", schemas(&platform), kind.as_str()))))
}

/// `POST /dcp/credentials`, by a member under its DID: issues what it asks for, and sends it to the member's credential service. A request that comes
/// twice, under one `holderPid`, is answered as it was.
///
/// # Errors
/// If it is no member, or asks for what is not issued.
pub async fn request(State(platform): State<Platform>, call: DcpCall) -> Result<Response, Failure> {
    let request: CredentialRequest = call.parse()?;
    let (node, this, holder) = (Arc::clone(&platform.node), platform.clone(), call.claims.iss.clone());
    let answer = call
        .once(&node, "issuance.request", move |tx| {
            Box::pin(async move {
                let entitled = entitled(tx, &holder).await?.ok_or_else(|| stranger(&holder))?;
                let (pid, now) = (tx.new_id().to_string(), tx.now());
                let policy = &this.options.issuance;
                let (issuance, wanted) =
                    Issuance::request(request, pid.clone(), &entitled, holder.as_str(), policy, now)?;
                let mut issued = Vec::new();
                for one in wanted {
                    let until = now.checked_add(CREDENTIAL_LIFE).map_err(Failure::broken)?;
                    let claims = one.kind.claims(&entitled);
                    issued.push(issue(&this, tx, &entitled, &holder, one, claims, until).await?);
                }
                xinyu_store::issuance::insert(tx, &issuance).await?;
                effect::apply(&this.node, tx, issuance.deliver(&issued, &entitled.spaces)?).await?;
                tx.signal(Topic::Participant);
                Answer::json(StatusCode::CREATED.as_u16(), &pid)
            })
        })
        .await?;
    let pid: String = serde_json::from_slice(&answer.body).map_err(Failure::broken)?;
    let location = format!("{}{PATH}/requests/{pid}", node.address);
    Ok((StatusCode::CREATED, [(LOCATION, location)]).into_response())
}

/// Whose DID it is: a member's whose connector stands where the DID says, or that of another maker's connector which a member has enrolled.
async fn entitled(tx: &mut Tx, holder: &DidWeb) -> Result<Option<Entitled>, Failure> {
    if let Some(member) = member_of(tx, holder).await? {
        return Ok(Some(Entitled::from(&member)));
    }
    Ok(xinyu_store::heterogeneous::lock_did(tx, holder.as_str()).await?.map(|one| one.entitled()))
}

/// The member whose connector stands where the DID says.
///
/// # Errors
/// If the store fails.
pub async fn member_of(tx: &mut Tx, holder: &DidWeb) -> Result<Option<Member>, Failure> {
    for scheme in ["https", "http"] {
        if let Some(party) = xinyu_store::party::find_at(tx, &holder.base_url(scheme)).await? {
            return Ok(xinyu_store::member::find(tx, &party.party_id).await?);
        }
    }
    Ok(None)
}

fn stranger(holder: &DidWeb) -> Rejection {
    Rejection::forbidden(
        "not-a-member",
        format!("{holder} 不是本平台的成员，请先注册并通过审核"),
        format!("{holder} is no member of this platform: register first, and be admitted"),
    )
    .clause("DCP 1.0.1 §6.4")
}

/// Issues a credential at a place of its own in the status lists.
///
/// # Errors
/// If the store fails.
pub(crate) async fn issue(
    platform: &Platform,
    tx: &mut Tx,
    entitled: &Entitled,
    holder: &DidWeb,
    what: Issuable,
    claims: Map<String, Value>,
    until: Timestamp,
) -> Result<(Issued, String), Failure> {
    let index = xinyu_store::issuance::next_index(tx).await?;
    // In whole seconds, as the claims of the token around it have it.
    let now = Timestamp::from_second(tx.now().as_second()).map_err(Failure::broken)?;
    let until = Timestamp::from_second(until.as_second()).map_err(Failure::broken)?;
    let issued = Issued {
        credential_id: format!("urn:uuid:{}", tx.new_id()),
        status_index: index,
        holder: holder.to_string(),
        connector_id: entitled.connector_id.as_str().to_owned(),
        kind: what.kind,
        profile: what.profile,
        issued_at: now,
        expires_at: until,
        spaces: entitled.spaces.clone(),
        revoked: None,
    };
    let draft = vc::Draft {
        profile: what.profile,
        id: issued.credential_id.clone(),
        kind: what.kind.as_str().to_owned(),
        holder: holder.clone(),
        claims,
        from: now,
        until,
        status: (list_url(platform, what.profile, index / MIN_ENTRIES), index % MIN_ENTRIES),
        schema: format!("{}/{}", schemas(platform), what.kind.as_str()),
    };
    let jwt = platform.node.dcp.sign(|signer| draft.issue(signer));
    xinyu_store::issuance::keep(tx, &issued).await?;
    Ok((issued, jwt))
}

/// `GET /dcp/requests/{pid}`, by the member that asked.
///
/// # Errors
/// If nobody asked, or somebody else.
pub async fn status(
    State(platform): State<Platform>,
    Path(pid): Path<String>,
    call: DcpCall,
) -> Result<Json<RequestStatus>, Failure> {
    let wanted = pid.clone();
    let found = platform.node.store.read("issuance.find", move |tx| {
        Box::pin(async move { xinyu_store::issuance::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let issuance = found.await?.filter(|issuance| issuance.holder == call.sender()).ok_or_else(|| {
        Rejection::unknown("unknown-request", format!("没有申请 {pid}"), format!("there is no request {pid}"))
    })?;
    Ok(Json(RequestStatus {
        context: Context,
        r#type: CredentialStatus::default(),
        issuer_pid: issuance.pid,
        holder_pid: issuance.holder_pid,
        status: issuance.state,
    }))
}

fn list_url(platform: &Platform, profile: Profile, list: u64) -> String {
    let form = match profile {
        Profile::Vc20BsslJwt => "vc20",
        Profile::Vc11Sl2021Jwt => "vc11",
    };
    format!("{}{PATH}/status/{form}/{list}", platform.node.address)
}

/// `GET /dcp/status/{form}/{list}`, open to all: which of 131,072 credentials are revoked, signed now. Who does not say that it reads a signed list gets
/// the same in plain JSON, as EDC and the official kit have theirs; it is as good as the connection.
///
/// # Errors
/// If there is no such list.
pub async fn status_list(
    State(platform): State<Platform>,
    Path((form, list)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let unknown = || Rejection::unknown("unknown-list", "没有这个状态列表", "there is no such status list");
    let profile = match form.as_str() {
        "vc20" => Profile::Vc20BsslJwt,
        "vc11" => Profile::Vc11Sl2021Jwt,
        _ => return Err(unknown().into()),
    };
    let first = list.checked_mul(MIN_ENTRIES).ok_or_else(unknown)?;
    let end = first.checked_add(MIN_ENTRIES).filter(|end| i64::try_from(*end).is_ok()).ok_or_else(unknown)?;
    let revoked = platform.node.store.read("issuance.revoked", move |tx| {
        Box::pin(async move { xinyu_store::issuance::revoked(tx, first, end).await.map_err(Failure::from) })
    });
    let mut bits = StatusList::new(MIN_ENTRIES).map_err(Failure::broken)?;
    for index in revoked.await? {
        bits.set(index - first, true).map_err(Failure::broken)?;
    }
    let now = platform.node.store.clock().now();
    let until = now.checked_add(LIST_LIFE).map_err(Failure::broken)?;
    let url = list_url(&platform, profile, list);
    let dcp = &platform.node.dcp;
    let (kind, body) = if reads_signed(&headers) {
        let signed = dcp.sign(|signer| status_credential::issue(&bits, profile, &url, (now, until), signer));
        ("application/vc+jwt", signed.map_err(Failure::broken)?)
    } else {
        let plain = status_credential::credential(&bits, profile, &url, (now, until), &dcp.did);
        ("application/json", plain.map_err(Failure::broken)?.to_string())
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache"), (VARY, "accept")], body).into_response())
}

fn reads_signed(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|one| one.split(','));
    accepted
        .into_iter()
        .any(|one| matches!(one.split(';').next().map(str::trim), Some("application/vc+jwt" | "application/jwt")))
}

/// `GET /api/v1/credentials`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<CredentialInfo>>, Failure> {
    let issued = platform.node.store.read("issuance.list", |tx| {
        Box::pin(async move { xinyu_store::issuance::list(tx, LISTED).await.map_err(Failure::from) })
    });
    let items = issued.await?.into_iter().map(|one| info(&platform, one)).collect();
    Ok(Json(List { items }))
}

/// `POST /api/v1/credentials/revocation`: from the next look at the status list on, nobody believes it.
///
/// # Errors
/// If there is no such credential, it is revoked already, or no reason is given.
pub async fn revoke(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<CredentialRevocation>,
) -> Result<Json<CredentialInfo>, Failure> {
    let (node, CredentialRevocation { credential_id, reason }) = (Arc::clone(&platform.node), body.value);
    let revoked = platform.node.store.write("issuance.revoke", move |tx| {
        Box::pin(async move {
            let issued = xinyu_store::issuance::lock(tx, &credential_id).await?.ok_or_else(|| {
                Rejection::unknown(
                    "unknown-credential",
                    format!("没有凭证 {credential_id}"),
                    format!("there is no credential {credential_id}"),
                )
            })?;
            if issued.kind == CredentialKind::Certification {
                return Err(of_certification(&credential_id).into());
            }
            let (issued, effects) = issued.revoke(&reason, tx.now())?;
            xinyu_store::issuance::revoke(tx, &issued).await?;
            effect::apply(&node, tx, effects).await?;
            tx.signal(Topic::Participant);
            Ok::<_, Failure>(issued)
        })
    });
    Ok(Json(info(&platform, revoked.await?)))
}

/// A credential that says something was certified is good as long as that is so.
fn of_certification(credential_id: &str) -> Rejection {
    Rejection::conflict(
        "credential-of-certification",
        format!("凭证 {credential_id} 随认证而生效，不能单独撤销"),
        format!("credential {credential_id} is as good as its certification and is not revoked by itself"),
    )
    .next(Text::new("请暂停或撤销该认证", "suspend or withdraw the certification"))
}

/// Revokes some credentials; what was revoked before stays as it is. The effects are the caller's to commit.
///
/// # Errors
/// If the store fails.
pub(crate) async fn revoke_some(tx: &mut Tx, ids: &[String], reason: &str) -> Result<Vec<Effect>, Failure> {
    let mut effects = Vec::new();
    for id in ids {
        let there = xinyu_store::issuance::lock(tx, id).await?;
        if let Some(issued) = there.filter(|issued| issued.revoked.is_none()) {
            let (issued, told) = issued.revoke(reason, tx.now())?;
            xinyu_store::issuance::revoke(tx, &issued).await?;
            effects.extend(told);
        }
    }
    Ok(effects)
}

/// Revokes whatever a member still holds, in the transaction in which it ceases to be one.
///
/// # Errors
/// If the store fails.
pub async fn revoke_all(platform: &Platform, tx: &mut Tx, member: &Member, reason: &str) -> Result<(), Failure> {
    let did = DidWeb::from_base_url(&member.address).map_err(Failure::broken)?;
    revoke_of(platform, tx, did.as_str(), reason).await
}

/// Revokes whatever is issued to a DID.
///
/// # Errors
/// If the store fails.
pub async fn revoke_of(platform: &Platform, tx: &mut Tx, did: &str, reason: &str) -> Result<(), Failure> {
    for issued in xinyu_store::issuance::lock_of(tx, did).await? {
        let (issued, effects) = issued.revoke(reason, tx.now())?;
        xinyu_store::issuance::revoke(tx, &issued).await?;
        effect::apply(&platform.node, tx, effects).await?;
    }
    Ok(())
}

fn info(platform: &Platform, one: Issued) -> CredentialInfo {
    CredentialInfo {
        credential_id: one.credential_id,
        kind: one.kind.as_str().to_owned(),
        profile: one.profile.as_str().to_owned(),
        issuer: platform.node.dcp.did.to_string(),
        holder: one.holder,
        issued_at: one.issued_at,
        expires_at: Some(one.expires_at),
        status_index: Some(one.status_index),
        revoked_at: one.revoked.as_ref().map(|revoked| revoked.at),
        reason: one.revoked.map(|revoked| revoked.reason),
    }
}
