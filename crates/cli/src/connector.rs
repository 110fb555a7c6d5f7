//! `xinyu connector list|show|deregister|device|attach|resolve` and `xinyu sbom`: connectors as devices, by the management API; the list of what this
//! program is made of is made from the lock file it was built with. NDI-TR-2025-03 §7.2, table 12; NDI-TR-2025-04 §6.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::device::{
    AttachmentInfo, ConnectorInfo, ConnectorLife, Deregistration, DeviceInfo, NewAttachment, Resolution,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
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
        code: String,
    },
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
        Verb::Resolve { code } => {
            let path = format!("/api/v1/identifiers/{}", segment(code));
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
