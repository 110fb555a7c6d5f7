//! `xinyu policy record …`: policies of spaces and products, written, reviewed, enabled and compared by the management API; a version as a file, checked offline.
//! TC609-6-2025-15 §7.2.2.1 a, b.

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_core::policy_record::seal;
use xinyu_core::policy_record::state::label;
use xinyu_protocol::api::List;
use xinyu_protocol::api::policy::PolicyDifference;
use xinyu_protocol::api::policy_record::{PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove, PolicyRecordVersion};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::policy_record::NewPolicyRecord;
use xinyu_protocol::text::Lang;

use super::show;
use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with policies of spaces and products.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出空间与产品策略 / the policies of spaces and products.
    List,
    /// 查看策略及其版本、解析步骤与冲突 / one, with its versions, the steps of their parsing, and conflicts.
    Show {
        /// 策略编号 / the policy.
        record: String,
    },
    /// 保存为新版本的草稿：平台上为空间策略，连接器上为产品策略 / save as a draft: a space's at the platform, a product's at its provider's connector.
    Save {
        /// 策略文件（JSON） / the policy, as JSON.
        file: PathBuf,
    },
    /// 提交审核 / submit a draft for review.
    Submit {
        /// 策略编号 / the policy.
        record: String,
        /// 版本 / the version.
        version: u32,
    },
    /// 审核、启用、禁用、删除 / review, enable, disable or retire.
    Decide {
        /// 策略编号 / the policy.
        record: String,
        /// 版本 / the version.
        version: u32,
        /// approve、refuse、enable、disable 或 retire / what is done.
        action: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 比较两个版本：文字与效果的变化（平台） / what changes between two versions, in words and in effect, at the platform.
    Compare {
        /// 策略编号 / the policy.
        record: String,
        /// 旧版本；缺省为最新版的前一版 / the old version.
        #[arg(long)]
        from: Option<u32>,
        /// 新版本；缺省为最新版 / the new version.
        #[arg(long)]
        to: Option<u32>,
    },
    /// 导出一个版本，含作者签名与平台证明（平台） / a version as a file, signed and stamped, at the platform.
    Export {
        /// 策略编号 / the policy.
        record: String,
        /// 版本 / the version.
        version: u32,
        /// 写入此文件；默认输出到屏幕 / where to.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 离线验证导出的版本 / checks such a file offline.
    Verify {
        /// 文件 / the file.
        file: PathBuf,
    },
}

const PATH: &str = "/api/v1/policyRecords";

/// Runs a verb.
pub(super) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => {
            let list: List<PolicyRecordInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            if context.json {
                return context.print_json(&list);
            }
            print_infos(context, list.items.iter());
            Ok(())
        }
        Verb::Show { record } => {
            let path = format!("{PATH}/{}", segment(record));
            print_life(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Save { file } => {
            let bytes = read(file)?;
            let body: NewPolicyRecord =
                parse(&bytes, Limits::WIRE).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            print_life(context, &ask(context, access, async |client| client.post(PATH, &body).await)?)
        }
        Verb::Submit { record, version } => {
            let path = format!("{}/submission", path(record, *version));
            let nothing = serde_json::json!({});
            print_life(context, &ask(context, access, async |client| client.post(&path, &nothing).await)?)
        }
        Verb::Decide { record, version, action, reason } => {
            let body = PolicyRecordMove { action: action.clone(), reason: reason.clone() };
            let path = format!("{}/decision", path(record, *version));
            print_life(context, &ask(context, access, async |client| client.post(&path, &body).await)?)
        }
        Verb::Compare { record, from, to } => {
            let asked = [("from", from), ("to", to)];
            let query: Vec<String> =
                asked.into_iter().filter_map(|(name, at)| at.map(|at| format!("{name}={at}"))).collect();
            let path = format!("{PATH}/{}/comparison?{}", segment(record), query.join("&"));
            let found: PolicyDifference = ask(context, access, async |client| client.get(&path).await)?;
            if context.json {
                return context.print_json(&found);
            }
            show::difference(context, &found);
            Ok(())
        }
        Verb::Export { record, version, out } => {
            let path = format!("{}/file", path(record, *version));
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
        Verb::Verify { file } => verify(context, file),
    }
}

fn path(record: &str, version: u32) -> String {
    format!("{PATH}/{}/versions/{version}", segment(record))
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

fn verify(context: &Context, file: &std::path::Path) -> Result<(), Failed> {
    let verified = seal::verify(&read(file)?).map_err(|why| Failed::from(context.text(&why).to_owned()))?;
    if context.json {
        return context.print_json(&verified);
    }
    let (standing, statement) = (&verified.record.standing, &verified.record.signed.statement);
    context.print(format!("{}@{}  {}", standing.record_id, standing.version, statement.record.name));
    let rows = [
        (context.say("状态", "state"), context.text(&label(standing.state)).to_owned()),
        (context.say("作者", "author"), statement.author_id.clone()),
        (context.say("哈希", "hash"), verified.hash.clone()),
        (context.say("平台密钥", "platform's key"), verified.platform_key.clone()),
        (context.say("证明时间", "stamped at"), verified.stamped_at.to_string()),
    ];
    for (name, value) in rows {
        context.print(format!("{name}: {value}"));
    }
    Ok(())
}

fn print_infos<'a>(context: &Context, infos: impl Iterator<Item = &'a PolicyRecordInfo>) {
    let head = match context.lang {
        Lang::Zh => ["策略", "版本", "名称", "层", "状态", "优先级"],
        Lang::En => ["policy", "version", "name", "layer", "state", "priority"],
    };
    let row = |one: &PolicyRecordInfo| {
        let layer = match one.record.layer {
            xinyu_protocol::tc609::policy_record::RecordLayer::Space => context.say("空间", "space"),
            xinyu_protocol::tc609::policy_record::RecordLayer::Product => context.say("数据产品", "product"),
        };
        vec![
            one.record.record_id.clone(),
            one.version.to_string(),
            one.record.name.clone(),
            layer.to_owned(),
            context.text(&label(one.state)).to_owned(),
            one.record.priority.to_string(),
        ]
    };
    context.print_table(&head, infos.map(row));
}

fn print_life(context: &Context, life: &PolicyRecordLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    print_infos(context, life.versions.iter().map(|one| &one.info));
    life.versions.iter().for_each(|one| print_version(context, one));
    Ok(())
}

fn print_version(context: &Context, one: &PolicyRecordVersion) {
    context.print(format!("{}@{}", one.info.record.record_id, one.info.version));
    for clause in &one.clauses {
        context.print(format!("  {}  {}", clause.clause, context.text(&clause.text)));
    }
    for step in &one.steps {
        let mark = if step.passed { "+" } else { "-" };
        context.print(format!("  {mark} {}: {}", step.step, context.text(&step.text)));
    }
    for conflict in &one.conflicts {
        context.print(format!("  ! {} {}", conflict.clauses.join(" "), context.text(&conflict.text)));
        if let Some(witness) = &conflict.witness {
            context.print(format!("    {witness}"));
        }
    }
    for act in &one.history {
        context.print(format!("  {} {} {} {}", act.at, act.by, act.action, act.reason).trim_end());
    }
}
