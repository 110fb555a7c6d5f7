//! The set of policy records that counts in a space, as the platform sends it down: checked, kept, and put around the contract for every decision. TC609-6-2025-15
//! §7.1.2.2 a–f, §7.2.2.1 e. A set that is forged, of another space, or older than the one that is here is refused. Where a decision needs a set that is not here,
//! nothing is allowed; a space in which no record was ever enabled needs none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use jiff::Timestamp;
use xinyu_core::agreement::Terms;
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::governing::{Governing, POLICY_SET, Set, missing};
use xinyu_core::policy_record::seal;
use xinyu_core::usage::{Bar, Holding};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::policy_record::{PolicySequences, PolicySet, PolicySetAnswer, PolicySetRequest};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::platform;

/// The sets that were checked, so that no decision checks signatures again. The store says which sequence counts.
#[derive(Default)]
pub struct Sets(Mutex<HashMap<String, Arc<Set>>>);

impl Sets {
    fn find(&self, space: &str, sequence: u64) -> Option<Arc<Set>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(space).filter(|set| set.sequence == sequence).cloned()
    }

    fn put(&self, set: Set) -> Arc<Set> {
        let set = Arc::new(set);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(set.space_id.clone(), Arc::clone(&set));
        set
    }
}

/// The contract's policy within the records of space and product that count now, and why there must be no use if they are not known here.
///
/// # Errors
/// If the store fails, or the contract's policy does not parse.
pub async fn governing(
    connector: &Connector,
    tx: &mut Tx,
    (space, product): (&str, &str),
    terms: &Terms,
    now: Timestamp,
) -> Result<(Governing, Option<Bar>), Failure> {
    let contract = crate::usage::policy(terms)?;
    let (held, required) = match xinyu_store::policy_record::sequence(tx, space).await? {
        None | Some((0, 0)) => return Ok((Governing::from(contract), None)),
        Some(there) => there,
    };
    if held < required {
        return Ok((Governing::from(contract), Some(missing(space, required, (held > 0).then_some(held)))));
    }
    let set = match connector.policies.find(space, held) {
        Some(set) => set,
        None => match reread(connector, tx, space).await? {
            Ok(set) => connector.policies.put(set),
            // What is kept was altered: nothing is decided by it.
            Err(why) => {
                return Ok((Governing::from(contract), Some(Bar { clause: POLICY_SET, why: why.text })));
            }
        },
    };
    Ok((Governing::within(contract, Some(&set), product, now), None))
}

/// The same for data that is held.
///
/// # Errors
/// As [`governing`].
pub async fn of_holding(
    connector: &Connector,
    tx: &mut Tx,
    holding: &Holding,
) -> Result<(Governing, Option<Bar>), Failure> {
    let now = holding.time(tx.now());
    governing(connector, tx, (&holding.space_id, &holding.product_id), &holding.terms, now).await
}

async fn reread(connector: &Connector, tx: &mut Tx, space: &str) -> Result<Result<Set, Rejection>, Failure> {
    let kept = xinyu_store::policy_record::set(tx, space).await?;
    let kept = kept.ok_or_else(|| Failure::broken(format!("the set of policies of space {space} is gone")))?;
    Ok(open(connector, &kept))
}

fn open(connector: &Connector, set: &PolicySet) -> Result<Set, Rejection> {
    let suite_of = |space: &str| connector.node.rules_of(space).map(|rules| rules.suite);
    seal::open(set, &connector.trust(), &suite_of)
}

/// `POST /tc609/policySet`, by the platform: what counts in a space from now on. Uses that run are decided again by it at once.
///
/// # Errors
/// If it is not the platform's, not whole, of another space, or older than the one that is here.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let set: PolicySet = call.parse()?;
    let taken = match open(&connector, &set) {
        Ok(opened) => {
            let this = connector.clone();
            call.once(&connector.node, "policy_record.told", move |tx| {
                Box::pin(async move {
                    take(&this, tx, opened, &set).await?;
                    Answer::json(200, &Status::done())
                })
            })
            .await
        }
        Err(rejection) => Err(rejection.into()),
    };
    if let Err(Failure::Rejected(rejection)) = &taken {
        refused(&connector, rejection).await?;
    }
    taken
}

/// Takes up a set in the place of an older one, and records that it did.
async fn take(connector: &Connector, tx: &mut Tx, opened: Set, set: &PolicySet) -> Result<(), Failure> {
    let (space, sequence) = (opened.space_id.clone(), opened.sequence);
    if !xinyu_store::policy_record::keep(tx, &space, sequence, set).await? {
        if xinyu_store::policy_record::set(tx, &space).await?.as_ref() == Some(set) {
            return Ok(());
        }
        let mut stale = Rejection::conflict(
            "policy-set-stale",
            format!("空间「{space}」第 {sequence} 号策略集不比本端的新"),
            format!("set {sequence} of the policies of space {space} is no newer than the one that is here"),
        )
        .clause("TC609-6-2025-15 §7.1.2.2 a");
        // To send it once more would change nothing.
        stale.status = 410;
        return Err(stale.into());
    }
    let counted: Vec<String> = opened.records.iter().map(|one| one.named.fact()).collect();
    let draft =
        Draft::new("policy.received", &space).subject(&space).fact("policy_set", sequence).fact("policies", counted);
    effect::apply(&connector.node, tx, vec![Effect::Record(draft)]).await?;
    // Whatever runs is decided again.
    tx.signal(Topic::Contract);
    Ok(())
}

/// A set that is not taken: somebody is told.
async fn refused(connector: &Connector, rejection: &Rejection) -> Result<(), Failure> {
    let (this, code) = (connector.clone(), rejection.code);
    let told = connector.node.store.write("policy_record.refused", move |tx| {
        Box::pin(async move {
            let alert = Effect::Alert { action: "policy.rejected", object: code.to_owned(), detail: String::new() };
            effect::apply(&this.node, tx, vec![alert]).await
        })
    });
    told.await
}

/// The platform said which sets there are: what we lack is needed from now on, and fetched.
///
/// # Errors
/// If the store fails.
pub async fn heard(connector: &Connector, sequences: PolicySequences) -> Result<(), Failure> {
    for (space, sequence) in sequences {
        let name = space.clone();
        let lacks = connector.node.store.read("policy_record.sequence", move |tx| {
            Box::pin(async move {
                let there = xinyu_store::policy_record::sequence(tx, &name).await?;
                Ok::<_, Failure>(there.is_none_or(|(held, required)| held.max(required) < sequence))
            })
        });
        if lacks.await? {
            let name = space.clone();
            let noted = connector.node.store.write("policy_record.require", move |tx| {
                Box::pin(async move {
                    xinyu_store::policy_record::require(tx, &name, sequence).await?;
                    tx.signal(Topic::Contract);
                    Ok::<_, Failure>(())
                })
            });
            noted.await?;
        }
        ensure(connector, &space).await?;
    }
    Ok(())
}

/// Fetches the set of a space if decisions need one that is not here. That the platform cannot be reached is no error: what is then decided says so.
///
/// # Errors
/// If the store fails.
pub async fn ensure(connector: &Connector, space: &str) -> Result<(), Failure> {
    let name = space.to_owned();
    let there = connector.node.store.read("policy_record.sequence", move |tx| {
        Box::pin(async move { xinyu_store::policy_record::sequence(tx, &name).await.map_err(Failure::from) })
    });
    if there.await?.is_none_or(|(held, required)| held >= required) {
        return Ok(());
    }
    let asked = PolicySetRequest { space_id: space.to_owned() };
    let answer: PolicySetAnswer = match platform::ask(&connector.node, "/tc609/policySets", &asked).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, space, "the policies of space {space} cannot be fetched, nothing is decided in it");
            return Ok(());
        }
    };
    let Some(set) = answer.set else { return Ok(()) };
    let opened = match open(connector, &set) {
        Ok(opened) if opened.space_id == space => opened,
        Ok(_) => return Ok(()),
        Err(rejection) => return refused(connector, &rejection).await,
    };
    let this = connector.clone();
    let taken = connector
        .node
        .store
        .write("policy_record.fetched", move |tx| Box::pin(async move { take(&this, tx, opened, &set).await }));
    match taken.await {
        // What was sent down meanwhile is newer.
        Err(Failure::Rejected(_)) | Ok(()) => Ok(()),
        Err(failure) => Err(failure),
    }
}
