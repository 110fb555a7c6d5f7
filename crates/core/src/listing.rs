//! Listing of data products (产品登记与上架) behind the review gate: what is asked for, and the operator's decision; [`life`] has what follows. TC609-6-2025-01
//! §5.2.2.4 b, §5.3.3.3 b. Pure.

pub mod difference;
pub mod life;
pub mod registration;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::id::{ConnectorId, ParticipantId, ProductId};
use xinyu_protocol::tc609::catalog::audience::{self, Label};
use xinyu_protocol::tc609::catalog::{CatalogEntry, ListingRequest, ListingState, ProductCard, tags};
use xinyu_protocol::tc609::registration::Registered;
use xinyu_protocol::text::Text;

use crate::review::{Finding, Findings, Severity};
use crate::smart_clause;
use crate::workday::{Deadline, Reminder};

/// A product in or on its way into the catalogue, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Allocated by the platform.
    pub product_id: ProductId,
    /// Whose connector delivers it.
    pub connector_id: ConnectorId,
    /// Whose it is.
    pub provider_id: ParticipantId,
    /// The owner's name.
    pub provider_name: String,
    /// What was asked for.
    pub request: ListingRequest,
    /// What the gate found.
    pub findings: Vec<Finding>,
    /// Where it stands.
    pub state: ListingState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the operator decided.
    pub decided_at: Option<Timestamp>,
    /// Why, when refused or taken down.
    pub note: String,
    /// What is asked for besides: the next version, or the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<life::Next>,
    /// Until when the operator has to decide on what waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// What the operator was reminded of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Reminder>,
    /// What has become of it, in order. NDI-TR-2025-06 §9.2.3 b, §9.4.2 d.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<life::Step>,
    /// Where it is registered besides, by the node's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Registered>,
}

/// What the profile says that the catalogue repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grades {
    /// 质量等级 `001`…`004`.
    pub quality_level: String,
    /// 安全等级 `001`…`005`.
    pub security_level: String,
    /// Whether personal data was found.
    pub personal_data: bool,
}

impl Listing {
    /// Whether a version or a deregistration is to be decided.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state == ListingState::Reviewing || self.next.is_some()
    }

    /// Until when the operator has to decide on what waits.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        Deadline { due_at: self.due_at, reminded: self.reminded }
    }

    /// With the time that the operator has to decide.
    #[must_use]
    pub fn clocked(self, due_at: Timestamp) -> Self {
        let Deadline { due_at, reminded } = self.deadline().kept(self.is_waiting(), due_at);
        Self { due_at, reminded, ..self }
    }

    /// Whether it is for whoever has some labels: all see what is for nobody in particular, and whose it is sees it always.
    #[must_use]
    pub fn is_for(&self, labels: &BTreeSet<String>) -> bool {
        let audience = self.audience();
        audience.is_empty() || !audience.is_disjoint(labels)
    }

    /// The labels of which one is enough to see it; none if it is for all of its space.
    #[must_use]
    pub fn audience(&self) -> BTreeSet<String> {
        let mut audience: BTreeSet<String> = self.request.audience.iter().cloned().collect();
        if !audience.is_empty() {
            audience.insert(Label::Connector(self.connector_id.clone()).to_string());
        }
        audience
    }

    /// As members find it.
    #[must_use]
    pub fn entry(&self, grades: &Grades) -> CatalogEntry {
        CatalogEntry {
            product_id: self.product_id.clone(),
            space_id: self.request.space_id.clone(),
            provider_id: self.provider_id.clone(),
            provider_name: self.provider_name.clone(),
            connector_id: self.connector_id.clone(),
            product: self.request.product.clone(),
            policies: self.request.policies.clone(),
            revenue: self.request.revenue.clone(),
            smart_clauses: self.request.smart_clauses.clone(),
            term: self.request.term.clone(),
            quality_level: grades.quality_level.clone(),
            security_level: grades.security_level.clone(),
            personal_data: grades.personal_data,
            templates: self.request.templates.clone(),
            version: self.request.version,
            registered: self.registered.clone(),
        }
    }
}

/// Checks the parts of a request that the profile does not cover.
#[must_use]
pub fn check_request(request: &ListingRequest) -> Vec<Finding> {
    let mut findings = Findings::default();
    let mut block = |subject: &str, zh: &str, en: &str, clause: &str| {
        findings.add(Severity::Block, subject, Text::new(zh, en), clause);
    };
    if request.product.source.trim().is_empty() {
        block("source", "缺少数据来源说明", "the source of the data is not stated", "数据安全法 第三十三条");
    }
    if request.product.name.trim().is_empty() || request.product.name.chars().count() > 128 {
        block("name", "产品名称应为 1–128 个字符", "the name must have 1 to 128 characters", "NDI-TR-2025-06");
    }
    if request.product.tables.is_empty() {
        block("tables", "产品不含任何数据表", "the product has no table", "NDI-TR-2025-06");
    }
    for (member, value) in codes(&request.product) {
        let (zh, en) = (format!("「{value}」不在代码表中"), format!("{value} is not in the code table"));
        block(member, &zh, &en, "NDI-TR-2025-06 §7.1、§8.2");
    }
    if let Some(label) = request.audience.iter().find(|label| label.parse::<Label>().is_err()) {
        block(
            "audience",
            &format!("可见范围「{label}」应为 role:、participant:、connector: 或 area: 开头的标签"),
            &format!("the audience {label} must be a label that begins with role:, participant:, connector: or area:"),
            "NDI-TR-2025-06 §9.5.1",
        );
    }
    if request.audience.len() > audience::MOST {
        block(
            "audience",
            &format!("可见范围最多 {} 个标签", audience::MOST),
            &format!("an audience has {} labels at most", audience::MOST),
            "NDI-TR-2025-06 §9.5.1",
        );
    }
    let permille: u32 = request.revenue.shares.iter().map(|share| u32::from(share.permille)).sum();
    if permille != 1000 {
        block(
            "revenue",
            &format!("收益分成合计 {permille}‰，应为 1000‰"),
            &format!("the shares sum to {permille}‰, they must sum to 1000‰"),
            "TC609-6-2025-14 C.1",
        );
    }
    if let Err(rejection) = smart_clause::check(&request.smart_clauses) {
        let Text { zh, en } = rejection.problem().title;
        block("smart_clauses", &zh, &en, "TC609-6-2025-14 §7.6 c");
    }
    findings.sorted()
}

/// Codes that are in no table: member and value.
fn codes(product: &ProductCard) -> Vec<(&'static str, &str)> {
    let mut wrong = product.tags.faults();
    if !tags::is_of(&tags::TOPICS, &product.topic) {
        wrong.push(("topic", &product.topic));
    }
    if !tags::FREQUENCIES.contains(&product.update_frequency.as_str()) {
        wrong.push(("updateFrequency", &product.update_frequency));
    }
    wrong
}

/// The policies of a listing as one document that the policy engine reads.
#[must_use]
pub fn policy_document(policies: &[Value]) -> Value {
    serde_json::json!({ "contractPolicies": policies })
}
