//! `xinyu dataflow list|decide`: flows of a connector's data plane, and what people say of those in their hands, by the management API.

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, FlowInfo};

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};
use crate::process;

/// What can be done with data flows.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出数据流 / list them.
    List,
    /// 说明一条手工数据流的进展 / say of a flow by hand where it stands.
    Decide {
        /// 数据流标识 / the flow.
        flow: String,
        /// prepared、started、completed 或 errored / what has become of it.
        action: String,
        /// 原因 / why.
        #[arg(long, default_value = "")]
        note: String,
    },
}

const PATH: &str = "/api/v1/dataflows";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List => {
            let list: List<FlowInfo> = ask(context, &asked.access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Decide { flow, action, note } => {
            let body = Decision { action: action.clone(), note: note.clone(), ..Decision::default() };
            let path = format!("{PATH}/{}/decision", segment(flow));
            let decided: FlowInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
            if context.json {
                return context.print_json(&decided);
            }
            context.print(format!("{}  {}", decided.flow_id, process::state(context, &decided.state)));
            Ok(())
        }
    }
}

fn print_list(context: &Context, list: &List<FlowInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有数据流", "none"));
        return Ok(());
    }
    let head = match context.lang {
        xinyu_protocol::text::Lang::Zh => ["数据流", "状态", "方向", "交付方式", "对方", "控制面", "可说明"],
        xinyu_protocol::text::Lang::En => {
            ["flow", "state", "direction", "profile", "other side", "control plane", "by hand"]
        }
    };
    let own = || context.say("本连接器", "this connector").to_owned();
    let row = |flow: &FlowInfo| {
        let direction = match flow.side.as_str() {
            "provider" => context.say("发送", "sends"),
            _ => context.say("接收", "receives"),
        };
        vec![
            flow.flow_id.clone(),
            process::state(context, &flow.state),
            direction.to_owned(),
            flow.profile.clone(),
            flow.counterparty.clone(),
            flow.control_plane.clone().unwrap_or_else(own),
            flow.moves.join(", "),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
