//! `xinyu negotiation list|show|start|decide|export|watch`: negotiations of a connector, step by step, by the management API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NegotiationInfo, NewNegotiation, ProcessInfo};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::negotiation::ProposedTerms;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};
use crate::process::{self, NEGOTIATION};

/// What can be done with negotiations.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出协商 / list them.
    List,
    /// 查看一项协商、其条款与各轮差异 / one, with its terms and what changed from round to round.
    Show {
        /// 进程标识 / the process id.
        pid: String,
    },
    /// 发起协商 / begin one.
    Start(Box<Start>),
    /// 作出本方的决定 / make a move of this side.
    Decide {
        /// 进程标识 / the process id.
        pid: String,
        /// 操作：request、offer、accept、agree、verify、finalize 或 terminate / the move.
        action: String,
        /// 终止的原因，告知对方 / why it is terminated, for the other side.
        #[arg(long, default_value = "")]
        note: String,
        /// 本方条款（ODRL 要约），用于 request 和 offer / terms of our own, an ODRL offer.
        #[arg(long)]
        terms: Option<PathBuf>,
        #[command(flatten)]
        change: Box<Change>,
    },
    /// 导出协商存档，供离线核验 / its history as a file, for `xinyu contract history`.
    Export {
        /// 进程标识 / the process id.
        pid: String,
        /// 写入的文件 / the file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// 实时跟踪；给出标识时，生效则以 0、终止则以 1 退出 / follow live; of one, the exit status says how it ended.
    Watch {
        /// 进程标识 / the process id.
        pid: Option<String>,
    },
}

/// Other terms among members: a few figures, or the whole document. What is not given stays as it is on the table.
#[derive(Debug, Default, Args)]
pub(crate) struct Change {
    /// 每条允许策略的使用次数 / how many uses each permission allows.
    #[arg(long)]
    uses: Option<u64>,
    /// 可用字段，逗号分隔 / the fields that may be used, with commas between them.
    #[arg(long, value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// 自首次使用起的时长，如 P30D / for how long from the first use.
    #[arg(long)]
    duration: Option<String>,
    /// 合约期限，如 P90D / how long the contract lasts.
    #[arg(long)]
    term: Option<String>,
    /// 基础费用，分 / the base price, in fen.
    #[arg(long)]
    base_fen: Option<u64>,
    /// 每次使用费用，分 / the price of each use, in fen.
    #[arg(long)]
    per_use_fen: Option<u64>,
    /// 数据服务方，写作 连接器标识:服务:名称，可多次；none 表示没有 / a service party as connector:service:name; none: without.
    #[arg(long)]
    serving: Vec<String>,
    /// 完整条款文件（策略、价格、期限） / the whole terms: policies, revenue, term.
    #[arg(long)]
    document: Option<PathBuf>,
}

impl Change {
    fn figures(&self) -> Result<Option<TermsChange>, Failed> {
        let change = TermsChange {
            uses: self.uses,
            fields: self.fields.clone(),
            duration: self.duration.clone(),
            term: self.term.clone(),
            base_fen: self.base_fen,
            per_use_fen: self.per_use_fen,
            service_parties: self.serving()?,
        };
        Ok((!change.is_empty()).then_some(change))
    }

    fn serving(&self) -> Result<Option<Vec<ServiceParty>>, Failed> {
        match self.serving.as_slice() {
            [] => Ok(None),
            [none] if none == "none" => Ok(Some(Vec::new())),
            all => all.iter().map(|one| party(one)).collect::<Result<_, _>>().map(Some),
        }
    }

    fn whole(&self) -> Result<Option<ProposedTerms>, Failed> {
        let Some(path) = self.document.as_deref() else { return Ok(None) };
        let read = serde_json::from_value(read_json(path)?);
        read.map(Some).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
    }
}

/// A service party as it is written: `connector:service:name`.
fn party(text: &str) -> Result<ServiceParty, Failed> {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().unwrap_or_default().trim().to_owned();
    let written = serde_json::json!({ "connectorId": part(), "service": part(), "name": part() });
    serde_json::from_value(written).map_err(|error| Failed::usage(format!("{text}: {error}")))
}

/// With whom, over what.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("with").required(true).args(["contract", "partner"]))]
pub(crate) struct Start {
    /// 已批准的使用申请的合约标识 / the contract of an approved application.
    #[arg(long)]
    contract: Option<String>,
    /// 伙伴连接器的标识 / the partner.
    #[arg(long, requires = "dataset")]
    partner: Option<String>,
    /// 伙伴的数据集；由本方提供时为本方产品 / the partner's dataset, or our product.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    dataset: Option<String>,
    /// 数据集的哪个要约，默认第一个 / which offer of the dataset, the first when absent.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    offer: Option<String>,
    /// 本方条款（ODRL 要约），代替数据集的要约 / terms of our own, an ODRL offer, in place of the dataset's.
    #[arg(long, requires = "partner", conflicts_with_all = ["contract", "offer"])]
    terms: Option<PathBuf>,
    /// 由本方提供，先提出要约 / we provide: the first message is our offer.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    as_provider: bool,
    /// 本方的每一步都等待决定 / every move of ours waits for a decision.
    #[arg(long)]
    stepwise: bool,
    /// 幂等键，同一个键是同一项协商 / the same key is the same negotiation.
    #[arg(long, requires = "partner", conflicts_with = "contract")]
    key: Option<String>,
    #[command(flatten)]
    change: Change,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |pid: &str| format!("{}/{}", NEGOTIATION.path, segment(pid));
    match &asked.verb {
        Verb::List => {
            let list: List<ProcessInfo> = ask(context, access, async |client| client.get(NEGOTIATION.path).await)?;
            process::print_list(context, &list)
        }
        Verb::Show { pid } => show(context, &ask(context, access, async |client| client.get(&path(pid)).await)?),
        Verb::Start(start) => {
            let body = NewNegotiation {
                contract_id: start.contract.clone(),
                partner: start.partner.clone(),
                dataset: start.dataset.clone(),
                offer_id: start.offer.clone(),
                offer: start.terms.as_deref().map(read_json).transpose()?,
                as_provider: start.as_provider,
                stepwise: start.stepwise,
                key: start.key.clone(),
                terms: start.change.whole()?,
                change: start.change.figures()?,
            };
            let begun = ask(context, access, async |client| client.post(NEGOTIATION.path, &body).await)?;
            process::print_one(context, &begun)
        }
        Verb::Decide { pid, action, note, terms, change } => {
            let body = Decision {
                action: action.clone(),
                note: note.clone(),
                offer: terms.as_deref().map(read_json).transpose()?,
                terms: change.whole()?,
                change: change.figures()?,
            };
            let path = format!("{}/decision", path(pid));
            let decided = ask(context, access, async |client| client.post(&path, &body).await)?;
            process::print_one(context, &decided)
        }
        Verb::Export { pid, out } => {
            let path = format!("{}/history", path(pid));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            context.print(format!("{} {}", context.say("已写入", "written to"), out.display()));
            Ok(())
        }
        Verb::Watch { pid } => {
            let ended_well = ask(context, access, async |client| {
                process::watch(context, access, client, &NEGOTIATION, pid.as_deref()).await
            })?;
            if ended_well { Ok(()) } else { Err(Failed::quietly(1)) }
        }
    }
}

fn show(context: &Context, info: &NegotiationInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(info);
    }
    let mut facts = process::facts(context, &info.process);
    facts.push(("协议标识", "agreement", info.agreement_id.clone().unwrap_or_default()));
    process::print_facts(context, &facts);
    if info.clauses.is_empty() {
        context.print(context.say(
            "条款（含本连接器不能解读的内容，按原文列出）：",
            "terms (some of them cannot be read here, so they stand as they are):",
        ));
        return context.print_json(&info.offer);
    }
    context.print(context.say("条款：", "terms:"));
    process::print_clauses(context, &info.clauses, "  ");
    if let Some(terms) = &info.terms {
        let price = &terms.revenue;
        process::print_facts(
            context,
            &[
                ("基础费用（分）", "base price, fen", price.base_fen.to_string()),
                ("每次使用费用（分）", "price of each use, fen", price.per_use_fen.to_string()),
                ("合约期限", "term", terms.term.clone()),
            ],
        );
    }
    print_rounds(context, info);
    Ok(())
}

/// Who moved when, and what that changed.
fn print_rounds(context: &Context, info: &NegotiationInfo) {
    if !info.rounds.is_empty() {
        context.print(context.say("经过：", "what was said:"));
    }
    for round in &info.rounds {
        let move_ = context.word("move", &round.kind);
        let mut line = format!("  {}. {}  {}  {move_}", round.number, round.at, context.word("role", &round.by));
        if let Some(number) = round.round {
            line.push_str(&context.say("（第 {n} 轮）", " (round {n})").replace("{n}", &number.to_string()));
        }
        if let Some(note) = &round.note {
            line.push_str(&format!("  {note}"));
        }
        context.print(line);
        for difference in &round.differences {
            context.print(format!("     · {}", context.text(&difference.text)));
        }
    }
}
