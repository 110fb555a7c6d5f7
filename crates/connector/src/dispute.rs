//! Disputes at the connectors: our people's statements are signed here before the platform sees them; what the others say comes from the platform.
//! TC609-6-2025-14 A.2 e.

pub mod bundle;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde_json::json;
use xinyu_core::agreement::Agreement;
use xinyu_core::contract::signing::{self, Trust};
use xinyu_core::dispute::{self, Dispute, Place, Said, seal};
use xinyu_core::effect::Effect;
use xinyu_core::{contract, fault::Rejection};
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::dispute::{DisputeInfo, NewDispute, NewStatement};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::dispute::{
    Act, DisputeMessage, DisputeNotice, DisputeQuery, DisputeStatement, DisputeStep, DisputeTaken,
};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, dispute as disputes, effect};
use xinyu_store::Tx;

use crate::app::Connector;
use crate::negotiation::{credential, me};
use crate::platform;

/// `GET /api/v1/disputes`: ours; for a regulator, all that the platform has.
///
/// # Errors
/// If the store fails, or the platform cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<DisputeInfo>>, Failure> {
    if connector.options.role == Role::Regulator {
        return platform::ask(&connector.node, "/tc609/disputes", &json!({})).await.map(Json);
    }
    let this = connector.clone();
    let items = connector.node.store.read("dispute.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for one in xinyu_store::dispute::list(tx, disputes::MOST).await? {
                items.push(disputes::line(info(&this, tx, &one).await?));
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/disputes/{id}`.
///
/// # Errors
/// If there is no such dispute for us.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DisputeInfo>, Failure> {
    find(&connector, id).await.map(Json)
}

async fn find(connector: &Connector, id: String) -> Result<DisputeInfo, Failure> {
    if connector.options.role == Role::Regulator {
        return platform::ask(&connector.node, "/tc609/disputeShow", &DisputeQuery { dispute_id: id }).await;
    }
    let this = connector.clone();
    let found = connector.node.store.read("dispute.show", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &id).await?.ok_or_else(|| dispute::unknown(&id))?;
            info(&this, tx, &found).await
        })
    });
    found.await
}

async fn info(connector: &Connector, tx: &mut Tx, dispute: &Dispute) -> Result<DisputeInfo, Failure> {
    let names = xinyu_store::party::names(tx).await?;
    let me = me(connector)?;
    let name_of = |id: &str| match names.get(id) {
        _ if id == me.as_str() => connector.options.participant_name.clone(),
        Some(name) => name.clone(),
        None => String::new(),
    };
    disputes::info(dispute, me.as_str(), &name_of, tx.now())
}

/// `POST /api/v1/disputes`: opens a dispute over a contract of ours. The same key is the same dispute.
///
/// # Errors
/// If there is no such contract here, it cannot be in dispute, or what the platform says.
pub async fn open(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewDispute>,
) -> Result<Json<DisputeInfo>, Failure> {
    let (this, new) = (connector.clone(), body.value);
    let id = new.dispute_id.clone();
    let step = connector.node.store.write("dispute.open", move |tx| {
        Box::pin(async move {
            let contract_id = new.contract_id.as_str();
            let agreement = xinyu_store::agreement::find(tx, contract_id).await?;
            let agreement = agreement.ok_or_else(|| contract::unknown(contract_id))?;
            let place = place(&this, &agreement)?;
            let said = Said {
                statement_id: new.dispute_id.clone(),
                act: Act::Open,
                text: new.text,
                subject: Some(new.subject),
                amount_fen: new.amount_fen,
                ruling: None,
                records: new.records,
                attachments: dispute::attach(new.attachments, place.suite)?,
            };
            if let Some(known) = xinyu_store::dispute::find(tx, &new.dispute_id).await? {
                let first = known.steps.first().filter(|_| known.place == place);
                let first = first.ok_or_else(|| dispute::taken(&new.dispute_id))?;
                must_be_the_same(&first.statement, &said)?;
                return Ok(None);
            }
            let statement = dispute::first(&new.dispute_id, &place, me(&this)?.as_str(), said, tx.now());
            sign(&this, tx, statement, &place).await.map(Some)
        })
    });
    if let Some(step) = step.await? {
        send(&connector, &person, step).await?;
    }
    find(&connector, id).await.map(Json)
}

/// `POST /api/v1/disputes/{id}/statements`: our next statement, offer, acceptance or withdrawal. The same key is the same statement.
///
/// # Errors
/// If there is no such dispute here, it is closed, it is not ours to say; what the platform says.
pub async fn speak(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewStatement>,
) -> Result<Json<DisputeInfo>, Failure> {
    let (this, new, wanted) = (connector.clone(), body.value, id.clone());
    let step = connector.node.store.write("dispute.speak", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &wanted).await?.ok_or_else(|| dispute::unknown(&wanted))?;
            let said = Said {
                statement_id: new.statement_id.clone(),
                act: new.act,
                text: new.text,
                subject: None,
                amount_fen: None,
                ruling: None,
                records: new.records,
                attachments: dispute::attach(new.attachments, found.place.suite)?,
            };
            let known = found.steps.iter().find(|step| step.statement.statement_id == new.statement_id);
            if let Some(known) = known {
                must_be_the_same(&known.statement, &said)?;
                return Ok(None);
            }
            let statement = found.next(me(&this)?.as_str(), said, tx.now())?;
            sign(&this, tx, statement, &found.place).await.map(Some)
        })
    });
    if let Some(step) = step.await? {
        send(&connector, &person, step).await?;
    }
    find(&connector, id).await.map(Json)
}

fn must_be_the_same(known: &DisputeStatement, said: &Said) -> Result<(), Rejection> {
    let is_same = known.statement_id == said.statement_id
        && known.act == said.act
        && known.text == said.text
        && known.subject == said.subject
        && known.amount_fen == said.amount_fen
        && known.records == said.records
        && known.attachments == said.attachments;
    if is_same { Ok(()) } else { Err(dispute::taken(&said.statement_id)) }
}

/// What is sent: a statement with its signature and our record of it, and its place.
struct Signed {
    message: DisputeMessage,
    place: Place,
}

/// Signs a statement once under its key, its place in the chain and what it says: sent again it is byte for byte the same, and one that the platform
/// refused can be mended.
async fn sign(
    connector: &Connector,
    tx: &mut Tx,
    statement: DisputeStatement,
    place: &Place,
) -> Result<Signed, Failure> {
    dispute::must_be_sound(&statement, place)?;
    let name = {
        let timeless = DisputeStatement { at: Timestamp::UNIX_EPOCH, ..statement.clone() };
        format!("dispute/{}", dispute::digest(&timeless)?)
    };
    let bytes = xinyu_protocol::json::canonical(&statement).map_err(Failure::broken)?;
    let key = connector.node.ring.signing(place.suite);
    let signature = signing::sign_bytes(&bytes, &me(connector)?, key, &credential(&connector.node)?);
    let record = effect::sign(&connector.node, tx, dispute::record(&statement, &place.space_id)?)?;
    let message = DisputeMessage {
        step: DisputeStep { statement, signature: Some(signature), stamp: None },
        record: serde_json::to_value(record).map_err(Failure::broken)?,
    };
    let text = serde_json::to_string(&message).map_err(Failure::broken)?;
    let stored = xinyu_store::setting::find_or_set(tx, &name, &text).await?;
    let message = serde_json::from_str(&stored).map_err(Failure::broken)?;
    Ok(Signed { message, place: place.clone() })
}

/// Has the platform take a statement, and keeps it and the record of it. What the platform refused is nobody's evidence.
async fn send(connector: &Connector, person: &Person, signed: Signed) -> Result<(), Failure> {
    let DisputeTaken { answer_by } = platform::ask(&connector.node, "/tc609/dispute", &signed.message).await?;
    let record: SignedRecord = serde_json::from_value(signed.message.record).map_err(Failure::broken)?;
    crate::regulator::keep(connector, record).await?;
    let (step, place) = (signed.message.step, signed.place);
    let action = format!("dispute.{}", step.statement.act.as_str());
    let happened = person.happened(&action, &step.statement.dispute_id, "done");
    let kept = connector.node.store.write("dispute.kept", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::lock(tx, &step.statement.dispute_id).await?;
            // The platform may have told us already.
            let is_known = found.iter().flat_map(|one| &one.steps).any(|one| *one == step);
            if !is_known {
                let is_new = found.is_none();
                let dispute = dispute::take(found, step, &place, answer_by)?;
                disputes::keep(tx, &dispute, is_new).await?;
            }
            xinyu_store::audit::append(tx, &happened).await?;
            Ok::<_, Failure>(())
        })
    });
    kept.await
}

/// The place of a dispute over an agreement of ours.
pub(crate) fn place(connector: &Connector, agreement: &Agreement) -> Result<Place, Failure> {
    let id = &agreement.contract_id;
    let signed = agreement.terms.signed().ok_or_else(|| dispute::unsigned(id))?;
    if agreement.filing.is_none() {
        return Err(dispute::unfiled(id).into());
    }
    let parties = signed.contract.provider().zip(signed.contract.consumer());
    let (provider, consumer) = parties.ok_or_else(|| Failure::broken("a signed contract lacks a party"))?;
    Ok(Place {
        contract_id: id.clone(),
        contract_hash: agreement.contract_hash.clone(),
        space_id: agreement.space_id.clone(),
        suite: signing::suite(&signed.contract)?,
        provider: provider.connector_id.as_str().to_owned(),
        consumer: consumer.connector_id.as_str().to_owned(),
        platform: connector.node.platform_id(),
    })
}

/// `POST /tc609/disputeNotice`, by the platform: one statement that it has taken or made. We check it as the platform did, and record that we have it.
///
/// # Errors
/// If there is no such contract here, the statement is not the next, or not its author's.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let DisputeNotice { step, answer_by } = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "dispute.told", move |tx| {
        Box::pin(async move {
            let id = step.statement.contract_id.as_str();
            let agreement = xinyu_store::agreement::lock(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            let found = xinyu_store::dispute::lock(tx, &step.statement.dispute_id).await?;
            let place = match &found {
                Some(found) => found.place.clone(),
                None => place(&this, &agreement)?,
            };
            let trust = Trust { issuer: &this.node.platform.id, keys: &this.node.platform.keys };
            seal::check_step(&step, &place, &trust, tx.now())?;
            let before = found.as_ref().map_or(0, |found| found.steps.len());
            let is_ours = step.statement.author == me(&this)?.as_str();
            let heard = dispute::heard(&step.statement, &place.space_id)?;
            let dispute = dispute::take(found, step, &place, answer_by)?;
            if dispute.steps.len() > before {
                disputes::keep(tx, &dispute, before == 0).await?;
                if !is_ours {
                    effect::apply(&this.node, tx, vec![Effect::Record(heard)]).await?;
                }
            }
            Answer::json(200, &Status::done())
        })
    })
    .await
}
