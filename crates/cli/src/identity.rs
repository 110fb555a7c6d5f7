//! `xinyu identity show|state|attach|allow|read`: what a connector's participant says of itself, and what is missing; on a platform, whom a function node may
//! read, and who somebody is by a node's word. By the management API.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use serde_json::{Value, json};
use xinyu_core::identity::MAX_ATTACHMENT_BYTES;
use xinyu_protocol::api::identity::{AttachmentInfo, IdentityInfo, NewAttachment};
use xinyu_protocol::tc609::identity::{AttachmentCard, AttachmentKind, CheckItem, IdentityFile};

use crate::client::{Access, Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with identity information.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 查看身份信息与缺项清单 / what was said, and what is missing.
    Show,
    /// 提交身份信息（JSON，字段名同 NDI-TR-2025-03） / say who the participant is, in the standard's fields.
    State {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 上传附件（PDF、PNG、JPEG，最大 700 KiB） / send an attachment, 700 KiB at most.
    Attach {
        /// 文件 / the file.
        file: PathBuf,
        /// 附件类型：01 营业执照、02 法定代表人证件、03 经办人授权书、04 对公账户证明、05 业务资质、06 备案号、07 合规审计报告、08 第三方评估、99 其他 /
        /// its kind.
        #[arg(long)]
        kind: String,
        /// 附件编号，同一个编号是同一个附件；默认文件名 / its key, the file's name when absent.
        #[arg(long)]
        key: Option<String>,
    },
    /// 平台：授权功能节点查询主体或其经办人，得到一次性授权码 / on a platform: lets a node read a participant, or an operator of it; gives a code for it.
    Allow {
        /// 主体的连接器标识 / the participant's connector.
        connector: String,
        /// 功能节点 / the node.
        function_node: String,
        /// 经办人授权编号 / the delegation whose operator it may read.
        #[arg(long)]
        delegation: Option<String>,
    },
    /// 平台：凭用户授权码在功能节点查询身份 / on a platform: reads at a node who somebody is, by the code that the user brought.
    Read {
        /// 功能节点 / the node.
        function_node: String,
        /// 授权码 / the code.
        auth_code: String,
        /// 身份类型：person、enterprise 或 operator / whose identity.
        #[arg(long, default_value = "person")]
        kind: String,
        /// 跨域查询，仅基本信息 / registered in another region: the base alone.
        #[arg(long)]
        across: bool,
    },
}

/// Posts, and prints what comes.
fn posted(context: &Context, access: &Access, path: &str, body: &Value) -> Result<(), Failed> {
    let answer: Value = ask(context, access, async |client| client.post(path, body).await)?;
    context.print_json(&answer)
}

const PATH: &str = "/api/v1/identity";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let info: IdentityInfo = match &asked.verb {
        Verb::Allow { connector, function_node, delegation } => {
            let path = format!("/api/v1/participants/{}/identityGrants", segment(connector));
            let mut body = json!({ "nodeId": function_node });
            if let (Some(delegation), Some(members)) = (delegation, body.as_object_mut()) {
                members.insert("delegationId".to_owned(), json!(delegation));
            }
            return posted(context, access, &path, &body);
        }
        Verb::Read { function_node, auth_code, kind, across } => {
            let path = format!("/api/v1/nodes/{}/identity", segment(function_node));
            return posted(context, access, &path, &json!({ "authCode": auth_code, "kind": kind, "isAcross": across }));
        }
        Verb::Show => ask(context, access, async |client| client.get(PATH).await)?,
        Verb::State { file } => {
            let value = read_json(file)?;
            let body: IdentityFile =
                serde_json::from_value(value).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            ask(context, access, async |client| client.post(PATH, &body).await)?
        }
        Verb::Attach { file, kind, key } => {
            let body = attachment(file, kind, key.as_deref())?;
            ask(context, access, async |client| client.post(&format!("{PATH}/attachments"), &body).await)?
        }
    };
    if context.json {
        return context.print_json(&info);
    }
    print_items(context, &info.items);
    print_attachments(context, &info.attachments);
    Ok(())
}

fn attachment(file: &std::path::Path, kind: &str, key: Option<&str>) -> Result<NewAttachment, Failed> {
    let place = file.display();
    let wrong = |why: String| Failed::usage(format!("{place}: {why}"));
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() > MAX_ATTACHMENT_BYTES {
        return Err(wrong(format!("{} bytes, {MAX_ATTACHMENT_BYTES} at most", bytes.len())));
    }
    let attach_type = AttachmentKind::from_code(kind).ok_or_else(|| {
        let known: Vec<&str> = AttachmentKind::ALL.iter().map(|one| one.code()).collect();
        Failed::usage(format!("--kind {kind}: {}", known.join(", ")))
    })?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let media_type = match ending.as_str() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => return Err(wrong("pdf, png, jpg".to_owned())),
    };
    Ok(NewAttachment {
        attachment_id: key.unwrap_or(&name).to_owned(),
        card: AttachmentCard {
            attach_type,
            attach_name: name,
            attach_code: String::new(),
            issue_org: String::new(),
            issue_date: String::new(),
            expire_date: String::new(),
            verify_url: String::new(),
            description: String::new(),
        },
        media_type: media_type.to_owned(),
        content: STANDARD.encode(bytes),
    })
}

/// The check list: what is there, what is missing, what need not be there.
pub(crate) fn print_items(context: &Context, items: &[CheckItem]) {
    for item in items {
        let mark = match (item.is_there, item.is_required) {
            (true, _) => "✓",
            (false, true) => "✗",
            (false, false) => "·",
        };
        context.print(format!("  {mark} {}", context.text(&item.text)));
    }
}

/// The attachments.
pub(crate) fn print_attachments(context: &Context, attachments: &[AttachmentInfo]) {
    for one in attachments {
        let (zh, en) = one.card.attach_type.words();
        let kind = context.say(zh, en);
        context.print(format!(
            "  {} {kind} {} ({} B, {})",
            one.attachment_id, one.card.attach_name, one.size_bytes, one.digest
        ));
    }
}
