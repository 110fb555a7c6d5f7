//! The end of a contract at its connectors: proposed by one party's people, agreed or refused by the other's. TC609-6-2025-14 §7.6, A.2 f.

pub mod breach;
pub mod end;
mod info;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::contract;
use xinyu_core::contract::signing::{self, Trust};
use xinyu_core::fault::Rejection;
use xinyu_core::termination::proposal::{self, Place, Proposal};
use xinyu_core::termination::{self, Basis, Ground, voucher};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::termination::{NewTermination, TerminationDecision, TerminationInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::Signature;
use xinyu_protocol::tc609::termination::{
    ContractTerminate, TerminationAnswer, TerminationKind, TerminationNotice, TerminationProposal,
};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::delegation;
use crate::negotiation::{Wanted, credential, me};

/// `GET /api/v1/agreements/{id}/termination`.
///
/// # Errors
/// If there is no such contract here.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<TerminationInfo>, Failure> {
    let found =
        connector.node.store.read("termination.show", move |tx| Box::pin(async move { info::find(tx, &id).await }));
    Ok(Json(found.await?))
}

/// `GET /api/v1/agreements/{id}/voucher`: the voucher as a file for `xinyu contract verify`.
///
/// # Errors
/// If there is no such contract here, or it does not end.
pub async fn export(State(connector): State<Connector>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let found = connector.node.store.read("termination.export", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find(tx, &id).await?;
            found.ok_or_else(|| Failure::from(contract::unknown(&id)))
        })
    });
    let found = found.await?;
    let voucher = found.ending.ok_or_else(|| xinyu_shell::termination::no_voucher(&found.contract_id))?;
    xinyu_protocol::json::canonical(&voucher).map_err(Failure::broken)
}

/// `POST /api/v1/agreements/{id}/termination`: proposes an early end to the other party. The same key is the same proposal.
///
/// # Errors
/// If the contract is not ours, not in force or ending, the time or the disposal is none, or the person may not sign for us.
pub async fn propose(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewTermination>,
) -> Result<Json<TerminationInfo>, Failure> {
    let (this, new) = (connector.clone(), body.value);
    open(&connector, id.clone()).await?;
    let acting = delegation::who_acts(&connector, &person, &id, Wanted::default()).await?;
    let proposed = connector.node.store.write("termination.propose", move |tx| {
        Box::pin(async move {
            let agreement = lock(tx, &id).await?;
            if let Some(acting) = &acting {
                delegation::must_act(tx, &id, acting).await?;
            }
            let now = tx.now();
            if let Some(there) = xinyu_store::termination::lock(tx, &new.termination_id).await? {
                must_be_the_same(&there, &id, &new)?;
                return info::find(tx, &id).await;
            }
            let (basis, agreement) = must_be_endable(agreement, now)?;
            let issuer = (me(&this)?.as_str().to_owned(), this.options.participant_id.clone());
            let ground = Ground {
                termination_id: new.termination_id,
                kind: TerminationKind::Agreement,
                reason: new.reason,
                disposal: new.disposal,
                agreed_end: new.end_time,
                issuer,
                clause: None,
                records: Vec::new(),
            };
            let notice = termination::notice(&basis, ground, now);
            must_be_sound(&notice, &agreement, now)?;
            let signature = sign(&this, &notice)?;
            let platform = this.node.platform_id();
            let place = Place { peer: &agreement.peer, space_id: &agreement.space_id, platform: &platform };
            let (proposal, effects) = proposal::propose(notice, signature, place)?;
            xinyu_store::termination::insert(tx, &proposal).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Contract);
            info::find(tx, &id).await
        })
    });
    Ok(Json(proposed.await?))
}

/// `POST /api/v1/agreements/{id}/termination/decision`: our people agree to what the other party proposed, refuse it, or withdraw what we did.
///
/// # Errors
/// If there is no such proposal, it is answered already, its time is over, or the person may not sign for us.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<TerminationDecision>,
) -> Result<Json<TerminationInfo>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    open(&connector, id.clone()).await?;
    let acting = match decision.action.as_str() {
        "agree" => delegation::who_acts(&connector, &person, &id, Wanted::default()).await?,
        _ => None,
    };
    let decided = connector.node.store.write("termination.decide", move |tx| {
        Box::pin(async move {
            let agreement = lock(tx, &id).await?;
            let found = xinyu_store::termination::lock(tx, &decision.termination_id).await?;
            let found = found.filter(|proposal| proposal.notice.contract_id == agreement.contract_id);
            let found = found.ok_or_else(|| proposal::unknown(&decision.termination_id))?;
            let now = tx.now();
            let (proposal, effects) = match (decision.action.as_str(), found.is_ours) {
                ("agree", _) => {
                    if let Some(acting) = &acting {
                        delegation::must_act(tx, &id, acting).await?;
                    }
                    agree(&this, agreement, found, now)?
                }
                ("refuse", false) | ("withdraw", true) => proposal::decline(found, &decision.reason, now)?,
                ("refuse", true) | ("withdraw", false) => {
                    let id = &found.notice.termination_id;
                    return Err(Failure::from(Rejection::conflict(
                        "not-your-move",
                        format!("终止提议 {id} 只能由提出方撤回、由对方同意或拒绝"),
                        format!("the proposal {id} is withdrawn by its maker, agreed or refused by the other party"),
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
            xinyu_store::termination::save(tx, &proposal).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Contract);
            info::find(tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

fn agree(
    connector: &Connector,
    agreement: Agreement,
    found: Proposal,
    now: jiff::Timestamp,
) -> Result<(Proposal, Vec<xinyu_core::effect::Effect>), Failure> {
    // What is answered is told as such, before anything else.
    if found.is_ours || found.state != proposal::State::Proposed {
        let signature = sign(connector, &found.notice)?;
        return Ok(proposal::agree(found, signature, &connector.node.platform_id(), now)?);
    }
    let (basis, agreement) = must_be_endable(agreement, now)?;
    termination::must_fit(&found.notice, &basis)?;
    must_be_sound(&found.notice, &agreement, now)?;
    let signature = sign(connector, &found.notice)?;
    Ok(proposal::agree(found, signature, &connector.node.platform_id(), now)?)
}

/// `POST /tc609/terminationProposal`, by the other party: it is kept, for our people to decide.
///
/// # Errors
/// If we have no such contract with the caller, its signature does not hold, or the end is none.
pub async fn proposed(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: TerminationProposal = call.parse()?;
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    call.once(&connector.node, "termination.proposed", move |tx| {
        Box::pin(async move {
            let notice = message.notice;
            let id = notice.contract_id.as_str().to_owned();
            let agreement = lock_with(tx, &id, &peer).await?;
            if let Some(there) = xinyu_store::termination::lock(tx, &notice.termination_id).await? {
                if there.notice == notice && !there.is_ours {
                    return Answer::json(200, &Status::done());
                }
                return Err(taken(&notice.termination_id).into());
            }
            let now = tx.now();
            let (basis, agreement) = must_be_endable(agreement, now)?;
            termination::must_fit(&notice, &basis)?;
            must_be_sound(&notice, &agreement, now)?;
            let is_theirs = notice.issuer_id == peer && message.signature.connector_id.as_str() == peer;
            if notice.kind != TerminationKind::Agreement || !is_theirs {
                return Err(Rejection::bad(
                    "termination-issuer",
                    format!("终止提议须由 {peer} 自己发起并签名"),
                    format!("a proposal is issued and signed by its sender {peer}"),
                )
                .clause("/issuerId")
                .into());
            }
            let signatures = [message.signature.clone()];
            let trust = Trust { issuer: &this.node.platform.id, keys: &this.node.platform.keys };
            voucher::check_signatures(&notice, &signatures, &[peer.as_str()], &trust, now)?;
            let platform = this.node.platform_id();
            let place = Place { peer: &peer, space_id: &agreement.space_id, platform: &platform };
            let proposal = proposal::receive(notice, message.signature, place);
            xinyu_store::termination::insert(tx, &proposal).await?;
            tx.signal(Topic::Contract);
            Answer::json(201, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/terminationAnswer`, by the other party: it refuses our proposal, or withdraws its own. `1`: it came too late, the end is agreed.
///
/// # Errors
/// If we have no such proposal with the caller.
pub async fn answered(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: TerminationAnswer = call.parse()?;
    let peer = call.peer.party.as_str().to_owned();
    call.once(&connector.node, "termination.answered", move |tx| {
        Box::pin(async move {
            let found = find_with(tx, &message.termination_id, &peer).await?;
            let (proposal, is_taken) = proposal::declined(found, &message)?;
            xinyu_store::termination::save(tx, &proposal).await?;
            tx.signal(Topic::Contract);
            let status = if is_taken { Status::done() } else { Status { status: "1".to_owned() } };
            Answer::json(200, &status)
        })
    })
    .await
}

/// `POST /tc609/contractTerminate`: by the platform, whose voucher is obeyed; or by the other party, which has signed what we proposed.
///
/// # Errors
/// If the end is none of ours, or a signature does not hold.
pub async fn terminate(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractTerminate = call.parse()?;
    if call.must_be_platform(&connector.node).is_ok() {
        return end::obey(connector, call, message).await;
    }
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    call.once(&connector.node, "termination.agreed", move |tx| {
        Box::pin(async move {
            let expansion = voucher::must_agree(&message)?;
            let notice = &expansion.notice;
            let found = find_with(tx, &notice.termination_id, &peer).await?;
            if found.notice != *notice {
                return Err(taken(&notice.termination_id).into());
            }
            let own = me(&this)?;
            let parties = [own.as_str(), peer.as_str()];
            let trust = Trust { issuer: &this.node.platform.id, keys: &this.node.platform.keys };
            let now = tx.now();
            let checked = voucher::check_signatures(notice, &expansion.signatures, &parties, &trust, now)?;
            voucher::must_be_complete(&checked, &parties)?;
            let proposal = proposal::agreed(found, expansion.signatures.clone(), message.issue_time)?;
            xinyu_store::termination::save(tx, &proposal).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// The platform did not take an end that both signed: so our people see why.
///
/// # Errors
/// If the store fails.
pub(crate) async fn refused(tx: &mut Tx, body: &[u8], why: &str) -> Result<(), Failure> {
    let Ok(message) = serde_json::from_slice::<ContractTerminate>(body) else {
        return Ok(());
    };
    let id = message.expansion_item.map(|expansion| expansion.notice.termination_id).unwrap_or_default();
    if let Some(found) = xinyu_store::termination::lock(tx, &id).await? {
        let note: String = why.chars().take(termination::REASON).collect();
        xinyu_store::termination::save(tx, &proposal::filed(found, "", &note)).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}

fn sign(connector: &Connector, notice: &TerminationNotice) -> Result<Signature, Failure> {
    let suite = voucher::suite(notice)?;
    let bytes = notice.signing_bytes().map_err(Failure::broken)?;
    let key = connector.node.ring.signing(suite);
    Ok(signing::sign_bytes(&bytes, &me(connector)?, key, &credential(&connector.node)?))
}

/// That a contract can still be ended by agreement: signed, filed, and with no end yet.
fn must_be_endable(agreement: Agreement, now: jiff::Timestamp) -> Result<(Basis, Agreement), Rejection> {
    let id = &agreement.contract_id;
    let Some(signed) = agreement.terms.signed() else {
        return Err(Rejection::conflict(
            "contract-unsigned",
            "与其他厂商连接器的协议没有签名，不能协商提前终止；可由监管方或运营者终止",
            "the agreement with another maker's connector is not signed and cannot be ended by signatures; a regulator can end it",
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    };
    agreement.must_not_have_ended(now)?;
    if agreement.statement.is_some() {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {id} 已终止"),
            format!("contract {id} has ended"),
        ));
    }
    if let Some(voucher) = &agreement.ending {
        let there = &voucher.notice.termination_id;
        return Err(Rejection::conflict(
            "termination-agreed",
            format!("合约 {id} 的终止已约定（{there}）"),
            format!("the end of contract {id} is agreed already ({there})"),
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    }
    if agreement.filing.is_none() {
        return Err(Rejection::conflict(
            "contract-not-filed",
            format!("合约 {id} 尚未备案，请终止协商"),
            format!("contract {id} is not filed yet, end the negotiation instead"),
        ));
    }
    Ok((Basis::of(signed, &agreement.contract_hash)?, agreement))
}

fn must_be_sound(notice: &TerminationNotice, agreement: &Agreement, now: jiff::Timestamp) -> Result<(), Failure> {
    termination::must_be_sound(notice, now)?;
    let policy = crate::usage::policy(&agreement.terms).ok();
    Ok(termination::must_be_disposable(notice.disposal, policy.as_ref())?)
}

fn must_be_the_same(there: &Proposal, id: &str, new: &NewTermination) -> Result<(), Rejection> {
    let notice = &there.notice;
    let is_same = there.is_ours
        && notice.contract_id.as_str() == id
        && notice.reason == new.reason
        && notice.disposal == new.disposal
        && notice.agreed_end_time == new.end_time;
    if is_same { Ok(()) } else { Err(taken(&new.termination_id)) }
}

fn taken(id: &str) -> Rejection {
    Rejection::conflict(
        "termination-taken",
        format!("终止编号 {id} 已用于另一提议"),
        format!("termination {id} is another one"),
    )
}

async fn open(connector: &Connector, id: String) -> Result<(), Failure> {
    let found = connector.node.store.read("termination.open", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find(tx, &id).await?;
            found.ok_or_else(|| Failure::from(contract::unknown(&id))).map(drop)
        })
    });
    found.await
}

async fn lock(tx: &mut Tx, id: &str) -> Result<Agreement, Failure> {
    Ok(xinyu_store::agreement::lock(tx, id).await?.ok_or_else(|| contract::unknown(id))?)
}

async fn lock_with(tx: &mut Tx, id: &str, peer: &str) -> Result<Agreement, Failure> {
    let found = xinyu_store::agreement::lock(tx, id).await?.filter(|agreement| agreement.peer == peer);
    Ok(found.ok_or_else(|| contract::unknown(id))?)
}

async fn find_with(tx: &mut Tx, termination_id: &str, peer: &str) -> Result<Proposal, Failure> {
    let found = xinyu_store::termination::lock(tx, termination_id).await?;
    let found = found.filter(|proposal| proposal.peer == peer);
    Ok(found.ok_or_else(|| proposal::unknown(termination_id))?)
}
