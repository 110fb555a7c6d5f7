//! `xinyu payment list|show|pay|confirm|refuse`: what statements say is to be paid, and what is said of it, by the management API. The money itself moves
//! at a bank.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use xinyu_core::event::yuan;
use xinyu_protocol::api::List;
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, Client, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with payments.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出应付与已付的结算单 / list what is to be paid, and what was.
    List,
    /// 查看一份合约的支付 / the payment of one contract.
    Show {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 登记支付（使用方，须有经办人授权） / say that it was paid; takes a delegation.
    Pay(Pay),
    /// 确认收款（收款方） / say that the money has come.
    Confirm {
        /// 合约标识 / the contract.
        contract: String,
    },
    /// 未收到款项，写明理由（收款方） / say that it has not, and why.
    Refuse {
        /// 合约标识 / the contract.
        contract: String,
        /// 理由，告知使用方 / why, for the consumer.
        reason: String,
    },
}

/// How it was paid.
#[derive(Debug, Args)]
pub(crate) struct Pay {
    /// 合约标识 / the contract.
    contract: String,
    /// 银行流水号 / the bank's reference.
    #[arg(long)]
    reference: String,
    /// 支付时间，如 2026-06-01T09:30:00+08:00 / when it was paid.
    #[arg(long)]
    at: Timestamp,
    /// 支付方式：bank_transfer、bank_draft、cheque 或 third_party / by what means.
    #[arg(long, default_value = "bank_transfer")]
    means: String,
    /// 支付编号，同一个编号是同一笔支付；默认取流水号 / the same key is the same payment; the reference when absent.
    #[arg(long)]
    key: Option<String>,
}

const PATH: &str = "/api/v1/payments";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let path = |contract: &str| format!("{PATH}/{}", segment(contract));
    let shown: PaymentInfo = match &asked.verb {
        Verb::List => {
            let list: List<PaymentInfo> = ask(context, access, async |client| client.get(PATH).await)?;
            return print_list(context, &list);
        }
        Verb::Show { contract } => ask(context, access, async |client| client.get(&path(contract)).await)?,
        Verb::Pay(pay) => ask(context, access, async |client| {
            let path = path(&pay.contract);
            let due: PaymentInfo = client.get(&path).await?;
            let key = pay.key.as_ref().unwrap_or(&pay.reference);
            // What was paid under this key before is said again as it was.
            let amount = due.attempts.iter().find(|one| one.reference == pay.reference).map(|one| one.amount_fen);
            let body = json!({
                "paymentId": key, "statementHash": due.statement_hash, "amountFen": amount.unwrap_or(due.open_fen),
                "means": pay.means, "reference": pay.reference, "paidAt": pay.at,
            });
            client.post(&format!("{path}/pay"), &body).await
        })?,
        Verb::Confirm { contract } => {
            ask(context, access, async |client| answer(client, &path(contract), true, "").await)?
        }
        Verb::Refuse { contract, reason } => {
            ask(context, access, async |client| answer(client, &path(contract), false, reason).await)?
        }
    };
    print_one(context, &shown)
}

/// Answers the newest attempt.
async fn answer(client: &Client, path: &str, received: bool, reason: &str) -> anyhow::Result<PaymentInfo> {
    let now: PaymentInfo = client.get(path).await?;
    let attempt = now.attempts.last().map_or(0, |last| last.number);
    let body = NewPaymentAnswer { attempt, received, reason: reason.to_owned() };
    client.post(&format!("{path}/answer"), &body).await
}

fn print_list(context: &Context, list: &List<PaymentInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有应付的结算单", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["合约", "状态", "应付（元）", "未确认（元）", "付款方", "出具时间"],
        Lang::En => ["contract", "state", "to pay (CNY)", "open (CNY)", "payer", "since"],
    };
    let row = |one: &PaymentInfo| {
        vec![
            one.contract_id.clone(),
            context.word("payment", &one.state),
            yuan(one.total_fen),
            yuan(one.open_fen),
            if one.payer_name.is_empty() { one.payer.clone() } else { one.payer_name.clone() },
            one.due_since.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_one(context: &Context, one: &PaymentInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(one);
    }
    let state = context.word("payment", &one.state);
    context.print(format!("{} {state} · {}", one.contract_id, yuan(one.total_fen)));
    for payee in &one.payees {
        let name = if payee.name.is_empty() { &payee.participant_id } else { &payee.name };
        let answer = match payee.confirmed_at {
            Some(at) => format!("{} {at}", context.say("已确认", "confirmed")),
            None => context.say("未确认", "not confirmed").to_owned(),
        };
        context.print(format!("  {} {name}: {} · {answer}", context.say("收款方", "payee"), yuan(payee.amount_fen)));
    }
    for attempt in &one.attempts {
        let (zh, en) = attempt.means.words();
        let (number, means) = (attempt.number, context.say(zh, en));
        context.print(format!(
            "  {} {number}: {} · {means} · {} · {}",
            context.say("支付", "attempt"),
            yuan(attempt.amount_fen),
            attempt.reference,
            attempt.paid_at
        ));
        for refusal in &attempt.refusals {
            context.print(format!(
                "    {} {}: {}",
                context.say("未收到", "not received"),
                refusal.name,
                refusal.reason
            ));
        }
    }
    if !one.contested.is_empty() {
        context.print(format!("  {} {}", context.say("有争议：", "contested:"), one.contested.join(", ")));
    }
    Ok(())
}
