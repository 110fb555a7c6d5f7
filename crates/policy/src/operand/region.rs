//! `region` 限制地域: the data may be used in named areas only. C.6 row 3; ODRL `spatial`.
//!
//! An area is a GB/T 2260 code (`310000`, `3101`, `31`), an ISO 3166 code (`CN`, `CN-SH`, `CN-31`, `DE`, `US-CA`), or any other name, which is
//! compared as it stands with names, and not at all with codes. A county lies within its city, its province and `CN`. `CN` means the mainland, as 境内 does in the data laws: 71, 81 and 82
//! have to be named. A request that names a larger area than the contract leaves it unclear where in it the use happens.
//! Audit: the address of a node can be wrong about where it stands.

use super::{Relation, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "region",
    also: &["regions"],
    odrl: &["spatial"],
    zh: "地域",
    en: "region",
    fact: "region",
    operators: words::OPERATORS,
    enforcement: Enforcement::Audit,
    relate,
    read: words::read,
    test,
};

/// ISO 3166-2:CN letters and GB/T 2260 digits of the provinces.
const PROVINCES: &[(&str, &str)] = &[
    ("BJ", "11"),
    ("TJ", "12"),
    ("HE", "13"),
    ("SX", "14"),
    ("NM", "15"),
    ("LN", "21"),
    ("JL", "22"),
    ("HL", "23"),
    ("SH", "31"),
    ("JS", "32"),
    ("ZJ", "33"),
    ("AH", "34"),
    ("FJ", "35"),
    ("JX", "36"),
    ("SD", "37"),
    ("HA", "41"),
    ("HB", "42"),
    ("HN", "43"),
    ("GD", "44"),
    ("GX", "45"),
    ("HI", "46"),
    ("CQ", "50"),
    ("SC", "51"),
    ("GZ", "52"),
    ("YN", "53"),
    ("XZ", "54"),
    ("SN", "61"),
    ("GS", "62"),
    ("QH", "63"),
    ("NX", "64"),
    ("XJ", "65"),
    ("TW", "71"),
    ("HK", "81"),
    ("MO", "82"),
];
const NOT_MAINLAND: &[&str] = &["71", "81", "82"];

enum Area {
    Mainland,
    /// Two, four or six digits of GB/T 2260, without trailing `00`.
    Code(String),
    /// ISO 3166, not China.
    Foreign(String),
    Name(String),
}

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.region.as_deref().into_iter().collect();
    words::test(test, &facts)
}

fn area(text: &str) -> Area {
    let text = text.trim().trim_start_matches("_:");
    let upper = text.to_ascii_uppercase();
    if matches!(upper.as_str(), "CN" | "CHN" | "156") || matches!(text, "中国" | "全国") {
        return Area::Mainland;
    }
    let part = upper.strip_prefix("CN-").unwrap_or(&upper);
    let is_sub_area = upper.starts_with("CN-") || matches!(part, "TW" | "HK" | "MO");
    if is_sub_area && let Some((_, digits)) = PROVINCES.iter().find(|(letters, _)| *letters == part) {
        return Area::Code((*digits).to_owned());
    }
    if matches!(part.len(), 2 | 4 | 6) && part.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut code = part;
        while code.len() > 2 && code.ends_with("00") {
            code = code.get(..code.len().saturating_sub(2)).unwrap_or(code);
        }
        return Area::Code(code.to_owned());
    }
    if is_foreign(&upper) { Area::Foreign(upper) } else { Area::Name(text.to_owned()) }
}

fn is_foreign(code: &str) -> bool {
    let (country, part) = code.split_once('-').unwrap_or((code, "0"));
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_part = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_country && is_part && !matches!(country, "CN" | "EU")
}

fn relate(fact: &str, value: &str) -> Relation {
    let is_outside_mainland = |code: &str| NOT_MAINLAND.iter().any(|prefix| code.starts_with(prefix));
    match (area(fact), area(value)) {
        (Area::Mainland, Area::Mainland) => Relation::Within,
        (Area::Code(code), Area::Mainland) if is_outside_mainland(&code) => Relation::Outside,
        (Area::Code(_), Area::Mainland) => Relation::Within,
        (Area::Mainland, Area::Code(code)) if is_outside_mainland(&code) => Relation::Outside,
        (Area::Mainland, Area::Code(_)) => Relation::Unclear,
        (Area::Code(fact), Area::Code(value)) if fact.starts_with(&value) => Relation::Within,
        (Area::Code(fact), Area::Code(value)) if value.starts_with(&fact) => Relation::Unclear,
        (Area::Code(_), Area::Code(_)) => Relation::Outside,
        (Area::Foreign(fact), Area::Foreign(value)) if fact == value => Relation::Within,
        (Area::Foreign(fact), Area::Foreign(value)) if is_below(&fact, &value) => Relation::Within,
        (Area::Foreign(fact), Area::Foreign(value)) if is_below(&value, &fact) => Relation::Unclear,
        (Area::Name(fact), Area::Name(value)) => words::same(&fact, &value),
        (Area::Name(_), _) | (_, Area::Name(_)) => Relation::Unclear,
        (Area::Foreign(_), _) | (_, Area::Foreign(_)) => Relation::Outside,
    }
}

fn is_below(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('-'))
}
