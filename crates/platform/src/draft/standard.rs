//! `/contractNegotiate` at the platform, in the words of the document (`signMode` `02`): another maker's connector answers a draft by it as ours do by our own
//! message, with the same checks. TC609-6-2025-14 B.2.3.
//!
//! The round rides in `policyExpansion`, and what the document's own members say must be the same. Whoever confirms gives its signature over the round on the
//! table in `signatureList`.

use axum::extract::State;
use serde_json::Value;
use xinyu_core::draft::{ContractDraft, is_agreed, last};
use xinyu_core::fault::Rejection;
use xinyu_protocol::tc609::draft::{DraftAnswer, RoundSignature, SignedRound};
use xinyu_protocol::tc609::negotiation::{ContractNegotiate, ContractNegotiated, ProposedTerms, Strategy};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};

use super::{digest_of, hear, lock};
use crate::app::Platform;

/// `POST /tc609/contractNegotiate`, by provider or consumer of a draft: a counter-proposal, or with `signatureList` its confirmation. `0` both agree, `1` go on.
///
/// # Errors
/// If there is no such draft of the caller's, its members contradict each other, or as an answer is refused.
pub async fn negotiate(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractNegotiate = call.parse()?;
    let by = call.connector()?;
    let keys = call.peer.keys.clone();
    let entity = call.peer.party.owner();
    let this = platform.clone();
    call.once(&platform.node, "draft.negotiate", move |tx| {
        Box::pin(async move {
            let (_, draft) = lock(tx, message.contract_id.as_str()).await?;
            must_name_alike(&message, &draft)?;
            let mut answer = DraftAnswer {
                contract_id: message.contract_id.clone(),
                digest: digest_of(&draft)?,
                signature: None,
                round: None,
                reason: String::new(),
            };
            if message.signature_list.is_empty() {
                let signed = proposed(&message.strategy)?;
                must_say_the_same(&message.strategy, &signed.round.terms)?;
                answer.round = Some(signed);
            } else {
                let table = &last(&draft.document)?.round.terms;
                must_say_the_same(&message.strategy, table)?;
                let own = message.signature_list.iter().find(|one| one.entity_id == entity.as_str());
                let own = own.ok_or_else(|| {
                    wrong("/signatureList", "缺少调用方主体的签名", "the caller's entity has not signed")
                })?;
                let suite = xinyu_core::draft::suite(&draft.document)?;
                answer.signature = Some(RoundSignature {
                    signer: by.to_string(),
                    kid: keys.signing(suite).kid(),
                    signature: own.signature.clone(),
                    credential: crate::application::member(tx, &by).await?.credential,
                });
            }
            let heard = hear(&this, tx, &by, answer).await?;
            let status = if is_agreed(&heard.document) { "0" } else { "1" };
            Answer::json(200, &ContractNegotiated { negotiation_status: status.to_owned() })
        })
    })
    .await
}

fn wrong(at: &str, zh: &str, en: &str) -> Rejection {
    Rejection::bad("contract-negotiate", zh, en).clause(format!("TC609-6-2025-14 B.2.3 {at}"))
}

fn must_name_alike(message: &ContractNegotiate, draft: &ContractDraft) -> Result<(), Rejection> {
    let (document, strategy) = (&draft.document, &message.strategy);
    let node = &strategy.execution_node_info;
    let consumer = document.consumer.connector_id.as_str();
    if strategy.subject_info.data_product_id != document.entry.product_id.as_str() {
        return Err(wrong(
            "/strategy/subjectInfo/dataProductId",
            "标的不是草案的产品",
            "the subject is not the draft's product",
        ));
    }
    if node.provider_node_id != document.provider.connector_id.as_str() {
        return Err(wrong(
            "/strategy/executionNodeInfo/providerNodeId",
            "提供方节点不是草案的提供方",
            "the provider's node is not the provider's",
        ));
    }
    if node.consumer_node_id.as_deref().is_some_and(|id| id != consumer) {
        return Err(wrong(
            "/strategy/executionNodeInfo/consumerNodeId",
            "使用方节点不是草案的使用方",
            "the consumer's node is not the consumer's",
        ));
    }
    Ok(())
}

fn proposed(strategy: &Strategy) -> Result<SignedRound, Rejection> {
    let at = "/strategy/policyExpansion";
    let Some(text) = &strategy.policy_expansion else {
        return Err(wrong(at, "缺少经签名的一轮条款", "the signed round is missing"));
    };
    xinyu_protocol::json::parse(text.as_bytes(), xinyu_protocol::json::Limits::WIRE)
        .map_err(|error| wrong(at, &error.text().zh, &error.text().en))
}

/// The rule that the document's own members say is one of the round's permissions.
fn must_say_the_same(strategy: &Strategy, terms: &ProposedTerms) -> Result<(), Rejection> {
    let permissions = terms.policies.iter().filter_map(|policy| policy.get("permissionPolicies")?.as_array()).flatten();
    let none = Value::Array(Vec::new());
    let (actions, constraints) = (Value::from(strategy.actions.clone()), Value::from(strategy.constraints.clone()));
    let is_said = |rule: &Value| {
        rule.get("actions") == Some(&actions) && rule.get("constraints").unwrap_or(&none) == &constraints
    };
    if permissions.into_iter().any(is_said) {
        return Ok(());
    }
    Err(wrong(
        "/strategy/actions",
        "strategy 的操作和约束不是该轮条款中的任何一条允许策略",
        "actions and constraints of the strategy are no permission of the round",
    ))
}
