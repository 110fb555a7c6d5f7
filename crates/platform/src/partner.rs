//! Contracts of members with partners, connectors of other makers: told, recorded, stoppable, where the space's rules allow them.

use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_core::partner;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::partner::PartnerContract;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;

/// `POST /tc609/partnerContract`, by a member, before the first record about the contract. Told again it is the same contract.
///
/// # Errors
/// If the caller is not in the space, or the space demands signatures.
pub async fn register(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let told: PartnerContract = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "partner.register", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            Answer::json(200, &take(&this, tx, &me, told).await?)
        })
    })
    .await
}

/// Registers a contract of a member.
///
/// # Errors
/// As [`register`].
pub(crate) async fn take(
    platform: &Platform,
    tx: &mut Tx,
    me: &Member,
    told: PartnerContract,
) -> Result<Status, Failure> {
    let by = &me.connector_id;
    if let Some(there) = xinyu_store::contract::find(tx, told.contract_id.as_str()).await? {
        return if there.has_party(by.as_str()) {
            Ok(Status::done())
        } else {
            Err(xinyu_core::contract::unknown(told.contract_id.as_str()).into())
        };
    }
    let space = xinyu_store::space::find(tx, &told.space_id)
        .await?
        .filter(|space| me.spaces.contains(&space.space_id))
        .ok_or_else(|| {
            Rejection::unknown(
                "unknown-space",
                format!("没有空间 {}", told.space_id),
                format!("space {} does not exist", told.space_id),
            )
        })?;
    let now = tx.now();
    let (registered, effects) = partner::register(told, by, &platform.options.platform_id, &space, now)?;
    xinyu_store::contract::insert(tx, &registered).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(Status::done())
}
