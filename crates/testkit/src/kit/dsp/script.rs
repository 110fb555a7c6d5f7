//! What the subject of the DSP kit has to do by itself, as data. The kit plays one side of each sequence; the other side's decisions
//! (offer or agree, start or terminate) are no part of the protocol, so a subject brings a fixture that takes them by these tables.
//!
//! How a row is read: the key is the dataset of a negotiation or the agreement of a transfer; each pair says *when a process enters
//! this state (as on the wire, whoever moved it), do this*. The n-th pair with a state belongs to the n-th time in that state:
//! `ACN0102` offers on its first `REQUESTED` and terminates on its second. No pair left: do nothing. A script begins with the state
//! `REQUESTED`: the webhook alone starts what the subject does as consumer. An unlisted key does nothing, too.
//!
//! Several sequences (CN:02-01, TP:01-01 to 01-04…) expect the subject's next message only after the step before is done, so an
//! action that is sent at once may meet a 404: a fixture waits for a moment, and sends again after a 404.

/// A key and what happens there: pairs of a state and an action. Actions: `request` (a counter-offer), `offer`, `accept`, `agree`,
/// `verify`, `finalize`, `terminate` in a negotiation; `start`, `suspend`, `complete`, `terminate` in a transfer.
pub type Script = (&'static str, &'static [(&'static str, &'static str)]);

/// The action of a script for the `visit`-th time (counted from 1) that a process of `key` enters `state`.
pub fn action(scripts: &[Script], key: &str, state: &str, visit: usize) -> Option<&'static str> {
    let (_, pairs) = scripts.iter().find(|(of, _)| *of == key)?;
    let mut here = pairs.iter().filter(|(when, _)| *when == state);
    here.nth(visit.checked_sub(1)?).map(|(_, action)| *action)
}

/// By dataset: negotiations that the kit requests and the subject provides.
pub const PROVIDER_NEGOTIATION: &[Script] = &[
    ("ACN0101", &[("REQUESTED", "offer")]),
    ("ACN0102", &[("REQUESTED", "offer"), ("REQUESTED", "terminate")]),
    ("ACN0103", &[("REQUESTED", "offer"), ("ACCEPTED", "agree"), ("VERIFIED", "finalize")]),
    ("ACN0104", &[("REQUESTED", "agree"), ("VERIFIED", "finalize")]),
    ("ACN0201", &[("REQUESTED", "terminate")]),
    ("ACN0202", &[]),
    ("ACN0203", &[("REQUESTED", "agree")]),
    ("ACN0204", &[("REQUESTED", "offer")]),
    ("ACN0205", &[("REQUESTED", "offer"), ("OFFERED", "terminate")]),
    ("ACN0206", &[("REQUESTED", "offer"), ("ACCEPTED", "terminate")]),
    ("ACN0207", &[("REQUESTED", "agree"), ("VERIFIED", "terminate")]),
    ("ACN0301", &[("REQUESTED", "agree"), ("VERIFIED", "finalize")]),
    ("ACN0302", &[("REQUESTED", "offer")]),
    ("ACN0303", &[("REQUESTED", "offer")]),
    ("ACN0304", &[("REQUESTED", "offer")]),
];

/// By dataset: negotiations that the webhook makes the subject request from the kit.
pub const CONSUMER_NEGOTIATION: &[Script] = &[
    ("ACNC0101", &[("OFFERED", "accept"), ("AGREED", "verify")]),
    ("ACNC0102", &[("OFFERED", "request")]),
    ("ACNC0103", &[("OFFERED", "terminate")]),
    ("ACNC0104", &[("AGREED", "verify")]),
    ("ACNC0201", &[]),
    ("ACNC0202", &[("REQUESTED", "terminate")]),
    ("ACNC0203", &[("AGREED", "terminate")]),
    ("ACNC0204", &[]),
    ("ACNC0205", &[("OFFERED", "accept")]),
    ("ACNC0206", &[("AGREED", "verify")]),
    ("ACNC0301", &[]),
    ("ACNC0302", &[]),
    ("ACNC0303", &[]),
    ("ACNC0304", &[("OFFERED", "accept")]),
    ("ACNC0305", &[("OFFERED", "accept")]),
    ("ACNC0306", &[("OFFERED", "accept")]),
];

/// By agreement: transfers that the kit requests and the subject provides.
pub const PROVIDER_TRANSFER: &[Script] = &[
    ("ATP0101", &[("REQUESTED", "start"), ("STARTED", "terminate")]),
    ("ATP0102", &[("REQUESTED", "start"), ("STARTED", "complete")]),
    ("ATP0103", &[("REQUESTED", "start"), ("STARTED", "suspend"), ("SUSPENDED", "terminate")]),
    ("ATP0104", &[("REQUESTED", "start"), ("STARTED", "suspend"), ("SUSPENDED", "start"), ("STARTED", "complete")]),
    ("ATP0105", &[("REQUESTED", "terminate")]),
    ("ATP0201", &[("REQUESTED", "start")]),
    ("ATP0202", &[("REQUESTED", "start")]),
    ("ATP0203", &[("REQUESTED", "start")]),
    ("ATP0205", &[]),
    ("ATP0301", &[]),
    ("ATP0302", &[]),
    ("ATP0303", &[("REQUESTED", "start")]),
    ("ATP0304", &[("REQUESTED", "start")]),
    ("ATP0305", &[("REQUESTED", "start")]),
    ("ATP0306", &[("REQUESTED", "start")]),
];

/// By agreement: transfers that the webhook makes the subject request from the kit.
pub const CONSUMER_TRANSFER: &[Script] = &[
    ("ATPC0101", &[]),
    ("ATPC0102", &[]),
    ("ATPC0103", &[]),
    ("ATPC0104", &[]),
    ("ATPC0105", &[]),
    ("ATPC0201", &[("STARTED", "terminate")]),
    ("ATPC0202", &[("STARTED", "complete")]),
    ("ATPC0203", &[("STARTED", "suspend"), ("SUSPENDED", "terminate")]),
    ("ATPC0205", &[("REQUESTED", "terminate")]),
    ("ATPC0301", &[]),
    ("ATPC0302", &[]),
    ("ATPC0303", &[]),
    ("ATPC0304", &[]),
    ("ATPC0305", &[]),
    ("ATPC0306", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_counts_the_visits_of_a_state() {
        let check = |key, state, visit, expect| assert_eq!(action(PROVIDER_TRANSFER, key, state, visit), expect);
        check("ATP0104", "STARTED", 1, Some("suspend"));
        check("ATP0104", "STARTED", 2, Some("complete"));
        check("ATP0104", "STARTED", 3, None);
        check("ATP0104", "COMPLETED", 1, None);
        check("unlisted", "STARTED", 1, None);
    }
}
