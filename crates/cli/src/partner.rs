//! `xinyu partner list|catalog`: connectors of other makers and what they offer, by the management API.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use url::form_urlencoded;
use xinyu_core::clause;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::PartnerInfo;
use xinyu_protocol::api::partner::{PartnerDataset, offer_id};
use xinyu_protocol::dsp::filter::Wish;

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
        #[command(flatten)]
        filter: Filter,
    },
}

/// Which part of a catalogue. Fields and operators are those of docs/dataspace-protocol.md, or whatever else the partner knows.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// 只看符合条件的，可重复；in 的多个值用逗号分隔，如 --where title ilike %港口% / only what fits; may stand several times; the values of `in` are
    /// separated by commas.
    #[arg(long = "where", num_args = 3, value_names = ["FIELD", "OPERATOR", "VALUE"])]
    wishes: Vec<String>,
    /// 对方自己的过滤条件，JSON 数组，原样发送 / a filter of the partner's own, a JSON array, sent as it stands.
    #[arg(long, conflicts_with = "wishes", value_parser = read_filter)]
    filter: Option<Value>,
}

impl Filter {
    /// The query of the management API's path.
    fn query(&self) -> String {
        let wish = |words: &[String]| match words {
            [field, operator, value] => Some(wish(field, operator, value)),
            _ => None,
        };
        let wishes: Vec<Wish> = self.wishes.chunks(3).filter_map(wish).collect();
        let filter = match (&self.filter, wishes.is_empty()) {
            (Some(filter), _) => filter.to_string(),
            (None, false) => json!(wishes).to_string(),
            (None, true) => return String::new(),
        };
        format!("?{}", form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish())
    }
}

fn wish(field: &str, operator: &str, value: &str) -> Wish {
    let is_list = matches!(operator.to_ascii_lowercase().as_str(), "in" | "not in");
    let value = if is_list { json!(value.split(',').collect::<Vec<_>>()) } else { json!(value) };
    Wish { field: field.to_owned(), operator: operator.to_owned(), value }
}

fn read_filter(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(filter @ Value::Array(_)) => Ok(filter),
        Ok(_) => Err("must be a JSON array".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

const PATH: &str = "/api/v1/partners";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List => {
            let list: List<PartnerInfo> = ask(context, &asked.access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Catalog { partner, filter } => {
            let path = format!("{PATH}/{}/catalog{}", segment(partner), filter.query());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wishes: &[&str], filter: Option<Value>, expect: Option<Value>) {
        let filter = Filter { wishes: wishes.iter().map(|&word| word.to_owned()).collect(), filter };
        let query = filter.query();
        let found = form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).next();
        assert_eq!(found.map(|(_, filter)| serde_json::from_str(&filter).unwrap()), expect, "{query}");
    }

    #[test]
    fn what_is_wished_for_is_what_the_api_is_asked() {
        check(&[], None, None);
        check(
            &["title", "ilike", "%港口%", "keyword", "in", "a,b"],
            None,
            Some(json!([
                { "field": "title", "operator": "ilike", "value": "%港口%" }, { "field": "keyword", "operator": "in", "value": ["a", "b"] },
            ])),
        );
        check(&[], Some(json!([{ "region": "EU" }])), Some(json!([{ "region": "EU" }])));
        assert!(read_filter("{}").is_err() && read_filter("[").is_err() && read_filter("[]").is_ok());
    }
}
