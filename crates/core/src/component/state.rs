//! Where a version of a component stands, what is done with it, and the table of both. TC609-6-2025-15 §7.2.1.2 (登记). Pure.

use xinyu_protocol::text::Text;

pub use xinyu_protocol::tc609::component::ComponentState as State;

use State::{Approved, Refused, Submitted, Suspended, Withdrawn};

use crate::fault::Rejection;

/// What is done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// The operator registers it.
    Approve,
    /// Or does not.
    Refuse,
    /// It may not run for a time.
    Suspend,
    /// It may again.
    Resume,
    /// It may run no more: by the operator or by its source.
    Withdraw,
}

impl Act {
    /// All.
    pub const ALL: [Self; 5] = [Self::Approve, Self::Refuse, Self::Suspend, Self::Resume, Self::Withdraw];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
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

    /// The kind of the record that it leaves.
    #[must_use]
    pub fn record(self) -> &'static str {
        match self {
            Self::Approve => "component.approved",
            Self::Refuse => "component.refused",
            Self::Suspend => "component.suspended",
            Self::Resume => "component.resumed",
            Self::Withdraw => "component.withdrawn",
        }
    }

    /// Whether people have to be told why.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Refuse | Self::Suspend | Self::Withdraw)
    }
}

/// From where an act leads where. What is not here leads nowhere.
pub const TRANSITIONS: [(State, Act, State); 7] = [
    (Submitted, Act::Approve, Approved),
    (Submitted, Act::Refuse, Refused),
    (Submitted, Act::Withdraw, Withdrawn),
    (Approved, Act::Suspend, Suspended),
    (Approved, Act::Withdraw, Withdrawn),
    (Suspended, Act::Resume, Approved),
    (Suspended, Act::Withdraw, Withdrawn),
];

/// Where an act leads.
#[must_use]
pub fn target(from: State, act: Act) -> Option<State> {
    TRANSITIONS.iter().find(|(state, by, _)| *state == from && *by == act).map(|(_, _, to)| *to)
}

/// The name of a state, for people.
#[must_use]
pub fn label(state: State) -> Text {
    match state {
        Submitted => Text::new("待审核", "not reviewed yet"),
        Refused => Text::new("审核未通过", "refused"),
        Approved => Text::new("已登记", "registered"),
        Suspended => Text::new("已暂停", "suspended"),
        Withdrawn => Text::new("已撤回", "withdrawn"),
    }
}
