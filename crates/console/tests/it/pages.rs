//! Every page over a real connection, from a world of fixed data: what it shows, in both languages, to whom; and what it refuses.

mod admission;
mod asks;
mod supply;

use crate::fixture::bodies;
use crate::fixture::processes::PARTNER;
use crate::fixture::reader::{check_page, client, get, send, session};
use crate::fixture::world::{HOSTILE, Kind, TOKEN, World, ids};

/// The pages of a kind of node.
fn pages(kind: Kind) -> Vec<String> {
    let ids = ids();
    let contracts = [0, 1, 2].map(|index| format!("/contracts/{}", ids.contracts[index]));
    let fixed: &[&str] = match kind {
        Kind::Platform => &[
            "/",
            "/participants",
            "/credentials",
            "/connectors",
            "/heterogeneous",
            "/certificates",
            "/certifications",
            "/certifications/RZ2026000001",
            "/certifications/RZ2026000002",
            "/schemes",
            "/schemes/connector-trust",
            "/nodes",
            "/templates",
            "/templates/mine",
            "/templates/mine?version=1",
            "/templates/mine?version=2&from=1",
            "/components",
            "/components/cmp-1",
            "/drafts",
            "/drafts/d-1",
            "/drafts/d-2",
            "/policies/records",
            "/policies/records/rec-1",
            "/spaces",
            "/catalog",
            "/glossary",
            "/glossary?space=wenlv&version=2026.1&from=2026.2&q=%E5%9F%8E",
            "/harvests",
            "/harvests/h-1",
            "/harvested?q=%E5%81%9C%E8%BD%A6&source=h-1",
            "/harvested/r-1",
            "/services",
            "/services/s-1",
            "/applications",
            "/contracts",
            "/onward-transfers",
            "/onward-transfers/hop-1",
            "/onward-transfers/hop-2",
            "/evidence",
            "/evidence?space=wenlv&verify=now",
            "/evidence?kind=usage.refused&before=40",
            "/evidence/search",
            "/lineage",
            "/lineage?space=wenlv&node=delivery:C",
            "/lineage?contract=C&digest=ab",
            "/evidence/search?by=product&result=denied&from=2026-06-01",
        ],
        Kind::Provider => &[
            "/",
            "/credentials",
            "/certificates",
            "/certifications",
            "/schemes",
            "/schemes/connector-trust",
            "/heterogeneous",
            "/registration",
            "/device",
            "/demands",
            "/demands/d-1",
            "/metadata",
            "/products?name=%E8%AE%A2%E5%8D%95&topic=B0400",
            "/glossary",
            "/glossary?q=nothing",
            "/harvests",
            "/harvests/h-1",
            "/harvests/h-2",
            "/harvests/h-3",
            "/harvested",
            "/harvested?of=platform&after=c1",
            "/harvested/r-1",
            "/harvested/r-1?of=platform",
            "/services",
            "/services?kind=compliance&only=own",
            "/services?change=s-1",
            "/services/s-1",
            "/subscriptions",
            "/subscriptions?q=%E6%B8%AF%E5%8F%A3&topic=B0300",
            "/resources",
            "/resources?q=%E6%97%85&level=003&only=personal",
            "/resources/%E6%97%85%E5%AE%A2?space=wenlv",
            "/resources/%E6%97%85%E5%AE%A2",
            "/templates",
            "/components",
            "/components/cmp-1",
            "/policies/records",
            "/policies/records/rec-1",
            "/products",
            "/products?update=l-1",
            "/products/l-1",
            "/products/templates",
            "/products/templates?space=wenlv&template=mine",
            "/catalog?q=%E6%97%85",
            "/applications",
            "/partners",
            "/negotiations",
            "/agreements",
            "/transfers",
            "/dataflows",
            "/lineage",
            "/lineage?node=dataset:d1&towards=source",
            "/lineage?contract=C",
            "/lineage/datasets",
            "/lineage/datasets?q=in",
            "/contracts",
            "/evidence",
        ],
        Kind::Consumer => &[
            "/",
            "/drafts",
            "/drafts/d-1",
            "/drafts/d-2",
            "/countersignings",
            "/countersignings/c-1",
            "/countersignings/c-2",
            "/heterogeneous",
            "/certificates",
            "/registration",
            "/catalog",
            "/components",
            "/components/cmp-1",
            "/policies/records",
            "/policies/records/rec-1",
            "/catalog?q=nothing",
            "/applications",
            "/partners",
            "/negotiations",
            "/agreements",
            "/transfers",
            "/dataflows",
            "/contracts",
            "/derived",
            "/derived/monthly",
            "/derived/weekly",
            "/onward-transfers",
            "/onward-transfers?contract=c&derived=monthly",
            "/onward-transfers/hop-1",
            "/onward-transfers/hop-2",
            "/lineage?node=delivery:C",
            "/evidence?kind=usage.refused",
            "/evidence/search?by=user&kind=usage",
        ],
        Kind::Regulator => &["/", "/certificates", "/registration", "/contracts", "/evidence"],
    };
    let mut all: Vec<String> = fixed.iter().map(|path| (*path).to_owned()).chain(contracts).collect();
    if kind == Kind::Platform {
        all.push(format!("/connectors/{}", ids.provider));
        all.push(format!("/connectors/{}", bodies::OTHER));
        all.push(format!("/participants/{}", ids.consumer));
    }
    all.extend(
        ["/account/login-keys/certificate", "/account/login-keys/did", "/account/certificate"].map(ToOwned::to_owned),
    );
    all.extend(
        ["/simulator", "/users", "/account", "/reviews", "/audit", "/audit?verify=now&action=login", "/permissions"]
            .map(ToOwned::to_owned),
    );
    all.extend(["/warnings", "/retention"].map(ToOwned::to_owned));
    all.extend(["/run-log", "/run-log?verify=now&level=warn&category=system&code=a.b"].map(ToOwned::to_owned));
    all.extend(["/disputes", "/disputes/d-1", "/disputes/d-2"].map(ToOwned::to_owned));
    all.extend(["/identifiers".to_owned(), format!("/identifiers?code={}", ids.product)]);
    all.push(format!("/simulator?contract={}", ids.contract));
    if kind != Kind::Regulator {
        all.push("/performance".to_owned());
        all.push(format!("/catalog/{}", ids.product));
        if kind == Kind::Platform {
            all.push(format!("/catalog/{}/versions", ids.product));
        }
    }
    if matches!(kind, Kind::Provider | Kind::Consumer) {
        all.extend([0, 1, 3].map(|index| format!("/agreements/{}", ids.contracts[index])));
        all.push(format!("/agreements/{}", ids.contracts[2]));
        all.extend(["n1", "n2", "n3", "n4"].map(|pid| format!("/negotiations/{pid}")));
        all.extend(["t1", "t2", "t3"].map(|pid| format!("/transfers/{pid}")));
        all.extend([format!("/partners/{}", PARTNER.replace(':', "%3A")), "/partners/silent".to_owned()]);
    }
    all
}

const KINDS: [Kind; 4] = [Kind::Platform, Kind::Provider, Kind::Consumer, Kind::Regulator];

#[tokio::test]
async fn every_page_in_both_languages() {
    for kind in KINDS {
        let address = World::new(kind, false).start(None, 0).await;
        for path in pages(kind) {
            for (wish, tag) in [("zh-CN", "zh-CN"), ("en", "en")] {
                let response = get(address, &path, wish).await;
                let what = format!("{kind:?} {path} {tag}");
                assert_eq!(response.status(), 200, "{what}");
                let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
                assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{what}: {policy}");
                assert_eq!(response.headers()["cache-control"], "no-store");
                let html = response.text().await.unwrap();
                check_page(&html, tag, &what);
                assert!(html.contains("aria-current=\"page\"") && html.contains("<nav"), "{what}: no menu");
                assert!(html.contains("class=\"skip\" href=\"#main\""), "{what}: no skip link");
                for id in xinyu_locale::ids(xinyu_locale::Lang::En).iter().filter(|id| id.matches('-').count() > 1) {
                    assert!(!html.contains(&format!(">{id}<")), "{what}: {id} stands where its text should");
                }
            }
        }
    }
}

#[tokio::test]
async fn hostile_names_are_text() {
    for kind in KINDS {
        let address = World::new(kind, true).start(None, 0).await;
        for path in pages(kind) {
            let html = get(address, &path, "en").await.text().await.unwrap();
            assert!(!html.contains("<script>") && html.contains("&#60;script&#62;"), "{kind:?} {path}");
            check_page(&html, "en", &format!("hostile {kind:?} {path}"));
        }
    }
    let address = World::new(Kind::Consumer, true).start(None, 0).await;
    let path = format!("/agreements/{}", ids().contract);
    let html =
        send(address, &path, &[("use_id", HOSTILE), ("action", "compute"), ("query", HOSTILE), ("purpose", HOSTILE)])
            .await;
    let html = html.text().await.unwrap();
    assert!(html.contains("&#60;script&#62;") && !html.contains("<script>"));
}

#[tokio::test]
async fn without_a_session_every_page_leads_to_the_login() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    let stale = session(address).replace(TOKEN, "stale");
    for cookie in ["", &stale] {
        let request = client().get(format!("http://{address}/contracts?a=b")).header("cookie", cookie);
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["location"].to_str().unwrap()),
            (303, "/login?next=%2Fcontracts%3Fa%3Db")
        );
    }
    let html = client().get(format!("http://{address}/login?next=%2Fcontracts&lang=en")).send().await.unwrap();
    assert!(html.headers()["set-cookie"].to_str().unwrap().starts_with("xinyu_lang=en;"));
    let html = html.text().await.unwrap();
    check_page(&html, "en", "login");
    assert!(html.contains("value=\"/contracts\"") && html.contains("海峡可信数据空间"));
}

#[tokio::test]
async fn an_address_that_takes_forms_only_leads_to_the_page_above() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (path, above) in [("/harvests/file", "/harvests"), ("/harvests/h-1/removal", "/harvests/h-1"), ("/decide", "/")]
    {
        let answer = get(address, path, "zh").await;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        assert_eq!((answer.status().as_u16(), location), (303, Some(above)), "{path}");
    }
}

#[tokio::test]
async fn login_sets_a_cookie_for_no_script_and_no_other_site() {
    for (public, secure) in [(None, false), (Some("https://space.example"), true)] {
        let address = World::new(Kind::Platform, false).start(public, 0).await;
        let name =
            if public.is_some() { "xinyu_session".to_owned() } else { format!("xinyu_session_{}", address.port()) };
        let good = send(address, "/login", &[("name", "admin"), ("password", "right"), ("next", "/contracts")]).await;
        assert_eq!((good.status().as_u16(), good.headers()["location"].to_str().unwrap()), (303, "/contracts"));
        let cookie = good.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with(&format!("{name}={TOKEN}; Path=/; Expires=")), "{cookie}");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");

        let away =
            send(address, "/login", &[("name", "admin"), ("password", "right"), ("next", "//evil.example")]).await;
        assert_eq!(away.headers()["location"], "/");

        let bad = send(address, "/login", &[("name", "<admin>"), ("password", "wrong")]).await;
        assert_eq!(bad.status(), 401);
        assert!(bad.headers().get("set-cookie").is_none());
        let html = bad.text().await.unwrap();
        assert!(
            html.contains("用户名或密码不正确")
                && html.contains("请检查后重试")
                && html.contains("&#60;admin&#62;")
                && !html.contains("wrong")
        );

        let out = send(address, "/logout", &[]).await;
        assert_eq!(out.headers()["location"], "/login");
        assert!(
            out.headers()["set-cookie"]
                .to_str()
                .unwrap()
                .starts_with(&format!("{name}=; Path=/; Expires=Thu, 01 Jan 1970"))
        );
    }
}

#[tokio::test]
async fn tc609_11_10_2_4_c_a_picture_is_shown_when_the_api_asks_for_one() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    let html = send(address, "/login", &[("name", "admin"), ("password", "often"), ("next", "/contracts")]).await;
    assert_eq!(html.status(), 401);
    let html = html.text().await.unwrap();
    check_page(&html, "zh-CN", "login with a picture");
    assert!(
        html.contains("src=\"data:image/png;base64,iVBORw0KGgo=\"") && html.contains("name=\"captcha\" value=\"c-1\"")
    );
    assert!(html.contains("value=\"admin\"") && html.contains("value=\"/contracts\"") && !html.contains("often"));
    let read =
        &[("name", "admin"), ("password", "often"), ("captcha", "c-1"), ("answer", "XYZ34"), ("next", "/contracts")];
    assert_eq!(send(address, "/login", read).await.headers()["location"], "/contracts");
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_nothing_is_done() {
    let world = World::new(Kind::Regulator, false);
    let posts = world.posts.clone();
    let address = world.start(Some("https://seat.example"), 0).await;
    for path in [
        "/decide",
        "/logout",
        "/login",
        "/login/passkey",
        "/account/passkeys",
        "/spaces",
        "/contracts/x/freeze",
        "/agreements/x",
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("x-nothing", "x"),
        ] {
            let request =
                client().post(format!("http://{address}{path}")).header("cookie", session(address)).header(name, value);
            let response = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body("ground=x&confirm=yes&order_id=o")
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 403, "{path} {name}: {value}");
            check_page(&response.text().await.unwrap(), "zh-CN", path);
        }
    }
    assert!(posts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_problem_says_what_by_which_clause_and_what_next() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (lang, expect) in [
        ("zh", ["没有该对象", "找不到 contracts/missing", "请返回列表", "TC609-6-2025-01 §5.2.2.8"]),
        (
            "en",
            [
                "it does not exist",
                "contracts/missing is not here",
                "go back to the list",
                "4bf92f3577b34da6a3ce929d0e0e4736",
            ],
        ),
    ] {
        let response = get(address, "/contracts/missing", lang).await;
        assert_eq!(response.status(), 404);
        let html = response.text().await.unwrap();
        expect.iter().for_each(|part| assert!(html.contains(part), "{lang}: {part}"));
    }
    assert_eq!(send(address, "/decide", &[("kind", "space"), ("id", "x"), ("verdict", "approve")]).await.status(), 400);
    assert_eq!(
        send(address, "/decide", &[("kind", "listing"), ("id", "missing"), ("verdict", "refuse")]).await.status(),
        404
    );
}

#[tokio::test]
async fn assets_and_files_are_served() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (path, kind) in [
        ("console.css", "text/css; charset=utf-8"),
        ("console.js", "text/javascript; charset=utf-8"),
        ("passkey.js", "text/javascript; charset=utf-8"),
        ("mark.svg", "image/svg+xml"),
    ] {
        let response = get(address, &format!("/assets/{path}"), "zh").await;
        assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, kind));
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let (contract, member) = (ids().contract, ids().consumer);
    for (path, name) in [
        (format!("/contracts/{contract}/file"), contract),
        ("/certifications/RZ2026000002/report".to_owned(), "RZ2026000002-report".to_owned()),
        (format!("/participants/{member}/reputation"), format!("{member}-reputation")),
    ] {
        let file = get(address, &path, "zh").await;
        assert_eq!(file.status(), 200, "{path}");
        assert_eq!(file.headers()["content-disposition"], format!("attachment; filename=\"{name}.json\""));
    }
}
