//! Decisions on certifications: what was certified stops being so in the same commit in which it is decided. TC609-6-2025-01 §5.2.2.13.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::certification::{self, Act, By, Certification, unknown};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{Member, MemberState};
use xinyu_crypto::Suite;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::certification::{CertificationLife, CertificationMove};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::text::Text;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{attest, did, life, measure};
use crate::app::Platform;

/// `POST /api/v1/certifications/{id}/decision`: `certify`, `refuse`, `reopen`, `suspend`, `resume` or `withdraw`.
///
/// # Errors
/// If it leads nowhere from here, is not for this person to decide, a reason is missing, or what came out is not enough.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<CertificationMove>,
) -> Result<Json<CertificationLife>, Failure> {
    let CertificationMove { action, reason } = body.value;
    let act = Act::of_word(&action, &Act::OF_DECISION)?;
    let this = platform.clone();
    let decided = platform.node.store.write("certification.decide", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::certification::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            // The member first, as when it is barred: so that neither decision misses the other.
            let connector = ConnectorId::parse(&found.subject.connector_id).map_err(Failure::broken)?;
            let member = crate::participant::lock(tx, &connector).await?;
            let one = xinyu_store::certification::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let (one, effects) = taken(&this, tx, one, &member, (act, &person.name, &reason)).await?;
            xinyu_store::certification::save(tx, &one).await?;
            did(tx, &person, "certification.decide", &one.certification_id, act.as_str()).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Participant);
            life(&this, tx, &one, true).await
        })
    });
    Ok(Json(decided.await?))
}

async fn taken(
    platform: &Platform,
    tx: &mut Tx,
    one: Certification,
    member: &Member,
    (act, by, reason): (Act, &str, &str),
) -> Result<(Certification, Vec<Effect>), Failure> {
    let now = tx.now();
    let mut effects = Vec::new();
    let mut one = match act {
        Act::Certify => {
            must_be_admitted(member)?;
            let facts = measure::facts(platform, tx, &one.subject).await?;
            let mut one = certification::certify(one, &facts, by, reason, now)?;
            let canonical = xinyu_protocol::json::canonical(&one.report).map_err(Failure::broken)?;
            one.report_digest = Some(Suite::Intl.hash(&canonical).to_string());
            effects.extend(supersede(tx, &one, member).await?);
            one
        }
        _ => certification::step(one, act, By::Person(by), reason, now)?,
    };
    let mut revoked = Vec::new();
    match act {
        Act::Certify | Act::Resume => {
            must_be_admitted(member)?;
            effects.extend(attest::issue(platform, tx, &mut one, member).await?);
        }
        Act::Suspend | Act::Withdraw => {
            let (ids, told) = attest::revoke(tx, &mut one, reason).await?;
            revoked = ids;
            effects.extend(told);
        }
        _ => {}
    }
    effects.extend(certification::records_of(&one, act, &member.spaces));
    if act != Act::Reopen {
        effects.push(attest::notice(&one, revoked)?);
    }
    Ok((one, effects))
}

/// What a certification renews is good no more: there is one at a time.
async fn supersede(tx: &mut Tx, one: &Certification, member: &Member) -> Result<Vec<Effect>, Failure> {
    let Some(before) = &one.renews else {
        return Ok(Vec::new());
    };
    let now = tx.now();
    let Some(before) = xinyu_store::certification::lock(tx, before).await? else {
        return Ok(Vec::new());
    };
    if before.target(Act::Supersede, now).is_none() {
        return Ok(Vec::new());
    }
    let mut before = certification::step(before, Act::Supersede, By::Platform, &one.certification_id, now)?;
    let (revoked, mut effects) = attest::revoke(tx, &mut before, "superseded").await?;
    xinyu_store::certification::save(tx, &before).await?;
    effects.extend(certification::records_of(&before, Act::Supersede, &member.spaces));
    effects.push(attest::notice(&before, revoked)?);
    Ok(effects)
}

fn must_be_admitted(member: &Member) -> Result<(), Rejection> {
    if member.state == MemberState::Approved {
        return Ok(());
    }
    let (name, state) = (&member.name, member.state.as_str());
    Err(Rejection::conflict(
        "member-not-admitted",
        format!("{name} 当前状态为 {state}，不能认证"),
        format!("{name} is {state} and cannot be certified"),
    )
    .clause(certification::CLAUSE)
    .next(Text::new("请待其恢复后再决定", "decide once it is admitted again")))
}
