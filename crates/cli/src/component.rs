//! `xinyu component …`: algorithms, models and applications, registered, reviewed, withdrawn and checked, by the management API; a registration as a file, checked
//! offline. TC609-6-2025-15 §7.1.1.2, §7.2.1.2.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use xinyu_core::component::{CONTENT_MAX, SQL, digests, stamp};
use xinyu_protocol::api::List;
use xinyu_protocol::api::component::{
    ComponentFinding, ComponentInfo, ComponentLife, ComponentMove, NewComponent, NewComponentCheck, WithdrawComponent,
};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::component::ComponentKind;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with components.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出登记的算法、模型、应用 / what is registered.
    List,
    /// 查看组件及其版本 / one, with its versions.
    Show {
        /// 组件标识 / the component.
        component: String,
    },
    /// 登记组件（来源方连接器） / register one, at its source's connector.
    Register(Box<Register>),
    /// 审核、暂停、恢复、撤回（平台） / review, suspend, resume or withdraw, at the platform.
    Review {
        /// 组件标识 / the component.
        component: String,
        /// 版本 / the version.
        version: String,
        /// approve、refuse、suspend、resume 或 withdraw / what is done.
        action: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 撤回本端登记的版本，运行中的使用随即中止 / withdraw a version of one's own; what runs of it stops.
    Withdraw {
        /// 组件标识 / the component.
        component: String,
        /// 版本 / the version.
        version: String,
        /// 理由 / why.
        reason: String,
    },
    /// 校验：合约下的使用能否运行该组件 / what a use under a contract would find.
    Check {
        /// 标识或 标识@版本 / identifier or identifier@version.
        component: String,
        /// 合约标识 / the contract.
        #[arg(long)]
        contract: String,
        /// algorithm、model 或 application / as what.
        #[arg(long, default_value = "algorithm", value_parser = kind)]
        kind: ComponentKind,
        /// 手头的内容，以核对摘要 / the content at hand.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// 导出登记文件 / the registration as a file, signed and stamped.
    Export {
        /// 组件标识 / the component.
        component: String,
        /// 版本 / the version.
        version: String,
        /// 写入此文件；默认输出到屏幕 / where to.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 离线验证登记文件，并可核对内容 / checks a registration offline, and a content against it.
    Verify {
        /// 登记文件 / the registration.
        file: PathBuf,
        /// 内容 / the content.
        #[arg(long)]
        content: Option<PathBuf>,
    },
}

/// What is registered.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// 内容文件：不超过 256 KiB 时随登记交平台保存 / the content; up to 256 KiB it goes to the platform.
    file: PathBuf,
    /// 登记编号；同一编号即同一登记 / our key of it; the same is the same registration.
    #[arg(long)]
    id: String,
    /// 空间 / the space.
    #[arg(long)]
    space: String,
    /// algorithm、model 或 application / the kind.
    #[arg(long, value_parser = kind)]
    kind: ComponentKind,
    /// 名称 / its name.
    #[arg(long)]
    name: String,
    /// 版本 / its version.
    #[arg(long)]
    version: String,
    /// 新版本：组件标识 / of a new version, the component.
    #[arg(long, requires = "former")]
    component: Option<String>,
    /// 新版本：所承接的版本 / of a new version, the one that it follows.
    #[arg(long, requires = "component")]
    former: Option<String>,
    /// 媒体类型；算法默认 application/sql / the media type.
    #[arg(long)]
    media_type: Option<String>,
    /// 输出什么 / what it outputs.
    #[arg(long)]
    outputs: String,
    /// 输出不得离开使用环境 / its output must not leave the use environment.
    #[arg(long)]
    output_stays: bool,
    /// 说明 / what it does.
    #[arg(long, default_value = "")]
    description: String,
    /// 用途 / what for.
    #[arg(long)]
    purpose: String,
    /// 在别处运行时的接口地址，审核时会访问一次 / where it is served, where it runs elsewhere; the review tries it once.
    #[arg(long)]
    address: Option<String>,
    /// 可调用的主体，可重复；默认为空间全体成员 / who may call it; otherwise every member of the space.
    #[arg(long, value_parser = participant)]
    caller: Vec<ParticipantId>,
    /// 内容留在本端，只登记摘要 / the content stays here, its digests are registered.
    #[arg(long)]
    digest_only: bool,
}

const PATH: &str = "/api/v1/components";

fn kind(text: &str) -> Result<ComponentKind, String> {
    let all = ComponentKind::ALL;
    let found = all.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| all.map(ComponentKind::as_str).join(" | "))
}

fn participant(text: &str) -> Result<ParticipantId, String> {
    ParticipantId::parse(text).map_err(|error| error.to_string())
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => {
            let list: List<ComponentInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Show { component, .. } => {
            let path = format!("{PATH}/{}", segment(component));
            print_life(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Register(register) => {
            let body = new(register)?;
            let made: ComponentInfo = ask(context, access, async |client| client.post(PATH, &body).await)?;
            print_list(context, &List { items: vec![made] })
        }
        Verb::Review { component, version, action, reason } => {
            let body = ComponentMove { action: action.clone(), reason: reason.clone() };
            let path = format!("{}/decision", path(component, version));
            print_life(context, &ask(context, access, async |client| client.post(&path, &body).await)?)
        }
        Verb::Withdraw { component, version, reason } => {
            let body = WithdrawComponent { reason: reason.clone() };
            let path = format!("{}/withdrawal", path(component, version));
            print_life(context, &ask(context, access, async |client| client.post(&path, &body).await)?)
        }
        Verb::Check { component, contract, kind, file } => {
            let body = NewComponentCheck {
                contract_id: contract.clone(),
                kind: *kind,
                component: component.clone(),
                digest: file.as_deref().map(digest).transpose()?,
            };
            let found: ComponentFinding =
                ask(context, access, async |client| client.post("/api/v1/componentChecks", &body).await)?;
            print_finding(context, &found)
        }
        Verb::Export { component, version, out } => {
            let path = format!("{}/file", path(component, version));
            let file = ask(context, access, async |client| client.bytes(&path).await)?;
            match out {
                Some(out) => {
                    std::fs::write(out, &file).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))
                }
                None => {
                    context.print(String::from_utf8_lossy(&file));
                    Ok(())
                }
            }
        }
        Verb::Verify { file, content } => verify(context, file, content.as_deref()),
    }
}

fn path(component: &str, version: &str) -> String {
    format!("{PATH}/{}/versions/{}", segment(component), segment(version))
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

/// The digest of a file at hand, as a use is told of it.
pub(crate) fn digest(path: &Path) -> Result<String, Failed> {
    Ok(format!("sha256:{}", digests(&read(path)?).sha256))
}

fn new(register: &Register) -> Result<NewComponent, Failed> {
    let content = read(&register.file)?;
    let stays = register.digest_only || content.len() > CONTENT_MAX;
    let media_type = match (&register.media_type, register.kind) {
        (Some(given), _) => given.clone(),
        (None, ComponentKind::Algorithm) => SQL.to_owned(),
        (None, _) => "application/octet-stream".to_owned(),
    };
    Ok(NewComponent {
        registration_id: register.id.clone(),
        space_id: register.space.clone(),
        component_id: register.component.clone(),
        former: register.former.clone(),
        kind: register.kind,
        name: register.name.clone(),
        version: register.version.clone(),
        media_type,
        content: (!stays).then(|| STANDARD.encode(&content)),
        size_bytes: stays.then(|| u64::try_from(content.len()).unwrap_or(u64::MAX)),
        digests: stays.then(|| digests(&content)),
        outputs: register.outputs.clone(),
        output_leaves: !register.output_stays,
        description: register.description.clone(),
        purpose: register.purpose.clone(),
        address: register.address.clone(),
        callers: register.caller.clone(),
    })
}

fn verify(context: &Context, file: &Path, content: Option<&Path>) -> Result<(), Failed> {
    let verified = stamp::verify(&read(file)?).map_err(|why| Failed::from(context.text(&why).to_owned()))?;
    let statement = &verified.component.signed.statement;
    if let Some(content) = content
        && digests(&read(content)?) != statement.digests
    {
        return Err(Failed::from(
            context.say("内容与登记的摘要不符", "the content does not have the digests that are registered").to_owned(),
        ));
    }
    if context.json {
        return context.print_json(&verified);
    }
    let standing = &verified.component.standing;
    context.print(format!("{}@{}  {}", standing.component_id, standing.version, statement.name));
    let rows = [
        (context.say("状态", "state"), context.word("component-state", standing.state.as_str())),
        (context.say("类型", "kind"), context.word("component-kind", statement.kind.as_str())),
        (context.say("来源方", "source"), format!("{} {}", verified.source.name, verified.source.connector_id)),
        (context.say("来源签名", "signature"), verified.source.algorithm.clone()),
        ("SM3", statement.digests.sm3.clone()),
        ("SHA-256", statement.digests.sha256.clone()),
        (context.say("平台密钥", "platform's key"), verified.platform_key.clone()),
        (context.say("证明时间", "stamped at"), verified.stamped_at.to_string()),
    ];
    for (name, value) in rows {
        context.print(format!("{name}: {value}"));
    }
    Ok(())
}

fn print_list(context: &Context, list: &List<ComponentInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    print_infos(context, list.items.iter());
    Ok(())
}

fn print_infos<'a>(context: &Context, infos: impl Iterator<Item = &'a ComponentInfo>) {
    let head = match context.lang {
        Lang::Zh => ["组件", "版本", "名称", "类型", "状态", "摘要（SHA-256）"],
        Lang::En => ["component", "version", "name", "kind", "state", "SHA-256"],
    };
    let row = |one: &ComponentInfo| {
        vec![
            one.component_id.clone(),
            one.version.clone(),
            one.name.clone(),
            context.word("component-kind", one.kind.as_str()),
            context.word("component-state", one.state.as_str()),
            one.digests.sha256.clone(),
        ]
    };
    context.print_table(&head, infos.map(row));
}

fn print_life(context: &Context, life: &ComponentLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    print_infos(context, life.versions.iter().map(|one| &one.info));
    for version in &life.versions {
        for found in &version.findings {
            let (weight, text) = (context.word("severity", &found.severity), context.text(&found.text));
            context.print(format!("{} [{weight}] {} {text} ({})", version.info.version, found.subject, found.clause));
        }
        if let Some(due) = version.info.due_at {
            context.print(format!(
                "{} {} {due}",
                version.info.version,
                context.say("请在此前审核", "to be decided by")
            ));
        }
        for act in &version.history {
            context.print(
                format!("{} {} {} {} {}", version.info.version, act.at, act.by, act.action, act.reason).trim_end(),
            );
        }
    }
    Ok(())
}

fn print_finding(context: &Context, found: &ComponentFinding) -> Result<(), Failed> {
    if context.json {
        context.print_json(found)?;
    } else if let Some(used) = &found.component {
        context.print(format!("{}@{}  {}", used.component_id, used.version, used.digest));
    }
    match &found.reason {
        Some(why) => Err(Failed::from(context.text(why).to_owned())),
        None => Ok(()),
    }
}
