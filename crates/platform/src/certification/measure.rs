//! What the platform knows of a subject, as numbers: see the core's list of measures.

use jiff::tz::Offset;
use xinyu_core::certificate::CertificateState;
use xinyu_core::certification::State;
use xinyu_core::certification::measure::Facts;
use xinyu_core::heartbeat::Liveness;
use xinyu_core::identity::check_list;
use xinyu_core::participant::{Member, MemberState};
use xinyu_core::review::Severity;
use xinyu_core::verification;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::certification::{Subject, SubjectKind};
use xinyu_protocol::tc609::connector::{ATTACHMENT_KINDS, EXTENDED, PROTOCOLS, STANDARD};
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

use crate::app::Platform;
use crate::{connector, identity};

/// The most contracts that are looked at.
const MANY: u32 = 10_000;

/// What is measured of a subject now.
///
/// # Errors
/// If the store fails.
pub(super) async fn facts(platform: &Platform, tx: &mut Tx, subject: &Subject) -> Result<Facts, Failure> {
    let mut facts = Facts::new();
    let Some(member) = xinyu_store::member::find(tx, &subject.connector_id).await? else {
        return Ok(facts);
    };
    match subject.kind {
        SubjectKind::Participant => participant(platform, tx, &member, &mut facts).await?,
        SubjectKind::Connector => device(platform, tx, &member, &mut facts).await?,
        SubjectKind::Product => product(tx, subject, &mut facts).await?,
    }
    Ok(facts)
}

async fn participant(platform: &Platform, tx: &mut Tx, member: &Member, facts: &mut Facts) -> Result<(), Failure> {
    let (id, now) = (member.connector_id.as_str(), tx.now());
    let file = identity::latest(platform, tx, member).await?.unwrap_or_default();
    let level = match (&file.organisation, &file.person) {
        (Some(one), _) => one.base.legal_person_auth_level.code(),
        (None, Some(one)) => one.base.auth_level.code(),
        (None, None) => "0",
    };
    let attachments = xinyu_store::attachment::list(tx, id).await?;
    let items = check_list(member.role, &file, &attachments);
    let asked = xinyu_store::verification::list(tx, id).await?;
    let said = |state| asked.iter().filter(|one| one.state == state).count();
    set(facts, "good_standing", u64::from(member.state == MemberState::Approved));
    set(facts, "real_name_level", level.parse().unwrap_or_default());
    set(facts, "identity_complete", u64::from(items.iter().all(|item| item.is_there || !item.is_required)));
    set(facts, "authorities_confirmed", count(said(verification::State::Confirmed)));
    set(facts, "authorities_silent", u64::from(said(verification::State::Contradicted) == 0));
    set(facts, "member_days", days(admitted_at(tx, member).await?, now));
    Ok(())
}

/// When a member was first admitted: what is approved later is a change.
pub(crate) async fn admitted_at(tx: &mut Tx, member: &Member) -> Result<Timestamp, Failure> {
    let history = xinyu_store::credential::history(tx, member.connector_id.as_str()).await?;
    Ok(history.last().map_or(member.registered_at, |first| first.issued_at))
}

async fn device(platform: &Platform, tx: &mut Tx, member: &Member, facts: &mut Facts) -> Result<(), Failure> {
    let (id, now) = (member.connector_id.as_str(), tx.now());
    let certificates = xinyu_store::certificate::of_holder(tx, id).await?;
    let good =
        certificates.iter().filter(|one| one.state == CertificateState::Valid).map(|one| days(now, one.not_after));
    set(facts, "certificate_days", good.max().unwrap_or_default());
    let pulse = xinyu_store::heartbeat::find(tx, id).await?;
    set(facts, "heartbeat_online", u64::from(pulse.is_some_and(|pulse| pulse.liveness == Liveness::Online)));
    let since = admitted_at(tx, member).await?;
    let stops = xinyu_store::reputation::stops(tx, id, since).await?;
    let last = stops.last().map_or(since, |(at, _)| *at);
    let is_down = stops.last().is_some_and(|(_, is_stop)| *is_stop);
    set(facts, "days_without_stop", if is_down { 0 } else { days(last, now) });
    let today = Offset::UTC.to_datetime(now).date();
    let documents = xinyu_store::connector::attachments(tx, id).await?;
    let is_good = |end: &str| end.is_empty() || end.parse::<jiff::civil::Date>().is_ok_and(|end| end >= today);
    let documents: Vec<_> = documents.iter().filter(|one| is_good(&one.expire_date)).collect();
    set(facts, "attachments", count(documents.len()));
    for kind in ATTACHMENT_KINDS {
        set(facts, &format!("document:{kind}"), u64::from(documents.iter().any(|one| one.kind == kind)));
    }
    let Some(kept) = xinyu_store::connector::find(tx, id).await? else {
        return Ok(());
    };
    set(facts, "supplier_trusted", u64::from(connector::trusted(platform, &kept.device) == Some(true)));
    let lacking = connector::lacking(tx, &kept, &member.spaces).await?;
    set(facts, "capabilities_complete", u64::from(lacking.is_empty()));
    set(facts, "program_declared", u64::from(!kept.binary_digest.is_empty()));
    let abilities = STANDARD.iter().chain(&EXTENDED).map(|name| (*name).to_owned());
    let protocols = PROTOCOLS.iter().map(|name| format!("protocol:{name}"));
    let suites = ["sm", "intl"].iter().map(|name| format!("suite:{name}"));
    for wanted in abilities.chain(protocols).chain(suites) {
        set(facts, &format!("capability:{wanted}"), u64::from(kept.capabilities.has(&wanted)));
    }
    Ok(())
}

async fn product(tx: &mut Tx, subject: &Subject, facts: &mut Facts) -> Result<(), Failure> {
    let now = tx.now();
    let listing = xinyu_store::listing::find(tx, &subject.id).await?;
    let is_listed = listing.as_ref().is_some_and(|one| one.state == ListingState::Listed);
    let is_clear = |one: &xinyu_core::listing::Listing| one.findings.iter().all(|one| one.severity == Severity::Info);
    set(facts, "listed", u64::from(is_listed));
    set(facts, "gate_clear", u64::from(listing.as_ref().is_some_and(is_clear)));
    let all = xinyu_store::contract::list(tx, &subject.connector_id, MANY).await?;
    let own: Vec<_> = all
        .iter()
        .filter(|one| one.provider == subject.connector_id && is_of(&one.product_id, &subject.id, listing.as_ref()))
        .collect();
    set(facts, "contracts_filed", count(own.iter().filter(|one| one.filed_at.is_some()).count()));
    set(facts, "contracts_settled", count(own.iter().filter(|one| one.statement.is_some()).count()));
    set(facts, "meters_agree", u64::from(own.iter().all(|one| one.metering.differences.is_empty())));
    let held = xinyu_store::certification::list(tx, &subject.connector_id, MANY).await?;
    let is_certified =
        held.iter().any(|one| one.subject.kind == SubjectKind::Participant && one.state_at(now) == State::Certified);
    set(facts, "provider_certified", u64::from(is_certified));
    Ok(())
}

/// Contracts name a product by its identifier, or by its provider's own name for it.
fn is_of(named: &str, product_id: &str, listing: Option<&xinyu_core::listing::Listing>) -> bool {
    named == product_id || listing.is_some_and(|listing| listing.request.listing_id == named)
}

fn set(facts: &mut Facts, name: &str, value: u64) {
    facts.insert(name.to_owned(), value);
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Whole days from one time to a later one.
fn days(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_hours() / 24).unwrap_or_default()
}
