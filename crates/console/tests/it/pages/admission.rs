//! The forms of admission: certification schemes, grants to function nodes and readings at them, operators.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::fixture::bodies::NODE;
use crate::fixture::reader::{check_form, check_page, get, send};
use crate::fixture::world::{HOSTILE, Kind, World, ids};

/// The page that answers a form.
async fn answer(address: SocketAddr, path: &str, form: &[(&str, &str)], status: u16) -> String {
    let response = send(address, path, form).await;
    assert_eq!(response.status(), status, "{path}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let html = response.text().await.unwrap();
    check_page(&html, "zh-CN", path);
    html
}

fn has(html: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(html.contains(part), "lacks {part}: {html}"));
}

const CRITERION: [(&str, &str); 6] = [
    ("criteria-0-code", " P-01 "),
    ("criteria-0-text-zh", "实名"),
    ("criteria-0-text-en", "real name"),
    ("criteria-0-evidence-zh", "平台测量"),
    ("criteria-0-evidence-en", "measured"),
    ("criteria-0-weight", "20"),
];

fn scheme<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let head = [
        ("schemeId", "member-basic"),
        ("name-zh", "成员基本认证"),
        ("name-en", "basic"),
        ("subject", "participant"),
        ("validityMonths", "24"),
        ("grades-0-grade", "A"),
        ("grades-0-fromPermille", "800"),
        ("grades-1-grade", ""),
        ("grades-1-fromPermille", ""),
    ];
    let mut fields: Vec<_> = head.into_iter().chain(CRITERION).collect();
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    fields
}

#[tokio::test]
async fn a_scheme_is_made_with_measured_and_judged_criteria() {
    let fields = scheme(&[
        ("criteria-0-isMandatory", "yes"),
        ("criteria-0-measured-measure", "real_name_level"),
        ("criteria-0-measured-metFrom", "2"),
        ("criteria-0-measured-partlyFrom", "1"),
        ("criteria-1-code", ""),
        ("criteria-1-weight", "10"),
        ("criteria-2-code", "P-02"),
        ("criteria-2-text-zh", "现场核查"),
        ("criteria-2-text-en", "visited"),
        ("criteria-2-evidence-zh", "报告"),
        ("criteria-2-evidence-en", "report"),
        ("criteria-2-weight", "10"),
        ("criteria-2-measured-measure", ""),
        ("action", "save"),
    ]);
    let body = json!({
        "schemeId": "member-basic", "name": { "zh": "成员基本认证", "en": "basic" }, "subject": "participant", "validityMonths": 24,
        "criteria": [
            {
                "code": "P-01", "text": { "zh": "实名", "en": "real name" }, "isMandatory": true, "weight": 20,
                "evidence": { "zh": "平台测量", "en": "measured" },
                "measured": { "measure": "real_name_level", "metFrom": 2, "partlyFrom": 1 },
            },
            {
                "code": "P-02", "text": { "zh": "现场核查", "en": "visited" }, "isMandatory": false, "weight": 10,
                "evidence": { "zh": "报告", "en": "report" },
            },
        ],
        "grades": [{ "grade": "A", "fromPermille": 800 }],
    });
    let done = "/schemes/member-basic?done=scheme";
    check_form(Kind::Platform, "/schemes", &fields, done, "certificationSchemes", body).await;
}

#[tokio::test]
async fn a_scheme_is_changed_as_its_page_shows_it() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let path = "/schemes/connector-trust";
    let html = get(address, path, "zh").await.text().await.unwrap();
    has(&html, &["value=\"document:tee\" selected", "有效期（月）", "name=\"version\" value=\"1\""]);
    // What cannot change is not asked for, and not believed.
    assert!(!html.contains("name=\"schemeId\"") && !html.contains("name=\"subject\""));
    let more = [("version", "1"), ("action", "save")];
    let response = send(address, path, &scheme(&more)).await;
    assert_eq!(response.headers()["location"], "/schemes/connector-trust?done=scheme");
    let (sent, body) = posts.lock().unwrap()[0].clone();
    assert_eq!((sent.as_str(), &body["schemeId"]), ("certificationSchemes", &json!("connector-trust")));
    assert_eq!(body["subject"], "connector");
    // Somebody else saved it meanwhile; another one takes an id that is there; one that is not there.
    let html = answer(address, path, &scheme(&[("version", "0"), ("action", "save")]), 409).await;
    has(&html, &["该方案刚被他人保存为 v1", "value=\"成员基本认证\"", "name=\"version\" value=\"1\""]);
    let html = answer(address, "/schemes", &scheme(&[("schemeId", "connector-trust"), ("action", "save")]), 409).await;
    has(&html, &["id=\"schemeId-wrong\"", "已有方案 connector-trust"]);
    answer(address, "/schemes/none", &scheme(&more), 404).await;
    assert_eq!(posts.lock().unwrap().len(), 1, "nothing went on of what was refused");
}

#[tokio::test]
async fn what_is_wrong_with_a_scheme_is_told_beside_the_field() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (more, field, said) in [
        (("validityMonths", "一年"), "validityMonths", "请填写整数"),
        (("criteria-0-weight", "-1"), "criteria-0-weight", "请填写整数"),
        (("criteria-0-code", ""), "criteria-0-code", "指标编号为字母、数字、连字符"),
        (("grades-0-fromPermille", "90%"), "grades-0-fromPermille", "请填写整数"),
    ] {
        let html = answer(address, "/schemes", &scheme(&[more, ("action", "save")]), 400).await;
        has(
            &html,
            &["role=\"alert\"", "value=\"member-basic\"", "value=\"real name\"", "value=\"participant\" selected"],
        );
        has(&html, &[&format!("aria-describedby=\"{field}-wrong\""), &format!("value=\"{}\"", more.1)]);
        let beside = html.split(&format!("id=\"{field}-wrong\">")).nth(1).unwrap();
        assert!(beside.split('<').next().unwrap().contains(said), "{field}");
    }
    let rule =
        [("criteria-0-measured-measure", "real_name_level"), ("criteria-0-measured-metFrom", "0"), ("action", "save")];
    let html = answer(address, "/schemes", &scheme(&rule), 400).await;
    has(&html, &["id=\"criteria-0-measured-metFrom-wrong\"", "value=\"real_name_level\" selected"]);
    let none: Vec<_> =
        scheme(&[("action", "save")]).into_iter().filter(|(name, _)| !name.starts_with("crit")).collect();
    has(&answer(address, "/schemes", &none, 400).await, &["id=\"criteria-wrong\""]);
    let hostile = scheme(&[("name-zh", HOSTILE), ("criteria-0-code", ""), ("action", "save")]);
    let html = answer(address, "/schemes", &hostile, 400).await;
    assert!(html.contains("&#60;script&#62;") && !html.contains("<script>"));
}

#[tokio::test]
async fn criteria_are_added_and_removed_without_a_script_and_nothing_is_sent() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let html = answer(address, "/schemes", &scheme(&[("action", "add")]), 200).await;
    has(
        &html,
        &["id=\"criterion-1\"", "value=\"实名\"", "value=\"add\" formnovalidate formaction=\"/schemes#criterion-2\""],
    );
    let html = answer(address, "/schemes/connector-trust", &scheme(&[("action", "remove-0")]), 200).await;
    assert!(!html.contains("id=\"criterion-0\"") && html.contains("value=\"成员基本认证\""));
    assert!(posts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_node_is_allowed_to_learn_who_somebody_is_and_the_code_is_shown_once() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    let page = format!("/participants/{}", ids().consumer);
    for (delegation, about, body) in [
        ("", "海峡文旅研究院", json!({ "nodeId": NODE })),
        ("d1", "海峡文旅研究院", json!({ "nodeId": NODE, "delegationId": "d1" })),
    ] {
        let html = answer(address, &format!("{page}/grants"), &[("node", NODE), ("delegation", delegation)], 200).await;
        has(&html, &["5f3c1d9a4be6a7a1d2f7", "<dd>区域功能节点</dd>", &format!("<dd>{about}</dd>"), "只显示这一次"]);
        let expect = (format!("participants/{}/identityGrants", ids().consumer), body);
        assert_eq!(posts.lock().unwrap().pop(), Some(expect));
    }
    let html = get(address, &page, "zh").await.text().await.unwrap();
    // An operator whose delegation has ended is nobody to allow.
    assert!(html.contains("value=\"d1\"") && !html.contains("value=\"d2\"") && !html.contains("5f3c1d9a4be6a7a1d2f7"));
    let html = answer(address, &format!("{page}/grants"), &[("node", "missing"), ("delegation", "d1")], 404).await;
    has(&html, &["role=\"alert\"", "value=\"d1\" selected"]);
}

#[tokio::test]
async fn an_identity_is_read_at_a_node_and_shown_by_names() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    for (kind, across, expect) in [
        (
            "enterprise",
            "",
            &[
                "<dt>组织名称</dt><dd>海峡文旅研究院</dd>",
                "<dd>社团</dd>",
                "<dd>已认证</dd>",
                "<dd>市场监管总局</dd>",
                "注册资本",
                "营业执照",
            ][..],
        ),
        (
            "person",
            "yes",
            &[
                "<dt>姓名</dt><dd>张三</dd>",
                "<dd>居民身份证</dd>",
                "<dd>公安或人社</dd>",
                "<dd>实名加人脸或生物特征</dd>",
            ],
        ),
        (
            "operator",
            "",
            &[
                "<dd>李四</dd>",
                "<dt>经办人认证方式</dt><dd>国家政务服务平台</dd>",
                "<dd>授权书</dd>",
                "<dd>不可用</dd>",
            ],
        ),
    ] {
        let form = [("node", NODE), ("kind", kind), ("code", " c-1 "), ("across", across)];
        let html = answer(address, "/nodes/identity", &form, 200).await;
        has(&html, expect);
        has(&html, &["只显示这一次", &format!("value=\"{kind}\" selected")]);
        assert!(!html.contains("c-1"), "the code is used up");
        let expect = json!({ "authCode": "c-1", "kind": kind, "isAcross": across == "yes" });
        assert_eq!(posts.lock().unwrap().pop(), Some((format!("nodes/{NODE}/identity"), expect)));
    }
    let form = [("node", NODE), ("kind", "person"), ("code", "missing-1"), ("across", "yes")];
    let html = answer(address, "/nodes/identity", &form, 404).await;
    has(&html, &["role=\"alert\"", "value=\"missing-1\"", "value=\"yes\" checked", "value=\"person\" selected"]);
    let hostile = World::new(Kind::Platform, true).start(None, 0).await;
    let html = answer(hostile, "/nodes/identity", &[("node", NODE), ("kind", "person"), ("code", "c")], 200).await;
    assert!(html.contains("张三&#60;script&#62;") && !html.contains("<script>"));
}

#[tokio::test]
async fn an_operator_is_asked_for_and_logged_off() {
    let world = World::new(Kind::Platform, false);
    let posts = world.posts.clone();
    let address = world.start(None, 0).await;
    for (action, said) in
        [("status", "可以代表组织</span> 区域功能节点 的答复"), ("logoff", "不得再代表组织</span> 本平台的记录")]
    {
        let html = answer(address, "/nodes/operators", &[("identity_code", " P1/2 "), ("action", action)], 200).await;
        has(&html, &[said]);
        let expect = (format!("operators/{action}"), json!({ "identityCode": "P1/2" }));
        assert_eq!(posts.lock().unwrap().pop(), Some(expect));
    }
    for (code, action, status) in [("missing", "status", 404), ("P1/2", "else", 400)] {
        let html = answer(address, "/nodes/operators", &[("identity_code", code), ("action", action)], status).await;
        has(&html, &["role=\"alert\"", &format!("value=\"{code}\"")]);
    }
}

#[tokio::test]
async fn who_may_only_look_sees_no_forms() {
    let participant = format!("/participants/{}", ids().consumer);
    for (kind, path, denied, form) in [
        (Kind::Platform, "/schemes", "certification.define", "action=\"/schemes\""),
        (Kind::Platform, "/schemes/connector-trust", "certification.define", "action=\"/schemes/connector-trust\""),
        (Kind::Platform, participant.as_str(), "grant.allow", "/grants\""),
        (Kind::Platform, "/nodes", "node.identity", "action=\"/nodes/identity\""),
        (Kind::Platform, "/nodes", "operator.status", "action=\"/nodes/operators\""),
        (Kind::Platform, "/nodes", "operator.logoff", "value=\"logoff\""),
        (Kind::Provider, "/registration", "delegation.register", "name=\"operator_auth_type\""),
    ] {
        for is_denied in [false, true] {
            let mut world = World::new(kind, false);
            // A list of the program is as long as the program.
            let list: &'static [&'static str] = if is_denied { Box::leak(Box::new([denied])) } else { &[] };
            world.denied = list;
            let html = get(world.start(None, 0).await, path, "zh").await;
            assert_eq!(html.status(), 200, "{path}");
            let html = html.text().await.unwrap();
            check_page(&html, "zh-CN", path);
            assert_eq!(html.contains(form), !is_denied, "{path} without {denied}");
        }
    }
    // A connector shows what a scheme asks for, and defines none.
    let address = World::new(Kind::Provider, false).start(None, 0).await;
    let html = get(address, "/schemes/connector-trust", "zh").await.text().await.unwrap();
    assert!(html.contains("具备可信执行环境") && !html.contains("<form method=\"post\" action=\"/schemes"));
}

#[tokio::test]
async fn an_operator_is_registered_with_how_it_was_verified_and_its_letter() {
    let form = |more: &[(&'static str, &'static str)]| {
        let head = [
            ("action", "delegate"),
            ("delegation_id", "d3"),
            ("user_name", "li"),
            ("operator", "某人"),
            ("operator_id", "1"),
            ("operator_auth_level", "2"),
            ("operator_auth_type", "3"),
            ("authorization_type", "2"),
            ("letter", "letter-1"),
            ("valid_from", "2026-12-01"),
            ("valid_until", "2027-01-01"),
        ];
        head.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let body: Value = json!({
        "delegationId": "d3", "userName": "li", "operator": "某人", "operatorId": "1", "operatorAuthLevel": "2", "operatorAuthType": "3",
        "authorizationType": "2", "attachmentId": "letter-1", "amountFen": null, "products": [],
        "validFrom": "2026-12-01T00:00:00+08:00", "validUntil": "2027-01-01T00:00:00+08:00",
    });
    let done = "/registration?done=delegated";
    check_form(Kind::Provider, "/registration", &form(&[]), done, "delegations", body).await;
    let address = World::new(Kind::Provider, false).start(None, 0).await;
    for (more, status) in [(("products", "missing"), 404), (("amount", "1.234"), 400)] {
        let html = answer(address, "/registration", &form(&[more]), status).await;
        has(
            &html,
            &[
                "<details id=\"new-delegation\" open>",
                "name=\"delegation_id\" value=\"d3\"",
                "value=\"某人\"",
                "value=\"3\" selected",
                "value=\"letter-1\" selected",
                "value=\"2026-12-01\"",
                &format!("value=\"{}\"", more.1),
            ],
        );
    }
}

#[tokio::test]
async fn an_identifier_is_resolved_in_the_words_of_its_kind() {
    let address = World::new(Kind::Provider, false).start(None, 0).await;
    let html = get(address, &format!("/identifiers?code={}", ids().product), "zh").await.text().await.unwrap();
    has(
        &html,
        &["<dd>数据产品</dd>", "<dd>全国旅客出行画像</dd>", "<dd>在架</dd>", &format!("value=\"{}\"", ids().product)],
    );
    let missing = get(address, "/identifiers?code=..%2Fme", "zh").await;
    assert_eq!(missing.status(), 404);
    has(&missing.text().await.unwrap(), &["role=\"alert\"", "value=\"../me\""]);
}
