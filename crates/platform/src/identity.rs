//! What participants say of themselves: taken in with their registration, kept sealed, shown to the reviewer. NDI-TR-2025-03 §6, §7. Before its admission
//! an applicant has no credential: it proves itself with the keys that it registered.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::fault::Rejection;
use xinyu_core::identity::{Attachment, MAX_ATTACHMENTS, check_attachment, check_list};
use xinyu_core::participant::{Member, MemberState};
use xinyu_crypto::{Suite, jws};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::identity::{AttachmentInfo, IdentityInfo, VerificationInfo};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::identity::{
    ApplicantClaims, ApplicantRequest, ApplicantStatus, AttachmentClaims, IdentityFile,
};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, sealed};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::participant::{parse_id, unknown};

/// How far the clock of an applicant may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(300);
/// What the sealed information is, so that it opens as nothing else.
const CONTEXT: &str = "xinyu/identity/v1";
/// Likewise, of attachments.
const ATTACHMENT: &str = "xinyu/attachment/v1";

/// Under what name the information of a change is kept until it is approved.
fn name_of_change(member: &Member) -> String {
    format!("{}/change", member.connector_id)
}

fn is_change(member: &Member) -> bool {
    member.state == MemberState::Approved
}

/// Keeps what an applicant says of itself; what a member wants to change is kept beside it. Whether it is new.
///
/// # Errors
/// If the store fails.
pub(crate) async fn take(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    file: &IdentityFile,
) -> Result<bool, Failure> {
    if !differs(platform, tx, member, file).await? {
        return Ok(false);
    }
    let name = if is_change(member) { name_of_change(member) } else { member.connector_id.as_str().to_owned() };
    let plain = serde_json::to_vec(file).map_err(Failure::broken)?;
    let body = sealed::seal(&platform.node, CONTEXT, &plain)?;
    xinyu_store::identity::save(tx, &name, &body).await?;
    Ok(true)
}

/// Whether what is said now is not what was said before.
///
/// # Errors
/// If the store fails.
pub(crate) async fn differs(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    file: &IdentityFile,
) -> Result<bool, Failure> {
    Ok(latest(platform, tx, member).await?.as_ref() != Some(file))
}

/// What is said now, a change that waits included.
///
/// # Errors
/// If the store fails.
pub(crate) async fn latest(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<Option<IdentityFile>, Failure> {
    let changed = xinyu_store::identity::find(tx, &name_of_change(member)).await?;
    let body = match changed {
        Some(body) => Some(body),
        None => xinyu_store::identity::find(tx, member.connector_id.as_str()).await?,
    };
    body.map(|body| {
        let plain = sealed::open(&platform.node, CONTEXT, &body)?;
        serde_json::from_slice(&plain).map_err(Failure::broken)
    })
    .transpose()
}

/// What was said and admitted: what waits as a change does not count yet.
///
/// # Errors
/// If the store fails.
pub(crate) async fn admitted(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
) -> Result<Option<IdentityFile>, Failure> {
    let body = xinyu_store::identity::find(tx, member.connector_id.as_str()).await?;
    body.map(|body| {
        let plain = sealed::open(&platform.node, CONTEXT, &body)?;
        serde_json::from_slice(&plain).map_err(Failure::broken)
    })
    .transpose()
}

/// What was to change is so.
///
/// # Errors
/// If the store fails.
pub(crate) async fn take_change(tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let name = name_of_change(member);
    if let Some(body) = xinyu_store::identity::find(tx, &name).await? {
        xinyu_store::identity::save(tx, member.connector_id.as_str(), &body).await?;
        xinyu_store::identity::remove(tx, &name).await?;
    }
    Ok(())
}

/// What was to change is not.
///
/// # Errors
/// If the store fails.
pub(crate) async fn drop_change(tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    Ok(xinyu_store::identity::remove(tx, &name_of_change(member)).await?)
}

/// `POST /tc609/applicant`: open to all; the token proves possession of the registered keys. Where it stands, and what is missing.
///
/// # Errors
/// If the token does not prove what it says.
pub async fn status(
    State(platform): State<Platform>,
    body: StrictJson<ApplicantRequest>,
) -> Result<Json<ApplicantStatus>, Failure> {
    let this = platform.clone();
    let answer = platform.node.store.read("identity.status", move |tx| {
        Box::pin(async move {
            let (member, _) = open_token(&this, tx, &body.value.token).await?;
            answer(&this, tx, &member).await
        })
    });
    Ok(Json(answer.await?))
}

async fn answer(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<ApplicantStatus, Failure> {
    let file = latest(platform, tx, member).await?.unwrap_or_default();
    let attachments = xinyu_store::attachment::list(tx, member.connector_id.as_str()).await?;
    Ok(ApplicantStatus {
        state: member.state,
        items: check_list(member.role, &file, &attachments),
        note: member.note.clone(),
        due_at: member.due_at,
    })
}

/// `POST /tc609/identityAttachment`: one attachment, as [`status`].
///
/// # Errors
/// If the token does not prove what it says, or the attachment is not what it says.
pub async fn attach(
    State(platform): State<Platform>,
    body: StrictJson<ApplicantRequest>,
) -> Result<Json<ApplicantStatus>, Failure> {
    let this = platform.clone();
    let answer = platform.node.store.write("identity.attach", move |tx| {
        Box::pin(async move {
            let (member, claims) = open_token(&this, tx, &body.value.token).await?;
            let Some(attachment) = claims.attachment else {
                return Err(wrong("令牌未说明附件", "the token names no attachment").into());
            };
            let content = body.value.content.as_deref().unwrap_or_default();
            let bytes = STANDARD.decode(content).map_err(|_| wrong("内容不是 base64", "the content is not base64"))?;
            keep(&this, tx, &member, attachment, &bytes).await?;
            answer(&this, tx, &member).await
        })
    });
    Ok(Json(answer.await?))
}

async fn keep(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    claims: AttachmentClaims,
    bytes: &[u8],
) -> Result<(), Failure> {
    if member.state == MemberState::Departed {
        return Err(unknown(member.connector_id.as_str()).into());
    }
    check_attachment(&claims.media_type, bytes)?;
    let digest = Suite::Intl.hash(bytes).to_string();
    if digest != claims.digest {
        return Err(wrong("内容与签名的摘要不符", "the content has not the digest that was signed").into());
    }
    let id = &claims.attachment_id;
    if let Some((there, _)) = xinyu_store::attachment::find(tx, id).await? {
        let is_same = there.connector_id == member.connector_id.as_str() && there.digest == digest;
        let taken = Rejection::conflict(
            "attachment-taken",
            format!("附件编号 {id} 已用于另一附件"),
            format!("attachment {id} is another one"),
        );
        return if is_same { Ok(()) } else { Err(taken.into()) };
    }
    let connector = member.connector_id.as_str();
    if xinyu_store::attachment::list(tx, connector).await?.len() >= MAX_ATTACHMENTS {
        return Err(wrong("附件数量已达上限", "there are as many attachments as may be").into());
    }
    let attachment = Attachment {
        attachment_id: claims.attachment_id,
        connector_id: connector.to_owned(),
        card: claims.card,
        media_type: claims.media_type,
        digest,
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    };
    let body = sealed::seal(&platform.node, ATTACHMENT, bytes)?;
    xinyu_store::attachment::insert(tx, &attachment, &body).await?;
    let draft = |space: &String| {
        let draft = Draft::new("identity.attached", space).subject(connector);
        let draft = draft.fact("attachment", attachment.attachment_id.as_str());
        let draft = draft.fact("type", attachment.card.attach_type.code());
        Effect::Record(draft.fact("digest", attachment.digest.as_str()))
    };
    effect::apply(&platform.node, tx, member.spaces.iter().map(draft).collect()).await?;
    tx.signal(Topic::Participant);
    Ok(())
}

/// Who signed a token, which must be for us and fresh.
async fn open_token(platform: &Platform, tx: &mut Tx, token: &str) -> Result<(Member, ApplicantClaims), Failure> {
    let unverified = jws::parse(token).map_err(|_| wrong("格式错误", "it is malformed"))?;
    let claims: ApplicantClaims = parse(unverified.payload_unverified(), Limits::WIRE)
        .map_err(|error| wrong("内容无法解析", &format!("it does not parse: {error}")))?;
    let member =
        xinyu_store::member::find(tx, claims.iss.as_str()).await?.ok_or_else(|| unknown(claims.iss.as_str()))?;
    let key = unverified.kid().and_then(|kid| member.keys.by_kid(kid));
    let key = key.ok_or_else(|| wrong("签名密钥不是注册的密钥", "it is signed with a key that is not registered"))?;
    unverified.verify(key, "xinyu-applicant+jwt").map_err(|_| wrong("签名不符", "its signature does not fit"))?;
    if claims.aud != platform.options.platform_id {
        return Err(wrong("不是发给本平台的", "it is meant for another platform").into());
    }
    let issued = Timestamp::from_second(claims.iat).map_err(|_| wrong("时间无效", "its time is none"))?;
    if platform.node.store.clock().now().duration_since(issued).abs() > SKEW {
        return Err(wrong("时间相差过大，请校准时钟", "its time is too far from ours").into());
    }
    Ok((member, claims))
}

fn wrong(zh: &str, en: &str) -> Rejection {
    Rejection::bad(
        "applicant-token",
        format!("申请方令牌或附件无效：{zh}"),
        format!("applicant's token or attachment: {en}"),
    )
    .clause("NDI-TR-2025-03 §8")
}

/// `GET /api/v1/participants/{id}/identity`: everything a reviewer needs.
///
/// # Errors
/// If there is no such participant.
pub async fn show(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    person: Person,
) -> Result<Json<IdentityInfo>, Failure> {
    let id = parse_id(&connector)?;
    // Who looks at personal data is in the log; what it is, is not.
    tracing::info!(connector = %id, by = %person.name, "the identity information of {id} is looked at");
    let this = platform.clone();
    let found = platform.node.store.read("identity.show", move |tx| {
        Box::pin(async move {
            let member = xinyu_store::member::find(tx, id.as_str()).await?.ok_or_else(|| unknown(id.as_str()))?;
            let file = latest(&this, tx, &member).await?.unwrap_or_default();
            let attachments = xinyu_store::attachment::list(tx, id.as_str()).await?;
            let verifications = xinyu_store::verification::list(tx, id.as_str()).await?;
            Ok::<_, Failure>(IdentityInfo {
                items: check_list(member.role, &file, &attachments),
                file,
                attachments: attachments.into_iter().map(info).collect(),
                verifications: verifications
                    .into_iter()
                    .map(|one| VerificationInfo {
                        verification_id: one.verification_id,
                        authority: one.authority.as_str().to_owned(),
                        state: one.state.as_str().to_owned(),
                        attempts: one.attempts,
                        differing: one.differing,
                        why: one.why,
                        asked_at: one.asked_at,
                        answered_at: one.answered_at,
                    })
                    .collect(),
            })
        })
    });
    Ok(Json(found.await?))
}

fn info(attachment: Attachment) -> AttachmentInfo {
    AttachmentInfo {
        attachment_id: attachment.attachment_id,
        card: attachment.card,
        media_type: attachment.media_type,
        digest: attachment.digest,
        size_bytes: attachment.size_bytes,
    }
}

/// `GET /api/v1/participants/{id}/attachments/{attachment}`: the bytes.
///
/// # Errors
/// If there is no such attachment.
pub async fn attachment(
    State(platform): State<Platform>,
    Path((connector, attachment)): Path<(String, String)>,
    person: Person,
) -> Result<Response, Failure> {
    let id = parse_id(&connector)?;
    tracing::info!(connector = %id, by = %person.name, "attachment {attachment} of {id} is looked at");
    let wanted = attachment.clone();
    let found = platform.node.store.read("identity.attachment", move |tx| {
        Box::pin(async move { xinyu_store::attachment::find(tx, &wanted).await.map_err(Failure::from) })
    });
    let (card, body) = found.await?.filter(|(card, _)| card.connector_id == id.as_str()).ok_or_else(|| {
        Rejection::unknown(
            "unknown-attachment",
            format!("没有附件 {attachment}"),
            format!("attachment {attachment} does not exist"),
        )
    })?;
    let bytes = sealed::open(&platform.node, ATTACHMENT, &body)?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&card.media_type).map_err(Failure::broken)?);
    // A foreign file: to be kept, not to be run in our pages.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
