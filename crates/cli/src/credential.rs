//! `xinyu credential list|revoke|verify` and `xinyu did show|rotate`: who a node is to connectors of other makers, by the management API. DCP 1.0.1.

mod verify;

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation, DidInfo, DidRotation};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// What can be done with verifiable credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出凭证：平台已签发的，或连接器持有的 / those that a platform has issued, or a connector holds.
    List,
    /// 撤销平台签发的一张凭证，立即对所有核验方生效 / revoke one that the platform has issued; from the next look on nobody believes it.
    Revoke {
        /// 凭证标识 / its id.
        credential: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 验证凭证：只凭文件与签发方公开的信息，不需登录 / verifies one, by the file and what its issuer publishes; no login.
    Verify {
        /// 凭证文件（JWT） / the credential, a JWT.
        file: PathBuf,
        /// 签发方就在本机（演示、试验） / the issuer is on this machine.
        #[arg(long)]
        local: bool,
    },
}

/// What can be done with the DID.
#[derive(Debug, Subcommand)]
pub(crate) enum DidVerb {
    /// 显示 DID、密钥历史与文档 / the DID, its keys and its document.
    Show,
    /// 更换签名密钥 / let a new key sign from now on.
    Rotate {
        /// 现用密钥可能已泄露：同时宣布不再相信它及它所签的一切 / the present key may be known to others: nobody shall believe it any more.
        #[arg(long)]
        withdraw: bool,
    },
}

const PATH: &str = "/api/v1/credentials";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    match &asked.verb {
        Verb::List => {
            let list: List<CredentialInfo> = ask(context, &asked.access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Verify { file, local } => verify::run(context, file, *local),
        Verb::Revoke { credential, reason } => {
            let body = CredentialRevocation { credential_id: credential.clone(), reason: reason.clone() };
            let path = format!("{PATH}/revocation");
            let revoked: CredentialInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
            if context.json {
                return context.print_json(&revoked);
            }
            context.print(format!("{}  {}", revoked.credential_id, context.say("已撤销", "revoked")));
            Ok(())
        }
    }
}

fn print_list(context: &Context, list: &List<CredentialInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有凭证", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["凭证", "类型", "格式", "签发方", "持有方", "有效期至", "状态"],
        Lang::En => ["credential", "type", "profile", "issuer", "holder", "valid until", "state"],
    };
    let row = |one: &CredentialInfo| {
        let state =
            if one.revoked_at.is_some() { context.say("已撤销", "revoked") } else { context.say("有效", "valid") };
        vec![
            one.credential_id.clone(),
            one.kind.clone(),
            one.profile.clone(),
            one.issuer.clone(),
            one.holder.clone(),
            one.expires_at.map(|at| at.to_string()).unwrap_or_default(),
            state.to_owned(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

/// Runs a verb of the DID.
pub(crate) fn did(context: &Context, asked: &Asked<DidVerb>) -> Result<(), Failed> {
    let info: DidInfo = match &asked.verb {
        DidVerb::Show => ask(context, &asked.access, async |client| client.get("/api/v1/did").await)?,
        DidVerb::Rotate { withdraw } => {
            let body = DidRotation { withdraw: *withdraw };
            ask(context, &asked.access, async |client| client.post("/api/v1/did/rotation", &body).await)?
        }
    };
    if context.json {
        return context.print_json(&info);
    }
    context.print(&info.did);
    let head = match context.lang {
        Lang::Zh => ["密钥", "启用", "停用", "宣布作废"],
        Lang::En => ["key", "made", "retired", "withdrawn"],
    };
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let rows = info
        .keys
        .iter()
        .map(|key| vec![key.kid.clone(), key.made_at.to_string(), time(key.retired_at), time(key.withdrawn_at)]);
    context.print_table(&head, rows);
    Ok(())
}
