//! Acknowledged means durable: a process killed in the middle loses nothing that it acknowledged and doubles nothing; every commit is synced.

use crate::child::{lines, start};
use crate::numbers::{numbers, put_one};
use std::collections::BTreeSet;
use std::io::Write as _;
use xinyu_store::Row;
use xinyu_store::args;
use xinyu_store::testing::{Fixture, on_each_engine, on_sqlite_with, options};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_and_doubles_nothing() {
    on_each_engine(async |fixture: Fixture| {
        let mut killed = 0;
        for kill_after in [1, 300, 1_000] {
            clear(&fixture).await;
            let mut child = start("acknowledge", fixture.url(), &[]);
            let mut said = lines(&mut child);
            let mut acknowledged = BTreeSet::new();
            for line in said.by_ref() {
                let number = line.strip_prefix("acknowledged ").unwrap().parse::<u32>().unwrap();
                acknowledged.insert(number);
                if acknowledged.len() == kill_after {
                    child.kill().unwrap();
                    killed += 1;
                    break;
                }
            }
            // What it said before it died is acknowledged too.
            acknowledged.extend(said.map(|line| line.strip_prefix("acknowledged ").unwrap().parse::<u32>().unwrap()));
            child.wait().unwrap();
            check(&fixture, &acknowledged).await;
        }
        assert_eq!(killed, 3, "a child ended before it was killed");
    })
    .await;
}

async fn clear(fixture: &Fixture) {
    let clear = fixture.store.write("clear", |tx| {
        Box::pin(async move {
            tx.execute("DELETE FROM outbox", args![]).await?;
            tx.execute("DELETE FROM replay", args![]).await
        })
    });
    clear.await.map(drop).unwrap();
}

/// Everything acknowledged is there, nothing twice, both halves of a transaction or none, and the store goes on.
async fn check(fixture: &Fixture, acknowledged: &BTreeSet<u32>) {
    let store = fixture.another().await.unwrap();
    // A server may still be at the last transaction of the dead client; a new one waits for it.
    put_one(&store, u32::MAX).await.unwrap();
    let mut kept = numbers(&store).await;
    assert_eq!(kept.pop(), Some(u32::MAX));
    let unique: BTreeSet<u32> = kept.iter().copied().collect();
    assert_eq!(unique.len(), kept.len(), "doubled");
    assert_eq!(acknowledged.difference(&unique).collect::<Vec<_>>(), Vec::<&u32>::new(), "lost");
    assert!(!acknowledged.is_empty());
    let rows = store.read("halves", |tx| Box::pin(tx.fetch("SELECT jti FROM replay", args![]))).await.unwrap();
    let halves: BTreeSet<u32> = rows.iter().map(|row: &Row| row.text("jti").unwrap().parse().unwrap()).collect();
    assert_eq!(halves, unique, "a transaction was torn");
    store.close().await;
}

/// The system's own count of syncs, by strace.
#[tokio::test(flavor = "multi_thread")]
async fn every_commit_is_synced() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let trace = fixture.folder().unwrap().join("trace");
        let trace_name = trace.to_str().unwrap();
        let works = std::process::Command::new("strace").args(["-f", "-o", trace_name, "true"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            writeln!(std::io::stderr(), "counting syncs is left out: strace does not work here").unwrap();
            return;
        }
        let wrap = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace_name];
        let mut child = start("serial", fixture.url(), &wrap);
        let said: Vec<String> = lines(&mut child).collect();
        assert!(child.wait().unwrap().success());
        assert_eq!(said, ["commits 20"]);
        let trace = std::fs::read_to_string(&trace).unwrap();
        let syncs = trace.lines().filter(|line| line.contains("sync(") && line.contains("= 0")).count();
        assert!(syncs >= 20, "{syncs} syncs for 20 commits:\n{trace}");
    })
    .await;
}
