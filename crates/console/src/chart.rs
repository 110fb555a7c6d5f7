//! Geometry of the charts; the templates draw them as SVG. Integers throughout: lengths in the units of the view box.

use xinyu_locale::format;

/// One bar with its words.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: String,
    /// 0 to 300.
    pub(crate) width: u64,
    pub(crate) y: usize,
    /// Its colour: a class of the style sheet.
    pub(crate) class: String,
}

/// Horizontal bars, the longest as long as there is room.
pub(crate) struct Bars {
    pub(crate) bars: Vec<Bar>,
    pub(crate) height: usize,
}

const ROOM: u64 = 300;
const ROW: usize = 46;

/// Bars of label, value in words, value, and class.
pub(crate) fn bars(items: Vec<(String, String, u64, String)>) -> Bars {
    let longest = items.iter().map(|item| item.2).max().unwrap_or(0);
    bars_of(items, longest)
}

/// The same, of which one would be as long as there is room if it were `whole`.
pub(crate) fn bars_of(items: Vec<(String, String, u64, String)>, whole: u64) -> Bars {
    let height = items.len() * ROW;
    let bars = items.into_iter().enumerate().map(|(row, (label, value, size, class))| Bar {
        label,
        value,
        width: scaled(size, whole, ROOM).max(u64::from(size > 0) * 3),
        y: row * ROW,
        class,
    });
    Bars { bars: bars.collect(), height }
}

/// One arc of a ring whose whole circumference is 1,000.
pub(crate) struct Arc {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) share: String,
    pub(crate) length: u64,
    pub(crate) rest: u64,
    /// Where it begins, clockwise from the top, as the negative offset that SVG asks for.
    pub(crate) offset: i64,
    pub(crate) class: String,
}

/// A ring of shares: label, value in words, value.
pub(crate) fn donut(items: Vec<(String, String, u64)>) -> Vec<Arc> {
    let whole = items.iter().map(|item| u128::from(item.2)).sum::<u128>();
    let whole = u64::try_from(whole).unwrap_or(u64::MAX);
    let mut begun = 0u64;
    let shares = permille(&items.iter().map(|item| item.2).collect::<Vec<_>>(), whole);
    let arcs = items.into_iter().zip(shares).enumerate().map(|(index, ((label, value, size), share))| {
        let length = scaled(size, whole, 1000);
        let offset = -i64::try_from(begun).unwrap_or(0);
        begun = begun.saturating_add(length);
        let class = series(index);
        Arc { label, value, share: format::percent(share, 1000), length, rest: 1000 - length.min(1000), offset, class }
    });
    arcs.collect()
}

/// Shares of a whole in thousandths that add up to it: what rounding down leaves goes to the largest remainders.
fn permille(sizes: &[u64], whole: u64) -> Vec<u64> {
    let exact = |size: u64| u128::from(size) * 1000;
    let divisor = u128::from(whole.max(1));
    let mut shares: Vec<u64> = sizes.iter().map(|&size| scaled(size, whole, 1000)).collect();
    let left = if whole == 0 { 0 } else { 1000u64.saturating_sub(shares.iter().sum()) };
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(sizes.get(index).map_or(0, |&size| exact(size) % divisor)));
    for index in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    shares
}

/// The colour of the n-th series.
pub(crate) fn series(index: usize) -> String {
    format!("s{}", index % 6 + 1)
}

/// Two parts of one bar of 400: the widths of the first and the second.
pub(crate) fn split(first: u64, second: u64) -> (u64, u64) {
    let whole = first.saturating_add(second);
    let width = scaled(first, whole, 400);
    (width, if whole == 0 { 0 } else { 400 - width })
}

fn scaled(value: u64, whole: u64, room: u64) -> u64 {
    u64::try_from(u128::from(value) * u128::from(room) / u128::from(whole.max(1))).unwrap_or(room).min(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_something_is_seen() {
        let drawn =
            bars(vec![("a".into(), "1".into(), 1, "s1".into()), ("b".into(), "1e6".into(), 1_000_000, "s2".into())]);
        assert_eq!(drawn.bars.iter().map(|bar| bar.width).collect::<Vec<_>>(), [3, 300]);
        assert_eq!(drawn.height, 92);
    }

    #[test]
    fn arcs_follow_one_another() {
        let arcs = donut(vec![("a".into(), String::new(), 850), ("b".into(), String::new(), 150)]);
        assert_eq!(arcs.iter().map(|arc| (arc.length, arc.offset)).collect::<Vec<_>>(), [(850, 0), (150, -850)]);
        assert_eq!(donut(vec![("a".into(), String::new(), u64::MAX)]).first().map(|arc| arc.length), Some(1000));
        assert_eq!(donut(vec![("a".into(), String::new(), 0)]).first().map(|arc| arc.length), Some(0));
    }

    #[test]
    fn shares_add_up() {
        for (sizes, expect) in [
            (&[9347, 1650][..], &["85.0%", "15.0%"][..]),
            (&[1, 1, 1], &["33.4%", "33.3%", "33.3%"]),
            (&[0], &["0.0%"]),
            (&[u64::MAX], &["100.0%"]),
        ] {
            let arcs = donut(sizes.iter().map(|&size| (String::new(), String::new(), size)).collect());
            assert_eq!(arcs.iter().map(|arc| arc.share.as_str()).collect::<Vec<_>>(), expect, "{sizes:?}");
        }
    }

    #[test]
    fn a_split_fills_its_bar() {
        for (first, second, expect) in [(0, 0, (0, 0)), (3, 1, (300, 100)), (0, 5, (0, 400)), (u64::MAX, 1, (400, 0))] {
            assert_eq!(split(first, second), expect);
        }
    }
}
