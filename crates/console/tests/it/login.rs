//! Login with something else than a password, and tying it to an account: what pages show, what they send, and to whom a flow belongs.

use crate::fixture::reader;
use std::net::SocketAddr;

use crate::fixture::reader::{check_form, check_page, client, send};
use crate::fixture::world::{HOSTILE, Kind, TOKEN, World};
use serde_json::json;

async fn read(address: SocketAddr, path: &str, cookie: &str) -> reqwest::Response {
    client().get(format!("http://{address}{path}")).header("cookie", cookie).send().await.unwrap()
}

#[tokio::test]
async fn the_login_offers_what_the_node_has() {
    for is_hostile in [false, true] {
        let address = World::new(Kind::Platform, is_hostile).start(None, 0).await;
        let html = read(address, "/login?next=%2Fcontracts&lang=en", "").await.text().await.unwrap();
        check_page(&html, "en", "login");
        for part in [
            "href=\"/login/certificate?next=%2Fcontracts\"",
            "href=\"/login/did?next=%2Fcontracts\"",
            "action=\"/login/oidc/corp\"",
            "company account",
        ] {
            assert!(html.contains(part), "{part}");
        }
        for method in ["certificate", "did"] {
            let html = read(address, &format!("/login/{method}?next=%2Fcontracts"), "").await.text().await.unwrap();
            check_page(&html, "zh-CN", method);
            assert!(
                html.contains("xinyu-login/1 node=") && html.contains("value=\"c-9\"") && !html.contains("<script>")
            );
            let command =
                if method == "did" { "xinyu key sign" } else { "openssl dgst -sm3 -sigopt distid:1234567812345678" };
            assert!(html.contains(command), "{method}");
        }
        assert_eq!(read(address, "/login/other", "").await.headers()["location"], "/login");
    }
}

#[tokio::test]
async fn an_answer_opens_the_console_or_is_asked_for_again() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let form =
        [("challenge_id", "c-9"), ("who", " PEM "), ("answer", "c2ln\n"), ("code", "123456"), ("next", "/contracts")];
    let opened = send(address, "/login/certificate", &form).await;
    assert_eq!((opened.status().as_u16(), opened.headers()["location"].to_str().unwrap()), (303, "/contracts"));
    assert!(opened.headers()["set-cookie"].to_str().unwrap().contains("SameSite=Strict"));
    let expect = json!({ "challengeId": "c-9", "certificate": "PEM", "signature": "c2ln", "code": "123456" });
    assert_eq!(posts.lock().unwrap().last().unwrap(), &("login/certificate".to_owned(), expect));
    let form = [("challenge_id", "c-9"), ("who", "did:web:a"), ("answer", "wrong"), ("next", "//evil.example")];
    let again = send(address, "/login/did", &form).await;
    assert_eq!(again.status(), 401);
    let html = again.text().await.unwrap();
    check_page(&html, "zh-CN", "again");
    assert!(html.contains("登录凭据有误") && html.contains("value=\"did:web:a\"") && !html.contains("evil.example"));
}

#[tokio::test]
async fn a_flow_at_a_provider_belongs_to_the_browser_that_began_it() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let left = send(address, "/login/oidc/corp", &[("next", "/contracts?a=b")]).await;
    assert_eq!(left.status(), 200, "a redirect of a form to another site is not followed by browsers here");
    let cookie = left.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let html = left.text().await.unwrap();
    check_page(&html, "zh-CN", "onward");
    assert!(html.contains("content=\"0; url=https://id.example.cn/authorize?state=s&#38;nonce=n\""), "{html}");
    let flow = cookie.split(';').next().unwrap().to_owned();
    let back = "/login/callback?code=k&state=s&iss=https%3A%2F%2Fid.example.cn";
    assert_eq!(read(address, back, "").await.status(), 400, "another browser");
    assert!(posts.lock().unwrap().iter().all(|(path, _)| path != "login/oidc"));
    let arrived = read(address, back, &flow).await;
    assert_eq!(arrived.status(), 200, "the next page is asked for by one of ours");
    let cookies: Vec<String> =
        arrived.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
    assert!(cookies[0].contains(TOKEN) && cookies[0].contains("SameSite=Strict"), "{cookies:?}");
    assert!(cookies[1].contains("Max-Age=0"), "{cookies:?}");
    assert!(arrived.text().await.unwrap().contains("content=\"0; url=/contracts?a=b\""));
    let expect = json!({ "flow": "f-1", "state": "s", "code": "k", "iss": "https://id.example.cn" });
    assert_eq!(posts.lock().unwrap().last().unwrap(), &("login/oidc".to_owned(), expect));
    let half = read(address, "/login/callback?code=half&state=s", &flow).await.text().await.unwrap();
    check_page(&half, "zh-CN", "code");
    assert!(half.contains("value=\"c-1\""));
    let form = [("continuation", "c-1"), ("code", "123456"), ("next", "/contracts")];
    assert_eq!(send(address, "/login/callback/code", &form).await.headers()["location"], "/contracts");
    let denied = read(address, &format!("/login/callback?error={}&state=s", "access_denied%3Cscript%3E"), &flow).await;
    assert_eq!(denied.status(), 401);
    let html = denied.text().await.unwrap();
    assert!(html.contains("access_denied") && !html.contains("<script>"));
    assert_eq!(read(address, "/login/callback?code=wrong&state=s", &flow).await.status(), 401);
}

#[tokio::test]
async fn keys_are_tied_by_forms_that_say_what_they_say() {
    check_form(
        Kind::Consumer,
        "/account/login-keys/certificate",
        &[("challenge_id", "c-9"), ("who", "PEM"), ("answer", "c2ln"), ("label", "证书"), ("password", "p")],
        "/account?done=login-key",
        "me/login-keys/certificate",
        json!({ "challengeId": "c-9", "certificate": "PEM", "signature": "c2ln", "label": "证书", "password": "p" }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/account/login-keys/did",
        &[("challenge_id", "c-9"), ("who", "did:web:a"), ("answer", "a.b.c"), ("password", "p")],
        "/account?done=login-key",
        "me/login-keys/did",
        json!({ "challengeId": "c-9", "did": "did:web:a", "jws": "a.b.c", "label": "", "password": "p" }),
    )
    .await;
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let form = [("request", "CSR"), ("label", "证书"), ("password", "p")];
    let made = send(address, "/account/certificate", &form).await;
    assert_eq!(made.headers()["content-disposition"], "attachment; filename=\"login-certificate.pem\"");
    assert!(made.text().await.unwrap().starts_with("-----BEGIN CERTIFICATE"));
    let left = send(address, "/account/oidc", &[("provider", "corp"), ("password", "p")]).await;
    let flow = left.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let asked = read(address, "/login/callback?code=k&state=s", &flow).await.text().await.unwrap();
    check_page(&asked, "zh-CN", "tie");
    assert!(asked.contains("action=\"/account/oidc/tie\"") && asked.contains("value=\"k\""));
    assert!(
        posts.lock().unwrap().iter().all(|(path, _)| path != "me/login-keys/oidc"),
        "only a button of ours ties it"
    );
    let tied = client()
        .post(format!("http://{address}/account/oidc/tie"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("{}; {flow}", reader::session(address)))
        .header("sec-fetch-site", "same-origin")
        .body("state=s&code=k&iss=")
        .send()
        .await
        .unwrap();
    assert_eq!(tied.headers()["location"], "/account?done=login-key");
    let expect = json!({ "flow": "f-1", "state": "s", "code": "k" });
    assert_eq!(posts.lock().unwrap().last().unwrap(), &("me/login-keys/oidc".to_owned(), expect));
}

#[tokio::test]
async fn what_was_typed_to_tie_a_key_is_still_there() {
    for (path, form, parts) in [
        (
            "/account/login-keys/certificate",
            vec![
                ("challenge_id", "c-9"),
                ("who", HOSTILE),
                ("answer", "missing"),
                ("label", "某名称"),
                ("password", "p"),
            ],
            ["value=\"某名称\"", "&#60;script"],
        ),
        (
            "/account/certificate",
            vec![("request", "missing"), ("label", "某名称"), ("password", "p")],
            ["value=\"某名称\"", ">missing</textarea>"],
        ),
    ] {
        let answer = send(World::new(Kind::Platform, false).start(None, 0).await, path, &form).await;
        assert_eq!(answer.status(), 404, "{path}");
        let html = answer.text().await.unwrap();
        check_page(&html, "zh-CN", path);
        parts.iter().for_each(|part| assert!(html.contains(part), "{path} lacks {part}"));
        assert!(!html.contains("<script>") && !html.contains("value=\"p\""), "{path}");
    }
}
