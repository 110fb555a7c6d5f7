//! Why there is no answer to work with, whose fault that is, and whether trying again makes sense.

use thiserror::Error;
use xinyu_identity::IdentityError;
use xinyu_protocol::id::PartyId;
use xinyu_protocol::problem::Problem;

use crate::egress::EgressError;
use crate::transport::Cause;

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// We: our request or configuration.
    Ours,
    /// The peer.
    Peer,
    /// Neither: what lies between.
    Network,
}

/// Why a request to a peer failed. It holds no token, body or query.
#[derive(Clone, Debug, Error)]
pub enum SendError {
    /// The peer's address is one that we do not connect to.
    #[error("request must not leave: {0}")]
    Egress(#[from] EgressError),
    /// A URL of another origin than that of the peer.
    #[error("url is not at the address of {party}")]
    ForeignUrl {
        /// To whom it should have gone.
        party: PartyId,
    },
    /// A path with dot segments, empty segments or the like, which would not stay below the peer's address.
    #[error("path for {party} is not in its plain form")]
    BadPath {
        /// To whom it should have gone.
        party: PartyId,
    },
    /// A header with characters that cannot be sent.
    #[error("header {header} cannot be sent")]
    BadHeader {
        /// Its name.
        header: String,
    },
    /// No connection, or one that broke.
    #[error("{party} cannot be reached: {reason}")]
    Unreachable {
        /// Who.
        party: PartyId,
        /// What happened.
        reason: String,
    },
    /// The time was up.
    #[error("{party} did not answer in time")]
    Timeout {
        /// Who.
        party: PartyId,
    },
    /// A longer answer than was allowed.
    #[error("answer of {party} has more than {limit} bytes")]
    TooLarge {
        /// Who.
        party: PartyId,
        /// What was allowed.
        limit: u64,
    },
    /// A redirect. It is not followed: the answer of another address would not be the peer's.
    #[error("{party} redirects ({status}), which is not followed")]
    Redirected {
        /// Who.
        party: PartyId,
        /// HTTP status.
        status: u16,
    },
    /// An answer without a proof, though the peer's keys are known: from the peer before it knew us (401, 413, 429), or from somebody in between.
    #[error("answer {status} of {party} has no proof")]
    Unproven {
        /// Who was asked.
        party: PartyId,
        /// HTTP status.
        status: u16,
    },
    /// An answer with a proof that is not right.
    #[error("answer of {party} is not proven: {fault}")]
    Forged {
        /// Who was asked.
        party: PartyId,
        /// What is wrong.
        fault: IdentityError,
    },
    /// The peer has understood and does not do it.
    #[error("{party} refuses with {status}{}", .problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default())]
    Refused {
        /// Who.
        party: PartyId,
        /// HTTP status.
        status: u16,
        /// What it says.
        problem: Option<Box<Problem>>,
    },
}

impl SendError {
    /// Whether the same message, sent again later, may succeed without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Refused { status, .. } | Self::Unproven { status, .. } => is_transient_status(*status),
            Self::Egress(_)
            | Self::ForeignUrl { .. }
            | Self::BadPath { .. }
            | Self::BadHeader { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Forged { .. } => false,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::BadPath { .. } | Self::BadHeader { .. } => Fault::Ours,
            Self::Refused { status, .. } if *status < 500 => Fault::Ours,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Unproven { .. } => Fault::Network,
            Self::Egress(_)
            | Self::ForeignUrl { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Forged { .. }
            | Self::Refused { .. } => Fault::Peer,
        }
    }

    /// The HTTP status, if there was an answer that has one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Redirected { status, .. } | Self::Unproven { status, .. } | Self::Refused { status, .. } => {
                Some(*status)
            }
            _ => None,
        }
    }

    pub(super) fn from_transport(party: &PartyId, error: &reqwest::Error) -> Self {
        let party = party.clone();
        match Cause::of(error) {
            Cause::Egress(refused) => Self::Egress(refused),
            Cause::Timeout => Self::Timeout { party },
            Cause::Broken(reason) => Self::Unreachable { party, reason },
        }
    }
}

pub(crate) fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}
