//! What the demonstration loads fits into 40 MB: the sample's airports and 20,000 travellers.

use super::*;

const BUDGET_BYTES: u64 = 40 << 20;

#[tokio::test]
async fn airports_and_twenty_thousand_travellers_fit_into_forty_megabytes() {
    let _memory = MEMORY.lock().await;
    // The limit of the tables is a limit of the engine: beyond it, `insert` would fail.
    let limits = Limits { max_memory_bytes: BUDGET_BYTES / 2, ..ROOMY };
    let mut environment = Environment::open(limits).await.unwrap();
    let airports = load_airports(&mut environment).await;
    let travellers = load_travellers(&mut environment).await;
    assert_eq!((airports, travellers), (28_298, 20_000));

    // So does a join over both, whose intermediate result has a limit of the same size.
    let sql = "SELECT a.city, count(*) AS travellers, sum(t.spend_fen) FROM travellers t
               JOIN airports a ON a.iata = t.home_airport GROUP BY a.city ORDER BY travellers DESC, a.city LIMIT 10";
    let result = environment.query(sql, &CancelToken::default()).await.unwrap();
    assert_eq!(result.rows.len(), 4);
    assert_eq!(result.rows[0], [text("Beijing"), Cell::Integer(5000), Cell::Integer(6_240_000)]);
    environment.close().await.unwrap();
}

async fn load_airports(environment: &mut Environment) -> usize {
    let mut file = csv::Reader::from_path("../../samples/airports/airports.csv").unwrap();
    let columns: Vec<_> = file.headers().unwrap().iter().map(str::to_owned).collect();
    let columns: Vec<_> = columns.iter().map(|name| (name.as_str(), ColumnKind::Text)).collect();
    environment.create_table(&schema("airports", &columns)).await.unwrap();
    let rows: Vec<Vec<Cell>> = file.records().map(|row| row.unwrap().iter().map(text).collect()).collect();
    let count = rows.len();
    for batch in rows.chunks(1000) {
        environment.insert("airports", batch.to_vec()).await.unwrap();
    }
    count
}

async fn load_travellers(environment: &mut Environment) -> usize {
    let columns = [
        ("traveller_id", ColumnKind::Integer),
        ("name", ColumnKind::Text),
        ("id_number", ColumnKind::Text),
        ("mobile", ColumnKind::Text),
        ("email", ColumnKind::Text),
        ("home_city", ColumnKind::Text),
        ("home_airport", ColumnKind::Text),
        ("registered_on", ColumnKind::Date),
        ("trips", ColumnKind::Integer),
        ("spend_fen", ColumnKind::Integer),
    ];
    environment.create_table(&schema("travellers", &columns)).await.unwrap();
    let homes = [("北京", "PEK"), ("上海", "PVG"), ("广州", "CAN"), ("成都", "CTU")];
    let row = |number: usize| {
        let (city, airport) = homes[number % 4];
        vec![
            Cell::Integer(i64::try_from(number).unwrap()),
            text("欧阳建国"),
            text(&format!("11010519491231{number:04}")),
            text(&format!("138{number:08}")),
            text(&format!("ouyang.jianguo{number}@example.com")),
            text(city),
            text(airport),
            text("2024-02-29"),
            Cell::Integer(12),
            Cell::Integer(i64::try_from(number % 2500).unwrap()),
        ]
    };
    for start in (0..20_000).step_by(1000) {
        environment.insert("travellers", (start..start + 1000).map(row).collect()).await.unwrap();
    }
    20_000
}
