//! Travellers are right in themselves and with the airports.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use jiff::civil::Date;
use xinyu_core::data::Cell;
use xinyu_protocol::id::CitizenId;

use super::*;
use crate::source::Source;

#[test]
fn travellers_are_right_in_themselves() {
    let mut ids = BTreeSet::new();
    let mut cities = BTreeMap::new();
    for one in travellers(2_000, 7) {
        let id = CitizenId::parse(&one.citizen_id).unwrap();
        assert_eq!(id.born().to_string(), one.birth_date);
        let registered: Date = one.registered_on.parse().unwrap();
        let adult = id.born().saturating_add(jiff::Span::new().years(18));
        assert!(registered >= adult, "{} registered on {registered}", one.birth_date);
        assert_eq!(one.mobile.len(), 11);
        assert!(one.mobile.bytes().all(|byte| byte.is_ascii_digit()));
        assert!((2..=4).contains(&one.name.chars().count()), "{}", one.name);
        assert!(one.email.contains("@example."));
        assert_eq!(one.trips_last_year == 0, one.spend_fen == 0);
        assert!(ids.insert(one.citizen_id));
        *cities.entry(one.home_city).or_insert(0) += 1;
    }
    assert_eq!(cities.len(), 40);
    assert!(cities["上海"] > cities["海口"]);
}

#[test]
fn the_same_seed_gives_the_same_travellers() {
    let all = |seed| travellers(50, seed).collect::<Vec<_>>();
    assert_eq!(all(1), all(1));
    assert_ne!(all(1), all(2));
    assert_eq!(travellers(10, 1).collect::<Vec<_>>(), all(1)[..10]);
}

#[tokio::test]
async fn home_airports_stand_in_the_airports_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/airports/airports.csv");
    let rows = Source::File { path }.rows(&["icao".to_owned()]).await.unwrap();
    let known: Vec<_> = rows.try_concat().await.unwrap();
    let known: BTreeSet<String> = known.into_iter().flatten().map(|cell| cell.to_string()).collect();
    for place in places::PLACES {
        for airport in place.airports {
            assert!(known.contains(*airport), "{airport} of {}", place.city);
        }
    }
}

#[tokio::test]
async fn a_file_of_travellers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("travellers.db");
    std::fs::write(&path, "something else").unwrap();
    std::fs::write(dir.path().join("travellers.db.new"), "left by a crash").unwrap();
    write_sqlite(&path, "travellers", 20_000, 7).await.unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let source = Source::Table { url: format!("sqlite://{}", path.display()), table: "travellers".to_owned() };
    let found = source.describe().await.unwrap();
    assert_eq!((found.rows, found.schema.columns.len()), (20_000, 11));
    let columns: Vec<String> = found.schema.columns.iter().map(|column| column.name.clone()).collect();
    let rows: Vec<Vec<Cell>> = source.rows(&columns).await.unwrap().try_concat().await.unwrap();
    let last = travellers(20_000, 7).last().unwrap();
    let last: Vec<String> = [
        last.traveller_id,
        last.name,
        last.citizen_id,
        last.mobile,
        last.email,
        last.home_city,
        last.home_airport,
        last.birth_date,
        last.registered_on,
        last.trips_last_year.to_string(),
        last.spend_fen.to_string(),
    ]
    .into();
    assert_eq!(rows.last().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(), last);
}
