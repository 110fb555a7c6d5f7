//! The run log: what is written gets its place in order and once, what people did is written without their names, and what is removed leaves a chain that verifies.

use xinyu_core::chain::{BEGINNING, Walk};
use xinyu_core::run_log::{Placed, digests, entry};
use xinyu_protocol::tc609::run_log::{Category, Level, RunLogEntry};
use xinyu_store::audit::{self, Happened};
use xinyu_store::run_log::{self, Head, OWN, Search};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, Tx};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).unwrap()
}

fn entries(count: i64) -> Vec<RunLogEntry> {
    let one = |n: i64| {
        let (level, category) = match n % 3 {
            0 => (Level::Error, Category::System),
            1 => (Level::Info, Category::Business),
            _ => (Level::Info, Category::Operation),
        };
        entry(at(n), level, category, &format!("code.{}", n % 3), &format!("o-{n}"), "")
    };
    (1..=count).map(one).collect()
}

async fn follow(tx: &mut Tx, party: &str, epoch: u32) -> Result<(u64, Vec<String>), StoreError> {
    let head = run_log::lock(tx, party, epoch).await?.unwrap();
    let mut walk = Walk::after(head.kept, head.kept_digest);
    let kept = run_log::after(tx, (party, epoch), head.kept, 1_000).await?;
    kept.iter().for_each(|one| walk.step(&Placed { sequence: one.sequence, entry: &one.entry }, &one.digest));
    Ok((head.sequence, walk.end(head.sequence, &head.digest).2))
}

#[tokio::test]
async fn ndi_05_6_2_5_what_is_written_gets_its_place_once_and_what_is_removed_leaves_a_chain() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("run_log", |tx| {
            Box::pin(async move {
                assert!(!run_log::is_waiting(tx).await?);
                run_log::note_all(tx, entries(7)).await?;
                assert!(run_log::is_waiting(tx).await? && run_log::own(tx).await?.is_none());
                assert_eq!((run_log::seal(tx, 5).await?, run_log::seal(tx, 5).await?), (5, 2));
                assert_eq!(run_log::seal(tx, 5).await?, 0);
                let head = run_log::own(tx).await?.unwrap();
                let chain = digests(1, BEGINNING, &entries(7));
                assert_eq!((head.sequence, head.digest, head.told), (7, chain[6], 7));
                assert_eq!(follow(tx, OWN.0, OWN.1).await?, (7, Vec::new()));
                assert_eq!(run_log::digest_at(tx, &head, 3).await?, Some(chain[2]));
                assert_eq!(run_log::digest_at(tx, &head, 0).await?, Some(BEGINNING));
                assert_eq!(run_log::digest_at(tx, &head, 8).await?, None);
                let kept = run_log::after(tx, OWN, 2, 2).await?;
                assert_eq!(kept.iter().map(|one| one.entry.clone()).collect::<Vec<_>>(), entries(7)[2..4]);

                // What nobody else has stays, however old it is.
                assert_eq!(run_log::prune(tx, OWN.0, OWN.1, at(100), 100).await?, 0);
                run_log::save(tx, &Head { settled: 4, ..head }).await?;
                assert_eq!(run_log::prune(tx, OWN.0, OWN.1, at(3), 100).await?, 2, "those from before");
                assert_eq!(run_log::prune(tx, OWN.0, OWN.1, at(100), 1).await?, 1, "so many at once");
                assert_eq!(run_log::prune(tx, OWN.0, OWN.1, at(100), 100).await?, 1, "and no more than is settled");
                assert_eq!(follow(tx, OWN.0, OWN.1).await?, (7, Vec::new()));
                let head = run_log::own(tx).await?.unwrap();
                assert_eq!(run_log::digest_at(tx, &head, 4).await?, Some(chain[3]));
                run_log::note_all(tx, entries(1)).await?;
                run_log::seal(tx, 5).await?;
                assert_eq!(follow(tx, OWN.0, OWN.1).await?, (8, Vec::new()));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn tc609_15_10_4_c_what_people_do_is_written_without_their_names() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("run_log", |tx| {
            Box::pin(async move {
                for (actor, action, result) in
                    [("wang", "login", "done"), ("wang", "login", "wrong-password"), ("-", "user.dormant", "done")]
                {
                    let happened = Happened {
                        actor: actor.to_owned(),
                        action: action.to_owned(),
                        object: "wang".to_owned(),
                        result: result.to_owned(),
                        ip: "192.0.2.1".to_owned(),
                        detail: "wang".to_owned(),
                    };
                    audit::append(tx, &happened).await?;
                }
                run_log::seal(tx, 100).await?;
                let kept = run_log::after(tx, OWN, 0, 100).await?;
                let told: Vec<_> = kept.iter().map(|one| (one.entry.code.as_str(), one.entry.category)).collect();
                let expected = [
                    ("operation.done", Category::Operation),
                    ("operation.refused", Category::Operation),
                    ("alert.raised", Category::System),
                ];
                assert_eq!(told, expected);
                let by = |at: usize| kept[at].entry.detail.split(' ').nth(1).unwrap().to_owned();
                assert_eq!(by(0), by(1), "one person has one pseudonym");
                assert!(kept.iter().all(|one| !format!("{:?}", one.entry).contains("wang")));
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn logs_of_others_are_kept_apart_searched_and_counted() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("run_log", move |tx| {
            Box::pin(async move {
                for (party, epoch, count) in [("c-1", 1, 6), ("c-1", 2, 3), ("c-2", 1, 3)] {
                    let mut head = Head::begin(party, epoch, 1, BEGINNING, now);
                    let chain = digests(1, BEGINNING, &entries(count));
                    run_log::extend(tx, &mut head, entries(count).into_iter().zip(chain).collect()).await?;
                    run_log::save(tx, &head).await?;
                }
                let heads = run_log::heads(tx, None, 100).await?;
                let all: Vec<_> = heads.iter().map(|head| (head.party.as_str(), head.epoch, head.sequence)).collect();
                assert_eq!(all, [("c-1", 1, 6), ("c-1", 2, 3), ("c-2", 1, 3)]);
                assert_eq!(run_log::heads(tx, Some(("c-1", 1)), 1).await?, [heads[1].clone()]);
                assert_eq!(run_log::lock_latest(tx, "c-1").await?.map(|head| head.epoch), Some(2));
                assert_eq!(run_log::heads_of(tx, "c-1", 9).await?.len(), 2);
                assert_eq!(run_log::lock_latest(tx, "c-3").await?, None);

                let found = async |tx: &mut Tx, search: Search| {
                    let found = run_log::list(tx, &search, 100).await?;
                    Ok::<_, StoreError>(found.len())
                };
                let of = |party: &str| Search { party: Some(party.to_owned()), ..Search::default() };
                assert_eq!(found(tx, Search::default()).await?, 12);
                assert_eq!(found(tx, of("c-1")).await?, 9);
                assert_eq!(found(tx, Search { level: Some(Level::Error), ..of("c-1") }).await?, 3);
                assert_eq!(found(tx, Search { level: Some(Level::Info), ..of("c-2") }).await?, 2);
                assert_eq!(found(tx, Search { category: Some(Category::Operation), ..of("c-1") }).await?, 3);
                assert_eq!(found(tx, Search { category: Some(Category::Business), ..of("c-2") }).await?, 1);
                assert_eq!(found(tx, Search { code: Some("code.2".to_owned()), ..Search::default() }).await?, 4);
                let span = Search { since: Some(at(2)), until: Some(at(4)), ..of("c-1") };
                assert_eq!(found(tx, span).await?, 4);

                // Page after page, newest first, nothing twice and nothing left out.
                let (mut search, mut seen) = (Search::default(), Vec::new());
                loop {
                    let page = run_log::list(tx, &search, 5).await?;
                    let Some(last) = page.last() else { break };
                    search.before = Some((last.entry.at, last.id));
                    seen.extend(page.iter().map(|one| (one.entry.at, one.id)));
                }
                assert_eq!(seen.len(), 12);
                assert!(seen.is_sorted_by(|one, next| one > next));

                let counted = run_log::counts(tx, ("c-1", 1), 1, 6).await?;
                let expected = [("business", "info", 1), ("operation", "info", 2), ("system", "error", 2)];
                let counted: Vec<_> = counted.iter().map(|(c, l, n)| (c.as_str(), l.as_str(), *n)).collect();
                assert_eq!(counted, expected);
                let troubles = run_log::troubles(tx, ("c-1", 1), 3, 6, 9).await?;
                assert_eq!(troubles.iter().map(|one| one.sequence).collect::<Vec<_>>(), [6]);

                // A place is taken once.
                let mut head = Head::begin("c-2", 1, 1, BEGINNING, now);
                let chain = digests(1, BEGINNING, &entries(1));
                let again = run_log::extend(tx, &mut head, entries(1).into_iter().zip(chain).collect()).await;
                assert!(matches!(again, Err(StoreError::Constraint { .. })), "{again:?}");
                Err::<(), _>(again.unwrap_err())
            })
        });
        assert!(done.await.is_err());
    })
    .await;
}

#[tokio::test]
async fn many_that_write_at_once_are_all_in_the_chain_once() {
    on_each_engine(async |fixture: Fixture| {
        let writers = (0..20).map(|n: i64| {
            let store = fixture.store.clone();
            tokio::spawn(async move {
                let noted = store.write("run_log.note", move |tx| {
                    Box::pin(async move {
                        run_log::note(tx, Level::Info, "node.started", "-", &n.to_string()).await?;
                        Ok::<_, StoreError>(())
                    })
                });
                noted.await.unwrap();
                let sealed = store.write("run_log.seal", |tx| Box::pin(async move { run_log::seal(tx, 3).await }));
                sealed.await.unwrap();
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let done = fixture.store.write("run_log", |tx| {
            Box::pin(async move {
                while run_log::seal(tx, 3).await? > 0 {}
                assert_eq!(follow(tx, OWN.0, OWN.1).await?, (20, Vec::new()));
                let kept = run_log::after(tx, OWN, 0, 100).await?;
                let mut all: Vec<i64> = kept.iter().map(|one| one.entry.detail.parse().unwrap()).collect();
                all.sort_unstable();
                assert_eq!(all, (0..20).collect::<Vec<_>>());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
