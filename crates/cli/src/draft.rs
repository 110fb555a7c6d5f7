//! `xinyu draft …`: contracts that are drawn up at the platform and negotiated with its operator's help, by the management API: created, mediated and withdrawn at
//! the platform, answered at a party. TC609-6-2025-14 §7.2 c, §7.3 d.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use xinyu_protocol::api::List;
use xinyu_protocol::api::draft::{
    DraftCheck, DraftDecision, DraftInfo, DraftLife, DraftWithdrawal, NewDraft, NewDraftRound,
};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with drafts.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出合约草案 / list them.
    List,
    /// 查看草案：各轮、差异、各方表态 / one, with its rounds, what differs, and who has said what.
    Show {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 校验草案文件，列出全部问题，不保存（平台） / tells everything that is wrong in a draft, at the platform; nothing is stored.
    Check {
        /// 草案文件（JSON） / the draft, as JSON.
        file: PathBuf,
    },
    /// 创建草案并送双方（平台） / creates a draft and puts it before the two, at the platform.
    Create {
        /// 草案文件（JSON） / the draft, as JSON.
        file: PathBuf,
    },
    /// 提出新一轮条款：平台为调解，当事方为修订 / proposes the next round: the platform to mediate, a party to change it.
    Propose(Change),
    /// 认可所见的一轮（当事方） / stands behind the round that was shown, at a party.
    Take {
        /// 合约标识 / the contract.
        contract: String,
        /// 所见一轮的摘要，已有新一轮则不认可 / digest of the round that was shown: no other is taken.
        digest: String,
    },
    /// 拒绝草案并说明理由（当事方） / refuses the draft, and says why, at a party.
    Refuse {
        /// 合约标识 / the contract.
        contract: String,
        /// 所见一轮的摘要 / digest of the round that was shown.
        digest: String,
        /// 理由 / why.
        reason: String,
    },
    /// 撤回草案（平台） / takes a draft back, at the platform.
    Withdraw {
        /// 合约标识 / the contract.
        contract: String,
        /// 理由 / why.
        reason: String,
    },
    /// 导出草案各轮及签名，供存档 / the rounds with their signatures, for the archive.
    File {
        /// 合约标识 / the contract.
        contract: String,
        /// 写入的文件 / where to.
        #[arg(long)]
        out: PathBuf,
    },
}

/// What is changed of the round on the table.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// 合约标识 / the contract.
    contract: String,
    /// 所见一轮的摘要 / digest of the round that was shown.
    digest: String,
    /// 使用次数 / how many uses.
    #[arg(long)]
    uses: Option<u64>,
    /// 字段，逗号分隔 / fields, separated by commas.
    #[arg(long, value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// 自首次使用起的时长 / for how long from the first use, ISO 8601.
    #[arg(long)]
    duration: Option<String>,
    /// 合约期限 / how long the contract lasts, ISO 8601.
    #[arg(long)]
    term: Option<String>,
    /// 固定价格（分） / charged once, in fen.
    #[arg(long)]
    base_fen: Option<u64>,
    /// 每次使用价格（分） / charged for each use, in fen.
    #[arg(long)]
    per_use_fen: Option<u64>,
    /// 完整条款文件（JSON） / whole terms, as JSON.
    #[arg(long)]
    terms: Option<PathBuf>,
    /// 给其他方的说明 / what is said to the others.
    #[arg(long, default_value = "")]
    note: String,
    /// 以当事方身份提出；缺省为平台 / as a party, at its connector; otherwise at the platform.
    #[arg(long)]
    party: bool,
}

const PATH: &str = "/api/v1/drafts";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |contract: &str| format!("{PATH}/{}", segment(contract));
    let decide = |contract: &str, body: &DraftDecision| {
        let path = format!("{}/decision", path(contract));
        ask::<DraftLife>(context, access, async |client| client.post(&path, body).await)
    };
    let said = |action: &str, digest: &str, note: &str| DraftDecision {
        action: action.to_owned(),
        digest: digest.to_owned(),
        note: note.to_owned(),
        ..DraftDecision::default()
    };
    let life = match &asked.verb {
        Verb::List => {
            let list: List<DraftInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            return print_list(context, &list);
        }
        Verb::Check { file } => {
            let body: NewDraft = read(file)?;
            let path = format!("{PATH}/check");
            let found: DraftCheck = ask(context, access, async |client| client.post(&path, &body).await)?;
            return print_check(context, &found);
        }
        Verb::File { contract, out } => {
            let path = format!("{}/file", path(contract));
            let bytes = ask(context, access, async |client| client.bytes(&path).await)?;
            std::fs::write(out, bytes).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            context.print(out.display().to_string());
            return Ok(());
        }
        Verb::Show { contract } => ask(context, access, async |client| client.get(&path(contract)).await)?,
        Verb::Create { file } => {
            let body: NewDraft = read(file)?;
            ask(context, access, async |client| client.post(PATH, &body).await)?
        }
        Verb::Propose(change) => {
            let terms = change.terms.as_ref().map(read).transpose()?;
            let wanted = Some(changed(change)).filter(|change| !change.is_empty());
            if change.party {
                let body = DraftDecision { terms, change: wanted, ..said("propose", &change.digest, &change.note) };
                decide(&change.contract, &body)?
            } else {
                let (digest, note) = (change.digest.clone(), change.note.clone());
                let body = NewDraftRound { digest, terms, change: wanted, note };
                let path = format!("{}/rounds", path(&change.contract));
                ask(context, access, async |client| client.post(&path, &body).await)?
            }
        }
        Verb::Take { contract, digest } => decide(contract, &said("take", digest, ""))?,
        Verb::Refuse { contract, digest, reason } => decide(contract, &said("refuse", digest, reason))?,
        Verb::Withdraw { contract, reason } => {
            let body = DraftWithdrawal { reason: reason.clone() };
            let path = format!("{}/withdrawal", path(contract));
            ask(context, access, async |client| client.post(&path, &body).await)?
        }
    };
    print_life(context, &life)
}

fn changed(change: &Change) -> TermsChange {
    TermsChange {
        uses: change.uses,
        fields: change.fields.clone(),
        duration: change.duration.clone(),
        term: change.term.clone(),
        base_fen: change.base_fen,
        per_use_fen: change.per_use_fen,
        service_parties: None,
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &PathBuf) -> Result<T, Failed> {
    let wrong = |error: String| Failed::usage(format!("{}: {error}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    parse(&bytes, Limits::WIRE).map_err(|error| wrong(error.to_string()))
}

fn print_list(context: &Context, list: &List<DraftInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有合约草案", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["合约", "名称", "提供方", "使用方", "轮次", "状态", "期限"],
        Lang::En => ["contract", "name", "provider", "consumer", "round", "state", "until"],
    };
    let row = |one: &DraftInfo| {
        vec![
            one.contract_id.clone(),
            one.name.clone(),
            one.provider_name.clone(),
            one.consumer_name.clone(),
            one.round.to_string(),
            context.word("draft", one.state.as_str()),
            one.answer_by.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_check(context: &Context, found: &DraftCheck) -> Result<(), Failed> {
    let is_good = found.faults.is_empty() && found.steps.iter().all(|step| step.passed);
    if context.json {
        context.print_json(found)?;
    } else {
        for one in &found.faults {
            context.print(format!("- {} {}", one.pointer, one.text.in_lang(context.lang)));
        }
        for step in &found.steps {
            let (mark, name) = (if step.passed { "+" } else { "-" }, context.word("draft-step", &step.step));
            context.print(format!("{mark} {name} {}", step.text.in_lang(context.lang)));
        }
        for clause in &found.clauses {
            context.print(format!("{} {}", clause.clause, clause.text.in_lang(context.lang)));
        }
    }
    match is_good {
        true if context.json => Ok(()),
        true => {
            context.print(context.say("没有问题，可以创建", "nothing is wrong, it can be created"));
            Ok(())
        }
        false => Err(Failed::quietly(1)),
    }
}

fn print_life(context: &Context, life: &DraftLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    print_list(context, &List { items: vec![life.line.clone()] })?;
    for party in &life.parties {
        let kind = context.word("signatory", &party.signatory_type);
        context.print(format!("{kind} {} {}", party.name, context.word("draft-party", &party.state)));
    }
    for round in &life.rounds {
        let name = &round.author_name;
        context.print(format!("{} {} {name} {}", context.say("轮次", "round"), round.round, round.digest));
        if !round.note.is_empty() {
            context.print(format!("  {}", round.note));
        }
        for difference in &round.differences {
            context.print(format!("  {}", difference.text.in_lang(context.lang)));
        }
    }
    for line in [&life.line.reason, &life.line.note].into_iter().flatten() {
        context.print(line);
    }
    Ok(())
}
