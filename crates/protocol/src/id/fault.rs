//! What can be wrong with a code, one by one.

use super::Strictness;
use super::error::IdError;
use super::kind::IdKind;

/// One thing that is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too short or too long.
    Length {
        /// How many characters it has.
        found: usize,
    },
    /// The extension of a product or resource code is empty or too long.
    Extension {
        /// How many characters it has.
        found: usize,
    },
    /// A character that may not stand at its position.
    Character {
        /// From the left, the first is 1.
        position: usize,
        /// What stands there.
        found: char,
        /// What may stand there.
        allowed: Allowed,
    },
    /// It begins like another kind of code.
    Type {
        /// What stands at position 1.
        found: char,
    },
    /// The node inside a contract id is not a service platform (type code 4).
    NodeType {
        /// What stands at position 2.
        found: char,
    },
    /// No such area or industry.
    Area {
        /// The digits.
        found: String,
    },
    /// No such date, or date and time.
    Date {
        /// The digits.
        found: String,
        /// The clause that prescribes a date there.
        clause: &'static str,
    },
    /// A check character that does not belong to what stands before it.
    Check {
        /// What stands there.
        found: char,
        /// What is computed.
        computed: char,
        /// By which rule.
        rule: CheckRule,
    },
    /// A citizen number where an encrypted one is prescribed.
    CitizenInTheClear,
}

/// What may stand at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// 0–9.
    Digits,
    /// 0–9 and A–Z.
    Alphanumeric,
    /// 0–9, A–Z and `*`: the check character of MOD 37-2.
    Check,
    /// 0–9 and A–Z without I, O, S, V, Z.
    CreditCode,
    /// 0–9 and X.
    CitizenCheck,
    /// `•` before an extension.
    Separator,
    /// The characters of a URI (RFC 3986 §2), which every other identification code that an extension may carry keeps to.
    Uri,
}

/// A rule for a check character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckRule {
    /// The last of the 32 positions, or of a contract id.
    Mod37_2,
    /// The last of a credit code.
    CreditCode,
    /// The last of the organisation code inside a credit code.
    OrganisationCode,
    /// The last of a citizen number.
    CitizenNumber,
}

impl Allowed {
    pub(super) fn admits(self, c: char) -> bool {
        match self {
            Self::Digits => c.is_ascii_digit(),
            Self::Alphanumeric => c.is_ascii_digit() || c.is_ascii_uppercase(),
            Self::Check => Self::Alphanumeric.admits(c) || c == '*',
            Self::CreditCode => Self::Alphanumeric.admits(c) && !"IOSVZ".contains(c),
            Self::CitizenCheck => c.is_ascii_digit() || c == 'X',
            Self::Separator => c == '•',
            Self::Uri => c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c),
        }
    }
}

/// All that is wrong with a code: what is always refused, and what only a strict reader refuses.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) hard: Vec<Fault>,
    pub(super) soft: Vec<Fault>,
}

impl Faults {
    pub(super) fn hard(fault: Fault) -> Self {
        Self { hard: vec![fault], soft: Vec::new() }
    }

    /// Whether a reader of this strictness accepts the code.
    pub(super) fn accepts(&self, strictness: Strictness) -> bool {
        self.hard.is_empty() && (strictness == Strictness::Lenient || self.soft.is_empty())
    }

    /// Fails with the first fault that counts, in the order in which they were found: form before meaning.
    pub(super) fn refuse(mut self, kind: IdKind, code: &str, strictness: Strictness) -> Result<(), IdError> {
        if strictness == Strictness::Strict {
            self.hard.append(&mut self.soft);
        }
        match self.hard.into_iter().next() {
            Some(fault) => Err(IdError::new(kind, code, fault)),
            None => Ok(()),
        }
    }
}
