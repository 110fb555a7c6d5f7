//! Figures of `doubleentry` on SQLite, for `cargo xtask bench evidence`: entries recorded, one by one and many together, and audited. In its own process and by calls:
//! without HTTP, without records that are signed and checked. Each line is name, unit, amount and nanoseconds, with tabs between.

use std::error::Error;
use std::time::{Duration, Instant};

use doubleentry::prelude::*;
use doubleentry::store::{SqlStore, Sqlite};

const START: Date = date!("2026-01-01");
const FROM: &str = "Assets:Bank";
const TO: &str = "Liabilities:Wallet";
const ALONE: usize = 300;
const TOGETHER: usize = 256;
const BATCHES: usize = 16;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store: SqlStore<Sqlite> =
        SqlStore::sqlite(&format!("sqlite://{}?mode=rwc", folder.path().join("ledger.db").display())).await?;
    let ledger = Ledger::new(store, LedgerId::new("example.com/peer")?).await?;
    ledger.declare_currency(EUR, 2, START).await?;
    ledger.define_months(2026, 1..=12).await?;
    ledger.open(FROM, AccountKind::Asset, START).await?;
    ledger.open(TO, AccountKind::Liability, START).await?;

    let started = Instant::now();
    for at in 0..ALONE {
        ledger.record(entry(format!("alone-{at}"))).await?;
    }
    say("  doubleentry on SQLite, one by one", ALONE, started.elapsed());

    let started = Instant::now();
    for batch in 0..BATCHES {
        ledger.record_batch((0..TOGETHER).map(|at| entry(format!("together-{batch}-{at}"))).collect::<Vec<_>>()).await?;
    }
    say(&format!("  doubleentry on SQLite, {TOGETHER} together"), BATCHES * TOGETHER, started.elapsed());

    let started = Instant::now();
    ledger.audit().await?;
    say("  doubleentry, audit", ALONE + BATCHES * TOGETHER, started.elapsed());
    Ok(())
}

fn entry(key: String) -> Entry {
    let one = amount!("1.00");
    Entry::new(key, date!("2026-03-15")).debit(FROM, one, EUR).credit(TO, one, EUR)
}

fn say(name: &str, amount: usize, taken: Duration) {
    println!("{name}\t\t{amount}\t{}", taken.as_nanos());
}
