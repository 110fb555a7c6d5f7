//! Negotiations and transfers for people: where one stands among the states of its protocol, and whose turn it is. DSP 2025-1 §7.2, §9.2.

use xinyu_protocol::api::connector::ProcessInfo;

/// One state on the way.
pub(crate) struct Mark {
    /// The word of DSP.
    pub(crate) state: &'static str,
    /// What stands in its circle.
    pub(crate) sign: &'static str,
    /// `done`, `now`, `halted`, `maybe` (may be left out on the way; `maybe passed` when it lies behind), `aside` (not on the way) or nothing.
    pub(crate) class: &'static str,
    pub(crate) is_current: bool,
}

/// State, sign, and whether it may be left out on the way.
type Way = &'static [(&'static str, &'static str, bool)];

const NEGOTIATION: Way = &[
    ("REQUESTED", "1", false),
    ("OFFERED", "2", true),
    ("ACCEPTED", "3", true),
    ("AGREED", "4", false),
    ("VERIFIED", "5", false),
    ("FINALIZED", "6", false),
    ("TERMINATED", "×", false),
];

const TRANSFER: Way = &[
    ("REQUESTED", "1", false),
    ("STARTED", "2", false),
    ("SUSPENDED", "‖", true),
    ("COMPLETED", "3", false),
    ("TERMINATED", "×", false),
];

/// The seven states of a negotiation, seen from where it stands.
pub(crate) fn of_negotiation(state: &str) -> Vec<Mark> {
    marks(NEGOTIATION, state)
}

/// The five states of a transfer, seen from where it stands.
pub(crate) fn of_transfer(state: &str) -> Vec<Mark> {
    marks(TRANSFER, state)
}

fn marks(way: Way, current: &str) -> Vec<Mark> {
    let here = way.iter().position(|(state, ..)| *state == current);
    let is_over = matches!(current, "FINALIZED" | "COMPLETED");
    let mark = |(index, &(state, sign, is_optional)): (usize, &(&'static str, &'static str, bool))| {
        let is_current = here == Some(index);
        let is_behind = current != "TERMINATED" && here.is_some_and(|here| index < here);
        let class = match (is_current, is_behind) {
            (true, _) if current == "TERMINATED" => "halted",
            (true, _) if is_over => "done",
            (true, _) => "now",
            (_, true) if is_optional => "maybe passed",
            (_, true) => "done",
            _ if is_optional => "maybe",
            _ if state == "TERMINATED" => "aside",
            _ => "",
        };
        Mark { state, sign, class, is_current }
    };
    way.iter().enumerate().map(mark).collect()
}

/// Whether a negotiation waits for the people of this connector: what rules do is done by the time it is seen, so a move that is open is theirs.
pub(crate) fn waits(process: &ProcessInfo) -> bool {
    process.moves.iter().any(|name| name != "terminate")
}

/// Whose turn it is: the end of a message id.
pub(crate) fn turn(process: &ProcessInfo) -> &'static str {
    if waits(process) {
        "ours"
    } else if process.moves.is_empty() {
        "none"
    } else {
        "theirs"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_seen_among_the_others() {
        let check = |marks: Vec<Mark>, expect: &[&str]| {
            assert_eq!(marks.iter().map(|mark| mark.class).collect::<Vec<_>>(), expect);
        };
        check(of_negotiation("REQUESTED"), &["now", "maybe", "maybe", "", "", "", "aside"]);
        check(of_negotiation("AGREED"), &["done", "maybe passed", "maybe passed", "now", "", "", "aside"]);
        check(of_negotiation("FINALIZED"), &["done", "maybe passed", "maybe passed", "done", "done", "done", "aside"]);
        check(of_negotiation("TERMINATED"), &["", "maybe", "maybe", "", "", "", "halted"]);
        check(of_negotiation("of a newer program"), &["", "maybe", "maybe", "", "", "", "aside"]);
        check(of_transfer("SUSPENDED"), &["done", "done", "now", "", "aside"]);
        check(of_transfer("COMPLETED"), &["done", "done", "maybe passed", "done", "aside"]);
    }

    #[test]
    fn it_is_our_turn_when_there_is_more_to_do_than_to_end_it() {
        for (moves, expect) in
            [(&["agree", "offer", "terminate"][..], "ours"), (&["terminate"], "theirs"), (&[], "none")]
        {
            let process =
                ProcessInfo { moves: moves.iter().map(|name| (*name).to_owned()).collect(), ..ProcessInfo::default() };
            assert_eq!(turn(&process), expect);
        }
    }
}
