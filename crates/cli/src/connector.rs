//! `xinyu connector list|show|enrol|decide|standing|look|deregister|device|attach|resolve` and `xinyu sbom`: connectors as devices, by the management API; the list of what this
//! program is made of is made from the lock file it was built with. NDI-TR-2025-03 §7.2, table 12; NDI-TR-2025-04 §6.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::device::{
    AttachmentInfo, ConnectorInfo, ConnectorLife, Deregistration, DeviceInfo, NewAttachment, Resolution,
};
use xinyu_protocol::text::Lang;

use crate::client::{Access, Asked, ask, segment};
use crate::output::{Context, Failed};

/// The packages that this program was built from.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// What can be done with connectors.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 平台：列出连接器及其运行状态 / on a platform: all of them, and how they are doing.
    List,
    /// 平台：一个连接器的信息、历史与附件 / on a platform: one with its history and documents.
    Show {
        /// 连接器标识 / its identifier.
        id: String,
    },
    /// 登记异构接入连接器：在本主体的连接器上，或由平台代为登记 / enrols another maker's connector: on the member's own, or on the platform for a member.
    Enrol(Box<Enrolment>),
    /// 平台：审核异构接入连接器 / on a platform: admits or refuses another maker's connector.
    Decide {
        /// 连接器标识 / its identifier.
        id: String,
        /// 驳回 / refuses it.
        #[arg(long)]
        refuse: bool,
        /// 意见 / a note.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 平台：暂停、恢复、吊销异构接入连接器 / on a platform: suspends, resumes, revokes another maker's connector.
    Standing {
        /// 连接器标识 / its identifier.
        id: String,
        /// suspend、resume 或 revoke.
        action: String,
        /// 原因 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 平台：重新探测异构接入连接器 / on a platform: looks at another maker's connector again.
    Look {
        /// 连接器标识 / its identifier.
        id: String,
    },
    /// 平台：注销连接器，历史保留 / on a platform: takes one out of the register, its history stays.
    Deregister {
        /// 连接器标识 / its identifier.
        id: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
    /// 连接器：本机设备信息与能力 / on a connector: what it is and can do.
    Device,
    /// 连接器：向平台提交附件（NDI-TR-2025-03 表 12） / on a connector: hands a document to its platform.
    Attach {
        /// 类型，如 supply_chain、crypto_module / its kind.
        kind: String,
        /// 文件；省略则提交本程序的软件物料清单 / the file; without it the list of what this program is made of.
        file: Option<PathBuf>,
        /// 签发单位 / who issued it.
        #[arg(long, default_value = "")]
        issuer: String,
        /// 到期日期 YYYY-MM-DD / until when it is good.
        #[arg(long, default_value = "")]
        expires: String,
    },
    /// 标识解析：所在节点、地址与状态 / where the thing is that an identifier names.
    Resolve {
        /// 标识 / the identifier.
        identifier: String,
    },
}

/// What a member says of another maker's connector.
#[derive(Debug, Args)]
pub(crate) struct Enrolment {
    /// 连接器的 DID（did:web） / its DID.
    #[arg(long)]
    did: String,
    /// DSP 地址，其下有 /.well-known/dspace-version / base URL of its Dataspace Protocol.
    #[arg(long)]
    address: String,
    /// 厂商名称 / who made it.
    #[arg(long)]
    maker: String,
    /// 厂商统一社会信用代码 / the maker's credit code.
    #[arg(long, default_value = "")]
    maker_code: String,
    /// 产品名称 / what it is called.
    #[arg(long)]
    product: String,
    /// 产品版本 / its version.
    #[arg(long, default_value = "")]
    product_version: String,
    /// 角色：consumer、provider 或 service / its role.
    #[arg(long, default_value = "consumer")]
    role: String,
    /// 空间标识，可多次 / a space, as often as there are some.
    #[arg(long = "space", required = true)]
    spaces: Vec<String>,
    /// 厂商声明的能力，可多次 / what it can do by its maker's word.
    #[arg(long = "ability")]
    abilities: Vec<String>,
    /// 密码套件 sm、intl，可多次 / suites of its cryptography.
    #[arg(long = "suite")]
    suites: Vec<String>,
    /// 传输方式，如 HttpData-PULL，可多次 / how it moves data.
    #[arg(long = "transfer")]
    transfers: Vec<String>,
    /// 厂商声明能自行执行的约束与义务，可多次 / what of a contract's rules it keeps by itself.
    #[arg(long = "enforces")]
    enforces: Vec<String>,
    /// 平台代为登记时：所属成员的连接器标识 / on a platform: the member's own connector.
    #[arg(long)]
    owner: Option<String>,
}

impl Enrolment {
    fn body(&self) -> Value {
        let statement = json!({
            "did": self.did, "address": self.address, "role": self.role, "authentication": "dcp", "spaces": self.spaces,
            "device": {
                "supplierName": self.maker, "supplierCode": self.maker_code, "connectorName": self.product,
                "connectorVersion": self.product_version,
            },
            "abilities": self.abilities, "suites": self.suites, "transferProfiles": self.transfers,
            "enforces": self.enforces,
        });
        match &self.owner {
            Some(owner) => json!({ "owner": owner, "statement": statement }),
            None => statement,
        }
    }
}

/// Posts about another maker's connector, and says how it stands.
fn posted(context: &Context, access: &Access, path: &str, body: &Value) -> Result<(), Failed> {
    let info: ConnectorInfo = ask(context, access, async |client| client.post(path, body).await)?;
    if context.json {
        return context.print_json(&info);
    }
    let lacking: Vec<String> = info.lacking.iter().flat_map(|lack| lack.what.clone()).collect();
    context.print(format!("{}  {}  {}", info.connector_id, info.name, context.word("state", &info.membership)));
    if !lacking.is_empty() {
        context.print(format!(
            "{} {}",
            context.say("缺少空间要求的能力：", "lacks what its spaces ask for:"),
            lacking.join(", ")
        ));
    }
    print_adaptation(context, &info);
    Ok(())
}

fn print_adaptation(context: &Context, info: &ConnectorInfo) {
    let Some(other) = &info.heterogeneous else {
        return;
    };
    let versions: Vec<&str> = other.probed.versions.iter().map(|one| one.version.as_str()).collect();
    context.print(format!("{}  {}", other.statement.did, versions.join(", ")));
    let head = match context.lang {
        Lang::Zh => ["能力", "由谁承担", "方式"],
        Lang::En => ["ability", "who sees to it", "how"],
    };
    let rows = other.adaptation.iter().map(|row| {
        vec![
            context.word("ability", &row.ability),
            context.word("adapted", row.by.as_str()),
            context.text(&row.text).to_owned(),
        ]
    });
    context.print_table(&head, rows);
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => {
            let list: List<ConnectorInfo> =
                ask(context, access, async |client| client.get("/api/v1/connectors").await)?;
            print_list(context, &list)
        }
        Verb::Show { id } => {
            let path = format!("/api/v1/connectors/{}", segment(id));
            let life: ConnectorLife = ask(context, access, async |client| client.get(&path).await)?;
            print_life(context, &life)
        }
        Verb::Enrol(enrolment) => posted(context, access, "/api/v1/heterogeneousConnectors", &enrolment.body()),
        Verb::Decide { id, refuse, note } => {
            let path = format!("/api/v1/heterogeneousConnectors/{}/decision", segment(id));
            posted(context, access, &path, &json!({ "approve": !refuse, "note": note }))
        }
        Verb::Standing { id, action, reason } => {
            let path = format!("/api/v1/heterogeneousConnectors/{}/standing", segment(id));
            posted(context, access, &path, &json!({ "action": action, "reason": reason }))
        }
        Verb::Look { id } => {
            let path = format!("/api/v1/heterogeneousConnectors/{}/look", segment(id));
            posted(context, access, &path, &json!({}))
        }
        Verb::Deregister { id, reason } => {
            let path = format!("/api/v1/connectors/{}/deregistration", segment(id));
            let body = Deregistration { reason: reason.clone() };
            let info: ConnectorInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
            if context.json {
                return context.print_json(&info);
            }
            context.print(format!("{} {}", context.say("已注销", "deregistered"), info.connector_id));
            Ok(())
        }
        Verb::Device => {
            let info: DeviceInfo = ask(context, access, async |client| client.get("/api/v1/device").await)?;
            context.print_json(&info)
        }
        Verb::Attach { kind, file, issuer, expires } => {
            let (name, content) = document(file.as_ref())?;
            let body = NewAttachment {
                kind: kind.clone(),
                name,
                issue_org: issuer.clone(),
                expire_date: expires.clone(),
                content: STANDARD.encode(content),
            };
            let info: AttachmentInfo =
                ask(context, access, async |client| client.post("/api/v1/attachments", &body).await)?;
            if context.json {
                return context.print_json(&info);
            }
            context.print(format!("{} {}  SHA-256 {}", context.say("已提交", "handed in"), info.name, info.digest));
            Ok(())
        }
        Verb::Resolve { identifier } => {
            let path = format!("/api/v1/identifiers/{}", segment(identifier));
            let found: Resolution = ask(context, access, async |client| client.get(&path).await)?;
            if context.json {
                return context.print_json(&found);
            }
            context.print(format!("{}  {}  {}", found.name, context.word("liveness", &found.status), found.address));
            Ok(())
        }
    }
}

fn document(file: Option<&PathBuf>) -> Result<(String, Vec<u8>), Failed> {
    let Some(path) = file else {
        return Ok(("xinyu-sbom.cdx.json".to_owned(), serde_json::to_vec_pretty(&sbom()?)?));
    };
    let content = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let name = path.file_name().map_or_else(|| "attachment".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok((name, content))
}

fn print_list(context: &Context, list: &List<ConnectorInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("还没有连接器", "none yet"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["连接器", "名称", "准入", "运行", "最近心跳", "版本", "地址", "缺少能力"],
        Lang::En => ["connector", "name", "membership", "liveness", "last seen", "version", "address", "lacks"],
    };
    let row = |one: &ConnectorInfo| {
        vec![
            one.connector_id.clone(),
            one.name.clone(),
            if one.state == "active" { context.word("state", &one.membership) } else { one.state.clone() },
            context.word("liveness", &one.liveness),
            one.seen_at.map(|at| at.to_string()).unwrap_or_default(),
            one.version.clone(),
            one.address.clone(),
            one.lacking.iter().flat_map(|lack| lack.what.clone()).collect::<Vec<_>>().join(", "),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_life(context: &Context, life: &ConnectorLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    let one = &life.connector;
    context.print(format!("{}  {}  {}", one.connector_id, one.name, context.word("liveness", &one.liveness)));
    print_adaptation(context, one);
    for event in &life.history {
        context.print(format!("  {}  {}", event.at, context.text(&event.text)));
    }
    for file in &life.attachments {
        context.print(format!("  [{}] {}  {}", context.word("attachment", &file.kind), file.name, file.digest));
    }
    Ok(())
}

/// `xinyu sbom`: what this program is made of, as CycloneDX 1.5.
pub(crate) fn print_sbom(context: &Context) -> Result<(), Failed> {
    context.print_json(&sbom()?)
}

fn sbom() -> Result<Value, Failed> {
    let lock: toml::Value = toml::from_str(LOCK)?;
    let packages = lock.get("package").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text = |package: &toml::Value, name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    let mut components = Vec::new();
    for package in &packages {
        // What has no source is ours, and is the program itself.
        let (Some(name), Some(version), Some(_)) =
            (text(package, "name"), text(package, "version"), text(package, "source"))
        else {
            continue;
        };
        let purl = format!("pkg:cargo/{name}@{version}");
        let mut component = json!({
            "type": "library", "bom-ref": purl.as_str(), "name": name, "version": version, "purl": purl.as_str(),
        });
        if let (Some(hash), Some(members)) = (text(package, "checksum"), component.as_object_mut()) {
            members.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": hash }]));
        }
        components.push(component);
    }
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": {
            "type": "application", "bom-ref": "xinyu", "name": "xinyu", "version": env!("CARGO_PKG_VERSION"),
            "licenses": [{ "license": { "id": "Apache-2.0" } }],
        } },
        "components": components,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_03_table_12_5_the_bill_of_materials_names_what_was_built_in() {
        let sbom = sbom().unwrap();
        assert_eq!((sbom["bomFormat"].as_str(), sbom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
        let components = sbom["components"].as_array().unwrap();
        let one = components.iter().find(|one| one["name"] == "x509-cert").unwrap();
        assert!(one["purl"].as_str().unwrap().starts_with("pkg:cargo/x509-cert@"));
        assert_eq!(one["hashes"][0]["content"].as_str().map(str::len), Some(64));
        assert!(components.iter().all(|one| !one["name"].as_str().unwrap().starts_with("xinyu")));
        let mut refs: Vec<&str> = components.iter().map(|one| one["bom-ref"].as_str().unwrap()).collect();
        let all = refs.len();
        refs.sort_unstable();
        refs.dedup();
        assert_eq!(refs.len(), all, "each package once");
    }
}
