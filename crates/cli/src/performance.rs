//! `xinyu performance …`: performance reports by the management API, and the file of all of them, which `xinyu performance verify FILE` checks offline.
//! TC609-6-2025-14 §7.5 d.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use xinyu_core::performance::seal;
use xinyu_crypto::Suite;
use xinyu_protocol::api::List;
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine, ReportInfo};
use xinyu_protocol::tc609::performance::PerformanceNotice;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with performance reports.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出各合约的履约报告状态 / where the reports on all contracts stand.
    List,
    /// 查看某合约双方的履约报告（连接器；平台加 --platform） / the reports of both sides on a contract.
    Show {
        /// 合约标识 / the contract.
        contract: String,
        /// 在服务平台上查看 / ask the platform, not a connector.
        #[arg(long)]
        platform: bool,
    },
    /// 立即上报履行状态（连接器） / report now, besides the periodic reports.
    Report {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 导出全部履约报告 / fetch all reports as a file.
    Export {
        /// 合约标识 / the contract.
        contract: String,
        /// 在服务平台上导出 / ask the platform, not a connector.
        #[arg(long)]
        platform: bool,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线验证履约报告文件：签名、签章、报告链、累计 / verify a file of reports offline.
    Verify {
        /// 文件 / the file.
        file: PathBuf,
        /// 密码套件 sm 或 intl / the contract's suite.
        #[arg(long, default_value = "sm")]
        suite: String,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
    },
}

fn path(contract: &str, is_platform: bool) -> String {
    let kept = if is_platform { "contracts" } else { "agreements" };
    format!("/api/v1/{kept}/{}/performance", segment(contract))
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let info: PerformanceInfo = match &asked.verb {
        Verb::List => {
            let list: List<PerformanceLine> =
                ask(context, access, async |client| client.get("/api/v1/performance").await)?;
            return print_list(context, &list);
        }
        Verb::Show { contract, platform } => {
            let path = path(contract, *platform);
            ask(context, access, async |client| client.get(&path).await)?
        }
        Verb::Report { contract } => {
            let path = path(contract, false);
            ask(context, access, async |client| client.post(&path, &json!({})).await)?
        }
        Verb::Export { contract, platform, out } => {
            let path = format!("{}/file", path(contract, *platform));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::from(format!("{}: {error}", out.display())))?;
            return Ok(());
        }
        Verb::Verify { file, suite, platform_key } => return verify(context, file, suite, platform_key.as_deref()),
    };
    if context.json {
        return context.print_json(&info);
    }
    for side in &info.sides {
        print_line(context, side);
    }
    for report in &info.reports {
        print_report(context, report);
    }
    Ok(())
}

fn print_list(context: &Context, list: &List<PerformanceLine>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有履约报告", "none"));
    }
    for line in &list.items {
        context.print(&line.contract_id);
        print_line(context, line);
    }
    Ok(())
}

fn print_line(context: &Context, line: &PerformanceLine) {
    let side = context.word("side", &line.side);
    let state = context.word("performance-state", &line.state);
    let due = line.due_at.map(|at| format!(" · {} {at}", context.say("下一期应于", "next due"))).unwrap_or_default();
    let name = if line.reporter_name.is_empty() { &line.reporter } else { &line.reporter_name };
    context.print(format!("  {side} {name}: #{} · {state}{due}", line.number));
}

fn print_report(context: &Context, one: &ReportInfo) {
    let (report, total) = (&one.report, &one.report.total);
    let side = context.word("side", &report.side);
    let last = if report.is_final { context.say("（最终）", " (final)") } else { "" };
    context.print(format!("  {side} #{}{last} {} – {}", report.number, report.from, report.until));
    let words = match context.lang {
        Lang::Zh => format!(
            "交付 {} 次 {} 字节；使用 {} 次，拒绝 {} 次，中止 {} 次，失败 {} 次；义务 {} 项完成、{} 项失败",
            total.deliveries,
            total.bytes,
            total.done,
            total.refused,
            total.stopped,
            total.failed,
            total.duties_done,
            total.duties_failed
        ),
        Lang::En => format!(
            "deliveries {} ({} bytes); uses {}, refused {}, stopped {}, failed {}; duties done {}, failed {}",
            total.deliveries,
            total.bytes,
            total.done,
            total.refused,
            total.stopped,
            total.failed,
            total.duties_done,
            total.duties_failed
        ),
    };
    context.print(format!("     {words}"));
    for quota in &report.quotas {
        let left = context.say("剩余", "left");
        context.print(format!("     {} {}/{} · {left} {}", quota.action, quota.used, quota.limit, quota.left()));
    }
    for one in &one.discrepancies {
        let against = context.word("performance-against", one.against.as_str());
        context.print(format!("     ! {against} {}: {} ≠ {}", one.counter, one.said, one.found));
    }
}

fn verify(context: &Context, file: &Path, suite: &str, pinned: Option<&str>) -> Result<(), Failed> {
    let bytes = std::fs::read(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    let suite: Suite = suite.parse().map_err(|_| Failed::usage(format!("{suite}: sm, intl")))?;
    let fail = |why: String| Failed::from(format!("{}: {why}", file.display()));
    let notices: Vec<PerformanceNotice> = xinyu_protocol::json::parse(&bytes, xinyu_protocol::json::Limits::WIRE)
        .map_err(|error| fail(context.text(&error.text()).to_owned()))?;
    let found = seal::check_file(&notices, suite).map_err(|error| {
        let at = error.clause.clone().map(|at| format!("{at}: ")).unwrap_or_default();
        fail(format!("{at}{}", context.text(&error.text)))
    })?;
    let kid = found.keys.signing(suite).kid();
    if pinned.is_some_and(|pinned| pinned != kid) {
        return Err(fail(context.say("不是所指平台的密钥", "it is not the platform with that key").to_owned()));
    }
    if context.json {
        let reporters: Vec<_> = found
            .reporters
            .iter()
            .map(|(id, (number, is_final, total))| {
                json!({ "reporter": id, "number": number, "isFinal": is_final, "total": total })
            })
            .collect();
        return context.print_json(&json!({
            "platformId": found.platform_id, "platformKey": kid, "discrepancies": found.discrepancies, "reporters": reporters,
        }));
    }
    context.print(format!("{} · {} {kid}", context.say("履约报告有效", "the reports are valid"), found.platform_id));
    for (id, (number, is_final, total)) in &found.reporters {
        let last = if *is_final { context.say("，已出最终报告", ", the last one is final") } else { "" };
        context.print(format!("  {id}: {number}{last} · {} {}", context.say("使用", "uses"), total.done));
    }
    context.print(format!("  {}: {}", context.say("矛盾", "discrepancies"), found.discrepancies));
    Ok(())
}
