//! `xinyu warning …`: what of contracts wants attention, by the management API. TC609-6-2025-14 §7.5 c.

use clap::{Subcommand, ValueEnum};
use xinyu_protocol::api::List;
use xinyu_protocol::api::warning::WarningInfo;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with warnings.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出履约预警 / early warnings, the open ones first.
    List {
        /// 只列某一合约 / only of this contract.
        #[arg(long, default_value = "")]
        contract: String,
        /// 只列未解除的 / only those that are open.
        #[arg(long)]
        open: bool,
        /// 只列某一级别 / only of this severity.
        #[arg(long)]
        severity: Option<Level>,
    },
}

/// How bad.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    /// 提示.
    Notice,
    /// 预警.
    Warning,
    /// 严重.
    Serious,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let Verb::List { contract, open, severity } = &asked.verb;
    let severity = match severity {
        None => "",
        Some(Level::Notice) => "notice",
        Some(Level::Warning) => "warning",
        Some(Level::Serious) => "serious",
    };
    let open = if *open { "true" } else { "" };
    let path = format!("/api/v1/warnings?contract={}&open={open}&severity={severity}", segment(contract));
    let list: List<WarningInfo> = ask(context, &asked.access, async |client| client.get(&path).await)?;
    if context.json {
        return context.print_json(&list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有履约预警", "there are no warnings"));
    }
    for one in &list.items {
        let state = match one.closed_at {
            Some(at) => format!("{} {at}", context.say("已解除", "over since")),
            None => context.word("severity", one.severity.as_str()),
        };
        context.print(format!("{} · {state} · {}", one.contract_id, context.text(&one.text)));
        context.print(format!("  {} · {} · {}", one.raised_at, context.text(&one.next), one.clause));
    }
    Ok(())
}
