//! Every page over a real connection, from a world of fixed data: what it shows, in both languages, to whom; and what it refuses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::too_many_arguments, reason = "helpers of tests")]

#[path = "fixture/bodies.rs"]
mod bodies;
#[path = "fixture/processes.rs"]
mod processes;
#[path = "fixture/reader.rs"]
mod reader;
#[path = "fixture/world.rs"]
mod world;

use processes::PARTNER;
use reader::{check_form, check_page, client, get, send, session};
use world::{HOSTILE, Kind, TOKEN, World, ids};

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
            "/spaces",
            "/catalog",
            "/applications",
            "/contracts",
            "/evidence",
            "/evidence?space=wenlv&verify=now",
            "/evidence?kind=usage.refused&before=40",
            "/evidence/search",
            "/evidence/search?by=product&result=denied&from=2026-06-01",
        ],
        Kind::Provider => &[
            "/",
            "/credentials",
            "/certificates",
            "/certifications",
            "/heterogeneous",
            "/registration",
            "/device",
            "/resources",
            "/products",
            "/catalog?q=%E6%97%85",
            "/applications",
            "/partners",
            "/negotiations",
            "/agreements",
            "/transfers",
            "/dataflows",
            "/contracts",
            "/evidence",
        ],
        Kind::Consumer => &[
            "/",
            "/heterogeneous",
            "/certificates",
            "/registration",
            "/catalog",
            "/catalog?q=nothing",
            "/applications",
            "/partners",
            "/negotiations",
            "/agreements",
            "/transfers",
            "/dataflows",
            "/contracts",
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
        ["/users", "/account", "/reviews", "/audit", "/audit?verify=now&action=login", "/permissions"]
            .map(ToOwned::to_owned),
    );
    if kind != Kind::Regulator {
        all.push(format!("/catalog/{}", ids.product));
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
async fn forms_ask_the_api_for_what_they_say() {
    use serde_json::json;
    let ids = ids();
    let (contract, freeze) = (format!("/contracts/{}", ids.contract), format!("contracts/{}/freeze", ids.contract));
    let decide = |verdict| {
        [
            ("kind", "listing"),
            ("id", ids.product.as_str()),
            ("verdict", verdict),
            ("note", " 好 "),
            ("back", "/catalog"),
        ]
    };
    let decided = format!("listings/{}/decision", ids.product);
    check_form(
        Kind::Platform,
        "/decide",
        &decide("approve"),
        "/catalog?done=approved",
        &decided,
        json!({ "approve": true, "note": "好" }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/decide",
        &decide("refuse"),
        "/catalog?done=refused",
        &decided,
        json!({ "approve": false, "note": "好" }),
    )
    .await;
    let (page, api) = (format!("/participants/{}", ids.consumer), format!("participants/{}", ids.consumer));
    let done = format!("{page}?done=standing");
    for (action, reason, path, body) in [
        ("suspend", " 缘由 ", "standing", json!({ "action": "suspend", "reason": "缘由" })),
        ("revoke", "缘由", "standing", json!({ "action": "revoke", "reason": "缘由" })),
        ("approve", "", "decision", json!({ "approve": true, "note": "" })),
        ("verify", "", "verifications", json!(null)),
        ("end", "缘由", "delegations/d%201/end", json!({ "reason": "缘由" })),
    ] {
        let form = [("action", action), ("reason", reason), ("delegation", "d 1")];
        let path = format!("{api}/{path}").replace("%20", " ");
        check_form(Kind::Platform, &page, &form, &done, &path, body).await;
    }
    for (form, done, path, body) in [
        (&[("action", "apply")][..], "registered", "registration", json!({})),
        (&[("action", "leave"), ("reason", " 停业 ")], "left", "registration/departure", json!({ "reason": "停业" })),
        (&[("action", "end"), ("delegation_id", "d1")], "ended", "delegations/d1/end", json!({ "reason": "" })),
        (
            &[
                ("action", "delegate"),
                ("delegation_id", "d3"),
                ("user_name", "li"),
                ("operator", "某人"),
                ("operator_id", "1"),
                ("operator_auth_level", "2"),
                ("authorization_type", "1"),
                ("amount", "1000.5"),
                ("products", "P1， P2"),
                ("valid_until", "2027-01-01"),
            ],
            "delegated",
            "delegations",
            json!({
                "delegationId": "d3", "userName": "li", "operator": "某人", "operatorId": "1", "operatorAuthLevel": "2", "authorizationType": "1",
                "amountFen": 100_050, "products": ["P1", "P2"], "validFrom": "1970-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00+08:00",
            }),
        ),
    ] {
        check_form(Kind::Provider, "/registration", form, &format!("/registration?done={done}"), path, body).await;
    }
    check_form(
        Kind::Provider,
        "/certificates",
        &[("suite", "intl"), ("place", " a.example ")],
        "/certificates?done=certificate",
        "certificates",
        json!({ "suite": "intl", "place": "a.example" }),
    )
    .await;
    let one = "/certifications/RZ2026000001";
    for (form, path, body) in [
        (
            vec![
                ("action", "find"),
                ("code", "C-11"),
                ("outcome", "met"),
                ("text", " 已核查 "),
                ("attachments", "d1, d2"),
                ("entries", "r1"),
            ],
            "findings",
            json!({
                "code": "C-11", "outcome": "met", "text": "已核查",
                "evidence": [
                    { "kind": "attachment", "reference": "d1" }, { "kind": "attachment", "reference": "d2" },
                    { "kind": "entry", "reference": "r1" },
                ],
            }),
        ),
        (vec![("action", "complete")], "assessment", json!({ "action": "complete", "reason": "" })),
        (
            vec![("action", "withdraw"), ("reason", " 缘由 ")],
            "decision",
            json!({ "action": "withdraw", "reason": "缘由" }),
        ),
    ] {
        let api = format!("certifications/RZ2026000001/{path}");
        check_form(Kind::Platform, one, &form, &format!("{one}?done=certification-moved"), &api, body).await;
    }
    check_form(
        Kind::Provider,
        "/certifications",
        &[("scheme", "connector-trust"), ("note", " 请评估 ")],
        "/certifications?done=certification-applied",
        "certifications",
        json!({ "schemeId": "connector-trust", "connectorId": null, "productId": null, "note": "请评估" }),
    )
    .await;
    check_form(
        Kind::Platform,
        &page,
        &[("action", "compute")],
        &format!("{page}?done=computed"),
        &format!("{api}/reputation"),
        json!(null),
    )
    .await;
    let leaving = format!("/connectors/{}", ids.provider);
    check_form(
        Kind::Platform,
        &leaving,
        &[("reason", "停用")],
        &format!("{leaving}?done=deregistered"),
        &format!("{}/deregistration", leaving.trim_start_matches('/')),
        json!({ "reason": "停用" }),
    )
    .await;
    let enrolment = [
        ("owner", ids.consumer.as_str()),
        ("did", "did:web:edc.example"),
        ("address", "https://edc.example/api/dsp"),
        ("maker", "Eclipse Foundation"),
        ("product", "EDC"),
        ("version", "0.15.1"),
        ("role", "consumer"),
        ("spaces", "wenlv, global"),
        ("transfers", "HttpData-PULL"),
        ("enforces", "count、delete"),
    ];
    let statement = json!({
        "did": "did:web:edc.example", "address": "https://edc.example/api/dsp", "role": "consumer", "authentication": "dcp",
        "device": { "supplierName": "Eclipse Foundation", "supplierCode": "", "connectorName": "EDC", "connectorVersion": "0.15.1" },
        "spaces": ["wenlv", "global"], "abilities": [], "suites": [], "transferProfiles": ["HttpData-PULL"],
        "enforces": ["count", "delete"],
    });
    let enrolled = "/heterogeneous?done=enrolled";
    let (path, api) = ("/heterogeneous", "heterogeneousConnectors");
    check_form(Kind::Consumer, path, &enrolment, enrolled, api, statement.clone()).await;
    let for_member = json!({ "owner": ids.consumer, "statement": statement });
    check_form(Kind::Platform, path, &enrolment, enrolled, api, for_member).await;
    let other = bodies::OTHER;
    for (action, what, body) in [
        ("approve", "decision", json!({ "approve": true, "note": "意见" })),
        ("refuse", "decision", json!({ "approve": false, "note": "意见" })),
        ("suspend", "standing", json!({ "action": "suspend", "reason": "意见" })),
        ("look", "look", json!({})),
    ] {
        let form = [("action", action), ("reason", "意见")];
        let back = format!("/connectors/{other}?done=standing");
        let api = format!("heterogeneousConnectors/{other}/{what}");
        check_form(Kind::Platform, &format!("/heterogeneous/{other}"), &form, &back, &api, body).await;
    }
    check_form(
        Kind::Platform,
        "/certificates/4EF8/revocation",
        &[("reason", "密钥泄露")],
        "/certificates?done=revoked",
        "certificates/4EF8/revocation",
        json!({ "reason": "密钥泄露" }),
    )
    .await;
    check_form(
        Kind::Regulator,
        &format!("{contract}/freeze"),
        &[("order_id", "o"), ("ground", "依据"), ("confirm", "yes")],
        &format!("{contract}?done=frozen"),
        &freeze,
        json!({ "orderId": "o", "ground": "依据" }),
    )
    .await;
    check_form(
        Kind::Regulator,
        "/account/passkeys",
        &[("challenge", "c"), ("label", "办公电脑"), ("credential", "{\"id\":\"a\"}")],
        "/account?done=passkey",
        "me/passkeys/confirmation",
        json!({ "challenge": "c", "label": "办公电脑", "credential": { "id": "a" } }),
    )
    .await;
    check_form(
        Kind::Provider,
        "/account/login-keys/k-1/removal",
        &[],
        "/account?done=login-key-removed",
        "me/login-keys/k-1/removal",
        json!({}),
    )
    .await;
    check_form(
        Kind::Provider,
        "/resources",
        &[("name", " r "), ("kind", "file"), ("location", "a.csv"), ("table", " ")],
        "/resources?done=resource",
        "resources",
        json!({ "name": "r", "kind": "file", "location": "a.csv", "table": null }),
    )
    .await;
    check_form(
        Kind::Consumer,
        "/applications",
        &[("application_id", "a"), ("product_id", &ids.product), ("purpose", "研究")],
        "/applications?done=applied",
        "applications",
        json!({ "applicationId": "a", "productId": ids.product, "purpose": "研究" }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/credentials",
        &[("credential_id", "urn:uuid:1"), ("reason", " 审查 ")],
        "/credentials?done=credential-revoked",
        "credentials/revocation",
        json!({ "credentialId": "urn:uuid:1", "reason": "审查" }),
    )
    .await;
    check_form(
        Kind::Consumer,
        "/did",
        &[("withdraw", "yes")],
        "/credentials?done=rotated",
        "did/rotation",
        json!({ "withdraw": true }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/spaces",
        &[("space_id", "s"), ("name", "n"), ("description", "d"), ("kind", "city"), ("suite", "sm"), ("platform_percent", "12.5"), ("requires", " privacy  suite:sm ")],
        "/spaces?done=space",
        "spaces",
        json!({ "spaceId": "s", "name": "n", "description": "d", "kind": "city", "suite": "sm", "platformPermille": 125, "unsignedAgreements": false, "technicalOnly": false, "requires": ["privacy", "suite:sm"] }),
    )
    .await;
}

#[tokio::test]
async fn a_product_is_offered_by_the_form_as_it_is_filled_in() {
    let world = World::new(Kind::Provider, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let html = get(address, "/products", "zh").await.text().await.unwrap();
    let area = |name: &str| {
        let from = html.split(&format!("name=\"{name}\"")).nth(1).unwrap();
        let text = from.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
        text.replace("&#34;", "\"").replace("&#38;", "&")
    };
    let (parts, policies, revenue) = (area("parts"), area("policies"), area("revenue"));
    let form = |parts: &str| {
        [
            ("listing_id", "l"),
            ("space_id", "wenlv"),
            ("name", "n"),
            ("description", "d"),
            ("source", "s"),
            ("licence", "l"),
            ("topic", "B0300"),
            ("update_frequency", "004"),
            ("keywords", "甲、乙, c"),
            ("policies", &policies),
            ("revenue", &revenue),
            ("term", "P30D"),
            ("auto_agree", "yes"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .chain([("parts".to_owned(), parts.to_owned())])
        .collect::<Vec<_>>()
    };
    let borrowed =
        |form: &[(String, String)]| form.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>();
    let good = borrowed(&form(&parts));
    let good: Vec<(&str, &str)> = good.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(send(address, "/products", &good).await.headers()["location"], "/products?done=product");
    {
        let posts = posts.lock().unwrap();
        let body = &posts[0].1;
        assert_eq!(body["keywords"], serde_json::json!(["甲", "乙", "c"]));
        assert_eq!(body["revenue"]["shares"][0]["participantId"], ids().provider_org);
        assert_eq!(body["policies"][0]["prohibitionPolicies"][0]["actions"][0], "download");
        assert_eq!(body["autoAgree"], true);
    }
    let bad = borrowed(&form("[{"));
    let bad: Vec<(&str, &str)> = bad.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = send(address, "/products", &bad).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("数据表（JSON）"));
    assert_eq!(posts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_freeze_needs_a_ground_and_a_confirmation() {
    let world = World::new(Kind::Regulator, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let path = format!("/contracts/{}/freeze", ids().contract);
    for form in [&[("order_id", "o"), ("ground", " "), ("confirm", "yes")][..], &[("order_id", "o"), ("ground", "g")]] {
        assert_eq!(send(address, &path, form).await.status(), 400);
    }
    assert!(posts.lock().unwrap().is_empty());
    // Only a regulator's seat shows the form, and only for a contract that can be frozen.
    let platform = World::new(Kind::Platform, false).start(None, 0).await;
    for (address, index, expect) in [(address, 2, true), (address, 1, false), (address, 0, false), (platform, 2, false)]
    {
        let html = get(address, &format!("/contracts/{}", ids().contracts[index]), "zh").await.text().await.unwrap();
        assert_eq!(html.contains("/freeze\""), expect, "contract {index}");
    }
}

#[tokio::test]
async fn a_use_shows_its_result_or_why_it_was_refused() {
    let world = World::new(Kind::Consumer, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let path = format!("/agreements/{}", ids().contract);
    let done =
        send(address, &path, &[("use_id", "u"), ("action", "compute"), ("query", " SELECT 1 "), ("purpose", "")]).await;
    let html = done.text().await.unwrap();
    assert!(html.contains("<td>6.25</td>") && html.contains("结果过多，已截断"), "{html}");
    let refused = send(address, &path, &[("use_id", "u"), ("action", "download")]).await.text().await.unwrap();
    assert!(refused.contains("拒绝「下载」") && refused.contains("使用方不得：下载、分发"));
    let posts = posts.lock().unwrap();
    assert_eq!(posts[0].1["query"], "SELECT 1");
    assert_eq!(posts[0].1["purpose"], serde_json::Value::Null);
    assert_eq!(posts[1].1["contractId"], ids().contract);
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
    let file = get(address, &format!("/contracts/{}/file", ids().contract), "zh").await;
    assert_eq!(file.headers()["content-disposition"], format!("attachment; filename=\"{}.json\"", ids().contract));
}
