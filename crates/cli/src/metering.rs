//! `xinyu metering …`: what was counted under a contract, period by period, by the management API. NDI-TR-2025-05 §6.2.5 b.

use clap::Subcommand;
use xinyu_protocol::api::metering::{MeterCorrection, MeterDefinitions, MeteringInfo};
use xinyu_protocol::tc609::metering::{ClosedPeriod, Tally};

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with metering periods.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出计量项的定义与版本 / what is counted, by which definitions.
    Definitions,
    /// 查看某合约的计量周期：三方计量、调整与争议 / the periods of a contract: three counts, adjustments, disputes.
    Show {
        /// 合约标识 / the contract.
        contract: String,
        /// 在服务平台上查看 / ask the platform, not a connector.
        #[arg(long)]
        platform: bool,
    },
    /// 提供方更正已申报的计量，作为调整计入下一期 / the provider corrects what it counted, as an adjustment.
    Correct {
        /// 合约标识 / the contract.
        contract: String,
        /// 周期 / the period that it belongs to.
        #[arg(long)]
        period: u32,
        /// 计量项 / the meter.
        #[arg(long)]
        meter: String,
        /// 更正值，可为负 / by how much, below zero to take back.
        #[arg(long, allow_hyphen_values = true)]
        by: i64,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let info: MeteringInfo = match &asked.verb {
        Verb::Definitions => {
            let path = "/api/v1/metering/definitions";
            let all: MeterDefinitions = ask(context, access, async |client| client.get(path).await)?;
            return definitions(context, &all);
        }
        Verb::Show { contract, platform } => {
            let kept = if *platform { "contracts" } else { "agreements" };
            let path = format!("/api/v1/{kept}/{}/metering", segment(contract));
            ask(context, access, async |client| client.get(&path).await)?
        }
        Verb::Correct { contract, period, meter, by } => {
            let path = format!("/api/v1/agreements/{}/metering/corrections", segment(contract));
            let correction = MeterCorrection { period: *period, meter: meter.clone(), by: *by };
            ask(context, access, async |client| client.post(&path, &correction).await)?
        }
    };
    if context.json {
        return context.print_json(&info);
    }
    let due = info.due_at.map(|at| format!(" · {at}")).unwrap_or_default();
    context.print(format!("{} #{}{due}", context.say("下一期", "next"), info.next));
    for one in &info.periods {
        print_period(context, one);
    }
    Ok(())
}

fn definitions(context: &Context, all: &MeterDefinitions) -> Result<(), Failed> {
    if context.json {
        return context.print_json(all);
    }
    for meter in &all.meters {
        let name = context.say(&meter.zh, &meter.en);
        let how = meter.fact.as_ref().map_or_else(|| "count".to_owned(), |fact| format!("sum({fact})"));
        let from = meter.consumer.join(", ");
        context.print(format!("{}@{} [{}] {name}: {how} ← {from}", meter.name, meter.version, meter.unit));
    }
    context.print(format!("SHA-256 {}", all.digest));
    Ok(())
}

/// One period in a few lines.
pub(crate) fn print_period(context: &Context, one: &ClosedPeriod) {
    let state = match one.disputed_since {
        None => context.say("三方一致", "all agree").to_owned(),
        Some(since) => format!("{} #{since}", context.say("争议始于", "disputed since")),
    };
    context.print(format!("#{} {} – {} · {state}", one.platform.period, one.from, one.until));
    context.print(format!("   {}", tally(context, &one.platform.counted)));
    for (period, counts) in &one.platform.adjustments {
        context.print(format!("   {} #{period}: {}", context.say("调整", "adjustment"), tally(context, counts)));
    }
    for side in &one.silent {
        let side = context.word("side", side);
        context.print(format!("   ! {side}: {}", context.say("未申报", "said nothing")));
    }
    let told = |count: Option<i64>| count.map_or_else(|| "–".to_owned(), |count| count.to_string());
    for differs in &one.differences {
        let (meter, platform) = (context.word("meter", &differs.meter), differs.platform);
        let (provider, consumer) = (told(differs.provider), told(differs.consumer));
        context.print(format!("   ! {meter}: {provider} / {consumer} / {platform}"));
    }
}

fn tally(context: &Context, counts: &Tally) -> String {
    let words: Vec<String> =
        counts.iter().map(|(name, quantity)| format!("{} {quantity}", context.word("meter", name))).collect();
    if words.is_empty() { "0".to_owned() } else { words.join(" · ") }
}
