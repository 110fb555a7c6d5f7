//! `xinyu policy`: looks into a policy off-line, without a node; and what is kept at one. TC609-6-2025-15 §7.1.2.2, §7.1.2.3, §7.2.2.3 h.
//!
//! * `check POLICY.json`: what is not understood, what does not go together, and every clause with how it is enforced.
//! * `check POLICY.json REQUEST.json`: the decision with its reasons, as JSON.
//! * `simulate POLICY.json`: who could do what when, and a stretch of typical use.
//! * `diff OLD.json NEW.json`: what changes in words and in effect.
//! * `record …`: the policies of spaces and products, at a node.

mod record;
mod show;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::simulation;
use xinyu_policy::{Request, Verdict, parse_value, verify};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::time;
use xinyu_store::Clock;

use crate::client::Asked;
use crate::output::{Context, Failed};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 检查策略；给出请求时对该次使用作出判定 / check a policy, or decide on a request under it.
    Check {
        /// TC609-14 合约、策略列表或 ODRL 策略 / a TC609-14 contract, a list of contract policies, or an ODRL policy.
        policy: PathBuf,
        /// 使用请求 / the request.
        request: Option<PathBuf>,
        /// 以 JSON 输出 / print JSON.
        #[arg(long)]
        json: bool,
    },
    /// 推演：谁在何时可以做什么，一段时间的典型使用会怎样 / who could do what when, and a stretch of typical use.
    Simulate {
        /// 同上 / as above.
        policy: PathBuf,
        /// 典型使用的列表；缺省时把策略允许的各做一次每天 / typical use, a list; what the policy allows once a day each, when absent.
        #[arg(long)]
        uses: Option<PathBuf>,
        /// 起始时间，如 2026-01-01 或 2026-01-01T09:00:00+08:00；缺省为现在 / from when; now, when absent.
        #[arg(long)]
        from: Option<String>,
        /// 时长，如 P1Y、P90D / for how long.
        #[arg(long = "for", default_value = simulation::SPAN)]
        span: String,
        /// 以 JSON 输出 / print JSON.
        #[arg(long)]
        json: bool,
    },
    /// 比较两个版本：文字与效果的变化 / what changes between two versions, in words and in effect.
    Diff {
        /// 旧版本 / the old version.
        old: PathBuf,
        /// 新版本 / the new version.
        new: PathBuf,
        /// 以 JSON 输出 / print JSON.
        #[arg(long)]
        json: bool,
    },
    /// 空间与产品策略：编写、审核、启用、比较 / policies of spaces and products.
    Record(Box<Asked<record::Verb>>),
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    match verb {
        Verb::Record(asked) => record::run(context, asked),
        Verb::Check { policy, request: Some(request), .. } => decide(context, policy, request),
        Verb::Check { policy, request: None, json } => {
            let report = simulation::report(&document(context, policy)?);
            if context.json || *json {
                context.print_json(&report)?;
            } else {
                show::report(context, &report);
            }
            match (report.errors.is_empty(), report.usable) {
                (true, true) => Ok(()),
                (true, false) => Err(Failed::quietly(1)),
                (false, _) => Err(Failed::quietly(2)),
            }
        }
        Verb::Simulate { policy, uses, from, span, json } => {
            let uses = match uses {
                None => Vec::new(),
                Some(path) => match value(context, path)? {
                    Value::Array(uses) => uses,
                    one => vec![one],
                },
            };
            let from = from.as_deref().map_or_else(|| Ok(Clock::system().now()), |text| instant(context, text))?;
            let found = simulation::simulate(&document(context, policy)?, &uses, from, Some(span))
                .map_err(|rejection| refused(context, policy, &rejection))?;
            if context.json || *json {
                return context.print_json(&found);
            }
            show::simulation(context, &found);
            Ok(())
        }
        Verb::Diff { old, new, json } => {
            let found =
                simulation::difference(&document(context, old)?, &document(context, new)?, Clock::system().now())
                    .map_err(|rejection| {
                        let of_new = rejection.clause.as_deref().is_some_and(|clause| clause.starts_with("/new"));
                        refused(context, if of_new { new } else { old }, &rejection)
                    })?;
            if context.json || *json {
                return context.print_json(&found);
            }
            show::difference(context, &found);
            Ok(())
        }
    }
}

fn decide(context: &Context, policy: &Path, request: &Path) -> Result<(), Failed> {
    let parsed = parse_value(&document(context, policy)?).map_err(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|error| format!("{}: {}: {}", policy.display(), error.pointer, context.text(&error.text)))
            .collect();
        Failed::usage(lines.join("\nxinyu: "))
    })?;
    let asked: Request = serde_json::from_slice(&read(request)?)
        .map_err(|error| Failed::usage(format!("{}: {error}", request.display())))?;
    let decision = verify(&parsed, &asked);
    context.print_json(&decision)?;
    match decision.decision {
        Verdict::Allow | Verdict::AllowIf => Ok(()),
        Verdict::Deny | Verdict::DenyByDefault => Err(Failed::quietly(1)),
    }
}

/// What cannot be looked into, with its place.
fn refused(context: &Context, path: &Path, rejection: &Rejection) -> Failed {
    let place = rejection.clause.as_deref().map(|clause| format!(" {clause}")).unwrap_or_default();
    let detail = rejection.detail.as_deref().map(|detail| format!("\n{}", context.text(detail))).unwrap_or_default();
    Failed::usage(format!("{}:{place}: {}{detail}", path.display(), context.text(&rejection.text)))
}

fn document(context: &Context, path: &Path) -> Result<Value, Failed> {
    value(context, path).map(simulation::document)
}

/// JSON, or where it is none.
fn value(context: &Context, path: &Path) -> Result<Value, Failed> {
    parse(&read(path)?, Limits::WIRE)
        .map_err(|error| Failed::usage(format!("{}: {}", path.display(), context.text(&error.text()))))
}

fn instant(context: &Context, text: &str) -> Result<Timestamp, Failed> {
    let day = || time::parse_any(&format!("{text} 00:00:00"));
    time::parse_any(text).or_else(|_| day()).map_err(|_| {
        Failed::usage(format!(
            "--from {text}: {}",
            context.say("应为时间，如 2026-01-01", "a time is expected, such as 2026-01-01")
        ))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}
