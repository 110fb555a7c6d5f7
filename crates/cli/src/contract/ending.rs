//! The end of a contract on the command line, by the management API: proposed and answered at a party's connector, declared and decided, ordered by a
//! regulator. TC609-6-2025-14 §7.6; TC609-6-2025-01 §7.4.3.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_protocol::api::termination::{
    BreachInfo, BreachVerdict, EndContract, EndingInfo, NewBreach, NewBreachAnswer, NewTermination,
    TerminationDecision, TerminationInfo,
};
use xinyu_protocol::api::{ContractLife, Freeze, List};
use xinyu_protocol::tc609::termination::{BreachNotice, Disposal};

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with the end of a contract.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 合约终止情况：提议、声明、应结算金额（连接器） / how a contract ends.
    Ending {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 提出提前终止（连接器） / propose an early end.
    Propose {
        /// 合约标识 / the contract.
        contract: String,
        /// 理由 / why.
        reason: String,
        /// 约定终止时间（RFC 3339），默认双方同意后即刻终止 / when; at once when absent.
        #[arg(long)]
        at: Option<Timestamp>,
        /// 提议编号，同一编号即同一提议 / the key; the same key is the same proposal.
        #[arg(long)]
        key: Option<String>,
    },
    /// 同意对方提出的终止并签名 / agree to it, and sign.
    Agree {
        /// 合约标识 / the contract.
        contract: String,
        /// 提议编号 / the proposal.
        proposal: String,
    },
    /// 拒绝对方提出的终止 / refuse it.
    Refuse {
        /// 合约标识 / the contract.
        contract: String,
        /// 提议编号 / the proposal.
        proposal: String,
        /// 理由 / why.
        reason: String,
    },
    /// 撤回本方提出的终止 / withdraw ours.
    Withdraw {
        /// 合约标识 / the contract.
        contract: String,
        /// 提议编号 / the proposal.
        proposal: String,
        /// 理由 / why.
        #[arg(default_value = "")]
        reason: String,
    },
    /// 导出终止凭证，用 contract verify 验证 / the voucher, for contract verify.
    Voucher {
        /// 合约标识 / the contract.
        contract: String,
        /// 写入文件 / where to.
        #[arg(long)]
        out: PathBuf,
        /// 从平台导出（默认从连接器） / from a platform rather than a connector.
        #[arg(long)]
        platform: bool,
    },
    /// 声明对方违约或授权撤回，须终止合约（连接器） / declare that the contract must end.
    Breach {
        /// 合约标识 / the contract.
        contract: String,
        /// 条款，合约内的 JSON 指针 / the clause, a JSON pointer.
        clause: String,
        /// 说明 / in words.
        statement: String,
        /// 存证编号，可多次 / records that show it.
        #[arg(long)]
        record: Vec<String>,
        /// 事由为授权撤回（仅提供方） / a consent was withdrawn.
        #[arg(long)]
        consent: bool,
        /// 声明编号 / the key.
        #[arg(long)]
        key: Option<String>,
    },
    /// 答复对方的声明（连接器） / answer a declaration.
    Answer {
        /// 合约标识 / the contract.
        contract: String,
        /// 声明编号 / the declaration.
        claim: String,
        /// 答复 / in words.
        answer: String,
    },
    /// 各方声明（平台） / declarations, on a platform.
    Breaches,
    /// 认定声明，默认驳回，--uphold 为成立并终止合约（平台运营者） / decide on a declaration.
    Decide {
        /// 声明编号 / the declaration.
        claim: String,
        /// 理由 / why.
        reason: String,
        /// 成立 / it is upheld, the contract ends.
        #[arg(long)]
        uphold: bool,
    },
    /// 冻结合约（监管方） / a regulator's freeze.
    Freeze(Order),
    /// 解除冻结（监管方） / lift a freeze.
    Unfreeze(Order),
    /// 下令终止合约（监管方） / order a contract to end.
    End(Order),
}

/// A regulator's order.
#[derive(Debug, clap::Args)]
pub(crate) struct Order {
    /// 合约标识 / the contract.
    contract: String,
    /// 依据 / on what ground.
    ground: String,
    /// 指令编号，同一编号即同一指令 / the key; the same key is the same order.
    #[arg(long)]
    key: Option<String>,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, access: &Access, verb: &Verb) -> Result<(), Failed> {
    let agreement = |contract: &str, what: &str| format!("/api/v1/agreements/{}/{what}", segment(contract));
    let shown: TerminationInfo = match verb {
        Verb::Ending { contract } => {
            let path = agreement(contract, "termination");
            ask(context, access, async |client| client.get(&path).await)?
        }
        Verb::Propose { contract, reason, at, key } => {
            let body = NewTermination {
                termination_id: key.clone().unwrap_or_else(new_key),
                reason: reason.clone(),
                end_time: *at,
                disposal: Disposal::Destroy,
            };
            post(context, access, &agreement(contract, "termination"), &body)?
        }
        Verb::Agree { contract, proposal } => decide(context, access, contract, (proposal, "agree", ""))?,
        Verb::Refuse { contract, proposal, reason } => decide(context, access, contract, (proposal, "refuse", reason))?,
        Verb::Withdraw { contract, proposal, reason } => {
            decide(context, access, contract, (proposal, "withdraw", reason))?
        }
        Verb::Breach { contract, clause, statement, record, consent, key } => {
            let body = NewBreach {
                claim_id: key.clone().unwrap_or_else(new_key),
                ground: if *consent { "consent" } else { "breach" }.to_owned(),
                clause: clause.clone(),
                records: record.clone(),
                statement: statement.clone(),
                disposal: Disposal::Destroy,
            };
            post(context, access, &agreement(contract, "breaches"), &body)?
        }
        Verb::Answer { contract, claim, answer } => {
            let body = NewBreachAnswer { claim_id: claim.clone(), answer: answer.clone() };
            post(context, access, &agreement(contract, "breaches/answer"), &body)?
        }
        Verb::Voucher { contract, out, platform } => {
            let path = if *platform {
                format!("/api/v1/contracts/{}/voucher", segment(contract))
            } else {
                agreement(contract, "voucher")
            };
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            context.print(format!("{} {}", context.say("终止凭证已写入", "the voucher is in"), out.display()));
            return Ok(());
        }
        Verb::Breaches => {
            let list: List<BreachInfo> = ask(context, access, async |client| client.get("/api/v1/breaches").await)?;
            return print_breaches(context, &list);
        }
        Verb::Decide { claim, reason, uphold } => {
            let body = BreachVerdict { uphold: *uphold, reason: reason.clone() };
            let path = format!("/api/v1/breaches/{}/decision", segment(claim));
            let one: BreachInfo = post(context, access, &path, &body)?;
            return print_breaches(context, &List { items: vec![one] });
        }
        Verb::Freeze(order) => return give(context, access, order, "freeze"),
        Verb::Unfreeze(order) => return give(context, access, order, "unfreeze"),
        Verb::End(order) => return give(context, access, order, "termination"),
    };
    print(context, &shown)
}

fn new_key() -> String {
    xinyu_store::Ids::system().new_id().to_string()
}

fn post<B: Serialize, T: DeserializeOwned>(
    context: &Context,
    access: &Access,
    path: &str,
    body: &B,
) -> Result<T, Failed> {
    ask(context, access, async |client| client.post(path, body).await)
}

fn decide(
    context: &Context,
    access: &Access,
    contract: &str,
    (proposal, action, reason): (&str, &str, &str),
) -> Result<TerminationInfo, Failed> {
    let body = TerminationDecision {
        termination_id: proposal.to_owned(),
        action: action.to_owned(),
        reason: reason.to_owned(),
    };
    post(context, access, &format!("/api/v1/agreements/{}/termination/decision", segment(contract)), &body)
}

fn give(context: &Context, access: &Access, order: &Order, what: &str) -> Result<(), Failed> {
    let (order_id, ground) = (order.key.clone().unwrap_or_else(new_key), order.ground.clone());
    let path = format!("/api/v1/contracts/{}/{what}", segment(&order.contract));
    let life: ContractLife = match what {
        "termination" => post(context, access, &path, &EndContract { order_id, ground, disposal: Disposal::Destroy })?,
        _ => post(context, access, &path, &Freeze { order_id, ground })?,
    };
    if context.json {
        return context.print_json(&life);
    }
    let frozen = if life.freeze.is_some() { context.say("，已冻结", ", frozen") } else { "" };
    context.print(format!("{}  {}{frozen}", life.line.contract_id, life.line.status));
    if let Some(ending) = &life.ending {
        print_ending(context, ending);
    }
    Ok(())
}

fn print(context: &Context, info: &TerminationInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    context.print(format!("{} {}", context.say("合约", "contract"), info.contract_id));
    if let Some(ending) = &info.ending {
        print_ending(context, ending);
    }
    if let Some(owed) = &info.owed {
        let yuan = xinyu_core::event::yuan(owed.total_fen);
        context.print(format!("  {}: {yuan}", context.say("至今应结算（元）", "owed up to now (CNY)")));
    }
    for one in &info.proposals {
        let by = if one.ours { context.say("本方", "ours") } else { context.say("对方", "theirs") };
        let when = one.end_time.map_or_else(|| context.say("即刻", "at once").to_owned(), |at| at.to_string());
        let note = one.note.as_deref().unwrap_or_default();
        let moves = one.moves.join(", ");
        context.print(
            format!("  {}  {by}  {}  {when}  {}  {note}  {moves}", one.termination_id, one.state, one.reason)
                .trim_end(),
        );
    }
    for notice in &info.breaches {
        context.print(format!("  {}", breach(notice)));
    }
    Ok(())
}

fn print_ending(context: &Context, ending: &EndingInfo) {
    let state =
        if ending.is_effective { context.say("已终止", "ended") } else { context.say("将终止", "will end") };
    context.print(format!("  {state} {} {} {}", ending.end_time, ending.kind.as_str(), ending.reason));
    if let Some(closing) = &ending.closing {
        context.print(format!("  {} {}", context.say("数据销毁证明", "proof of destruction"), closing.proof_id));
        context.print(format!("  {} {}", context.say("结算单摘要", "digest of the statement"), closing.statement_hash));
    }
}

fn breach(notice: &BreachNotice) -> String {
    let claim = &notice.claim;
    format!("{}  {}  {}  {}  {}", claim.claim_id, notice.state, claim.ground, claim.clause, claim.statement)
}

fn print_breaches(context: &Context, list: &List<BreachInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有声明", "none"));
    }
    for one in &list.items {
        context.print(format!(
            "{}  {} → {}  {}",
            breach(&one.notice),
            one.by_name,
            one.against_name,
            one.notice.claim.contract_id
        ));
        if let Some(answer) = &one.notice.answer {
            context.print(format!("    {} {answer}", context.say("答复：", "answer:")));
        }
    }
    Ok(())
}
