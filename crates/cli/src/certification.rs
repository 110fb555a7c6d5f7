//! `xinyu certification …`: schemes, applications, assessments, decisions and certificates, by the management API. TC609-6-2025-01 §5.2.2.13.

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::{
    CertificationInfo, CertificationLife, CertificationMove, PublicCertificate, ReportInfo, SchemeList,
};
use xinyu_protocol::tc609::certification::{
    CertificationRequest, EvidenceKind, EvidenceRef, Finding, Judgement, NewScheme, Outcome, Scheme,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with certifications.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出认证方案 / the schemes.
    Schemes,
    /// 平台保存认证方案（JSON）为新版本 / a platform saves a scheme as a new version.
    Define {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 申请认证：连接器为本端，平台可代成员申请 / applies: a connector for itself, a platform for a member.
    Apply {
        /// 方案编号 / the scheme.
        scheme: String,
        /// 成员的连接器（平台代为申请时） / for which member, on a platform.
        #[arg(long)]
        connector: Option<String>,
        /// 产品标识（数据服务认证） / which product.
        #[arg(long)]
        product: Option<String>,
        /// 申请说明 / what to say.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 列出认证 / certifications.
    List {
        /// 只列该成员（平台） / only of this member, on a platform.
        #[arg(long)]
        connector: Option<String>,
    },
    /// 显示认证：逐项指标、测量值、缺什么 / one, with every criterion and what is missing.
    Show {
        /// 认证编号 / which.
        certification: String,
    },
    /// 记录一项评估结论 / records a finding.
    Find {
        /// 认证编号 / which.
        certification: String,
        /// 指标编号 / the criterion.
        criterion: String,
        /// met、partly、not、not_applicable / how far it is met.
        outcome: String,
        /// 评估情况 / what was found.
        text: String,
        /// 证据：附件摘要，可重复 / digests of documents.
        #[arg(long)]
        attachment: Vec<String>,
        /// 证据：存证编号，可重复 / ids of records in the log.
        #[arg(long)]
        entry: Vec<String>,
    },
    /// 评估：begin、complete，或 cancel 撤回申请 / begins or completes the assessment, cancels the application.
    Assess {
        /// 认证编号 / which.
        certification: String,
        /// begin、complete、cancel / the move.
        action: String,
    },
    /// 决定：certify、refuse、reopen、suspend、resume、withdraw / decides.
    Decide {
        /// 认证编号 / which.
        certification: String,
        /// 动作 / the move.
        action: String,
        /// 理由 / why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// 撤销认证，凭证立即失效 / withdraws it; its credentials are no good from now on.
    Withdraw {
        /// 认证编号 / which.
        certification: String,
        /// 理由 / why.
        #[arg(long)]
        reason: String,
    },
    /// 评估报告及其摘要，其摘要写在凭证中 / the report of an assessment, whose digest stands in the credential.
    Report {
        /// 认证编号 / which.
        certification: String,
    },
    /// 查询有效证书 / the certificates that are good, as strangers see them.
    Certified,
    /// 导出证书的可验证凭证 / the credential of a certificate, for `xinyu credential verify`.
    Export {
        /// 认证编号 / which.
        certification: String,
        /// vc11 或 vc20 / the profile.
        #[arg(long, default_value = "vc11")]
        profile: String,
        /// 写入文件 / where to write it; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

const PATH: &str = "/api/v1/certifications";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    match &asked.verb {
        Verb::Schemes => {
            let list: SchemeList =
                ask(context, access, async |client| client.get("/api/v1/certificationSchemes").await)?;
            print_schemes(context, &list)
        }
        Verb::Define { file } => {
            let body: NewScheme = serde_json::from_value(read_json(file)?)
                .map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            let saved: Scheme =
                ask(context, access, async |client| client.post("/api/v1/certificationSchemes", &body).await)?;
            context.print_json(&saved)
        }
        Verb::Apply { scheme, connector, product, note } => {
            let body = CertificationRequest {
                scheme_id: scheme.clone(),
                connector_id: connector.clone(),
                product_id: product.clone(),
                note: note.clone(),
                request_id: None,
            };
            print_life(context, &ask(context, access, async |client| client.post(PATH, &body).await)?)
        }
        Verb::List { connector } => {
            let query = connector.as_ref().map(|id| format!("?connector={}", segment(id))).unwrap_or_default();
            let path = format!("{PATH}{query}");
            // A connector answers with everything about each.
            let list: List<serde_json::Value> = ask(context, access, async |client| client.get(&path).await)?;
            let read =
                |one: serde_json::Value| serde_json::from_value(one.get("certification").cloned().unwrap_or(one));
            let items = list.items.into_iter().map(read).collect::<Result<Vec<CertificationInfo>, _>>()?;
            print_list(context, &List { items })
        }
        Verb::Show { certification } => {
            let path = format!("{PATH}/{}", segment(certification));
            print_life(context, &ask(context, access, async |client| client.get(&path).await)?)
        }
        Verb::Find { certification, criterion, outcome, text, attachment, entry } => {
            let known = Outcome::ALL.into_iter().find(|one| one.as_str() == outcome);
            let outcome = known.ok_or_else(|| Failed::usage(format!("{outcome}: met, partly, not, not_applicable")))?;
            let refer = |kind, all: &[String]| {
                let one = move |reference: &String| EvidenceRef { kind, reference: reference.clone() };
                all.iter().map(one).collect::<Vec<_>>()
            };
            let mut evidence = refer(EvidenceKind::Attachment, attachment);
            evidence.extend(refer(EvidenceKind::Entry, entry));
            let body = Finding { code: criterion.clone(), outcome, text: text.clone(), evidence };
            let path = format!("{PATH}/{}/findings", segment(certification));
            print_life(context, &ask(context, access, async |client| client.post(&path, &body).await)?)
        }
        Verb::Assess { certification, action } => step(context, asked, certification, "assessment", (action, "")),
        Verb::Decide { certification, action, reason } => {
            step(context, asked, certification, "decision", (action, reason))
        }
        Verb::Withdraw { certification, reason } => {
            step(context, asked, certification, "decision", ("withdraw", reason))
        }
        Verb::Report { certification } => {
            let path = format!("{PATH}/{}/report", segment(certification));
            let report: ReportInfo = ask(context, access, async |client| client.get(&path).await)?;
            context.print_json(&report)
        }
        Verb::Certified => {
            let list: List<PublicCertificate> = ask(context, access, async |client| client.get("/certified").await)?;
            print_certified(context, &list)
        }
        Verb::Export { certification, profile, out } => {
            let path = format!("/certified/{}/credential/{}", segment(certification), segment(profile));
            let jwt = ask(context, access, async |client| client.bytes(&path).await)?;
            match out {
                Some(out) => {
                    std::fs::write(out, &jwt).map_err(|error| Failed::usage(format!("{}: {error}", out.display())))
                }
                None => {
                    context.print(String::from_utf8_lossy(&jwt));
                    Ok(())
                }
            }
        }
    }
}

fn step(
    context: &Context,
    asked: &Asked<Verb>,
    certification: &str,
    what: &str,
    (action, reason): (&str, &str),
) -> Result<(), Failed> {
    let body = CertificationMove { action: action.to_owned(), reason: reason.to_owned() };
    let path = format!("{PATH}/{}/{what}", segment(certification));
    print_life(context, &ask(context, &asked.access, async |client| client.post(&path, &body).await)?)
}

fn print_schemes(context: &Context, list: &SchemeList) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["方案", "版本", "名称", "对象", "指标", "有效期（月）"],
        Lang::En => ["scheme", "version", "name", "certifies", "criteria", "months"],
    };
    let row = |one: &Scheme| {
        let scheme = &one.definition;
        vec![
            scheme.scheme_id.clone(),
            one.version.to_string(),
            context.text(&scheme.name).to_owned(),
            context.word("certified-kind", scheme.subject.as_str()),
            scheme.criteria.len().to_string(),
            scheme.validity_months.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_list(context: &Context, list: &List<CertificationInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有认证", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["认证编号", "方案", "对象", "状态", "等级", "有效期至"],
        Lang::En => ["certification", "scheme", "subject", "state", "grade", "valid until"],
    };
    let row = |one: &CertificationInfo| {
        vec![
            one.certification_id.clone(),
            context.text(&one.scheme_name).to_owned(),
            one.subject.name.clone(),
            context.word("certification", &one.state),
            one.grade.clone().unwrap_or_default(),
            one.valid_until.map(|at| at.to_string()).unwrap_or_default(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_life(context: &Context, life: &CertificationLife) -> Result<(), Failed> {
    if context.json {
        return context.print_json(life);
    }
    let one = &life.certification;
    context.print(format!(
        "{}  {}  {}  {}",
        one.certification_id,
        one.subject.name,
        context.word("certification", &one.state),
        one.grade.clone().unwrap_or_default()
    ));
    let head = match context.lang {
        Lang::Zh => ["指标", "要求", "必备", "权重", "结论", "测量值"],
        Lang::En => ["criterion", "asks for", "mandatory", "weight", "outcome", "measured"],
    };
    let row = |one: &Judgement| {
        vec![
            one.code.clone(),
            context.text(&one.text).to_owned(),
            if one.is_mandatory { context.say("是", "yes").to_owned() } else { String::new() },
            one.weight.to_string(),
            context.word("outcome", one.outcome.map_or("open", Outcome::as_str)),
            one.value.map(|value| value.to_string()).unwrap_or_default(),
        ]
    };
    context.print_table(&head, life.judgements.iter().map(row));
    if let Some(score) = life.score_permille {
        context.print(format!("{} {score}‰", context.say("得分", "score")));
    }
    if !life.missing.is_empty() {
        context.print(format!("{} {}", context.say("尚缺", "missing"), life.missing.join(", ")));
    }
    Ok(())
}

fn print_certified(context: &Context, list: &List<PublicCertificate>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["认证编号", "方案", "对象", "等级", "有效期至", "签发方"],
        Lang::En => ["certificate", "scheme", "subject", "grade", "valid until", "issuer"],
    };
    let row = |one: &PublicCertificate| {
        vec![
            one.certification_id.clone(),
            context.text(&one.scheme_name).to_owned(),
            one.subject.name.clone(),
            one.grade.clone(),
            one.valid_until.to_string(),
            one.issuer.clone(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
