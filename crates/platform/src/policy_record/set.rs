//! The set of records that are enabled in a space: made anew, signed and sent down with every change, handed to whoever is admitted or asks. TC609-6-2025-15 §7.2.2.1 e.

use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::participant::{Member, MemberState};
use xinyu_core::policy_record::Version;
use xinyu_core::policy_record::seal::{self, Of};
use xinyu_protocol::tc609::policy_record::{PolicySequences, PolicySet};
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;

use crate::app::Platform;

/// Makes the next set of a space and tells every connector in it. Its sequence.
///
/// # Errors
/// If the store fails.
pub(super) async fn publish(platform: &Platform, tx: &mut Tx, space: &str) -> Result<u64, Failure> {
    let now = tx.now();
    let suite = super::suite_of(tx, space).await?;
    let sequence = xinyu_store::policy_record::lock_sequence(tx, space).await?.saturating_add(1);
    let enabled = xinyu_store::policy_record::enabled(tx, space).await?;
    let records = enabled.into_iter().map(|Version { signed, .. }| signed).collect();
    let of = Of { platform: platform.options.platform_id.as_str(), space, suite };
    let set = seal::set(records, of, sequence, platform.node.ring.signing(suite), now)?;
    xinyu_store::policy_record::keep(tx, space, sequence, &set).await?;
    let members = xinyu_store::member::list(tx).await?;
    let is_in =
        |member: &&Member| member.state == MemberState::Approved && member.spaces.iter().any(|own| own == space);
    let effects: Result<Vec<Effect>, _> =
        members.iter().filter(is_in).map(|member| send(&set, space, member.connector_id.as_str())).collect();
    effect::apply(&platform.node, tx, effects?).await?;
    Ok(sequence)
}

/// Hands a connector that was just admitted the sets of its spaces.
///
/// # Errors
/// If the store fails.
pub async fn welcome(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let mut effects = Vec::new();
    for space in &member.spaces {
        if let Some(set) = newest(tx, space).await? {
            effects.push(send(&set, space, member.connector_id.as_str())?);
        }
    }
    effect::apply(&platform.node, tx, effects).await
}

/// The newest set of a space; none where no record was ever enabled.
///
/// # Errors
/// If the store fails.
pub async fn newest(tx: &mut Tx, space: &str) -> Result<Option<PolicySet>, Failure> {
    Ok(xinyu_store::policy_record::set(tx, space).await?)
}

/// The sequences of the newest sets of a member's spaces.
///
/// # Errors
/// If the store fails.
pub async fn sequences(tx: &mut Tx, member: &Member) -> Result<PolicySequences, Failure> {
    let mut all = xinyu_store::policy_record::sequences(tx).await?;
    all.retain(|space, _| member.spaces.contains(space));
    Ok(all)
}

fn send(set: &PolicySet, space: &str, to: &str) -> Result<Effect, xinyu_core::fault::Rejection> {
    Outgoing::json(to, format!("policy/{space}/{to}"), "policy_set", "/tc609/policySet", set).map(Effect::Send)
}
