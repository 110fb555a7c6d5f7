//! What a single value looks like, by the recognisers. That a column is personal data is decided over all its values and its name, in
//! [`super::personal`].

use serde::{Deserialize, Serialize};

use crate::recognise::{Finding, Kind, is_name, is_passport};

/// What a value can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// 公民身份号码 with a right area, date and check character, alone or within a text. GB 11643-1999.
    CitizenId,
    /// 手机号码 with a prefix in use, alone or within a text.
    Mobile,
    /// 固定电话, alone or within a text.
    Landline,
    /// An address of electronic mail, alone or within a text.
    Email,
    /// 银行卡号: an issuer's prefix and a right check digit (ISO/IEC 7812-1), and no citizen number.
    BankCard,
    /// The form of a 护照号码, which has no check.
    Passport,
    /// Two to four Chinese characters that begin with a surname.
    ChineseName,
    /// A Chinese postal address down to the street, village or building.
    Address,
    /// 机动车号牌. GA 36-2018.
    VehiclePlate,
    /// 统一社会信用代码 with right check characters, GB 32100-2015. Organisations: not personal.
    CreditCode,
    /// With an asterisk: it was masked before.
    Masked,
}

impl Pattern {
    /// All of them.
    pub(super) const ALL: [Self; 11] = [
        Self::CitizenId,
        Self::Mobile,
        Self::Landline,
        Self::Passport,
        Self::Email,
        Self::BankCard,
        Self::ChineseName,
        Self::Address,
        Self::VehiclePlate,
        Self::CreditCode,
        Self::Masked,
    ];

    /// Whether a value has the pattern, given what was found in it.
    pub(super) fn matches(self, value: &str, found: &[Finding]) -> bool {
        let within = |kind| found.iter().any(|finding| finding.kind == kind);
        let alone = |kind| found.iter().any(|finding| finding.kind == kind && is_most(finding, value));
        match self {
            Self::CitizenId => within(Kind::CitizenId),
            Self::Mobile => within(Kind::Mobile),
            Self::Landline => within(Kind::Landline),
            Self::Email => within(Kind::Email),
            Self::BankCard => alone(Kind::BankCard),
            Self::Passport => is_passport(value),
            Self::ChineseName => is_name(value),
            Self::Address => alone(Kind::Address),
            Self::VehiclePlate => alone(Kind::VehiclePlate),
            Self::CreditCode => alone(Kind::CreditCode),
            Self::Masked => value.contains('*'),
        }
    }
}

/// Whether a finding is the value but for a remark.
pub(super) fn is_most(finding: &Finding, value: &str) -> bool {
    finding.place.len() * 3 >= value.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::recognise;

    fn check(value: &str, expect: &[Pattern]) {
        let found: Vec<_> =
            Pattern::ALL.into_iter().filter(|pattern| pattern.matches(value, &recognise(value))).collect();
        assert_eq!(found, expect, "{value}");
    }

    #[test]
    fn personal_values_are_known_by_form_and_check() {
        // The number of GB 11643-1999's own example; card numbers that issuers publish for tests.
        check("11010519491231002X", &[Pattern::CitizenId]);
        check("0571-88886666", &[Pattern::Landline]);
        check("E12345678", &[Pattern::Passport]);
        check("11010519491231002x", &[Pattern::CitizenId]);
        check("证件：11010519491231002X。", &[Pattern::CitizenId]);
        check("13812345678", &[Pattern::Mobile]);
        check("+86 138-1234-5678", &[Pattern::Mobile]);
        check("8613812345678", &[Pattern::Mobile]);
        check("请致电13812345678联系", &[Pattern::Mobile]);
        check("li.ming@example.com.cn", &[Pattern::Email]);
        check("联系 a@b.cn。", &[Pattern::Email]);
        check("4111 1111 1111 1111", &[Pattern::BankCard]);
        check("378282246310005", &[Pattern::BankCard]);
        check("王小明", &[Pattern::ChineseName]);
        check("浙江省杭州市西湖区文三路123号5栋", &[Pattern::Address]);
        check("京A12345", &[Pattern::VehiclePlate]);
        check("沪AD12345", &[Pattern::VehiclePlate]);
        check("91350100M000100Y43", &[Pattern::CreditCode]);
        check("138****5678", &[Pattern::Masked]);
    }

    #[test]
    fn other_values_are_not() {
        for value in [
            "110105194912310021", // a wrong check character
            "11010519491331002X", // no such month
            "12812345678",
            "1381234567",
            "413812345678",
            "a@b",
            "@example.com",
            "a@b..cn",
            "4111111111111112",
            "PEK",
            "ZBAA",
            "America/Chicago",
            "-101.473911",
            "北京",
            "杭州市",
            "西湖区文三路",
            "91350100M000100Y44",
            "2026-11-23T08:00:00Z",
            "1763884800000",
            "",
        ] {
            check(value, &[]);
        }
    }
}
