//! How numbers and days are distributed, as it may be shown: figures on a grid, bins of at least ten rows; of personal data a range rounded outward only, of
//! important data nothing. All figures are text, so that a profile has whole numbers only.

use serde::{Deserialize, Serialize};

use super::grid::{FEW, Grid};
use super::spread::{Range, Spread, at_rank};
use super::{Exposure, permille};

/// Bins at most.
const BINS: u64 = 12;

/// What the figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Numbers.
    Number,
    /// Days, of moments too.
    Day,
}

/// Numbers or days of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// What the figures are.
    pub scale: Scale,
    /// Of how many values.
    pub values: u64,
    /// No value is less; rounded outward.
    pub from: String,
    /// No value is more; rounded outward.
    pub to: String,
    /// Where the shares of the values end; not of personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantiles: Option<Quantiles>,
    /// From the least to the greatest, each from its start to the start of the next; not of personal data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bins: Vec<Bin>,
}

/// Values that a share of all values do not exceed, on the grid of the column: its steps are about a hundredth of the middle nine tenths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantiles {
    /// 5 %.
    pub p5: String,
    /// 25 %.
    pub p25: String,
    /// Half.
    pub median: String,
    /// 75 %.
    pub p75: String,
    /// 95 %.
    pub p95: String,
}

/// Part of the values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Where it begins.
    pub from: String,
    /// How many values it has.
    pub rows: u64,
}

/// A bar of a histogram. Positions and heights in permille of the whole width and of the highest bar, so that a page draws them as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins.
    pub left: u16,
    /// How wide it is, 1 at least.
    pub width: u16,
    /// How high: the values of its width, so that its area is its share.
    pub height: u16,
    /// What it stands for.
    pub label: String,
    /// How many values it has.
    pub rows: u64,
}

impl Distribution {
    /// What may be shown; nothing of fewer rows than [`FEW`] or of important data.
    pub(super) fn of(spread: &Spread, scale: Scale, is_whole: bool, exposure: Exposure) -> Option<Self> {
        let (ranges, values) = (spread.ranges(), spread.total());
        let (least, most) = (ranges.first()?.low, ranges.last()?.high);
        if values < FEW || matches!(exposure, Exposure::Shape | Exposure::Nothing) {
            return None;
        }
        let quantile = |share: u64| at_rank(&ranges, (values - 1) * share / 100);
        let middle = quantile(95)?.high - quantile(5)?.low;
        let span = most - least;
        let grid = match (scale, exposure) {
            (Scale::Number, Exposure::Open) => Grid::of_numbers(middle, is_whole),
            (Scale::Day, Exposure::Open) => Grid::of_days(middle),
            // Coarse enough for nobody to be found by it.
            (Scale::Number, _) => Grid::of_magnitude(least.abs().max(most.abs())),
            (Scale::Day, _) => Grid::Decade,
        };
        let safe = |value: f64| grid.safe(value, &ranges, span);
        let (low, high) = (safe(least), safe(most));
        let mut shown = Self {
            scale,
            values,
            from: low.show(low.cell(least).0),
            to: upper(high, most),
            quantiles: None,
            bins: Vec::new(),
        };
        if exposure == Exposure::Open {
            let point = |share: u64| {
                let value = quantile(share)?;
                let value = if spread.is_exact() { value.low } else { value.low.midpoint(value.high) };
                let grid = safe(value);
                Some(grid.show(grid.cell(value).0))
            };
            shown.quantiles = Some(Quantiles {
                p5: point(5)?,
                p25: point(25)?,
                median: point(50)?,
                p75: point(75)?,
                p95: point(95)?,
            });
            shown.bins = bins(&ranges, values, grid, (shown.from.clone(), low.cell(least).0));
        }
        Some(shown)
    }

    /// The bins as bars side by side over the range; of a distribution without bins none. One value alone is a bar of the least width.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let edges: Vec<f64> = self.edges();
        let (Some(first), Some(last)) = (edges.first().copied(), edges.last().copied()) else {
            return Vec::new();
        };
        let whole = (last - first).max(f64::MIN_POSITIVE);
        let place = |edge: f64| thousandth((edge - first) / whole);
        let widths: Vec<(u16, u16)> = edges
            .iter()
            .zip(edges.iter().skip(1))
            .map(|(from, to)| (place(*from), place(*to).saturating_sub(place(*from)).max(1)))
            .collect();
        let density = |rows: u64, width: u16| rows.saturating_mul(1_000_000) / u64::from(width.max(1));
        let highest = self.bins.iter().zip(&widths).map(|(bin, (_, width))| density(bin.rows, *width)).max();
        let ends = self.bins.iter().skip(1).map(|bin| bin.from.as_str()).chain([self.to.as_str()]);
        let bars = self.bins.iter().zip(&widths).zip(ends).map(|((bin, (left, width)), end)| Bar {
            left: *left,
            width: *width,
            height: permille(density(bin.rows, *width), highest.unwrap_or(1)),
            label: if bin.from == end { bin.from.clone() } else { format!("{} – {end}", bin.from) },
            rows: bin.rows,
        });
        bars.collect()
    }

    /// Where bins begin and the last ends, as numbers; empty when something is none.
    pub(crate) fn edges(&self) -> Vec<f64> {
        let points = self.bins.iter().map(|bin| bin.from.as_str()).chain([self.to.as_str()]);
        let edges: Option<Vec<f64>> = points.map(|point| self.number(point)).collect();
        edges.filter(|edges| edges.len() > 1).unwrap_or_default()
    }

    /// A figure as a number; of days since 1970.
    fn number(&self, point: &str) -> Option<f64> {
        match self.scale {
            Scale::Number => point.parse().ok(),
            Scale::Day => {
                let full = match point.matches('-').count() {
                    0 => format!("{point}-01-01"),
                    1 => format!("{point}-01"),
                    _ => point.to_owned(),
                };
                full.parse().ok().map(super::grid::days)
            }
        }
    }
}

/// What no value exceeds: the value itself where it is a point of the grid, otherwise the next one.
fn upper(grid: Grid, value: f64) -> String {
    let (low, high) = grid.cell(value);
    grid.show(if low < value { high } else { low })
}

/// Bins of about as many rows each, cut at points of the grid; what has too few rows goes to its neighbour.
fn bins(ranges: &[Range], values: u64, grid: Grid, first: (String, f64)) -> Vec<Bin> {
    let mut edges: Vec<(String, f64)> = vec![first];
    for part in 1..BINS {
        let Some(range) = at_rank(ranges, values * part / BINS) else {
            continue;
        };
        let (low, high) = grid.cell(range.low);
        // The value that fills more than a bin has one of its own.
        for point in if range.count * BINS > values { [low, high] } else { [low, low] } {
            if edges.last().is_none_or(|(_, last)| point > *last)
                && ranges.last().is_some_and(|most| most.high >= point)
            {
                edges.push((grid.show(point), point));
            }
        }
    }
    let mut bins: Vec<Bin> = Vec::new();
    let mut rest = ranges.iter().peekable();
    for (place, (from, _)) in edges.iter().enumerate() {
        let end = edges.get(place + 1).map_or(f64::INFINITY, |(_, end)| *end);
        let mut rows = 0;
        while let Some(range) = rest.next_if(|range| range.low < end) {
            rows += range.count;
        }
        match bins.last_mut() {
            Some(last) if last.rows < FEW || rows < FEW => last.rows += rows,
            _ => bins.push(Bin { from: from.clone(), rows }),
        }
    }
    bins
}

/// A share between 0 and 1 in permille.
fn thousandth(share: f64) -> u16 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    let permille = (share.clamp(0.0, 1.0) * 1000.0).round() as u16;
    permille
}
