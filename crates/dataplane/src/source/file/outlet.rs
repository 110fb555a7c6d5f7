//! Where the rows of a file go, and how long a row may be.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use xinyu_core::data::Cell as Datum;

use super::super::{Batch, Piece, Sender};

/// The longest row. A forgotten quote makes one row of all that follows.
const ROW_BYTES_MAX: usize = 16 << 20;

/// Where rows go.
pub(super) struct Outlet {
    sender: Sender,
    batch: Batch,
    /// Whether nobody listens any more.
    pub(super) is_shut: bool,
}

impl Outlet {
    pub(super) fn new(sender: Sender) -> Self {
        Self { sender, batch: Batch::default(), is_shut: false }
    }

    /// Takes a row. Whether anybody still listens.
    pub(super) fn push(&mut self, row: Vec<Datum>) -> bool {
        if let Some(rows) = self.batch.push(row) {
            self.is_shut = self.sender.blocking_send(Ok(Piece::Batch(rows))).is_err();
        }
        !self.is_shut
    }

    /// Says how it ended. Where nobody listens, nobody is told.
    pub(super) fn end(mut self, outcome: Result<(), super::SourceError>) {
        if outcome.is_ok()
            && let Some(rows) = self.batch.take()
        {
            let _ = self.sender.blocking_send(Ok(Piece::Batch(rows)));
        }
        let _ = self.sender.blocking_send(outcome.map(|()| Piece::End));
    }
}

/// Input that gives so many bytes and no more, until it is told again.
pub(super) struct Capped<R> {
    input: R,
    budget: Budget,
}

/// How many bytes a row may still have.
#[derive(Clone, Default)]
pub(super) struct Budget(Rc<Cell<usize>>);

impl Budget {
    /// The next row begins.
    pub(super) fn renew(&self) {
        self.0.set(ROW_BYTES_MAX);
    }
}

impl<R> Capped<R> {
    pub(super) fn new(input: R) -> (Self, Budget) {
        let budget = Budget::default();
        budget.renew();
        (Self { input, budget: budget.clone() }, budget)
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.0.get();
        if left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.input.read(buffer)?;
        self.budget.0.set(left.saturating_sub(read));
        Ok(read)
    }
}
