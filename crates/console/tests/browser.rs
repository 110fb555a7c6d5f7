//! Pages in a real browser: what changes comes by itself, what somebody fills in stays, and a reader is told. Left out, with a word, where there is no
//! Chromium with its driver.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_arguments,
    clippy::print_stdout,
    reason = "helpers of tests, shared, and a word on what is left out"
)]

#[path = "fixture/bodies.rs"]
mod bodies;
#[path = "fixture/processes.rs"]
mod processes;
#[path = "fixture/world.rs"]
mod world;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use world::{Kind, World};

/// A driver on a port of its own, ended when it goes out of sight, and with it whatever it and its browser wrote.
struct Driver {
    child: Child,
    port: String,
    folder: TempDir,
}

impl Driver {
    fn start() -> Option<Self> {
        let browser = ["chromium", "chromium-browser", "google-chrome"];
        let folder = TempDir::new().ok()?;
        let command = |name: &str| {
            let mut command = Command::new(name);
            command.env("TMPDIR", folder.path());
            command
        };
        let is_there = |name: &&str| command(name).arg("--version").stdout(Stdio::null()).status().is_ok();
        browser.iter().find(|name| is_there(name))?;
        let mut driver = command("chromedriver");
        let mut child = driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let lines = BufReader::new(child.stdout.take()?).lines();
        let says = |line: String| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned());
        let port = lines.map_while(Result::ok).find_map(says)?;
        Some(Self { child, port, folder })
    }

    async fn open(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.folder.path().join("profile").display());
        let arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", &profile];
        let wanted = json!({ "goog:chromeOptions": { "args": arguments } });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().unwrap().clone());
        builder.connect(&format!("http://127.0.0.1:{}", self.port)).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn text(browser: &Client, css: &str) -> String {
    browser.find(Locator::Css(css)).await.unwrap().prop("textContent").await.unwrap().unwrap_or_default()
}

async fn becomes(browser: &Client, css: &str) {
    let found = browser.wait().at_most(Duration::from_secs(20)).for_element(Locator::Css(css)).await;
    assert!(found.is_ok(), "{css}: {}", browser.source().await.unwrap());
}

#[tokio::test]
async fn a_page_follows_what_changes_and_leaves_what_is_being_filled_in() {
    let Some(driver) = Driver::start() else {
        println!("left out: there is no chromium with its chromedriver");
        return;
    };
    let browser = driver.open().await;
    let outcome = tokio::spawn(follow(browser.clone())).await;
    // Whatever came of it, or the browser would stay behind.
    browser.close().await.unwrap();
    outcome.unwrap();
}

async fn follow(browser: Client) {
    let world = World { signed_in: true, ..World::new(Kind::Provider, false) };
    let (agreed, changed) = (world.agreed.clone(), world.changed.clone());
    let address = world.start(None, 0).await;

    browser.goto(&format!("http://{address}/negotiations/n2?lang=zh")).await.unwrap();
    becomes(&browser, "#live-mark:not([hidden])").await;
    assert!(text(&browser, "#state-title").await.contains("REQUESTED"));
    agreed.store(true, Ordering::SeqCst);
    changed.send_replace("transfer");
    changed.send_replace("negotiation");
    becomes(&browser, "#state li:nth-child(4)[aria-current='step']").await;
    assert_eq!(text(&browser, "#live-said").await, "状态 · 已同意 AGREED", "who does not see it is told");
    becomes(&browser, "#moves:not(:has([value='agree']))").await;

    // The list, with the keyboard's place kept.
    browser.goto(&format!("http://{address}/negotiations")).await.unwrap();
    becomes(&browser, "#live-mark:not([hidden])").await;
    browser.execute("document.querySelector('a[href=\"/negotiations/n3\"]').focus()", Vec::new()).await.unwrap();
    agreed.store(false, Ordering::SeqCst);
    changed.send_replace("negotiation");
    becomes(&browser, "#processes tr:nth-child(2) .chip.wait").await;
    let place = "return document.activeElement.getAttribute('href')";
    assert_eq!(browser.execute(place, Vec::new()).await.unwrap(), "/negotiations/n3");

    // What somebody is writing stays; a link says that there is more.
    browser.goto(&format!("http://{address}/negotiations/n2")).await.unwrap();
    becomes(&browser, "#live-mark:not([hidden])").await;
    browser.find(Locator::Css("textarea.words")).await.unwrap().send_keys("还在写").await.unwrap();
    agreed.store(true, Ordering::SeqCst);
    changed.send_replace("negotiation");
    becomes(&browser, "#live-left:not([hidden])").await;
    becomes(&browser, "#state li:nth-child(4)[aria-current='step']").await;
    let written = browser.find(Locator::Css("textarea.words")).await.unwrap().prop("value").await.unwrap();
    assert_eq!(written.as_deref(), Some("还在写"));
}
