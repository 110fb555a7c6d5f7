//! Later versions of contracts at the platform: filed if they follow on the one in force, and kept for good. TC609-6-2025-14 §7.4 c.

use axum::extract::{Path, State};
use xinyu_core::contract::version::{self, Kept, renewal};
use xinyu_core::contract::{self, Registered, signing};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::smart_clause::Edition;
use xinyu_protocol::api::version::VersionInfo;
use xinyu_protocol::tc609::contract::{Contract, Filing, FilingStamp, SignedContract};
use xinyu_protocol::tc609::version::{RenewalDue, RenewedBy};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{BoxFuture, Timestamp, Topic, Tx};

use crate::app::Platform;

/// Whether a contract that comes to be filed is a later version.
#[must_use]
pub fn is_later(signed: &SignedContract) -> bool {
    signed.contract.expansion_item.version.is_some()
}

/// Files a later version, whose parties and signatures were checked. The same version again changes nothing.
///
/// # Errors
/// If it does not follow on the one in force, or the contract is frozen, ending or over.
pub async fn file(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    signed: SignedContract,
    previous: Option<Box<Contract>>,
) -> Result<(String, FilingStamp), Failure> {
    let (hash, now) = (signing::hash(&signed.contract)?, tx.now());
    if let (Some(there), Some(filing)) = (&registered.contract_hash, &registered.filing)
        && *there == hash
    {
        return Ok((hash, filing.clone()));
    }
    let new = crate::filing::to_file(platform, tx, &registered, signed, previous).await?;
    let stamp = new.filing.clone();
    let (registered, kept, effects) = contract::file_version(registered, new, now)?;
    xinyu_store::version::keep(tx, &kept).await?;
    xinyu_store::contract::save(tx, &registered).await?;
    effect::apply(&platform.node, tx, effects).await?;
    let had_clauses = !kept.signed.contract.expansion_item.smart_clauses.is_empty();
    if had_clauses || !registered.smart_clauses().is_empty() {
        crate::smart_clause::follow(platform, tx, registered).await?;
    }
    Ok((hash, stamp))
}

/// Files the version that a contract's clause has brought about: what everybody computes from the version before and the record of the moment. One that cannot
/// be, since it would last too long, is left: the contract then ends at its time.
///
/// # Errors
/// If the store fails.
pub fn renew<'t>(
    platform: &'t Platform,
    tx: &'t mut Tx,
    registered: Registered,
    by: RenewedBy,
) -> BoxFuture<'t, Result<(), Failure>> {
    Box::pin(async move {
        let Some(signed) = &registered.signed else { return Ok(()) };
        let (id, now) = (registered.contract_id.clone(), tx.now());
        if registered.sealed.is_some() {
            return ask_for_renewal(platform, tx, registered, by).await;
        }
        let filed = match renewal::renewed(&signed.contract, by) {
            Ok(contract) => {
                let next = SignedContract { contract, signatures: Vec::new() };
                let new = crate::filing::to_file(platform, tx, &registered, next, None).await?;
                contract::file_version(registered, new, now)
            }
            Err(why) => Err(why),
        };
        let (registered, kept, effects) = match filed {
            Ok(filed) => filed,
            Err(why) => {
                tracing::warn!(contract = %id, code = why.code, "contract {id} could not renew itself: {}", why.text.en);
                return Ok(());
            }
        };
        xinyu_store::version::keep(tx, &kept).await?;
        xinyu_store::contract::save(tx, &registered).await?;
        effect::apply(&platform.node, tx, effects).await?;
        tx.signal(Topic::Contract);
        crate::smart_clause::follow(platform, tx, registered).await
    })
}

/// A renewal of a text that we cannot read is computed by the provider, who has it, and filed like any other version: we know it by the hash of the one before,
/// and by what we have decided.
async fn ask_for_renewal(
    platform: &Platform,
    tx: &mut Tx,
    mut registered: Registered,
    by: RenewedBy,
) -> Result<(), Failure> {
    let (to, contract_id) = (registered.provider.clone(), registered.contract_id.clone());
    let due = RenewalDue { contract_id, by: by.clone() };
    let ask = Outgoing::json(&to, format!("party/{to}"), "renewal", "/tc609/contractRenewal", &due)?;
    registered.renewing = Some(by);
    xinyu_store::contract::save(tx, &registered).await?;
    effect::apply(&platform.node, tx, vec![Effect::Send(ask)]).await
}

/// That a renewed version which comes to be filed is one that we have asked for; where we can read the text we make it ourselves.
///
/// # Errors
/// If it is not.
pub fn must_be_renewable(registered: &Registered, filing: &Filing) -> Result<(), Rejection> {
    let asked = registered.renewing.as_ref();
    if asked.is_some() && filing.contract.contract.renewed_by() == asked && filing.contract.signatures.is_empty() {
        return Ok(());
    }
    let (zh, en) =
        ("自动续签的版本由平台依存证生成，不由当事方备案", "the platform makes renewed versions, no party files one");
    Err(Rejection::bad("version-renewal", zh, en).clause(renewal::CLAUSE))
}

/// That a refusal of a renewal comes before its notice begins: what is taken holds, and the parties rely on it.
///
/// # Errors
/// If the contract does not renew itself, or that is decided.
pub fn must_be_refusable(contract: Option<&Registered>, now: Timestamp) -> Result<(), Failure> {
    match contract.and_then(|contract| contract.signed.as_ref()) {
        Some(signed) => Ok(renewal::must_be_refusable(&signed.contract, now)?),
        None => Err(contract::unknown("").into()),
    }
}

/// The versions that a contract has had before the one in force.
///
/// # Errors
/// If the store fails.
pub async fn before(tx: &mut Tx, contract: &Registered) -> Result<Vec<Kept>, Failure> {
    match &contract.signed {
        Some(signed) if is_later(signed) => Ok(xinyu_store::version::kept(tx, contract.contract_id.as_str()).await?),
        _ => Ok(Vec::new()),
    }
}

/// What smart clauses have to know of them.
#[must_use]
pub fn editions<'a>(kept: &'a [Kept], signed: &'a SignedContract) -> Vec<Edition<'a>> {
    let all = kept.iter().map(|one| &one.signed.contract).chain([&signed.contract]);
    all.map(Edition::of).collect()
}

/// The versions for people, where there is more than one.
///
/// # Errors
/// If the store fails.
pub async fn infos(tx: &mut Tx, contract: &Registered) -> Result<Vec<VersionInfo>, Failure> {
    let Some(signed) = contract.signed.as_ref().filter(|signed| is_later(signed)) else {
        return Ok(Vec::new());
    };
    let kept = before(tx, contract).await?;
    Ok(xinyu_shell::version::infos(&kept, signed, contract.contract_hash.as_deref().unwrap_or_default()))
}

/// `GET /api/v1/contracts/{id}/versions/{number}/file`: one version for `xinyu contract verify`, whether it is in force or was replaced.
///
/// # Errors
/// If there is no such contract, or no such version of it.
pub async fn export(
    State(platform): State<Platform>,
    Path((id, number)): Path<(String, u32)>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let chain = platform.node.store.read("version.export", move |tx| {
        Box::pin(async move {
            let contract = xinyu_store::contract::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            if contract.sealed.is_some() {
                return Err(Failure::from(contract::filing::sealed(&id)));
            }
            let kept = before(tx, &contract).await?;
            let (Some(signed), Some(filing)) = (contract.signed, contract.filing) else {
                let (zh, en) = ("合约尚未备案", "the contract is not filed yet");
                return Err(Failure::from(Rejection::conflict("contract-not-filed", zh, en)));
            };
            Ok(xinyu_shell::version::chain(kept, signed, filing))
        })
    });
    xinyu_shell::version::file(chain.await?, number)
}

/// That a version stays within what was listed, as at the first offer.
///
/// # Errors
/// As the first offer.
pub async fn must_stay_within(
    tx: &mut Tx,
    registered: &Registered,
    contract: &xinyu_protocol::tc609::contract::Contract,
) -> Result<(), Failure> {
    match xinyu_store::application::find(tx, &registered.application_id).await? {
        Some(application) => Ok(version::must_stay_within(contract, &application.entry)?),
        None => match xinyu_store::draft::find(tx, registered.contract_id.as_str()).await? {
            Some(draft) => Ok(version::must_stay_within(contract, &draft.document.entry)?),
            None => Ok(()),
        },
    }
}
