//! `xinyu listing …`, for the operator of a platform: products on their way into the catalogue, and out of it. TC609-6-2025-01 §5.2.2.4 b.

use clap::Subcommand;
use xinyu_protocol::api::listing::{EndReason, ListingRegistration, RegistrationAct};
use xinyu_protocol::api::{List, ListingInfo, ListingWaits, Verdict};
use xinyu_protocol::tc609::registration::ProductRegistration;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with listings.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出产品及审核发现 / products with what the review gate found.
    List,
    /// 产品历史：各版本、变更与经过 / versions, what changed, and what became of it.
    Versions {
        /// 产品标识 / the product.
        product: String,
    },
    /// 决定上架、新版本或注销申请 / decides on a listing, a new version or a deregistration.
    Decide {
        /// 产品标识 / the product.
        product: String,
        /// approve 或 refuse / how.
        #[arg(value_parser = ["approve", "refuse"])]
        decision: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 功能节点登记：登记、重新登记，或立即查询结果 / has a product registered at the function node, again, or asks for the result now.
    Register {
        /// 产品标识 / the product.
        product: String,
        /// register 登记或重新登记，ask 查询结果 / what.
        #[arg(value_parser = ["register", "ask"], default_value = "register")]
        act: String,
    },
    /// 下架产品，已签合约照常履行 / takes a product down; what was agreed on it goes on.
    Delist {
        /// 产品标识 / the product.
        product: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
}

const PATH: &str = "/api/v1/listings";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => print_list(context, &ask(context, access, async |client| client.get(PATH).await)?),
        Verb::Versions { product } => {
            let path = format!("{PATH}/{}/versions", segment(product));
            crate::product::print_history(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Decide { product, decision, note } => {
            let (path, body) = (
                format!("{PATH}/{}/decision", segment(product)),
                Verdict { approve: decision == "approve", note: note.clone() },
            );
            let listing: ListingInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            print_list(context, &List { items: vec![listing] })
        }
        Verb::Register { product, act } => {
            let act = if act == "ask" { RegistrationAct::Ask } else { RegistrationAct::Register };
            let (path, body) = (format!("{PATH}/{}/registration", segment(product)), ListingRegistration { act });
            let listing: ListingInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            print_list(context, &List { items: vec![listing] })
        }
        Verb::Delist { product, reason } => {
            let (path, body) = (format!("{PATH}/{}/delisting", segment(product)), EndReason { reason: reason.clone() });
            let listing: ListingInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            print_list(context, &List { items: vec![listing] })
        }
    }
}

fn print_list(context: &Context, list: &List<ListingInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有产品", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["产品标识", "名称", "提供方", "版本", "状态", "待决定", "审核发现", "功能节点登记"],
        Lang::En => {
            ["product", "name", "provider", "version", "state", "to be decided", "findings", "at the function node"]
        }
    };
    let row = |one: &ListingInfo| {
        let waiting = match one.waiting {
            Some(ListingWaits::Version) => context.say("新版本", "a new version"),
            Some(ListingWaits::Deregistration) => context.say("注销", "deregistration"),
            None => "",
        };
        vec![
            one.entry.product_id.as_str().to_owned(),
            one.entry.product.name.clone(),
            one.entry.provider_name.clone(),
            one.entry.version.to_string(),
            context.word("listing", one.state.as_str()),
            waiting.to_owned(),
            one.findings.len().to_string(),
            one.registration.as_ref().map_or_else(|| "—".to_owned(), |there| registered(context, there)),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

/// How a product stands at the function node: the node's identifier, or why there is none.
pub(crate) fn registered(context: &Context, there: &ProductRegistration) -> String {
    let mut text = context.word("node-registration", there.state.as_str());
    if let Some(code) = &there.code {
        text = format!("{text} {code}");
    }
    for reason in &there.reasons {
        text = format!("{text} {} {}", reason.member, reason.message);
    }
    text
}
