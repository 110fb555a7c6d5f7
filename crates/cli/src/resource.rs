//! `xinyu resource …` at a provider's connector: data resources connected, looked at, graded by a person, read again, removed. TC609-6-2025-16 §7.2, §8.2 a.

use clap::{Args, Subcommand};
use serde_json::Value;
use url::form_urlencoded;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{ColumnGrade, NewGrading, NewReading, NewResource, ResourceInfo, ResourceRemoval};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

mod reading;

/// What can be done with resources.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出与检索数据资源 / resources, all or those that are looked for.
    List {
        /// 名称或字段中的词 / a word in the name or in the name of a field.
        words: Vec<String>,
        /// 安全等级不低于 001…005 / at least this security level.
        #[arg(long)]
        level: Option<String>,
        /// 只列 personal 含个人信息、ungraded 未经人定级、unused 未用于产品 / only these.
        #[arg(long, value_parser = ["personal", "ungraded", "unused"])]
        only: Option<String>,
    },
    /// 接入：读取一次以描述与画像，数据不离开本端 / connects a resource: read once, to describe and to profile it.
    Connect {
        /// 名称 / its name here.
        name: String,
        /// 允许目录下的文件或目录（以 / 或 /*.csv 结尾），s3:// 对象，数据库地址，http(s):// 接口，kafka(s):// 或 mqtt(s):// 主题 / a file or a folder, an object, a database, an
        /// API, or a topic.
        location: String,
        /// 数据库中的表 / the table, for a database.
        #[arg(long)]
        table: Option<String>,
        /// 数据表递增的整数列：此后只读取新增的行 / a column of whole numbers by which the table grows: only new rows are read again.
        #[arg(long, requires = "table")]
        grows_by: Option<String>,
        /// 更新频率 001（实时）…009（历史） / how often it is renewed, 001 at once to 009 history.
        #[arg(long)]
        every: Option<String>,
    },
    /// 画像：字段、类型、个人信息、质量与分级 / what the profile found.
    Show {
        /// 名称 / its name.
        name: String,
    },
    /// 人工定级：未点名的字段按识别结果确认 / a person grades it; columns that are not named are confirmed as found.
    Grade(Grade),
    /// 重新读取并画像，未变化的部分不再读取 / reads and profiles it again, only what is new where that can be told.
    Refresh {
        /// 名称 / its name.
        name: String,
        /// 全部重新读取 / reads all of it, whatever was read before.
        #[arg(long)]
        anew: bool,
    },
    /// 正在进行与最近的读取 / what is being read, and was lately.
    Readings,
    /// 取消读取 / cancels a reading.
    Cancel {
        /// 名称 / the name of the resource.
        name: String,
    },
    /// 移除：数据本身不受影响 / forgets it; the data itself is not touched.
    Remove {
        /// 名称 / its name.
        name: String,
        /// 原因 / why.
        #[arg(long)]
        reason: String,
    },
}

/// A grade.
#[derive(Debug, Args)]
pub(crate) struct Grade {
    /// 名称 / its name.
    name: String,
    /// 数据级别 general1…general4、important、core / its grade.
    #[arg(long)]
    grade: Option<String>,
    /// 改判的字段，字段=类型，非个人信息写 none / a column that is something else: COLUMN=KIND, none for nothing personal.
    #[arg(long = "column", value_name = "COLUMN=KIND")]
    columns: Vec<String>,
    /// 理由 / why.
    #[arg(long, default_value = "")]
    reason: String,
}

const PATH: &str = "/api/v1/resources";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let send = |path: String, body: Value| -> Result<ResourceInfo, Failed> {
        ask(context, access, async |client| client.post(&path, &body).await)
    };
    match &asked.verb {
        Verb::List { words, level, only } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let words = words.join(" ");
            for (name, value) in [("q", Some(&words)), ("level", level.as_ref()), ("only", only.as_ref())] {
                if let Some(value) = value.filter(|value| !value.is_empty()) {
                    query.append_pair(name, value);
                }
            }
            let path = format!("{PATH}?{}", query.finish());
            print_list(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Connect { name, location, table, grows_by, every } => {
            let kind = xinyu_dataplane::source::kind_of(location, table.is_some());
            let new = NewResource {
                name: name.clone(),
                kind: kind.to_owned(),
                location: location.clone(),
                table: table.clone(),
                grows_by: grows_by.clone(),
                update_frequency: every.clone(),
            };
            let new = NewReading { connect: Some(new), ..NewReading::default() };
            print_one(context, &reading::follow(context, access, name, &new)?)
        }
        Verb::Show { name } => {
            let path = of(name, "");
            print_one(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Grade(grade) => {
            print_one(context, &send(of(&grade.name, "/grading"), serde_json::to_value(grade.asked()?)?)?)
        }
        Verb::Refresh { name, anew } => {
            let new = NewReading { refresh: Some(name.clone()), anew: *anew, ..NewReading::default() };
            print_one(context, &reading::follow(context, access, name, &new)?)
        }
        Verb::Readings => reading::list(context, access),
        Verb::Cancel { name } => reading::cancel(context, access, name),
        Verb::Remove { name, reason } => {
            let (path, body) = (of(name, "/removal"), ResourceRemoval { reason: reason.clone() });
            print_list(context, &ask(context, access, async |client| client.post(&path, &body).await)?)
        }
    }
}

impl Grade {
    fn asked(&self) -> Result<NewGrading, Failed> {
        let column = |said: &String| {
            let (column, kind) = said.rsplit_once('=').ok_or_else(|| {
                Failed::usage(format!("--column {said}: COLUMN=KIND, such as phone=mobile or code=none"))
            })?;
            Ok(ColumnGrade {
                column: column.to_owned(),
                personal: Some(kind.to_owned()).filter(|kind| kind != "none"),
                reason: self.reason.clone(),
            })
        };
        let columns = self.columns.iter().map(column).collect::<Result<_, Failed>>()?;
        // The reason is that of the columns, unless the whole is graded, too.
        let reason = if self.columns.is_empty() || self.grade.is_some() { self.reason.clone() } else { String::new() };
        Ok(NewGrading { grade: self.grade.clone(), columns, reason })
    }
}

fn of(name: &str, what: &str) -> String {
    format!("{PATH}/{}{what}", segment(name))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn grade(context: &Context, info: &ResourceInfo) -> String {
    match &info.grading {
        Some(grading) if grading.is_current => context.word("grade", &grading.grade),
        Some(_) => context.say("须重新确认", "to be confirmed again").to_owned(),
        None => context.say("未经人确认", "not confirmed").to_owned(),
    }
}

fn print_list(context: &Context, list: &List<ResourceInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有资源", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["名称", "类型", "位置", "行数", "安全等级", "定级", "用于产品"],
        Lang::En => ["name", "kind", "location", "rows", "level", "grade", "products"],
    };
    let row = |one: &ResourceInfo| {
        vec![
            one.name.clone(),
            context.word("resource", &one.kind),
            one.location.clone(),
            one.rows.to_string(),
            context.word("security", text(&one.profile, "/security_level")),
            grade(context, one),
            one.products.len().to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, info: &ResourceInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    print_list(context, &List { items: vec![info.clone()] })?;
    reading::print_read(context, info);
    let head = match context.lang {
        Lang::Zh => ["字段", "类型", "识别为", "判定为", "理由"],
        Lang::En => ["field", "type", "found", "judged", "reason"],
    };
    let columns = info.profile.get("columns").and_then(Value::as_array);
    let personal = |value: &Value, pointer: &str| match text(value, pointer) {
        "" => "–".to_owned(),
        kind => context.word("personal", kind),
    };
    let row = |column: &Value| {
        let judged = column.get("judgement").map_or_else(String::new, |judgement| personal(judgement, "/personal"));
        vec![
            text(column, "/name").to_owned(),
            context.word("type", text(column, "/kind")),
            personal(column, "/personal"),
            judged,
            text(column, "/judgement/reason").to_owned(),
        ]
    };
    context.print_table(&head, columns.into_iter().flatten().map(row));
    Ok(())
}
