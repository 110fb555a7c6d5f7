//! Verification by authorities: asked by a driver outside of any transaction, as often as its patience allows; what they say is committed with what it
//! changes. NDI-TR-2025-03 §8.1.

pub mod authority;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{self, Act, Member, Step};
use xinyu_core::verification::{self, Outcome, Patience, State as Stands, Verification};
use xinyu_protocol::api::ParticipantInfo;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::identity::IdentityFile;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::identity;
use crate::participant::{info, lock, parse_id};

/// How many are asked about at once.
const AT_ONCE: u32 = 16;
/// After which a question whose process died is taken up by another.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often is looked when nothing is due.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks every configured authority that can be asked about an identity, in place of what was asked before.
///
/// # Errors
/// If the store fails.
pub(crate) async fn begin(
    platform: &Platform,
    tx: &mut Tx,
    member: &Member,
    file: &IdentityFile,
) -> Result<Vec<Effect>, Failure> {
    let now = tx.now();
    for old in xinyu_store::verification::list(tx, member.connector_id.as_str()).await? {
        if old.state != Stands::Superseded {
            xinyu_store::verification::save(tx, &verification::supersede(old)?, now).await?;
        }
    }
    let mut effects = Vec::new();
    for authority in &platform.options.authorities {
        if verification::subject(authority.kind, file).is_some() {
            let (asked, told) = verification::ask(tx.new_id().to_string(), member, authority.kind, now);
            xinyu_store::verification::insert(tx, &asked).await?;
            effects.extend(told);
        }
    }
    Ok(effects)
}

/// That nothing an authority said stands against an admission.
///
/// # Errors
/// If one is still asked, or has contradicted.
pub(crate) async fn must_not_object(tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let all = xinyu_store::verification::list(tx, member.connector_id.as_str()).await?;
    Ok(verification::must_not_object(&all)?)
}

/// `POST /api/v1/participants/{id}/verifications`: asks the authorities anew.
///
/// # Errors
/// If there is no such participant, or nothing to ask about, or nobody to ask.
pub async fn again(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
) -> Result<Json<ParticipantInfo>, Failure> {
    let id = parse_id(&connector)?;
    let this = platform.clone();
    let member = platform.node.store.write("verification.again", move |tx| {
        Box::pin(async move {
            let member = lock(tx, &id).await?;
            let file = identity::latest(&this, tx, &member).await?.unwrap_or_default();
            let effects = begin(&this, tx, &member, &file).await?;
            if effects.is_empty() {
                return Err(Failure::from(
                    Rejection::conflict(
                        "nobody-to-ask",
                        "没有可询问的核验机构：未配置，或申请方尚未提交所需信息",
                        "there is no authority to ask: none is configured, or the applicant has not said what it takes",
                    )
                    .next(xinyu_protocol::text::Text::new("请依据附件人工审核", "review by hand, by the attachments")),
                ));
            }
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Participant);
            Ok(member)
        })
    });
    Ok(Json(info(&member.await?, platform.node.store.clock().now())))
}

/// Asks until the node stops.
pub async fn run(platform: Platform) {
    if platform.options.authorities.is_empty() {
        return;
    }
    let mut wake = platform.node.store.signals().subscribe(Topic::Participant);
    loop {
        match claim(&platform).await {
            Ok(claimed) => {
                for one in claimed {
                    let this = platform.clone();
                    tokio::spawn(async move {
                        let id = one.verification_id.clone();
                        if let Err(error) = attempt(&this, one).await {
                            tracing::error!(%error, verification = %id, "verification {id} could not be taken on, it is tried again");
                        }
                    });
                }
            }
            Err(error) => tracing::error!(%error, "what is to be verified could not be read, the next attempt follows"),
        }
        let pause = until_next(&platform).await;
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

async fn claim(platform: &Platform) -> Result<Vec<Verification>, Failure> {
    let now = platform.node.store.clock().now();
    if next_due(platform).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let until = now.checked_add(LEASE).map_err(Failure::broken)?;
    let claimed = platform.node.store.write("verification.claim", move |tx| {
        Box::pin(async move { xinyu_store::verification::claim(tx, now, until, AT_ONCE).await.map_err(Failure::from) })
    });
    claimed.await
}

async fn next_due(platform: &Platform) -> Result<Option<Timestamp>, Failure> {
    let due = platform.node.store.read("verification.next_due", |tx| {
        Box::pin(async move { xinyu_store::verification::next_due(tx).await.map_err(Failure::from) })
    });
    due.await
}

async fn until_next(platform: &Platform) -> Duration {
    let now = platform.node.store.clock().now();
    match next_due(platform).await {
        Ok(Some(due)) => Duration::try_from(due.duration_since(now))
            .unwrap_or(Duration::from_millis(10))
            .clamp(Duration::from_millis(10), PAUSE),
        _ => PAUSE,
    }
}

async fn attempt(platform: &Platform, asked: Verification) -> Result<(), Failure> {
    let connector = ConnectorId::parse(&asked.connector_id).map_err(Failure::broken)?;
    let (this, id) = (platform.clone(), connector.clone());
    let found = platform.node.store.read("verification.subject", move |tx| {
        Box::pin(async move {
            let member = xinyu_store::member::find(tx, id.as_str()).await?;
            match member {
                Some(member) => identity::latest(&this, tx, &member).await,
                None => Ok(None),
            }
        })
    });
    let file = found.await?.unwrap_or_default();
    let authority = platform.options.authorities.iter().find(|one| one.kind == asked.authority).cloned();
    let (outcome, patience) = match (&authority, verification::subject(asked.authority, &file)) {
        (Some(authority), Some(subject)) => (authority.ask(&platform.node, subject).await, authority.patience),
        (None, _) => (refused("the authority is not configured any more"), GIVE_UP),
        (_, None) => (refused("what it takes to ask is not there any more"), GIVE_UP),
    };
    let this = platform.clone();
    let committed = platform.node.store.write("verification.attempted", move |tx| {
        let outcome = outcome.clone();
        let (this, connector, id) = (this.clone(), connector.clone(), asked.verification_id.clone());
        Box::pin(async move { take(&this, tx, &connector, &id, outcome, patience).await })
    });
    committed.await
}

const GIVE_UP: Patience = Patience { attempts: 1, backoff: SignedDuration::ZERO };

fn refused(why: &str) -> Outcome {
    Outcome::Refused(why.to_owned())
}

async fn take(
    platform: &Platform,
    tx: &mut Tx,
    connector: &ConnectorId,
    id: &str,
    outcome: Outcome,
    patience: Patience,
) -> Result<(), Failure> {
    let member = lock(tx, connector).await?;
    let Some(asked) = xinyu_store::verification::lock(tx, id).await? else {
        return Ok(());
    };
    // Asked anew meanwhile: what was said of the old is of no interest.
    if asked.state != Stands::Asking {
        return Ok(());
    }
    let now = tx.now();
    let (asked, again, mut effects) = verification::attempted(asked, &member, outcome, patience, now)?;
    xinyu_store::verification::save(tx, &asked, again.unwrap_or(now)).await?;
    let all = xinyu_store::verification::list(tx, connector.as_str()).await?;
    if verification::is_confirmed(&all) && participant::target(Some(member.state), Act::Verify).is_some() {
        let (member, told) = participant::step(member, Step::Verify, now)?;
        xinyu_store::member::save(tx, &member).await?;
        effects.extend(told);
    }
    effect::apply(&Arc::clone(&platform.node), tx, effects).await?;
    tx.signal(Topic::Participant);
    Ok(())
}
