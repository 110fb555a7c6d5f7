//! Where a version of a policy record stands, what is done with it, and the table of both. TC609-6-2025-15 §7.2.2.1 a (新增、修改、删除、审核、启用、禁用). Pure.

use xinyu_protocol::tc609::policy_record::RecordState as State;
use xinyu_protocol::tc609::policy_record::RecordState::{
    Disabled, Draft, Enabled, Refused, Retired, Reviewed, Submitted,
};
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// Its name, for people.
#[must_use]
pub fn label(state: State) -> Text {
    match state {
        Draft => Text::new("草稿", "a draft"),
        Submitted => Text::new("待审核", "submitted"),
        Refused => Text::new("审核未通过", "refused"),
        Reviewed => Text::new("已审核", "reviewed"),
        Enabled => Text::new("已启用", "enabled"),
        Disabled => Text::new("已禁用", "disabled"),
        Retired => Text::new("已删除", "retired"),
    }
}

/// What is done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Its author wants it reviewed.
    Submit,
    /// Somebody else than its author finds it good.
    Approve,
    /// Or not.
    Refuse,
    /// It counts.
    Enable,
    /// It does not count any more.
    Disable,
    /// It is given up for ever, and kept.
    Retire,
}

impl Act {
    /// All.
    pub const ALL: [Self; 6] = [Self::Submit, Self::Approve, Self::Refuse, Self::Enable, Self::Disable, Self::Retire];

    /// What a provider does with its own records by itself.
    pub const OF_PROVIDER: [Self; 4] = [Self::Submit, Self::Enable, Self::Disable, Self::Retire];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Retire => "retire",
        }
    }

    /// The act of a word, of those that are possible here.
    ///
    /// # Errors
    /// Naming those that there are.
    pub fn of_word(word: &str, possible: &[Self]) -> Result<Self, Rejection> {
        possible.iter().copied().find(|act| act.as_str() == word).ok_or_else(|| {
            let all = possible.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ");
            Rejection::bad(
                "unknown-move",
                format!("未知的动作「{word}」，可选：{all}"),
                format!("unknown move {word}, known are {all}"),
            )
            .clause("/action")
        })
    }

    pub(super) fn needs_reason(self) -> bool {
        matches!(self, Self::Refuse | Self::Retire)
    }

    /// The kind of the record that it leaves in the log.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Submit => "policy.submitted",
            Self::Approve => "policy.reviewed",
            Self::Refuse => "policy.refused",
            Self::Enable => "policy.enabled",
            Self::Disable => "policy.disabled",
            Self::Retire => "policy.retired",
        }
    }
}

/// From which state what leads to which state. It begins as [`State::Draft`].
pub const TRANSITIONS: &[(State, Act, State)] = &[
    (Draft, Act::Submit, Submitted),
    (Draft, Act::Retire, Retired),
    (Submitted, Act::Approve, Reviewed),
    (Submitted, Act::Refuse, Refused),
    (Submitted, Act::Retire, Retired),
    (Refused, Act::Retire, Retired),
    (Reviewed, Act::Enable, Enabled),
    (Reviewed, Act::Retire, Retired),
    (Enabled, Act::Disable, Disabled),
    (Disabled, Act::Enable, Enabled),
    (Disabled, Act::Retire, Retired),
];

/// Where an act leads from a state, if it leads anywhere.
#[must_use]
pub fn target(state: State, act: Act) -> Option<State> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == act).map(|(_, _, to)| *to)
}
