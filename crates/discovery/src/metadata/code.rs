//! The code tables of NDI-TR-2025-06 that a description needs, beside what the rest of the world has for them.

use serde::{Deserialize, Serialize};

/// 更新频率, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Frequency {
    /// 实时.
    #[serde(rename = "001")]
    RealTime,
    /// 每日.
    #[serde(rename = "002")]
    Daily,
    /// 每周.
    #[serde(rename = "003")]
    Weekly,
    /// 每月.
    #[serde(rename = "004")]
    Monthly,
    /// 每季度.
    #[serde(rename = "005")]
    Quarterly,
    /// 每半年.
    #[serde(rename = "006")]
    HalfYearly,
    /// 每年.
    #[serde(rename = "007")]
    Yearly,
    /// 不定期.
    #[serde(rename = "008")]
    Irregular,
    /// 历史存量.
    #[serde(rename = "009")]
    Never,
}

/// One line for each: code, word of the EU's vocabulary of frequencies, ISO 8601 repetition, name.
const FREQUENCIES: [(Frequency, &str, &str, &str, &str); 9] = [
    (Frequency::RealTime, "001", "UPDATE_CONT", "R/PT1S", "实时"),
    (Frequency::Daily, "002", "DAILY", "R/P1D", "每日"),
    (Frequency::Weekly, "003", "WEEKLY", "R/P1W", "每周"),
    (Frequency::Monthly, "004", "MONTHLY", "R/P1M", "每月"),
    (Frequency::Quarterly, "005", "QUARTERLY", "R/P3M", "每季度"),
    (Frequency::HalfYearly, "006", "ANNUAL_2", "R/P6M", "每半年"),
    (Frequency::Yearly, "007", "ANNUAL", "R/P1Y", "每年"),
    (Frequency::Irregular, "008", "IRREG", "", "不定期"),
    (Frequency::Never, "009", "NEVER", "", "历史存量"),
];

/// Other words for them: Dublin Core's, the EU's further ones and people's, in small letters without anything but letters and digits.
const WORDS: &[(&str, Frequency)] = &[
    ("continuous", Frequency::RealTime),
    ("cont", Frequency::RealTime),
    ("updatecont", Frequency::RealTime),
    ("realtime", Frequency::RealTime),
    ("daily", Frequency::Daily),
    ("weekly", Frequency::Weekly),
    ("monthly", Frequency::Monthly),
    ("quarterly", Frequency::Quarterly),
    ("semiannual", Frequency::HalfYearly),
    ("annual2", Frequency::HalfYearly),
    ("annual", Frequency::Yearly),
    ("yearly", Frequency::Yearly),
    ("annually", Frequency::Yearly),
    ("irregular", Frequency::Irregular),
    ("irreg", Frequency::Irregular),
    ("asneeded", Frequency::Irregular),
    ("never", Frequency::Never),
    ("notplanned", Frequency::Never),
];

const EU_FREQUENCY: &str = "http://publications.europa.eu/resource/authority/frequency/";

impl Frequency {
    /// `001`…`009`.
    #[must_use]
    pub fn code(self) -> &'static str {
        FREQUENCIES.iter().find(|row| row.0 == self).map_or("008", |row| row.1)
    }

    /// The frequency of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        FREQUENCIES.iter().find(|row| row.1 == code).map(|row| row.0)
    }

    /// The IRI that DCAT-AP asks for.
    #[must_use]
    pub fn iri(self) -> String {
        format!("{EU_FREQUENCY}{}", FREQUENCIES.iter().find(|row| row.0 == self).map_or("IRREG", |row| row.2))
    }

    /// Our code, an IRI or a word of a vocabulary, an ISO 8601 repetition or a Chinese name. Rhythms between ours (twice a week) are none.
    #[must_use]
    pub fn recognise(said: &str) -> Option<Self> {
        let said = said.trim();
        let tail = said.rsplit(['/', '#']).next().unwrap_or_default();
        let word: String = tail.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
        Self::parse(said)
            .or_else(|| FREQUENCIES.iter().find(|row| row.4 == said).map(|row| row.0))
            .or_else(|| FREQUENCIES.iter().find(|row| !row.3.is_empty() && row.3 == said).map(|row| row.0))
            .or_else(|| WORDS.iter().find(|(known, _)| *known == word).map(|(_, frequency)| *frequency))
    }
}

/// Topics of the first and second level.
const TOPICS: &[(&str, &str)] = &[
    ("A0000", "基础"),
    ("A0100", "人口"),
    ("A0200", "法人"),
    ("A0300", "自然资源与空间地理"),
    ("A0400", "宏观经济"),
    ("A0500", "科技教育"),
    ("B0000", "行业"),
    ("B0100", "农业农村"),
    ("B0200", "工业和信息化"),
    ("B0300", "交通运输"),
    ("B0400", "商贸流通"),
    ("B0500", "金融保险"),
    ("C0000", "民生"),
    ("C0100", "教育文化"),
    ("C0200", "医疗卫生"),
    ("C0300", "社会保障"),
    ("C0400", "住房和城乡建设"),
    ("C0500", "生态环境"),
    ("D0000", "政务"),
    ("D0100", "行政审批"),
    ("D0200", "公共服务"),
    ("D0300", "监管执法"),
    ("D0400", "信用"),
    ("D0500", "应急管理"),
];

/// Under which topic codes travel as IRIs; they name, and nothing is served there.
const TOPIC_IRI: &str = "urn:ndi:topic:";

/// Whether it has the form of a topic code: a letter of the four and four digits.
#[must_use]
pub fn is_topic(code: &str) -> bool {
    code.len() == 5 && code.starts_with(['A', 'B', 'C', 'D']) && code.chars().skip(1).all(|c| c.is_ascii_digit())
}

/// What a topic is called.
#[must_use]
pub fn topic_name(code: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// A topic as an IRI.
pub(crate) fn topic_iri(code: &str) -> String {
    format!("{TOPIC_IRI}{code}")
}

/// The code of a theme: an IRI of ours, or the code itself.
pub(crate) fn topic_of(theme: &str) -> Option<String> {
    let code = theme.strip_prefix(TOPIC_IRI).unwrap_or(theme);
    is_topic(code).then(|| code.to_owned())
}

/// Whether it is a year, a month, a day or a moment of ISO 8601.
pub(crate) fn is_time(said: &str) -> bool {
    let is_digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let is_month = |said: &str| {
        said.split_once('-').is_some_and(|(year, month)| {
            is_digits(year, 4) && is_digits(month, 2) && month.parse().is_ok_and(|month: u8| (1..=12).contains(&month))
        })
    };
    is_digits(said, 4)
        || is_month(said)
        || said.parse::<jiff::civil::Date>().is_ok()
        || said.parse::<jiff::Timestamp>().is_ok()
        || said.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_06_update_frequency_has_a_word_in_every_vocabulary() {
        for (frequency, code, ..) in FREQUENCIES {
            assert_eq!(Frequency::recognise(code), Some(frequency));
            assert_eq!(Frequency::recognise(&frequency.iri()), Some(frequency));
            assert_eq!(serde_json::to_value(frequency).unwrap(), code);
        }
        for (said, expect) in [
            ("http://purl.org/cld/freq/semiannual", Some(Frequency::HalfYearly)),
            ("R/P1W", Some(Frequency::Weekly)),
            ("每季度", Some(Frequency::Quarterly)),
            ("Real-time", Some(Frequency::RealTime)),
            ("http://purl.org/cld/freq/biweekly", None),
            ("", None),
            ("010", None),
        ] {
            assert_eq!(Frequency::recognise(said), expect, "{said}");
        }
    }

    #[test]
    fn topics_and_times_have_a_form() {
        assert!(is_topic("B0300") && !is_topic("E0300") && !is_topic("B03") && !is_topic("B03００"));
        assert_eq!(topic_name("B0300"), Some("交通运输"));
        for (said, expect) in [
            ("2026", true),
            ("2026-11", true),
            ("2026-13", false),
            ("2026-11-28", true),
            ("2026-02-30", false),
            ("2026-11-28T08:00:00Z", true),
            ("2026-11-28T08:00:00", true),
            ("today", false),
        ] {
            assert_eq!(is_time(said), expect, "{said}");
        }
    }
}
