//! HTTP APIs: servers on this machine that answer as APIs do, well and badly.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::super::api::{Bounds, open_within};
use super::*;

type Answer = Arc<dyn Fn(&str, &axum::http::HeaderMap) -> Response + Send + Sync>;

#[derive(Clone)]
struct Server {
    /// `http://127.0.0.1:…`
    base: String,
    /// What was asked for, with the key.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new(answer: impl Fn(&str, &axum::http::HeaderMap) -> Response + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        type Whole = (Answer, Arc<Mutex<Vec<String>>>);
        let handle = async |State((answer, asked)): State<Whole>, request: Request| {
            let uri = request.uri().path_and_query().unwrap().to_string();
            let key = |name: &str| request.headers().get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
            asked.lock().unwrap().push(format!("{uri} {} {}", key("authorization"), key("x-api-key")));
            answer(&uri, request.headers())
        };
        let state: Whole = (Arc::new(answer), asked.clone());
        let router = axum::Router::new().fallback(handle).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, asked }
    }

    fn source(&self, rest: &str) -> Source {
        source(&format!("{}{rest}", self.base))
    }
}

fn source(url: &str) -> Source {
    Source::named("api", url, None, &EgressPolicy::one_machine()).unwrap()
}

fn typed(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    ([("content-type", kind)], body.into()).into_response()
}

fn json(body: impl Into<axum::body::Body>) -> Response {
    typed("application/json; charset=utf-8", body)
}

/// All at once, in each form.
#[tokio::test]
async fn answers_of_each_form_do_alike() {
    let list = format!("[{}]", suite::jsonl().trim_end().replace('\n', ","));
    let check = async |kind: &'static str, body: Vec<u8>, rest: &str| {
        let server = Server::new(move |_, _| typed(kind, body.clone())).await;
        suite::suite(&server.source(rest)).await;
        assert_eq!(server.source(rest).describe().await.unwrap().form, "api");
    };
    check("application/json", list.clone().into_bytes(), "/a").await;
    let within = format!(r#"{{"code":0,"more":[1,[2]],"data":{{"none":[],"items":{list}}},"x":"y"}}"#);
    check("application/vnd.x+json", within.clone().into_bytes(), "/a").await;
    check("application/json", within.into_bytes(), "/a?page=1#/data/items").await;
    let several = format!(r#"{{"users":[{{"u":1}}],"a/b~c":{list}}}"#);
    check("text/plain", several.into_bytes(), "/a#/a~1b~0c").await;
    check("application/x-ndjson", suite::jsonl().into_bytes(), "/a").await;
    check("text/csv", suite::csv(1, suite::ROWS).into_bytes(), "/a").await;
    check("application/octet-stream", suite::parquet(), "/a.parquet").await;
}

/// Pages of 1,000, the next told in the way that the path says.
async fn paged() -> Server {
    Server::new(|uri, _| {
        let url = Url::parse(&format!("http://x{uri}")).unwrap();
        let from: i64 = url.query_pairs().find(|(name, _)| name == "from").map_or(1, |(_, from)| from.parse().unwrap());
        let to = (from + 999).min(suite::ROWS);
        let next = (to < suite::ROWS).then(|| format!("?from={}", to + 1));
        let rows: Vec<String> = (from..=to).map(|id| format!("{{\"id\":{id},\"name\":\"名{id}\"}}")).collect();
        let link = next.clone().map(|next| ("link", format!("</x>; rel=\"first\", <{next}>; rel=\"next\"")));
        match url.path() {
            "/link" => (axum::response::AppendHeaders(link), json(format!("[{}]", rows.join(",")))).into_response(),
            "/lines" => {
                (axum::response::AppendHeaders(link), typed("application/x-ndjson", rows.join("\n"))).into_response()
            }
            "/csv" => (axum::response::AppendHeaders(link), typed("text/csv", suite::csv(from, to))).into_response(),
            _ => {
                let next = serde_json::to_string(&next).unwrap();
                json(format!(r#"{{"items":[{}],"links":{{"next":{next}}}}}"#, rows.join(",")))
            }
        }
    })
    .await
}

#[tokio::test]
async fn pages_are_one_table() {
    let server = paged().await;
    for rest in ["/link", "/lines", "/csv", "/body#next=/links/next", "/body#/items&next=/links/next"] {
        suite::suite(&server.source(rest)).await;
    }
    assert_eq!(server.source("/body").describe().await.unwrap().rows, 1_000, "nothing said where the next page is");
    let bounds = |pages, bytes| Bounds { pages, bytes, time: Duration::from_secs(30) };
    let check = async |rest: &str, bounds: Bounds, expect: &str| {
        let found = open_within(&format!("{}{rest}", server.base), &EgressPolicy::one_machine(), bounds).await;
        assert_eq!(found.err().map(|error| error.to_string()).as_deref(), Some(expect), "{rest}");
    };
    check("/link", bounds(2, 1 << 20), "more than 2 pages").await;
    check("/link", bounds(9, 65_000), "there are more than 0 MiB of it").await;
    check("/csv", bounds(9, 9_999), "there are more than 0 MiB of it").await;
}

#[tokio::test]
async fn what_was_described_is_what_is_read() {
    let server = Server::new({
        let count = Mutex::new(0);
        move |_, _| {
            *count.lock().unwrap() += 1;
            json(format!("[{}]", vec!["{\"a\":1}"; *count.lock().unwrap()].join(",")))
        }
    })
    .await;
    let source = server.source("/");
    assert_eq!(source.describe().await.unwrap().rows, 1);
    assert_eq!(all(&source, &["a"]).await.unwrap().len(), 1);
    assert_eq!(all(&source, &["a"]).await.unwrap().len(), 2);
}

#[tokio::test]
async fn keys_go_where_they_belong() {
    let other = Server::new(|_, _| json("[{\"a\":1}]")).await;
    let elsewhere = other.base.replace("127.0.0.1", "localhost");
    let server = Server::new(move |uri, _| match uri {
        "/away" => (StatusCode::FOUND, [("location", format!("{elsewhere}/b"))]).into_response(),
        "/here" => (StatusCode::TEMPORARY_REDIRECT, [("location", "/b")]).into_response(),
        _ => json("[{\"a\":1}]"),
    })
    .await;
    let host = server.base.strip_prefix("http://").unwrap();
    let check = async |key: &str, path: &str, expect: &str| {
        let source = source(&format!("http://{key}@{host}{path}"));
        source.describe().await.unwrap();
        let asked = std::mem::take(&mut *server.asked.lock().unwrap());
        assert_eq!(asked.last().unwrap(), &format!("{path} {expect}"));
        for shown in [source.display(), format!("{source:?}")] {
            assert!(!shown.contains("s3cret") && !shown.contains("Zm9v"), "{shown}");
        }
    };
    check("me:s3cret%2F", "/a?k=s3cret", "Basic bWU6czNjcmV0Lw== -").await;
    check(":Zm9v.s3cret", "/a", "Bearer Zm9v.s3cret -").await;
    check("header=X-Api-Key:s3cret", "/a", "- s3cret").await;
    for (path, expect) in [("/here", "Bearer s3cret"), ("/away", "-")] {
        source(&format!("http://:s3cret@{host}{path}")).describe().await.unwrap();
        let asked = [&server, &other].map(|one| std::mem::take(&mut *one.asked.lock().unwrap())).concat();
        assert_eq!(asked, [format!("{path} Bearer s3cret -"), format!("/b {expect} -")]);
    }
}

#[tokio::test]
async fn open_api_documents_lead_to_their_operations() {
    let server = Server::new(|uri, _| match uri {
        "/v1/openapi.json" => json(
            r#"{"openapi":"3.1.0","servers":[{"url":"/v1/"}],"paths":{"/ships":{"get":{"operationId":"listShips"}},"/ships/{id}":{"get":{}},"/ports":{"get":{}},"/post":{"post":{}}}}"#,
        ),
        "/swagger.json" => json(r#"{"swagger":"2.0","basePath":"/v1","paths":{"/ships":{"get":{}}}}"#),
        "/v1/ships?limit=9" => json("[{\"ship\":1}]"),
        "/v1/ports" => json("{\"ports\":[{\"port\":1}]}"),
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let check = async |rest: &str, expect: Result<&str, &str>| {
        let found = server.source(rest).describe().await;
        let found = found.map(|found| found.schema.columns[0].name.clone()).map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{rest}");
    };
    check("/v1/openapi.json#operation=listShips%3Flimit%3D9", Ok("ship")).await;
    check("/v1/openapi.json#operation=/ports", Ok("port")).await;
    check("/swagger.json#operation=/ships?limit=9", Ok("ship")).await;
    let none = "the description has no operation /ships/{id} that can be read; there are: listShips /ports";
    check("/v1/openapi.json#operation=/ships/{id}", Err(none)).await;
    check("/v1/ports#operation=a", Err("there is no OpenAPI 3 or Swagger 2.0 document in JSON or YAML")).await;
}

#[tokio::test]
async fn open_api_documents_in_yaml_lead_to_the_same() {
    const OPENAPI: &str =
        "# 船\nopenapi: 3.1.0\nservers:\n  - url: /v1/\npaths:\n  /ships:\n    get:\n      operationId: listShips\n";
    const SWAGGER: &str = "swagger: 2.0\nbasePath: /v1\npaths:\n  /ships:\n    get: {}\n";
    let server = Server::new(|uri, _| match uri {
        "/v1/ships?limit=9" => json("[{\"ship\":1}]"),
        "/v1/ships.yaml" | "/openapi.YML" => typed("text/plain; charset=utf-8", OPENAPI),
        "/oai" => typed("application/vnd.oai.openapi;version=3.1", OPENAPI),
        "/suffix" => typed("application/vnd.oai.openapi+yaml", OPENAPI),
        "/x" => typed("application/x-yaml", SWAGGER),
        "/plain" => typed("text/plain", SWAGGER),
        "/broken" => typed("text/yaml", "openapi: 3.1.0\npaths: [13812345678\n"),
        "/twice" => typed("text/x-yaml", "openapi: 3.1.0\nopenapi: 3.1.0\n"),
        "/other" => typed("application/yaml", "- ship: 1\n"),
        "/html" => typed("text/html", "<html>13812345678"),
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    for path in ["/v1/ships.yaml", "/openapi.YML", "/oai", "/suffix", "/x", "/plain"] {
        let found = server.source(&format!("{path}#operation=/ships?limit=9")).describe().await.unwrap();
        assert_eq!(found.schema.columns[0].name, "ship", "{path}");
    }
    let refused = async |rest: &str, expect: &str| {
        let error = server.source(rest).describe().await.unwrap_err();
        assert!(error.to_string().starts_with(expect) && !error.to_string().contains("138"), "{rest}: {error}");
        assert!(error.text().zh.chars().any(|c| c > '\u{2e80}'), "{error}");
    };
    refused("/broken#operation=/ships", "the description cannot be read: ").await;
    refused("/twice#operation=/ships", "the description cannot be read: the YAML is wrong in line 2, ").await;
    refused("/other#operation=/ships", "there is no OpenAPI 3 or Swagger 2.0 document in JSON or YAML").await;
    refused("/html#operation=/ships", "the API answers text/html, which is neither JSON nor YAML").await;
    // It describes data, and is none.
    let neither = "neither JSON, JSON lines, CSV nor another known form";
    refused("/other", &format!("the API answers application/yaml, which is {neither}")).await;
    refused("/v1/ships.yaml", &format!("the API answers text/plain, which is {neither}")).await;
}

#[tokio::test]
async fn bad_answers_are_told_without_what_is_in_them() {
    let check = async |answer: fn(&str) -> Response, rest: &str, expect: &str| {
        let server = Server::new(move |uri, _| answer(uri)).await;
        let error = source(&server.base.replace("//", "//me:s3cret@")).describe().await;
        assert!(!format!("{error:?}").contains("s3cret"));
        let error = server.source(rest).describe().await.unwrap_err();
        assert_eq!(error.to_string(), expect);
        assert_eq!(error.text().en, expect);
        assert!(error.text().zh.chars().any(|c| c > '\u{2e80}'), "{error}");
    };
    check(|_| StatusCode::UNAUTHORIZED.into_response(), "/", "the API does not let this key read (status 401)").await;
    check(|_| StatusCode::NOT_FOUND.into_response(), "/", "the API has no such address (status 404)").await;
    check(|_| StatusCode::BAD_GATEWAY.into_response(), "/", "the API answers with status 502").await;
    let html = "the API answers text/html, which is neither JSON, JSON lines, CSV nor another known form";
    check(|_| typed("text/html", "<html>13812345678"), "/", html).await;
    let broken =
        |at: &str| format!("the answer is no whole JSON document, too deep, or has a record that is too long ({at})");
    check(|_| json("[{\"a\":13812345678}"), "/", &broken("line 1, byte 18")).await;
    check(|_| json("[{\"a\":1}] x"), "/", &broken("line 1, byte 11")).await;
    check(|_| json(""), "/", &broken("line 1, byte 0")).await;
    for deep in ["[", "{\"a\":", "[{\"a\":"] {
        let server = Server::new(move |_, _| json(deep.repeat(100_000))).await;
        let error = server.source("/").describe().await.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "the answer is no whole JSON document, too deep, or has a record that is too long (line 1, byte "
            ),
            "{error}"
        );
    }
    let record = "is no JSON object, has a member twice, or is too long";
    check(|_| json("[{\"a\":1},\"13812345678\"]"), "/", &format!("record 2 {record}")).await;
    check(|_| json("[{\"a\":1,\"a\":2}]"), "/", &format!("record 1 {record}")).await;
    let long = |_: &str| json(format!("[{{\"a\":\"{}\"}}]", "x".repeat(17 << 20)));
    check(long, "/", &broken("line 1, byte 16842755")).await;
    check(|_| json("{\"a\":[1,2]}"), "/", "the answer has no list of objects").await;
    let several = "the answer has several lists; name one behind the address: #/a #/b/c";
    check(|_| json(r#"{"a":[{}],"b":{"c":[{}]}}"#), "/", several).await;
    check(|_| json(r#"{"a":[{"x":1}],"b":7}"#), "/#/b", "the answer has no list at #/b; there are: #/a").await;
    check(|_| json("[]"), "/", "first line names no columns, or one twice or without a name").await;
    let packed = |_: &str| ([("content-encoding", "gzip")], json("x")).into_response();
    check(packed, "/", "the API answers packed, which was not asked for").await;
    let circle = |_: &str| ([("link", "<?b>; rel=next")], json("[{\"a\":1}]")).into_response();
    check(circle, "/", "the pages go round in a circle").await;
    let away = |_: &str| ([("link", "<http://other.example/>; rel=next")], json("[{\"a\":1}]")).into_response();
    check(away, "/", "the next page is at another host").await;
    let around = |uri: &str| (StatusCode::FOUND, [("location", format!("{uri}x"))]).into_response();
    check(around, "/", "the API redirects too often").await;
    let mixed = |uri: &str| match uri {
        "/" => ([("link", "<?b>; rel=next")], json("[{\"a\":1}]")).into_response(),
        _ => typed("text/csv", "a\n1\n"),
    };
    check(mixed, "/", "a later page has another form than the first").await;
}

#[tokio::test]
async fn apis_pass_the_egress_guard() {
    let server = Server::new(|uri, _| {
        let to = uri.strip_prefix("/to?").unwrap().to_owned();
        (StatusCode::FOUND, [("location", to)]).into_response()
    })
    .await;
    for to in ["http://10.0.0.1/", "http://169.254.169.254/latest", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"] {
        let error = server.source(&format!("/to?{to}")).describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Egress(_)), "{to}: {error}");
    }
    let open = EgressPolicy { ports: None, allow_http: true, ..EgressPolicy::default() };
    for (url, egress) in [
        ("http://127.0.0.1:9/", EgressPolicy::default()),
        ("https://127.0.0.1/", EgressPolicy::default()),
        ("https://192.168.0.1/?s3cret", EgressPolicy::default()),
        ("https://api.example:9000/", EgressPolicy::default()),
        ("http://localhost.:9/", open.clone()),
    ] {
        let source = Source::named("api", url, None, &egress).unwrap();
        let error = source.describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Egress(_)), "{url}: {error}");
        assert!(!error.to_string().contains("s3cret"));
    }
    let error = source("http://127.0.0.1:9/").describe().await.unwrap_err();
    assert_eq!(error.to_string(), "the API cannot be reached");
}

#[tokio::test]
async fn servers_that_break_or_never_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let check = async |answer: &'static str, is_endless: bool, expect: &str| {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            assert!(stream.read(&mut asked).await.unwrap() > 0);
            let _ = stream.write_all(answer.as_bytes()).await;
            while is_endless && stream.write_all(&[b' '; 4096]).await.is_ok() {}
        });
        let bounds = Bounds { pages: 9, bytes: 8 << 20, time: Duration::from_secs(20) };
        let found = open_within(&url, &EgressPolicy::one_machine(), bounds).await;
        assert_eq!(found.err().unwrap().to_string(), expect);
    };
    let broken = "the answer of the API breaks off or is no HTTP";
    check("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n[{", false, broken).await;
    check("SSH-2.0-x\r\n", false, broken).await;
    let endless = "there are more than 8 MiB of it";
    check("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[", true, endless).await;
}

#[test]
fn what_is_no_address_of_an_api() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for url in [
        "",
        "ftp://host/",
        "https://",
        "https://user@host/",
        "https://header=:x@host/",
        "https://header=a%20b:x@host/",
        "https://:a%0Ab@host/",
        "https://host/#items",
        "https://host/#next=items",
        "https://host/#neckst=/items",
        "https://ho st/",
    ] {
        let error = runtime.block_on(source(url).describe()).unwrap_err();
        assert!(error.to_string().starts_with("address is not https://"), "{url}: {error}");
    }
}

#[tokio::test]
async fn plain_connections_to_elsewhere_are_noticed() {
    let check = |url: &str, expect: bool| {
        let found = super::super::api::plain(&Url::parse(url).unwrap());
        assert_eq!(found.is_some(), expect, "{url}");
    };
    check("http://data.example/", true);
    check("http://10.0.0.1/", true);
    check("https://data.example/", false);
    check("http://127.0.0.1/", false);
    check("http://[::1]/", false);
    check("mqtt://broker.example/", true);
    check("mqtts://broker.example/", false);
}
