//! Onward transfers at the platform: every hop is filed under its contract, checked as its sender's connector did, and told to whoever takes part; what ends or
//! holds the contract reaches the receivers. TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 i.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use xinyu_core::contract::signing::Trust;
use xinyu_core::contract::{self, Registered, filing};
use xinyu_core::dispute::Place;
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_core::onward::{self, Onward, State as Standing};
use xinyu_core::participant::Member;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::List;
use xinyu_protocol::api::onward::OnwardInfo;
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardGrant, OnwardMessage, OnwardQuery, OnwardReceiver, OnwardStep};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, onward as onwards};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::{card, member};
use crate::event::names;
use crate::evidence;
use crate::termination::is_over;

/// What goes to a consumer and to whoever got data from it: orders to stop and to go on, and the end of the contract.
const FOLLOWED: [&str; 3] = ["/tc609/abnormalTermination", "/tc609/resumption", "/tc609/contractTerminate"];

/// `POST /tc609/onwardReceiver`, by a holder: which connector a receiver's code means, if data under the contract could go there at all.
///
/// # Errors
/// If the caller holds nothing under the contract, or there is no such member in the space.
pub async fn receiver(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: OnwardQuery = call.parse()?;
    let by = call.connector()?;
    let card = platform.node.store.read("onward.receiver", move |tx| {
        Box::pin(async move {
            let id = query.contract_id.as_str();
            let contract = xinyu_store::contract::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            let hops = xinyu_store::onward::of_contract(tx, id).await?;
            let holds = contract.consumer == by.as_str()
                || hops.iter().any(|hop| hop.grant.receiver == by && hop.state == Standing::Received);
            if !holds {
                return Err(contract::unknown(id).into());
            }
            let found = find_receiver(tx, &query.receiver).await?;
            card(&must_be_of(found, &contract, &query.receiver)?)
        })
    });
    Answer::json(200, &OnwardReceiver { card: card.await? })
}

async fn find_receiver(tx: &mut Tx, code: &str) -> Result<Option<Member>, Failure> {
    if ConnectorId::parse(code).is_ok() {
        return Ok(xinyu_store::member::find(tx, code).await?);
    }
    let all = xinyu_store::member::list(tx).await?;
    Ok(all.into_iter().find(|member| member.participant_id.as_str() == code && member.role != Role::Regulator))
}

fn must_be_of(found: Option<Member>, contract: &Registered, code: &str) -> Result<Member, Rejection> {
    found
        .filter(|member| {
            member.state == xinyu_core::participant::MemberState::Approved
                && member.role != Role::Regulator
                && member.spaces.contains(&contract.space_id)
        })
        .ok_or_else(|| {
            Rejection::unknown(
                "unknown-receiver",
                format!("本空间没有可接收的成员 {code}"),
                format!("there is no member {code} in this space that could get it"),
            )
            .clause("/receiver")
        })
}

/// `POST /tc609/onward`, by whoever says it: one statement of a hop, the first hands on. The same statement is the same.
///
/// # Errors
/// If the caller may not say it, a signature does not hold, the contract does not grant it, or it is over or frozen.
pub async fn said(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let OnwardMessage { step, record } = call.parse()?;
    let bytes = xinyu_protocol::json::canonical(&record).map_err(Failure::broken)?;
    let record = SignedRecord::parse(&bytes).map_err(|error| evidence::malformed(&error.to_string()))?;
    evidence::check_author(&call, &record)?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "onward.said", move |tx| {
        Box::pin(async move {
            let said = &step.statement;
            if said.author != by {
                return Err(not_the_author(said.author.as_str()).into());
            }
            let id = said.contract_id.as_str().to_owned();
            let contract = xinyu_store::contract::lock(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            let found = xinyu_store::onward::lock(tx, &said.onward_id).await?;
            let place = match &found {
                Some(found) => found.place.clone(),
                None => Place::of(&contract, this.options.platform_id.as_str())?,
            };
            let issuer = PartyId::from(this.options.platform_id.clone());
            let keys = this.node.ring.public();
            onward::check_step(&step, &Trust { issuer: &issuer, keys: &keys }, tx.now())?;
            onward::must_be_recorded(&record.record, said, &place.space_id)?;
            let is_new = keep(&this, tx, &contract, found, step, &place).await?;
            if is_new {
                xinyu_shell::log::append(tx, &record).await?;
            }
            Answer::json(200, &Status::done())
        })
    })
    .await
}

fn not_the_author(author: &str) -> Rejection {
    Rejection::forbidden(
        "not-your-statement",
        format!("陈述的作者是 {author}，须由其自己提交"),
        format!("the statement is by {author}, who has to send it"),
    )
}

/// Takes a statement whose signature was checked, and tells who takes part. False if it was there.
async fn keep(
    platform: &Platform,
    tx: &mut Tx,
    contract: &Registered,
    found: Option<Onward>,
    step: OnwardStep,
    place: &Place,
) -> Result<bool, Failure> {
    let act = step.statement.act;
    let before = found.as_ref().map_or(0, |found| found.steps.len());
    let is_first = found.is_none();
    let onward = onward::take(found, step, place)?;
    if onward.steps.len() == before {
        return Ok(false);
    }
    let hops = xinyu_store::onward::of_contract(tx, contract.contract_id.as_str()).await?;
    let mut cards = Vec::new();
    if matches!(act, OnwardAct::Offer | OnwardAct::Take) {
        must_be_performing(contract, tx.now())?;
    }
    if is_first {
        cards = must_be_grantable(tx, contract, &hops, &onward).await?;
        if !xinyu_store::onward::insert(tx, &onward).await? {
            return Err(onward::taken(&onward.onward_id).into());
        }
    } else {
        xinyu_store::onward::save(tx, &onward).await?;
    }
    let descendants: Vec<Onward> = hops.into_iter().filter(|hop| hop.grant.chain.contains(&onward.onward_id)).collect();
    effect::apply(&platform.node, tx, onward::tell(&onward, &descendants, &cards)?).await?;
    tx.signal(Topic::Contract);
    Ok(true)
}

/// That a contract lets data flow now.
fn must_be_performing(contract: &Registered, now: Timestamp) -> Result<(), Rejection> {
    let id = &contract.contract_id;
    if contract.frozen_at.is_some() {
        return Err(contract::frozen(id, None));
    }
    if contract.status == ContractStatus::Performing && !is_over(contract, now) {
        return Ok(());
    }
    Err(Rejection::conflict(
        "contract-not-performing",
        format!("合约 {id} 未在履行中，不能转授"),
        format!("contract {id} is not being performed, nothing is handed on under it"),
    )
    .clause("/contractStatus"))
}

/// That the sender holds what it hands on, under the policies that it says, and the receiver can get it. Their cards.
async fn must_be_grantable(
    tx: &mut Tx,
    contract: &Registered,
    hops: &[Onward],
    new: &Onward,
) -> Result<Vec<PartyCard>, Failure> {
    let grant = &new.grant;
    if grant.product_id != contract.product_id {
        return Err(differs("/grant/productId").into());
    }
    let source = match grant.chain.last() {
        None => vec![filed_policy(contract, grant)?],
        Some(parent) => {
            let parent = hops.iter().find(|hop| hop.onward_id == *parent && hop.grant.receiver == grant.sender);
            let parent = parent.filter(|parent| parent.state == Standing::Received && parent.chain() == grant.chain);
            parent.map(|parent| parent.grant.policies.clone()).ok_or_else(|| differs("/grant/chain"))?
        }
    };
    must_begin_with(&source, grant)?;
    onward::must_be_granted(grant, new.offered_at)?;
    onward::must_not_exceed(grant, gone(hops, grant))?;
    let is_there =
        |hop: &&Onward| hop.grant.receiver == grant.receiver && (hop.state.is_live() || hop.state == Standing::Offered);
    if let Some(there) = hops.iter().find(is_there) {
        let id = &there.onward_id;
        return Err(Rejection::conflict(
            "receiver-has-it",
            format!("该接收方已通过转授 {id} 持有该合约的数据，或尚待其答复"),
            format!("the receiver holds data of this contract by onward transfer {id}, or has yet to answer it"),
        )
        .clause("/grant/receiver")
        .into());
    }
    let receiver = find_receiver(tx, grant.receiver.as_str()).await?;
    let receiver = must_be_of(receiver, contract, grant.receiver.as_str())?;
    if receiver.participant_id != grant.receiver_entity_id {
        return Err(differs("/grant/receiverEntityId").into());
    }
    let mut cards = vec![card(&receiver)?];
    for party in [&grant.sender, &grant.provider] {
        cards.push(card(&member(tx, party).await?)?);
    }
    Ok(cards)
}

fn differs(at: &str) -> Rejection {
    Rejection::conflict(
        "onward-differs",
        "转授的来源与平台登记不符",
        "where it comes from is not as it is registered here",
    )
    .clause(at)
}

/// The policies of the source come first and are all there; derived data may stay under more.
fn must_begin_with(source: &[Value], grant: &OnwardGrant) -> Result<(), Rejection> {
    let is_first = grant.original.first() == source.first();
    let are_all = source.iter().all(|policy| grant.original.contains(policy));
    if is_first && are_all && (grant.lineage.is_some() || grant.original.len() == source.len()) {
        return Ok(());
    }
    Err(widened())
}

fn widened() -> Rejection {
    Rejection::conflict(
        "policy-widened",
        "转授所依据的策略不是转授方持有数据的策略",
        "the policies that it rests on are not those that the sender holds the data under",
    )
    .clause("/grant/original")
}

/// The policy of the contract: as it was filed, or as the sender has brought it, where it has the hash of the one that was filed sealed.
fn filed_policy(contract: &Registered, grant: &OnwardGrant) -> Result<Value, Failure> {
    if let Some(sealed) = &contract.sealed {
        let brought = grant.original.first();
        let is_it = |policy: &&Value| {
            filing::hash_of_policy(policy, contract.suite).is_ok_and(|hash| hash == sealed.policy_hash)
        };
        return Ok(brought.filter(is_it).cloned().ok_or_else(widened)?);
    }
    let signed = contract.signed.as_ref().ok_or_else(|| Failure::broken("a filed contract is not signed"))?;
    Ok(policy_document(&signed.contract.contract_policies))
}

/// The uses that went on from the same source before.
fn gone(hops: &[Onward], grant: &OnwardGrant) -> u64 {
    let counts = |hop: &&Onward| {
        hop.grant.sender == grant.sender && !matches!(hop.state, Standing::Refused | Standing::Withdrawn)
    };
    let uses = hops.iter().filter(counts).filter_map(|hop| hop.grant.limits.uses);
    uses.fold(0, u64::saturating_add)
}

/// Whether a member got data under a contract from somebody: it may tell of its uses.
///
/// # Errors
/// If the store fails.
pub(crate) async fn is_receiver(tx: &mut Tx, contract_id: &str, connector: &str) -> Result<bool, Failure> {
    let hops = xinyu_store::onward::of_contract(tx, contract_id).await?;
    let has = |hop: &Onward| {
        hop.grant.receiver.as_str() == connector
            && !matches!(hop.state, Standing::Offered | Standing::Refused | Standing::Withdrawn)
    };
    Ok(hops.iter().any(has))
}

/// What tells the consumer of a contract to stop, to go on or to end tells the receivers as well, each on a stream of its own.
///
/// # Errors
/// If the store fails.
pub(crate) async fn reach(tx: &mut Tx, contract: &Registered, effects: Vec<Effect>) -> Result<Vec<Effect>, Failure> {
    let is_followed = |effect: &Effect| match effect {
        Effect::Send(sent) => sent.to == contract.consumer && FOLLOWED.contains(&sent.path.as_str()),
        _ => false,
    };
    if !effects.iter().any(is_followed) {
        return Ok(effects);
    }
    let hops = xinyu_store::onward::of_contract(tx, contract.contract_id.as_str()).await?;
    let receivers: Vec<&Onward> = hops.iter().filter(|hop| hop.state.is_live()).collect();
    let mut all = Vec::with_capacity(effects.len());
    for effect in effects {
        if let Effect::Send(sent) = &effect
            && is_followed(&effect)
        {
            all.extend(receivers.iter().map(|hop| {
                let to = hop.grant.receiver.as_str().to_owned();
                Effect::Send(Outgoing { stream: format!("{}/{to}", sent.stream), to, ..sent.clone() })
            }));
        }
        all.push(effect);
    }
    Ok(all)
}

/// Which hops to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only under this contract.
    #[serde(default)]
    contract: String,
}

/// `GET /api/v1/onward?contract=`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    axum::extract::Query(filter): axum::extract::Query<Filter>,
    _: Person,
) -> Result<Json<List<OnwardInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("onward.list", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            let all = onwards::listed(tx, &filter.contract).await?;
            let me = this.options.platform_id.as_str();
            let name_of = |id: &str| names.get(id).cloned().unwrap_or_default();
            all.iter().map(|one| Ok(onwards::line(onwards::info(one, me, &name_of)?))).collect::<Result<_, Failure>>()
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/onward/{id}`.
///
/// # Errors
/// If there is no such hop.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<OnwardInfo>, Failure> {
    let this = platform.clone();
    let found = platform.node.store.read("onward.show", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::onward::find(tx, &id).await?.ok_or_else(|| onward::unknown(&id))?;
            let names = names(&this, tx).await?;
            let name_of = |id: &str| names.get(id).cloned().unwrap_or_default();
            onwards::info(&found, this.options.platform_id.as_str(), &name_of)
        })
    });
    Ok(Json(found.await?))
}

/// `GET /api/v1/onward/{id}/file`: all statements, for `xinyu onward verify`.
///
/// # Errors
/// If there is no such hop.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let found = platform.node.store.read("onward.export", move |tx| {
        Box::pin(
            async move { xinyu_store::onward::find(tx, &id).await?.ok_or_else(|| Failure::from(onward::unknown(&id))) },
        )
    });
    onwards::file(&found.await?, &platform.options.platform_id, &platform.node.ring.public())
}
