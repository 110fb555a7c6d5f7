//! Who sent a message: a platform or a connector.

use super::error::IdError;
use super::{AreaCode, ConnectorId, ParticipantId, PlatformId, Strictness};

/// A platform or a connector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(String);

impl PartyId {
    /// Checks a code strictly.
    ///
    /// # Errors
    /// When it is neither, with the first thing that is wrong; what does not begin with the type code 5 is read as a platform's.
    pub fn parse(code: &str) -> Result<Self, IdError> {
        Self::parse_with(code, Strictness::Strict)
    }

    /// Checks a code.
    ///
    /// # Errors
    /// As [`PartyId::parse`], with what this strictness refuses.
    pub fn parse_with(code: &str, strictness: Strictness) -> Result<Self, IdError> {
        if code.starts_with('5') {
            ConnectorId::parse_with(code, strictness).map(Self::from)
        } else {
            PlatformId::parse_with(code, strictness).map(Self::from)
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The connector, if it is one.
    #[must_use]
    pub fn connector(&self) -> Option<ConnectorId> {
        self.0.starts_with('5').then(|| ConnectorId(self.0.clone()))
    }

    /// The platform, if it is one.
    #[must_use]
    pub fn platform(&self) -> Option<PlatformId> {
        self.0.starts_with('4').then(|| PlatformId(self.0.clone()))
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> ParticipantId {
        ParticipantId(super::layout::slice(&self.0, 1..19))
    }

    /// The area or industry of the node that handed the code out.
    #[must_use]
    pub fn area(&self) -> AreaCode {
        AreaCode(super::layout::slice(&self.0, 19..23))
    }
}

impl From<PlatformId> for PartyId {
    fn from(id: PlatformId) -> Self {
        Self(id.0)
    }
}

impl From<ConnectorId> for PartyId {
    fn from(id: ConnectorId) -> Self {
        Self(id.0)
    }
}

super::string_like!(PartyId);
