//! Working days of the mainland, and the clocks of the approvals. TC609-6-2025-12: a connector within 1 working day, a business node within 5, other
//! changes within 1. The day on which something comes in does not count; the last day counts to its end, in Beijing time. Pure.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::{self, Offset};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What the operator has to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// A connector that registers.
    Connector,
    /// Another platform that joins as a business node.
    BusinessNode,
    /// A change.
    Change,
    /// A product, a service or a component that is to be reviewed; the standards give it no time, so it is ours.
    Review,
    /// The other party of a dispute, which is to answer; the standards give it no time, so it is ours.
    Answer,
}

impl Clock {
    /// How many working days.
    #[must_use]
    pub fn days(self) -> u32 {
        match self {
            Self::Connector | Self::Change => 1,
            Self::BusinessNode | Self::Review | Self::Answer => 5,
        }
    }
}

/// How near the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminder {
    /// The last day has begun.
    Near,
    /// It is over.
    Overdue,
}

impl Reminder {
    /// The word on the wire and in evidence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Overdue => "overdue",
        }
    }
}

/// Which days are worked on: Monday to Friday, but for the holidays, and the days that make up for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    /// Weekdays that are off.
    pub holidays: BTreeSet<Date>,
    /// Days of a weekend that are worked on (调休).
    pub make_up_days: BTreeSet<Date>,
}

impl Calendar {
    /// Whether a day is worked on.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        if self.make_up_days.contains(&day) {
            return true;
        }
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }

    /// The end of the last of so many working days after the day of `from`.
    #[must_use]
    pub fn due(&self, from: Timestamp, clock: Clock) -> Timestamp {
        let mut day = BEIJING.to_datetime(from).date();
        let mut left = clock.days();
        // A year without a working day is a mistake in the configuration, and no reason to look for ever.
        for _ in 0..366 {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            if self.is_working(day) {
                left = left.saturating_sub(1);
            }
            if left == 0 {
                break;
            }
        }
        end_of(day).unwrap_or(Timestamp::MAX)
    }
}

/// Until when something waits for the operator, and what it was reminded of: each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deadline {
    /// Until when; none if nothing waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// What the operator was reminded of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Reminder>,
}

impl Deadline {
    /// The time begins when something begins to wait, and ends with it.
    #[must_use]
    pub fn kept(self, is_waiting: bool, due_at: Timestamp) -> Self {
        if is_waiting { Self { due_at: self.due_at.or(Some(due_at)), ..self } } else { Self::default() }
    }

    /// What the operator is to be reminded of now.
    #[must_use]
    pub fn reminder(&self, now: Timestamp) -> Option<Reminder> {
        let reminder = reminder(self.due_at?, now)?;
        (self.reminded < Some(reminder)).then_some(reminder)
    }
}

/// Whether to remind of something that is due then.
#[must_use]
pub fn reminder(due: Timestamp, now: Timestamp) -> Option<Reminder> {
    if now >= due {
        return Some(Reminder::Overdue);
    }
    let last_day = due.checked_sub(SignedDuration::from_hours(24)).ok()?;
    (now >= last_day).then_some(Reminder::Near)
}

fn end_of(day: Date) -> Option<Timestamp> {
    BEIJING.to_timestamp(day.tomorrow().ok()?.at(0, 0, 0, 0)).ok()
}

const BEIJING: Offset = tz::offset(8);

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        // The National Day of 2026 as it might be announced.
        let days = |days: &[&str]| days.iter().map(|day| day.parse().unwrap()).collect();
        Calendar {
            holidays: days(&["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"]),
            make_up_days: days(&["2026-10-10"]),
        }
    }

    /// When something that came in at a time of Beijing is due, in Beijing.
    fn check(came: &str, clock: Clock, expect: &str) {
        let came: Timestamp = format!("{came}+08:00").parse().unwrap();
        let due = calendar().due(came, clock);
        assert_eq!(due, format!("{expect}+08:00").parse().unwrap(), "{came} {clock:?}: {due}");
    }

    #[test]
    fn tc609_12_a_connector_within_one_working_day_and_a_business_node_within_five() {
        // A Wednesday.
        check("2026-09-23T10:00:00", Clock::Connector, "2026-09-25T00:00:00");
        check("2026-09-23T10:00:00", Clock::Change, "2026-09-25T00:00:00");
        check("2026-09-23T10:00:00", Clock::BusinessNode, "2026-10-01T00:00:00");
        check("2026-09-23T10:00:00", Clock::Answer, "2026-10-01T00:00:00");
        // A Friday: the weekend does not count.
        check("2026-09-25T23:59:59", Clock::Connector, "2026-09-29T00:00:00");
        // Before the holiday: it does not count, and the Saturday that makes up for it does.
        check("2026-09-30T10:00:00", Clock::Connector, "2026-10-09T00:00:00");
        check("2026-10-08T10:00:00", Clock::BusinessNode, "2026-10-15T00:00:00");
        check("2026-10-09T10:00:00", Clock::Connector, "2026-10-11T00:00:00");
        // A calendar day in Beijing, whatever it is in Greenwich.
        check("2026-09-24T00:30:00", Clock::Connector, "2026-09-26T00:00:00");
    }

    #[test]
    fn tc609_12_reminders_come_on_the_last_day_and_when_it_is_over() {
        let due: Timestamp = "2026-09-25T00:00:00+08:00".parse().unwrap();
        for (now, expect) in [
            ("2026-09-23T23:59:59+08:00", None),
            ("2026-09-24T00:00:00+08:00", Some(Reminder::Near)),
            ("2026-09-24T23:59:59+08:00", Some(Reminder::Near)),
            ("2026-09-25T00:00:00+08:00", Some(Reminder::Overdue)),
        ] {
            assert_eq!(reminder(due, now.parse().unwrap()), expect, "{now}");
        }
    }

    #[test]
    fn a_year_of_holidays_is_no_endless_search() {
        let mut calendar = Calendar::default();
        let mut day: Date = "2026-01-01".parse().unwrap();
        for _ in 0..800 {
            calendar.holidays.insert(day);
            day = day.tomorrow().unwrap();
        }
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(calendar.due(from, Clock::Connector) > from);
    }
}
