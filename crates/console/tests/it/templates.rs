//! The forms of policy templates: what they ask the API for, and what they show before anything is sent.

use crate::fixture::bodies;
use crate::fixture::reader::{check_form, check_page, get, send};
use crate::fixture::world::{Kind, World};

#[tokio::test]
async fn tc609_15_7_2_2_1_a_templates_are_saved_imported_and_decided_on_by_forms() {
    let definition = bodies::templates(&World::new(Kind::Platform, false))[0]["template"]["definition"].clone();
    let text = definition.to_string();
    let saved = "/templates/mine?done=template-saved";
    check_form(Kind::Platform, "/templates", &[("definition", &text)], saved, "templates", definition.clone()).await;
    let exported = serde_json::json!({
        "format": "xinyu-template-1", "issuer": "did:web:other.example", "template": { "version": 1, "definition": definition },
    });
    let file = serde_json::json!({ "exported": exported, "digest": "d", "jws": "a.b.c" });
    let (sent, body) = (file.to_string(), serde_json::json!({ "file": file, "document": null }));
    check_form(Kind::Platform, "/templates", &[("file", &sent)], saved, "templateImports", body).await;
    let form = [("file", sent.as_str()), ("document", r#"{"id":"did:web:other.example"}"#)];
    let body = serde_json::json!({ "file": file, "document": { "id": "did:web:other.example" } });
    check_form(Kind::Platform, "/templates", &form, saved, "templateImports", body).await;
    check_form(
        Kind::Platform,
        "/templates/mine",
        &[("version", "2"), ("action", "enable"), ("space", "wenlv"), ("reason", " 缘由 ")],
        "/templates/mine?version=2&done=template-decided",
        "templates/mine/versions/2/decision",
        serde_json::json!({ "action": "enable", "spaceId": "wenlv", "reason": "缘由" }),
    )
    .await;
    // What is wrong is told above the form, with what was typed.
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (form, expect) in [
        (&[("definition", "{\"templateId\": }")][..], "「模板内容」"),
        (&[("file", "[1,")][..], "「模板文件」"),
        (&[("file", sent.as_str()), ("document", "x")][..], "DID 文档"),
    ] {
        let refused = send(address, "/templates", form).await;
        assert_eq!(refused.status(), 400);
        let html = refused.text().await.unwrap();
        check_page(&html, "zh-CN", "/templates");
        assert!(html.contains(expect), "{expect}");
    }
    let missing = text.replace("限定次数", "missing");
    let refused = send(address, "/templates", &[("definition", &missing)]).await;
    assert_eq!(refused.status(), 404);
    assert!(refused.text().await.unwrap().contains("missing"));
    let file = get(address, "/templates/mine/file/2", "zh").await;
    assert!(file.headers()["content-disposition"].to_str().unwrap().contains("mine-v2.json"));
}

#[tokio::test]
async fn tc609_14_7_2_b_a_product_gets_its_policy_from_templates_and_shows_it_before_it_is_sent() {
    let world = World::new(Kind::Provider, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let html = get(address, "/products/templates?space=wenlv&template=mine", "zh").await.text().await.unwrap();
    for part in ["name=\"mine.times\"", "value=\"3\"", "value=\"compute\" checked", "name=\"mine.purposes\""] {
        assert!(html.contains(part), "{part}");
    }
    let form = [
        ("space", "wenlv"),
        ("filled", "yes"),
        ("template", "mine"),
        ("mine.times", "7"),
        ("mine.actions", "compute"),
        ("mine.actions", "read"),
        ("mine.after", ""),
        ("mine.purposes", "研究，教学"),
    ];
    let shown = send(address, "/products/templates", &form).await;
    assert_eq!(shown.status(), 200);
    let html = shown.text().await.unwrap();
    check_page(&html, "zh-CN", "/products/templates");
    assert!(
        html.contains("使用次数不多于 3 次") && html.contains("可能不是本意") && !html.contains("name=\"policies\"")
    );
    let templates = serde_json::json!([{
        "templateId": "mine", "version": 2,
        "parameters": { "times": 7, "actions": ["compute", "read"], "purposes": ["研究", "教学"] },
    }]);
    {
        let posts = posts.lock().unwrap();
        assert_eq!(
            posts[0],
            ("templateInstances".to_owned(), serde_json::json!({ "spaceId": "wenlv", "templates": templates }))
        );
    }
    let text = templates.to_string();
    let product = |parts: &'static str| {
        [
            ("listing_id", "l"),
            ("space_id", "wenlv"),
            ("name", "n"),
            ("description", "d"),
            ("source", "s"),
            ("licence", "l"),
            ("topic", "B0300"),
            ("update_frequency", "004"),
            ("parts", parts),
            ("revenue", r#"{"baseFen":0,"perUseFen":0,"shares":[]}"#),
            ("term", "P30D"),
        ]
    };
    let sent: Vec<(&str, &str)> = product("[]").into_iter().chain([("templates", text.as_str())]).collect();
    assert_eq!(send(address, "/products", &sent).await.headers()["location"], "/products?done=product");
    let (path, body) = posts.lock().unwrap()[1].clone();
    assert_eq!(
        (path.as_str(), &body["templates"], &body["policies"]),
        ("products", &templates, &serde_json::json!([]))
    );
    // Sent back, the form still has the templates and says what they come to.
    let sent: Vec<(&str, &str)> = product("[{").into_iter().chain([("templates", text.as_str())]).collect();
    let refused = send(address, "/products", &sent).await;
    assert_eq!(refused.status(), 400);
    let html = refused.text().await.unwrap();
    assert!(html.contains("使用次数不多于 3 次") && html.contains("name=\"templates\""), "{html}");
    // A value that the node refuses is told above the parameters, which stand as they were typed.
    let wrong: Vec<(&str, &str)> =
        form.into_iter().map(|(n, v)| if n == "mine.purposes" { (n, "missing") } else { (n, v) }).collect();
    let refused = send(address, "/products/templates", &wrong).await;
    assert_eq!(refused.status(), 404);
    assert!(refused.text().await.unwrap().contains("value=\"missing\""));
}
