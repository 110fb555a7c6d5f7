//! The search of evidence on both engines: every filter by itself, pages without gaps, counts.

use jiff::SignedDuration;
use xinyu_core::contract::strategy_id;
use xinyu_core::evidence::Index;
use xinyu_protocol::id::ContractId;
use xinyu_store::evidence::{self, By, Place, Search};
use xinyu_store::log::{self, NewEntry};
use xinyu_store::record::{self, OwnRecord};
use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{StoreError, Timestamp, Tx, args};

fn at(second: u32) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(i64::from(second))
}

fn index(number: u32) -> Index {
    Index {
        subject: Some(format!("use-{number}")),
        strategy_id: Some(format!("s{}", number % 2)),
        product_id: Some(format!("p{}", number % 3)),
        person: Some(format!("u{}", number % 2)),
        result: if number.is_multiple_of(2) { "done".to_owned() } else { "denied".to_owned() },
    }
}

/// Twelve records, two of each second.
async fn fill(tx: &mut Tx, place: Place) -> Result<(), StoreError> {
    if place == Place::Logs {
        log::create(tx, "s", "{}").await?;
    }
    for number in 0..12 {
        let (id, when) = (format!("r{number:02}"), at(number / 2));
        let (contract, kind) = (Some(format!("C{}", number % 4)), "usage.done".to_owned());
        match place {
            Place::Own => {
                let own = OwnRecord {
                    record_id: id,
                    space_id: "s".to_owned(),
                    contract_id: contract,
                    kind,
                    at_micros: when.as_microsecond(),
                    position: None,
                    body: serde_json::json!({ "number": number }),
                };
                record::insert_all(tx, vec![(own, "me".to_owned(), index(number))]).await?;
            }
            Place::Logs => {
                let entry = NewEntry {
                    space_id: "s".to_owned(),
                    record_id: id,
                    contract_id: contract,
                    kind,
                    actor: "me".to_owned(),
                    at: when,
                    leaf: vec![1],
                    index: index(number),
                };
                log::append(tx, vec![entry]).await?;
            }
        }
    }
    Ok(())
}

async fn found(tx: &mut Tx, place: Place, search: Search) -> Result<Vec<String>, StoreError> {
    let found = evidence::list(tx, place, &search, 100).await?;
    Ok(found.into_iter().map(|one| one.record_id).collect())
}

async fn check(tx: &mut Tx, place: Place) -> Result<(), StoreError> {
    fill(tx, place).await?;
    let some = |text: &str| Some(text.to_owned());
    let cases: [(Search, usize); 15] = [
        (Search::default(), 12),
        (Search { strategy_id: some("s1"), ..Search::default() }, 6),
        (Search { contract_id: some("C3"), ..Search::default() }, 3),
        (Search { subject: some("use-7"), ..Search::default() }, 1),
        (Search { product_id: some("p2"), ..Search::default() }, 4),
        (Search { person: some("u0"), ..Search::default() }, 6),
        (Search { actor: some("me"), ..Search::default() }, 12),
        (Search { actor: some("other"), ..Search::default() }, 0),
        (Search { kind: some("usage"), ..Search::default() }, 12),
        (Search { kind: some("usa"), ..Search::default() }, 0),
        (Search { result: some("denied"), ..Search::default() }, 6),
        (Search { result: some("done"), ..Search::default() }, 6),
        (Search { space_id: some("t"), ..Search::default() }, 0),
        (Search { from: Some(at(1)), to: Some(at(3)), ..Search::default() }, 4),
        (Search { strategy_id: some("s1"), product_id: some("p2"), result: some("done"), ..Search::default() }, 0),
    ];
    for (search, expect) in cases {
        let found = found(tx, place, search.clone()).await?;
        assert_eq!(found.len(), expect, "{place:?} {search:?}");
    }

    // Newest first, page by page, also where several are of one moment.
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let search = Search { after: after.clone(), ..Search::default() };
        let page = evidence::list(tx, place, &search, 5).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.at, last.record_id.clone()));
        seen.extend(page.into_iter().map(|one| one.record_id));
    }
    let expect: Vec<String> = (0..12).rev().map(|number| format!("r{number:02}")).collect();
    assert_eq!(seen, expect);

    let counts = evidence::count(tx, place, &Search::default(), By::Person, 10).await?;
    let lines: Vec<_> = counts.iter().map(|line| (line.key.as_str(), line.result.as_str(), line.count)).collect();
    assert_eq!(lines, [("u0", "done", 6), ("u1", "denied", 6)]);
    assert_eq!((counts[0].first_at, counts[0].last_at), (at(0), at(5)));
    let search = Search { result: some("denied"), ..Search::default() };
    let counts = evidence::count(tx, place, &search, By::Product, 10).await?;
    assert_eq!(counts.iter().map(|line| line.count).sum::<u64>(), 6);

    // What an earlier program wrote is found once it was read.
    assert_eq!(evidence::unread(tx, place, 10).await?, []);
    let sql = match place {
        Place::Own => "UPDATE record SET result = NULL, strategy_id = NULL WHERE record_id = 'r03'",
        Place::Logs => "UPDATE entry SET result = NULL, strategy_id = NULL WHERE record_id = 'r03'",
    };
    tx.execute(sql, Vec::new()).await?;
    let old = evidence::unread(tx, place, 10).await?;
    assert_eq!(old.iter().map(|one| one.record_id.as_str()).collect::<Vec<_>>(), ["r03"]);
    evidence::note(tx, place, "r03", "me", &index(3)).await?;
    assert_eq!(evidence::unread(tx, place, 10).await?, []);
    assert_eq!(found(tx, place, Search { strategy_id: some("s1"), ..Search::default() }).await?.len(), 6);

    // A contract is found through its policy, which is told from its identifier.
    let contract = ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap();
    let sql = match place {
        Place::Own => "UPDATE record SET contract_id = $1, strategy_id = $2 WHERE record_id IN ('r03', 'r04')",
        Place::Logs => "UPDATE entry SET contract_id = $1, strategy_id = $2 WHERE record_id IN ('r03', 'r04')",
    };
    tx.execute(sql, args![contract.as_str(), strategy_id(&contract)]).await?;
    let of = Search { contract_id: some(contract.as_str()), ..Search::default() };
    assert_eq!(found(tx, place, of.clone()).await?, ["r04", "r03"]);
    let after = Some((at(2), "r04".to_owned()));
    assert_eq!(found(tx, place, Search { after, ..of.clone() }).await?, ["r03"]);
    assert_eq!(found(tx, place, Search { strategy_id: some("s1"), ..of }).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn tc609_15_7_2_3_c_evidence_is_found_by_each_of_its_columns_and_counted() {
    for place in [Place::Own, Place::Logs] {
        on_each_engine(async |fixture: Fixture| {
            let done = fixture.store.write("search", move |tx| Box::pin(async move { check(tx, place).await }));
            done.await.unwrap();
        })
        .await;
    }
}
