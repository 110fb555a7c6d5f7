//! `xinyu policy check POLICY.json REQUEST.json`: the decision with its reasons, as JSON. TC609-6-2025-15 §7.1.2.3.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use xinyu_policy::{Request, Verdict, parse, verify};

use crate::output::{Context, Failed};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 对一次使用请求作出判定 / decide on a request.
    Check {
        /// TC609-14 合约或 ODRL 策略 / a TC609-14 contract or an ODRL policy.
        policy: PathBuf,
        /// 使用请求 / the request.
        request: PathBuf,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    let Verb::Check { policy, request } = verb;
    let parsed = parse(&read(policy)?).map_err(|errors| {
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

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}
