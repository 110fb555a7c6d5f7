//! The provider's side: a request for an approved application is agreed to by rule or by a person; both signed, the contract is filed.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::contract::{draft, signing};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{self, Move, Negotiation, Side};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::Verdict;
use xinyu_protocol::api::connector::ProcessInfo;
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::tc609::contract::{Filing, SignedContract};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{Ground, answer, credential, find, info, must_be, protocol};
use crate::app::Connector;

/// `POST /dsp/2025-1/negotiations/request`, by a consumer.
///
/// # Errors
/// If there is no approved application of this consumer for the product that is asked for.
pub async fn request(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: wire::ContractRequestMessage = call.parse()?;
    must_be(message.is_well_typed() && message.provider_pid.is_none(), wire::ContractRequestMessage::TYPE)?;
    let this = connector.clone();
    let (peer, address) = (call.peer.party.as_str().to_owned(), call.peer.address.clone().unwrap_or_default());
    call.once(&connector.node, "negotiation.request", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::negotiation::find_by_peer(tx, &peer, &message.consumer_pid).await? {
                return answer(201, &there);
            }
            let head: wire::OfferHead = serde_json::from_value(message.offer.clone()).map_err(|error| {
                Rejection::bad("offer", format!("要约无法解析：{error}"), format!("the offer does not parse: {error}"))
            })?;
            let callback = message.callback_address.unwrap_or_default();
            if callback.trim_end_matches('/') != protocol(&address) {
                return Err(Rejection::bad(
                    "callback-address",
                    format!("回调地址「{callback}」不在凭证登记的地址 {address} 之下"),
                    format!("callback address {callback} is not below {address}, which the credential names"),
                )
                .clause("DSP 2025-1 §8.2")
                .into());
            }
            let application = message.application_id.unwrap_or_default();
            let notice = xinyu_store::notice::find(tx, &application)
                .await?
                .filter(|notice| notice.party.connector_id.as_str() == peer)
                .ok_or_else(|| xinyu_core::application::unknown(&application))?;
            if head.target.as_deref().is_some_and(|target| target != notice.entry.product_id.as_str()) {
                return Err(Rejection::bad(
                    "offer",
                    "要约的标的不是所申请的产品",
                    "the offer is not over the product that was applied for",
                )
                .clause("/offer/target")
                .into());
            }
            let offering =
                xinyu_store::offering::find_by_product(tx, &notice.entry.product_id).await?.ok_or_else(|| {
                    Rejection::unknown(
                        "unknown-product",
                        format!("没有产品 {}", notice.entry.product_id),
                        format!("product {} does not exist", notice.entry.product_id),
                    )
                })?;
            let negotiation = Negotiation {
                side: Side::Provider,
                state: negotiation::State::Requested,
                consumer_pid: message.consumer_pid,
                provider_pid: Some(format!("urn:uuid:{}", tx.new_id())),
                peer,
                callback: callback.trim_end_matches('/').to_owned(),
                space_id: notice.entry.space_id.clone(),
                product_id: notice.entry.product_id.as_str().to_owned(),
                application_id: notice.application_id.clone(),
                contract_id: notice.contract_id.clone(),
                offer: message.offer,
                contract: None,
                reason: None,
            };
            xinyu_store::negotiation::insert(tx, &negotiation).await?;
            if offering.auto_agree {
                agree(&this, tx, negotiation.clone()).await?;
            }
            tx.signal(Topic::Negotiation);
            answer(201, &negotiation)
        })
    })
    .await
}

/// Draws the contract up, signs it, and sends it with the agreement.
async fn agree(connector: &Connector, tx: &mut Tx, negotiation: Negotiation) -> Result<Negotiation, Failure> {
    let notice = xinyu_store::notice::find(tx, &negotiation.application_id)
        .await?
        .ok_or_else(|| xinyu_core::application::unknown(&negotiation.application_id))?;
    let ground = Ground::new(connector, notice, Side::Provider)?;
    let contract = draft::draw_up(&ground.basis(), tx.now())?;
    let suite = signing::suite(&contract)?;
    let me =
        connector.node.party().and_then(|party| party.connector()).ok_or_else(|| Failure::broken("not registered"))?;
    let unsigned = SignedContract { contract, signatures: Vec::new() };
    let signed = signing::sign(unsigned, &me, connector.node.ring.signing(suite), &credential(&connector.node)?)?;
    let (negotiation, effects) = negotiation::step(negotiation, Side::Provider, Move::Agree(signed))?;
    xinyu_store::negotiation::save(tx, &negotiation).await?;
    effect::apply(&connector.node, tx, effects).await?;
    Ok(negotiation)
}

/// `POST /api/v1/negotiations/{pid}/decision`, by the provider's people, where the product is not agreed to by rule.
///
/// # Errors
/// If there is no such negotiation, or it does not wait for us.
pub async fn decide(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    person: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ProcessInfo>, Failure> {
    person.must_act()?;
    let (this, verdict) = (connector.clone(), body.value);
    let negotiation = connector
        .node
        .store
        .write("negotiation.decide", move |tx| {
            Box::pin(async move {
                let negotiation = xinyu_store::negotiation::lock(tx, &pid)
                    .await?
                    .filter(|one| one.side == Side::Provider)
                    .ok_or_else(|| {
                        Rejection::unknown(
                            "unknown-negotiation",
                            format!("没有协商 {pid}"),
                            format!("negotiation {pid} does not exist"),
                        )
                    })?;
                let negotiation = if verdict.approve {
                    agree(&this, tx, negotiation).await?
                } else {
                    let (negotiation, effects) =
                        negotiation::step(negotiation, Side::Provider, Move::Terminate(verdict.note))?;
                    xinyu_store::negotiation::save(tx, &negotiation).await?;
                    effect::apply(&this.node, tx, effects).await?;
                    negotiation
                };
                tx.signal(Topic::Negotiation);
                Ok::<_, Failure>(negotiation)
            })
        })
        .await?;
    Ok(Json(info(&negotiation)))
}

/// `POST /dsp/2025-1/negotiations/{providerPid}/agreement/verification`, by the consumer: its signature. The contract is finalised and filed.
///
/// # Errors
/// If it signed something else, or its signature does not hold; the negotiation stays where it is.
pub async fn verification(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractAgreementVerificationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractAgreementVerificationMessage::TYPE)?;
    let signed = message.contract.ok_or_else(|| {
        Rejection::bad("contract-missing", "缺少使用方签署的数字合约", "the contract signed by the consumer is missing")
            .clause("TC609-6-2025-14 §7.3")
    })?;
    let this = connector.clone();
    let peer = call.peer.party.as_str().to_owned();
    call.once(&connector.node, "negotiation.verification", move |tx| {
        Box::pin(async move {
            let negotiation = find(tx, &pid, &peer).await?;
            let ours = negotiation.contract.as_ref().map(|contract| &contract.contract);
            if ours != Some(&signed.contract) {
                return Err(Rejection::bad(
                    "contract-differs",
                    "使用方签署的合约与提供方签署的不同",
                    "the consumer signed another contract than the provider",
                )
                .clause("TC609-6-2025-14 §7.3")
                .into());
            }
            let now = tx.now();
            let trust = signing::Trust { issuer: &this.node.platform.id, keys: &this.node.platform.keys };
            signing::check_complete(&signed, &trust, now)?;
            let (negotiation, _) = negotiation::step(negotiation, Side::Consumer, Move::Verify(signed.clone()))?;
            let (negotiation, mut effects) = negotiation::step(negotiation, Side::Provider, Move::Finalize)?;
            let id = &negotiation.contract_id;
            let filing = Filing { contract: signed.clone() };
            effects.push(Effect::Send(Outgoing::json(
                &this.node.platform_id(),
                format!("evidence/{id}"),
                "filing",
                "/tc609/contractRegistrate",
                &filing,
            )?));
            xinyu_store::negotiation::save(tx, &negotiation).await?;
            let agreement = Agreement {
                contract_id: id.clone(),
                side: Side::Provider,
                space_id: negotiation.space_id.clone(),
                product_id: negotiation.product_id.clone(),
                peer: negotiation.peer.clone(),
                agreement_id: signed.contract.expansion_item.agreement_id.clone(),
                contract_hash: signing::hash(&signed.contract)?,
                signed,
                filing: None,
                stopped: None,
                statement: None,
            };
            xinyu_store::agreement::save(tx, &agreement).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Negotiation);
            answer(200, &negotiation)
        })
    })
    .await
}
