//! The form by which an organisation says who may act for it (经办人): what stands in it, and the API's body of it. NDI-TR-2025-03 §7.

use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::form::optional;
use crate::page::Page;

/// What stands in the form.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DelegationForm {
    pub(super) delegation_id: String,
    pub(super) user_name: String,
    pub(super) operator: String,
    pub(super) operator_id: String,
    pub(super) operator_auth_level: String,
    /// How the person was verified; may be left open.
    pub(super) operator_auth_type: String,
    pub(super) authorization_type: String,
    /// The letter of authority, among the documents that were uploaded.
    pub(super) letter: String,
    pub(super) amount: String,
    pub(super) products: String,
    pub(super) valid_from: String,
    pub(super) valid_until: String,
}

impl DelegationForm {
    /// For an operator that is not there yet.
    pub(super) fn blank(key: String) -> Self {
        Self { delegation_id: key, operator_auth_level: "1".to_owned(), ..Self::default() }
    }

    /// The body for the API. What was left open is left out.
    pub(super) fn body(&self, page: &Page) -> Result<Value, Fault> {
        let amount = amount_fen(page, &self.amount)?;
        let products: Vec<&str> =
            self.products.split([',', '，', '、', ' ']).filter(|product| !product.is_empty()).collect();
        let from = optional(&self.valid_from).map_or_else(|| "1970-01-01T00:00:00Z".to_owned(), |day| midnight(&day));
        let mut body = json!({
            "delegationId": self.delegation_id, "userName": self.user_name.trim(), "operator": self.operator.trim(),
            "operatorId": self.operator_id.trim(), "operatorAuthLevel": self.operator_auth_level,
            "authorizationType": self.authorization_type, "amountFen": amount, "products": products,
            "validFrom": from, "validUntil": midnight(self.valid_until.trim()),
        });
        for (name, value) in [("operatorAuthType", &self.operator_auth_type), ("attachmentId", &self.letter)] {
            if let (Some(value), Some(members)) = (optional(value), body.as_object_mut()) {
                members.insert(name.to_owned(), Value::from(value));
            }
        }
        Ok(body)
    }
}

/// A day begins in the time of China.
fn midnight(day: &str) -> String {
    format!("{day}T00:00:00+08:00")
}

/// `12.34` yuan are 1234 fen; nothing is no limit.
fn amount_fen(page: &Page, text: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = optional(text) else {
        return Ok(None);
    };
    let (yuan, fen) = text.split_once('.').unwrap_or((&text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let read = || {
        let fen = if fen.len() == 1 { format!("{fen}0") } else { fen.to_owned() };
        yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(fen.parse().ok()?)
    };
    let is_amount = digits(yuan) && digits(fen) && fen.len() <= 2;
    match is_amount.then(read).flatten() {
        Some(amount) => Ok(Some(amount)),
        None => {
            let title = Text::new(
                "限额应为以元计的金额，至多两位小数",
                "the limit is an amount in yuan, with two decimals at most",
            );
            Err(Fault::in_form(page, Problem::new(400, "form", title)))
        }
    }
}
