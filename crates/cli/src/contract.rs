//! `xinyu contract verify FILE`: signatures and integrity of a digital contract or of a termination voucher, offline. TC609-6-2025-14 §7.6 d, §8.2.
//! `xinyu contract history FILE`: likewise of the history of its negotiation. §7.3 h. The other verbs end contracts by the management API (`ending`).

mod clauses;
mod ending;
mod filing;
mod history;
mod version;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use xinyu_core::contract::file;
use xinyu_core::contract::signing::CheckedSignature;
use xinyu_core::termination::voucher;
use xinyu_protocol::json::parse_canonical;
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::text::Text;

use crate::client::Asked;
use crate::output::{Context, Failed};

/// What can be done with contracts.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 离线验证合约文件或终止凭证 / verify a contract file or a termination voucher offline.
    Verify {
        /// 合约文件或终止凭证 / the file.
        file: PathBuf,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
    },
    /// 智能条款：检查、试运行、依存证复算 / smart clauses: check, try on events, run again over a log.
    Clauses(clauses::Clauses),
    /// 离线验证协商存档：每轮提案的签名与衔接、合约与提案一致 / verify the history of a negotiation offline.
    History {
        /// 存档文件 / the file.
        file: PathBuf,
        /// 只接受该平台的密钥（密钥标识） / accept only a platform with this key id.
        #[arg(long)]
        platform_key: Option<String>,
    },
    /// 加密备案：取回平台所存文本，用本方密钥打开并核验（连接器） / what the platform keeps sealed, opened with our key and checked.
    Filed(filing::Filed),
    /// 合约的变更与续签 / the versions of a contract.
    #[command(flatten)]
    Version(version::Verb),
    /// 合约的终止 / the end of a contract.
    #[command(flatten)]
    Ending(ending::Verb),
}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    contract_id: String,
    name: String,
    contract_hash: String,
    suite: String,
    filed_at: String,
    platform_id: String,
    platform_key: String,
    signatures: Vec<CheckedSignature>,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let (file, platform_key) = match &asked.verb {
        Verb::Verify { file, platform_key } => (file, platform_key),
        Verb::History { file, platform_key } => return history::run(context, file, platform_key.as_deref()),
        Verb::Clauses(arguments) => return clauses::run(context, arguments),
        Verb::Filed(asked_for) => return filing::run(context, &asked.access, asked_for),
        Verb::Version(verb) => return version::run(context, &asked.access, verb),
        Verb::Ending(verb) => return ending::run(context, &asked.access, verb),
    };
    let bytes = std::fs::read(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    if voucher::looks_like_one(&bytes) {
        return verify_voucher(context, file, &bytes, platform_key.as_deref());
    }
    let report = verify(&bytes, platform_key.as_deref()).map_err(|(zh, en)| {
        let why = context.say(&zh, &en).to_owned();
        Failed::from(format!("{}: {why}", file.display()))
    })?;
    if context.json {
        return context.print_json(&report);
    }
    context.print(format!("{} {}", context.say("合约有效", "the contract is valid"), report.contract_id));
    context.print(format!("  {}: {}", context.say("名称", "name"), report.name));
    context.print(format!("  {}: {} ({})", context.say("哈希", "hash"), report.contract_hash, report.suite));
    for signature in &report.signatures {
        context.print(format!(
            "  {}: {} {} ({})",
            context.say("签名", "signed by"),
            signature.name,
            signature.connector_id,
            signature.algorithm
        ));
    }
    context.print(format!(
        "  {}: {} {} {}",
        context.say("备案", "filed"),
        report.filed_at,
        context.say("平台密钥", "with the platform's key"),
        report.platform_key
    ));
    Ok(())
}

fn verify_voucher(context: &Context, file: &Path, bytes: &[u8], pinned: Option<&str>) -> Result<(), Failed> {
    let fail = |text: &Text| Failed::from(format!("{}: {}", file.display(), context.text(text)));
    let verified = voucher::verify(bytes).map_err(|text| fail(&text))?;
    if pinned.is_some_and(|pinned| pinned != verified.platform_key) {
        let key = &verified.platform_key;
        return Err(fail(&Text::new(
            format!("平台的密钥 {key} 不是指定的密钥"),
            format!("the platform's key {key} is not the one that was asked for"),
        )));
    }
    if context.json {
        return context.print_json(&verified);
    }
    let (notice, told) = (&verified.voucher.notice, &verified.voucher);
    context.print(format!(
        "{} {}",
        context.say("终止凭证有效", "the termination voucher is valid"),
        notice.contract_id
    ));
    context.print(format!("  {}: {}", context.say("合约", "contract"), notice.contract_name));
    context.print(format!("  {}: {} ({})", context.say("事由", "why"), notice.reason, notice.kind.as_str()));
    context.print(format!("  {}: {}", context.say("终止时间", "ended"), told.end_time));
    for signature in &verified.signatures {
        let (name, connector) = (&signature.name, &signature.connector_id);
        context.print(format!("  {}: {name} {connector} ({})", context.say("签名", "signed by"), signature.algorithm));
    }
    if let Some(closing) = &told.closing {
        context.print(format!("  {}: {}", context.say("数据销毁证明", "proof of destruction"), closing.proof_id));
        context.print(format!(
            "  {}: {}",
            context.say("结算单摘要", "digest of the statement"),
            closing.statement_hash
        ));
    }
    let (said, key) = (context.say("平台密钥", "with the platform's key"), &verified.platform_key);
    context.print(format!("  {}: {} {said} {key}", context.say("备案", "filed"), verified.stamped_at));
    Ok(())
}

fn verify(bytes: &[u8], pinned: Option<&str>) -> Result<Report, (String, String)> {
    let both = |zh: String, en: String| (zh, en);
    let file: ContractFile = parse_canonical(bytes).map_err(|error| {
        let text = error.text();
        both(
            format!("文件被改动或不是合约文件：{}", text.zh),
            format!("the file was changed or is no contract file: {}", text.en),
        )
    })?;
    let checked = file::check(&file).map_err(|text| both(text.zh, text.en))?;
    let key = checked.keys.signing(checked.suite).kid();
    if pinned.is_some_and(|pinned| pinned != key) {
        return Err(both(
            format!("备案平台的密钥 {key} 不是指定的密钥"),
            format!("the platform's key {key} is not the one that was asked for"),
        ));
    }
    Ok(Report {
        ok: true,
        contract_id: file.contract.contract_id.as_str().to_owned(),
        name: file.contract.contract_name.clone(),
        contract_hash: checked.contract_hash,
        suite: checked.suite.to_string(),
        filed_at: checked.filed_at.to_string(),
        platform_id: file.filing.platform_id.as_str().to_owned(),
        platform_key: key,
        signatures: checked.signatures,
    })
}
