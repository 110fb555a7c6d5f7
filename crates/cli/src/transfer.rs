//! `xinyu transfer list|show|start|decide|watch`: transfers of a connector, by the management API.

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NewTransfer, ProcessInfo, TransferInfo};

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};
use crate::process::{self, TRANSFER};

/// What can be done with transfers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出交付 / list them.
    List,
    /// 查看一项交付及其数据流 / one, with its data flow.
    Show {
        /// 进程标识 / the process id.
        pid: String,
    },
    /// 请求交付一份合约的数据 / ask for the data of a contract.
    Start {
        /// 合约标识 / the contract.
        #[arg(long)]
        contract: String,
        /// HttpData-PULL（默认）或 HttpData-PUSH / how it travels.
        #[arg(long)]
        format: Option<String>,
        /// 其他厂商的数据面；默认本连接器 / another maker's data plane; our own when absent.
        #[arg(long)]
        data_plane: Option<String>,
        /// 本方的每一步都等待决定 / every move of ours waits for a decision.
        #[arg(long)]
        stepwise: bool,
        /// 已有未结束的交付时仍重新开始 / begin anew although there is one that is not over.
        #[arg(long)]
        again: bool,
    },
    /// 作出本方的决定 / make a move of this side.
    Decide {
        /// 进程标识 / the process id.
        pid: String,
        /// 操作：start、suspend、complete 或 terminate / the move.
        action: String,
        /// 暂停或终止的原因，告知对方 / why it is suspended or terminated, for the other side.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 实时跟踪；给出标识时，完成则以 0、终止则以 1 退出 / follow live; of one, the exit status says how it ended.
    Watch {
        /// 进程标识 / the process id.
        pid: Option<String>,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |pid: &str| format!("{}/{}", TRANSFER.path, segment(pid));
    match &asked.verb {
        Verb::List => {
            let list: List<ProcessInfo> = ask(context, access, async |client| client.get(TRANSFER.path).await)?;
            process::print_list(context, &list)
        }
        Verb::Show { pid } => show(context, &ask(context, access, async |client| client.get(&path(pid)).await)?),
        Verb::Start { contract, format, data_plane, stepwise, again } => {
            let body = NewTransfer {
                contract_id: contract.clone(),
                format: format.clone(),
                data_plane: data_plane.clone(),
                stepwise: *stepwise,
                again: *again,
            };
            let begun = ask(context, access, async |client| client.post(TRANSFER.path, &body).await)?;
            process::print_one(context, &begun)
        }
        Verb::Decide { pid, action, note } => {
            let body = Decision { action: action.clone(), note: note.clone(), ..Decision::default() };
            let path = format!("{}/decision", path(pid));
            let decided = ask(context, access, async |client| client.post(&path, &body).await)?;
            process::print_one(context, &decided)
        }
        Verb::Watch { pid } => {
            let ended_well = ask(context, access, async |client| {
                process::watch(context, access, client, &TRANSFER, pid.as_deref()).await
            })?;
            if ended_well { Ok(()) } else { Err(Failed::quietly(1)) }
        }
    }
}

fn show(context: &Context, info: &TransferInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    let own = context.say("本连接器", "this connector").to_owned();
    let mut facts = process::facts(context, &info.process);
    facts.push(("协议标识", "agreement", info.agreement_id.clone()));
    facts.push(("交付方式", "format", info.format.clone()));
    facts.push(("数据面", "data plane", info.data_plane.clone().unwrap_or(own)));
    if let Some(flow) = &info.flow {
        facts.push(("数据流", "data flow", process::state(context, &flow.state)));
    }
    process::print_facts(context, &facts);
    Ok(())
}
