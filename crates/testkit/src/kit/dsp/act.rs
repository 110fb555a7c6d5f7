//! What a party can do in a negotiation or a transfer, and what that is on the wire. DSP 2025-1 §8 and §10, in the kit's own words.

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kit) enum Family {
    Catalog,
    Negotiation,
    Transfer,
}

/// A message by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kit) enum Act {
    Request,
    /// A request within a negotiation: a counter-offer.
    Counter,
    Offer,
    Accept,
    Agree,
    Verify,
    Finalize,
    Terminate,
    Start,
    Suspend,
    Complete,
}

#[cfg(test)]
impl Act {
    /// All acts of a negotiation.
    pub(in crate::kit) const NEGOTIATION: [Self; 8] = [
        Self::Request,
        Self::Counter,
        Self::Offer,
        Self::Accept,
        Self::Agree,
        Self::Verify,
        Self::Finalize,
        Self::Terminate,
    ];

    /// All acts of a transfer.
    pub(in crate::kit) const TRANSFER: [Self; 5] =
        [Self::Request, Self::Start, Self::Suspend, Self::Complete, Self::Terminate];
}

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kit) enum State {
    /// Not yet requested.
    Initial,
    Requested,
    Offered,
    Accepted,
    Agreed,
    Verified,
    Finalized,
    Started,
    Suspended,
    Completed,
    Terminated,
}

/// An act on the wire.
#[derive(Debug)]
pub(in crate::kit) struct Rule {
    pub(in crate::kit) family: Family,
    pub(in crate::kit) act: Act,
    /// Its `@type`.
    pub(in crate::kit) message: &'static str,
    /// The `eventType` of an event message.
    pub(in crate::kit) event: Option<&'static str>,
    /// The end of its path, after the process.
    pub(in crate::kit) path: &'static str,
    /// The states in which it is legal.
    pub(in crate::kit) from: &'static [State],
    /// The state that it leads to.
    pub(in crate::kit) to: State,
}

impl State {
    /// As on the wire.
    pub(in crate::kit) fn name(self) -> &'static str {
        match self {
            State::Initial => "INITIAL",
            State::Requested => "REQUESTED",
            State::Offered => "OFFERED",
            State::Accepted => "ACCEPTED",
            State::Agreed => "AGREED",
            State::Verified => "VERIFIED",
            State::Finalized => "FINALIZED",
            State::Started => "STARTED",
            State::Suspended => "SUSPENDED",
            State::Completed => "COMPLETED",
            State::Terminated => "TERMINATED",
        }
    }
}

impl Family {
    /// The first segment of its paths.
    pub(in crate::kit) fn path(self) -> &'static str {
        match self {
            Family::Catalog => "catalog",
            Family::Negotiation => "negotiations",
            Family::Transfer => "transfers",
        }
    }

    /// The `@type` of its processes.
    pub(in crate::kit) fn process(self) -> &'static str {
        match self {
            Family::Transfer => "TransferProcess",
            _ => "ContractNegotiation",
        }
    }

    /// How an act looks here. None if there is no such act.
    pub(in crate::kit) fn rule(self, act: Act) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.family == self && rule.act == act)
    }
}

use Family::{Negotiation, Transfer};
use State::{
    Accepted, Agreed, Completed, Finalized, Initial, Offered, Requested, Started, Suspended, Terminated, Verified,
};

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(Negotiation, Act::Request, "ContractRequestMessage", None, "request", &[Initial], Requested),
    rule(Negotiation, Act::Counter, "ContractRequestMessage", None, "request", &[Offered], Requested),
    rule(Negotiation, Act::Offer, "ContractOfferMessage", None, "offers", &[Requested], Offered),
    rule(Negotiation, Act::Accept, "ContractNegotiationEventMessage", Some("ACCEPTED"), "events", &[Offered], Accepted),
    rule(Negotiation, Act::Agree, "ContractAgreementMessage", None, "agreement", &[Requested, Accepted], Agreed),
    rule(Negotiation, Act::Verify, "ContractAgreementVerificationMessage", None, "agreement/verification", &[Agreed], Verified),
    rule(Negotiation, Act::Finalize, "ContractNegotiationEventMessage", Some("FINALIZED"), "events", &[Verified], Finalized),
    rule(Negotiation, Act::Terminate, "ContractNegotiationTerminationMessage", None, "termination", &[Requested, Offered, Accepted, Agreed, Verified], Terminated),
    rule(Transfer, Act::Request, "TransferRequestMessage", None, "request", &[Initial], Requested),
    rule(Transfer, Act::Start, "TransferStartMessage", None, "start", &[Requested, Suspended], Started),
    rule(Transfer, Act::Suspend, "TransferSuspensionMessage", None, "suspension", &[Started], Suspended),
    rule(Transfer, Act::Complete, "TransferCompletionMessage", None, "completion", &[Started], Completed),
    rule(Transfer, Act::Terminate, "TransferTerminationMessage", None, "termination", &[Requested, Started, Suspended], Terminated),
];

const fn rule(
    family: Family,
    act: Act,
    message: &'static str,
    event: Option<&'static str>,
    path: &'static str,
    from: &'static [State],
    to: State,
) -> Rule {
    Rule { family, act, message, event, path, from, to }
}
