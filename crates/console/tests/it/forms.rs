//! A form that fails is shown again with what was typed, and says above it what went wrong.

use std::net::SocketAddr;

use serde_json::json;

use crate::fixture::reader::{check_page, client, send, session};
use crate::fixture::world::{HOSTILE, Kind, World, ids};

/// What the page says that answers a form.
async fn check(kind: Kind, path: &str, form: &[(&str, &str)], status: u16, expect: &[&str]) {
    let answer = send(World::new(kind, false).start(None, 0).await, path, form).await;
    assert_eq!(answer.status(), status, "{path}");
    let html = answer.text().await.unwrap();
    check_page(&html, "zh-CN", path);
    assert!(html.contains("<div class=\"notice bad\" role=\"alert\">"), "{path} does not say what went wrong");
    expect.iter().for_each(|part| assert!(html.contains(part), "{path} lacks {part}"));
    assert!(!html.contains("<script>"), "{path}");
}

#[tokio::test]
async fn what_was_typed_is_still_there() {
    check(
        Kind::Provider,
        "/resources",
        &[("name", HOSTILE), ("kind", "table"), ("location", "missing.csv"), ("table", "t1")],
        404,
        &[
            "没有该对象",
            "请返回列表",
            "value=\"missing.csv\"",
            "value=\"t1\"",
            "value=\"table\" selected",
            "value=\"&#60;script",
        ],
    )
    .await;
    check(
        Kind::Platform,
        "/spaces",
        &[
            ("space_id", "s-1"),
            ("name", "某空间"),
            ("description", "某说明"),
            ("kind", "city"),
            ("suite", "intl"),
            ("platform_percent", "12.55"),
            ("unsigned_agreements", "yes"),
        ],
        400,
        &[
            "至多一位小数",
            "value=\"s-1\"",
            "value=\"某空间\"",
            "value=\"某说明\"",
            "value=\"city\" selected",
            "value=\"intl\" selected",
            "value=\"12.55\"",
            "value=\"yes\" checked",
        ],
    )
    .await;
    let product = [
        ("listing_id", "l-9"),
        ("space_id", "wenlv"),
        ("name", "某产品"),
        ("description", "某说明"),
        ("source", "某来源"),
        ("licence", "某依据"),
        ("topic", "B0300"),
        ("update_frequency", "004"),
        ("keywords", "甲、乙"),
        ("parts", "[{"),
        ("policies", "[]"),
        ("revenue", "{}"),
        ("term", "P60D"),
    ];
    check(
        Kind::Provider,
        "/products",
        &product,
        400,
        &[
            "JSON 无法解析",
            "「数据表（JSON）」：JSON ",
            "value=\"l-9\"",
            "value=\"某产品\"",
            ">某说明</textarea>",
            "value=\"B0300\" selected",
            "value=\"004\" selected",
            "value=\"甲、乙\"",
            ">[{</textarea>",
            "value=\"P60D\"",
        ],
    )
    .await;
    // A new version keeps its key and its reason.
    let version: Vec<_> = product.into_iter().chain([("is_version", "yes"), ("reason", "补充字段")]).collect();
    let kept = ["value=\"补充字段\"", "name=\"is_version\" value=\"yes\"", "value=\"l-9\""];
    check(Kind::Provider, "/products", &version, 400, &kept).await;
    let card = [
        ("demand_id", "d-2"),
        ("space", "wenlv"),
        ("title", HOSTILE),
        ("description", "某说明"),
        ("purpose", "某场景"),
        ("until", "明天"),
    ];
    check(Kind::Consumer, "/demands", &card, 400, &["应为日期", "某说明", "value=\"某场景\"", "value=\"明天\""]).await;
    check(Kind::Consumer, "/demands/d-1/withdrawal", &[("reason", "missing")], 404, &["value=\"missing\""]).await;
    let service = [
        ("service_id", "s-2"),
        ("space", "wenlv"),
        ("name", HOSTILE),
        ("kind", "custody"),
        ("description", "missing"),
        ("contact", "某电话"),
    ];
    let kept = [">missing</textarea>", "value=\"custody\" selected", "value=\"某电话\""];
    check(Kind::Provider, "/services", &service, 404, &kept).await;
    check(Kind::Provider, "/services/s-1/delisting", &[("reason", "missing")], 404, &["value=\"missing\""]).await;
    let source = [
        ("title", HOSTILE),
        ("address", "https://missing.example/"),
        ("format", "ckan"),
        ("hours", "一天"),
        ("token", "某令牌"),
    ];
    let kept = ["value=\"https://missing.example/\"", "value=\"ckan\" selected", "value=\"一天\""];
    check(Kind::Provider, "/harvests", &source, 400, &kept).await;
    let source = [("title", "missing"), ("hours", "12")];
    check(Kind::Platform, "/harvests", &source, 404, &["value=\"missing\"", "value=\"12\""]).await;
    check(Kind::Provider, "/harvests/h-1", &source, 404, &["value=\"missing\"", "value=\"12\""]).await;
    let wanted = [
        ("subscription_id", "s-2"),
        ("title", HOSTILE),
        ("q", "missing"),
        ("form", "001"),
        ("form", "elsewhere"),
        ("price", "一元"),
    ];
    let kept = ["value=\"missing\"", "value=\"一元\"", "value=\"001\" selected", "value=\"elsewhere\" selected"];
    check(Kind::Consumer, "/subscriptions", &wanted, 400, &kept).await;
    let graded = [("kind.name", "track"), ("why.name", "missing"), ("grade", "core"), ("reason", "某理由")];
    let kept = ["value=\"track\" selected", "value=\"missing\"", "value=\"core\" selected", "value=\"某理由\""];
    check(Kind::Provider, "/resources/%E6%97%85%E5%AE%A2/grading", &graded, 404, &kept).await;
    check(Kind::Provider, "/products/l-1/delisting", &[("reason", "missing")], 404, &["value=\"missing\""]).await;
    check(
        Kind::Consumer,
        &format!("/agreements/{}", ids().contract),
        &[("use_id", "u-9"), ("action", "compute"), ("query", "SELECT missing"), ("purpose", "某目的")],
        404,
        &["没有该对象", "value=\"u-9\"", ">SELECT missing</textarea>", "value=\"某目的\""],
    )
    .await;
}

/// Sends a form with a file.
async fn send_file(address: SocketAddr, path: &str, form: &[(&str, &str)], file: &str) -> reqwest::Response {
    let part = |head: &str, text: &str| format!("--line\r\ncontent-disposition: form-data; {head}\r\n\r\n{text}\r\n");
    let mut body: String = form.iter().map(|(name, text)| part(&format!("name=\"{name}\""), text)).collect();
    body += &part("name=\"file\"; filename=\"证明.pdf\"", file);
    let request = client()
        .post(format!("http://{address}{path}"))
        .header("content-type", "multipart/form-data; boundary=line")
        .body(format!("{body}--line--\r\n"));
    let request = request.header("cookie", session(address)).header("sec-fetch-site", "same-origin");
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_document_is_handed_in_by_a_form() {
    for (path, form, api, expect) in [
        ("/device", &[("kind", "tee"), ("issue_org", "某机构")][..], "attachments", ["/kind", "tee"]),
        (
            "/registration/attachments",
            &[("attachment_id", "a-1"), ("kind", "01"), ("expire_date", "2027-01-01")],
            "identity/attachments",
            ["/mediaType", "application/pdf"],
        ),
        (
            "/harvests/file",
            &[("title", " 某目录 "), ("format", "ndi-06"), ("space", "")],
            "harvests/file",
            ["/title", "某目录"],
        ),
        ("/harvests/h-3/file", &[], "harvests/file", ["/harvestId", "h-3"]),
    ] {
        let world = World::new(Kind::Provider, false);
        let posts = world.posts.clone();
        let address = world.start(None, 0).await;
        let answer = send_file(address, path, form, "%PDF-1.7").await;
        assert_eq!(answer.status(), 303, "{path}");
        let (sent, body) = posts.lock().unwrap()[0].clone();
        assert_eq!((sent.as_str(), body["content"].as_str()), (api, Some("JVBERi0xLjc=")), "{body}");
        assert_eq!(body.pointer(expect[0]).unwrap(), expect[1]);
        for (file, status, code) in [("", 400, "未选择文件"), (&"x".repeat(800 << 10), 413, "文件超过 700 KiB")]
        {
            let answer = send_file(address, path, form, file).await;
            assert_eq!(answer.status(), status, "{path}");
            let html = answer.text().await.unwrap();
            check_page(&html, "zh-CN", path);
            assert!(html.contains(code), "{path}");
        }
        assert_eq!(posts.lock().unwrap().len(), 1, "nothing went on of what was refused");
    }
}

#[tokio::test]
async fn tc609_01_5_3_3_3_b_a_description_is_read_and_becomes_the_beginning_of_a_product_or_a_file() {
    for hostile in [false, true] {
        let world = World::new(Kind::Provider, hostile);
        let posts = world.posts.clone();
        let address = world.start(None, 0).await;
        let answer = send_file(address, "/metadata", &[("from", "")], "{}").await;
        assert_eq!(answer.status(), 200);
        let html = answer.text().await.unwrap();
        check_page(&html, "zh-CN", "/metadata");
        assert!(html.contains("Frictionless Data Package") && html.contains("/products?name="), "{html}");
        assert!(!html.contains(HOSTILE));
        let sent = json!({ "name": "证明.pdf", "content": "e30=", "from": "" });
        assert_eq!(posts.lock().unwrap()[0], ("metadata/reading".to_owned(), sent));
        let answer = send_file(address, "/metadata", &[("from", "")], "").await;
        assert_eq!(answer.status(), 400);
        // What is converted is a file, whatever its name says.
        let form = [("name", "a.json"), ("from", "frictionless"), ("content", "e30="), ("to", "dcat")];
        let answer = send(address, "/metadata/conversion", &form).await;
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"a_..__b.jsonld\"");
        assert_eq!(answer.text().await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn tc609_11_7_3_5_a_vocabulary_is_handed_in_as_a_file() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let form = [("space", "wenlv"), ("note", " 第二版 ")];
    let answer = send_file(address, "/glossary", &form, "\u{feff}{\"terms\":[]}").await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, "/glossary?space=wenlv&done=glossary-published")
    );
    let sent = json!({ "document": { "terms": [] }, "starter": false, "note": "第二版" });
    assert_eq!(*posts.lock().unwrap(), [("glossaries/wenlv".to_owned(), sent)]);
    // What is no JSON, or refused, is told above the form with what was typed.
    for (file, status, says) in [("{", 400, "JSON 无法解析"), ("{\"id\":\"missing\"}", 404, "没有该对象")] {
        let answer = send_file(address, "/glossary", &form, file).await;
        assert_eq!(answer.status(), status, "{file}");
        let html = answer.text().await.unwrap();
        check_page(&html, "zh-CN", "/glossary");
        assert!(html.contains(says) && html.contains("value=\" 第二版 \""), "{html}");
    }
    let term = [("space", "wenlv"), ("column", "trips"), ("other", "missing")];
    check(Kind::Provider, "/resources/%E6%97%85%E5%AE%A2/terms", &term, 404, &["没有该对象", "与同义词同名"]).await;
}
