//! `xinyu participant list|show|approve|refuse|suspend|resume|revoke|leave|verify|attachment|end-delegation`: members of a platform, for its operator, by
//! the management API.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::api::identity::IdentityInfo;
use xinyu_protocol::api::participant::{NewStanding, ParticipantLife};
use xinyu_protocol::api::{List, ParticipantInfo, Verdict};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, Client, ask, segment};
use crate::delegation;
use crate::identity::{print_attachments, print_items};
use crate::output::{Context, Failed};

/// What an operator can do with participants.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出接入主体、状态和审批时限 / list them, with what is due.
    List,
    /// 查看一个主体：身份信息、核验结果、凭证历史、未了结业务 / everything about one.
    Show {
        /// 连接器标识 / its connector.
        connector: String,
    },
    /// 准入，或批准变更 / admit, or approve a change.
    Approve {
        /// 连接器标识 / its connector.
        connector: String,
    },
    /// 驳回，须说明理由 / refuse, with a reason.
    Refuse {
        /// 连接器标识 / its connector.
        connector: String,
        /// 理由 / why.
        reason: String,
    },
    /// 暂停，立即生效 / bar for a time, at once.
    Suspend {
        /// 连接器标识 / its connector.
        connector: String,
        /// 理由 / why.
        reason: String,
    },
    /// 恢复，重新签发凭证 / let in again, with a new credential.
    Resume {
        /// 连接器标识 / its connector.
        connector: String,
    },
    /// 吊销准入，立即生效 / bar for good, at once.
    Revoke {
        /// 连接器标识 / its connector.
        connector: String,
        /// 理由 / why.
        reason: String,
    },
    /// 注销；须先了结业务、注销经办人 / deregister; business and operators end first.
    Leave {
        /// 连接器标识 / its connector.
        connector: String,
        /// 理由 / why.
        #[arg(default_value = "")]
        reason: String,
    },
    /// 重新向核验机构核验 / ask the authorities anew.
    Verify {
        /// 连接器标识 / its connector.
        connector: String,
    },
    /// 下载附件 / save an attachment.
    Attachment {
        /// 连接器标识 / its connector.
        connector: String,
        /// 附件编号 / which.
        attachment: String,
        /// 保存到 / where to.
        file: PathBuf,
    },
    /// 注销一个经办人授权 / end a delegation.
    EndDelegation {
        /// 连接器标识 / its connector.
        connector: String,
        /// 授权编号 / which.
        delegation: String,
        /// 理由 / why.
        #[arg(default_value = "")]
        reason: String,
    },
}

const PATH: &str = "/api/v1/participants";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |connector: &str, rest: &str| format!("{PATH}/{}{rest}", segment(connector));
    let decide = |connector: &str, approve: bool, note: &str| {
        let verdict = Verdict { approve, note: note.to_owned() };
        let path = path(connector, "/decision");
        ask(context, access, async |client| client.post::<_, ParticipantInfo>(&path, &verdict).await)
    };
    let stand = |connector: &str, action: &str, reason: &str| {
        let body = NewStanding { action: action.to_owned(), reason: reason.to_owned() };
        let path = path(connector, "/standing");
        ask(context, access, async |client| client.post::<_, ParticipantInfo>(&path, &body).await)
    };
    let done = match &asked.verb {
        Verb::List => {
            let list: List<ParticipantInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            return print_list(context, &list);
        }
        Verb::Show { connector } => {
            let shown = ask(context, access, async |client| whole(client, &path(connector, "")).await)?;
            return print_whole(context, &shown);
        }
        Verb::Attachment { connector, attachment, file } => {
            let path = path(connector, &format!("/attachments/{}", segment(attachment)));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(file, bytes).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            context.print(file.display().to_string());
            return Ok(());
        }
        Verb::EndDelegation { connector, delegation, reason } => {
            let path = path(connector, &format!("/delegations/{}/end", segment(delegation)));
            let body = EndDelegation { reason: reason.clone() };
            let ended: DelegationInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            return delegation::print_list(context, &List { items: vec![ended] });
        }
        Verb::Approve { connector } => decide(connector, true, "")?,
        Verb::Refuse { connector, reason } => decide(connector, false, reason)?,
        Verb::Suspend { connector, reason } => stand(connector, "suspend", reason)?,
        Verb::Resume { connector } => stand(connector, "resume", "")?,
        Verb::Revoke { connector, reason } => stand(connector, "revoke", reason)?,
        Verb::Leave { connector, reason } => stand(connector, "leave", reason)?,
        Verb::Verify { connector } => {
            let path = path(connector, "/verifications");
            ask(context, access, async |client| client.post(&path, &Value::Null).await)?
        }
    };
    print_list(context, &List { items: vec![done] })
}

/// A participant with everything that belongs to it.
struct Whole {
    life: ParticipantLife,
    identity: IdentityInfo,
    delegations: List<DelegationInfo>,
}

async fn whole(client: &Client, path: &str) -> anyhow::Result<Whole> {
    Ok(Whole {
        life: client.get(path).await?,
        identity: client.get(&format!("{path}/identity")).await?,
        delegations: client.get(&format!("{path}/delegations")).await?,
    })
}

fn print_list(context: &Context, list: &List<ParticipantInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有接入主体", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["连接器", "名称", "角色", "状态", "审批时限", "理由"],
        Lang::En => ["connector", "name", "role", "state", "due", "reason"],
    };
    let row = |one: &ParticipantInfo| {
        let due = one.due_at.map_or_else(String::new, |due| due.to_string());
        let reminder = one.reminder.as_deref().map_or_else(String::new, |word| context.word("reminder", word));
        vec![
            one.connector_id.clone(),
            one.name.clone(),
            context.word("role", one.role.as_str()),
            context.word("state", if one.is_change_pending { "change-pending" } else { &one.state }),
            format!("{due} {reminder}").trim().to_owned(),
            one.note.clone(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_whole(context: &Context, shown: &Whole) -> Result<(), Failed> {
    if context.json {
        let Whole { life, identity, delegations } = shown;
        return context.print_json(&json!({ "life": life, "identity": identity, "delegations": delegations.items }));
    }
    print_list(context, &List { items: vec![shown.life.participant.clone()] })?;
    print_items(context, &shown.identity.items);
    print_attachments(context, &shown.identity.attachments);
    for one in &shown.identity.verifications {
        let (authority, state) = (context.word("authority", &one.authority), context.word("verification", &one.state));
        let more = [one.differing.join(", "), one.why.clone()].join(" ");
        context.print(format!("  {authority}  {state}  {}", more.trim()));
    }
    for one in &shown.life.credentials {
        let until = one.revoked_at.map_or_else(String::new, |at| format!("  ✗ {at} {}", one.reason));
        context.print(format!(
            "  {} {}  {}{until}",
            context.say("凭证", "credential"),
            one.credential_id,
            one.issued_at
        ));
    }
    for one in &shown.life.open {
        context.print(format!("  {} {}", context.say("未了结", "open"), context.text(&one.text)));
    }
    if !shown.delegations.items.is_empty() {
        delegation::print_list(context, &shown.delegations)?;
    }
    let moves: Vec<String> = shown.life.moves.iter().map(|name| context.word("standing", name)).collect();
    context.print(format!("{} {}", context.say("可执行：", "can be done:"), moves.join(", ")));
    Ok(())
}
