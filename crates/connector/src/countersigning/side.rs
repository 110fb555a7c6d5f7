//! Provider and consumer while service parties sign: they wait, may withdraw, and are told when it came to nothing. Service parties are told the same way.

use axum::extract::State;
use xinyu_core::contract::signing;
use xinyu_core::contract::version::proposal;
use xinyu_core::countersigning::request;
use xinyu_core::termination::REASON;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::Filing;
use xinyu_protocol::tc609::countersigning::{CountersigningEnd, CountersigningWithdrawal};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::{negotiation, platform};

/// We wait no longer for the signatures under what this negotiation came to: the platform ends it for everybody, unless all have signed.
///
/// # Errors
/// What the platform says, or that it cannot be reached. Where nothing is awaited there is nothing to do.
pub(crate) async fn withdraw(connector: &Connector, pid: &str, note: &str) -> Result<(), Failure> {
    let pid = pid.to_owned();
    let found = connector.node.store.read("countersigning.awaited", move |tx| {
        Box::pin(async move { xinyu_store::negotiation::find(tx, &pid).await.map_err(Failure::from) })
    });
    let found = found.await?;
    let Some(awaited) = found.as_ref().and_then(xinyu_core::negotiation::Negotiation::awaited) else {
        return Ok(());
    };
    let message = CountersigningWithdrawal {
        contract_id: awaited.contract.contract_id.clone(),
        contract_hash: signing::hash(&awaited.contract)?,
        reason: note.chars().take(REASON).collect(),
    };
    let _: Status = platform::ask(&connector.node, "/tc609/countersigningWithdrawal", &message).await?;
    Ok(())
}

/// `POST /tc609/countersigningEnd`, by the platform: the signatures will not be complete. The negotiation ends, a later version is not agreed any more, and
/// the service party has nothing to sign.
///
/// # Errors
/// If the caller is not the platform.
pub async fn ended(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let message: CountersigningEnd = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "countersigning.ended", move |tx| {
        Box::pin(async move {
            let (id, hash) = (message.contract_id.as_str(), message.contract_hash.as_str());
            if let Some(request) = xinyu_store::countersigning::lock(tx, id, hash).await? {
                xinyu_store::countersigning::save(tx, &request::ended(request, &message)).await?;
            }
            let why = told(tx, &message).await?;
            close(&this, tx, id, hash, &why).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// Why it came to nothing, with whose doing it was.
async fn told(tx: &mut Tx, message: &CountersigningEnd) -> Result<String, Failure> {
    let by = match &message.by {
        Some(by) => {
            let name = xinyu_store::party::names(tx).await?.remove(by.as_str());
            format!(" {}", name.unwrap_or_else(|| by.to_string()))
        }
        None => String::new(),
    };
    let (zh, en) = match message.outcome.as_str() {
        "refused" => ("会签被拒绝", "refused"),
        "expired" => ("会签逾期", "out of time"),
        "withdrawn" => ("会签已撤回", "withdrawn"),
        _ => ("会签后不能备案", "not filed"),
    };
    Ok(format!("{zh} / {en}{by}: {}", message.reason).chars().take(REASON).collect())
}

/// What two have signed comes to nothing here.
async fn close(connector: &Connector, tx: &mut Tx, id: &str, hash: &str, why: &str) -> Result<(), Failure> {
    if let Some(found) = xinyu_store::negotiation::find_by_contract(tx, id).await?
        && let Some(found) = xinyu_store::negotiation::lock(tx, found.pid()).await?
        && let Some(awaited) = found.awaited()
        && signing::hash(&awaited.contract)? == hash
    {
        negotiation::end(connector, tx, found, why).await?;
    }
    for pending in xinyu_store::version::list(tx, id).await? {
        if pending.contract_hash == hash {
            xinyu_store::version::save(tx, &proposal::filed(pending, "", why)).await?;
        }
    }
    tx.signal(Topic::Contract);
    tx.signal(Topic::Negotiation);
    Ok(())
}

/// The platform does not ask for the signatures, and says why: the negotiation ends with that.
///
/// # Errors
/// If the store fails.
pub(crate) async fn not_begun(connector: &Connector, tx: &mut Tx, body: &[u8], why: &str) -> Result<(), Failure> {
    let Ok(message) = serde_json::from_slice::<Filing>(body) else {
        return Ok(());
    };
    let contract = &message.contract.contract;
    let why: String = format!("平台未受理 / not taken by the platform: {why}").chars().take(REASON).collect();
    close(connector, tx, contract.contract_id.as_str(), &signing::hash(contract)?, &why).await
}
