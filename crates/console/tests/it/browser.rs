//! Pages in a real browser: what changes comes by itself, what somebody fills in stays, and a reader is told. Left out, with a word, where there is no
//! Chromium with its driver.

use std::sync::atomic::Ordering;

use crate::fixture::world::{Kind, World};
use fantoccini::Locator;
use xinyu_testkit::browser::{Browser, in_browser};

#[tokio::test]
async fn a_page_follows_what_changes_and_leaves_what_is_being_filled_in() {
    in_browser(async |browser| follow(&browser).await.unwrap()).await;
}

async fn follow(browser: &Browser) -> anyhow::Result<()> {
    let world = World { signed_in: true, ..World::new(Kind::Provider, false) };
    let (agreed, changed) = (world.agreed.clone(), world.changed.clone());
    let address = world.start(None, 0).await;

    browser.goto(&format!("http://{address}/negotiations/n2?lang=zh")).await?;
    browser.becomes("#live-mark:not([hidden])").await?;
    assert!(browser.text("#state-title").await?.contains("REQUESTED"));
    agreed.store(true, Ordering::SeqCst);
    changed.send_replace("transfer");
    changed.send_replace("negotiation");
    browser.becomes("#state li:nth-child(4)[aria-current='step']").await?;
    assert_eq!(browser.text("#live-said").await?, "状态 · 已同意 AGREED", "who does not see it is told");
    browser.becomes("#moves:not(:has([value='agree']))").await?;

    // The list, with the keyboard's place kept.
    browser.goto(&format!("http://{address}/negotiations")).await?;
    browser.becomes("#live-mark:not([hidden])").await?;
    browser.0.execute("document.querySelector('a[href=\"/negotiations/n3\"]').focus()", Vec::new()).await?;
    agreed.store(false, Ordering::SeqCst);
    changed.send_replace("negotiation");
    browser.becomes("#processes tr:nth-child(2) .chip.wait").await?;
    let place = "return document.activeElement.getAttribute('href')";
    assert_eq!(browser.0.execute(place, Vec::new()).await?, "/negotiations/n3");

    // What somebody is writing stays; a link says that there is more.
    browser.goto(&format!("http://{address}/negotiations/n2")).await?;
    browser.becomes("#live-mark:not([hidden])").await?;
    browser.0.find(Locator::Css("textarea.words")).await?.send_keys("还在写").await?;
    agreed.store(true, Ordering::SeqCst);
    changed.send_replace("negotiation");
    browser.becomes("#live-left:not([hidden])").await?;
    browser.becomes("#state li:nth-child(4)[aria-current='step']").await?;
    let written = browser.0.find(Locator::Css("textarea.words")).await?.prop("value").await?;
    assert_eq!(written.as_deref(), Some("还在写"));
    Ok(())
}
