//! `xinyu account key …`: ways to log in besides the password, tied to one's own account.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::login::{CertificateOrder, Challenge, NewCertificateKey, NewDidKey, OwnCertificate};
use xinyu_protocol::api::user::LoginKeyInfo;
use xinyu_protocol::text::Lang;

use crate::client::{Access, Client, ask, segment};
use crate::output::{Context, Failed};
use crate::signing::Signer;

/// What can be done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出登录方式 / those that are tied.
    List,
    /// 绑定证书 / ties a certificate.
    AddCertificate {
        /// 证书（PEM），其后可附中间证书 / the certificate in PEM, then whoever issued it.
        certificate: PathBuf,
        /// 私钥（PKCS#8 PEM） / its private key.
        #[arg(long)]
        private_key: PathBuf,
        /// 备注名称 / what to call it.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// 绑定 DID / ties a DID.
    AddDid {
        /// did:web:…#密钥名、did:jwk:…，或 did:jwk（由私钥得出） / the DID with the name of the key; `did:jwk` alone is that of the key.
        did: String,
        /// 私钥（PKCS#8 PEM） / the private key.
        #[arg(long)]
        private_key: PathBuf,
        /// 备注名称 / what to call it.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// 向平台申领本人证书并绑定 / asks the platform for a certificate of one's own, and ties it.
    Order {
        /// 证书请求（PKCS#10 PEM），CN 为本人用户名 / the request, with one's own name as CN.
        request: PathBuf,
        /// 证书链写入的文件 / where to write the certificate with its chain.
        #[arg(long)]
        out: PathBuf,
        /// 备注名称 / what to call it.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// 移除登录方式 / forgets one.
    Remove {
        /// 编号 / its id.
        key: String,
    },
}

const PATH: &str = "/api/v1/me/login-keys";

/// Runs a verb.
pub(crate) fn run(context: &Context, access: &Access, verb: &Verb) -> Result<(), Failed> {
    let usage = |error: anyhow::Error| Failed::usage(format!("{error:#}"));
    match verb {
        Verb::List => {
            let list: List<LoginKeyInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::AddCertificate { certificate, private_key, label } => {
            let signer = Signer::certificate(private_key).map_err(usage)?;
            let (certificate, password) = (text(certificate).map_err(usage)?, access.password().map_err(usage)?);
            let added: LoginKeyInfo = ask(context, access, async |client| {
                let (challenge_id, signature) = signed(client, "certificate", access, &signer).await?;
                let (certificate, label, password) = (certificate.clone(), label.clone(), password.clone());
                let body = NewCertificateKey { challenge_id, certificate, signature, label, password };
                client.post(&format!("{PATH}/certificate"), &body).await
            })?;
            print_list(context, &List { items: vec![added] })
        }
        Verb::AddDid { did, private_key, label } => {
            let signer = Signer::did(private_key, did).map_err(usage)?;
            let password = access.password().map_err(usage)?;
            let did = signer.name().unwrap_or_default().to_owned();
            let added: LoginKeyInfo = ask(context, access, async |client| {
                let (challenge_id, jws) = signed(client, "did", access, &signer).await?;
                let (did, label, password) = (did.clone(), label.clone(), password.clone());
                let body = NewDidKey { challenge_id, did, jws, label, password };
                client.post(&format!("{PATH}/did"), &body).await
            })?;
            print_list(context, &List { items: vec![added] })
        }
        Verb::Order { request, out, label } => {
            let (request, password) = (text(request).map_err(usage)?, access.password().map_err(usage)?);
            let body = CertificateOrder { request, label: label.clone(), password };
            let made: OwnCertificate =
                ask(context, access, async |client| client.post(&format!("{PATH}/certificate/issuance"), &body).await)?;
            std::fs::write(out, &made.chain).with_context(|| out.display().to_string()).map_err(usage)?;
            print_list(context, &List { items: vec![made.key] })
        }
        Verb::Remove { key } => {
            let path = format!("{PATH}/{}/removal", segment(key));
            let _: IgnoredAny = ask(context, access, async |client| client.post(&path, &json!({})).await)?;
            Ok(())
        }
    }
}

async fn signed(client: &Client, method: &str, access: &Access, signer: &Signer) -> anyhow::Result<(String, String)> {
    let asked: Challenge = client.post(&format!("{PATH}/{method}/challenge"), &json!({})).await?;
    let answer = signer.answer(&asked.text, access.signs_for())?;
    Ok((asked.challenge_id, answer))
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn print_list(context: &Context, list: &List<LoginKeyInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "方式", "名称", "标识", "绑定时间", "最近使用"],
        Lang::En => ["id", "method", "name", "subject", "since", "last used"],
    };
    let row = |one: &LoginKeyInfo| {
        vec![
            one.key_id.clone(),
            context.word("login-method", &one.method),
            one.label.clone(),
            one.subject.clone(),
            one.added_at.to_string(),
            one.used_at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
