//! Onward transfers at the connectors: our people's statements are signed here before the platform files them; what the others say comes from the platform, and is
//! checked here as it was there. TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 i.

pub(crate) mod carry;
pub(crate) mod offer;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use xinyu_core::agreement::{HandedOn, Terms};
use xinyu_core::contract::signing;
use xinyu_core::dispute::Place;
use xinyu_core::fault::Rejection;
use xinyu_core::onward::{self, Onward, State as Standing};
use xinyu_core::termination::End;
use xinyu_core::transfer::Delivered;
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::onward::{NewOnwardAnswer, NewOnwardWithdrawal, OnwardInfo};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardMessage, OnwardNotice, OnwardStatement, OnwardStep};
use xinyu_protocol::tc609::termination::{Disposal, TerminationKind};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, onward as onwards};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{credential, me};
use crate::{party, platform};

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
    State(connector): State<Connector>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<OnwardInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("onward.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for one in onwards::listed(tx, &filter.contract).await? {
                items.push(onwards::line(info(&this, tx, &one).await?));
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/onward/{id}`.
///
/// # Errors
/// If there is no such hop for us.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<OnwardInfo>, Failure> {
    shown(&connector, id).await.map(Json)
}

pub(crate) async fn shown(connector: &Connector, id: String) -> Result<OnwardInfo, Failure> {
    let this = connector.clone();
    let found = connector.node.store.read("onward.show", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::onward::find(tx, &id).await?.ok_or_else(|| onward::unknown(&id))?;
            info(&this, tx, &found).await
        })
    });
    found.await
}

async fn info(connector: &Connector, tx: &mut Tx, one: &Onward) -> Result<OnwardInfo, Failure> {
    let names = xinyu_store::party::names(tx).await?;
    let me = me(connector)?;
    let name_of = |id: &str| match names.get(id) {
        _ if id == me.as_str() => connector.options.participant_name.clone(),
        Some(name) => name.clone(),
        None => String::new(),
    };
    onwards::info(one, me.as_str(), &name_of)
}

/// `GET /api/v1/onward/{id}/file`: all statements, for `xinyu onward verify`.
///
/// # Errors
/// If there is no such hop for us.
pub async fn export(State(connector): State<Connector>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let found = connector.node.store.read("onward.export", move |tx| {
        Box::pin(
            async move { xinyu_store::onward::find(tx, &id).await?.ok_or_else(|| Failure::from(onward::unknown(&id))) },
        )
    });
    let platform = &connector.node.platform;
    let platform_id = platform.id.platform().ok_or_else(|| Failure::broken("the platform's id is none"))?;
    onwards::file(&found.await?, &platform_id, &platform.keys)
}

/// `POST /api/v1/onward/{id}/answer`: takes what was handed on to us, or does not.
///
/// # Errors
/// If it is not ours to answer, or not any more; what the platform says.
pub async fn answer(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewOnwardAnswer>,
) -> Result<Json<OnwardInfo>, Failure> {
    let act = if body.value.take { OnwardAct::Take } else { OnwardAct::Refuse };
    let reason = body.value.reason;
    say(&connector, &id, act, Some(&person), move |said| OnwardStatement { reason, ..said }).await?;
    shown(&connector, id).await.map(Json)
}

/// `POST /api/v1/onward/{id}/withdrawal`: takes back what we handed on, or what went on of our product: what is there is destroyed.
///
/// # Errors
/// If it is not ours to take back, or not any more; what the platform says.
pub async fn withdraw(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewOnwardWithdrawal>,
) -> Result<Json<OnwardInfo>, Failure> {
    let reason = body.value.reason;
    if reason.trim().is_empty() {
        return Err(Rejection::bad("onward-statement", "撤回须说明理由", "a withdrawal says why")
            .clause("/reason")
            .into());
    }
    say(&connector, &id, OnwardAct::Withdraw, Some(&person), move |said| OnwardStatement { reason, ..said }).await?;
    shown(&connector, id).await.map(Json)
}

/// Says the next thing of a hop: signed once, filed with the platform, and kept. What was said already is not said again.
async fn say(
    connector: &Connector,
    id: &str,
    act: OnwardAct,
    person: Option<&Person>,
    more: impl FnOnce(OnwardStatement) -> OnwardStatement + Send + 'static,
) -> Result<(), Failure> {
    let (this, wanted) = (connector.clone(), id.to_owned());
    let signed = connector.node.store.write("onward.say", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::onward::find(tx, &wanted).await?.ok_or_else(|| onward::unknown(&wanted))?;
            let me = me(&this)?;
            let is_said = found.steps.iter().any(|step| step.statement.act == act && step.statement.author == me);
            if is_said {
                return Ok(None);
            }
            let statement = more(found.next(&me, act, tx.now())?);
            if act == OnwardAct::Take {
                must_have_place(tx, &found.place.contract_id).await?;
            }
            // What cannot be said is told before anybody is asked.
            let looked = OnwardStep { statement: statement.clone(), signature: nothing(&found) };
            onward::take(Some(found.clone()), looked, &found.place)?;
            Ok::<_, Failure>(Some((sign(&this, tx, statement, &found.place).await?, found.place)))
        })
    });
    match signed.await? {
        Some((message, place)) => send(connector, person, message, place).await,
        None => Ok(()),
    }
}

/// Stands where a signature will be, while it is only looked whether something can be said.
fn nothing(found: &Onward) -> xinyu_protocol::tc609::contract::Signature {
    let mut signature = found.steps.first().map(|step| step.signature.clone());
    if let Some(signature) = &mut signature {
        signature.signature.clear();
    }
    signature.unwrap_or_else(|| xinyu_protocol::tc609::contract::Signature {
        connector_id: found.grant.sender.clone(),
        kid: String::new(),
        signature: String::new(),
        credential: String::new(),
    })
}

/// That nothing is here of the contract that would be in the way.
async fn must_have_place(tx: &mut Tx, id: &ContractId) -> Result<(), Failure> {
    let there = xinyu_store::holding::find(tx, id.as_str()).await?;
    let is_free = there.is_none_or(|there| there.state == HoldingState::Destroyed && there.terms.handed_on().is_some());
    if is_free {
        return Ok(());
    }
    Err(Rejection::conflict(
        "already-held",
        format!("本连接器已持有合约 {id} 的数据"),
        format!("this connector holds data of contract {id} already"),
    )
    .into())
}

/// Signs a statement once under what it says: sent again it is byte for byte the same.
async fn sign(
    connector: &Connector,
    tx: &mut Tx,
    statement: OnwardStatement,
    place: &Place,
) -> Result<OnwardMessage, Failure> {
    onward::must_be_sound(&statement, place)?;
    let name = {
        let timeless = OnwardStatement { at: Timestamp::UNIX_EPOCH, ..statement.clone() };
        format!("onward/{}", onward::digest(&timeless)?)
    };
    let bytes = onward::bytes(&statement)?;
    let key = connector.node.ring.signing(place.suite);
    let signature = signing::sign_bytes(&bytes, &me(connector)?, key, &credential(&connector.node)?);
    let record = effect::sign(&connector.node, tx, onward::record(&statement, &place.space_id)?)?;
    let message = OnwardMessage {
        step: OnwardStep { statement, signature },
        record: serde_json::to_value(record).map_err(Failure::broken)?,
    };
    let text = serde_json::to_string(&message).map_err(Failure::broken)?;
    let stored = xinyu_store::setting::find_or_set(tx, &name, &text).await?;
    serde_json::from_str(&stored).map_err(Failure::broken)
}

/// Has the platform file a statement, and keeps it and the record of it. What the platform refused is nobody's evidence.
async fn send(
    connector: &Connector,
    person: Option<&Person>,
    message: OnwardMessage,
    place: Place,
) -> Result<(), Failure> {
    let _: Status = platform::ask(&connector.node, "/tc609/onward", &message).await?;
    let record: SignedRecord = serde_json::from_value(message.record).map_err(Failure::broken)?;
    crate::regulator::keep(connector, record).await?;
    let step = message.step;
    let action = format!("onward.{}", step.statement.act.as_str());
    let happened = person.map(|person| person.happened(&action, &step.statement.onward_id, "done"));
    let this = connector.clone();
    let kept = connector.node.store.write("onward.kept", move |tx| {
        Box::pin(async move {
            keep(&this, tx, step, &place).await?;
            if let Some(happened) = happened {
                xinyu_store::audit::append(tx, &happened).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    kept.await
}

/// Takes a statement whose signature was checked, and does what follows from it here.
async fn keep(connector: &Connector, tx: &mut Tx, step: OnwardStep, place: &Place) -> Result<(), Failure> {
    let found = xinyu_store::onward::lock(tx, &step.statement.onward_id).await?;
    let before = found.as_ref().map_or(0, |found| found.steps.len());
    let onward = onward::take(found, step, place)?;
    if onward.steps.len() == before {
        return Ok(());
    }
    if before == 0 {
        if !xinyu_store::onward::insert(tx, &onward).await? {
            return Err(onward::taken(&onward.onward_id).into());
        }
    } else {
        xinyu_store::onward::save(tx, &onward).await?;
    }
    let me = me(connector)?;
    let id = onward.place.contract_id.as_str();
    if onward.grant.sender == me
        && let Some(holding) = xinyu_store::holding::lock(tx, id).await?
    {
        xinyu_store::holding::save(tx, &onward::settle(holding, &onward)).await?;
    }
    if onward.grant.receiver == me {
        match onward.state {
            Standing::Taken => xinyu_store::holding::save(tx, &awaited(connector, &onward)?).await?,
            Standing::Revoked => taken_back(tx, &onward, onward.last()).await?,
            _ => {}
        }
    }
    tx.signal(Topic::Usage);
    tx.signal(Topic::Contract);
    Ok(())
}

/// The place for the data that we have taken.
fn awaited(connector: &Connector, onward: &Onward) -> Result<Holding, Failure> {
    let grant = &onward.grant;
    let handed = HandedOn {
        onward_id: onward.onward_id.clone(),
        chain: grant.chain.clone(),
        policies: grant.policies.clone(),
        ends_at: grant.ends_at,
    };
    Ok(Holding {
        contract_id: onward.place.contract_id.clone(),
        product_id: grant.product_id.clone(),
        space_id: grant.space_id.clone(),
        suite: onward.place.suite,
        provider: onward.place.provider.clone(),
        holder: me(connector)?,
        platform: onward.place.platform.clone(),
        state: HoldingState::Awaited,
        stopped: None,
        ending: None,
        tables: grant.tables.clone(),
        delivered: Delivered::default(),
        files: Vec::new(),
        duties_done: Vec::new(),
        begun: 0,
        handed_on: 0,
        handing: BTreeMap::new(),
        meter: Meter::default(),
        first_use_at: grant.first_use_at,
        received_at: None,
        destroyed_at: None,
        latest_at: None,
        after_end: 0,
        terms: Terms::HandedOn(Box::new(handed)),
    })
}

/// What came to us by a hop that was taken back goes.
async fn taken_back(tx: &mut Tx, onward: &Onward, said: Option<&OnwardStatement>) -> Result<(), Failure> {
    match said {
        Some(said) => end(tx, onward.place.contract_id.as_str(), said).await,
        None => Ok(()),
    }
}

/// Ends what we hold by a hop, or by one that rests on it.
async fn end(tx: &mut Tx, contract_id: &str, said: &OnwardStatement) -> Result<(), Failure> {
    let Some(mut holding) = xinyu_store::holding::lock(tx, contract_id).await? else { return Ok(()) };
    let is_by_it = holding
        .terms
        .handed_on()
        .is_some_and(|handed| handed.onward_id == said.onward_id || handed.chain.contains(&said.onward_id));
    if !is_by_it || !matches!(holding.state, HoldingState::Awaited | HoldingState::Held) {
        return Ok(());
    }
    let now = tx.now();
    holding.ending.get_or_insert_with(|| End {
        termination_id: said.onward_id.clone(),
        kind: TerminationKind::Agreement,
        reason: said.reason.clone(),
        ends_at: now,
        disposal: Disposal::Destroy,
    });
    xinyu_store::holding::save(tx, &holding).await?;
    tx.signal(Topic::Usage);
    Ok(())
}

/// `POST /tc609/onwardNotice`, by the platform: one statement that it has taken. We check it as the platform did.
///
/// # Errors
/// If it is none of our business, not the next, not its author's, or a policy was widened.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let OnwardNotice { step, cards } = call.parse()?;
    let parties = cards.iter().map(|card| party::check(&connector.node, card)).collect::<Result<Vec<_>, _>>()?;
    let this = connector.clone();
    let contract_id = step.statement.contract_id.as_str().to_owned();
    let answer = call
        .once(&connector.node, "onward.told", move |tx| {
            Box::pin(async move {
                let said = &step.statement;
                onward::check_step(&step, &this.trust(), tx.now())?;
                let found = xinyu_store::onward::find(tx, &said.onward_id).await?;
                let place = match &found {
                    Some(found) => found.place.clone(),
                    None if said.act == OnwardAct::Withdraw => {
                        // A hop that ours rests on was taken back.
                        end(tx, said.contract_id.as_str(), said).await?;
                        return Answer::json(200, &Status::done());
                    }
                    None => opened(&this, tx, said).await?,
                };
                for party in &parties {
                    if party.party_id != me(&this)?.as_str() {
                        xinyu_store::party::save(tx, party).await?;
                    }
                }
                let is_withdrawn = (said.act == OnwardAct::Withdraw).then(|| said.clone());
                keep(&this, tx, step, &place).await?;
                if let Some(said) = is_withdrawn {
                    end(tx, said.contract_id.as_str(), &said).await?;
                }
                Answer::json(200, &Status::done())
            })
        })
        .await?;
    crate::termination::end::stop_uses(&connector, &contract_id).await?;
    Ok(answer)
}

/// The place of a hop that is told for the first time: that of our agreement where we are a party, and in any case nothing is wider than it was.
async fn opened(connector: &Connector, tx: &mut Tx, said: &OnwardStatement) -> Result<Place, Failure> {
    let suite = said.suite.parse().map_err(|_| onward::unknown(&said.onward_id))?;
    let place = onward::place_of(said, &connector.node.platform_id(), suite);
    let (Some(place), Some(grant)) = (place, &said.grant) else {
        return Err(onward::unknown(&said.onward_id).into());
    };
    let me = me(connector)?;
    if grant.receiver != me && grant.sender != me && !place.has_party(me.as_str()) {
        return Err(onward::unknown(&said.onward_id).into());
    }
    if let Some(agreement) = xinyu_store::agreement::find(tx, said.contract_id.as_str()).await? {
        let own = crate::dispute::place(connector, &agreement)?;
        let document = agreement.terms.policy_document();
        if own != place || (grant.chain.is_empty() && grant.original.first() != Some(&document)) {
            return Err(Rejection::conflict(
                "onward-differs",
                "转授与本方签署的合约不符",
                "the onward transfer is not of the contract that we signed",
            )
            .clause("/grant/original")
            .into());
        }
    }
    onward::must_be_granted(grant, said.at)?;
    Ok(place)
}
