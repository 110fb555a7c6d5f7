//! `xinyu certificate list|request|export|revoke|verify`: certificates of connectors and platforms, by the management API; `verify` works offline.
//! NDI-TR-2025-03 §7.2, Appendix A.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use clap::Subcommand;
use serde::Serialize;
use xinyu_core::certificate::refused;
use xinyu_crypto::x509::{Certificate, Expected, Place, RevocationList, X509Error, verify_chain};
use xinyu_protocol::api::List;
use xinyu_protocol::api::certificate::{CertificateInfo, NewCertificate, Revocation};
use xinyu_protocol::text::Lang;

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出证书：平台签发的，或连接器自己的 / those that a platform issued, or that a connector has.
    List {
        #[command(flatten)]
        access: Access,
    },
    /// 连接器向平台申请（或更新）证书 / a connector asks its platform for one, or renews it.
    Request {
        #[command(flatten)]
        access: Access,
        /// sm（SM2）或 intl（P-256） / sm (SM2) or intl (P-256).
        #[arg(long, default_value = "sm")]
        suite: String,
        /// 写入 CN 的域名或 IP，默认取连接器地址 / the domain or IP for CN; the host of the connector's address when absent.
        #[arg(long)]
        place: Option<String>,
    },
    /// 导出证书链（PEM） / a certificate with its chain, in PEM.
    Export {
        /// 序列号 / serial number.
        serial: String,
        /// 写入文件，默认输出到标准输出 / where to write it; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// 平台吊销证书 / a platform takes one back.
    Revoke {
        /// 序列号 / serial number.
        serial: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        access: Access,
    },
    /// 离线验证证书链 / verify a chain offline.
    Verify {
        /// 证书链（PEM），先终端证书，后签发证书 / the chain in PEM, the certificate first.
        file: PathBuf,
        /// 受信任的根证书（PEM） / the trusted roots, in PEM.
        #[arg(long)]
        root: PathBuf,
        /// 吊销列表（DER 或 PEM），可重复 / revocation lists, in DER or PEM; may stand several times.
        #[arg(long = "list")]
        lists: Vec<PathBuf>,
        /// OU 应为该标识 / the identifier that OU must name.
        #[arg(long)]
        id: Option<String>,
        /// 应适用于该域名或 IP / the domain or IP that it must be for.
        #[arg(long)]
        place: Option<String>,
        /// 按该时间验证（RFC 3339），默认现在 / as of when; now when absent.
        #[arg(long)]
        at: Option<jiff::Timestamp>,
    },
}

const PATH: &str = "/api/v1/certificates";

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    match verb {
        Verb::List { access } => {
            let list: List<CertificateInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Request { access, suite, place } => {
            let body = NewCertificate { suite: suite.clone(), place: place.clone() };
            let got: CertificateInfo = ask(context, access, async |client| client.post(PATH, &body).await)?;
            print_one(context, &got)
        }
        Verb::Export { serial, out, access } => {
            let path = format!("{PATH}/{}/file", segment(serial));
            let pem = ask(context, access, async |client| client.bytes(&path).await)?;
            match out {
                Some(out) => {
                    std::fs::write(out, &pem).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))
                }
                None => {
                    context.print(String::from_utf8_lossy(&pem).trim_end());
                    Ok(())
                }
            }
        }
        Verb::Revoke { serial, reason, access } => {
            let path = format!("{PATH}/{}/revocation", segment(serial));
            let body = Revocation { reason: reason.clone() };
            let got: CertificateInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            print_one(context, &got)
        }
        Verb::Verify { file, root, lists, id, place, at } => {
            let report = Check { file, root, lists, id: id.as_deref(), place: place.as_deref(), at: *at };
            print_report(context, &report.verify(context)?)
        }
    }
}

fn print_list(context: &Context, list: &List<CertificateInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("还没有证书", "none yet"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["序列号", "状态", "算法", "持有者", "标识", "有效期至"],
        Lang::En => ["serial", "state", "key", "holder", "identifier", "good until"],
    };
    let row = |one: &CertificateInfo| {
        vec![
            one.serial.clone(),
            context.word("certificate", &one.state),
            context.word("certificate-key", &one.suite),
            one.holder_name.clone(),
            one.holder.clone(),
            one.not_after.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, one: &CertificateInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(one);
    }
    let state = context.word("certificate", &one.state);
    context.print(format!("{} {}  {state}", context.say("证书", "certificate"), one.serial));
    context.print(format!("  {}", one.subject));
    context.print(format!("  {} {}", context.say("有效期至", "good until"), one.not_after));
    Ok(())
}

/// What is verified, against what.
struct Check<'a> {
    file: &'a Path,
    root: &'a Path,
    lists: &'a [PathBuf],
    id: Option<&'a str>,
    place: Option<&'a str>,
    at: Option<jiff::Timestamp>,
}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    serial: String,
    subject: String,
    issuer: String,
    suite: String,
    not_after: u64,
    fingerprint: String,
    lists: usize,
}

impl Check<'_> {
    fn verify(&self, context: &Context) -> Result<Report, Failed> {
        let chain = Certificate::chain_from_pem(&text(self.file)?).map_err(|error| why(context, self.file, &error))?;
        let roots = Certificate::chain_from_pem(&text(self.root)?).map_err(|error| why(context, self.root, &error))?;
        let mut lists = Vec::new();
        for path in self.lists {
            lists.push(list(path).map_err(|error| why(context, path, &error))?);
        }
        let place = self.place.map(Place::parse).transpose().map_err(|error| Failed::usage(error.to_string()))?;
        let expected = Expected {
            roots: &roots,
            lists: &lists,
            must_have_lists: false,
            unit: self.id,
            place: place.as_ref(),
            now: self.now()?,
        };
        verify_chain(&chain, &expected).map_err(|error| why(context, self.file, &error))?;
        let end = chain.first().ok_or_else(|| Failed::usage("the chain is empty"))?;
        Ok(Report {
            ok: true,
            serial: end.serial(),
            subject: end.subject_text(),
            issuer: end.issuer_text(),
            suite: end.suite().to_string(),
            not_after: end.not_after(),
            fingerprint: end.fingerprint(),
            lists: lists.len(),
        })
    }

    #[expect(clippy::disallowed_methods, reason = "a command that a person runs has no other clock than the machine's")]
    fn now(&self) -> Result<u64, Failed> {
        match self.at {
            Some(at) => u64::try_from(at.as_second()).map_err(|_| Failed::usage("--at is before 1970")),
            None => Ok(std::time::SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs()),
        }
    }
}

fn text(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

fn list(path: &Path) -> Result<RevocationList, X509Error> {
    let malformed = |error: std::io::Error| X509Error::Malformed { what: "revocation list", why: error.to_string() };
    let bytes = std::fs::read(path).map_err(malformed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN") => RevocationList::from_pem(text),
        _ => RevocationList::from_der(&bytes),
    }
}

fn why(context: &Context, path: &Path, error: &X509Error) -> Failed {
    Failed::from(format!("{}: {}", path.display(), context.text(&refused(error).text)))
}

fn print_report(context: &Context, report: &Report) -> Result<(), Failed> {
    if context.json {
        return context.print_json(report);
    }
    context.print(format!("{} {}", context.say("证书有效", "the certificate is valid"), report.serial));
    context.print(format!("  {}: {}", context.say("主体", "subject"), report.subject));
    context.print(format!("  {}: {}", context.say("签发者", "issuer"), report.issuer));
    if report.lists == 0 {
        context.print(context.say(
            "  未提供吊销列表，未检查是否已吊销（--list）",
            "  no revocation list was given: whether it was revoked is not known (--list)",
        ));
    }
    Ok(())
}
