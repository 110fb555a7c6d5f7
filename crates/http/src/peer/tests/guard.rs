//! Where requests do not go.

use super::*;

#[tokio::test]
async fn redirects_are_not_followed() {
    let targets: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&targets);
    let router = Router::new()
        .route("/meta", post(|| async { Redirect::temporary("http://169.254.169.254/latest/meta-data/") }))
        .route("/self", post(|| async { Redirect::permanent("/base/target") }))
        .route(
            "/target",
            get(async || "followed").post(async move || {
                seen.lock().unwrap().push("followed".into());
                "followed"
            }),
        );
    let serving = serving(Router::new().nest("/base", router)).await;
    let mut to = address(&serving);
    to.keys = None;
    let client = client(Suite::Intl, EgressPolicy::one_machine());
    for (path, expect) in [("/meta", "redirected 307"), ("/self", "redirected 308")] {
        let found = client.send(&to, Method::POST, path, vec![], SendOptions::default()).await;
        assert_eq!(outcome(&found), expect);
    }
    assert!(targets.lock().unwrap().is_empty());
}

#[tokio::test]
async fn addresses_pass_the_guard() {
    let resolver = |egress: &EgressPolicy| {
        GuardedResolver::with_lookup(egress.clone(), |_| {
            Box::pin(async { Ok(vec!["169.254.169.254".parse().unwrap()]) })
        })
    };
    let policy = EgressPolicy { allow_http: true, ports: None, ..EgressPolicy::default() };
    let (_, none) = watch::channel(None);
    let client = PeerClient::with_resolver(
        ring(2),
        Suite::Intl,
        connector(1),
        none,
        policy.clone(),
        source(),
        resolver(&policy),
    )
    .unwrap();
    let cases = [
        ("http://127.0.0.1:9/", "/x", "egress: host 127.0.0.1 has a loopback address, which is not allowed"),
        (
            "http://169.254.169.254/",
            "/x",
            "egress: host 169.254.169.254 has a cloud metadata address, which is not allowed",
        ),
        (
            "http://rebind.example/",
            "/x",
            "egress: host rebind.example has a cloud metadata address, which is not allowed",
        ),
        ("ftp://a.example/", "/x", "egress: url scheme ftp is not allowed"),
        ("http://a.example/", "http://b.example/callback", &format!("url is not at the address of {}", connector(2))),
        (
            "http://a.example/",
            "http://a.example:8080/callback",
            &format!("url is not at the address of {}", connector(2)),
        ),
        ("http://a.example/?x=1", "/x", &format!("url is not at the address of {}", connector(2))),
        ("http://a.example/base", "/../admin", &format!("path for {} is not in its plain form", connector(2))),
        ("http://a.example/base", "/%2e%2e/admin", &format!("path for {} is not in its plain form", connector(2))),
        ("http://a.example/base", "//b.example/", &format!("path for {} is not in its plain form", connector(2))),
        (
            "http://a.example/base",
            "http://a.example/a%2f..%2fb",
            &format!("path for {} is not in its plain form", connector(2)),
        ),
        ("http://a.example/", "@b.example/", "egress: url is not readable: relative URL without a base"),
        ("http://a.example/", "//b.example\\x", "egress: url has characters that parsers read differently"),
    ];
    for (base, path, expect) in cases {
        let to = PeerAddress { party: connector(2), base: base.parse().unwrap(), keys: None };
        let found = client.send(&to, Method::GET, path, vec![], SendOptions::default()).await;
        assert_eq!(outcome(&found), expect, "{base} {path}");
        assert!(found.is_err_and(|error| !error.is_transient()));
    }
}

#[tokio::test]
async fn an_absolute_url_at_the_peers_address_is_sent_to() {
    let router = Router::new().route("/callback", get(|| async { "called" }));
    let serving = serving(router).await;
    let mut to = address(&serving);
    to.keys = None;
    let url = format!("http://{}/callback", serving.address());
    let client = client(Suite::Intl, EgressPolicy::one_machine());
    let found = client.send(&to, Method::GET, &url, vec![], SendOptions::default()).await;
    assert_eq!(outcome(&found), "200 called");
}
