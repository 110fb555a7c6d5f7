//! Delegations: who may sign for an organisation (经办人), up to which amount and over which products, and from when to when. NDI-TR-2025-03 §7;
//! GetOperatorStatus. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::CitizenId;
use xinyu_protocol::tc609::delegation::DelegationRequest;
use xinyu_protocol::tc609::identity::{AuthorizationType, IdentityStatus, RealNameLevel};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::event::yuan;
use crate::fault::Rejection;

/// A delegation, without what identifies the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Its key.
    pub delegation_id: String,
    /// Whose connector.
    pub connector_id: String,
    /// The login name that acts under it.
    pub user_name: String,
    /// 实名等级.
    pub operator_auth_level: RealNameLevel,
    /// 授权方式.
    pub authorization_type: AuthorizationType,
    /// The letter of authority.
    pub attachment_id: Option<String>,
    /// Up to which amount, in fen; none: no limit.
    pub amount_fen: Option<u64>,
    /// For which products; empty: all.
    pub products: Vec<String>,
    /// From when.
    pub valid_from: Timestamp,
    /// Until when.
    pub valid_until: Timestamp,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What somebody is about to sign or to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The product.
    pub product_id: String,
    /// What it can come to, in fen; none: there is no upper bound.
    pub amount_fen: Option<u64>,
}

impl Delegation {
    /// The word for the store.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.ended_at.is_some() { "ended" } else { "active" }
    }

    /// 经办人状态: whether it may act now.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> IdentityStatus {
        if self.ended_at.is_none() && now >= self.valid_from && now < self.valid_until {
            IdentityStatus::Usable
        } else {
            IdentityStatus::Unusable
        }
    }

    /// Whether it must be ended before its organisation can leave: one that has run out has ended by itself.
    #[must_use]
    pub fn must_end_first(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.valid_until
    }

    /// That the operator may do this now.
    ///
    /// # Errors
    /// If the delegation has ended, is not yet good or no longer, or does not go so far.
    pub fn must_allow(&self, deed: &Deed, now: Timestamp) -> Result<(), Rejection> {
        let id = &self.delegation_id;
        let refuse = |code, zh: String, en: String| {
            Err(Rejection::forbidden(code, format!("经办人授权 {id} {zh}"), format!("delegation {id} {en}"))
                .clause("NDI-TR-2025-03 GetOperatorStatus")
                .next(Text::new(
                    "请由有权的经办人办理，或变更授权",
                    "let somebody sign who may, or change the delegation",
                )))
        };
        if self.ended_at.is_some() {
            return refuse("operator-invalid", "已注销".to_owned(), "has been ended".to_owned());
        }
        if self.status(now) != IdentityStatus::Usable {
            let (from, until) = (self.valid_from, self.valid_until);
            return refuse(
                "operator-invalid",
                format!("有效期为 {from} 至 {until}"),
                format!("is good from {from} until {until}"),
            );
        }
        if !self.products.is_empty() && !self.products.contains(&deed.product_id) {
            let product = &deed.product_id;
            return refuse(
                "operator-product",
                format!("不包括产品 {product}"),
                format!("does not cover product {product}"),
            );
        }
        match (self.amount_fen, deed.amount_fen) {
            (None, _) => Ok(()),
            (Some(limit), Some(amount)) if amount <= limit => Ok(()),
            (Some(limit), Some(amount)) => {
                let (limit, amount) = (yuan(limit), yuan(amount));
                refuse(
                    "operator-amount",
                    format!("限额 {limit} 元，本次最多 {amount} 元"),
                    format!("goes up to {limit} CNY, this up to {amount} CNY"),
                )
            }
            (Some(limit), None) => {
                let limit = yuan(limit);
                refuse(
                    "operator-amount",
                    format!("限额 {limit} 元，而本合约金额没有上限"),
                    format!("goes up to {limit} CNY, and this contract has no upper bound"),
                )
            }
        }
    }
}

/// Whoever pays is an operator of whom the platform can be asked; one who is none cannot be asked of.
#[must_use]
pub fn missing(user_name: &str) -> Rejection {
    Rejection::forbidden(
        "operator-missing",
        format!("用户 {user_name} 没有经办人授权，不能办理支付"),
        format!("user {user_name} has no delegation, and cannot pay"),
    )
    .clause("NDI-TR-2025-03 GetOperatorStatus")
    .next(Text::new(
        "请先登记该用户的经办人授权（产品与限额须够），或由有授权的经办人办理",
        "register a delegation of this user first that goes far enough, or let an operator pay who has one",
    ))
}

/// Registers an operator. What identifies the person is checked here and kept elsewhere, sealed.
///
/// # Errors
/// If the person is not verified, the number is none, the period is empty or over, or the letter of authority is missing.
pub fn register(
    request: &DelegationRequest,
    connector_id: &str,
    has_letter: bool,
    now: Timestamp,
) -> Result<Delegation, Rejection> {
    let wrong = |field: &str, zh: &str, en: &str| {
        Err(Rejection::bad("delegation", format!("经办人授权：{zh}"), format!("delegation: {en}")).clause(field))
    };
    if request.delegation_id.trim().is_empty()
        || request.user_name.trim().is_empty()
        || request.operator.trim().is_empty()
    {
        return wrong("/operator", "编号、用户名和姓名不能为空", "key, login name and name must not be empty");
    }
    if CitizenId::parse(&request.operator_id).is_err() {
        return wrong(
            "/operatorId",
            "证件号码无效（GB 11643-1999）",
            "the citizen's number is not valid (GB 11643-1999)",
        );
    }
    if request.operator_auth_level == RealNameLevel::None {
        return wrong("/operatorAuthLevel", "经办人须先实名", "an operator must be verified first");
    }
    if request.valid_until <= request.valid_from || request.valid_until <= now {
        return wrong("/validUntil", "有效期为空或已过", "the period is empty or over");
    }
    if request.authorization_type == AuthorizationType::Letter && !has_letter {
        return wrong(
            "/attachmentId",
            "授权方式为授权书，须先上传授权书附件",
            "a letter of authority must be uploaded first",
        );
    }
    Ok(Delegation {
        delegation_id: request.delegation_id.clone(),
        connector_id: connector_id.to_owned(),
        user_name: request.user_name.clone(),
        operator_auth_level: request.operator_auth_level,
        authorization_type: request.authorization_type,
        attachment_id: request.attachment_id.clone(),
        amount_fen: request.amount_fen,
        products: request.products.clone(),
        valid_from: request.valid_from,
        valid_until: request.valid_until,
        registered_at: now,
        ended_at: None,
        reason: String::new(),
    })
}

/// Ended, at once and for ever: a second time changes nothing.
#[must_use]
pub fn end(mut delegation: Delegation, reason: &str, now: Timestamp) -> Delegation {
    if delegation.ended_at.is_none() {
        delegation.ended_at = Some(now);
        reason.clone_into(&mut delegation.reason);
    }
    delegation
}

/// What the log says of it: identifiers, codes and limits, and nobody's name.
#[must_use]
pub fn records(delegation: &Delegation, spaces: &[String], kind: &'static str) -> Vec<Effect> {
    let draft = |space: &String| {
        let mut draft = Draft::new(kind, space)
            .subject(delegation.connector_id.as_str())
            .fact("delegation", delegation.delegation_id.as_str())
            .fact("authorization", delegation.authorization_type.code())
            .fact("until", delegation.valid_until.to_string());
        if let Some(amount) = delegation.amount_fen {
            draft = draft.fact("amount_fen", amount);
        }
        Effect::Record(draft)
    };
    spaces.iter().map(draft).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn request(changes: serde_json::Value) -> DelegationRequest {
        let mut request = json!({
            "delegationId": "d1", "userName": "li", "operator": "某人", "operatorId": "11010519491231002X", "operatorAuthLevel": "2",
            "authorizationType": "1", "amountFen": 100_000, "products": ["P"],
            "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z",
        });
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn ndi_03_8_3_3_3_who_has_no_delegation_is_told_what_to_do() {
        let told = missing("li");
        assert_eq!((told.status, told.code), (403, "operator-missing"));
        assert_eq!(told.clause.as_deref(), Some("NDI-TR-2025-03 GetOperatorStatus"));
        assert!(told.next.is_some_and(|next| next.zh.contains("登记") && next.en.contains("register")));
    }

    #[test]
    fn ndi_03_7_an_operator_is_verified_and_authorised() {
        let now = at("2026-06-01T00:00:00Z");
        for (changes, has_letter, expect) in [
            (json!({}), false, None),
            (json!({ "authorizationType": "2" }), true, None),
            (json!({ "authorizationType": "2" }), false, Some("/attachmentId")),
            (json!({ "operatorAuthLevel": "0" }), false, Some("/operatorAuthLevel")),
            (json!({ "operatorId": "110105194912310021" }), false, Some("/operatorId")),
            (json!({ "operator": " " }), false, Some("/operator")),
            (json!({ "validUntil": "2026-05-01T00:00:00Z" }), false, Some("/validUntil")),
            (json!({ "validFrom": "2028-01-01T00:00:00Z" }), false, Some("/validUntil")),
        ] {
            let registered = register(&request(changes.clone()), "c", has_letter, now);
            assert_eq!(registered.err().and_then(|error| error.clause).as_deref(), expect, "{changes}");
        }
    }

    #[test]
    fn ndi_03_get_operator_status_an_invalid_operator_is_refused_before_signing() {
        let now = at("2026-06-01T00:00:00Z");
        let delegation = register(&request(json!({})), "c", false, now).unwrap();
        let deed = |product: &str, amount_fen| Deed { product_id: product.to_owned(), amount_fen };
        for (deed, now, expect) in [
            (deed("P", Some(100_000)), now, None),
            (deed("P", Some(100_001)), now, Some("operator-amount")),
            (deed("P", None), now, Some("operator-amount")),
            (deed("Q", Some(1)), now, Some("operator-product")),
            (deed("P", Some(1)), at("2025-12-31T23:59:59Z"), Some("operator-invalid")),
            (deed("P", Some(1)), at("2027-01-01T00:00:00Z"), Some("operator-invalid")),
        ] {
            assert_eq!(delegation.must_allow(&deed, now).err().map(|error| error.code), expect, "{deed:?} {now}");
        }
        let ended = end(delegation.clone(), "离职", now);
        assert_eq!(ended.must_allow(&deed("P", Some(1)), now).unwrap_err().code, "operator-invalid");
        assert_eq!(end(ended.clone(), "又一次", at("2026-07-01T00:00:00Z")), ended);
        let unlimited = Delegation { amount_fen: None, products: Vec::new(), ..delegation };
        assert_eq!(unlimited.must_allow(&deed("Q", None), now), Ok(()));
    }
}
