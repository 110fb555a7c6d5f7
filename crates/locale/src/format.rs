//! Numbers, money and times as each language writes them. Times are in China standard time, the one the contracts are signed in.

use jiff::Timestamp;
use jiff::tz::{self, Offset};

use crate::Lang;

const CHINA: Offset = tz::offset(8);

/// A count with its thousands set apart: `1,234,567`.
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// An amount of money from integer fen: `¥1,234.50` or `CNY 1,234.50`.
#[must_use]
pub fn money(lang: Lang, amount_fen: u64) -> String {
    let amount = format!("{}.{:02}", number(amount_fen / 100), amount_fen % 100);
    match lang {
        Lang::Zh => format!("¥{amount}"),
        Lang::En => format!("CNY {amount}"),
    }
}

/// A moment to the second: `2026-11-23 15:04:05`, or `23 Nov 2026, 15:04:05`.
#[must_use]
pub fn time(lang: Lang, at: Timestamp) -> String {
    let civil = CHINA.to_datetime(at);
    match lang {
        Lang::Zh => civil.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Lang::En => civil.strftime("%-d %b %Y, %H:%M:%S").to_string(),
    }
}

/// A day: `2026年11月23日`, or `23 November 2026`.
#[must_use]
pub fn date(lang: Lang, at: Timestamp) -> String {
    let civil = CHINA.to_datetime(at);
    match lang {
        Lang::Zh => civil.strftime("%Y年%-m月%-d日").to_string(),
        Lang::En => civil.strftime("%-d %B %Y").to_string(),
    }
}

/// A size: bytes as they are below a kibibyte, else with one decimal, rounded down.
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(unit, _)| value >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", number(value / unit), (value % unit) * 10 / unit),
        None => format!("{value} B"),
    }
}

/// A share of a whole in percent with one decimal: `33.3%`; nothing of nothing is `0.0%`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{}%", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes() {
        for (value, expect) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(number(value), expect);
        }
        for (value, expect) in
            [(1023, "1023 B"), (1024, "1.0 KiB"), (1_572_864, "1.5 MiB"), (u64::MAX, "17,179,869,183.9 GiB")]
        {
            assert_eq!(bytes(value), expect);
        }
        for (part, whole, expect) in [(1, 3, "33.3%"), (0, 0, "0.0%"), (7, 7, "100.0%"), (u64::MAX, u64::MAX, "100.0%")]
        {
            assert_eq!(percent(part, whole), expect);
        }
    }

    #[test]
    fn money_is_exact_to_the_fen() {
        for (fen, zh, en) in
            [(0, "¥0.00", "CNY 0.00"), (5, "¥0.05", "CNY 0.05"), (123_450, "¥1,234.50", "CNY 1,234.50")]
        {
            assert_eq!((money(Lang::Zh, fen).as_str(), money(Lang::En, fen).as_str()), (zh, en));
        }
    }

    #[test]
    fn times_are_china_standard_time() {
        let at: Timestamp = "2026-11-23T16:04:05.9Z".parse().unwrap();
        assert_eq!(time(Lang::Zh, at), "2026-11-24 00:04:05");
        assert_eq!(time(Lang::En, at), "24 Nov 2026, 00:04:05");
        assert_eq!(date(Lang::Zh, at), "2026年11月24日");
        assert_eq!(date(Lang::En, at), "24 November 2026");
    }
}
