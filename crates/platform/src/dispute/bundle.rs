//! The platform's part of an arbitration bundle (仲裁证据包): stamped as a whole. TC609-6-2025-14 §7.5 b.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use xinyu_core::contract::version::Kept;
use xinyu_core::contract::{self, filing, signing};
use xinyu_core::dispute::{self, Dispute, bundle, seal};
use xinyu_core::fault::Rejection;
use xinyu_crypto::jws;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::{Contract, ContractFile, SignedContract};
use xinyu_protocol::tc609::dispute::{ArbitrationBundle, BundleQuery, PlatformRecords};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::log::receipt;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;

use crate::app::Platform;

/// `GET /api/v1/disputes/{id}/bundle`: the platform's part as a file for `xinyu dispute verify`; the parties' own parts are theirs to add.
///
/// # Errors
/// If there is no such dispute, or the log cannot be read.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let bundle = make(&platform, id, Vec::new(), |_| true).await?;
    xinyu_protocol::json::canonical(&bundle).map_err(Failure::broken)
}

/// `POST /tc609/disputeBundle`, by a party or a regulator.
///
/// # Errors
/// If there is no such dispute for the caller, or the log cannot be read.
pub async fn for_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: BundleQuery = call.parse()?;
    let (by, is_regulator) = (call.connector()?, call.role() == Some(Role::Regulator));
    let may_see = move |dispute: &Dispute| is_regulator || dispute.place.has_party(by.as_str());
    Answer::json(200, &make(&platform, query.dispute_id, query.texts, may_see).await?)
}

async fn make(
    platform: &Platform,
    id: String,
    texts: Vec<Contract>,
    may_see: impl Fn(&Dispute) -> bool + Send + 'static,
) -> Result<ArbitrationBundle, Failure> {
    let read = platform.node.store.read("dispute.bundle", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &id).await?.filter(|found| may_see(found));
            let found = found.ok_or_else(|| dispute::unknown(&id))?;
            let contract_id = found.place.contract_id.as_str();
            let contract = xinyu_store::contract::find(tx, contract_id).await?;
            let contract = contract.ok_or_else(|| contract::unknown(contract_id))?;
            let kept = crate::version::before(tx, &contract).await?;
            let breaches = xinyu_store::breach::list(tx, contract_id).await?;
            let entries = xinyu_store::log::of_contract(tx, contract_id).await?;
            let positions: Vec<u64> = entries.iter().map(|entry| entry.position).collect();
            Ok::<_, Failure>((found, contract, kept, breaches, positions, tx.now()))
        })
    });
    let (dispute, contract, kept, breaches, positions, made_at) = read.await?;
    let (Some(signed), Some(filing)) = (contract.signed, contract.filing) else {
        return Err(dispute::unfiled(&contract.contract_id).into());
    };
    let mut all = (kept, signed);
    if contract.sealed.is_some() {
        read_along(&contract.contract_id, &mut all, contract.contract_hash.as_deref().unwrap_or_default(), &texts)?;
    }
    let versions = xinyu_shell::version::chain(all.0, all.1, filing);
    // The version that was in force when the dispute was opened.
    let is_of_it =
        |file: &&ContractFile| signing::hash(&file.contract).is_ok_and(|hash| hash == dispute.place.contract_hash);
    let file = versions.iter().find(is_of_it).cloned();
    let file = file.ok_or_else(|| Failure::broken("a dispute is over no version of its contract"))?;
    let (log_keys, log) = receipt::extract(&platform.node, &dispute.place.space_id, positions).await?;
    let part = PlatformRecords {
        dispute_id: dispute.dispute_id,
        contract_id: contract.contract_id,
        space_id: dispute.place.space_id,
        made_at,
        answer_by: dispute.answer_by,
        contract: file,
        versions: if versions.len() > 1 { versions } else { Vec::new() },
        steps: dispute.steps,
        voucher: contract.ending,
        statement: contract.statement,
        breaches: breaches.iter().map(xinyu_core::termination::breach::Breach::notice).collect(),
        log_keys,
        log: serde_json::to_value(log).map_err(Failure::broken)?,
    };
    let (ring, suite) = (&platform.node.ring, dispute.place.suite);
    let about = seal::About { dispute_id: &part.dispute_id, contract_id: &part.contract_id, suite };
    let sign = |payload: &[u8]| jws::sign(seal::BUNDLE, payload, ring.signing(suite));
    let stamp = seal::stamp(&part, about, (&platform.options.platform_id, &ring.public()), &sign)?;
    Ok(ArbitrationBundle { v: bundle::VERSION, platform: part, stamp, sides: Vec::new() })
}

/// Completes versions that we keep sealed with the texts that a party has brought, each known by its hash. Nothing of them is kept.
fn read_along(
    id: &ContractId,
    (kept, signed): &mut (Vec<Kept>, SignedContract),
    hash: &str,
    texts: &[Contract],
) -> Result<(), Rejection> {
    let mut brought = BTreeMap::new();
    for text in texts {
        brought.insert(signing::hash(text)?, text);
    }
    let all = kept.iter_mut().map(|one| (&mut one.signed, one.contract_hash.as_str())).chain([(signed, hash)]);
    for (signed, hash) in all {
        let text = brought.get(hash).ok_or_else(|| filing::sealed(id.as_str()))?;
        signed.contract = (*text).clone();
    }
    Ok(())
}
