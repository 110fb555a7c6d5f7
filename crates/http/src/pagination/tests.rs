//! Tests of cursors and links.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use tower::ServiceExt;

use super::*;

#[test]
fn parameters_are_checked() {
    let cases = [
        ("/x", Some((None, 50))),
        ("/x?limit=1", Some((None, 1))),
        ("/x?limit=200&after=a%2Fb", Some((Some("a/b"), 200))),
        ("/x?state=open&after=7", Some((Some("7"), 50))),
        ("/x?limit=0", None),
        ("/x?limit=201", None),
        ("/x?limit=-1", None),
        ("/x?limit=1e1", None),
        ("/x?limit=", None),
        ("/x?limit=1&limit=2", None),
        ("/x?after=", None),
        ("/x?after=1&after=2", None),
    ];
    for (uri, expect) in cases {
        let page = Page::parse(&uri.parse().unwrap());
        let found = page.as_ref().ok().map(|page| (page.after.as_deref(), page.limit));
        assert_eq!(found, expect, "{uri}");
        if let Err(response) = page {
            let problem = response.problem();
            assert_eq!((problem.status, problem.code.as_str()), (400, "bad-page"));
        }
    }
}

#[test]
fn following_the_links_gives_every_entry_once() {
    let all: Vec<u32> = (1..=7).collect();
    let mut uri: Uri = "/x?state=a%26b&limit=3".parse().unwrap();
    let mut seen = Vec::new();
    let mut links = Vec::new();
    loop {
        let page = Page::parse(&uri).unwrap();
        let after: u32 = page.after.as_deref().unwrap_or("0").parse().unwrap();
        let wanted = usize::try_from(page.limit).unwrap() + 1;
        let found = all.iter().copied().filter(|item| *item > after).take(wanted).collect();
        let list = page.list(found, u32::to_string);
        seen.extend(list.items);
        match list.next {
            Some(next) => {
                uri = next.parse().unwrap();
                links.push(next);
            }
            None => break,
        }
    }
    assert_eq!(seen, all);
    assert_eq!(links, ["/x?state=a%26b&limit=3&after=3", "/x?state=a%26b&limit=3&after=6"]);
}

#[test]
fn rfc_8288_the_link_header_names_the_next_page() {
    let page = Page::parse(&"/x?limit=1".parse().unwrap()).unwrap();
    let response = page.list(vec!["a>b", "c"], |item| (*item).to_owned()).into_response();
    assert_eq!(response.headers()[LINK], "</x?limit=1&after=a%3Eb>; rel=\"next\"");
    let last = page.list(vec!["c"], |item| (*item).to_owned()).into_response();
    assert!(!last.headers().contains_key(LINK));
}

#[tokio::test]
async fn the_link_is_whole_below_a_nested_router() {
    let list = |page: Page| async move { page.list(vec![1, 2], ToString::to_string) };
    let router = Router::new().nest("/api/v1", Router::new().route("/x", get(list)));
    let request = Request::builder().uri("/api/v1/x?limit=1").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.headers()[LINK], "</api/v1/x?limit=1&after=1>; rel=\"next\"");
}
