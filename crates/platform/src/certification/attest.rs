//! A certification as credentials for strangers: issued with it, revoked with it in the same commit, and what becomes of it when its member is barred,
//! moves or changes. W3C Bitstring Status List v1.0; DCP 1.0.1 §6.5.

use xinyu_core::certification::{self, Act, Attested, By, Certification, State};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::issuance::{CredentialKind, Entitled, Issuable, Issuance, certification_claims};
use xinyu_core::participant::{self, Member};
use xinyu_identity::did::DidWeb;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::tc609::certification::CertificationNotice;
use xinyu_shell::Failure;
use xinyu_store::Tx;

use crate::app::Platform;
use crate::issuance;

/// Issues the credentials of a certification in both profiles. Those of the profiles that the platform issues go to the holder's wallet.
///
/// # Errors
/// If it is not certified, or the store fails.
pub(super) async fn issue(
    platform: &Platform,
    tx: &mut Tx,
    one: &mut Certification,
    member: &Member,
) -> Result<Vec<Effect>, Failure> {
    let (report, digest) = match (&one.report, &one.report_digest) {
        (Some(report), Some(digest)) => (report, digest),
        _ => return Err(Failure::broken("what is not certified has no credential")),
    };
    let holder = DidWeb::from_base_url(&member.address).map_err(Failure::broken)?;
    let (mut attested, mut sent) = (Vec::new(), Vec::new());
    for profile in Profile::ALL {
        let what = Issuable { kind: CredentialKind::Certification, profile };
        let claims = certification_claims(report, digest);
        let entitled = Entitled::from(member);
        let (issued, jwt) = issuance::issue(platform, tx, &entitled, &holder, what, claims, report.valid_until).await?;
        attested.push(Attested { credential_id: issued.credential_id.clone(), profile, jwt: jwt.clone() });
        if platform.options.issuance.profiles.contains(&profile) {
            sent.push((issued, jwt));
        }
    }
    let wanted = sent.iter().map(|(one, _)| Issuable { kind: one.kind, profile: one.profile }.id()).collect();
    let delivery = Issuance::unasked(tx.new_id().to_string(), &one.certification_id, holder.as_str(), wanted, tx.now());
    xinyu_store::issuance::insert(tx, &delivery).await?;
    one.credentials = attested;
    Ok(delivery.deliver(&sent, &member.spaces)?)
}

/// Revokes the credentials of a certification; they are its no more. The ids of those that were.
///
/// # Errors
/// If the store fails.
pub(super) async fn revoke(
    tx: &mut Tx,
    one: &mut Certification,
    reason: &str,
) -> Result<(Vec<String>, Vec<Effect>), Failure> {
    let ids: Vec<String> = one.credentials.drain(..).map(|attested| attested.credential_id).collect();
    let effects = issuance::revoke_some(tx, &ids, reason).await?;
    Ok((ids, effects))
}

/// Tells the member where a certification of it stands, and which credentials its wallet should throw away.
///
/// # Errors
/// If the notice has no canonical form, which cannot be.
pub(super) fn notice(one: &Certification, revoked: Vec<String>) -> Result<Effect, Failure> {
    let notice = CertificationNotice {
        certification_id: one.certification_id.clone(),
        state: one.state.as_str().to_owned(),
        reason: one.reason.clone(),
        revoked,
    };
    let (party, stream) = (&one.subject.connector_id, format!("certification/{}", one.certification_id));
    Ok(Effect::Send(Outgoing::json(party, stream, "certification", "/tc609/certificationNotice", &notice)?))
}

/// What becomes of the certifications of a member that is barred: with a suspended member they are suspended, with one that is gone they are withdrawn.
/// Held from here on, before anything is recorded; the effects are the caller's to commit.
///
/// # Errors
/// If the store fails.
pub(crate) async fn follow(
    tx: &mut Tx,
    member: &Member,
    act: participant::Act,
    reason: &str,
) -> Result<Vec<Effect>, Failure> {
    let act = match act {
        participant::Act::Suspend => Act::Suspend,
        participant::Act::Revoke | participant::Act::Leave => Act::Withdraw,
        _ => return Ok(Vec::new()),
    };
    let now = tx.now();
    let why = if reason.trim().is_empty() { member.state.as_str() } else { reason };
    let mut effects = Vec::new();
    for one in xinyu_store::certification::lock_in_force(tx, member.connector_id.as_str()).await? {
        if one.target(act, now).is_none() {
            continue;
        }
        let why: String = why.chars().take(256).collect();
        let mut one = certification::step(one, act, By::Platform, &why, now)?;
        let (revoked, told) = revoke(tx, &mut one, &why).await?;
        xinyu_store::certification::save(tx, &one).await?;
        effects.extend(told);
        effects.extend(certification::records_of(&one, act, &member.spaces));
        effects.push(notice(&one, revoked)?);
    }
    Ok(effects)
}

/// New credentials for what is certified of a member that has another address or name, under which its old ones were revoked.
///
/// # Errors
/// If the store fails.
pub(crate) async fn reissue(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<(), Failure> {
    let now = tx.now();
    for mut one in xinyu_store::certification::lock_in_force(tx, member.connector_id.as_str()).await? {
        if one.state_at(now) != State::Certified {
            continue;
        }
        let (revoked, mut effects) = revoke(tx, &mut one, "changed").await?;
        effects.extend(issue(platform, tx, &mut one, member).await?);
        effects.push(notice(&one, revoked)?);
        xinyu_store::certification::save(tx, &one).await?;
        xinyu_shell::effect::apply(&platform.node, tx, effects).await?;
    }
    Ok(())
}
