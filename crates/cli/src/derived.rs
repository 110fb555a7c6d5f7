//! `xinyu derived …`: derived data that this connector keeps, by the management API; `xinyu derived verify FILE` checks a file that left, offline.
//! TC609-6-2025-15 §7.1.2.4 i.

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_core::derived;
use xinyu_protocol::api::List;
use xinyu_protocol::api::derived::{DerivedInfo, ExportInfo, NewExport};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with derived data.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出衍生数据 / list it.
    List,
    /// 查看来源与继承的策略 / one, with its lineage and the policy that it inherits.
    Show {
        /// 衍生数据编号 / the derived data.
        derived: String,
    },
    /// 导出为文件，附带策略与来源（须合约允许导出） / take it out as a file with policy and lineage, where the contract permits it.
    Export {
        /// 衍生数据编号 / the derived data.
        derived: String,
        /// 使用编号；同一编号即同一次使用 / the id of the use; the same is the same use.
        #[arg(long)]
        id: String,
        /// 用途 / what for.
        #[arg(long)]
        purpose: Option<String>,
        /// 地域 / where.
        #[arg(long)]
        region: Option<String>,
        /// 合约要求二次认证时的动态口令 / the code of the second authentication, if the contract demands one.
        #[arg(long)]
        step_up: Option<String>,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线验证导出的文件 / verify a file that was taken out, offline.
    Verify {
        /// 文件 / the file.
        file: PathBuf,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => {
            let list: List<DerivedInfo> = ask(context, access, async |client| client.get("/api/v1/derived").await)?;
            print_list(context, &list)
        }
        Verb::Show { derived } => {
            let path = format!("/api/v1/derived/{}", segment(derived));
            let one: DerivedInfo = ask(context, access, async |client| client.get(&path).await)?;
            print_one(context, &one)
        }
        Verb::Export { derived, id, purpose, region, step_up, out } => {
            let path = format!("/api/v1/derived/{}/export", segment(derived));
            let new = NewExport {
                use_id: id.clone(),
                purpose: purpose.clone(),
                region: region.clone(),
                code: step_up.clone(),
            };
            let made: ExportInfo = ask(context, access, async |client| client.post(&path, &new).await)?;
            let Some(file) = &made.file else {
                let reasons = made.r#use.reasons.iter();
                let reasons: Vec<String> =
                    reasons.map(|reason| format!("{} ({})", context.text(&reason.text), reason.clause)).collect();
                return Err(Failed::from(format!("{id} {}: {}", made.r#use.state, reasons.join("; "))));
            };
            let bytes = serde_json::to_vec_pretty(file).map_err(|error| Failed::from(error.to_string()))?;
            std::fs::write(out, bytes).map_err(|error| Failed::from(format!("{}: {error}", out.display())))?;
            if context.json {
                return context.print_json(&made.r#use);
            }
            context.print(format!("{} {}", context.say("已写入", "written to"), out.display()));
            Ok(())
        }
        Verb::Verify { file, platform_key } => {
            let bytes = std::fs::read(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            let report = derived::verify_file(&bytes, platform_key.as_deref())
                .map_err(|error| Failed::from(format!("{}: {}", file.display(), context.text(&error.text))))?;
            if context.json {
                return context.print_json(&report.statement);
            }
            let said = &report.statement;
            context.print(format!("{} {}", context.say("文件有效", "the file is valid"), said.lineage.derived_id));
            context.print(format!("  {}: {} {}", context.say("持有方", "holder"), report.holder_name, said.holder));
            context.print(format!("  {}: {}", context.say("平台密钥", "platform key"), report.platform_key));
            print_lineage(context, &said.lineage);
            Ok(())
        }
    }
}

fn print_list(context: &Context, list: &List<DerivedInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有衍生数据", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["衍生数据", "合约", "状态", "行数", "来自使用", "时间"],
        Lang::En => ["derived", "contract", "state", "rows", "made by use", "at"],
    };
    let row = |one: &DerivedInfo| {
        vec![
            one.derived_id.clone(),
            one.contract_id.clone(),
            context.word("derived-state", &one.state),
            one.lineage.rows.to_string(),
            one.lineage.use_id.clone(),
            one.lineage.made_at.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, one: &DerivedInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(one);
    }
    let columns: Vec<&str> = one.table.fields.iter().map(|field| field.name.as_str()).collect();
    context.print(format!("{} {} · {}", one.derived_id, context.word("derived-state", &one.state), one.contract_id));
    context.print(format!("  {}: {}({})", context.say("表", "table"), one.table.name, columns.join(", ")));
    print_lineage(context, &one.lineage);
    for clause in &one.clauses {
        context.print(format!("  {} {}", clause.clause, context.text(&clause.text)));
    }
    Ok(())
}

pub(crate) fn print_lineage(context: &Context, lineage: &xinyu_protocol::tc609::derived::Lineage) {
    let label = context.say("来源", "made from");
    for input in &lineage.inputs {
        let derived = input.derived_id.as_deref().unwrap_or_default();
        context.print(format!("  {label}: {} {} {} {derived}", input.contract_id, input.product_id, input.digest));
    }
    context.print(format!("  {}: {}", context.say("控制指令", "control instruction"), lineage.strategy_id));
    context.print(format!("  {}: {} {}", context.say("使用", "use"), lineage.use_id, lineage.made_at));
    for component in &lineage.components {
        context.print(format!("  {}: {} {}", component.kind, component.name, component.digest));
    }
    context.print(format!("  {}: {} ({})", context.say("内容摘要", "digest"), lineage.digest, lineage.rows));
}
