//! `xinyu audit …`: what people did, for the audit administrator, and what to be alarmed by, for the security administrator, by the management API. It can be
//! read and verified, not altered.

use clap::Subcommand;
use url::form_urlencoded;
use xinyu_protocol::api::List;
use xinyu_protocol::api::audit::{AuditCheck, AuditInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// What can be done with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出记录，新的在前 / entries, newest first.
    List {
        /// 只看此操作人 / only of this person.
        #[arg(long)]
        actor: Option<String>,
        /// 只看此操作，如 login、grant、denied / only of this action.
        #[arg(long)]
        action: Option<String>,
        /// 早于此序号 / before this number.
        #[arg(long)]
        before: Option<u64>,
        /// 条数，至多 500 / how many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// 安全告警：锁定、久未登录等（安全管理员） / lockouts, dormant accounts and the like, for the security administrator.
    Alerts,
    /// 核验整条日志链 / computes the whole chain again.
    Verify {
        /// 以前保存的链首摘要，核对日志没有被整段替换 / a digest that was kept earlier and must still be in the chain.
        #[arg(long)]
        head: Option<String>,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List { actor, action, before, limit } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", &limit.to_string());
            let before = before.map(|before| before.to_string());
            for (name, value) in [("actor", actor), ("action", action), ("before", &before)] {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
            let path = format!("/api/v1/audit?{}", query.finish());
            let list: List<AuditInfo> = ask(context, &asked.access, async |client| client.get(&path).await)?;
            print_list(context, &list)
        }
        Verb::Alerts => {
            let list: List<AuditInfo> = ask(context, &asked.access, async |client| client.get("/api/v1/alerts").await)?;
            print_list(context, &list)
        }
        Verb::Verify { head } => verify(context, asked, head.as_deref()),
    }
}

fn verify(context: &Context, asked: &Asked<Verb>, kept: Option<&str>) -> Result<(), Failed> {
    let (check, is_there) = ask(context, &asked.access, async |client| {
        let check: AuditCheck = client.get("/api/v1/audit/verification").await?;
        let mut is_there = kept.is_none_or(|kept| kept == check.head);
        let mut before = None::<u64>;
        // Down the chain, until the digest is met or the beginning is.
        while !is_there {
            let at = before.map(|before| format!("&before={before}")).unwrap_or_default();
            let page: List<AuditInfo> = client.get(&format!("/api/v1/audit?limit=500{at}")).await?;
            is_there = page.items.iter().any(|entry| Some(entry.digest.as_str()) == kept);
            let Some(last) = page.items.last().filter(|entry| entry.sequence > 1) else { break };
            before = Some(last.sequence);
        }
        Ok((check, is_there))
    })?;
    if context.json {
        context.print_json(&check)?;
    } else {
        context.print(format!("{} {} · {}", context.say("记录", "entries"), check.entries, check.head));
        check.problems.iter().for_each(|problem| context.print(problem));
    }
    if !is_there {
        return Err(Failed::from(context.say(
            "以前的链首摘要不在日志中：日志被替换或截断",
            "the digest that was kept is not in the log: it was replaced or cut",
        )));
    }
    if check.ok {
        return Ok(());
    }
    Err(Failed::from(context.say("日志不完整", "the log is not whole")))
}

fn print_list(context: &Context, list: &List<AuditInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["序号", "时间", "操作人", "操作", "对象", "结果", "来源"],
        Lang::En => ["no.", "time", "person", "action", "object", "result", "address"],
    };
    let row = |one: &AuditInfo| {
        vec![
            one.sequence.to_string(),
            one.at.to_string(),
            one.actor.clone(),
            one.action.clone(),
            one.object.clone(),
            one.result.clone(),
            one.ip.clone(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
