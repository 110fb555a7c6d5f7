//! Which columns are personal data, 个人信息保护法 Articles 4 and 28; GB/T 45574-2025 for what is sensitive. Decided from the shares of the patterns and
//! the name of the column, and from nothing else, so that the gate can decide again what a profile states.

use serde::{Deserialize, Serialize};
use xinyu_core::data::ColumnKind;
use xinyu_protocol::text::Text;

use super::hint::{self, Hint};
use super::{ColumnProfile, Pattern};

/// What a column says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// 公民身份号码; since GB/T 45574-2025 by itself not sensitive.
    CitizenId,
    /// 护照号码.
    Passport,
    /// 姓名.
    Name,
    /// 手机号码.
    Mobile,
    /// 固定电话.
    Landline,
    /// 电子邮箱.
    Email,
    /// 住址.
    Address,
    /// 出生日期.
    BirthDate,
    /// 网络账号.
    Account,
    /// 机动车号牌.
    VehiclePlate,
    /// 金融账户: sensitive.
    BankCard,
    /// 医疗健康: sensitive.
    Health,
    /// 生物识别: sensitive.
    Biometric,
    /// 宗教信仰: sensitive.
    Religion,
    /// 行踪轨迹: sensitive.
    Track,
    /// 特定身份: sensitive.
    SpecificIdentity,
}

/// What the finding of personal data rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The values alone.
    Values,
    /// The column's name alone: the least certain.
    Name,
    /// Both: the most certain.
    Both,
    /// What stands within longer texts.
    Text,
}

/// 安全等级 of NDI-TR-2025-06, `001` 公开 to `005`. A profile finds at most the fourth: the fifth is given by law, not by looking at values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SecurityLevel {
    /// Nothing found that needs protection.
    #[serde(rename = "001")]
    One,
    /// Personal data that names nobody by itself.
    #[serde(rename = "002")]
    Two,
    /// Personal data.
    #[serde(rename = "003")]
    Three,
    /// Sensitive personal data.
    #[serde(rename = "004")]
    Four,
    /// Only as stated by its owner.
    #[serde(rename = "005")]
    Five,
}

impl SecurityLevel {
    /// The code, `001` to `005`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::One => "001",
            Self::Two => "002",
            Self::Three => "003",
            Self::Four => "004",
            Self::Five => "005",
        }
    }
}

impl PersonalKind {
    /// Whether it is 敏感个人信息, PIPL Article 28.
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        self.level() >= SecurityLevel::Four
    }

    /// The level of a column of this kind.
    #[must_use]
    pub fn level(self) -> SecurityLevel {
        match self {
            Self::BirthDate | Self::Landline => SecurityLevel::Two,
            Self::CitizenId
            | Self::Passport
            | Self::Name
            | Self::Mobile
            | Self::Email
            | Self::Address
            | Self::Account
            | Self::VehiclePlate => SecurityLevel::Three,
            Self::BankCard | Self::Health | Self::Biometric | Self::Religion | Self::Track | Self::SpecificIdentity => {
                SecurityLevel::Four
            }
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::CitizenId => ("公民身份号码", "citizen number"),
            Self::Passport => ("护照号码", "passport number"),
            Self::Name => ("姓名", "name of a person"),
            Self::Mobile => ("手机号码", "mobile number"),
            Self::Landline => ("固定电话", "landline number"),
            Self::Email => ("电子邮箱", "email address"),
            Self::Address => ("住址", "postal address"),
            Self::BirthDate => ("出生日期", "date of birth"),
            Self::Account => ("网络账号", "network account"),
            Self::VehiclePlate => ("机动车号牌", "vehicle plate"),
            Self::BankCard => ("金融账户", "bank card or account"),
            Self::Health => ("医疗健康信息", "health"),
            Self::Biometric => ("生物识别信息", "biometric data"),
            Self::Religion => ("宗教信仰", "religion"),
            Self::Track => ("行踪轨迹", "whereabouts"),
            Self::SpecificIdentity => ("特定身份", "specific identity"),
        };
        Text::new(zh, en)
    }

    /// How a column of this kind is to be desensitised before it is offered.
    #[must_use]
    pub fn advice(self) -> Text {
        let (zh, en) = match self {
            Self::CitizenId => {
                ("保留前 3 位和后 4 位，或加盐散列", "keep the first 3 and the last 4, or hash with salt")
            }
            Self::Passport | Self::Account | Self::VehiclePlate => ("加盐散列", "hash with salt"),
            Self::Name => ("只保留姓氏，如“张*三”的形式", "keep the surname only"),
            Self::Mobile => ("隐去中间四位", "hide the four digits in the middle"),
            Self::Landline => ("只保留区号", "keep the area code only"),
            Self::Email => ("隐去用户名", "hide the part before the at sign"),
            Self::Address => ("泛化到城市", "generalise to the city"),
            Self::BirthDate => ("泛化到年份", "generalise to the year"),
            Self::BankCard => ("只保留后四位", "keep the last 4 only"),
            Self::Health | Self::Biometric | Self::Religion | Self::Track | Self::SpecificIdentity => {
                ("不提供该字段，或置空", "leave the field out, or empty it")
            }
        };
        let title = self.title();
        Text::new(format!("含{}：{zh}", title.zh), format!("holds {}: {en}", title.en))
    }

    /// The same, or what to do when it stands within texts: there it cannot be hidden by its place.
    pub(super) fn advice_for(self, basis: Basis) -> Text {
        let title = self.title();
        match basis {
            Basis::Text => Text::new(
                format!("文本中含{}：逐处脱敏，或不提供该字段", title.zh),
                format!("holds {} within its texts: mask every place, or leave the field out", title.en),
            ),
            _ => self.advice(),
        }
    }
}

/// When a pattern makes a column personal. Shares are of the values that there are, in permille.
struct Threshold {
    pattern: Pattern,
    kind: PersonalKind,
    /// Enough without the column's name.
    enough: u16,
    /// Values needed besides the share: one value by chance is none.
    values: u64,
    /// Enough when the name hints at it.
    hinted: u16,
    /// Worth a look.
    worth: u16,
}

/// In the order in which they win. A check character is right by chance in one of ten or eleven numbers of the right form; what has no check needs more.
const THRESHOLDS: [Threshold; 9] = [
    threshold(Pattern::CitizenId, PersonalKind::CitizenId, 10, 2, 0, 0),
    threshold(Pattern::BankCard, PersonalKind::BankCard, 500, 2, 50, 200),
    threshold(Pattern::Mobile, PersonalKind::Mobile, 100, 2, 0, 10),
    threshold(Pattern::Landline, PersonalKind::Landline, 300, 2, 50, 50),
    // Without a check, its name must say so.
    threshold(Pattern::Passport, PersonalKind::Passport, NEVER, 2, 100, NEVER),
    threshold(Pattern::Email, PersonalKind::Email, 10, 2, 0, 0),
    threshold(Pattern::ChineseName, PersonalKind::Name, 800, 10, 300, 500),
    threshold(Pattern::Address, PersonalKind::Address, 500, 2, 100, 200),
    threshold(Pattern::VehiclePlate, PersonalKind::VehiclePlate, 300, 2, 50, 100),
];

/// More than all.
const NEVER: u16 = 1001;

const fn threshold(
    pattern: Pattern,
    kind: PersonalKind,
    enough: u16,
    values: u64,
    hinted: u16,
    worth: u16,
) -> Threshold {
    Threshold { pattern, kind, enough, values, hinted, worth }
}

/// Different values below which a column is a list of words rather than of people.
const MIN_DIFFERENT_NAMES: u64 = 10;

impl ColumnProfile {
    /// Which personal data the facts make the column, and why.
    pub(super) fn judge(&self) -> Option<(PersonalKind, Basis)> {
        if self.kind == ColumnKind::Boolean {
            return None;
        }
        let by_values = self.by_values().map(|kind| (kind, Basis::Values));
        let by_text = self.by_text().map(|kind| (kind, Basis::Text));
        match (by_values.or(by_text), hint::of(&self.name).and_then(|hint| self.by_hint(hint))) {
            (Some((found, _)), Some((hinted, basis))) if hinted.level() > found.level() => Some((hinted, basis)),
            (Some((found, _)), Some((hinted, _))) if hinted == found => Some((found, Basis::Both)),
            (found, hinted) => found.or(hinted),
        }
    }

    /// A pattern of personal data that is too rare, or too like other things, to decide.
    pub(super) fn doubt(&self) -> Option<(Pattern, PersonalKind)> {
        self.thresholds()
            .find(|threshold| {
                let (values, permille) = self.share(threshold.pattern);
                values > 0 && permille >= threshold.worth
            })
            .map(|threshold| (threshold.pattern, threshold.kind))
    }

    fn by_values(&self) -> Option<PersonalKind> {
        self.thresholds()
            .find(|threshold| {
                let (values, permille) = self.share(threshold.pattern);
                let is_varied = threshold.kind != PersonalKind::Name || self.distinct_estimate >= MIN_DIFFERENT_NAMES;
                permille >= threshold.enough && values >= threshold.values && is_varied
            })
            .map(|threshold| threshold.kind)
    }

    fn by_hint(&self, hint: Hint) -> Option<(PersonalKind, Basis)> {
        let kind = hint.kind();
        let of_kind = THRESHOLDS.iter().find(|threshold| threshold.kind == kind);
        let is_shown = of_kind.is_some_and(|threshold| {
            let (values, permille) = self.share(threshold.pattern);
            values > 0 && permille >= threshold.hinted
        });
        let is_day = kind == PersonalKind::BirthDate && matches!(self.kind, ColumnKind::Date | ColumnKind::Timestamp);
        let is_masked = self.share(Pattern::Masked).1 >= 500;
        match hint {
            _ if is_shown || is_day => Some((kind, Basis::Both)),
            Hint::Strong(_) if !is_masked => Some((kind, Basis::Name)),
            _ => None,
        }
    }

    /// Names and addresses of organisations are nobody's.
    fn thresholds(&self) -> impl Iterator<Item = &'static Threshold> {
        let is_organisation = hint::is_organisation(&self.name);
        THRESHOLDS.iter().filter(move |threshold| {
            !(is_organisation && matches!(threshold.kind, PersonalKind::Name | PersonalKind::Address))
        })
    }
}

impl Hint {
    fn kind(self) -> PersonalKind {
        match self {
            Self::Strong(kind) | Self::Weak(kind) => kind,
        }
    }
}
