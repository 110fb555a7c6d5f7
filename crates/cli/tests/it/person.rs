//! One person's way through the console of a running demo: a policy that contradicts itself is refused and mended, two rounds are negotiated, both sides
//! sign, and a running use is stopped before the person's eyes.

use fantoccini::Locator;
use serde_json::{Value, json};
use xinyu_protocol::api::{ContractLife, Freeze};
use xinyu_testkit::browser::Browser;

use crate::browser::{log_in, to};
use crate::up::Up;

const PLATFORM: u16 = 0;
const PROVIDER: u16 = 1;
const CONSUMER: u16 = 2;
const REGULATOR: u16 = 3;

/// In two provinces at once: nothing ever meets it.
const CONTRADICTORY: &str = r#"[{"permissionPolicies": [{"actions": ["compute"], "constraints": [
    {"constraintName": "region", "constraintOperator": "eq", "constraintValue": "310000"},
    {"constraintName": "region", "constraintOperator": "eq", "constraintValue": "330000"}]}]}]"#;
const MENDED: &str = r#"[{"permissionPolicies": [{"actions": ["compute"], "constraints": [
    {"constraintName": "count", "constraintOperator": "lteq", "constraintValue": "10"}]}],
    "prohibitionPolicies": [{"actions": ["download"]}]}]"#;
const NAME: &str = "机场航距";
/// Runs for minutes: all pairs of airports.
const LONG: &str = "SELECT count(*) FROM airports a, airports b WHERE abs(a.lat - b.lat) + abs(a.lon - b.lon) < 0.5";

/// The whole way.
pub(crate) async fn goes_the_whole_way(browser: &Browser, up: &Up) -> anyhow::Result<()> {
    offers(browser, up).await?;
    let contract = applies(browser, up).await?;
    negotiates(browser, up, &contract).await?;
    watches_a_stop(browser, up, &contract).await
}

/// The provider writes a policy, is told what is wrong with it where it was written, and mends it.
async fn offers(browser: &Browser, up: &Up) -> anyhow::Result<()> {
    log_in(up, browser, PROVIDER).await?;
    browser.click("nav a[href='/products']").await?;
    let fields =
        [("#name", NAME), ("#description", "机场之间的距离"), ("#source", "自有业务数据"), ("#licence", "CC BY 4.0")];
    for (field, text) in fields {
        browser.fill(field, text).await?;
    }
    browser.click("[name='auto_agree']").await?;
    browser.fill("#policies", CONTRADICTORY).await?;
    browser.click("form[action='/products'] button").await?;
    browser.becomes("form[action='/products'] #policies").await?;
    browser.becomes(".notice.bad[role='alert']").await?;
    let told = browser.text(".notice.bad[role='alert']").await?;
    assert!(told.contains("/contractPolicies/0/permissionPolicies/0"), "{told}");
    let kept = browser.0.find(Locator::Css("#policies")).await?.prop("value").await?;
    assert!(kept.is_some_and(|kept| kept.contains("330000")), "what was written is still there");
    browser.picture("person-1-conflict").await?;
    browser.fill("#policies", MENDED).await?;
    browser.click("form[action='/products'] button").await?;
    browser.becomes(".notice.good").await?;
    assert!(browser.text("main").await?.contains(NAME));
    Ok(())
}

/// The product is reviewed, the consumer applies, and both say yes. The contract's identifier.
async fn applies(browser: &Browser, up: &Up) -> anyhow::Result<String> {
    log_in(up, browser, PLATFORM).await?;
    browser.click("nav a[href='/catalog']").await?;
    browser.becomes("main a[href^='/catalog/']").await?;
    let product = product(browser).await?;
    browser.goto(&format!("{}{product}", up.node(PLATFORM))).await?;
    browser.click("form.decide button[value='approve']").await?;
    browser.becomes(".notice.good").await?;

    log_in(up, browser, CONSUMER).await?;
    browser.goto(&format!("{}{product}", up.node(CONSUMER))).await?;
    browser.fill("#purpose", "航距分析").await?;
    browser.click("form[action='/applications'] button").await?;
    browser.becomes(".notice.good").await?;
    for place in [PLATFORM, PROVIDER] {
        log_in(up, browser, place).await?;
        browser.click("nav a[href='/applications']").await?;
        browser.click("form.decide button[value='approve']").await?;
        browser.becomes(".notice.good").await?;
    }
    log_in(up, browser, CONSUMER).await?;
    browser.click("nav a[href='/applications']").await?;
    browser.becomes("form[action='/negotiations'] [name='contract_id']").await?;
    let field = browser.0.find(Locator::Css("form[action='/negotiations'] [name='contract_id']")).await?;
    Ok(field.prop("value").await?.unwrap_or_default())
}

/// The page of the new product.
async fn product(browser: &Browser) -> anyhow::Result<String> {
    for link in browser.0.find_all(Locator::Css("main a[href^='/catalog/']")).await? {
        if link.text().await? == NAME {
            return Ok(link.attr("href").await?.unwrap_or_default());
        }
    }
    anyhow::bail!("the catalogue has no {NAME}: {}", browser.text("main").await?)
}

/// The consumer asks for twenty uses, the provider gives fifteen, and both sign. Each round shows what differs.
async fn negotiates(browser: &Browser, up: &Up, contract: &str) -> anyhow::Result<()> {
    browser.click("form[action='/negotiations'] details summary").await?;
    browser.fill("form[action='/negotiations'] [name='uses']", "20").await?;
    browser.click("form[action='/negotiations'] [name='stepwise']").await?;
    browser.click("form[action='/negotiations'] button").await?;
    browser.becomes("#differences ins").await?;
    assert_eq!(browser.text("#differences ins").await?.trim(), "20");
    let ours = browser.0.current_url().await?.path().to_owned();

    log_in(up, browser, PROVIDER).await?;
    browser.click("nav a[href='/negotiations']").await?;
    browser.click("main a[href^='/negotiations/']").await?;
    browser.becomes("#differences ins").await?;
    assert_eq!(browser.text("#differences ins").await?.trim(), "20");
    browser.fill("#own-uses", "15").await?;
    browser.click("#own-terms button[value='offer']").await?;
    browser.becomes("li[data-code][aria-current='step']").await?;

    log_in(up, browser, CONSUMER).await?;
    browser.goto(&format!("{}{ours}", up.node(CONSUMER))).await?;
    browser.becomes("#moves button[value='accept']").await?;
    let rounds = browser.text("#rounds").await?;
    assert!(rounds.contains("从 20 改为 15"), "the second round says what it changes: {rounds}");
    browser.picture("person-2-rounds").await?;
    browser.click("#moves button[value='accept']").await?;

    // Its own offer the provider signs by itself, and the page follows.
    browser.click("#moves button[value='verify']").await?;
    browser.becomes("#state .notice.good a[href^='/agreements/']").await?;
    let life: ContractLife = up.client(PLATFORM).await.get(&format!("/api/v1/contracts/{contract}")).await?;
    assert!(life.contract_hash.is_some(), "both have signed, and it is filed");
    Ok(())
}

/// The data is fetched, a long use begins, and the regulator freezes the contract: the page says so by itself.
async fn watches_a_stop(browser: &Browser, up: &Up, contract: &str) -> anyhow::Result<()> {
    browser.click(&to("/agreements/", contract)).await?;
    browser.click("form[action='/transfers'] button").await?;
    let page = format!("{}/agreements/{contract}", up.node(CONSUMER));
    browser.goto(&page).await?;
    browser.becomes("section[aria-labelledby='leave'] ul li").await?;
    browser.goto(&page).await?;
    browser.becomes("#query").await?;
    // As from another window: the answer comes when the use is over, and this page shall show it meanwhile.
    let ask = "const form = document.querySelector(\"form:has(#query)\"), said = new URLSearchParams(new FormData(form)); \
               said.set('action', 'compute'); said.set('query', arguments[0]); fetch(form.getAttribute('action'), { method: 'POST', body: said });";
    browser.0.execute(ask, vec![Value::from(LONG)]).await?;
    browser.becomes("#all-uses .chip.calm").await?;
    browser.picture("person-3-running").await?;
    let order = Freeze { order_id: "person-freeze".to_owned(), ground: "例行检查".to_owned() };
    let regulator = up.client(REGULATOR).await;
    let _: ContractLife = regulator.post(&format!("/api/v1/contracts/{contract}/freeze"), &json!(order)).await?;
    browser.becomes("#all-uses .chip.bad").await?;
    let uses = browser.text("#all-uses").await?;
    assert!(uses.contains("冻结"), "the page says why: {uses}");
    browser.picture("person-4-stopped").await
}
