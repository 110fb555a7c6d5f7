//! Retention: what is left of an entry whose time is over, what goes with its contract, and where the chain of the audit begins then.

use jiff::SignedDuration;
use xinyu_core::audit::Walk;
use xinyu_core::evidence::Index;
use xinyu_crypto::Suite;
use xinyu_evidence::disposal::Kept;
use xinyu_evidence::tree::leaf_hash;
use xinyu_store::audit::{self, Happened};
use xinyu_store::log::{self, NewEntry, Place};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, args, retention};

const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";

fn entry(at: u64, contract: Option<&str>, kind: &str) -> NewEntry {
    NewEntry {
        space_id: "s".to_owned(),
        record_id: format!("r-{at}"),
        contract_id: contract.map(str::to_owned),
        kind: kind.to_owned(),
        actor: "a".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        leaf: format!("entry {at}").into_bytes(),
        index: Index::default(),
    }
}

fn of(at: u64) -> Option<&'static str> {
    (at % 3 == 1).then_some(CONTRACT)
}

#[tokio::test]
async fn an_entry_keeps_its_place_and_its_hashes_and_nothing_else() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("retention", |tx| {
            Box::pin(async move {
                log::create(tx, "s", "{}").await?;
                let kind = |at| if at == 4 { "evidence.disposed" } else { "usage.done" };
                log::append(tx, (0..600).map(|at| entry(at, of(at), kind(at))).collect()).await?;
                log::publish(tx, "s", 600, "{}", "", "").await?;
                // Those in full bundles only, none of a disposal.
                let (found, later) = retention::entries(tx, CONTRACT, "s", 1_000).await?;
                let expected: Vec<u64> = (0..512).filter(|at| of(*at).is_some() && *at != 4).collect();
                assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), expected);
                assert_eq!((later, retention::entries(tx, CONTRACT, "s", 5).await?.0.len()), (29, 5));
                let hashes =
                    |at: u64| [Suite::Intl, Suite::Sm].map(|suite| leaf_hash(suite, format!("entry {at}").as_bytes()));
                retention::dispose(tx, "s", found.into_iter().map(|(at, _)| (at, hashes(at))).collect()).await?;
                assert_eq!(retention::entries(tx, CONTRACT, "s", 1_000).await?.0, []);

                let kept = retention::kept(tx, "s", 0, 600).await?;
                assert_eq!(kept.len(), 600, "no place is lost");
                for (at, kept) in (0..).zip(&kept) {
                    match kept {
                        Kept::Disposed(found) => assert!(expected.contains(&at) && *found == hashes(at), "{at}"),
                        Kept::Whole(leaf) => {
                            assert!(!expected.contains(&at) && *leaf == format!("entry {at}").into_bytes())
                        }
                    }
                }
                let read = log::entries(tx, "s", 0, 1_000).await?;
                assert!(read.len() == 600 - expected.len() && read.iter().all(|row| !row.leaf.is_empty()));
                assert_eq!(
                    log::of_contract(tx, CONTRACT).await?.len(),
                    30,
                    "the disposal, and those that have to wait"
                );
                // Its identifier is not given twice.
                assert_eq!(log::append(tx, vec![entry(1, Some(CONTRACT), "usage.done")]).await?, [Place::Taken]);
                assert_eq!(retention::bundles_due(tx, 9).await?, [("s".to_owned(), 0), ("s".to_owned(), 1)]);
                retention::bundle_written(tx, "s", 0).await?;
                assert_eq!(retention::bundles_due(tx, 9).await?, [("s".to_owned(), 1)]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_ended_is_noted_once_held_ordered_and_over() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("retention", move |tx| {
            Box::pin(async move {
                let ended = now - SignedDuration::from_hours(9);
                assert!(retention::note(tx, "c-2", "s", ended).await? && !retention::note(tx, "c-2", "s", now).await?);
                assert!(retention::note(tx, "c-1", "s", ended).await? && retention::note(tx, "c-3", "s", now).await?);
                let ids =
                    |found: Vec<retention::Ended>| found.into_iter().map(|one| one.contract_id).collect::<Vec<_>>();
                assert_eq!(ids(retention::past(tx, now, (Timestamp::MIN, ""), 9).await?), ["c-1", "c-2"]);
                assert_eq!(ids(retention::past(tx, now, (ended, "c-1"), 9).await?), ["c-2"]);
                retention::hold(tx, "c-1", Some(("wang", "why"))).await?;
                assert_eq!(ids(retention::past(tx, now, (Timestamp::MIN, ""), 9).await?), ["c-2"]);
                let held = retention::lock(tx, "c-1").await?.unwrap();
                assert_eq!(held.held, Some((now, "wang".to_owned(), "why".to_owned())));
                retention::order(tx, "c-2", "li").await?;
                assert_eq!(ids(retention::ordered(tx, 9).await?), ["c-2"]);
                retention::hold(tx, "c-2", Some(("wang", "why"))).await?;
                assert_eq!(
                    ids(retention::ordered(tx, 9).await?),
                    Vec::<String>::new(),
                    "who holds takes the order back"
                );
                retention::hold(tx, "c-2", None).await?;
                retention::order(tx, "c-2", "li").await?;
                retention::advance(tx, "c-2", 4, false).await?;
                retention::advance(tx, "c-2", 3, true).await?;
                let over = retention::find(tx, "c-2").await?.unwrap();
                assert_eq!((over.records, over.disposed_at.is_some()), (7, true));
                assert_eq!(ids(retention::list(tx, true, 9).await?), ["c-2"]);
                assert_eq!(ids(retention::list(tx, false, 9).await?), ["c-1", "c-3"]);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn every_table_with_a_contract_is_forgotten_or_named() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("retention", |tx| {
            Box::pin(async move {
                // Every statement is one of this schema.
                assert_eq!(retention::forget(tx, CONTRACT, 100).await?, 0);
                tx.execute("INSERT INTO meter (contract_id, body) VALUES ($1, '{}')", args![CONTRACT]).await?;
                tx.execute("INSERT INTO meter (contract_id, body) VALUES ('another', '{}')", args![]).await?;
                let sql =
                    "INSERT INTO usage (use_id, contract_id, state, asked_at, body) VALUES ($1, $2, 'done', 0, '{}')";
                for at in 0..5 {
                    tx.execute(sql, args![format!("u-{at}"), CONTRACT]).await?;
                }
                // The long tables first, a portion at a time, then the others, then nothing.
                let mut gone = Vec::new();
                for _ in 0..5 {
                    gone.push(retention::forget(tx, CONTRACT, 2).await?);
                }
                assert_eq!(gone, [2, 2, 1, 1, 0]);
                let sql = "SELECT COUNT(*) AS rows FROM meter";
                assert_eq!(tx.fetch_one(sql, args![]).await?.unsigned("rows")?, 1);
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
    let mut with_contract = std::collections::BTreeSet::new();
    for step in xinyu_store::migration::MIGRATIONS {
        for table in step.sql.split("CREATE TABLE ").skip(1) {
            let (head, rest) = table.split_once('(').unwrap();
            let columns = rest.split(");").next().unwrap();
            if columns.lines().any(|line| line.trim().starts_with("contract_id ")) {
                with_contract.insert(head.trim().to_owned());
            }
        }
        for altered in step.sql.split("ALTER TABLE ").skip(1).filter(|one| one.contains("ADD COLUMN contract_id ")) {
            with_contract.insert(altered.split(' ').next().unwrap().to_owned());
        }
    }
    let named = |table: &String| {
        let mut statements = retention::LONG.iter().chain(retention::SHORT);
        statements.any(|sql| sql.starts_with(&format!("DELETE FROM {table} ")))
            || retention::OTHERS.contains(&table.as_str())
    };
    assert!(with_contract.len() > 30, "{with_contract:?}");
    let missing: Vec<&String> = with_contract.iter().filter(|table| !named(table)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn ndi_05_6_2_5_c_the_chain_of_the_audit_goes_on_from_where_it_is_kept() {
    on_each_engine(async |fixture: Fixture| {
        let append = async |count: usize| {
            for at in 0..count {
                let happened = Happened { actor: "wang".to_owned(), object: at.to_string(), ..Happened::default() };
                let append =
                    fixture.store.write("audit", move |tx| Box::pin(async move { audit::append(tx, &happened).await }));
                append.await.unwrap();
                fixture.clock.advance(SignedDuration::from_secs(60));
            }
        };
        append(10).await;
        let before = fixture.clock.now() - SignedDuration::from_secs(60 * 4 + 1);
        let prune = async |limit| {
            let pruned =
                fixture.store.write("prune", move |tx| Box::pin(async move { audit::prune(tx, before, limit).await }));
            pruned.await.unwrap().map(|(sequence, _)| sequence)
        };
        assert_eq!((prune(4).await, prune(4).await, prune(4).await), (Some(4), Some(6), None));
        append(2).await;
        let check = fixture.store.read("check", |tx| {
            Box::pin(async move {
                let (base, digest) = audit::base(tx).await?;
                let (sequence, head) = audit::head(tx).await?;
                let kept = audit::list_after(tx, 0, 100).await?;
                let mut walk = Walk::after(base, digest);
                kept.iter().for_each(|(entry, digest)| walk.step(entry, digest));
                let (count, _, problems) = walk.end(sequence, &head);
                // Whoever takes one more away than was said is found.
                let mut short = Walk::after(base, digest);
                kept.iter().skip(1).for_each(|(entry, digest)| short.step(entry, digest));
                Ok::<_, StoreError>((base, count, kept.len(), problems, short.end(sequence, &head).2.len()))
            })
        });
        assert_eq!(check.await.unwrap(), (6, 12, 6, Vec::new(), 2));
    })
    .await;
}
