//! The register of products of the stand-in: it takes what is complete, refuses the rest with reasons, gives identifiers of NDI-TR-2025-04 4.3, answers a request
//! that comes twice as it did before, and keeps what it was told. TC609-6-2025-11 §7.2.4.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use xinyu_protocol::id::{AreaCode, ParticipantId, ProductId};
use xinyu_protocol::ndi::product::{
    ProductAnswer, ProductQuery, ProductReason, ProductRevocation, ProductStanding, ProductSubmission,
};
use xinyu_protocol::ndi::{Code, Interface, Outcome, Reply};

/// The members without which nothing is registered.
const REQUIRED: [&str; 8] = [
    "productId",
    "productName",
    "dscription",
    "catalogType",
    "topicCategory",
    "updateFrequency",
    "providerId",
    "providerName",
];

/// A product in the register, or on its way into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The latest request about it.
    pub request: u32,
    /// The version that was sent last.
    pub version: u32,
    /// What was said of it.
    pub product: Value,
    /// What came of the request.
    pub standing: ProductStanding,
    /// The identifier that was given, for good.
    pub code: Option<String>,
    /// Why it is refused.
    pub reasons: Vec<ProductReason>,
}

/// The register.
#[derive(Debug, Default)]
pub(super) struct Register {
    entries: BTreeMap<String, Entry>,
    /// Whether requests wait for somebody who looks at them.
    pub(super) is_reviewing: bool,
    /// Members that are required besides.
    pub(super) required: Vec<String>,
    /// Why nothing is revoked, if nothing is.
    pub(super) kept: Option<String>,
    /// What is given instead of an identifier.
    pub(super) wrong: Option<String>,
}

impl Register {
    pub(super) fn entries(&self) -> BTreeMap<String, Entry> {
        self.entries.clone()
    }

    /// Answers one of the four interfaces; `node` is the identifier of the node.
    pub(super) fn answer(&mut self, node: &str, interface: Interface, said: &Value) -> Reply<Value> {
        let answer = match interface {
            Interface::RegisterProduct | Interface::UpdateProduct => self.submit(node, interface, said),
            Interface::RevokeProduct => self.revoke(said),
            _ => self.query(node, said),
        };
        let module = interface.module();
        let done = answer.map(|answer| Reply::done(module, serde_json::to_value(&answer).ok()));
        done.unwrap_or_else(|outcome| Reply::failed(Code::new(module, outcome), None))
    }

    fn submit(&mut self, node: &str, interface: Interface, said: &Value) -> Result<ProductAnswer, Outcome> {
        let said: ProductSubmission = read(said)?;
        let there = self.entries.get(&said.product_code);
        if let Some(there) = there.filter(|there| there.request >= said.request_no) {
            return Ok(self.told(&said.product_code, there));
        }
        let code =
            there.filter(|there| there.standing != ProductStanding::Revoked).and_then(|there| there.code.clone());
        // What is brought up to date is what is registered. What is registered again stays the same product.
        let is_update = interface == Interface::UpdateProduct;
        let is_it = if is_update { code == said.registration_code } else { said.registration_code.is_none() };
        if !is_it || (is_update && code.is_none()) {
            return Err(Outcome::BusinessUnknown);
        }
        let mut entry = Entry {
            request: said.request_no,
            version: said.version,
            product: said.product,
            standing: ProductStanding::Reviewing,
            code,
            reasons: Vec::new(),
        };
        if !self.is_reviewing {
            self.decide(node, &said.product_code, &mut entry);
        }
        let answer = self.told(&said.product_code, &entry);
        self.entries.insert(said.product_code, entry);
        Ok(answer)
    }

    fn decide(&self, node: &str, product: &str, entry: &mut Entry) {
        entry.reasons = self.faults(product, &entry.product);
        entry.standing = ProductStanding::Refused;
        if !entry.reasons.is_empty() {
            return;
        }
        entry.code = entry.code.take().or_else(|| self.compose(node, &entry.product));
        if entry.code.is_some() {
            entry.standing = ProductStanding::Registered;
        }
    }

    /// Type code 6, the provider, the node's own area, a number, the check character.
    fn compose(&self, node: &str, product: &Value) -> Option<String> {
        let owner = ParticipantId::parse(product["providerId"].as_str()?).ok()?;
        let area = AreaCode::parse(node.get(19..23)?).ok()?;
        let given = self.entries.values().filter(|one| one.code.is_some()).count();
        let number = u64::try_from(given).ok()?;
        Some(ProductId::compose(&owner, &area, number.wrapping_add(4_242)).as_str().to_owned())
    }

    fn faults(&self, code: &str, product: &Value) -> Vec<ProductReason> {
        let reason =
            |member: &str, message: &str| ProductReason { member: member.to_owned(), message: message.to_owned() };
        let required = REQUIRED.into_iter().chain(self.required.iter().map(String::as_str));
        let is_empty = |member: &&str| product[*member].as_str().is_none_or(|text| text.trim().is_empty());
        let mut faults: Vec<ProductReason> = required.filter(is_empty).map(|member| reason(member, "必填")).collect();
        if product["productId"].as_str().is_some_and(|id| id != code) {
            faults.push(reason("productId", "与申请的产品不符"));
        }
        if product["providerId"].as_str().is_some_and(|id| ParticipantId::parse(id).is_err()) {
            faults.push(reason("providerId", "不是主体标识码"));
        }
        if product["catalogType"].as_str().is_some_and(|kind| kind != "PRODUCT") {
            faults.push(reason("catalogType", "不是数据产品"));
        }
        faults
    }

    fn revoke(&mut self, said: &Value) -> Result<ProductAnswer, Outcome> {
        let said: ProductRevocation = read(said)?;
        let Some(entry) = self.entries.get_mut(&said.product_code) else { return Ok(nothing(said.product_code)) };
        if entry.request < said.request_no {
            if said.registration_code.is_some() && entry.code != said.registration_code {
                return Err(Outcome::BusinessUnknown);
            }
            entry.request = said.request_no;
            (entry.standing, entry.reasons) = match &self.kept {
                None => (ProductStanding::Revoked, Vec::new()),
                Some(why) => {
                    let reason = ProductReason { member: String::new(), message: why.clone() };
                    (ProductStanding::Refused, vec![reason])
                }
            };
        }
        let entry = entry.clone();
        Ok(self.told(&said.product_code, &entry))
    }

    fn query(&mut self, node: &str, said: &Value) -> Result<ProductAnswer, Outcome> {
        let said: ProductQuery = read(said)?;
        let Some(mut entry) = self.entries.get(&said.product_code).cloned() else {
            return Ok(nothing(said.product_code));
        };
        if entry.standing == ProductStanding::Reviewing && !self.is_reviewing {
            self.decide(node, &said.product_code, &mut entry);
        }
        let answer = self.told(&said.product_code, &entry);
        self.entries.insert(said.product_code, entry);
        Ok(answer)
    }

    fn told(&self, product: &str, entry: &Entry) -> ProductAnswer {
        let is_registered = entry.standing == ProductStanding::Registered;
        let code = self.wrong.clone().or_else(|| entry.code.clone());
        ProductAnswer {
            product_code: product.to_owned(),
            status: entry.standing,
            registration_code: code.filter(|_| is_registered),
            reasons: entry.reasons.clone(),
        }
    }
}

fn read<T: DeserializeOwned>(said: &Value) -> Result<T, Outcome> {
    serde_json::from_value(said.clone()).map_err(|_| Outcome::Format)
}

fn nothing(product_code: String) -> ProductAnswer {
    ProductAnswer { product_code, status: ProductStanding::Unknown, registration_code: None, reasons: Vec::new() }
}
