//! The demo's nodes, clicked through in a real browser as the people of each role would.

use anyhow::Context as _;
use xinyu_testkit::browser::{Browser, in_browser};

use crate::up::Up;

/// Logs in at a node, as its administrator.
pub(crate) async fn log_in(up: &Up, browser: &Browser, place: u16) -> anyhow::Result<()> {
    browser.goto(&format!("{}/login?lang=zh", up.node(place))).await?;
    browser.fill("#name", "admin").await?;
    browser.fill("#password", &up.password).await?;
    browser.click("form button").await?;
    browser.becomes("nav.nav").await
}

/// The same, after a password that is wrong.
async fn log_in_at_last(up: &Up, browser: &Browser, place: u16) -> anyhow::Result<()> {
    browser.goto(&format!("{}/?lang=zh", up.node(place))).await?;
    browser.fill("#name", "admin").await?;
    browser.fill("#password", "not-this-one-1").await?;
    browser.click("form button").await?;
    browser.becomes(".notice.bad[role='alert']").await?;
    let kept = browser.0.find(fantoccini::Locator::Css("#name")).await?.prop("value").await?;
    assert_eq!(kept.as_deref(), Some("admin"), "what was typed is still there");
    browser.fill("#password", &up.password).await?;
    browser.click("form button").await?;
    browser.becomes("nav.nav").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_finds_in_the_console_what_it_looks_for() {
    in_browser(async |browser| {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_owned();
        let up = tokio::task::spawn_blocking(move || Up::begin(&place)).await.unwrap();
        consumer(&browser, &up).await.unwrap();
        operator(&browser, &up).await.unwrap();
        regulator(&browser, &up).await.unwrap();
        crate::person::goes_the_whole_way(&browser, &up).await.unwrap();
    })
    .await;
}

/// What the overview counts, by the word on its tile.
async fn counted(browser: &Browser, word: &str) -> anyhow::Result<String> {
    browser.click("nav a[href='/']").await?;
    browser.becomes("dl.stats").await?;
    let tiles = browser.text("dl.stats").await?;
    let found = tiles.lines().find_map(|line| line.trim().strip_prefix(word));
    Ok(found.with_context(|| format!("no tile {word}: {tiles}"))?.to_owned())
}

/// The link to a contract. Its check character may be `*`, which a link writes in its own way.
pub(crate) fn to(page: &str, contract: &str) -> String {
    format!("a[href^='{page}{}']", contract.trim_end_matches('*'))
}

/// Why each use was refused: the clause, and how it stands in the contract.
async fn consumer(browser: &Browser, up: &Up) -> anyhow::Result<()> {
    let contract = up.report["contract_id"].as_str().unwrap();
    log_in_at_last(up, browser, 2).await?;
    assert_eq!(counted(browser, "拒绝使用").await?, up.report["uses_refused"].to_string());
    assert_eq!(counted(browser, "完成使用").await?, up.report["uses_allowed"].to_string());
    browser.click("nav a[href='/agreements']").await?;
    browser.click(&to("/agreements/", contract)).await?;
    browser.becomes(".refusal").await?;
    let refusals = up.report["refusals"].as_array().unwrap();
    let shown = browser.0.find_all(fantoccini::Locator::Css(".refusal")).await?;
    assert_eq!(shown.len(), refusals.len());
    let page = browser.text("main").await?;
    for refusal in refusals {
        let clause = refusal["clause"].as_str().unwrap();
        assert!(page.contains(clause), "{clause} is not on the page: {page}");
    }
    Ok(())
}

/// The contract's life, and that the log is whole, computed again while one waits.
async fn operator(browser: &Browser, up: &Up) -> anyhow::Result<()> {
    let contract = up.report["contract_id"].as_str().unwrap();
    log_in(up, browser, 0).await?;
    assert_eq!(counted(browser, "拒绝使用").await?, up.report["uses_refused"].to_string());
    assert_eq!(counted(browser, "冻结合约").await?, "1");
    browser.click("nav a[href='/contracts']").await?;
    browser.click(&to("/contracts/", contract)).await?;
    browser.becomes("#settlement").await?;
    assert!(browser.text("section[aria-labelledby='meters'] .chip.good").await?.contains("一致"));
    browser.click("nav a[href='/evidence']").await?;
    browser.click("button[name='verify']").await?;
    browser.becomes("section[aria-labelledby='check'] .chip.good").await?;
    let entries = up.report["evidence"]["entries"].as_u64().unwrap().to_string();
    assert!(browser.text("section[aria-labelledby='check']").await?.contains(&entries));
    assert!(
        browser
            .text("section[aria-labelledby='check']")
            .await?
            .contains(up.report["evidence"]["root"].as_str().unwrap())
    );
    Ok(())
}

/// The contract that was frozen, on what ground, and how fast the use stopped.
async fn regulator(browser: &Browser, up: &Up) -> anyhow::Result<()> {
    log_in(up, browser, 3).await?;
    assert_eq!(counted(browser, "数字合约").await?, "2");
    assert_eq!(counted(browser, "已下达指令").await?, "1");
    browser.click("tr:has(.chip.bad) a[href^='/contracts/']").await?;
    browser.becomes("#freeze-title").await?;
    let took = up.report["freeze_to_stop_ms"].as_u64().unwrap().to_string();
    let notice = browser.text("section[aria-labelledby='freeze-title']").await?;
    assert!(notice.contains(&took), "{took} ms is not in: {notice}");
    Ok(())
}
