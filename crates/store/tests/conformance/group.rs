//! Group commit on SQLite: many transactions share one fsync, and none of them can harm the others.

use crate::numbers::{numbers, put, put_one};
use futures::future::join_all;
use std::time::Duration;
use tokio::sync::oneshot;
use xinyu_store::testing::{Fixture, on_each_engine, on_sqlite_with, options};
use xinyu_store::{Store, StoreError, StoreOptions, Timestamp, Topic, args};

#[tokio::test]
async fn many_transactions_share_few_commits() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let before = fixture.store.commit_count().unwrap();
        let results = join_all((0..1_000).map(|number| put_one(&fixture.store, number))).await;
        assert!(results.iter().all(Result::is_ok));
        let after = fixture.store.commit_count().unwrap();
        assert_eq!(after.transactions - before.transactions, 1_000);
        assert!(after.commits - before.commits <= 200, "{after:?}");
        let mut kept = numbers(&fixture.store).await;
        kept.sort_unstable();
        assert_eq!(kept, (0..1_000).collect::<Vec<u32>>());
    })
    .await;
}

#[tokio::test]
async fn a_group_has_a_largest_size() {
    let small = || StoreOptions { group_max: 10, group_time: Duration::from_secs(60), ..options() };
    on_sqlite_with(small, async |fixture: Fixture| {
        join_all((0..100).map(|number| put_one(&fixture.store, number))).await;
        let count = fixture.store.commit_count().unwrap();
        assert!(count.commits >= 10, "{count:?}");
        assert_eq!(count.transactions, 100);
    })
    .await;
}

/// Hold the writer in a transaction until the returned sender is dropped, so that what is written meanwhile forms one group behind it.
async fn hold(store: &Store) -> (oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (release, released) = oneshot::channel();
    let (begun, has_begun) = oneshot::channel();
    let store = store.clone();
    let task = tokio::spawn(async move {
        let write = store.write("hold", move |_| {
            Box::pin(async move {
                begun.send(()).unwrap();
                let _ = released.await;
                Ok::<_, StoreError>(())
            })
        });
        write.await
    });
    has_begun.await.unwrap();
    (release, task)
}

#[tokio::test]
async fn members_of_one_group_fail_each_for_itself() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let store = &fixture.store;
        let mut usage = store.signals().subscribe(Topic::Usage);
        usage.wait().await.unwrap();
        let (release, held) = hold(store).await;
        let write = |number: u32| {
            store.write("mixed", move |tx| {
                Box::pin(async move {
                    put(tx, number).await?;
                    if number % 5 == 1 {
                        tx.signal(Topic::Usage);
                    }
                    match number % 5 {
                        0 => Ok(number),
                        1 => Err(StoreError::column("test", "refused")),
                        2 => panic!("number {number}"),
                        3 => tx.execute("INSERT INTO nowhere VALUES (1)", args![]).await.map(|_| number),
                        _ => tx.fetch("SELECT 1 AS n", args![]).await.map(|_| number),
                    }
                })
            })
        };
        let release = async {
            tokio::task::yield_now().await;
            drop(release);
        };
        let (results, ()) = tokio::join!(join_all((0..50).map(write)), release);
        held.await.unwrap().unwrap();
        let kept: Vec<u32> = (0..50).filter(|number| matches!(number % 5, 0 | 4)).collect();
        assert_eq!(results.into_iter().filter_map(Result::ok).collect::<Vec<u32>>(), kept);
        assert_eq!(numbers(store).await, kept);
        let count = store.commit_count().unwrap();
        assert!(count.commits <= 5, "not one group: {count:?}");
        assert!(futures::FutureExt::now_or_never(usage.wait()).is_none(), "a refused member fired");
    })
    .await;
}

/// A member that refuses may do so because of what another one wrote. When the commit fails, that was never so: all of them fail.
#[tokio::test]
async fn a_failed_commit_fails_every_member() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let store = &fixture.store;
        put_one(store, 1).await.unwrap();
        let (release, held) = hold(store).await;
        let refused = store.write("refused", |tx| {
            Box::pin(async move {
                put(tx, 3).await?;
                Err::<(), _>(StoreError::column("test", "refused"))
            })
        });
        // A deferred foreign key fails at the commit and nowhere earlier.
        let poison = store.write("poison", |tx| {
            Box::pin(async move {
                tx.execute("PRAGMA defer_foreign_keys = ON", args![]).await?;
                let sql =
                    "INSERT INTO session (token_digest, user_name, created_at, expires_at) VALUES ($1, 'nobody', 0, 0)";
                tx.execute(sql, args![vec![1_u8]]).await
            })
        });
        let release = async {
            tokio::task::yield_now().await;
            drop(release);
        };
        let (two, refused, poison, ()) = tokio::join!(put_one(store, 2), refused, poison, release);
        let is_commit = |error: StoreError, expect: &str| {
            assert!(matches!(&error, StoreError::Commit { name, .. } if *name == expect), "{error}");
        };
        is_commit(held.await.unwrap().unwrap_err(), "hold");
        is_commit(two.unwrap_err(), "put");
        is_commit(refused.unwrap_err(), "refused");
        is_commit(poison.unwrap_err(), "poison");
        put_one(store, 4).await.unwrap();
        assert_eq!(numbers(store).await, [1, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_commit_is_synced_and_a_reader_does_not_wait() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let pragma = async |sql: &'static str, column: &'static str| {
            let row = fixture.store.write("pragma", move |tx| Box::pin(tx.fetch_one(sql, args![])));
            row.await.map(|row: xinyu_store::Row| row.value(column).unwrap().clone())
        };
        assert_eq!(pragma("PRAGMA synchronous", "synchronous").await, Ok(2_i64.into()));
        assert_eq!(pragma("PRAGMA journal_mode", "journal_mode").await, Ok("wal".into()));
        assert_eq!(pragma("PRAGMA foreign_keys", "foreign_keys").await, Ok(1_i64.into()));
        put_one(&fixture.store, 1).await.unwrap();
        let (release, held) = hold(&fixture.store).await;
        assert_eq!(numbers(&fixture.store).await, [1]);
        drop(release);
        held.await.unwrap().unwrap();
    })
    .await;
}

/// The file and those beside it are read by their owner alone.
#[tokio::test]
async fn the_file_is_private() {
    on_sqlite_with(options, async |fixture: Fixture| {
        put_one(&fixture.store, 1).await.unwrap();
        let files = std::fs::read_dir(fixture.folder().unwrap()).unwrap();
        let modes: Vec<u32> = files
            .map(|file| std::os::unix::fs::PermissionsExt::mode(&file.unwrap().metadata().unwrap().permissions()))
            .collect();
        assert_eq!(modes, [0o100_600; 3]);
    })
    .await;
}

/// Two transactions never carry the same time, on the system's clock.
#[tokio::test]
async fn times_of_transactions_differ() {
    let system = || StoreOptions { clock: xinyu_store::Clock::system(), ..options() };
    xinyu_store::testing::on_each_engine_with(system, async |fixture: Fixture| {
        let time = |_| fixture.store.write("time", |tx| Box::pin(async move { Ok::<_, StoreError>(tx.now()) }));
        let mut times: Vec<Timestamp> = join_all((0..100).map(time)).await.into_iter().map(Result::unwrap).collect();
        times.sort_unstable();
        times.dedup();
        assert_eq!(times.len(), 100);
    })
    .await;
}

/// Adding to one number from many sides loses nothing.
#[tokio::test]
async fn concurrent_additions_are_all_counted() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let start = "INSERT INTO lease (name, owner, fence, expires_at) VALUES ('n', 'test', 0, 0)";
        store.write("start", move |tx| Box::pin(tx.execute(start, args![]))).await.unwrap();
        let add = |_| {
            store.write("add", |tx| {
                Box::pin(async move {
                    let sql = "SELECT fence FROM lease WHERE name = 'n' {FOR_UPDATE}";
                    let fence = tx.fetch_one(sql, args![]).await?.integer("fence")?;
                    tx.execute("UPDATE lease SET fence = $1 WHERE name = 'n'", args![fence + 1]).await
                })
            })
        };
        assert!(join_all((0..200).map(add)).await.iter().all(Result::is_ok));
        let row = store.read("sum", |tx| Box::pin(tx.fetch_one("SELECT fence FROM lease", args![]))).await;
        assert_eq!(row.unwrap().integer("fence").unwrap(), 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_ahead_runs_before_all_that_waits() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let (release, held) = hold(&fixture.store).await;
        let waiting: Vec<_> = (0..50)
            .map(|number| {
                let store = fixture.store.clone();
                tokio::spawn(async move { put_one(&store, number).await })
            })
            .collect();
        // They are in the queue, as far as it goes, before the one that goes ahead is.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let store = fixture.store.clone();
        let ahead = tokio::spawn(async move {
            let count = store.write_ahead("ahead", |tx| {
                Box::pin(async move {
                    tx.fetch_one("SELECT COUNT(*) AS numbers FROM outbox", args![]).await?.unsigned("numbers")
                })
            });
            count.await
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(release);
        held.await.unwrap().unwrap();
        assert_eq!(ahead.await.unwrap().unwrap(), 0);
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        assert_eq!(numbers(&fixture.store).await.len(), 50);
    })
    .await;
}

/// What goes behind, and sees how many numbers there are.
async fn behind(store: Store) -> Result<u64, StoreError> {
    let count = store.write_behind("behind", |tx| {
        Box::pin(
            async move { tx.fetch_one("SELECT COUNT(*) AS numbers FROM outbox", args![]).await?.unsigned("numbers") },
        )
    });
    count.await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_behind_runs_after_all_that_waits_even_if_it_was_there_before() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let (release, held) = hold(&fixture.store).await;
        let last = tokio::spawn(behind(fixture.store.clone()));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let waiting: Vec<_> = (0..50)
            .map(|number| {
                let store = fixture.store.clone();
                tokio::spawn(async move { put_one(&store, number).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(release);
        held.await.unwrap().unwrap();
        assert_eq!(last.await.unwrap().unwrap(), 50);
        for one in waiting {
            one.await.unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_behind_has_its_turn_though_the_others_never_rest() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let last = tokio::spawn(behind(fixture.store.clone()));
        let mut number = 0;
        while !last.is_finished() {
            put_one(&fixture.store, number).await.unwrap();
            number += 1;
        }
        assert!(last.await.unwrap().unwrap() <= u64::from(number));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_behind_is_done_before_the_store_is_closed() {
    on_sqlite_with(options, async |fixture: Fixture| {
        let (release, held) = hold(&fixture.store).await;
        let last: Vec<_> = (0..3).map(|_| tokio::spawn(behind(fixture.store.clone()))).collect();
        let waiting = put_one(&fixture.store, 0);
        let closing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(release);
            fixture.store.close().await;
        };
        let (put, ()) = tokio::join!(waiting, closing);
        put.unwrap();
        held.await.unwrap().unwrap();
        for one in last {
            assert_eq!(one.await.unwrap().unwrap(), 1);
        }
    })
    .await;
}
