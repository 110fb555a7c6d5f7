//! Negotiations, transfers, data flows and partners: what their pages show to whom, what their forms ask the API for, and how a page follows live.

use crate::fixture::processes::PARTNER;
use crate::fixture::reader::{check_form, client, get, send, session};
use crate::fixture::world::{Kind, TOKEN, World, ids};
use serde_json::{Value, json};

/// Every form field that is left out has its default in the API.
fn negotiation(members: Value) -> Value {
    let mut whole = json!({
        "contractId": null, "partner": null, "dataset": null, "offerId": null, "offer": null, "asProvider": false, "stepwise": false, "key": null,
    });
    whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    whole
}

#[tokio::test]
async fn a_negotiation_begins_with_a_member_or_a_partner() {
    let led = "/negotiations/urn%3Auuid%3Ap?done=negotiation";
    let begin = async |form: &[(&str, &str)], body| {
        check_form(Kind::Consumer, "/negotiations", form, led, "negotiations", body).await
    };
    begin(&[("contract_id", "c")], negotiation(json!({ "contractId": "c" }))).await;
    begin(&[("contract_id", "c"), ("stepwise", "yes")], negotiation(json!({ "contractId": "c", "stepwise": true })))
        .await;
    begin(
        &[("partner", PARTNER), ("dataset", "d"), ("offer_id", "o"), ("key", "k"), ("offer", " ")],
        negotiation(json!({ "partner": PARTNER, "dataset": "d", "offerId": "o", "key": "k" })),
    )
    .await;
    begin(
        &[("partner", PARTNER), ("dataset", "d"), ("offer", r#"{"permission": []}"#)],
        negotiation(json!({ "partner": PARTNER, "dataset": "d", "offer": { "permission": [] } })),
    )
    .await;
    begin(
        &[("partner", PARTNER), ("dataset", "d"), ("as_provider", "yes")],
        negotiation(json!({ "partner": PARTNER, "dataset": "d", "asProvider": true })),
    )
    .await;
}

#[tokio::test]
async fn moves_are_sent_as_they_are_pressed() {
    let moved = |action: &str, note: &str, offer: Value| json!({ "action": action, "note": note, "offer": offer });
    check_form(
        Kind::Provider,
        "/negotiations/urn%3Auuid%3A1",
        &[("action", "agree"), ("note", " 好 ")],
        "/negotiations/urn%3Auuid%3A1?done=moved",
        "negotiations/urn:uuid:1/decision",
        moved("agree", "好", Value::Null),
    )
    .await;
    check_form(
        Kind::Provider,
        "/negotiations/n2",
        &[("action", "offer"), ("offer", r#"{"permission": [{"action": "read"}]}"#)],
        "/negotiations/n2?done=moved",
        "negotiations/n2/decision",
        moved("offer", "", json!({ "permission": [{ "action": "read" }] })),
    )
    .await;
    check_form(
        Kind::Provider,
        "/transfers/t2",
        &[("action", "terminate"), ("note", "到此为止")],
        "/transfers/t2?done=moved",
        "transfers/t2/decision",
        moved("terminate", "到此为止", Value::Null),
    )
    .await;
    for (back, location) in [("/transfers/t3", "/transfers/t3?done=moved"), ("//evil.example", "/dataflows?done=moved")]
    {
        check_form(
            Kind::Provider,
            "/dataflows/t3",
            &[("action", "started"), ("back", back)],
            location,
            "dataflows/t3/decision",
            moved("started", "", Value::Null),
        )
        .await;
    }
    check_form(
        Kind::Consumer,
        "/transfers",
        &[("contract_id", "c"), ("format", "HttpData-PUSH"), ("data_plane", " "), ("stepwise", "yes")],
        "/transfers/urn%3Auuid%3Ap?done=transfer",
        "transfers",
        json!({ "contractId": "c", "format": "HttpData-PUSH", "dataPlane": null, "stepwise": true, "again": false }),
    )
    .await;
}

#[tokio::test]
async fn tc609_14_7_3_a_a_revision_is_sent_as_it_is_filled_in() {
    let path = "/negotiations/n2";
    check_form(
        Kind::Provider,
        path,
        &[
            ("action", "offer"),
            ("uses", "50"),
            ("fields", "t.a，t.b"),
            ("term", " P60D "),
            ("base", "12.5"),
            ("per_use", ""),
        ],
        "/negotiations/n2?done=moved",
        "negotiations/n2/decision",
        json!({ "action": "offer", "note": "", "offer": null,
            "change": { "uses": 50, "fields": ["t.a", "t.b"], "term": "P60D", "baseFen": 1250 } }),
    )
    .await;
    let terms = json!({ "policies": [], "revenue": { "baseFen": 1, "perUseFen": 0, "shares": [] }, "term": "P1D" });
    check_form(
        Kind::Provider,
        path,
        &[("action", "offer"), ("terms", &terms.to_string())],
        "/negotiations/n2?done=moved",
        "negotiations/n2/decision",
        json!({ "action": "offer", "note": "", "offer": null, "terms": terms }),
    )
    .await;
    check_form(
        Kind::Consumer,
        "/negotiations",
        &[("contract_id", "c"), ("uses", "2")],
        "/negotiations/urn%3Auuid%3Ap?done=negotiation",
        "negotiations",
        negotiation(json!({ "contractId": "c", "change": { "uses": 2 } })),
    )
    .await;
    for (name, value) in [("uses", "0"), ("uses", "many"), ("base", "1.234"), ("per_use", "-1"), ("terms", "{")] {
        let world = World::new(Kind::Provider, false);
        let posts = world.posts.clone();
        let address = world.start(None, 0).await;
        let refused = send(address, path, &[("action", "offer"), (name, value)]).await;
        assert_eq!(refused.status(), 400, "{name} {value}");
        assert!(posts.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn tc609_14_7_3_h_a_page_shows_what_was_said_and_what_changed() {
    check(
        Kind::Provider,
        "/negotiations/n2",
        &[
            "与上架条款的差异",
            "使用次数 从 100 改为 20",
            "<del>100</del>",
            "<ins>20</ins>",
            "新增：禁止「分发」",
            "第 1 轮",
            "已签名",
            "href=\"/negotiations/n2/history\"",
            "name=\"uses\"",
        ],
        &["本方条款（ODRL）"],
    )
    .await;
}

#[tokio::test]
async fn terms_that_do_not_parse_are_refused_here() {
    let world = World::new(Kind::Consumer, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let refused = send(address, "/negotiations/n3", &[("action", "request"), ("offer", "{")]).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("本方条款（ODRL）"));
    assert!(posts.lock().unwrap().is_empty());
}

async fn check<P: AsRef<str>>(kind: Kind, path: &str, expect: &[P], forbid: &[P]) {
    let html = get(World::new(kind, false).start(None, 0).await, path, "zh").await.text().await.unwrap();
    for part in expect {
        assert!(html.contains(part.as_ref()), "{path} lacks {}", part.as_ref());
    }
    for part in forbid {
        assert!(!html.contains(part.as_ref()), "{path} has {}", part.as_ref());
    }
}

#[tokio::test]
async fn a_page_offers_the_moves_that_the_api_names_and_no_other() {
    let all = ["request", "offer", "accept", "agree", "verify", "finalize", "terminate"];
    for (path, moves) in [
        ("/negotiations/n1", &[][..]),
        ("/negotiations/n2", &["offer", "agree", "terminate"]),
        ("/negotiations/n3", &["request", "accept", "terminate"]),
        ("/negotiations/n4", &[]),
    ] {
        let button = |name: &str| format!("name=\"action\" value=\"{name}\"");
        let (expect, forbid): (Vec<&str>, Vec<&str>) = all.into_iter().partition(|name| moves.contains(name));
        let buttons = |names: Vec<&str>| names.into_iter().map(button).collect::<Vec<_>>();
        check(Kind::Provider, path, &buttons(expect), &buttons(forbid)).await;
    }
}

#[tokio::test]
async fn pages_say_where_it_stands_whose_turn_it_is_and_what_is_agreed() {
    let agreement = format!("/agreements/{}", ids().contracts[2]);
    let contract = format!("/contracts/{}", ids().contracts[2]);
    for (kind, path, expect, forbid) in [
        (
            Kind::Provider,
            "/negotiations/n2",
            &[
                "<li class=\"now\" data-code=\"1\" aria-current=\"step\"><b>已请求</b><code>REQUESTED</code>",
                "等待本方决定",
                "由人决定",
                "海峡文旅研究院",
                "使用次数不超过 20 次",
                "技术强制",
                "法律约束",
            ][..],
            &["不能解读"][..],
        ),
        (
            Kind::Consumer,
            "/negotiations/n1",
            &["协商完成", "urn:xinyu:agreement:1", "已结束，没有可做的操作"],
            &["等待对方"],
        ),
        (
            Kind::Consumer,
            "/negotiations/n4",
            &["class=\"halted\"", "条款中的使用期限与内部规定不符", "不能解读的条款"],
            &[],
        ),
        (
            Kind::Provider,
            "/transfers/t2",
            &["恢复", "partner-plane", "其他厂商的数据面", "使用方拉取"],
            &["value=\"suspend\""],
        ),
        (
            Kind::Provider,
            "/transfers/t3",
            &["action=\"/dataflows/t3\"", "由人在此说明", "name=\"back\" value=\"/transfers/t3\""],
            &[],
        ),
        (Kind::Consumer, "/dataflows", &["接收", "由数据面自动判断", "partner-control"], &["action=\"/dataflows/t1\""]),
        (Kind::Consumer, "/partners", &["接受未签名协议", "要求双方签署", "滨海港航数据"], &[]),
        (
            Kind::Consumer,
            "/partners/did%3Aweb%3Aconnector.partner.example%3Aedc",
            &[
                "泊位与靠离泊计划",
                "使用次数 不超过 20",
                "AmazonS3-PUSH",
                "name=\"offer_id\" value=\"urn:offer:berths-1\"",
                "asset-tides",
            ],
            &["向该伙伴提出要约"],
        ),
        (
            Kind::Consumer,
            "/partners/did%3Aweb%3Aconnector.partner.example%3Aedc?field=keyword&q=nothing",
            &["没有符合条件的数据集", "value=\"keyword\" selected", "value=\"nothing\""],
            &["没有我方可见的数据集", "泊位与靠离泊计划"],
        ),
        (Kind::Provider, "/partners/did%3Aweb%3Aconnector.partner.example%3Aedc", &["向该伙伴提出要约"], &[]),
        (Kind::Consumer, "/partners/silent", &["要求双方签署", "未取得对方的目录"], &["action=\"/negotiations\""]),
        (
            Kind::Provider,
            &agreement,
            &["本协议未经签署", "不在平台备案", "规则允许", "我方技术上无法再控制"],
            &["仍在使用环境内"],
        ),
        (Kind::Consumer, &agreement, &["本协议未经签署", "仍在使用环境内", "数据以明文送达", "HttpData-PUSH"], &[]),
        (Kind::Platform, &contract, &["本协议未经签署", "只能依靠法律约束与事后审计"], &[]),
        (Kind::Platform, "/spaces", &["接受未签名协议", "name=\"unsigned_agreements\""], &[]),
        (Kind::Provider, "/products", &["name=\"stepwise\""], &[]),
    ] {
        check(kind, path, expect, forbid).await;
    }
}

#[tokio::test]
async fn the_relay_tells_a_session_what_changes_and_nobody_else() {
    let world = World::new(Kind::Provider, false);
    let changed = world.changed.clone();
    let address = world.start(None, 0).await;
    let stale = session(address).replace(TOKEN, "stale");
    for cookie in ["", &stale] {
        let refused = client().get(format!("http://{address}/live")).header("cookie", cookie).send().await.unwrap();
        assert_eq!(refused.status(), 401, "{cookie}");
    }
    let request = client().get(format!("http://{address}/live")).header("cookie", session(address));
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["x-accel-buffering"], "no");
    changed.send_replace("negotiation");
    let mut told = String::new();
    while !told.contains("event: negotiation\ndata: {}\n\n") {
        told.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(told.contains("retry: 2000\n"), "{told}");
}
