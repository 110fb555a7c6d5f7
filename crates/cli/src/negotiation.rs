//! `xinyu negotiation list|show|start|decide|watch`: negotiations of a connector, step by step, by the management API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NegotiationInfo, NewNegotiation, ProcessInfo};

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};
use crate::process::{self, NEGOTIATION};

/// What can be done with negotiations.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出协商 / list them.
    List,
    /// 查看一项协商及其条款 / one, with its terms.
    Show {
        /// 进程标识 / the process id.
        pid: String,
    },
    /// 发起协商 / begin one.
    Start(Box<Start>),
    /// 作出本方的决定 / make a move of this side.
    Decide {
        /// 进程标识 / the process id.
        pid: String,
        /// 操作：request、offer、accept、agree、verify、finalize 或 terminate / the move.
        action: String,
        /// 终止的原因，告知对方 / why it is terminated, for the other side.
        #[arg(long, default_value = "")]
        note: String,
        /// 本方条款（ODRL 要约），用于 request 和 offer / terms of our own, an ODRL offer.
        #[arg(long)]
        terms: Option<PathBuf>,
    },
    /// 实时跟踪；给出标识时，生效则以 0、终止则以 1 退出 / follow live; of one, the exit status says how it ended.
    Watch {
        /// 进程标识 / the process id.
        pid: Option<String>,
    },
}

/// With whom, over what.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("with").required(true).args(["contract", "partner"]))]
pub(crate) struct Start {
    /// 已批准的使用申请的合约标识 / the contract of an approved application.
    #[arg(long)]
    contract: Option<String>,
    /// 伙伴连接器的标识 / the partner.
    #[arg(long, requires = "dataset")]
    partner: Option<String>,
    /// 伙伴的数据集；由本方提供时为本方产品 / the partner's dataset, or our product.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    dataset: Option<String>,
    /// 数据集的哪个要约，默认第一个 / which offer of the dataset, the first when absent.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    offer: Option<String>,
    /// 本方条款（ODRL 要约），代替数据集的要约 / terms of our own, an ODRL offer, in place of the dataset's.
    #[arg(long, requires = "partner", conflicts_with_all = ["contract", "offer"])]
    terms: Option<PathBuf>,
    /// 由本方提供，先提出要约 / we provide: the first message is our offer.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    as_provider: bool,
    /// 本方的每一步都等待决定 / every move of ours waits for a decision.
    #[arg(long)]
    stepwise: bool,
    /// 幂等键，同一个键是同一项协商 / the same key is the same negotiation.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    key: Option<String>,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |pid: &str| format!("{}/{}", NEGOTIATION.path, segment(pid));
    match &asked.verb {
        Verb::List => {
            let list: List<ProcessInfo> = ask(context, access, async |client| client.get(NEGOTIATION.path).await)?;
            process::print_list(context, &list)
        }
        Verb::Show { pid } => show(context, &ask(context, access, async |client| client.get(&path(pid)).await)?),
        Verb::Start(start) => {
            let body = NewNegotiation {
                contract_id: start.contract.clone(),
                partner: start.partner.clone(),
                dataset: start.dataset.clone(),
                offer_id: start.offer.clone(),
                offer: start.terms.as_deref().map(read_json).transpose()?,
                as_provider: start.as_provider,
                stepwise: start.stepwise,
                key: start.key.clone(),
            };
            let begun = ask(context, access, async |client| client.post(NEGOTIATION.path, &body).await)?;
            process::print_one(context, &begun)
        }
        Verb::Decide { pid, action, note, terms } => {
            let offer = terms.as_deref().map(read_json).transpose()?;
            let body = Decision { action: action.clone(), note: note.clone(), offer };
            let path = format!("{}/decision", path(pid));
            let decided = ask(context, access, async |client| client.post(&path, &body).await)?;
            process::print_one(context, &decided)
        }
        Verb::Watch { pid } => {
            let ended_well = ask(context, access, async |client| {
                process::watch(context, access, client, &NEGOTIATION, pid.as_deref()).await
            })?;
            if ended_well { Ok(()) } else { Err(Failed::quietly(1)) }
        }
    }
}

fn show(context: &Context, info: &NegotiationInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    let mut facts = process::facts(context, &info.process);
    facts.push(("协议标识", "agreement", info.agreement_id.clone().unwrap_or_default()));
    process::print_facts(context, &facts);
    if info.clauses.is_empty() {
        context.print(context.say(
            "条款（含本连接器不能解读的内容，按原文列出）：",
            "terms (some of them cannot be read here, so they stand as they are):",
        ));
        return context.print_json(&info.offer);
    }
    context.print(context.say("条款：", "terms:"));
    process::print_clauses(context, &info.clauses, "  ");
    Ok(())
}
