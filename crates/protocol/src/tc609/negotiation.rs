//! What is on the table in a round of a negotiation, and the history of its rounds (合约协商). TC609-6-2025-14 §7.3 a, b, e, h; TC609-6-2025-15
//! §7.1.3 a.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::{Revenue, Signature, SignedContract};
use super::countersigning::ServiceParty;
use super::version::VersionChain;
use crate::id::{ConnectorId, ContractId, PlatformId, ProductId};
use crate::json::{JsonError, canonical};

/// What the parties may change of a contract: the rest follows from the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposedTerms {
    /// `contractPolicies`, without the parties.
    pub policies: Vec<Value>,
    /// Price and shares.
    pub revenue: Revenue,
    /// How long the contract lasts, ISO 8601.
    pub term: String,
    /// Who serves the contract and signs it beside the two sides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_parties: Vec<ServiceParty>,
}

/// One round: the terms that one side proposes, in answer to those before. Its author signs the RFC 8785 form of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proposal {
    /// One contract id through everything.
    pub contract_id: ContractId,
    /// The application that platform and provider approved.
    pub application_id: String,
    /// The negotiation, under its consumer's name for it: or a round of an earlier one could be said again.
    pub process: String,
    /// The logical space whose rules apply.
    pub space_id: String,
    /// `sm` or `intl`.
    pub suite: String,
    /// What it is over.
    pub product_id: ProductId,
    /// 1 for the first proposal, and one more for each that follows.
    pub round: u32,
    /// The digest of the proposal before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The connector whose people propose.
    pub author: ConnectorId,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub issue_time: Timestamp,
    /// What is proposed.
    pub terms: ProposedTerms,
}

impl Proposal {
    /// The bytes that its author signs.
    ///
    /// # Errors
    /// If a number in the policies has no canonical form.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, JsonError> {
        canonical(self)
    }
}

/// A proposal with its author's signature, and what a stranger needs to check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedProposal {
    /// What is signed.
    pub proposal: Proposal,
    /// By its author.
    pub signature: Signature,
}

/// Which proposal a contract was drawn up from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreedProposal {
    /// Its round.
    pub round: u32,
    /// Its digest in the contract's suite: 64 hexadecimal digits.
    pub digest: String,
}

/// One move of a negotiation as one side archived it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryEntry {
    /// From 1, in the order in which this side made or heard them.
    pub number: u32,
    /// `request`, `offer`, `accept`, `agree`, `verify`, `finalize` or `terminate`.
    pub kind: String,
    /// `consumer` or `provider`.
    pub by: String,
    /// When this side made or heard it.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// The digest of the document: of a proposal, of an offer's canonical form, of a contract's signed bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Of a request or an offer among members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<SignedProposal>,
    /// Of a request, an offer or an agreement with a partner, which signs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Value>,
    /// Of an agreement or a verification among members: the contract with the signatures so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<SignedContract>,
    /// Why it was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The history of a negotiation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct History {
    /// Which contract it is about.
    pub contract_id: ContractId,
    /// The space's suite.
    pub suite: String,
    /// Our id of the process.
    pub process: String,
    /// Which side tells it.
    pub side: String,
    /// The connector that tells it.
    pub connector_id: ConnectorId,
    /// The connector on the other side.
    pub peer: String,
    /// Where it stands.
    pub state: String,
    /// When it was told.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// The moves.
    pub entries: Vec<HistoryEntry>,
    /// The versions of the contract, where it came to more than the one that was negotiated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: VersionChain,
    /// The platform that admitted the parties.
    pub platform_id: PlatformId,
    /// Its public keys; a stranger compares them with those it trusts.
    pub keys: Value,
}

/// A history as a file: canonical JSON, signed as a whole by the connector that tells it, so that every bit of it is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryFile {
    /// What is told.
    pub history: History,
    /// By whom.
    pub signature: Signature,
}

/// `POST /tc609/contractCreate`: a contract is proposed to the other side. TC609-6-2025-14 B.2.2. The document has no member for what the contract says
/// and to which application it belongs: these stand in `contractExpansionItem`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractCreate {
    /// 合约名称, at most 128 characters.
    pub contract_name: String,
    /// 合约简介, at most 1,024 characters.
    pub contract_abstract: String,
    /// 创建时间, ISO 8601.
    pub issue_time: Timestamp,
    /// 生效时间, ISO 8601.
    pub activation_time: Timestamp,
    /// 终止时间, ISO 8601.
    pub end_time: Timestamp,
    /// 发起模式: `01` between the parties, `02` with the platform.
    pub sign_mode: String,
    /// 发起主体标识码: the connector.
    #[serde(alias = "issuerID")]
    pub issuer_id: String,
    /// 发起用户主体标识码.
    #[serde(alias = "issuerEntityID")]
    pub issuer_entity_id: String,
    /// 签名, base64url: over the proposal.
    pub signature: String,
    /// What the contract says (our extension).
    #[serde(alias = "expansionItem")]
    pub contract_expansion_item: CreateExpansion,
}

/// What B.2.2 leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateExpansion {
    /// Where the answers go: the Dataspace Protocol of the caller.
    pub callback_address: String,
    /// What is proposed; its signature is the one above.
    pub proposal: SignedProposal,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractCreated {
    /// 合约标识码.
    #[serde(alias = "contractID")]
    pub contract_id: ContractId,
    /// `0` created, `1` not.
    #[serde(alias = "status")]
    pub creation_flag: String,
}

/// `POST /tc609/contractNegotiate`: a round of the negotiation of a contract. TC609-6-2025-14 B.2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractNegotiate {
    /// 合约名称.
    pub contract_name: String,
    /// 合约标识码.
    #[serde(alias = "contractID")]
    pub contract_id: ContractId,
    /// 策略信息.
    pub strategy: Strategy,
    /// 合约签署信息: only at the final confirmation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signature_list: Vec<EntitySignature>,
}

/// 策略信息. One rule has its members here; what it cannot say stands in `policyExpansion`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strategy {
    /// 标的信息.
    #[serde(alias = "subject")]
    pub subject_info: SubjectInfo,
    /// 策略执行节点信息.
    #[serde(alias = "executionNode")]
    pub execution_node_info: NodeInfo,
    /// 操作行为 of the permission.
    #[serde(alias = "action")]
    pub actions: Vec<String>,
    /// 约束条件 of the permission.
    #[serde(default, alias = "constraint", skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Value>,
    /// 扩展信息: JSON of [`SignedProposal`] as a text, since the document gives it that type.
    #[serde(default, alias = "expansionItem", skip_serializing_if = "Option::is_none")]
    pub policy_expansion: Option<String>,
}

/// 标的信息.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubjectInfo {
    /// 数据产品标识码.
    #[serde(alias = "dataProductID")]
    pub data_product_id: String,
    /// 数据产品名称.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_product_name: Option<String>,
}

/// 策略执行节点信息: the interface says provider and consumer where the dictionary (C.3) says assigner and assignee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeInfo {
    /// 数据提供方指定执行节点标识.
    #[serde(alias = "assignerId")]
    pub provider_node_id: String,
    /// 数据提供方指定执行节点名称.
    #[serde(default, alias = "assignerName", skip_serializing_if = "Option::is_none")]
    pub provider_node_name: Option<String>,
    /// 数据使用方指定执行节点标识.
    #[serde(default, alias = "assigneeId", skip_serializing_if = "Option::is_none")]
    pub consumer_node_id: Option<String>,
    /// 数据使用方指定执行节点名称.
    #[serde(default, alias = "assigneeName", skip_serializing_if = "Option::is_none")]
    pub consumer_node_name: Option<String>,
}

/// 合约签署信息.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntitySignature {
    /// 签署主体标识.
    #[serde(alias = "entityID")]
    pub entity_id: String,
    /// 签名.
    pub signature: String,
    /// 签署时间.
    pub signatory_time: Timestamp,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractNegotiated {
    /// `0` agreed, `1` not, go on.
    #[serde(alias = "status")]
    pub negotiation_status: String,
}
