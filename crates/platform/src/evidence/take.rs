//! Records of a member on their way into the log: those that nothing else follows from go together, whatever their number.

use std::collections::{BTreeMap, BTreeSet};

use xinyu_core::contract::version::renewal;
use xinyu_core::contract::{Registered, told_by};
use xinyu_core::fault::Rejection;
use xinyu_core::lineage;
use xinyu_core::listing::Listing;
use xinyu_core::participant::Member;
use xinyu_evidence::entry::Record;
use xinyu_protocol::tc609::evidence::EvidenceAnswer;
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::log::Coming;
use xinyu_store::Tx;

use crate::app::Platform;
use crate::metering::period;
use crate::{contract, onward, smart_clause, version};

/// Appends records of a member to the log in their order, moves their contracts on, and runs smart clauses after each record of a contract that has some. A record
/// that is there keeps its place and moves nothing.
///
/// # Errors
/// If a record is not about something the member takes part in.
pub(crate) async fn all(
    platform: &Platform,
    tx: &mut Tx,
    me: &Member,
    records: Vec<Coming>,
) -> Result<Vec<EvidenceAnswer>, Failure> {
    let concerned = records.iter().filter_map(|coming| coming.signed.record.contract.clone());
    let mut contracts = held(tx, concerned.collect()).await?;
    let (mut answers, mut waiting) = (Vec::with_capacity(records.len()), Vec::new());
    for coming in records {
        let record = &coming.signed.record;
        let contract = record.contract.as_deref().and_then(|id| contracts.get(id));
        must_take_part(tx, me, record, contract).await?;
        if [lineage::change::TOLD, lineage::change::STUB_TAKEN].contains(&record.kind.as_str()) {
            must_offer(tx, me, record).await?;
        }
        if record.kind == renewal::REFUSED && xinyu_store::log::find_record(tx, &record.id).await?.is_none() {
            version::must_be_refusable(contract, tx.now())?;
        }
        let awaits = record.facts.contains_key("awaits");
        let moves = |contract: &&Registered| {
            told_by(contract, &record.kind, awaits).is_some_and(|status| status != contract.status)
        };
        let moved = contract.filter(moves).map(|contract| contract.contract_id.clone());
        let clever = contract.filter(|contract| !contract.smart_clauses().is_empty());
        let clever = clever.map(|contract| contract.contract_id.clone());
        if let Some(id) = &moved {
            contract::follow(tx, id.as_str(), &record.kind, awaits).await?;
        }
        period::wake(tx, record).await?;
        waiting.push(coming);
        if clever.is_some() {
            append(tx, &mut waiting, &mut answers).await?;
        }
        if let Some(id) = &clever
            && let Some(contract) = xinyu_store::contract::lock(tx, id.as_str()).await?
        {
            smart_clause::follow(platform, tx, contract).await?;
        }
        if let Some(id) = moved.or(clever) {
            contracts.extend(held(tx, BTreeSet::from([id.as_str().to_owned()])).await?);
        }
    }
    append(tx, &mut waiting, &mut answers).await?;
    Ok(answers)
}

/// The contracts of records, held before the log is.
async fn held(tx: &mut Tx, ids: BTreeSet<String>) -> Result<BTreeMap<String, Registered>, Failure> {
    let mut contracts = BTreeMap::new();
    for id in ids {
        if let Some(contract) = xinyu_store::contract::lock(tx, &id).await? {
            contracts.insert(id, contract);
        }
    }
    Ok(contracts)
}

async fn append(tx: &mut Tx, waiting: &mut Vec<Coming>, answers: &mut Vec<EvidenceAnswer>) -> Result<(), Failure> {
    let coming = std::mem::take(waiting);
    let spaces: Vec<String> = coming.iter().map(|one| one.signed.record.space.clone()).collect();
    let positions = xinyu_shell::log::append_coming(tx, coming).await?;
    answers.extend(spaces.into_iter().zip(positions).map(|(space_id, index)| EvidenceAnswer { space_id, index }));
    Ok(())
}

/// That a member offers the product of whose making it tells.
async fn must_offer(tx: &mut Tx, me: &Member, record: &Record) -> Result<(), Failure> {
    let product = record.subject.as_deref().unwrap_or_default();
    let listing = xinyu_store::listing::find(tx, product).await?;
    let is_own = |listing: &Listing| {
        listing.connector_id.as_str() == me.connector_id.as_str() && listing.request.space_id == record.space
    };
    if listing.as_ref().is_some_and(is_own) {
        return Ok(());
    }
    Err(Rejection::forbidden(
        "not-the-provider",
        format!("{} 不是产品 {product} 的提供方，不能登记其来源", me.name),
        format!("{} does not provide product {product}: where it comes from is not taken from others", me.name),
    )
    .into())
}

/// That a member may tell of what a record is about.
async fn must_take_part(
    tx: &mut Tx,
    me: &Member,
    record: &Record,
    contract: Option<&Registered>,
) -> Result<(), Failure> {
    let own = me.connector_id.as_str();
    // Whoever serves a contract tells of its signature, and of nothing that the two do.
    let serves = |contract: &Registered| contract.is_known_to(own) && record.kind.starts_with("contract.countersign");
    let party =
        record.contract.is_none() || contract.is_some_and(|contract| contract.has_party(own) || serves(contract));
    if me.spaces.contains(&record.space) && (party || me.role == Role::Regulator) {
        return Ok(());
    }
    // Whoever got the data from somebody tells that it did, and what it does with it, and nothing else of the contract.
    if let Some(contract) = contract
        && me.spaces.contains(&record.space)
        && ["usage.", "onward."].into_iter().any(|own| record.kind.starts_with(own))
        && onward::is_receiver(tx, contract.contract_id.as_str(), own).await?
    {
        return Ok(());
    }
    Err(Rejection::forbidden(
        "not-a-party",
        format!("{} 不是该空间成员或合约当事方，不能存证「{}」", me.name, record.kind),
        format!(
            "{} is not a member of the space or not a party of the contract: no {} of it is taken",
            me.name, record.kind
        ),
    )
    .into())
}
