//! Where a certification stands, what happens to it, and the table of both. TC609-6-2025-01 §5.2.2.13. Pure.

use serde::{Deserialize, Serialize};

use crate::fault::Rejection;

/// Where a certification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 已申请.
    Applied,
    /// 评估中.
    Assessing,
    /// 待决定.
    Assessed,
    /// 有效.
    Certified,
    /// 不予认证.
    Refused,
    /// 暂停.
    Suspended,
    /// 撤销.
    Withdrawn,
    /// 到期.
    Expired,
    /// 申请已撤回.
    Cancelled,
    /// 已换发.
    Superseded,
}

use State::{Applied, Assessed, Assessing, Cancelled, Certified, Expired, Refused, Superseded, Suspended, Withdrawn};

impl State {
    /// All.
    pub const ALL: [Self; 10] =
        [Applied, Assessing, Assessed, Certified, Refused, Suspended, Withdrawn, Expired, Cancelled, Superseded];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Applied => "applied",
            Assessing => "assessing",
            Assessed => "assessed",
            Certified => "certified",
            Refused => "refused",
            Suspended => "suspended",
            Withdrawn => "withdrawn",
            Expired => "expired",
            Cancelled => "cancelled",
            Superseded => "superseded",
        }
    }

    /// Whether it is still on its way to a decision.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Applied | Assessing | Assessed)
    }
}

/// What happens to a certification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// An assessor begins.
    Begin,
    /// Nothing is left to find.
    Complete,
    /// The decider wants more to be found.
    Reopen,
    /// The applicant does not want it any more.
    Cancel,
    /// It is certified.
    Certify,
    /// It is not.
    Refuse,
    /// It is not good for a time.
    Suspend,
    /// It is good again.
    Resume,
    /// It is not good any more.
    Withdraw,
    /// Its time is over.
    Expire,
    /// A newer one takes its place.
    Supersede,
}

impl Act {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::Begin,
        Self::Complete,
        Self::Reopen,
        Self::Cancel,
        Self::Certify,
        Self::Refuse,
        Self::Suspend,
        Self::Resume,
        Self::Withdraw,
        Self::Expire,
        Self::Supersede,
    ];
    /// What assessors and applicants do.
    pub const OF_ASSESSMENT: [Self; 3] = [Self::Begin, Self::Complete, Self::Cancel];
    /// What deciders do.
    pub const OF_DECISION: [Self; 6] =
        [Self::Certify, Self::Refuse, Self::Reopen, Self::Suspend, Self::Resume, Self::Withdraw];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Complete => "complete",
            Self::Reopen => "reopen",
            Self::Cancel => "cancel",
            Self::Certify => "certify",
            Self::Refuse => "refuse",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Expire => "expire",
            Self::Supersede => "supersede",
        }
    }

    /// The act of a word, among some.
    ///
    /// # Errors
    /// Naming those that there are.
    pub fn of_word(word: &str, among: &[Self]) -> Result<Self, Rejection> {
        among.iter().copied().find(|act| act.as_str() == word).ok_or_else(|| {
            let all: Vec<&str> = among.iter().map(|act| act.as_str()).collect();
            let all = all.join(", ");
            Rejection::bad(
                "unknown-move",
                format!("未知的动作「{word}」，可选：{all}"),
                format!("unknown move {word}, known are {all}"),
            )
            .clause("/action")
        })
    }

    /// The kind of the record that it leaves in the log.
    pub(super) fn record(self) -> Option<&'static str> {
        match self {
            Self::Begin | Self::Reopen => None,
            Self::Complete => Some("certification.assessed"),
            Self::Cancel => Some("certification.cancelled"),
            Self::Certify => Some("certification.certified"),
            Self::Refuse => Some("certification.refused"),
            Self::Suspend => Some("certification.suspended"),
            Self::Resume => Some("certification.resumed"),
            Self::Withdraw => Some("certification.withdrawn"),
            Self::Expire => Some("certification.expired"),
            Self::Supersede => Some("certification.superseded"),
        }
    }

    pub(super) fn needs_reason(self) -> bool {
        matches!(self, Self::Refuse | Self::Reopen | Self::Suspend | Self::Withdraw)
    }

    /// Whether it is a judgement on the subject, which its applicant and its assessor must leave to others.
    pub(super) fn is_decision(self) -> bool {
        matches!(self, Self::Reopen | Self::Certify | Self::Refuse | Self::Resume)
    }
}

/// From which state what leads to which state. It begins as [`State::Applied`].
pub const TRANSITIONS: &[(State, Act, State)] = &[
    (Applied, Act::Begin, Assessing),
    (Applied, Act::Cancel, Cancelled),
    (Applied, Act::Refuse, Refused),
    (Assessing, Act::Complete, Assessed),
    (Assessing, Act::Cancel, Cancelled),
    (Assessing, Act::Refuse, Refused),
    (Assessed, Act::Reopen, Assessing),
    (Assessed, Act::Cancel, Cancelled),
    (Assessed, Act::Certify, Certified),
    (Assessed, Act::Refuse, Refused),
    (Certified, Act::Suspend, Suspended),
    (Certified, Act::Withdraw, Withdrawn),
    (Certified, Act::Expire, Expired),
    (Certified, Act::Supersede, Superseded),
    (Suspended, Act::Resume, Certified),
    (Suspended, Act::Withdraw, Withdrawn),
    (Suspended, Act::Expire, Expired),
];
