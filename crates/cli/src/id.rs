//! `xinyu id check CODE`: what kind of identifier, valid or not, and why. NDI-TR-2025-04.

use clap::Subcommand;
use xinyu_protocol::id::{Strictness, check};

use crate::output::{Context, Failed};

/// What can be done with identifiers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 校验标识 / check an identifier.
    Check {
        /// 标识 / the code.
        code: String,
        /// 只报告而不拒绝错误的信用代码、身份证校验位 / report wrong USCC and citizen check digits without refusing them.
        #[arg(long)]
        lenient: bool,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    let Verb::Check { code, lenient } = verb;
    let report = check(code, if *lenient { Strictness::Lenient } else { Strictness::Strict });
    if context.json {
        context.print_json(&report)?;
    } else {
        let verdict = if report.valid { context.say("有效", "valid") } else { context.say("无效", "not valid") };
        context.print(format!("{code}: {verdict}"));
        for part in &report.parts {
            context.print(format!("  {}: {}", context.text(&part.name), part.value));
        }
        for problem in &report.problems {
            context.print(format!("  ✗ {}", context.text(problem)));
        }
    }
    if report.valid { Ok(()) } else { Err(Failed::quietly(1)) }
}
