//! Passkeys in a real browser with its own authenticator, which we did not write, at a real platform with its console. Left out, with a word, where there
//! is no Chromium with its driver.

use std::sync::Arc;

use fantoccini::Locator;
use xinyu_console::ConsoleOptions;
use xinyu_testkit::browser::{Browser, in_browser};
use xinyu_testkit::world::{Engine, PASSWORD, USER, World, WorldOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_added_on_the_account_page_and_opens_the_account() {
    in_browser(async |browser| {
        let folder = tempfile::tempdir().unwrap();
        let beside = Box::new(|address: &str| {
            let (api, public) = (address.to_owned(), address.to_owned());
            xinyu_console::router(ConsoleOptions { api, public, new_id: Arc::new(String::new) }).unwrap()
        });
        let options = WorldOptions { beside: Some(beside), ..WorldOptions::default() };
        let world = World::start_with(folder.path(), Engine::Memory, Vec::new(), options).await.unwrap();
        let address = world.platform.address.replace("127.0.0.1", "localhost");
        passkey(&browser, &address).await.unwrap();
        elsewhere(&browser, &world.platform.address, &address).await.unwrap();
        picture(&browser, &address).await.unwrap();
        world.stop().await;
    })
    .await;
}

const LOGIN: &str = "form[action='/login'] button";
const BY_PASSKEY: &str = "form[data-passkey='get']:not([hidden]) button";
const ADD: &str = "form[data-passkey='create']:not([hidden]) button";

/// Clicks on what leads to another page, and waits until that is there: the same things may stand on both.
async fn leave_by(browser: &Browser, css: &str) -> anyhow::Result<()> {
    browser.becomes(css).await?;
    browser.0.execute("document.documentElement.dataset.left = 'yes'", Vec::new()).await?;
    browser.click(css).await?;
    browser.becomes("html:not([data-left]) #main").await
}

async fn log_in(browser: &Browser, password: &str) -> anyhow::Result<()> {
    browser.fill("#name", USER).await?;
    browser.fill("#password", password).await?;
    leave_by(browser, LOGIN).await
}

async fn begin_adding(browser: &Browser, password: &str) -> anyhow::Result<()> {
    browser.fill("#passkey_label", "办公电脑").await?;
    browser.fill("#passkey_password", password).await?;
    browser.click(ADD).await
}

/// What stands above the form to add a passkey, once something does.
async fn says(browser: &Browser, expect: &str) -> anyhow::Result<()> {
    browser.becomes("form[data-passkey='create'] [data-said]:not([hidden])").await?;
    let said = browser.text("form[data-passkey='create'] [data-said]").await?;
    anyhow::ensure!(said.contains(expect), "{expect} is not in: {said}");
    Ok(())
}

async fn passkey(browser: &Browser, address: &str) -> anyhow::Result<()> {
    let device = browser.plug_in_authenticator().await?;
    browser.goto(&format!("{address}/login?next=%2Faccount&lang=zh")).await?;
    // With nothing on the device the browser says no; the password is there all the same.
    browser.click(BY_PASSKEY).await?;
    browser.becomes("form[data-passkey='get'] [data-said]:not([hidden])").await?;
    log_in(browser, PASSWORD).await?;
    browser.becomes("#keys").await?;
    begin_adding(browser, "not-this-one-1").await?;
    says(browser, "当前密码不正确").await?;
    begin_adding(browser, PASSWORD).await?;
    browser.becomes(".notice.good").await?;
    assert!(browser.text("section[aria-labelledby='keys'] table").await?.contains("办公电脑"));
    browser.picture("passkey-account").await?;
    // The device has one already.
    begin_adding(browser, PASSWORD).await?;
    says(browser, "已经登记").await?;

    leave_by(browser, "form[action='/logout'] button").await?;
    browser.goto(&format!("{address}/login?next=%2Faccount")).await?;
    browser.picture("passkey-login").await?;
    // Somebody else holds the device.
    browser.set_user_verified(&device, false).await?;
    browser.click(BY_PASSKEY).await?;
    browser.becomes("form[data-passkey='get'] [data-said]:not([hidden])").await?;
    browser.set_user_verified(&device, true).await?;
    browser.click(BY_PASSKEY).await?;
    browser.becomes("section[aria-labelledby='sessions']").await?;
    let sessions = browser.text("section[aria-labelledby='sessions'] tr:has(.chip.calm)").await?;
    assert!(sessions.contains("通行密钥") && sessions.contains('是'), "{sessions}");

    // Removed here, it opens nothing any more, though the device still has it.
    browser.click("form[action^='/account/login-keys/'] button").await?;
    browser.0.accept_alert().await?;
    browser.becomes(".notice.good").await?;
    leave_by(browser, "form[action='/logout'] button").await?;
    browser.click(BY_PASSKEY).await?;
    browser.becomes(".notice.bad[role='alert']:not([data-said])").await
}

/// By its number the host has no name: a link leads to the address that has.
async fn elsewhere(browser: &Browser, by_number: &str, by_name: &str) -> anyhow::Result<()> {
    browser.goto(&format!("{by_number}/login")).await?;
    browser.click(BY_PASSKEY).await?;
    browser.becomes("[data-said]:not([hidden]) a").await?;
    let link = browser.0.find(Locator::Css("[data-said] a")).await?.attr("href").await?;
    assert_eq!(link.as_deref(), Some(format!("{by_name}/login").as_str()));
    browser.picture("passkey-elsewhere").await
}

/// After two failures a picture is shown, and another one when it was read wrongly.
async fn picture(browser: &Browser, address: &str) -> anyhow::Result<()> {
    browser.goto(&format!("{address}/login")).await?;
    for _ in 0..2 {
        log_in(browser, "not-this-one-1").await?;
        browser.becomes(".notice.bad[role='alert']:not([data-said])").await?;
    }
    log_in(browser, PASSWORD).await?;
    browser.becomes("#answer").await?;
    browser.0.execute("document.querySelector('#answer').scrollIntoView({ block: 'center' })", Vec::new()).await?;
    browser.picture("captcha").await?;
    let shown = async || browser.0.find(Locator::Css("input[name='captcha']")).await?.prop("value").await;
    let first = shown().await?;
    browser.fill("#answer", "00000").await?;
    log_in(browser, PASSWORD).await?;
    assert_ne!(shown().await?, first, "another picture");
    Ok(())
}
