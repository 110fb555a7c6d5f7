//! `xinyu template …`: policy templates, their review and their use, by the management API. TC609-6-2025-15 §7.2.2.1; TC609-6-2025-14 §7.2.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewProduct, OfferingInfo};
use xinyu_protocol::api::template::{
    NewInstance, TemplateChoice, TemplateComparison, TemplateImport, TemplateInstance, TemplateLife, TemplateMove,
};
use xinyu_protocol::tc609::template::{NewTemplate, OfferedTemplate, Template, Values};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出策略模板 / the templates.
    List,
    /// 显示模板：版本、参数、条款、差异 / one: versions, parameters, clauses, what changed.
    Show {
        /// 模板编号 / which.
        template: String,
        /// 与哪个版本比较（平台） / compares the newest version with this one, on a platform.
        #[arg(long)]
        from: Option<u32>,
    },
    /// 平台保存模板（JSON）为新版本的草稿 / a platform saves a template as a draft.
    Save {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 审核：approve 或 refuse，须由制定者以外的人 / reviews a draft that somebody else wrote.
    Review {
        /// 模板编号 / which.
        template: String,
        /// 版本 / the version.
        version: u32,
        /// approve 或 refuse / the verdict.
        verdict: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 在空间启用一个版本 / enables a version in a space.
    Enable {
        /// 模板编号 / which.
        template: String,
        /// 版本 / the version.
        version: u32,
        /// 空间 / the space.
        space: String,
    },
    /// 在空间禁用一个版本 / disables a version in a space.
    Disable {
        /// 模板编号 / which.
        template: String,
        /// 版本 / the version.
        version: u32,
        /// 空间 / the space.
        space: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 删除一个版本，记录保留 / deletes a version; the record stays.
    Delete {
        /// 模板编号 / which.
        template: String,
        /// 版本 / the version.
        version: u32,
        /// 理由 / why.
        #[arg(long)]
        reason: String,
    },
    /// 导出为签名文件 / a version as a signed file.
    Export {
        /// 模板编号 / which.
        template: String,
        /// 版本 / the version.
        version: u32,
        /// 写入文件 / where to write it; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 导入其他平台的模板为草稿 / takes another platform's template as a draft.
    Import {
        /// 文件 / the file.
        file: PathBuf,
        /// 对方平台的 DID 文档，用于核验签名 / the DID document of that platform, to check the signature.
        #[arg(long)]
        document: Option<PathBuf>,
    },
    /// 由模板生成策略；给出产品则封装产品并申请上架 / makes the policy, and a product with it.
    Apply(Apply),
}

/// How templates are applied.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// 模板编号，可多个，可带版本 use-count@2 / the templates, each with its version if not the enabled one.
    #[arg(required = true)]
    templates: Vec<String>,
    /// 空间 / the space.
    #[arg(long)]
    space: String,
    /// 参数 名称=值 或 模板.名称=值，可重复；列表以逗号分隔 / a parameter; lists are divided by commas.
    #[arg(long)]
    set: Vec<String>,
    /// 产品（JSON，不含 policies）：在连接器上封装 / the product without its policies, to be wrapped on a connector.
    #[arg(long)]
    product: Option<PathBuf>,
}

const PATH: &str = "/api/v1/templates";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => {
            let list: List<Value> = ask(context, access, async |client| client.get(PATH).await)?;
            print_list(context, &list)
        }
        Verb::Show { template, from } => show(context, asked, template, *from),
        Verb::Save { file } => {
            let body: NewTemplate = read(file)?;
            print_life(context, &ask(context, access, async |client| client.post(PATH, &body).await)?)
        }
        Verb::Review { template, version, verdict, reason } => {
            decide(context, asked, (template, *version), (verdict, None, reason))
        }
        Verb::Enable { template, version, space } => {
            decide(context, asked, (template, *version), ("enable", Some(space), ""))
        }
        Verb::Disable { template, version, space, reason } => {
            decide(context, asked, (template, *version), ("disable", Some(space), reason))
        }
        Verb::Delete { template, version, reason } => {
            decide(context, asked, (template, *version), ("delete", None, reason))
        }
        Verb::Export { template, version, out } => {
            let path = format!("{PATH}/{}/versions/{version}/file", segment(template));
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
        Verb::Import { file, document } => {
            let document = document.as_deref().map(read_json).transpose()?;
            let body = TemplateImport { file: read(file)?, document };
            print_life(
                context,
                &ask(context, access, async |client| client.post("/api/v1/templateImports", &body).await)?,
            )
        }
        Verb::Apply(apply) => apply_templates(context, asked, apply),
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Failed> {
    serde_json::from_value(read_json(file)?).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))
}

fn decide(
    context: &Context,
    asked: &Asked<Verb>,
    (template, version): (&str, u32),
    (action, space, reason): (&str, Option<&String>, &str),
) -> Result<(), Failed> {
    let body = TemplateMove { action: action.to_owned(), space_id: space.cloned(), reason: reason.to_owned() };
    let path = format!("{PATH}/{}/versions/{version}/decision", segment(template));
    print_life(context, &ask(context, &asked.access, async |client| client.post(&path, &body).await)?)
}

fn show(context: &Context, asked: &Asked<Verb>, template: &str, from: Option<u32>) -> Result<(), Failed> {
    let path = format!("{PATH}/{}", segment(template));
    let found: Value = ask(context, &asked.access, async |client| client.get(&path).await)?;
    // A connector answers with what its platform offers.
    if let Ok(offered) = serde_json::from_value::<List<OfferedTemplate>>(found.clone()) {
        if context.json {
            return context.print_json(&offered);
        }
        offered.items.iter().for_each(|one| print_template(context, &one.template));
        return Ok(());
    }
    let life: TemplateLife = serde_json::from_value(found)?;
    if let Some(from) = from {
        let path = format!("{path}/comparison?from={from}");
        let compared: TemplateComparison = ask(context, &asked.access, async |client| client.get(&path).await)?;
        return print_changes(context, &compared);
    }
    if !context.json
        && let Some(newest) = life.versions.first()
    {
        print_template(context, &newest.info.template);
        for clause in &newest.clauses {
            context.print(format!("  {}", context.text(&clause.text)));
        }
    }
    print_life(context, &life)
}

fn apply_templates(context: &Context, asked: &Asked<Verb>, apply: &Apply) -> Result<(), Failed> {
    let access = &asked.access;
    let list: List<Value> = ask(context, access, async |client| client.get(PATH).await)?;
    let known: Vec<Template> =
        list.items.into_iter().filter_map(|one| serde_json::from_value(one.get("template")?.clone()).ok()).collect();
    let templates = choices(apply, &known)?;
    if let Some(file) = &apply.product {
        let mut product = read_json(file)?;
        if let Value::Object(members) = &mut product {
            members.insert("templates".to_owned(), json!(templates));
            members.insert("spaceId".to_owned(), json!(apply.space));
        }
        let product: NewProduct =
            serde_json::from_value(product).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
        let offering: OfferingInfo =
            ask(context, access, async |client| client.post("/api/v1/products", &product).await)?;
        return context.print_json(&offering);
    }
    let body = NewInstance { space_id: apply.space.clone(), templates };
    let made: TemplateInstance =
        ask(context, access, async |client| client.post("/api/v1/templateInstances", &body).await)?;
    if context.json {
        return context.print_json(&made);
    }
    for clause in &made.clauses {
        let how = context.word("enforcement", &clause.enforcement);
        context.print(format!("{}  [{how}]", context.text(&clause.text)));
    }
    for note in &made.notes {
        context.print(format!("! {}", context.text(&note.text)));
    }
    context.print(serde_json::to_string_pretty(&made.policies)?);
    Ok(())
}

/// What `--set` says, read by the types that the templates declare.
fn choices(apply: &Apply, known: &[Template]) -> Result<Vec<TemplateChoice>, Failed> {
    let mut values: BTreeMap<String, Values> = BTreeMap::new();
    let named: Vec<(String, Option<u32>)> = apply.templates.iter().map(|text| split(text)).collect::<Result<_, _>>()?;
    for set in &apply.set {
        let (name, text) = set.split_once('=').ok_or_else(|| Failed::usage(format!("{set}: name=value")))?;
        let (id, parameter) = match (name.split_once('.'), named.as_slice()) {
            (Some((id, parameter)), _) => (id, parameter),
            (None, [(only, _)]) => (only.as_str(), name),
            (None, _) => return Err(Failed::usage(format!("{set}: template.name=value"))),
        };
        let template = known.iter().find(|one| one.definition.template_id == id);
        let declared = template.and_then(|one| one.definition.parameters.iter().find(|own| own.name == parameter));
        // What nobody declares goes as it is: the node says what there is.
        let value = declared.map_or_else(|| Some(Value::from(text)), |own| own.of.typed(text));
        values.entry(id.to_owned()).or_default().extend(value.map(|value| (parameter.to_owned(), value)));
    }
    if let Some(id) = values.keys().find(|id| !named.iter().any(|(named, _)| named == *id)) {
        return Err(Failed::usage(format!("--set {id}.…: {}", apply.templates.join(" "))));
    }
    let choice = |(template_id, version): (String, Option<u32>)| {
        let parameters = values.remove(&template_id).unwrap_or_default();
        TemplateChoice { template_id, version, parameters }
    };
    Ok(named.into_iter().map(choice).collect())
}

fn split(text: &str) -> Result<(String, Option<u32>), Failed> {
    match text.split_once('@') {
        None => Ok((text.to_owned(), None)),
        Some((id, version)) => {
            let version = version.trim_start_matches('v').parse();
            Ok((id.to_owned(), Some(version.map_err(|_| Failed::usage(format!("{text}: template@version")))?)))
        }
    }
}

fn print_list(context: &Context, list: &List<Value>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["模板", "版本", "名称", "类型", "状态", "启用的空间"],
        Lang::En => ["template", "version", "name", "kind", "state", "enabled in"],
    };
    let row = |one: &Value| -> Option<Vec<String>> {
        let template: Template = serde_json::from_value(one.get("template")?.clone()).ok()?;
        let spaces: Vec<&str> = one.get("spaces")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let state = one.get("state").and_then(Value::as_str).unwrap_or("enabled");
        Some(vec![
            template.definition.template_id.clone(),
            template.version.to_string(),
            context.text(&template.definition.name).to_owned(),
            context.word("template-kind", template.definition.kind.as_str()),
            context.word("template-state", state),
            spaces.join(", "),
        ])
    };
    context.print_table(&head, list.items.iter().filter_map(row));
    Ok(())
}

fn print_template(context: &Context, template: &Template) {
    let definition = &template.definition;
    context.print(format!("{}  v{}  {}", definition.template_id, template.version, context.text(&definition.name)));
    context.print(context.text(&definition.description));
    let head = match context.lang {
        Lang::Zh => ["参数", "名称", "类型", "必填", "默认值"],
        Lang::En => ["parameter", "name", "type", "required", "default"],
    };
    let rows = definition.parameters.iter().map(|one| {
        vec![
            one.name.clone(),
            context.text(&one.label).to_owned(),
            context.word("parameter", one.of.as_str()),
            if one.required { context.say("是", "yes").to_owned() } else { String::new() },
            one.default.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    });
    context.print_table(&head, rows);
}

fn print_life(context: &Context, life: &TemplateLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    let head = match context.lang {
        Lang::Zh => ["模板", "版本", "状态", "来源", "启用的空间"],
        Lang::En => ["template", "version", "state", "origin", "enabled in"],
    };
    let rows = life.versions.iter().map(|one| {
        vec![
            life.template_id.clone(),
            one.info.template.version.to_string(),
            context.word("template-state", &one.info.state),
            context.word("template-origin", &one.info.origin),
            one.info.spaces.join(", "),
        ]
    });
    context.print_table(&head, rows);
    Ok(())
}

fn print_changes(context: &Context, compared: &TemplateComparison) -> Result<(), Failed> {
    if context.json {
        return context.print_json(compared);
    }
    let head = match context.lang {
        Lang::Zh => ["位置", "之前", "之后"],
        Lang::En => ["place", "before", "after"],
    };
    let told = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let rows = compared.changes.iter().map(|one| vec![one.pointer.clone(), told(&one.before), told(&one.after)]);
    context.print_table(&head, rows);
    Ok(())
}
