//! The answer to a proposed version: ours by our people, theirs as it comes.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::version;
use xinyu_core::contract::version::proposal::{self, Pending};
use xinyu_core::contract::{self, signing};
use xinyu_core::fault::Rejection;
use xinyu_core::termination::proposal::Place;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::version::{VersionDecision, VersionsInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::Filing;
use xinyu_protocol::tc609::version::{VersionAnswer, VersionProposal};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{current, info, lock, must_stay_within, sign, taken, wanted_of};
use crate::app::Connector;
use crate::delegation;

/// `POST /api/v1/agreements/{id}/versions/decision`: our people sign what the other party proposed, refuse it, or withdraw what we did.
///
/// # Errors
/// If there is no such proposal, it is answered already or its time is over, what was shown is not what would be signed, the contract cannot be changed any
/// more, or the person may not sign for us.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<VersionDecision>,
) -> Result<Json<VersionsInfo>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    let (wanted, key) = (id.clone(), decision.version_id.clone());
    let found = connector.node.store.read("version.open", move |tx| {
        Box::pin(async move {
            super::find(tx, &wanted).await?;
            let all = xinyu_store::version::list(tx, &wanted).await?;
            let found = all.into_iter().find(|one| one.version_id == key);
            Ok::<_, Failure>(found.ok_or_else(|| proposal::unknown(&key))?)
        })
    });
    let found = found.await?;
    let acting = match decision.action.as_str() {
        "agree" => delegation::who_acts(&connector, &person, &id, wanted_of(&found.signed.contract)).await?,
        _ => None,
    };
    let decided = connector.node.store.write("version.decide", move |tx| {
        Box::pin(async move {
            let agreement = lock(tx, &id).await?;
            let found = of_contract(tx, &decision.version_id, &id).await?;
            let now = tx.now();
            let (pending, effects) = match (decision.action.as_str(), found.is_ours) {
                ("agree", _) => {
                    proposal::must_be_answerable(&found)?;
                    must_be_what_was_shown(&found, &decision.contract_hash)?;
                    let before = current(&agreement, now)?.clone();
                    version::must_follow(&before.contract, &found.signed.contract)?;
                    version::must_be_timely(&before.contract, &found.signed.contract, now)?;
                    must_stay_within(tx, &agreement, &found.signed.contract).await?;
                    if let Some(acting) = &acting {
                        delegation::must_act_on(tx, &id, acting, &wanted_of(&found.signed.contract)).await?;
                    }
                    let both = sign(&this, found.signed.clone())?;
                    proposal::agree(found, both, &before.contract, &this.node.platform_id(), now)?
                }
                ("refuse", false) | ("withdraw", true) => proposal::decline(found, &decision.reason, now)?,
                ("refuse", true) | ("withdraw", false) => {
                    let id = &found.version_id;
                    return Err(Failure::from(Rejection::conflict(
                        "not-your-move",
                        format!("版本提案 {id} 只能由提出方撤回、由对方同意或拒绝"),
                        format!("the version {id} is withdrawn by its maker, agreed to or refused by the other party"),
                    )));
                }
                (unknown, _) => {
                    return Err(Failure::from(Rejection::bad(
                        "unknown-move",
                        format!("未知的动作「{unknown}」，可选：agree, refuse, withdraw"),
                        format!("unknown move {unknown}, known are agree, refuse, withdraw"),
                    )));
                }
            };
            xinyu_store::version::save(tx, &pending).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Contract);
            info::find(tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

fn must_be_what_was_shown(found: &Pending, shown: &str) -> Result<(), Rejection> {
    if found.contract_hash == shown {
        return Ok(());
    }
    let (id, hash) = (&found.version_id, &found.contract_hash);
    Err(Rejection::conflict(
        "version-differs",
        format!("版本提案 {id} 的待签内容（哈希 {hash}）不是所示的「{shown}」"),
        format!("what would be signed of {id} (hash {hash}) is not what was shown ({shown})"),
    )
    .clause("/contractHash"))
}

async fn of_contract(tx: &mut Tx, version_id: &str, id: &str) -> Result<Pending, Failure> {
    let found = xinyu_store::version::lock(tx, version_id).await?;
    let found = found.filter(|pending| pending.signed.contract.contract_id.as_str() == id);
    Ok(found.ok_or_else(|| proposal::unknown(version_id))?)
}

/// `POST /tc609/contractVersion`, by the other party: it is kept, for our people to decide. Its signature is checked first.
///
/// # Errors
/// If we have no such contract with the caller, it is not signed by the caller alone, or it cannot follow on the version in force; nothing is changed then.
pub async fn proposed(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: VersionProposal = call.parse()?;
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    call.once(&connector.node, "version.proposed", move |tx| {
        Box::pin(async move {
            let VersionProposal { version_id, contract: signed } = message;
            let id = signed.contract.contract_id.as_str().to_owned();
            let agreement = lock(tx, &id).await?;
            if agreement.peer != peer {
                return Err(contract::unknown(&id).into());
            }
            if let Some(there) = xinyu_store::version::lock(tx, &version_id).await? {
                if there.signed == signed && !there.is_ours {
                    return Answer::json(200, &Status::done());
                }
                return Err(taken(&version_id).into());
            }
            let now = tx.now();
            let checked = signing::check(&signed, &this.trust(), now)?;
            if checked.len() != 1 || checked.first().is_none_or(|one| one.connector_id != peer) {
                return Err(Rejection::bad(
                    "version-author",
                    format!("新版本须由提出方 {peer} 一方签名"),
                    format!("a proposed version is signed by its sender {peer} alone"),
                )
                .clause("/contract/signatures")
                .into());
            }
            let before = current(&agreement, now)?.clone();
            version::must_follow(&before.contract, &signed.contract)?;
            version::must_be_of_now(&signed.contract, now)?;
            version::must_be_timely(&before.contract, &signed.contract, now)?;
            must_stay_within(tx, &agreement, &signed.contract).await?;
            let platform = this.node.platform_id();
            let place = Place { peer: &peer, space_id: &agreement.space_id, platform: &platform };
            let pending = proposal::receive(version_id, signed, place, now)?;
            xinyu_store::version::insert(tx, &pending).await?;
            tx.signal(Topic::Contract);
            Answer::json(201, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/contractVersionAnswer`, by the other party: it refuses our version, or withdraws its own. `1`: it came too late, the version is agreed.
///
/// # Errors
/// If we have no such proposal with the caller.
pub async fn answered(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: VersionAnswer = call.parse()?;
    let peer = call.peer.party.as_str().to_owned();
    call.once(&connector.node, "version.answered", move |tx| {
        Box::pin(async move {
            let found = of_contract(tx, &message.version_id, message.contract_id.as_str()).await?;
            if found.peer != peer {
                return Err(proposal::unknown(&message.version_id).into());
            }
            let (pending, is_taken) = proposal::declined(found, &message)?;
            xinyu_store::version::save(tx, &pending).await?;
            tx.signal(Topic::Contract);
            let status = if is_taken { Status::done() } else { Status { status: "1".to_owned() } };
            Answer::json(200, &status)
        })
    })
    .await
}

/// The platform did not take a version that both signed: so our people see why.
///
/// # Errors
/// If the store fails.
pub(crate) async fn refused(tx: &mut Tx, body: &[u8], why: &str) -> Result<(), Failure> {
    let Ok(message) = serde_json::from_slice::<Filing>(body) else {
        return Ok(());
    };
    let hash = signing::hash(&message.contract.contract)?;
    for pending in xinyu_store::version::list(tx, message.contract.contract.contract_id.as_str()).await? {
        if pending.contract_hash == hash {
            let note: String = why.chars().take(xinyu_core::termination::REASON).collect();
            xinyu_store::version::save(tx, &proposal::filed(pending, "", &note)).await?;
            tx.signal(Topic::Contract);
        }
    }
    Ok(())
}
