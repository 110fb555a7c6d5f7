//! Smart clauses at the platform: run over the log of their contract with every record that comes, and by the clock when their moment is there.
//! TC609-6-2025-14 §7.5 c, §7.6 c.

use std::time::Duration;

use jiff::SignedDuration;
use xinyu_core::contract::Registered;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::smart_clause::{self, Basis};
use xinyu_core::termination::{Ground, register};
use xinyu_protocol::tc609::termination::TerminationKind;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::event;
use crate::termination::{Seal, conclude};
use crate::version;

/// The longest sleep of the clock: a moment that a signal did not tell of is late by no more.
const LONGEST: Duration = Duration::from_secs(60);
/// Moments that are taken up in one transaction.
const BATCH: u32 = 50;

/// Runs the clauses over what the log has of the contract since they were last looked at, and stores what follows. The contract is held by the caller.
///
/// # Errors
/// If the store fails.
pub async fn follow(platform: &Platform, tx: &mut Tx, mut contract: Registered) -> Result<(), Failure> {
    let Some(signed) = contract.signed.clone() else {
        return Ok(());
    };
    let before = version::before(tx, &contract).await?;
    let editions = version::editions(&before, &signed);
    let basis = Basis {
        editions: &editions,
        provider: &contract.provider,
        consumer: &contract.consumer,
        platform: platform.options.platform_id.as_str(),
    };
    let (mut state, mut fired) = (contract.smart.clone(), Vec::new());
    let mut after = state.position;
    while let Some(page) = event::after(tx, contract.contract_id.as_str(), &mut after).await? {
        for (position, record) in page {
            let (next, more) = smart_clause::step(&basis, state, position, &record);
            state = next;
            fired.extend(more);
        }
    }
    let effects: Vec<Effect> =
        fired.iter().map(|one| smart_clause::told(&contract.space_id, &contract.contract_id, one)).collect();
    contract.smart = state;
    let Some(ending) = fired.iter().find(|one| one.is_end()) else {
        let renewal = fired.iter().find_map(|one| one.renewal.clone());
        conclude(platform, tx, contract.clone(), effects).await?;
        return match renewal {
            Some(by) => version::renew(platform, tx, contract, by).await,
            None => Ok(()),
        };
    };
    let seal = Seal::of(platform);
    let ground = Ground {
        clause: Some(format!("/expansionItem/smartClauses/{}", ending.clause)),
        records: vec![ending.record.clone()],
        ..seal.by_itself(&contract, TerminationKind::Clause)
    };
    let (contract, more) = register::decide(contract, ground, &seal.at(tx.now()))?;
    conclude(platform, tx, contract, effects.into_iter().chain(more).collect()).await
}

/// Waits for the moments of clauses until the node stops.
pub async fn run(platform: Platform) {
    let mut wake = platform.node.store.signals().subscribe(Topic::Contract);
    loop {
        let pause = match next(&platform).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "the moments of smart clauses cannot be watched, the next attempt follows");
                LONGEST
            }
        };
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(pause) => {}
            _ = wake.wait() => {}
        }
    }
}

async fn next(platform: &Platform) -> Result<Duration, Failure> {
    let due = platform.node.store.read("smart_clause.next_due", |tx| {
        Box::pin(async move { xinyu_store::contract::next_due(tx).await.map_err(Failure::from) })
    });
    let Some(due) = due.await? else {
        return Ok(LONGEST);
    };
    let left = due.duration_since(platform.node.store.clock().now());
    if left > SignedDuration::ZERO {
        return Ok(Duration::try_from(left).unwrap_or(LONGEST).min(LONGEST));
    }
    let this = platform.clone();
    platform
        .node
        .store
        .write("smart_clause.moment", move |tx| {
            Box::pin(async move {
                for contract in xinyu_store::contract::due(tx, tx.now(), BATCH).await? {
                    come(&this, tx, contract).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Duration::ZERO)
}

/// Writes down that the moment of a clause has come, and runs the clauses over it.
async fn come(platform: &Platform, tx: &mut Tx, contract: Registered) -> Result<(), Failure> {
    let Some((at, clause)) = contract.next_moment().filter(|(at, _)| *at <= tx.now()) else {
        return Ok(());
    };
    let draft = Draft::new(smart_clause::CLOCK, &contract.space_id)
        .contract(&contract.contract_id)
        .fact("clause", clause)
        .fact("moment", at.to_string());
    effect::apply(&platform.node, tx, vec![Effect::Record(draft)]).await?;
    follow(platform, tx, contract).await
}
