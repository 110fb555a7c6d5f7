//! What is counted for a reputation: contracts, records of the log, signs of life, standing, certifications. docs/reputation.md tells where each comes from.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Span};
use xinyu_core::certification::State;
use xinyu_core::contract::Registered;
use xinyu_core::participant::Member;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::tc609::reputation::Tally;
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

/// The most contracts and certifications that are looked at.
const MANY: u32 = 100_000;
/// How far back it is asked whether a connector was there.
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 90);
/// What counts as a month of membership.
const MONTH_DAYS: i64 = 30;
/// Records of the member itself, and as what they count.
const RECORDED: [(&str, &str); 6] = [
    ("transfer.completed", "transfer.completed"),
    ("transfer.delivered", "transfer.completed"),
    ("transfer.terminated", "transfer.terminated"),
    ("usage.done", "usage.done"),
    ("usage.refused", "usage.refused"),
    ("usage.stopped", "usage.stopped"),
];

/// Everything that counts, since a member was admitted.
///
/// # Errors
/// If the store fails.
pub(super) async fn all(tx: &mut Tx, member: &Member, since: Timestamp) -> Result<Vec<Tally>, Failure> {
    let mut tallies = Vec::new();
    contracts(tx, member, &mut tallies).await?;
    recorded(tx, member, since, &mut tallies).await?;
    alive(tx, member, since, &mut tallies).await?;
    standing(tx, member, since, &mut tallies).await?;
    certified(tx, member, &mut tallies).await?;
    Ok(tallies)
}

async fn contracts(tx: &mut Tx, member: &Member, tallies: &mut Vec<Tally>) -> Result<(), Failure> {
    let (id, now) = (member.connector_id.as_str(), tx.now());
    for one in xinyu_store::contract::list(tx, id, MANY).await? {
        let reference = one.contract_id.as_str().to_owned();
        let ended = one.ended_at.unwrap_or(now);
        if one.statement.is_some() {
            tallies.push(once("contract.settled", ended, reference.clone()));
        }
        if let Some(at) = one.frozen_at {
            tallies.push(once("contract.frozen", at, reference.clone()));
        }
        if one.metering.is_agreed() {
            tallies.push(once("meter.agreed", ended, reference));
        } else if differs(&one, id) {
            // As long as it is in dispute it is so today.
            tallies.push(once("meter.disputed", now, reference));
        }
    }
    Ok(())
}

/// Whether it is the member's own meter that differs from what the evidence says.
fn differs(one: &Registered, id: &str) -> bool {
    let own = if one.provider == id { &one.metering.provider } else { &one.metering.consumer };
    !one.metering.differences.is_empty() && own.is_some_and(|own| own != one.metering.platform)
}

async fn recorded(tx: &mut Tx, member: &Member, since: Timestamp, tallies: &mut Vec<Tally>) -> Result<(), Failure> {
    let kinds = RECORDED.map(|(kind, _)| kind);
    for one in xinyu_store::reputation::recorded(tx, member.connector_id.as_str(), &kinds, since).await? {
        let Some((_, event)) = RECORDED.iter().find(|(kind, _)| *kind == one.kind) else {
            continue;
        };
        let day =
            EPOCH.checked_add(Span::new().try_days(one.day).map_err(Failure::broken)?).map_err(Failure::broken)?;
        tallies.push(Tally { event: (*event).to_owned(), day, count: one.count, references: Vec::new() });
    }
    Ok(())
}

/// Hours there and hours gone. Who never sent a sign of life is not expected to.
async fn alive(tx: &mut Tx, member: &Member, since: Timestamp, tallies: &mut Vec<Tally>) -> Result<(), Failure> {
    let (id, now) = (member.connector_id.as_str(), tx.now());
    if xinyu_store::heartbeat::find(tx, id).await?.is_none() {
        return Ok(());
    }
    let from = now.checked_sub(WINDOW).unwrap_or(since).max(since);
    let (mut gone, mut stopped_at) = (SignedDuration::ZERO, None);
    for (at, is_stop) in xinyu_store::reputation::stops(tx, id, since).await? {
        if is_stop {
            stopped_at = stopped_at.or(Some(at));
        } else if let Some(stopped) = stopped_at.take() {
            gone = gone.saturating_add(within(stopped, at, from));
        }
    }
    if let Some(stopped) = stopped_at {
        gone = gone.saturating_add(within(stopped, now, from));
    }
    let whole = u64::try_from(now.duration_since(from).as_hours()).unwrap_or_default();
    let gone = u64::try_from(gone.as_secs()).unwrap_or_default().div_ceil(3_600);
    let day = day(now);
    for (event, count) in [("hour.online", whole.saturating_sub(gone)), ("hour.stopped", gone)] {
        tallies.push(Tally { event: event.to_owned(), day, count, references: Vec::new() });
    }
    Ok(())
}

fn within(from: Timestamp, to: Timestamp, window: Timestamp) -> SignedDuration {
    to.duration_since(from.max(window)).max(SignedDuration::ZERO)
}

async fn standing(tx: &mut Tx, member: &Member, since: Timestamp, tallies: &mut Vec<Tally>) -> Result<(), Failure> {
    let (id, now) = (member.connector_id.as_str(), tx.now());
    let months = now.duration_since(since).as_hours() / 24 / MONTH_DAYS;
    for month in 1..=months {
        let at = since.checked_add(SignedDuration::from_hours(24 * MONTH_DAYS * month)).map_err(Failure::broken)?;
        tallies.push(Tally { event: "month.member".to_owned(), day: day(at), count: 1, references: Vec::new() });
    }
    for kind in ["participant.suspended", "participant.revoked"] {
        let mut last = None;
        for entry in xinyu_store::reputation::entries(tx, kind, since).await? {
            let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
            let day = day(record.at);
            // Each of its spaces has a record of the same decision.
            if record.subject.as_deref() == Some(id) && last != Some(day) {
                last = Some(day);
                tallies.push(Tally { event: kind.to_owned(), day, count: 1, references: vec![record.id] });
            }
        }
    }
    Ok(())
}

async fn certified(tx: &mut Tx, member: &Member, tallies: &mut Vec<Tally>) -> Result<(), Failure> {
    let now = tx.now();
    for one in xinyu_store::certification::list(tx, member.connector_id.as_str(), MANY).await? {
        let best = one.scheme.definition.grades.first().map(|rule| &rule.grade);
        let grade = one.report.as_ref().map(|report| &report.grade);
        let (event, at) = match one.state_at(now) {
            State::Certified if grade == best => ("certification.a", now),
            State::Certified => ("certification.other", now),
            State::Suspended => ("certification.suspended", now),
            State::Withdrawn => ("certification.withdrawn", one.changed_at),
            _ => continue,
        };
        tallies.push(once(event, at, one.certification_id));
    }
    Ok(())
}

fn once(event: &str, at: Timestamp, reference: String) -> Tally {
    Tally { event: event.to_owned(), day: day(at), count: 1, references: vec![reference] }
}

fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);
