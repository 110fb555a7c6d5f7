//! `xinyu subscription …` at a connector: what it waits for in the catalogue, and of what it was told. NDI-TR-2025-06 §6.4 d.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::json;
use xinyu_protocol::api::subscription::{
    NoticeInfo, NoticeList, SubscriptionInfo, SubscriptionList, SubscriptionRequest, Wanted,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with subscriptions.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出订阅 / what we wait for.
    List,
    /// 订阅一项检索，编号相同则为变更 / waits for what a search would find.
    Begin {
        /// 订阅编号 / its key.
        id: String,
        /// 名称 / what it is called.
        #[arg(long)]
        title: String,
        /// 词 / words.
        #[arg(long, default_value = "")]
        words: String,
        /// 筛选，如 topic=B0300、scenario=S0100 / facet=value; may be given again.
        #[arg(long = "filter", value_parser = pair)]
        filters: Vec<(String, String)>,
        /// 单次使用至多多少分 / what one use may cost, in fen.
        #[arg(long)]
        price_at_most_fen: Option<u64>,
    },
    /// 取消订阅 / ends one.
    End {
        /// 订阅编号 / which.
        id: String,
    },
    /// 收到的通知 / of what we were told.
    Notices {
        /// 全部标为已读 / somebody has seen them all.
        #[arg(long)]
        seen: bool,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (facet, value) = text.split_once('=').ok_or("应为 facet=value / must be facet=value")?;
    Ok((facet.to_owned(), value.to_owned()))
}

const PATH: &str = "/api/v1/subscriptions";
const NOTICES: &str = "/api/v1/matchNotices";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => print(context, &ask(context, access, async |client| client.get(PATH).await)?),
        Verb::Begin { id, title, words, filters, price_at_most_fen } => {
            let mut wanted =
                Wanted { q: words.clone(), price_at_most_fen: *price_at_most_fen, filters: BTreeMap::new() };
            for (facet, value) in filters {
                wanted.filters.entry(facet.clone()).or_default().push(value.clone());
            }
            let body = SubscriptionRequest { subscription_id: id.clone(), title: title.clone(), wanted };
            let info: SubscriptionInfo = ask(context, access, async |client| client.post(PATH, &body).await)?;
            print(context, &SubscriptionList { items: vec![info] })
        }
        Verb::End { id } => {
            let path = format!("{PATH}/{}/end", segment(id));
            print(context, &ask(context, access, async |client| client.post(&path, &json!({})).await)?)
        }
        Verb::Notices { seen: false } => {
            print_notices(context, &ask(context, access, async |client| client.get(NOTICES).await)?)
        }
        Verb::Notices { seen: true } => {
            let path = format!("{NOTICES}/seen");
            print_notices(context, &ask(context, access, async |client| client.post(&path, &json!({})).await)?)
        }
    }
}

fn print(context: &Context, list: &SubscriptionList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有订阅", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "名称", "检索词", "筛选"],
        Lang::En => ["key", "name", "words", "narrowed to"],
    };
    let row = |one: &SubscriptionInfo| {
        let filters = one.wanted.filters.iter().map(|(facet, values)| format!("{facet}={}", values.join(",")));
        let filters = filters.collect::<Vec<_>>().join(" ");
        vec![one.subscription_id.clone(), one.title.clone(), one.wanted.q.clone(), filters]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_notices(context: &Context, list: &NoticeList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有通知", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["", "缘由", "订阅或需求", "产品标识", "产品", "提供方"],
        Lang::En => ["", "why", "of", "product", "name", "provider"],
    };
    let row = |one: &NoticeInfo| {
        let new = if one.seen { "" } else { context.say("新", "new") };
        let told = &one.notice;
        let why = context.word("notice", told.kind.as_str());
        let (product, name) = (told.product_id.clone(), told.product_name.clone());
        vec![new.to_owned(), why, told.title.clone(), product, name, told.provider_name.clone()]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
