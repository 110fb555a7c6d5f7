//! 数据产品登记 at a function node, by the platform for its providers (代理登记): RegisterProduct, UpdateProduct, RevokeProduct, QueryProductRegistration.
//! TC609-6-2025-01 §5.2.2.4 a; TC609-6-2025-11 §7.2.4 a–c, e; NDI-TR-2025-02 §3.3.5.
//!
//! The standards name the interfaces and publish no form of them. They travel in the frame of NDI-TR-2025-03 §8.2; what is said of a product are the
//! members of NDI-TR-2025-06. Every request has a number, so that one that comes twice is answered twice and decided once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// RegisterProduct (数据产品登记) and UpdateProduct (数据产品登记更新).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductSubmission {
    /// The product, by the identifier that the platform gave it.
    pub product_code: String,
    /// Which request of the platform about the product, from 1.
    pub request_no: u32,
    /// Which version of the product.
    pub version: u32,
    /// The identifier that the node gave it: of an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_code: Option<String>,
    /// What it is, in the members of NDI-TR-2025-06 (产品登记信息).
    pub product: Value,
}

/// RevokeProduct: 数据产品登记撤销.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductRevocation {
    /// The product, by the identifier that the platform gave it.
    pub product_code: String,
    /// Which request of the platform about the product.
    pub request_no: u32,
    /// The identifier that the node gave it, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_code: Option<String>,
    /// Why.
    pub reason: String,
}

/// QueryProductRegistration: what came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductQuery {
    /// The product, by the identifier that the platform gave it.
    pub product_code: String,
    /// Which request.
    pub request_no: u32,
}

/// What a node says of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStanding {
    /// The request is looked at.
    Reviewing,
    /// It is registered, as was asked for.
    Registered,
    /// The request is refused.
    Refused,
    /// It is in the register no more.
    Revoked,
    /// The node knows nothing of it.
    Unknown,
}

/// The answer of all four.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductAnswer {
    /// Of which product.
    pub product_code: String,
    /// What came of the request.
    pub status: ProductStanding,
    /// The node's identifier of it, NDI-TR-2025-04 4.3: where it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_code: Option<String>,
    /// Why it is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ProductReason>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductReason {
    /// The member of the product that is wrong, if it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// What is wrong.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tc609_11_7_2_4_b_an_answer_is_read_with_what_others_add() {
        let said = json!({
            "productCode": "p", "status": "refused", "reviewer": "某",
            "reasons": [{ "member": "industryCategory", "message": "必填" }, { "message": "重复" }],
        });
        let answer: ProductAnswer = serde_json::from_value(said).unwrap();
        assert_eq!((answer.status, answer.registration_code.as_deref()), (ProductStanding::Refused, None));
        assert_eq!(answer.reasons[1], ProductReason { member: String::new(), message: "重复".to_owned() });
        assert!(serde_json::from_value::<ProductAnswer>(json!({ "productCode": "p", "status": "maybe" })).is_err());
    }

    #[test]
    fn tc609_11_7_2_4_a_a_submission_is_told_by_its_number() {
        let submission = ProductSubmission {
            product_code: "p".to_owned(),
            request_no: 2,
            version: 3,
            registration_code: None,
            product: json!({ "productName": "客流" }),
        };
        assert_eq!(
            serde_json::to_value(&submission).unwrap(),
            json!({ "productCode": "p", "requestNo": 2, "version": 3, "product": { "productName": "客流" } })
        );
    }
}
