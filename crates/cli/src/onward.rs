//! `xinyu onward …`: onward transfers, by the management API; `xinyu onward verify FILE` checks the statements of one offline. TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 i.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use xinyu_core::onward;
use xinyu_protocol::api::List;
use xinyu_protocol::api::onward::{NewOnward, NewOnwardAnswer, NewOnwardWithdrawal, OnwardAnswer, OnwardInfo};
use xinyu_protocol::tc609::onward::OnwardLimits;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::derived::print_lineage;
use crate::output::{Context, Failed};

/// What can be done with onward transfers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出转授 / list them.
    List {
        /// 只看此合约 / only under this contract.
        #[arg(long, default_value = "")]
        contract: String,
    },
    /// 查看转授、随附策略与全部陈述 / one, with its policy and all statements.
    Show {
        /// 转授编号 / the onward transfer.
        onward: String,
    },
    /// 转授给第三方成员（须合约授权，策略随行） / hand on to a third member, where the contract grants it; the policy goes along.
    HandOn(Box<HandOn>),
    /// 接受转授 / take what was handed on.
    Take {
        /// 转授编号 / the onward transfer.
        onward: String,
    },
    /// 拒绝转授 / do not take it.
    Refuse {
        /// 转授编号 / the onward transfer.
        onward: String,
        /// 理由 / why.
        reason: String,
    },
    /// 撤回转授，接收方的数据随即销毁 / take it back, the data there goes.
    Withdraw {
        /// 转授编号 / the onward transfer.
        onward: String,
        /// 理由 / why.
        reason: String,
    },
    /// 导出全部陈述 / fetch all statements.
    Export {
        /// 转授编号 / the onward transfer.
        onward: String,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线验证导出的陈述 / verify them offline.
    Verify {
        /// 文件 / the file.
        file: PathBuf,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
    },
}

/// A hop that is asked for.
#[derive(Debug, Args)]
pub(crate) struct HandOn {
    /// 合约标识 / the contract.
    contract: String,
    /// 接收方：统一社会信用代码或连接器标识 / who gets it: the code of a member, or of its connector.
    receiver: String,
    /// 转授编号；同一编号即同一次转授 / the id; the same is the same onward transfer.
    #[arg(long)]
    id: String,
    /// distribute 分发、grantUse 授权使用 / the action.
    #[arg(long, default_value = "distribute")]
    action: String,
    /// 衍生数据编号；不填则为交付的数据 / derived data; without it, what was delivered.
    #[arg(long)]
    derived: Option<String>,
    /// 用途 / what for.
    #[arg(long)]
    purpose: Option<String>,
    /// 随转授带出的使用次数（合约限次时必填） / how many uses go with it, where the contract counts them.
    #[arg(long)]
    uses: Option<u64>,
    /// 最晚使用时间（RFC 3339） / until when.
    #[arg(long)]
    until: Option<Timestamp>,
    /// 接收方可再转授 / the receiver may hand it on.
    #[arg(long)]
    may_hand_on: bool,
    /// 地域 / where.
    #[arg(long)]
    region: Option<String>,
    /// 合约要求二次认证时的动态口令 / the code of the second authentication, if the contract demands one.
    #[arg(long)]
    step_up: Option<String>,
}

const PATH: &str = "/api/v1/onward";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |onward: &str| format!("{PATH}/{}", segment(onward));
    let shown: OnwardInfo = match &asked.verb {
        Verb::List { contract } => {
            let path = format!("{PATH}?contract={}", segment(contract));
            let list: List<OnwardInfo> = ask(context, access, async |client| client.get(&path).await)?;
            return print_list(context, &list);
        }
        Verb::Show { onward } => ask(context, access, async |client| client.get(&path(onward)).await)?,
        Verb::HandOn(new) => {
            let body = NewOnward {
                onward_id: new.id.clone(),
                contract_id: new.contract.clone(),
                derived: new.derived.clone(),
                receiver: new.receiver.clone(),
                action: new.action.clone(),
                purpose: new.purpose.clone(),
                limits: OnwardLimits { uses: new.uses, until: new.until, may_hand_on: new.may_hand_on },
                region: new.region.clone(),
                code: new.step_up.clone(),
            };
            let made: OnwardAnswer = ask(context, access, async |client| client.post(PATH, &body).await)?;
            return print_made(context, &new.id, &made);
        }
        Verb::Take { onward } => answer(context, asked, &path(onward), true, "")?,
        Verb::Refuse { onward, reason } => answer(context, asked, &path(onward), false, reason)?,
        Verb::Withdraw { onward, reason } => {
            let body = NewOnwardWithdrawal { reason: reason.clone() };
            ask(context, access, async |client| client.post(&format!("{}/withdrawal", path(onward)), &body).await)?
        }
        Verb::Export { onward, out } => {
            let bytes = ask(context, access, async |client| client.bytes(&format!("{}/file", path(onward))).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::from(format!("{}: {error}", out.display())))?;
            if !context.json {
                context.print(format!("{} {}", context.say("已写入", "written to"), out.display()));
            }
            return Ok(());
        }
        Verb::Verify { file, platform_key } => return verify(context, file, platform_key.as_deref()),
    };
    print_one(context, &shown)
}

fn answer(context: &Context, asked: &Asked<Verb>, path: &str, take: bool, reason: &str) -> Result<OnwardInfo, Failed> {
    let body = NewOnwardAnswer { take, reason: reason.to_owned() };
    ask(context, &asked.access, async |client| client.post(&format!("{path}/answer"), &body).await)
}

fn verify(context: &Context, file: &std::path::Path, pinned: Option<&str>) -> Result<(), Failed> {
    let bytes = std::fs::read(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    let (one, key) = onward::verify_file(&bytes, pinned)
        .map_err(|error| Failed::from(format!("{}: {}", file.display(), context.text(&error.text))))?;
    if context.json {
        return context.print_json(&one);
    }
    let state = context.word("onward-state", one.state.as_str());
    context.print(format!("{} {} {state}", context.say("陈述有效", "the statements are valid"), one.onward_id));
    context.print(format!("  {}: {}", context.say("合约", "contract"), one.place.contract_id));
    context.print(format!("  {} → {}", one.grant.sender, one.grant.receiver));
    context.print(format!("  {}: {} ({})", context.say("内容摘要", "digest"), one.grant.digest, one.grant.rows));
    context.print(format!("  {}: {key}", context.say("平台密钥", "platform key")));
    Ok(())
}

fn print_made(context: &Context, id: &str, made: &OnwardAnswer) -> Result<(), Failed> {
    if context.json {
        context.print_json(made)?;
    } else if let Some(one) = &made.onward {
        print_one(context, one)?;
    }
    if made.state == "done" {
        return Ok(());
    }
    let reasons: Vec<String> =
        made.reasons.iter().map(|reason| format!("{} ({})", context.text(&reason.text), reason.clause)).collect();
    let waits = made.awaits.as_ref().map(|duty| format!("{} {duty}", context.say("待履行", "waits for")));
    let waits = waits.unwrap_or_default();
    Err(Failed::from(format!("{id} {}: {} {waits}", made.state, reasons.join("; ")).trim().to_owned()))
}

fn named<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}

fn print_list(context: &Context, list: &List<OnwardInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有转授", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["转授", "合约", "转授方", "接收方", "状态", "时间"],
        Lang::En => ["onward", "contract", "sender", "receiver", "state", "at"],
    };
    let row = |one: &OnwardInfo| {
        vec![
            one.onward_id.clone(),
            one.contract_id.clone(),
            named(&one.sender_name, &one.sender).to_owned(),
            named(&one.receiver_name, &one.receiver).to_owned(),
            context.word("onward-state", &one.state),
            one.offered_at.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, one: &OnwardInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(one);
    }
    let state = context.word("onward-state", &one.state);
    context.print(format!("{} {state} · {}", one.onward_id, one.contract_id));
    let (sender, receiver) = (named(&one.sender_name, &one.sender), named(&one.receiver_name, &one.receiver));
    let chain = one.chain.iter().map(|hop| format!("{hop} → ")).collect::<String>();
    context.print(format!("  {chain}{sender} → {receiver} · {} · {}", one.action, one.rows));
    if let Some(lineage) = &one.lineage {
        print_lineage(context, lineage);
    }
    for clause in &one.clauses {
        context.print(format!("  {} {}", clause.clause, context.text(&clause.text)));
    }
    for step in &one.steps {
        let act = context.word("onward-act", step.act.as_str());
        let author = named(&step.author_name, &step.author);
        context.print(format!("  {}. {act} · {author} · {} {}", step.number, step.at, step.reason));
    }
    if !one.moves.is_empty() {
        let moves: Vec<String> = one.moves.iter().map(|act| context.word("onward-act", act)).collect();
        context.print(format!("  {}: {}", context.say("可进行", "you can"), moves.join(" · ")));
    }
    Ok(())
}
