//! A full and a failing disk: a clear error, nothing acknowledged is lost, and what follows is right.

use crate::child::{lines, start};
use crate::numbers::{numbers, put_large, put_one};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use xinyu_store::testing::{Fixture, on_sqlite_with, options, sqlite_url};
use xinyu_store::{Store, StoreError};

/// Write until the disk is full: how many were acknowledged, and the refusal.
async fn fill(store: &Store) -> (u32, StoreError) {
    for number in 0..100_000 {
        if let Err(error) = put_large(store, number).await {
            return (number, error);
        }
    }
    panic!("the disk was never full");
}

fn is_full(error: &StoreError) {
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("full"), "{error}");
}

/// The limit of pages stands for the disk: SQLite answers as it does to a full one.
#[tokio::test]
async fn a_full_database_refuses_and_goes_on_when_there_is_room() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let store = &fixture.store;
        let limit = |sql: &'static str| store.write("limit", move |tx| Box::pin(tx.fetch(sql, vec![])));
        limit("PRAGMA max_page_count = 600").await.unwrap();
        let (count, error) = fill(store).await;
        is_full(&error);
        assert!(count > 10, "{count}");
        let acknowledged: Vec<u32> = (0..count).collect();
        assert_eq!(numbers(store).await, acknowledged);
        is_full(&put_large(store, count).await.unwrap_err());
        limit("PRAGMA max_page_count = 100000").await.unwrap();
        put_large(store, count).await.unwrap();
        assert_eq!(numbers(store).await, (0..=count).collect::<Vec<u32>>());
        assert_eq!(numbers(&fixture.another().await.unwrap()).await, (0..=count).collect::<Vec<u32>>());
    })
    .await;
}

/// Several transactions meet the full disk in one group: what is acknowledged is there, what is refused is not.
#[tokio::test]
async fn a_full_disk_refuses_in_a_group_too() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let store = &fixture.store;
        let limit = |sql: &'static str| store.write("limit", move |tx| Box::pin(tx.fetch(sql, vec![])));
        limit("PRAGMA max_page_count = 400").await.unwrap();
        let results = futures::future::join_all((0..100).map(|number| put_large(store, number))).await;
        let acknowledged: Vec<u32> =
            (0..100).zip(&results).filter(|(_, result)| result.is_ok()).map(|(n, _)| n).collect();
        results.iter().filter_map(|result| result.as_ref().err()).for_each(is_full);
        assert!(acknowledged.len() < 100, "never full");
        let mut kept = numbers(store).await;
        kept.sort_unstable();
        assert_eq!(kept, acknowledged);
        limit("PRAGMA max_page_count = 100000").await.unwrap();
        put_one(store, 1_000).await.unwrap();
    })
    .await;
}

/// A file system that is taken away again.
struct Mount<'f>(&'f Path);

impl<'f> Mount<'f> {
    fn new(folder: &'f Path, options: &str) -> Option<Self> {
        Self::mount(folder, options).then_some(Self(folder))
    }

    fn mount(folder: &Path, options: &str) -> bool {
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).output();
        output.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Lazily, because files may still be open.
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_the_store_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(folder.path(), "size=3m") else {
        writeln!(std::io::stderr(), "a really full disk is left out: a tmpfs cannot be mounted here").unwrap();
        return;
    };
    let url = sqlite_url(&folder.path().join("store.db"));
    let store = Store::open(&url, options()).await.unwrap();
    let (count, error) = fill(&store).await;
    is_full(&error);
    assert!(count > 10, "{count}");
    assert_eq!(numbers(&store).await, (0..count).collect::<Vec<u32>>());
    is_full(&put_large(&store, count).await.unwrap_err());
    assert!(Mount::mount(folder.path(), "remount,size=16m"));
    put_large(&store, count).await.unwrap();
    store.close().await;
    let store = Store::open(&url, options()).await.unwrap();
    assert_eq!(numbers(&store).await, (0..=count).collect::<Vec<u32>>());
    store.close().await;
}

/// A limit on the size of files makes a write fail as a failing disk does (not as a full one).
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_disk_ends_all_writing_until_the_store_is_opened_again() {
    on_sqlite_with(options, async |fixture: Fixture| {
        fixture.store.close().await;
        // The signal of the limit is ignored, so that the write itself fails.
        let wrap = ["bash", "-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "bash"];
        let mut child = start("fill", fixture.url(), &wrap);
        let said: Vec<String> = lines(&mut child).collect();
        child.wait().unwrap();
        let acknowledged = said.iter().filter(|line| line.starts_with("acknowledged ")).count();
        let refused: Vec<&String> = said.iter().filter(|line| line.starts_with("refused ")).collect();
        assert!(acknowledged > 10, "{said:?}");
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].contains("disk I/O error"), "{refused:?}");
        assert!(refused[1].contains("accepts no more writes until it is opened again"), "{refused:?}");
        let failed = said.last().unwrap();
        assert!(failed.starts_with("failed ") && failed.contains("disk I/O error"), "{failed}");
        let store = fixture.another().await.unwrap();
        let kept = numbers(&store).await;
        assert_eq!(kept, (0..u32::try_from(acknowledged).unwrap()).collect::<Vec<u32>>());
        put_one(&store, 1_000_000).await.unwrap();
        assert_eq!(numbers(&store).await.len(), acknowledged + 1);
    })
    .await;
}
