//! What a number can be, by the name of its column. To add a range is one line.

use xinyu_core::data::ColumnKind;

use super::hint;

/// Words of the name, the least and the greatest value.
const RANGES: [(&[&str], i64, i64); 8] = [
    (&["年龄", "age"], 0, 150),
    (&["纬度", "lat", "latitude"], -90, 90),
    (&["经度", "lon", "lng", "longitude"], -180, 180),
    (&["湿度", "humidity"], 0, 100),
    (&["气温", "air_temperature"], -90, 60),
    (&["月份", "month"], 1, 12),
    (&["年份", "year"], 1000, 2200),
    (&["身高", "height_cm"], 20, 280),
];

/// The range of a column of numbers, if its name tells one.
pub(super) fn of(column: &str, kind: ColumnKind) -> Option<(i64, i64)> {
    let is_number = matches!(kind, ColumnKind::Integer | ColumnKind::Real);
    let said = RANGES.iter().filter(|_| is_number).find(|(words, ..)| hint::says(column, words));
    said.map(|(_, least, most)| (*least, *most))
}
