//! The payment of a contract's settlement, as a part of the contract's page: what is due to whom, and the forms of those who pay and are paid.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::ContractLife;
use xinyu_protocol::api::payment::{AttemptInfo, NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::tc609::payment::Means;

use super::contract::render;
use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// What stands before a dispute among what contests a payment.
const DISPUTE: &str = "dispute:";

/// What the page shows of a payment, and what was typed.
pub(crate) struct Payment {
    pub(crate) info: PaymentInfo,
    pub(crate) form: PaymentForm,
    may: Vec<&'static str>,
}

/// The forms of a payment.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct PaymentForm {
    action: String,
    #[serde(default)]
    pub(crate) payment_id: String,
    #[serde(default)]
    statement_hash: String,
    #[serde(default)]
    amount_fen: u64,
    #[serde(default)]
    pub(crate) means: String,
    #[serde(default)]
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) paid_at: String,
    #[serde(default)]
    attempt: u32,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Payment {
    /// The payment of a contract: this node's own where it has one, since that is what its people act on; otherwise the platform's.
    pub(crate) async fn find(visitor: &Visitor, life: &ContractLife, form: Option<PaymentForm>) -> Option<Self> {
        let shown = life.payment.clone()?;
        let path = format!("/payments/{}", escape(&shown.contract_id));
        let own = if visitor.page.may("payment.show") && !visitor.page.is_regulator() {
            visitor.try_get::<PaymentInfo>(&path).await.ok()
        } else {
            None
        };
        let info = own.unwrap_or(shown);
        let allowed = [("pay", "payment.pay"), ("confirm", "payment.answer"), ("refuse", "payment.answer")];
        let may = allowed
            .into_iter()
            .filter(|(act, operation)| visitor.page.may(operation) && info.moves.iter().any(|one| one == act));
        let may = may.map(|(act, _)| act).collect();
        let form = form.unwrap_or_else(|| PaymentForm { payment_id: visitor.new_id(), ..PaymentForm::default() });
        Some(Self { info, form, may })
    }

    pub(crate) fn may(&self, act: &str) -> bool {
        self.may.contains(&act)
    }

    /// By what means it can be paid: the word on the wire, and whether it is chosen.
    pub(crate) fn means(&self) -> Vec<(&'static str, bool)> {
        Means::ALL.iter().map(|means| (means.as_str(), means.as_str() == self.form.means)).collect()
    }

    /// The counters over which the meters differ.
    pub(crate) fn meters(&self) -> Vec<&str> {
        self.info.contested.iter().map(String::as_str).filter(|one| !one.starts_with(DISPUTE)).collect()
    }

    /// The open disputes over it.
    pub(crate) fn disputes(&self) -> Vec<&str> {
        self.info.contested.iter().filter_map(|one| one.strip_prefix(DISPUTE)).collect()
    }

    /// The attempt that a payee answers.
    pub(crate) fn newest(&self) -> Option<&AttemptInfo> {
        self.info.attempts.last()
    }

    /// A name, or else who it is for this page.
    pub(crate) fn name(&self, page: &Page, name: &str) -> String {
        if name.is_empty() { page.t("platform-operator") } else { name.to_owned() }
    }
}

/// `POST /contracts/{id}/payment`: pays, confirms or refuses; what was typed stays when it cannot be so.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<PaymentForm>,
) -> Result<Response, Fault> {
    match send(&visitor, &id, &form).await {
        Ok(done) => Ok(visitor.go(&format!("/contracts/{}", escape(&id)), done)),
        Err(fault) => render(&visitor, &id, Some(form), Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, id: &str, form: &PaymentForm) -> Result<&'static str, Fault> {
    let path = format!("/payments/{}", escape(id));
    if form.action == "pay" {
        let paid = json!({
            "paymentId": form.payment_id, "statementHash": form.statement_hash, "amountFen": form.amount_fen,
            "means": form.means, "reference": form.reference.trim(), "paidAt": instant(&form.paid_at),
        });
        visitor.post::<_, IgnoredAny>(&format!("{path}/pay"), &paid).await?;
        return Ok("paid");
    }
    let received = form.action == "confirm";
    let reason = if received { String::new() } else { form.reason.trim().to_owned() };
    let answer = NewPaymentAnswer { attempt: form.attempt, received, reason };
    visitor.post::<_, IgnoredAny>(&format!("{path}/answer"), &answer).await?;
    Ok(if received { "payment-confirmed" } else { "payment-refused" })
}

/// What a field for a day and a time says, in the time of the country; anything else goes to the API as it is, which says what is wrong with it.
pub(super) fn instant(text: &str) -> String {
    let text = text.trim();
    if text.len() == "2026-01-01T00:00".len() { format!("{text}:00+08:00") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn a_field_without_seconds_is_a_time_of_the_country() {
        for (text, expect) in [
            ("2026-06-01T09:30", "2026-06-01T09:30:00+08:00"),
            (" 2026-06-01T09:30 ", "2026-06-01T09:30:00+08:00"),
            ("2026-06-01T09:30:00Z", "2026-06-01T09:30:00Z"),
            ("", ""),
        ] {
            assert_eq!(instant(text), expect);
        }
    }
}
