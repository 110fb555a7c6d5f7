//! From source to vault and back.

use std::path::Path;

use futures::TryStreamExt as _;
use xinyu_core::data::Cell;
use xinyu_core::data::pack::Event;
use xinyu_crypto::OpeningKey;
use xinyu_policy::Expression;

use super::*;
use crate::prepare::MaskMethod;
use crate::source::Source;
use crate::vault::{Vault, VaultError};

const CONTRACT: &str = "contract 1";

fn csv(dir: &Path, name: &str, content: &str) -> Source {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    Source::File { path }
}

fn plan(table: &str, source: &Source, fields: &[&str]) -> TablePlan {
    TablePlan {
        table: table.to_owned(),
        source: source.clone(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        filter: Vec::new(),
        masks: Vec::new(),
    }
}

fn key(suite: Suite) -> OpeningKey {
    OpeningKey::generate(suite, &mut entropy().unwrap())
}

fn people(dir: &Path, count: usize) -> Source {
    let rows: String = (0..count).map(|number| format!("{number},王小明,138{number:08},{}\n", number % 2)).collect();
    csv(dir, "people.csv", &format!("id,name,mobile,is_known\n{rows}"))
}

/// Breaks a stream into pieces of other lengths.
fn broken(pieces: Vec<Bytes>, length: usize) -> impl Stream<Item = Result<Bytes, String>> + Unpin {
    let all = pieces.concat();
    stream::iter(all.chunks(length).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>())
}

#[tokio::test]
async fn what_is_delivered_is_what_is_held() {
    for (suite, length) in [(Suite::Sm, 1_000), (Suite::Intl, 70_001)] {
        let dir = tempfile::tempdir().unwrap();
        let source = people(dir.path(), 5_000);
        let cities = csv(dir.path(), "cities.csv", "city\n北京\n上海\n");
        let mut first = plan("people", &source, &["mobile", "id"]);
        first.filter.push(Expression::parse("is_known = 1").unwrap());
        first.masks.push(("mobile".to_owned(), MaskMethod::Mobile));
        let plans = vec![first, plan("nothing", &cities, &[]), plan("cities", &cities, &["city"])];
        let opening = key(suite);
        let (stream, done) = deliver(plans, suite, opening.public(), CONTRACT.into(), b"salt".to_vec());
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= 2 * CHUNK_BYTES));
        let delivered = done.await.unwrap();
        assert_eq!(delivered.rows_by_table, [("people".to_owned(), 2_500), ("cities".to_owned(), 2)]);
        assert_eq!(delivered.rows, 2_502);

        let vault = Vault::open(&dir.path().join("vault")).unwrap();
        let received = vault.receive(CONTRACT, suite, broken(pieces, length)).await.unwrap();
        assert_eq!((received.bytes, &received.digest), (delivered.bytes, &delivered.digest));
        let held = std::fs::read(dir.path().join("vault").join(&received.file)).unwrap();
        assert_eq!(suite.hash(&held).to_string(), delivered.digest);
        assert_eq!(vault.count_rows(CONTRACT, opening.clone()).unwrap(), 2_502);
        let mut events = Vec::new();
        let each = |event| {
            events.push(event);
            Ok(())
        };
        vault.unpack(CONTRACT, opening, each).unwrap();
        let Event::Head(head) = &events[0] else { panic!("begins with a head") };
        assert_eq!(head.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["mobile", "id"]);
        assert_eq!(events[1], Event::Row(vec![Cell::Text("138****0001".to_owned()), Cell::Integer(1)]));
        assert_eq!(events[2_502], Event::Row(vec![Cell::Text("北京".to_owned())]));
        assert_eq!(events.len(), 2_504);
    }
}

#[tokio::test]
async fn the_same_data_has_the_same_length_and_other_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let source = people(dir.path(), 3_000);
    for suite in Suite::ALL {
        let run = async |opening: &OpeningKey| {
            let plans = vec![plan("people", &source, &["id", "name"])];
            let (stream, done) = deliver(plans, suite, opening.public(), CONTRACT.into(), Vec::new());
            let _: Vec<Bytes> = stream.try_collect().await.unwrap();
            done.await.unwrap()
        };
        let (first, again) = (run(&key(suite)).await, run(&key(suite)).await);
        assert_eq!(first.bytes, again.bytes);
        assert_ne!(first.digest, again.digest);
    }
}

#[tokio::test]
async fn what_breaks_off_is_not_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let source = people(dir.path(), 100);
    let late = csv(dir.path(), "late.csv", "id\n1\n");
    let check = async |plans: Vec<TablePlan>, recipient: Suite, expect: &str| {
        let (stream, done) = deliver(plans, Suite::Intl, key(recipient).public(), CONTRACT.into(), Vec::new());
        let mut pieces: Vec<_> = stream.collect().await;
        assert_eq!(pieces.pop().unwrap().unwrap_err().to_string(), expect);
        assert!(pieces.iter().all(Result::is_ok));
        assert!(done.await.is_err());
    };
    let good = plan("people", &source, &["id"]);
    check(vec![good.clone()], Suite::Sm, "recipient key is of the suite sm, the envelope of intl").await;
    check(vec![], Suite::Intl, "no field of any table is to be delivered").await;
    check(vec![plan("people", &source, &[])], Suite::Intl, "no field of any table is to be delivered").await;
    let missing = plan("late", &late, &["id", "name"]);
    check(vec![good.clone(), missing], Suite::Intl, "table late has no field name to deliver").await;
    let long = csv(dir.path(), "long.csv", &format!("id\n{}\n", "x".repeat(2 << 20)));
    let expect = "table long: line is longer than 1048576 bytes";
    check(vec![good, plan("long", &long, &["id"])], Suite::Intl, expect).await;
}

#[tokio::test]
async fn who_stops_reading_gets_no_receipt() {
    let dir = tempfile::tempdir().unwrap();
    let source = people(dir.path(), 20_000);
    let plans = vec![plan("people", &source, &["id", "name", "mobile"])];
    let (stream, done) = deliver(plans, Suite::Intl, key(Suite::Intl).public(), CONTRACT.into(), Vec::new());
    let mut stream = Box::pin(stream);
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(done.await.is_err());
}

#[tokio::test]
async fn altered_or_cut_or_for_another_it_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let source = people(dir.path(), 20_000);
    let vault = Vault::open(&dir.path().join("vault")).unwrap();
    let opening = key(Suite::Sm);
    let plans = vec![plan("people", &source, &["id", "name"])];
    let (stream, _done) = deliver(plans, Suite::Sm, opening.public(), CONTRACT.into(), Vec::new());
    let all = stream.try_collect::<Vec<Bytes>>().await.unwrap().concat();
    let check = async |contract: &str, bytes: Vec<u8>, opening: OpeningKey| {
        vault.receive(contract, Suite::Sm, broken(vec![bytes.into()], 4_096)).await.unwrap();
        let error = vault.count_rows(contract, opening).unwrap_err();
        assert!(matches!(error, VaultError::Open(_)), "{error}");
    };
    check(CONTRACT, all[..all.len() - 1].to_vec(), opening.clone()).await;
    check(CONTRACT, all[..CHUNK_BYTES * 2].to_vec(), opening.clone()).await;
    check(CONTRACT, Vec::new(), opening.clone()).await;
    check("another contract", all.clone(), opening.clone()).await;
    check(CONTRACT, all.clone(), key(Suite::Sm)).await;
    for at in [0, 40, 200, CHUNK_BYTES + 500, all.len() - 1] {
        let mut altered = all.clone();
        altered[at] ^= 1;
        check(CONTRACT, altered, opening.clone()).await;
    }
    vault.receive(CONTRACT, Suite::Sm, broken(vec![all.into()], 4_096)).await.unwrap();
    assert_eq!(vault.count_rows(CONTRACT, opening).unwrap(), 20_000);
}
