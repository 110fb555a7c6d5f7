//! The roles of people on a node: three administrators who check each other (三员分立), and three roles of business. A person has one role at a time, so
//! that nobody holds two of the three, and no administrator does business.

use std::fmt;

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 系统管理员: makes accounts, runs the node.
    System,
    /// 安全管理员: assigns roles, unlocks, reviews permissions.
    Security,
    /// 审计管理员: reads what people did and what was recorded.
    Audit,
    /// 业务管理: all business, decisions included.
    Manager,
    /// 业务经办: does business, decides nothing.
    Clerk,
    /// 只读: looks at business.
    Viewer,
}

impl Role {
    /// All, administrators first.
    pub const ALL: [Self; 6] = [Self::System, Self::Security, Self::Audit, Self::Manager, Self::Clerk, Self::Viewer];
    /// The three that check each other.
    pub const ADMINISTRATORS: [Self; 3] = [Self::System, Self::Security, Self::Audit];

    /// The word on the wire, in the store and in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Security => "security",
            Self::Audit => "audit",
            Self::Manager => "manager",
            Self::Clerk => "clerk",
            Self::Viewer => "viewer",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether it is one of the three administrators.
    #[must_use]
    pub fn is_administrator(self) -> bool {
        Self::ADMINISTRATORS.contains(&self)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::System => "系统管理员",
            Self::Security => "安全管理员",
            Self::Audit => "审计管理员",
            Self::Manager => "业务管理",
            Self::Clerk => "业务经办",
            Self::Viewer => "只读",
        }
    }

    /// Its name in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::System => "system administrator",
            Self::Security => "security administrator",
            Self::Audit => "audit administrator",
            Self::Manager => "manager",
            Self::Clerk => "clerk",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
