//! `xinyu evidence verify DIR|URL [--receipt FILE | --proof FILE]`: the log of a space, or what proves one entry of it, computed again from nothing but the files.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use xinyu_crypto::timestamp::Stamp;
use xinyu_evidence::verify::{Depth, Extent, FileSource, LogReport, VerifyOptions, verify_log_to};

use crate::client::Access;
use crate::output::{Context, Failed};

mod lineage;
mod metering;
mod proof;
mod receipt;
mod remote;
mod search;
mod stamp;
mod stub;
mod witness;

use witness::Finding;

/// What can be done with evidence.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 离线验证存证日志或回执 / verify a log or a receipt.
    Verify {
        /// 存证目录或地址 / the folder or the URL of a log.
        source: String,
        /// 回执文件 / a receipt.
        #[arg(long)]
        receipt: Option<PathBuf>,
        /// 标准格式的存证证明文件（.tlog-proof），可来自其他厂商的日志 / a proof of an entry in the standard form, of any maker's log.
        #[arg(long, conflicts_with_all = ["receipt", "earlier", "cosigned", "authority"])]
        proof: Option<PathBuf>,
        /// 证明所指的存证原文，证明未附带时需要 / the entry that is proven, if the proof does not bring it.
        #[arg(long, requires = "proof")]
        entry: Option<PathBuf>,
        /// 早先保存的检查点，用于发现回退 / an earlier checkpoint, to detect a rollback.
        #[arg(long)]
        earlier: Option<PathBuf>,
        /// 见证策略文件（平台公布的 policy 或自备），共签不足即失败 / a policy of witnesses, which have to be enough.
        #[arg(long)]
        policy: Option<PathBuf>,
        /// 验证目录时，平台公布的带共签的检查点 / for a folder: the checkpoint as it is served, with the lines of the witnesses.
        #[arg(long, requires = "policy", conflicts_with = "receipt")]
        cosigned: Option<PathBuf>,
        /// 时间戳服务的根证书（PEM），核验日志中的全部可信时间戳 / roots of time-stamp authorities, to verify all time-stamps of the log.
        #[arg(long, conflicts_with = "receipt")]
        authority: Option<PathBuf>,
        /// 核验到哪一层；浅的较快，报告会写明未核验什么 / how far to go; what a faster one leaves out, the report says.
        #[arg(long, value_enum, default_value = "full", conflicts_with_all = ["receipt", "proof"])]
        depth: Far,
    },
    /// 由回执导出标准格式的证明（.tlog-proof），供其他厂商的工具核验 / the proof in a receipt in the standard form, for the tools of others.
    Proof {
        /// 回执文件 / a receipt.
        receipt: PathBuf,
    },
    /// 由存证离线还原数据的来源、流向与当前状态 / where data came from and went, read out of a verified log.
    Lineage(lineage::Wanted),
    /// 溯源存根：由日志文件取一份，或离线核验 / stubs of lineages: made from the files of a log, or checked offline.
    #[command(subcommand)]
    Stub(stub::Stubs),
    /// 由存证离线重新关闭各计量周期，并与平台记录核对 / metering periods, closed again from a verified log.
    Metering(metering::Wanted),
    /// 查看日志的可信时间戳 / the time-stamps of the log of a space.
    Stamps {
        #[command(flatten)]
        access: Access,
        /// 空间 / the space.
        space: String,
    },
    /// 查看日志的见证方及其共签 / who cosigns the log of a space.
    Witnesses {
        #[command(flatten)]
        access: Access,
        /// 空间 / the space.
        space: String,
    },
    /// 查看本节点作为见证方共签过的日志 / what this node has cosigned as a witness.
    Witnessed {
        #[command(flatten)]
        access: Access,
    },
    /// 按策略、时间、主体、结果检索节点的存证 / records of a node by policy, time, subject and result.
    Search {
        #[command(flatten)]
        access: Access,
        #[command(flatten)]
        filters: Box<search::Filters>,
        /// 上一页给出的标记 / where the page before ended.
        #[arg(long)]
        after: Option<String>,
        /// 条数，至多 200 / how many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// 按产品、使用人等统计 / how often what came to which result.
    Summary {
        #[command(flatten)]
        access: Access,
        #[command(flatten)]
        filters: Box<search::Filters>,
        /// product、user、contract、actor 或 kind / by what.
        #[arg(long, default_value = "product")]
        by: String,
    },
}

/// How far a verification goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Far {
    /// 全部：两棵树、每条记录及其签名 / everything: both trees, every record and its signature.
    Full,
    /// 仅由记录原文重算两棵树 / both trees only, computed again from the entries.
    Structure,
    /// 仅重算 SHA-256 树，与其他厂商的核验工具相同 / the SHA-256 tree only, as verifiers of other makers do.
    Sha256,
}

impl Far {
    fn extent(self) -> Extent {
        let depth = match self {
            Self::Full => Depth::Full,
            Self::Structure => Depth::Structure,
            Self::Sha256 => Depth::Sha256,
        };
        Extent { depth, ..Extent::default() }
    }
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    let (source, earlier, policy, cosigned, authority, depth) = match verb {
        Verb::Verify { source, receipt: Some(path), policy, .. } => {
            return receipt::verify(context, open(source)?.as_ref(), path, policy.as_deref());
        }
        Verb::Verify { source, proof: Some(path), entry, policy, .. } => {
            return proof::verify(context, open(source)?.as_ref(), (path, entry.as_deref()), policy.as_deref());
        }
        Verb::Verify { source, earlier, policy, cosigned, authority, depth, .. } => {
            (source, earlier, policy.as_deref(), cosigned.as_deref(), authority.as_deref(), depth)
        }
        Verb::Proof { receipt } => return proof::export(context, receipt),
        Verb::Lineage(wanted) => return lineage::run(context, wanted),
        Verb::Stub(verb) => return stub::run(context, verb),
        Verb::Metering(wanted) => return metering::run(context, wanted),
        Verb::Stamps { access, space } => return stamp::of_log(context, access, space),
        Verb::Witnesses { access, space } => return witness::of_log(context, access, space),
        Verb::Witnessed { access } => return witness::own(context, access),
        Verb::Search { access, filters, after, limit } => return search::list(context, access, filters, after, *limit),
        Verb::Summary { access, filters, by } => return search::summary(context, access, filters, by),
    };
    let files = open(source)?;
    let earlier = earlier
        .as_ref()
        .map(|path| {
            std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
        })
        .transpose()?;
    let options = VerifyOptions { earlier, ..VerifyOptions::default() };
    let report = verify_log_to(files.as_ref(), &options, depth.extent());
    let checkpoint = cosigned.map(|path| witness::read(context, path, &report.checkpoint)).transpose()?;
    let checkpoint = checkpoint.as_ref().unwrap_or(&report.checkpoint);
    let finding = policy.map(|policy| witness::look(policy, checkpoint)).transpose()?;
    let stamps = authority.map(|path| stamp::verify(context, files.as_ref(), report.size, path)).transpose();
    // What the log itself is comes first, then what others say of it.
    let found = Beside { witnesses: finding.as_ref(), stamps: stamps.as_ref().ok().and_then(Option::as_deref) };
    tell(context, source, &report, &found)?;
    stamps?;
    finding.map_or(Ok(()), |finding| finding.tell(context))
}

/// A log, from a folder or an address.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn open(source: &str) -> Result<Box<dyn FileSource>, Failed> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return Ok(Box::new(remote::Remote::fetch(source)?));
    }
    Ok(Box::new(Folder::open(Path::new(source))?))
}

/// What others say of a log.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    witnesses: Option<&'a Finding>,
    stamps: Option<&'a [(u64, Stamp)]>,
}

/// Tells what was found of a log.
///
/// # Errors
/// If it is not whole.
pub(crate) fn tell(context: &Context, source: &str, report: &LogReport, beside: &Beside<'_>) -> Result<(), Failed> {
    if context.json {
        context.print_json(&json!({
            "ok": report.ok, "origin": report.origin, "space": report.space, "entries": report.entries, "root": report.root,
            "sm3_root": report.sm3_root, "checkpoint": report.checkpoint, "signatures_checked": report.signatures_checked,
            "disposed": report.disposed, "problems": report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "not_checked": report.not_checked, "witnessed": beside.witnesses.map(Finding::json),
            "stamps": beside.stamps.map(stamp::json),
        }))?;
    } else if let Some(not_checked) = report.not_checked.as_ref().filter(|_| report.ok) {
        let trees = context.say("树与签署的检查点一致", "the trees are those of the signed heads");
        let entries = context.say("条", "entries");
        context.print(format!("{trees}: {} {entries}, root {}", report.entries, report.root));
        context.print(context.text(not_checked));
        stamp::tell(context, beside.stamps.unwrap_or_default());
    } else if report.ok {
        context.print(format!(
            "{}: {} {}, {} {}, root {}",
            context.say("存证完整", "the log is whole"),
            report.entries,
            context.say("条", "entries"),
            report.signatures_checked,
            context.say("个签名", "signatures"),
            report.root
        ));
        if report.disposed > 0 {
            let told = context.say("条已到期处置，只保留哈希", "entries were disposed of when their time was over");
            context.print(format!("{} {told}", report.disposed));
        }
        stamp::tell(context, beside.stamps.unwrap_or_default());
    }
    if report.ok {
        return Ok(());
    }
    let first = report.problems.first().map_or_else(String::new, |problem| {
        let at = problem.index.map(|index| format!(" #{index}")).unwrap_or_default();
        format!("{}{at}: {}", problem.path, context.text(&problem.text))
    });
    Err(Failed::from(format!(
        "{source}: {} ({}): {first}",
        context.say("存证被改动或不完整", "the log was changed or is not whole"),
        report.problems.len()
    )))
}

/// A log in a folder.
struct Folder {
    root: PathBuf,
    paths: Vec<String>,
}

impl Folder {
    fn open(root: &Path) -> Result<Self, Failed> {
        let mut paths = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries =
                std::fs::read_dir(&folder).map_err(|error| Failed::usage(format!("{}: {error}", folder.display())))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(below) = path.strip_prefix(root) {
                    paths.push(
                        below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"),
                    );
                }
            }
        }
        Ok(Self { root: root.to_owned(), paths })
    }
}

impl FileSource for Folder {
    fn list(&self) -> Vec<String> {
        self.paths.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.root.join(path)).map_err(|error| error.to_string())
    }
}
