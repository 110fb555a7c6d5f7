//! Why a code was refused, in words. The code itself is never printed whole: an error travels further than an identifier should.

use std::fmt;

use super::fault::{Allowed, CheckRule, Fault};
use super::kind::IdKind;
use crate::text::Text;

/// Why a code is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError {
    kind: IdKind,
    code: String,
    fault: Fault,
}

impl IdError {
    pub(super) fn new(kind: IdKind, code: &str, fault: Fault) -> Self {
        Self { kind, code: shortened(code), fault }
    }

    /// What it was read as.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        self.kind
    }

    /// What is wrong.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The sentence in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let name = self.kind.name();
        let predicate = self.predicate();
        Text::new(
            format!("{} {} {}", name.zh, self.code, predicate.zh),
            format!("{} {} {}", name.en, self.code, predicate.en),
        )
    }

    fn predicate(&self) -> Text {
        let clause = self.kind.clause();
        match &self.fault {
            Fault::Length { found } => {
                let length = self.kind.length();
                Text::new(
                    format!("共 {found} 位，应为 {} 位（{clause}）", length.zh),
                    format!("has {found} characters where {} are prescribed ({clause})", length.en),
                )
            }
            Fault::Extension { found } => Text::new(
                format!("的扩展码共 {found} 位，应为 1–32 位（{clause}）"),
                format!("has an extension of {found} characters where 1 to 32 are prescribed ({clause})"),
            ),
            Fault::Character { position, found, allowed } => {
                let allowed = allowed.name();
                Text::new(
                    format!("第 {position} 位为 {found:?}，只允许{}（{clause}）", allowed.zh),
                    format!("has {found:?} at position {position} where only {} may stand ({clause})", allowed.en),
                )
            }
            Fault::Type { found } => {
                let codes = self.kind.type_codes();
                Text::new(
                    format!("的类型码为 {found}，应为 {}（{clause}）", joined(codes, "或")),
                    format!("has type code {found} where {} is prescribed ({clause})", joined(codes, "or")),
                )
            }
            Fault::NodeType { found } => Text::new(
                format!("的业务节点类型码为 {found}，应为 4（{clause}）"),
                format!("has node type code {found} where 4 is prescribed ({clause})"),
            ),
            Fault::Area { found } => Text::new(
                format!("的区域/行业代码 {found} 不存在（NDI-TR-2025-04 4.2；GB/T 2260-2007，GB/T 4754-2017）"),
                format!(
                    "has area code {found}, which does not exist (NDI-TR-2025-04 4.2; GB/T 2260-2007, GB/T 4754-2017)"
                ),
            ),
            Fault::Date { found, clause } => Text::new(
                format!("含有不存在的日期或时间 {found}（{clause}）"),
                format!("has {found}, which is no date or time ({clause})"),
            ),
            Fault::Check { found, computed, rule } => {
                let (zh, en, clause) = rule.name();
                Text::new(
                    format!("的{zh}为 {found}，应为 {computed}（{clause}）"),
                    format!("has {en} {found} where {computed} is computed ({clause})"),
                )
            }
            Fault::CitizenInTheClear => Text::new(
                "是未加密的公民身份号码，应加密后使用（NDI-TR-2025-04 4.1 b）",
                "is a citizen number in the clear where an encrypted one is prescribed (NDI-TR-2025-04 4.1 b)",
            ),
        }
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for IdError {}

impl Allowed {
    fn name(self) -> Text {
        let (zh, en) = match self {
            Self::Digits => ("数字 0–9", "0–9"),
            Self::Alphanumeric => ("数字 0–9 和大写字母 A–Z", "0–9 and A–Z"),
            Self::Check => ("数字 0–9、大写字母 A–Z 和 *", "0–9, A–Z and *"),
            Self::CreditCode => ("数字 0–9 和除 I、O、S、V、Z 以外的大写字母", "0–9 and A–Z without I, O, S, V, Z"),
            Self::CitizenCheck => ("数字 0–9 和 X", "0–9 and X"),
            Self::Separator => ("分隔符 •", "the separator •"),
            Self::Uri => ("URI 字符", "the characters of a URI"),
        };
        Text::new(zh, en)
    }
}

impl CheckRule {
    fn name(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Mod37_2 => ("校验码", "check character", "GB/T 17710 MOD 37-2"),
            Self::CreditCode => ("统一社会信用代码校验码", "credit code check character", "GB 32100-2015"),
            Self::OrganisationCode => ("组织机构代码校验码", "organisation code check character", "GB 11714-1997"),
            Self::CitizenNumber => ("公民身份号码校验码", "citizen number check character", "GB 11643-1999"),
        }
    }
}

/// The first four and the last two characters.
fn shortened(code: &str) -> String {
    let count = code.chars().count();
    let shown: String = if count > 8 {
        let head = code.chars().take(4);
        head.chain(['…']).chain(code.chars().skip(count - 2)).collect()
    } else {
        code.to_owned()
    };
    shown.replace(char::is_control, "�")
}

fn joined(codes: &[char], or: &str) -> String {
    codes.iter().map(char::to_string).collect::<Vec<_>>().join(&format!(" {or} "))
}
