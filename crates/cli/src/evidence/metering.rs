//! `xinyu evidence metering DIR|URL`: the metering periods of contracts, closed again from a log that was verified first, and compared with what its platform
//! recorded.

use std::collections::BTreeMap;

use clap::Args;
use xinyu_core::metering::ledger;
use xinyu_evidence::entry::Record;
use xinyu_evidence::verify::{VerifyOptions, records, verify_log_with};
use xinyu_protocol::id::ContractId;

use super::{Beside, open, tell};
use crate::metering::print_period;
use crate::output::{Context, Failed};

/// What is asked of the metering.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// 存证目录或地址 / the folder or the URL of a log.
    source: String,
    /// 只看该合约 / only this contract.
    #[arg(long)]
    contract: Option<String>,
}

/// Closes all periods again.
///
/// # Errors
/// If the log is not whole, knows no such contract, or a period comes out otherwise than the platform recorded it.
pub(super) fn run(context: &Context, wanted: &Wanted) -> Result<(), Failed> {
    let files = open(&wanted.source)?;
    let report = verify_log_with(files.as_ref(), &VerifyOptions::default());
    if !report.ok {
        return tell(context, &wanted.source, &report, &Beside::default());
    }
    let platform = report.origin.split('/').nth(1).unwrap_or_default();
    let all = records(files.as_ref(), report.size).map_err(Failed::from)?;
    let mut contracts: BTreeMap<&str, Vec<(u64, &Record)>> = BTreeMap::new();
    for (position, signed) in &all {
        if let Some(contract) = signed.record.contract.as_deref() {
            contracts.entry(contract).or_default().push((*position, &signed.record));
        }
    }
    if let Some(contract) = &wanted.contract {
        contracts.retain(|id, _| id == contract);
        if contracts.is_empty() {
            let (zh, en) = ("日志中没有该合约", "the log knows no such contract");
            return Err(Failed::usage(format!("{contract}: {}", context.say(zh, en))));
        }
    }
    let checked = contracts.into_iter().filter_map(|(id, records)| {
        let contract = ContractId::parse(id).ok()?;
        Some((id, ledger::check(platform, &contract, &records)?))
    });
    let checked: BTreeMap<&str, ledger::Checked> = checked.collect();
    if context.json {
        context.print_json(&checked)?;
    } else if checked.is_empty() {
        context.print(context.say("没有已关闭的计量周期", "no period is closed"));
    }
    let mut differs = Vec::new();
    for (id, one) in &checked {
        if !context.json {
            context.print(*id);
            one.periods.iter().for_each(|period| print_period(context, period));
        }
        differs.extend(one.differs.iter().map(|position| format!("{id} #{position}")));
    }
    if differs.is_empty() {
        return Ok(());
    }
    let (zh, en) = ("平台记录的周期与日志不符", "periods were recorded otherwise than the log has them");
    Err(Failed::from(format!("{}: {}", context.say(zh, en), differs.join(", "))))
}
