//! Certification (可信认证): schemes, what was found against their criteria, and what a connector and its platform tell each other of it.
//! TC609-6-2025-01 §5.2.2.13.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What is certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// 参与主体.
    Participant,
    /// 接入连接器.
    Connector,
    /// 数据服务: a product in the catalogue.
    Product,
}

impl SubjectKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Participant, Self::Connector, Self::Product];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Connector => "connector",
            Self::Product => "product",
        }
    }
}

/// How far a criterion is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 符合.
    Met,
    /// 部分符合.
    Partly,
    /// 不符合.
    Not,
    /// 不适用: it counts neither for nor against.
    NotApplicable,
}

impl Outcome {
    /// All.
    pub const ALL: [Self; 4] = [Self::Met, Self::Partly, Self::Not, Self::NotApplicable];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::Not => "not",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// What the platform measures itself, and from which value on that is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeasureRule {
    /// The name of a measure: `GET /certificationSchemes` lists them.
    pub measure: String,
    /// Met from this value on.
    pub met_from: u64,
    /// Partly met from this value on.
    #[serde(default)]
    pub partly_from: Option<u64>,
}

/// One thing that a scheme asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Criterion {
    /// Short and unique in its scheme, such as `P-01`.
    pub code: String,
    /// What is asked for.
    pub text: Text,
    /// Whether nobody is certified who does not meet it.
    pub is_mandatory: bool,
    /// Its weight, 1 to 100.
    pub weight: u32,
    /// What has to be shown.
    pub evidence: Text,
    /// How the platform measures it; without, an assessor judges.
    #[serde(default)]
    pub measured: Option<MeasureRule>,
}

/// A grade, and the score from which on it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GradeRule {
    /// Such as `A`.
    pub grade: String,
    /// In thousandths of what can be had.
    pub from_permille: u16,
}

/// A scheme as somebody defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewScheme {
    /// Its id, in lower case with hyphens.
    pub scheme_id: String,
    /// Its name.
    pub name: Text,
    /// What it certifies.
    pub subject: SubjectKind,
    /// For how many months a certification is good, 1 to 60.
    pub validity_months: u32,
    /// What it asks for.
    pub criteria: Vec<Criterion>,
    /// The grades, best first. Who has less than the last is not certified.
    pub grades: Vec<GradeRule>,
}

/// A scheme (认证方案) in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scheme {
    /// From 1 on, one more each time it is saved.
    pub version: u32,
    /// What it says.
    pub definition: NewScheme,
}

/// A piece of evidence that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceRef {
    /// `attachment` or `entry`.
    pub kind: EvidenceKind,
    /// The digest of the attachment, or the id of the record in the log.
    pub reference: String,
}

/// Where a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A document that the subject handed in.
    Attachment,
    /// An entry of the log.
    Entry,
}

impl EvidenceKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Entry => "entry",
        }
    }
}

/// What an assessor found of one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Which criterion.
    pub code: String,
    /// How far it is met.
    pub outcome: Outcome,
    /// What was found.
    pub text: String,
    /// What that rests on.
    #[serde(default)]
    pub evidence: Vec<EvidenceRef>,
}

/// What is certified, and who stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its identifier: of the participant, the connector or the product.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The connector of the member that stands behind it.
    pub connector_id: String,
    /// That member.
    pub participant_id: String,
}

/// A criterion with what came out, by measure or by finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Judgement {
    /// Which criterion.
    pub code: String,
    /// What it asks for.
    pub text: Text,
    /// What has to be shown.
    pub wanted: Text,
    /// Whether it is mandatory.
    pub is_mandatory: bool,
    /// Its weight.
    pub weight: u32,
    /// What came out; none: nobody has looked yet.
    pub outcome: Option<Outcome>,
    /// The measure, if the platform measures it.
    pub measure: Option<MeasureRule>,
    /// What was measured.
    pub value: Option<u64>,
    /// What an assessor found.
    pub finding: String,
    /// What that rests on.
    pub evidence: Vec<EvidenceRef>,
}

/// The report of an assessment: what the credential holds the digest of. No person is named in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssessmentReport {
    /// Which certification.
    pub certification_id: String,
    /// What is certified.
    pub subject: Subject,
    /// By which scheme.
    pub scheme: Scheme,
    /// What came out.
    pub judgements: Vec<Judgement>,
    /// In thousandths of what could be had.
    pub score_permille: u16,
    /// The grade.
    pub grade: String,
    /// When it was decided.
    #[schemars(with = "crate::api::schema::Instant")]
    pub decided_at: Timestamp,
    /// Until when it is good.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_until: Timestamp,
}

/// `/certification`, connector → platform, and `POST /certifications` on both: asks for a certification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificationRequest {
    /// By which scheme.
    pub scheme_id: String,
    /// Whose: the connector of the member. A connector that asks for itself leaves it out.
    #[serde(default)]
    pub connector_id: Option<String>,
    /// Which product, where products are certified.
    #[serde(default)]
    pub product_id: Option<String>,
    /// What the applicant wants to say.
    #[serde(default)]
    pub note: String,
    /// Made by a connector: the same application again, after an answer was lost, is the same one; an application for a renewal is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// `/certificationNotice`, platform → connector: where a certification of the receiver stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificationNotice {
    /// Which.
    pub certification_id: String,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Credentials that are no good any more.
    pub revoked: Vec<String>,
}
