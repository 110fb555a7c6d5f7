//! `xinyu reputation show|compute|verify`: what a platform states of its members, and the same computed again from the statement alone. docs/reputation.md.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use xinyu_core::reputation::{factor_words, verify};
use xinyu_crypto::{ForeignJws, Suite};
use xinyu_identity::did::DidWeb;
use xinyu_identity::{ForeignDocument, TokenKind};
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::tc609::reputation::{FactorResult, ReputationStatement, SignedStatement};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with a reputation. It cannot be set.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 显示信誉声明：平台查某成员，连接器查本端 / a statement: of a member on a platform, of itself on a connector.
    Show {
        /// 成员的连接器（平台） / which member, on a platform.
        connector: Option<String>,
        /// 把签名的声明写入文件 / where to write the signed statement.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 平台按现有记录重新计算 / a platform computes it anew.
    Compute {
        /// 成员的连接器 / which member.
        connector: String,
    },
    /// 离线重算声明：一致或不一致 / computes a statement again, offline: same or different.
    Verify {
        /// 声明文件 / the signed statement.
        file: PathBuf,
        /// 平台的 DID 文档，用于核验签名 / the DID document of the platform, to check the signature.
        #[arg(long)]
        document: Option<PathBuf>,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let path = |connector: &str| format!("/api/v1/participants/{}/reputation", segment(connector));
    match &asked.verb {
        Verb::Show { connector, out } => {
            let path = connector.as_deref().map_or_else(|| "/api/v1/reputation".to_owned(), path);
            let info: ReputationInfo = ask(context, &asked.access, async |client| client.get(&path).await)?;
            if let Some(out) = out {
                let text = serde_json::to_vec_pretty(&info.signed)?;
                std::fs::write(out, text).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))?;
            }
            print(context, &info.signed)
        }
        Verb::Compute { connector } => {
            let path = path(connector);
            let info: ReputationInfo =
                ask(context, &asked.access, async |client| client.post(&path, &json!({})).await)?;
            print(context, &info.signed)
        }
        Verb::Verify { file, document } => check(context, file, document.as_deref()),
    }
}

fn print(context: &Context, signed: &SignedStatement) -> Result<(), Failed> {
    if context.json {
        return context.print_json(signed);
    }
    let statement = &signed.statement;
    context.print(format!("{}  {}", statement.connector_id, told(context, statement)));
    let head = match context.lang {
        Lang::Zh => ["因素", "权重 ‰", "有利", "不利", "得分", "贡献"],
        Lang::En => ["factor", "weight ‰", "for", "against", "score", "brings"],
    };
    let row = |one: &FactorResult| {
        vec![
            context.text(&factor_words(&one.factor)).to_owned(),
            one.weight_permille.to_string(),
            one.good.to_string(),
            one.bad.to_string(),
            one.score.to_string(),
            one.contribution.to_string(),
        ]
    };
    context.print_table(&head, statement.factors.iter().map(row));
    Ok(())
}

/// The figure, or that there is none.
pub(crate) fn told(context: &Context, statement: &ReputationStatement) -> String {
    match (statement.figure, &statement.grade) {
        (Some(figure), Some(grade)) => {
            format!("{} {figure} / 1000  {grade}  ({})", context.say("信誉", "reputation"), statement.formula)
        }
        _ => context.say("信誉：记录过少，暂不给出数值", "no figure yet, too little is known").to_owned(),
    }
}

fn check(context: &Context, file: &Path, document: Option<&Path>) -> Result<(), Failed> {
    let wrong = |why: String| Failed::from(format!("{}: {why}", file.display()));
    let signed: SignedStatement = serde_json::from_value(read_json(file)?)
        .map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    let canonical = xinyu_protocol::json::canonical(&signed.statement)?;
    if Suite::Intl.hash(&canonical).to_string() != signed.digest {
        return Err(wrong(context.say("摘要不符，声明被改动", "another digest, the statement was changed").to_owned()));
    }
    if let Err(differs) = verify(&signed.statement) {
        return Err(wrong(format!("{}: {}", context.say("重算不一致", "different"), context.text(&differs.text))));
    }
    let jws = ForeignJws::parse(&signed.jws)?;
    if jws.payload_unverified() != canonical {
        return Err(wrong(context.say("签名的是另一份声明", "another statement was signed").to_owned()));
    }
    let is_signed = match document {
        None => false,
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
            let issuer = DidWeb::parse(&signed.statement.issuer)?;
            let key = ForeignDocument::parse(&bytes, &issuer)?.signing_key(TokenKind::Verifiable, jws.kid())?;
            jws.verify(&key)?;
            true
        }
    };
    if context.json {
        return context.print_json(&json!({
            "ok": true, "figure": signed.statement.figure, "grade": signed.statement.grade, "digest": signed.digest,
            "formula": signed.statement.formula, "signatureChecked": is_signed,
        }));
    }
    let signature = if is_signed {
        context.say("签名有效", "the signature is good")
    } else {
        context.say(
            "签名未核验（用 --document 给出 DID 文档）",
            "signature not checked (give the DID document by --document)",
        )
    };
    context.print(format!("{}: {}; {signature}", context.say("重算一致", "same"), told(context, &signed.statement)));
    Ok(())
}
