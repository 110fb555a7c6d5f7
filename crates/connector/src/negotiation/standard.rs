//! `/contractCreate` and `/contractNegotiate` in the words of the document: the same machine, the same checks, the same archive as by the Dataspace
//! Protocol. TC609-6-2025-14 B.2.2, B.2.3.
//!
//! The document's messages name neither the application nor the answerer's process, and its `strategy` holds one rule: the signed proposal, which says all
//! of it, rides in the members that the document leaves to the parties. What it says in its own members must be the same.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Negotiation, Side};
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::tc609::negotiation::{
    ContractCreate, ContractCreated, ContractNegotiate, ContractNegotiated, ProposedTerms, SignedProposal, Strategy,
};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::dsp::{Caller, DspCall};
use xinyu_shell::peer::{Answer, PeerCall};

use super::receive::{self, Opening, Said};
use super::{member, terms};
use crate::app::Connector;

/// `POST /tc609/contractCreate`, by a consumer's connector: begins a negotiation over an approved application.
///
/// # Errors
/// If a core member is missing or contradicts the proposal, the proposal is not signed by the caller, or the application is not approved.
pub async fn create(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractCreate = call.parse()?;
    let by = call.connector()?;
    must_be_whole(&message, &by)?;
    let call = dsp(call);
    let expansion = message.contract_expansion_item;
    let callback = call.caller.callback(&expansion.callback_address, &connector.node)?;
    let signed = expansion.proposal;
    let proposal = &signed.proposal;
    let offer = terms::odrl(&proposal.terms, proposal.product_id.as_str(), member::me(&connector)?.as_str())?;
    let contract_id = proposal.contract_id.clone();
    let opening = Opening {
        consumer_pid: proposal.process.clone(),
        application_id: proposal.application_id.clone(),
        offer,
        proposal: Some(signed),
        callback,
    };
    receive::begin(&connector, call, opening).await?;
    Answer::json(200, &ContractCreated { contract_id, creation_flag: "0".to_owned() })
}

/// 核心字段完整性校验. TC609-6-2025-14 §7.2 c.
fn must_be_whole(message: &ContractCreate, by: &ConnectorId) -> Result<(), Rejection> {
    let wrong = |member: &str, zh: &str, en: &str| {
        Err(Rejection::bad("contract-create", format!("合约发起：{zh}"), format!("contract creation: {en}"))
            .clause(format!("TC609-6-2025-14 B.2.2 /{member}")))
    };
    let length = |text: &str| text.trim().chars().count();
    if !(1..=128).contains(&length(&message.contract_name)) {
        return wrong("contractName", "合约名称应为 1–128 个字符", "the name must have 1 to 128 characters");
    }
    if !(1..=1024).contains(&length(&message.contract_abstract)) {
        return wrong("contractAbstract", "合约简介应为 1–1024 个字符", "the abstract must have 1 to 1024 characters");
    }
    if message.activation_time < message.issue_time || message.end_time <= message.activation_time {
        return wrong(
            "endTime",
            "创建、生效、终止时间应依次递增",
            "creation, activation and end must follow one another",
        );
    }
    match message.sign_mode.as_str() {
        "01" => {}
        "02" => {
            return wrong(
                "signMode",
                "平台参与协商（02）不由连接器发起",
                "a negotiation with the platform (02) is not begun by a connector",
            );
        }
        _ => return wrong("signMode", "发起模式应为 01 或 02", "the mode is 01 or 02"),
    }
    let party = PartyId::from(by.clone());
    if message.issuer_id != by.as_str() {
        return wrong("issuerId", "发起主体不是调用方", "the issuer is not the caller");
    }
    if message.issuer_entity_id != party.owner().as_str() {
        return wrong("issuerEntityId", "发起用户主体不是调用方的主体", "the issuing entity is not the caller's");
    }
    if message.signature != message.contract_expansion_item.proposal.signature.signature {
        return wrong("signature", "签名不是提案的签名", "the signature is not the proposal's");
    }
    Ok(())
}

/// `POST /tc609/contractNegotiate`, by the other side of a negotiation: a counter-offer, or with `signatureList` the consumer's acceptance of what the
/// provider has on the table. `0` agreed, `1` not, go on.
///
/// # Errors
/// If there is no such negotiation with the caller, it is not where this leads on, or what is said is not signed or not acceptable.
pub async fn negotiate(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractNegotiate = call.parse()?;
    let by = call.connector()?;
    let negotiation = open(&connector, message.contract_id.as_str(), &by).await?;
    must_name_the_sides(&connector, &message.strategy, &negotiation, &by)?;
    let pid = negotiation.pid().to_owned();
    if !message.signature_list.is_empty() {
        must_confirm(&message, &negotiation, &call)?;
        let call = dsp(call);
        receive::heard(&connector, pid, call, Some(Side::Consumer), None, Said::Accepted).await?;
        return Answer::json(200, &ContractNegotiated { negotiation_status: "0".to_owned() });
    }
    let signed = proposed(&message.strategy)?;
    must_say_the_same(&message.strategy, &signed.proposal.terms)?;
    let provider = match negotiation.side {
        Side::Provider => member::me(&connector)?.as_str().to_owned(),
        Side::Consumer => negotiation.peer.clone(),
    };
    let offer = terms::odrl(&signed.proposal.terms, &negotiation.product_id, &provider)?;
    let said = match negotiation.side {
        Side::Provider => Said::Request(offer, Some(signed)),
        Side::Consumer => Said::Offer(offer, Some(signed)),
    };
    receive::heard(&connector, pid, dsp(call), Some(negotiation.side.other()), None, said).await?;
    Answer::json(200, &ContractNegotiated { negotiation_status: "1".to_owned() })
}

/// The same call, for the machine of the Dataspace Protocol.
fn dsp(call: PeerCall) -> DspCall {
    DspCall { caller: Caller::Member(Box::new(call.peer)), path: call.path, body: call.body }
}

/// The negotiation of a contract with the caller: another one's is not there.
async fn open(connector: &Connector, contract_id: &str, by: &ConnectorId) -> Result<Negotiation, Failure> {
    let (contract, peer) = (contract_id.to_owned(), by.as_str().to_owned());
    let found = connector.node.store.read("negotiation.of_contract", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::negotiation::find_by_contract(tx, &contract).await?;
            found.filter(|one| one.peer == peer).ok_or_else(|| Failure::from(xinyu_core::contract::unknown(&contract)))
        })
    });
    found.await
}

fn must_name_the_sides(
    connector: &Connector,
    strategy: &Strategy,
    negotiation: &Negotiation,
    by: &ConnectorId,
) -> Result<(), Failure> {
    let me = member::me(connector)?;
    let (provider, consumer) = match negotiation.side {
        Side::Provider => (me.as_str(), by.as_str()),
        Side::Consumer => (by.as_str(), me.as_str()),
    };
    let node = &strategy.execution_node_info;
    let (member, zh, en) = if strategy.subject_info.data_product_id != negotiation.product_id {
        ("subjectInfo/dataProductId", "标的不是所协商的产品", "the subject is not the product negotiated over")
    } else if node.provider_node_id != provider {
        ("executionNodeInfo/providerNodeId", "提供方节点不是协商的提供方", "the provider's node is not the provider's")
    } else if node.consumer_node_id.as_deref().is_some_and(|id| id != consumer) {
        ("executionNodeInfo/consumerNodeId", "使用方节点不是协商的使用方", "the consumer's node is not the consumer's")
    } else {
        return Ok(());
    };
    Err(Rejection::bad("contract-negotiate", zh, en).clause(format!("TC609-6-2025-14 B.2.3 /strategy/{member}")).into())
}

fn proposed(strategy: &Strategy) -> Result<SignedProposal, Rejection> {
    let wrong = |zh: String, en: String| {
        Rejection::bad("proposal-missing", zh, en).clause("TC609-6-2025-14 B.2.3 /strategy/policyExpansion")
    };
    let Some(text) = &strategy.policy_expansion else {
        return Err(wrong("缺少经签名的提案".to_owned(), "the signed proposal is missing".to_owned()));
    };
    xinyu_protocol::json::parse(text.as_bytes(), xinyu_protocol::json::Limits::WIRE).map_err(|error| {
        wrong(format!("提案无法解析：{}", error.text().zh), format!("the proposal does not parse: {}", error.text().en))
    })
}

/// The rule that the document's own members say is one of the proposal's permissions.
fn must_say_the_same(strategy: &Strategy, terms: &ProposedTerms) -> Result<(), Rejection> {
    let permissions = terms.policies.iter().filter_map(|policy| policy.get("permissionPolicies")?.as_array()).flatten();
    let none = Value::Array(Vec::new());
    let (actions, constraints) = (Value::from(strategy.actions.clone()), Value::from(strategy.constraints.clone()));
    let is_said = |rule: &&Value| {
        rule.get("actions") == Some(&actions) && rule.get("constraints").unwrap_or(&none) == &constraints
    };
    if permissions.clone().any(|rule| is_said(&rule)) {
        return Ok(());
    }
    Err(Rejection::bad(
        "strategy-differs",
        "strategy 的操作和约束不是所签提案中的任何一条允许策略",
        "actions and constraints of the strategy are no permission of the signed proposal",
    )
    .clause("TC609-6-2025-14 B.2.3 /strategy/actions"))
}

/// That the consumer confirms what is on the table: signed with its key, over the proposal.
fn must_confirm(message: &ContractNegotiate, negotiation: &Negotiation, call: &PeerCall) -> Result<(), Failure> {
    let wrong = |zh: &str, en: &str| {
        Failure::from(Rejection::bad("confirmation", zh, en).clause("TC609-6-2025-14 B.2.3 /signatureList"))
    };
    if negotiation.side == Side::Consumer {
        return Err(Rejection::conflict(
            "confirmation",
            "提供方的确认是附有合约的协议报文，不由本接口给出",
            "a provider confirms by the agreement, which carries the contract, not here",
        )
        .clause("DSP 2025-1 §7.3.3")
        .next(Text::new("请发送 ContractAgreementMessage", "send a ContractAgreementMessage"))
        .into());
    }
    let table =
        negotiation.proposal.as_ref().ok_or_else(|| wrong("没有可确认的提案", "there is no proposal to confirm"))?;
    let bytes = table.proposal.signing_bytes().map_err(Failure::broken)?;
    let suite = xinyu_core::contract::proposal::suite(&table.proposal)?;
    let entity = call.peer.party.owner();
    let own = message.signature_list.iter().find(|one| one.entity_id == entity.as_str());
    let own = own.ok_or_else(|| wrong("缺少调用方主体的签名", "the caller's entity has not signed"))?;
    let raw =
        URL_SAFE_NO_PAD.decode(&own.signature).map_err(|_| wrong("签名编码无效", "the signature is not base64url"))?;
    call.peer
        .keys
        .signing(suite)
        .verify(&bytes, &raw)
        .map_err(|_| wrong("签名与最新一轮提案不符", "the signature does not fit the last proposal"))
}
