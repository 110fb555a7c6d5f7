//! What the forms of demands, services, subscriptions, resources and products ask the API for.

use serde_json::json;

use crate::fixture::reader::{check_form, get, send};
use crate::fixture::world::{Kind, World, ids};

#[tokio::test]
async fn forms_of_supply_and_demand_ask_the_api_for_what_they_say() {
    let ids = ids();
    let card = [
        ("demand_id", "d-2"),
        ("space", "wenlv"),
        ("title", " 客流 "),
        ("description", "按日"),
        ("purpose", "选址"),
        ("topic", ""),
        ("keywords", "甲、乙"),
        ("fields", "a, b"),
        ("budget", "12.5"),
        ("until", "2026-12-31"),
    ];
    let asked = json!({ "demandId": "d-2", "spaceId": "wenlv", "card": {
        "title": "客流", "description": "按日", "purpose": "选址", "topic": "", "keywords": ["甲", "乙"], "fields": ["a", "b"],
        "budgetFen": 1250, "until": "2026-12-31T15:59:59Z",
    } });
    check_form(Kind::Consumer, "/demands", &card, "/demands/d-1?done=demand", "demands", asked).await;
    for (kind, what, fields, to, done, body) in [
        (
            Kind::Consumer,
            "met",
            vec![("product", ""), ("reason", "已签约")],
            "end",
            "ended",
            json!({ "isMet": true, "productId": null, "reason": "已签约" }),
        ),
        (
            Kind::Consumer,
            "withdrawal",
            vec![("reason", " 不再 ")],
            "end",
            "ended",
            json!({ "isMet": false, "productId": null, "reason": "不再" }),
        ),
        (
            Kind::Provider,
            "offers",
            vec![("product", ids.product.as_str()), ("note", "好")],
            "offers",
            "offered",
            json!({ "productId": ids.product, "note": "好" }),
        ),
        (Kind::Platform, "takedown", vec![("reason", "违规")], "takedown", "ended", json!({ "reason": "违规" })),
    ] {
        let (path, next) = (format!("/demands/d-1/{what}"), format!("/demands/d-1?done=demand-{done}"));
        check_form(kind, &path, &fields, &next, &format!("demands/d-1/{to}"), body).await;
    }
    let service = [
        ("service_id", "s-2"),
        ("space", "wenlv"),
        ("name", " 合规审查 "),
        ("kind", "compliance"),
        ("description", "审查"),
        ("scenarios", "S0100, S0200"),
        ("qualification", "许可证"),
        ("price", ""),
        ("contact", "某人"),
        ("interface", "002"),
        ("address", "https://a.example/v1"),
        ("keywords", "合规、出境"),
    ];
    let asked = json!({ "serviceId": "s-2", "spaceId": "wenlv", "card": {
        "name": "合规审查", "kind": "compliance", "description": "审查", "scenarios": ["S0100", "S0200"], "qualification": "许可证", "contact": "某人",
        "interface": "002", "address": "https://a.example/v1", "keywords": ["合规", "出境"],
    } });
    check_form(Kind::Provider, "/services", &service, "/services/s-1?done=service", "services", asked).await;
    let (end, done) = ([("reason", "停止")], "/services/s-1?done=service-delisted");
    for kind in [Kind::Provider, Kind::Platform] {
        let (path, body) = ("/services/s-1/delisting", json!({ "reason": "停止" }));
        check_form(kind, path, &end, done, "services/s-1/delisting", body).await;
    }
    let decision =
        [("kind", "service"), ("id", "s-1"), ("verdict", "approve"), ("note", " 好 "), ("back", "/services")];
    let body = json!({ "approve": true, "note": "好" });
    check_form(Kind::Platform, "/decide", &decision, "/services?done=approved", "services/s-1/decision", body).await;
    let source = [
        ("title", " 市数据开放平台 "),
        ("address", "https://data.example.org/"),
        ("format", ""),
        ("space", "wenlv"),
        ("hours", "12"),
        ("token", "t"),
    ];
    let asked = json!({ "title": "市数据开放平台", "address": "https://data.example.org/", "spaceId": "wenlv", "everyHours": 12, "token": "t" });
    check_form(Kind::Platform, "/harvests", &source, "/harvests/h-1?done=harvest", "harvests", asked).await;
    let change = [("title", "某目录"), ("hours", "6"), ("token", "")];
    let (next, body) = ("/harvests/h-1?done=harvest-changed", json!({ "title": "某目录", "everyHours": 6 }));
    check_form(Kind::Provider, "/harvests/h-1", &change, next, "harvests/h-1", body).await;
    for (what, done, to, body) in [
        ("run", "/harvests/h-1?done=harvest-run", "harvests/h-1/run", json!({ "whole": true })),
        ("pause", "/harvests/h-1?done=harvest-paused", "harvests/h-1", json!({ "paused": true })),
        ("resume", "/harvests/h-1?done=harvest-resumed", "harvests/h-1", json!({ "paused": false })),
        ("removal", "/harvests?done=harvest-removed", "harvests/h-1/removal", json!(null)),
    ] {
        check_form(Kind::Provider, &format!("/harvests/h-1/{what}"), &[("whole", "yes")], done, to, body).await;
    }
    let wanted = [
        ("subscription_id", "s-2"),
        ("title", " 港口 "),
        ("q", "港口 吞吐量"),
        ("topic", "B0300"),
        ("topic", "C0200"),
        ("scenario", ""),
        ("industry", "G"),
        ("form", "001"),
        ("quality", "001"),
        ("security", "002"),
        ("frequency", "004"),
        ("personal", "false"),
        ("space", "wenlv"),
        ("provider", "某方"),
        ("price", "50"),
        ("unknown", "nothing"),
    ];
    let filters = json!({
        "topic": ["B0300", "C0200"], "industry": ["G"], "form": ["001"], "quality": ["001"], "security": ["002"], "frequency": ["004"],
        "personal": ["false"], "space": ["wenlv"], "provider": ["某方"],
    });
    let asked = json!({ "subscriptionId": "s-2", "title": "港口", "wanted": { "q": "港口 吞吐量", "filters": filters, "priceAtMostFen": 5000 } });
    check_form(Kind::Consumer, "/subscriptions", &wanted, "/subscriptions?done=subscription", "subscriptions", asked)
        .await;
    let done = "/subscriptions?done=subscription-ended";
    check_form(Kind::Consumer, "/subscriptions/s-1/end", &[], done, "subscriptions/s-1/end", json!({})).await;
    let done = "/subscriptions?done=notices-seen";
    check_form(Kind::Provider, "/subscriptions/seen", &[], done, "matchNotices/seen", json!({})).await;
    let resource = "/resources/%E6%97%85%E5%AE%A2";
    let next = format!("{resource}?space=wenlv&done=term");
    for (more, term) in [
        (vec![("term", "urn:wenlv:visitors")], "urn:wenlv:visitors"),
        (vec![("other", " 城市 ")], "城市"),
        (vec![("remove", "yes")], ""),
    ] {
        let form: Vec<(&str, &str)> = [("space", "wenlv"), ("column", "trips")].into_iter().chain(more).collect();
        let body = json!({ "spaceId": "wenlv", "column": "trips", "term": term });
        check_form(Kind::Provider, &format!("{resource}/terms"), &form, &next, "resources/旅客/terms", body).await;
    }
    let starter = json!({ "starter": true, "note": "" });
    let done = "/glossary?space=wenlv&done=glossary-published";
    check_form(Kind::Platform, "/glossary/starter", &[("space", "wenlv")], done, "glossaries/wenlv", starter).await;
    for (what, fields, next, body) in [
        (
            "grading",
            vec![
                ("kind.name", "found"),
                ("why.name", ""),
                ("kind.trips", "track"),
                ("why.trips", " 逐日 "),
                ("grade", "general4"),
                ("reason", "行踪"),
            ],
            format!("{resource}?done=graded"),
            json!({ "grade": "general4", "columns": [{ "column": "trips", "personal": "track", "reason": "逐日" }], "reason": "行踪" }),
        ),
        (
            "grading",
            vec![("kind.name", "none"), ("why.name", "企业名"), ("grade", ""), ("reason", "")],
            format!("{resource}?done=graded"),
            json!({ "grade": null, "columns": [{ "column": "name", "personal": null, "reason": "企业名" }], "reason": "" }),
        ),
        (
            "removal",
            vec![("removal", " 停用 ")],
            "/resources?done=resource-removed".to_owned(),
            json!({ "reason": "停用" }),
        ),
    ] {
        check_form(
            Kind::Provider,
            &format!("{resource}/{what}"),
            &fields,
            &next,
            &format!("resources/旅客/{what}"),
            body,
        )
        .await;
    }
    let (path, done) = (format!("{resource}/refresh"), format!("{resource}?done=refreshed"));
    for (fields, anew) in [(vec![], false), (vec![("anew", "yes")], true)] {
        let body = json!({ "refresh": "旅客", "anew": anew });
        check_form(Kind::Provider, &path, &fields, &done, "readings", body).await;
    }
    let long = [
        ("name", "long"),
        ("kind", "table"),
        ("location", "sqlite:///a.db"),
        ("table", "t"),
        ("grows_by", " id "),
        ("update_frequency", "002"),
    ];
    let body = json!({ "connect": { "name": "long", "kind": "table", "location": "sqlite:///a.db", "table": "t", "growsBy": "id", "updateFrequency": "002" }, "anew": false });
    check_form(Kind::Provider, "/resources", &long, "/resources?done=reading", "readings", body).await;
    let (path, done) = ("/readings/%E6%97%85%E5%AE%A2/cancellation", "/resources?done=reading-cancelled");
    check_form(Kind::Provider, path, &[], done, "readings/旅客/cancellation", json!(null)).await;
    for (what, field, body) in [
        ("delisting", ("reason", " 整改 "), json!({ "reason": "整改" })),
        ("deregistration", ("reason", "停止服务"), json!({ "reason": "停止服务" })),
        ("restoration", ("version", "2"), json!({ "version": 2, "reason": "再来" })),
    ] {
        let fields = if what == "restoration" { vec![field, ("reason", "再来")] } else { vec![field] };
        let (path, next) = (format!("/products/l-1/{what}"), format!("/products/l-1?done={what}"));
        check_form(Kind::Provider, &path, &fields, &next, &format!("products/l-1/{what}"), body).await;
    }
    check_form(
        Kind::Platform,
        &format!("/catalog/{}/delisting", ids.product),
        &[("reason", "投诉")],
        &format!("/catalog/{}/versions?done=delisting", ids.product),
        &format!("listings/{}/delisting", ids.product),
        json!({ "reason": "投诉" }),
    )
    .await;
    for act in ["register", "ask"] {
        check_form(
            Kind::Platform,
            &format!("/catalog/{}/registration", ids.product),
            &[("act", act)],
            &format!("/catalog/{}?done=registration", ids.product),
            &format!("listings/{}/registration", ids.product),
            json!({ "act": act }),
        )
        .await;
    }
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
