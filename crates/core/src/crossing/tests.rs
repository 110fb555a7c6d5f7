//! Both sides of a process and what is on its way between them, in every order in which moves and messages can come.

use std::collections::{HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

use super::*;
use crate::negotiation::Side::{Consumer, Provider};
use crate::{negotiation, transfer};

/// One side: where it stands, what it has sent that is not answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct End<S> {
    side: Side,
    state: S,
    untaken: Vec<S>,
    sent: VecDeque<S>,
    /// How many moves it may still make.
    left: u32,
}

impl<S: Copy + PartialEq> End<S> {
    fn admit(&mut self, machine: Machine<S>, by: Side, to: S) -> Result<bool, Refusal> {
        let ours = Standing { side: self.side, state: self.state, untaken: &mut self.untaken };
        let moves = machine.admit(ours, by, to);
        if moves == Ok(true) {
            self.state = to;
        }
        moves
    }
}

/// What was found.
#[derive(Debug, Default)]
struct Found<S> {
    /// Where both ended.
    together: HashSet<S>,
    apart: HashSet<[S; 2]>,
    /// Moves that were refused for good although their side still waited for them to be taken.
    set_aside: usize,
}

/// Tries everything that two sides can do from one state, each with so many moves, until nothing is on its way.
fn explore<S>(machine: Machine<S>, all: &[S], from: S, moves: [u32; 2]) -> Found<S>
where
    S: Copy + Eq + Hash + Debug,
{
    let end = |side, left| End { side, state: from, untaken: Vec::new(), sent: VecDeque::new(), left };
    let mut waiting = vec![[end(Consumer, moves[0]), end(Provider, moves[1])]];
    let mut been = HashSet::new();
    let mut found = Found { together: HashSet::new(), apart: HashSet::new(), set_aside: 0 };
    while let Some(ends) = waiting.pop() {
        if !been.insert(ends.clone()) {
            continue;
        }
        if ends.iter().all(|end| end.sent.is_empty()) {
            let [consumer, provider] = [ends[0].state, ends[1].state];
            if consumer == provider {
                found.together.insert(consumer);
            } else {
                found.apart.insert([consumer, provider]);
            }
        }
        for mover in 0..2 {
            for &to in all {
                let mut next = ends.clone();
                let end = &mut next[mover];
                if end.left > 0 && end.admit(machine, end.side, to) == Ok(true) {
                    end.left -= 1;
                    end.sent.push_back(to);
                    waiting.push(next);
                }
            }
            let mut next = ends.clone();
            let Some(&to) = next[mover].sent.front() else { continue };
            let by = next[mover].side;
            match next[1 - mover].admit(machine, by, to) {
                Ok(_) => acknowledge(&mut next[mover].untaken),
                Err(Refusal::Outweighed) if !next[mover].untaken.is_empty() => continue,
                Err(_) => found.set_aside += usize::from(!next[mover].untaken.is_empty()),
            }
            next[mover].sent.pop_front();
            waiting.push(next);
        }
    }
    found
}

/// In every state, with so many moves by each side, both end in one state, and no message is set aside.
fn check<S>(machine: Machine<S>, all: &[S], moves: &[[u32; 2]])
where
    S: Copy + Eq + Hash + Debug,
{
    for &from in all {
        for &moves in moves {
            let found = explore(machine, all, from, moves);
            assert_eq!((&found.apart, found.set_aside), (&HashSet::new(), 0), "from {from:?}, {moves:?}");
            assert!(found.together.contains(&from));
        }
    }
}

#[test]
fn dsp_2025_1_7_2_moves_of_a_negotiation_that_cross_end_in_one_state() {
    check(negotiation::MACHINE, &negotiation::State::ALL, &[[3, 3]]);
}

#[test]
fn dsp_2025_1_9_2_moves_of_a_transfer_that_cross_end_in_one_state() {
    check(transfer::MACHINE, &transfer::State::ALL, &[[1, 1], [3, 0], [0, 3]]);
}

/// What remains: a message does not tell what its sender had heard. Who rests and starts again while the other side rests too may be told of that rest
/// afterwards. The next move brings them together.
#[test]
fn a_rest_that_was_taken_back_may_leave_a_transfer_apart_but_never_in_two_ends() {
    use transfer::State::{Started, Suspended};
    for from in transfer::State::ALL {
        for moves in [[1, 2], [2, 1]] {
            let apart = explore(transfer::MACHINE, &transfer::State::ALL, from, moves).apart;
            let expect = HashSet::from([[Started, Suspended], [Suspended, Started]]);
            assert!(apart.is_subset(&expect), "from {from:?}, {moves:?}: {apart:?}");
        }
    }
}
