//! What our participant says of itself: kept sealed, sent with the registration, completed later; and what is missing. NDI-TR-2025-03 §6, §7.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::fault::Rejection;
use xinyu_core::identity::{Attachment, check, check_attachment, check_list};
use xinyu_crypto::{Suite, jws};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::identity::{AttachmentInfo, IdentityInfo, NewAttachment};
use xinyu_protocol::id::Strictness;
use xinyu_protocol::tc609::identity::{
    ApplicantClaims, ApplicantRequest, ApplicantStatus, AttachmentClaims, IdentityFile,
};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, sealed};
use xinyu_store::Topic;

use crate::app::Connector;
use crate::registration;

/// Under what name our own is kept.
const OWN: &str = "own";
/// What the sealed information is, so that it opens as nothing else.
const CONTEXT: &str = "xinyu/identity/own/v1";
/// Likewise, of attachments.
const ATTACHMENT: &str = "xinyu/attachment/own/v1";

/// What our participant says of itself, if it said something.
///
/// # Errors
/// If the store fails.
pub(crate) async fn own(connector: &Connector) -> Result<Option<IdentityFile>, Failure> {
    let found = connector.node.store.read("identity.own", |tx| {
        Box::pin(async move { xinyu_store::identity::find(tx, OWN).await.map_err(Failure::from) })
    });
    let body = found.await?;
    body.map(|body| {
        let plain = sealed::open(&connector.node, CONTEXT, &body)?;
        serde_json::from_slice(&plain).map_err(Failure::broken)
    })
    .transpose()
}

/// `GET /api/v1/identity`: what we say, and what the platform still needs. Without the platform, what our own list says.
///
/// # Errors
/// If the store fails.
pub async fn show(State(connector): State<Connector>, _: Person) -> Result<Json<IdentityInfo>, Failure> {
    info(&connector).await.map(Json)
}

async fn info(connector: &Connector) -> Result<IdentityInfo, Failure> {
    let file = own(connector).await?.unwrap_or_default();
    let attachments = attachments(connector).await?;
    let items = match status(connector).await {
        Ok(status) => status.items,
        Err(_) => check_list(connector.options.role, &file, &attachments),
    };
    let attachments = attachments
        .into_iter()
        .map(|one| AttachmentInfo {
            attachment_id: one.attachment_id,
            card: one.card,
            media_type: one.media_type,
            digest: one.digest,
            size_bytes: one.size_bytes,
        })
        .collect();
    Ok(IdentityInfo { file, items, attachments, verifications: Vec::new() })
}

async fn attachments(connector: &Connector) -> Result<Vec<Attachment>, Failure> {
    let found = connector.node.store.read("identity.attachments", |tx| {
        Box::pin(async move { xinyu_store::attachment::list(tx, OWN).await.map_err(Failure::from) })
    });
    found.await
}

async fn status(connector: &Connector) -> Result<ApplicantStatus, Failure> {
    let request = ApplicantRequest { token: token(connector, None)?, content: None };
    registration::ask_openly(connector, "/tc609/applicant", &request).await
}

/// Proves to the platform that we have the keys that we registered.
fn token(connector: &Connector, attachment: Option<AttachmentClaims>) -> Result<String, Failure> {
    let node = &connector.node;
    let iss = node.party().and_then(|party| party.connector()).ok_or_else(|| {
        Rejection::conflict("not-registered", "请先向平台提交注册", "register with the platform first")
    })?;
    let aud = node.platform.id.platform().ok_or_else(|| Failure::broken("the configured platform id is none"))?;
    let claims = ApplicantClaims { iss, aud, iat: node.store.clock().now().as_second(), attachment };
    let payload = xinyu_protocol::json::canonical(&claims).map_err(Failure::broken)?;
    Ok(jws::sign("xinyu-applicant+jwt", &payload, node.ring.signing(node.suite)))
}

/// `POST /api/v1/identity`: says who our participant is. Once registered, the platform is told at once; for a member that is a change to review.
///
/// # Errors
/// If something does not mean what it must, naming the field; what the platform says. What was said is kept in either case but the first.
pub async fn state(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<IdentityFile>,
) -> Result<Json<IdentityInfo>, Failure> {
    check(&body.value, &connector.options.participant_id, Strictness::Lenient)?;
    let plain = serde_json::to_vec(&body.value).map_err(Failure::broken)?;
    let sealed = sealed::seal(&connector.node, CONTEXT, &plain)?;
    connector
        .node
        .store
        .write("identity.state", move |tx| {
            Box::pin(async move {
                xinyu_store::identity::save(tx, OWN, &sealed).await?;
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(())
            })
        })
        .await?;
    if connector.node.party().is_some() {
        registration::register(&connector).await?;
    }
    info(&connector).await.map(Json)
}

/// `POST /api/v1/identity/attachments`: one attachment, sent to the platform and kept.
///
/// # Errors
/// If it is not what it says, or what the platform says; nothing is kept then.
pub async fn attach(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewAttachment>,
) -> Result<Json<IdentityInfo>, Failure> {
    let new = body.value;
    let bytes = STANDARD.decode(&new.content).map_err(|_| {
        Rejection::bad("attachment", "附件内容不是 base64", "the content of the attachment is not base64")
            .clause("/content")
    })?;
    check_attachment(&new.media_type, &bytes)?;
    let digest = Suite::Intl.hash(&bytes).to_string();
    let claims = AttachmentClaims {
        attachment_id: new.attachment_id.clone(),
        card: new.card.clone(),
        media_type: new.media_type.clone(),
        digest: digest.clone(),
    };
    let request = ApplicantRequest { token: token(&connector, Some(claims))?, content: Some(new.content) };
    let _: ApplicantStatus = registration::ask_openly(&connector, "/tc609/identityAttachment", &request).await?;
    let attachment = Attachment {
        attachment_id: new.attachment_id,
        connector_id: OWN.to_owned(),
        card: new.card,
        media_type: new.media_type,
        digest,
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    };
    let sealed = sealed::seal(&connector.node, ATTACHMENT, &bytes)?;
    connector
        .node
        .store
        .write("identity.attach", move |tx| {
            Box::pin(async move {
                xinyu_store::attachment::insert(tx, &attachment, &sealed).await?;
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(())
            })
        })
        .await?;
    info(&connector).await.map(Json)
}
