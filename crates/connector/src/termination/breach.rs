//! Declarations that a contract must end, at the connectors: signed here before the platform sees them, and kept as the platform tells them.
//! TC609-6-2025-14 §7.6 c, A.2 e.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use xinyu_core::agreement::Agreement;
use xinyu_core::contract;
use xinyu_core::termination::breach;
use xinyu_evidence::entry::SignedRecord;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::termination::{NewBreach, NewBreachAnswer, TerminationInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::termination::{BreachAnswer, BreachClaim, BreachNotice, Said};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use super::info;
use crate::app::Connector;
use crate::platform;

/// `POST /api/v1/agreements/{id}/breaches`: declares to the platform that the contract must end. The same key is the same declaration.
///
/// # Errors
/// If there is no such contract here; what the platform says.
pub async fn claim(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<NewBreach>,
) -> Result<Json<TerminationInfo>, Failure> {
    let new = body.value;
    let agreement = find(&connector, id.clone()).await?;
    let claim = BreachClaim {
        claim_id: new.claim_id,
        contract_id: agreement.contract_id.clone(),
        ground: new.ground,
        clause: new.clause,
        records: new.records,
        statement: new.statement,
        disposal: new.disposal,
    };
    let claim_id = claim.claim_id.clone();
    say(&connector, &agreement, ("breach.claimed", "/tc609/breach"), &claim, claim_id, &claim.clone()).await?;
    let shown = connector.node.store.read("breach.show", move |tx| Box::pin(async move { info::find(tx, &id).await }));
    Ok(Json(shown.await?))
}

/// `POST /api/v1/agreements/{id}/breaches/answer`: we are heard.
///
/// # Errors
/// If there is no such declaration against us; what the platform says.
pub async fn answer(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<NewBreachAnswer>,
) -> Result<Json<TerminationInfo>, Failure> {
    let new = body.value;
    let agreement = find(&connector, id.clone()).await?;
    let (wanted, contract_id) = (new.claim_id.clone(), id.clone());
    let told = connector.node.store.read("breach.told", move |tx| {
        Box::pin(async move {
            let told = xinyu_store::breach::told(tx, &contract_id).await?;
            let found = told.into_iter().find(|notice| notice.claim.claim_id == wanted);
            found.ok_or_else(|| Failure::from(breach::unknown(&wanted)))
        })
    });
    let claim = told.await?.claim;
    let said = BreachAnswer { claim_id: new.claim_id.clone(), answer: new.answer };
    say(&connector, &agreement, ("breach.answered", "/tc609/breachAnswer"), &said, new.claim_id, &claim).await?;
    let shown = connector.node.store.read("breach.show", move |tx| Box::pin(async move { info::find(tx, &id).await }));
    Ok(Json(shown.await?))
}

/// `POST /tc609/breachNotice`, by the platform: a declaration as it stands.
///
/// # Errors
/// If there is no such contract here.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: BreachNotice = call.parse()?;
    call.once(&connector.node, "breach.told", move |tx| {
        Box::pin(async move {
            let id = notice.claim.contract_id.as_str();
            xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            xinyu_store::breach::keep(tx, &notice).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn find(connector: &Connector, id: String) -> Result<Agreement, Failure> {
    let found = connector.node.store.read("breach.agreement", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find(tx, &id).await?;
            found.ok_or_else(|| Failure::from(contract::unknown(&id)))
        })
    });
    found.await
}

/// Says something to the platform with our own signed record of it. What was said once under a key is said again as it was; what the platform refused is
/// nobody's evidence.
async fn say<T: Serialize + Clone>(
    connector: &Connector,
    agreement: &Agreement,
    (kind, path): (&'static str, &'static str),
    said: &T,
    claim_id: String,
    claim: &BreachClaim,
) -> Result<(), Failure> {
    let bytes = xinyu_protocol::json::canonical(said).map_err(Failure::broken)?;
    let suite = connector.node.suite_of(&agreement.space_id);
    let digest = suite.hash(&bytes).to_string();
    let draft = breach::record(kind, &agreement.space_id, claim, digest.clone());
    let node = std::sync::Arc::clone(&connector.node);
    let stored = connector.node.store.write("breach.sign", move |tx| {
        Box::pin(async move {
            let text = serde_json::to_string(&effect::sign(&node, tx, draft)?).map_err(Failure::broken)?;
            let name = format!("{kind}/{claim_id}/{digest}");
            xinyu_store::setting::find_or_set(tx, &name, &text).await.map_err(Failure::from)
        })
    });
    let record: SignedRecord = serde_json::from_str(&stored.await?).map_err(Failure::broken)?;
    let body = Said { said: said.clone(), record: serde_json::to_value(&record).map_err(Failure::broken)? };
    let _: Status = platform::ask(&connector.node, path, &body).await?;
    crate::regulator::keep(connector, record).await
}
