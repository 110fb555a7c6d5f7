//! `xinyu retention …`: how long records are kept, and what is disposed of then, by the management API.

use clap::Subcommand;
use serde_json::json;
use xinyu_protocol::api::retention::{RetentionHold, RetentionInfo, RetentionList};

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with retention.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 各类记录的保存期限，以及已终止合约的保存状态 / how long records are kept, and the contracts that have ended.
    List,
    /// 处置某合约到期的记录，只保留其在日志中的位置与哈希 / disposes of the records of a contract whose time is over.
    Dispose {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 延期保存某合约的记录 / keeps the records of a contract longer.
    Hold {
        /// 合约标识 / the contract.
        contract: String,
        /// 原因，如法院调查令 / why.
        #[arg(long)]
        why: String,
    },
    /// 解除延期保存 / keeps them no longer than their time.
    Release {
        /// 合约标识 / the contract.
        contract: String,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |contract: &str, what: &str| format!("/api/v1/retention/{}/{what}", segment(contract));
    let info: RetentionInfo = match &asked.verb {
        Verb::List => {
            let list: RetentionList = ask(context, access, async |client| client.get("/api/v1/retention").await)?;
            return print(context, &list);
        }
        Verb::Dispose { contract } => {
            let path = path(contract, "disposal");
            ask(context, access, async |client| client.post(&path, &json!({})).await)?
        }
        Verb::Hold { contract, why } => {
            let (path, hold) = (path(contract, "hold"), RetentionHold { why: why.clone() });
            ask(context, access, async |client| client.post(&path, &hold).await)?
        }
        Verb::Release { contract } => {
            let path = path(contract, "release");
            ask(context, access, async |client| client.post(&path, &json!({})).await)?
        }
    };
    if context.json {
        return context.print_json(&info);
    }
    line(context, &info);
    Ok(())
}

fn print(context: &Context, list: &RetentionList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    for class in &list.classes {
        let kept = class.kept.clone().unwrap_or_else(|| context.say("长期", "for good").to_owned());
        let (least, told) = (&class.least, context.text(&class.told));
        context.print(format!("{told}: {kept} (≥ {least}, {}) · {}", context.text(&class.since), class.source));
    }
    context.print(if list.is_automatic {
        context.say("到期后自动处置", "what is due is disposed of by itself")
    } else {
        context.say("到期后由人决定处置", "a person decides on what is due")
    });
    for one in &list.items {
        line(context, one);
    }
    Ok(())
}

fn line(context: &Context, one: &RetentionInfo) {
    let state = context.word("retention-state", &one.state);
    let until = one.disposed_at.unwrap_or(one.due_at);
    context.print(format!("{} · {state} {until} · {}", one.contract_id, one.records));
    for obstacle in &one.obstacles {
        context.print(format!("  ! {}", context.word("retention-obstacle", obstacle)));
    }
    if let (Some(by), Some(why)) = (&one.held_by, &one.held_why) {
        context.print(format!("  {by}: {why}"));
    }
}
