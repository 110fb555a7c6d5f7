//! Verifiable credentials that a platform issues to its members, so that connectors of other makers can tell who they are: asked for, issued, revoked.
//! DCP 1.0.1 §6; TC609-6-2025-01 §5.2.2.2. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xinyu_protocol::dcp::issuance::{
    CredentialContainer, CredentialDelivery, CredentialMessage, CredentialObject, CredentialOffer,
    CredentialOfferMessage, CredentialRef, CredentialRequest, CredentialRequestMessage, DeliveryStatus,
    OfferedCredential, RequestState, SupportedCredential,
};
use xinyu_protocol::dcp::{CREDENTIAL_SERVICE, Context, ISSUER_SERVICE, Profile};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::certification::AssessmentReport;
use xinyu_protocol::tc609::heterogeneous::claim;
use xinyu_protocol::tc609::participant::Role;

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::participant::{Member, MemberState};

/// What a credential is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CredentialKind {
    /// That the holder is a member, and of which spaces.
    #[serde(rename = "MembershipCredential")]
    Membership,
    /// Which of the roles the holder has.
    #[serde(rename = "RoleCredential")]
    Role,
    /// What the holder's connector can do.
    #[serde(rename = "ConnectorCapabilityCredential")]
    ConnectorCapability,
    /// That something of the holder was certified. It comes with the certification and cannot be asked for.
    #[serde(rename = "CertificationCredential")]
    Certification,
}

impl CredentialKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Membership, Self::Role, Self::ConnectorCapability, Self::Certification];
    /// Those that a member may ask for.
    pub const OF_MEMBERS: [Self; 3] = [Self::Membership, Self::Role, Self::ConnectorCapability];

    /// The credential's type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Membership => "MembershipCredential",
            Self::Role => "RoleCredential",
            Self::ConnectorCapability => "ConnectorCapabilityCredential",
            Self::Certification => "CertificationCredential",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What is said of a holder because it is one; of a certification its report says it: [`certification_claims`].
    #[must_use]
    pub fn claims(self, holder: &Entitled) -> Map<String, Value> {
        let said = match self {
            Self::Membership => json!({
                "participantId": holder.participant_id, "name": holder.name, "connectorId": holder.connector_id,
                "address": holder.address, "spaces": holder.spaces, "memberSince": holder.since,
            }),
            Self::Role => json!({ "participantId": holder.participant_id, "role": holder.role }),
            Self::ConnectorCapability => json!({
                "connectorId": holder.connector_id, "address": holder.address, "protocols": holder.protocols,
                "suites": holder.suites,
            }),
            Self::Certification => Value::Null,
        };
        let mut claims = members_of(said);
        if let Some(enforces) = holder.enforces.as_ref().filter(|_| self.is_of_connectors()) {
            claims.insert(claim::KIND.to_owned(), Value::from(claim::HETEROGENEOUS));
            claims.insert(claim::ENFORCES.to_owned(), json!(enforces));
        }
        claims
    }

    /// Whether it says what kind of connector the holder has.
    fn is_of_connectors(self) -> bool {
        matches!(self, Self::Membership | Self::ConnectorCapability)
    }

    /// The JSON Schema of what is said (draft 2020-12).
    #[must_use]
    pub fn schema(self, url: &str) -> Value {
        let text = json!({ "type": "string", "minLength": 1 });
        let texts = json!({ "type": "array", "items": text });
        let mut properties = match self {
            Self::Membership => json!({
                "id": text, "participantId": text, "name": text, "connectorId": text, "address": text, "spaces": texts,
                "memberSince": { "type": ["string", "null"] },
            }),
            Self::Role => json!({ "id": text, "participantId": text, "role": text }),
            Self::ConnectorCapability => json!({
                "id": text, "connectorId": text, "address": text, "protocols": texts, "suites": texts,
            }),
            Self::Certification => json!({
                "id": text, "certificationId": text, "participantId": text, "connectorId": text, "certifiedKind": text,
                "certifiedId": text, "scheme": text, "schemeVersion": { "type": "integer", "minimum": 1 }, "grade": text,
                "scorePermille": { "type": "integer", "minimum": 0, "maximum": 1000 }, "validUntil": text,
                "reportDigest": text,
            }),
        };
        let required: Vec<String> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        if let Some(more) = properties.as_object_mut().filter(|_| self.is_of_connectors()) {
            // What is said of connectors of other makers only.
            more.insert(claim::KIND.to_owned(), text.clone());
            more.insert(claim::ENFORCES.to_owned(), texts.clone());
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": url, "title": self.as_str(),
            "type": "object", "properties": properties, "required": required,
        })
    }
}

/// What a credential says of something that was certified.
#[must_use]
pub fn certification_claims(report: &AssessmentReport, digest: &str) -> Map<String, Value> {
    members_of(json!({
        "certificationId": report.certification_id, "participantId": report.subject.participant_id,
        "connectorId": report.subject.connector_id, "certifiedKind": report.subject.kind.as_str(),
        "certifiedId": report.subject.id, "scheme": report.scheme.definition.scheme_id,
        "schemeVersion": report.scheme.version, "grade": report.grade, "scorePermille": report.score_permille,
        "validUntil": report.valid_until, "reportDigest": digest,
    }))
}

fn members_of(said: Value) -> Map<String, Value> {
    match said {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// To whom credentials are issued: a member's own connector, or one of another maker that a member has enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled {
    /// The connector.
    pub connector_id: ConnectorId,
    /// The organisation.
    pub participant_id: ParticipantId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where it is reached.
    pub address: String,
    /// The spaces it takes part in.
    pub spaces: Vec<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Where it stands.
    pub state: MemberState,
    /// What it speaks.
    pub protocols: Vec<String>,
    /// The suites of its cryptography.
    pub suites: Vec<String>,
    /// Of a connector of another maker: what of a contract's rules it keeps by itself. None: ours, which keeps them all.
    pub enforces: Option<Vec<String>>,
}

impl From<&Member> for Entitled {
    fn from(member: &Member) -> Self {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        Self {
            connector_id: member.connector_id.clone(),
            participant_id: member.participant_id.clone(),
            name: member.name.clone(),
            role: member.role,
            address: member.address.clone(),
            spaces: member.spaces.clone(),
            since: member.decided_at,
            state: member.state,
            protocols: words(&["dataspace-protocol-http:2025-1", "dcp:1.0.1", "dps:1.0"]),
            suites: words(&["sm", "intl"]),
            enforces: None,
        }
    }
}

/// A kind of credential in a profile: what is asked for by an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issuable {
    /// The kind.
    pub kind: CredentialKind,
    /// The profile.
    pub profile: Profile,
}

impl Issuable {
    /// The id in the issuer's metadata.
    #[must_use]
    pub fn id(self) -> String {
        let profile = match self.profile {
            Profile::Vc20BsslJwt => "vc20",
            Profile::Vc11Sl2021Jwt => "vc11",
        };
        format!("urn:xinyu:credential:{}:{profile}", self.kind.as_str())
    }
}

/// What an issuer issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuancePolicy {
    /// The kinds.
    pub kinds: Vec<CredentialKind>,
    /// The profiles, each kind in all of them.
    pub profiles: Vec<Profile>,
    /// Whether members are offered them when they are admitted; otherwise they ask of themselves.
    pub is_offered: bool,
}

impl Default for IssuancePolicy {
    fn default() -> Self {
        // One profile: a verifier cannot say which it reads, and must read all that is shown. This one everybody reads.
        Self { kinds: CredentialKind::OF_MEMBERS.to_vec(), profiles: vec![Profile::Vc11Sl2021Jwt], is_offered: true }
    }
}

impl IssuancePolicy {
    /// Everything that may be asked for.
    pub fn issuable(&self) -> impl Iterator<Item = Issuable> {
        self.kinds
            .iter()
            .filter(|kind| CredentialKind::OF_MEMBERS.contains(kind))
            .flat_map(|kind| self.profiles.iter().map(|profile| Issuable { kind: *kind, profile: *profile }))
    }

    /// The issuer's metadata: schemas are at `schemas` and the name of the kind.
    #[must_use]
    pub fn supported(&self, schemas: &str) -> Vec<SupportedCredential> {
        let one = |issuable: Issuable| SupportedCredential {
            id: issuable.id(),
            r#type: CredentialObject::default(),
            credential_type: issuable.kind.as_str().to_owned(),
            credential_schema: format!("{schemas}/{}", issuable.kind.as_str()),
            offer_reason: "issuance".to_owned(),
            binding_methods: vec!["did:web".to_owned()],
            profile: issuable.profile,
        };
        self.issuable().map(one).collect()
    }

    /// Tells a member what it may ask for, now that it is one. The offer has a name of its own.
    ///
    /// # Errors
    /// None that our messages can cause.
    pub fn offer(&self, id: Uuid, issuer: &str, holder: &str) -> Result<Option<Effect>, Rejection> {
        if !self.is_offered {
            return Ok(None);
        }
        let offered = |issuable: Issuable| OfferedCredential {
            id: issuable.id(),
            credential_type: Some(issuable.kind.as_str().to_owned()),
            offer_reason: Some("issuance".to_owned()),
        };
        let offer = CredentialOffer {
            context: Context,
            r#type: CredentialOfferMessage::default(),
            id: Some(id.urn().to_string()),
            issuer: issuer.to_owned(),
            credentials: self.issuable().map(offered).collect(),
        };
        let stream = format!("dcp/offer/{holder}");
        send(holder, stream, "credential-offer", CREDENTIAL_SERVICE, "/offers", &offer).map(Some)
    }
}

/// A request for credentials, as the issuer keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuance {
    /// Our name of it.
    pub pid: String,
    /// Who asks, a DID.
    pub holder: String,
    /// The holder's name of it.
    pub holder_pid: String,
    /// What is asked for.
    pub wanted: Vec<String>,
    /// How far it is.
    pub state: RequestState,
    /// When it was asked for.
    pub requested_at: Timestamp,
}

impl Issuance {
    /// Takes a request of a member: what is to be issued.
    ///
    /// # Errors
    /// If the member is not admitted, or asks for nothing, or for what is not issued here.
    pub fn request(
        request: CredentialRequest,
        pid: String,
        entitled: &Entitled,
        holder: &str,
        policy: &IssuancePolicy,
        now: Timestamp,
    ) -> Result<(Self, Vec<Issuable>), Rejection> {
        if entitled.state != MemberState::Approved {
            return Err(Rejection::forbidden(
                "not-admitted",
                format!("{holder} 不是本平台的在册成员（{}）", entitled.state.as_str()),
                format!("{holder} is {} here, not admitted", entitled.state.as_str()),
            )
            .clause("DCP 1.0.1 §6.4"));
        }
        if request.holder_pid.is_empty() || request.holder_pid.len() > MAX_PID_BYTES {
            return Err(bad("holderPid 须为 1 至 255 字节", "holderPid is not 1 to 255 bytes".to_owned()));
        }
        let mut issuable = Vec::new();
        for CredentialRef { id } in &request.credentials {
            let shown: String = id.chars().take(128).collect();
            let found = policy.issuable().find(|one| one.id() == *id).ok_or_else(|| {
                bad(
                    "所申请的凭证不由本平台签发，请先查看签发方元数据",
                    format!("credential {shown} is not issued here"),
                )
            })?;
            if !issuable.contains(&found) {
                issuable.push(found);
            }
        }
        if issuable.is_empty() {
            return Err(bad("没有申请任何凭证", "no credential is asked for".to_owned()));
        }
        let wanted = issuable.iter().map(|one| one.id()).collect();
        let (holder, holder_pid) = (holder.to_owned(), request.holder_pid);
        let state = RequestState::Issued;
        Ok((Self { pid, holder, holder_pid, wanted, state, requested_at: now }, issuable))
    }

    /// What an issuer sends of itself, under a name of its own.
    #[must_use]
    pub fn unasked(pid: String, name: &str, holder: &str, wanted: Vec<String>, now: Timestamp) -> Self {
        let (holder, holder_pid) = (holder.to_owned(), name.to_owned());
        Self { pid, holder, holder_pid, wanted, state: RequestState::Issued, requested_at: now }
    }

    /// Sends what was issued, and records it in every space of the holder.
    ///
    /// # Errors
    /// None that our messages can cause.
    pub fn deliver(&self, issued: &[(Issued, String)], spaces: &[String]) -> Result<Vec<Effect>, Rejection> {
        let container = |(one, jwt): &(Issued, String)| CredentialContainer {
            credential_type: one.kind.as_str().to_owned(),
            payload: jwt.clone(),
            format: one.profile.as_str().to_owned(),
        };
        let delivery = CredentialDelivery {
            context: Context,
            r#type: CredentialMessage::default(),
            issuer_pid: self.pid.clone(),
            holder_pid: self.holder_pid.clone(),
            status: DeliveryStatus::Issued,
            credentials: issued.iter().map(container).collect(),
            rejection_reason: None,
        };
        let stream = format!("dcp/{}", self.pid);
        let mut effects =
            vec![send(&self.holder, stream, "credential-delivery", CREDENTIAL_SERVICE, "/credentials", &delivery)?];
        for space in spaces {
            effects.extend(issued.iter().map(|(one, _)| Effect::Record(one.record("credential.issued", space))));
        }
        Ok(effects)
    }
}

/// Asks an issuer for credentials.
///
/// # Errors
/// None that our messages can cause.
pub fn ask(issuer: &str, holder_pid: &str, wanted: Vec<String>) -> Result<Effect, Rejection> {
    let request = CredentialRequest {
        context: Context,
        r#type: CredentialRequestMessage::default(),
        holder_pid: holder_pid.to_owned(),
        credentials: wanted.into_iter().map(|id| CredentialRef { id }).collect(),
    };
    send(issuer, format!("dcp/{holder_pid}"), "credential-request", ISSUER_SERVICE, "/credentials", &request)
}

/// A message to a service that the receiver's DID document names. Each has a stream of its own: none waits for another.
fn send<T: Serialize>(
    to: &str,
    stream: String,
    kind: &'static str,
    service: &str,
    path: &str,
    body: &T,
) -> Result<Effect, Rejection> {
    let outgoing = Outgoing::json(to, stream, kind, format!("{service}{path}"), body)?;
    Ok(Effect::Send(outgoing))
}

/// A credential that was issued, as the issuer keeps it. The credential itself is its holder's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Its id.
    pub credential_id: String,
    /// Its place in the status lists.
    pub status_index: u64,
    /// Its holder, a DID.
    pub holder: String,
    /// The holder's connector.
    pub connector_id: String,
    /// What it is about.
    pub kind: CredentialKind,
    /// Its profile.
    pub profile: Profile,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The spaces in whose logs it is recorded.
    pub spaces: Vec<String>,
    /// When it was revoked, and why.
    pub revoked: Option<Revoked>,
}

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Issued {
    /// Revokes it, for good.
    ///
    /// # Errors
    /// If it is revoked already, or no reason is given.
    pub fn revoke(mut self, reason: &str, now: Timestamp) -> Result<(Self, Vec<Effect>), Rejection> {
        if let Some(revoked) = &self.revoked {
            return Err(Rejection::conflict(
                "already-revoked",
                format!("该凭证已于 {} 撤销", revoked.at),
                format!("the credential was revoked at {}", revoked.at),
            ));
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Rejection::bad("reason-missing", "请写明撤销原因", "a reason is needed"));
        }
        self.revoked = Some(Revoked { at: now, reason: reason.to_owned() });
        let record = |space: &String| Effect::Record(self.record("credential.revoked", space));
        let effects = self.spaces.iter().map(record).collect();
        Ok((self, effects))
    }

    fn record(&self, kind: &'static str, space: &str) -> Draft {
        Draft::new(kind, space)
            .subject(self.connector_id.as_str())
            .fact("credential", self.credential_id.as_str())
            .fact("type", self.kind.as_str())
            .fact("profile", self.profile.as_str())
            .fact("statusIndex", self.status_index)
    }
}

/// A credential that a connector holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Its id, or its digest if it has none.
    pub credential_id: String,
    /// Its types.
    pub types: Vec<String>,
    /// Its profile.
    pub profile: Profile,
    /// Who issued it, a DID.
    pub issuer: String,
    /// When it came.
    pub received_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The credential.
    pub jwt: String,
}

fn bad(zh: &str, en: String) -> Rejection {
    Rejection::bad("credential-request", zh, en).clause("DCP 1.0.1 §6.4.1")
}

const MAX_PID_BYTES: usize = 255;
