//! What the other side says: each message is one step of the core by the peer, followed by whatever needs nobody to be asked. DSP 2025-1 §7, §8.

use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{self, Conduct, Move, Negotiation, Side};
use xinyu_protocol::dsp::negotiation as wire;
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::tc609::negotiation::SignedProposal;
use xinyu_shell::arranged::Arranged;
use xinyu_shell::dsp::{Caller, DspCall};
use xinyu_shell::peer::Answer;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{act, answer, archive, find, member, must_be, must_name, partner, terms};
use crate::app::Connector;
use crate::stop;

/// `POST /negotiations/request`, by a consumer.
///
/// # Errors
/// If a member has no approved application for the product, or a partner asks for what is not offered to it.
pub async fn request(State(connector): State<Connector>, call: DspCall) -> Result<Answer, Failure> {
    let message: wire::ContractRequestMessage = call.parse()?;
    must_be(message.is_well_typed() && message.provider_pid.is_none(), wire::ContractRequestMessage::TYPE)?;
    let callback = call.caller.callback(message.callback_address.as_deref().unwrap_or_default(), &connector.node)?;
    let opening = Opening {
        consumer_pid: message.consumer_pid,
        application_id: message.application_id.unwrap_or_default(),
        offer: message.offer,
        proposal: message.proposal,
        callback,
    };
    begin(&connector, call, opening).await
}

/// What a consumer begins with.
pub(super) struct Opening {
    pub(super) consumer_pid: String,
    pub(super) application_id: String,
    pub(super) offer: Value,
    pub(super) proposal: Option<SignedProposal>,
    pub(super) callback: String,
}

pub(super) async fn begin(connector: &Connector, call: DspCall, opening: Opening) -> Result<Answer, Failure> {
    let (this, caller) = (connector.clone(), call.caller.clone());
    call.once(&connector.node, "negotiation.request", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::negotiation::find_by_peer(tx, caller.id(), &opening.consumer_pid).await? {
                return answer(201, &there);
            }
            let negotiation = match &caller {
                Caller::Member(_) => with_member(&this, tx, caller.id(), opening).await?,
                Caller::Partner(partner) => {
                    let provider = Some(format!("urn:uuid:{}", tx.new_id()));
                    let ids = Ids { consumer: opening.consumer_pid, provider };
                    with_partner(&this, tx, partner, opening.offer, ids, opening.callback).await?
                }
            };
            let asked = negotiation.clone();
            act::advance(&this, tx, negotiation).await?;
            tx.signal(Topic::Negotiation);
            answer(201, &asked)
        })
    })
    .await
}

/// The process ids of a negotiation that begins.
struct Ids {
    consumer: String,
    provider: Option<String>,
}

async fn with_member(connector: &Connector, tx: &mut Tx, peer: &str, opening: Opening) -> Result<Negotiation, Failure> {
    let application = &opening.application_id;
    let notice = xinyu_store::notice::find(tx, application)
        .await?
        .filter(|notice| notice.party.connector_id.as_str() == peer)
        .ok_or_else(|| xinyu_core::application::unknown(application))?;
    stop::must_not_hold(tx, &notice.contract_id).await?;
    let product = notice.entry.product_id.clone();
    let offering = xinyu_store::offering::find_by_product(tx, &product).await?;
    let offering = offering.ok_or_else(|| unknown_dataset(product.as_str()))?;
    let mut negotiation = Negotiation {
        side: Side::Provider,
        state: negotiation::State::Requested,
        consumer_pid: opening.consumer_pid,
        provider_pid: Some(format!("urn:uuid:{}", tx.new_id())),
        peer: peer.to_owned(),
        callback: opening.callback,
        space_id: notice.entry.space_id.clone(),
        product_id: product.as_str().to_owned(),
        application_id: Some(notice.application_id.clone()),
        contract_id: notice.contract_id.clone(),
        asked: Value::Null,
        offer: Value::Null,
        proposal: None,
        asked_proposal: None,
        agreement: None,
        contract: None,
        reason: None,
        conduct: offering.conduct(),
        sent: 0,
        steps: 0,
        kept: 0,
        untaken: Vec::new(),
    };
    xinyu_store::offering::bind(tx, negotiation.contract_id.as_str(), notice.entry.version).await?;
    let offer = terms::check(connector, tx, &negotiation, opening.offer, opening.proposal, true).await?;
    (negotiation.asked, negotiation.offer) = (offer.odrl.clone(), offer.odrl);
    (negotiation.asked_proposal, negotiation.proposal) = (offer.proposal.clone(), offer.proposal);
    let table = negotiation.table();
    archive::keep(connector, tx, &mut negotiation, Side::Consumer, &table).await?;
    xinyu_store::negotiation::insert(tx, &negotiation).await?;
    Ok(negotiation)
}

async fn with_partner(
    connector: &Connector,
    tx: &mut Tx,
    caller: &Arranged,
    offer: Value,
    ids: Ids,
    callback: String,
) -> Result<Negotiation, Failure> {
    let target = offer.get("target").and_then(Value::as_str).unwrap_or_default().to_owned();
    let offering = xinyu_store::offering::find_by_target(tx, &target)
        .await?
        .filter(|offering| crate::catalog::is_offered(connector, offering, caller))
        .ok_or_else(|| unknown_dataset(&target))?;
    let offer = partner::well_formed(offer, &target)?;
    for policy in [&offering.policy_document(), &offer] {
        crate::catalog::must_hold(caller, policy)?;
    }
    let mut negotiation = Negotiation {
        side: Side::Provider,
        state: negotiation::State::Requested,
        consumer_pid: ids.consumer,
        provider_pid: ids.provider,
        peer: caller.id.clone(),
        callback,
        space_id: offering.request.space_id.clone(),
        product_id: target,
        application_id: None,
        contract_id: partner::contract_id(connector, tx)?,
        asked: offer.clone(),
        offer,
        proposal: None,
        asked_proposal: None,
        agreement: None,
        contract: None,
        reason: None,
        conduct: offering.conduct(),
        sent: 0,
        steps: 0,
        kept: 0,
        untaken: Vec::new(),
    };
    xinyu_store::offering::bind(tx, negotiation.contract_id.as_str(), offering.version()).await?;
    let tell = partner::tell(connector, &negotiation, caller, &offering.request.product.name)?;
    let table = negotiation.table();
    archive::keep(connector, tx, &mut negotiation, Side::Consumer, &table).await?;
    xinyu_store::negotiation::insert(tx, &negotiation).await?;
    effect::apply(&connector.node, tx, vec![tell]).await?;
    if caller.enforces.is_some() {
        let told = negotiation::told(&negotiation, &Move::Request(negotiation.offer.clone().into()));
        effect::apply(&connector.node, tx, told).await?;
    }
    Ok(negotiation)
}

fn unknown_dataset(target: &str) -> Rejection {
    // 400 rather than 404, which would say that there is no such negotiation or no such address.
    Rejection::bad(
        "unknown-dataset",
        format!("没有数据集「{target}」"),
        format!("dataset {target} is not offered to you"),
    )
    .clause("/offer/target")
}

/// `POST /negotiations/offers`, by a provider that begins. DSP 2025-1 §8.3.
///
/// # Errors
/// If it is no partner's: among members the consumer applies first.
pub async fn initial_offer(State(connector): State<Connector>, call: DspCall) -> Result<Answer, Failure> {
    let message: wire::ContractOfferMessage = call.parse()?;
    must_be(message.is_well_typed() && message.consumer_pid.is_none(), wire::ContractOfferMessage::TYPE)?;
    let callback = call.caller.callback(message.callback_address.as_deref().unwrap_or_default(), &connector.node)?;
    let (this, caller) = (connector.clone(), call.caller.clone());
    call.once(&connector.node, "negotiation.offered", move |tx| {
        Box::pin(async move {
            let partner = caller.partner().ok_or_else(|| {
                Rejection::forbidden(
                    "application-first",
                    "成员之间先由使用方提出使用申请",
                    "among members the consumer applies first",
                )
            })?;
            if let Some(there) = xinyu_store::negotiation::find_by_peer(tx, &partner.id, &message.provider_pid).await? {
                return answer(201, &there);
            }
            partner::must_be_enough(&this, &partner.space_id)?;
            let target = message.offer.get("target").and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut negotiation = Negotiation {
                side: Side::Consumer,
                state: negotiation::State::Offered,
                consumer_pid: format!("urn:uuid:{}", tx.new_id()),
                provider_pid: Some(message.provider_pid),
                peer: partner.id.clone(),
                callback,
                space_id: partner.space_id.clone(),
                contract_id: partner::contract_id(&this, tx)?,
                offer: partner::well_formed(message.offer, &target)?,
                product_id: target.clone(),
                application_id: None,
                asked: Value::Null,
                proposal: None,
                asked_proposal: None,
                agreement: None,
                contract: None,
                reason: None,
                conduct: Conduct::Person,
                sent: 0,
                steps: 0,
                kept: 0,
                untaken: Vec::new(),
            };
            let tell = partner::tell(&this, &negotiation, partner, &target)?;
            let table = negotiation.table();
            archive::keep(&this, tx, &mut negotiation, Side::Provider, &table).await?;
            xinyu_store::negotiation::insert(tx, &negotiation).await?;
            effect::apply(&this.node, tx, vec![tell]).await?;
            if partner.enforces.is_some() {
                let told = negotiation::told(&negotiation, &Move::Offer(negotiation.offer.clone().into()));
                effect::apply(&this.node, tx, told).await?;
            }
            tx.signal(Topic::Negotiation);
            answer(201, &negotiation)
        })
    })
    .await
}

/// `POST /negotiations/{providerPid}/request`, by the consumer: a counter-offer.
///
/// # Errors
/// If the negotiation is not there, or not offered.
pub async fn counter(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractRequestMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractRequestMessage::TYPE)?;
    let provider_pid = message.provider_pid.clone().unwrap_or_default();
    must_name(&pid, &provider_pid, &message.consumer_pid)?;
    let said = Said::Request(message.offer, message.proposal);
    heard(&connector, pid, call, Some(Side::Consumer), None, said).await
}

/// `POST {callback}/negotiations/{consumerPid}/offers`, by the provider.
///
/// # Errors
/// If the negotiation is not there, or not requested.
pub async fn offer(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractOfferMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractOfferMessage::TYPE)?;
    must_name(&pid, &message.provider_pid, message.consumer_pid.as_deref().unwrap_or_default())?;
    let said = Said::Offer(message.offer, message.proposal);
    heard(&connector, pid, call, Some(Side::Provider), Some(message.provider_pid), said).await
}

/// `POST {callback}/negotiations/{consumerPid}/agreement`, by the provider. Where nobody needs to be asked, our verification follows at once.
///
/// # Errors
/// If the contract is not what was applied for or offered, or its signature does not hold; the negotiation stays where it is.
pub async fn agreement(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractAgreementMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractAgreementMessage::TYPE)?;
    must_name(&pid, &message.provider_pid, &message.consumer_pid)?;
    let said = Said::Agreement(message.agreement, message.contract);
    heard(&connector, pid, call, Some(Side::Provider), Some(message.provider_pid), said).await
}

/// `POST /negotiations/{providerPid}/agreement/verification`, by the consumer. Where nobody needs to be asked, the finalisation follows at once.
///
/// # Errors
/// If a member signed something else, or its signature does not hold; the negotiation stays where it is.
pub async fn verification(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractAgreementVerificationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractAgreementVerificationMessage::TYPE)?;
    must_name(&pid, &message.provider_pid, &message.consumer_pid)?;
    heard(&connector, pid, call, Some(Side::Consumer), None, Said::Verification(message.contract)).await
}

/// `POST …/negotiations/{pid}/events`: the consumer accepts, the provider finalises.
///
/// # Errors
/// If the negotiation is not there, or not where the event leads on.
pub async fn event(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractNegotiationEventMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractNegotiationEventMessage::TYPE)?;
    must_name(&pid, &message.provider_pid, &message.consumer_pid)?;
    match message.event_type.as_str() {
        wire::ACCEPTED => heard(&connector, pid, call, Some(Side::Consumer), None, Said::Accepted).await,
        wire::FINALIZED => {
            heard(&connector, pid, call, Some(Side::Provider), Some(message.provider_pid), Said::Finalized).await
        }
        other => Err(Rejection::bad(
            "unknown-event",
            format!("未知的协商事件「{other}」"),
            format!("unknown event {other}, known are ACCEPTED and FINALIZED"),
        )
        .clause("DSP 2025-1 §7.3.5")
        .into()),
    }
}

/// `POST …/negotiations/{pid}/termination`, by either side.
///
/// # Errors
/// If the negotiation is not there, or over.
pub async fn termination(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    call: DspCall,
) -> Result<Answer, Failure> {
    let message: wire::ContractNegotiationTerminationMessage = call.parse()?;
    must_be(message.is_well_typed(), wire::ContractNegotiationTerminationMessage::TYPE)?;
    must_name(&pid, &message.provider_pid, &message.consumer_pid)?;
    let why = reason(message.code.as_deref(), &message.reason);
    heard(&connector, pid, call, None, Some(message.provider_pid), Said::Terminated(why)).await
}

/// Why, as people will read it, in at most 256 characters.
pub(crate) fn reason(code: Option<&str>, reason: &[Value]) -> String {
    let told: Vec<String> =
        reason.iter().map(|reason| reason.as_str().map_or_else(|| reason.to_string(), str::to_owned)).collect();
    let text = if told.is_empty() { code.unwrap_or_default().to_owned() } else { told.join("; ") };
    text.chars().take(256).collect()
}

/// What the other side says.
pub(super) enum Said {
    Request(Value, Option<SignedProposal>),
    Offer(Value, Option<SignedProposal>),
    Accepted,
    Agreement(Value, Option<SignedContract>),
    Verification(Option<SignedContract>),
    Finalized,
    Terminated(String),
}

/// The other side speaks: as `by`, where only one side can say such a thing, with the provider's process id as it names it.
pub(super) async fn heard(
    connector: &Connector,
    pid: String,
    call: DspCall,
    by: Option<Side>,
    provider_pid: Option<String>,
    said: Said,
) -> Result<Answer, Failure> {
    let (this, peer) = (connector.clone(), call.caller.id().to_owned());
    // One that our platform has registered reports nothing itself.
    let is_registered = call.caller.partner().is_some_and(|partner| partner.enforces.is_some());
    call.once(&connector.node, "negotiation.heard", move |tx| {
        Box::pin(async move {
            let mut negotiation = find(tx, &pid, &peer).await?;
            let by = by.unwrap_or_else(|| negotiation.side.other());
            if is_said_already(&negotiation, by, &said) {
                return answer(200, &negotiation);
            }
            if let Some(anew) = drawn_up_anew(&negotiation, by, &said)? {
                negotiation.agreement = Some(anew);
                xinyu_store::negotiation::save(tx, &negotiation).await?;
                return answer(200, &negotiation);
            }
            if negotiation.side == Side::Consumer && negotiation.provider_pid.is_none() {
                negotiation.provider_pid = provider_pid.filter(|id| !id.is_empty() && *id != pid);
            }
            let said = check(&this, tx, &negotiation, by, said).await?;
            let (is_last, before) = (matches!(said, Move::Finalize), negotiation.state);
            let goes_on =
                negotiation::is_allowed(Some(before), by, said.target()) && !matches!(said, Move::Terminate(_));
            let (steps, told) = (negotiation.steps, said.clone());
            let (mut negotiation, mut effects) = negotiation::step(negotiation, by, said)?;
            archive::keep(&this, tx, &mut negotiation, by, &told).await?;
            if is_registered && negotiation.steps != steps {
                effects.extend(negotiation::told(&negotiation, &told));
            }
            let is_verified = negotiation.steps != steps && negotiation.side == Side::Provider;
            if is_verified && negotiation.awaited().is_some() {
                effects.push(member::gather(&this, tx, &negotiation).await?);
            }
            effect::apply(&this.node, tx, effects).await?;
            if goes_on {
                // Nobody goes on from what it has not heard: our last message has arrived, whether its answer has or not.
                xinyu_store::outbox::acknowledge(tx, &format!("negotiation/{}", negotiation.pid())).await?;
                negotiation.untaken.clear();
            }
            xinyu_store::negotiation::save(tx, &negotiation).await?;
            if is_last && before != negotiation.state && negotiation.is_with_partner() {
                partner::keep(&this, tx, &negotiation).await?;
            }
            let told = negotiation.clone();
            act::advance(&this, tx, negotiation).await?;
            tx.signal(Topic::Negotiation);
            answer(200, &told)
        })
    })
    .await
}

/// Whether a partner says again, under another name, what it has said and what still holds: some send a message anew rather than repeat it.
fn is_said_already(negotiation: &Negotiation, by: Side, said: &Said) -> bool {
    use negotiation::State::{Accepted, Agreed, Finalized, Verified};
    if !negotiation.is_with_partner() || by == negotiation.side {
        return false;
    }
    let holds = |states: &[negotiation::State]| states.contains(&negotiation.state);
    match said {
        Said::Accepted => holds(&[Accepted, Agreed, Verified, Finalized]) && negotiation.side == Side::Provider,
        Said::Agreement(agreement, _) => {
            holds(&[Agreed, Verified, Finalized]) && negotiation.agreement.as_ref() == Some(agreement)
        }
        Said::Verification(_) => holds(&[Verified, Finalized]),
        Said::Finalized => holds(&[Finalized]),
        Said::Request(..) | Said::Offer(..) | Said::Terminated(_) => false,
    }
}

/// The agreement as a partner draws it up once more, under another name or time, since our verification crossed its own message: until it has finalised, its
/// latest counts, on the same terms.
fn drawn_up_anew(negotiation: &Negotiation, by: Side, said: &Said) -> Result<Option<Value>, Rejection> {
    use negotiation::State::{Agreed, Verified};
    let Said::Agreement(agreement, None) = said else { return Ok(None) };
    let is_awaited = negotiation.is_with_partner()
        && (negotiation.side, by) == (Side::Consumer, Side::Provider)
        && [Agreed, Verified].contains(&negotiation.state);
    if !is_awaited {
        return Ok(None);
    }
    xinyu_core::partner::check(agreement, &negotiation.offer, &negotiation.product_id)?;
    Ok(Some(agreement.clone()))
}

/// What was said as a move, once what it carries was checked. Whether the move is possible at all is looked at first.
async fn check(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    by: Side,
    said: Said,
) -> Result<Move, Failure> {
    let may = |to| negotiation::is_allowed(Some(negotiation.state), by, to) && by != negotiation.side;
    Ok(match said {
        Said::Request(offer, signed) if !negotiation.is_with_partner() => {
            let is_next = may(negotiation::State::Requested);
            Move::Request(terms::check(connector, tx, negotiation, offer, signed, is_next).await?)
        }
        Said::Offer(offer, signed) if !negotiation.is_with_partner() => {
            let is_next = may(negotiation::State::Offered);
            Move::Offer(terms::check(connector, tx, negotiation, offer, signed, is_next).await?)
        }
        Said::Request(offer, _) => {
            let offer = partner::well_formed(offer, &negotiation.product_id)?;
            partner::must_hold(connector, negotiation, &offer)?;
            Move::Request(offer.into())
        }
        Said::Offer(offer, _) => Move::Offer(partner::well_formed(offer, &negotiation.product_id)?.into()),
        Said::Accepted => Move::Accept,
        Said::Finalized => Move::Finalize,
        Said::Terminated(reason) => Move::Terminate(reason),
        Said::Agreement(agreement, contract) => {
            if may(negotiation::State::Agreed) && !negotiation.is_with_partner() {
                let signed = contract.as_ref().ok_or_else(|| member::missing("/contract"))?;
                member::check(connector, tx, negotiation, &agreement, signed).await?;
            }
            Move::Agree(agreement, contract)
        }
        Said::Verification(contract) => {
            if may(negotiation::State::Verified) && !negotiation.is_with_partner() {
                let signed = contract.as_ref().ok_or_else(|| member::missing("/contract"))?;
                member::check_both(connector, negotiation, signed, tx.now())?;
            }
            Move::Verify(contract)
        }
    })
}
