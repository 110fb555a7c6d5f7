//! The part of the management API that is about certification, and what strangers may look up without a login. TC609-6-2025-01 §5.2.2.13.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tc609::certification::{AssessmentReport, Judgement, Scheme, Subject};
use crate::text::Text;

/// `GET /certificationSchemes`: the schemes in their newest versions, and what can be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchemeList {
    /// The schemes.
    pub items: Vec<Scheme>,
    /// The measures that criteria can name.
    pub measures: Vec<MeasureInfo>,
}

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeasureInfo {
    /// Its name.
    pub name: String,
    /// Of which kind of subject.
    pub subject: String,
    /// What it is.
    pub text: Text,
}

/// A certification in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificationInfo {
    /// Its number.
    pub certification_id: String,
    /// The scheme's id.
    pub scheme_id: String,
    /// The scheme's version.
    pub scheme_version: u32,
    /// The scheme's name.
    pub scheme_name: Text,
    /// What is certified.
    pub subject: Subject,
    /// `applied`, `assessing`, `assessed`, `certified`, `refused`, `suspended`, `withdrawn`, `expired`, `cancelled` or `superseded`.
    pub state: String,
    /// The grade, once there is one.
    pub grade: Option<String>,
    /// When it was applied for.
    #[schemars(with = "crate::api::schema::Instant")]
    pub applied_at: Timestamp,
    /// When it was decided.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub decided_at: Option<Timestamp>,
    /// Until when it is good.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub valid_until: Option<Timestamp>,
    /// Why it stands where it stands.
    pub reason: String,
}

/// `GET /certifications/{id}`: everything about one. What comes out is of now until it is decided, and as it was decided afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificationLife {
    /// The certification.
    pub certification: CertificationInfo,
    /// What its applicant said.
    pub note: String,
    /// Who applied: a connector, or a person of the platform. Shown on the platform.
    pub applied_by: Option<String>,
    /// Who assessed. Shown on the platform.
    pub assessors: Vec<String>,
    /// Who decided. Shown on the platform.
    pub decided_by: Option<String>,
    /// Every criterion, with what came out.
    pub judgements: Vec<Judgement>,
    /// The codes of those that are still in the way: not met, or not looked at.
    pub missing: Vec<String>,
    /// In thousandths of what can be had.
    pub score_permille: Option<u16>,
    /// The grade that this score has, if all that is mandatory is met.
    pub would_be: Option<String>,
    /// SHA-256 of the report, once it is certified.
    pub report_digest: Option<String>,
    /// The credentials in force, by id.
    pub credentials: Vec<String>,
    /// The certification that it renews.
    pub renews: Option<String>,
    /// What can be done: `begin`, `complete`, `cancel`, `certify`, `refuse`, `reopen`, `suspend`, `resume`, `withdraw`.
    pub moves: Vec<String>,
}

/// `POST /certifications/{id}/assessment` and `POST /certifications/{id}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificationMove {
    /// `begin`, `complete` or `cancel`; `certify`, `refuse`, `reopen`, `suspend`, `resume` or `withdraw`.
    pub action: String,
    /// Why: needed to refuse, reopen, suspend and withdraw.
    #[serde(default)]
    pub reason: String,
}

/// `GET /certified` and `GET /certified/{id}`, open to all: a certificate as a stranger sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicCertificate {
    /// Its number.
    pub certification_id: String,
    /// Whether it is good now.
    pub is_valid: bool,
    /// `certified`, `suspended`, `withdrawn`, `expired` or `superseded`.
    pub state: String,
    /// The scheme's id.
    pub scheme_id: String,
    /// The scheme's version.
    pub scheme_version: u32,
    /// The scheme's name.
    pub scheme_name: Text,
    /// What is certified.
    pub subject: Subject,
    /// The grade.
    pub grade: String,
    /// From when on it is good.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_from: Timestamp,
    /// Until when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub valid_until: Timestamp,
    /// SHA-256 of the report of the assessment.
    pub report_digest: String,
    /// Who issued it, a DID.
    pub issuer: String,
    /// Its credentials, by profile: at `/certified/{id}/credential/{profile}`.
    pub profiles: Vec<String>,
}

/// `GET /certifications/{id}/report`: the report with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportInfo {
    /// The report.
    pub report: AssessmentReport,
    /// SHA-256 of its canonical form (RFC 8785).
    pub digest: String,
}
