//! `xinyu node list|operator|logoff-operator`: function nodes, and whether an operator of a member may still act by this platform's word or theirs, by the
//! management API of a platform. Who somebody is is read with `xinyu identity read`. NDI-TR-2025-03 §7.1.3, §8.3.2.

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::ndi::{NodeLine, OperatorAnswer, OperatorQuery};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// What can be done with function nodes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出功能节点 / those that are configured.
    List,
    /// 经办人状态，签约或付款前查询 / whether an operator may act, before something is signed or paid.
    Operator {
        /// 身份标识：统一社会信用代码/证件号码 / credit code, a slash, number of the document.
        identity_code: String,
    },
    /// 注销经办人，立即生效并通知功能节点 / an operator acts for nobody any more; nodes are told.
    LogoffOperator {
        /// 身份标识：统一社会信用代码/证件号码 / credit code, a slash, number of the document.
        identity_code: String,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List => {
            let list: List<NodeLine> = ask(context, &asked.access, async |client| client.get("/api/v1/nodes").await)?;
            print_list(context, &list)
        }
        Verb::Operator { identity_code } => operator(context, asked, "status", identity_code),
        Verb::LogoffOperator { identity_code } => operator(context, asked, "logoff", identity_code),
    }
}

fn operator(context: &Context, asked: &Asked<Verb>, what: &str, identity_code: &str) -> Result<(), Failed> {
    let (path, body) = (format!("/api/v1/operators/{what}"), OperatorQuery { identity_code: identity_code.to_owned() });
    let answer: OperatorAnswer = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
    if context.json {
        return context.print_json(&answer);
    }
    let by = answer.node_id.as_deref().unwrap_or(context.say("本平台", "this platform"));
    context.print(format!("{}  {by}", context.word("operator-standing", &answer.status)));
    Ok(())
}

fn print_list(context: &Context, list: &List<NodeLine>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有配置功能节点", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["功能节点", "名称", "地址", "上报", "登记产品", "证书有效期止", "待上报"],
        Lang::En => ["node", "name", "address", "is told", "registers products", "certificate until", "waiting"],
    };
    let row = |one: &NodeLine| {
        vec![
            one.node_id.clone(),
            one.name.clone(),
            one.address.clone(),
            if one.is_told { "✓" } else { "—" }.to_owned(),
            if one.registers_products { "✓" } else { "—" }.to_owned(),
            one.certificate_until.map_or_else(|| "✗".to_owned(), |at| at.to_string()),
            one.waiting.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
