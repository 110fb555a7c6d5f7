//! Figures of the store on the way of a catalogue's page, for `cargo xtask bench catalogue`: each line is name, unit, amount and nanoseconds, with tabs between. The index finds twenty
//! products; the store says up to which change it has come and gives them as they are now. Another node's index reads all of them on.
//!
//! On SQLite a hundred thousand listings; with the argument `postgres`, a million on PostgreSQL.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;
use xinyu_core::listing::Listing;
use xinyu_store::testing::{Fixture, on_postgres_with, on_sqlite_with, options};
use xinyu_store::{StoreError, StoreOptions, Timestamp, Value, listing};

/// The one that all are copies of.
const FIRST: &str = "691350100M000100Y433501A1B2C3D47•1";
/// Products of a page.
const PAGE: u64 = 20;
const PAGES: u64 = 2_000;
/// Listings that an index reads on at once, and how often.
const AT_ONCE: u32 = 2_000;
const BATCHES: u64 = 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let is_postgres = std::env::args().nth(1).is_some_and(|engine| engine == "postgres");
    // A million rows are no transaction of everyday.
    let patient = || StoreOptions { transaction_timeout: Duration::from_secs(600), ..options() };
    let measured = async |fixture: Fixture, name: &str, count: u64| {
        if let Err(error) = measure(&fixture, name, count).await {
            // The harness ends what a test ends by a panic only; whoever started us sees that a line is missing, and why.
            let _ = writeln!(std::io::stderr(), "{error}");
            std::process::exit(1);
        }
    };
    if is_postgres {
        on_postgres_with(patient, async |fixture| measured(fixture, "PostgreSQL", 1_000_000).await).await;
    } else {
        on_sqlite_with(patient, async |fixture| measured(fixture, "SQLite", 100_000).await).await;
    }
    Ok(())
}

async fn measure(fixture: &Fixture, name: &str, count: u64) -> Result<(), Box<dyn Error>> {
    let store = &fixture.store;
    let first = a_listing(fixture.clock.now())?;
    let begun = Instant::now();
    let filled = store.write("bench.fill", move |tx| {
        Box::pin(async move {
            listing::insert(tx, &first).await?;
            let sql = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
                       INSERT INTO listing (product_id, connector_id, listing_key, space_id, state, changed, requested_at, body) \
                       SELECT '691350100M000100Y433501A1B2C3D47•' || i, connector_id, 'k' || i, space_id, state, i, requested_at, \
                       replace(body, '3D47•1', '3D47•' || i) FROM n, listing WHERE product_id = $2";
            tx.execute(sql, vec![Value::unsigned(count)?, Value::from(FIRST)]).await?;
            tx.execute("UPDATE listing_change SET latest = $1", vec![Value::unsigned(count)?]).await
        })
    });
    filled.await?;
    let mut out = std::io::stdout();
    writeln!(out, "{name}, listings stored\t\t{count}\t{}", begun.elapsed().as_nanos())?;
    let mut times = Vec::new();
    for page in 0..PAGES {
        // Far apart, as what a question finds lies.
        let at = |hit: u64| (page.wrapping_mul(PAGE).wrapping_add(hit)).wrapping_mul(2_654_435_761) % count + 1;
        let ids: Vec<String> = (0..PAGE).map(|hit| FIRST.replace("•1", &format!("•{}", at(hit)))).collect();
        let wanted = ids.len();
        let begun = Instant::now();
        let latest = store.read("bench.asker", |tx| Box::pin(async move { listing::latest_change(tx).await })).await?;
        let read = store.read("bench.entries", move |tx| {
            let ids = ids.clone();
            Box::pin(async move { listing::of(tx, &ids).await })
        });
        let found = read.await?.len();
        times.push(begun.elapsed());
        if found != wanted || latest != count {
            return Err(format!("{found} of {wanted} listings at change {latest}").into());
        }
    }
    times.sort();
    for (percentile, at) in [("p50", times.len() / 2), ("p99", times.len() * 99 / 100)] {
        let time = times.get(at).copied().unwrap_or(Duration::ZERO).as_micros();
        writeln!(out, "{name}, page of {PAGE} out of {count} listings, {percentile} (ms)\tratio\t{time}\t1000")?;
    }
    let begun = Instant::now();
    let mut position = 0;
    for _ in 0..BATCHES {
        let read = store
            .read("bench.changed", move |tx| Box::pin(async move { listing::changed(tx, position, AT_ONCE).await }));
        position = read.await?.last().map(|(at, _)| *at).ok_or("nothing was read on")?;
    }
    writeln!(out, "{name}, listings read on\t\t{position}\t{}", begun.elapsed().as_nanos())?;
    Ok(())
}

/// A listing as long as an ordinary one: five columns, a description of two sentences.
fn a_listing(now: Timestamp) -> Result<Listing, StoreError> {
    let field = |name: &str| json!({ "name": name, "kind": "text", "masked": false });
    let fields = ["箱号", "船名", "日期", "port_code", "amount"].map(field);
    let body = json!({
        "product_id": FIRST, "connector_id": "591350100M000100Y433501A1B2C3D4T", "provider_id": "91350100M000100Y43",
        "provider_name": "宁波数据集团第一公司",
        "request": {
            "listingId": "k1", "spaceId": "s", "policies": [], "term": "P1D", "profile": {},
            "product": {
                "name": "宁波港口集装箱吞吐量日报",
                "description": "宁波地区港口集装箱吞吐量日报，覆盖2015年以来的记录，由采集点上报。经脱敏与质量校验，适用于水文监测分析与预测研究。",
                "source": "自有业务系统", "licence": "合约约定", "topic": "B0300", "updateFrequency": "005", "keywords": ["港口", "集装箱", "宁波"],
                "tables": [{ "name": "throughput", "rows": 1_000, "fields": fields }]
            },
            "revenue": { "baseFen": 0, "perUseFen": 100, "shares": [] },
        },
        "findings": [], "state": "listed", "requested_at": now, "decided_at": now, "note": "",
    });
    serde_json::from_value(body).map_err(|error| StoreError::column("body", error.to_string()))
}
