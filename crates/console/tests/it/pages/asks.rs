//! What forms ask the API for, and where they lead.

use crate::fixture::bodies;
use crate::fixture::reader::{check_form, get, send};
use crate::fixture::world::{Kind, World, ids};

#[tokio::test]
async fn forms_ask_the_api_for_what_they_say() {
    use serde_json::json;
    let ids = ids();
    let (contract, freeze) = (format!("/contracts/{}", ids.contract), format!("contracts/{}/freeze", ids.contract));
    let (pay, paid) = (format!("{contract}/payment"), format!("payments/{}/pay", ids.contract));
    check_form(
        Kind::Consumer,
        &pay,
        &[
            ("action", "pay"),
            ("payment_id", "p-1"),
            ("statement_hash", "5a"),
            ("amount_fen", "217500"),
            ("means", "cheque"),
            ("reference", " ICBC-7 "),
            ("paid_at", "2026-11-23T10:00"),
        ],
        &format!("{contract}?done=paid"),
        &paid,
        json!({
            "paymentId": "p-1", "statementHash": "5a", "amountFen": 217_500, "means": "cheque", "reference": "ICBC-7",
            "paidAt": "2026-11-23T10:00:00+08:00",
        }),
    )
    .await;
    for (to, asked) in [
        ("resource:airports", json!({ "resource": "airports" })),
        ("product:l:1", json!({ "listingId": "l:1" })),
        ("", json!({})),
    ] {
        check_form(
            Kind::Provider,
            "/lineage/datasets/9f3c",
            &[("to", to)],
            "/lineage/datasets?done=dataset-bound",
            "lineage/datasets/9f3c/binding",
            asked,
        )
        .await;
    }
    for (action, reason, done) in [("sign", "", "countersigned"), ("refuse", "没有人手", "countersigning-refused")]
    {
        check_form(
            Kind::Consumer,
            "/countersignings/c-1",
            &[("action", action), ("hash", "9b"), ("reason", reason)],
            &format!("/countersignings/c-1?done={done}"),
            "countersignings/c-1/decision",
            json!({ "action": action, "contractHash": "9b", "reason": reason }),
        )
        .await;
    }
    for (action, note, done) in [("take", "", "draft-taken"), ("refuse", "太贵", "draft-refused")] {
        check_form(
            Kind::Consumer,
            "/drafts/d-1",
            &[("action", action), ("digest", "5b"), ("note", note)],
            &format!("/drafts/d-1?done={done}"),
            "drafts/d-1/decision",
            json!({ "digest": "5b", "note": note, "action": action }),
        )
        .await;
    }
    check_form(
        Kind::Provider,
        "/drafts/d-1",
        &[("action", "propose"), ("digest", "5b"), ("note", "便宜些"), ("per_use", "0.08"), ("uses", "5")],
        "/drafts/d-1?done=draft-proposed",
        "drafts/d-1/decision",
        json!({ "digest": "5b", "note": "便宜些", "action": "propose", "change": { "uses": 5, "perUseFen": 8 } }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/drafts/d-1",
        &[("action", "propose"), ("digest", "5b"), ("term", "P9D")],
        "/drafts/d-1?done=draft-proposed",
        "drafts/d-1/rounds",
        json!({ "digest": "5b", "note": "", "change": { "term": "P9D" } }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/drafts/d-1",
        &[("action", "withdraw"), ("digest", "5b"), ("note", "另议")],
        "/drafts/d-1?done=draft-withdrawn",
        "drafts/d-1/withdrawal",
        json!({ "reason": "另议" }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/drafts",
        &[
            ("key", "k-1"),
            ("name", "合约 "),
            ("summary", "简介"),
            ("product_id", "none"),
            ("consumer", "c"),
            ("per_use", "2"),
            ("policies", "[]"),
            ("answer_by", "2026-12-01T10:00"),
            ("note", "请看"),
        ],
        "/drafts/d-1?done=draft-created",
        "drafts",
        json!({
            "draftId": "k-1", "name": "合约", "summary": "简介", "productId": "none", "provider": "", "consumer": "c", "note": "请看",
            "change": { "perUseFen": 200 }, "policies": [], "answerBy": "2026-12-01T10:00:00+08:00",
        }),
    )
    .await;
    let agreement = format!("agreements/{}", ids.contract);
    check_form(
        Kind::Consumer,
        &format!("{contract}/performance"),
        &[],
        &format!("{contract}?done=performance-reported"),
        &format!("{agreement}/performance"),
        json!({}),
    )
    .await;
    for (action, reason, confirm) in
        [("retry", "", ""), ("set_aside", " 挡住后续 ", "yes"), ("give_up", "对方已退出", "yes")]
    {
        check_form(
            Kind::Platform,
            "/exceptions/2",
            &[("action", action), ("reason", reason), ("confirm", confirm)],
            "/warnings?done=exception",
            "exceptions/2/decision",
            json!({ "action": action, "reason": reason.trim() }),
        )
        .await;
    }
    for (action, why, confirm, done, path, body) in [
        ("dispose", "", "yes", "ordered", "disposal", json!({})),
        ("hold", " 法院调查令 ", "", "held", "hold", json!({ "why": "法院调查令" })),
        ("release", "", "", "released", "release", json!({})),
    ] {
        check_form(
            Kind::Platform,
            "/retention/C1",
            &[("action", action), ("why", why), ("confirm", confirm)],
            &format!("/retention?done=retention-{done}"),
            &format!("retention/C1/{path}"),
            body,
        )
        .await;
    }
    check_form(
        Kind::Provider,
        &format!("/{agreement}/versions"),
        &[("key", "renewal"), ("action", "refuse-renewal"), ("confirm", "yes")],
        &format!("/{agreement}?done=moved"),
        &format!("{agreement}/versions/renewal"),
        json!({}),
    )
    .await;
    let answered = format!("payments/{}/answer", ids.contract);
    for (kind, act, done, received, reason) in [
        (Kind::Provider, "confirm", "payment-confirmed", true, ""),
        (Kind::Platform, "refuse", "payment-refused", false, "没有到账"),
    ] {
        check_form(
            kind,
            &pay,
            &[("action", act), ("attempt", "2"), ("reason", " 没有到账 ")],
            &format!("{contract}?done={done}"),
            &answered,
            json!({ "attempt": 2, "received": received, "reason": reason }),
        )
        .await;
    }
    check_form(
        Kind::Consumer,
        "/disputes",
        &[
            ("dispute_id", "d-9"),
            ("contract_id", &ids.contract),
            ("subject", "payment"),
            ("text", " 多计一次 "),
            ("fen", "10"),
            ("records", " r1  r2 "),
        ],
        "/disputes?done=dispute-opened",
        "disputes",
        json!({
            "disputeId": "d-9", "contractId": ids.contract, "subject": "payment", "text": "多计一次", "amountFen": 10, "records": ["r1", "r2"],
        }),
    )
    .await;
    check_form(
        Kind::Consumer,
        "/onward-transfers",
        &[
            ("onward_id", "h-1"),
            ("contract_id", &format!(" {} ", ids.contract)),
            ("derived", "monthly"),
            ("receiver", " 91350200MA31RT5W3Y "),
            ("action", "grantUse"),
            ("uses", "5"),
            ("until", "2026-12-24T09:00"),
            ("may_hand_on", "yes"),
        ],
        "/onward-transfers/hop-1?done=onward-handed-on",
        "onward",
        json!({
            "onwardId": "h-1", "contractId": ids.contract, "receiver": "91350200MA31RT5W3Y", "action": "grantUse", "derived": "monthly",
            "purpose": null, "region": null, "code": null,
            "limits": { "mayHandOn": true, "uses": 5, "until": "2026-12-24T09:00:00+08:00" },
        }),
    )
    .await;
    for (action, asked, said) in [
        ("take", "answer", json!({ "take": true, "reason": "好" })),
        ("refuse", "answer", json!({ "take": false, "reason": "好" })),
        ("withdraw", "withdrawal", json!({ "reason": "好" })),
    ] {
        check_form(
            Kind::Consumer,
            "/onward-transfers/hop-1",
            &[("action", action), ("reason", " 好 ")],
            "/onward-transfers/hop-1?done=onward-moved",
            &format!("onward/hop-1/{asked}"),
            said,
        )
        .await;
    }
    check_form(
        Kind::Provider,
        "/disputes/d-1",
        &[("statement_id", "s-1"), ("action", "offer"), ("text", "退还"), ("records", "")],
        "/disputes/d-1?done=dispute-said",
        "disputes/d-1/statements",
        json!({ "statementId": "s-1", "act": "offer", "text": "退还", "records": [] }),
    )
    .await;
    check_form(
        Kind::Platform,
        "/disputes/d-1",
        &[("statement_id", "r-1"), ("action", "in_part"), ("text", "部分缺失"), ("records", "r1")],
        "/disputes/d-1?done=dispute-said",
        "disputes/d-1/decision",
        json!({ "statementId": "r-1", "ruling": "in_part", "reason": "部分缺失", "records": ["r1"] }),
    )
    .await;
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
        "readings",
        json!({ "connect": { "name": "r", "kind": "file", "location": "a.csv", "table": null }, "anew": false }),
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
        json!({ "spaceId": "s", "name": "n", "description": "d", "kind": "city", "suite": "sm", "platformPermille": 125, "unsignedAgreements": false, "technicalOnly": false, "registeredComponents": false, "sealedFiling": false, "listingByRule": false, "componentsByRule": false, "openCatalogue": false, "reportPeriod": "P1D", "maxSilence": "PT5M", "requires": ["privacy", "suite:sm"] }),
    )
    .await;
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
async fn what_does_not_leave_is_told_with_its_clause() {
    let address = World::new(Kind::Consumer, false).start(None, 0).await;
    let refused = [
        (
            "/onward-transfers",
            vec![("onward_id", "h-1"), ("contract_id", "c"), ("receiver", "r"), ("action", "distribute")],
        ),
        ("/derived/monthly", vec![("use_id", "u-1"), ("purpose", "report")]),
    ];
    for (path, form) in refused {
        let html = send(address, path, &form).await.text().await.unwrap();
        assert!(html.contains("/contractPolicies"), "{path}: {html}");
    }
    // What is wrong with the form is told above it, and what was typed stays.
    let wrong = [
        (
            "/onward-transfers",
            vec![("onward_id", "h-1"), ("contract_id", "missing"), ("receiver", "r"), ("action", "grantUse")],
        ),
        (
            "/onward-transfers",
            vec![
                ("onward_id", "h-1"),
                ("contract_id", "c"),
                ("receiver", "r"),
                ("action", "grantUse"),
                ("uses", "few"),
            ],
        ),
        ("/derived/monthly", vec![("use_id", "u-1"), ("purpose", "missing")]),
    ];
    for (path, form) in wrong {
        let response = send(address, path, &form).await;
        let status = response.status().as_u16();
        let html = response.text().await.unwrap();
        assert!(status >= 400 && html.contains("role=\"alert\""), "{path}: {status}");
        assert!(
            form.iter().filter(|(name, _)| *name == "purpose" || *name == "uses").all(|(_, text)| html.contains(text)),
            "{path}"
        );
    }
}
