//! Commit, rollback, isolation, panics, hanging, nesting, cancelling, reading.

use crate::numbers::{numbers, put, put_one};
use std::time::Duration;
use tokio::sync::oneshot;
use xinyu_store::testing::{Fixture, on_each_engine, on_each_engine_with, on_postgres_with, options};
use xinyu_store::{Engine, Store, StoreError, StoreOptions, Topic, args};

#[tokio::test]
async fn a_committed_transaction_is_read_by_everyone() {
    on_each_engine(async |fixture: Fixture| {
        put_one(&fixture.store, 7).await.unwrap();
        assert_eq!(numbers(&fixture.store).await, [7]);
        assert_eq!(numbers(&fixture.another().await.unwrap()).await, [7]);
    })
    .await;
}

#[tokio::test]
async fn a_failing_closure_undoes_only_itself() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let failing = |number| {
            store.write("fail", move |tx| {
                Box::pin(async move {
                    put(tx, number).await?;
                    Err::<(), _>(StoreError::column("test", "refused"))
                })
            })
        };
        let results = tokio::join!(put_one(store, 1), failing(2), put_one(store, 3), failing(4), put_one(store, 5));
        assert_eq!(results.1, Err(StoreError::column("test", "refused")));
        assert_eq!(results.3, Err(StoreError::column("test", "refused")));
        assert!(results.0.is_ok() && results.2.is_ok() && results.4.is_ok());
        let mut kept = numbers(store).await;
        kept.sort_unstable();
        assert_eq!(kept, [1, 3, 5]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_undoes_only_itself() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let panicking = store.write("shaky", |tx| {
            Box::pin(async move {
                put(tx, 2).await?;
                let number = numbers_in(b"").expect("there is a number");
                put(tx, number).await
            })
        });
        let early = store.write::<(), StoreError, _>("early", |_| panic!("before the first await"));
        let results = tokio::join!(put_one(store, 1), panicking, early, put_one(store, 3));
        let panicked = |name, message: &str| Err(StoreError::Panicked { name, message: message.to_owned() });
        assert_eq!(results.1, panicked("shaky", "there is a number"));
        assert_eq!(results.2, panicked("early", "before the first await"));
        put_one(store, 4).await.unwrap();
        let mut kept = numbers(store).await;
        kept.sort_unstable();
        assert_eq!(kept, [1, 3, 4]);
    })
    .await;
}

fn numbers_in(bytes: &[u8]) -> Option<u32> {
    bytes.first().map(|byte| u32::from(*byte))
}

fn hasty() -> StoreOptions {
    StoreOptions { transaction_timeout: Duration::from_millis(300), ..options() }
}

#[tokio::test]
async fn a_hanging_closure_is_given_up() {
    on_each_engine_with(hasty, async |fixture: Fixture| {
        let store = &fixture.store;
        let hanging = store.write("hang", |tx| {
            Box::pin(async move {
                put(tx, 1).await?;
                std::future::pending::<Result<(), StoreError>>().await
            })
        });
        let limit = Duration::from_millis(300);
        assert_eq!(hanging.await, Err(StoreError::TimedOut { name: "hang", limit }));
        put_one(store, 2).await.unwrap();
        assert_eq!(numbers(store).await, [2]);
    })
    .await;
}

/// Some seconds of counting, if nothing ends it.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
    SELECT COUNT(*) AS n FROM n";

#[tokio::test]
async fn a_statement_without_end_is_ended() {
    on_each_engine_with(hasty, async |fixture: Fixture| {
        let store = &fixture.store;
        let started = tokio::time::Instant::now();
        let write = store.write("count", |tx| Box::pin(tx.fetch(ENDLESS, args![]))).await;
        assert!(write.is_err(), "{write:?}");
        let read = store.read("count", |tx| Box::pin(tx.fetch(ENDLESS, args![]))).await;
        assert!(read.is_err(), "{read:?}");
        put_one(store, 1).await.unwrap();
        assert_eq!(numbers(store).await, [1]);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    })
    .await;
}

#[tokio::test]
async fn a_transaction_inside_another_is_refused() {
    on_each_engine(async |fixture: Fixture| {
        let inner = fixture.store.clone();
        let outer = fixture.store.write("outer", move |_| {
            Box::pin(async move {
                let write = put_one(&inner, 1).await;
                assert_eq!(write, Err(StoreError::Nested { outer: "outer", inner: "put" }));
                inner.read("look", |tx| Box::pin(tx.fetch("SELECT 1 AS n", args![]))).await
            })
        });
        assert_eq!(outer.await, Err(StoreError::Nested { outer: "outer", inner: "look" }));
    })
    .await;
}

#[tokio::test]
async fn a_failed_statement_spoils_its_transaction() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let taken = "INSERT INTO setting (name, value, changed_at) VALUES ('a', '1', 0)";
        store.write("first", |tx| Box::pin(tx.execute(taken, args![]))).await.unwrap();
        let careless = store.write("careless", move |tx| {
            Box::pin(async move {
                put(tx, 1).await?;
                let error = tx.execute(taken, args![]).await.unwrap_err();
                assert!(matches!(error, StoreError::Constraint { .. }), "{error}");
                let error = put(tx, 2).await.unwrap_err();
                assert!(matches!(error, StoreError::Spoiled { .. }), "{error}");
                Ok(())
            })
        });
        let error: StoreError = careless.await.unwrap_err();
        assert!(matches!(error, StoreError::Spoiled { name: "careless", .. }), "{error}");
        assert_eq!(numbers(store).await, [0_u32; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let error = store.read("sneak", |tx| Box::pin(put(tx, 1))).await.unwrap_err();
        assert_eq!(error, StoreError::ReadOnly { name: "sneak" });
        put_one(store, 2).await.unwrap();
        assert_eq!(numbers(store).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn a_read_sees_one_state_throughout() {
    on_each_engine(async |fixture: Fixture| {
        let store = fixture.store.clone();
        put_one(&store, 1).await.unwrap();
        let (looked, has_looked) = oneshot::channel();
        let (written, is_written) = oneshot::channel();
        let count = "SELECT COUNT(*) AS n FROM outbox";
        let read = store.read("twice", move |tx| {
            Box::pin(async move {
                let before = tx.fetch_one(count, args![]).await?.integer("n")?;
                looked.send(()).unwrap();
                is_written.await.unwrap();
                let after = tx.fetch_one(count, args![]).await?.integer("n")?;
                Ok::<_, StoreError>((before, after))
            })
        });
        let write = async {
            has_looked.await.unwrap();
            put_one(&fixture.store, 2).await.unwrap();
            written.send(()).unwrap();
        };
        let (seen, ()) = tokio::join!(read, write);
        assert_eq!(seen, Ok((1, 1)));
        assert_eq!(numbers(&store).await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_carries_one_time() {
    on_each_engine(async |fixture: Fixture| {
        let clock = fixture.clock.clone();
        let start = clock.now();
        let moved = clock.clone();
        let times = fixture.store.write("time", move |tx| {
            Box::pin(async move {
                let before = tx.now();
                assert!(moved.advance(jiff::SignedDuration::from_secs(1)));
                let row = tx.fetch_one("SELECT $1 AS at", args![tx.now()]).await?;
                Ok::<_, StoreError>((before, row.timestamp("at")?))
            })
        });
        assert_eq!(times.await, Ok((start, start)));
        assert_ne!(clock.now(), start);
    })
    .await;
}

#[tokio::test]
async fn a_signal_is_fired_by_a_commit_only() {
    on_each_engine(async |fixture: Fixture| {
        let store = &fixture.store;
        let mut usage = store.signals().subscribe(Topic::Usage);
        usage.wait().await.unwrap();
        let refused = store.write("refused", |tx| {
            Box::pin(async move {
                tx.signal(Topic::Usage);
                Err::<(), _>(StoreError::column("test", "refused"))
            })
        });
        refused.await.unwrap_err();
        assert!(futures::FutureExt::now_or_never(usage.wait()).is_none());
        let committed = store.write("committed", |tx| {
            Box::pin(async move {
                tx.signal(Topic::Usage);
                put(tx, 1).await
            })
        });
        committed.await.unwrap();
        assert!(futures::FutureExt::now_or_never(usage.wait()).is_some());
    })
    .await;
}

#[tokio::test]
async fn a_signal_reaches_another_process() {
    on_postgres_with(options, async |fixture: Fixture| {
        let other = fixture.another().await.unwrap();
        let mut contract = other.signals().subscribe(Topic::Contract);
        contract.wait().await.unwrap();
        let write = fixture.store.write("contract", |tx| {
            Box::pin(async move {
                tx.signal(Topic::Contract);
                put(tx, 1).await
            })
        });
        write.await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), contract.wait()).await.unwrap().unwrap();
        assert_eq!(numbers(&other).await, [1]);
    })
    .await;
}

/// Cancelled in the middle: undone on PostgreSQL, finished by the writer on SQLite; and the store goes on.
#[tokio::test]
async fn a_cancelled_transaction_harms_nobody() {
    on_each_engine(async |fixture: Fixture| {
        let store = fixture.store.clone();
        let (begun, has_begun) = oneshot::channel();
        let (release, released) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let write = store.write("cancelled", move |tx| {
                Box::pin(async move {
                    put(tx, 1).await?;
                    begun.send(()).unwrap();
                    let _ = released.await;
                    put(tx, 2).await
                })
            });
            write.await
        });
        has_begun.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        drop(release);
        put_one(&fixture.store, 3).await.unwrap();
        let expect: &[u32] = if fixture.engine() == Engine::Sqlite { &[1, 2, 3] } else { &[3] };
        assert_eq!(numbers(&fixture.store).await, expect);
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_refuses() {
    on_each_engine(async |fixture: Fixture| {
        put_one(&fixture.store, 1).await.unwrap();
        fixture.store.close().await;
        assert_eq!(put_one(&fixture.store, 2).await, Err(StoreError::Closed));
        let read = fixture.store.read("look", |tx| Box::pin(tx.fetch("SELECT 1 AS n", args![]))).await;
        assert_eq!(read, Err(StoreError::Closed));
        assert_eq!(numbers(&fixture.another().await.unwrap()).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn memory_is_a_store_too() {
    let store = Store::open("sqlite::memory:", options()).await.unwrap();
    put_one(&store, 1).await.unwrap();
    assert_eq!(numbers(&store).await, [1]);
    let error = store.read("sneak", |tx| Box::pin(put(tx, 2))).await.unwrap_err();
    assert_eq!(error, StoreError::ReadOnly { name: "sneak" });
    put_one(&store, 3).await.unwrap();
    assert_eq!(numbers(&store).await, [1, 3]);
    let apart = Store::open("sqlite::memory:", options()).await.unwrap();
    assert_eq!(numbers(&apart).await, [0_u32; 0]);
}
