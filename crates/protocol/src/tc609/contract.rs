//! The digital contract (数字合约). TC609-6-2025-14 §6, Appendix C; filing: §7.4, B.5.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template::TemplateUse;
use crate::id::{ConnectorId, ContractId, ParticipantId, PlatformId};
use crate::json::{JsonError, canonical};
use crate::tc609::smart_clause::SmartClause;

use super::countersigning::ServiceParty;
use super::filing::FilingKey;
use super::negotiation::{AgreedProposal, SignedProposal};
use super::version::{RenewedBy, VersionLink};

/// What all parties sign: its RFC 8785 form, byte for byte. It holds the contract id and the agreed signing time (Table 1 row 9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contract {
    /// 合约标识码.
    pub contract_id: ContractId,
    /// 合约名称, at most 128 characters.
    pub contract_name: String,
    /// 合约简介, at most 1,024 characters.
    pub contract_abstract: String,
    /// 创建时间, `YYYYMMDDHHMMSS` in China standard time.
    pub create_time: String,
    /// 签署模式: `01` between the parties, `02` with the platform.
    pub sign_mode: String,
    /// 签署时间, the same form.
    pub sign_time: String,
    /// 有效期, the same form.
    pub indate: String,
    /// 签署主体: the provider first, then the consumer, then the service parties in the order of `expansionItem.serviceParties`.
    pub signatory_entities: Vec<Signatory>,
    /// 合约策略, as Appendix C.2 to C.6; the policy crate reads them.
    pub contract_policies: Vec<Value>,
    /// 扩展信息.
    pub expansion_item: Terms,
}

/// One party of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signatory {
    /// 签署主体标识码.
    pub signatory_entity_id: ParticipantId,
    /// 签署主体名称.
    pub signatory_entity_name: String,
    /// 签署主体类型: `01` provider, `02` consumer, `03` service, `04` other.
    #[serde(rename = "signatorytype")]
    pub signatory_type: String,
    /// The connector that holds the party's key.
    pub connector_id: ConnectorId,
}

/// What the standard leaves to the parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    /// The logical space whose rules apply.
    pub space_id: String,
    /// `sm` or `intl`: the suite of signatures and encryption.
    pub suite: String,
    /// The application (使用申请) that both platform and provider approved.
    pub application_id: String,
    /// The ODRL agreement of the negotiation.
    pub agreement_id: String,
    /// Price and shares.
    pub revenue: Revenue,
    /// The templates that the policies came from, if they came from templates. §7.2 b.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// Which proposal of the negotiation it was drawn up from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<AgreedProposal>,
    /// 智能条款: what follows by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smart_clauses: Vec<SmartClause>,
    /// 数据服务方: what each signatory of type `03` does; none where there are two parties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_parties: Vec<ServiceParty>,
    /// 备案密钥: which keys of provider and consumer the filed text is sealed for; none where the platform keeps it readable. §7.5 e.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filing_keys: Vec<FilingKey>,
    /// What holds a later version to the one before; none of the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionLink>,
}

/// Price and shares (分账规则). All money is in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revenue {
    /// Charged once, on filing.
    pub base_fen: u64,
    /// Charged for each completed use.
    pub per_use_fen: u64,
    /// Who gets how much; the permilles sum to 1,000.
    pub shares: Vec<Share>,
}

/// One share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Share {
    /// Who.
    pub participant_id: ParticipantId,
    /// Thousandths of the total.
    pub permille: u16,
}

impl Contract {
    /// Whether its filed text is sealed for its parties.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        !self.expansion_item.filing_keys.is_empty()
    }

    /// The bytes that all parties sign.
    ///
    /// # Errors
    /// Never for a contract that was parsed or built from checked parts; the type of the canonical writer demands it.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, JsonError> {
        canonical(self)
    }

    /// The party of a type, `01` or `02`.
    #[must_use]
    pub fn signatory(&self, signatory_type: &str) -> Option<&Signatory> {
        self.signatory_entities.iter().find(|party| party.signatory_type == signatory_type)
    }

    /// Which version it is, from 1.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.expansion_item.version.as_ref().map_or(1, |link| link.number)
    }

    /// What has renewed it by itself, if it is such a version.
    #[must_use]
    pub fn renewed_by(&self) -> Option<&RenewedBy> {
        self.expansion_item.version.as_ref()?.renewed_by.as_ref()
    }

    /// The data provider.
    #[must_use]
    pub fn provider(&self) -> Option<&Signatory> {
        self.signatory(PROVIDER)
    }

    /// Whether more than provider and consumer have to sign.
    #[must_use]
    pub fn has_service_parties(&self) -> bool {
        !self.expansion_item.service_parties.is_empty()
    }

    /// The data consumer.
    #[must_use]
    pub fn consumer(&self) -> Option<&Signatory> {
        self.signatory(CONSUMER)
    }
}

/// `signatorytype` of the data provider.
pub const PROVIDER: &str = "01";
/// `signatorytype` of the data consumer.
pub const CONSUMER: &str = "02";
/// `signatorytype` of a data service party.
pub const SERVICE: &str = "03";

/// A contract with its signatures. As a file it is the canonical form of this, so that every bit of it is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedContract {
    /// What is signed.
    pub contract: Contract,
    /// By whom: none to all parties.
    pub signatures: Vec<Signature>,
}

/// One signature, with what a stranger needs to check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// The connector that signed.
    pub connector_id: ConnectorId,
    /// Key id, as in the credential.
    pub kid: String,
    /// Base64url of the signature over [`Contract::signing_bytes`].
    pub signature: String,
    /// The signer's credential, issued by the platform.
    pub credential: String,
}

/// 合约状态. TC609-6-2025-14 C.1 row 4 (there is no 04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum ContractStatus {
    /// 发起.
    #[serde(rename = "01")]
    Initiated,
    /// 协商.
    #[serde(rename = "02")]
    Negotiating,
    /// 签订.
    #[serde(rename = "03")]
    Signing,
    /// 签订成功.
    #[serde(rename = "0301")]
    Signed,
    /// 签订失败.
    #[serde(rename = "0302")]
    SigningFailed,
    /// 履行中.
    #[serde(rename = "05")]
    Performing,
    /// 终止.
    #[serde(rename = "06")]
    Terminated,
}

impl ContractStatus {
    /// All, in the order of the standard.
    pub const ALL: [Self; 7] = [
        Self::Initiated,
        Self::Negotiating,
        Self::Signing,
        Self::Signed,
        Self::SigningFailed,
        Self::Performing,
        Self::Terminated,
    ];

    /// The code of the standard.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Initiated => "01",
            Self::Negotiating => "02",
            Self::Signing => "03",
            Self::Signed => "0301",
            Self::SigningFailed => "0302",
            Self::Performing => "05",
            Self::Terminated => "06",
        }
    }

    /// The status of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

impl fmt::Display for ContractStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// `/contractRegistrate`: files a signed contract. B.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Filing {
    /// The contract with both signatures; service parties are asked for theirs by the platform.
    pub contract: SignedContract,
    /// The rounds that concern service parties, which they are shown; none where there are two parties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<SignedProposal>,
    /// The text of the version before, which the platform cannot read, of a version that follows on a sealed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Contract>>,
}

/// Its answer where service parties have still to sign: nothing is filed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningReceipt {
    /// `1` awaits signatures.
    pub status: String,
    /// Hash of the signed bytes.
    pub contract_hash: String,
    /// Until when they can be given.
    pub answer_by: Timestamp,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilingReceipt {
    /// `0` filed.
    pub status: String,
    /// Hash of the signed bytes in the contract's suite: 64 hexadecimal digits.
    pub contract_hash: String,
    /// The platform's proof of filing.
    pub filing: FilingStamp,
}

/// The platform's proof of filing: a compact JWS (typ `xinyu-filing+jwt`) over [`FilingClaims`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilingStamp {
    /// The platform that filed it.
    pub platform_id: PlatformId,
    /// Its public keys; a stranger compares them with those it trusts.
    pub keys: Value,
    /// The JWS.
    pub stamp: String,
}

/// What the platform attests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilingClaims {
    /// Which contract.
    pub contract_id: ContractId,
    /// Hash of the signed bytes.
    pub contract_hash: String,
    /// When it was filed.
    #[schemars(with = "crate::api::schema::Instant")]
    pub filed_at: Timestamp,
    /// Hash of the canonical form of [`FilingStamp::keys`] in the contract's suite: or the keys that this check does not need could be changed.
    pub keys_hash: String,
}

/// A contract as a file: canonical JSON, so that every bit of it is covered by a signature or by its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractFile {
    /// What is signed.
    pub contract: Contract,
    /// By whom.
    pub signatures: Vec<Signature>,
    /// The proof of filing.
    pub filing: FilingStamp,
}

/// `/contractStatus` (ours): a party tells the platform that its side moved on, so that the platform shows one life for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusReport {
    /// Which contract.
    pub contract_id: ContractId,
    /// Where it is now.
    pub contract_status: ContractStatus,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}
