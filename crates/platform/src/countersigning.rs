//! Contracts of more than two parties at the platform: the service parties are asked for their signatures, and the contract is filed when all are there.
//! The platform signs for nobody. TC609-6-2025-14 §6.2.1, §7.3 c, f, g.

pub mod clock;
mod party;

use axum::extract::State;
use xinyu_core::contract::signing;
use xinyu_core::contract::{self, Registered};
use xinyu_core::countersigning::gathering::{self, Gathering, Outcome};
use xinyu_core::countersigning::unknown;
use xinyu_core::fault::Rejection;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::{
    Contract, ContractStatus, Filing, FilingReceipt, SignedContract, SigningReceipt,
};
use xinyu_protocol::tc609::countersigning::{CountersigningAnswer, CountersigningWithdrawal};
use xinyu_protocol::tc609::draft::DraftDocument;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::contract::{checked, take};
use crate::filing;
use crate::version;

pub(crate) use party::must_serve;
pub use party::{parties, signing_info};

/// A contract, or a later version of one, that two have signed and that names service parties: they are asked. The same text again changes nothing.
///
/// # Errors
/// If it could not be filed even with all signatures, a service party is none, or another text waits for signatures.
pub(crate) async fn begin(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    filing: Filing,
) -> Result<Answer, Failure> {
    let Filing { contract: signed, rounds, previous } = filing;
    let (id, now) = (registered.contract_id.clone(), tx.now());
    let hash = signing::hash(&signed.contract)?;
    if let (Some(there), Some(filing)) = (&registered.contract_hash, &registered.filing)
        && *there == hash
    {
        let receipt = FilingReceipt { status: "0".to_owned(), contract_hash: hash, filing: filing.clone() };
        return Answer::json(200, &receipt);
    }
    let all = xinyu_store::countersigning::gatherings(tx, id.as_str()).await?;
    if let Some(there) = all.iter().find(|there| there.contract_hash == hash) {
        if there.state == gathering::State::Open {
            return receipt(there);
        }
        return Err(over(there).into());
    }
    signing::check(&signed, &checked::trust(platform).as_trust(), now)?;
    party::must_serve(tx, &signed.contract).await?;
    gathering::must_be_alone(all.iter().find(|other| other.state == gathering::State::Open), &hash)?;
    let registered = being_signed(registered)?;
    // Nobody is asked to sign what could not be filed.
    let new = filing::to_file(platform, tx, &registered, signed.clone(), previous.clone()).await?;
    if version::is_later(&signed) {
        contract::file_version(registered.clone(), new, now).map(drop)?;
    } else {
        contract::file(registered.clone(), new, now).map(drop)?;
    }
    let (gathering, effects) = gathering::open(signed, (rounds, previous), &registered.space_id, now)?;
    xinyu_store::countersigning::gather(tx, &gathering).await?;
    let registered = signing_begun(tx, registered, &gathering).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    let answer = receipt(&gathering)?;
    if gathering.is_complete() {
        settle(platform, tx, registered, gathering).await?;
    }
    Ok(answer)
}

/// A draft that its two sides stand behind has become a text: all parties are asked for their signatures, and it is filed with the last.
///
/// # Errors
/// If it could not be filed even with all signatures, or a service party is none.
pub(crate) async fn begin_drafted(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    contract: Contract,
    draft: DraftDocument,
) -> Result<(), Failure> {
    crate::contract::must_be_fileable(tx, &registered, &contract).await?;
    party::must_serve(tx, &contract).await?;
    let (registered, now) = (being_signed(registered)?, tx.now());
    // Nobody is asked to sign what could not be filed.
    let unsigned = SignedContract { contract: contract.clone(), signatures: Vec::new() };
    let new = filing::to_file(platform, tx, &registered, unsigned, None).await?;
    contract::file(registered.clone(), new, now).map(drop)?;
    let (gathering, effects) = gathering::open_drafted(contract, draft, now)?;
    xinyu_store::countersigning::gather(tx, &gathering).await?;
    signing_begun(tx, registered, &gathering).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// What is gathered under a text comes to nothing, by the platform's doing.
///
/// # Errors
/// If nothing is gathered under it.
pub(crate) async fn stop(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    hash: &str,
    outcome: Outcome,
) -> Result<(), Failure> {
    let id = registered.contract_id.clone();
    let found = xinyu_store::countersigning::lock_gathering(tx, id.as_str(), hash).await?;
    let gathering = found.ok_or_else(|| unknown(id.as_str()))?;
    end(platform, tx, registered, gathering, outcome).await
}

fn receipt(gathering: &Gathering) -> Result<Answer, Failure> {
    let receipt = SigningReceipt {
        status: "1".to_owned(),
        contract_hash: gathering.contract_hash.clone(),
        answer_by: gathering.answer_by,
    };
    Answer::json(200, &receipt)
}

fn over(gathering: &Gathering) -> Rejection {
    let (id, state) = (&gathering.contract_id, gathering.state.as_str());
    Rejection::conflict(
        "signing-over",
        format!("合约 {id} 的会签已有结果（{state}）"),
        format!("the signing of contract {id} is {state} already"),
    )
    .clause("TC609-6-2025-14 §7.3 g")
}

/// A contract that was never in force is being signed (03), also where evidence has not told of its negotiation yet.
fn being_signed(mut registered: Registered) -> Result<Registered, Rejection> {
    if registered.signed.is_some() {
        return Ok(registered);
    }
    if registered.status == ContractStatus::SigningFailed {
        registered = contract::advance(registered, ContractStatus::Negotiating)?;
    }
    // One that has ended stays so, and is refused where it is filed.
    Ok(contract::advance(registered.clone(), ContractStatus::Signing).unwrap_or(registered))
}

/// The service parties see the contract from now on.
async fn signing_begun(tx: &mut Tx, registered: Registered, gathering: &Gathering) -> Result<Registered, Failure> {
    let mut registered = registered;
    let serving = gathering.signed.contract.expansion_item.service_parties.iter();
    registered.service_parties = serving.map(|party| party.connector_id.to_string()).collect();
    for party in &registered.service_parties {
        xinyu_store::countersigning::admit(tx, registered.contract_id.as_str(), party).await?;
    }
    xinyu_store::contract::save(tx, &registered).await?;
    Ok(registered)
}

/// `POST /tc609/countersigningAnswer`, by a service party: its signature, or why it refuses. The last signature files the contract.
///
/// # Errors
/// If it is not asked, it is too late, or the signature does not hold; nothing is changed then.
pub async fn answered(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let message: CountersigningAnswer = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "countersigning.answered", move |tx| {
        Box::pin(async move {
            let (registered, gathering) = lock(tx, message.contract_id.as_str(), &message.contract_hash).await?;
            let now = tx.now();
            let Some(signature) = message.signature else {
                gathering::must_be_refusable(&gathering, &by, &message.reason, now)?;
                let outcome = Outcome { state: gathering::State::Refused, by: Some(by), reason: message.reason };
                end(&this, tx, registered, gathering, outcome).await?;
                return Answer::json(200, &Status::done());
            };
            let trust = checked::trust(&this);
            let (gathering, is_new) = gathering::sign(gathering, &by, signature, &trust.as_trust(), now)?;
            if is_new {
                xinyu_store::countersigning::gather(tx, &gathering).await?;
                tx.signal(Topic::Contract);
                if gathering.is_complete() {
                    settle(&this, tx, registered, gathering).await?;
                }
            }
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/countersigningWithdrawal`, by provider or consumer: it waits no longer.
///
/// # Errors
/// If it is neither, or all have signed already.
pub async fn withdrawn(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let message: CountersigningWithdrawal = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "countersigning.withdrawn", move |tx| {
        Box::pin(async move {
            let (registered, gathering) = lock(tx, message.contract_id.as_str(), &message.contract_hash).await?;
            let now = tx.now();
            gathering::must_be_withdrawable(&gathering, &by, now)?;
            let outcome = Outcome { state: gathering::State::Withdrawn, by: Some(by), reason: message.reason };
            end(&this, tx, registered, gathering, outcome).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn lock(tx: &mut Tx, id: &str, hash: &str) -> Result<(Registered, Gathering), Failure> {
    let registered = xinyu_store::contract::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
    let gathering = xinyu_store::countersigning::lock_gathering(tx, id, hash).await?.ok_or_else(|| unknown(id))?;
    Ok((registered, gathering))
}

/// All have signed: it is filed, unless a regulator holds it, when it waits, or it cannot be filed any more, when it comes to nothing.
async fn settle(platform: &Platform, tx: &mut Tx, registered: Registered, gathering: Gathering) -> Result<(), Failure> {
    if registered.frozen_at.is_some() {
        return Ok(());
    }
    match file(platform, tx, registered.clone(), &gathering).await {
        Ok(()) => {
            let now = tx.now();
            let gathering = gathering::filed(gathering, now);
            xinyu_store::countersigning::gather(tx, &gathering).await?;
            crate::draft::signing_over(platform, tx, &gathering).await?;
            tx.signal(Topic::Contract);
            Ok(())
        }
        Err(Failure::Rejected(why)) => {
            let reason = format!("{} / {}", why.text.zh, why.text.en);
            let outcome = Outcome { state: gathering::State::Failed, by: None, reason };
            end(platform, tx, registered, gathering, outcome).await
        }
        Err(broken) => Err(broken),
    }
}

/// What is checked of it is checked before the first row is written.
async fn file(platform: &Platform, tx: &mut Tx, registered: Registered, gathering: &Gathering) -> Result<(), Failure> {
    party::must_all_stand(tx, &gathering.signed).await?;
    let now = tx.now();
    signing::check_complete(&gathering.signed, &checked::trust(platform).as_trust(), now)?;
    take(platform, tx, registered, gathering.signed.clone(), gathering.previous.clone()).await.map(drop)
}

/// It comes to nothing: everybody is told, and a contract that was never in force has failed to be signed (0302).
async fn end(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    gathering: Gathering,
    outcome: Outcome,
) -> Result<(), Failure> {
    let now = tx.now();
    let (gathering, effects) = gathering::end(gathering, outcome, now)?;
    xinyu_store::countersigning::gather(tx, &gathering).await?;
    effect::apply(&platform.node, tx, effects).await?;
    crate::draft::signing_over(platform, tx, &gathering).await?;
    if registered.signed.is_none()
        && let Ok(failed) = contract::advance(registered, ContractStatus::SigningFailed)
    {
        xinyu_store::contract::save(tx, &failed).await?;
    }
    tx.signal(Topic::Contract);
    Ok(())
}

/// A party has left for good: what waits for signatures with it comes to nothing.
///
/// # Errors
/// If the store fails.
pub(crate) async fn depart(platform: &Platform, tx: &mut Tx, party: &ConnectorId, reason: &str) -> Result<(), Failure> {
    for open in xinyu_store::countersigning::open(tx, clock::AT_ONCE).await? {
        let parties = &open.signed.contract.signatory_entities;
        if parties.iter().any(|one| one.connector_id == *party) {
            let (registered, gathering) = lock(tx, open.contract_id.as_str(), &open.contract_hash).await?;
            let reason = format!("{party} 已不是成员 / {party} is no member any more {reason}").trim_end().to_owned();
            let outcome = Outcome { state: gathering::State::Failed, by: Some(party.clone()), reason };
            end(platform, tx, registered, gathering, outcome).await?;
        }
    }
    Ok(())
}
