//! `xinyu demand …`: 需求中心, at a connector what it looks for and what others do, at a platform all of it. TC609-6-2025-01 §5.2.2.9 b.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};
use url::form_urlencoded;
use xinyu_protocol::api::demand::{DemandInfo, DemandList, DemandTakedown, EndDemand, NewDemandOffer};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with demands.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出与检索需求 / demands that may be seen.
    List {
        /// 词 / words in them.
        words: Vec<String>,
        /// own 本方的、open 他方征集中、fitting 本方产品可应答的 / only these; at a connector.
        #[arg(long, value_parser = ["own", "open", "fitting"])]
        only: Option<String>,
    },
    /// 一项需求：应答与匹配的产品 / one, with what was offered and what matches.
    Show {
        /// 需求编号 / which.
        demand: String,
    },
    /// 发布需求（JSON），编号相同则为变更 / publishes one, or says it anew under the same key.
    Publish {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 以本方产品应答 / answers one with a product of ours.
    Offer {
        /// 需求编号 / which.
        demand: String,
        /// 产品标识 / which product.
        product: String,
        /// 说明 / what to say of it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 本方需求已满足 / one of ours is met.
    Met {
        /// 需求编号 / which.
        demand: String,
        /// 满足它的产品 / by which product.
        #[arg(long)]
        product: Option<String>,
        /// 说明 / why.
        #[arg(long)]
        reason: String,
    },
    /// 下架本方需求 / withdraws one of ours.
    Withdraw {
        /// 需求编号 / which.
        demand: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 下架不当需求（平台运营者） / takes one down, for the operator of a platform.
    Takedown {
        /// 需求编号 / which.
        demand: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
}

const PATH: &str = "/api/v1/demands";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let send = |path: String, body: Value| {
        let info: DemandInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
        print_one(context, &info)
    };
    match &asked.verb {
        Verb::List { words, only } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let words = words.join(" ");
            for (name, value) in [("q", Some(&words)), ("only", only.as_ref())] {
                if let Some(value) = value.filter(|value| !value.is_empty()) {
                    query.append_pair(name, value);
                }
            }
            let query = query.finish();
            let path = if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") };
            print_list(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Show { demand } => {
            let path = of(demand, "");
            print_one(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Publish { file } => send(PATH.to_owned(), read_json(file)?),
        Verb::Offer { demand, product, note } => {
            let body = NewDemandOffer { product_id: product.clone(), note: note.clone() };
            send(of(demand, "/offers"), serde_json::to_value(body)?)
        }
        Verb::Met { demand, product, reason } => {
            let body = EndDemand { is_met: true, product_id: product.clone(), reason: reason.clone() };
            send(of(demand, "/end"), serde_json::to_value(body)?)
        }
        Verb::Withdraw { demand, reason } => {
            let body = EndDemand { is_met: false, product_id: None, reason: reason.clone() };
            send(of(demand, "/end"), serde_json::to_value(body)?)
        }
        Verb::Takedown { demand, reason } => {
            send(of(demand, "/takedown"), json!(DemandTakedown { reason: reason.clone() }))
        }
    }
}

fn of(demand: &str, what: &str) -> String {
    format!("{PATH}/{}{what}", segment(demand))
}

fn print_list(context: &Context, list: &DemandList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有需求", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "需求", "发布方", "空间", "状态", "应答", "匹配产品"],
        Lang::En => ["key", "demand", "by", "space", "state", "offers", "matches"],
    };
    let row = |one: &DemandInfo| {
        vec![
            one.demand_id.clone(),
            one.card.title.clone(),
            one.member_name.clone(),
            one.space_id.clone(),
            context.word("demand-state", one.state.as_str()),
            one.offers.len().to_string(),
            one.matches.len().to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, info: &DemandInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    print_list(context, &DemandList { items: vec![info.clone()] })?;
    for text in [&info.card.description, &info.card.purpose, &info.note] {
        if !text.is_empty() {
            context.print(text);
        }
    }
    let head = match context.lang {
        Lang::Zh => ["", "产品标识", "产品", "提供方", "说明或共同之处"],
        Lang::En => ["", "product", "name", "provider", "note, or what both have"],
    };
    let offers = info.offers.iter().map(|one| {
        let what = context.say("应答", "offered").to_owned();
        vec![what, one.product_id.clone(), one.product_name.clone(), one.provider_name.clone(), one.note.clone()]
    });
    let matches = info.matches.iter().map(|one| {
        let (what, shared) = (context.say("匹配", "matches").to_owned(), [&one.shared[..], &one.fields[..]].concat());
        vec![what, one.product_id.clone(), one.product_name.clone(), one.provider_name.clone(), shared.join(" ")]
    });
    let rows: Vec<_> = offers.chain(matches).collect();
    if !rows.is_empty() {
        context.print_table(&head, rows);
    }
    Ok(())
}
