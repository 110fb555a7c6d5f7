//! Reputation (信誉): a figure from 0 to 1000 that is computed from what was counted, by a published formula, and by nothing else. docs/reputation.md;
//! TC609-6-2025-01 §5.2.2.13. Pure: the platform counts, this computes, and a stranger computes it again from the same statement.
//!
//! Whole numbers throughout, so that every machine comes to the same figure. For every factor: `score = 1000 · (good + prior) / (good + bad + 2 · prior)`,
//! with each event weighted by its points and faded by its age. A factor without events stands in the middle, so that bad news about it can only lower
//! the figure.

pub mod formula;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use xinyu_protocol::tc609::reputation::{FactorResult, ReputationStatement, SignedStatement, Tally};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use formula::{EVENTS, EventRule, FACTORS, FORMULA, Factor, GRADES, LEAST_BUSINESS, ONE, Sign};

/// Whose statement it is, and over which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The connector of the member.
    pub connector_id: String,
    /// The participant.
    pub participant_id: String,
    /// Who states it.
    pub issuer: String,
    /// Since when there can be events.
    pub since: Timestamp,
}

/// Computes a statement.
///
/// # Errors
/// If something was counted that the formula does not know.
pub fn compute(about: About, tallies: Vec<Tally>, as_of: Timestamp) -> Result<ReputationStatement, Rejection> {
    let tallies = sorted(tallies);
    for tally in &tallies {
        rule(&tally.event)?;
    }
    let today = Offset::UTC.to_datetime(as_of).date();
    let factors: Vec<(u64, FactorResult)> = FACTORS.iter().map(|factor| result(factor, &tallies, today)).collect();
    let business_events =
        tallies.iter().filter(|tally| is_business(&tally.event)).map(|tally| tally.count).fold(0, u64::saturating_add);
    let sum: u64 = factors.iter().map(|(share, _)| share).sum();
    let figure = (business_events >= LEAST_BUSINESS).then(|| u32::try_from(sum / 1000).unwrap_or(1000));
    Ok(ReputationStatement {
        formula: FORMULA.to_owned(),
        connector_id: about.connector_id,
        participant_id: about.participant_id,
        issuer: about.issuer,
        as_of,
        since: about.since,
        tallies,
        business_events,
        factors: factors.into_iter().map(|(_, result)| result).collect(),
        figure,
        grade: figure.map(|figure| grade(figure).to_owned()),
    })
}

/// That a statement is what the formula makes of its own counts.
///
/// # Errors
/// Naming what differs: the formula, the business events, a factor, the figure or the grade.
pub fn verify(statement: &ReputationStatement) -> Result<(), Rejection> {
    if statement.formula != FORMULA {
        let formula = &statement.formula;
        return Err(Rejection::bad(
            "unknown-formula",
            format!("本程序只会按 {FORMULA} 重算，声明用的是 {formula}"),
            format!("this program computes {FORMULA}, the statement has {formula}"),
        )
        .clause("/formula"));
    }
    let about = About {
        connector_id: statement.connector_id.clone(),
        participant_id: statement.participant_id.clone(),
        issuer: statement.issuer.clone(),
        since: statement.since,
    };
    let again = compute(about, statement.tallies.clone(), statement.as_of)?;
    let differs = |pointer: String, stated: String, computed: String| {
        Err(Rejection::conflict(
            "reputation-differs",
            format!("{pointer}：声明为 {stated}，重算为 {computed}"),
            format!("{pointer}: stated {stated}, computed {computed}"),
        )
        .clause(pointer))
    };
    let shown = |value: Option<u32>| value.map_or_else(|| "—".to_owned(), |value| value.to_string());
    if again.tallies != statement.tallies {
        return differs("/tallies".to_owned(), "unsorted".to_owned(), "sorted".to_owned());
    }
    if again.business_events != statement.business_events {
        let (stated, computed) = (statement.business_events.to_string(), again.business_events.to_string());
        return differs("/businessEvents".to_owned(), stated, computed);
    }
    if again.factors.len() != statement.factors.len() {
        let (stated, computed) = (statement.factors.len().to_string(), again.factors.len().to_string());
        return differs("/factors".to_owned(), stated, computed);
    }
    for (place, (stated, computed)) in statement.factors.iter().zip(&again.factors).enumerate() {
        if stated != computed {
            let told = |one: &FactorResult| format!("{} {}/{} {}", one.factor, one.good, one.bad, one.score);
            return differs(format!("/factors/{place}"), told(stated), told(computed));
        }
    }
    if again.figure != statement.figure {
        return differs("/figure".to_owned(), shown(statement.figure), shown(again.figure));
    }
    if again.grade != statement.grade {
        let told = |grade: &Option<String>| grade.clone().unwrap_or_else(|| "—".to_owned());
        return differs("/grade".to_owned(), told(&statement.grade), told(&again.grade));
    }
    Ok(())
}

/// What the log says of a computation: the figure, and the digest of the statement.
#[must_use]
pub fn records(signed: &SignedStatement, spaces: &[String]) -> Vec<Effect> {
    let statement = &signed.statement;
    let draft = |space: &String| {
        let draft = Draft::new("reputation.computed", space)
            .subject(statement.connector_id.as_str())
            .fact("digest", signed.digest.as_str())
            .fact("formula", statement.formula.as_str())
            .fact("business_events", statement.business_events);
        Effect::Record(match (statement.figure, &statement.grade) {
            (Some(figure), Some(grade)) => draft.fact("figure", figure).fact("grade", grade.as_str()),
            _ => draft,
        })
    };
    spaces.iter().map(draft).collect()
}

/// What a factor is, for people.
#[must_use]
pub fn factor_words(name: &str) -> Text {
    let known = FACTORS.iter().find(|factor| factor.name == name);
    known.map_or_else(|| Text::new(name, name), |factor| Text::new(factor.zh, factor.en))
}

/// What an event is, for people.
#[must_use]
pub fn event_words(name: &str) -> Text {
    let known = EVENTS.iter().find(|event| event.name == name);
    known.map_or_else(|| Text::new(name, name), |event| Text::new(event.zh, event.en))
}

/// How much an event of an age still counts, in units of [`ONE`]: half after every half-life, in a straight line between.
#[must_use]
pub fn faded(age_days: u32, half_life_days: Option<u32>) -> u64 {
    let Some(half_life) = half_life_days.filter(|days| *days > 0) else {
        return ONE;
    };
    let halvings = age_days / half_life;
    if halvings >= ONE.ilog2() {
        return 0;
    }
    let before = ONE >> halvings;
    let (rest, half_life) = (u64::from(age_days % half_life), u64::from(half_life));
    before - before * rest / (2 * half_life)
}

/// The grade of a figure.
#[must_use]
pub fn grade(figure: u32) -> &'static str {
    GRADES.iter().find(|(_, from)| figure >= *from).map_or("D", |(grade, _)| grade)
}

/// One factor: what it brings, in millionths, and how it is told.
fn result(factor: &Factor, tallies: &[Tally], today: Date) -> (u64, FactorResult) {
    let (mut good, mut bad) = (0_u128, 0_u128);
    let (mut good_events, mut bad_events) = (0_u64, 0_u64);
    for tally in tallies {
        let Some(event) = EVENTS.iter().find(|event| event.name == tally.event && event.factor == factor.name) else {
            continue;
        };
        let age = today.since(tally.day).map_or(0, |span| span.get_days());
        let fade = faded(u32::try_from(age).unwrap_or(0), factor.half_life_days);
        let weight = u128::from(tally.count) * u128::from(event.points) * u128::from(fade);
        match event.sign {
            Sign::Good => {
                good = good.saturating_add(weight);
                good_events = good_events.saturating_add(tally.count);
            }
            Sign::Bad => {
                bad = bad.saturating_add(weight);
                bad_events = bad_events.saturating_add(tally.count);
            }
        }
    }
    let prior = u128::from(factor.prior) * u128::from(ONE);
    // Below 2^104 even for counts of 2^64, so nothing overflows.
    let score = 1000 * (good + prior) / (good + bad + 2 * prior);
    let score = u32::try_from(score).unwrap_or(1000);
    let share = u64::from(score) * u64::from(factor.weight_permille);
    let result = FactorResult {
        factor: factor.name.to_owned(),
        weight_permille: factor.weight_permille,
        half_life_days: factor.half_life_days,
        good: good_events,
        bad: bad_events,
        score,
        contribution: u32::try_from(share / 1000).unwrap_or(1000),
    };
    (share, result)
}

/// One order for the same counts, and each kind and day once.
fn sorted(tallies: Vec<Tally>) -> Vec<Tally> {
    let mut all: std::collections::BTreeMap<(String, Date), Tally> = std::collections::BTreeMap::new();
    for tally in tallies.into_iter().filter(|tally| tally.count > 0) {
        match all.entry((tally.event.clone(), tally.day)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(tally);
            }
            std::collections::btree_map::Entry::Occupied(mut there) => {
                let there = there.get_mut();
                there.count = there.count.saturating_add(tally.count);
                there.references.extend(tally.references);
            }
        }
    }
    let mut all: Vec<Tally> = all.into_values().collect();
    for tally in &mut all {
        tally.references.sort();
        tally.references.dedup();
    }
    all
}

fn rule(event: &str) -> Result<&'static EventRule, Rejection> {
    EVENTS.iter().find(|rule| rule.name == event).ok_or_else(|| {
        Rejection::bad(
            "unknown-event",
            format!("公式 {FORMULA} 没有事件「{event}」"),
            format!("formula {FORMULA} knows no event {event}"),
        )
        .clause("/tallies")
    })
}

fn is_business(event: &str) -> bool {
    let factor = EVENTS.iter().find(|rule| rule.name == event).map(|rule| rule.factor);
    FACTORS.iter().any(|known| Some(known.name) == factor && known.is_business)
}
