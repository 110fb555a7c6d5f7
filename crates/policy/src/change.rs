//! When time alone changes what is decided: the moments at which a decision that was taken has to be looked at again. TC609-6-2025-15 §7.1.1.3 b,
//! §7.1.2.3 b. Pure: nobody has to ask every second whether a window is still open.

use jiff::{SignedDuration, Timestamp};

use crate::operand::{Limit, day_start};
use crate::policy::{Leaf, Policy, leaves};
use crate::request::Request;

impl Policy {
    /// The first moment after the time of the request at which the truth of a comparison with the time may change, in any rule about its action; none
    /// if time changes nothing any more, or the request states no time. Between two such moments the same facts are decided the same.
    #[must_use]
    pub fn next_change(&self, request: &Request) -> Option<Timestamp> {
        let (now, action) = (request.time?, request.action.known()?);
        let first_use = request.time_of_first_use.unwrap_or(now);
        let rules = self.rules.iter().filter(|rule| rule.permits(action) || rule.prohibits(action));
        let moments = rules.flat_map(|rule| leaves(&rule.constraints)).flat_map(|leaf| changes(leaf, first_use, now));
        moments.filter(|moment| *moment > now).min()
    }
}

/// What a clock can tell apart: a comparison holds up to a moment, that moment included.
const TICK: SignedDuration = SignedDuration::from_micros(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The moments at which one comparison changes, around now.
fn changes(leaf: &Leaf, first_use: Timestamp, now: Timestamp) -> Vec<Timestamp> {
    let found = match &leaf.limit {
        Limit::Moment(moment) => vec![Some(moment.first), after(moment.last, TICK)],
        Limit::Period(_) if leaf.counts_uses => Vec::new(),
        Limit::Period(period) => {
            let end = period.after(first_use);
            vec![end, end.and_then(|end| after(end, TICK))]
        }
        Limit::Hours { from, to } => {
            let midnight = day_start(now);
            let seconds = [i64::from(*from), i64::from(*to).saturating_add(1)];
            let today = seconds.map(|second| midnight.and_then(|day| after(day, SignedDuration::from_secs(second))));
            today.into_iter().flat_map(|at| [at, at.and_then(|at| after(at, DAY))]).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

fn after(at: Timestamp, by: SignedDuration) -> Option<Timestamp> {
    at.checked_add(by).ok()
}
