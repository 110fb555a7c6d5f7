//! What is tried, enumerated from the tables of transitions: nothing here is listed by hand.

use std::collections::VecDeque;
use std::fmt;

use xinyu_core::negotiation::{self, Side};
use xinyu_core::transfer;
use xinyu_testkit::fault::Fault;

/// The two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    Negotiation,
    Transfer,
}

/// One row of a table, its states by their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) machine: Machine,
    pub(crate) from: Option<&'static str>,
    pub(crate) by: Side,
    pub(crate) to: &'static str,
}

/// A process: the moves that lead to it, and the moves that are made while the network fails.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) way: Vec<Row>,
    pub(crate) moves: Vec<Row>,
    pub(crate) fault: Fault,
    /// Where both sides end.
    pub(crate) end: &'static str,
}

impl Case {
    pub(crate) fn machine(&self) -> Machine {
        self.moves[0].machine
    }

    /// What a side has recorded in the end: each of its moves, once; and how a partner ended a negotiation, which leaves no evidence here.
    pub(crate) fn records(&self, side: Side) -> Vec<String> {
        let noun = match self.machine() {
            Machine::Negotiation => "negotiation",
            Machine::Transfer => "transfer",
        };
        let all = self.way.iter().chain(&self.moves);
        let mut made: Vec<&str> = all.filter(|row| row.by == side).map(|row| row.to).collect();
        let is_over = self.machine() == Machine::Negotiation && matches!(self.end, "FINALIZED" | "TERMINATED");
        if is_over && !made.contains(&self.end) {
            made.push(self.end);
        }
        made.into_iter().map(|state| format!("{noun}.{}", state.to_ascii_lowercase())).collect()
    }

    /// Whether both sides wait for every move. Who was offered something without having asked verifies by itself what is agreed.
    fn is_stepwise(&self) -> bool {
        let mut all = self.way.iter().chain(&self.moves);
        all.next().is_some_and(|row| row.to != "OFFERED") || all.all(|row| row.to != "AGREED")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} by {} {}", self.machine, self.from.unwrap_or("-"), self.by.as_str(), self.to)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moves: Vec<String> = self.moves.iter().map(ToString::to_string).collect();
        write!(f, "{}, {:?}", moves.join(" and "), self.fault)
    }
}

/// All rows of both tables.
pub(crate) fn rows() -> Vec<Row> {
    let negotiation = negotiation::TRANSITIONS.iter().map(|&(from, by, to)| {
        let from = from.map(negotiation::State::as_str);
        Row { machine: Machine::Negotiation, from, by, to: to.as_str() }
    });
    let transfer = transfer::TRANSITIONS.iter().map(|&(from, by, to)| {
        let from = from.map(transfer::State::as_str);
        Row { machine: Machine::Transfer, from, by, to: to.as_str() }
    });
    negotiation.chain(transfer).collect()
}

/// The rows that lead on from a row.
fn after(row: Row) -> Vec<Row> {
    rows().into_iter().filter(|next| next.machine == row.machine && next.from == Some(row.to)).collect()
}

/// For each way to begin, the fewest moves that lead to where a row begins: a search in breadth.
fn ways_to(row: Row) -> Vec<Vec<Row>> {
    let begins = rows().into_iter().filter(|begin| begin.machine == row.machine && begin.from.is_none());
    match row.from {
        None => vec![Vec::new()],
        Some(state) => begins.filter_map(|begin| way(begin, state)).collect(),
    }
}

fn way(begin: Row, state: &str) -> Option<Vec<Row>> {
    let mut ways = VecDeque::from([vec![begin]]);
    let mut been = Vec::new();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        if last.to == state {
            return Some(way);
        }
        if !been.contains(&last.to) {
            been.push(last.to);
            ways.extend(after(last).into_iter().map(|next| [way.clone(), vec![next]].concat()));
        }
    }
    None
}

/// Every such list of moves, on every way to where it begins.
fn cases(moves: impl IntoIterator<Item = Vec<Row>>, fault: Fault, end: fn(&[Row]) -> &'static str) -> Vec<Case> {
    let on_every_way = moves.into_iter().flat_map(|moves| {
        let ways = ways_to(moves[0]).into_iter();
        ways.map(move |way| Case { way, end: end(&moves), moves: moves.clone(), fault })
    });
    on_every_way.filter(Case::is_stepwise).collect()
}

fn last(moves: &[Row]) -> &'static str {
    moves[moves.len() - 1].to
}

/// Every row, struck by every fault.
pub(crate) fn single_moves() -> Vec<Case> {
    let faults = [Fault::RequestLost, Fault::AnswerLost, Fault::Late];
    faults.into_iter().flat_map(|fault| cases(rows().into_iter().map(|row| vec![row]), fault, last)).collect()
}

/// Every two moves that one side can make one after the other, the first of which is lost at first.
pub(crate) fn double_moves() -> Vec<Case> {
    let pairs = rows().into_iter().flat_map(|first| {
        let seconds = after(first).into_iter().filter(move |second| second.by == first.by);
        seconds.map(move |second| vec![first, second])
    });
    cases(pairs, Fault::RequestLost, last)
}

/// Every two moves that both sides can make at once from one state; the message of the first arrives first.
pub(crate) fn crossing_moves() -> Vec<Case> {
    let pairs = rows().into_iter().filter(|row| row.from.is_some()).flat_map(|first| {
        let is_other =
            move |row: &Row| row.machine == first.machine && row.from == first.from && row.by == first.by.other();
        rows().into_iter().filter(is_other).map(move |second| vec![first, second])
    });
    let heaviest = |moves: &[Row]| moves.iter().map(|row| row.to).max_by_key(|to| weight(to)).unwrap_or_default();
    cases(pairs, Fault::RequestLost, heaviest)
}

/// What outweighs what when two moves cross: what is accomplished cannot be undone, what is ended does not go on.
fn weight(state: &str) -> u8 {
    match state {
        "FINALIZED" | "COMPLETED" => 3,
        "TERMINATED" => 2,
        "SUSPENDED" => 1,
        _ => 0,
    }
}
