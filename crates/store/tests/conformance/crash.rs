//! Acknowledged means durable: a process killed in the middle loses nothing that it acknowledged and doubles nothing; every commit is synced.

use crate::child::{lines, start};
use crate::numbers::{number, numbers, put_one};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use xinyu_store::args;
use xinyu_store::testing::{Fixture, on_each_engine, on_sqlite_with, options};
use xinyu_store::{Row, Store, StoreError};

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

/// After a failed fsync what a process left in the write-ahead log may stand in memory only: the next one writes it anew before it acknowledges anything.
#[tokio::test]
async fn what_a_process_left_in_the_write_ahead_log_is_stored_anew() {
    on_sqlite_with(options, async |fixture: Fixture| {
        for number in 0..3 {
            put_one(&fixture.store, number).await.unwrap();
        }
        let (from, to) = (fixture.folder().unwrap(), tempfile::tempdir().unwrap());
        let log = |folder: &Path| {
            let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
            let is_log = |file: &PathBuf| file.to_string_lossy().ends_with("-wal");
            files.filter(is_log).map(|file| file.metadata().unwrap().len()).sum::<u64>()
        };
        let database = fixture.url().rsplit('/').next().unwrap();
        for end in ["", "-wal"] {
            let name = format!("{database}{end}");
            std::fs::copy(from.join(&name), to.path().join(&name)).unwrap();
        }
        assert!(log(to.path()) > 0);
        let store = Store::open(&format!("sqlite://{}", to.path().join(database).display()), options()).await.unwrap();
        assert_eq!(log(to.path()), 0);
        assert_eq!(numbers(&store).await, [0, 1, 2]);
        store.close().await;
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
    // Both halves as they stand at one moment: a server may still carry out what a dead client sent before, one transaction after the other.
    let both = store.read("halves", |tx| {
        Box::pin(async move {
            let kept = tx.fetch("SELECT body FROM outbox ORDER BY id", args![]).await?;
            Ok::<_, StoreError>((kept, tx.fetch("SELECT jti FROM replay", args![]).await?))
        })
    });
    let (kept, rows) = both.await.unwrap();
    let mut kept: Vec<u32> = kept.iter().map(number).collect();
    kept.retain(|number| *number != u32::MAX);
    let unique: BTreeSet<u32> = kept.iter().copied().collect();
    assert_eq!(unique.len(), kept.len(), "doubled");
    assert_eq!(acknowledged.difference(&unique).collect::<Vec<_>>(), Vec::<&u32>::new(), "lost");
    assert!(!acknowledged.is_empty());
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
