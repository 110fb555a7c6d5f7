//! Figures that may be shown of numbers and days: points of a grid whose cell holds at least [`FEW`] rows, so that no figure is one of a few.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::spread::Range;

/// Fewer rows than this are rare: neither their value nor a range of their own is shown.
pub const FEW: u64 = 10;

/// The points on which figures lie, from fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grid {
    /// 1, 2 or 5 times a power of ten.
    Decimal(u8, i32),
    Day,
    Month,
    Year,
    Decade,
    Century,
}

impl Grid {
    /// About a hundred steps in a span; whole numbers have none finer than 1.
    pub(super) fn of_numbers(span: f64, is_whole: bool) -> Self {
        let mut grid = Self::Decimal(1, if is_whole { 0 } else { -12 });
        while grid.step() * 100.0 < span && grid.step() < 1e300 {
            grid = grid.coarser();
        }
        grid
    }

    /// Powers of ten: one digit of a number is left.
    pub(super) fn of_magnitude(most: f64) -> Self {
        let mut power = 0;
        while power < 300 && 10_f64.powi(power + 1) <= most {
            power += 1;
        }
        Self::Decimal(1, power)
    }

    /// Days, months or years in a span of days.
    pub(super) fn of_days(span: f64) -> Self {
        match span {
            ..=800.0 => Self::Day,
            ..=15_000.0 => Self::Month,
            _ => Self::Year,
        }
    }

    pub(super) fn coarser(self) -> Self {
        match self {
            Self::Decimal(1, power) => Self::Decimal(2, power),
            Self::Decimal(2, power) => Self::Decimal(5, power),
            Self::Decimal(_, power) => Self::Decimal(1, power + 1),
            Self::Day => Self::Month,
            Self::Month => Self::Year,
            Self::Year => Self::Decade,
            Self::Decade | Self::Century => Self::Century,
        }
    }

    /// The cell of a value: from a point of the grid to the next.
    pub(super) fn cell(self, value: f64) -> (f64, f64) {
        match self {
            Self::Decimal(..) => {
                let (step, scale) = (self.step(), self.scale());
                let low = match scale {
                    Some(scale) => whole(value * scale / self.factor()) * self.factor() / scale,
                    None => whole(value / step) * step,
                };
                (low, low + step)
            }
            _ => self.span_of(value).unwrap_or((value, value + 1.0)),
        }
    }

    /// The finest grid from here on in whose cell of the value there are enough rows; the coarsest worth it when there is none.
    pub(super) fn safe(mut self, value: f64, ranges: &[Range], span: f64) -> Self {
        loop {
            let (low, high) = self.cell(value);
            let rows: u64 =
                ranges.iter().filter(|range| range.high >= low && range.low < high).map(|range| range.count).sum();
            if rows >= FEW || high - low > span * 2.0 + 1.0 || self == Self::Century {
                return self;
            }
            self = self.coarser();
        }
    }

    /// A point of the grid for people.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Decimal(_, power) if value.abs() < 1e18 => {
                let places = usize::try_from(-power).unwrap_or_default();
                let shown = format!("{value:.places$}");
                if shown.trim_start_matches(['-', '0', '.']).is_empty() { "0".to_owned() } else { shown }
            }
            Self::Decimal(..) => format!("{value:e}"),
            _ => match day(value) {
                Some(day) if self == Self::Day => day.to_string(),
                Some(day) if self == Self::Month => day.strftime("%Y-%m").to_string(),
                Some(day) => day.strftime("%Y").to_string(),
                None => String::new(),
            },
        }
    }

    fn step(self) -> f64 {
        match self {
            Self::Decimal(_, power) => self.factor() * 10_f64.powi(power),
            Self::Day => 1.0,
            Self::Month => 31.0,
            Self::Year => 366.0,
            Self::Decade => 3_653.0,
            Self::Century => 36_525.0,
        }
    }

    fn factor(self) -> f64 {
        match self {
            Self::Decimal(factor, _) => f64::from(factor),
            _ => 1.0,
        }
    }

    /// Of steps below 1 their inverse, which is a whole number and so exact.
    fn scale(self) -> Option<f64> {
        match self {
            Self::Decimal(_, power) if power < 0 => Some(10_f64.powi(-power)),
            _ => None,
        }
    }

    fn span_of(self, value: f64) -> Option<(f64, f64)> {
        let day = day(value)?;
        let year = |step: i16| Date::new(day.year() - day.year().rem_euclid(step), 1, 1).ok();
        let (from, to) = match self {
            Self::Month => (day.first_of_month(), day.first_of_month().checked_add(1.month()).ok()?),
            Self::Year => (year(1)?, year(1)?.checked_add(1.year()).ok()?),
            Self::Decade => (year(10)?, year(10)?.checked_add(10.years()).ok()?),
            Self::Century => (year(100)?, year(100)?.checked_add(100.years()).ok()?),
            Self::Day | Self::Decimal(..) => (day, day.tomorrow().ok()?),
        };
        Some((days(from), days(to)))
    }
}

/// Rounded down, but what is a whole number except for its last bits is that number.
fn whole(number: f64) -> f64 {
    (number + number.abs() * 1e-12).floor()
}

const EPOCH: Date = date(1970, 1, 1);

/// Days since 1970.
pub(super) fn days(day: Date) -> f64 {
    EPOCH.until(day).map(|span| f64::from(span.get_days())).unwrap_or_default()
}

/// The day of a number of days since 1970.
pub(super) fn day(days: f64) -> Option<Date> {
    #[expect(clippy::as_conversions, reason = "within the range of days of ten thousand years")]
    let whole = (days.abs() < 3_000_000.0).then(|| days.floor() as i64)?;
    EPOCH.checked_add(whole.days()).ok()
}

/// A whole number as the double next to it.
#[expect(clippy::as_conversions, reason = "a sketch of values is within a share of them")]
pub(super) fn real(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_points() {
        let check = |grid: Grid, value: f64, low: &str, high: &str| {
            let cell = grid.cell(value);
            assert_eq!((grid.show(cell.0).as_str(), grid.show(cell.1).as_str()), (low, high), "{grid:?} {value}");
        };
        check(Grid::Decimal(5, 0), 12.0, "10", "15");
        check(Grid::Decimal(1, -2), 0.29, "0.29", "0.30");
        check(Grid::Decimal(2, -1), -0.3, "-0.4", "-0.2");
        check(Grid::Decimal(1, 10), 13_812_345_678.0, "10000000000", "20000000000");
        let value = days(date(2026, 11, 28));
        check(Grid::Day, value, "2026-11-28", "2026-11-29");
        check(Grid::Month, value, "2026-11", "2026-12");
        check(Grid::Decade, value, "2020", "2030");
        assert_eq!(day(value), Some(date(2026, 11, 28)));
    }
}
