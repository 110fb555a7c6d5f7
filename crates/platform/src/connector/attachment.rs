//! Documents that a connector shows for itself: qualifications, reports, the list of what its software is made of. NDI-TR-2025-03 table 12.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::connector::Happened;
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_protocol::api::device::AttachmentInfo;
use xinyu_protocol::tc609::connector::{ATTACHMENT_KINDS, AttachmentUpload};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Platform;
use crate::application::member;

/// The largest document, below what one message may hold.
const MAX_BYTES: usize = 2 << 20;
/// How many documents a connector may have.
const MOST: usize = 64;

/// `POST /tc609/attachment`, by a connector. The same document again is the same one.
///
/// # Errors
/// If it is of no kind of table 12, too large, or one too many.
pub async fn upload(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let upload: AttachmentUpload = call.parse()?;
    let by = call.connector()?;
    let content = check(&upload)?;
    call.once(&platform.node, "attachment.upload", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let there = xinyu_store::connector::attachments(tx, me.connector_id.as_str()).await?;
            let digest = Suite::Intl.hash(&content).to_string();
            if let Some(same) = there.iter().find(|one| one.digest == digest) {
                return Answer::json(200, same);
            }
            if there.len() >= MOST {
                return Err(Rejection::conflict(
                    "too-many-attachments",
                    format!("附件数量已达上限 {MOST}"),
                    format!("there are {MOST} attachments already"),
                )
                .into());
            }
            let info = AttachmentInfo {
                attachment_id: tx.new_id().to_string(),
                kind: upload.kind,
                name: upload.name,
                issue_org: upload.issue_org,
                expire_date: upload.expire_date,
                digest,
                size_bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
                uploaded_at: tx.now(),
            };
            xinyu_store::connector::attach(tx, by.as_str(), &info, &content).await?;
            let happened = Happened::new(
                "connector.attachment",
                format!("提交附件「{}」", info.name),
                format!("handed in the document {}", info.name),
            );
            xinyu_store::connector::note(tx, by.as_str(), &happened).await?;
            tx.signal(Topic::Participant);
            Answer::json(200, &info)
        })
    })
    .await
}

fn check(upload: &AttachmentUpload) -> Result<Vec<u8>, Rejection> {
    let refuse = |zh: &str, en: &str| {
        Err(Rejection::bad("attachment", format!("附件{zh}"), format!("the attachment {en}"))
            .clause("NDI-TR-2025-03 §6.2"))
    };
    if !ATTACHMENT_KINDS.contains(&upload.kind.as_str()) {
        return refuse(
            &format!("类型未知，可选：{}", ATTACHMENT_KINDS.join("、")),
            &format!("is of no known kind: {}", ATTACHMENT_KINDS.join(", ")),
        );
    }
    let is_text = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    if upload.name.trim().is_empty() || !is_text(&upload.name, 128) || !is_text(&upload.issue_org, 100) {
        return refuse(
            "名称或签发单位为空、过长或含控制字符",
            "has a name or issuer that is empty, too long or no text",
        );
    }
    if !upload.expire_date.is_empty() && upload.expire_date.parse::<jiff::civil::Date>().is_err() {
        return refuse("到期日期不是 YYYY-MM-DD", "has an end that is no YYYY-MM-DD");
    }
    match STANDARD.decode(&upload.content) {
        Ok(content) if content.is_empty() => refuse("为空", "is empty"),
        Ok(content) if content.len() > MAX_BYTES => refuse("超过 2 MiB", "is larger than 2 MiB"),
        Ok(content) => Ok(content),
        Err(_) => refuse("不是 base64", "is no base64"),
    }
}

/// `GET /api/v1/connectors/{id}/attachments/{key}`: the document itself.
///
/// # Errors
/// If there is none.
pub async fn file(
    State(platform): State<Platform>,
    Path((id, key)): Path<(String, String)>,
    _: Person,
) -> Result<Response, Failure> {
    let found = platform.node.store.read("attachment.find", move |tx| {
        Box::pin(async move { xinyu_store::connector::attachment(tx, &id, &key).await.map_err(Failure::from) })
    });
    let (_, content) = found
        .await?
        .ok_or_else(|| Rejection::unknown("unknown-attachment", "没有该附件", "there is no such attachment"))?;
    // Whatever it says it is, a browser shall keep it and not show it.
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], content).into_response())
}
