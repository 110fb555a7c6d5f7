//! Where a payment order stands, what happens to it, and the table of both. TC609-6-2025-01 §5.2.2.9. Pure.

use serde::{Deserialize, Serialize};

/// Where a payment order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待支付: nothing was said to have been paid, or a payee has refused what was.
    Due,
    /// 已支付: the payer says so, and payees have not all answered.
    Paid,
    /// 已确认: every payee has the money.
    Confirmed,
}

use State::{Confirmed, Due, Paid};

impl State {
    /// All.
    pub const ALL: [Self; 3] = [Due, Paid, Confirmed];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Due => "due",
            Paid => "paid",
            Confirmed => "confirmed",
        }
    }
}

/// What happens to a payment order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// The payer says that it has paid.
    Pay,
    /// A payee says that its share has come, others have not yet.
    Confirm,
    /// The last payee says so.
    Settle,
    /// A payee says that it has not come.
    Refuse,
}

impl Act {
    /// All.
    pub const ALL: [Self; 4] = [Self::Pay, Self::Confirm, Self::Settle, Self::Refuse];
}

/// From which state what leads to which state. It begins as [`State::Due`]. What leads from due to due is said of an attempt that another payee has
/// refused already: money that has come has come.
pub const TRANSITIONS: &[(State, Act, State)] = &[
    (Due, Act::Pay, Paid),
    (Due, Act::Confirm, Due),
    (Due, Act::Refuse, Due),
    (Due, Act::Settle, Confirmed),
    (Paid, Act::Confirm, Paid),
    (Paid, Act::Refuse, Due),
    (Paid, Act::Settle, Confirmed),
];

/// Where an act leads from a state, if it leads anywhere.
#[must_use]
pub fn target(from: State, act: Act) -> Option<State> {
    TRANSITIONS.iter().find(|(state, by, _)| *state == from && *by == act).map(|(_, _, to)| *to)
}
