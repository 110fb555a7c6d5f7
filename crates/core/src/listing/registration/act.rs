//! What may happen to a registration, and where it leads: the code follows this table and the tests go through it.

use xinyu_protocol::tc609::registration::RegistrationState::{
    self, Asked, Failed, Refused, Registered, Reviewing, RevocationRefused as Kept, Revoked, Revoking,
};

/// What happens to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A version is sent to the node.
    Ask,
    /// The node looks at it.
    Review,
    /// The node registers it.
    Register,
    /// The node refuses it.
    Refuse,
    /// Nothing of the node's answer can be used.
    Fail,
    /// The node is asked to revoke it.
    Withdraw,
    /// The node does not revoke it.
    Keep,
    /// The node revokes it.
    Revoke,
}

/// From which state what leads to which state.
pub const TRANSITIONS: &[(Option<RegistrationState>, Act, RegistrationState)] = &[
    (None, Act::Ask, Asked),
    (Some(Asked), Act::Ask, Asked),
    (Some(Asked), Act::Review, Reviewing),
    (Some(Asked), Act::Register, Registered),
    (Some(Asked), Act::Refuse, Refused),
    (Some(Asked), Act::Fail, Failed),
    (Some(Asked), Act::Withdraw, Revoking),
    (Some(Reviewing), Act::Ask, Asked),
    (Some(Reviewing), Act::Review, Reviewing),
    (Some(Reviewing), Act::Register, Registered),
    (Some(Reviewing), Act::Refuse, Refused),
    (Some(Reviewing), Act::Fail, Failed),
    (Some(Reviewing), Act::Withdraw, Revoking),
    (Some(Reviewing), Act::Revoke, Revoked),
    (Some(Registered), Act::Ask, Asked),
    (Some(Registered), Act::Review, Reviewing),
    (Some(Registered), Act::Register, Registered),
    (Some(Registered), Act::Refuse, Refused),
    (Some(Registered), Act::Withdraw, Revoking),
    (Some(Registered), Act::Revoke, Revoked),
    (Some(Refused), Act::Ask, Asked),
    (Some(Refused), Act::Review, Reviewing),
    (Some(Refused), Act::Register, Registered),
    (Some(Refused), Act::Refuse, Refused),
    (Some(Refused), Act::Withdraw, Revoking),
    (Some(Failed), Act::Ask, Asked),
    (Some(Failed), Act::Review, Reviewing),
    (Some(Failed), Act::Register, Registered),
    (Some(Failed), Act::Refuse, Refused),
    (Some(Failed), Act::Withdraw, Revoking),
    (Some(Revoking), Act::Review, Revoking),
    (Some(Revoking), Act::Keep, Kept),
    (Some(Revoking), Act::Fail, Kept),
    (Some(Revoking), Act::Revoke, Revoked),
    (Some(Kept), Act::Review, Revoking),
    (Some(Kept), Act::Keep, Kept),
    (Some(Kept), Act::Withdraw, Revoking),
    (Some(Kept), Act::Revoke, Revoked),
    (Some(Revoked), Act::Ask, Asked),
    (Some(Revoked), Act::Revoke, Revoked),
];

/// Where an act leads.
#[must_use]
pub fn target(from: Option<RegistrationState>, act: Act) -> Option<RegistrationState> {
    TRANSITIONS.iter().find(|(state, by, _)| *state == from && *by == act).map(|(_, _, to)| *to)
}
