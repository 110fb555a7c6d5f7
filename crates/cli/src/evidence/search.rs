//! `xinyu evidence search|summary`: the records of a node by policy, time, subject, person and result, by the management API. TC609-6-2025-15 §7.1.3 c, §7.2.3.

use clap::Args;
use url::form_urlencoded;
use xinyu_protocol::api::evidence::{EvidenceCount, EvidenceInfo, EvidencePage, EvidenceSummary};
use xinyu_protocol::text::Lang;

use crate::client::{Access, ask};
use crate::output::{Context, Failed};

/// What to look for.
#[derive(Clone, Debug, Args)]
pub(crate) struct Filters {
    /// 策略 ID / the policy.
    #[arg(long)]
    strategy: Option<String>,
    /// 合约标识 / the contract.
    #[arg(long)]
    contract: Option<String>,
    /// 对象，如使用编号 / what it is about, such as a use.
    #[arg(long)]
    subject: Option<String>,
    /// 数据产品 / the product.
    #[arg(long)]
    product: Option<String>,
    /// 记录方 / who recorded it.
    #[arg(long)]
    actor: Option<String>,
    /// 使用人：本节点用户名或假名 / who used: a user of this node, or a pseudonym.
    #[arg(long)]
    person: Option<String>,
    /// 记录类型或其前缀，如 usage / the kind, or what it begins with.
    #[arg(long)]
    kind: Option<String>,
    /// 结果：allowed、conditional、denied、done、stopped、failed、parsed、rejected、recorded / the result.
    #[arg(long)]
    result: Option<String>,
    /// 起始时间或日期 / from this time or day on.
    #[arg(long)]
    from: Option<String>,
    /// 截止时间或日期（含当日） / up to this time or day.
    #[arg(long)]
    to: Option<String>,
}

impl Filters {
    fn query(&self, more: &[(&str, &Option<String>)]) -> String {
        let own = [
            ("strategy", &self.strategy),
            ("contract", &self.contract),
            ("subject", &self.subject),
            ("product", &self.product),
            ("actor", &self.actor),
            ("user", &self.person),
            ("kind", &self.kind),
            ("result", &self.result),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in own.iter().chain(more) {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// Lists what is found, newest first.
pub(crate) fn list(
    context: &Context,
    access: &Access,
    filters: &Filters,
    after: &Option<String>,
    limit: u32,
) -> Result<(), Failed> {
    let path = format!("/api/v1/evidence?{}", filters.query(&[("after", after), ("limit", &Some(limit.to_string()))]));
    let page: EvidencePage = ask(context, access, async |client| client.get(&path).await)?;
    if context.json {
        return context.print_json(&page);
    }
    let head = match context.lang {
        Lang::Zh => ["时间", "类型", "结果", "合约", "对象", "内容"],
        Lang::En => ["time", "kind", "result", "contract", "subject", "what"],
    };
    let row = |one: &EvidenceInfo| {
        vec![
            one.event.at.to_string(),
            one.event.kind.clone(),
            one.result.clone(),
            one.event.contract_id.clone().unwrap_or_default(),
            one.event.subject.clone().unwrap_or_default(),
            context.text(&one.event.text).to_owned(),
        ]
    };
    context.print_table(&head, page.items.iter().map(row));
    if let Some(next) = &page.next {
        context.print(format!("--after {next}"));
    }
    Ok(())
}

/// Counts what is found.
pub(crate) fn summary(context: &Context, access: &Access, filters: &Filters, by: &str) -> Result<(), Failed> {
    let path = format!("/api/v1/evidence/summary?{}", filters.query(&[("by", &Some(by.to_owned()))]));
    let summary: EvidenceSummary = ask(context, access, async |client| client.get(&path).await)?;
    if context.json {
        return context.print_json(&summary);
    }
    let head = match context.lang {
        Lang::Zh => ["维度", "名称", "结果", "次数", "最早", "最近"],
        Lang::En => ["key", "name", "result", "count", "first", "last"],
    };
    let row = |one: &EvidenceCount| {
        vec![
            one.key.clone(),
            one.name.clone(),
            one.result.clone(),
            one.count.to_string(),
            one.first_at.to_string(),
            one.last_at.to_string(),
        ]
    };
    context.print_table(&head, summary.lines.iter().map(row));
    Ok(())
}
