//! Signs of life: a connector beats every five seconds; silence makes it late, and longer silence stopped. TC609-6-2025-11 §7.2.2 g. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::connector::Happened;
use crate::effect::{Draft, Effect};

/// How often a connector beats.
pub const EVERY: SignedDuration = SignedDuration::from_secs(5);
/// Two beats missed, and some time on the way.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_secs(12);
/// Five beats missed.
pub const STOPPED_AFTER: SignedDuration = SignedDuration::from_secs(27);

/// How a connector is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// It beats.
    Online,
    /// It missed some beats.
    Late,
    /// It is judged to have stopped.
    Stopped,
}

impl Liveness {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Late => "late",
            Self::Stopped => "stopped",
        }
    }
}

/// What happens to a pulse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A beat came.
    Beat,
    /// The time is over within which one should have come.
    Silence,
    /// The connector left.
    Leave,
}

/// Every change there is.
pub const TRANSITIONS: [(Liveness, Event, Liveness); 8] = [
    (Liveness::Online, Event::Beat, Liveness::Online),
    (Liveness::Online, Event::Silence, Liveness::Late),
    (Liveness::Online, Event::Leave, Liveness::Stopped),
    (Liveness::Late, Event::Beat, Liveness::Online),
    (Liveness::Late, Event::Silence, Liveness::Stopped),
    (Liveness::Late, Event::Leave, Liveness::Stopped),
    (Liveness::Stopped, Event::Beat, Liveness::Online),
    (Liveness::Stopped, Event::Leave, Liveness::Stopped),
];

/// The pulse of a connector, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Whose.
    pub connector_id: String,
    /// How it is doing.
    pub liveness: Liveness,
    /// The last beat.
    pub seen_at: Timestamp,
    /// Since when its program runs.
    pub started_at: Timestamp,
    /// Version of that program.
    pub version: String,
    /// SHA-256 of that program.
    pub binary_digest: String,
    /// When silence means something next; none while it is stopped.
    pub due_at: Option<Timestamp>,
}

/// A pulse after something happened to it. Coming to a stop and coming back leave evidence; a beat leaves none.
#[must_use]
pub fn step(mut pulse: Pulse, event: Event, spaces: &[String], now: Timestamp) -> (Pulse, Vec<Happened>, Vec<Effect>) {
    let before = pulse.liveness;
    let next = TRANSITIONS.iter().find(|(from, by, _)| *from == before && *by == event);
    let Some((_, _, after)) = next.copied() else {
        return (pulse, Vec::new(), Vec::new());
    };
    pulse.liveness = after;
    if event == Event::Beat {
        pulse.seen_at = now;
    }
    let wait = match after {
        Liveness::Online => Some(LATE_AFTER),
        Liveness::Late => Some(STOPPED_AFTER),
        Liveness::Stopped => None,
    };
    pulse.due_at = wait.and_then(|wait| pulse.seen_at.checked_add(wait).ok());
    let told = match (before, after, event) {
        (Liveness::Stopped, Liveness::Online, _) => Some(("connector.back", "恢复运行", "runs again")),
        (Liveness::Late, Liveness::Stopped, Event::Silence) => Some((
            "connector.stopped",
            "心跳中断，判定为已停止运行",
            "its heartbeat stopped, it is judged to have stopped",
        )),
        _ => None,
    };
    let (mut happened, mut effects) = (Vec::new(), Vec::new());
    if let Some((kind, zh, en)) = told {
        happened.push(Happened::new(kind, zh, en));
        effects.extend(spaces.iter().map(|space| {
            Effect::Record(
                Draft::new(kind, space).subject(pulse.connector_id.as_str()).fact("seen_at", pulse.seen_at.to_string()),
            )
        }));
    }
    (pulse, happened, effects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn pulse() -> Pulse {
        Pulse {
            connector_id: "c".to_owned(),
            liveness: Liveness::Online,
            seen_at: at(0),
            started_at: at(0),
            version: String::new(),
            binary_digest: String::new(),
            due_at: Some(at(12)),
        }
    }

    #[test]
    fn tc609_11_7_2_2_g_silence_makes_late_then_stopped_and_a_beat_brings_back() {
        let spaces = ["s".to_owned()];
        let mut pulse = pulse();
        for (event, second, liveness, due, records) in [
            (Event::Beat, 5, Liveness::Online, Some(17), 0),
            (Event::Silence, 17, Liveness::Late, Some(32), 0),
            (Event::Beat, 18, Liveness::Online, Some(30), 0),
            (Event::Silence, 30, Liveness::Late, Some(45), 0),
            (Event::Silence, 45, Liveness::Stopped, None, 1),
            (Event::Silence, 60, Liveness::Stopped, None, 0),
            (Event::Beat, 70, Liveness::Online, Some(82), 1),
            (Event::Leave, 71, Liveness::Stopped, None, 0),
        ] {
            let (next, happened, effects) = step(pulse, event, &spaces, at(second));
            assert_eq!((next.liveness, next.due_at), (liveness, due.map(at)), "{event:?} at {second}");
            assert_eq!((happened.len(), effects.len()), (records, records), "{event:?} at {second}");
            pulse = next;
        }
    }

    #[test]
    fn every_liveness_and_event_is_in_the_table_once() {
        for from in [Liveness::Online, Liveness::Late, Liveness::Stopped] {
            for by in [Event::Beat, Event::Silence, Event::Leave] {
                let found = TRANSITIONS.iter().filter(|row| row.0 == from && row.1 == by).count();
                let is_nothing = from == Liveness::Stopped && by == Event::Silence;
                assert_eq!(found, usize::from(!is_nothing), "{from:?} {by:?}");
            }
        }
    }
}
