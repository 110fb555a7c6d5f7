//! `region` 限制地域: the data may be used in named areas only. C.6 row 3; ODRL `spatial`.
//!
//! An area is a GB/T 2260 code (`310000`, `3101`, `31`), an ISO 3166 code (`CN`, `CN-SH`, `CN-31`, `DE`, `US-CA`), or any other name, which is
//! compared as it stands with names, and not at all with codes. A county lies within its city, its province and `CN`. `CN` means the mainland, as 境内 does in the data laws: 71, 81 and 82
//! have to be named. A request that names a larger area than the contract leaves it unclear where in it the use happens.
//! Audit: the address of a node can be wrong about where it stands.

use xinyu_protocol::text::Text;

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
    near,
    read: words::read,
    test,
};

/// ISO 3166-2:CN letters and GB/T 2260 digits and names of the provinces.
const PROVINCES: &[(&str, &str, &str, &str)] = &[
    ("BJ", "11", "北京市", "Beijing"),
    ("TJ", "12", "天津市", "Tianjin"),
    ("HE", "13", "河北省", "Hebei"),
    ("SX", "14", "山西省", "Shanxi"),
    ("NM", "15", "内蒙古自治区", "Inner Mongolia"),
    ("LN", "21", "辽宁省", "Liaoning"),
    ("JL", "22", "吉林省", "Jilin"),
    ("HL", "23", "黑龙江省", "Heilongjiang"),
    ("SH", "31", "上海市", "Shanghai"),
    ("JS", "32", "江苏省", "Jiangsu"),
    ("ZJ", "33", "浙江省", "Zhejiang"),
    ("AH", "34", "安徽省", "Anhui"),
    ("FJ", "35", "福建省", "Fujian"),
    ("JX", "36", "江西省", "Jiangxi"),
    ("SD", "37", "山东省", "Shandong"),
    ("HA", "41", "河南省", "Henan"),
    ("HB", "42", "湖北省", "Hubei"),
    ("HN", "43", "湖南省", "Hunan"),
    ("GD", "44", "广东省", "Guangdong"),
    ("GX", "45", "广西壮族自治区", "Guangxi"),
    ("HI", "46", "海南省", "Hainan"),
    ("CQ", "50", "重庆市", "Chongqing"),
    ("SC", "51", "四川省", "Sichuan"),
    ("GZ", "52", "贵州省", "Guizhou"),
    ("YN", "53", "云南省", "Yunnan"),
    ("XZ", "54", "西藏自治区", "Tibet"),
    ("SN", "61", "陕西省", "Shaanxi"),
    ("GS", "62", "甘肃省", "Gansu"),
    ("QH", "63", "青海省", "Qinghai"),
    ("NX", "64", "宁夏回族自治区", "Ningxia"),
    ("XJ", "65", "新疆维吾尔自治区", "Xinjiang"),
    ("TW", "71", "台湾省", "Taiwan"),
    ("HK", "81", "香港特别行政区", "Hong Kong"),
    ("MO", "82", "澳门特别行政区", "Macao"),
];
/// Cities that are told by name; others by their code.
const CITIES: &[(&str, &str, &str)] =
    &[("3501", "福州市", "Fuzhou"), ("3502", "厦门市", "Xiamen"), ("4403", "深圳市", "Shenzhen")];
const NOT_MAINLAND: &[&str] = &["71", "81", "82"];

enum Area<'t> {
    Mainland,
    /// Two, four or six digits of GB/T 2260, without trailing `00`.
    Code(&'t str),
    /// ISO 3166, not China.
    Foreign(String),
    Name(&'t str),
}

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.region.as_deref().into_iter().collect();
    words::test(test, &facts)
}

/// An area for people: its name and the code as it is written; nothing for one whose name we do not know, or that is written by name.
pub(super) fn label(text: &str) -> Option<Text> {
    let Area::Code(code) = area(text) else {
        return None;
    };
    let province = || PROVINCES.iter().find(|(_, own, ..)| *own == code).map(|(_, _, zh, en)| (*zh, *en));
    let city = || CITIES.iter().find(|(own, ..)| *own == code).map(|(_, zh, en)| (*zh, *en));
    let (zh, en) = province().or_else(city)?;
    Some(Text::new(format!("{zh}（{text}）"), format!("{en} ({text})")))
}

fn area(text: &str) -> Area<'_> {
    let text = text.trim().trim_start_matches("_:");
    if let Some(code) = code(text) {
        return Area::Code(code);
    }
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    if is("CN") || is("CHN") || text == "156" || matches!(text, "中国" | "全国") {
        return Area::Mainland;
    }
    let part = text.get(..3).filter(|prefix| prefix.eq_ignore_ascii_case("CN-")).and_then(|_| text.get(3..));
    if let Some(code) = part.and_then(code) {
        return Area::Code(code);
    }
    let letters = part.or_else(|| ["TW", "HK", "MO"].into_iter().find(|name| is(name)));
    let province = letters.and_then(|letters| PROVINCES.iter().find(|(own, ..)| own.eq_ignore_ascii_case(letters)));
    if let Some((_, digits, ..)) = province {
        return Area::Code(digits);
    }
    let upper = text.to_ascii_uppercase();
    if is_foreign(&upper) { Area::Foreign(upper) } else { Area::Name(text) }
}

/// A GB/T 2260 code, without trailing `00`.
fn code(text: &str) -> Option<&str> {
    let is_code = matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut code = is_code.then_some(text)?;
    while code.len() > 2 && code.ends_with("00") {
        code = code.get(..code.len().saturating_sub(2)).unwrap_or(code);
    }
    Some(code)
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
        (Area::Code(code), Area::Mainland) if is_outside_mainland(code) => Relation::Outside,
        (Area::Code(_), Area::Mainland) => Relation::Within,
        (Area::Mainland, Area::Code(code)) if is_outside_mainland(code) => Relation::Outside,
        (Area::Mainland, Area::Code(_)) => Relation::Unclear,
        (Area::Code(fact), Area::Code(value)) if fact.starts_with(value) => Relation::Within,
        (Area::Code(fact), Area::Code(value)) if value.starts_with(fact) => Relation::Unclear,
        (Area::Code(_), Area::Code(_)) => Relation::Outside,
        (Area::Foreign(fact), Area::Foreign(value)) if fact == value => Relation::Within,
        (Area::Foreign(fact), Area::Foreign(value)) if is_below(&fact, &value) => Relation::Within,
        (Area::Foreign(fact), Area::Foreign(value)) if is_below(&value, &fact) => Relation::Unclear,
        (Area::Name(fact), Area::Name(value)) => words::same(fact, value),
        (Area::Name(_), _) | (_, Area::Name(_)) => Relation::Unclear,
        (Area::Foreign(_), _) | (_, Area::Foreign(_)) => Relation::Outside,
    }
}

fn is_below(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('-'))
}

/// The values, what lies around and below each, and areas that have nothing to do with any.
fn near(values: &[&str]) -> Vec<String> {
    let mut near: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let is_known = |code: &str| values.iter().any(|value| matches!(area(value), Area::Code(own) if own == code));
    for value in values {
        match area(value) {
            Area::Code(code) => {
                let around =
                    [2, 4].into_iter().filter(|length| *length < code.len()).filter_map(|length| code.get(..length));
                for place in around.clone().chain([code]) {
                    near.extend((1..100).map(|number| format!("{place}{number:02}")).find(|below| {
                        below.len() <= 6
                            && !values
                                .iter()
                                .any(|value| matches!(area(value), Area::Code(own) if own.starts_with(below.as_str())))
                    }));
                }
                near.extend(around.map(str::to_owned));
            }
            Area::Foreign(code) => match code.split_once('-') {
                Some((country, _)) => near.extend([country.to_owned(), fresh_part(country, values)]),
                None => near.push(fresh_part(&code, values)),
            },
            Area::Mainland | Area::Name(_) => {}
        }
    }
    near.push("CN".to_owned());
    let numbers = (11..100_u8).map(|number| number.to_string());
    let provinces = PROVINCES.iter().map(|(_, code, ..)| (*code).to_owned()).chain(numbers);
    let mainland = |code: &String| !NOT_MAINLAND.contains(&code.as_str());
    let is_free = |code: &String| {
        !is_known(code)
            && !values.iter().any(|value| matches!(area(value), Area::Code(own) if own.starts_with(code.as_str())))
    };
    near.extend(provinces.clone().filter(mainland).find(is_free));
    near.extend(provinces.filter(|code| !mainland(code)).find(is_free));
    let countries = (b'A'..=b'Z').map(|letter| format!("Z{}", char::from(letter)));
    let is_foreign_to_all =
        |code: &String| !values.iter().any(|value| value.to_ascii_uppercase().starts_with(code.as_str()));
    near.extend(countries.rev().find(is_foreign_to_all));
    near.push(words::fresh("elsewhere", values));
    near
}

/// A part of a country that is none of the values.
fn fresh_part(country: &str, values: &[&str]) -> String {
    let numbered = |number: usize| format!("{country}-{number:03}");
    let is_taken = |code: &String| values.iter().any(|value| value.eq_ignore_ascii_case(code));
    (0..=values.len()).map(numbered).find(|code| !is_taken(code)).unwrap_or_else(|| numbered(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_told_by_its_name() {
        for (code, expect) in [
            ("3100", Some("上海市（3100）")),
            ("310000", Some("上海市（310000）")),
            ("4403", Some("深圳市（4403）")),
            ("8100", Some("香港特别行政区（8100）")),
            ("CN-35", Some("福建省（CN-35）")),
            ("310115", None),
            ("CN", None),
            ("上海", None),
        ] {
            assert_eq!(label(code).map(|text| text.zh).as_deref(), expect, "{code}");
        }
    }
}
