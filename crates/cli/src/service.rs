//! `xinyu service …`: 数据服务目录, at a connector what it offers and finds, at a platform all of it with the review. TC609-6-2025-01 §5.2.2.4 d.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::Value;
use url::form_urlencoded;
use xinyu_protocol::api::Verdict;
use xinyu_protocol::api::data_service::{ServiceInfo, ServiceKind, ServiceList};
use xinyu_protocol::api::listing::EndReason;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with services.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出与检索数据服务 / services that may be seen.
    List {
        /// 词 / words in them.
        words: Vec<String>,
        /// 类别，如 development、compliance / of a kind; at a connector.
        #[arg(long, value_parser = ServiceKind::ALL.map(ServiceKind::as_str))]
        kind: Option<String>,
        /// 只列本方的 / ours only.
        #[arg(long)]
        own: bool,
    },
    /// 一项服务及审核发现 / one, with what the review found.
    Show {
        /// 服务编号 / which.
        service: String,
    },
    /// 发布服务（JSON），编号相同则为变更 / publishes one, or says it anew under the same key.
    Publish {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 下架：本方的，或平台运营者下架任一项 / takes one down.
    Delist {
        /// 服务编号 / which.
        service: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 审核（平台运营者） / decides on what waits, for the operator of a platform.
    Decide {
        /// 服务编号 / which.
        service: String,
        /// approve 或 refuse / yes or no.
        #[arg(value_parser = ["approve", "refuse"])]
        verdict: String,
        /// 说明 / why.
        #[arg(long, default_value = "")]
        note: String,
    },
}

const PATH: &str = "/api/v1/services";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let send = |path: String, body: Value| {
        let info: ServiceInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
        print_one(context, &info)
    };
    match &asked.verb {
        Verb::List { words, kind, own } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let words = words.join(" ");
            let only = if *own { "own" } else { "" };
            for (name, value) in [("q", words.as_str()), ("kind", kind.as_deref().unwrap_or_default()), ("only", only)]
            {
                if !value.is_empty() {
                    query.append_pair(name, value);
                }
            }
            let query = query.finish();
            let path = if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") };
            print_list(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Show { service } => {
            let path = of(service, "");
            print_one(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Publish { file } => send(PATH.to_owned(), read_json(file)?),
        Verb::Delist { service, reason } => {
            send(of(service, "/delisting"), serde_json::to_value(EndReason { reason: reason.clone() })?)
        }
        Verb::Decide { service, verdict, note } => {
            let verdict = Verdict { approve: verdict == "approve", note: note.clone() };
            send(of(service, "/decision"), serde_json::to_value(verdict)?)
        }
    }
}

fn of(service: &str, what: &str) -> String {
    format!("{PATH}/{}{what}", segment(service))
}

fn print_list(context: &Context, list: &ServiceList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有数据服务", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "服务", "类别", "服务方", "空间", "状态"],
        Lang::En => ["key", "service", "kind", "by", "space", "state"],
    };
    let row = |one: &ServiceInfo| {
        vec![
            one.service_id.clone(),
            one.card.name.clone(),
            context.word("service-kind", one.card.kind.as_str()),
            one.member_name.clone(),
            one.space_id.clone(),
            context.word("listing", one.state.as_str()),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, info: &ServiceInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    print_list(context, &ServiceList { items: vec![info.clone()] })?;
    for text in [&info.card.description, &info.card.price, &info.card.contact, &info.card.address, &info.note] {
        if !text.is_empty() {
            context.print(text);
        }
    }
    if !info.findings.is_empty() {
        let head = match context.lang {
            Lang::Zh => ["结果", "项目", "发现"],
            Lang::En => ["severity", "member", "finding"],
        };
        let row = |one: &xinyu_protocol::review::FindingInfo| {
            let severity = context.word("severity", &one.severity);
            vec![severity, one.subject.clone(), context.text(&one.text).to_owned()]
        };
        context.print_table(&head, info.findings.iter().map(row));
    }
    Ok(())
}
