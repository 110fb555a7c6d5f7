//! `xinyu countersigning list|show|sign|refuse|file`: contracts that name this connector as a service party, by the management API.
//! TC609-6-2025-14 §6.2.1, §7.3 g.

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::countersigning::{CountersigningDecision, CountersigningInfo, CountersigningLife};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出请本方会签的合约 / list them.
    List,
    /// 查看合约、当事方与轮次 / one, whole.
    Show {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 以本方密钥签署 / sign it.
    Sign {
        /// 合约标识 / the contract.
        contract: String,
        /// 所见内容的哈希，内容不同则不签 / hash of what was shown: nothing else is signed.
        hash: String,
    },
    /// 拒绝签署并说明理由 / refuse it, and say why.
    Refuse {
        /// 合约标识 / the contract.
        contract: String,
        /// 所见内容的哈希 / hash of what was shown.
        hash: String,
        /// 理由 / why.
        reason: String,
    },
    /// 导出已备案的一版，供离线核验 / a filed version as a file, for `xinyu contract verify`.
    File {
        /// 合约标识 / the contract.
        contract: String,
        /// 第几版 / which version.
        #[arg(long, default_value_t = 1)]
        version: u32,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
}

const PATH: &str = "/api/v1/countersignings";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |contract: &str| format!("{PATH}/{}", segment(contract));
    let decide = |contract: &str, action: &str, hash: &str, reason: &str| {
        let body = CountersigningDecision {
            action: action.to_owned(),
            contract_hash: hash.to_owned(),
            reason: reason.to_owned(),
        };
        let path = format!("{}/decision", path(contract));
        ask::<CountersigningLife>(context, access, async |client| client.post(&path, &body).await)
    };
    let life = match &asked.verb {
        Verb::List => {
            let list: List<CountersigningInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            return print_list(context, &list);
        }
        Verb::File { contract, version, out } => {
            let path = format!("{}/versions/{version}/file", path(contract));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            context.print(out.display().to_string());
            return Ok(());
        }
        Verb::Show { contract } => ask(context, access, async |client| client.get(&path(contract)).await)?,
        Verb::Sign { contract, hash } => decide(contract, "sign", hash, "")?,
        Verb::Refuse { contract, hash, reason } => decide(contract, "refuse", hash, reason)?,
    };
    print_life(context, &life)
}

fn print_list(context: &Context, list: &List<CountersigningInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有请本方会签的合约", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["合约", "版本", "提供方", "使用方", "服务", "状态", "期限"],
        Lang::En => ["contract", "version", "provider", "consumer", "service", "state", "until"],
    };
    let row = |one: &CountersigningInfo| {
        vec![
            one.contract_id.clone(),
            one.version.to_string(),
            one.provider_name.clone(),
            one.consumer_name.clone(),
            one.service.map(|service| service.label().in_lang(context.lang).to_owned()).unwrap_or_default(),
            context.word("countersigning", &one.state),
            one.answer_by.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_life(context: &Context, life: &CountersigningLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    print_list(context, &List { items: vec![life.line.clone()] })?;
    context.print(format!("{} {}", context.say("哈希", "hash"), life.line.contract_hash));
    for party in &life.parties {
        let (kind, state) =
            (context.word("signatory", &party.signatory_type), context.word("signature-is", &party.state));
        context.print(format!("{kind} {} {} {state}", party.name, party.connector_id));
    }
    for clause in &life.clauses {
        context.print(format!("{} {}", clause.clause, clause.text.in_lang(context.lang)));
    }
    for difference in &life.differences {
        context.print(difference.text.in_lang(context.lang));
    }
    if let Some(note) = &life.line.note {
        context.print(note);
    }
    Ok(())
}
