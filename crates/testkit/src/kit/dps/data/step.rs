//! What the sequences for a data plane are made of.

use super::super::signal::Signal;

/// What the kit does or waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Begins a flow, which the data plane must do at once.
    Ask(Order),
    /// Begins a flow, which the data plane must promise to do later.
    AskLater(Order),
    /// The answer must have held a data address.
    Address,
    /// The answer must not have held a data address.
    NoAddress,
    /// The data address must be one of the HTTP profile, to pull from.
    HttpPull,
    /// The data address must say how its token is renewed.
    Renewable,
    /// From here on the data plane's word is expected that the flow is in the state, which is also the end of the path.
    Expect(&'static str),
    /// Waits for that word.
    Await(&'static str),
    /// Sends a signal, which the data plane must take.
    Send(Signal),
    /// Tells that the flow has started, with a data address whose token can be renewed.
    SendRenewable,
    /// Tells that the flow has started, with a data address of the HTTP profile whose token cannot be renewed: to be refused.
    RefuseUnrenewable,
    /// Asks for the state of the flow until it is this.
    Confirm(&'static str),
    /// Renews the token.
    Renew,
    /// Asks for a new token in a wrong way: to be refused.
    RefuseRenewal(Wrong),
}

/// How a flow begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// At the consumer.
    Prepare,
    /// At the provider.
    Start,
    /// At the provider, who is told where to push the data.
    StartAt,
}

/// What is wrong with a request for a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A token for renewal that was never issued.
    Token,
    /// A client that addresses somebody else.
    Client,
}
