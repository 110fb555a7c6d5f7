//! Moves that cross: each side moved before it heard of the other's move. Messages of one side arrive in their order; between the sides there is none, so a
//! move may arrive that our present state does not allow and one before it did. DSP 2025-1 §7.2 and §9.2 leave open what then; left alone, the sides would
//! stay apart for ever: FINALIZED here, TERMINATED there. Pure.
//!
//! Where the table allows the two moves in one order or the other, that is how it was. Where it allows neither, what is accomplished outweighs what is
//! ended or rests: both have signed, or the data has flowed.

#[cfg(test)]
mod tests;

use crate::negotiation::Side;

/// A machine that both sides run.
#[derive(Clone, Copy, Debug)]
pub struct Machine<S> {
    /// Its table: from which state which side may move to which state.
    pub is_allowed: fn(Option<S>, Side, S) -> bool,
    /// Whether nothing follows a state.
    pub is_final: fn(S) -> bool,
    /// The end that cannot be undone.
    pub accomplished: S,
}

/// One side of a process, as far as moves go.
#[derive(Debug)]
pub struct Standing<'a, S> {
    /// Our side.
    pub side: Side,
    /// Where it stands.
    pub state: S,
    /// The states that our moves left and that the other side, which has not taken those moves, may still move from.
    pub untaken: &'a mut Vec<S>,
}

/// Why a move is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The table does not allow it.
    NotAllowed,
    /// It crossed a move of ours that outweighs it and is on its way.
    Outweighed,
}

impl<S: Copy + PartialEq> Machine<S> {
    /// Whether a move of one side changes our state to `to`: no, if it crossed one of ours beside which it changes nothing.
    ///
    /// # Errors
    /// If it is not made.
    pub fn admit(&self, ours: Standing<'_, S>, by: Side, to: S) -> Result<bool, Refusal> {
        let Standing { side, state, untaken } = ours;
        let may = |from, by, to| (self.is_allowed)(Some(from), by, to);
        if may(state, by, to) {
            if by == side {
                untaken.push(state);
            } else if (self.is_final)(to) {
                untaken.clear();
            }
            return Ok(true);
        }
        if by == side || !untaken.iter().any(|&left| may(left, by, to)) {
            return Err(Refusal::NotAllowed);
        }
        let both_moved_there = to == state;
        if !both_moved_there && may(to, side, state) {
            // Theirs came first, and ours, which is on its way, followed.
            return Ok(false);
        }
        if !both_moved_there && to != self.accomplished {
            return Err(Refusal::Outweighed);
        }
        untaken.clear();
        Ok(!both_moved_there)
    }
}

/// The other side has taken the oldest of our moves that it had not.
pub fn acknowledge<S>(untaken: &mut Vec<S>) {
    if !untaken.is_empty() {
        untaken.remove(0);
    }
}
