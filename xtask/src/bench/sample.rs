//! One figure of one run, and what seven of them come to.
//!
//! An example or a package apart prints a line `name<TAB>unit<TAB>amount<TAB>nanoseconds`: so many of the unit (`B` for bytes) in that time. With the unit
//! `ratio` the two numbers are compared as they stand.

use anyhow::{Context, bail};

/// A figure: more is better for a rate (`…/s`), less for seconds and bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) value: f64,
}

/// Reads a line of an example.
pub(super) fn parse(line: &str) -> anyhow::Result<Sample> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, unit, amount, nanoseconds] = *fields.as_slice() else {
        bail!("a figure is name, unit, amount and nanoseconds with tabs between, not {line:?}");
    };
    let number = |text: &str| text.parse::<f64>().with_context(|| format!("{text:?} in {line:?}"));
    let seconds = number(nanoseconds)? / 1e9;
    if seconds <= 0.0 {
        bail!("no time was taken in {line:?}");
    }
    if unit == "ratio" {
        let value = number(amount)? / number(nanoseconds)?;
        return Ok(Sample { name: name.to_owned(), unit: String::new(), value });
    }
    Ok(Sample { name: name.to_owned(), unit: format!("{unit}/s"), value: number(amount)? / seconds })
}

/// The row of the table for the runs of one figure.
pub(super) fn row(samples: &[Sample]) -> Option<String> {
    let first = samples.first()?;
    let mut values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    values.sort_by(f64::total_cmp);
    let show = |value: f64| scaled(value, &first.unit);
    let (least, median, most) = (values.first()?, values.get(values.len() / 2)?, values.last()?);
    let spread = if values.len() == 1 { "once".to_owned() } else { format!("{} … {}", show(*least), show(*most)) };
    Some(format!("{:32} {:>14} {:>28}", first.name, show(*median), spread))
}

/// Three digits and a prefix of the decimal kind. A ratio has no unit and no prefix.
fn scaled(value: f64, unit: &str) -> String {
    let prefixes = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m")];
    let (scale, prefix) = match prefixes.into_iter().find(|(scale, _)| value >= *scale) {
        _ if unit.is_empty() => (1.0, ""),
        Some(found) => found,
        None => (1e-3, "m"),
    };
    let value = value / scale;
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {prefix}{unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Sample, parse, row, scaled};

    #[test]
    fn a_line_is_a_rate() {
        let sample = parse("SM4-GCM\tB\t66000000\t500000000").unwrap();
        assert_eq!(sample, Sample { name: "SM4-GCM".to_owned(), unit: "B/s".to_owned(), value: 132e6 });
        let ratio = parse("  theirs to ours\tratio\t9.0\t3.0").unwrap();
        assert_eq!((ratio.unit.as_str(), ratio.value), ("", 3.0));
        for wrong in ["", "a\tb\tc", "a\tB\t1\t0", "a\tB\tmany\t5", "a\tB\t1\t2\t3"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_figure_has_three_digits() {
        for (value, unit, expect) in [
            (66_123_456.0, "B/s", "66.1 MB/s"),
            (1234.0, "/s", "1.23 k/s"),
            (0.25, "s", "250 ms"),
            (6.5, "s", "6.50 s"),
            (0.3125, "", "0.31"),
        ] {
            assert_eq!(scaled(value, unit), expect);
        }
    }

    #[test]
    fn the_median_is_the_middle() {
        let samples = [3.0, 1.0, 200.0].map(|value| Sample { name: "x".to_owned(), unit: "s".to_owned(), value });
        let row = row(&samples).unwrap();
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["x", "3.00", "s", "1.00", "s", "…", "200", "s"]);
        let once = super::row(&[Sample { name: "x".to_owned(), unit: "s".to_owned(), value: 3.0 }]).unwrap();
        assert_eq!(once.split_whitespace().collect::<Vec<_>>(), ["x", "3.00", "s", "once"]);
        assert!(super::row(&[]).is_none());
    }
}
