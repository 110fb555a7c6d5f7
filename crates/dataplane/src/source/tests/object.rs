//! Objects of an S3-compatible store: the server named by `XINYU_TEST_S3` (an address on this machine, such as `http://127.0.0.1:5000` of moto); without it,
//! what needs a server is left out and says so.

use std::io::Write as _;

use super::*;

fn object(url: impl Into<String>, egress: EgressPolicy) -> Source {
    Source::Object { url: url.into(), egress }
}

/// Puts objects into a new bucket; how its objects are addressed.
async fn bucket(objects: &[(&str, Vec<u8>)]) -> Option<impl Fn(&str) -> Source + use<>> {
    let Ok(server) = std::env::var("XINYU_TEST_S3") else {
        writeln!(std::io::stderr(), "sources in object stores are left out: XINYU_TEST_S3 is not set").unwrap();
        return None;
    };
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let bucket = format!("xinyu-{}-{number}", std::process::id());
    let client = xinyu_http::guarded_client(&EgressPolicy::one_machine()).unwrap();
    client.put(format!("{server}/{bucket}")).send().await.unwrap().error_for_status().unwrap();
    for (key, content) in objects {
        let put = client.put(format!("{server}/{bucket}/{key}")).body(content.clone()).send();
        put.await.unwrap().error_for_status().unwrap();
    }
    Some(move |key: &str| {
        object(
            format!("s3://KEY:s%2Fecret@{bucket}/{key}?endpoint={server}&region=cn-north-1"),
            EgressPolicy::one_machine(),
        )
    })
}

#[tokio::test]
async fn objects_of_each_form_do_alike() {
    let mut objects = suite::files();
    objects.push(("parts/0.csv", suite::csv(1, 1_200).into_bytes()));
    objects.push(("parts/1.csv", suite::csv(1_201, suite::ROWS).into_bytes()));
    objects.push(("parts/_SUCCESS", Vec::new()));
    objects.push(("parts/deep/2.csv", b"other\n1\n".to_vec()));
    let Some(source) = bucket(&objects).await else { return };
    for (key, _) in suite::files() {
        suite::suite(&source(key)).await;
    }
    suite::suite(&source("parts/")).await;
    suite::suite(&source("parts/*.csv")).await;
    assert_eq!(source("parts/").describe().await.unwrap().schema.name, "parts");
    for key in ["none.csv", "none/", "parts/*.json"] {
        let error = source(key).describe().await.unwrap_err();
        assert!(matches!(&error, SourceError::NoObject(found) if found == key), "{key}: {error}");
    }
}

#[tokio::test]
async fn large_objects_are_read_block_by_block() {
    let lines: String = (0..400_000).map(|number| format!("{number},{number:020}\n")).collect();
    let Some(source) = bucket(&[("large.csv", format!("id,text\n{lines}").into_bytes())]).await else { return };
    let source = source("large.csv");
    let found = source.describe().await.unwrap();
    assert_eq!(found.rows, 400_000);
    let rows = all(&source, &["id"]).await.unwrap();
    assert_eq!(rows.last().unwrap(), &[Cell::Integer(399_999)]);
}

#[tokio::test]
async fn what_is_no_address_of_an_object() {
    for url in [
        "",
        "s3://",
        "s3:///key.csv",
        "http://bucket/key.csv",
        "s3://bucket/key.csv?endpiont=https://s3.example",
        "s3://key@bucket/key.csv",
        "s3://:secret@bucket/key.csv",
        "s3://b%2Fucket/key.csv",
        "s3://bucket/key.csv?region=a/b",
    ] {
        let error = object(url, EgressPolicy::default()).describe().await.unwrap_err();
        assert!(matches!(error, SourceError::ObjectAddress), "{url}: {error}");
    }
}

#[tokio::test]
async fn object_stores_pass_the_egress_guard() {
    let check = async |endpoint: &str, egress: EgressPolicy| {
        let url = format!("s3://KEY:secret@bucket/a.csv?endpoint={endpoint}");
        let error = object(url, egress).describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Egress(_)), "{endpoint}: {error}");
        assert!(!error.to_string().contains("secret"));
    };
    check("http://127.0.0.1:9", EgressPolicy::default()).await;
    check("https://127.0.0.1", EgressPolicy::default()).await;
    check("https://10.0.0.1", EgressPolicy::default()).await;
    check("http://169.254.169.254", EgressPolicy::one_machine()).await;
    check("https://user:secret@s3.example", EgressPolicy::default()).await;
    check("https://s3.example:9000", EgressPolicy::default()).await;
    // A name that leads to this machine is found out when it is asked for.
    let closed = EgressPolicy { ports: None, ..EgressPolicy::default() };
    let error = object("s3://bucket/a.csv?endpoint=https://localhost.:9", closed).describe().await.unwrap_err();
    assert!(matches!(error, SourceError::Egress(_) | SourceError::Store(_)), "{error}");
    // Nobody listens.
    let error = object("s3://bucket/a.csv?endpoint=http://127.0.0.1:9", EgressPolicy::one_machine())
        .describe()
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Store(StoreFault::Unreachable)), "{error}");
}
