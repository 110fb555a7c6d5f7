//! A role of a person, from proposal to its end: one administrator proposes it, the other confirms it, every half year it is reviewed. Nobody has a hand
//! in roles of their own. TC609-6-2025-13 §7.2.1 c (多级审批), §7.4 f (半年复核), §7.6.2 a (管理权限相互制约).

use jiff::Timestamp;
use xinyu_access::Role;

use crate::fault::Rejection;

/// Somebody who does something to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Login name.
    pub name: String,
    /// The role in effect.
    pub role: Role,
}

/// A role of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub grant_id: String,
    /// Whose.
    pub user: String,
    /// Which.
    pub role: Role,
    /// Who proposed it.
    pub proposed_by: String,
    /// In which role.
    pub proposed_as: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
    /// When it was last reviewed.
    pub reviewed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why: `replaced`, `withdrawn`, `declined`, `review`.
    pub ended_why: String,
}

impl Grant {
    /// `proposed`, `in_effect` or `ended`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.ended_at, self.confirmed_at) {
            (Some(_), _) => "ended",
            (None, Some(_)) => "in_effect",
            (None, None) => "proposed",
        }
    }

    /// Since when nobody looked at it.
    #[must_use]
    pub fn last_reviewed(&self) -> Timestamp {
        self.reviewed_at.or(self.confirmed_at).unwrap_or(self.proposed_at)
    }

    /// It is in effect from now on.
    ///
    /// # Errors
    /// If it is over, was confirmed, is the confirming person's own, or was proposed by the same person or in the same role.
    pub fn confirm(self, by: &Actor, now: Timestamp) -> Result<Self, Rejection> {
        not_own(&self.user, by)?;
        if self.state() != "proposed" {
            return Err(not_now(&self));
        }
        if self.proposed_by == by.name || self.proposed_as == by.role.as_str() {
            return Err(Rejection::forbidden(
                "confirm-by-the-other",
                format!("角色由 {} 提出，须由另一类管理员确认", self.proposed_by),
                format!(
                    "the role was proposed by {}, an administrator of the other kind has to confirm it",
                    self.proposed_by
                ),
            )
            .clause("TC609-6-2025-13 §7.2.1 c"));
        }
        Ok(Self { confirmed_by: Some(by.name.clone()), confirmed_at: Some(now), ..self })
    }

    /// It is over from now on, or is not to be.
    ///
    /// # Errors
    /// If it is over already, or the person's own.
    pub fn withdraw(self, by: &Actor, now: Timestamp) -> Result<Self, Rejection> {
        not_own(&self.user, by)?;
        let why = match self.state() {
            "proposed" => "declined",
            "in_effect" => "withdrawn",
            _ => return Err(not_now(&self)),
        };
        Ok(self.end(why, now))
    }

    /// It was looked at: kept, or over from now on.
    ///
    /// # Errors
    /// If it is not in effect, the person's own, or not for this administrator to review.
    pub fn review(self, by: &Actor, keep: bool, now: Timestamp) -> Result<Self, Rejection> {
        not_own(&self.user, by)?;
        if self.state() != "in_effect" {
            return Err(not_now(&self));
        }
        if !may_review(by.role, self.role) {
            return Err(Rejection::forbidden(
                "review-by-the-other",
                "安全管理员复核各类角色，安全管理员自身的角色由系统管理员复核",
                "the security administrator reviews all roles but that of security administrators, which the system administrator reviews",
            )
            .clause("TC609-6-2025-13 §7.4 f"));
        }
        let reviewed = Self { reviewed_at: Some(now), ..self };
        Ok(if keep { reviewed } else { reviewed.end("review", now) })
    }

    /// It is over.
    #[must_use]
    pub fn end(self, why: &str, now: Timestamp) -> Self {
        Self { ended_at: Some(now), ended_why: why.to_owned(), ..self }
    }
}

/// A role is proposed for somebody.
///
/// # Errors
/// If it is for oneself.
pub fn propose(grant_id: String, user: &str, role: Role, by: &Actor, now: Timestamp) -> Result<Grant, Rejection> {
    not_own(user, by)?;
    Ok(Grant {
        grant_id,
        user: user.to_owned(),
        role,
        proposed_by: by.name.clone(),
        proposed_as: by.role.as_str().to_owned(),
        proposed_at: now,
        confirmed_by: None,
        confirmed_at: None,
        reviewed_at: None,
        ended_at: None,
        ended_why: String::new(),
    })
}

/// Whether an administrator reviews a role: they check each other.
#[must_use]
pub fn may_review(reviewer: Role, role: Role) -> bool {
    match reviewer {
        Role::Security => role != Role::Security,
        Role::System => role == Role::Security,
        _ => false,
    }
}

/// The role of a word.
///
/// # Errors
/// If there is no such role.
pub fn role(word: &str) -> Result<Role, Rejection> {
    Role::from_word(word).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        Rejection::bad(
            "unknown-role",
            format!("没有角色 {word}，可选：{}", all.join("、")),
            format!("there is no role {word}, but {}", all.join(", ")),
        )
        .clause("/role")
    })
}

fn not_own(user: &str, by: &Actor) -> Result<(), Rejection> {
    if user != by.name {
        return Ok(());
    }
    Err(Rejection::forbidden("own-role", "不能变更或复核本人的角色", "nobody changes or reviews a role of their own")
        .clause("TC609-6-2025-13 §7.6.2 a"))
}

fn not_now(grant: &Grant) -> Rejection {
    let state = grant.state();
    Rejection::conflict(
        "grant-not-so",
        format!("该角色当前状态为 {state}，不能执行此操作"),
        format!("the role is {state}, this is not possible"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25T08:00:00Z".parse().unwrap()
    }

    fn actor(name: &str, role: Role) -> Actor {
        Actor { name: name.to_owned(), role }
    }

    fn proposed(by: &Actor) -> Grant {
        propose("g".to_owned(), "li", Role::Clerk, by, now()).unwrap()
    }

    fn code(result: Result<Grant, Rejection>) -> String {
        result.map_or_else(|refused| refused.code.to_owned(), |grant| grant.state().to_owned())
    }

    #[test]
    fn tc609_13_7_2_1_c_a_role_takes_two_administrators() {
        let system = actor("sys", Role::System);
        let security = actor("sec", Role::Security);
        let check = |proposer: &Actor, confirmer: &Actor, expect: &str| {
            assert_eq!(code(proposed(proposer).confirm(confirmer, now())), expect, "{proposer:?} {confirmer:?}");
        };
        check(&system, &security, "in_effect");
        check(&security, &system, "in_effect");
        check(&system, &system, "confirm-by-the-other");
        check(&system, &actor("sys2", Role::System), "confirm-by-the-other");
        check(&system, &actor("li", Role::Security), "own-role");
        assert_eq!(code(propose("g".to_owned(), "sec", Role::Audit, &security, now())), "own-role");
        let grant = proposed(&system).confirm(&security, now()).unwrap();
        assert_eq!(code(grant.clone().confirm(&security, now())), "grant-not-so");
        let ended = grant.withdraw(&security, now()).unwrap();
        assert_eq!(ended.ended_why, "withdrawn");
        assert_eq!(code(ended.withdraw(&security, now())), "grant-not-so");
        assert_eq!(proposed(&system).withdraw(&security, now()).unwrap().ended_why, "declined");
    }

    #[test]
    fn tc609_13_7_4_f_administrators_review_each_other() {
        let (system, security) = (actor("sys", Role::System), actor("sec", Role::Security));
        let of = |user: &str, role| {
            let grant = propose("g".to_owned(), user, role, &actor("x", Role::System), now()).unwrap();
            grant.confirm(&actor("y", Role::Security), now()).unwrap()
        };
        for (grant, by, expect) in [
            (of("li", Role::Clerk), &security, "in_effect"),
            (of("li", Role::Clerk), &system, "review-by-the-other"),
            (of("li", Role::Security), &system, "in_effect"),
            (of("li", Role::Security), &security, "review-by-the-other"),
            (of("sec", Role::Security), &security, "own-role"),
            (of("li", Role::System), &security, "in_effect"),
            (proposed(&system), &security, "grant-not-so"),
        ] {
            assert_eq!(code(grant.clone().review(by, true, now())), expect, "{grant:?}");
        }
        let gone = of("li", Role::Clerk).review(&security, false, now()).unwrap();
        assert_eq!((gone.state(), gone.ended_why.as_str(), gone.reviewed_at), ("ended", "review", Some(now())));
    }
}
