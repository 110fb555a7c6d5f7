//! `xinyu product …` at a provider's connector: what is offered, its versions, taken down, out of the register. NDI-TR-2025-06 §9.2.3, §9.4.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewProduct, OfferingInfo};
use xinyu_protocol::api::listing::{EndReason, NewProductVersion, ProductHistory, Restoration, VersionInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with products.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出本端产品 / what we offer.
    List,
    /// 封装数据产品（JSON）并申请上架 / wraps resources as a product, and applies for listing.
    Offer {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 产品历史：各版本及其变更 / the versions of a product with what changed.
    Versions {
        /// 本端的产品键 / our key of the product.
        product: String,
    },
    /// 变更产品：以 JSON 文件为新版本，平台审核期间原版本仍在架 / a new version; the current one stays listed while it is reviewed.
    Update {
        /// 本端的产品键 / our key of the product.
        product: String,
        /// JSON 文件 / the file.
        file: PathBuf,
        /// 变更原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 回滚到某一版本，或将已下架产品重新上架 / offers an earlier version again, or the current one after it was taken down.
    Restore {
        /// 本端的产品键 / our key of the product.
        product: String,
        /// 版本号 / which version.
        version: u32,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 下架：不再可检索与申请，已签合约照常履行 / takes it down; what was agreed on it goes on.
    Delist {
        /// 本端的产品键 / our key of the product.
        product: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 申请注销 / asks that it be taken out of the register.
    Deregister {
        /// 本端的产品键 / our key of the product.
        product: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
}

const PATH: &str = "/api/v1/products";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let send = |product: &str, what: &str, body: Value| {
        let path = format!("{PATH}/{}/{what}", segment(product));
        let offering: OfferingInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
        print_list(context, &List { items: vec![offering] })
    };
    match &asked.verb {
        Verb::List => print_list(context, &ask(context, access, async |client| client.get(PATH).await)?),
        Verb::Offer { file } => {
            let product = read(file)?;
            let offering: OfferingInfo = ask(context, access, async |client| client.post(PATH, &product).await)?;
            print_list(context, &List { items: vec![offering] })
        }
        Verb::Versions { product } => {
            let path = format!("{PATH}/{}/versions", segment(product));
            print_history(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Update { product, file, reason } => {
            let body = NewProductVersion { product: read(file)?, reason: reason.clone() };
            send(product, "versions", serde_json::to_value(body)?)
        }
        Verb::Restore { product, version, reason } => {
            let body = Restoration { version: *version, reason: reason.clone() };
            send(product, "restoration", serde_json::to_value(body)?)
        }
        Verb::Delist { product, reason } => send(product, "delisting", end(reason)?),
        Verb::Deregister { product, reason } => send(product, "deregistration", end(reason)?),
    }
}

fn end(reason: &str) -> Result<Value, Failed> {
    Ok(serde_json::to_value(EndReason { reason: reason.to_owned() })?)
}

fn read(file: &std::path::Path) -> Result<NewProduct, Failed> {
    serde_json::from_value(read_json(file)?).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))
}

fn print_list(context: &Context, list: &List<OfferingInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有产品", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["产品键", "产品标识", "名称", "版本", "状态", "说明", "功能节点登记"],
        Lang::En => ["key", "product", "name", "version", "state", "note", "at the function node"],
    };
    let row = |one: &OfferingInfo| {
        let version = match one.next {
            Some(next) => format!("{} → {next}", one.version),
            None => one.version.to_string(),
        };
        let mut state = context.word("listing", one.state.as_str());
        if one.is_ending {
            state.push_str(context.say("，注销待定", ", deregistration to be decided"));
        }
        let id = one.product_id.clone().unwrap_or_else(|| "—".to_owned());
        let registered = one.registration.as_ref();
        let registered = registered.map_or_else(|| "—".to_owned(), |there| crate::listing::registered(context, there));
        vec![one.listing_id.clone(), id, one.name.clone(), version, state, one.note.clone(), registered]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

/// The history of a product, of either kind of node.
pub(crate) fn print_history(context: &Context, history: &ProductHistory) -> Result<(), Failed> {
    if context.json {
        return context.print_json(history);
    }
    let state = context.word("listing", history.state.as_str());
    context.print(format!("{}  v{}  {state}", history.name, history.version));
    if let Some(next) = history.next {
        context.print(format!("{} v{next}", context.say("待审核的新版本：", "a new version is to be decided:")));
    }
    if let Some(reason) = &history.ending {
        context.print(format!("{} {reason}", context.say("注销待定：", "deregistration to be decided:")));
    }
    for one in &history.versions {
        print_version(context, one);
    }
    for step in &history.steps {
        let act = context.word("listing-act", &step.act);
        context.print(format!("{}  v{}  {act}  {}  {}", step.at, step.version, step.by, step.reason));
    }
    Ok(())
}

fn print_version(context: &Context, one: &VersionInfo) {
    let state = one.state.map(|state| context.word("listing", state.as_str())).unwrap_or_default();
    let why = [one.reason.as_str(), one.note.as_str()].into_iter().filter(|text| !text.is_empty());
    context.print(format!("v{}  {state}  {}", one.version, why.collect::<Vec<_>>().join(" / ")));
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
    for change in &one.changes {
        context.print(format!("  {}  {} → {}", change.pointer, text(&change.before), text(&change.after)));
    }
}
