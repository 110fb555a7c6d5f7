//! `xinyu partner list|catalog`: connectors of other makers and what they offer, by the management API.

use clap::Subcommand;
use serde_json::Value;
use xinyu_core::clause;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::PartnerInfo;
use xinyu_protocol::api::partner::{PartnerDataset, offer_id};

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};
use crate::process;

/// What can be done with partners.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出配置的伙伴，以及空间是否接受未签名协议 / those that are configured, and whether the space accepts unsigned agreements.
    List,
    /// 查看对方目录：数据集、要约与条款 / a partner's catalogue: datasets, offers, terms.
    Catalog {
        /// 伙伴标识 / the partner.
        partner: String,
    },
}

const PATH: &str = "/api/v1/partners";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List => {
            let list: List<PartnerInfo> = ask(context, &asked.access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Catalog { partner } => {
            let path = format!("{PATH}/{}/catalog", segment(partner));
            let catalog: Value = ask(context, &asked.access, async |client| client.get(&path).await)?;
            print_catalog(context, &catalog)
        }
    }
}

fn print_list(context: &Context, list: &List<PartnerInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有配置伙伴连接器", "none is configured"));
        return Ok(());
    }
    let head = match context.lang {
        xinyu_protocol::text::Lang::Zh => ["伙伴", "名称", "空间", "签署规则", "地址"],
        xinyu_protocol::text::Lang::En => ["partner", "name", "space", "rule of signing", "address"],
    };
    let row = |partner: &PartnerInfo| {
        let rule = if partner.unsigned_agreements { "accepts" } else { "demands" };
        vec![
            partner.id.clone(),
            partner.name.clone(),
            partner.space_id.clone(),
            context.word("rule", rule),
            partner.address.clone(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_catalog(context: &Context, catalog: &Value) -> Result<(), Failed> {
    if context.json {
        return context.print_json(catalog);
    }
    let datasets = PartnerDataset::of(catalog);
    if datasets.is_empty() {
        context.print(context.say("对方目录中没有我方可见的数据集", "the catalogue has no dataset for us"));
    }
    for dataset in datasets {
        context.print(format!("{}  {}  [{}]", dataset.id, dataset.title, dataset.formats.join(", ")));
        for offer in &dataset.offers {
            context.print(format!("  {} {}", context.say("要约", "offer"), offer_id(offer)));
            match clause::clauses(offer) {
                Ok(clauses) => process::print_clauses(context, &clauses, "    "),
                Err(_) => context.print(context.say(
                    "    含本连接器不能解读的条款，见 --output json",
                    "    with terms that cannot be read here, see --output json",
                )),
            }
        }
    }
    Ok(())
}
