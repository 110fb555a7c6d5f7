//! Issuance: a holder asks an issuer service, which sends credentials to the holder's credential service. DCP 1.0.1 §6.

use serde::{Deserialize, Serialize};

use super::{Context, Profile, message_type};

message_type!(CredentialRequestMessage);
message_type!(CredentialMessage);
message_type!(CredentialOfferMessage);
message_type!(CredentialStatus);
message_type!(CredentialObject);
message_type!(IssuerMetadata);

/// What a holder asks an issuer for. §6.4.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRequest {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `CredentialRequestMessage`.
    pub r#type: CredentialRequestMessage,
    /// The holder's name of this request.
    pub holder_pid: String,
    /// What is asked for, by the ids of the issuer's metadata.
    pub credentials: Vec<CredentialRef>,
}

/// A credential by its id in the issuer's metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRef {
    /// The id.
    pub id: String,
}

/// What an issuer sends to a holder. §6.5.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialDelivery {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `CredentialMessage`.
    pub r#type: CredentialMessage,
    /// The issuer's name of the request.
    pub issuer_pid: String,
    /// The holder's name of the request. The schema lets it be absent; the official kit and its users do not.
    pub holder_pid: String,
    /// Whether there are credentials.
    pub status: DeliveryStatus,
    /// The credentials, if there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<CredentialContainer>,
    /// Why not, if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
}

/// `status` of a [`CredentialDelivery`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeliveryStatus {
    /// Here they are.
    Issued,
    /// There are none.
    Rejected,
}

/// One credential on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialContainer {
    /// Its type.
    pub credential_type: String,
    /// The credential, a JWT.
    pub payload: String,
    /// Its profile, in the words of whoever sends it: what it is, it shows itself.
    pub format: String,
}

/// What an issuer tells a holder that it may ask for. §6.6.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialOffer {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `CredentialOfferMessage`.
    pub r#type: CredentialOfferMessage,
    /// The issuer's name of this offer, so that one that comes twice is asked for once. Others send none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The issuer's DID.
    pub issuer: String,
    /// What is offered; all but the ids may be missing.
    pub credentials: Vec<OfferedCredential>,
}

/// One offered credential: its description, or only its id in the issuer's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedCredential {
    /// Its id in the issuer's metadata.
    pub id: String,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_type: Option<String>,
    /// Why it is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_reason: Option<String>,
}

/// How far a request is. §6.8.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestStatus {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `CredentialStatus`.
    pub r#type: CredentialStatus,
    /// The issuer's name of the request.
    pub issuer_pid: String,
    /// The holder's name of the request.
    pub holder_pid: String,
    /// How far.
    pub status: RequestState,
}

/// `status` of a [`RequestStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RequestState {
    /// Taken, not decided.
    Received,
    /// Refused.
    Rejected,
    /// Done.
    Issued,
}

impl RequestState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Rejected => "REJECTED",
            Self::Issued => "ISSUED",
        }
    }
}

/// What an issuer issues. §6.7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Ours.
    #[serde(rename = "@context")]
    pub context: Context,
    /// `IssuerMetadata`.
    pub r#type: IssuerMetadata,
    /// The issuer's DID.
    pub issuer: String,
    /// What it issues.
    pub credentials_supported: Vec<SupportedCredential>,
}

/// One kind of credential that an issuer issues. §6.6.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportedCredential {
    /// By which it is asked for.
    pub id: String,
    /// `CredentialObject`.
    pub r#type: CredentialObject,
    /// Its type.
    pub credential_type: String,
    /// Where the schema of its subject is.
    pub credential_schema: String,
    /// Why it would be offered.
    pub offer_reason: String,
    /// How it is bound to its holder.
    pub binding_methods: Vec<String>,
    /// Its profile.
    pub profile: Profile,
}
