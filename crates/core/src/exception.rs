//! Exceptions (异常处理): messages that did not arrive, and what a person may decide about one. TC609-6-2025-14 §7.5 c. Pure.
//!
//! A message is tried again by itself for as long as it may still be taken, and what its stream has behind it waits. Nothing is ever deleted here: what is set
//! aside can be sent later, and what is given up stays readable with who gave it up and why.

use xinyu_protocol::text::Text;

use crate::fault::Rejection;
use crate::warning::CLAUSE;

/// The longest reason, in characters.
const REASON: usize = 256;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way, and never failed.
    Waiting,
    /// Failed, and tried again by itself.
    Retrying,
    /// Not tried any more; its stream goes on without it.
    SetAside,
    /// A person has given it up.
    GivenUp,
    /// It arrived.
    Delivered,
}

impl State {
    /// All.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Retrying, Self::SetAside, Self::GivenUp, Self::Delivered];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::SetAside => "set_aside",
            Self::GivenUp => "given_up",
            Self::Delivered => "delivered",
        }
    }

    /// What may be decided about it.
    #[must_use]
    pub fn moves(self) -> &'static [Action] {
        match self {
            Self::Retrying => &[Action::Retry, Action::SetAside],
            Self::SetAside => &[Action::Retry, Action::GiveUp],
            Self::Waiting | Self::GivenUp | Self::Delivered => &[],
        }
    }
}

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is tried now.
    Retry,
    /// It is not tried any more for now, so that what waits behind it goes on.
    SetAside,
    /// Nobody looks for it any more.
    GiveUp,
}

impl Action {
    /// All.
    pub const ALL: [Self; 3] = [Self::Retry, Self::SetAside, Self::GiveUp];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::SetAside => "set_aside",
            Self::GiveUp => "give_up",
        }
    }

    /// The record of it.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Retry => "exception.retried",
            Self::SetAside => "exception.set_aside",
            Self::GiveUp => "exception.given_up",
        }
    }
}

/// A decision as it was asked for.
///
/// # Errors
/// If there is no such action, or it has no reason where it needs one.
pub fn asked(action: &str, reason: &str) -> Result<(Action, String), Rejection> {
    let known = Action::ALL.into_iter().find(|one| one.as_str() == action).ok_or_else(|| {
        Rejection::bad(
            "exception-action",
            format!("没有操作「{action}」，可选 retry、set_aside、give_up"),
            format!("there is no action {action}, there are retry, set_aside and give_up"),
        )
        .clause("/action")
    })?;
    let reason = reason.trim();
    let length = reason.chars().count();
    if length > REASON || (length == 0 && known != Action::Retry) {
        return Err(Rejection::bad(
            "exception-reason",
            format!("搁置或放弃须说明理由，1–{REASON} 个字符"),
            format!("setting aside and giving up need a reason of 1 to {REASON} characters"),
        )
        .clause("/reason"));
    }
    Ok((known, reason.to_owned()))
}

/// That something may be decided about a message now.
///
/// # Errors
/// If it may not: it has arrived, was given up, never failed, is being sent at this moment, or was not set aside before.
pub fn must_be_open_to(id: u64, state: State, is_under_way: bool, action: Action) -> Result<(), Rejection> {
    let refuse = |code, zh: String, en: String, next: (&str, &str)| {
        Err(Rejection::conflict(code, zh, en).clause(CLAUSE).next(Text::new(next.0, next.1)))
    };
    let nothing = ("无须处理", "there is nothing to decide");
    match (state, action) {
        (State::Delivered, _) => {
            refuse("exception-delivered", format!("消息 {id} 已送达"), format!("message {id} has arrived"), nothing)
        }
        (State::Waiting, _) => refuse(
            "exception-waiting",
            format!("消息 {id} 尚未失败过，正常排队发送"),
            format!("message {id} has not failed, it is sent in its turn"),
            nothing,
        ),
        (State::GivenUp, _) => refuse(
            "exception-given-up",
            format!("消息 {id} 已放弃，不能再处理"),
            format!("message {id} was given up, which is final"),
            ("需要时请重新办理该业务", "do anew what it was to bring about, if need be"),
        ),
        (State::Retrying, Action::GiveUp) => refuse(
            "exception-not-set-aside",
            format!("消息 {id} 仍在自动重试，不能直接放弃"),
            format!("message {id} is still tried again by itself"),
            ("请先搁置，再放弃", "set it aside first, then give it up"),
        ),
        (State::SetAside, Action::SetAside) => refuse(
            "exception-set-aside",
            format!("消息 {id} 已搁置"),
            format!("message {id} is set aside already"),
            ("可重试或放弃", "retry it, or give it up"),
        ),
        (State::Retrying, Action::SetAside) if is_under_way => refuse(
            "exception-under-way",
            format!("消息 {id} 正在发送"),
            format!("message {id} is being sent at this moment"),
            ("请稍后再试", "ask again in a moment"),
        ),
        (State::Retrying | State::SetAside, Action::Retry)
        | (State::Retrying, Action::SetAside)
        | (State::SetAside, Action::GiveUp) => Ok(()),
    }
}

/// No such message.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-exception",
        format!("没有未送达的消息 {id}"),
        format!("there is no message {id} that did not arrive"),
    )
    .next(Text::new(
        "异常列表列出可以处理的消息",
        "the list of exceptions has those about which there is something to decide",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tc609_14_7_5_c_only_what_may_be_decided_is() {
        for state in State::ALL {
            for action in Action::ALL {
                let told = must_be_open_to(7, state, false, action);
                assert_eq!(told.is_ok(), state.moves().contains(&action), "{state:?} {action:?}");
            }
        }
        let code = |state, is_under_way, action| must_be_open_to(7, state, is_under_way, action).unwrap_err().code;
        assert_eq!(code(State::Delivered, false, Action::Retry), "exception-delivered");
        assert_eq!(code(State::GivenUp, false, Action::Retry), "exception-given-up");
        assert_eq!(code(State::Retrying, false, Action::GiveUp), "exception-not-set-aside");
        assert_eq!(code(State::Retrying, true, Action::SetAside), "exception-under-way");
        assert!(must_be_open_to(7, State::Retrying, true, Action::Retry).is_ok());
    }

    #[test]
    fn tc609_14_7_5_c_a_decision_without_its_reason_is_refused() {
        let long = "长".repeat(REASON + 1);
        for (action, reason, expect) in [
            ("retry", "", Ok(Action::Retry)),
            ("give_up", " 对方已退出 ", Ok(Action::GiveUp)),
            ("set_aside", &long[..3 * REASON], Ok(Action::SetAside)),
            ("give_up", "", Err("exception-reason")),
            ("give_up", "  ", Err("exception-reason")),
            ("set_aside", "", Err("exception-reason")),
            ("give_up", &long, Err("exception-reason")),
            ("retry", &long, Err("exception-reason")),
            ("forget", "x", Err("exception-action")),
            ("", "x", Err("exception-action")),
        ] {
            let found = asked(action, reason).map(|(action, _)| action).map_err(|error| error.code);
            assert_eq!(found, expect, "{action} {reason}");
        }
        assert_eq!(asked("give_up", " 对方已退出 ").unwrap().1, "对方已退出");
    }
}
