//! `xinyu watermark verify FILE`: the contract and the use that a table came from, by the visible mark in its rows. Offline. The mark is no proof by itself: that
//! stands in the evidence, under the id of the use. TC609-6-2025-15 §7.1.2.1 b.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use xinyu_core::usage::mark;

use crate::output::{Context, Failed};

/// What can be done with marks.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 从文件中查找水印，得出合约与使用 / find the marks of a file.
    Verify {
        /// 任意格式的文件 / a file of any format.
        file: PathBuf,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    let Verb::Verify { file } = verb;
    let bytes = std::fs::read(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    let text = String::from_utf8_lossy(&bytes);
    let marks = mark::find(&text);
    if context.json {
        let marks: Vec<_> = marks
            .iter()
            .map(|mark| json!({ "contractId": mark.contract_id, "useId": mark.use_id, "mark": mark.text() }))
            .collect();
        context.print_json(&json!({ "ok": !marks.is_empty(), "marks": marks }))?;
    } else {
        for mark in &marks {
            context.print(format!(
                "{} {} · {} {} · xinyu evidence search --subject {} --kind usage.done",
                context.say("合约", "contract"),
                mark.contract_id,
                context.say("使用", "use"),
                mark.use_id,
                mark.use_id
            ));
        }
    }
    if marks.is_empty() {
        return Err(Failed::from(format!(
            "{}: {}",
            file.display(),
            context
                .say("没有完好的水印；可见标记可以被人删除", "no whole mark is in it; a visible mark can be taken out")
        )));
    }
    Ok(())
}
