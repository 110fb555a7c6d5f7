//! `xinyu dispute …`: disputes over contracts, by the management API, and the arbitration bundle, which `xinyu dispute verify FILE` checks offline.
//! TC609-6-2025-14 §7.5 b, A.2 e.

mod bundle;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use clap::{Args, Subcommand};
use xinyu_core::event::yuan;
use xinyu_protocol::api::List;
use xinyu_protocol::api::dispute::{DisputeInfo, NewDispute, NewDisputeAttachment, NewRuling, NewStatement};
use xinyu_protocol::tc609::dispute::{Act, Ruling, Subject};
use xinyu_protocol::text::Lang;

use crate::client::{Access, Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with disputes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出争议 / list them.
    List,
    /// 查看争议及全部陈述 / one, with all statements.
    Show {
        /// 争议编号 / the dispute.
        dispute: String,
    },
    /// 就合约提起争议（当事方） / open one over a contract of yours.
    Open(Open),
    /// 陈述（当事方或平台） / say something.
    Say(Said),
    /// 提出和解（当事方） / offer a settlement.
    Offer(Said),
    /// 接受对方提出的和解，争议了结 / accept it.
    Accept(Said),
    /// 撤回争议（提起方） / withdraw it.
    Withdraw(Said),
    /// 裁决（平台运营者） / decide it, as the platform's operator.
    Decide {
        /// 争议编号 / the dispute.
        dispute: String,
        /// upheld 支持、in_part 部分支持、rejected 不予支持 / how.
        ruling: String,
        /// 理由 / why.
        reason: String,
        /// 依据的存证编号，可多次 / a record that it rests on.
        #[arg(long)]
        record: Vec<String>,
        /// 裁决编号，同一编号即同一裁决 / the same key is the same decision.
        #[arg(long)]
        key: Option<String>,
    },
    /// 导出仲裁证据包 / fetch the arbitration bundle.
    Bundle {
        /// 争议编号 / the dispute.
        dispute: String,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// 合并双方导出的证据包 / put the bundles of both sides together.
    Join {
        /// 证据包 / the bundles.
        #[arg(required = true, num_args = 1..)]
        files: Vec<PathBuf>,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线验证仲裁证据包 / verify an arbitration bundle offline.
    Verify {
        /// 证据包 / the file.
        file: PathBuf,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
        /// 只接受该合约的证据包 / accept only a bundle of this contract.
        #[arg(long)]
        contract: Option<String>,
    },
}

/// A new dispute.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// 合约标识 / the contract.
    contract: String,
    /// performance 履行、payment 支付与收费、violation 违规违约、end 终止 / what it is about.
    subject: String,
    /// 请求与理由 / what is claimed, and why.
    text: String,
    /// 请求金额（分） / how much is claimed, in fen.
    #[arg(long)]
    fen: Option<u64>,
    /// 引用的存证编号，可多次 / a record that it refers to.
    #[arg(long)]
    record: Vec<String>,
    /// 附件，不超过 64 KiB，可多次 / a small document to go with it.
    #[arg(long)]
    attach: Vec<PathBuf>,
    /// 争议编号，同一编号即同一争议 / the same key is the same dispute.
    #[arg(long)]
    key: Option<String>,
}

/// A statement.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// 争议编号 / the dispute.
    dispute: String,
    /// 内容 / in words.
    text: String,
    /// 引用的存证编号，可多次 / a record that it refers to.
    #[arg(long)]
    record: Vec<String>,
    /// 附件，不超过 64 KiB，可多次 / a small document to go with it.
    #[arg(long)]
    attach: Vec<PathBuf>,
    /// 陈述编号，同一编号即同一陈述 / the same key is the same statement.
    #[arg(long)]
    key: Option<String>,
}

const PATH: &str = "/api/v1/disputes";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |dispute: &str| format!("{PATH}/{}", segment(dispute));
    let shown: DisputeInfo = match &asked.verb {
        Verb::List => {
            let list: List<DisputeInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            return print_list(context, &list);
        }
        Verb::Show { dispute } => ask(context, access, async |client| client.get(&path(dispute)).await)?,
        Verb::Open(open) => {
            let body = NewDispute {
                dispute_id: key(open.key.as_ref()),
                contract_id: open.contract.clone(),
                subject: word(&open.subject, Subject::ALL, Subject::as_str)?,
                text: open.text.clone(),
                amount_fen: open.fen,
                records: open.record.clone(),
                attachments: attachments(&open.attach)?,
            };
            ask(context, access, async |client| client.post(PATH, &body).await)?
        }
        Verb::Say(said) => say(context, access, Act::State, said)?,
        Verb::Offer(said) => say(context, access, Act::Offer, said)?,
        Verb::Accept(said) => say(context, access, Act::Accept, said)?,
        Verb::Withdraw(said) => say(context, access, Act::Withdraw, said)?,
        Verb::Decide { dispute, ruling, reason, record, key: own } => {
            let body = NewRuling {
                statement_id: key(own.as_ref()),
                ruling: word(ruling, Ruling::ALL, Ruling::as_str)?,
                reason: reason.clone(),
                records: record.clone(),
            };
            ask(context, access, async |client| client.post(&format!("{}/decision", path(dispute)), &body).await)?
        }
        Verb::Bundle { dispute, out } => {
            let bytes = ask(context, access, async |client| client.bytes(&format!("{}/bundle", path(dispute))).await)?;
            return bundle::write(context, out, &bytes);
        }
        Verb::Join { files, out } => return bundle::join(context, files, out),
        Verb::Verify { file, platform_key, contract } => {
            return bundle::verify(context, file, platform_key.as_deref(), contract.as_deref());
        }
    };
    print_one(context, &shown)
}

fn say(context: &Context, access: &Access, act: Act, said: &Said) -> Result<DisputeInfo, Failed> {
    let body = NewStatement {
        statement_id: key(said.key.as_ref()),
        act,
        text: said.text.clone(),
        records: said.record.clone(),
        attachments: attachments(&said.attach)?,
    };
    let path = format!("{PATH}/{}/statements", segment(&said.dispute));
    ask(context, access, async |client| client.post(&path, &body).await)
}

fn key(own: Option<&String>) -> String {
    own.cloned().unwrap_or_else(|| xinyu_store::Ids::system().new_id().to_string())
}

fn word<T: Copy, const N: usize>(word: &str, all: [T; N], name: fn(T) -> &'static str) -> Result<T, Failed> {
    let known = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| Failed::usage(format!("{word}: {}", known())))
}

fn attachments(paths: &[PathBuf]) -> Result<Vec<NewDisputeAttachment>, Failed> {
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
        let name = path.file_name().map(Path::new).unwrap_or(path).display().to_string();
        let content = Some(base64::engine::general_purpose::STANDARD.encode(bytes));
        Ok(NewDisputeAttachment { name, digest: None, content })
    };
    paths.iter().map(read).collect()
}

fn named<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}

fn print_list(context: &Context, list: &List<DisputeInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有争议", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["争议", "合约", "事项", "状态", "提起方", "提起时间"],
        Lang::En => ["dispute", "contract", "about", "state", "opener", "since"],
    };
    let row = |one: &DisputeInfo| {
        vec![
            one.dispute_id.clone(),
            one.contract_id.clone(),
            context.word("dispute-subject", one.subject.as_str()),
            context.word("dispute-state", &one.state),
            named(&one.opener_name, &one.opener).to_owned(),
            one.opened_at.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, one: &DisputeInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(one);
    }
    let (subject, state) =
        (context.word("dispute-subject", one.subject.as_str()), context.word("dispute-state", &one.state));
    context.print(format!("{} {state} · {subject} · {}", one.dispute_id, one.contract_id));
    if let Some(fen) = one.amount_fen {
        context.print(format!("  {}: {}", context.say("请求金额（元）", "claimed (CNY)"), yuan(fen)));
    }
    context.print(format!("  {}: {}", context.say("答复期至", "to be answered by"), one.answer_by));
    for step in &one.steps {
        let act = context.word("dispute-act", step.act.as_str());
        context.print(format!("  {}. {act} · {} · {}", step.number, named(&step.author_name, &step.author), step.at));
        if let Some(ruling) = step.ruling {
            context.print(format!("     {}", context.word("dispute-ruling", ruling.as_str())));
        }
        context.print(format!("     {}", step.text));
        for record in &step.records {
            context.print(format!("     {}: {record}", context.say("存证", "record")));
        }
        for attachment in &step.attachments {
            context.print(format!(
                "     {}: {} {}",
                context.say("附件", "attachment"),
                attachment.name,
                attachment.digest
            ));
        }
    }
    if !one.moves.is_empty() {
        let moves: Vec<String> = one.moves.iter().map(|act| context.word("dispute-act", act)).collect();
        context.print(format!("  {}: {}", context.say("可进行", "you can"), moves.join(" · ")));
    }
    Ok(())
}
