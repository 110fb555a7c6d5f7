//! `xinyu exception …`: messages that did not arrive, and what is decided about them, by the management API. TC609-6-2025-14 §7.5 c.

use clap::Subcommand;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::warning::ExceptionInfo;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with messages that did not arrive.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出未送达的消息：重试中、已搁置、已放弃 / messages that did not arrive.
    List {
        /// 只列某一合约 / only of this contract.
        #[arg(long, default_value = "")]
        contract: String,
    },
    /// 立即重试 / try one now.
    Retry {
        /// 编号 / its number.
        message: u64,
    },
    /// 搁置一条重试中的消息，使其后的消息继续发送 / set one aside that holds up those behind it.
    SetAside {
        /// 编号 / its number.
        message: u64,
        /// 理由 / why.
        #[arg(long)]
        reason: String,
    },
    /// 放弃一条已搁置的消息 / give up one that was set aside.
    GiveUp {
        /// 编号 / its number.
        message: u64,
        /// 理由 / why.
        #[arg(long)]
        reason: String,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let (message, action, reason) = match &asked.verb {
        Verb::List { contract } => {
            let path = format!("/api/v1/exceptions?contract={}", segment(contract));
            let list: List<ExceptionInfo> = ask(context, &asked.access, async |client| client.get(&path).await)?;
            if context.json {
                return context.print_json(&list);
            }
            if list.items.is_empty() {
                context.print(context.say("没有未送达的消息", "every message has arrived"));
            }
            list.items.iter().for_each(|one| print(context, one));
            return Ok(());
        }
        Verb::Retry { message } => (message, "retry", ""),
        Verb::SetAside { message, reason } => (message, "set_aside", reason.as_str()),
        Verb::GiveUp { message, reason } => (message, "give_up", reason.as_str()),
    };
    let (path, body) =
        (format!("/api/v1/exceptions/{message}/decision"), json!({ "action": action, "reason": reason }));
    let one: ExceptionInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
    if context.json {
        return context.print_json(&one);
    }
    print(context, &one);
    Ok(())
}

fn print(context: &Context, one: &ExceptionInfo) {
    let state = context.word("exception-state", &one.state);
    let next = one.next_at.map(|at| format!(" · {} {at}", context.say("下次重试", "next attempt"))).unwrap_or_default();
    let tried = context.say("已尝试", "tried");
    context.print(format!("{} {state} · {} → {} · {tried} {}{next}", one.id, one.kind, one.to, one.attempts));
    if let Some(contract) = &one.contract_id {
        context.print(format!("  {contract}"));
    }
    if one.behind > 0 {
        context.print(format!("  {}: {}", context.say("其后等待", "waiting behind it"), one.behind));
    }
    context.print(format!("  {}", one.error));
    if let Some(reason) = &one.reason {
        context.print(format!("  {} · {reason}", one.decided_by.as_deref().unwrap_or_default()));
    }
}
