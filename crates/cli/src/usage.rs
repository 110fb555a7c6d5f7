//! `xinyu use ask|list`: uses of data that this connector holds, by the management API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewUse, ResultInfo, UseInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::component::digest;
use crate::output::{Context, Failed};

/// What can be done with data.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出使用记录 / uses that were asked for.
    List {
        /// 只看此合约 / only under this contract.
        #[arg(long, default_value = "")]
        contract: String,
    },
    /// 请求使用；结果只显示一次 / ask for a use; its result is shown once.
    Ask(Box<Ask>),
}

/// A use that is asked for.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// 使用编号；同一编号即同一次使用 / the id of the use; the same is the same use.
    #[arg(long)]
    id: String,
    /// 合约标识 / the contract.
    #[arg(long)]
    contract: String,
    /// 操作，如 read、compute / the action.
    #[arg(long, default_value = "read")]
    action: String,
    /// 查询语句 / the query.
    #[arg(long)]
    query: Option<String>,
    /// 用途 / what for.
    #[arg(long)]
    purpose: Option<String>,
    /// 地域 / where.
    #[arg(long)]
    region: Option<String>,
    /// 应用标识 / the application.
    #[arg(long)]
    application: Option<String>,
    /// 手头的应用程序文件，以核对登记的摘要 / the application at hand, whose digest is checked.
    #[arg(long, requires = "application")]
    application_file: Option<PathBuf>,
    /// 运行登记的算法：标识或 标识@版本，代替查询 / the registered algorithm that runs in the place of a query.
    #[arg(long)]
    algorithm: Option<String>,
    /// 登记的模型：标识或 标识@版本 / the registered model.
    #[arg(long)]
    model: Option<String>,
    /// 手头的模型文件，以核对登记的摘要 / the model at hand, whose digest is checked.
    #[arg(long, requires = "model")]
    model_file: Option<PathBuf>,
    /// 合约要求二次认证时的动态口令 / the code of the second authentication, if the contract demands one.
    #[arg(long)]
    step_up: Option<String>,
    /// 读取此衍生数据（表名 derived），而不是交付的数据 / read this derived data, table `derived`, and not what was delivered.
    #[arg(long)]
    derived: Option<String>,
    /// 结果以此编号保留为衍生数据，须合约允许存储 / keep the result as derived data under this id, where the contract permits storage.
    #[arg(long)]
    keep: Option<String>,
    /// 把结果写入此 CSV 文件 / where the result goes, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List { contract } => {
            let path = format!("/api/v1/uses?contract={}", segment(contract));
            let list: List<UseInfo> = ask(context, &asked.access, async |client| client.get(&path).await)?;
            print_list(context, &list)
        }
        Verb::Ask(one) => {
            let new = NewUse {
                use_id: one.id.clone(),
                contract_id: one.contract.clone(),
                action: one.action.clone(),
                query: one.query.clone(),
                purpose: one.purpose.clone(),
                region: one.region.clone(),
                application: one.application.clone(),
                algorithm: one.algorithm.clone(),
                model: one.model.clone(),
                model_digest: one.model_file.as_deref().map(digest).transpose()?,
                application_digest: one.application_file.as_deref().map(digest).transpose()?,
                code: one.step_up.clone(),
                derived: one.derived.clone(),
                keep: one.keep.clone(),
            };
            let made: UseInfo = ask(context, &asked.access, async |client| client.post("/api/v1/uses", &new).await)?;
            print_made(context, &made, one.csv.as_ref())
        }
    }
}

fn print_list(context: &Context, list: &List<UseInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["使用", "合约", "操作", "状态", "时间", "说明"],
        Lang::En => ["use", "contract", "action", "state", "time", "why"],
    };
    let row = |one: &UseInfo| {
        vec![
            one.use_id.clone(),
            one.contract_id.clone(),
            one.action.clone(),
            one.state.clone(),
            one.asked_at.to_string(),
            one.why.clone().unwrap_or_default(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

/// A use that did not run to its end is told as a failure, with the clauses that decided.
fn print_made(context: &Context, made: &UseInfo, csv: Option<&PathBuf>) -> Result<(), Failed> {
    if let (Some(result), Some(path)) = (&made.result, csv) {
        std::fs::write(path, as_csv(result)).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    }
    if context.json {
        context.print_json(made)?;
    } else if let (Some(result), None) = (&made.result, csv) {
        let head: Vec<&str> = result.columns.iter().map(String::as_str).collect();
        context.print_table(&head, result.rows.iter().map(|row| row.iter().map(cell).collect()));
    }
    if made.state == "done" {
        return Ok(());
    }
    let reasons: Vec<String> =
        made.reasons.iter().map(|reason| format!("{} ({})", context.text(&reason.text), reason.clause)).collect();
    let waits =
        made.awaits.as_ref().map(|duty| format!("{} {duty}", context.say("待履行", "waits for"))).unwrap_or_default();
    Err(Failed::from(format!("{} {}: {} {waits}", made.use_id, made.state, reasons.join("; ")).trim().to_owned()))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn as_csv(result: &ResultInfo) -> String {
    let quoted = |text: String| {
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |cells: Vec<String>| cells.into_iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
    let rows = result.rows.iter().map(|row| line(row.iter().map(cell).collect()));
    std::iter::once(line(result.columns.clone())).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_is_written_as_csv_with_what_has_to_be_quoted() {
        let result = ResultInfo {
            columns: vec!["city".to_owned(), "n".to_owned()],
            rows: vec![vec![json!("a,\"b\""), json!(1)], vec![json!(null), json!("x\ny")]],
            truncated: false,
            mark: None,
        };
        assert_eq!(as_csv(&result), "city,n\r\n\"a,\"\"b\"\"\",1\r\n,\"x\ny\"\r\n");
    }
}
