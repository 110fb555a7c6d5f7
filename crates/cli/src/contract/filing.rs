//! What the platform keeps of a contract that is filed under keys of its parties, on the command line. TC609-6-2025-14 §7.5 e.

use std::path::PathBuf;

use clap::Args;

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// What is fetched, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Filed {
    /// 合约标识 / the contract.
    contract: String,
    /// 第几版，默认为现行版 / which version; the one in force where nothing is said.
    #[arg(long, conflicts_with = "platform")]
    version: Option<u32>,
    /// 写入文件 / where to.
    #[arg(long)]
    out: PathBuf,
    /// 从平台导出密文（默认由连接器取回并打开） / the sealed text of a platform, rather than the text as a connector opens it.
    #[arg(long)]
    platform: bool,
}

/// Fetches it.
pub(crate) fn run(context: &Context, access: &Access, asked: &Filed) -> Result<(), Failed> {
    let contract = segment(&asked.contract);
    let path = match (asked.platform, asked.version) {
        (true, _) => format!("/api/v1/contracts/{contract}/sealed"),
        (false, Some(version)) => format!("/api/v1/agreements/{contract}/filed?version={version}"),
        (false, None) => format!("/api/v1/agreements/{contract}/filed"),
    };
    let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
    std::fs::write(&asked.out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", asked.out.display())))?;
    let said = match asked.platform {
        true => context.say("备案密文已写入", "the sealed text is in"),
        false => context.say("备案文本已打开、核验并写入", "what was filed is opened, checked and in"),
    };
    context.print(format!("{said} {}", asked.out.display()));
    Ok(())
}
