//! What the sequences are made of.

use super::act::{Act, Family, State};
use crate::kit::sequence::Sequence;

/// A table of sequences of one kind.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) family: Family,
    /// The subject's part; the kit plays the other.
    pub(super) subject: Role,
    pub(super) sequences: &'static [Sequence<Step>],
}

/// A party's part in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Provider,
    Consumer,
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
