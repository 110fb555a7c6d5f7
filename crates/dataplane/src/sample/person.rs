//! One traveller after another.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use xinyu_protocol::id::citizen;

use super::Traveller;
use super::places::{FEMALE, MALE, PLACES, PREFIXES, SURNAMES};

/// `count` travellers, the same for the same seed.
pub fn travellers(count: usize, seed: u64) -> impl Iterator<Item = Traveller> {
    let mut draw = Draw(seed);
    (1..=count).map(move |number| traveller(number, &mut draw))
}

fn traveller(number: usize, draw: &mut Draw) -> Traveller {
    let is_female = draw.below(2) == 0;
    let (surname, pinyin) = draw.weighted(&SURNAMES, |(_, _, weight)| *weight).map_or(("", ""), |one| (one.0, one.1));
    let given = if is_female { FEMALE } else { MALE };
    let mut name = surname.to_owned();
    // One given name in seven has a single character.
    for _ in 0..=u8::from(draw.below(7) > 0) {
        name.extend(draw.one_of_chars(given));
    }
    let home = draw.weighted(&PLACES, |place| place.weight);
    // Three of four live where they were first registered.
    let origin = if draw.below(4) > 0 { home } else { draw.weighted(&PLACES, |place| place.weight) };
    let born = day(draw, date(1950, 1, 1), date(2006, 12, 31));
    let adult = born.saturating_add(18.years()).max(date(2016, 1, 1));
    let registered = day(draw, adult, date(2026, 6, 30));
    let area = origin.and_then(|place| draw.one(place.areas)).copied().unwrap_or_default();
    // The digit before the check character is odd for men.
    let order = draw.below(499) * 2 + if is_female { 2 } else { 1 };
    let body = format!("{area}{}{order:03}", born.strftime("%Y%m%d"));
    let check = citizen::check_character(&body).ok();
    let prefix = draw.one(&PREFIXES).copied().unwrap_or_default();
    let trips = draw.below(6) * draw.below(6);
    let spend = (0..trips).map(|_| 38_000 + draw.below(260_000)).sum::<u64>();
    let domain = draw.one(&["example.com", "example.net", "example.org"]).copied().unwrap_or_default();
    Traveller {
        traveller_id: format!("T{number:08}"),
        name,
        citizen_id: body.chars().chain(check).collect(),
        mobile: format!("{prefix}{:08}", draw.below(100_000_000)),
        email: format!("{pinyin}{number}@{domain}"),
        home_city: home.map(|place| place.city.to_owned()).unwrap_or_default(),
        home_airport: home.and_then(|place| draw.one(place.airports)).copied().unwrap_or_default().to_owned(),
        birth_date: born.to_string(),
        registered_on: registered.to_string(),
        trips_last_year: i64::try_from(trips).unwrap_or_default(),
        spend_fen: i64::try_from(spend).unwrap_or_default(),
    }
}

/// A day from `first` to `last`.
fn day(draw: &mut Draw, first: Date, last: Date) -> Date {
    let days = first.until(last).map_or(0, |span| span.get_days());
    let later = draw.below(u64::try_from(days).unwrap_or_default().saturating_add(1));
    first.saturating_add(i64::try_from(later).unwrap_or_default().days())
}

/// SplitMix64 (Steele, Lea, Flood 2014). The library's generators may give other numbers in another version.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0. Uneven by less than `bound` in 2^64.
    fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }

    fn one<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(all.len()).unwrap_or_default());
        all.get(usize::try_from(index).unwrap_or_default())
    }

    fn one_of_chars(&mut self, all: &str) -> Option<char> {
        let index = self.below(u64::try_from(all.chars().count()).unwrap_or_default());
        all.chars().nth(usize::try_from(index).unwrap_or_default())
    }

    fn weighted<'a, T>(&mut self, all: &'a [T], weight: impl Fn(&T) -> u64) -> Option<&'a T> {
        let mut left = self.below(all.iter().map(&weight).sum());
        all.iter().find(|one| {
            let weight = weight(one);
            let is_it = left < weight;
            left = left.saturating_sub(weight);
            is_it
        })
    }
}
