//! `xinyu catalog …` at a member's connector: what it may find in the platform's catalogue. TC609-6-2025-01 §5.2.2.4; TC609-6-2025-16 7.3 c.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::form_urlencoded;
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::tc609::catalog::{CatalogEntry, CatalogReason};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// What can be asked of the catalogue.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 检索产品：全文、语义与筛选 / finds products by words, by meaning and by what they are filed under.
    Search(Box<Search>),
    /// 一个产品 / one product.
    Show {
        /// 产品标识 / which.
        product: String,
    },
    /// 相关产品 / products that are like one.
    Like {
        /// 产品标识 / which.
        product: String,
    },
    /// 导出可见的目录：DCAT-AP 或 NDI-TR-2025-06 / what may be seen of the catalogue, in a form that others read.
    Export {
        /// 格式 / the form.
        #[arg(long, value_parser = ["dcat", "ndi-06"], default_value = "dcat")]
        format: String,
        /// 写入的文件 / where to write it.
        #[arg(long)]
        out: PathBuf,
    },
    /// 可关联的产品及关联字段 / products whose tables join with those of one, and by which fields.
    Joins {
        /// 产品标识 / which.
        product: String,
    },
}

/// A search. Of a facet several values may be given, with commas between.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// 词 / words.
    words: Vec<String>,
    /// 主题分类，如 B0300 / topic.
    #[arg(long)]
    topic: Option<String>,
    /// 应用场景，如 S0100 / scenario.
    #[arg(long)]
    scenario: Option<String>,
    /// 行业门类，如 G / industry.
    #[arg(long)]
    industry: Option<String>,
    /// 交付形式，如 001 / form of delivery.
    #[arg(long)]
    form: Option<String>,
    /// 提供方主体标识 / provider.
    #[arg(long)]
    provider: Option<String>,
    /// 质量等级，如 001 / quality.
    #[arg(long)]
    quality: Option<String>,
    /// 安全等级，如 002 / security level.
    #[arg(long)]
    security: Option<String>,
    /// 更新频率，如 002 / update frequency.
    #[arg(long)]
    frequency: Option<String>,
    /// 含个人信息：true 或 false / whether personal data was found.
    #[arg(long)]
    personal: Option<String>,
    /// 空间 / space.
    #[arg(long)]
    space: Option<String>,
    /// 单次使用至多多少分 / what one use may cost, in fen.
    #[arg(long)]
    price_at_most_fen: Option<u64>,
    /// 排序 / what comes first.
    #[arg(long, value_parser = ["relevance", "newest", "price", "quality"])]
    order: Option<String>,
    /// 上一页给出的游标 / the cursor of the page before.
    #[arg(long)]
    after: Option<String>,
    /// 每页个数 / how many.
    #[arg(long)]
    limit: Option<u32>,
    /// 同时显示各筛选项的计数 / shows how often each value is there, too.
    #[arg(long)]
    facets: bool,
}

const PATH: &str = "/api/v1/catalog";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let query = |pairs: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
        format!("{PATH}?{}", query.finish())
    };
    let find = |path: String| -> Result<CatalogInfo, Failed> {
        ask(context, &asked.access, async |client| client.get(&path).await)
    };
    match &asked.verb {
        Verb::Search(search) => {
            let pairs = search.pairs();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            print(context, &find(query(&pairs))?, search.facets)
        }
        Verb::Show { product } => print_one(context, &find(query(&[("product", product)]))?),
        Verb::Export { format, out } => {
            let path = format!("{PATH}/export?format={format}");
            let bytes: Vec<u8> = ask(context, &asked.access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, &bytes)?;
            context.print(format!("{} {}", context.say("已写入", "written to"), out.display()));
            Ok(())
        }
        Verb::Like { product } => print(context, &find(query(&[("like", product)]))?, false),
        Verb::Joins { product } => print(context, &find(query(&[("joins", product)]))?, false),
    }
}

impl Search {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let said = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<String>| value.unwrap_or_default();
        vec![
            ("q", self.words.join(" ")),
            ("topic", said(&self.topic)),
            ("scenario", said(&self.scenario)),
            ("industry", said(&self.industry)),
            ("form", said(&self.form)),
            ("provider", said(&self.provider)),
            ("quality", said(&self.quality)),
            ("security", said(&self.security)),
            ("frequency", said(&self.frequency)),
            ("personal", said(&self.personal)),
            ("space", said(&self.space)),
            ("price_at_most_fen", number(self.price_at_most_fen.map(|fen| fen.to_string()))),
            ("order", said(&self.order)),
            ("after", said(&self.after)),
            ("limit", number(self.limit.map(|limit| limit.to_string()))),
        ]
    }
}

fn print(context: &Context, found: &CatalogInfo, facets: bool) -> Result<(), Failed> {
    if context.json {
        return context.print_json(found);
    }
    if found.entries.is_empty() {
        context.print(context.say("没有找到产品", "no product was found"));
    } else {
        let head = match context.lang {
            Lang::Zh => ["产品标识", "产品", "提供方", "主题", "质量", "安全", "缘由"],
            Lang::En => ["product", "name", "provider", "topic", "quality", "security", "why"],
        };
        let nothing = CatalogReason::default();
        let reasons = found.reasons.iter().chain(std::iter::repeat(&nothing));
        let row = |(entry, reason): (&CatalogEntry, &CatalogReason)| {
            vec![
                entry.product_id.as_str().to_owned(),
                entry.product.name.clone(),
                entry.provider_name.clone(),
                context.word("topic", &entry.product.topic),
                context.word("quality", &entry.quality_level),
                context.word("security", &entry.security_level),
                why(context, reason),
            ]
        };
        context.print_table(&head, found.entries.iter().zip(reasons).map(row));
    }
    if let Some(next) = &found.next {
        context.print(format!("{} --after {next}", context.say("下一页：", "next page:")));
    }
    for one in &found.suggestions {
        context.print(format!("{} {one}", context.say("也许要找：", "perhaps:")));
    }
    for (facet, counts) in found.facets.iter().filter(|_| facets) {
        let word = if facet == "form" { "delivery-form" } else { facet };
        let told = |value: &str, name: &str| {
            if name.is_empty() { context.word(word, value) } else { name.to_owned() }
        };
        let counts: Vec<String> =
            counts.iter().map(|one| format!("{} {} ({})", one.value, told(&one.value, &one.name), one.count)).collect();
        context.print(format!("{facet}: {}", counts.join(", ")));
    }
    Ok(())
}

/// Why a product is there: by meaning, what both have, or by which columns they join.
fn why(context: &Context, reason: &CatalogReason) -> String {
    if !reason.joins.is_empty() {
        let join = |(table, name): &(String, String)| format!("{table}.{name}");
        let told = reason.joins.iter().map(|one| format!("{} = {}", join(&one.mine), join(&one.theirs)));
        return told.collect::<Vec<_>>().join(", ");
    }
    if reason.by == "meaning" {
        return context.say("语义相近", "by its meaning").to_owned();
    }
    reason.shared.join(" ")
}

fn print_one(context: &Context, found: &CatalogInfo) -> Result<(), Failed> {
    print(context, found, false)?;
    if context.json {
        return Ok(());
    }
    for entry in &found.entries {
        context.print(&entry.product.description);
        if let Some(at) = &entry.registered {
            let registered = context.say("功能节点登记标识", "registered at the function node as");
            context.print(format!("{registered} {} ({})", at.code, at.node_name));
        }
        for table in &entry.product.tables {
            let fields: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
            context.print(format!("{} ({}): {}", table.name, table.rows, fields.join(", ")));
        }
    }
    Ok(())
}
