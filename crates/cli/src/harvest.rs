//! `xinyu harvest …`: 目录汇聚, other catalogues that a node reads, and what is found in them. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use serde_json::Value;
use url::form_urlencoded;
use xinyu_protocol::api::harvest::{
    HarvestChange, HarvestFile, HarvestInfo, HarvestList, HarvestRequest, HarvestRun, HarvestedInfo, HarvestedPage,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with other catalogues.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 汇聚源列表 / the catalogues that are read.
    List,
    /// 一个汇聚源及最近一次读取 / one, with how it was read last.
    Show {
        /// 汇聚源编号 / which.
        harvest: String,
    },
    /// 添加汇聚源，立即读取 / has a catalogue read, at once and then regularly.
    Add {
        /// 名称 / what people call it.
        title: String,
        /// 目录地址 / its address.
        #[arg(required_unless_present = "partner")]
        address: Option<String>,
        /// 合作方（连接器）/ a partner whose catalogue it is.
        #[arg(long, conflicts_with = "address")]
        partner: Option<String>,
        /// 格式，缺省自动识别 / its format; recognised if not given.
        #[arg(long, value_parser = ["dcat", "dsp", "ckan", "ndi-06"])]
        format: Option<String>,
        /// 展示条目的空间（平台）/ in which space its records are shown; at a platform.
        #[arg(long)]
        space: Option<String>,
        /// 每隔多少小时读取，0 为仅手动 / every how many hours; 0: on demand.
        #[arg(long, default_value_t = 24)]
        every: u32,
        /// 含访问令牌的文件 / a file with the token that opens it.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// 以文件提交目录，替换该来源上次提交的文件 / hands a catalogue in as a file, in the place of the one before.
    File {
        /// 文件来源的编号或名称；没有则以此名称新建 / key or title of what was handed in before, or the title of a new one.
        source: String,
        /// 目录文件 / the file.
        path: PathBuf,
        /// 格式，缺省自动识别 / its format; recognised if not given.
        #[arg(long, value_parser = ["dcat", "dsp", "ckan", "ndi-06"])]
        format: Option<String>,
        /// 展示条目的空间（平台新建时）/ in which space the records of a new one are shown; at a platform.
        #[arg(long)]
        space: Option<String>,
    },
    /// 变更、暂停、恢复 / changes one, pauses it or lets it go on.
    Change {
        /// 汇聚源编号 / which.
        harvest: String,
        /// 名称 / what people call it.
        #[arg(long)]
        title: Option<String>,
        /// 每隔多少小时读取 / every how many hours.
        #[arg(long)]
        every: Option<u32>,
        /// 暂停 / not for now.
        #[arg(long, conflicts_with = "resume")]
        pause: bool,
        /// 恢复 / goes on.
        #[arg(long)]
        resume: bool,
        /// 含新令牌的文件 / a file with another token.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// 立即读取 / reads it now.
    Run {
        /// 汇聚源编号 / which.
        harvest: String,
        /// 全量读取 / from the first page to the last, whatever is known of it.
        #[arg(long)]
        whole: bool,
    },
    /// 移除汇聚源及其条目 / no more of it, and what was read is gone.
    Remove {
        /// 汇聚源编号 / which.
        harvest: String,
    },
    /// 检索外部目录 / finds records of other catalogues.
    Search {
        /// 检索词 / words.
        words: Vec<String>,
        /// 只在此汇聚源 / of this one alone.
        #[arg(long)]
        source: Option<String>,
        /// 检索平台汇聚的条目（连接器）/ in what the platform reads; at a connector.
        #[arg(long)]
        platform: bool,
        /// 上一页给出的游标 / the cursor of the page before.
        #[arg(long)]
        after: Option<String>,
    },
    /// 一条外部目录条目 / one record, whole.
    Record {
        /// 条目编号 / which.
        record: String,
        /// 平台汇聚的条目（连接器）/ of what the platform reads; at a connector.
        #[arg(long)]
        platform: bool,
    },
}

const PATH: &str = "/api/v1/harvests";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let send = |path: String, body: Value| {
        let info: HarvestInfo = ask(context, access, async |client| client.post(&path, &body).await)?;
        print_one(context, &info)
    };
    match &asked.verb {
        Verb::List => print_list(context, &ask(context, access, async |client| client.get(PATH).await)?),
        Verb::Show { harvest } => {
            let path = of(harvest, "");
            print_one(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Add { title, address, partner, format, space, every, token_file } => {
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            let request = HarvestRequest {
                title: title.clone(),
                address: said(address),
                partner: said(partner),
                format: said(format),
                space_id: said(space),
                every_hours: *every,
                token: token(token_file.as_ref())?,
            };
            send(PATH.to_owned(), serde_json::to_value(request)?)
        }
        Verb::File { source, path, format, space } => {
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            let list: HarvestList = ask(context, access, async |client| client.get(PATH).await)?;
            let known = known(context, &list, source)?;
            let file = HarvestFile {
                title: if known.is_empty() { source.clone() } else { String::new() },
                space_id: if known.is_empty() { said(space) } else { String::new() },
                harvest_id: known,
                format: said(format),
                name: file_name(path),
                content: STANDARD.encode(std::fs::read(path)?),
            };
            send(format!("{PATH}/file"), serde_json::to_value(file)?)
        }
        Verb::Change { harvest, title, every, pause, resume, token_file } => {
            let change = HarvestChange {
                title: title.clone(),
                every_hours: *every,
                paused: (*pause || *resume).then_some(*pause),
                token: token(token_file.as_ref())?,
            };
            send(of(harvest, ""), serde_json::to_value(change)?)
        }
        Verb::Run { harvest, whole } => send(of(harvest, "/run"), serde_json::to_value(HarvestRun { whole: *whole })?),
        Verb::Remove { harvest } => {
            let path = of(harvest, "/removal");
            let nothing = Value::Null;
            print_list(context, &ask(context, access, async |client| client.post(&path, &nothing).await)?)
        }
        Verb::Search { words, source, platform, after } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let words = words.join(" ");
            let given = |text: &Option<String>| text.clone().unwrap_or_default();
            for (name, value) in [("q", words), ("source", given(source)), ("after", given(after))] {
                if !value.is_empty() {
                    query.append_pair(name, &value);
                }
            }
            let query = query.finish();
            let place = place(*platform);
            let path = if query.is_empty() { place.to_owned() } else { format!("{place}?{query}") };
            print_found(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Record { record, platform } => {
            let path = format!("{}/{}", place(*platform), segment(record));
            print_record(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
    }
}

/// The key of what was handed in before under this key or title; none if it is new.
fn known(context: &Context, list: &HarvestList, source: &str) -> Result<String, Failed> {
    if list.items.iter().any(|one| one.harvest_id == source) {
        return Ok(source.to_owned());
    }
    let named: Vec<&HarvestInfo> = list.items.iter().filter(|one| one.file.is_some() && one.title == source).collect();
    match named.as_slice() {
        [] => Ok(String::new()),
        [one] => Ok(one.harvest_id.clone()),
        _ => Err(Failed::usage(context.say("有多个同名的文件来源，请用编号", "several have this title: say the key"))),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn of(harvest: &str, what: &str) -> String {
    format!("{PATH}/{}{what}", segment(harvest))
}

fn place(platform: bool) -> &'static str {
    if platform { "/api/v1/platform/harvested" } else { "/api/v1/harvested" }
}

/// A token never stands on the command line, where others of the machine could read it.
fn token(file: Option<&PathBuf>) -> Result<Option<String>, Failed> {
    file.map(|file| Ok(std::fs::read_to_string(file)?.trim().to_owned())).transpose()
}

fn print_list(context: &Context, list: &HarvestList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有汇聚源", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "名称", "地址", "格式", "条目", "最近一次", "状态"],
        Lang::En => ["key", "title", "address", "format", "records", "last", "state"],
    };
    let row = |one: &HarvestInfo| {
        let fetched = if one.partner.is_empty() { &one.address } else { &one.partner };
        let address = one.file.as_ref().unwrap_or(fetched);
        let last = one.last.as_ref().map(|last| last.at.to_string()).unwrap_or_default();
        vec![
            one.harvest_id.clone(),
            one.title.clone(),
            address.clone(),
            one.format.clone(),
            one.records.to_string(),
            last,
            state(context, one).to_owned(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn state(context: &Context, one: &HarvestInfo) -> &'static str {
    match (&one.progress, one.paused, &one.last) {
        (Some(_), ..) => context.say("正在读取", "being read"),
        (None, true, _) => context.say("已暂停", "paused"),
        (None, false, None) => context.say("待读取", "due"),
        (None, false, Some(last)) if last.problem.is_some() => context.say("失败", "failed"),
        (None, false, Some(_)) => context.say("正常", "ok"),
    }
}

fn print_one(context: &Context, info: &HarvestInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    print_list(context, &HarvestList { items: vec![info.clone()] })?;
    if let Some(progress) = info.progress {
        let total = progress.total.map(|total| format!(" / {total}")).unwrap_or_default();
        context.print(format!(
            "{} {}{total} ({} {})",
            context.say("已读条目", "records so far"),
            progress.records,
            progress.pages,
            context.say("页", "pages")
        ));
    }
    let Some(last) = &info.last else { return Ok(()) };
    if let Some(problem) = &last.problem {
        context.print(context.text(problem));
    }
    context.print(match context.lang {
        Lang::Zh => format!(
            "新增 {}，变更 {}，未变 {}，移除 {}，无法读取 {}；{} 页，{} 毫秒",
            last.new, last.changed, last.unchanged, last.gone, last.faulty, last.pages, last.took_ms
        ),
        Lang::En => format!(
            "{} new, {} changed, {} unchanged, {} gone, {} not readable; {} pages, {} ms",
            last.new, last.changed, last.unchanged, last.gone, last.faulty, last.pages, last.took_ms
        ),
    });
    last.notes.iter().for_each(|note| context.print(context.text(note)));
    last.faults.iter().for_each(|fault| context.print(format!("{}: {}", fault.place, context.text(&fault.text))));
    Ok(())
}

fn print_found(context: &Context, page: &HarvestedPage) -> Result<(), Failed> {
    if context.json {
        return context.print_json(page);
    }
    if page.entries.is_empty() {
        context.print(context.say("没有找到条目", "nothing was found"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["编号", "名称", "发布方", "来源", "更新时间"],
        Lang::En => ["key", "title", "publisher", "source", "changed"],
    };
    let row = |one: &HarvestedInfo| {
        let modified = one.modified.map(|at| at.to_string()).unwrap_or_default();
        vec![one.record_id.clone(), one.title.clone(), one.publisher.clone(), one.source.clone(), modified]
    };
    context.print_table(&head, page.entries.iter().map(row));
    context.print(match context.lang {
        Lang::Zh => format!("共 {} 条", page.total),
        Lang::En => format!("{} in all", page.total),
    });
    if let Some(next) = &page.next {
        context.print(format!("{} --after {next}", context.say("下一页：", "the next page:")));
    }
    Ok(())
}

fn print_record(context: &Context, info: &HarvestedInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    print_found(context, &HarvestedPage { entries: vec![info.clone()], total: 1, ..HarvestedPage::default() })?;
    for text in [&info.description, &info.licence, &info.page] {
        if !text.is_empty() {
            context.print(text);
        }
    }
    info.addresses.iter().for_each(|address| context.print(address));
    Ok(())
}
