//! What a single value looks like. A pattern is a form with a check, where the form has one; that a column is personal data is decided over all its
//! values and its name, in [`super::personal`].

use serde::{Deserialize, Serialize};
use xinyu_protocol::id::{CitizenId, uscc};

use super::surname::{is_han, is_name};

/// What a value can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// 公民身份号码 with a right area, date and check character, alone or within a text. GB 11643-1999.
    CitizenId,
    /// 手机号码 with a prefix in use, alone or within a text.
    Mobile,
    /// An address of electronic mail, alone or within a text.
    Email,
    /// 银行卡号: an issuer's prefix and a right check digit (ISO/IEC 7812-1), and no citizen number.
    BankCard,
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
    pub(super) const ALL: [Self; 9] = [
        Self::CitizenId,
        Self::Mobile,
        Self::Email,
        Self::BankCard,
        Self::ChineseName,
        Self::Address,
        Self::VehiclePlate,
        Self::CreditCode,
        Self::Masked,
    ];

    /// Whether a value has the pattern.
    pub(super) fn matches(self, value: &str) -> bool {
        match self {
            Self::CitizenId => runs(value).any(is_citizen),
            Self::Mobile => is_mobile_alone(value) || runs(value).any(is_mobile),
            Self::Email => value.split(|c: char| !is_email_char(c)).any(is_email),
            Self::BankCard => is_bank_card(value),
            Self::ChineseName => is_name(value),
            Self::Address => is_address(value),
            Self::VehiclePlate => is_plate(value),
            Self::CreditCode => value.len() == 18 && uscc::verify(value).is_ok(),
            Self::Masked => value.contains('*'),
        }
    }
}

/// The runs of ASCII letters and digits that can hold a number of a person.
fn runs(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= 11)
}

pub(super) fn is_citizen(run: &str) -> bool {
    run.len() == 18
        && run.bytes().take(17).all(|byte| byte.is_ascii_digit())
        && CitizenId::parse(&run.to_ascii_uppercase()).is_ok()
}

/// Prefixes that the ministry has given to carriers of mobile telephony and to resellers; 140–144, 160, 161, 163, 164, 168, 169 and 194 are for machines
/// or not given.
fn is_mobile(run: &str) -> bool {
    let number = match run.len() {
        11 => run,
        13 => run.strip_prefix("86").unwrap_or_default(),
        _ => "",
    };
    let prefix = number.get(..3).and_then(|prefix| prefix.parse::<u16>().ok());
    number.bytes().all(|byte| byte.is_ascii_digit())
        && prefix.is_some_and(|prefix| {
            matches!(prefix, 130..=139 | 145..=159 | 162 | 165..=167 | 170..=193 | 195..=199) && prefix != 154
        })
}

/// `138 1234 5678`, `+86-138-1234-5678`: one number with the usual separators.
fn is_mobile_alone(value: &str) -> bool {
    let is_spelt = value.len() <= 20 && value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+'));
    is_spelt && is_mobile(&digits(value))
}

fn is_email_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@')
}

fn is_email(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else {
        return false;
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let labels = domain.split('.').filter(|label| !label.is_empty() && !label.starts_with('-')).count();
    !local.is_empty()
        && !domain.contains('@')
        && labels >= 2
        && labels == domain.split('.').count()
        && top.len() >= 2
        && top.chars().all(|c| c.is_ascii_alphabetic())
}

/// UnionPay 62 and 81, JCB 35, Visa 4, Mastercard 51–55 with 16 to 19 digits, American Express 34 and 37 with 15.
fn is_bank_card(value: &str) -> bool {
    if !value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-')) {
        return false;
    }
    let number = digits(value);
    let prefix = number.get(..2).and_then(|prefix| prefix.parse::<u8>().ok()).unwrap_or_default();
    let is_issued = match number.len() {
        15 => matches!(prefix, 34 | 37),
        16..=19 => matches!(prefix, 62 | 81 | 35 | 40..=49 | 51..=55),
        _ => false,
    };
    is_issued && luhn(&number) && !is_citizen(&number)
}

fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An area, and within it a street or a village with a number or a building. A city alone is no address.
fn is_address(value: &str) -> bool {
    const AREA: [char; 7] = ['省', '市', '区', '县', '州', '镇', '乡'];
    const STREET: [&str; 12] = ["路", "街", "巷", "弄", "大道", "胡同", "村", "小区", "花园", "公寓", "苑", "里"];
    const HOUSE: [char; 7] = ['号', '栋', '幢', '室', '楼', '组', '座'];
    let has_number = value.chars().any(|c| c.is_numeric() || matches!(c, '一'..='十'));
    let length = value.chars().filter(|c| is_han(*c)).count();
    length >= 5
        && value.chars().count() <= 100
        && value.contains(AREA)
        && STREET.iter().any(|street| value.contains(street))
        && value.contains(HOUSE)
        && has_number
}

fn is_plate(value: &str) -> bool {
    const PROVINCE: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    let mut chars = value.chars().filter(|c| !matches!(c, '·' | ' ' | '-'));
    chars.next().is_some_and(|first| PROVINCE.contains(first))
        && chars.next().is_some_and(|authority| authority.is_ascii_uppercase())
        && {
            let rest: Vec<char> = chars.collect();
            matches!(rest.len(), 5 | 6)
                && rest.iter().all(|c| {
                    c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '学' | '警' | '港' | '澳' | '挂')
                })
        }
}

fn digits(value: &str) -> String {
    value.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expect: &[Pattern]) {
        let found: Vec<_> = Pattern::ALL.into_iter().filter(|pattern| pattern.matches(value)).collect();
        assert_eq!(found, expect, "{value}");
    }

    #[test]
    fn personal_values_are_known_by_form_and_check() {
        // The number of GB 11643-1999's own example; card numbers that issuers publish for tests.
        check("11010519491231002X", &[Pattern::CitizenId]);
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
