//! The versions of a contract on the command line, by the management API of a party's connector: amended, renewed, answered, listed. TC609-6-2025-14 §7.4 c.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_protocol::api::negotiation::{DifferenceInfo, TermsChange};
use xinyu_protocol::api::version::{NewVersion, VersionDecision, VersionsInfo};
use xinyu_protocol::tc609::version::VersionKind;

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with the versions of a contract.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 合约版本与待答复的变更、续签（连接器） / the versions, and what was proposed.
    Versions {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 提出变更：条款、价格、期限、智能条款（连接器） / propose an amendment.
    Amend(Amendment),
    /// 提出续签：只延长有效期（连接器） / propose a renewal: a later end, and nothing else.
    Renew {
        /// 合约标识 / the contract.
        contract: String,
        /// 理由 / why.
        reason: String,
        /// 延长多久（ISO 8601，如 P1Y） / by how long.
        #[arg(long, conflicts_with = "until", required_unless_present = "until")]
        by: Option<String>,
        /// 新的到期时间（RFC 3339） / the new end.
        #[arg(long)]
        until: Option<Timestamp>,
        /// 提案编号，同一编号即同一提案 / the key; the same key is the same proposal.
        #[arg(long)]
        key: Option<String>,
    },
    /// 答复变更或续签：agree 签署、refuse 拒绝、withdraw 撤回（连接器） / answer a proposed version.
    AnswerVersion {
        /// 合约标识 / the contract.
        contract: String,
        /// 提案编号 / the proposal.
        proposal: String,
        /// agree、refuse 或 withdraw / what is done.
        action: String,
        /// 理由，拒绝时必填 / why; must be said of a refusal.
        #[arg(default_value = "")]
        reason: String,
    },
    /// 拒绝自动续签：通知期开始前（连接器） / refuse the automatic renewal, before its notice begins.
    RefuseRenewal {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 导出某一版，用 contract verify 验证 / one version, for contract verify.
    VersionFile {
        /// 合约标识 / the contract.
        contract: String,
        /// 第几版 / which version.
        number: u32,
        /// 写入文件 / where to.
        #[arg(long)]
        out: PathBuf,
        /// 从平台导出（默认从连接器） / from a platform rather than a connector.
        #[arg(long)]
        platform: bool,
    },
}

/// What an amendment changes; what is not given stays.
#[derive(Debug, Args)]
pub(crate) struct Amendment {
    /// 合约标识 / the contract.
    contract: String,
    /// 理由 / why.
    reason: String,
    /// 使用次数 / how many uses.
    #[arg(long)]
    uses: Option<u64>,
    /// 可用字段，可多次 / fields that are open.
    #[arg(long)]
    field: Vec<String>,
    /// 自首次使用起的时长（ISO 8601） / for how long from the first use.
    #[arg(long)]
    duration: Option<String>,
    /// 基础费用（分） / the base price in fen.
    #[arg(long)]
    base_fen: Option<u64>,
    /// 每次使用费用（分） / the price of each use in fen.
    #[arg(long)]
    per_use_fen: Option<u64>,
    /// 合约策略文件（JSON 列表） / a file with the policies.
    #[arg(long)]
    policies: Option<PathBuf>,
    /// 智能条款文件（JSON 列表） / a file with the smart clauses.
    #[arg(long)]
    smart_clauses: Option<PathBuf>,
    /// 新的到期时间（RFC 3339） / the new end.
    #[arg(long)]
    until: Option<Timestamp>,
    /// 提案编号，同一编号即同一提案 / the key; the same key is the same proposal.
    #[arg(long)]
    key: Option<String>,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, access: &Access, verb: &Verb) -> Result<(), Failed> {
    let path = |contract: &str| format!("/api/v1/agreements/{}/versions", segment(contract));
    let shown: VersionsInfo = match verb {
        Verb::Versions { contract } => get(context, access, &path(contract))?,
        Verb::RefuseRenewal { contract } => {
            let path = format!("{}/renewal", path(contract));
            ask(context, access, async |client| client.post(&path, &serde_json::json!({})).await)?
        }
        Verb::Amend(amendment) => {
            let body = amended(amendment)?;
            ask(context, access, async |client| client.post(&path(&amendment.contract), &body).await)?
        }
        Verb::Renew { contract, reason, by, until, key } => {
            let body = NewVersion {
                end_time: *until,
                extend_by: by.clone(),
                ..empty(VersionKind::Renewal, reason, key.as_deref())
            };
            ask(context, access, async |client| client.post(&path(contract), &body).await)?
        }
        Verb::AnswerVersion { contract, proposal, action, reason } => {
            let there: VersionsInfo = get(context, access, &path(contract))?;
            let found = there.proposals.iter().find(|one| one.version_id == *proposal);
            // What is signed is what is shown here.
            if let Some(found) = found.filter(|_| !context.json) {
                tell(context, &found.differences);
            }
            let body = VersionDecision {
                version_id: proposal.clone(),
                action: action.clone(),
                contract_hash: found.map(|found| found.contract_hash.clone()).unwrap_or_default(),
                reason: reason.clone(),
            };
            let path = format!("{}/decision", path(contract));
            ask(context, access, async |client| client.post(&path, &body).await)?
        }
        Verb::VersionFile { contract, number, out, platform } => {
            let kept = if *platform { "contracts" } else { "agreements" };
            let path = format!("/api/v1/{kept}/{}/versions/{number}/file", segment(contract));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            context.print(format!("{} {}", context.say("合约文件已写入", "the contract is in"), out.display()));
            return Ok(());
        }
    };
    print(context, &shown)
}

fn get<T: DeserializeOwned + Serialize>(context: &Context, access: &Access, path: &str) -> Result<T, Failed> {
    ask(context, access, async |client| client.get(path).await)
}

fn empty(kind: VersionKind, reason: &str, key: Option<&str>) -> NewVersion {
    NewVersion {
        version_id: key.map_or_else(|| xinyu_store::Ids::system().new_id().to_string(), str::to_owned),
        kind,
        reason: reason.to_owned(),
        change: None,
        policies: None,
        revenue: None,
        smart_clauses: None,
        end_time: None,
        extend_by: None,
        answer_by: None,
    }
}

fn amended(amendment: &Amendment) -> Result<NewVersion, Failed> {
    let change = TermsChange {
        uses: amendment.uses,
        fields: Some(amendment.field.clone()).filter(|fields| !fields.is_empty()),
        duration: amendment.duration.clone(),
        term: None,
        base_fen: amendment.base_fen,
        per_use_fen: amendment.per_use_fen,
        service_parties: None,
    };
    Ok(NewVersion {
        change: Some(change).filter(|change| !change.is_empty()),
        policies: amendment.policies.as_ref().map(read).transpose()?,
        smart_clauses: amendment.smart_clauses.as_ref().map(read).transpose()?,
        end_time: amendment.until,
        ..empty(VersionKind::Amendment, &amendment.reason, amendment.key.as_deref())
    })
}

fn read<T: DeserializeOwned>(path: &PathBuf) -> Result<T, Failed> {
    let fail = |error: &dyn std::fmt::Display| Failed::usage(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| fail(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| fail(&error))
}

fn print(context: &Context, info: &VersionsInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    context.print(format!("{} {}", context.say("合约", "contract"), info.contract_id));
    for version in &info.versions {
        let state = if version.replaced_at.is_some() {
            context.say("已被取代", "replaced")
        } else {
            context.say("现行", "in force")
        };
        let kind = version.kind.map_or_else(|| context.say("签订", "signed"), |kind| word(context, kind));
        let end = version.end_time.map_or_else(String::new, |end| end.to_string());
        context.print(format!("  {}  {kind}  {state}  → {end}  {}", version.number, version.contract_hash));
        tell(context, &version.differences);
    }
    for one in &info.proposals {
        let by = if one.ours { context.say("本方", "ours") } else { context.say("对方", "theirs") };
        let (kind, moves) = (word(context, one.kind), one.moves.join(", "));
        let note = one.note.as_deref().unwrap_or_default();
        let line = format!(
            "  {}  {by}  {kind} {}  {}  {}  {note}  {moves}",
            one.version_id,
            one.number,
            context.word("proposal", &one.state),
            one.reason
        );
        context.print(line.trim_end());
        tell(context, &one.differences);
    }
    Ok(())
}

fn word(context: &Context, kind: VersionKind) -> &str {
    match kind {
        VersionKind::Amendment => context.say("变更", "amendment"),
        VersionKind::Renewal => context.say("续签", "renewal"),
    }
}

fn tell(context: &Context, differences: &[DifferenceInfo]) {
    for one in differences {
        context.print(format!("      {}", context.text(&one.text)));
    }
}
