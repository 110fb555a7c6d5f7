//! The consumer's side: asks, checks the provider's contract against what was applied for, signs, waits for the finalisation.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::contract::{draft, signing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{self, Move, Negotiation, Side};
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_core::{listing, transfer};
use xinyu_http::json::StrictJson;
use xinyu_policy::{OdrlIds, OdrlKind};
use xinyu_protocol::api::connector::{ProcessInfo, Start};
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{Ground, answer, credential, find, info, must_be, protocol};
use crate::app::Connector;

/// `POST /api/v1/negotiations`: opens the negotiation of an approved application; an open one is continued.
///
/// # Errors
/// If the application is not approved.
pub async fn start(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<Start>,
) -> Result<Json<ProcessInfo>, Failure> {
    person.must_act()?;
    let this = connector.clone();
    let contract_id = body.value.contract_id;
    let negotiation = connector
        .node
        .store
        .write("negotiation.start", move |tx| {
            Box::pin(async move {
                if let Some(there) = xinyu_store::negotiation::find_by_contract(tx, &contract_id).await?
                    && there.state != negotiation::State::Terminated
                {
                    return Ok::<_, Failure>(there);
                }
                let notice = xinyu_store::notice::list(tx, Side::Consumer, 500)
                    .await?
                    .into_iter()
                    .find(|notice| notice.contract_id.as_str() == contract_id)
                    .ok_or_else(|| xinyu_core::contract::unknown(&contract_id))?;
                let ground = Ground::new(&this, notice, Side::Consumer)?;
                let negotiation = draw(&ground, format!("urn:uuid:{}", tx.new_id()), tx.now())?;
                let (negotiation, effects) = negotiation::open(negotiation, &protocol(&this.node.address))?;
                xinyu_store::negotiation::insert(tx, &negotiation).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Negotiation);
                Ok(negotiation)
            })
        })
        .await?;
    Ok(Json(info(&negotiation)))
}

fn draw(ground: &Ground, consumer_pid: String, now: jiff::Timestamp) -> Result<Negotiation, Failure> {
    let notice = &ground.notice;
    let contract = draft::draw_up(&ground.basis(), now)?;
    let document = listing::policy_document(&contract.contract_policies);
    let policy = xinyu_policy::parse_value(&document).map_err(|errors| unreadable(&errors))?;
    let product = notice.entry.product_id.as_str();
    let ids = OdrlIds {
        id: format!("urn:xinyu:offer:{product}"),
        target: Some(product.to_owned()),
        assigner: Some(notice.party.connector_id.as_str().to_owned()),
        assignee: None,
    };
    Ok(Negotiation {
        side: Side::Consumer,
        state: negotiation::State::Requested,
        consumer_pid,
        provider_pid: None,
        peer: notice.party.connector_id.as_str().to_owned(),
        callback: protocol(&notice.party.address),
        space_id: notice.entry.space_id.clone(),
        product_id: product.to_owned(),
        application_id: notice.application_id.clone(),
        contract_id: notice.contract_id.clone(),
        offer: policy.to_odrl(OdrlKind::Offer, &ids),
        contract: None,
        reason: None,
    })
}

/// Policies that our engine does not read.
#[must_use]
pub fn unreadable(errors: &[xinyu_policy::ParseError]) -> Rejection {
    match errors.first() {
        Some(error) => {
            Rejection::bad("policy", error.text.zh.clone(), error.text.en.clone()).clause(error.pointer.clone())
        }
        None => Rejection::bad("policy", "合约策略无法解析", "the policies do not parse"),
    }
}

/// `POST {callback}/negotiations/{consumerPid}/agreement`, by the provider: its contract and signature. Ours follows at once.
///
/// # Errors
/// If the contract is not what was applied for, or its signature does not hold; the negotiation stays where it is.
pub async fn agreement(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractAgreementMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractAgreementMessage::TYPE)?;
    let signed = message.contract.ok_or_else(|| {
        Rejection::bad(
            "contract-missing",
            "该空间要求附带已签名的数字合约",
            "this space demands a signed digital contract with the agreement",
        )
        .clause("TC609-6-2025-14 §7.3")
    })?;
    let this = connector.clone();
    let (peer, provider_pid) = (call.peer.party.as_str().to_owned(), message.provider_pid);
    call.once(&connector.node, "negotiation.agreement", move |tx| {
        Box::pin(async move {
            let mut negotiation = find(tx, &pid, &peer).await?;
            negotiation.provider_pid.get_or_insert(provider_pid);
            let notice = xinyu_store::notice::find(tx, &negotiation.application_id)
                .await?
                .ok_or_else(|| xinyu_core::application::unknown(&negotiation.application_id))?;
            let ground = Ground::new(&this, notice, Side::Consumer)?;
            let now = tx.now();
            draft::check(&signed.contract, &ground.basis(), now)?;
            let trust = signing::Trust { issuer: &this.node.platform.id, keys: &this.node.platform.keys };
            let checked = signing::check(&signed, &trust, now)?;
            if !checked.iter().any(|signature| signature.connector_id == peer) {
                return Err(Rejection::bad("contract-unsigned", "缺少提供方的签名", "the provider has not signed")
                    .clause("/signatures")
                    .into());
            }
            let (negotiation, _) = negotiation::step(negotiation, Side::Provider, Move::Agree(signed.clone()))?;
            let both = countersign(&this, signed)?;
            let (negotiation, effects) = negotiation::step(negotiation, Side::Consumer, Move::Verify(both.clone()))?;
            xinyu_store::negotiation::save(tx, &negotiation).await?;
            take_up(&this, tx, &negotiation, &ground, both).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Negotiation);
            answer(200, &negotiation)
        })
    })
    .await
}

fn countersign(connector: &Connector, signed: SignedContract) -> Result<SignedContract, Failure> {
    let suite = signing::suite(&signed.contract)?;
    let me =
        connector.node.party().and_then(|party| party.connector()).ok_or_else(|| Failure::broken("not registered"))?;
    Ok(signing::sign(signed, &me, connector.node.ring.signing(suite), &credential(&connector.node)?)?)
}

/// Keeps the contract, and the place for its data.
async fn take_up(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    ground: &Ground,
    signed: SignedContract,
) -> Result<(), Failure> {
    let entry = &ground.notice.entry;
    let hash = signing::hash(&signed.contract)?;
    let me =
        connector.node.party().and_then(|party| party.connector()).ok_or_else(|| Failure::broken("not registered"))?;
    let holding = Holding {
        contract_id: negotiation.contract_id.clone(),
        product_id: entry.product_id.clone(),
        space_id: entry.space_id.clone(),
        suite: signing::suite(&signed.contract)?,
        provider: entry.connector_id.clone(),
        holder: me,
        platform: connector.node.platform_id(),
        state: HoldingState::Awaited,
        stopped: None,
        tables: entry.product.tables.clone(),
        delivered: transfer::Delivered::default(),
        files: Vec::new(),
        duties_done: Vec::new(),
        begun: 0,
        meter: Meter::default(),
        first_use_at: None,
        received_at: None,
        destroyed_at: None,
        contract: signed.contract.clone(),
    };
    let agreement = Agreement {
        contract_id: negotiation.contract_id.clone(),
        side: Side::Consumer,
        space_id: entry.space_id.clone(),
        product_id: entry.product_id.as_str().to_owned(),
        peer: negotiation.peer.clone(),
        agreement_id: signed.contract.expansion_item.agreement_id.clone(),
        signed,
        contract_hash: hash,
        filing: None,
        stopped: None,
        statement: None,
    };
    xinyu_store::agreement::save(tx, &agreement).await?;
    xinyu_store::holding::save(tx, &holding).await?;
    Ok(())
}

/// `POST {callback}/negotiations/{consumerPid}/events`, by the provider: finalised.
///
/// # Errors
/// If the negotiation is not there, or not verified.
pub async fn event(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractNegotiationEventMessage = call.parse()?;
    must_be(message.is_well_typed() && message.event_type == "FINALIZED", wire::ContractNegotiationEventMessage::TYPE)?;
    by_provider(&connector, pid, call, Move::Finalize).await
}

async fn by_provider(connector: &Connector, pid: String, call: PeerCall, action: Move) -> Result<Answer, Failure> {
    let peer = call.peer.party.as_str().to_owned();
    call.once(&connector.node, "negotiation.event", move |tx| {
        Box::pin(async move {
            let negotiation = find(tx, &pid, &peer).await?;
            let by = match negotiation.side {
                Side::Consumer => Side::Provider,
                Side::Provider => Side::Consumer,
            };
            let (negotiation, _) = negotiation::step(negotiation, by, action)?;
            xinyu_store::negotiation::save(tx, &negotiation).await?;
            tx.signal(Topic::Negotiation);
            answer(200, &negotiation)
        })
    })
    .await
}

/// `POST …/negotiations/{pid}/termination`, by either side.
///
/// # Errors
/// If the negotiation is not there, or over.
pub async fn termination(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: PeerCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractNegotiationTerminationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractNegotiationTerminationMessage::TYPE)?;
    let reason: String = message
        .reason
        .iter()
        .map(|reason| reason.as_str().map_or_else(|| reason.to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join("; ")
        .chars()
        .take(256)
        .collect();
    by_provider(&connector, pid, call, Move::Terminate(reason)).await
}
