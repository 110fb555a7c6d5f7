//! `xinyu glossary …`: 语义模型: the vocabulary of a space, read, published and compared; at a connector also what the columns of a resource mean by it.
//! TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Deserialize;
use url::form_urlencoded;
use xinyu_discovery::glossary::{Vocabulary, check, edition};
use xinyu_protocol::api::glossary::{
    ColumnTerm, GlossaryDifference, GlossaryEdition, GlossaryEditions, GlossaryInfo, GlossaryPublished, GlossaryTerm,
    NewGlossary, ResourceTerms, TermDecision,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with vocabularies.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 各空间的词汇表 / the newest of each space.
    List,
    /// 空间的术语，可按词检索 / the terms of a space, or those with words in them.
    Show {
        /// 空间 / the space.
        space: String,
        /// 词 / words in them.
        words: Vec<String>,
        /// 版本，缺省为最新 / which version; the newest when absent.
        #[arg(long)]
        version: Option<String>,
    },
    /// 离线检查词汇表文件（JSON 或 SKOS），列出全部错误 / every fault of a file, without a node.
    Check {
        /// 文件 / the file.
        file: PathBuf,
    },
    /// 平台发布词汇表（JSON 或 SKOS），或起步词汇表 / a platform publishes a version.
    Publish {
        /// 空间 / the space.
        space: String,
        /// 文件 / the file.
        #[arg(required_unless_present = "starter", conflicts_with = "starter")]
        file: Option<PathBuf>,
        /// 选用随程序提供的起步词汇表 / takes the vocabulary to begin with.
        #[arg(long)]
        starter: bool,
        /// 说明 / what is said of it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 导出为 SKOS（JSON-LD），或本程序的 JSON / a version as SKOS, or in our own form.
    Export {
        /// 空间 / the space.
        space: String,
        /// 版本，缺省为最新 / which version; the newest when absent.
        #[arg(long)]
        version: Option<String>,
        /// 本程序的 JSON 形式，可修改后再发布 / in our own form, to be changed and published again.
        #[arg(long)]
        plain: bool,
        /// 写入文件，缺省为标准输出 / where to write it; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 各版本 / the versions.
    Versions {
        /// 空间 / the space.
        space: String,
    },
    /// 两个版本的差异，缺省为最新与其前一版 / terms added, changed and removed.
    Difference {
        /// 空间 / the space.
        space: String,
        /// 之前的版本 / the version before.
        #[arg(long)]
        from: Option<String>,
        /// 之后的版本 / the version after.
        #[arg(long)]
        to: Option<String>,
    },
    /// 资源各字段的术语与建议及理由（连接器） / what columns mean and may mean, with reasons.
    Suggest {
        /// 资源 / the resource.
        resource: String,
        /// 按哪个空间的词汇表 / by the glossary of which space.
        #[arg(long, default_value = "")]
        space: String,
    },
    /// 确定字段的术语（连接器） / decides what a column means.
    Map {
        /// 资源 / the resource.
        resource: String,
        /// 字段 / the column.
        column: String,
        /// 术语：IRI 或名称 / the term, by its IRI or a name.
        term: String,
        /// 按哪个空间的词汇表 / by the glossary of which space.
        #[arg(long, default_value = "")]
        space: String,
    },
    /// 取消字段的术语（连接器） / takes away what was decided.
    Unmap {
        /// 资源 / the resource.
        resource: String,
        /// 字段 / the column.
        column: String,
        /// 按哪个空间的词汇表 / by the glossary of which space.
        #[arg(long, default_value = "")]
        space: String,
    },
}

const PATH: &str = "/api/v1/glossaries";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::List => print_editions(context, &ask(context, access, async |client| client.get(PATH).await)?),
        Verb::Versions { space } => {
            let path = of(space, "/versions", &[]);
            print_editions(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Show { space, words, version } => {
            let path = of(space, "", &[("version", version.as_deref())]);
            let info: GlossaryInfo = ask(context, access, async |client| client.get(&path).await)?;
            show(context, &info, &words.join(" "))
        }
        Verb::Check { file } => examine(context, file),
        Verb::Publish { space, file, starter, note } => {
            let document = file.as_deref().map(read_json).transpose()?;
            let body = NewGlossary { document, starter: *starter, note: note.clone() };
            let path = of(space, "", &[]);
            let done: GlossaryPublished = ask(context, access, async |client| client.post(&path, &body).await)?;
            published(context, &done)
        }
        Verb::Export { space, version, plain, out } => {
            let query = [("version", version.as_deref())];
            let bytes = if *plain {
                let path = of(space, "", &query);
                let info: GlossaryInfo = ask(context, access, async |client| client.get(&path).await)?;
                serde_json::to_vec_pretty(&info.glossary.vocabulary)?
            } else {
                let path = of(space, "/skos", &query);
                ask(context, access, async |client| client.bytes(&path).await)?
            };
            match out {
                Some(out) => {
                    std::fs::write(out, &bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))
                }
                None => {
                    context.print(String::from_utf8_lossy(&bytes));
                    Ok(())
                }
            }
        }
        Verb::Difference { space, from, to } => {
            let path = of(space, "/difference", &[("from", from.as_deref()), ("to", to.as_deref())]);
            let found: GlossaryDifference = ask(context, access, async |client| client.get(&path).await)?;
            if context.json {
                return context.print_json(&found);
            }
            print_difference(context, &found);
            Ok(())
        }
        Verb::Suggest { resource, space } => {
            let query = [("space", Some(space.as_str()))];
            let path = with(format!("/api/v1/resources/{}/terms", segment(resource)), &query);
            print_terms(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Map { resource, column, term, space } => decide(context, asked, resource, space, column, term),
        Verb::Unmap { resource, column, space } => decide(context, asked, resource, space, column, ""),
    }
}

fn decide(
    context: &Context,
    asked: &Asked<Verb>,
    resource: &str,
    space: &str,
    column: &str,
    term: &str,
) -> Result<(), Failed> {
    let path = format!("/api/v1/resources/{}/terms", segment(resource));
    let body = TermDecision { space_id: space.to_owned(), column: column.to_owned(), term: term.to_owned() };
    print_terms(context, &ask(context, &asked.access, async |client| client.post(&path, &body).await)?)
}

fn of(space: &str, what: &str, query: &[(&str, Option<&str>)]) -> String {
    with(format!("{PATH}/{}{what}", segment(space)), query)
}

fn with(path: String, query: &[(&str, Option<&str>)]) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            pairs.append_pair(name, value);
        }
    }
    let query = pairs.finish();
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// Checks a file as the platform will.
fn examine(context: &Context, file: &Path) -> Result<(), Failed> {
    let refused = |rejection: xinyu_core::fault::Rejection| {
        let place = rejection.clause.as_deref().unwrap_or_default();
        Failed { line: Some(format!("xinyu: {} {place}", context.text(&rejection.text))), status: 1 }
    };
    let (vocabulary, lost) = edition::take(&read_json(file)?).map_err(refused)?;
    let faults = check(&vocabulary);
    if context.json {
        context.print_json(&serde_json::json!({ "terms": vocabulary.terms.len(), "faults": faults, "lost": lost }))?;
    } else {
        let words = context.say("术语", "terms");
        context.print(format!("{words}: {}", vocabulary.terms.len()));
        let rows = faults.iter().map(|fault| vec![fault.place.clone(), context.text(&fault.text).to_owned()]);
        let left = lost.iter().map(|loss| vec![loss.path.clone(), context.text(&loss.text).to_owned()]);
        let rows: Vec<Vec<String>> = rows.chain(left).collect();
        if !rows.is_empty() {
            context.print_table(&[context.say("位置", "place"), context.say("问题", "what")], rows);
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let line = context.say("词汇表有错误", "the vocabulary has faults");
    Err(Failed { line: Some(format!("xinyu: {line}: {}", faults.len())), status: 1 })
}

fn print_editions(context: &Context, list: &GlossaryEditions) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有词汇表", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["空间", "版本", "名称", "术语", "发布时间", "说明"],
        Lang::En => ["space", "version", "title", "terms", "published", "note"],
    };
    let row = |one: &GlossaryEdition| {
        vec![
            one.space_id.clone(),
            one.version.clone(),
            context.text(&one.title).to_owned(),
            one.terms.to_string(),
            one.published_at.to_string(),
            one.note.clone(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    kept(context, list.is_kept);
    Ok(())
}

fn kept(context: &Context, is_kept: bool) {
    if is_kept {
        context.print(
            context
                .say("服务平台暂时无法连接，以上为本地保存的版本", "the platform is away: this is what is kept here"),
        );
    }
}

fn show(context: &Context, info: &GlossaryInfo, words: &str) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    let vocabulary = Vocabulary::deserialize(&info.glossary.vocabulary)?;
    let words = words.to_lowercase();
    let is_meant = |term: &&xinyu_discovery::glossary::Term| {
        let said = term.names().chain([term.id.as_str(), &term.definition.zh, &term.definition.en]);
        let said: String = said.collect::<Vec<_>>().join("\n").to_lowercase();
        words.split_whitespace().all(|word| said.contains(word))
    };
    let head = match context.lang {
        Lang::Zh => ["术语", "英文", "类型", "同义词", "标识"],
        Lang::En => ["term", "in English", "kind", "synonyms", "identifier"],
    };
    let row = |term: &xinyu_discovery::glossary::Term| {
        let kind = term.kind.map(|kind| context.word("type", kind.as_str())).unwrap_or_default();
        vec![term.name.zh.clone(), term.name.en.clone(), kind, term.synonyms.join(" "), term.id.clone()]
    };
    context.print_table(&head, vocabulary.terms.iter().filter(is_meant).map(row));
    kept(context, info.is_kept);
    Ok(())
}

fn published(context: &Context, done: &GlossaryPublished) -> Result<(), Failed> {
    if context.json {
        return context.print_json(done);
    }
    print_editions(context, &GlossaryEditions { items: vec![done.edition.clone()], is_kept: false })?;
    print_difference(context, &done.difference);
    for loss in &done.lost {
        context.print(format!("{} {}", loss.path, context.text(&loss.text)));
    }
    Ok(())
}

fn print_difference(context: &Context, found: &GlossaryDifference) {
    let sides = [
        (context.say("新增", "added"), &found.added),
        (context.say("修改", "changed"), &found.changed),
        (context.say("删除", "removed"), &found.removed),
    ];
    let row = |side: &str, term: &GlossaryTerm| {
        vec![side.to_owned(), context.text(&term.name).to_owned(), term.id.clone(), term.members.join(" ")]
    };
    let rows: Vec<Vec<String>> =
        sides.iter().flat_map(|(side, terms)| terms.iter().map(|term| row(side, term))).collect();
    context.print(format!("{} → {}", found.from, found.to));
    if rows.is_empty() {
        context.print(context.say("没有差异", "nothing is different"));
        return;
    }
    let head = match context.lang {
        Lang::Zh => ["变化", "术语", "标识", "改动项"],
        Lang::En => ["change", "term", "identifier", "members"],
    };
    context.print_table(&head, rows);
}

fn print_terms(context: &Context, info: &ResourceTerms) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    let head = match context.lang {
        Lang::Zh => ["字段", "类型", "术语", "确定人", "建议", "理由"],
        Lang::En => ["column", "kind", "term", "by", "may mean", "why"],
    };
    let row = |one: &ColumnTerm| {
        let (term, by) = one.mapped.as_ref().map_or_else(Default::default, |mapped| {
            let gone = context.say("（已不在词汇表中）", " (no longer in the glossary)");
            let name =
                if mapped.is_known { context.text(&mapped.name).to_owned() } else { format!("{}{gone}", mapped.term) };
            (name, mapped.by.clone())
        });
        let told = one.suggestions.iter().map(|found| format!("{} {}‰", context.text(&found.name), found.permille));
        let why = one.suggestions.first().map(|found| {
            let reasons: Vec<&str> = found.reasons.iter().map(|reason| context.text(reason)).collect();
            reasons.join(context.say("；", "; "))
        });
        let told: Vec<String> = told.collect();
        let kind = context.word("type", &one.kind);
        vec![one.column.clone(), kind, term, by, told.join(context.say("、", ", ")), why.unwrap_or_default()]
    };
    context.print_table(&head, info.columns.iter().map(row));
    let covered = &info.coverage;
    let words = context.say("已映射", "mapped");
    context.print(format!(
        "{} {}: {words} {} / {}",
        info.edition.space_id, info.edition.version, covered.mapped, covered.columns
    ));
    kept(context, info.is_kept);
    Ok(())
}
