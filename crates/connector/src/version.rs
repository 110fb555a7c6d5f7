//! Later versions of a contract at its connectors: an amendment or a renewal is proposed by one party's people, signed by the other's, filed by the platform,
//! and in force when it comes down. TC609-6-2025-14 §7.4 c; TC609-6-2025-15 §7.1.2.2 f.

pub mod answer;
mod info;
pub mod renewal;
pub mod take;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use xinyu_core::agreement::Agreement;
use xinyu_core::contract;
use xinyu_core::contract::version::proposal::{self, Pending};
use xinyu_core::contract::version::{self, Change, USUAL_ANSWER};
use xinyu_core::contract::{proposal as terms_proposal, signing};
use xinyu_core::fault::Rejection;
use xinyu_core::termination::proposal::Place;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::version::{NewVersion, VersionsInfo};
use xinyu_protocol::tc609::contract::{Contract, SignedContract};
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::version::VersionChain;
use xinyu_protocol::time;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::delegation;
use crate::negotiation::{Wanted, credential, me};

/// `GET /api/v1/agreements/{id}/versions`.
///
/// # Errors
/// If there is no such contract here.
pub async fn list(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<VersionsInfo>, Failure> {
    let found = connector.node.store.read("version.list", move |tx| Box::pin(async move { info::find(tx, &id).await }));
    Ok(Json(found.await?))
}

/// `GET /api/v1/agreements/{id}/versions/{number}/file`: one version for `xinyu contract verify`, whether it is in force or was replaced.
///
/// # Errors
/// If there is no such contract here, or no such version of it.
pub async fn export(
    State(connector): State<Connector>,
    Path((id, number)): Path<(String, u32)>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let chain = connector.node.store.read("version.export", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            chain(tx, found).await
        })
    });
    xinyu_shell::version::file(chain.await?, number)
}

/// All filed versions of a contract; none while it is not filed, or is not signed.
///
/// # Errors
/// If the store fails.
pub(crate) async fn chain(tx: &mut Tx, agreement: Agreement) -> Result<VersionChain, Failure> {
    let kept = xinyu_store::version::kept(tx, agreement.contract_id.as_str()).await?;
    let signed = agreement.terms.signed().cloned();
    Ok(match (signed, agreement.filing) {
        (Some(signed), Some(filing)) => xinyu_shell::version::chain(kept, signed, filing),
        _ => VersionChain::new(),
    })
}

/// `POST /api/v1/agreements/{id}/versions`: proposes a later version to the other party. The same key is the same proposal.
///
/// # Errors
/// If the contract is not ours or cannot be changed now, the version cannot follow on it or goes beyond what was listed, another one waits for an answer, or
/// the person may not sign for us.
pub async fn propose(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewVersion>,
) -> Result<Json<VersionsInfo>, Failure> {
    let (this, new) = (connector.clone(), body.value);
    // What is signed is what is asked for, so the person must be allowed exactly that.
    let (wanted, draft) = (id.clone(), new.clone());
    let drawn = connector.node.store.read("version.draw_up", move |tx| {
        Box::pin(async move {
            let agreement = find(tx, &wanted).await?;
            // What was proposed before is answered as it stands, whatever became of the contract.
            let all = xinyu_store::version::list(tx, &wanted).await?;
            if let Some(there) = all.into_iter().find(|one| one.version_id == draft.version_id) {
                return Ok(there.signed.contract);
            }
            let now = tx.now();
            let current = current(&agreement, now)?;
            draw_up(&current.contract, &draft, now)
        })
    });
    let acting = delegation::who_acts(&connector, &person, &id, wanted_of(&drawn.await?)).await?;
    let proposed = connector.node.store.write("version.propose", move |tx| {
        Box::pin(async move {
            let agreement = lock(tx, &id).await?;
            let now = tx.now();
            if let Some(there) = xinyu_store::version::lock(tx, &new.version_id).await? {
                must_be_the_same(&there, &id, &new, &agreement)?;
                return info::find(tx, &id).await;
            }
            let current = current(&agreement, now)?.clone();
            must_be_alone(tx, &id, now).await?;
            let next = draw_up(&current.contract, &new, now)?;
            must_stay_within(tx, &agreement, &next).await?;
            if let Some(acting) = &acting {
                delegation::must_act_on(tx, &id, acting, &wanted_of(&next)).await?;
            }
            let signed = sign(&this, SignedContract { contract: next, signatures: Vec::new() })?;
            let platform = this.node.platform_id();
            let place = Place { peer: &agreement.peer, space_id: &agreement.space_id, platform: &platform };
            let (pending, effects) = proposal::propose(new.version_id, signed, place, now)?;
            xinyu_store::version::insert(tx, &pending).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Contract);
            info::find(tx, &id).await
        })
    });
    Ok(Json(proposed.await?))
}

fn draw_up(current: &Contract, new: &NewVersion, now: Timestamp) -> Result<Contract, Failure> {
    let mut terms = ProposedTerms {
        service_parties: current.expansion_item.service_parties.clone(),
        policies: new.policies.clone().unwrap_or_else(|| current.contract_policies.clone()),
        revenue: new.revenue.clone().unwrap_or_else(|| current.expansion_item.revenue.clone()),
        term: String::new(),
    };
    if let Some(change) = &new.change {
        if change.term.is_some() {
            return Err(Rejection::bad(
                "terms-change",
                "新的有效期请以 endTime 或 extendBy 给出",
                "say the new end by endTime or extendBy",
            )
            .clause("/change/term")
            .into());
        }
        if change.service_parties.is_some() {
            return Err(Rejection::bad(
                "terms-change",
                "后续版本的签署主体与前一版相同，数据服务方不能变更；请签订新合约",
                "a later version has the parties of the one before; for other service parties sign a new contract",
            )
            .clause("/change/serviceParties")
            .into());
        }
        terms = terms_proposal::changed(terms, change)?;
    }
    let change = Change {
        kind: new.kind,
        reason: new.reason.clone(),
        policies: terms.policies,
        revenue: terms.revenue,
        smart_clauses: new.smart_clauses.clone().unwrap_or_else(|| current.expansion_item.smart_clauses.clone()),
        end: end_of(current, new)?,
        answer_by: new.answer_by.unwrap_or_else(|| now.saturating_add(USUAL_ANSWER).unwrap_or(Timestamp::MAX)),
    };
    Ok(version::draw_up(current, change, now)?)
}

fn end_of(current: &Contract, new: &NewVersion) -> Result<Timestamp, Rejection> {
    let there = time::parse_compact(&current.indate).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    match (new.end_time, &new.extend_by) {
        (Some(_), Some(_)) => Err(Rejection::bad(
            "end-twice",
            "endTime 与 extendBy 只能给出一个",
            "give either endTime or extendBy, not both",
        )
        .clause("/extendBy")),
        (Some(end), None) => Ok(end),
        (None, Some(span)) => time::parse_duration(span).and_then(|span| time::add(there, &span)).map_err(|error| {
            Rejection::bad(
                "version-time",
                format!("延长「{span}」无效：{error}"),
                format!("{span} is no span: {error}"),
            )
            .clause("/extendBy")
        }),
        (None, None) => Ok(there),
    }
}

/// The version in force, if it can be followed on now.
///
/// # Errors
/// If the contract is not signed or not filed, held by an order, ending or over.
fn current(agreement: &Agreement, now: Timestamp) -> Result<&SignedContract, Rejection> {
    let id = &agreement.contract_id;
    let Some(signed) = agreement.terms.signed() else {
        return Err(Rejection::conflict(
            "contract-unsigned",
            "与其他厂商连接器的协议没有签名，不能变更或续签；请重新协商",
            "the agreement with another maker's connector is not signed, it cannot be amended or renewed; negotiate anew",
        )
        .clause("TC609-6-2025-14 §7.4 c"));
    };
    agreement.must_not_have_ended(now)?;
    if agreement.ending.is_some() || agreement.statement.is_some() {
        return Err(Rejection::conflict(
            "contract-ending",
            format!("合约 {id} 已终止或已约定终止，不能变更或续签"),
            format!("contract {id} has ended or is ending, it cannot be amended or renewed"),
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    }
    if let Some(stop) = &agreement.stopped {
        return Err(contract::frozen(id, Some(&stop.reason)));
    }
    if agreement.filing.is_none() {
        return Err(Rejection::conflict(
            "contract-not-filed",
            format!("合约 {id} 尚未备案，请在协商中改条款"),
            format!("contract {id} is not filed yet, change the terms in the negotiation"),
        ));
    }
    version::must_last(&signed.contract, now)?;
    Ok(signed)
}

/// That no other version waits for an answer on this side: of two that cross on their way the platform takes one.
async fn must_be_alone(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), Failure> {
    let all = xinyu_store::version::list(tx, id).await?;
    let Some(open) = all.into_iter().find(|one| one.is_open(now) || one.state == proposal::State::Agreed) else {
        return Ok(());
    };
    let other = &open.version_id;
    Err(Rejection::conflict(
        "version-open",
        format!("合约 {id} 已有待答复或待备案的版本提案 {other}，请先答复或撤回"),
        format!("the proposed version {other} of contract {id} waits for its answer or its filing"),
    )
    .clause("TC609-6-2025-14 §7.4 c")
    .into())
}

/// That a version stays within what was listed when the application was approved.
async fn must_stay_within(tx: &mut Tx, agreement: &Agreement, next: &Contract) -> Result<(), Failure> {
    let id = agreement.contract_id.as_str();
    let notice = xinyu_store::notice::find_by_contract(tx, agreement.side, id).await?;
    let notice = notice.ok_or_else(|| contract::unknown(id))?;
    Ok(version::must_stay_within(next, &notice.entry)?)
}

/// What whoever signs a version must be allowed to.
fn wanted_of(contract: &Contract) -> Wanted {
    Wanted::terms(version::terms(contract, ""))
}

fn sign(connector: &Connector, signed: SignedContract) -> Result<SignedContract, Failure> {
    let suite = signing::suite(&signed.contract)?;
    let credential = credential(&connector.node)?;
    Ok(signing::sign(signed, &me(connector)?, connector.node.ring.signing(suite), &credential)?)
}

/// That the same key says the same thing; what was said is compared as long as the version that it followed on is in force.
fn must_be_the_same(there: &Pending, id: &str, new: &NewVersion, agreement: &Agreement) -> Result<(), Failure> {
    let (link, contract) = (there.link(), &there.signed.contract);
    let mut is_same = there.is_ours
        && contract.contract_id.as_str() == id
        && link.kind == new.kind
        && link.reason == new.reason.trim();
    if let Some(before) = agreement.terms.signed().filter(|_| link.previous == agreement.contract_hash) {
        let signed_at = time::parse_compact(&contract.sign_time).map_err(Failure::broken)?;
        let again = NewVersion { answer_by: Some(link.answer_by), ..new.clone() };
        is_same &= draw_up(&before.contract, &again, signed_at).is_ok_and(|again| again == *contract);
    }
    if is_same { Ok(()) } else { Err(taken(&there.version_id).into()) }
}

fn taken(id: &str) -> Rejection {
    Rejection::conflict(
        "version-taken",
        format!("版本提案编号 {id} 已用于另一提案"),
        format!("the proposed version {id} is another one"),
    )
}

async fn find(tx: &mut Tx, id: &str) -> Result<Agreement, Failure> {
    Ok(xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?)
}

async fn lock(tx: &mut Tx, id: &str) -> Result<Agreement, Failure> {
    Ok(xinyu_store::agreement::lock(tx, id).await?.ok_or_else(|| contract::unknown(id))?)
}
