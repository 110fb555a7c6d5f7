//! The arbitration bundle as a file: fetched, put together of what both sides gave, and checked with nothing but itself.

use std::path::{Path, PathBuf};

use xinyu_core::dispute::bundle::{self, Report};
use xinyu_protocol::text::Text;

use crate::output::{Context, Failed};

fn fail(context: &Context, path: &Path, text: &Text) -> Failed {
    Failed::from(format!("{}: {}", path.display(), context.text(text)))
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

/// Writes a bundle, once it was read.
pub(super) fn write(context: &Context, out: &Path, bytes: &[u8]) -> Result<(), Failed> {
    bundle::read(bytes).map_err(|text| fail(context, out, &text))?;
    std::fs::write(out, bytes).map_err(|error| Failed::from(format!("{}: {error}", out.display())))?;
    if !context.json {
        context.print(format!("{} {}", context.say("仲裁证据包已写入", "the arbitration bundle is in"), out.display()));
    }
    Ok(())
}

/// Puts bundles of one dispute together.
pub(super) fn join(context: &Context, files: &[PathBuf], out: &Path) -> Result<(), Failed> {
    let parsed = |path: &PathBuf| bundle::read(&read(path)?).map_err(|text| fail(context, path, &text));
    let bundles = files.iter().map(parsed).collect::<Result<Vec<_>, Failed>>()?;
    let joined = bundle::join(bundles).map_err(|error| Failed::from(context.text(&error.text).to_owned()))?;
    let bytes = xinyu_protocol::json::canonical(&joined).map_err(|error| Failed::from(error.to_string()))?;
    write(context, out, &bytes)
}

/// Checks a bundle, and tells what is in it, what is missing and what differs.
pub(super) fn verify(
    context: &Context,
    path: &Path,
    pinned: Option<&str>,
    contract: Option<&str>,
) -> Result<(), Failed> {
    let report = bundle::verify(&read(path)?, pinned, contract).map_err(|text| fail(context, path, &text))?;
    if context.json {
        return context.print_json(&report);
    }
    tell(context, &report);
    Ok(())
}

fn tell(context: &Context, report: &Report) {
    context.print(format!(
        "{} {} · {}",
        context.say("仲裁证据包有效", "the arbitration bundle is valid"),
        report.dispute_id,
        report.contract_id
    ));
    let state = context.word("dispute-state", report.state);
    let ruling = report.ruling.map(|ruling| format!(" · {}", context.word("dispute-ruling", ruling)));
    let subject = context.word("dispute-subject", report.subject);
    let facts = [
        ("合约", "contract", format!("{} {}", report.contract_name, report.contract_hash)),
        ("争议", "dispute", format!("{subject} · {state}{}", ruling.unwrap_or_default())),
        (
            "平台",
            "platform",
            format!("{} · {} {}", report.platform_id, context.say("密钥", "key"), report.platform_key),
        ),
        ("存证", "evidence", format!("{} / {} · {}", report.entries, report.log_size, report.log)),
        ("智能条款触发", "smart clauses", report.smart_clauses.to_string()),
        (
            "终止凭证",
            "termination voucher",
            context
                .say(if report.voucher { "有效" } else { "无" }, if report.voucher { "valid" } else { "none" })
                .to_owned(),
        ),
        ("制作时间", "made at", report.made_at.to_string()),
    ];
    crate::process::print_facts(context, &facts);
    for one in &report.statements {
        let act = context.word("dispute-act", one.act);
        context.print(format!("  {}. {act} · {} · {} · #{}", one.number, one.author, one.at, one.position));
    }
    for side in &report.sides {
        let role = context.word("role", &side.role);
        let rounds = side.rounds.map_or_else(String::new, |rounds| {
            format!(" · {rounds} {}", context.say("轮协商提案", "signed proposals"))
        });
        context.print(format!(
            "{role} {}: {} {} · {} {}{rounds}",
            side.name,
            side.records,
            context.say("条本端存证", "records of its own"),
            side.statements,
            context.say("条陈述", "statements")
        ));
    }
    for (zh, en, texts) in [("缺失", "missing", &report.missing), ("不一致", "differs", &report.differences)] {
        for text in texts {
            context.print(format!("{}: {}", context.say(zh, en), context.text(text)));
        }
    }
}
