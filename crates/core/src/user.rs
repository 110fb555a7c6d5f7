//! People who use a node: in which state an account is, what must be done before anything else, when it is locked or goes dormant, how long a session
//! lasts. NDI-TR-2025-03 §9.2.1; TC609-6-2025-13 §7.2.1. Pure.

pub mod attempts;
pub mod grant;
pub mod method;
pub mod password;
pub mod statement;
pub mod totp;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_access::{AccountState, SecondFactor};

use crate::fault::Rejection;

/// The rules of a node for the people who use it, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountRules {
    /// Who has to log in with a second factor: `off`, `administrators`, `deciding`.
    pub second_factor: SecondFactor,
    /// Whether the account that the configuration makes has to change its password at the first login, as all others have to.
    pub change_first_password: bool,
    /// After how many days a password has to be changed.
    pub password_days: u32,
    /// How many days before that people are reminded.
    pub reminder_days: u32,
    /// After how many failures an account is locked.
    pub lock_after: u32,
    /// For how long.
    pub lock_minutes: u32,
    /// After how many failures of a name a picture has to be read before a password is looked at; always, if none.
    pub captcha_after: u32,
    /// The same for an address, which may be that of a whole office.
    pub captcha_after_address: u32,
    /// After how long without a request a session ends.
    pub idle_minutes: u32,
    /// After how long it ends in any case.
    pub session_hours: u32,
    /// How many sessions a person may have; the oldest ends when there is one more.
    pub sessions: u32,
    /// After how many days without a login an account goes dormant.
    pub dormant_days: u32,
    /// After how many days a role has to be reviewed.
    pub review_days: u32,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self {
            second_factor: SecondFactor::Administrators,
            change_first_password: false,
            password_days: 180,
            reminder_days: 14,
            lock_after: 5,
            lock_minutes: 15,
            captcha_after: 2,
            captcha_after_address: 10,
            idle_minutes: 60,
            session_hours: 8,
            sessions: 16,
            dormant_days: 90,
            review_days: 180,
        }
    }
}

impl AccountRules {
    /// That the rules are no weaker than the standards allow.
    ///
    /// # Errors
    /// With the first that is.
    pub fn check(&self) -> Result<(), Rejection> {
        let within = |name: &'static str, value: u32, least: u32, most: u32, clause: &'static str| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Rejection::bad(
                "bad-access-rules",
                format!("access.{name} 应为 {least} 至 {most}，现为 {value}"),
                format!("access.{name} is from {least} to {most}, not {value}"),
            )
            .clause(clause))
        };
        within("password_days", self.password_days, 1, 366, "NDI-TR-2025-03 §9.2.1 a")?;
        within("reminder_days", self.reminder_days, 0, self.password_days, "NDI-TR-2025-03 §9.2.1 a")?;
        within("lock_after", self.lock_after, 1, 10, "NDI-TR-2025-03 §9.2.1 b")?;
        within("lock_minutes", self.lock_minutes, 1, 525_600, "NDI-TR-2025-03 §9.2.1 b")?;
        within("captcha_after", self.captcha_after, 0, self.lock_after, "TC609-6-2025-11 §10.2.4 c")?;
        within("captcha_after_address", self.captcha_after_address, 1, 100, "TC609-6-2025-11 §10.2.4 c")?;
        within("idle_minutes", self.idle_minutes, 1, 1_440, "TC609-6-2025-13 §7.2.1")?;
        within("session_hours", self.session_hours, 1, 24, "TC609-6-2025-13 §7.2.1")?;
        within("sessions", self.sessions, 1, 1_000, "TC609-6-2025-13 §7.2.1")?;
        within("dormant_days", self.dormant_days, 1, 366, "TC609-6-2025-13 §7.2.1 c")?;
        within("review_days", self.review_days, 1, 183, "TC609-6-2025-13 §7.4 f")
    }

    /// When a password that was set at an instant has to be changed.
    #[must_use]
    pub fn password_expires_at(&self, changed_at: Timestamp) -> Timestamp {
        later(changed_at, days(self.password_days))
    }

    /// Whether people are reminded of that.
    #[must_use]
    pub fn is_reminded(&self, changed_at: Timestamp, now: Timestamp) -> bool {
        let expires_at = self.password_expires_at(changed_at);
        now < expires_at && later(now, days(self.reminder_days)) >= expires_at
    }

    /// Until when an account is locked that failed so often; none while it is not.
    #[must_use]
    pub fn lock_until(&self, failures: u32, now: Timestamp) -> Option<Timestamp> {
        (failures >= self.lock_after).then(|| later(now, SignedDuration::from_mins(i64::from(self.lock_minutes))))
    }

    /// When a session that begins now ends in any case.
    #[must_use]
    pub fn session_ends_at(&self, now: Timestamp) -> Timestamp {
        later(now, SignedDuration::from_hours(i64::from(self.session_hours)))
    }

    /// Sessions that were not used since then are over.
    #[must_use]
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        earlier(now, SignedDuration::from_mins(i64::from(self.idle_minutes)))
    }

    /// Accounts that were not used since then are dormant.
    #[must_use]
    pub fn dormant_since(&self, now: Timestamp) -> Timestamp {
        earlier(now, days(self.dormant_days))
    }

    /// When a role that was confirmed or reviewed at an instant has to be reviewed.
    #[must_use]
    pub fn review_due_at(&self, last: Timestamp) -> Timestamp {
        later(last, days(self.review_days))
    }
}

/// What the state of an account follows from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The role in effect; empty while there is none.
    pub role: &'a str,
    /// Why it is switched off: empty, `dormant` or `disabled`.
    pub off: &'a str,
    /// Until when it is locked.
    pub locked_until: Option<Timestamp>,
}

/// The state of an account.
#[must_use]
pub fn state(facts: Facts<'_>, now: Timestamp) -> AccountState {
    match facts {
        Facts { off: "dormant", .. } => AccountState::Dormant,
        Facts { off, .. } if !off.is_empty() => AccountState::Disabled,
        Facts { locked_until: Some(until), .. } if until > now => AccountState::Locked,
        Facts { role: "", .. } => AccountState::Unconfirmed,
        Facts { .. } => AccountState::Active,
    }
}

/// A login name: letters, digits, `.`, `-`, `_`, from 2 to 64, beginning with a letter.
///
/// # Errors
/// If it is none.
pub fn check_name(name: &str) -> Result<(), Rejection> {
    let good = (2..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if good {
        return Ok(());
    }
    Err(Rejection::bad(
        "bad-user-name",
        "用户名为 2 至 64 位，以字母开头，可含字母、数字、点、连字符和下划线",
        "a user name has 2 to 64 characters, begins with a letter and has letters, digits, dots, hyphens and underscores",
    )
    .clause("/name"))
}

fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_account_is_in_one_state() {
        let now = at("2026-11-25T08:00:00Z");
        let (past, coming) = (Some(at("2026-11-25T07:59:59Z")), Some(at("2026-11-25T08:00:01Z")));
        for (role, off, locked_until, expect) in [
            ("manager", "", None, AccountState::Active),
            ("manager", "", past, AccountState::Active),
            ("", "", None, AccountState::Unconfirmed),
            ("", "", coming, AccountState::Locked),
            ("manager", "", coming, AccountState::Locked),
            ("manager", "dormant", coming, AccountState::Dormant),
            ("manager", "disabled", None, AccountState::Disabled),
        ] {
            assert_eq!(state(Facts { role, off, locked_until }, now), expect, "{role} {off} {locked_until:?}");
        }
    }

    #[test]
    fn ndi_03_9_2_1_a_passwords_end_and_people_are_reminded() {
        let (rules, set) =
            (AccountRules { password_days: 30, reminder_days: 7, ..Default::default() }, at("2026-01-01T00:00:00Z"));
        assert_eq!(rules.password_expires_at(set), at("2026-01-31T00:00:00Z"));
        for (now, expect) in [
            ("2026-01-23T23:59:59Z", false),
            ("2026-01-24T00:00:00Z", true),
            ("2026-01-30T23:59:59Z", true),
            ("2026-01-31T00:00:00Z", false),
        ] {
            assert_eq!(rules.is_reminded(set, at(now)), expect, "{now}");
        }
    }

    #[test]
    fn ndi_03_9_2_1_b_five_failures_lock() {
        let (rules, now) = (AccountRules::default(), at("2026-01-01T00:00:00Z"));
        assert_eq!(rules.lock_until(4, now), None);
        assert_eq!(rules.lock_until(5, now), Some(at("2026-01-01T00:15:00Z")));
        assert_eq!(rules.lock_until(6, now), Some(at("2026-01-01T00:15:00Z")));
    }

    #[test]
    fn rules_weaker_than_the_standards_are_refused() {
        AccountRules::default().check().unwrap();
        for rules in [
            AccountRules { password_days: 0, ..Default::default() },
            AccountRules { lock_after: 0, ..Default::default() },
            AccountRules { captcha_after: 6, ..Default::default() },
            AccountRules { captcha_after_address: 0, ..Default::default() },
            AccountRules { lock_after: 11, ..Default::default() },
            AccountRules { review_days: 184, ..Default::default() },
            AccountRules { sessions: 0, ..Default::default() },
        ] {
            assert!(rules.check().is_err(), "{rules:?}");
        }
    }

    #[test]
    fn names_are_plain() {
        for (name, expect) in [
            ("admin", true),
            ("li.si-2_", true),
            ("a", false),
            ("1a", false),
            ("王芳", false),
            ("a/b", false),
            ("а-b", false),
        ] {
            assert_eq!(check_name(name).is_ok(), expect, "{name}");
        }
    }
}
