//! The history of a negotiation, checked offline: who proposed what in which round, and that the contract follows from it. TC609-6-2025-14 §7.3 e, h.

use std::path::Path;

use serde::Serialize;
use xinyu_core::contract::history::{Checked, check};
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_protocol::json::{Limits, canonical, parse};
use xinyu_protocol::tc609::negotiation::HistoryFile;
use xinyu_protocol::text::Text;

use crate::output::{Context, Failed};

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    contract_id: String,
    process: String,
    state: String,
    told_by: String,
    platform_id: String,
    platform_key: String,
    #[serde(flatten)]
    checked: Checked,
}

pub(super) fn run(context: &Context, path: &Path, pinned: Option<&str>) -> Result<(), Failed> {
    let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let report =
        verify(&bytes, pinned).map_err(|why| Failed::from(format!("{}: {}", path.display(), context.text(&why))))?;
    if context.json {
        return context.print_json(&report);
    }
    context.print(format!("{} {}", context.say("协商存档有效", "the history is valid"), report.contract_id));
    let facts = [
        ("进程", "process", report.process.clone()),
        ("状态", "state", report.state.clone()),
        ("讲述方", "told by", report.told_by.clone()),
        ("动作数", "moves", report.checked.entries.to_string()),
        ("经签名的提案", "signed proposals", report.checked.rounds.to_string()),
        ("合约哈希", "hash of the contract", report.checked.contract_hash.clone().unwrap_or_default()),
        ("合约版本数", "versions of the contract", report.checked.versions.len().max(1).to_string()),
        ("平台密钥", "the platform\u{2019}s key", report.platform_key.clone()),
    ];
    crate::process::print_facts(context, &facts);
    for signature in &report.checked.signatures {
        let by = context.say("签名", "signed by");
        context.print(format!("{by}: {} {} ({})", signature.name, signature.connector_id, signature.algorithm));
    }
    Ok(())
}

/// A long negotiation is larger than a message, and its proposals stand deeper in it.
const LIMITS: Limits = Limits { bytes: 256 << 20, depth: 64 };

fn read(bytes: &[u8]) -> Result<HistoryFile, Text> {
    let file: HistoryFile = parse(bytes, LIMITS).map_err(|error| error.text())?;
    if canonical(&file).map_err(|error| error.text())? == bytes {
        return Ok(file);
    }
    Err(Text::new("不是唯一的规范写法", "it is not in its only form"))
}

fn verify(bytes: &[u8], pinned: Option<&str>) -> Result<Report, Text> {
    let file = read(bytes).map_err(|text| {
        Text::new(
            format!("文件被改动或不是协商存档：{}", text.zh),
            format!("the file was changed or is no history: {}", text.en),
        )
    })?;
    let checked = check(&file).map_err(|error| {
        let at = error.clause.map(|clause| format!("{clause}: ")).unwrap_or_default();
        Text::new(format!("{at}{}", error.text.zh), format!("{at}{}", error.text.en))
    })?;
    let history = file.history;
    let unreadable = || Text::new("平台公钥或密码套件无效", "the platform\u{2019}s keys or the suite are not valid");
    let keys: PublicKeys = serde_json::from_value(history.keys).map_err(|_| unreadable())?;
    let suite: Suite = history.suite.parse().map_err(|_| unreadable())?;
    let platform_key = keys.signing(suite).kid();
    if pinned.is_some_and(|pinned| pinned != platform_key) {
        return Err(Text::new(
            format!("平台的密钥 {platform_key} 不是指定的密钥"),
            format!("the platform\u{2019}s key {platform_key} is not the one that was asked for"),
        ));
    }
    Ok(Report {
        ok: true,
        contract_id: history.contract_id.as_str().to_owned(),
        process: history.process,
        state: history.state,
        told_by: history.connector_id.as_str().to_owned(),
        platform_id: history.platform_id.as_str().to_owned(),
        platform_key,
        checked,
    })
}
