//! Kafka: the server that `XINYU_TEST_KAFKA` names, by its address and the ports where it wants SCRAM and PLAIN, filled by `cargo xtask interop streams`;
//! without it, what needs a server is left out and says so.

use std::io::Write as _;

use super::*;

fn source(url: &str) -> Source {
    Source::named("stream", url, None, &EgressPolicy::one_machine()).unwrap()
}

/// Where it listens: open, for SCRAM, for PLAIN.
fn server() -> Option<[String; 3]> {
    let Ok(server) = std::env::var("XINYU_TEST_KAFKA") else {
        writeln!(std::io::stderr(), "streams of Kafka are left out: XINYU_TEST_KAFKA is not set").unwrap();
        return None;
    };
    let words: Vec<&str> = server.split_whitespace().collect();
    let [open, scram, plain] = words[..] else { panic!("XINYU_TEST_KAFKA is not HOST:PORT SCRAM_PORT PLAIN_PORT") };
    Some([open.to_owned(), format!("127.0.0.1:{scram}"), format!("127.0.0.1:{plain}")])
}

#[tokio::test]
async fn topics_however_they_are_packed_do_alike() {
    let Some([open, ..]) = server() else { return };
    for topic in ["rows-none", "rows-gzip", "rows-snappy", "rows-lz4", "rows-zstd", "parts"] {
        let source = source(&format!("kafka://{open}/{topic}"));
        suite::suite(&source).await;
        let found = source.describe().await.unwrap();
        assert_eq!((found.form.as_str(), found.schema.name.as_str()), ("kafka", topic));
        assert!(found.notices[0].en.starts_with("these are 2500 records of "), "{:?}", found.notices);
    }
}

#[tokio::test]
async fn stretches_of_topics() {
    let Some([open, ..]) = server() else { return };
    let check = async |topic: &str, expect: Result<&[i64], &str>| {
        let found = all(&source(&format!("kafka://{open}/{topic}")), &["id"]).await;
        let found = found.map_err(|error| error.to_string());
        let expect = expect.map(|ids| ids.iter().map(|id| vec![Cell::Integer(*id)]).collect::<Vec<_>>());
        assert_eq!(found, expect.map_err(str::to_owned), "{topic}");
    };
    check("rows-zstd?from=3", Ok(&[2_498, 2_499, 2_500])).await;
    check("rows-none?messages=2", Ok(&[1, 2])).await;
    check("parts?from=1", Ok(&[1_000, 2_000, 2_500])).await;
    check("mixed", Ok(&[1, 2])).await;
    // The second and the fourth were aborted.
    check("transactions", Ok(&[1, 3])).await;
    check("empty", Err("there are no records in the topic")).await;
    check("none", Err("there is no such topic")).await;
    // A topic that is not there is not made by asking for it.
    check("none", Err("there is no such topic")).await;
    let found = source(&format!("kafka://{open}/mixed")).describe().await.unwrap();
    assert_eq!(found.notices[1].en, "3 records are no JSON objects and were left out");
}

#[tokio::test]
async fn accounts_of_brokers() {
    let Some([_, scram, plain]) = server() else { return };
    for at in [&scram, &plain] {
        let found = source(&format!("kafka://reader:s3cret@{at}/rows-none?from=5")).describe().await.unwrap();
        assert_eq!(found.rows, 5);
        for (account, expect) in [
            ("reader:wr0ng@", "the server of the stream does not let this account read"),
            ("other:s3cret@", "the server of the stream does not let this account read"),
            ("", "the server of the stream breaks off or cannot be understood"),
        ] {
            let error = source(&format!("kafka://{account}{at}/rows-none")).describe().await.unwrap_err();
            assert_eq!(error.to_string(), expect, "{account}");
        }
    }
}
