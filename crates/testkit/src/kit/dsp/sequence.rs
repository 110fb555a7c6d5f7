//! A sequence is data: the steps of the kit's side, in order.

use super::act::{Act, Family, State};

/// A table of sequences of one kind.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) family: Family,
    /// The subject's part; the kit plays the other.
    pub(super) subject: Role,
    pub(super) sequences: &'static [Sequence],
}

/// A party's part in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Provider,
    Consumer,
}

/// One of the official sequences.
#[derive(Debug)]
pub(super) struct Sequence {
    /// For example `CN_C:02-04`.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) steps: &'static [Step],
}

/// What the kit does or waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// From here on, one such message of the subject is expected.
    Expect(Act),
    /// The webhook makes the subject request.
    Initiate,
    /// Sends the message, which the subject must take.
    Send(Act),
    /// Sends the message, which the subject must refuse with 4xx, but not 404.
    Refuse(Act),
    /// Waits until the kit's side is in the state, by what was sent and what arrived.
    Reach(State),
    /// Asks the subject for its process, which must be in the state.
    Confirm(State),
    /// The version document must name this version of the protocol.
    Versions,
    /// The catalog must hold the dataset.
    Catalog,
    /// The dataset must be found.
    Dataset,
    /// The dataset must not be found.
    NoDataset,
}
