//! What the demo reports: one object for machines, a short page for people.

use std::collections::BTreeMap;

use serde::Serialize;
use xinyu_core::event::yuan;
use xinyu_protocol::tc609::metering::Meter;

use super::world::World;
use crate::output::Context;

/// The report.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// One id through everything.
    pub contract_id: String,
    /// The space.
    pub space_id: String,
    /// Party id → name.
    pub participants: BTreeMap<String, String>,
    /// Rows that were delivered.
    pub rows_delivered: u64,
    /// Bytes that were delivered, encrypted.
    pub bytes_delivered: u64,
    /// Uses that ran.
    pub uses_allowed: u64,
    /// Uses that were refused.
    pub uses_refused: u64,
    /// Why.
    pub refusals: Vec<Refusal>,
    /// Whether the data is gone, and proven to be.
    pub destroyed: bool,
    /// From the regulator's order to the stop of the running use.
    pub freeze_to_stop_ms: i64,
    /// The contract that was frozen.
    pub frozen_contract_id: String,
    /// What the provider is certified as, and its reputation.
    pub trust: Trust,
    /// The log.
    pub evidence: Evidence,
    /// What the three counted.
    pub metering: Metering,
    /// The settlement.
    pub settlement: Settlement,
    /// From the application to the end of the first use.
    pub seconds_from_application_to_first_use: f64,
    /// The story as a whole, in this run.
    pub seconds_total: f64,
    /// Where everything is kept.
    pub data_dir: String,
    /// For `xinyu contract verify`.
    pub contract_file: String,
    /// For `xinyu contract history`.
    pub history_file: String,
    /// For `xinyu evidence verify --receipt`.
    pub receipt_file: String,
    /// For `xinyu evidence verify`.
    pub evidence_dir: String,
}

/// One refused use.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    /// JSON pointer into the contract.
    pub clause: String,
    /// `deny`, `allow_if` or `deny_by_default`.
    pub decision: String,
    /// Why, in the reader's language.
    pub reason: String,
}

/// The provider's certification and reputation.
#[derive(Debug, Serialize)]
pub(crate) struct Trust {
    /// Its number.
    pub certification_id: String,
    /// Its grade.
    pub grade: String,
    /// 0 to 1000, if enough is known.
    pub reputation: Option<u32>,
    /// For `xinyu credential verify --local`.
    pub certificate_file: String,
    /// For `xinyu reputation verify`.
    pub reputation_file: String,
}

/// The log, as a stranger finds it.
#[derive(Debug, Serialize)]
pub(crate) struct Evidence {
    /// Entries.
    pub entries: u64,
    /// Root of the SHA-256 tree.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// Whether log and receipt were verified from the files alone.
    pub verified: bool,
}

/// What the three counted.
#[derive(Debug, Serialize)]
pub(crate) struct Metering {
    /// The provider.
    pub provider: Option<Meter>,
    /// The consumer.
    pub consumer: Option<Meter>,
    /// The platform.
    pub platform: Meter,
}

/// The settlement.
#[derive(Debug, Serialize)]
pub(crate) struct Settlement {
    /// What the consumer owes.
    pub total_fen: u64,
    /// Participant → fen.
    pub shares: BTreeMap<String, u64>,
    /// Where its payment stands.
    pub payment: String,
    /// What was paid to others.
    pub paid_fen: u64,
    /// How many payees have the money.
    pub confirmed_by: u64,
    /// What smart clauses charged besides.
    pub charges_fen: u64,
}

impl Report {
    /// Prints it for people.
    pub(crate) fn print(&self, context: &Context, world: &World) {
        let line = |zh: &str, en: &str, value: String| context.print(format!("  {}  {value}", context.say(zh, en)));
        context.print(format!("\n{}", context.say("演示报告", "Report")));
        line("合约标识", "contract", self.contract_id.clone());
        line(
            "交付",
            "delivered",
            format!(
                "{} {} / {} {}",
                self.rows_delivered,
                context.say("行", "rows"),
                self.bytes_delivered,
                context.say("字节", "bytes")
            ),
        );
        line(
            "使用",
            "uses",
            format!(
                "{} {} / {} {}",
                self.uses_allowed,
                context.say("次允许", "allowed"),
                self.uses_refused,
                context.say("次拒绝", "refused")
            ),
        );
        for refusal in &self.refusals {
            context.print(format!("    ✗ {} [{}] {}", refusal.reason, refusal.decision, refusal.clause));
        }
        line(
            "销毁",
            "destroyed",
            context
                .say(
                    if self.destroyed { "已销毁并出具证明" } else { "否" },
                    if self.destroyed { "yes, and proven" } else { "no" },
                )
                .to_owned(),
        );
        line(
            "存证",
            "evidence",
            format!(
                "{} {}, root {}, {}",
                self.evidence.entries,
                context.say("条", "entries"),
                self.evidence.root,
                context.say(
                    if self.evidence.verified { "离线验证通过" } else { "验证未通过" },
                    if self.evidence.verified { "verified offline" } else { "NOT verified" }
                )
            ),
        );
        let uses = |meter: &Option<Meter>| meter.map_or_else(|| "—".to_owned(), |meter| meter.uses.to_string());
        line(
            "计量（次）",
            "metered uses",
            format!(
                "{} {} / {} {} / {} {}",
                context.say("提供方", "provider"),
                uses(&self.metering.provider),
                context.say("使用方", "consumer"),
                uses(&self.metering.consumer),
                context.say("平台", "platform"),
                self.metering.platform.uses
            ),
        );
        let shares: Vec<String> =
            self.settlement.shares.iter().map(|(who, fen)| format!("{who} ¥{}", yuan(*fen))).collect();
        line("结算", "settled", format!("¥{} = {}", yuan(self.settlement.total_fen), shares.join(" + ")));
        line(
            "支付",
            "paid",
            format!(
                "¥{} {} ({} {})",
                yuan(self.settlement.paid_fen),
                context.word("payment", &self.settlement.payment),
                self.settlement.confirmed_by,
                context.say("个收款方已确认", "payees have confirmed")
            ),
        );
        line("智能条款", "smart clauses", format!("¥{}", yuan(self.settlement.charges_fen)));
        let reputation = self.trust.reputation.map_or_else(|| "—".to_owned(), |figure| figure.to_string());
        line(
            "认证与信誉",
            "certified",
            format!(
                "{} {} {}, {} {reputation} / 1000",
                self.trust.certification_id,
                context.say("等级", "grade"),
                self.trust.grade,
                context.say("信誉", "reputation")
            ),
        );
        line("冻结到停止", "freeze to stop", format!("{} ms", self.freeze_to_stop_ms));
        line(
            "申请到首次使用",
            "application to first use",
            format!("{:.2} s", self.seconds_from_application_to_first_use),
        );
        line("总用时", "in all", format!("{:.2} s", self.seconds_total));
        context.print(format!("\n{}", context.say("离线验证：", "Verify offline:")));
        context.print(format!("  xinyu contract verify {}", self.contract_file));
        context.print(format!("  xinyu contract history {}", self.history_file));
        context.print(format!("  xinyu evidence verify {}", self.evidence_dir));
        context.print(format!("  xinyu reputation verify {}", self.trust.reputation_file));
        context.print(format!("  xinyu credential verify --local {}", self.trust.certificate_file));
        context.print(format!("  xinyu evidence verify {} --receipt {}", self.evidence_dir, self.receipt_file));
        context.print(format!(
            "\n{} admin / {}",
            context.say("在浏览器中查看，登录", "In the browser, log in as"),
            world.password
        ));
        for (client, zh, en) in [
            (&world.platform, "服务平台", "platform"),
            (&world.provider, "提供方连接器", "provider"),
            (&world.consumer, "使用方连接器", "consumer"),
            (&world.regulator, "监管席位", "regulator"),
        ] {
            context.print(format!("  {}  {}", client.address, context.say(zh, en)));
        }
    }
}
