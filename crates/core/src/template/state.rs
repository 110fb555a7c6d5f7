//! Where a version of a template stands, what is done with it, and the table of both. TC609-6-2025-15 §7.2.2.1 a (审核、启用、禁用、删除). Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// Where a version stands in a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待审核.
    Draft,
    /// 审核未通过.
    Refused,
    /// 已审核, in no use yet.
    Reviewed,
    /// 启用.
    Enabled,
    /// 禁用.
    Disabled,
    /// 已删除; it is kept, and nobody can use it.
    Deleted,
}

use State::{Deleted, Disabled, Draft, Enabled, Refused, Reviewed};

impl State {
    /// All.
    pub const ALL: [Self; 6] = [Draft, Refused, Reviewed, Enabled, Disabled, Deleted];

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Draft => "draft",
            Refused => "refused",
            Reviewed => "reviewed",
            Enabled => "enabled",
            Disabled => "disabled",
            Deleted => "deleted",
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn label(self) -> Text {
        match self {
            Draft => Text::new("待审核", "a draft"),
            Refused => Text::new("审核未通过", "refused"),
            Reviewed => Text::new("已审核", "reviewed"),
            Enabled => Text::new("已启用", "enabled"),
            Disabled => Text::new("已禁用", "disabled"),
            Deleted => Text::new("已删除", "deleted"),
        }
    }
}

/// What is done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Somebody else than its author finds it good.
    Approve,
    /// Or not.
    Refuse,
    /// It can be used in a space.
    Enable,
    /// It cannot any more.
    Disable,
    /// It is given up, in all spaces.
    Delete,
}

impl Act {
    /// All.
    pub const ALL: [Self; 5] = [Self::Approve, Self::Refuse, Self::Enable, Self::Disable, Self::Delete];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }

    /// The act of a word.
    ///
    /// # Errors
    /// Naming those that there are.
    pub fn of_word(word: &str) -> Result<Self, Rejection> {
        Self::ALL.into_iter().find(|act| act.as_str() == word).ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            Rejection::bad(
                "unknown-move",
                format!("未知的动作「{word}」，可选：{all}"),
                format!("unknown move {word}, known are {all}"),
            )
            .clause("/action")
        })
    }

    /// Whether it is about one space.
    #[must_use]
    pub fn is_of_space(self) -> bool {
        matches!(self, Self::Enable | Self::Disable)
    }

    pub(super) fn needs_reason(self) -> bool {
        matches!(self, Self::Refuse | Self::Delete)
    }

    /// The kind of the record that it leaves in the log.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Approve => "template.reviewed",
            Self::Refuse => "template.refused",
            Self::Enable => "template.enabled",
            Self::Disable => "template.disabled",
            Self::Delete => "template.deleted",
        }
    }
}

/// From which state what leads to which state. It begins as [`State::Draft`]; those that come with the program are enabled in the spaces that they are
/// meant for.
pub const TRANSITIONS: &[(State, Act, State)] = &[
    (Draft, Act::Approve, Reviewed),
    (Draft, Act::Refuse, Refused),
    (Draft, Act::Delete, Deleted),
    (Refused, Act::Delete, Deleted),
    (Reviewed, Act::Enable, Enabled),
    (Reviewed, Act::Delete, Deleted),
    (Enabled, Act::Disable, Disabled),
    (Disabled, Act::Enable, Enabled),
    (Disabled, Act::Delete, Deleted),
];

/// Where an act leads from a state, if it leads anywhere.
#[must_use]
pub fn target(state: State, act: Act) -> Option<State> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == act).map(|(_, _, to)| *to)
}
