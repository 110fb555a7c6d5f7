//! The part of the management API that is about identity information: what a participant says of itself, its attachments, what authorities said.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::identity::{AttachmentCard, CheckItem, IdentityFile};

/// `GET /participants/{id}/identity` and `GET /identity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityInfo {
    /// What it says of itself.
    pub file: IdentityFile,
    /// What its role needs, and whether it is there.
    pub items: Vec<CheckItem>,
    /// The attachments.
    pub attachments: Vec<AttachmentInfo>,
    /// What authorities said, oldest first; at the platform only.
    #[serde(default)]
    pub verifications: Vec<VerificationInfo>,
}

/// An attachment, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentInfo {
    /// Its key.
    pub attachment_id: String,
    /// What it is.
    pub card: AttachmentCard,
    /// Its type.
    pub media_type: String,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// Its size.
    pub size_bytes: u64,
}

/// `POST /identity/attachments` on a connector.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttachment {
    /// Its key; the same key is the same attachment.
    pub attachment_id: String,
    /// What it is.
    pub card: AttachmentCard,
    /// `application/pdf`, `image/png` or `image/jpeg`.
    pub media_type: String,
    /// Its bytes, base64; 700 KiB at most.
    pub content: String,
}

/// What one authority was asked and said. What it was asked is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerificationInfo {
    /// Its id.
    pub verification_id: String,
    /// `public_security`, `tax`, `market_regulator`, `social_security` or `bank`.
    pub authority: String,
    /// `asking`, `confirmed`, `contradicted`, `unavailable` or `superseded`.
    pub state: String,
    /// How often it was asked.
    pub attempts: u32,
    /// The names of the fields that differ.
    pub differing: Vec<String>,
    /// Why there is no answer.
    pub why: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub asked_at: Timestamp,
    /// When it was answered, or given up.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub answered_at: Option<Timestamp>,
}
