//! Numbers and states of contracts are told alike on every page, and lead to what they count; what is not there is told too.

use crate::fixture::reader::{check_page, client, get, session};
use crate::fixture::world::{Kind, World, ids};

async fn page(kind: Kind, path: &str, lang: &str) -> String {
    let address = World::new(kind, false).start(None, 0).await;
    get(address, path, lang).await.text().await.unwrap()
}

#[tokio::test]
async fn a_number_leads_to_what_it_counts() {
    for (kind, links) in [
        (
            Kind::Platform,
            &[
                "/participants",
                "/catalog",
                "/contracts",
                "/evidence?kind=usage.done",
                "/evidence?kind=usage.refused",
                "#waiting",
            ][..],
        ),
        (Kind::Provider, &["/resources", "/products", "/agreements", "/evidence"]),
        (Kind::Regulator, &["/contracts", "/evidence"]),
    ] {
        let html = page(kind, "/", "zh").await;
        let tiles = html.split("<dl class=\"stats\">").nth(1).unwrap().split("</dl>").next().unwrap();
        for link in links {
            assert!(tiles.contains(&format!("<dd><a href=\"{link}\"")), "{kind:?} lacks {link}: {tiles}");
        }
    }
    let regulator = page(Kind::Regulator, "/", "zh").await;
    assert!(!regulator.contains("结算金额（按参与方）"), "a regulator's seat has no settlements of its own");
}

#[tokio::test]
async fn how_far_an_account_counts_is_said() {
    let contract = format!("/contracts/{}", ids().contract);
    for (path, lang, expect) in [
        ("/", "zh", "计量口径到销毁为止"),
        ("/", "en", "goes up to the destruction"),
        (contract.as_str(), "zh", "计量口径到销毁为止"),
        (contract.as_str(), "en", "goes up to the destruction"),
    ] {
        let html = page(Kind::Platform, path, lang).await;
        assert!(html.contains(expect), "{path} {lang} lacks {expect}");
    }
}

/// What one place of a page says, between two marks.
fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    html.split(from).nth(1).unwrap().split(to).next().unwrap()
}

#[tokio::test]
async fn a_contract_has_one_status_on_every_list() {
    for kind in [Kind::Consumer, Kind::Provider] {
        let html = page(kind, "/agreements", "zh").await;
        let row = |index: usize| {
            let from = format!("href=\"/agreements/{}\"", ids().contracts[index]);
            between(&html, &from, "</tr>").to_owned()
        };
        assert!(row(0).contains("履行中") && !row(0).contains("已冻结"), "{kind:?}");
        assert!(row(1).contains("履行中") && row(1).contains("已冻结"), "{kind:?}");
        assert!(row(3).contains("终止") && !row(3).contains("履行中"), "{kind:?}");
    }
}

#[tokio::test]
async fn an_agreement_says_what_can_still_be_done() {
    let at = |index: usize| format!("/agreements/{}", ids().contracts[index]);
    let open = page(Kind::Consumer, &at(0), "zh").await;
    let form = between(&open, "<select id=\"action\"", "</select>");
    assert!(form.contains("value=\"compute\"") && form.matches("<option").count() == 1, "{form}");
    assert!(open.contains("还可使用 1 次") && open.contains("有效期至 2026-12-23 09:03:21"));
    for (index, parts) in [
        (1, &["合约被数据安全监管中心冻结", "请联系数据安全监管中心"][..]),
        (3, &["数据已按合约销毁，不能再使用", "申请新合约", "href=\"/catalog/"]),
    ] {
        let html = page(Kind::Consumer, &at(index), "zh").await;
        assert!(!html.contains("id=\"query\""), "{index}: nothing can be asked for");
        parts.iter().for_each(|part| assert!(html.contains(part), "{index} lacks {part}"));
    }
    let provider = page(Kind::Provider, &at(0), "zh").await;
    assert!(provider.contains("由使用方连接器签名并存证") && !provider.contains("还没有使用记录"));
}

#[tokio::test]
async fn a_refusal_under_an_order_says_whose_order_it_is() {
    let path = format!("/agreements/{}", ids().contracts[1]);
    for (lang, parts, forbidden) in [
        (
            "zh",
            &[
                "数据安全监管中心于 2026-11-23 11:30:00 下令冻结本合约，依据：疑似重识别个人信息，调查期间停止使用（指令 order-7）",
                "<a href=\"#freeze-title\"><code>/contractStatus</code></a>",
                "请联系数据安全监管中心",
                "使用方不能自行解除",
            ][..],
            &["合约没有提到", "合约允许"][..],
        ),
        (
            "en",
            &["数据安全监管中心 ordered this contract frozen on 23 Nov 2026", "cannot lift the freeze"],
            &["does not mention"],
        ),
    ] {
        let html = page(Kind::Consumer, &path, lang).await;
        let card = between(&html, "id=\"use-use-f\"", "</article>");
        parts.iter().for_each(|part| assert!(card.contains(part), "{lang} lacks {part}: {card}"));
        forbidden.iter().for_each(|part| assert!(!card.contains(part), "{lang} has {part}: {card}"));
    }
}

#[tokio::test]
async fn what_to_do_next_stands_below_the_reason() {
    let html = page(Kind::Platform, &format!("/contracts/{}", ids().contracts[2]), "zh").await;
    let card = between(&html, "id=\"use-use-5\"", "</article>");
    let place = |part: &str| card.find(part).unwrap_or_else(|| panic!("{part}: {card}"));
    assert!(place("拒绝理由") < place("接下来") && place("接下来") < place("<summary>合约允许"), "{card}");
}

#[tokio::test]
async fn an_approved_application_waits_for_the_consumer_to_negotiate() {
    let mut world = World::new(Kind::Consumer, false);
    let html = get(world.clone().start(None, 0).await, "/", "zh").await.text().await.unwrap();
    assert!(!html.contains("等待本方发起合约协商"), "its negotiation has begun");
    world.is_quiet = true;
    let html = get(world.start(None, 0).await, "/", "zh").await.text().await.unwrap();
    assert!(html.contains("1 件使用申请已获批准，等待本方发起合约协商") && !html.contains("没有等待处理的事项"));
}

#[tokio::test]
async fn an_address_that_is_not_there_says_so_and_leads_back() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    for (path, lang, expect) in [
        ("/nowhere", "zh-CN", "没有这个页面"),
        ("/contracts/x/y", "en", "there is no such page"),
        ("/evidence?space=nope", "zh-CN", "没有逻辑空间 nope"),
    ] {
        let request = client().get(format!("http://{address}{path}")).header("accept-language", lang);
        let response = request.header("accept", "text/html").header("cookie", session(address)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        let html = response.text().await.unwrap();
        check_page(&html, lang, path);
        assert!(html.contains(expect) && html.contains("href=\"/\""), "{path} lacks {expect}: {html}");
    }
    // A program asks for no page.
    let response = client().get(format!("http://{address}/nowhere")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (404, ""));
}

/// Whether the card of a refused use says something.
fn card_says(html: &str, id: &str, part: &str) -> bool {
    html.split(&format!("id=\"use-{id}\"")).nth(1).unwrap().split("</article>").next().unwrap().contains(part)
}

#[tokio::test]
async fn a_stranger_finds_why_a_use_was_refused() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    let html = get(address, &format!("/contracts/{}", ids().contracts[2]), "zh").await.text().await.unwrap();
    let card = |id: &str| {
        html.split(&format!("id=\"use-{id}\"")).nth(1).unwrap().split("</article>").next().unwrap().to_owned()
    };
    for (id, expect) in [
        (
            "use-4",
            &[
                "拒绝「下载」",
                "使用方不得：下载、分发",
                "合约禁止「下载」",
                "使用方可以：计算（使用次数 不超过 10；",
                "合约明确禁止此操作",
            ][..],
        ),
        (
            "use-5",
            &[
                "拒绝「计算」",
                "字段 属于 home_city、trips、spend_fen",
                "字段「citizen_id」不属于允许的",
                "操作本身是允许的，但条件不满足",
            ],
        ),
        (
            "use-6",
            &["拒绝「联合开发」", "默认拒绝", "合约没有提到这一操作", "合约未提及「联合开发」", "改用合约允许的操作"],
        ),
    ] {
        let card = card(id);
        for part in expect {
            assert!(card.contains(part), "{id} lacks {part}: {card}");
        }
    }
    let html = get(address, &format!("/contracts/{}", ids().contract), "zh").await.text().await.unwrap();
    assert!(card_says(&html, "use-5", "请申请新合约"), "what is over is not asked for again");
    assert!(html.contains("2026-11-23 09:02:03") && html.contains("¥14,500.00") && html.contains("85.0%"));
    assert!(html.contains("/evidence/wenlv/receipt/018f2c3e-0000-7000-8000-000000000018"));
}

#[tokio::test]
async fn a_provider_sees_what_waits_for_its_people() {
    let address = World::new(Kind::Provider, false).start(None, 0).await;
    for (path, expect) in [
        ("/", "1 件使用申请等待本方批准"),
        ("/", "2 项合约协商等待本方决定"),
        ("/negotiations", "等待本方"),
        ("/applications", "value=\"app-2\""),
    ] {
        let html = get(address, path, "zh").await.text().await.unwrap();
        assert!(html.contains(expect), "{path} lacks {expect}");
    }
}

#[tokio::test]
async fn a_frozen_contract_shows_how_fast_use_stopped_and_what_differs() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    let html = get(address, &format!("/contracts/{}", ids().contracts[1]), "zh").await.text().await.unwrap();
    for part in [
        "合约已被冻结",
        "疑似重识别个人信息",
        "从下令到中止 44 毫秒",
        "class=\"halted\"",
        "计量不一致",
        "tr class=\"differs\"",
        "等待平台确认",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn who_may_not_see_an_identity_sees_the_page_without_it() {
    for (kind, path, denied) in [
        (Kind::Platform, format!("/participants/{}", ids().consumer), &["participant.identity"][..]),
        (Kind::Provider, "/registration".to_owned(), &["identity.show", "identity.state", "identity.attach"]),
    ] {
        for denied in [&[][..], denied] {
            let mut world = World::new(kind, false);
            world.denied = denied;
            let answer = get(world.start(None, 0).await, &path, "zh").await;
            assert_eq!(answer.status(), 200, "{path}");
            let html = answer.text().await.unwrap();
            check_page(&html, "zh-CN", &path);
            assert_eq!(html.contains("id=\"checklist\""), denied.is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_stranger_looks_up_certificates_without_a_login() {
    for (hostile, lang) in [(false, "zh-CN"), (false, "en"), (true, "en")] {
        let address = World::new(Kind::Platform, hostile).start(None, 0).await;
        for (query, is_found, is_valid) in [
            ("", true, true),
            ("?q=%E7%A9%BA%E6%B8%AF", true, true),
            ("?q=RZ2026000009", true, false),
            ("?q=nothing", false, false),
        ] {
            let request = client().get(format!("http://{address}/lookup{query}")).header("accept-language", lang);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200, "{query}");
            let html = response.text().await.unwrap();
            check_page(&html, lang, query);
            assert!(!html.contains("<script>"), "{query}");
            assert_eq!(html.contains("RZ20260000"), is_found, "{query}");
            assert_eq!(html.contains("/credential/vc11\""), is_valid, "{query}");
        }
    }
}

#[tokio::test]
async fn an_assessor_sees_what_is_measured_and_a_page_offers_what_can_be_done() {
    let address = World::new(Kind::Platform, false).start(None, 0).await;
    let html = get(address, "/certifications/RZ2026000001", "en").await.text().await.unwrap();
    for part in [
        "measured <strong>45</strong>",
        "days_without_stop",
        "partly met",
        "Missing",
        "name=\"code\"",
        "value=\"complete\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let measured = html.split("<select id=\"code\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(!measured.contains("C-03"), "what is measured cannot be typed in");
    let html = get(address, "/certifications/RZ2026000002", "en").await.text().await.unwrap();
    assert!(
        html.contains("value=\"withdraw\"")
            && !html.contains("name=\"code\"")
            && html.contains("/lookup?q=RZ2026000002")
    );
    let html = get(address, &format!("/participants/{}", ids().consumer), "en").await.text().await.unwrap();
    assert!(html.contains("Too little business") && html.contains("<svg class=\"chart\""));
    let address = World::new(Kind::Provider, false).start(None, 0).await;
    let html = get(address, "/certifications", "en").await.text().await.unwrap();
    for part in ["<strong>817</strong> / 1000", "good-fill", "bad-fill", "xinyu-reputation/1"] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_sealed_contract_says_who_can_read_it_and_gives_what_is_kept() {
    let path = format!("/contracts/{}", ids().contracts[3]);
    for (lang, expect) in [("zh", "合约策略以双方密钥加密备案"), ("en", "filed under keys of the parties")]
    {
        let html = page(Kind::Platform, &path, lang).await;
        assert!(html.contains(expect), "{lang}");
        assert!(html.contains(&format!("href=\"{path}/sealed\"")), "{lang}");
        assert!(!html.contains(&format!("href=\"{path}/file\"")) && !html.contains("/simulator?contract="), "{lang}");
    }
}
