//! `xinyu contract clauses FILE`: smart clauses checked, tried on events before anybody signs, or run again over a log by whoever doubts the result.
//! TC609-6-2025-14 §7.6 c.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xinyu_core::contract::version;
use xinyu_core::smart_clause::{self, Basis, Edition, Fired};
use xinyu_evidence::entry::{Record, VERSION};
use xinyu_evidence::verify::{VerifyOptions, records, verify_log_with};
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::tc609::smart_clause::{Consequence, SmartClause};

use crate::evidence;
use crate::output::{Context, Failed};

/// What is run over what.
#[derive(Debug, Args)]
pub(crate) struct Clauses {
    /// 合约文件，或只含智能条款的 JSON 列表 / a contract file, or a list of smart clauses.
    file: PathBuf,
    /// 试运行：事件列表（JSON，每项有 kind、at 和 facts） / try them on events.
    #[arg(long, conflicts_with = "log")]
    events: Option<PathBuf>,
    /// 复算：存证目录或地址，与平台记录比对 / run them again over a log, and compare with what the platform recorded.
    #[arg(long)]
    log: Option<String>,
    /// 该合约此前各版的文件，可多次；FILE 为最新一版 / files of the versions before, FILE is the newest.
    #[arg(long)]
    before: Vec<PathBuf>,
}

/// An event that somebody makes up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    kind: String,
    at: Timestamp,
    #[serde(default)]
    facts: Map<String, Value>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Outcome {
    clause: String,
    at: String,
    #[serde(rename = "do")]
    consequence: &'static str,
    fen: Option<u64>,
}

impl Outcome {
    fn of(fired: Fired) -> Self {
        let is_renewal = fired.renewal.is_some();
        let fen = fired.charge.map(|charge| charge.fen);
        Self {
            clause: fired.clause,
            at: fired.record,
            consequence: match (fen, is_renewal) {
                (Some(_), _) => "charge",
                (None, true) => "renew",
                (None, false) => "end",
            },
            fen,
        }
    }
}

/// Runs the verb.
pub(crate) fn run(context: &Context, arguments: &Clauses) -> Result<(), Failed> {
    let bytes = read(&arguments.file)?;
    let contract: Option<ContractFile> = serde_json::from_slice(&bytes).ok();
    let clauses: Vec<SmartClause> = match &contract {
        Some(file) => file.contract.expansion_item.smart_clauses.clone(),
        None => parse(&arguments.file, &bytes)?,
    };
    smart_clause::check(&clauses).map_err(|error| Failed::from(context.text(&error.text).to_owned()))?;
    if let Some(log) = &arguments.log {
        let contract =
            contract.ok_or_else(|| Failed::usage(context.say("复算需要合约文件", "a log needs the contract file")))?;
        let mut versions = Vec::new();
        for path in &arguments.before {
            versions.push(parse(path, &read(path)?)?);
        }
        versions.push(contract);
        return again(context, &versions, log);
    }
    let outcomes = match &arguments.events {
        Some(path) => tried(&clauses, parse(path, &read(path)?)?),
        None => Vec::new(),
    };
    if context.json {
        return context.print_json(&serde_json::json!({ "ok": true, "clauses": clauses, "outcomes": outcomes }));
    }
    for clause in &clauses {
        context.print(format!("{}  {}", clause.id, context.text(&clause.text)));
        context.print(format!("    {}: {}", context.say("条件", "when"), clause.when));
        context.print(format!("    {}: {}", context.say("后果", "then"), consequence(context, &clause.then)));
    }
    if arguments.events.is_some() {
        tell(context, &outcomes);
    }
    Ok(())
}

fn consequence(context: &Context, then: &Consequence) -> String {
    match then {
        Consequence::End => context.say("合约终止", "the contract ends").to_owned(),
        Consequence::Renew { by, notice } => {
            let (renews, before) =
                (context.say("自动续签", "renews itself by"), context.say("到期前", "decided before the end by"));
            format!("{renews} {by}, {before} {notice}")
        }
        Consequence::Charge { from, to, fen } => {
            format!("{} → {}: {fen} {}", from.name(), to.name(), context.say("分", "fen"))
        }
    }
}

fn tell(context: &Context, outcomes: &[Outcome]) {
    if outcomes.is_empty() {
        context.print(context.say("没有条款被触发", "nothing follows"));
    }
    let head = [
        context.say("条款", "clause"),
        context.say("事件", "event"),
        context.say("后果", "then"),
        context.say("金额（分）", "fen"),
    ];
    let rows = outcomes.iter().map(|one| {
        vec![
            one.clause.clone(),
            one.at.clone(),
            one.consequence.to_owned(),
            one.fen.map_or_else(String::new, |fen| fen.to_string()),
        ]
    });
    context.print_table(&head, rows);
}

/// Runs clauses over made-up events: each is recorded by whoever records such.
fn tried(clauses: &[SmartClause], events: Vec<Event>) -> Vec<Outcome> {
    let editions = [Edition { number: 1, clauses, ends_at: None }];
    let basis = Basis { editions: &editions, provider: "provider", consumer: "consumer", platform: "platform" };
    let records: Vec<Record> = events
        .into_iter()
        .enumerate()
        .map(|(index, event)| Record {
            v: VERSION,
            id: format!("{} #{}", event.kind, index.saturating_add(1)),
            actor: if event.kind.starts_with("contract.") { basis.platform } else { basis.consumer }.to_owned(),
            kind: event.kind,
            space: String::new(),
            contract: None,
            subject: None,
            at: event.at,
            facts: event.facts.into_iter().collect(),
            refs: Vec::new(),
        })
        .collect();
    smart_clause::replay(&basis, (0..).zip(&records)).1.into_iter().map(Outcome::of).collect()
}

/// Verifies a log, runs the clauses over it, and compares with what the platform wrote into it.
fn again(context: &Context, versions: &[ContractFile], log: &str) -> Result<(), Failed> {
    version::check_chain(versions).map_err(|error| {
        let at = error.clause.as_deref().unwrap_or_default();
        Failed::from(format!("{at}: {}", context.text(&error.text)))
    })?;
    let Some(file) = versions.last() else { return Ok(()) };
    let files = evidence::open(log)?;
    let report = verify_log_with(files.as_ref(), &VerifyOptions::default());
    evidence::tell(context, log, &report, &evidence::Beside::default())?;
    let own = |record: &Record| record.contract.as_deref() == Some(file.contract.contract_id.as_str());
    let entries: Vec<(u64, Record)> = records(files.as_ref(), report.size)
        .map_err(Failed::from)?
        .into_iter()
        .map(|(position, signed)| (position, signed.record))
        .filter(|(_, record)| own(record))
        .collect();
    let consumer = file.contract.consumer().map(|party| party.connector_id.as_str().to_owned()).unwrap_or_default();
    let provider = file.contract.provider().map(|party| party.connector_id.as_str().to_owned()).unwrap_or_default();
    let editions: Vec<Edition<'_>> = versions.iter().map(|file| Edition::of(&file.contract)).collect();
    let basis = Basis {
        editions: &editions,
        provider: &provider,
        consumer: &consumer,
        platform: file.filing.platform_id.as_str(),
    };
    let fired = smart_clause::replay(&basis, entries.iter().map(|(position, record)| (*position, record))).1;
    must_be_the_renewals(context, versions, &fired)?;
    let computed: Vec<Outcome> = fired.into_iter().map(Outcome::of).collect();
    let recorded: Vec<(String, String, Option<u64>)> = entries
        .iter()
        .filter(|(_, record)| record.kind == smart_clause::FIRED && record.actor == basis.platform)
        .map(|(_, record)| {
            let text = |name: &str| record.facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            (record.subject.clone().unwrap_or_default(), text("at"), record.facts.get("fen").and_then(Value::as_u64))
        })
        .collect();
    let is_same = computed.iter().map(|one| (one.clause.clone(), one.at.clone(), one.fen)).eq(recorded.iter().cloned());
    if context.json {
        context.print_json(&serde_json::json!({ "ok": is_same, "outcomes": computed, "entries": entries.len() }))?;
    } else {
        tell(context, &computed);
    }
    if is_same {
        if !context.json {
            context.print(context.say("与平台记录一致", "the platform recorded the same"));
        }
        return Ok(());
    }
    Err(Failed::from(format!(
        "{}: {} ≠ {}",
        context.say("复算结果与平台记录不同", "the platform recorded something else"),
        computed.len(),
        recorded.len()
    )))
}

/// That the versions that nobody signed are those that the clauses have brought about, and no others.
fn must_be_the_renewals(context: &Context, versions: &[ContractFile], fired: &[Fired]) -> Result<(), Failed> {
    let stand = versions.iter().filter_map(|file| file.contract.renewed_by());
    let follow = fired.iter().filter_map(|one| one.renewal.as_ref());
    if stand.eq(follow) {
        return Ok(());
    }
    let text = ("自动续签的版本与依存证复算的不同", "the versions by renewal are not those that follow from the log");
    Err(Failed::from(context.say(text.0, text.1).to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, Failed> {
    serde_json::from_slice(bytes).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}
