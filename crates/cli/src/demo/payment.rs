//! The payment of the settlement: the consumer's operator says that it was paid, provider and platform confirm. The money of this story moves nowhere.

use anyhow::Context as _;
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::delegation::DelegationInfo;
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};

use super::party::CONSUMER;
use super::progress::Progress;
use super::world::World;
use crate::client::Client;

/// The key of the delegation. Its operator is the legal representative, without a limit: from here on the consumer signs under it too.
const DELEGATION: &str = "demo-operator";
const PATH: &str = "/api/v1/payments";

/// Pays and confirms.
pub(crate) async fn settle(world: &World, progress: &Progress, contract: &str) -> anyhow::Result<PaymentInfo> {
    progress.begin("使用方经办人登记支付，收款方确认", "the consumer's operator pays, the payees confirm");
    let due = until(&world.consumer, contract, |_| true).await?;
    if due.moves.iter().any(|one| one == "pay") {
        let _: DelegationInfo =
            world.consumer.post("/api/v1/delegations", &CONSUMER.operator(DELEGATION, &due)).await?;
        let paid = json!({
            "paymentId": "demo-payment", "statementHash": due.statement_hash, "amountFen": due.open_fen,
            "means": "bank_transfer", "reference": "DEMO-BANK-0001", "paidAt": due.due_since,
        });
        let _: PaymentInfo = world.consumer.post(&format!("{PATH}/{contract}/pay"), &paid).await?;
    }
    for payee in [&world.provider, &world.platform] {
        let paid = until(payee, contract, |one| !one.attempts.is_empty()).await?;
        if paid.moves.iter().any(|one| one == "confirm") {
            let answer = NewPaymentAnswer { attempt: 1, received: true, reason: String::new() };
            let _: PaymentInfo = payee.post(&format!("{PATH}/{contract}/answer"), &answer).await?;
        }
    }
    let confirmed = until(&world.consumer, contract, |one| one.state == "confirmed").await?;
    let yuan = xinyu_core::event::yuan(confirmed.total_fen);
    progress.done(
        format!("经办人持授权支付 ¥{yuan}，提供方与平台确认收款"),
        format!("the operator paid CNY {yuan} under its delegation, provider and platform confirmed"),
    );
    Ok(confirmed)
}

/// The payment of the contract on a node, once it is so.
async fn until(client: &Client, contract: &str, is_so: impl Fn(&PaymentInfo) -> bool) -> anyhow::Result<PaymentInfo> {
    let there = |list: &List<PaymentInfo>| list.items.iter().any(|one| one.contract_id == contract && is_so(one));
    let list: List<PaymentInfo> = client.until(PATH, "the payment", there).await?;
    list.items.into_iter().find(|one| one.contract_id == contract).context("a payment has gone")
}

impl super::party::Party {
    /// Its representative as an operator: the body of `POST /api/v1/delegations`.
    fn operator(&self, key: &str, due: &PaymentInfo) -> Value {
        let (operator, operator_id) = self.representative();
        json!({
            "delegationId": key, "userName": "admin", "operator": operator, "operatorId": operator_id, "operatorAuthLevel": "2",
            "authorizationType": "1",
            "validFrom": due.due_since, "validUntil": "2099-01-01T00:00:00Z",
        })
    }
}
