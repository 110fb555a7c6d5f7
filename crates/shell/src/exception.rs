//! Exceptions (异常处理): messages that did not arrive. They are tried again by themselves; a person may have one tried now, set one aside that holds up others, or
//! give one up that was set aside. TC609-6-2025-14 §7.5 c.

use std::sync::{Arc, Weak};

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::Value;
use xinyu_core::agreement::Terms;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::exception::{Action, State as Standing, asked, must_be_open_to, unknown};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::warning::{ExceptionDecision, ExceptionInfo};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::run_log::Level;
use xinyu_store::Tx;
use xinyu_store::exception::{self, Exception, TRIES};
use xinyu_store::outbox::OutboxMessage;

use crate::effect;
use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::outbox::Refused;
use crate::user::Person;

/// How many are listed.
const MOST: u32 = 500;
/// What of an error is shown, in characters.
const ERROR: usize = 200;

/// Which exceptions to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only of this contract.
    #[serde(default)]
    contract: String,
}

/// `GET /api/v1/exceptions?contract=`, newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(node): State<Arc<Node>>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<ExceptionInfo>>, Failure> {
    let found = node.store.read("exception.list", move |tx| {
        Box::pin(async move { exception::list(tx, &filter.contract, MOST).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: found.await?.into_iter().map(info).collect() }))
}

fn info(one: Exception) -> ExceptionInfo {
    ExceptionInfo {
        id: u64::try_from(one.id).unwrap_or_default(),
        kind: one.kind,
        to: one.destination,
        contract_id: one.contract_id,
        state: one.state.as_str().to_owned(),
        attempts: one.attempts,
        error: one.last_error.chars().take(ERROR).collect(),
        behind: one.behind,
        created_at: one.created_at,
        next_at: (one.state == Standing::Retrying).then_some(one.due_at),
        set_aside_at: one.dead_at,
        decided_by: one.decided_by,
        reason: one.reason,
        moves: one.state.moves().iter().map(|action| action.as_str().to_owned()).collect(),
    }
}

/// `POST /api/v1/exceptions/{id}/decision`: has a message tried now, sets one aside, or gives one up that was. What is asked is done in one transaction with
/// its records; what is not possible changes nothing.
///
/// # Errors
/// If there is no such message, it is not to be decided so, or it has no reason where it needs one.
pub async fn decide(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<ExceptionDecision>,
) -> Result<Json<ExceptionInfo>, Failure> {
    let (action, reason) = asked(&body.value.action, &body.value.reason)?;
    let number: i64 = id.parse().map_err(|_| unknown(&id))?;
    let this = Arc::clone(&node);
    let decided = node.store.write("exception.decide", move |tx| {
        Box::pin(async move {
            let one = exception::lock(tx, number).await?.ok_or_else(|| unknown(&id))?;
            let is_under_way = one.lease_until.is_some_and(|until| until > tx.now());
            must_be_open_to(u64::try_from(number).unwrap_or_default(), one.state, is_under_way, action)?;
            exception::decide(tx, &one, action, &person.name, &reason).await?;
            if action == Action::GiveUp && one.decided_by.is_some() {
                give_up(&this, tx, number, &reason).await?;
            }
            let mut happened = person.happened("exception.decide", &id, "done");
            happened.detail = action.as_str().to_owned();
            xinyu_store::audit::append(tx, &happened).await?;
            if let Some(draft) = record(&this, tx, &one, action, &reason).await? {
                effect::apply(&this, tx, vec![Effect::Record(draft)]).await?;
            }
            let now = exception::find(tx, number).await?.ok_or_else(|| unknown(&id))?;
            Ok::<_, Failure>(info(now))
        })
    });
    Ok(Json(decided.await?))
}

/// What a person has set aside and now gives up is over here as if the other side had refused it: a negotiation that never began there, a payment that was not
/// told. What the node itself set aside was taken up so when it was.
async fn give_up(node: &Node, tx: &mut Tx, number: i64, reason: &str) -> Result<(), Failure> {
    let replies = node.replies.get().and_then(Weak::upgrade);
    if let (Some(replies), Some(message)) = (replies, xinyu_store::outbox::find(tx, number).await?) {
        let why = format!("本端放弃发送 / given up here: {reason}");
        replies.on_refused(tx, &Refused { message, why }).await?;
    }
    Ok(())
}

/// The record of a decision, where the message is about a contract of ours whose log takes it.
async fn record(
    node: &Node,
    tx: &mut Tx,
    one: &Exception,
    action: Action,
    reason: &str,
) -> Result<Option<Draft>, Failure> {
    let Some(id) = &one.contract_id else { return Ok(None) };
    let space = match node.kind {
        NodeKind::Platform => xinyu_store::contract::find(tx, id).await?.map(|contract| contract.space_id),
        NodeKind::Connector => xinyu_store::agreement::find(tx, id)
            .await?
            .filter(|agreement| !matches!(agreement.terms, Terms::HandedOn(_)))
            .map(|agreement| agreement.space_id),
    };
    let (Some(space), Ok(contract)) = (space, ContractId::parse(id)) else { return Ok(None) };
    let draft = Draft::new(action.kind(), &space)
        .contract(&contract)
        .subject(one.id.to_string())
        .fact("message", one.kind.clone())
        .fact("to", one.destination.clone())
        .fact("attempts", one.attempts);
    Ok(Some(if reason.is_empty() { draft } else { draft.fact("reason", reason) }))
}

/// A message was put back that was not taken: what it is about is noted, and from the sixth failure on, or when it is set aside, it is an exception.
///
/// # Errors
/// If the store fails.
pub(crate) async fn failed(tx: &mut Tx, message: &OutboxMessage, is_set_aside: bool) -> Result<(), Failure> {
    let contract = contract_of(message);
    if is_set_aside {
        xinyu_store::run_log::note(tx, Level::Error, "message.set-aside", &message.kind, &message.destination).await?;
    }
    let is_exception = is_set_aside || message.attempts >= TRIES;
    Ok(exception::failed(tx, message.id, contract.as_ref().map(ContractId::as_str), is_exception).await?)
}

/// A message has arrived, or no longer needs to, which may have been an exception.
///
/// # Errors
/// If the store fails.
pub(crate) async fn arrived(tx: &mut Tx, message: &OutboxMessage) -> Result<(), Failure> {
    if message.last_error.is_none() {
        return Ok(());
    }
    Ok(exception::changed(tx, contract_of(message).as_ref().map(ContractId::as_str)).await?)
}

/// The contract that a message is about: its stream says so, or its body.
fn contract_of(message: &OutboxMessage) -> Option<ContractId> {
    let named = message.stream.split('/').find_map(|part| ContractId::parse(part).ok());
    named.or_else(|| named_in(&serde_json::from_slice(&message.body).ok()?, 4))
}

fn named_in(value: &Value, depth: u32) -> Option<ContractId> {
    let Value::Object(members) = value else { return None };
    if let Some(id) = members.get("contractId").and_then(Value::as_str) {
        return ContractId::parse(id).ok();
    }
    let deeper = depth.checked_sub(1)?;
    members.values().find_map(|member| named_in(member, deeper))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_contract_of_a_message_is_found_in_its_stream_or_its_body() {
        let id = "C491350100M000100Y43350120250829120000A1B2C3D4B";
        let found = |stream: &str, body: Value| {
            let message = OutboxMessage::new(stream, "p", "k", "/x", body.to_string().into_bytes());
            contract_of(&message).map(|id| id.as_str().to_owned())
        };
        let known = Some(id.to_owned());
        assert_eq!(found(&format!("evidence/{id}"), json!({})), known);
        assert_eq!(found(&format!("countersigning/{id}/c-1"), json!({})), known);
        assert_eq!(found("party/c-1", json!({ "contractId": id })), known);
        assert_eq!(found("performance/c-1", json!({ "signed": { "report": { "contractId": id } } })), known);
        assert_eq!(found("party/c-1", json!({ "a": { "b": { "c": { "d": { "e": { "contractId": id } } } } } })), None);
        assert_eq!(found("party/c-1", json!({ "contractId": "none" })), None);
        assert_eq!(found("party/c-1", json!([])), None);
        let garbled = OutboxMessage::new("party/c-1", "p", "k", "/x", vec![0xff, b'{']);
        assert_eq!(contract_of(&garbled), None);
    }
}
